"""Limits of past tickets, reckoned again with the values of a draft: what a clock would have been, and who late.

Both sides are reckoned as `clocks` does it, from what is known of the ticket and with the calendar as it is now: what
differs is the draft's doing alone. A clock that no manual limited then is found from what happened. Nothing is replayed
of tickets that came from another desk, where other rules held, nor of voided ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_

from portal.calendar.queries import company_calendar
from portal.extensions import db
from portal.kernel.calendar import OfficeCalendar
from portal.kernel.clock import office_day
from portal.kernel.deadlines import Allowance, Pause
from portal.kernel.journal import JournalEntry
from portal.organisation import queries as organisation
from portal.policies import replay
from portal.policies.replay import Asked, CaseLine, Changed, Part
from portal.policies.rulebook import Rule
from portal.tickets import clocks, queries, rules
from portal.tickets.clocks import Standstills
from portal.tickets.events import DatePromised
from portal.tickets.models import (
    Complaint,
    CustomerAnswer,
    Ticket,
    TicketClock,
    TicketEntry,
    TicketMerge,
    TicketPause,
)
from portal.tickets.rules import ComplaintRules, Limit, Sorting, TicketRules
from portal.tickets.states import Channel, ClockKind, EntryKind, Kind, Priority, Satisfaction, State

SLICE = 1_000
PROMISE = "tickets.promise_stands"
CLOCKS: dict[str, ClockKind] = {
    "tickets.first_response": ClockKind.RESPONSE,
    "tickets.solve_within": ClockKind.SOLUTION,
    "complaints.settle_within": ClockKind.SOLUTION,
    "tickets.update_every": ClockKind.UPDATE,
    "tickets.arrive_within": ClockKind.ARRIVAL,
    "tickets.chat_answer_within": ClockKind.CHAT,
    "tickets.complaint_answer": ClockKind.ANSWER,
    "tickets.report_serious_within": ClockKind.REPORT,
    PROMISE: ClockKind.PROMISED,
}
"""Which clock a key limits. Only what a ticket itself tells can be replayed."""


class Run(NamedTuple):
    """A clock that ran, or would have run: since when, by whose rules, and when what it waited for was done or it
    counted no more; None: it waits still."""

    kind: ClockKind
    started_at: datetime
    department_id: int
    done_at: datetime | None


class _Letter(NamedTuple):
    """A letter of the story, or the customer's no."""

    at: datetime
    what: str
    channel: str | None = None


class _Facts(NamedTuple):
    """What is known of the tickets of a slice beside their rows, by ticket."""

    clocks: Mapping[int, Sequence[Any]]
    waits: Mapping[int, list[Pause]]
    merged: Mapping[int, list[Pause]]
    forms: Mapping[int, Any]
    letters: Mapping[int, Sequence[_Letter]]
    promised: Mapping[int, datetime]


def judge(asked: Asked) -> Iterator[Part]:
    """The tickets that were received in the period, slice by slice in the order of receipt."""
    wanted = {CLOCKS[key] for key in asked.keys if key in CLOCKS}
    judge_one = _Judge(asked)
    after: tuple[datetime, int] | None = None
    while rows := _tickets(asked, after):
        facts = _facts([row.id for row in rows], wanted, {row.id for row in rows if row.kind == Kind.COMPLAINT})
        yield Part(len(rows), [one for row in rows for one in judge_one.of(row, facts, wanted)])
        after = (rows[-1].received_at, rows[-1].id)


def runs(ticket: Any, facts: _Facts, is_open: Callable[[datetime], bool]) -> Iterator[Run]:
    """Every clock of a ticket: those that ran, and those that would have, had a manual limited them.

    `is_open`: whether its department works at a moment.
    """
    known = {(one.kind, one.started_at): one for one in facts.clocks.get(ticket.id, ())}
    ended = ticket.ended_at
    for kind, started_at, department_id, done_at in _from_facts(ticket, facts, is_open):
        if (one := known.pop((kind, started_at), None)) is not None:
            yield Run(kind, started_at, one.department_id, one.met_at or one.ended_at)
        else:
            yield Run(kind, started_at, department_id, done_at or ended)
    for one in known.values():
        yield Run(one.kind, one.started_at, one.department_id, one.met_at or one.ended_at)


