"""What waits for a person, from every module, in the order of its deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.kernel.clock import office_day
from portal.kernel.text import Said, say
from portal.organisation.staff import Staff
from portal.tickets import queries as tickets
from portal.tickets.models import NEVER
from portal.tickets.queries import Sort, Tab, Wanted
from portal.tickets.states import State

MOST = 40
"""Lines of one kind: a list that is longer than a day has hours is a list for the queue."""


class When(StrEnum):
    """The groups of the page."""

    LATE = "late"
    TODAY = "today"
    THIS_WEEK = "this week"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: `due_at` None where no clock runs; `verb` is the word on its button."""

    number: str
    title: str
    href: str
    who: str
    state: Said
    tone: str
    verb: Said
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one stretch of time."""

    when: When
    lines: Sequence[Line]


def agenda(reader: Staff, at: datetime) -> list[Group]:
    """What `reader` must do, grouped: late, today, this week, later or without a clock; earliest first."""
    rows: dict[str, tuple[Any, Said]] = {}
    for tab, verb in ((Tab.ACCEPT, say("Answer")), (Tab.MINE, say("Go on"))):
        for row in tickets.queue(reader, Wanted(tab=tab, sort=Sort.CLOCK), size=MOST).rows:
            rows.setdefault(row.number, (row, verb))
    lines = [
        Line(
            number=row.number,
            title=row.title,
            href=f"/tickets/{row.number}",
            who=row.caller_name,
            state=State(row.state).label,
            tone=State(row.state).tone,
            verb=verb,
            due_at=None if row.due_at == NEVER else row.due_at,
        )
        for row, verb in sorted(rows.values(), key=lambda pair: (pair[0].due_at, pair[0].number))
    ]
    grouped: dict[When, list[Line]] = {when: [] for when in When}
    for line in lines:
        grouped[_when(line.due_at, at)].append(line)
    return [Group(when, found) for when, found in grouped.items() if found]


def _when(due_at: datetime | None, at: datetime) -> When:
    if due_at is None:
        return When.LATER
    if due_at < at:
        return When.LATE
    today = office_day(at)
    on = office_day(due_at)
    if on == today:
        return When.TODAY
    return When.THIS_WEEK if on <= today + timedelta(days=6 - today.weekday()) else When.LATER
