"""The company as a tree, and each of its units."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, request
from flask_babel import lazy_gettext as _l

from portal.kernel.clock import today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.organisation import chart, queries
from portal.organisation.models import Department
from portal.organisation.views import bp
from portal.web.navigation import Place
from portal.web.respond import page
from portal.web.signed_in import me

PLACES = (Place(_l("Departments"), "organisation.department_list", "building-community", P.PEOPLE_READ, rank=65),)


@bp.page("/departments", needs=P.PEOPLE_READ)
def department_list() -> Any:
    day = _asked_day()
    return page("organisation/departments.html", branches=chart.chart_on(day), on=day)


@bp.page("/departments/<unit_code>", needs=P.PEOPLE_READ)
def department_page(unit_code: str) -> Any:
    day = _asked_day()
    sheet = chart.sheet_of(unit_code, day) or abort(404)
    return page(
        "organisation/department.html",
        sheet=sheet,
        on=day,
        may_edit=me().may(P.UNITS_EDIT, sheet.unit.id),
        may_state=me().may(P.CHARTERS_EDIT, sheet.unit.id),
    )


@bp.page("/departments/<unit_code>/history", needs=P.PEOPLE_READ)
def department_history(unit_code: str) -> Any:
    unit, asked = _unit(unit_code), request.args.get("after")
    try:
        after = After.read(asked, int)
    except ValueError:
        abort(400)
    return page(
        "organisation/department_history.html", unit=unit, entries=queries.history_of_unit(unit.id, after=after),
        started=bool(after),
    )  # fmt: skip


def _unit(unit_code: str) -> Department:
    return queries.unit_coded(unit_code) or abort(404)


def _asked_day() -> date:
    """The day that the address asks for: the company as it was, or as it is planned to be."""
    asked = request.args.get("on", "")
    try:
        return date.fromisoformat(asked) if asked else today()
    except ValueError:
        abort(400)
