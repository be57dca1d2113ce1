"""A double click, a retry or the back button makes one record: each create form carries a one-time key.

One way for all of them. The page of the form has the key in its address (`keyed` in `web.routes`), so that going back
in the browser's history comes to the same key. The verb says what the key made (`used`), in its own transaction; the
door looks before the act, and again where two came at the same moment, and leads to what was made (`leads_to`). Whoever
wrote something else on the same sheet meanwhile is asked whether that is a matter of its own: it is not thrown away.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.columns import Instant

LONGEST = 64  # ours are shorter; what somebody else sends must fit an index
_sent: ContextVar[str] = ContextVar("sent", default="")


class OnceKey(Base):
    """A form's key that was used, by whom, and the thing that it made. `digest`: of what stood in the form, "" where
    that is not known."""

    __tablename__ = "once_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int | None]
    made: Mapped[str]
    digest: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(Instant, index=True)


def new_key() -> str:
    """A key for a fresh form."""
    return secrets.token_urlsafe(18)


def made_by(key: str, person_id: int | None) -> str | None:
    """What this form made when it was sent before by the same person, or None."""
    found = db.session.get(OnceKey, key[:LONGEST]) if key else None
    return found.made if found and found.person_id == person_id else None


def says_otherwise(key: str, digest: str) -> bool:
    """Whether something else stood in the form when `key` made its thing."""
    found = db.session.get(OnceKey, key[:LONGEST]) if key else None
    return found is not None and found.digest not in ("", digest)


@contextmanager
def sent_as(digest: str) -> Iterator[None]:
    """A key that is used within was sent with what has this digest."""
    token = _sent.set(digest)
    try:
        yield
    finally:
        _sent.reset(token)


def used(key: str, person_id: int | None, made: str, at: datetime) -> None:
    """Remember within the act under way that `key` made the thing with number or id `made`; without a key, nothing.

    A key that was used before makes the act OutOfDate: nothing is made twice.
    """
    if key:
        db.session.add(OnceKey(key=key[:LONGEST], person_id=person_id, made=made, digest=_sent.get(), at=at))


def forget_before(at: datetime) -> None:
    """Keys have an age: called by the daily sweep, inside its act."""
    db.session.execute(delete(OnceKey).where(OnceKey.at < at))
