"""Limits of past tickets, reckoned again with the values of a draft: what a clock would have been, and who late.

Both sides are reckoned as `clocks` does it, from what is known of the ticket and with the calendar as it is now: what
differs is the draft's doing alone. A clock that no manual limited then is found from what happened. Nothing is replayed
of tickets that came from another desk, where other rules held, nor of voided ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_

from portal.calendar.queries import company_calendar
from portal.extensions import db
from portal.kernel.calendar import OfficeCalendar
from portal.kernel.clock import office_day
from portal.kernel.deadlines import Allowance, Pause
from portal.kernel.journal import JournalEntry
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.policies import replay
from portal.policies.replay import Asked, CaseLine, Changed, Part
from portal.policies.rulebook import Rule
from portal.tickets import clocks, queries, rules
from portal.tickets.clocks import Standstills
from portal.tickets.events import DatePromised, DepartmentConcerned
from portal.tickets.models import (
    Complaint,
    CustomerAnswer,
    Ticket,
    TicketClock,
    TicketEntry,
    TicketMerge,
    TicketPart,
    TicketPause,
    TicketTransfer,
)
from portal.tickets.rules import ComplaintRules, Limit, Sorting, TicketRules
from portal.tickets.states import (
    Channel,
    ClockKind,
    EntryKind,
    Ground,
    Kind,
    OfferState,
    PartState,
    Priority,
    Satisfaction,
    Severity,
    State,
)

SLICE = 1_000
PROMISE, OFFER, AGAIN = "tickets.promise_stands", "tickets.accept_within", "complaints.again_within"
TRACK = "complaints.track_every"
SCALE = ("complaints.big_if", "complaints.severe_if", "complaints.large_amount", AGAIN)
"""By these a complaint is big or severe, and so has another limit."""
CLOCKS: dict[str, ClockKind] = {
    "tickets.first_response": ClockKind.RESPONSE,
    "tickets.solve_within": ClockKind.SOLUTION,
    "complaints.settle_within": ClockKind.SOLUTION,
    "tickets.update_every": ClockKind.UPDATE,
    "tickets.arrive_within": ClockKind.ARRIVAL,
    "tickets.chat_answer_within": ClockKind.CHAT,
    "tickets.complaint_answer": ClockKind.ANSWER,
    "tickets.report_serious_within": ClockKind.REPORT,
    "complaints.tell_within": ClockKind.NOTICE,
    "tickets.department_within": ClockKind.DEPARTMENT,
    "tickets.part_within": ClockKind.PART,
    TRACK: ClockKind.TRACKING,
    PROMISE: ClockKind.PROMISED,
    **dict.fromkeys(SCALE, ClockKind.SOLUTION),
}
"""Which clock a key limits; an offer has none."""


class Run(NamedTuple):
    """A clock that ran, or would have run: since when, by whose rules, and when what it waited for was done or it
    counted no more; None: it waits still. `wanted_at`: when a part was to be done, as it was told to who was asked."""

    kind: ClockKind
    started_at: datetime
    department_id: int
    done_at: datetime | None
    wanted_at: datetime | None = None


class _Letter(NamedTuple):
    """A letter of the story, or the customer's no."""

    at: datetime
    what: str
    channel: str | None = None


class _Report(NamedTuple):
    """A letter or a note of a colleague: by them a department says how it stands, and a complaint is tracked."""

    at: datetime
    author_id: int | None
    department: str


class _Move(NamedTuple):
    """A department took the ticket over."""

    department_id: int
    department: str
    at: datetime
    by_id: int


class _Offer(NamedTuple):
    """A ticket was offered to a department, or to somebody there."""

    department_id: int
    person_id: int | None
    at: datetime
    answered_at: datetime | None


