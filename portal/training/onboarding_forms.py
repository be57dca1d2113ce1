"""What is filled in about newcomers: the list, a mentor, what came of the coaching."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField

from portal.kernel.clock import today
from portal.training.states import LISTED, Result
from portal.web.forms import Form, a_day, chosen, no_longer_than, required


class ItemForm(Form):
    """A line of the list for newcomers."""

    part = SelectField(_l("Part"))
    words = StringField(
        _l("What do they go through?"), [required(_l("Say what they go through.")), no_longer_than(200)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part.choices = [(one.value, str(one.label)) for one in LISTED]


class MentorForm(Form):
    """Who coaches a newcomer, and from when."""

    mentor = StringField(
        _l("Mentor"), [required(_l("Say who coaches them.")), no_longer_than(80)],
        description=_l("Name, staff number or sign-in name."), render_kw={"autocomplete": "off"},
    )  # fmt: skip
    from_on = DateField(_l("From which day?"), [chosen(_l("Choose the day.")), a_day], default=today)


class EndForm(Form):
    """What came of the coaching, and of the mentor's own test."""

    outcome = TextAreaField(
        _l("What can the newcomer do now?"), [required(_l("Say what came of it.")), no_longer_than(2000)],
        render_kw={"rows": 3},
    )  # fmt: skip
    retest = RadioField(
        _l("The mentor's own test"), [chosen(_l("Say how the mentor did in their own test."))],
        description=_l("Coaching tests the mentor again, too."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.retest.choices = [(one.value, str(one.label)) for one in (Result.PASSED, Result.FAILED)]


class WaiveForm(Form):
    """Why somebody is put on the roster before their checklist is done."""

    reason = TextAreaField(
        _l("Why can it not wait?"), [required(_l("Say why it cannot wait.")), no_longer_than(2000)],
        render_kw={"rows": 3},
    )  # fmt: skip
