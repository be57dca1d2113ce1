"""What is filled in about new products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField

from portal.kernel.clock import office_zone
from portal.training.forms import moment_field
from portal.web.forms import Form, chosen, no_longer_than, required


class LaunchForm(Form):
    """New products, one on each line."""

    title = StringField(_l("What goes on sale?"), [required(_l("Say what goes on sale.")), no_longer_than(80)])
    department = SelectField(_l("Who sells it?"), [chosen(_l("Choose the department."))])
    products = TextAreaField(
        _l("Products"), [required(_l("Name at least one product.")), no_longer_than(60_000)], render_kw={"rows": 8},
        description=_l("One on each line: its name, a colon, and what one has to know of it."),
    )  # fmt: skip
    explained_at = moment_field(_l("Explained at"), _l("Say when they are explained."))
    place = StringField(
        _l("Where?"), [required(_l("Say where they are explained.")), no_longer_than(200)],
        description=_l("An online meeting with its address, or a room."),
    )  # fmt: skip

    def moment(self) -> datetime:
        """When they are explained, on the office's clock. Only after it was found valid."""
        return self.explained_at.data.replace(tzinfo=office_zone())

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Each product with what was written of it."""
        found = []
        for line in (self.products.data or "").splitlines():
            name, _colon, words = line.replace("：", ":").partition(":")
            found += [(name.strip(), words.strip())] if name.strip() else []
        return tuple(found)


class OnSiteForm(Form):
    """The special training of a large batch."""

    session = SelectField(_l("Training on site"), [chosen(_l("Choose the training."))])

    def offer(self, sessions: Sequence[tuple[str, str]]) -> None:
        """The trainings that can be chosen."""
        self.session.choices = [("", "–"), *sessions]


class WithdrawForm(Form):
    """Why they do not go on sale."""

    reason = TextAreaField(
        _l("Why do they not go on sale?"), [required(_l("Say why.")), no_longer_than(500)], render_kw={"rows": 2}
    )
