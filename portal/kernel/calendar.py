"""Office days and working hours: pure arithmetic, no database and no clock. What is due when: see `deadlines.py`.

Instants are aware and in UTC, days are dates on the office's wall, intervals are half open. Working hours belong to the
day on which they start, even where they end after midnight; 24:00 is 0:00 of the next day (I-23).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.kernel.errors import Refused
from portal.kernel.text import say

DAY = timedelta(days=1)
LOOK_AHEAD = 400  # days without working hours after which a search gives up: a year and its longest holidays


class DayKind(StrEnum):
    """What a day is for the whole company. REST is a weekend, or a weekday off that a make-up day pays for."""

    WORKING = "working"
    REST = "rest"
    HOLIDAY = "holiday"
    MAKE_UP = "make-up"

    @property
    def works(self) -> bool:
        """Whether it counts as a working day: the ordinary ones and those that make up for a holiday (调休)."""
        return self in (DayKind.WORKING, DayKind.MAKE_UP)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the company calendar; `names` says which holiday, one text per locale; an ordinary day has none."""

    on: date
    kind: DayKind
    names: Mapping[str, str] = field(default_factory=dict, hash=False)


class Span(NamedTuple):
    """Working hours within a day, in minutes after its 0:00; `ends` passes 1440 where they cross midnight."""

    starts: int
    ends: int

    def __str__(self) -> str:
        return f"{_wall(self.starts)}–{_wall(self.ends if self.ends <= 1440 else self.ends - 1440)}"


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours that a department works, from the day `since` on.

    `week`: seven days from Monday. `make_up`, `holiday`: the hours of such a day whatever its weekday; None means the
    hours of that weekday (a shop that never closes). A weekday off in exchange for a make-up day counts as `holiday`.
    Raises Refused for hours of one day that overlap.
    """

    since: date
    week: tuple[Spans, ...]
    make_up: Spans | None = None
    holiday: Spans | None = ()

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has seven days, got {len(self.week)}")
        for spans in (*self.week, self.make_up or (), self.holiday or ()):
            _refuse_overlap(spans)

    def of(self, day: date, kind: DayKind) -> Spans:
        """The hours of `day`, which is a day of this kind for the company."""
        ordinary = self.week[day.weekday()]
        if kind is DayKind.MAKE_UP:
            return ordinary if self.make_up is None else self.make_up
        if kind is DayKind.HOLIDAY or (kind is DayKind.REST and day.weekday() < 5):
            return ordinary if self.holiday is None else self.holiday
        return ordinary


class Stretch(NamedTuple):
    """Time in which people work, or a clock runs: two instants, half open."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, eq=False)
