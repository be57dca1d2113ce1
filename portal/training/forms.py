"""What is filled in about courses and sessions. Choices are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.kernel.clock import office_zone
from portal.kernel.permissions import Role
from portal.training.rules import MOST_DAYS
from portal.training.states import CourseKind, Presence, Result, Topic
from portal.web.forms import Form, a_day, chosen, may_lack, no_longer_than, required

Choices = Sequence[tuple[str, Any]]
AS_TYPED = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
OUTCOMES: dict[str, tuple[Presence, Result, Any]] = {
    "passed": (Presence.CAME, Result.PASSED, _l("was there, passed")),
    "failed": (Presence.CAME, Result.FAILED, _l("was there, not passed")),
    "excused": (Presence.EXCUSED, Result.NONE, _l("excused")),
    "missed": (Presence.MISSED, Result.NONE, _l("did not come")),
}
"""What the trainer chooses for each who takes part: one choice says whether they came and what came of it."""


def ticked(label: Any, **more: Any) -> SelectMultipleField:
    """Several of a list, each with a box to tick."""
    return SelectMultipleField(
        label, [may_lack], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), **more
    )


class CourseForm(Form):
    """A course: its code is given once."""

    code = StringField(
        _l("Code"), [required(_l("Give the course a code.")), no_longer_than(20)],
        description=_l("Short, for lists: RZ-01."), render_kw={"size": 12, "autocomplete": "off"},
    )  # fmt: skip
    title = StringField(_l("Title"), [required(_l("Give the course a title.")), no_longer_than(80)])
    kind = SelectField(_l("What is it for?"))
    department = SelectField(
        _l("Whose people take it?"), [chosen(_l("Choose whose people take it."))],
        description=_l("Everybody of the department and of those below it."),
    )  # fmt: skip
    role = SelectField(_l("Only those with the role"))
    topics = ticked(_l("What does it teach?"), description=_l("What the checklists of newcomers ask for."))
    manuals = ticked(_l("In which manuals does it train?"))
    goal = TextAreaField(_l("Goal"), [Optional(), no_longer_than(2000)], render_kw={"rows": 3})
    version = IntegerField(widget=HiddenInput(), default=0)

    def offer(self, units: Choices, manuals: Choices) -> None:
        """What can be chosen."""
        self.kind.choices = [(one.value, str(one.label)) for one in CourseKind]
        self.department.choices = list(units)
        roles = [(one.value, one.label) for one in Role if one is not Role.EVERYONE]
        self.role.choices = [("", _("everybody, whatever their role")), *roles]
        self.topics.choices = [(one.value, str(one.label)) for one in Topic]
        self.manuals.choices = list(manuals)


def moment_field(label: Any, sentence: Any) -> DateTimeLocalField:
    """A day and a time that must be given."""
    return DateTimeLocalField(label, [required(sentence), a_day], format=AS_TYPED)


class SessionForm(Form):
    """A session: when, where, by whom, what for."""

    department = SelectField(_l("For which department?"), [chosen(_l("Choose the department."))])
    title = StringField(_l("What is taught?"), [required(_l("Say what it is about.")), no_longer_than(80)])
    starts_at = moment_field(_l("Begins"), _l("Say when it begins."))
    ends_at = moment_field(_l("Ends"), _l("Say when it ends."))
    days = IntegerField(
        _l("Counts as so many whole days of training"),
        [Optional(), NumberRange(0, MOST_DAYS, _l("Whole days, 0 for less than one."))], default=0,
        description=_l("0 for less than a day."), render_kw={"inputmode": "numeric", "size": 3},
    )  # fmt: skip
    place = StringField(
        _l("Place"), [required(_l("Say where it takes place.")), no_longer_than(80)],
        description=_l("A room, or “online” with the address of the meeting."),
    )  # fmt: skip
    target = TextAreaField(
        _l("Target"), [required(_l("Say what people can do afterwards.")), no_longer_than(2000)],
        description=_l("What people can do afterwards."), render_kw={"rows": 2},
    )  # fmt: skip
    trainer = StringField(
        _l("Trainer"), [Optional(), no_longer_than(80)],
        description=_l("A colleague: name, staff number or sign-in name."), render_kw={"autocomplete": "off"},
    )  # fmt: skip
    trainer_name = StringField(_l("Trainer from outside"), [Optional(), no_longer_than(80)])
    body = StringField(_l("Training institute"), [Optional(), no_longer_than(80)])
    invites = BooleanField(_l("Invite everybody whom the course is for"), default=True)
    version = IntegerField(widget=HiddenInput(), default=0)

    def moments(self) -> tuple[datetime, datetime]:
        """From when until when, on the office's clock. Only after they were found valid."""
        zone = office_zone()
        return self.starts_at.data.replace(tzinfo=zone), self.ends_at.data.replace(tzinfo=zone)


class InviteForm(Form):
    """Colleagues who are invited by hand."""

    people = TextAreaField(
        _l("Colleagues"), [required(_l("Say whom you invite."))],
        description=_l("One per line: name, staff number or sign-in name."), render_kw={"rows": 4},
    )  # fmt: skip

    def names(self) -> list[str]:
        """What stands on each line."""
        return [one.strip() for one in (self.people.data or "").splitlines() if one.strip()]


class GuestForm(Form):
    """Somebody of another organisation."""

    name = StringField(_l("Name"), [required(_l("Write down the name of the guest.")), no_longer_than(80)])
    organisation = StringField(
        _l("Organisation"), [required(_l("Say which organisation they come from.")), no_longer_than(120)]
    )


class CancelForm(Form):
    """Why a session does not take place."""

    reason = StringField(
        _l("Why does it not take place?"), [required(_l("Say why it does not take place.")), no_longer_than(200)]
    )


def results_form(people: Sequence[Any]) -> type[Form]:
    """The sheet of a session as a form: a choice and a note for each who takes part."""
    choices = [(name, label) for name, (_presence, _result, label) in OUTCOMES.items()]

    class ResultsForm(Form):
        """What came of a session."""

        outcome = TextAreaField(
            _l("What came of it as a whole"), [Optional(), no_longer_than(2000)], render_kw={"rows": 3}
        )
        version = IntegerField(widget=HiddenInput(), default=0)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for one in people:
                self[f"result_{one.id}"].choices = choices

        def results(self) -> dict[int, tuple[Presence, Result, str]]:
            """For the verb: by participant."""
            found = {}
            for one in people:
                presence, result, _label = OUTCOMES[self[f"result_{one.id}"].data]
                found[one.id] = presence, result, self[f"note_{one.id}"].data or ""
            return found

    for one in people:
        sentence = _("Say of %(name)s whether they came.", name=one.name)  # not lazy: that passes for markup
        setattr(ResultsForm, f"result_{one.id}", RadioField(one.name, [chosen(sentence)]))
        setattr(ResultsForm, f"note_{one.id}", StringField(_l("Note"), [Optional(), no_longer_than(200)]))
    return ResultsForm
