"""What is filled in about a template of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.lists.actions import Procedure
from portal.lists.forms import LAST_PLACE
from portal.lists.models import TicketTemplate
from portal.lists.states import MOST_STEPS, RANKS
from portal.web.forms import Form, no_longer_than, required

SPARE = 3
"""Empty lines behind the steps that are there; saving gives further ones."""


class _Lines(SelectMultipleField):
    """The numbers of lines that are ticked; the page draws each box beside its line."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """A number without a line ticks nothing."""


class NewTemplateForm(Form):
    """The standard procedure for a common problem (TKT-054)."""

    name = StringField(
        _l("Name of the template"),
        [required(_l("Give the template a name.")), no_longer_than(60)],
        description=_l("As colleagues call the problem."),
    )
    kind = SelectField(_l("Kind of ticket"))
    routing = SelectField(_l("What is it about?"))
    impact = SelectField(_l("Who is affected?"))
    urgency = SelectField(_l("How soon does it hurt?"))
    title = StringField(_l("In one line"), [Optional(), no_longer_than(120)])
    body = TextAreaField(
        _l("Text of the new ticket"),
        [Optional(), no_longer_than(5000)],
        description=_l("What is asked and written down each time."),
        render_kw={"rows": 4},
    )
    reply = TextAreaField(
        _l("Reply"),
        [Optional(), no_longer_than(2000)],
        description=_l("Offered beside the reply box of a ticket of this template."),
        render_kw={"rows": 3},
    )
    steps = FieldList(
        StringField(_l("Step"), [Optional(), no_longer_than(200)]), _l("Steps"), max_entries=MOST_STEPS + SPARE
    )
    must = _Lines(_l("Steps that must be done"), [Optional()], coerce=str)

    def with_choices(self, kinds: Sequence[tuple[str, str]], types: Sequence[tuple[str, str]]) -> Any:
        """The form with what may be chosen; a template may leave each open."""
        self.kind.choices = [("", _l("left open")), *kinds]
        self.routing.choices = [("", _l("left open")), *types]
        self.impact.choices = [("", _l("left open")), *RANKS["impact"]()]
        self.urgency.choices = [("", _l("left open")), *RANKS["urgency"]()]
        self.must.choices = [(str(place), str(place + 1)) for place in range(MOST_STEPS + SPARE)]
        while len(self.steps) < MOST_STEPS and sum(not one.data for one in self.steps) < SPARE:
            self.steps.append_entry("")
        return self

    def procedure(self) -> Procedure:
        """For the verbs."""
        ticked = set(self.must.data or ())
        return Procedure(
            self.name.data or "", kind=self.kind.data or "", routing=self.routing.data or "",
            impact=self.impact.data or "", urgency=self.urgency.data or "", title=self.title.data or "",
            body=self.body.data or "", reply=self.reply.data or "",
            steps=[(one.data or "", str(place) in ticked) for place, one in enumerate(self.steps)],
        )  # fmt: skip


class TemplateForm(NewTemplateForm):
    """A template that is there: it may change its place, or go out of use."""

    position = IntegerField(
        _l("Place in the list"),
        [InputRequired(_l("Say where it stands.")), NumberRange(0, LAST_PLACE)],
        description=_l("Lower numbers stand higher."),
    )
    active = BooleanField(_l("In use"))
    version = IntegerField(widget=HiddenInput(), default=0)


def filled(template: TicketTemplate) -> dict[str, Any]:
    """The fields of the form as the template stands."""
    parts = ("name", "kind", "routing", "impact", "urgency", "title", "body", "reply", "active", "position", "version")
    return {
        **{part: getattr(template, part) for part in parts},
        "steps": [words for words, _must in template.steps],
        "must": [str(place) for place, (_words, must) in enumerate(template.steps) if must],
    }
