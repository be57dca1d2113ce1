"""Figures of a period: what came in, how soon it was answered and solved, what came back, what the customers said.

A ticket counts for the desk that heard of it first and for whoever is accountable: both are those of that day and never
change (TKT-006, TKT-017), so that a month looks the same whoever has moved, left or been renamed since. Limits are the
clocks that ran, with what was paused; nothing is reckoned anew. Each figure is a condition: the table counts the rows
for which it holds, its list shows them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db
from portal.kernel.clock import start_of
from portal.kernel.columns import seconds_between
from portal.kernel.errors import Clause, Refused
from portal.kernel.paging import PAGE, After, Slice, every
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.organisation.company import tree_on
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.tickets.models import CustomerAnswer, Ticket, TicketBreach, TicketClock, TicketPart, TicketPause
from portal.tickets.queries import SLICE, seen_by
from portal.tickets.states import BreachKind, ClockKind, Satisfaction, State

Where = ColumnElement[bool]
Column = InstrumentedAttribute[Any]
MOST_MONTHS = 24
FEW = 5
"""Of fewer than these no percentage is made."""
CHUNK = 10_000
"""Rows that are read and reckoned at once: a long period takes no more memory than its times."""
DAY = timedelta(days=1)


# --- The period ---


@dataclass(frozen=True, slots=True)
class Period:
    """Office days from `first` to `last`, both included. `word` is how the address names it: a month (2026-10), a
    quarter (2026-q4), a year (2026), or "days" for any others."""

    first: date
    last: date
    word: str = "days"

    @classmethod
    def of_month(cls, day: date) -> Period:
        """The month of a day."""
        return cls.read(f"{day:%Y-%m}")

    @classmethod
    def read(cls, word: str) -> Period:
        """The month, quarter or year that a word names. Raises ValueError for anything else."""
        match = _WRITTEN.fullmatch(word)
        if match is None:
            raise ValueError(f"no period {word!r}")
        year, month, quarter = (int(part) if part else 0 for part in match.groups())
        if month:
            first, months = date(year, month, 1), 1
        elif quarter:
            first, months = date(year, 3 * quarter - 2, 1), 3
        else:
            first, months = date(year, 1, 1), 12
        return cls(first, months_on(first, months) - DAY, word)

    @classmethod
    def of_days(cls, first: date, last: date) -> Period:
        """Any days. Raises Refused where they are the wrong way round, too many, or of no year that is counted."""
        if last < first:
            raise Refused(say("The first day lies after the last one."), field="from")
        if first.year < EARLIEST or last.year > LATEST:
            raise Refused(
                say("There are figures for the years {one} to {other}.", one=EARLIEST, other=LATEST), field="from"
            )
        if last >= months_on(first, MOST_MONTHS):
            raise Refused(say("At most {n} months at once: choose fewer days.", n=MOST_MONTHS), field="from")
        return cls(first, last)

    @property
    def begins(self) -> datetime:
        """Its first moment on the office's wall clock."""
        return start_of(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return start_of(self.last + DAY)

    def months(self) -> list[Period]:
        """Its months in their order, the first and the last one cut where it begins and ends."""
        found, first = [], self.first
        while first <= self.last:
            month = Period.of_month(first)
            whole = first == month.first and month.last <= self.last
            found.append(month if whole else Period(first, min(month.last, self.last)))
            first = month.last + DAY
        return found


EARLIEST, LATEST = 2000, 2099
_WRITTEN = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])|-q([1-4]))?")


