"""Questions about days, hours and years."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, and_, or_, select

from portal.calendar import rules
from portal.calendar.events import CalendarDaySet, CalendarYearSet
from portal.calendar.models import CalendarDay, CalendarEdition, CalendarYear, DepartmentHours, Edited
from portal.calendar.rules import COMPANY, CompanyCalendar, HoursFrom, hours_from_text
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import Portal, afterwards
from portal.kernel.calendar import Day, OfficeCalendar, WorkingHours, days_from
from portal.kernel.clock import office_zone
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import P
from portal.kernel.tables import Row
from portal.organisation.models import Department, UnitKind
from portal.organisation.queries import departments, up_from
from portal.organisation.staff import Staff

Keeper = Staff | Portal

_kept: OrderedDict[tuple[str, str], CompanyCalendar] = OrderedDict()
MOST_KEPT = 4
MAKING = "calendar edition"


def office_calendar(department: Department | int | None, *, edition: int | None = None) -> OfficeCalendar:
    """What days are and when a department works: its own hours, else those of the nearest one above that has some,
    else the company's (None: the company's).

    `edition`: as the calendar was then, to reckon an old deadline again; without it as it is now. Besides the tree of
    departments it costs one statement in a request, and three more when the calendar has changed.
    """
    department_id = department.id if isinstance(department, Department) else department
    chain = [one.id for one in up_from(department_id)] if department_id else []
    return company_calendar(edition=edition).of(chain)


def company_calendar(*, edition: int | None = None) -> CompanyCalendar:
    """The calendar from which every department's is cut; for a sweep over many departments ask once."""
    if edition is None and has_request_context():
        if "company_calendar" not in g:
            g.company_calendar = _loaded(None)
        found: CompanyCalendar = g.company_calendar
        return found
    return _loaded(edition)


def forget_calendar(made: CalendarEdition) -> None:
    """An act is making this edition: what the request knows is old, and what is read until the end is not kept."""
    g.pop("company_calendar", None)
    db.session.info[MAKING] = made.token
    afterwards(lambda: db.session.info.pop(MAKING, None))


def _loaded(edition: int | None) -> CompanyCalendar:
    """Editions never change once they are made, so the last few stay in the memory of the process."""
    zone = office_zone()
    wanted = select(CalendarEdition.id, CalendarEdition.token).order_by(CalendarEdition.id.desc()).limit(1)
    row = db.session.execute(wanted if edition is None else wanted.where(CalendarEdition.id <= edition)).first()
    if row is None:
        return CompanyCalendar(zone, {}, frozenset(), {}, 0)
    key = (row.token, zone.key)
    found = _kept.get(key) or CompanyCalendar(zone, *_years(row.id), _hours(row.id), row.id)
    if row.token != db.session.info.get(MAKING):
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _true_in(table: type[Edited], edition: int) -> ColumnElement[bool]:
    return and_(table.since_edition <= edition, or_(table.until_edition.is_(None), table.until_edition > edition))


def _years(edition: int) -> tuple[Mapping[date, Day], frozenset[int]]:
    """The days that differ, and the published years."""
    days = select(CalendarDay.falls_on, CalendarDay.kind, CalendarDay.names).where(_true_in(CalendarDay, edition))
    years = select(CalendarYear.year).where(_true_in(CalendarYear, edition), CalendarYear.published)
    return (
        {row.falls_on: Day(row.falls_on, row.kind, row.names) for row in db.session.execute(days)},
        frozenset(db.session.scalars(years)),
    )


def _hours(edition: int) -> dict[int, tuple[HoursFrom, ...]]:
    rows = db.session.execute(
        select(DepartmentHours.department_id, DepartmentHours.from_on, DepartmentHours.hours)
        .where(_true_in(DepartmentHours, edition))
        .order_by(DepartmentHours.from_on)
    )
    found: dict[int, list[HoursFrom]] = {}
    for department_id, from_on, words in rows:
        hours = hours_from_text(from_on, words) if words else None
        found.setdefault(department_id or COMPANY, []).append(HoursFrom(from_on, hours))
    return {key: tuple(timeline) for key, timeline in found.items()}


def current_year(year: int) -> CalendarYear | None:
    """What is known about the state of a year now; None when nobody has entered anything."""
    return db.session.scalar(
        select(CalendarYear).where(CalendarYear.year == year, CalendarYear.until_edition.is_(None))
    )


