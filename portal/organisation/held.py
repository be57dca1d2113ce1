"""What people hold: higher floors register here what may be overdue (ORG-035) and what a leaver must hand on.

held.register(my_open_tickets)      # in the feature's own module; `create_app` imports it

def my_open_tickets(people: Collection[int], before: datetime | None, reader: Staff | None) -> Rows:
    # open ones of these people; with `before`, only those that were due by then; with `reader`, as that reader may know
    # of them: nothing that is about the reader, and neither number nor title of what the reader may not open

All of them are read at once: a feature more is no statement more on the page of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, Select, String, cast, literal, null, select, union_all

from portal.extensions import db
from portal.kernel.columns import Instant
from portal.kernel.text import Said
from portal.organisation.staff import Staff


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that waits for a person. `what`: its kind ("ticket"), `title`: text as it was typed, or a sentence;
    `hand_on`: the address where it gets another holder, where that is not its own page; `href`: empty where the reader
    may not open it."""

    person_id: int
    what: Said
    number: str
    title: str | Said
    href: str
    due_at: datetime | None = None
    hand_on: str = ""

    def is_late(self, at: datetime) -> bool:
        """Whether it was due before `at`."""
        return self.due_at is not None and self.due_at < at


COLUMNS: dict[str, Any] = {
    "kind": String, "person_id": Integer, "id": Integer, "number": String, "title": String, "due_at": Instant,
    "shown": Boolean,
}  # fmt: skip
"""What is read of everything that waits. `kind`: what the telling needs to know besides; `shown`: whether the reader
may open it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What waits as statements of `row(…)` columns, each in its own order and to its own limit, and how what they find
    is told."""

    parts: Sequence[Select[Any]]
    tell: Callable[[Sequence[Any]], Iterable[Held]]


def row(**columns: Any) -> list[Any]:
    """The columns of `COLUMNS` in their order; what is left out is NULL."""
    return [columns.get(name, cast(null(), kind)).label(name) for name, kind in COLUMNS.items()]


Source = Callable[[Collection[int], datetime | None, Staff | None], Rows]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let `source` be asked; also a decorator. Once for each."""
    if source not in _sources:
        _sources.append(source)
    return source


def held_by(people: Collection[int], before: datetime | None = None, reader: Staff | None = None) -> list[Held]:
    """What waits for these people, the next one due first; with `before`, only what was due by then; with `reader`,
    as far as that reader may know of it."""
    told = [source(people, before, reader) for source in _sources] if people else []
    parts = [
        select(literal(place, Integer).label("place"), *part.subquery().c)
        for place, one in enumerate(told)
        for part in one.parts
    ]
    if not parts:
        return []
    found: dict[int, list[Any]] = {}
    for line in db.session.execute(union_all(*parts)):
        found.setdefault(line.place, []).append(line)
    return sorted((each for place, lines in found.items() for each in told[place].tell(lines)), key=_by_due)


def _by_due(one: Held) -> tuple[bool, Any, str]:
    return (one.due_at is None, one.due_at, one.number)
