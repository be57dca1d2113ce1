"""The list of people and the page of one colleague."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from flask_babel import lazy_gettext as _l

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file, xlsx_file
from portal.organisation import directory, record
from portal.organisation.directory import Asked
from portal.organisation.record import ONE_DAY, Record
from portal.organisation.views import bp
from portal.web.filters import day as day_said
from portal.web.navigation import Place
from portal.web.respond import download, page
from portal.web.signed_in import me

bp.app_template_filter("last_day")(lambda to_on: day_said(to_on - ONE_DAY))
PLACES = (Place(_l("People"), "organisation.people_list", "users", needs=P.PEOPLE_READ, rank=64),)


# ── The list ──


@bp.page("/people", needs=P.PEOPLE_READ)
def people_list() -> Response:
    asked = _asked()
    rows = directory.people(me(), asked, today(), after=asked.after)
    return page(
        "organisation/people.html",
        blocks={"people_list"},
        asked=asked,
        slice=rows,
        selects=directory.selects(me(), asked),
        accounts=me().may(P.ACCOUNTS_INVITE),
        keeps=me().may(P.PEOPLE_EDIT),
    )


@bp.page("/people.csv", needs=P.PEOPLE_READ)
def people_csv() -> Response:
    return download("people.csv", csv_file(*_table()))


@bp.page("/people.xlsx", needs=P.PEOPLE_READ)
def people_xlsx() -> Response:
    return download("people.xlsx", xlsx_file(*_table()))


def _table() -> tuple[list[str], Any]:
    """Head and rows of exactly what the list shows, all of its pages."""
    asked, accounts = _asked(), me().may(P.ACCOUNTS_INVITE)
    return directory.head(asked, accounts=accounts), directory.table(me(), asked, today(), accounts=accounts)


def _asked() -> Asked:
    try:
        return directory.read(me(), request.args)
    except ValueError:
        abort(400)


# ── One colleague ──


def _record(staff_number: str) -> Record:
    found = record.numbered(staff_number) or abort(404)
    return record.record_of(me(), *found, now())


@bp.page("/people/<staff_number>", needs=P.PEOPLE_READ)
def person_page(staff_number: str) -> Response:
    return page("organisation/person.html", record=_record(staff_number), labels={})
