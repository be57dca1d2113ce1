"""What is filled in about what somebody knows of products."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import Optional

from portal.kernel.clock import today
from portal.training.states import Result
from portal.web.forms import Form, a_day, chosen, no_longer_than, required


class KnowledgeForm(Form):
    """One check."""

    products = TextAreaField(
        _l("Which products and services?"),
        [required(_l("Say which products and services were checked.")), no_longer_than(2000)], render_kw={"rows": 2},
    )  # fmt: skip
    on = DateField(_l("When?"), [required(_l("Choose the day.")), a_day], default=today)
    result = RadioField(_l("Did they pass?"), [chosen(_l("Say whether they passed."))])
    words = TextAreaField(
        _l("In a few words"), [Optional(), no_longer_than(2000)], render_kw={"rows": 3},
        description=_l("What they know well; where they did not pass, what is still missing."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.result.choices = [(one.value, str(one.label)) for one in (Result.PASSED, Result.FAILED)]
