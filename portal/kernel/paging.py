"""Long lists page by key: continue after this row. Page 400 costs what page 1 costs, and nothing repeats."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from portal.extensions import db

T = TypeVar("T")
PAGE = 50
LARGEST_ID = 2**31 - 1
"""What an id can be in either database."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class After:
    """The sort key of the last row that was shown; `str()` is what stands in the address."""

    key: tuple[Any, ...]

    def __str__(self) -> str:
        words = json.dumps([_out(part) for part in self.key], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None, *kinds: type) -> After | None:
        """From the address; None for nothing. Raises ValueError for anything that is not a key of these kinds."""
        if not text:
            return None
        try:
            words = json.loads(base64.urlsafe_b64decode(text.encode("ascii", "replace") + b"=" * (-len(text) % 4)))
        except (binascii.Error, UnicodeError, json.JSONDecodeError, RecursionError) as error:
            raise ValueError("not a page of this list") from error
        if not isinstance(words, list) or len(words) != len(kinds):
            raise ValueError("not a page of this list")
        try:
            return cls(tuple(_in(word, kind) for word, kind in zip(words, kinds, strict=True)))
        except OverflowError as error:  # a moment at the end of all time
            raise ValueError("not a page of this list") from error


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Rows of one page, and where the next page continues (None: this was the last)."""

    rows: Sequence[T]
    after: After | None

    @classmethod
    def of(cls, rows: Sequence[T], key: Any, size: int = PAGE) -> Slice[T]:
        """From `size + 1` rows: `key(row)` is the tuple that the list is sorted by."""
        shown = rows[:size]
        return cls(shown, After(tuple(key(shown[-1]))) if len(rows) > size else None)


def every(page: Callable[..., Slice[T]], size: int = 500) -> Iterator[T]:
    """Every row of a list in its order, whatever its length: for a file that is sent while it is made.

    `page(after=…, size=…)`: one slice of it. Each is a short statement and a transaction of its own, so that a slow
    line holds up nobody. What moves meanwhile stands where it was met, as for whoever turns the pages.
    """
    after: After | None = None
    while True:
        found = page(after=after, size=size)
        db.session.rollback()
        yield from found.rows
        if found.after is None:
            return
        after = found.after


def _out(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _in(word: Any, kind: type) -> Any:
    """Only what both databases can compare with: a moment has its zone, a number its size, a text can be stored."""
    if kind is datetime and isinstance(word, str) and (at := datetime.fromisoformat(word)).tzinfo:
        return at.astimezone(UTC)
    if kind is date and isinstance(word, str):
        return date.fromisoformat(word)
    if kind is int and type(word) is int and abs(word) <= LARGEST_ID:
        return word
    if kind is str and isinstance(word, str) and not _UNSTORABLE.search(word):
        return word
    raise ValueError("not a page of this list")
