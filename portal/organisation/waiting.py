"""What waits for a person now: features register it here, Today shows it in the order of its deadlines.

waiting.register(my_tickets)      # in a feature's `agenda.py`, which `create_app` imports

def my_tickets(reader: Staff, at: datetime) -> Iterable[ToDo]:
    # what nobody but the reader can do, narrowed to what the reader may see: the first `MOST`; at most two statements

waiting.register_rows(my_trainings)      # where a line needs no more than `ROWS` has: all of these are read at once

def my_trainings(reader: Staff, at: datetime) -> Rows | None:
    # a statement of these columns, and how a row is told; None where nothing can wait for such a reader
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, String, cast, literal, null, select, union_all

from portal.extensions import db
from portal.kernel.columns import Instant, Json
from portal.kernel.text import Said
from portal.organisation.staff import Staff

MOST = 201
"""What a source tells of: one more than Today shows in all of its groups, so that one of them says there is more."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do. `title`: text as it was typed, or a sentence; `who` waits for it; `verb` stands on its button.

    `due_at` None: no clock runs, and it has waited since `since`.
    """

    number: str
    title: str | Said
    href: str
    verb: Said
    since: datetime
    due_at: datetime | None = None
    who: str = ""
    state: Said | None = None
    tone: str = "open"


Source = Callable[[Staff, datetime], Iterable[ToDo]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let `source` be asked; also a decorator. Once for each."""
    if source not in _sources:
        _sources.append(source)
    return source


ROWS: dict[str, Any] = {
    "number": String, "title": String, "titles": Json, "kind": String, "who": String, "since": Instant,
    "due_at": Instant,
}  # fmt: skip
"""The columns of a statement that is read together with others. `titles`: texts by language; `kind`: what the telling
needs to know besides."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What waits as a statement of `row(…)` columns, in its own order and to its own limit, and how a row is told."""

    statement: Select[Any]
    tell: Callable[[Any], ToDo]


RowSource = Callable[[Staff, datetime], Rows | None]
_row_sources: list[RowSource] = []


def register_rows(source: RowSource) -> RowSource:
    """Let `source` be read together with the others of its kind; also a decorator. Once for each."""
    if source not in _row_sources:
        _row_sources.append(source)
    return source


def row(**columns: Any) -> list[Any]:
    """The columns of `ROWS` in their order; what is left out is NULL."""
    return [columns.get(name, cast(null(), kind)).label(name) for name, kind in ROWS.items()]


def _rows(reader: Staff, at: datetime) -> list[ToDo]:
    found = [rows for source in _row_sources if (rows := source(reader, at))]
    if not found:
        return []
    parts = [
        select(literal(place, Integer).label("place"), *one.statement.subquery().c) for place, one in enumerate(found)
    ]
    return [found[line.place].tell(line) for line in db.session.execute(union_all(*parts))]


def waits_for(reader: Staff, at: datetime) -> list[ToDo]:
    """Everything that waits for `reader`, as the features tell it."""
    return [*(one for source in _sources for one in source(reader, at)), *_rows(reader, at)]
