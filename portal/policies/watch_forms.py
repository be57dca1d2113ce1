"""What is filled in about how a manual is made known and audited."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField

from portal.policies.watch_states import Found, Means
from portal.web.forms import Form, a_day, chosen, no_longer_than, required


class StepForm(Form):
    """One dated action of the plan."""

    means = RadioField(_l("In which way?"), [chosen(_l("Choose the way."))])
    words = StringField(_l("What is done?"), [required(_l("Say what is done.")), no_longer_than(200)])
    on = DateField(_l("On which day?"), [chosen(_l("Choose the day.")), a_day])
    person = StringField(
        _l("Who does it?"), [required(_l("Say who does it.")), no_longer_than(80)],
        description=_l("Name, staff number or sign-in name."), render_kw={"autocomplete": "off"},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.means.choices = [(one.value, str(one.label)) for one in Means]


class DoneForm(Form):
    """What came of one action."""

    outcome = TextAreaField(
        _l("What came of it?"), [required(_l("Say it in a few words.")), no_longer_than(2000)], render_kw={"rows": 2}
    )


class AuditDayForm(Form):
    """Until when it is audited."""

    due_on = DateField(_l("Audited until"), [chosen(_l("Choose the day.")), a_day])


class AuditForm(Form):
    """What an audit found."""

    found = SelectField(_l("Is the manual kept?"), [chosen(_l("Say whether it is kept."))])
    findings = TextAreaField(
        _l("What was found?"), [required(_l("Say what was looked at and what was found.")), no_longer_than(4000)],
        description=_l("What was looked at, what was found, what follows. It stays as it is."),
        render_kw={"rows": 5},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found.choices = [("", "–"), *((one.value, str(one.label)) for one in Found)]
