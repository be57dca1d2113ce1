"""What leaves the portal about tickets: the queue as a table."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response
from flask_babel import gettext as _

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.tables import Cell, csv_file, xlsx_file
from portal.tickets import listing, queries
from portal.tickets.views import asked_of_queue, bp
from portal.web.respond import download
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