def months_on(day: date, months: int) -> date:
    """The same day so many months on; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - DAY).day))


# --- What is asked, and what may be seen of it ---


class By(StrEnum):
    """What the rows of the table are."""

    DEPARTMENT = "department"
    PERSON = "person"
    KIND = "kind"
    MONTH = "month"


class Figure(StrEnum):
    """What the table counts; each opens its list."""

    RECEIVED = "received"
    IMPORTED = "imported"
    ANSWERED = "answered"
    RESPONSE_DUE = "response-due"
    RESPONSE_LATE = "response-late"
    SOLVED = "solved"
    PAUSED = "paused"
    SOLUTION_DUE = "solution-due"
    SOLUTION_LATE = "solution-late"
    AGAIN = "again"
    ASKED = "asked"
    SATISFIED = "satisfied"
    NOT_SATISFIED = "not-satisfied"
    SILENT = "silent"
    CLOSED = "closed"
    OPEN = "open"
    PARTS = "parts"
    PARTS_LATE = "parts-late"
    BREACHES = "breaches"


NOBODY = 0
"""The person of what nobody answers for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tickets are counted: those of a period, narrowed by what is not None; `imported`: another desk's too."""

    period: Period
    department: int | None = None
    kind: str | None = None
    person: int | None = None
    imported: bool = False


def sees_people(reader: Staff) -> bool:
    """Whether somebody sees figures of others than themselves."""
    return bool(reader.where(P.TICKETS_FIGURES))


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a figure counts: when that happened, in which department, whose it was, and the order of its list.

    `beside`: the table in which it stands, where that is not the ticket's own; what happened there counts although the
    ticket goes on in another one since.
    """

    when: Column
    department: Column
    person: Column
    name: Column
    id: Column
    beside: Any = None

    def seen_in(self, reader: Staff, scope: Scope) -> Iterator[Where]:
        """What `reader` may see, as the scope narrows it; the period aside.

        Of departments where they do not hold the right only what they answer for themselves: whoever may not see a
        colleague's figures does not learn them from a sum either.
        """
        yield seen_by(reader)
        leads = reader.where(P.TICKETS_FIGURES)
        if not leads >= organisation.departments().keys():
            own = self.person == reader.id
            yield or_(self.department.in_(sorted(leads)), own) if leads else own
        if self.beside is None:
            yield Ticket.state != State.MERGED
        if not scope.imported:
            yield Ticket.origin == ""
        if scope.department is not None:
            yield self.department == scope.department
        if scope.kind is not None:
            yield Ticket.kind == scope.kind
        if scope.person is not None:
            yield self.person.is_(None) if scope.person == NOBODY else self.person == scope.person

    def asked_of(self, query: Any, reader: Staff, scope: Scope) -> Any:
        """A query of it, as far as `reader` may see it and the scope narrows it."""
        if self.beside is not None:
            query = query.join(Ticket, Ticket.id == self.beside.ticket_id)
        return query.where(*self.seen_in(reader, scope))

    def within(self, period: Period) -> Where:
        """That it happened in the period."""
        return and_(self.when >= period.begins, self.when < period.ends)

    def key(self, by: By, months: Sequence[Period]) -> Any:
        """Which row of the table it stands in; months by their place.

        No column by itself: to group by one, SQLite walks that column's own index through all the years.
        """
        if by is By.MONTH:
            places = [(self.when < month.ends, place) for place, month in enumerate(months[:-1])]
            return case(*places, else_=len(months) - 1) if places else literal(0)
        column = {By.DEPARTMENT: self.department, By.PERSON: self.person, By.KIND: Ticket.kind}[by]
        return func.coalesce(column, column)


_RECEIVED = _Basis(Ticket.received_at, Ticket.desk_id, Ticket.accountable_id, Ticket.accountable_name, Ticket.id)
_ENDED = replace(_RECEIVED, when=Ticket.ended_at)
_MISSED = _Basis(
    TicketBreach.moment, TicketBreach.department_id, TicketBreach.person_id, TicketBreach.person_name, TicketBreach.id,
    TicketBreach,
)  # fmt: skip
_DONE = _Basis(
    TicketPart.finished_at, TicketPart.department_id, TicketPart.person_id, TicketPart.person_name, TicketPart.id,
    TicketPart,
)  # fmt: skip
_BASIS = {Figure.CLOSED: _ENDED, Figure.BREACHES: _MISSED, Figure.PARTS: _DONE, Figure.PARTS_LATE: _DONE}
_RESPONSE, _SOLUTION = (ClockKind.RESPONSE,), (ClockKind.SOLUTION, ClockKind.PROMISED)
"""A promised date stands in the place of a limit, or beside it (TKT-040): both are the solution's."""


