"""What the company calendar is made of: years, hours by department, and the tables that people bring."""

from __future__ import annotations

import calendar
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import StringIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from portal.kernel.calendar import Day, DayKind, OfficeCalendar, Spans, WorkingHours, days_from, parse_spans
from portal.kernel.errors import Refused
from portal.kernel.tables import Row
from portal.kernel.text import Said, say

COMPANY = 0
"""Stands for the whole company where a department's id is expected."""
FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_NAME = 60


class HoursFrom(NamedTuple):
    """The hours of one department from a day on; None: from then on it follows the department above."""

    from_on: date
    hours: WorkingHours | None


@dataclass(frozen=True, slots=True, eq=False)
class CompanyCalendar:
    """The calendar of the whole company as it was in one edition; `of` cuts out what one department works by.

    `hours`: by department id (COMPANY for all), oldest first.
    """

    zone: ZoneInfo
    days: Mapping[date, Day]
    published: frozenset[int]
    hours: Mapping[int, Sequence[HoursFrom]]
    edition: int
    _cut: dict[tuple[int, ...], OfficeCalendar] = field(default_factory=dict, init=False, repr=False)

    def of(self, chain: Sequence[int] = ()) -> OfficeCalendar:
        """The calendar of a department; `chain`: its id and those above it, nearest first. None: the whole company."""
        key = tuple(one for one in chain if one in self.hours)
        if key not in self._cut:
            timelines = [self.hours[one] for one in key] + [self.hours.get(COMPANY, ())]
            self._cut[key] = OfficeCalendar(self.zone, self.days, self.published, nearest(timelines), self.edition)
        return self._cut[key]

    def days_of(self, year: int) -> dict[date, Day]:
        """The days of a year that differ from an ordinary week."""
        return {on: day for on, day in self.days.items() if on.year == year}

    def changes(self, year: int, days: Mapping[date, Day]) -> list[Change]:
        """What would change if a year had these days. A Chinese name that the calendar knows keeps its words in the
        other languages."""
        known = {day.names["zh-CN"]: day.names for day in self.days.values() if len(day.names) > 1}
        named = {
            on: replace(day, names=known.get(day.names["zh-CN"], day.names)) if day.names.keys() == {"zh-CN"} else day
            for on, day in days.items()
        }
        return changes(self.days_of(year), named)


def nearest(timelines: Sequence[Sequence[HoursFrom]]) -> tuple[WorkingHours, ...]:
    """The hours that hold from day to day: those of the first timeline that has some on the day.

    `timelines`: the department's own first, then those above it, the company's last; each oldest first.
    """
    found: list[WorkingHours] = []
    for day in sorted({one.from_on for timeline in timelines for one in timeline}):
        hours = _in_force(timelines, day) or WorkingHours(day, week=((),) * 7)
        if not found or not same_hours(hours, found[-1]):
            found.append(replace(hours, since=day))
    return tuple(found)


def same_hours(one: WorkingHours, other: WorkingHours) -> bool:
    """Whether two differ in nothing but the day from which they hold."""
    return replace(one, since=other.since) == other


def _in_force(timelines: Sequence[Sequence[HoursFrom]], day: date) -> WorkingHours | None:
    for timeline in timelines:
        latest = [one for one in timeline if one.from_on <= day]
        if latest and latest[-1].hours:
            return latest[-1].hours
    return None


def hours_as_text(hours: WorkingHours) -> dict[str, Any]:
    """Hours as they are stored and recorded: words that a person can read, and `parse_spans` too."""
    return {
        "week": [spans_as_text(spans) for spans in hours.week],
        "make_up": None if hours.make_up is None else spans_as_text(hours.make_up),
        "holiday": None if hours.holiday is None else spans_as_text(hours.holiday),
    }


def hours_from_text(since: date, words: Mapping[str, Any]) -> WorkingHours:
    """The inverse of `hours_as_text`."""
    make_up, holiday = words["make_up"], words["holiday"]
    return WorkingHours(
        since,
        week=tuple(parse_spans(text) for text in words["week"]),
        make_up=None if make_up is None else parse_spans(make_up),
        holiday=None if holiday is None else parse_spans(holiday),
    )