def _from_facts(ticket: Any, facts: _Facts, is_open: Callable[[datetime], bool]) -> Iterator[Run]:
    received, desk, has = ticket.received_at, ticket.desk_id, ticket.department_id
    yield Run(ClockKind.RESPONSE, received, desk, ticket.first_response_at)
    if ticket.kind == Kind.COMPLAINT:
        yield Run(ClockKind.ANSWER, received, desk, ticket.answered_at)
    yield Run(ClockKind.SOLUTION, ticket.round_began_at, desk if ticket.round == 1 else has, ticket.resolved_at)
    if ticket.needs_visit_at is not None:
        yield Run(ClockKind.ARRIVAL, received, has, ticket.arrived_at or ticket.resolved_at)
    if ticket.serious_at is not None:
        yield Run(ClockKind.REPORT, ticket.serious_at, has, ticket.reported_at)
    if (promised_at := facts.promised.get(ticket.id)) is not None:
        yield Run(ClockKind.PROMISED, promised_at, has, ticket.resolved_at)
    letters = facts.letters.get(ticket.id, ())
    for started_at, done_at in _between_replies(letters):
        yield Run(ClockKind.UPDATE, started_at, has, done_at)
    begun = [_Letter(received, EntryKind.INCOMING, ticket.channel)]
    for started_at, done_at in _in_chat([*begun, *letters], is_open):
        yield Run(ClockKind.CHAT, started_at, has, done_at)


def _in_chat(
    letters: Iterable[_Letter], is_open: Callable[[datetime], bool]
) -> Iterator[tuple[datetime, datetime | None]]:
    """From a message in the chat to the next reply, several in a row from the first; only in staffed hours (I-18)."""
    since = None
    for at, what, channel in letters:
        if what == EntryKind.INCOMING and channel == Channel.CHAT and since is None and is_open(at):
            since = at
        elif what == EntryKind.REPLY and since is not None:
            yield since, at
            since = None
    if since is not None:
        yield since, None


def _between_replies(letters: Iterable[_Letter]) -> Iterator[tuple[datetime, datetime | None]]:
    """From each reply to the next one, or until it is solved; what is written after that waits for nothing, until the
    customer says no and a new round begins."""
    since, solved = None, False
    for at, what, _channel in letters:
        if since is not None and what in (EntryKind.REPLY, EntryKind.RECORD):
            yield since, at
            since = None
        if what == EntryKind.REPLY and not solved:
            since = at
        solved = what == EntryKind.RECORD or (solved and what != Satisfaction.NOT_SATISFIED)
    if since is not None:
        yield since, None


