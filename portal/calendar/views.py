"""The year at a glance, one day, a table of a year, the hours of departments."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from babel.dates import format_skeleton, get_day_names
from flask import Response, abort, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.calendar import actions, public_holidays, queries, rules
from portal.calendar.forms import DayForm, HoursForm, TableForm
from portal.kernel.calendar import DayKind
from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.organisation.models import Department
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.navigation import COMPANY, Place
from portal.web.respond import done, download, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("calendar", __name__, "/calendar")
PLACES = (Place(_l("Calendar"), "calendar.this_year", "calendar", P.CALENDAR_READ, rank=66, group=COMPANY),)
WHOLE = "company"
"""Stands in the address of hours where a department's code would: those of the whole company."""


@bp.page("", needs=P.CALENDAR_READ)
def this_year() -> Any:
    return year_page(today().year)


@bp.page("/<int:year>", needs=P.CALENDAR_READ)
def year_page(year: int) -> Any:
    sheet = queries.year_sheet(year) or abort(404)
    return page(
        "calendar/year.html",
        sheet=sheet,
        may_edit=queries.keeps_calendar(me()),
        today=today(),
        weekdays=list(zip(weekdays("narrow"), weekdays("wide"), strict=True)),
        said=said,
    )


@bp.page("/<int:year>.csv", needs=P.CALENDAR_READ)
def year_table(year: int) -> Response:
    days = queries.company_calendar().days_of(_year(year))
    head = (_("day"), _("kind"), _("name"))
    return download(f"calendar-{year}.csv", csv_file(head, rules.year_as_rows(days)))


@bp.act("/<int:year>/announce", needs=P.CALENDAR_EDIT)
def announce(year: int) -> Any:
    actions.announce_year(me(), _year(year), True, at=now())
    return done(_("%(year)s is complete.", year=year), year_page, year=year)


@bp.act("/<int:year>/withdraw", needs=P.CALENDAR_EDIT)
def withdraw(year: int) -> Any:
    actions.announce_year(me(), _year(year), False, at=now())
    return done(_("%(year)s is open again.", year=year), year_page, year=year)


@bp.page("/<int:year>/load", needs=P.CALENDAR_EDIT)
def load_page(year: int) -> Any:
    try:
        found = public_holidays.of(year)
    except Refused:
        abort(404)
    changes = queries.company_calendar().changes(year, found.days)
    return page("calendar/load.html", found=found, changes=changes, known=queries.current_year(year), said=said)


@bp.act("/<int:year>/load", needs=P.CALENDAR_EDIT)
def load(year: int) -> Any:
    changed = actions.load_public_holidays(me(), year, at=now())
    return done(_("%(year)s taken over, %(count)s days changed.", year=year, count=changed), year_page, year=year)


@bp.page("/import", needs=P.CALENDAR_EDIT)
def table_page(form: TableForm | None = None) -> Any:
    year = request.args.get("year", "")
    form = form or TableForm(formdata=None, rows=queries.year_as_text(int(year)) if year.isdecimal() else "")
    read = form.read
    changes = queries.company_calendar().changes(read.year, read.days) if read and read.year else []
    return page("calendar/import.html", form=form, changes=changes, said=said)


@bp.act("/import", needs=P.CALENDAR_EDIT, form=TableForm, again=table_page)
def take_table(form: TableForm) -> Any:
    if not form.take.data:
        return table_page(form)
    changed = actions.import_year(me(), form.table, form.source.data or _("lines typed in"), at=now())
    year = form.read.year if form.read else None
    return done(_("%(year)s taken over, %(count)s days changed.", year=year, count=changed), year_page, year=year)


def _day_form(day: str) -> DayForm:
    return DayForm().for_day(_day(day))


@bp.page("/days/<day>", needs=P.CALENDAR_EDIT)
def day_page(day: str, form: DayForm | None = None) -> Any:
    on, company = _day(day), queries.company_calendar()
    known = company.of().day(on)
    names = {"name": known.names.get("zh-CN", ""), "name_en": known.names.get("en", "")}
    fresh = DayForm(formdata=None, kind=known.kind.value, edition=company.edition, **names).for_day(on)
    form, history = form or fresh, queries.day_history(on)
    catch_up(form.edition, company.edition)
    return page(
        "calendar/day.html", form=form, on=on, known=known, today=today(), said=said,
        missed=missed(history, form, fresh), last=last_of(history),
    )  # fmt: skip


@bp.act("/days/<day>", needs=P.CALENDAR_EDIT, form=_day_form, again=day_page)
def set_day(day: str, form: DayForm) -> Any:
    on = _day(day)
    actions.set_day(me(), on, DayKind(form.kind.data), form.names(), edition=form.seen(), at=now())
    return done(_("%(day)s is entered.", day=said("MMMd", on)), year_page, year=on.year)


@bp.page("/hours", needs=P.CALENDAR_READ)
def hours_list() -> Any:
    rows = queries.hours_rows(today())
    return page("calendar/hours.html", rows=rows, whole=WHOLE, week_parts=rules.week_parts, weekdays=weekdays())


@bp.page("/hours/<unit>", needs=P.CALENDAR_READ)
def hours_page(unit: str, form: HoursForm | None = None) -> Any:
    department = _department(unit)
    office = queries.office_calendar(department)
    in_force = next((one for one in reversed(office.hours) if one.since <= today()), None)
    fresh = HoursForm.of(in_force, today(), edition=office.edition)
    form, history = form or fresh, queries.hours_history(department)
    catch_up(form.edition, office.edition)
    return page(
        "calendar/hours_of.html",
        unit=unit,
        department=department,
        in_force=in_force,
        timeline=queries.hours_of(department),
        history=history,
        form=form,
        missed=missed(history, form, fresh),
        last=last_of(history),
        may_edit=queries.keeps_calendar(me(), department),
        today=today(),
        week_parts=rules.week_parts,
        weekdays=weekdays(),
    )


@bp.act("/hours/<unit>", needs=P.CALENDAR_EDIT, form=HoursForm, again=hours_page)
def set_hours(unit: str, form: HoursForm) -> Any:
    department, from_on = _department(unit), form.from_on.data
    if form.follows.data and department:
        actions.follow_above(me(), department, from_on, edition=form.seen(), at=now())
    else:
        actions.set_hours(me(), department, form.hours(), edition=form.seen(), at=now())
    return done(_("The hours hold from %(day)s on.", day=said("yMMMd", from_on)), hours_page, unit=unit)


def said(skeleton: str, on: date) -> str:
    """A day as the reader's language says it: MMMd is 10月1日 or Oct 1, MMMEd has the weekday with it."""
    return str(format_skeleton(skeleton, on, locale=get_locale()))


def weekdays(width: Literal["narrow", "abbreviated", "wide"] = "abbreviated") -> list[str]:
    """The names of the days of the week from Monday: narrow 一, abbreviated 周一, wide 星期一."""
    names = get_day_names(width, "stand-alone", locale=get_locale())
    return [names[number] for number in range(7)]


def _day(text: str) -> date:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        abort(404)
    _year(on.year)
    return on


def _year(year: int) -> int:
    """`year` if it can be known; 404 for any other."""
    return year if rules.FIRST_YEAR <= year <= rules.LAST_YEAR else abort(404)


def _department(unit: str) -> Department | None:
    return None if unit == WHOLE else queries.unit_called(unit) or abort(404)