def spans_as_text(spans: Spans) -> str:
    """8:30–12:00, 13:30–17:30; empty for a day without hours."""
    return ", ".join(map(str, spans))


class WeekPart(NamedTuple):
    """Days of the week, from `first` to `last` (Monday is 0), with the same hours."""

    first: int
    last: int
    spans: Spans


def week_parts(hours: WorkingHours) -> list[WeekPart]:
    """A week as people say it: Monday to Friday 8:30–17:30; days without hours are left out."""
    parts: list[WeekPart] = []
    for weekday, spans in enumerate(hours.week):
        if parts and parts[-1].spans == spans:
            parts[-1] = WeekPart(parts[-1].first, weekday, spans)
        else:
            parts.append(WeekPart(weekday, weekday, spans))
    return [part for part in parts if part.spans]


# years


class Month(NamedTuple):
    """A month as it is drawn: weeks of seven places from Monday, None outside the month; and its working days."""

    first: date
    weeks: list[list[Day | None]]
    working_days: int


class Holiday(NamedTuple):
    """Days off in a row that hold at least one public holiday; `names`: its different holidays in their order."""

    first: date
    last: date
    names: list[Mapping[str, str]]

    @property
    def length(self) -> int:
        """How many days, both ends included."""
        return (self.last - self.first).days + 1


def months(office: OfficeCalendar, year: int) -> list[Month]:
    """The twelve months of a year."""
    found = []
    for month in range(1, 13):
        weeks = [
            [office.day(date(year, month, number)) if number else None for number in week]
            for week in calendar.monthcalendar(year, month)
        ]
        working = sum(bool(day and day.kind.works) for week in weeks for day in week)
        found.append(Month(date(year, month, 1), weeks, working))
    return found


def holidays_of(office: OfficeCalendar, year: int) -> list[Holiday]:
    """The public holidays that begin in a year, each with the weekend and the days off around it."""
    found: list[Holiday] = []
    run: list[Day] = []
    for on in days_from(date(year, 1, 1) - timedelta(days=14), date(year, 12, 31) + timedelta(days=14)):
        day = office.day(on)
        if not day.kind.works:
            run.append(day)
            continue
        if any(one.kind is DayKind.HOLIDAY for one in run) and run[0].on.year == year:
            names = {_plain_name(one.names): one.names for one in reversed(run) if one.kind is DayKind.HOLIDAY}
            found.append(Holiday(run[0].on, run[-1].on, list(reversed(names.values()))))
        run = []
    return found


def make_up_days(office: OfficeCalendar, year: int) -> list[Day]:
    """The days of a year that are worked for a day off."""
    return [day for on, day in sorted(office.days.items()) if on.year == year and day.kind is DayKind.MAKE_UP]


def _plain_name(names: Mapping[str, str]) -> str:
    """国庆节 and 国庆节（补假） are one holiday."""
    return names.get("zh-CN", "").partition("（")[0]


def ordinary(on: date) -> DayKind:
    """What a day is when nobody said otherwise."""
    return DayKind.WORKING if on.weekday() < 5 else DayKind.REST


def kinds_for(on: date) -> tuple[DayKind, ...]:
    """What a day can be: a weekday is never a make-up day, a weekend never an ordinary working day."""
    return (ordinary(on), DayKind.HOLIDAY, DayKind.REST if on.weekday() < 5 else DayKind.MAKE_UP)


class Change(NamedTuple):
    """What one day was, and what it is to be."""

    before: Day
    after: Day

    @property
    def on(self) -> date:
        """The day."""
        return self.after.on


def changes(before: Mapping[date, Day], after: Mapping[date, Day]) -> list[Change]:
    """Every day that differs, in order; a day that is missing is an ordinary one."""
    found = []
    for on in sorted(before.keys() | after.keys()):
        change = Change(before.get(on) or Day(on, ordinary(on)), after.get(on) or Day(on, ordinary(on)))
        if change.before != change.after:
            found.append(change)
    return found