class _Facts(NamedTuple):
    """What is known of the tickets of a slice beside their rows, by ticket; `promised`: when days were promised,
    `spread`: when it was found to concern a second department, `complained`: who complained when, by customer."""

    clocks: Mapping[int, Sequence[Any]]
    waits: Mapping[int, list[Pause]]
    merged: Mapping[int, list[Pause]]
    forms: Mapping[int, Any]
    letters: Mapping[int, Sequence[_Letter]]
    promised: Mapping[int, Sequence[datetime]]
    spread: Mapping[int, datetime]
    parts: Mapping[int, Sequence[Any]]
    moves: Mapping[int, Sequence[_Move]]
    reports: Mapping[int, Sequence[_Report]]
    offers: Mapping[int, Sequence[_Offer]]
    complained: Mapping[int, Sequence[tuple[int, datetime]]]


def judge(asked: Asked) -> Iterator[Part]:
    """The tickets that were received in the period, slice by slice in the order of receipt."""
    wanted = {CLOCKS[key] for key in asked.keys if key in CLOCKS}
    if set(SCALE) & set(asked.keys):
        wanted.add(ClockKind.TRACKING)  # one that is severe is tracked as well
    judge_one = _Judge(asked)
    after: tuple[datetime, int] | None = None
    while rows := _tickets(asked, after):
        facts = _facts(rows, wanted, asked.keys)
        yield Part(len(rows), [one for row in rows for one in judge_one.of(row, facts, wanted)])
        after = (rows[-1].received_at, rows[-1].id)


def runs(ticket: Any, facts: _Facts, is_open: Callable[[datetime], bool]) -> Iterator[Run]:
    """Every clock of a ticket: those that ran, and those that would have, had a manual limited them.

    `is_open`: whether its department works at a moment.
    """
    known = {(one.kind, one.started_at): one for one in facts.clocks.get(ticket.id, ()) if one.part_id is None}
    ended = ticket.ended_at
    yield from _parts(ticket, facts)
    if not any(kind is ClockKind.TRACKING for kind, _at in known):
        yield from _tracked(ticket, facts)
    for kind, started_at, department_id, done_at, _wanted_at in _from_facts(ticket, facts, is_open):
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
    if promised := facts.promised.get(ticket.id):
        yield Run(ClockKind.PROMISED, promised[-1], has, ticket.resolved_at)
    if (since := facts.spread.get(ticket.id)) is not None:
        yield from _told_the_day(ticket, since, facts.promised.get(ticket.id, ()))
    yield from _by_departments(ticket, facts)
    letters = facts.letters.get(ticket.id, ())
    for started_at, done_at in _between_replies(letters):
        yield Run(ClockKind.UPDATE, started_at, has, done_at)
    begun = [_Letter(received, EntryKind.INCOMING, ticket.channel)]
    for started_at, done_at in _in_chat([*begun, *letters], is_open):
        yield Run(ClockKind.CHAT, started_at, has, done_at)


def _told_the_day(ticket: Any, since: datetime, promised: Sequence[datetime]) -> Iterator[Run]:
    """From when it was found to concern a second department until a day is promised, or it is solved before that."""
    if any(at <= since for at in promised) or (ticket.resolved_at is not None and ticket.resolved_at <= since):
        return
    ends = [*promised[:1], *([ticket.resolved_at] if ticket.resolved_at else [])]
    yield Run(ClockKind.NOTICE, since, ticket.desk_id, min(ends, default=None))


def _parts(ticket: Any, facts: _Facts) -> Iterator[Run]:
    """Each asking for a part; of one that was refused or withdrawn only a clock knows until when it waited."""
    ran = {one.part_id: one for one in facts.clocks.get(ticket.id, ())}
    for part in facts.parts.get(ticket.id, ()):
        if (one := ran.get(part.id)) is not None:
            done_at = one.met_at or one.ended_at
        elif part.state in (PartState.REFUSED, PartState.WITHDRAWN):
            continue
        else:
            done_at = part.finished_at or ticket.ended_at
        yield Run(ClockKind.PART, part.asked_at, part.department_id, done_at, part.due_at)


