"""What leaves the portal about tickets: the queue as a table, and a ticket on paper."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.kernel.tables import Cell, csv_file, xlsx_file
from portal.tickets import listing, queries, sheet
from portal.tickets.views import asked_of_queue, bp
from portal.web.papers import foot
from portal.web.respond import download, page
from portal.web.signed_in import me


@bp.page("/table.csv", needs=P.TICKETS_EXPORT)
def queue_table() -> Response:
    """The queue as its address asks for it: every row of every page, in the same order, and no other."""
    return download(f"tickets-{today()}.csv", csv_file(*_table()))


@bp.page("/table.xlsx", needs=P.TICKETS_EXPORT)
def queue_workbook() -> Response:
    """The same as a workbook; a list that is too long for one is not begun."""
    return download(f"tickets-{today()}.xlsx", xlsx_file(*_table()))


def _table() -> tuple[tuple[str, ...], Iterator[tuple[Cell, ...]]]:
    asked = asked_of_queue()
    head = (
        _("Number"), _("What"), _("Kind"), _("Priority"), _("State"), _("Round"), _("Who asks"), _("Reached us by"),
        _("Department"), _("Works on it"), _("Accountable"), _("Received"), _("Due"), _("Ended"),
    )  # fmt: skip
    return head, listing.table(queries.every_row(me(), asked.wanted), asked.kinds)


@bp.page("/<number>/sheet", needs=P.TICKETS_OPEN)
def ticket_sheet(number: str) -> Response:
    """The ticket on A4. `?notes=with`: with inside notes, for whoever works on it."""
    notes, at = request.args.get("notes") == "with", now()
    paper = sheet.of(me(), number, notes=notes, at=at) or abort(404)
    return page(
        "tickets/sheet.html", paper=paper, back_href=url_for("tickets.ticket_page", number=number),
        version=_("Form %(edition)s", edition=sheet.FORM), **foot(paper.code(at), at),
    )  # fmt: skip