# tables that people bring


class YearRead(NamedTuple):
    """A year's days as a table tells them; `problems` names each line that cannot be used, and then nothing is."""

    year: int | None
    days: dict[date, Day]
    problems: list[Said]


KINDS = {
    DayKind.HOLIDAY: "节假日 法定节假日 假 假日 放假 节日 節假日 國定假日 holiday public-holiday",
    DayKind.REST: "休息 休息日 休 调休 调休放假 調休 調整放假 rest rest-day day-off off",
    DayKind.MAKE_UP: "上班 班 补班 调休上班 補班 調休上班 工作日 make-up make-up-day work",
}
"""What people write for a kind of day; the first word is the one that goes out."""
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
MOST_PROBLEMS = 20


def read_year(rows: Iterable[Row]) -> YearRead:
    """Rows of day, kind, name (a head row may stand first) as the days of one year.

    Days as 2026-10-01, 2026/10/1 or 2026年10月1日. Every line that cannot be used is named, the first twenty of them.
    """
    days: dict[date, Day] = {}
    lines: dict[date, int] = {}
    problems: list[Said] = []
    for number, row in enumerate(rows):
        try:
            day = _day_of(row)
            if day.on in days:
                raise Refused(say("{day} stands in line {other} already", day=day.on, other=lines[day.on]))
            if days and day.on.year != next(iter(days)).year:
                raise Refused(say("{day} is not in the year of the lines before", day=day.on))
        except Refused as no:
            if number or _looks_like_a_day(row):
                problems.append(say("Line {line}: {problem}.", line=row.line, problem=no.sentence))
            continue
        days[day.on], lines[day.on] = day, row.line
    if not days and not problems:
        problems.append(say("There is no day in this table."))
    return YearRead(next(iter(days)).year if days else None, days, problems[:MOST_PROBLEMS])


def _looks_like_a_day(row: Row) -> bool:
    return any(sign.isdecimal() for sign in row.cells[0])


def _day_of(row: Row) -> Day:
    text, kind_word, name, *_rest = [*row.cells, "", "", ""]
    on = read_day(text)
    kind = _KIND_OF.get("-".join(kind_word.casefold().split()))
    if kind is None:
        raise Refused(say("“{word}” is no kind of day; write 节假日, 休息 or 上班", word=kind_word))
    if kind not in kinds_for(on):
        raise Refused(say("{day} is a weekday; only a weekend can be a make-up day", day=on))
    if kind is DayKind.HOLIDAY and not name:
        raise Refused(say("the holiday has no name"))
    if len(name) > LONGEST_NAME:
        raise Refused(say("the name is longer than {most} characters", most=LONGEST_NAME))
    return Day(on, kind, {"zh-CN": name} if name else {})


def read_day(text: str) -> date:
    """2026-10-01, 2026/10/1, 2026.10.1 or 2026年10月1日. Raises Refused for anything else, and outside 2000–2099."""
    plain = text.strip().removesuffix("日").translate(str.maketrans("年月/.", "----"))
    try:
        year, month, number = (int(part) for part in plain.split("-"))
        on = date(year, month, number)
    except ValueError as error:
        raise Refused(say("“{text}” is no day; write it like 2026-10-01", text=text)) from error
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Refused(say("“{text}” is no day; write it like 2026-10-01", text=text))
    return on


def rows_as_text(rows: Iterable[Row]) -> str:
    """A table as lines of text, to be looked at, mended and read again."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(row.cells for row in rows)
    return text.getvalue()


def year_as_rows(days: Mapping[date, Day]) -> Iterator[tuple[str, str, str]]:
    """What `read_year` reads, to take away, change and bring back."""
    for on, day in sorted(days.items()):
        yield on.isoformat(), KINDS[day.kind].split()[0], day.names.get("zh-CN", "")
