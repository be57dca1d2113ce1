"""Many hands: what other departments are asked to do for a ticket, while one leads it and one person answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.tickets import actions, clocks, queries, rules
from portal.tickets.events import (
    PartAsked,
    PartDone,
    PartGivenBack,
    PartRefused,
    PartSentBack,
    PartTaken,
)
from portal.tickets.models import Complaint, Ticket, TicketPart
from portal.tickets.states import PART, TICKET, EntryKind, PartState

# ── Reading ──


@dataclass(frozen=True, slots=True)
class Standing:
    """A part as its table of steps looks at it: where it stands, and who of its ticket may do something about it."""

    state: PartState
    department_id: int
    person_id: int | None
    asked_by_id: int | None
    accountable_id: int | None
    deputy_id: int | None
    assignee_id: int | None
    lead_id: int

    @classmethod
    def of(cls, ticket: Ticket, part: Any) -> Standing:
        """As the ticket stands now; `part`: its row, or what the journal tells of it."""
        return cls(
            part.state, part.department_id, part.person_id, part.asked_by_id, ticket.accountable_id, ticket.deputy_id,
            ticket.assignee_id, ticket.department_id,
        )  # fmt: skip


def open_to(reader: Staff, ticket: Ticket, part: Any) -> frozenset[str]:
    """What the reader may do about a part now; `part` as for `Standing.of`."""
    steps = PART.open_to(reader, Standing.of(ticket, part))
    return steps if _may_be_asked(ticket) else steps - {"send back"}


def part_of(ticket: Ticket, part_id: int) -> TicketPart | None:
    """One part of a ticket that the reader sees; None for a part of another ticket (attack 11)."""
    found = db.session.get(TicketPart, part_id)
    return found if found is not None and found.ticket_id == ticket.id else None


def parts_of(ticket_id: int) -> Sequence[TicketPart]:
    """Every part with its rounds, in the order in which they were asked."""
    query = select(TicketPart).where(TicketPart.ticket_id == ticket_id).order_by(TicketPart.nth, TicketPart.round)
    return db.session.scalars(query).all()


# ── Asking ──


@action
def ask(
    actor: Staff, ticket: Ticket, department: Department, wanted: str, *, person: Person | None = None,
    wish: datetime | None = None, key: str = "", at: datetime,
) -> TicketPart:  # fmt: skip
    """Ask another department for a part: it counts when somebody there takes it (TKT-007, TKT-030).

    `person`: who is wished for there. `wish`: by when, instead of the limit of that department's manual. `key`: the
    one-time key of the form. Raises NotAllowed for a department that takes no tickets and for a person who does not
    work on tickets there; Refused for the department that leads the ticket.
    """
    TICKET.check(ticket, "ask part", actor)
    wanted = actions.said(wanted, "wanted")
    name = text_of(department.names)
    if department.id == ticket.department_id:
        raise Refused(say("{department} has the whole ticket: ask another department.", department=name), field="to")
    if not queries.takes_tickets(department.id, office_day(at)):
        raise NotAllowed(say("{department} takes no tickets.", department=name))
    if person is not None:
        actions.check_works_there(person, department, ticket, at)
    if wish is not None and not rules.may_wish(wish, at):
        raise Refused(say("Wish for a moment that is to come, within a year."), field="wish")
    part = TicketPart(
        ticket_id=ticket.id, nth=_next(ticket), round=1, state=PartState.ASKED, department_id=department.id,
        department=department.names["zh-CN"], asked_by_id=actor.id, asked_by_name=actor.name, asked_at=at,
        asked_to_id=person.id if person else None, asked_to_name=person.name if person else "", wanted=wanted,
    )  # fmt: skip
    db.session.add(part)
    db.session.flush()
    clause = clocks.start_part(ticket, part, wish, at)
    entry = actions.enter(actor, ticket, EntryKind.PART, wanted, None, at)
    once.used(key, actor.id, str(part.id), at)
    record(
        PartAsked(
            ticket.id, part.id, part.nth, part.department_id, part.department, part.asked_to_id, part.asked_to_name,
            part.due_at, clause, entry.id,
        )
    )  # fmt: skip
    return part


@action
def send_back(actor: Staff, ticket: Ticket, part: TicketPart, reason: str, *, at: datetime) -> TicketPart:
    """What was done is not enough, with a reason: the same part is asked for in a new round, of whoever did it where
    they still work there. Raises OutOfDate when the ticket is solved."""
    PART.check(part, "send back", actor)
    if not _may_be_asked(ticket):
        raise OutOfDate(say("Nothing is asked of anybody here any more: reopen the ticket first."))
    part.reason = actions.said(reason, "reason")
    PART.move(part, "send back", actor)
    again = TicketPart(
        ticket_id=ticket.id, nth=part.nth, round=part.round + 1, state=PartState.ASKED,
        department_id=part.department_id, department=part.department, asked_by_id=actor.id, asked_by_name=actor.name,
        asked_at=at, wanted=part.wanted,
    )  # fmt: skip
    theirs = organisation.staff_with_id(part.person_id or 0, at)
    if theirs is not None and theirs.may(P.TICKETS_WORK, part.department_id):
        again.asked_to_id, again.asked_to_name = part.person_id, part.person_name
    db.session.add(again)
    db.session.flush()
    clause = clocks.start_part(ticket, again, None, at)
    entry = actions.enter(actor, ticket, EntryKind.PART, part.reason, None, at)
    record(
        PartSentBack(
            ticket.id, part.id, again.id, again.round, again.department_id, again.department, again.asked_to_id,
            again.asked_to_name, again.due_at, clause, entry.id,
        )
    )  # fmt: skip
    return again


@action
def withdraw(actor: Staff, ticket: Ticket, part: TicketPart, reason: str, *, at: datetime) -> None:
    """The part is not needed any more, with a reason."""
    PART.check(part, "withdraw part", actor)
    actions.drop_part(ticket, part, actions.said(reason, "reason"))
    clocks.end(ticket, part.id, at=at)


# ── Doing ──


@action
def take(actor: Staff, ticket: Ticket, part: TicketPart, *, at: datetime) -> None:
    """Take the part of one's department upon oneself: exactly one wins. A complaint concerns the department from now
    on, and it will sign (TKT-042); where that makes it a big one, it is treated as one (I-40)."""
    if part.state is PartState.TAKEN and part.person_id != actor.id:
        raise OutOfDate(say("{name} was faster and does this part.", name=part.person_name))
    PART.check(part, "take part", actor)
    part.person_id, part.person_name, part.taken_at = actor.id, actor.name, at
    PART.move(part, "take part", actor)
    record(PartTaken(ticket.id, part.id, part.asked_by_id, actor.id, actor.name, part.department))
    if db.session.get(Complaint, ticket.id) is not None:
        actions.concern_too(ticket, part.department_id, at)


@action
def refuse(actor: Staff, ticket: Ticket, part: TicketPart, reason: str, *, at: datetime) -> None:
    """Say no for one's department, with a reason; whoever asked looks for another way."""
    PART.move(part, "refuse part", actor)
    part.reason = actions.said(reason, "reason")
    clocks.end(ticket, part.id, at=at)
    record(PartRefused(ticket.id, part.id, part.asked_by_id, actor.name, part.department, part.reason))


