"""Years whose make-up days nobody has announced: for the Today of whoever keeps the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.calendar import queries
from portal.kernel.clock import office_day, start_of
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import ToDo

ANNOUNCED_FROM = 10
"""The month from which next year's days can be known: they are published in the last quarter."""


@waiting.register
def years_that_wait(reader: Staff, at: datetime) -> Iterable[ToDo]:
    """This year, and from October on the next one, as long as nobody says that its days are all entered."""
    if not queries.keeps_calendar(reader):
        return
    today = office_day(at)
    years = [today.year, *([today.year + 1] if today.month >= ANNOUNCED_FROM else [])]
    for year in queries.unannounced(years):
        yield ToDo(
            number="",
            title=say("The make-up days of {year} are not announced yet", year=str(year)),
            href=f"/calendar/{year}",
            verb=say("Enter them"),
            since=start_of(today.replace(year=year - 1, month=ANNOUNCED_FROM, day=1)),
            due_at=start_of(today.replace(year=year, month=1, day=1)),
        )