def unannounced(years: Sequence[int]) -> list[int]:
    """Which of these years nobody has announced yet."""
    known = select(CalendarYear.year).where(
        CalendarYear.year.in_(years), CalendarYear.until_edition.is_(None), CalendarYear.published
    )
    announced = set(db.session.scalars(known))
    return [year for year in years if year not in announced]


def keeps_calendar(reader: Keeper, department: Department | None = None) -> bool:
    """Whether somebody may change the hours of a department, or (None) what holds for the whole company: that takes the
    right in every part of it."""
    where = [department] if department else [one for one in departments().values() if not one.parent_id]
    return reader.may(P.CALENDAR_EDIT) and all(reader.may(P.CALENDAR_EDIT, one.id) for one in where)


@dataclass(frozen=True, slots=True)
class YearSheet:
    """A year as its page shows it. `known`: its state, None when nobody has entered anything."""

    year: int
    months: list[rules.Month]
    holidays: list[rules.Holiday]
    make_up_days: list[Day]
    known: CalendarYear | None
    history: list[JournalEntry]

    @property
    def published(self) -> bool:
        """Whether its make-up days are announced."""
        return bool(self.known and self.known.published)

    @property
    def days_off(self) -> frozenset[date]:
        """Every day of its public holidays, with the weekends and days off around them."""
        return frozenset(day for one in self.holidays for day in days_from(one.first, one.last))

    @property
    def working_days(self) -> int:
        """How many days the company works in it."""
        return sum(month.working_days for month in self.months)


def year_sheet(year: int) -> YearSheet | None:
    """A year, drawn; None outside of those that can be known."""
    if not rules.FIRST_YEAR <= year <= rules.LAST_YEAR:
        return None
    office = company_calendar().of()
    return YearSheet(
        year,
        rules.months(office, year),
        rules.holidays_of(office, year),
        rules.make_up_days(office, year),
        current_year(year),
        journal.of("calendar year", year)[::-1],
    )


def year_as_text(year: int) -> str:
    """The days of a year as lines of a table, to be changed and brought back."""
    return rules.rows_as_text(Row(0, list(row)) for row in rules.year_as_rows(company_calendar().days_of(year)))


@dataclass(frozen=True, slots=True)
class HoursRow:
    """A department in the list of working hours: those of today, from whom they come, and what is planned."""

    unit: str
    names: Mapping[str, str] | None
    depth: int
    own: bool
    hours: WorkingHours | None
    next_on: date | None


def hours_rows(day: date) -> list[HoursRow]:
    """The company and its departments as a tree, with the hours of `day`. Closed departments are left out."""
    company = company_calendar()
    rows = [_hours_row("company", None, 0, company, [COMPANY], day)]
    for one in sorted(departments().values(), key=lambda one: [int(part) for part in one.path.strip("/").split("/")]):
        if one.from_on <= day and (one.to_on is None or one.to_on > day) and one.kind is not UnitKind.COMPANY:
            chain = [above.id for above in up_from(one.id)]
            rows.append(_hours_row(one.code, one.names, one.path.count("/") - 2, company, chain, day))
    return rows


def _hours_row(
    unit: str, names: Mapping[str, str] | None, depth: int, company: CompanyCalendar, chain: list[int], day: date
) -> HoursRow:
    hours = company.of(chain).hours
    own = [one for one in company.hours.get(chain[0], ()) if one.from_on <= day]
    return HoursRow(
        unit,
        names,
        depth,
        own=bool(own and own[-1].hours),
        hours=next((one for one in reversed(hours) if one.since <= day), None),
        next_on=next((one.since for one in hours if one.since > day), None),
    )


def unit_called(code: str) -> Department | None:
    """A department by its code."""
    return next((one for one in departments().values() if one.code == code), None)


def hours_of(department: Department | None) -> Sequence[HoursFrom]:
    """The hours of one department (None: the company), with those that are over and those that are planned."""
    return company_calendar().hours.get(department.id if department else COMPANY, ())


def day_history(on: date) -> list[JournalEntry]:
    """Who said what a day is, in the order in which it happened: of the day alone, or of its whole year."""
    return [one for one in journal.of("calendar year", on.year) if _says(one.event(), on)]


def _says(fact: Any, on: date) -> bool:
    if isinstance(fact, CalendarYearSet):
        return any(day == on for day, _before, _after in fact.changed)
    return isinstance(fact, CalendarDaySet) and fact.on == on


def hours_history(department: Department | None) -> list[JournalEntry]:
    """Who changed the hours of a department, the latest first."""
    return journal.of("working hours", department.id if department else COMPANY)[::-1]
