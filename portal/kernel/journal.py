"""What happened, append-only, written in the transaction of the change; sealed afterwards (see `seals.py`).

An event is a small frozen dataclass in a feature's `events.py` that knows its own sentence. Audit, timelines,
notifications and reports read the journal; nobody calls them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import Index, Select, String, func, insert, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, on_postgresql
from portal.kernel.actions import current_act, request_id
from portal.kernel.clock import now
from portal.kernel.columns import Instant, Json
from portal.kernel.encoding import decoded, encoded
from portal.kernel.errors import OutOfDate
from portal.kernel.text import Said


class Event(Protocol):
    """A fact: `about` names the kind of thing, `subject_id` says which one, `sentence` tells it to a person."""

    about: ClassVar[str]

    @property
    def subject_id(self) -> int: ...

    def sentence(self) -> Said: ...


E = TypeVar("E", bound=type)
_classes: dict[str, type[Any]] = {}


def event(cls: E) -> E:
    """Register a fact by its name, which is what the journal keeps. Raises ValueError for a name used twice."""
    if cls.__name__ in _classes and _classes[cls.__name__].__module__ != cls.__module__:
        raise ValueError(f"two facts are called {cls.__name__}")
    _classes[cls.__name__] = cls
    return cls


def event_classes() -> tuple[type[Any], ...]:
    """Every kind of fact that the portal knows."""
    return tuple(_classes.values())


class JournalEntry(Base):
    """One fact. Triggers refuse UPDATE, DELETE and TRUNCATE; the name and department are those of the day."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_about_subject_id", "about", "subject_id", "id"),
        Index("ix_journal_about_id", "about", "id"),
        Index("ix_journal_actor_id_id", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    about: Mapped[str]
    subject_id: Mapped[int]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    actor_department: Mapped[str]
    happened_at: Mapped[datetime] = mapped_column(Instant, index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    request_id: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)

    def event(self) -> Event | None:
        """The fact as it was recorded; None for a kind that this version of the portal no longer knows."""
        cls = _classes.get(self.name)
        try:
            return cls(**{key: decoded(value) for key, value in self.facts.items()}) if cls else None
        except (TypeError, ValueError):  # its fields were others when it was written: the row still has its name
            return None

    def sentence(self) -> str:
        """What happened, in the reader's language."""
        event = self.event()
        return str(event.sentence()) if event else self.name


def record(event: Event) -> None:
    """Write one fact into the journal of the act under way, at the act's moment and in its actor's name."""
    act = current_act()
    db.session.add(entry(event, act.actor, act.at))


def record_all(events: Iterable[Event]) -> None:
    """Write facts of the act under way in bulk, in their order: a sweep's slice is hundreds of them."""
    act = current_act()
    if rows := [_row(event, act.actor, act.at) for event in events]:
        db.session.execute(insert(JournalEntry), rows)


def entry(event: Event, actor: Any, at: datetime) -> JournalEntry:
    """The row for one fact; `record` for a verb."""
    return JournalEntry(**_row(event, actor, at))


def _row(event: Event, actor: Any, at: datetime) -> dict[str, Any]:
    return {
        "name": type(event).__name__,
        "about": event.about,
        "subject_id": event.subject_id,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "actor_department": actor.department_name,
        "happened_at": at,
        "recorded_at": now(),
        "request_id": request_id.get(),
        "facts": {field.name: encoded(getattr(event, field.name)) for field in dataclasses.fields(event)},  # type: ignore[arg-type]
    }


def record_each(kind: type[Any], subject: str, facts: Select[*tuple[Any, ...]]) -> None:
    """Write one fact of `kind` for each row of `facts`, in one statement: what a great many rows have in common.

    The columns of `facts` are the fact's fields; `subject` is the one that holds the id of the thing.
    """
    act, rows = current_act(), facts.subquery()
    build = func.jsonb_build_object if on_postgresql() else func.json_object
    wanted = {field.name for field in dataclasses.fields(kind)}
    if wanted != set(rows.c.keys()):
        raise ValueError(f"{kind.__name__} has the fields {sorted(wanted)}, not {sorted(rows.c.keys())}")
    fields = [part for column in rows.c for part in (literal(column.key, String), column)]
    values: dict[Any, Any] = {
        JournalEntry.name: literal(kind.__name__),
        JournalEntry.about: literal(kind.about),
        JournalEntry.subject_id: rows.c[subject],
        JournalEntry.actor_id: literal(act.actor.id, JournalEntry.actor_id.type),
        JournalEntry.actor_name: literal(act.actor.name),
        JournalEntry.actor_department: literal(act.actor.department_name),
        JournalEntry.happened_at: literal(act.at, Instant),
        JournalEntry.recorded_at: literal(now(), Instant),
        JournalEntry.request_id: literal(request_id.get()),
        JournalEntry.facts: build(*fields),
    }
    query = select(*values.values()).order_by(rows.c[subject])
    db.session.execute(insert(JournalEntry).from_select([column.key for column in values], query))


def of(about: str, subject_id: int) -> list[JournalEntry]:
    """The facts about one thing in the order in which they happened."""
    return list(
        db.session.scalars(
            select(JournalEntry)
            .where(JournalEntry.about == about, JournalEntry.subject_id == subject_id)
            .order_by(JournalEntry.id)
        )
    )


def unchanged_since(about: str, subject_id: int, seen: int | None, *kinds: type[Any]) -> None:
    """Raises OutOfDate where a fact of `kinds` about a thing is younger than the last one that was `seen`.

    Finer than a row's version: who overwrites is stopped by what they would overwrite, not by every change of the row.
    """
    if seen is None:
        return
    younger = select(JournalEntry.id).where(
        JournalEntry.about == about, JournalEntry.subject_id == subject_id, JournalEntry.id > seen,
        JournalEntry.name.in_([kind.__name__ for kind in kinds]),
    )  # fmt: skip
    if db.session.scalar(younger.limit(1)) is not None:
        raise OutOfDate


def names(about: str | None = None) -> list[str]:
    """Which facts were recorded, in order: what a test looks at."""
    query = select(JournalEntry.name).order_by(JournalEntry.id)
    return list(db.session.scalars(query.where(JournalEntry.about == about) if about else query))
