"""Registers of a quarter: consultations, and how soon chats were answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from portal.kernel.clock import office_zone, today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import text_of
from portal.lists import queries as lists
from portal.policies.queries import ruling_notes
from portal.tickets import queries, rules
from portal.tickets.records import MOST_RECORDS, Quarter, RecordLine
from portal.tickets.views import bp
from portal.web.respond import download, page
from portal.web.signed_in import me


@bp.page("/records", needs=P.TICKETS_READ)
def record_list() -> Response:
    quarter, after = _quarter(), _after_record()
    rows = queries.consultation_records(me(), *quarter.between(office_zone()), after=after)
    return page(
        "tickets/records.html",
        blocks={"record_list"},
        slice=rows,
        lines=_record_lines(rows.rows),
        quarter=quarter,
        quarters=Quarter.of(today()).back(8),
        started=after is not None,
    )


@bp.page("/records.csv", needs=P.TICKETS_READ)
def record_table() -> Response:
    """The records of a quarter for its summary: every one that the page would show."""
    quarter = _quarter()
    rows = queries.consultation_records(me(), *quarter.between(office_zone()), size=MOST_RECORDS).rows
    head = (_("When"), _("Ticket"), _("Customer"), _("About"), _("What was asked"), _("Answer"), _("By"))
    lines = ((one.at, one.number, one.who, one.about, one.question, one.answer, one.by) for one in _record_lines(rows))
    return download(f"consultations-{quarter}.csv", csv_file(head, lines))


def _record_lines(rows: Sequence[Any]) -> list[RecordLine]:
    types = {one.code: text_of(one.texts) for one in lists.routing_types(active_only=False)}
    return [
        RecordLine(
            one.at, one.number, one.caller_name or _("Gave no name"), types.get(one.routing, ""), one.title, one.body,
            one.author_name,
        )
        for one in rows
    ]  # fmt: skip


def _quarter() -> Quarter:
    asked = request.args.get("quarter")
    try:
        return Quarter.read(asked) if asked else Quarter.of(today())
    except ValueError:
        abort(400)


def _after_record() -> After | None:
    try:
        return After.read(request.args.get("after"), datetime, int)
    except ValueError:
        abort(400)


@bp.page("/chats", needs=P.TICKETS_READ)
def chat_list() -> Response:
    """Of the answers in chats of a quarter: the share that came in time, and each that did not (TKT-034)."""
    quarter = _quarter()
    found = queries.chat_answers(me(), *quarter.between(office_zone()))
    clauses = {one.because for one in found.late if one.because}
    return page(
        "tickets/chats.html",
        blocks={"chat_list"},
        found=found,
        share=rules.share_within(found.in_time, found.due),
        notes=ruling_notes(clauses) if clauses else {},
        quarter=quarter,
        quarters=Quarter.of(today()).back(8),
    )
