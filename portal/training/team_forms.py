"""What is filled in about a team and who acts for it."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.kernel.clock import today
from portal.policies.team_states import TeamKind
from portal.training.forms import Choices, ticked
from portal.web.forms import Form, a_day, chosen, no_longer_than, required


class TeamForm(Form):
    """A team: whose it is, who leads it, what binds whoever acts for it."""

    name = StringField(_l("Name of the team"), [required(_l("Give the team a name.")), no_longer_than(80)])
    kind = SelectField(_l("What kind of team?"))
    department = SelectField(_l("To which department does it belong?"), [chosen(_l("Choose the department."))])
    leader = StringField(
        _l("Who leads it?"), [required(_l("Say who leads it.")), no_longer_than(80)],
        description=_l("Name, staff number or sign-in name. They act for the team, too."),
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    purpose = TextAreaField(_l("What does it do?"), [Optional(), no_longer_than(2000)], render_kw={"rows": 3})
    manuals = ticked(
        _l("Which manuals bind whoever acts for it?"),
        description=_l(
            "The code of conduct, the rules of etiquette: everybody of the team is asked to acknowledge them."
        ),
    )
    version = IntegerField(widget=HiddenInput(), default=0)

    def offer(self, units: Choices, manuals: Choices) -> None:
        """What can be chosen."""
        self.kind.choices = [(one.value, str(one.label)) for one in TeamKind]
        self.department.choices = list(units)
        self.manuals.choices = list(manuals)


class MemberForm(Form):
    """Somebody who acts for a team from a day on."""

    person = StringField(
        _l("Who?"), [required(_l("Say who acts for the team.")), no_longer_than(80)],
        description=_l("Name, staff number or sign-in name; also of another department."),
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    from_on = DateField(_l("From which day?"), [required(_l("Choose the day.")), a_day], default=today)


class MemberEndForm(Form):
    """The last day on which somebody acts for a team."""

    last_on = DateField(_l("Last day"), [required(_l("Choose the day.")), a_day], default=today)

    def ends(self) -> date:
        """The day after the last one. Only after it was found valid."""
        last: date = self.last_on.data
        return last + timedelta(days=1)