@action
def give_back(actor: Staff, ticket: Ticket, part: TicketPart, reason: str, *, at: datetime) -> None:
    """Give a part back that one has, or that somebody of one's department has who is away; its limit stays."""
    PART.move(part, "give back", actor)
    reason = actions.said(reason, "reason")
    part.person_id, part.person_name, part.taken_at = None, "", None
    part.asked_to_id, part.asked_to_name = None, ""
    record(
        PartGivenBack(
            ticket.id, part.id, part.asked_by_id, part.department_id, part.department, reason
        )
    )  # fmt: skip


@action
def finish(actor: Staff, ticket: Ticket, part: TicketPart, reply: str, minutes: int, *, at: datetime) -> None:
    """The part is done: what came of it, and the minutes that it took. Raises Refused for no words and no time."""
    PART.check(part, "finish part", actor)
    reply = actions.said(reply, "reply")
    if not rules.may_take(minutes):
        raise Refused(say("Say how many minutes it took, from 1 to {most}.", most=rules.MOST_MINUTES), field="minutes")
    entry = actions.enter(actor, ticket, EntryKind.PART_REPLY, reply, None, at)
    part.finished_at, part.minutes, part.reply_id = at, minutes, entry.id
    PART.move(part, "finish part", actor)
    clocks.meet(ticket, part.id, by=actor.name, with_=EntryKind.PART_REPLY, at=at)
    record(
        PartDone(
            ticket.id, part.id, part.asked_by_id, actor.id, actor.name, part.department, minutes, entry.id
        )
    )  # fmt: skip


# ── Within a verb ──


def _may_be_asked(ticket: Ticket) -> bool:
    return ticket.state in TICKET.steps["ask part"].before


def _next(ticket: Ticket) -> int:
    last = select(func.max(TicketPart.nth)).where(TicketPart.ticket_id == ticket.id)
    return (db.session.scalar(last) or 0) + 1
