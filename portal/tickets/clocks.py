"""The clocks of a ticket: when each starts, what meets it, what it cites; within the verbs of `actions`.

A clock keeps the ruling of the department that had the ticket when it started, on the day on which it started. What
passed stays passed: a limit that was missed is neither moved nor taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from portal.calendar.queries import office_calendar
from portal.extensions import db
from portal.kernel.calendar import OfficeCalendar
from portal.kernel.clock import office_day
from portal.kernel.deadlines import Allowance, Pause
from portal.kernel.errors import Clause
from portal.kernel.journal import record_all
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.policies.rulebook import Rule
from portal.tickets import queries, rules
from portal.tickets.events import LimitMissed, ReminderDue
from portal.tickets.models import NEVER, Complaint, Ticket, TicketBreach, TicketClock, TicketPart
from portal.tickets.rules import ComplaintRules, Sorting, TicketRules
from portal.tickets.states import Channel, ClockKind, EntryKind, Kind, Priority

Running = dict[ClockKind | int, TicketClock]
"""By kind; the clock of a part by the part's id."""


def running(ticket: Ticket) -> Running:
    """The clocks that run or stand still now."""
    query = select(TicketClock).where(
        TicketClock.ticket_id == ticket.id, TicketClock.met_at.is_(None), TicketClock.ended_at.is_(None)
    )
    return {one.part_id or one.kind: one for one in db.session.scalars(query)}


def reckon(ticket: Ticket, at: datetime) -> None:
    """Set every limit that still counts anew: after opening, sorting, ranking, a pause or a new round."""
    found, wanted = running(ticket), dict(_from_the_start(ticket))
    for kind, started_at in wanted.items():
        if kind not in found:
            first = started_at == ticket.received_at
            found[kind] = _clock(ticket, kind, started_at, ticket.desk_id if first else ticket.department_id)
    stood = _standstills(ticket)
    for one in found.values():
        if one.kind in (ClockKind.RESPONSE, ClockKind.ANSWER, ClockKind.SOLUTION) and one.kind not in wanted:
            one.ended_at = at
        elif one.breached_at is None and one.kind not in (ClockKind.PROMISED, ClockKind.PART):
            _set(ticket, one, stood, at)
    _set_due(ticket, found)


def start(ticket: Ticket, kind: ClockKind, started_at: datetime, department_id: int) -> None:
    """Let a clock run, where a manual limits it and none of its kind runs already."""
    found = running(ticket)
    if kind in found:
        return
    found[kind] = one = _clock(ticket, kind, started_at, department_id)
    _set(ticket, one, _standstills(ticket), started_at)
    _set_due(ticket, found)


def promise(ticket: Ticket, on: date, because: Clause | None, at: datetime) -> None:
    """The promised day is a limit: until its end."""
    found = running(ticket)
    found[ClockKind.PROMISED] = one = _clock(ticket, ClockKind.PROMISED, at, ticket.department_id)
    one.due_at, one.because = office_calendar(ticket.department_id).end_of(on), because
    one.warn_at = rules.warn_at(at, one.due_at)
    db.session.add(one)
    _set_due(ticket, found)


def start_part(ticket: Ticket, part: TicketPart, wish: datetime | None, at: datetime) -> Clause | None:
    """Say by when a part is wanted and, where the department that is asked has a ruling, let its clock run; returns
    the clause.

    A later wish gives the department more time. An earlier one is asked for, but held against nobody: what no manual
    limits cannot be missed.
    """
    ruling = in_force(TicketRules, on=office_day(at), for_=part.department_id)
    allowed = ruling.part_within.at(kind=ticket.kind, priority=Priority(ticket.priority))
    limit = rules.limit(at, allowed, office_calendar(part.department_id))
    part.due_at = wish or limit.at
    if limit.at is None:
        return None
    found = running(ticket)
    found[part.id] = one = _clock(ticket, ClockKind.PART, at, part.department_id)
    one.part_id, one.because, one.due_at = part.id, limit.because, max(limit.at, wish or limit.at)
    one.warn_at = rules.warn_at(at, one.due_at)
    db.session.add(one)
    _set_due(ticket, found)
    return limit.because


def meet(ticket: Ticket, *kinds: ClockKind | int, by: str, with_: EntryKind | None, at: datetime) -> None:
    """What a clock waited for is done: kept with who did it and what. One that was met too late is a breach as well."""
    found = running(ticket)
    for kind in kinds:
        if (one := found.get(kind)) is not None:
            miss(ticket, one, at)
            one.met_at, one.met_by, one.met_with = at, by, with_
    _set_due(ticket, found)


def end(ticket: Ticket, *kinds: ClockKind | int, at: datetime, counts: bool = True) -> None:
    """A clock runs no more; all of them without `kinds`. What passed before is a breach if it `counts`."""
    found = running(ticket)
    for kind, one in found.items():
        if not kinds or kind in kinds:
            if counts:
                miss(ticket, one, at)
            one.ended_at = at
    _set_due(ticket, found)