def _by_departments(ticket: Any, facts: _Facts) -> Iterator[Run]:
    """From each taking over by another department than the desk until it says how it stands, or has it no more."""
    has, moves = ticket.desk_id, list[_Move]()
    for move in facts.moves.get(ticket.id, ()):
        if move.department_id != has:
            moves.append(move)
            has = move.department_id
    for move, following in zip(moves, [*moves[1:], None], strict=False):
        if move.department_id == ticket.desk_id:
            continue
        said = (
            one.at for one in facts.reports.get(ticket.id, ())
            if one.at > move.at and (one.author_id == move.by_id or one.department == move.department)
        )  # fmt: skip
        ends = (next(said, None), following.at if following else None, ticket.resolved_at)
        done_at = min((at for at in ends if at is not None and at > move.at), default=None)
        yield Run(ClockKind.DEPARTMENT, move.at, move.department_id, done_at)


def _tracked(ticket: Any, facts: _Facts) -> Iterator[Run]:
    """Of a complaint, were it severe: from its form to the first note, from each to the next, until it is solved."""
    form = facts.forms.get(ticket.id)
    if form is None:
        return
    since, solved = form.filled_at, ticket.resolved_at
    for one in facts.reports.get(ticket.id, ()):
        if one.at > since and (solved is None or one.at < solved):
            yield Run(ClockKind.TRACKING, since, ticket.desk_id, one.at)
            since = one.at
    if solved is None or since < solved:
        yield Run(ClockKind.TRACKING, since, ticket.desk_id, solved or ticket.ended_at)


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
        for offer in facts.offers.get(ticket.id, ()):
            if (changed := self._offered(ticket, offer)) is not None:
                yield changed
        for run in runs(ticket, facts, self._calendar(ticket.department_id).is_open):
            if run.kind in wanted and (found := self._held_against(ticket, run, facts)) is not None:
                yield found

    def _held_against(self, ticket: Any, run: Run, facts: _Facts) -> Changed | None:
        then, supposed = self.asked.rules(TicketRules, on=office_day(run.started_at), for_=run.department_id)
        person_id = None if run.kind.of_department else ticket.accountable_id
        if run.kind is ClockKind.PROMISED:
            before, after = (self._until_promised(ticket, run, one) for one in (then, supposed))
            return self._changed(ticket.id, person_id, run.done_at, PROMISE, before, after)
        old, new, key = self._rules_of(ticket, run, facts, then, supposed)
        if old.value == new.value:
            return None
        stood = Standstills(facts.waits.get(ticket.id, []), facts.merged.get(ticket.id, []))
        stood = Standstills([], []) if run.kind is ClockKind.PART else stood
        calendar = self._calendar(run.department_id)
        before, after = (clocks.reckoned(run.kind, run.started_at, one, calendar, stood) for one in (old, new))
        if run.wanted_at is not None and run.wanted_at != before.at:  # somebody wished for another moment
            before, after = (_not_before(run.wanted_at, one) for one in (before, after))
        return self._changed(ticket.id, person_id, run.done_at, key, before, after)

    def _offered(self, ticket: Any, offer: _Offer) -> Changed | None:
        """When an offer would have counted as unanswered: it is whose it was offered to, where somebody was named."""
        then, supposed = self.asked.rules(TicketRules, on=office_day(offer.at), for_=offer.department_id)
        calendar = self._calendar(offer.department_id)
        before, after = (rules.limit(offer.at, one.accept_within, calendar) for one in (then, supposed))
        return self._changed(ticket.id, offer.person_id, offer.answered_at or ticket.ended_at, OFFER, before, after)

    def _rules_of(
        self, ticket: Any, run: Run, facts: _Facts, then: TicketRules, supposed: TicketRules
    ) -> tuple[Rule[Allowance | None], Rule[Allowance | None], str]:
        """What limited a clock and what would have, and the key to which that is owed."""
        if run.kind is ClockKind.TRACKING:
            return self._tracking(ticket, run, facts)
        if run.kind is ClockKind.NOTICE:
            held = self.asked.rules(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
            return held[0].tell_within, held[1].tell_within, "complaints.tell_within"
        if run.kind is ClockKind.PART:
            by = {"kind": ticket.kind, "priority": Priority(ticket.priority)}
            return then.part_within.at(**by), supposed.part_within.at(**by), "tickets.part_within"
        sorting = Sorting(ticket.kind, Priority(ticket.priority), ticket.channel)
        form = facts.forms.get(ticket.id) if run.kind is ClockKind.SOLUTION else None
        if form is None:
            old, new = (self._allowed(run.kind, sorting, one, None) for one in (then, supposed))
            return old, new, new.key.name if new.key.name in self.asked.keys else old.key.name
        complaints = self.asked.rules(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
        was = replace(sorting, size=form.size, severity=form.severity)
        would = self._weighed_anew(ticket, was, form, facts, *complaints)
        old = self._allowed(run.kind, was, then, complaints[0])
        new = self._allowed(run.kind, would, supposed, complaints[1])
        owed = [new.key.name, old.key.name, *(SCALE if would != was else ())]
        return old, new, next((name for name in owed if name in self.asked.keys), old.key.name)

    def _tracking(
        self, ticket: Any, run: Run, facts: _Facts
    ) -> tuple[Rule[Allowance | None], Rule[Allowance | None], str]:
        """What limited the next note, where the complaint was severe, and what would have, were it so."""
        held = self.asked.rules(ComplaintRules, on=office_day(run.started_at), for_=run.department_id)
        old, new = (one.track_every for one in held)
        form = facts.forms.get(ticket.id)
        if form is None:
            return old, new, TRACK
        was = Sorting(ticket.kind, Priority(ticket.priority), ticket.channel, form.size, form.severity)
        complaints = self.asked.rules(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
        would = self._weighed_anew(ticket, was, form, facts, *complaints)
        if was.severity is not Severity.SEVERE:
            old = replace(old, value=None, clause=None)
        if would.severity is not Severity.SEVERE:
            new = replace(new, value=None, clause=None)
        owed = (*(SCALE if would.severity is not was.severity else ()), TRACK)
        return old, new, next((name for name in owed if name in self.asked.keys), TRACK)

    def _weighed_anew(
        self, ticket: Any, was: Sorting, form: Any, facts: _Facts, then: ComplaintRules, supposed: ComplaintRules
    ) -> Sorting:
        """How big and how severe a complaint would have been by its form; as it was where a manual has changed since
        the form was filled in, and by an earlier one of its customer only where that still stands as it did then."""
        grounds = [Ground(one) for one in form.grounds]
        if (rules.size_of(grounds, then), rules.severity_of(grounds, then)) != (was.size, was.severity):
            return was
        large = supposed.large_amount.value
        found: list[Ground] = [one for one in grounds if one is not Ground.AMOUNT]
        if form.amount is not None and large is not None and form.amount > large:
            found.append(Ground.AMOUNT)
        if AGAIN in self.asked.keys and _again(ticket, facts, then) == (Ground.AGAIN in found):
            found = [one for one in found if one is not Ground.AGAIN]
            found += [Ground.AGAIN] if _again(ticket, facts, supposed) else []
        return replace(was, size=rules.size_of(found, supposed), severity=rules.severity_of(found, supposed))

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

    def _changed(
        self, ticket_id: int, person_id: int | None, done_at: datetime | None, key: str, before: Limit, after: Limit
    ) -> Changed | None:
        due_before, due_after = (one.at if one.because else None for one in (before, after))
        if due_before == due_after or key not in self.asked.keys:
            return None
        done = done_at or self.asked.at
        return Changed(
            ticket_id, key, person_id, due_before, due_after,
            late_before=due_before is not None and done > due_before,
            late_after=due_after is not None and done > due_after,
        )  # fmt: skip

    def _calendar(self, department_id: int) -> OfficeCalendar:
        if department_id not in self.calendars:
            chain = [one.id for one in organisation.up_from(department_id)]
            self.calendars[department_id] = self.company.of(chain)
        return self.calendars[department_id]


def _again(ticket: Any, facts: _Facts, ruling: ComplaintRules) -> bool:
    """Whether the same customer complained within the days of a ruling before; as `queries.complaints_before`."""
    first = ticket.received_at - timedelta(days=ruling.again_within.value)
    return any(
        first <= at <= ticket.received_at and one != ticket.id
        for one, at in facts.complained.get(ticket.customer_id, ())
    )


def _not_before(wanted_at: datetime, limit: Limit) -> Limit:
    """A wish gives a department more time, never less."""
    return limit if limit.at is None else replace(limit, at=max(limit.at, wanted_at))


# ── What is read ──

_COLUMNS = tuple(
    Ticket.__table__.c[name]
    for name in (
        "id", "kind", "priority", "channel", "desk_id", "department_id", "accountable_id", "received_at",
        "first_response_at", "answered_at", "resolved_at", "round", "round_began_at", "ended_at", "promised_on",
        "needs_visit_at", "arrived_at", "serious_at", "reported_at", "customer_id",
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


def _facts(rows: Sequence[Any], wanted: Collection[ClockKind], keys: Collection[str]) -> _Facts:
    ids, complaints = [row.id for row in rows], [row.id for row in rows if row.kind == Kind.COMPLAINT]
    clock, pause, merge, form, part = TicketClock, TicketPause, TicketMerge, Complaint, TicketPart
    ran = select(
        clock.ticket_id, clock.kind, clock.department_id, clock.started_at, clock.met_at, clock.ended_at, clock.part_id
    )
    waits = select(pause.ticket_id, pause.from_at, pause.to_at).where(pause.ticket_id.in_(ids))
    merged = select(merge.ticket_id, merge.at, merge.apart_at).where(merge.ticket_id.in_(ids))
    forms = select(form.ticket_id, form.size, form.severity, form.grounds, form.amount, form.filled_at).where(
        form.ticket_id.in_(complaints)
    )
    parts = select(
        part.ticket_id, part.id, part.department_id, part.asked_at, part.due_at, part.finished_at, part.state
    ).where(part.ticket_id.in_(ids))
    with_form = complaints and {ClockKind.SOLUTION, ClockKind.TRACKING} & set(wanted)
    reported = {ClockKind.DEPARTMENT, ClockKind.TRACKING} & set(wanted)
    return _Facts(
        clocks=_by_ticket(ran.where(clock.ticket_id.in_(ids), clock.kind.in_(wanted)), lambda *row: _Ran(*row)),
        waits=_by_ticket(waits.order_by(pause.id), Pause),
        merged=_by_ticket(merged.order_by(merge.id), Pause),
        forms={row.ticket_id: row for row in db.session.execute(forms)} if with_form else {},
        letters=_letters(ids, wanted) if {ClockKind.UPDATE, ClockKind.CHAT} & set(wanted) else {},
        promised=_promised(ids) if {ClockKind.PROMISED, ClockKind.NOTICE} & set(wanted) else {},
        spread=_spread(complaints) if ClockKind.NOTICE in wanted else {},
        parts=_by_ticket(parts.order_by(part.id), lambda *row: _Part(*row)) if ClockKind.PART in wanted else {},
        moves=_by_ticket(_moves(ids), _Move) if ClockKind.DEPARTMENT in wanted else {},
        reports=_by_ticket(_reports(ids), _Report) if reported else {},
        offers=_by_ticket(_offers(ids), _Offer) if OFFER in keys else {},
        complained=_complained(rows) if AGAIN in keys else {},
    )


def _offers(ids: Collection[int]) -> Any:
    one = TicketTransfer
    columns = (one.ticket_id, one.to_department_id, one.to_id, one.offered_at, one.answered_at)
    return select(*columns).where(one.ticket_id.in_(ids)).order_by(one.id)


def _complained(rows: Sequence[Any]) -> dict[int, list[tuple[int, datetime]]]:
    """The complaints of the customers of these complaints, as far back as any ruling can look."""
    those = [row for row in rows if row.kind == Kind.COMPLAINT and row.customer_id is not None]
    if not those:
        return {}
    first, last = min(row.received_at for row in those), max(row.received_at for row in those)
    return _by_ticket(
        select(Ticket.customer_id, Ticket.id, Ticket.received_at).where(
            Ticket.customer_id.in_({row.customer_id for row in those}), *queries.COUNTED_COMPLAINTS,
            Ticket.received_at >= first - timedelta(days=rules.LONGEST_AGAIN), Ticket.received_at <= last,
        ),
        lambda *row: row,
    )  # fmt: skip


def _moves(ids: Collection[int]) -> Any:
    one = TicketTransfer
    columns = (one.ticket_id, one.to_department_id, one.to_department, one.answered_at, one.answered_by_id)
    accepted = (one.ticket_id.in_(ids), one.state == OfferState.ACCEPTED, one.answered_at.is_not(None))
    return select(*columns).where(*accepted).order_by(one.id)


def _reports(ids: Collection[int]) -> Any:
    entry = TicketEntry
    ours = entry.kind.in_((EntryKind.REPLY, EntryKind.NOTE))
    return (
        select(entry.ticket_id, entry.at, entry.author_id, entry.author_department)
        .where(entry.ticket_id.in_(ids), ours)
        .order_by(entry.id)
    )


class _Part(NamedTuple):
    """One asking for a part."""

    id: int
    department_id: int
    asked_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    state: PartState


class _Ran(NamedTuple):
    """A clock that ran."""

    kind: ClockKind
    department_id: int
    started_at: datetime
    met_at: datetime | None
    ended_at: datetime | None
    part_id: int | None


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


def _promised(ids: Collection[int]) -> dict[int, list[datetime]]:
    """When days were promised, in their order: the last one stands now."""
    return _by_ticket(_happened(DatePromised, ids), lambda at: at)


def _spread(ids: Collection[int]) -> dict[int, datetime]:
    """When a complaint was found to concern a second department."""
    found = _by_ticket(_happened(DepartmentConcerned, ids), lambda at: at)
    return {ticket_id: at[1] for ticket_id, at in found.items() if len(at) > 1}


def _happened(event: Any, ids: Collection[int]) -> Any:
    entry = JournalEntry
    of = (entry.about == event.about, entry.name == event.__name__, entry.subject_id.in_(ids))
    return select(entry.subject_id, entry.happened_at).where(*of).order_by(entry.happened_at, entry.id)


def _by_ticket(query: Any, make: Any) -> dict[int, list[Any]]:
    """The rows of a query by their first column, mostly a ticket, each made of the others."""
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
        keys=frozenset({*CLOCKS, OFFER}),
        count=count,
        judge=judge,
        id=Ticket.id,
        seen_by=queries.seen_by,
        shown_to=queries.shown_to,
        lines=lines,
        whose=say("Accountable"),
        note=say("The calendar is today’s on both sides. Tickets from another desk, and voided ones, are left out."),
    )
)
replay.leave_out(
    say("It refuses a step or lets it pass: what people would have done instead, no fact tells."),
    "tickets.forbidden_phrases_refuse", "tickets.call_back_required", "complaints.form_required",
    "complaints.signed_before_closing",
)  # fmt: skip
replay.leave_out(
    say("It decides who is asked next: what they would have decided, no fact tells."),
    "tickets.satisfaction_rounds", "tickets.tries_before_unreachable",
)  # fmt: skip
replay.leave_out(
    say("It counts complaints together and limits none of them."),
    "complaints.product_times", "complaints.product_within",
)  # fmt: skip
replay.leave_out(
    say("Whether somebody would have promised another day, had it stood beside the limit, no fact tells."),
    "complaints.promise_replaces",
)  # fmt: skip