class OfficeCalendar:
    """What each day is for the company, and the hours that one department works on it.

    `days`: those that differ from an ordinary week with Monday to Friday working. `published`: the years whose make-up
    days are announced; in any other year only the days that are known differ, and what is reckoned there is
    provisional. `hours`: oldest first. `edition`: which state of the company's calendar this is.
    """

    zone: ZoneInfo
    days: Mapping[date, Day]
    published: frozenset[int] = frozenset()
    hours: tuple[WorkingHours, ...] = ()
    edition: int = 0
    _known: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, init=False, repr=False)

    def day(self, on: date) -> Day:
        """What this day is."""
        return self.days.get(on) or Day(on, DayKind.WORKING if on.weekday() < 5 else DayKind.REST)

    def is_working_day(self, on: date) -> bool:
        """Whether the company works on this day; a department may keep other hours (`stretches_of`)."""
        return self.day(on).kind.works

    def is_published(self, year: int) -> bool:
        """Whether this year's public holidays and make-up days are announced and known."""
        return year in self.published

    def reaches_unpublished(self, start: datetime, end: datetime) -> bool:
        """Whether the time from `start` until `end` touches a year that is not announced."""
        last = self.day_of(max(start, end - timedelta(microseconds=1)))
        return any(year not in self.published for year in range(self.day_of(start).year, last.year + 1))

    def day_of(self, at: datetime) -> date:
        """The office day of an instant. Raises ValueError for an instant without a time zone."""
        return utc(at).astimezone(self.zone).date()

    def start_of(self, on: date) -> datetime:
        """0:00 of a day; where a change to summer time skips it, the first moment of the day."""
        return _instant(on, 0, self.zone)

    def end_of(self, on: date) -> datetime:
        """24:00 of a day, which is 0:00 of the next."""
        return self.start_of(on + DAY)

    def working_days(self, after: date) -> Iterator[date]:
        """The company's working days after `after`. Endless; raises Refused where none comes within 400 days."""
        empty = 0
        for day in days_from(after + DAY):
            if self.is_working_day(day):
                empty = 0
                yield day
            elif (empty := empty + 1) > LOOK_AHEAD:
                break
        raise Refused(say("The calendar has no working day after {day}.", day=after))

    def next_working_day(self, after: date) -> date:
        """The first working day of the company after `after`. Raises Refused where none comes within 400 days."""
        return next(self.working_days(after))

    def has_hours(self, on: date) -> bool:
        """Whether working hours of the department are known for the time around a day, be it that it rests on it."""
        hours = self._hours(on)
        return hours is not None and any(hours.week)

    def _hours(self, on: date) -> WorkingHours | None:
        return next((hours for hours in reversed(self.hours) if hours.since <= on), None)

    def stretches_of(self, on: date) -> tuple[Stretch, ...]:
        """The department's working hours that belong to a day, as instants; empty where it does not open."""
        if on not in self._known:
            hours = self._hours(on)
            spans = hours.of(on, self.day(on).kind) if hours else ()
            both = (Stretch(_instant(on, span.starts, self.zone), _instant(on, span.ends, self.zone)) for span in spans)
            self._known[on] = tuple(stretch for stretch in both if stretch.start < stretch.end)
        return self._known[on]

    def stretches(self, start: datetime) -> Iterator[Stretch]:
        """The department's working hours from an instant on, in order and apart, the first ones cut at `start`.

        Endless; raises Refused where the department has no working hours for 400 days.
        """
        covered = utc(start)
        if not self.hours or self.hours[0].since >= self.day_of(covered) + LOOK_AHEAD * DAY:
            raise Refused(say("No working hours are set for the days after {day}.", day=self.day_of(covered)))
        first = self.day_of(start) - DAY
        empty = max((self.hours[0].since - first).days, 0)  # before that nothing can be open: passed over at once
        for day in days_from(first + empty * DAY):
            empty += 1
            for stretch in self.stretches_of(day):
                if stretch.end > covered:
                    yield Stretch(max(stretch.start, covered), stretch.end)
                    covered, empty = stretch.end, 0
            if empty > LOOK_AHEAD:
                break
        raise Refused(say("No working hours are set for the days after {day}.", day=self.day_of(covered)))

    def is_open(self, at: datetime) -> bool:
        """Whether the department works at this instant."""
        days = (self.day_of(at) - DAY, self.day_of(at))
        return any(stretch.start <= at < stretch.end for day in days for stretch in self.stretches_of(day))

    def service_day(self, at: datetime) -> date:
        """The day of receipt for a same-day limit: today while the department still opens, else its next day (I-08).

        Raises Refused where the department has no working hours for 400 days.
        """
        return self.day_of(next(self.stretches(at)).start)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` until `end` lies in working hours.

        Raises ValueError where `end` is before `start`.
        """
        if end < start:
            raise ValueError(f"end must not be before start, got {start} and {end}")
        total, covered = timedelta(0), utc(start)
        for day in days_from(self.day_of(start) - DAY, self.day_of(end)):
            for stretch in self.stretches_of(day):
                run = Stretch(max(stretch.start, covered), min(stretch.end, end))
                if run.start < run.end:
                    total += run.end - run.start
                    covered = run.end
        return total

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant at which `amount` of working time has passed since `start`; `start` itself for nothing.

        Raises ValueError for a negative amount, Refused where the department has no working hours for 400 days.
        """
        if amount < timedelta(0):
            raise ValueError(f"amount must not be negative, got {amount}")
        at = utc(start)
        stretches = self.stretches(start)
        while amount:
            stretch = next(stretches)
            at = min(stretch.end, stretch.start + amount)
            amount -= at - stretch.start
        return at


def parse_spans(text: str) -> Spans:
    """Hours as people write them: `8:30–12:00, 13:30–17:30`; an end that is not after its start lies on the next day.

    Empty text is a day without hours. Raises Refused for anything else, and for hours that overlap.
    """
    spans = []
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", text.translate(_HALF_WIDTH).strip()))):
        found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})", part)
        if not found:
            raise Refused(say("“{text}” cannot be read. Write hours like 8:30–12:00, 13:30–17:30.", text=part))
        hour, minute, last_hour, last_minute = (int(number) for number in found.groups())
        starts, ends = hour * 60 + minute, last_hour * 60 + last_minute
        if max(minute, last_minute) > 59 or starts >= 1440 or ends > 1440 or starts == ends:
            raise Refused(say("“{text}” is no part of a day.", text=part))
        spans.append(Span(starts, ends if ends > starts else ends + 1440))
    _refuse_overlap(spans)
    return tuple(spans)


_HALF_WIDTH = str.maketrans("：，、；～~–—－至到０１２３４５６７８９", ":,,;-------0123456789")


def _refuse_overlap(spans: Iterable[Span]) -> None:
    last = None
    for span in spans:
        if last and span.starts < last.ends:
            raise Refused(say("The hours {one} and {other} overlap or stand in the wrong order.", one=last, other=span))
        last = span


def _wall(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def days_from(first: date, last: date = date.max) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for one without a time zone."""
    if at.tzinfo is None:
        raise ValueError(f"an instant needs its time zone, got {at!r}")
    return at.astimezone(UTC)


def _instant(on: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The instant at which the office's wall clock shows so many minutes after 0:00 of a day.

    A wall time that comes twice in autumn is the first of the two; one that is skipped in spring is the moment of the
    change. So a later wall time never gives an earlier instant.
    """
    days, minutes = divmod(minutes, 1440)
    wall = datetime.combine(on + days * DAY, time(minutes // 60, minutes % 60), zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first <= second:  # ordinary, or twice
        return first
    before, after = second, first  # skipped: the clock changes between the two
    changed = first.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == changed else (middle, after)
    return after.replace(microsecond=0)
