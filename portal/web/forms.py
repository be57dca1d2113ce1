"""What every form shares: a one-time key, the reader's language, and plain values for the verb."""

from __future__ import annotations

import re
from typing import Any

import wtforms.i18n
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from portal.kernel import once
from portal.kernel.text import printable


class Form(FlaskForm):
    """A form whose fields own their labels, hints, limits and error sentences."""

    once = HiddenField(default=once.new_key)

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


def no_longer_than(most: int) -> Any:
    """At most `most` characters; the sentence says how many there are."""

    def check(_form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length > most:
            raise ValidationError(
                str(_l("At most %(most)s characters; these are %(length)s.", most=most, length=length))
            )

    return check


SECRET_WORDS = {"password", "repeated", "pin", "secret"}


def is_secret(name: str) -> bool:
    """Whether the value of the field `name` is never shown again: the PIN is a secret, an opinion is none."""
    return not SECRET_WORDS.isdisjoint(re.split(r"[^a-z]+", name.lower()))
