"""A sentence with values, kept as it was said and put into the reader's language where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel import force_locale, format_date, format_decimal, format_time, get_locale, gettext

from portal.kernel.clock import now, office_day

_UNPRINTABLE = {code: None for code in range(32) if code not in (9, 10, 13)} | dict.fromkeys(range(0xD800, 0xE000))


def printable(text: str) -> str:
    """Without control characters and unpaired surrogates, which PostgreSQL does not store; line ends are \\n."""
    return text.translate(_UNPRINTABLE).replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Said:
    """`template` is the message id in English; `values` are formatted for the reader only when it is shown."""

    template: str
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return str(gettext(self.template)).format(**{name: _shown(value) for name, value in self.values})


def say(template: str, /, **values: Any) -> Said:
    """`say("Due back on {day}", day=…)`: values may be text, numbers, days, instants, clauses, sentences,
    or texts by language."""
    return Said(template, tuple(sorted(values.items())))


def plain(text: str) -> Said:
    """Words that somebody typed, where a sentence is expected: shown as they are, never translated or formatted."""
    return Said("{words}", (("words", text),))


CATALOGUES = {"zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW", "en": "en"}
"""The languages of the portal, and the catalogue of each."""


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """What is said within is said in the language `code`, or in the setting's where that is none of ours: for letters,
    which are read by somebody else than the one who acts."""
    with force_locale(CATALOGUES.get(code) or CATALOGUES[current_app.config["LOCALE"]]):
        yield


def language() -> str:
    """The reader's language as it stands in `lang` and in the address: zh-CN, zh-TW or en."""
    locale = get_locale()
    return "-".join(filter(None, (locale.language, locale.territory))) if locale else "zh-CN"


def text_of(texts: dict[str, str] | None) -> str:
    """A list value or title in the reader's language: Chinese stands in for a missing one."""
    texts = texts or {}
    return texts.get(language()) or texts.get("zh-CN") or next(iter(texts.values()), "")


def day(value: date) -> str:
    """10 月 12 日; with its year when that is not this one."""
    this_year = value.year == office_day(now()).year
    if language().startswith("zh"):
        return format_date(value, "M月d日" if this_year else "y年M月d日")
    return format_date(value, "d MMM" if this_year else "d MMM y")


def _moment(value: datetime) -> str:
    return f"{day(office_day(value))} {format_time(value, 'HH:mm')}"


_SHOWN: list[tuple[type, Callable[[Any], str]]] = [
    (datetime, _moment),
    (date, day),
    (Decimal, lambda value: format_decimal(value)),
    (dict, text_of),
]


def _shown(value: Any) -> str:
    for kind, show in _SHOWN:
        if isinstance(value, kind):
            return show(value)
    return str(value)
