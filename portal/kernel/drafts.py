"""What somebody has typed and not sent yet: kept on the server for them alone, on whatever machine they go on.

A draft is known by its person and by what it is for: `ticket:42:write`, a kind of thing, which one, and which of its
forms. No list, search, export or journal reads it. It goes with the act that its form does, in the same transaction;
one that nobody comes back to is forgotten after a time. Features say in `PLACES` where the forms of their things are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, insert_or
from portal.kernel.actions import PORTAL, Actor, Portal, action
from portal.kernel.columns import Instant, Json
from portal.kernel.errors import Refused
from portal.kernel.jobs import periodic
from portal.kernel.text import say

Fields = Mapping[str, Sequence[str]]
"""What stands in a form, by the name of the field."""
LARGEST = 64 * 1024
"""Characters of one draft: twice what the longest letter may have."""
MOST = 100
"""Drafts of one person."""
WHAT = re.compile(r"[a-z]+(?::[\w-]{1,40}){1,3}")


class Draft(Base):
    """What a person typed into one form. `what`: see above."""

    __tablename__ = "draft"

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, list[str]]] = mapped_column(Json)
    kept_at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as its form shows it again."""

    fields: Fields
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where the form of a draft is, and what it is called."""

    url: str
    label: str


PLACES: dict[str, Callable[[Any, Collection[str]], Mapping[str, Place]]] = {}
"""Kind of thing → of these, named by what follows the kind, those that a reader may see. Features register theirs."""


def place(reader: Any, what: str) -> Place | None:
    """Where a draft belongs; None for what the reader may not see, and for what is no form of ours."""
    return places(reader, [what]).get(what)


def places(reader: Any, whats: Collection[str]) -> dict[str, Place]:
    """The same for several, asked once for each kind of thing."""
    by_kind: dict[str, list[str]] = {}
    for what in whats:
        kind, _colon, rest = what.partition(":")
        if kind in PLACES and WHAT.fullmatch(what):
            by_kind.setdefault(kind, []).append(rest)
    found = {kind: PLACES[kind](reader, rests) for kind, rests in by_kind.items()}
    return {f"{kind}:{rest}": where for kind, known in found.items() for rest, where in known.items()}


@action
def keep(actor: Actor, what: str, fields: Fields, *, at: datetime) -> bool:
    """Keep what somebody typed in the place of what was kept before; nothing typed is nothing kept.

    Returns whether there is a draft now. Raises Refused for one that is too large or one too many.
    """
    if not any(value.strip() for values in fields.values() for value in values):
        discard(actor, what, at=at)
        return False
    if sum(len(name) + len(value) for name, values in fields.items() for value in values) > LARGEST:
        raise Refused(say("This is too long to be kept as a draft. Send it in parts, or as a file."))
    others = select(func.count()).where(Draft.person_id == actor.id, Draft.what != what)
    if (db.session.scalar(others) or 0) >= MOST:
        raise Refused(say("You have {most} drafts. Send some of them, or discard them on “My drafts”.", most=MOST))
    row = {"person_id": actor.id, "what": what, "fields": {name: list(some) for name, some in fields.items()}}
    kept = insert_or(Draft).values(**row, kept_at=at)
    newer = {"fields": kept.excluded.fields, "kept_at": kept.excluded.kept_at}
    db.session.execute(kept.on_conflict_do_update(index_elements=["person_id", "what"], set_=newer))
    return True


@action
def discard(actor: Actor, what: str, *, at: datetime) -> None:
    """Forget a draft of one's own: it was sent, or it is not wanted any more."""
    db.session.execute(delete(Draft).where(Draft.person_id == actor.id, Draft.what == what))


def of(person_id: int) -> Sequence[Draft]:
    """Every draft of a person, the newest first."""
    query = select(Draft).where(Draft.person_id == person_id).order_by(Draft.kept_at.desc(), Draft.what)
    return db.session.scalars(query).all()


def one(person_id: int, what: str) -> Kept | None:
    """A person's own draft of one form."""
    found = db.session.get(Draft, (person_id, what))
    return Kept(found.fields, found.kept_at) if found else None


@periodic("forget old drafts", every=timedelta(days=1))
def sweep(at: datetime) -> None:
    """Drafts have an age: DRAFT_DAYS."""
    forget_old(PORTAL, at - timedelta(days=current_app.config["DRAFT_DAYS"]), at=at)


@action
def forget_old(_actor: Portal, before: datetime, *, at: datetime) -> None:
    """What nobody has come back to since `before`."""
    db.session.execute(delete(Draft).where(Draft.kept_at < before))
