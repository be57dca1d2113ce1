"""A goal of a department, and what somebody learnt by themselves."""

from __future__ import annotations

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


class LearningForm(Form):
    """What somebody learnt by themselves."""

    on = DateField(_l("When?"), [chosen(_l("Choose the day.")), a_day], default=today)
    words = TextAreaField(
        _l("What did you learn?"), [required(_l("Say what you learnt.")), no_longer_than(500)], render_kw={"rows": 2}
    )