def stop(ticket: Ticket, at: datetime) -> list[int]:
    """Let every clock stand because the ticket goes on in another one; returns their ids, for `go_on`. What passed
    before is a breach and stays one."""
    stopped = sorted(one.id for one in running(ticket).values())
    end(ticket, at=at)
    return stopped


def go_on(ticket: Ticket, stopped: Collection[int], at: datetime) -> None:
    """Clocks that `stop` let stand run again, with the time that they had used before.

    A day that was promised and passed meanwhile was the other ticket's to keep: it counts here no more.
    """
    for one in db.session.scalars(select(TicketClock).where(TicketClock.id.in_(stopped))):
        if one.kind is ClockKind.PROMISED and one.breached_at is None and one.due_at is not None and one.due_at < at:
            ticket.promised_on = None
        else:
            one.ended_at = None
    db.session.flush()
    reckon(ticket, at)


def miss(ticket: Ticket, clock: TicketClock, at: datetime) -> None:
    """Keep that a limit passed before `at`, once, with the limit as its moment; at the limit is in time."""
    if clock.due_at is None or clock.breached_at is not None or at <= clock.due_at:
        return
    clock.breached_at = clock.due_at
    keep_missed([(clock, ticket)], at)


def keep_missed(missed: Collection[tuple[TicketClock, Ticket]], found_at: datetime) -> None:
    """The facts of clocks that passed: of each a breach, or only a reminder.

    A clock of a department is held against nobody but the department (TKT-030).
    """
    breaches: list[dict[str, Any]] = []
    facts: list[ReminderDue | LimitMissed] = []
    for clock, ticket in missed:
        assert clock.due_at is not None
        kind = clock.kind.breach
        if kind is None:
            facts.append(ReminderDue(ticket.id, clock.kind, clock.due_at, clock.because))
            continue
        of_department = clock.kind.of_department
        person_id = None if of_department else ticket.accountable_id
        name = clock.department if of_department else ticket.accountable_name
        breaches.append({
            "ticket_id": ticket.id, "kind": kind, "part_id": clock.part_id, "moment": clock.due_at,
            "found_at": found_at, "person_id": person_id, "person_name": name, "because": clock.because,
            "department_id": clock.department_id if of_department else ticket.desk_id,
        })  # fmt: skip
        facts.append(LimitMissed(ticket.id, kind, clock.due_at, person_id, name, clock.because, clock.part_id or 0))
    if breaches:
        db.session.execute(insert(TicketBreach), breaches)
    record_all(facts)


def reported(actor: Staff, ticket: Ticket, with_: EntryKind, at: datetime) -> None:
    """Somebody said how it stands: the own clock of a department is met by its people alone (TKT-030), and the next
    note of a severe complaint is due from now on (TKT-046)."""
    found = running(ticket)
    one = found.get(ClockKind.DEPARTMENT)
    if one is not None and (actor.id == ticket.assignee_id or actor.department_id == one.department_id):
        meet(ticket, ClockKind.DEPARTMENT, by=actor.name, with_=with_, at=at)
    if (tracked := found.get(ClockKind.TRACKING)) is not None:
        meet(ticket, ClockKind.TRACKING, by=actor.name, with_=with_, at=at)
        start(ticket, ClockKind.TRACKING, at, tracked.department_id)


