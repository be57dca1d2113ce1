"""Passwords, PINs and the secrets of links and sessions: how they are made, kept and checked."""

from __future__ import annotations

import hashlib
import secrets
from itertools import pairwise
from string import digits, punctuation
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.kernel.errors import Refused
from portal.kernel.text import say

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(4)  # each takes 19 MiB: a rush of sign-ins must not take the machine's memory
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
COMMON = frozenset({
    "password", "passw0rd", "qwerty", "qwertyuiop", "abcdefghij", "admin", "welcome", "iloveyou", "1234567890",
    "0987654321", "1111111111",
})  # fmt: skip
"""Also with figures or marks around them."""


def hashed(secret: str) -> str:
    """Argon2id, 19 MiB, two passes; salted."""
    with _AT_ONCE:
        return _HASHER.hash(secret)


NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def matches(kept: str, secret: str) -> bool:
    """Whether `secret` is the one that was kept. Takes the same time where nothing was kept."""
    try:
        with _AT_ONCE:
            return _HASHER.verify(kept or NOBODY, secret) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def token() -> str:
    """A secret for a link or a session."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token or of a name that was tried: enough to find it, not to use it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_password(password: str, *names: str) -> None:
    """Raises Refused for a password that is too short, too common or one's own name."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(say("Choose at least {count} characters.", count=SHORTEST_PASSWORD), field="password")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(say("Choose at most {count} characters.", count=LONGEST_PASSWORD), field="password")
    low = password.casefold()
    bare = low.strip(f"{digits}{punctuation} ")
    if low in COMMON or bare in COMMON or len(set(low)) < 4 or any(name and name.casefold() in low for name in names):
        raise Refused(
            say("That is easy to guess. Take several words that only you would put together."), field="password"
        )


def check_pin(pin: str) -> None:
    """Raises Refused unless `pin` is six to twelve digits that do not simply repeat or count."""
    if not (pin.isascii() and pin.isdigit() and 6 <= len(pin) <= 12):
        raise Refused(say("A PIN has six to twelve digits."), field="pin")
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise Refused(say("That PIN is easy to guess. Take digits that do not repeat or count up."), field="pin")
