"""What every form shares: a one-time key, the reader's language, and plain values for the verb."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import wtforms.i18n
from flask import g
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation, ValidationError

from portal.kernel import files, once
from portal.kernel.actions import Actor
from portal.kernel.errors import Refused
from portal.kernel.text import printable, say
from portal.web.signed_in import me


class Form(FlaskForm):
    """A form whose fields own their labels, hints, limits and error sentences."""

    once = HiddenField(default=lambda: g.get("key") or once.new_key())

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            """WTForms' own sentences; zh_TW must be named, or Traditional readers see Simplified ones."""
            wanted = {"zh_Hant_TW": "zh_TW", "zh_Hans_CN": "zh"}.get(str(get_locale()), "en")
            return wtforms.i18n.get_translations([wanted])

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Typed text loses NUL and lone surrogates at the door: PostgreSQL stores neither."""
            filters = [*unbound_field.kwargs.get("filters", ()), _printable]
            return unbound_field.bind(form=form, **options, **({"filters": filters} if _typed(unbound_field) else {}))

    def values(self) -> dict[str, Any]:
        """What was filled in, by field name, without what belongs to the form alone."""
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "once")}


def _typed(field: Any) -> bool:
    return any(cls.__name__ in ("StringField", "TextAreaField") for cls in field.field_class.__mro__)


def _printable(value: Any) -> Any:
    """A field that was not sent at all is empty, as one that was sent empty is."""
    return printable(value) if isinstance(value, str) else "" if value is None else value


def required(sentence: Any) -> DataRequired:
    """The field must be filled; `sentence` says what to do."""
    return DataRequired(sentence)


def chosen(sentence: Any) -> InputRequired:
    """A choice must be made; 0 and False are choices too."""
    return InputRequired(sentence)


def may_lack(_form: Any, _field: Field) -> None:
    """Several may be ticked, or none: the page says “optional”. WTForms' own `Optional` would wipe out that an empty
    word is none of the choices."""


may_lack.field_flags = {"optional": True}  # type: ignore[attr-defined]


def no_longer_than(most: int) -> Any:
    """At most `most` characters; the sentence says how many there are."""

    def check(_form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length > most:
            raise ValidationError(
                str(_l("At most %(most)s characters; these are %(length)s.", most=most, length=length))
            )

    return check


FIRST_YEAR, LAST_YEAR = 1950, 2199


def a_day(_form: Any, field: Field) -> None:
    """No year that is a slip of the fingers."""
    if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(str(_l("Choose a day between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)))


class AttachmentsField(Field):
    """Files that go with a form. What was chosen waits under its id and stands in the form as a ticked box; without
    script the files come with the form itself and are kept first.

    `ids`: the waiting files that are to go along; `waiting`: the same with their names, for the page.
    """

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, [Optional()], **more)
        self.sent: list[FileStorage] = []
        self.ids: list[int] = []
        self.said: list[str] = []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.sent = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]
        known = [str(one) for one in valuelist if not isinstance(one, FileStorage)]
        self.ids = [int(one) for one in known if re.fullmatch(r"\d{1,18}", one)][: files.MOST_AT_ONCE]

    def keep(self, actor: Actor, *, at: datetime) -> None:
        """Store what came with the form; what cannot be kept is said at the field when the form is checked."""
        for one in self.sent:
            try:
                if len(self.ids) >= files.MOST_AT_ONCE:
                    raise Refused(say("At most {most} files go along at once.", most=files.MOST_AT_ONCE))
                self.ids.append(files.keep(actor, one, at=at).id)
            except Refused as no:
                self.said.append(str(no))
        self.sent = []

    def pre_validate(self, _form: Any) -> None:
        if self.said:
            raise StopValidation(self.said[0])

    def waiting(self) -> list[files.Waiting]:
        """What waits and is the reader's own."""
        return files.waiting(me().id, self.ids)


SECRET_WORDS = {"password", "repeated", "pin", "secret"}


def is_secret(name: str) -> bool:
    """Whether the value of the field `name` is never shown again: the PIN is a secret, an opinion is none."""
    return not SECRET_WORDS.isdisjoint(re.split(r"[^a-z]+", name.lower()))