class _Judge:
    """Reckons the clocks of one ticket after the other; calendars are cut once."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.company = asked, company_calendar()
        self.calendars: dict[int, OfficeCalendar] = {}
        self.allowances: dict[tuple[int, int, ClockKind, Sorting], Rule[Allowance | None]] = {}

    def of(self, ticket: Any, facts: _Facts, wanted: Collection[ClockKind]) -> Iterator[Changed]:
        for run in runs(ticket, facts, self._calendar(ticket.department_id).is_open):
            if run.kind in wanted and (found := self._held_against(ticket, run, facts)) is not None:
                yield found

    def _held_against(self, ticket: Any, run: Run, facts: _Facts) -> Changed | None:
        then, supposed = self.asked.rules(TicketRules, on=office_day(run.started_at), for_=run.department_id)
        if run.kind is ClockKind.PROMISED:
            before, after = (self._until_promised(ticket, run, one) for one in (then, supposed))
            return self._changed(ticket, run, PROMISE, before, after)
        form = facts.forms.get(ticket.id) if run.kind is ClockKind.SOLUTION else None
        received_on = office_day(ticket.received_at)
        complaints = self.asked.rules(ComplaintRules, on=received_on, for_=ticket.desk_id) if form else (None, None)
        size, severity = (form.size, form.severity) if form else (None, None)
        sorting = Sorting(ticket.kind, Priority(ticket.priority), ticket.channel, size, severity)
        old = self._allowed(run.kind, sorting, then, complaints[0])
        new = self._allowed(run.kind, sorting, supposed, complaints[1])
        if old.value == new.value:
            return None
        stood = Standstills(facts.waits.get(ticket.id, []), facts.merged.get(ticket.id, []))
        calendar = self._calendar(run.department_id)
        before, after = (clocks.reckoned(run.kind, run.started_at, one, calendar, stood) for one in (old, new))
        key = new.key.name if new.key.name in self.asked.keys else old.key.name
        return self._changed(ticket, run, key, before, after)

    def _allowed(
        self, kind: ClockKind, sorting: Sorting, tickets: TicketRules, complaints: ComplaintRules | None
    ) -> Rule[Allowance | None]:
        """Looked up once for each ruleset: `asked` keeps them, so that their ids are theirs alone."""
        key = (id(tickets), id(complaints), kind, sorting)
        if key not in self.allowances:
            self.allowances[key] = rules.allowed(kind, sorting, tickets, complaints)
        return self.allowances[key]

    def _until_promised(self, ticket: Any, run: Run, ruling: TicketRules) -> Limit:
        if not ruling.promise_stands.value or ticket.promised_on is None:
            return rules.NO_LIMIT
        return Limit(self._calendar(run.department_id).end_of(ticket.promised_on), ruling.promise_stands.clause)

    def _changed(self, ticket: Any, run: Run, key: str, before: Limit, after: Limit) -> Changed | None:
        due_before, due_after = (one.at if one.because else None for one in (before, after))
        if due_before == due_after or key not in self.asked.keys:
            return None
        done = run.done_at or self.asked.at
        return Changed(
            ticket.id, key, ticket.accountable_id, due_before, due_after,
            late_before=due_before is not None and done > due_before,
            late_after=due_after is not None and done > due_after,
        )  # fmt: skip

    def _calendar(self, department_id: int) -> OfficeCalendar:
        if department_id not in self.calendars:
            chain = [one.id for one in organisation.up_from(department_id)]
            self.calendars[department_id] = self.company.of(chain)
        return self.calendars[department_id]


# ── What is read ──

_COLUMNS = tuple(
    Ticket.__table__.c[name]
    for name in (
        "id", "kind", "priority", "channel", "desk_id", "department_id", "accountable_id", "received_at",
        "first_response_at", "answered_at", "resolved_at", "round", "round_began_at", "ended_at", "promised_on",
        "needs_visit_at", "arrived_at", "serious_at", "reported_at",
    )
)  # fmt: skip


def _period(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (
        Ticket.received_at >= asked.begins, Ticket.received_at < asked.ends, Ticket.origin == "",
        Ticket.state != State.VOIDED,
    )  # fmt: skip


def count(asked: Asked) -> int:
    """How many tickets there are to be judged."""
    return db.session.scalar(select(func.count()).select_from(Ticket).where(*_period(asked))) or 0


def _tickets(asked: Asked, after: tuple[datetime, int] | None) -> Sequence[Any]:
    query = select(*_COLUMNS).where(*_period(asked)).order_by(Ticket.received_at, Ticket.id).limit(SLICE)
    if after is not None:
        query = query.where(tuple_(Ticket.received_at, Ticket.id) > tuple_(*map(literal, after)))
    return db.session.execute(query).all()


def _facts(ids: Collection[int], wanted: Collection[ClockKind], complaints: Collection[int]) -> _Facts:
    clock, pause, merge, form = TicketClock, TicketPause, TicketMerge, Complaint
    ran = select(clock.ticket_id, clock.kind, clock.department_id, clock.started_at, clock.met_at, clock.ended_at)
    waits = select(pause.ticket_id, pause.from_at, pause.to_at).where(pause.ticket_id.in_(ids))
    merged = select(merge.ticket_id, merge.at, merge.apart_at).where(merge.ticket_id.in_(ids))
    forms = select(form.ticket_id, form.size, form.severity).where(form.ticket_id.in_(complaints))
    with_form = complaints and ClockKind.SOLUTION in wanted
    return _Facts(
        clocks=_by_ticket(ran.where(clock.ticket_id.in_(ids), clock.kind.in_(wanted)), lambda *row: _Ran(*row)),
        waits=_by_ticket(waits.order_by(pause.id), Pause),
        merged=_by_ticket(merged.order_by(merge.id), Pause),
        forms={row.ticket_id: row for row in db.session.execute(forms)} if with_form else {},
        letters=_letters(ids, wanted) if {ClockKind.UPDATE, ClockKind.CHAT} & set(wanted) else {},
        promised=_promised(ids) if ClockKind.PROMISED in wanted else {},
    )


class _Ran(NamedTuple):
    """A clock that ran."""

    kind: ClockKind
    department_id: int
    started_at: datetime
    met_at: datetime | None
    ended_at: datetime | None


def _letters(ids: Collection[int], wanted: Collection[ClockKind]) -> dict[int, list[_Letter]]:
    """What starts and ends waiting for a letter: replies, what the customer said in the chat, work records, and their
    no."""
    entry, said = TicketEntry, CustomerAnswer
    kinds = [EntryKind.REPLY, *([EntryKind.RECORD] if ClockKind.UPDATE in wanted else [])]
    chat = (entry.kind == EntryKind.INCOMING) & (entry.channel == Channel.CHAT)
    which = or_(entry.kind.in_(kinds), chat) if ClockKind.CHAT in wanted else entry.kind.in_(kinds)
    letters = select(entry.ticket_id, entry.at, entry.kind, entry.channel).where(entry.ticket_id.in_(ids), which)
    found = _by_ticket(letters.order_by(entry.id), _Letter)
    if ClockKind.UPDATE in wanted:
        noes = select(said.ticket_id, said.answered_at, said.answer).where(
            said.ticket_id.in_(ids), said.answer == Satisfaction.NOT_SATISFIED
        )
        for ticket_id, more in _by_ticket(noes, _Letter).items():
            found[ticket_id] = sorted([*found.get(ticket_id, []), *more], key=lambda one: one.at)
    return found


def _promised(ids: Collection[int]) -> dict[int, datetime]:
    """When the day was promised that stands now."""
    entry = JournalEntry
    rows = db.session.execute(
        select(entry.subject_id, func.max(entry.happened_at))
        .where(entry.about == DatePromised.about, entry.name == DatePromised.__name__, entry.subject_id.in_(ids))
        .group_by(entry.subject_id)
    )
    return {ticket_id: at for ticket_id, at in rows}  # noqa: C416


def _by_ticket(query: Any, make: Any) -> dict[int, list[Any]]:
    """The rows of a query by their first column, each made of the others."""
    found: dict[int, list[Any]] = defaultdict(list)
    for ticket_id, *rest in db.session.execute(query):
        found[ticket_id].append(make(*rest))
    return found


def lines(ids: Collection[int]) -> dict[int, CaseLine]:
    """Number, title and whoever answers for them."""
    rows = db.session.execute(
        select(Ticket.id, Ticket.number, Ticket.title, Ticket.accountable_name).where(Ticket.id.in_(ids))
    )
    return {one.id: CaseLine(one.number, one.title, f"/tickets/{one.number}", one.accountable_name) for one in rows}


replay.register(
    replay.Replay(
        "ticket",
        keys=frozenset(CLOCKS),
        count=count,
        judge=judge,
        id=Ticket.id,
        seen_by=queries.seen_by,
        shown_to=queries.shown_to,
        lines=lines,
    )
)
