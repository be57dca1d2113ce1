"""What a replay is asked with."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField

from portal.policies.replays import MONTHS
from portal.web.forms import Form


class ReplayForm(Form):
    """How far back it looks."""

    months = SelectField(_l("The facts of"), coerce=int, default=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.months.choices = [(n, ngettext("the last month", "the last %(num)d months", n)) for n in MONTHS]
