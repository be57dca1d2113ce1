"""A goal of a department, and what somebody learnt by themselves."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import DateField, TextAreaField

from portal.kernel.clock import today
from portal.web.forms import Form, a_day, chosen, no_longer_than, required


class GoalForm(Form):
    """What a department means to learn this year."""

    words = TextAreaField(
        _l("Goal of this year"), [required(_l("Say what the goal is.")), no_longer_than(500)], render_kw={"rows": 2},
        description=_l("What everybody can do at the end of the year that they cannot do now."),
    )  # fmt: skip
    due_on = DateField(
        _l("To be reached by"), [required(_l("Choose the day.")), a_day], default=lambda: date(today().year, 12, 31)
    )


class GoalEndForm(Form):
    """What came of a goal."""

    outcome = TextAreaField(
        _l("What came of the goal?"), [required(_l("Say what came of it.")), no_longer_than(500)],
        render_kw={"rows": 2}, description=_l("Reached or not, and what shows it."),
    )  # fmt: skip


class LearningForm(Form):
    """What somebody learnt by themselves."""

    on = DateField(_l("When?"), [chosen(_l("Choose the day.")), a_day], default=today)
    words = TextAreaField(
        _l("What did you learn?"), [required(_l("Say what you learnt.")), no_longer_than(500)], render_kw={"rows": 2}
    )
