"""Questions about days, hours and years."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, and_, or_, select

from portal.calendar.models import CalendarDay, CalendarEdition, CalendarYear, DepartmentHours, Edited
from portal.calendar.rules import COMPANY, CompanyCalendar, HoursFrom, hours_from_text
from portal.extensions import db
from portal.kernel.calendar import Day, OfficeCalendar
from portal.kernel.clock import office_zone
from portal.organisation.models import Department
from portal.organisation.queries import up_from

_kept: OrderedDict[tuple[str, str], CompanyCalendar] = OrderedDict()
MOST_KEPT = 4


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


def forget_calendar() -> None:
    """The calendar has changed within this request."""
    g.pop("company_calendar", None)


def _loaded(edition: int | None) -> CompanyCalendar:
    """Editions never change once they are made, so the last few stay in the memory of the process."""
    zone = office_zone()
    wanted = select(CalendarEdition.id, CalendarEdition.token).order_by(CalendarEdition.id.desc()).limit(1)
    row = db.session.execute(wanted if edition is None else wanted.where(CalendarEdition.id <= edition)).first()
    if row is None:
        return CompanyCalendar(zone, {}, frozenset(), {}, 0)
    key = (row.token, zone.key)
    if key not in _kept:
        _kept[key] = CompanyCalendar(zone, *_years(row.id), _hours(row.id), row.id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return _kept[key]


def _true_in(table: type[Edited], edition: int) -> ColumnElement[bool]:
    return and_(table.since_edition <= edition, or_(table.until_edition.is_(None), table.until_edition > edition))


def _years(edition: int) -> tuple[Mapping[Any, Day], frozenset[int]]:
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
