"""What is filled in to keep a view of the queue, or to call it differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, RadioField, StringField
from wtforms.widgets import HiddenInput

from portal.web.forms import Form, chosen, no_longer_than, required

LONGEST = 24
"""Characters of a name: it stands in a row with others."""


def _name() -> StringField:
    return StringField(
        _l("Name of the view"),
        [required(_l("Give the view a name.")), no_longer_than(LONGEST)],
        render_kw={"autocomplete": "off"},
    )


class KeepViewForm(Form):
    """A name for the address that the queue shows, and for whom it is kept. `words`: the address."""

    name = _name()
    whose = RadioField(_l("For whom?"), [chosen(_l("Say for whom it is kept."))], default="me")
    words = HiddenField()

    def __init__(self, *args: Any, departments: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.whose.choices = [("me", _("for me alone")), *departments]


class ViewForm(Form):
    """What a view is called."""

    name = _name()
    version = IntegerField(widget=HiddenInput(), default=0)
