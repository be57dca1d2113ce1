"""What is filled in about customers and visitors."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.kernel.clock import now, office_zone
from portal.web.forms import Form, no_longer_than, required

EARLIEST = 1900
_MAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")


def mail_address(_form: Any, field: Any) -> None:
    """Something before and after one @; whether anybody reads it shows when it is written to."""
    if not _MAIL.fullmatch(field.data.strip()):
        raise ValidationError(_("A mail address looks like name@company.example."))


class CustomerForm(Form):
    """A customer's record. `although` holds the numbers of look-alikes that were seen and are somebody else."""

    name = StringField(
        _l("Name"),
        [required(_l("Write down who it is.")), no_longer_than(80)],
        render_kw={"autocomplete": "off"},
    )
    telephones = TextAreaField(
        _l("Telephone"),
        [Optional(), no_longer_than(200)],
        description=_l("One per line, the one to ring first on top."),
        render_kw={"rows": 2, "inputmode": "tel", "autocomplete": "off"},
    )
    mail = StringField(
        _l("Mail"), [Optional(), no_longer_than(200), mail_address], render_kw={"type": "email", "autocomplete": "off"}
    )
    company = StringField(_l("Company"), [Optional(), no_longer_than(120)], render_kw={"autocomplete": "off"})
    note = TextAreaField(
        _l("Note"),
        [Optional(), no_longer_than(2_000)],
        description=_l("What a colleague should know before they ring: when to reach them, how to address them."),
        render_kw={"rows": 3},
    )
    although = StringField(_l("It is somebody else"), [Optional(), no_longer_than(300)])
    version = IntegerField(widget=HiddenInput(), default=0)

    def values(self) -> dict[str, Any]:
        """For the verbs: telephones as a list, without what belongs to the form alone."""
        filled = super().values()
        del filled["although"], filled["version"]
        return {**filled, "telephones": self.numbers()}

    def numbers(self) -> list[str]:
        """The telephones, one per line; a comma or semicolon also parts them."""
        return [one.strip() for one in re.split(r"[\n,;，；、]", self.telephones.data or "") if one.strip()]

    def seen(self) -> list[str]:
        """Numbers of the look-alikes that somebody looked at."""
        return (self.although.data or "").split()


class VisitForm(Form):
    """One line of the visitors' register (TKT-021)."""

    visitor = StringField(
        _l("Visitor"),
        [no_longer_than(80)],
        render_kw={"autocomplete": "off"},
    )
    company = StringField(_l("Company"), [Optional(), no_longer_than(120)], render_kw={"autocomplete": "off"})
    purpose = StringField(
        _l("What for"),
        [required(_l("Write down what they came for.")), no_longer_than(200)],
        description=_l("For example: wants to see the contract for flat 3-1201."),
        render_kw={"autocomplete": "off"},
    )
    receiver = SelectField(_l("Received by"), coerce=int)
    came_at = DateTimeLocalField(
        _l("Came at"),
        [required(_l("Say when they came."))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        default=lambda: now().astimezone(office_zone()).replace(second=0, microsecond=0, tzinfo=None),
    )
    customer = StringField(_l("Customer"), [Optional(), no_longer_than(20)])

    def validate_came_at(self, field: Any) -> None:
        """No year that a clock cannot show."""
        if field.data.year < EARLIEST:
            raise ValidationError(_("Say when they came."))

    def moment(self) -> datetime:
        """When they came, on the office's clock."""
        typed: datetime = self.came_at.data
        return typed.replace(tzinfo=office_zone())
