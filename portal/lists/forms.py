"""What supervisors and heads fill in about a value of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.lists.states import Category, Use
from portal.web.forms import Form, chosen, no_longer_than, required

LAST_PLACE = 10_000


def _code() -> StringField:
    return StringField(
        _l("Code"),
        [required(_l("Give it a code.")), no_longer_than(40)],
        description=_l("Small letters, digits and hyphens. It stands in addresses and exports and stays as it is."),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )


class _Value(Form):
    """What values of the first two lists share: a name per language, a place, whether it is in use."""

    chinese = StringField(_l("Name in Chinese"), [required(_l("Give it a Chinese name.")), no_longer_than(40)])
    english = StringField(_l("Name in English"), [Optional(), no_longer_than(60)])
    traditional = StringField(_l("Name in traditional Chinese"), [Optional(), no_longer_than(40)])
    position = IntegerField(
        _l("Place in the list"),
        [InputRequired(_l("Say where it stands.")), NumberRange(0, LAST_PLACE)],
        description=_l("Lower numbers stand higher."),
    )
    active = BooleanField(_l("In use"))
    version = IntegerField(widget=HiddenInput(), default=0)

    def texts(self) -> dict[str, str]:
        """The name by locale."""
        return {
            "zh-CN": self.chinese.data or "", "en": self.english.data or "", "zh-TW": self.traditional.data or ""
        }  # fmt: skip


class KindForm(_Value):
    """A kind of ticket (TKT-001)."""

    needs_record = BooleanField(_l("Not closed without a written record"))


class NewKindForm(Form):
    """A further kind of ticket."""

    code = _code()
    chinese = StringField(_l("Name in Chinese"), [required(_l("Give it a Chinese name.")), no_longer_than(40)])
    english = StringField(_l("Name in English"), [Optional(), no_longer_than(60)])
    traditional = StringField(_l("Name in traditional Chinese"), [Optional(), no_longer_than(40)])
    needs_record = BooleanField(_l("Not closed without a written record"))

    texts = _Value.texts


class NewTypeForm(Form):
    """A further type of matter and who answers for it (TKT-016)."""

    code = _code()
    chinese = StringField(_l("Name in Chinese"), [required(_l("Give it a Chinese name.")), no_longer_than(40)])
    english = StringField(_l("Name in English"), [Optional(), no_longer_than(60)])
    traditional = StringField(_l("Name in traditional Chinese"), [Optional(), no_longer_than(40)])
    kind = SelectField(_l("Kind of ticket"), description=_l("Where it may be chosen."))
    department = SelectField(_l("Responsible department"), coerce=int)

    texts = _Value.texts

    def with_choices(self, kinds: Sequence[tuple[str, str]], departments: Sequence[tuple[int, str]]) -> Any:
        """The form with what may be chosen; nothing chosen yet stands on top."""
        self.kind.choices = [("", _l("any kind")), *kinds]
        self.department.choices = [(0, _l("choose")), *departments]
        return self


class TypeForm(_Value):
    """A type of matter and who answers for it (TKT-016)."""

    kind = SelectField(_l("Kind of ticket"), description=_l("Where it may be chosen."))
    department = SelectField(
        _l("Responsible department"), coerce=int, description=_l("Tickets under way stay where they are.")
    )

    with_choices = NewTypeForm.with_choices


class PhraseForm(Form):
    """A phrase that is not to be written, or one to put in (TKT-023 … TKT-025)."""

    words = TextAreaField(
        _l("Words"), [required(_l("Write down the words.")), no_longer_than(500)], render_kw={"rows": 2}
    )
    use = RadioField(_l("Use"), [chosen(_l("Say what the phrase is for."))], coerce=Use)
    category = SelectField(_l("Shelf"), description=_l("For snippets: where colleagues look for it."))
    instead = StringField(
        _l("What to say instead"),
        [Optional(), no_longer_than(300)],
        description=_l("Shown beside the warning; for what is forbidden or better not said."),
    )
    from_on = DateField(_l("In use from"), [required(_l("Say from which day it counts."))])
    to_on = DateField(_l("In use until"), [Optional()], description=_l("The first day on which it no longer counts."))
    version = IntegerField(widget=HiddenInput(), default=0)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use.choices = [(use.value, str(_USES[use])) for use in Use]
        self.category.choices = [("", _l("no shelf")), *((one.value, str(one.label)) for one in Category)]

    def parts(self) -> dict[str, Any]:
        """For the verbs."""
        category = Category(self.category.data) if self.category.data else None
        return {
            "words": self.words.data or "", "use": self.use.data, "category": category,
            "instead": self.instead.data or "", "from_on": self.from_on.data, "to_on": self.to_on.data,
        }  # fmt: skip


_USES = {
    Use.FORBIDDEN: _l("forbidden: a reply with it is not sent"),
    Use.DISCOURAGED: _l("better not: a reply with it is warned of"),
    Use.SNIPPET: _l("snippet: to be put into a reply"),
}
