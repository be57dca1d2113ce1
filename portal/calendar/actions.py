"""Verbs of the calendar. Each makes one edition; nothing that was true is overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from portal.calendar import public_holidays, queries, rules
from portal.calendar.events import (
    CalendarDaySet,
    CalendarYearAnnounced,
    CalendarYearSet,
    WorkingHoursDropped,
    WorkingHoursSet,
)
from portal.calendar.models import CalendarDay, CalendarEdition, CalendarYear, DepartmentHours
from portal.calendar.queries import Keeper
from portal.calendar.rules import COMPANY, CompanyCalendar
from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.calendar import Day, DayKind, WorkingHours
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.tables import Row
from portal.kernel.text import say
from portal.organisation.models import Department


@action
def load_public_holidays(actor: Keeper, year: int, *, at: datetime) -> int:
    """Take a year's public holidays and make-up days from the public package; how many days changed.

    A year whose make-up days are not announced yet is kept as not published. What was entered by hand for that year is
    replaced. Raises NotAllowed without the right for the whole company; Refused where nothing would change.
    """
    _need(actor)
    found = public_holidays.of(year)
    return _set_year(year, found.days, public_holidays.source(), found.announced, at)


@action
def import_year(actor: Keeper, rows: Iterable[Row], source: str, *, at: datetime) -> int:
    """Take a whole year from a table that somebody brought; how many days changed. The year is published by it.

    A name that the calendar knows keeps its words in the other languages. All or nothing: raises Refused, with the
    line, for a table with a mistake, and where nothing would change.
    """
    _need(actor)
    read = rules.read_year(rows)
    if read.problems or read.year is None:
        raise Refused(read.problems[0])
    return _set_year(read.year, read.days, source, True, at)


@action
def set_day(actor: Keeper, on: date, kind: DayKind, names: Mapping[str, str], *, edition: int, at: datetime) -> None:
    """Say what one day is. `edition`: the state of the calendar that the person had before their eyes.

    Raises Refused for a kind that this weekday cannot be, for a holiday without a name and where nothing would change;
    OutOfDate when the day has changed since that edition.
    """
    _need(actor)
    if kind not in rules.kinds_for(on):
        raise Refused(say("{day} cannot be that kind of day.", day=on), field="kind")
    names = {tag: name.strip() for tag, name in names.items() if name.strip()}
    if kind is DayKind.HOLIDAY and "zh-CN" not in names:
        raise Refused(say("A public holiday has a name."), field="name")
    company, made = _new_edition(at)
    before, after = company.of().day(on), Day(on, kind, names)
    if before != queries.company_calendar(edition=edition).of().day(on):
        raise OutOfDate
    if after == before:
        raise Refused(say("The calendar says this about {day} already.", day=on))
    now = queries.current_year(on.year)
    if now is None or now.source:  # from now on the year is a person's: no package replaces it by itself
        _put_year(on.year, bool(now and now.published), "", made)
    _put_day(after, made)
    record(CalendarDaySet(on, before.kind.value, kind.value, names.get("zh-CN", ""), made.id))


@action
def announce_year(actor: Keeper, year: int, published: bool, *, at: datetime) -> None:
    """Say that the public holidays and make-up days of a year are all entered, or take that back.

    Raises Refused where it is so already.
    """
    _need(actor)
    _before, made = _new_edition(at)
    now = queries.current_year(year)
    if published == bool(now and now.published):
        raise Refused(say("The calendar of {year} says this already.", year=str(year)))
    _put_year(year, published, now.source if now else "", made)
    record(CalendarYearAnnounced(year, published, made.id))


@action
def set_hours(
    actor: Keeper, department: Department | None, hours: WorkingHours, *, edition: int | None = None, at: datetime
) -> None:
    """Give a department (None: the whole company) working hours from the day `hours.since` on.

    Later changes that were planned already are replaced. `edition`: the state of the calendar that the person had
    before their eyes; None where nobody looked. Raises Refused for a day that is over, except for the first hours of
    all: what was reckoned with the old hours stays; OutOfDate when the hours there have changed since that edition;
    NotAllowed without the right there.
    """
    key = department.id if department else COMPANY
    _need(actor, department)
    company, made = _new_edition(at)
    timeline = _timeline(company, key, edition)
    _refuse_past(hours.since, timeline, at)
    before = rules.nearest([timeline])
    if before and before[-1].since <= hours.since and rules.same_hours(before[-1], hours):
        raise Refused(say("These are the hours already."))
    words = rules.hours_as_text(hours)
    _put_hours(key, hours.since, words, made)
    record(WorkingHoursSet(key, hours.since, tuple(words["week"]), words["make_up"], words["holiday"], made.id))


@action
def follow_above(
    actor: Keeper, department: Department, from_on: date, *, edition: int | None = None, at: datetime
) -> None:
    """From a day on a department has no hours of its own: it works as the one above. `edition` as for `set_hours`.

    Raises Refused where it has none, and for a day that is over; OutOfDate when its hours have changed since.
    """
    _need(actor, department)
    company, made = _new_edition(at)
    timeline = _timeline(company, department.id, edition)
    if not timeline or timeline[-1].hours is None:
        raise Refused(say("This department follows the one above already."))
    _refuse_past(from_on, timeline, at)
    _put_hours(department.id, from_on, None, made)
    record(WorkingHoursDropped(department.id, from_on, made.id))


def _need(actor: Keeper, department: Department | None = None) -> None:
    if not queries.keeps_calendar(actor, department):
        raise NotAllowed(say("The calendar is kept by HR."))


def _timeline(company: CompanyCalendar, key: int, seen: int | None) -> Sequence[rules.HoursFrom]:
    """The hours of one department as they stand, if they are those that the person saw."""
    timeline = company.hours.get(key, ())
    if seen is not None and timeline != queries.company_calendar(edition=seen).hours.get(key, ()):
        raise OutOfDate
    return timeline


def _refuse_past(from_on: date, timeline: Sequence[rules.HoursFrom], at: datetime) -> None:
    if timeline and from_on < office_day(at):
        raise Refused(
            say("Hours of days that are over stay as they were. Choose {day} or later.", day=office_day(at)),
            field="from_on",
        )


def _new_edition(at: datetime) -> tuple[CompanyCalendar, CalendarEdition]:
    """The calendar before the change, and the edition that the change makes.

    It is opened before anything is looked at: two who change at once want the same number, one waits for the other
    and is told that somebody was faster. A refusal takes it back with everything else.
    """
    last = db.session.scalar(select(func.max(CalendarEdition.id))) or 0
    made = CalendarEdition(id=last + 1, token=secrets.token_hex(8), made_at=at)
    db.session.add(made)
    db.session.flush()
    queries.forget_calendar(made)
    return queries.company_calendar(edition=last), made


def _set_year(year: int, days: Mapping[date, Day], source: str, published: bool, at: datetime) -> int:
    company, made = _new_edition(at)
    changes = company.changes(year, days)
    now = queries.current_year(year)
    if now and not changes and (now.published, now.source) == (published, source):
        raise Refused(say("The calendar of {year} says this already.", year=str(year)))
    _put_year(year, published, source, made)
    for change in changes:
        _put_day(change.after, made)
    told = tuple((one.on, one.before.kind.value, one.after.kind.value) for one in changes)
    record(CalendarYearSet(year, source, published, told, made.id))
    return len(changes)


def _put_year(year: int, published: bool, source: str, made: CalendarEdition) -> None:
    if now := queries.current_year(year):
        now.until_edition = made.id
        db.session.flush()
    db.session.add(CalendarYear(year=year, published=published, source=source, since_edition=made.id))


def _put_day(day: Day, made: CalendarEdition) -> None:
    now = db.session.scalar(
        select(CalendarDay).where(CalendarDay.falls_on == day.on, CalendarDay.until_edition.is_(None))
    )
    if now:
        now.until_edition = made.id
        db.session.flush()
    if day.kind is not rules.ordinary(day.on) or day.names:
        db.session.add(CalendarDay(falls_on=day.on, kind=day.kind, names=dict(day.names), since_edition=made.id))


def _put_hours(key: int, from_on: date, words: dict[str, object] | None, made: CalendarEdition) -> None:
    whose = DepartmentHours.department_id == key if key else DepartmentHours.department_id.is_(None)
    replaced = select(DepartmentHours).where(
        whose, DepartmentHours.from_on >= from_on, DepartmentHours.until_edition.is_(None)
    )
    for row in db.session.scalars(replaced):
        row.until_edition = made.id
    db.session.flush()
    db.session.add(DepartmentHours(department_id=key or None, from_on=from_on, hours=words, since_edition=made.id))
