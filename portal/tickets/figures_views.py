"""The figures of a period: as a page, on paper, as a file, and the list behind each of them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file, xlsx_file
from portal.lists import queries as lists
from portal.policies.queries import ruling_notes
from portal.tickets import figures, figures_paper, figures_table
from portal.tickets.figures import Figure
from portal.tickets.figures_table import LIST_WORDS, WORDS, Asked
from portal.tickets.views import bp
from portal.web.papers import foot
from portal.web.respond import download, page
from portal.web.signed_in import me


def _asked(known: frozenset[str] = WORDS) -> Asked:
    try:
        return figures_table.read(request.args, lists.kind_names(), me(), today(), known)
    except ValueError:
        abort(400)


@bp.page("/figures", needs=P.TICKETS_READ)
def figures_page() -> Response:
    asked = _asked()
    return page(
        "tickets/figures.html",
        blocks={"figures_of_period"},
        status=422 if asked.problem else 200,
        tabs=figures_table.tabs(asked, me()),
        selects=figures_table.selects(asked, me(), today()),
        asked=asked,
        period=figures_table.period_name(asked.scope.period),
        problem=asked.problem,
        all_people=figures.sees_people(me()),
        **({} if asked.problem else figures_paper.reckoned(me(), asked, now())),
    )


@bp.page("/figures/sheet", needs=P.TICKETS_READ)
def figures_sheet() -> Response:
    """The same on A4, to be put into a file or on a wall."""
    asked = _asked()
    if asked.problem:
        abort(400)
    at = now()
    sheet = figures_paper.of(me(), asked, at)
    return page(
        "tickets/figures_sheet.html",
        back_href=asked.address(),
        period=figures_table.period_name(asked.scope.period),
        version=_("Form %(edition)s", edition=figures_paper.FORM),
        **foot(sheet.code(at), at),
        **sheet.context,
    )


@bp.page("/figures.csv", needs=P.TICKETS_READ)
def figures_table_csv() -> Response:
    """The table of the page, row by row."""
    return download(f"figures-{today()}.csv", csv_file(*_table()))


@bp.page("/figures.xlsx", needs=P.TICKETS_READ)
def figures_workbook() -> Response:
    """The same as a workbook."""
    return download(f"figures-{today()}.xlsx", xlsx_file(*_table()))


def _table() -> tuple[Any, Any]:
    asked = _asked()
    if asked.problem:
        abort(400)
    found = figures.table(me(), asked.scope, asked.by, now())
    return figures_table.heads(asked), figures_table.file_rows(found, asked, me(), today())


@bp.page("/figures/list", needs=P.TICKETS_READ)
def figures_list() -> Response:
    """What stands behind a figure: as many lines as it says."""
    asked = _asked(LIST_WORDS)
    assert asked.behind is not None
    rows = figures.listed(me(), asked.scope, asked.behind, after=asked.after)
    clauses = {one.because for one in rows.rows if asked.behind.figure is Figure.BREACHES and one.because}
    return page(
        "tickets/figures_list.html",
        blocks={"figures_lines"},
        asked=asked,
        name=figures_table.list_name(asked.behind),
        chosen=figures_table.chosen(asked),
        slice=rows,
        lines=list(figures_table.list_lines(rows.rows, asked.kinds)),
        missed=asked.behind.figure is Figure.BREACHES,
        notes=ruling_notes(clauses) if clauses else {},
        exports=me().may(P.TICKETS_EXPORT),
    )


@bp.page("/figures/list.csv", needs=P.TICKETS_EXPORT)
def figures_list_csv() -> Response:
    """All lines of the list."""
    return download(f"figures-list-{today()}.csv", csv_file(*_list()))


@bp.page("/figures/list.xlsx", needs=P.TICKETS_EXPORT)
def figures_list_workbook() -> Response:
    """The same as a workbook."""
    return download(f"figures-list-{today()}.xlsx", xlsx_file(*_list()))


def _list() -> tuple[Any, Any]:
    asked = _asked(LIST_WORDS)
    assert asked.behind is not None
    head = (
        _("Number"), _("What"), _("Kind"), _("State"), _("Accountable"), _("Department"), _("Received"),
        _("First response (min)"), _("First response in working hours (min)"), _("Solution (min)"),
        _("Solution in working hours (min)"), _("Paused (min)"), _("Missed"), _("When"), _("Clause"),
    )  # fmt: skip
    return head, figures_table.list_cells(figures.every_one(me(), asked.scope, asked.behind), asked.kinds)
