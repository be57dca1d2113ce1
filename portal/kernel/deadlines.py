"""When something is due: in clock time, in working time, or at the end of a day; with pauses. Pure, like `calendar.py`.

`due(received_at, Allowance.parse("4 working hours"), calendar, pauses).at` is the moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from portal.kernel.calendar import DAY, OfficeCalendar, Stretch, days_from, utc
from portal.kernel.errors import Refused
from portal.kernel.text import Said, say

FAR = datetime.max.replace(tzinfo=UTC)


class Pause(NamedTuple):
    """The clock stands still from `start` until `end`; None while nobody knows until when."""

    start: datetime
    end: datetime | None


class Runs(StrEnum):
    """How a deadline runs: through nights and holidays, in working hours only, or to the end of a day."""

    CLOCK = "clock"
    WORKING = "working"
    DAYS = "days"
    WORKING_DAYS = "working days"


_CHINESE = re.compile(r"([0-9]{1,7}) ?个?(工作)?(秒|分钟|分|小时|天|日)")
_IN_ENGLISH = {"秒": "seconds", "分钟": "minutes", "分": "minutes", "小时": "hours", "天": "days", "日": "days"}


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much time a rule gives: `time` for CLOCK and WORKING, `days` for DAYS (0: the same day) and WORKING_DAYS.

    Written in manuals as `45 minutes`, `24 hours`, `4 working hours`, `same day`, `3 days`, `2 working days`: `parse`
    reads this and `str` writes it. Raises ValueError for nothing, for a negative amount and for more than a year.
    """

    runs: Runs
    time: timedelta = timedelta(0)
    days: int = 0

    def __post_init__(self) -> None:
        if self.in_days:
            fits = not self.time and (self.runs is Runs.WORKING_DAYS) <= self.days <= 366
        else:
            fits = not self.days and timedelta(0) < self.time <= 366 * DAY
        if not fits:
            raise ValueError(f"no allowance: {self.time}, {self.days} days, {self.runs}")

    @classmethod
    def clock(cls, time: timedelta) -> Allowance:
        """Runs through nights, weekends and holidays (I-09: 24 hours)."""
        return cls(Runs.CLOCK, time=time)

    @classmethod
    def working(cls, time: timedelta) -> Allowance:
        """Runs in the department's working hours only."""
        return cls(Runs.WORKING, time=time)

    @classmethod
    def same_day(cls) -> Allowance:
        """Until 24:00 of the day of receipt; outside service hours that is the next service day (I-08)."""
        return cls(Runs.DAYS)

    @classmethod
    def calendar_days(cls, days: int) -> Allowance:
        """Until 24:00 of the n-th day; the day of receipt is day 0 (I-07)."""
        return cls(Runs.DAYS, days=days)

    @classmethod
    def working_days(cls, days: int) -> Allowance:
        """Until 24:00 of the n-th working day after the day of receipt, by the company calendar (I-09)."""
        return cls(Runs.WORKING_DAYS, days=days)

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """Read what `str` writes, or its like in Chinese. Raises Refused, saying which forms are understood."""
        text = " ".join(text.split())
        if text in ("same day", "当天"):
            return cls.same_day()
        if chinese := _CHINESE.fullmatch(text):
            text = f"{chinese[1]} {'working ' if chinese[2] else ''}{_IN_ENGLISH[chinese[3]]}"
        found = re.fullmatch(r"([0-9]{1,7}) (working )?(second|minute|hour|day)s?", text)
        try:
            if not found:
                raise ValueError(text)
            number, working, unit = int(found[1]), bool(found[2]), found[3]
            if unit == "day":
                return cls.working_days(number) if working else cls(Runs.DAYS, days=number)
            amount = timedelta(**{f"{unit}s": number})
            return cls.working(amount) if working else cls.clock(amount)
        except ValueError as error:
            raise Refused(
                say(
                    "“{text}” is no length of time up to a year. Write for example: 45 minutes, 24 hours, "
                    "4 working hours, same day, 3 days, 2 working days.",
                    text=text,
                )
            ) from error

    @property
    def in_days(self) -> bool:
        """Whether it ends with a day, not after an amount of time."""
        return self.runs in (Runs.DAYS, Runs.WORKING_DAYS)

    def __str__(self) -> str:
        if self == Allowance.same_day():
            return "same day"
        working = "working " if self.runs in (Runs.WORKING, Runs.WORKING_DAYS) else ""
        number, unit = (self.days, "day") if self.in_days else _largest_unit(self.time)
        return f"{number} {working}{unit}{'s' * (number != 1)}"

    def said(self) -> Said:
        """The allowance as a person says it, to stand beside a deadline; a part of a minute counts as a whole one."""
        if self.in_days and not self.days:
            return say("until the end of the same day")
        if self.runs is Runs.DAYS:
            return say("until the end of day {n}", n=self.days)
        if self.runs is Runs.WORKING_DAYS:
            return say("until the end of working day {n}", n=self.days)
        return say("{time} of working time", time=length(self.time)) if self.runs is Runs.WORKING else length(self.time)


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due.

    `at` is None while the clock stands still with no end in sight; `left` is then what remains when it runs again.
    `provisional`: it was reckoned over a year whose holidays are not announced yet, so it may still move.
    """

    at: datetime | None
    provisional: bool = False
    left: Allowance | None = None


def due(start: datetime, allowance: Allowance, calendar: OfficeCalendar, pauses: Iterable[Pause] = ()) -> Due:
    """When something received at `start` is due.

    While the clock stands still, time neither runs nor ends. So a pause moves the deadline by the time, or the working
    time, that it covers; a deadline in days by the midnights that it covers, among the days that count; and for a
    same-day limit the end of a pause is like a new receipt. Pauses may overlap, begin before `start` and have no end
    yet; one that begins at the deadline or later changes nothing.

    Source: I-07, I-08, I-09. Raises Refused where the calendar has no working hours, or no working days, to count.
    """
    start, stood = utc(start), _united(pauses)
    if allowance.runs is Runs.WORKING:
        return _after_time(start, allowance, calendar.stretches(start), stood, calendar)
    if allowance.runs is Runs.CLOCK:
        return _after_time(start, allowance, iter([Stretch(start, FAR)]), stood, None)
    return _end_of_nth_day(start, allowance, calendar, stood) if allowance.days else _same_day(start, calendar, stood)


def time_run(
    start: datetime, end: datetime, calendar: OfficeCalendar | None, pauses: Iterable[Pause] = ()
) -> timedelta:
    """How long a clock has run from `start` until `end`: through nights without a calendar, else in working hours.

    Raises ValueError where `end` is before `start`.
    """
    if end < start:
        raise ValueError(f"end must not be before start, got {start} and {end}")
    runs = _without(iter([Stretch(utc(start), utc(end))]), _united(pauses))
    lengths = (calendar.working_time_between(*run) if calendar else run.end - run.start for run in runs)
    return sum(lengths, timedelta(0))


def length(time: timedelta) -> Said:
    """A length of time as a person says it: hours and minutes, a part of a minute counted as a whole one."""
    if time < timedelta(minutes=1):
        return say("{n} s", n=-(-time // timedelta(seconds=1)))
    hours, minutes = divmod(-(-time // timedelta(minutes=1)), 60)
    if not hours:
        return say("{n} min", n=minutes)
    return say("{h} h {m} min", h=hours, m=minutes) if minutes else say("{n} h", n=hours)


def _after_time(
    start: datetime,
    allowance: Allowance,
    stretches: Iterator[Stretch],
    stood: list[Stretch],
    calendar: OfficeCalendar | None,
) -> Due:
    at, left = start, allowance.time
    for run in _without(stretches, stood):
        at = min(run.end, run.start + left) if left < FAR - run.start else run.end
        left -= at - run.start
        if not left:
            return Due(at, bool(calendar and calendar.reaches_unpublished(start, at)))
    return Due(None, bool(calendar and calendar.reaches_unpublished(start, at)), Allowance(allowance.runs, time=left))


def _same_day(start: datetime, calendar: OfficeCalendar, stood: list[Stretch]) -> Due:
    received = start
    at = calendar.end_of(calendar.service_day(received))
    for pause in stood:
        if received < pause.end and pause.start < at:
            if pause.end == FAR:
                return Due(None, calendar.reaches_unpublished(start, at), Allowance.same_day())
            received = pause.end
            at = calendar.end_of(calendar.service_day(received))
    return Due(at, calendar.reaches_unpublished(start, at))


def _end_of_nth_day(start: datetime, allowance: Allowance, calendar: OfficeCalendar, stood: list[Stretch]) -> Due:
    received = calendar.day_of(start)
    while pause := _standing_at(calendar.end_of(received), stood):  # the day of receipt lasts until the clock runs
        if pause.end == FAR:
            return Due(None, left=allowance)
        received = calendar.day_of(pause.end)
    by_working_days = allowance.runs is Runs.WORKING_DAYS
    left = allowance.days
    for day in calendar.working_days(received) if by_working_days else days_from(received + DAY):
        at = calendar.end_of(day)
        pause = _standing_at(at, stood)
        left -= pause is None
        if not left or (pause and pause.end == FAR):
            provisional = by_working_days and calendar.reaches_unpublished(start, at)
            return Due(None, provisional, Allowance(allowance.runs, days=left)) if left else Due(at, provisional)
    raise AssertionError("days do not end")


def _standing_at(moment: datetime, stood: list[Stretch]) -> Stretch | None:
    """The pause in which the last instant before `moment` lies."""
    return next((pause for pause in stood if pause.start < moment <= pause.end), None)


def _without(stretches: Iterator[Stretch], stood: list[Stretch]) -> Iterator[Stretch]:
    """The parts of `stretches` in which no pause stands; ends where a pause without end begins."""
    for start, end in stretches:
        for pause in stood:
            if start < pause.end and pause.start < end:
                if start < pause.start:
                    yield Stretch(start, pause.start)
                start = pause.end
        if start < end:
            yield Stretch(start, end)
        if stood and stood[-1].end == FAR and stood[-1].start <= end:
            return


def _united(pauses: Iterable[Pause]) -> list[Stretch]:
    """Pauses in order and apart: one that was opened twice counts once, and stands until the last one ends."""
    whole: list[Stretch] = []
    for start, end in sorted((utc(pause.start), utc(pause.end) if pause.end else FAR) for pause in pauses):
        if end < start:
            raise ValueError(f"a pause must not end before it starts, got {start} and {end}")
        if whole and start <= whole[-1].end:
            whole[-1] = Stretch(whole[-1].start, max(whole[-1].end, end))
        elif start < end:
            whole.append(Stretch(start, end))
    return whole


def _largest_unit(time: timedelta) -> tuple[int, str]:
    """The amount in the largest unit of which it is a whole number; parts of a second are rounded up."""
    for unit, size in (("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if not time % size:
            return time // size, unit
    return -(-time // timedelta(seconds=1)), "second"
