"""Who is at a thing just now: who reads it, and who is writing there. Neither a fact nor a right, and soon forgotten.

`thing` is a kind and which one, `ticket:42`. What is seen is written at most once a minute for each person and thing;
whoever was not seen for two minutes has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import String, cast, delete, literal, null, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, insert_or
from portal.kernel import drafts
from portal.kernel.actions import PORTAL, Actor, Portal, action
from portal.kernel.columns import Instant, Json
from portal.kernel.drafts import Draft, Fields, Kept
from portal.kernel.jobs import periodic

OFTEN = timedelta(minutes=1)
GONE = timedelta(minutes=2)


class Mode(StrEnum):
    """What somebody does at a thing."""

    READING = "reading"
    WRITING = "writing"


class Presence(Base):
    """Somebody was seen at a thing. The name is the one of the day."""

    __tablename__ = "presence"

    thing: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mode: Mapped[Mode] = mapped_column(primary_key=True)
    person_name: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(slots=True)
class Around:
    """What is around a thing for one reader: their own drafts there by form, and the names of who else is there."""

    drafts: dict[str, Kept] = field(default_factory=dict)
    writing: list[str] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)


def around(reader_id: int, thing: str, at: datetime, *, others: bool = True) -> Around:
    """Everything around a thing in one statement. `others`: whether the reader may know who else is there."""
    own = select(
        literal("", String).label("name"), Draft.what.label("what"), Draft.fields.label("fields"),
        Draft.kept_at.label("at"),
    ).where(Draft.person_id == reader_id, Draft.what.startswith(f"{thing}:", autoescape=True))  # fmt: skip
    there = select(
        Presence.person_name, cast(Presence.mode, String), cast(null(), Json), Presence.seen_at
    ).where(Presence.thing == thing, Presence.person_id != reader_id, Presence.seen_at > at - GONE)  # fmt: skip
    asked: Any = union_all(own, there) if others else own
    rows = db.session.execute(asked).all()
    found = Around()
    for name, what, fields, kept_at in rows:
        if not name:
            found.drafts[what.rpartition(":")[2]] = Kept(fields, kept_at)
        elif what == Mode.WRITING:
            found.writing.append(name)
    for name, what, _fields, _at in rows:
        if name and what == Mode.READING and name not in found.writing:
            found.reading.append(name)
    found.writing.sort()
    found.reading.sort()
    return found


@action
def seen(actor: Actor, thing: str, mode: Mode = Mode.READING, *, at: datetime) -> None:
    """Somebody is at a thing."""
    row = insert_or(Presence).values(
        thing=thing, person_id=actor.id, mode=mode, person_name=actor.name, seen_at=at
    )  # fmt: skip
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["thing", "person_id", "mode"],
            set_={"seen_at": row.excluded.seen_at, "person_name": row.excluded.person_name},
            where=Presence.seen_at <= at - OFTEN,
        )
    )


def was_seen(reader_id: int, thing: str, at: datetime) -> bool:
    """Whether it stands there already that somebody reads a thing: then nothing is written."""
    last = db.session.get(Presence, (thing, reader_id, Mode.READING))
    return last is not None and last.seen_at > at - OFTEN


@action
def typed(actor: Actor, what: str, fields: Fields, *, at: datetime) -> bool:
    """Keep a draft, and let the others at the thing know that somebody is writing; whether there is a draft now."""
    kept = drafts.keep(actor, what, fields, at=at)
    if kept:
        seen(actor, _thing(what), Mode.WRITING, at=at)
    else:
        _stops_writing(actor, what)
    return kept


@action
def discard(actor: Actor, what: str, *, at: datetime) -> None:
    """Forget a draft; whoever wrote it writes no more."""
    drafts.discard(actor, what, at=at)
    _stops_writing(actor, what)


def sent(what: str, at: datetime) -> Callable[[Actor], None]:
    """What happens to a draft together with the act that sends it."""
    return lambda actor: discard(actor, what, at=at)


def _stops_writing(actor: Actor, what: str) -> None:
    mine = (Presence.thing == _thing(what), Presence.person_id == actor.id, Presence.mode == Mode.WRITING)
    db.session.execute(delete(Presence).where(*mine))


def _thing(what: str) -> str:
    return what.rpartition(":")[0]


@periodic("forget who was where", every=timedelta(hours=1))
def sweep(at: datetime) -> None:
    """Nobody can look up afterwards who read what."""
    forget_old(PORTAL, at - GONE, at=at)


@action
def forget_old(_actor: Portal, before: datetime, *, at: datetime) -> None:
    """Whoever was last seen before `before` has gone."""
    db.session.execute(delete(Presence).where(Presence.seen_at <= before))
