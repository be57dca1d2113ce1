"""What of tickets can be found: the words of the story, what is said inside apart from what the customer knows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, select

from portal.extensions import db
from portal.kernel import markup, search
from portal.kernel.permissions import P
from portal.kernel.search import SearchText, Words
from portal.organisation.staff import Staff
from portal.tickets import queries
from portal.tickets.models import Ticket, TicketEntry
from portal.tickets.states import EntryKind


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """That the reader sees the ticket, and its inside words only where they see what is said inside."""
    seen = select(Ticket.id).where(Ticket.id == SearchText.thing_id, queries.seen_by(reader))
    inside = seen.where(queries.inside_seen_by(reader))
    return and_(seen.exists(), SearchText.inside.is_(False) | inside.exists())


def texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """A ticket's title, its caller, what was asked and answered; and apart from it notes, records, inside questions."""
    tickets = db.session.execute(
        select(Ticket.id, Ticket.number, Ticket.title, Ticket.caller_name, Ticket.body, Ticket.received_at)
        .where(Ticket.id.in_(ids))
    ).all()  # fmt: skip
    letters = db.session.execute(
        select(TicketEntry.ticket_id, TicketEntry.kind, TicketEntry.body, TicketEntry.at)
        .where(TicketEntry.ticket_id.in_(ids))
        .order_by(TicketEntry.id)
    ).all()
    said: dict[tuple[int, bool], list[tuple[str, datetime]]] = {}
    for one in tickets:
        said[one.id, False] = [(one.caller_name, one.received_at), (markup.plain(one.body), one.received_at)]
    for letter in letters:
        inside = letter.kind not in (EntryKind.INCOMING, EntryKind.REPLY)
        said.setdefault((letter.ticket_id, inside), []).append((markup.plain(letter.body), letter.at))
    found: dict[int, list[Words]] = {one.id: [] for one in tickets}
    for one in tickets:
        for inside in (False, True):
            if words := said.get((one.id, inside)):
                text = "\n".join(dict.fromkeys(body for body, _at in words if body))
                found[one.id].append(Words(one.number, one.title, text, words[-1][1], inside=inside))
    return found


KIND = search.Kind(
    "ticket",
    _l("Tickets"),
    P.TICKETS_OPEN,
    id=Ticket.id,
    href="/tickets/{}".format,
    seen_by=seen_by,
    few=queries.some_ids,
    texts=texts,
    watched={Ticket: ("id", {"title", "body", "caller_name"}), TicketEntry: ("ticket_id", {"body", "kind"})},
)
search.register(KIND)
