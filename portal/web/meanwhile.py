"""What happened to a thing while its form stood open: told beside the form that came too late, with what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList
from wtforms.fields.choices import SelectField
from wtforms.widgets import HiddenInput

from portal.kernel.errors import OutOfDate
from portal.kernel.journal import JournalEntry
from portal.kernel.text import Said, listed
from portal.web.routes import OF_THE_PAGE


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what stands there now, and what was typed."""

    label: str
    stands: str
    typed: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Why it was refused, what others did since the page was drawn, and where the form differs from what they left."""

    sentence: Said
    entries: list[JournalEntry]
    differences: list[Difference]


def missed(
    entries: Iterable[JournalEntry], form: FlaskForm | None = None, fresh: FlaskForm | None = None, *,
    seen: int | None = None,
) -> Missed | None:  # fmt: skip
    """For the page that is drawn again because somebody was faster; None for any other.

    `entries`: the facts about the thing that the reader may know; `seen`: the last one that stood on the page, where
    the form does not carry it. `fresh`: the form as it would begin now, against which `form` is held.
    """
    refused = g.get("refused")
    if not isinstance(refused, OutOfDate):
        return None
    seen = seen_sent() if seen is None else seen
    since = [one for one in entries if seen is not None and one.id > seen]
    return Missed(refused.sentence, since, _differences(form, fresh) if form and fresh else [])


def catch_up(field: Field, stands: object) -> None:
    """Let a form that came too late speak of what stands now: once it is told what that is, pressing again is a
    decision. `field`: the hidden one in which it says what it had before its eyes."""
    if isinstance(g.get("refused"), OutOfDate):
        field.raw_data, field.data = None, stands


def seen_sent() -> int | None:
    """The last fact that stood on the page which sent this form; None where it does not say."""
    sent = request.form.get("seen", "")
    return int(sent) if sent.isdecimal() and len(sent) < 19 else None


def last_of(entries: Iterable[JournalEntry]) -> int:
    """The last fact on a page, which its forms carry as `seen`."""
    return max((one.id for one in entries), default=0)


def _differences(form: FlaskForm, fresh: FlaskForm) -> list[Difference]:
    """Of the fields that people see and that begin with something: a reason is not held against an empty line."""
    shown = (field for field in fresh if not isinstance(field.widget, HiddenInput))
    known = {field.short_name: field for field in shown if field.object_data is not None}
    pairs = [
        (str(field.label.text), _words(known[field.short_name]), _words(field))
        for field in form
        if field.short_name in known and field.short_name not in OF_THE_PAGE
    ]
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def _words(field: Field) -> str:
    """A field's value as a person reads it."""
    value: Any = field.data
    if isinstance(field, BooleanField):
        return "✓" if value else "✗"
    if isinstance(field, FieldList):
        return listed(filter(None, (_words(one) for one in field)))
    if isinstance(field, SelectField):
        names = {str(key): str(label) for key, label, *_more in field.iter_choices()}
        several = value if isinstance(value, (list, tuple)) else [value]
        return listed(names.get(str(one), str(one)) for one in several if one not in (None, ""))
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