def _clock(kinds: Sequence[ClockKind], *where: Where) -> Where:
    return exists().where(TicketClock.ticket_id == Ticket.id, TicketClock.kind.in_(kinds), *where).correlate(Ticket)


_RAN_OUT = TicketClock.breached_at.is_not(None)
_COUNTED = or_(TicketClock.met_at.is_not(None), _RAN_OUT)
_LAST_WORD = (
    select(CustomerAnswer.answer)
    .where(CustomerAnswer.ticket_id == Ticket.id)
    .order_by(CustomerAnswer.round.desc())
    .limit(1)
    .correlate(Ticket)
    .scalar_subquery()
)
_TOLD = exists().where(CustomerAnswer.ticket_id == Ticket.id).correlate(Ticket)
_PAUSED = (
    select(func.sum(seconds_between(TicketPause.from_at, func.coalesce(TicketPause.to_at, Ticket.resolved_at))))
    .where(TicketPause.ticket_id == Ticket.id)
    .correlate(Ticket)
    .scalar_subquery()
)
_SATISFIED = and_(Ticket.not_satisfiable.is_(False), _LAST_WORD.is_not_distinct_from(Satisfaction.SATISFIED))
_NOT_SATISFIED = or_(Ticket.not_satisfiable, _LAST_WORD.is_not_distinct_from(Satisfaction.NOT_SATISFIED))
_ASKED = or_(Ticket.not_satisfiable, _TOLD)
_CONDITIONS: dict[Figure, Where] = {
    Figure.IMPORTED: Ticket.origin != "",
    Figure.ANSWERED: Ticket.first_response_at.is_not(None),
    Figure.RESPONSE_DUE: _clock(_RESPONSE, _COUNTED),
    Figure.RESPONSE_LATE: _clock(_RESPONSE, _RAN_OUT),
    Figure.SOLVED: Ticket.resolved_at.is_not(None),
    Figure.PAUSED: and_(Ticket.resolved_at.is_not(None), func.coalesce(_PAUSED, 0) > 0),
    Figure.SOLUTION_DUE: _clock(_SOLUTION, _COUNTED),
    Figure.SOLUTION_LATE: _clock(_SOLUTION, _RAN_OUT),
    Figure.AGAIN: Ticket.round > 1,
    Figure.ASKED: _ASKED,
    Figure.SATISFIED: _SATISFIED,
    Figure.NOT_SATISFIED: _NOT_SATISFIED,
    Figure.SILENT: and_(_ASKED, ~_SATISFIED, ~_NOT_SATISFIED),
    Figure.CLOSED: Ticket.state == State.CLOSED,
    Figure.PARTS_LATE: exists().where(TicketBreach.part_id == TicketPart.id).correlate(TicketPart),
}


# --- Arithmetic ---


class Fact(NamedTuple):
    """What is reckoned of one ticket that was received; times in seconds, None where there is none yet."""

    key: Any
    name: str
    imported: int
    round: int
    response: int | None
    response_working: int | None
    response_due: int
    response_late: int
    solution: int | None
    solution_working: int | None
    paused: int
    solution_due: int
    solution_late: int
    asked: int
    satisfied: int
    not_satisfied: int


def median(times: Sequence[int]) -> int | None:
    """The middle one of times in order, or the mean of the two in the middle, cut to the second."""
    if not times:
        return None
    half, odd = divmod(len(times), 2)
    return times[half] if odd else (times[half - 1] + times[half]) // 2


