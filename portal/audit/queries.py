"""Questions to the journal and to the security log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import literal, or_, select, union_all

from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel.journal import JournalEntry, event_classes
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.seals import Seal
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.tickets.models import Ticket, TicketHidden


@dataclass(frozen=True, slots=True)
class LastSeal:
    """The newest seal: when it was made and the first signs of its mark."""

    at: datetime
    mark: str


def kinds_of_things() -> tuple[str, ...]:
    """What facts can be about: ticket, person, department, …"""
    return tuple(sorted({one.about for one in event_classes()}))


def journal(reader: Staff, *, about: str | None, actor: str | None, after: After | None = None) -> Slice[JournalEntry]:
    """The newest facts first, for whoever may read the journal; nobody else gets a row.

    Of a complaint about themselves or their people even an auditor reads nothing here (TKT-047); others read it. Sorted
    by id, which `ix_journal_about_id` and `ix_journal_actor_id_id` serve for their filters.
    """
    query = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(PAGE + 1)
    if not reader.may(P.JOURNAL_READ):
        return Slice([], None)
    kept_from = select(TicketHidden.ticket_id).where(TicketHidden.person_id == reader.id)
    query = query.where(or_(JournalEntry.about != "ticket", JournalEntry.subject_id.not_in(kept_from)))
    if about:
        query = query.where(JournalEntry.about == about)
    if actor:
        wanted = select(Person.id).where(Person.sign_in_name == actor.strip().casefold()).scalar_subquery()
        query = query.where(JournalEntry.actor_id == wanted)
    if after:
        query = query.where(JournalEntry.id < after.key[0])
    return Slice.of(db.session.scalars(query).all(), lambda row: (row.id,))


class Subject(NamedTuple):
    """The thing that a fact is about, as people call it; `href` where an auditor may open it."""

    number: str
    name: str
    href: str


def subjects(entries: Sequence[JournalEntry]) -> dict[tuple[str, int], Subject]:
    """What the facts of one page are about, in one statement: most sentences do not say which ticket or whose account.

    A ticket is its number alone: who reads the journal need not be one who may open the ticket.
    """
    ids = {kind: {one.subject_id for one in entries if one.about == kind} for kind in ("person", "ticket", "customer")}
    people = select(literal("person"), Person.id, Person.staff_number, Person.name).where(Person.id.in_(ids["person"]))
    tickets = select(literal("ticket"), Ticket.id, Ticket.number, literal("")).where(Ticket.id.in_(ids["ticket"]))
    customers = select(literal("customer"), Customer.id, Customer.number, literal("")).where(
        Customer.id.in_(ids["customer"])
    )
    return {
        (kind, thing_id): Subject(number, name, f"/people/{number}" if kind == "person" else "")
        for kind, thing_id, number, name in db.session.execute(union_all(people, tickets, customers))
    }


class Attempt(NamedTuple):
    """One entry of the security log, with whoever it was."""

    event: SecurityEvent
    name: str | None
    sign_in_name: str | None


def security_log(reader: Staff, *, kind: Kind | None, after: After | None = None) -> Slice[Attempt]:
    """The newest attempts first, for whoever may read them; nobody else gets a row. Sorted by id."""
    query = (
        select(SecurityEvent, Person.name, Person.sign_in_name)
        .outerjoin(Person, Person.id == SecurityEvent.person_id)
        .order_by(SecurityEvent.id.desc())
        .limit(PAGE + 1)
    )
    if not reader.may(P.SECURITY_READ):
        return Slice([], None)
    if kind:
        query = query.where(SecurityEvent.kind == kind)
    if after:
        query = query.where(SecurityEvent.id < after.key[0])
    rows = [Attempt(*row) for row in db.session.execute(query)]
    return Slice.of(rows, lambda row: (row.event.id,))


def last_seal() -> LastSeal | None:
    """The newest seal, or None before the first."""
    row = db.session.execute(select(Seal.at, Seal.mark).order_by(Seal.id.desc()).limit(1)).first()
    return LastSeal(row.at, row.mark) if row else None
