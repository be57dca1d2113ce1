"""A sentence with values, kept as it was said and put into the reader's language where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from babel import Locale
from babel.support import NullTranslations
from flask import current_app, g
from flask_babel import force_locale, format_date, format_decimal, format_time, get_locale, get_translations
from markupsafe import Markup

from portal.kernel.clock import day_ending_at, now, office_day

_UNPRINTABLE = {code: None for code in range(32) if code not in (9, 10, 13)} | dict.fromkeys(
    (*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0x200B, *range(0x200E, 0x2010), *range(0x202A, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF)
)  # fmt: skip
"""What shows nothing and turns what stands beside it; joiners stay, since signs are made of them."""


def printable(text: str) -> str:
    """Without control characters, unpaired surrogates, and signs that hide or turn the text around them.

    PostgreSQL stores not all of them, and a name of such signs alone is one that nobody can click. Line ends are \\n.
    """
    return text.translate(_UNPRINTABLE).replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Said:
    """`template` is the message id in English; `values` are formatted for the reader only when it is shown."""

    template: str
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        text = words()[self.template]
        return text.format(**{name: _shown(value) for name, value in self.values}) if "{" in text else text


def say(template: str, /, **values: Any) -> Said:
    """`say("Due back on {day}", day=…)`: values may be text, numbers, days, instants, clauses, sentences,
    texts by language, or a tuple of words."""
    return Said(template, tuple(sorted(values.items())))


@dataclass(frozen=True, slots=True)
class Until:
    """A limit as a value of a sentence: at the end of a day it is 24:00 of that day."""

    limit: datetime


def plain(text: str) -> Said:
    """Words that somebody typed, where a sentence is expected: shown as they are, never translated or formatted."""
    return Said("{words}", (("words", text),))


class Labelled(Protocol):
    """A member of a closed list that has a word of its own."""

    @property
    def label(self) -> object: ...


CATALOGUES = {"zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW", "en": "en"}
"""The languages of the portal, and the catalogue of each."""


class Words(dict[str, str]):
    """The texts of one language by message id. A page says two hundred of them: each is looked for in the catalogue
    once, not each time. What nobody translated may be what somebody typed: it is shown as it is and not kept."""

    def __init__(self, locale: Locale | None, catalogue: NullTranslations) -> None:
        super().__init__()
        self.language = "-".join(filter(None, (locale.language, locale.territory))) if locale else "zh-CN"
        self.on_pages: dict[str, Markup] = {}
        self.labels: dict[Any, dict[Any, str]] = {}
        self._catalogue = catalogue

    def __missing__(self, message: str) -> str:
        text = str(self._catalogue.ugettext(message))
        if text != message:
            self[message] = text
        return text


_words: dict[str, Words] = {}
_NO_READER = Words(None, NullTranslations())


def words() -> Words:
    """The texts of the reader's language, bound once per request."""
    try:
        found: Words = g._get_current_object().words  # a third of the time that the proxy itself takes
    except AttributeError:
        locale = get_locale()
        found = _words.get(str(locale)) or _words.setdefault(str(locale), Words(locale, get_translations()))
        g.words = found
    except RuntimeError:  # nobody asks: a sentence is what it is in the code
        return _NO_READER
    return found


def on_page(message: str, /, **values: Any) -> Markup:
    """`_("…")` of the templates: the text as markup, with `values` put in escaped where it says %(name)s."""
    said = words()
    if values:
        return Markup(said[message]) % values  # noqa: S704 - the catalogue is ours
    if message not in said.on_pages:
        text = Markup(said[message]) % {}  # noqa: S704
        if message not in said:
            return text
        said.on_pages[message] = text
    return said.on_pages[message]


def labels(kind: Iterable[Labelled]) -> dict[Any, str]:
    """A closed list in the reader's language, member → word: put together once for each language."""
    said = words()
    if kind not in said.labels:
        said.labels[kind] = {one: str(one.label) for one in kind}
    return said.labels[kind]


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """What is said within is said in the language `code`, or in the setting's where that is none of ours: for letters,
    which are read by somebody else than the one who acts."""
    before = g.pop("words", None)
    with force_locale(CATALOGUES.get(code) or CATALOGUES[current_app.config["LOCALE"]]):
        try:
            yield
        finally:
            g.pop("words", None)
            if before is not None:
                g.words = before


_on_paper: ContextVar[bool] = ContextVar("on_paper", default=False)


@contextmanager
def on_paper() -> Iterator[None]:
    """What is said within names the year of every day: paper is read, and held against the portal, years later."""
    token = _on_paper.set(True)
    try:
        yield
    finally:
        _on_paper.reset(token)


def language() -> str:
    """The reader's language as it stands in `lang` and in the address: zh-CN, zh-TW or en."""
    return words().language


def text_of(texts: dict[str, str] | None) -> str:
    """A list value or title in the reader's language: Chinese stands in for a missing one."""
    texts = texts or {}
    return texts.get(language()) or texts.get("zh-CN") or next(iter(texts.values()), "")


def listed(values: Iterable[object]) -> str:
    """Several words in a row, as the reader's language strings them: 甲、乙 or A, B. In a sentence a tuple is one."""
    return ("、" if language().startswith("zh") else ", ").join(map(str, values))


def day(value: date) -> str:
    """10 月 12 日; with its year when that is not this one."""
    this_year = value.year == office_day(now()).year and not _on_paper.get()
    if language().startswith("zh"):
        return format_date(value, "M月d日" if this_year else "y年M月d日")
    return format_date(value, "d MMM" if this_year else "d MMM y")


def _moment(value: datetime) -> str:
    return f"{day(office_day(value))} {format_time(value, 'HH:mm')}"


def _until(value: Until) -> str:
    ended = day_ending_at(value.limit)
    return f"{day(ended)} 24:00" if ended else _moment(value.limit)


_SHOWN: list[tuple[type, Callable[[Any], str]]] = [
    (datetime, _moment),
    (date, day),
    (Until, _until),
    (Decimal, lambda value: format_decimal(value)),
    (dict, text_of),
    (tuple, listed),
]


def _shown(value: Any) -> str:
    for kind, show in _SHOWN:
        if isinstance(value, kind):
            return show(value)
    return str(value)
