"""The check code at the foot of a sheet: whether a paper says what the portal says, without keeping what was printed.

    T-2026-00042-1 K7QM2 …: the number of the thing, then twenty signs that people can read out
    variant 1 · minute of printing 5 · words 6 · mark 8

`words` is a short keyed hash of exactly what was printed, `mark` one over everything before it; the key (setting
SEAL_KEY) is not in the database. So nobody makes a code for a paper of their own, a code goes with no other thing and
no other moment, and a paper that the portal has overtaken is known for what it is.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import current_app

from portal.kernel.signature import canonical

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: what looks like another sign is read as that one."""
_READ_AS = str.maketrans("ILO", "110")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
VARIANT, MINUTE, WORDS, MARK = 1, 5, 6, 8
LENGTH = VARIANT + MINUTE + WORDS + MARK


@dataclass(frozen=True, slots=True)
class CheckCode:
    """A code that this portal has put on a sheet: of which thing, in which variant, and when, to the minute."""

    number: str
    variant: int
    printed_at: datetime
    words: str

    def says(self, content: Mapping[str, Any]) -> bool:
        """Whether exactly this was printed."""
        return hmac.compare_digest(self.words, _words(self.number, self.variant, content))


def issue(number: str, variant: int, content: Mapping[str, Any], *, at: datetime) -> str:
    """The code for a sheet about the thing with this number. `variant`: 0 to 31, which of its sheets it is."""
    minutes = (at - FIRST) // timedelta(minutes=1)
    body = signs(variant, VARIANT) + signs(minutes, MINUTE) + _words(number, variant, content)
    body += _mark(number, body)
    return "-".join([number, *(body[start : start + 5] for start in range(0, LENGTH, 5))])


def read(text: str) -> CheckCode | None:
    """The code as people type it, small letters, spaces and all; None for one that no sheet of this portal has."""
    typed = "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isascii() and one.isalnum())
    thing, body = typed[:-LENGTH], typed[-LENGTH:].translate(_READ_AS)
    if len(thing) < 6 or not set(body) <= set(SIGNS):
        return None
    thing = thing[0] + thing[1:].translate(_READ_AS)
    number = f"{thing[0]}-{thing[1:5]}-{thing[5:]}"
    signed, mark = body[:-MARK], body[-MARK:]
    if not hmac.compare_digest(mark.encode(), _mark(number, signed).encode()):
        return None
    minutes = value_of(signed[VARIANT : VARIANT + MINUTE])
    words = signed[VARIANT + MINUTE :]
    return CheckCode(number, value_of(signed[:VARIANT]), FIRST + timedelta(minutes=minutes), words)


def _words(number: str, variant: int, content: Mapping[str, Any]) -> str:
    return _keyed(f"words\n{number}\n{variant}\n{canonical(content)}", WORDS)


def _mark(number: str, signed: str) -> str:
    return _keyed(f"mark\n{number}\n{signed}", MARK)


def _keyed(text: str, length: int) -> str:
    key = f"check code\n{current_app.config['SEAL_KEY']}".encode()
    found = int.from_bytes(hmac.new(key, text.encode(), sha256).digest())
    return signs(found % 32**length, length)


def signs(value: int, length: int) -> str:
    """A number in so many signs. Raises ValueError where it does not fit."""
    if not 0 <= value < 32**length:
        raise ValueError(f"{value} does not fit {length} signs")
    return "".join(SIGNS[value >> 5 * place & 31] for place in reversed(range(length)))


def value_of(written: str) -> int:
    """The number that was written in signs. Raises ValueError for what is no sign."""
    return sum(SIGNS.index(one) << 5 * place for place, one in enumerate(reversed(written)))