def give_way_to_promise(ticket: Ticket, at: datetime) -> None:
    """Where a complaint concerns several departments, a date promised before the limit takes its place (TKT-040, I-42).

    A limit that has passed is a breach, whatever is promised afterwards.
    """
    one = running(ticket).get(ClockKind.SOLUTION)
    if one is None or len(queries.concerned(ticket.id)) < 2:
        return
    ruling = in_force(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
    if ruling.promise_replaces.value:
        end(ticket, ClockKind.SOLUTION, at=at)


def tell_the_day(ticket: Ticket, at: datetime) -> None:
    """A complaint that is found to concern several departments, and has no promised day yet: the customer is told one
    (TKT-040, V-21). Where it is solved before, nothing has to be told."""
    if ticket.promised_on or ticket.resolved_at or ticket.ended_at or ticket.round > 1 or ticket.origin:
        return
    if len(queries.concerned(ticket.id)) > 1:
        start(ticket, ClockKind.NOTICE, at, ticket.desk_id)


def customer_spoke(ticket: Ticket, channel: Channel, at: datetime) -> None:
    """In a chat each message waits for an answer, several in a row from the first; only in staffed hours (I-18)."""
    if channel is not Channel.CHAT:
        return
    calendar = office_calendar(ticket.department_id)
    if calendar.is_open(at):
        start(ticket, ClockKind.CHAT, at, ticket.department_id)


def limit_for(ticket: Ticket, kind: ClockKind, ruling: TicketRules) -> Rule[Allowance | None]:
    """What a ruling gives a clock of this ticket; of a complaint whose form is filled in, by its size and severity."""
    if kind is ClockKind.NOTICE:
        return in_force(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id).tell_within
    rank = Priority(ticket.priority)
    form = None
    if kind is ClockKind.SOLUTION and ticket.kind == Kind.COMPLAINT:
        form = db.session.get(Complaint, ticket.id)
    if form is None:
        return rules.allowed(kind, Sorting(ticket.kind, rank, ticket.channel), ruling)
    sorting = Sorting(ticket.kind, rank, ticket.channel, form.size, form.severity)
    complaints = in_force(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
    return rules.allowed(kind, sorting, ruling, complaints)


def answer_by(department_id: int, offered_at: datetime) -> rules.Limit:
    """Until when a department answers an offer, by its rules of that day; no limit where no manual rules."""
    ruling = in_force(TicketRules, on=office_day(offered_at), for_=department_id)
    return rules.limit(offered_at, ruling.accept_within, office_calendar(department_id))


def reckoned(
    kind: ClockKind,
    started_at: datetime,
    allowed: Rule[Allowance | None],
    calendar: OfficeCalendar,
    stood: Standstills,
) -> rules.Limit:
    """The limit of a clock: only some stand still while we wait for the customer."""
    pauses = stood.merged + (stood.waits if kind.stands_still else [])
    return rules.limit(started_at, allowed, calendar, pauses)


def worked(ticket: Ticket, until: datetime, pauses: Collection[Pause] = ()) -> int | None:
    """Seconds of working time from receipt until a moment, by the hours of the desk that heard of it first, for the
    figures. None for what came from another desk: its hours are not ours."""
    if ticket.origin:
        return None
    return rules.working_seconds(ticket.received_at, until, office_calendar(ticket.desk_id), pauses)


def worked_until_solved(ticket: Ticket, at: datetime) -> int | None:
    """The same up to a solution: without what it waited for the customer."""
    return worked(ticket, at, _standstills(ticket).waits)


def _from_the_start(ticket: Ticket) -> Iterator[tuple[ClockKind, datetime]]:
    """What runs because of how a ticket stands, and since when.

    What came from another desk began there, under other rules: only a round that begins here has a limit.
    """
    ours = not ticket.origin
    if ticket.ended_at is not None:
        return
    if ours and ticket.first_response_at is None:
        yield ClockKind.RESPONSE, ticket.received_at
    if ours and ticket.kind == Kind.COMPLAINT and ticket.answered_at is None:
        yield ClockKind.ANSWER, ticket.received_at
    if ticket.resolved_at is None and (ours or ticket.round > 1) and not _promised_instead(ticket):
        yield ClockKind.SOLUTION, ticket.round_began_at


def _promised_instead(ticket: Ticket) -> bool:
    """Whether a promised date stands in the place of the limit of this round."""
    if ticket.promised_on is None:
        return False
    ended = select(TicketClock.id).where(
        TicketClock.ticket_id == ticket.id, TicketClock.kind == ClockKind.SOLUTION,
        TicketClock.started_at == ticket.round_began_at, TicketClock.ended_at.is_not(None),
    )  # fmt: skip
    return db.session.scalar(ended.limit(1)) is not None


def _clock(ticket: Ticket, kind: ClockKind, started_at: datetime, department_id: int) -> TicketClock:
    name = organisation.departments()[department_id].names["zh-CN"]
    return TicketClock(
        ticket_id=ticket.id, kind=kind, started_at=started_at, department_id=department_id, department=name
    )


class Standstills(NamedTuple):
    """When a ticket waited for the customer, and when it went on in another one: then every clock stood."""

    waits: list[Pause]
    merged: list[Pause]


def _standstills(ticket: Ticket) -> Standstills:
    return Standstills(
        [Pause(one.from_at, one.to_at) for one in queries.pauses(ticket.id)],
        [Pause(one.at, one.apart_at) for one in queries.merges(ticket.id)],
    )


def _set(ticket: Ticket, clock: TicketClock, standstills: Standstills, at: datetime) -> None:
    """Its limit by the ruling that it keeps. One that no manual limits does not run."""
    if clock.kind is ClockKind.TRACKING:
        allowed = in_force(ComplaintRules, on=office_day(clock.started_at), for_=clock.department_id).track_every
    else:
        ruling = in_force(TicketRules, on=office_day(clock.started_at), for_=clock.department_id)
        allowed = limit_for(ticket, clock.kind, ruling)
    calendar: OfficeCalendar = office_calendar(clock.department_id)
    limit = reckoned(clock.kind, clock.started_at, allowed, calendar, standstills)
    if limit.because is None:
        if clock.id is not None:
            clock.ended_at = at
        return
    if clock.due_at != limit.at:
        clock.due_at, clock.warn_at, clock.warned_at = limit.at, rules.warn_at(clock.started_at, limit.at), None
    clock.because = limit.because
    db.session.add(clock)


def _set_due(ticket: Ticket, found: Running) -> None:
    runs = (one.due_at for one in found.values() if one.because and one.met_at is None and one.ended_at is None)
    ticket.due_at = NEVER if ticket.ended_at else rules.next_due(runs, never=NEVER)
    db.session.flush()
