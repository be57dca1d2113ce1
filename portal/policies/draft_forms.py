"""What is filled in while a version is written. Choices are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.policies.kinds import Choice, Maybe, Money, Whole, YesNo
from portal.policies.rulebook import Key
from portal.policies.starters import LABELS
from portal.policies.states import Category, Chapter, ManualKind, Part, Phase
from portal.policies.value_fields import field_for
from portal.web.forms import AttachmentsField, Form, a_day, chosen, may_lack, no_longer_than, required

Choices = Sequence[tuple[str, Any]]
LONGEST_NUMBER = 999


class DraftForm(Form):
    """A form about a draft, which knows of which version of it the page was."""

    version = IntegerField(widget=HiddenInput(), default=0)


class _Book(DraftForm):
    """What a manual says of itself."""

    chinese = StringField(_l("Title in Chinese"), [required(_l("Give it a Chinese title.")), no_longer_than(60)])
    english = StringField(_l("Title in English"), [Optional(), no_longer_than(80)])
    traditional = StringField(_l("Title in traditional Chinese"), [Optional(), no_longer_than(60)])
    category = SelectField(_l("What it is about"), [chosen(_l("Choose what it is about."))])
    purpose = TextAreaField(
        _l("Purpose"),
        [required(_l("Say what it is for.")), no_longer_than(2000)],
        description=_l("Purpose and principles open each manual."),
        render_kw={"rows": 3},
    )
    principles = TextAreaField(
        _l("Principles"),
        [required(_l("Say by which principles it goes.")), no_longer_than(2000)],
        render_kw={"rows": 3},
    )
    phases = SelectMultipleField(
        _l("Phases of a system that it covers"),
        [may_lack],
        description=_l("For rules of operations: which parts of a system's life."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    supervisor = SelectField(_l("Who watches that it is kept?"), [chosen(_l("Choose who watches that it is kept."))])
    review_on = DateField(
        _l("To be looked at again on"),
        [Optional(), a_day],
        description=_l("Its owner is reminded when the day has come."),
    )

    def offer(self, people: Choices) -> None:
        """Who can be chosen."""
        self.category.choices = [("", "–"), *((one.value, one.label) for one in Category)]
        self.phases.choices = [(one.value, one.label) for one in Phase]
        self.supervisor.choices = [("", "–"), *people]

    def titles(self) -> dict[str, str]:
        """The title by locale; what was not given is not there."""
        given = {"zh-CN": self.chinese.data, "en": self.english.data, "zh-TW": self.traditional.data}
        return {locale: words.strip() for locale, words in given.items() if words and words.strip()}


class NewManualForm(_Book):
    """A manual that is not there yet."""

    code = StringField(
        _l("Number"),
        [required(_l("Give it a number.")), no_longer_than(12)],
        description=_l("Two letters or more and a number, such as KF-02. It stays as it is."),
        render_kw={"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"},
    )
    starter = SelectField(
        _l("Begin with"), description=_l("The clauses that the draft has to begin with; all of them can be changed.")
    )
    kind = RadioField(
        _l("Kind"),
        [chosen(_l("Choose the kind."))],
        description=_l("It decides which stages the text passes before it is published."),
    )
    department = SelectField(_l("Whom does it bind?"), [chosen(_l("Choose whom it binds."))])

    def offer_units(self, units: Choices) -> None:
        """The departments for which the reader may write manuals."""
        self.starter.choices = [("", _("an empty draft")), *LABELS.items()]
        self.kind.choices = [(one.value, one.label) for one in ManualKind]
        self.department.choices = list(units)


class AboutForm(_Book):
    """What the draft says of its manual, and who writes it too."""

    legal = SelectField(
        _l("Who looks after the law side of it?"),
        description=_l("A code of conduct is written by two: its author, and somebody who knows the law."),
        validate_choice=False,
    )

    def offer(self, people: Choices) -> None:
        super().offer(people)
        self.legal.choices = [("", _("nobody yet")), *people]


class EditionForm(DraftForm):
    """Which version the draft becomes."""

    major = IntegerField(
        _l("Version"),
        [InputRequired(_l("Give the version a number.")), NumberRange(0, LONGEST_NUMBER)],
        description=_l("The first number goes up when everybody has to read it anew."),
        render_kw={"inputmode": "numeric"},
    )
    minor = IntegerField(
        _l("Second number"),
        [InputRequired(_l("Give the version a number.")), NumberRange(0, LONGEST_NUMBER)],
        render_kw={"inputmode": "numeric"},
    )
    effective_from = DateField(_l("In force from"), [Optional(), a_day])
    summary = TextAreaField(_l("What changes"), [no_longer_than(1000)], render_kw={"rows": 3})
    drops = SelectMultipleField(
        _l("Left open from now on"),
        description=_l("The version before ruled on these. Tick what no clause is to rule on any more."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class ScopeForm(DraftForm):
    """Whom the version is to bind."""

    places = SelectMultipleField(
        _l("Only these"),
        description=_l(
            "Without a tick it binds everybody there. A post binds whoever holds it, beside another as well."
        ),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    lets_go = BooleanField(
        _l("That is meant"),
        description=_l("Those whom it binds no more lose what it ruled for them, as it stands above."),
    )
    lost = HiddenField()


class FindingsForm(DraftForm):
    """What research found out for a code of conduct (POL-002)."""

    needs = TextAreaField(_l("What do employees need?"), [no_longer_than(4000)], render_kw={"rows": 4})
    industry = TextAreaField(_l("What is the standard of the trade?"), [no_longer_than(4000)], render_kw={"rows": 4})
    law = TextAreaField(_l("What does the law demand?"), [no_longer_than(4000)], render_kw={"rows": 4})


class SchemeForm(DraftForm):
    """What the first two steps of a technical standard find out (POL-011)."""

    goal = TextAreaField(_l("Goal"), [no_longer_than(4000)], render_kw={"rows": 3})
    scope = TextAreaField(_l("Scope"), [no_longer_than(4000)], render_kw={"rows": 3})
    parameters = TextAreaField(_l("Parameters"), [no_longer_than(4000)], render_kw={"rows": 3})
    indicators = TextAreaField(_l("Indicators"), [no_longer_than(4000)], render_kw={"rows": 3})


class ClauseForm(DraftForm):
    """One clause."""

    number = StringField(
        _l("Number"), [required(_l("Give the clause a number.")), no_longer_than(15)], render_kw={"size": 8}
    )
    heading = StringField(_l("Heading"), [required(_l("Give the clause a heading.")), no_longer_than(120)])
    text = TextAreaField(
        _l("Text"), [Optional()], description=_l("Markdown: **bold**, lists with -, tables with |."),
        render_kw={"rows": 12},
    )  # fmt: skip
    files = AttachmentsField(_l("Pictures and files"))
    part = SelectField(_l("Part of the manual"))
    chapter = SelectField(_l("Field"), description=_l("A code of conduct covers all four fields."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part.choices = [(one.value, one.label) for one in Part]
        self.chapter.choices = [("", _("none of them")), *((one.value, one.label) for one in Chapter)]

    def parts(self) -> dict[str, Any]:
        """What the clause is to be."""
        return {
            "number": self.number.data or "",
            "heading": self.heading.data or "",
            "text": self.text.data or "",
            "part": Part(self.part.data),
            "chapter": Chapter(self.chapter.data) if self.chapter and self.chapter.data else None,
            "with_files": self.files.ids,
        }


def ruling_form(key: Key[Any]) -> type[DraftForm]:
    """The form of one key's value, made from its declaration."""

    class RulingForm(DraftForm):
        """What the clause says about the key."""

        value = _value_field(key)

    return RulingForm


def _value_field(key: Key[Any]) -> Any:
    kind: Any = key.kind
    may_lack = isinstance(kind, Maybe)
    if may_lack:
        kind = kind.of
    there = [chosen(_l("Give it a value."))]
    if isinstance(kind, (YesNo, Choice)):
        values: list[Any] = [True, False] if isinstance(kind, YesNo) else list(kind.options)
        choices = [(kind.write(one), kind.one(one, key.unit)) for one in values]
        return RadioField(key.label, there, choices=[*choices, *([("none", _l("not set"))] if may_lack else [])])
    made_for = field_for(key.kind)
    if made_for is not None:
        return made_for(key.label, there, kind=key.kind)
    return StringField(
        key.label, there, description=_how(kind, key.unit, may_lack),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )  # fmt: skip


def _how(kind: Any, unit: str, may_lack: bool) -> str:
    """How a value is typed: in which unit, and what leaves it open."""
    said = _("A number: %(said)s", said=kind.one("…", unit)) if isinstance(kind, Whole) and unit else ""
    money = _("In yuan, such as 30.00.") if isinstance(kind, Money) else ""
    leaves = _("“none” leaves it open.") if may_lack else ""
    return " ".join(filter(None, (said, money, leaves)))