def within(times: Sequence[int], per_cent: int) -> int | None:
    """The time within which so many per cent of all came: the nearest one of times in order, never one in between."""
    return times[-(-len(times) * per_cent // 100) - 1] if times else None


def share(part: int, of: int) -> int | None:
    """Whole per cent, cut and never rounded up to a promise; None of fewer than `FEW`."""
    return part * 100 // of if of >= FEW else None


@dataclass(slots=True)
class Tally:
    """The figures of one row. What was paused is not in the times of solutions; it is told beside them. Of times in
    working hours there are fewer than of those on the clock where some desk has no hours."""

    received: int = 0
    imported: int = 0
    rounds: int = 0
    again: int = 0
    response_due: int = 0
    response_late: int = 0
    paused: int = 0
    paused_for: int = 0
    solution_due: int = 0
    solution_late: int = 0
    asked: int = 0
    satisfied: int = 0
    not_satisfied: int = 0
    closed: int = 0
    open: int = 0
    parts: int = 0
    parts_late: int = 0
    part_minutes: int = 0
    breaches: int = 0
    responses: array[int] = field(default_factory=lambda: array("q"))
    working_responses: array[int] = field(default_factory=lambda: array("q"))
    solutions: array[int] = field(default_factory=lambda: array("q"))
    working_solutions: array[int] = field(default_factory=lambda: array("q"))

    def take(self, facts: Sequence[Fact]) -> None:
        """Count these tickets, too."""
        of: Any = Fact._make(zip(*facts, strict=True))  # columns, each added up at once
        self.received += len(facts)
        self.imported += sum(of.imported)
        self.rounds += sum(of.round)
        self.again += sum(one > 1 for one in of.round)
        self.responses.extend(max(one, 0) for one in of.response if one is not None)
        self.working_responses.extend(one for one in of.response_working if one is not None)
        self.response_due += sum(of.response_due)
        self.response_late += sum(of.response_late)
        for one, paused in zip(of.solution, of.paused, strict=True):
            if one is not None:
                self.solutions.append(max(one - paused, 0))
                self.paused += paused > 0
                self.paused_for += paused
        self.working_solutions.extend(one for one in of.solution_working if one is not None)
        self.solution_due += sum(of.solution_due)
        self.solution_late += sum(of.solution_late)
        self.asked += sum(of.asked)
        self.satisfied += sum(of.satisfied)
        self.not_satisfied += sum(of.not_satisfied)

    def settle(self) -> Tally:
        """With its times in order: nothing is counted any more."""
        for name in _TIMES:
            setattr(self, name, array("q", sorted(getattr(self, name))))
        return self

    def count(self, figure: Figure) -> int:
        """How many there are of what a figure counts: as many as its list has lines."""
        match figure:
            case Figure.ANSWERED:
                return len(self.responses)
            case Figure.SOLVED:
                return len(self.solutions)
            case Figure.SILENT:
                return self.asked - self.satisfied - self.not_satisfied
        found: int = getattr(self, figure.value.replace("-", "_"))
        return found

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        """All of them in one; what is open at the end of each is not."""
        total = cls()
        for one in tallies:
            for name in _ADDED:
                setattr(total, name, getattr(total, name) + getattr(one, name))
        return total.settle()


_TIMES = ("responses", "working_responses", "solutions", "working_solutions")
_ADDED = [name for name in Tally.__slots__ if name != "open"]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: what it stands for, what that was called when it happened, and its figures."""

    key: Any
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Missed:
    """How often a limit was missed, or a rule broken, by its clause."""

    because: Clause | None
    kind: BreachKind
    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a period, row by row, and all of them together."""

    lines: list[Line]
    total: Tally
    missed: list[Missed]


class _Rows(dict[Any, Tally]):
    """Rows by key while they are counted, each with the name that it had last."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[Any, str] = {}

    def __missing__(self, key: Any) -> Tally:
        self[key] = made = Tally()
        return made

    def take(self, facts: Iterable[Fact]) -> None:
        """Each fact into its row."""
        by_key: dict[Any, list[Fact]] = {}
        for one in facts:
            by_key.setdefault(one[0], []).append(one)
        for key, found in by_key.items():
            self[key].take(found)
            self.names[key] = found[-1][1]


# --- Reading ---


def table(reader: Staff, scope: Scope, by: By, at: datetime) -> Table:
    """The figures of a scope, as far as `reader` may see them; three statements, whatever the data.

    Of months those that have not begun at the moment `at` are left out.
    """
    months = [one for one in scope.period.months() if one.begins <= at] or scope.period.months()[:1]
    rows = _Rows()
    if by is By.MONTH:
        for place in range(len(months)):
            rows[place] = Tally()
    for chunk in _facts(reader, scope, by, months):
        rows.take(chunk)
    _count_flows(rows, reader, scope, by, months)
    missed = _count_missed(rows, reader, scope, by, months)
    total = Tally.sum(rows.values())
    if by is By.MONTH:
        total.open = rows[len(months) - 1].open
        for place in range(len(months) - 1, 0, -1):  # what was there before is what is left, without what came between
            rows[place - 1].open = rows[place].open - rows[place].received + rows[place].closed
    else:
        total.open = sum(one.open for one in rows.values())
    return Table([Line(key, rows.names.get(key) or "", one.settle()) for key, one in rows.items()], total, missed)


def _facts(reader: Staff, scope: Scope, by: By, months: Sequence[Period]) -> Iterator[Sequence[Any]]:
    """What was received, piece by piece, in its order: `ix_ticket_received_at_id`."""
    named = by is By.PERSON
    query = (
        select(
            _RECEIVED.key(by, months),
            Ticket.accountable_name if named else literal(""),
            _flag(Figure.IMPORTED),
            Ticket.round,
            seconds_between(Ticket.received_at, Ticket.first_response_at),
            Ticket.response_working_seconds,
            _flag(Figure.RESPONSE_DUE),
            _flag(Figure.RESPONSE_LATE),
            seconds_between(Ticket.received_at, Ticket.resolved_at),
            Ticket.solution_working_seconds,
            func.coalesce(_PAUSED, 0),
            _flag(Figure.SOLUTION_DUE),
            _flag(Figure.SOLUTION_LATE),
            _flag(Figure.ASKED),
            _flag(Figure.SATISFIED),
            _flag(Figure.NOT_SATISFIED),
        )
        .where(_RECEIVED.within(scope.period))
        .order_by(Ticket.received_at, Ticket.id)
    )
    for chunk in db.session.execute(_RECEIVED.asked_of(query, reader, scope)).partitions(CHUNK):
        yield [Fact._make(row) for row in chunk]


def _flag(figure: Figure) -> Any:
    return case((_CONDITIONS[figure], 1), else_=0)


def _count_flows(rows: _Rows, reader: Staff, scope: Scope, by: By, months: Sequence[Period]) -> None:
    """What was closed and what was done for others in the period, and what is open at its end."""
    queries = []
    for figure in (Figure.CLOSED, Figure.PARTS, Figure.OPEN):
        basis = _BASIS.get(figure, _RECEIVED)
        key = literal(len(months) - 1) if figure is Figure.OPEN and by is By.MONTH else basis.key(by, months)
        more: tuple[Any, ...] = (literal(0), literal(0))
        if figure is Figure.PARTS:
            more = (func.sum(_flag(Figure.PARTS_LATE)), func.sum(TicketPart.minutes))
        for where in _pieces(figure, scope.period):
            query = select(literal(figure.value), key.label("key"), func.max(basis.name), func.count(), *more)
            queries.append(basis.asked_of(query.where(where), reader, scope).group_by("key"))
    for figure, found, name, count, late, minutes in db.session.execute(union_all(*queries)):
        tally = rows[found]
        setattr(tally, figure, getattr(tally, figure) + count)
        tally.parts_late += late
        tally.part_minutes += minutes
        rows.names.setdefault(found, name if by is By.PERSON else "")


def _pieces(figure: Figure, period: Period) -> list[Where]:
    """The condition of a figure apart from who sees it, in pieces that share no row, each with an index of its own."""
    if figure is Figure.OPEN:
        received = Ticket.received_at < period.ends
        return [and_(Ticket.ended_at.is_(None), received), and_(Ticket.ended_at >= period.ends, received)]
    inside = _BASIS.get(figure, _RECEIVED).within(period)
    return [and_(inside, _CONDITIONS[figure]) if figure in _CONDITIONS else inside]


def _count_missed(rows: _Rows, reader: Staff, scope: Scope, by: By, months: Sequence[Period]) -> list[Missed]:
    """What passed a limit or broke a rule in the period: in its rows, and by clause."""
    key = _MISSED.key(by, months).label("key")
    query = select(key, TicketBreach.because, TicketBreach.kind, func.max(TicketBreach.person_name), func.count())
    query = _MISSED.asked_of(query.where(_MISSED.within(scope.period)), reader, scope)
    missed: dict[tuple[Clause | None, BreachKind], int] = {}
    for found, because, kind, name, count in db.session.execute(
        query.group_by("key", TicketBreach.because, TicketBreach.kind)
    ):
        rows[found].breaches += count
        rows.names.setdefault(found, name if by is By.PERSON and found is not None else "")
        missed[because, kind] = missed.get((because, kind), 0) + count
    return [Missed(*which, count) for which, count in sorted(missed.items(), key=lambda one: (-one[1], str(one[0])))]


# --- The list behind a figure ---

KEY = (datetime, int)
"""What the key of a page is made of, for `After.read`."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a figure: of missed limits perhaps only those of one kind, by one clause."""

    figure: Figure
    because: Clause | None = None
    kind: BreachKind | None = None


def listed(reader: Staff, scope: Scope, behind: Behind, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """What a figure counted, the newest first, as far as `reader` may see it: the same condition as the table's."""
    basis = _BASIS.get(behind.figure, _RECEIVED)
    missed = behind.figure is Figure.BREACHES
    query: Any = select(
        basis.when.label("at"), basis.id.label("key"), basis.name.label("whose"), basis.department.label("department"),
        Ticket.number, Ticket.title, Ticket.kind, Ticket.state, Ticket.received_at, Ticket.round,
        seconds_between(Ticket.received_at, Ticket.first_response_at).label("response"),
        Ticket.response_working_seconds.label("response_working"),
        Ticket.solution_working_seconds.label("solution_working"),
        seconds_between(Ticket.received_at, Ticket.resolved_at).label("solution"),
        func.coalesce(_PAUSED, 0).label("paused"),
    )  # fmt: skip
    if missed:
        query = query.add_columns(TicketBreach.kind.label("what"), TicketBreach.because)
    query = basis.asked_of(query.where(or_(*_pieces(behind.figure, scope.period))), reader, scope)
    if missed and behind.kind is not None:
        query = query.where(TicketBreach.kind == behind.kind, TicketBreach.because.is_not_distinct_from(behind.because))
    if after:
        query = query.where(tuple_(basis.when, basis.id) < tuple_(*map(literal, after.key)))
    query = query.order_by(basis.when.desc(), basis.id.desc()).limit(size + 1)
    return Slice.of(db.session.execute(query).all(), lambda row: (row.at, row.key), size)


def every_one(reader: Staff, scope: Scope, behind: Behind, size: int = SLICE) -> Iterator[Any]:
    """All lines of a list in their order, for a file."""
    return every(partial(listed, reader, scope, behind), size)


def names_of_day(day: date) -> Mapping[int, dict[str, str]]:
    """What the departments were called on a day (attack 44), those that were closed since or opened later too."""
    of_day = {one.id: one.names for one in tree_on(day).values()}
    return {one.id: one.names for one in organisation.departments().values()} | of_day


def name_of(person_id: int) -> str | None:
    """What somebody who was chosen in the table is called."""
    return db.session.scalar(select(Person.name).where(Person.id == person_id))
