"""What waits for a person, from every module, in the order of its deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.kernel.clock import day_ending_at, office_day
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import ToDo
from portal.tickets import queries as tickets


class When(StrEnum):
    """The groups of the page. WAITING: somebody waits, and no clock runs."""

    LATE = "late"
    TODAY = "today"
    WAITING = "waiting"
    THIS_WEEK = "this week"
    LATER = "later"


MOST = (waiting.MOST - 1) // len(When)
"""Lines of one group: a list that is longer than a day has hours is a list for the queue."""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one stretch of time; `more`: whether there are further ones."""

    when: When
    lines: Sequence[ToDo]
    more: bool


def agenda(reader: Staff, at: datetime) -> list[Group]:
    """What `reader` must do, in groups: the earliest deadline first, without one whoever has waited longest."""
    grouped: dict[When, list[ToDo]] = {when: [] for when in When}
    for one in waiting.waits_for(reader, at):
        grouped[_when(one.due_at, at)].append(one)
    for lines in grouped.values():
        lines.sort(key=lambda line: (line.due_at or line.since, line.href))
    return [Group(when, lines[:MOST], len(lines) > MOST) for when, lines in grouped.items() if lines]


def others_wait(reader: Staff) -> int:
    """For somebody with nothing to do: how much in their departments is nobody's yet, up to 100."""
    return tickets.untaken(reader)


def _when(due_at: datetime | None, at: datetime) -> When:
    if due_at is None:
        return When.WAITING
    if due_at < at:
        return When.LATE
    today = office_day(at)
    on = day_ending_at(due_at) or office_day(due_at)
    if on == today:
        return When.TODAY
    return When.THIS_WEEK if on <= today + timedelta(days=6 - today.weekday()) else When.LATER
