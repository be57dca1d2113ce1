"""Questions about tickets. Each begins by narrowing to what the reader may see.

A queue is made of one indexed slice per reason and then merged: an OR over the columns would read every open row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    desc,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.customers.models import Customer
from portal.extensions import db, on_postgresql
from portal.kernel.clock import office_day, start_of
from portal.kernel.columns import Json
from portal.kernel.counts import Count
from portal.kernel.drafts import Draft, Kept
from portal.kernel.errors import Refused
from portal.kernel.journal import JournalEntry
from portal.kernel.paging import PAGE, After, Slice, every
from portal.kernel.permissions import ROLES, P
from portal.kernel.text import say
from portal.lists import queries as lists
from portal.lists.models import Phrase, RoutingType, TicketKind
from portal.lists.states import CONSULTATION, Use
from portal.organisation import held, waiting
from portal.organisation import queries as organisation
from portal.organisation.held import Held, Rows
from portal.organisation.models import Department, Grant, Person, Placement, Post, UnitKind
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.tickets.models import (
    NEVER,
    Complaint,
    ComplaintDepartment,
    CustomerAnswer,
    InternalComplaint,
    InternalQuestion,
    Ticket,
    TicketBreach,
    TicketClock,
    TicketEntry,
    TicketEscalation,
    TicketFollower,
    TicketHidden,
    TicketLink,
    TicketMerge,
    TicketPart,
    TicketPause,
    TicketStep,
    TicketTransfer,
)
from portal.tickets.rules import ComplaintRules, TicketRules
from portal.tickets.states import (
    OPEN_PARTS,
    SEEN_PARTS,
    BreachKind,
    Channel,
    ClockKind,
    EntryKind,
    Kind,
    OfferState,
    PartState,
    Priority,
    Satisfaction,
    State,
    Tie,
)

Where = ColumnElement[bool]
MANY = 24
"""Departments that get a slice each; of a reader who sees more, one walk in the order of the list is quicker."""
MOST_COUNTED = 100
MOST_HELD = 100
"""Tickets of one kind that wait for somebody and are listed: nobody hands on more at once."""
SLICE = 1000
"""Rows of an export that are read at once."""


class Tab(StrEnum):
    """The views of the queue that everybody has."""

    MINE = "mine"
    ACCEPT = "accept"
    DEPARTMENT = "department"
    LETTERS = "letters"
    FOLLOWING = "following"
    OPEN = "open"
    ALL = "all"


class Sort(StrEnum):
    """The orders of the queue, each with its index. RANK: urgent first, then what is due next (TKT-020)."""

    RANK = "rank"
    CLOCK = "clock"
    NEWEST = "newest"


SORTS: dict[Tab, tuple[Sort, ...]] = dict.fromkeys(Tab, (Sort.RANK, Sort.CLOCK, Sort.NEWEST)) | {
    Tab.ALL: (Sort.NEWEST,)
}
"""What each view can be sorted by, its usual order first: of all tickets ever, only the newest ones have an order."""
_TICKET = Ticket.__table__.c
_ORDER: dict[Sort, tuple[Any, ...]] = {
    Sort.RANK: (_TICKET.priority, _TICKET.due_at, _TICKET.id),
    Sort.CLOCK: (_TICKET.due_at, _TICKET.id),
    Sort.NEWEST: (_TICKET.id,),
}
_ROW = tuple(
    _TICKET[name]
    for name in (
        "id", "number", "title", "kind", "state", "priority", "channel", "due_at", "received_at", "ended_at",
        "caller_name", "anonymous", "department_id", "assignee_name", "accountable_name", "offered_at",
        "offered_department_id", "serious_at", "round", "version",
    )
)  # fmt: skip
"""What a line of the queue is made of: columns, no entity and no text body."""
_SIZE = bindparam("size", type_=Integer)
_TOP, _VOIDED = literal_column("0", Integer), literal_column(f"'{State.VOIDED}'", String)
"""Written out, as `_TOP` is: a parameter in each of twenty slices takes longer to hand in than its slice to read."""
_NUMBER = bindparam("number", type_=String)
KEYS: dict[Sort, tuple[type, ...]] = {
    Sort.RANK: (int, datetime, int),
    Sort.CLOCK: (datetime, int),
    Sort.NEWEST: (int,),
}
"""What the key of a page is made of, for `After.read`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks of the queue: a view, an order, and filters that are None where anything will do.

    `numbers`: what was typed as a number can mean these; `assignee` 0 asks for tickets that are nobody's.
    """

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.RANK
    state: State | None = None
    kind: str | None = None
    department: int | None = None
    assignee: int | None = None
    accountable: int | None = None
    priority: Priority | None = None
    channel: Channel | None = None
    numbers: tuple[str, ...] | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything but the view and its order is asked."""
        return self != replace(Wanted(), tab=self.tab, sort=self.sort)


@dataclass(frozen=True, slots=True)
class _Who:
    """Whoever asks, as the conditions below know them: with their own values, or with parameters in their place.

    `reads`: departments whose tickets they read, as a tuple where each gets a slice of its own; `works`: those in which
    they work on tickets, or None. `everything`: they read every department.
    """

    id: Any
    reads: Any
    works: Any
    everything: bool

    @classmethod
    def of(cls, reader: Staff) -> _Who:
        """The reader with their own values."""
        reads, works = reader.where(P.TICKETS_READ), reader.where(P.TICKETS_WORK)
        return cls(
            id=reader.id,
            reads=(list if len(reads) > MANY else tuple)(sorted(reads)),
            works=sorted(works) or None,
            everything=bool(reads) and reads >= organisation.departments().keys(),
        )


class Look(StrEnum):
    """How a condition meets the parts of departments: at one ticket after the other, or as a slice that names tickets,
    all or those that have not ended. A slice that read the history of a department would grow with it."""

    AT_EACH = "at each"
    IN_ALL = "in all"
    IN_OPEN = "in open"


def reasons(who: _Who, look: Look = Look.AT_EACH) -> Iterator[Where]:
    """Why somebody may see a ticket, one by one (design: who sees what): as slices for lists, joined by OR for one."""
    if who.everything:
        yield Ticket.department_id.is_not(None)  # every ticket has one: no other reason adds anything
        return
    yield from _working_reasons(who, look)
    for column in (Ticket.opened_by_id, Ticket.requester_id):
        yield column == who.id


def _working_reasons(who: _Who, look: Look = Look.AT_EACH) -> Iterator[Where]:
    """Those of whoever works on it or answers for it: they see what is said inside, too."""
    yield from _in_departments(Ticket.department_id, who.reads)
    yield from _in_departments(Ticket.desk_id, who.reads)
    for column in (Ticket.accountable_id, Ticket.deputy_id, Ticket.assignee_id):
        yield column == who.id
    yield from _to_accept(who)
    yield from _concerned(who)
    yield from _assisting(who, look)
    yield _doing_a_part(who, look)
    yield _reported_to(who)
    yield _asked(who)


def seen_by(reader: Staff) -> Where:
    """That `reader` may see the ticket: a reason holds, it was not voided, and it is no complaint about them."""
    return _seen_by(_Who.of(reader))


def _seen_by(who: _Who) -> Where:
    return and_(or_(false(), *reasons(who)), _shown_to(who))


def shown_to(reader: Staff) -> Where:
    """That nothing keeps the ticket from `reader` but that it is none of their business: they may know its number."""
    return _shown_to(_Who.of(reader))


def inside_seen_by(reader: Staff) -> Where:
    """That `reader`, who sees the ticket, also sees what is said inside: notes, facts about colleagues.

    One who only asks for help does not.
    """
    return or_(false(), *_working_reasons(_Who.of(reader)))


def ticket_seen_by(reader: Staff, number: str) -> Ticket | None:
    """The ticket with this number, or None: “not yours” and “not there” look the same."""
    form, values = kept_reader(reader)
    return db.session.scalar(_one(form), {**values, "number": number})


def numbers_that_exist(numbers: Collection[str]) -> list[str]:
    """Which of these numbers a ticket has, whoever may see it: for the security log, never for a page."""
    return list(db.session.scalars(select(Ticket.number).where(Ticket.number.in_(numbers)).order_by(Ticket.id)))


@dataclass(frozen=True, slots=True)
class Whole:
    """A ticket with what its page needs beside it, read in one statement.

    `ties`: the tickets that it belongs with; `inside`: whether the reader sees what is said inside. `hidden`: from whom
    it is kept because it is about them or their people, by id. `last`: the last fact about it; `kept`: what the reader
    has typed into the form that was asked for.
    """

    ticket: Ticket
    customer: Customer | None
    kind: dict[str, str] | None
    routing: dict[str, str] | None
    responsible_id: int | None
    clocks: tuple[TicketClock, ...]
    complaint: Complaint | None
    ties: tuple[Tied, ...]
    inside: bool
    hidden: Mapping[int, str]
    last: int
    kept: Kept | None

    @property
    def about(self) -> str:
        """The colleague whom it is about."""
        return self.hidden.get(self.ticket.about_id or 0, "")

    @property
    def goes_on_in(self) -> Tied | None:
        """The ticket into which it was merged."""
        return next((one for one in self.ties if one.tie is Tie.MERGED_INTO), None)

    @property
    def also_tell(self) -> tuple[str, ...]:
        """Who else waits for an answer here, because their own ticket goes on in this one."""
        if self.ticket.ended_at is not None:
            return ()
        others = (one.who for one in self.ties if one.tie is Tie.TOOK_IN)
        return tuple(dict.fromkeys(who for who in others if who not in ("", self.ticket.caller_name)))


@dataclass(frozen=True, slots=True)
class Tied:
    """Another ticket that this one belongs with. Of one that the reader may not see there is no more than the tie."""

    tie: Tie
    number: str = ""
    title: str = ""
    who: str = ""
    state: State | None = None


def whole_ticket(reader: Staff, number: str, act: str = "") -> Whole | None:
    """The ticket with its customer, the words of the lists and every clock that ran for it, in the order in which they
    started; or None as `ticket_seen_by`. `act`: the form whose draft is asked for."""
    form, values = kept_reader(reader)
    asked = {**values, "number": number, "draft_of": reader.id, "act": act}
    rows = db.session.execute(_whole(form), asked).all()
    if not rows:
        return None
    ticket, customer, kind, routing, responsible, complaint, ties, inside, hidden, *more = rows[0]
    last, fields, kept_at, _clock = more
    ran = tuple(row[-1] for row in rows if row[-1] is not None)
    tied = dict.fromkeys(_tied(*one) for one in sorted(ties or ()))  # of unseen ones there is no count
    kept_from = dict(sorted(hidden or ()))
    return Whole(
        ticket, customer, kind, routing, responsible, ran, complaint, tuple(tied), bool(inside), kept_from, last or 0,
        Kept(fields, kept_at) if kept_at else None,
    )  # fmt: skip


@lru_cache(64)
def _one(form: _Form) -> Select[Any]:
    """The statement of `ticket_seen_by`."""
    return select(Ticket).where(Ticket.number == _NUMBER, seen_in(form))


@lru_cache(64)
def _whole(form: _Form) -> Select[Any]:
    """The statement of `whole_ticket`, put together once for each kind of reader: that took longer than to run it."""
    seen = seen_in(form)
    return (
        select(
            Ticket, Customer, TicketKind.texts, RoutingType.texts, RoutingType.department_id, Complaint,
            _ties(seen), inside_in(form), _hidden(), _last_fact(), Draft.fields, Draft.kept_at, TicketClock,
        )
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(TicketKind, TicketKind.code == Ticket.kind)
        .outerjoin(RoutingType, RoutingType.code == Ticket.routing)
        .outerjoin(Complaint, Complaint.ticket_id == Ticket.id)
        .outerjoin(TicketClock, TicketClock.ticket_id == Ticket.id)
        .outerjoin(Draft, and_(Draft.person_id == bindparam("draft_of"), Draft.what == _draft_here()))
        .where(Ticket.number == _NUMBER, seen)
        .order_by(TicketClock.id)
    )  # fmt: skip


def _draft_here() -> Any:
    """Under which name what is typed into a form of the ticket is kept (kernel.drafts)."""
    return literal("ticket:", String) + cast(Ticket.id, String) + ":" + bindparam("act", type_=String)


def _last_fact() -> Any:
    here = (JournalEntry.about == "ticket", JournalEntry.subject_id == Ticket.id)
    return select(func.max(JournalEntry.id)).where(*here).correlate(Ticket).scalar_subquery()


def _hidden() -> Any:
    """From whom a ticket is kept, as one value: [id, name] of each."""
    this, whom = aliased(Ticket), aliased(Person)
    row = _array(whom.id, whom.name)
    return (
        select(type_coerce(_gathered(row), Json)).select_from(TicketHidden)
        .join(this, this.id == TicketHidden.ticket_id).join(whom, whom.id == TicketHidden.person_id)
        .where(this.number == _NUMBER).correlate(None).scalar_subquery()
    )  # fmt: skip


def _array(*values: Any) -> Any:
    return (func.jsonb_build_array if on_postgresql() else func.json_array)(*values)


def _gathered(row: Any) -> Any:
    return (func.jsonb_agg if on_postgresql() else func.json_group_array)(row)


def _ties(seen: Where) -> Any:
    """What a ticket belongs with, as one value: [when, tie, number, title, who asks, state], the last four empty where
    the other one is not `seen`."""
    this = aliased(Ticket)
    one = select(this.id).where(this.number == _NUMBER).scalar_subquery()
    standing = TicketMerge.apart_at.is_(None)
    merged = select(TicketMerge.ticket_id, TicketMerge.at).where(standing)
    came = merged.where(TicketMerge.into_id == one).cte("came", recursive=True)
    came = came.union_all(
        merged.join(came, TicketMerge.into_id == came.c.ticket_id)
    )  # what it took in had taken in some
    sides = union_all(
        select(TicketLink.other_id, cast(TicketLink.tie, String).label("tie"), TicketLink.at)
        .where(TicketLink.ticket_id == one),
        select(TicketMerge.into_id, literal(Tie.MERGED_INTO.value, String), TicketMerge.at)
        .where(TicketMerge.ticket_id == one, standing),
        select(came.c.ticket_id, literal(Tie.TOOK_IN.value, String), came.c.at),
    ).subquery()  # fmt: skip
    shown = (case((seen, column), else_="") for column in
             (Ticket.number, Ticket.title, Ticket.caller_name, cast(Ticket.state, String)))  # fmt: skip
    row = _array(cast(sides.c.at, String), sides.c.tie, *shown)
    return (
        select(type_coerce(_gathered(row), Json)).select_from(sides.join(Ticket, Ticket.id == sides.c.other_id))
        .correlate(None).scalar_subquery()
    )  # fmt: skip


def _tied(_at: str, tie: str, number: str, title: str, who: str, state: str) -> Tied:
    return Tied(Tie(tie), number, title, who, State(state)) if number else Tied(Tie(tie))


def titles(reader: Staff, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and title of those of `ids` that `reader` may see."""
    query = select(Ticket.id, Ticket.number, Ticket.title).where(Ticket.id.in_(ids), seen_by(reader))
    return {row.id: (row.number, row.title) for row in db.session.execute(query)} if ids else {}


def tickets_of_customer(reader: Staff, customer_id: int, most: int = 20) -> Sequence[Any]:
    """A customer's tickets as far as `reader` may see them, the newest first."""
    query = select(Ticket.number, Ticket.title, Ticket.state, Ticket.received_at)
    query = query.where(Ticket.customer_id == customer_id, seen_by(reader)).order_by(Ticket.id.desc())
    return db.session.execute(query.limit(most)).all()


def consultation_records(
    reader: Staff, from_at: datetime, to_at: datetime, *, after: After | None = None, size: int = PAGE
) -> Slice[Any]:
    """The service records of consultations between two moments (TKT-026), the newest first.

    Walks `ix_ticket_entry_record_at_id`, which holds records alone.
    """
    query = (
        select(
            TicketEntry.id, TicketEntry.at, TicketEntry.body, TicketEntry.author_name, Ticket.number, Ticket.title,
            Ticket.caller_name, Ticket.routing,
        )
        .join(Ticket, Ticket.id == TicketEntry.ticket_id)
        .where(
            TicketEntry.kind == EntryKind.RECORD, TicketEntry.at >= from_at, TicketEntry.at < to_at,
            Ticket.kind == CONSULTATION, seen_by(reader),
        )
        .order_by(TicketEntry.at.desc(), TicketEntry.id.desc())
        .limit(size + 1)
    )  # fmt: skip
    if after:
        query = query.where(tuple_(TicketEntry.at, TicketEntry.id) < tuple_(*map(literal, after.key)))
    return Slice.of(db.session.execute(query).all(), lambda row: (row.at, row.id), size)


def some_ids(reader: Staff, most: int) -> Any:
    """Ids of tickets that `reader` sees for some reason, up to `most` of them, walked in the reasons' indexes; what is
    kept from them all the same is among them."""
    found = reasons(_Who.of(reader), Look.IN_ALL)
    slices = [select(select(Ticket.id).where(reason).limit(most).subquery()) for reason in found]
    return (union(*slices) if len(slices) > 1 else slices[0]).limit(most)


# --- The queue ---


@dataclass(frozen=True, slots=True)
class _Form:
    """All that the text of a statement depends on; the values are handed in when it runs.

    Putting a statement together takes ten times as long as running it, so that each form is made once and kept.
    `reads`: how many departments get a slice each (more than MANY: none does); `within`: a department is asked for
    whose tickets they read; `further`: it continues after a key.
    """

    everything: bool
    reads: int
    works: int
    tab: Tab
    sort: Sort
    filters: tuple[str, ...]
    within: bool
    further: bool

    @classmethod
    def of(cls, who: _Who, wanted: Wanted, *, further: bool = False) -> _Form:
        """What `who` asks, without its values."""
        return cls(
            everything=who.everything,
            reads=min(len(who.reads), MANY + 1),
            works=min(len(who.works or ()), MANY + 1),
            tab=wanted.tab,
            sort=wanted.sort,
            filters=tuple(_given(wanted)),
            within=wanted.department in who.reads,
            further=further,
        )

    def who(self) -> _Who:
        """Whoever asks, with parameters in place of their values."""
        return _Who(
            id=bindparam("reader_id"),
            reads=_one_by_one("reads", self.reads),
            works=_one_by_one("works", self.works) if self.works else None,
            everything=self.everything,
        )


def _one_by_one(name: str, count: int) -> Any:
    """A parameter for each of a few: one that holds them all is put into the text of the statement at every run."""
    if count > MANY:
        return bindparam(name, expanding=True)
    return tuple(bindparam(f"{name}_{place}") for place in range(count))


def queue(reader: Staff, wanted: Wanted, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """One page of the queue as plain rows, without any text body.

    Sorted as `wanted.sort` says; each slice walks its own index and stops after one page.
    """
    who = _Who.of(reader)
    values = _values(who) | _given(wanted) | {"size": size + 1}
    if after:
        values |= {f"after_{place}": value for place, value in enumerate(after.key)}
    rows = db.session.execute(_page(_Form.of(who, wanted, further=after is not None)), values).all()
    names = [column.key for column in _ORDER[wanted.sort]]
    return Slice.of(rows, lambda row: tuple(getattr(row, name) for name in names), size)


def every_row(reader: Staff, wanted: Wanted, size: int = SLICE) -> Iterator[Any]:
    """Every row of the queue in its order, for a file."""
    return every(partial(queue, reader, wanted), size)


def how_many(reader: Staff, tab: Tab) -> Count:
    """How many tickets a view holds, counted up to 100 and no further."""
    who = _Who.of(reader)
    return Count(_count(_Form.of(who, Wanted(tab=tab))), _values(who) | {"size": MOST_COUNTED})


def waiting_for(reader: Staff) -> Count:
    """How many tickets wait for an acceptance or an answer of `reader`: stands beside the place's name."""
    return how_many(reader, Tab.ACCEPT)


def kept_reader(reader: Staff) -> tuple[_Form, dict[str, Any]]:
    """For statements that are put together once: the form in which they know a reader like this one, and the values."""
    who = _Who.of(reader)
    return _Form.of(who, Wanted()), _values(who)


def seen_in(form: _Form) -> Where:
    """`seen_by` with parameters in place of the reader's values."""
    return _seen_by(form.who())


def inside_in(form: _Form) -> Where:
    """`inside_seen_by` with parameters in place of the reader's values."""
    return or_(false(), *_working_reasons(form.who()))


def _values(who: _Who) -> dict[str, Any]:
    """The values of `_Form.who`."""
    lists = {"reads": who.reads, "works": who.works or ()}
    each = {f"{name}_{place}": one for name, ids in lists.items() for place, one in enumerate(ids[:MANY])}
    return {"reader_id": who.id, **lists, **each}


def _given(wanted: Wanted) -> dict[str, Any]:
    """The filters that are set, by the names of their parameters."""
    found = {
        "state": wanted.state,
        "kind": wanted.kind,
        "department_id": wanted.department,
        "accountable_id": wanted.accountable,
        "priority": wanted.priority,
        "channel": wanted.channel,
        "assignee_id": wanted.assignee or None,
        "nobody": wanted.assignee == 0 or None,
        "numbers": wanted.numbers,
    }
    return {name: value for name, value in found.items() if value is not None}


@lru_cache(256)
def _page(form: _Form) -> Select[Any]:
    """The statement of one page: the keys of all slices merged, and the rows that they name."""
    order = _ORDER[form.sort]
    keys = _merged(form, order).subquery()
    return select(*_ROW).join(keys, keys.c.id == _TICKET.id).order_by(*_directed(order, form.sort))


@lru_cache(256)
def _count(form: _Form) -> Select[Any]:
    """The statement that counts a view."""
    return select(func.count()).select_from(_first(_merged(form, (_TICKET.id,), by_key=False)).subquery())


def _merged(form: _Form, order: Sequence[Any], *, by_key: bool = True) -> Any:
    """Ids and sort keys of at most `size` rows: the first of each slice, without doubles, merged."""
    who, backwards = form.who(), form.sort is Sort.NEWEST
    slices = []
    for reason in _slices(who, form):
        query = select(*order).where(reason, _shown_to(who), *_filters(form))
        if form.further:
            query = query.where(_behind(order, backwards))
        if by_key:
            query = query.order_by(*_directed(order, form.sort))
        slices.append(select(_first(query).subquery()))
    if not slices:
        return select(*order).where(false())
    merged = union(*slices) if len(slices) > 1 else slices[0]
    if not by_key:
        return select(merged.subquery())
    keys = merged.subquery()
    columns = [keys.c[column.key] for column in order]
    return _first(select(*columns).order_by(*_directed(columns, form.sort)))


def _first(query: Any) -> Any:
    """The first `size` rows."""
    return query.limit(_SIZE).offset(_TOP)


def _slices(who: _Who, form: _Form) -> list[Where]:
    """The conditions whose rows together are the view; each is served by an index of its own."""
    open_only = () if form.tab is Tab.ALL else (Ticket.ended_at.is_(None),)
    narrow, look = _narrow(form), Look.IN_ALL if form.tab is Tab.ALL else Look.IN_OPEN
    found = list(_reasons_of(who, form, look if narrow is None else Look.AT_EACH))
    if narrow is None:
        return [and_(reason, *open_only) for reason in found]
    return [and_(narrow, *open_only, or_(*found))] if found else []


def _narrow(form: _Form) -> Where | None:
    """A filter that leaves so few rows that it leads the search: then the reasons are only looked at, row by row."""
    if "numbers" in form.filters:
        return Ticket.number.in_(bindparam("numbers", expanding=True))
    if "assignee_id" in form.filters:
        return Ticket.assignee_id == bindparam("assignee_id")
    if "accountable_id" in form.filters:
        return Ticket.accountable_id == bindparam("accountable_id")
    return None


def _reasons_of(who: _Who, form: _Form, look: Look) -> Iterable[Where]:
    match form.tab:
        case Tab.MINE:
            return [Ticket.assignee_id == who.id, _doing_a_part(who, look, now=True)]
        case Tab.ACCEPT:
            return [*_to_accept(who), *_part_to_take(who, look), _asked(who, unanswered=True)]
        case Tab.DEPARTMENT | Tab.LETTERS | Tab.OPEN | Tab.ALL if form.within:
            return [Ticket.department_id == bindparam("department_id")]  # no other reason adds anything
        case Tab.DEPARTMENT:
            if "department_id" in form.filters:
                return []
            return [*_in_departments(Ticket.department_id, who.reads), *_assisting(who, look)]
        case Tab.FOLLOWING:
            elsewhere = or_(Ticket.assignee_id.is_(None), Ticket.assignee_id != who.id)
            followed = select(TicketFollower.ticket_id).where(TicketFollower.person_id == who.id)
            return [
                and_(Ticket.accountable_id == who.id, elsewhere),
                and_(Ticket.deputy_id == who.id, elsewhere),
                and_(Ticket.id.in_(followed), _seen_by(who)),
            ]
        case Tab.LETTERS | Tab.OPEN | Tab.ALL:
            return reasons(who, look)


def _in_departments(column: Any, departments: Any) -> Iterator[Where]:
    """One slice per department; a single one for a reader of very many."""
    if isinstance(departments, tuple):
        yield from (column == one for one in departments)
    else:
        yield column.in_(departments)


def _to_accept(who: _Who) -> Iterator[Where]:
    """What was offered to the reader, or to everybody in a department where the reader works on tickets."""
    yield Ticket.offered_to_id == who.id
    if who.works is not None:
        yield Ticket.open_to_id.in_(who.works)


def _reported_to(who: _Who, *, undecided: bool = False) -> Where:
    """What was reported up to the reader, who decides it whether they lead the desk or not (TKT-037)."""
    reported = select(TicketEscalation.ticket_id).where(TicketEscalation.to_id == who.id)
    return Ticket.id.in_(reported.where(TicketEscalation.decided_at.is_(None)) if undecided else reported)


def _asked(who: _Who, *, unanswered: bool = False) -> Where:
    asked = select(InternalQuestion.ticket_id).where(InternalQuestion.asked_id == who.id)
    return Ticket.id.in_(asked.where(InternalQuestion.answered_at.is_(None)) if unanswered else asked)


def _shown_to(who: _Who) -> Where:
    """Voided tickets leave every list; a complaint about somebody is invisible to that person and to their line."""
    return and_(Ticket.state != _VOIDED, _not_hidden_from(who.id))


def _not_hidden_from(person_id: Any) -> Where:
    hidden = select(TicketHidden.ticket_id).where(TicketHidden.person_id == person_id)
    return or_(Ticket.about_id.is_(None), and_(Ticket.about_id != person_id, Ticket.id.not_in(hidden)))


def _concerned(who: _Who) -> Iterator[Where]:
    """Complaints that concern a department in which the reader works on tickets: it reads and signs (TKT-042)."""
    if who.works is not None:
        concerns = select(ComplaintDepartment.ticket_id).where(ComplaintDepartment.department_id.in_(who.works))
        yield Ticket.id.in_(concerns)


_PART = aliased(TicketPart)
"""Beside a part that the question itself is about."""
_SEEN = _PART.state.in_([literal_column(f"'{one}'") for one in PartState if one in SEEN_PARTS])
"""Written out as the index has it: with parameters in its place, or in another order, it is not used."""


def _assisting(who: _Who, look: Look) -> Iterator[Where]:
    """Tickets of which a department where the reader works on tickets was asked for a part, and did not refuse it."""
    if who.works is not None:
        yield _has_part(look, _PART.department_id.in_(who.works), _SEEN)


def _part_to_take(who: _Who, look: Look) -> Iterator[Where]:
    """Tickets with a part that waits for the reader: wished for by name, or asked of all who work in a department."""
    if who.works is not None:
        named = or_(_PART.asked_to_id.is_(None), _PART.asked_to_id == who.id)
        yield _has_part(look, _PART.department_id.in_(who.works), _SEEN, _PART.state == PartState.ASKED, named)


def _doing_a_part(who: _Who, look: Look, *, now: bool = False) -> Where:
    """Tickets of which the reader has a part or did one, whatever became of it; `now`: has one that is not done."""
    return _has_part(look, _PART.person_id == who.id, *([_PART.state == PartState.TAKEN] if now else []))


def _has_part(look: Look, *where: Where) -> Where:
    if look is Look.AT_EACH:
        return exists().where(_PART.ticket_id == Ticket.id, *where)
    parts = select(_PART.ticket_id).where(*where)
    return Ticket.id.in_(parts if look is Look.IN_ALL else parts.where(_PART.ended.is_(False)))


def parts_that_wait(reader: Staff, most: int) -> Sequence[Any]:
    """The first `most` parts that wait to be taken by the reader, and those that they have: the next limit first; one
    statement, each slice on its index."""
    who, part = _Who.of(reader), _PART
    named = or_(part.asked_to_id.is_(None), part.asked_to_id == who.id)
    to_take = and_(part.department_id.in_(who.works or []), _SEEN, part.state == PartState.ASKED, named)
    mine = and_(part.person_id == who.id, part.state == PartState.TAKEN)
    slices = [
        select(part.id).join(Ticket, Ticket.id == part.ticket_id)
        .where(where, part.ended.is_(False), Ticket.ended_at.is_(None), _shown_to(who))
        .order_by(part.due_at, part.id).limit(most).subquery()
        for where in (to_take, mine)
    ]  # fmt: skip
    found = union_all(*(select(one.c.id) for one in slices)).subquery()
    return db.session.execute(
        select(
            part.id, part.state, part.department, part.due_at, part.asked_at, part.asked_by_name, part.taken_at,
            Ticket.number, Ticket.title,
        )
        .join(found, found.c.id == part.id).join(Ticket, Ticket.id == part.ticket_id)
        .order_by(part.due_at, part.id).limit(most)
    ).all()  # fmt: skip


def _filters(form: _Form) -> Iterator[Where]:
    if form.tab is Tab.LETTERS:  # what a head of office receives daily (TKT-052)
        yield or_(
            Ticket.channel.in_((Channel.LETTER, Channel.VISIT)), Ticket.kind.in_((Kind.COMPLAINT, Kind.SUGGESTION))
        )
    for name in form.filters:
        if name == "nobody":
            yield Ticket.assignee_id.is_(None)
        elif name != "numbers":
            yield _TICKET[name] == bindparam(name)


def _behind(order: Sequence[Any], backwards: bool) -> Where:
    keys = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(order)]
    if len(order) == 1:
        return order[0] < keys[0] if backwards else order[0] > keys[0]
    return tuple_(*order) > tuple_(*keys)


def _directed(columns: Sequence[Any], sort: Sort) -> list[Any]:
    return [desc(column) for column in columns] if sort is Sort.NEWEST else list(columns)


# --- The story of one ticket ---


def shows_file(reader: Staff, ticket_id: int, entry_id: int | None) -> bool:
    """Whether `reader` may open what came with this letter of the ticket, or with its first words."""
    found = db.session.execute(select(inside_seen_by(reader)).where(Ticket.id == ticket_id, seen_by(reader))).first()
    if found is None or entry_id is None:
        return found is not None
    entry = db.session.get(TicketEntry, entry_id)
    if entry is None or entry.ticket_id != ticket_id:
        return False
    return not entry.inside or bool(found[0])


def entries(ticket_id: int, *, inside: bool) -> Sequence[TicketEntry]:
    """The letters of a ticket in their order; notes and records only where `inside`."""
    query = select(TicketEntry).where(TicketEntry.ticket_id == ticket_id).order_by(TicketEntry.id)
    if not inside:
        query = query.where(TicketEntry.kind.in_((EntryKind.INCOMING, EntryKind.REPLY)))
    return db.session.scalars(query).all()


def letter_ids(ticket_id: int) -> set[int]:
    """Which letters are the ticket's."""
    return set(db.session.scalars(select(TicketEntry.id).where(TicketEntry.ticket_id == ticket_id)))


def transfers(ticket_id: int) -> Sequence[TicketTransfer]:
    """The chain: every offer and what became of it."""
    return db.session.scalars(
        select(TicketTransfer).where(TicketTransfer.ticket_id == ticket_id).order_by(TicketTransfer.id)
    ).all()


def pending_transfer(ticket_id: int) -> TicketTransfer | None:
    """The offer that nobody has answered yet."""
    return db.session.scalar(
        select(TicketTransfer).where(
            TicketTransfer.ticket_id == ticket_id, TicketTransfer.state == OfferState.PENDING
        )
    )  # fmt: skip


def questions(ticket_id: int) -> Sequence[InternalQuestion]:
    """Who was asked inside, what, and both times (TKT-022)."""
    return db.session.scalars(
        select(InternalQuestion).where(InternalQuestion.ticket_id == ticket_id).order_by(InternalQuestion.id)
    ).all()


def open_questions(ticket_id: int) -> bool:
    """Whether somebody still has to answer inside."""
    return bool(
        db.session.scalar(
            select(
                exists().where(InternalQuestion.ticket_id == ticket_id, InternalQuestion.answered_at.is_(None))
            )
        )
    )  # fmt: skip


def question_for(reader: Staff, ticket_id: int) -> InternalQuestion | None:
    """The oldest question about this ticket that `reader` was asked and has not answered."""
    return db.session.scalar(
        select(InternalQuestion)
        .where(
            InternalQuestion.ticket_id == ticket_id,
            InternalQuestion.asked_id == reader.id,
            InternalQuestion.answered_at.is_(None),
        )
        .order_by(InternalQuestion.id)
        .limit(1)
    )


def was_asked(reader: Staff, ticket_id: int) -> bool:
    """Whether `reader` was asked inside about this ticket, or has or did a part of it."""
    question = exists().where(InternalQuestion.ticket_id == ticket_id, InternalQuestion.asked_id == reader.id)
    part = exists().where(TicketPart.ticket_id == ticket_id, TicketPart.person_id == reader.id)
    return bool(db.session.scalar(select(or_(question, part))))


def part_with(part_id: int) -> TicketPart | None:
    """A part of a ticket by its id."""
    return db.session.get(TicketPart, part_id)


def open_parts(ticket_id: int) -> Sequence[TicketPart]:
    """The parts that other departments still have to take or to do, in the order in which they were asked."""
    query = select(TicketPart).where(TicketPart.ticket_id == ticket_id, TicketPart.state.in_(OPEN_PARTS))
    return db.session.scalars(query.order_by(TicketPart.id)).all()


def assisting(ticket_id: int) -> set[int]:
    """The departments that took a part of the ticket upon themselves."""
    taken = (TicketPart.ticket_id == ticket_id, TicketPart.person_id.is_not(None))
    return set(db.session.scalars(select(TicketPart.department_id).where(*taken)))


def was_asked_inside(ticket_id: int) -> bool:
    """Whether anybody was asked inside before."""
    return bool(db.session.scalar(select(exists().where(InternalQuestion.ticket_id == ticket_id))))


def rounds(ticket_id: int) -> Sequence[CustomerAnswer]:
    """Each round of telling and asking, in order."""
    return db.session.scalars(
        select(CustomerAnswer).where(CustomerAnswer.ticket_id == ticket_id).order_by(CustomerAnswer.round)
    ).all()


def pauses(ticket_id: int) -> Sequence[TicketPause]:
    """When the clock stood still, and why."""
    return db.session.scalars(
        select(TicketPause).where(TicketPause.ticket_id == ticket_id).order_by(TicketPause.id)
    ).all()


def merges(ticket_id: int) -> Sequence[TicketMerge]:
    """When it went on in another ticket; the one that stands is the last."""
    return db.session.scalars(
        select(TicketMerge).where(TicketMerge.ticket_id == ticket_id).order_by(TicketMerge.id)
    ).all()


def merged_into(ticket_id: int) -> bool:
    """Whether other tickets go on in this one."""
    return bool(
        db.session.scalar(select(exists().where(TicketMerge.into_id == ticket_id, TicketMerge.apart_at.is_(None))))
    )


def sees_inside(reader: Staff, ticket_id: int) -> bool:
    """Whether `reader` sees this ticket, and what is said inside."""
    query = select(Ticket.id).where(Ticket.id == ticket_id, seen_by(reader), inside_seen_by(reader))
    return db.session.scalar(query) is not None


def see_inside(readers: Collection[Staff], ticket_id: int) -> set[int]:
    """Who of several readers sees this ticket and what is said inside, by id; one statement, with one slice for all who
    hold the same rights."""
    alike: dict[tuple[frozenset[int], frozenset[int]], list[Staff]] = {}
    for one in readers:
        alike.setdefault((one.where(P.TICKETS_READ), one.where(P.TICKETS_WORK)), []).append(one)
    slices = []
    for some in alike.values():
        who = replace(_Who.of(some[0]), id=Person.id)
        sees = Person.id.in_([one.id for one in some]), _seen_by(who), or_(false(), *_working_reasons(who))
        slices.append(select(Person.id).join(Ticket, Ticket.id == ticket_id).where(*sees))
    return set(db.session.scalars(union_all(*slices))) if slices else set()


def people_on(ticket_id: int) -> Any:
    """Whoever has the ticket or a part of it, answers for it, was asked about it or wrote something there: their ids,
    as a part of another question."""
    columns = (Ticket.accountable_id, Ticket.deputy_id, Ticket.assignee_id)
    return union_all(
        *(select(column).where(Ticket.id == ticket_id) for column in columns),
        select(TicketPart.person_id).where(TicketPart.ticket_id == ticket_id),
        select(InternalQuestion.asked_id).where(InternalQuestion.ticket_id == ticket_id),
        select(TicketEntry.author_id).where(TicketEntry.ticket_id == ticket_id),
    )


def follows(reader: Staff, ticket_id: int) -> bool:
    """Whether `reader` keeps it on their list."""
    return db.session.get(TicketFollower, (reader.id, ticket_id)) is not None


def complaints_of(reader_id: Any) -> Where:
    """That an internal complaint is the reader's to see: its author's and the manager's in charge, never of whom it is
    about."""
    return and_(
        or_(InternalComplaint.by_id == reader_id, InternalComplaint.manager_id == reader_id),
        or_(InternalComplaint.about_person_id.is_(None), InternalComplaint.about_person_id != reader_id),
    )


def complaints_seen_by(reader: Staff, ticket_id: int | None = None) -> Sequence[InternalComplaint]:
    """Internal complaints (TKT-009): for their author and for the manager in charge, and for nobody else."""
    query = select(InternalComplaint).where(complaints_of(reader.id))
    if ticket_id is not None:
        query = query.where(InternalComplaint.ticket_id == ticket_id)
    return db.session.scalars(query.order_by(InternalComplaint.id.desc()).limit(PAGE)).all()


def complaint_seen_by(reader: Staff, complaint_id: int) -> InternalComplaint | None:
    """One internal complaint, or None for whoever is neither its author nor the manager in charge."""
    found = db.session.get(InternalComplaint, complaint_id)
    if found is None or reader.id not in (found.by_id, found.manager_id) or found.about_person_id == reader.id:
        return None
    return found


# --- What holds for it ---


def phrases_to_watch(on: date) -> tuple[Sequence[Phrase], Sequence[Phrase]]:
    """Phrases that are forbidden on a day (TKT-023), and wording to avoid (TKT-024)."""
    found = lists.phrases(Use.FORBIDDEN, Use.DISCOURAGED, on=on)
    return [one for one in found if one.use is Use.FORBIDDEN], [one for one in found if one.use is Use.DISCOURAGED]


def missing_before_closing(ticket: Ticket, rules: TicketRules) -> Iterator[Refused]:
    """What still has to be written down before a ticket may be closed, one sentence after the other."""
    if ticket.told_at is None:
        yield Refused(say("The customer has not been told the result."))  # TKT-018, TKT-055, TKT-057
    last = db.session.scalar(
        select(CustomerAnswer.answer).where(
            CustomerAnswer.ticket_id == ticket.id, CustomerAnswer.round == ticket.round
        )
    )  # fmt: skip
    if last not in (Satisfaction.SATISFIED, Satisfaction.UNREACHABLE):
        yield Refused(say("The customer has not said yes."))
    kind = lists.kind_called(ticket.kind)
    needs_record = ticket.kind in NEEDS_RECORD or (kind is not None and kind.needs_record)
    if needs_record and not has_record(ticket.id):
        yield Refused(say("The record of what was done is missing."))  # TKT-004, TKT-026
    if rules.call_back_required.value and ticket.called_back_at is None and not _nobody_to_ring(ticket, last):
        yield Refused(
            say("{name} has not called back yet.", name=ticket.deputy_name or ticket.accountable_name),
            clause=rules.call_back_required.clause,
        )  # TKT-008
    if ticket.kind == Kind.COMPLAINT:
        yield from _missing_of_complaint(ticket)


def _missing_of_complaint(ticket: Ticket) -> Iterator[Refused]:
    """The form with its conclusion (TKT-039, TKT-047), and each signature that is missing (TKT-042)."""
    ruling = in_force(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)
    form = db.session.get(Complaint, ticket.id)
    if form is None:
        if ruling.form_required.value:
            yield Refused(say("The complaint form is not filled in."), clause=ruling.form_required.clause)
        return
    if form.concluded_at is None:
        yield Refused(say("It is not said yet whether the complaint holds."), clause=ruling.form_required.clause)
    unsigned = [one.department for one in concerned(ticket.id) if one.signed_at is None]
    if unsigned and ruling.signed_before_closing.value:
        yield Refused(
            say("Not signed yet: {departments}.", departments=tuple(unsigned)),
            clause=ruling.signed_before_closing.clause,
        )


NEEDS_RECORD = frozenset({"consultation", "complaint"})
"""Kinds that are never closed without a work record, whatever the list says (TKT-004, TKT-026)."""


def _nobody_to_ring(ticket: Ticket, answer: Satisfaction | None) -> bool:
    """Whether there is nobody who could ring, or nobody who could be rung."""
    return ticket.accountable_id is None or ticket.anonymous or answer is Satisfaction.UNREACHABLE


def has_record(ticket_id: int) -> bool:
    """Whether somebody wrote down what was done."""
    return bool(
        db.session.scalar(
            select(exists().where(TicketEntry.ticket_id == ticket_id, TicketEntry.kind == EntryKind.RECORD))
        )
    )


def breaches(ticket_id: int) -> Sequence[TicketBreach]:
    """Limits that passed and conduct that was noted."""
    return db.session.scalars(
        select(TicketBreach).where(TicketBreach.ticket_id == ticket_id).order_by(TicketBreach.moment)
    ).all()


def concerned(ticket_id: int) -> Sequence[ComplaintDepartment]:
    """The departments that a complaint concerns, with their signatures."""
    query = select(ComplaintDepartment).where(ComplaintDepartment.ticket_id == ticket_id)
    return db.session.scalars(query.order_by(ComplaintDepartment.department_id)).all()


def unsigned(ticket_id: int) -> Sequence[int]:
    """The departments whose signature under a concluded complaint is missing; of everything else none."""
    query = (
        select(ComplaintDepartment.department_id)
        .join(Complaint, Complaint.ticket_id == ComplaintDepartment.ticket_id)
        .where(
            Complaint.ticket_id == ticket_id, Complaint.concluded_at.is_not(None),
            ComplaintDepartment.signed_at.is_(None),
        )
    )  # fmt: skip
    return db.session.scalars(query.order_by(ComplaintDepartment.department_id)).all()


def did_parts(ticket_id: int, departments: Collection[int]) -> set[int | None]:
    """Whoever did the part of one of these departments."""
    query = select(TicketPart.person_id).where(
        TicketPart.ticket_id == ticket_id,
        TicketPart.department_id.in_(departments),
        TicketPart.finished_at.is_not(None),
    )
    return set(db.session.scalars(query)) if departments else set()


def hidden_from(ticket_id: int) -> set[int]:
    """Who may not see a ticket because it is about them or their people."""
    return set(db.session.scalars(select(TicketHidden.person_id).where(TicketHidden.ticket_id == ticket_id)))


COUNTED_COMPLAINTS = (Ticket.kind == Kind.COMPLAINT, Ticket.state.not_in((State.MERGED, State.VOIDED)))
"""Complaints that count for the next one of the same customer."""


def complaints_before(ticket: Ticket, days: int) -> int:
    """How many complaints the same customer made within so many days before this one."""
    if ticket.customer_id is None:
        return 0
    query = select(func.count()).select_from(Ticket).where(
        Ticket.customer_id == ticket.customer_id, Ticket.id != ticket.id, *COUNTED_COMPLAINTS,
        Ticket.received_at <= ticket.received_at,
        Ticket.received_at >= ticket.received_at - timedelta(days=days),
    )  # fmt: skip
    return db.session.scalar(query) or 0


def complaints_about(product: str, at: datetime, days: int) -> int:
    """How many complaint forms name a product within so many days."""
    query = select(func.count()).select_from(Complaint).join(Ticket, Ticket.id == Complaint.ticket_id).where(
        Complaint.product == product, Complaint.filled_at > at - timedelta(days=days),
        Ticket.state.not_in((State.MERGED, State.VOIDED)),
    )  # fmt: skip
    return db.session.scalar(query) or 0


def counted_against(ticket_id: int) -> bool:
    """Whether this complaint is counted for the colleague whom it names."""
    return bool(
        db.session.scalar(
            select(
                exists().where(TicketBreach.ticket_id == ticket_id, TicketBreach.kind == BreachKind.COMPLAINT_UPHELD)
            )
        )
    )


def upheld_in_month(person_id: int, day: date) -> int:
    """How many upheld complaints are counted for somebody in the office month of a day, by the day of receipt."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1)
    begins, ends = map(start_of, (first, last))
    query = select(func.count()).select_from(TicketBreach).where(
        TicketBreach.person_id == person_id, TicketBreach.kind == BreachKind.COMPLAINT_UPHELD,
        TicketBreach.moment >= begins, TicketBreach.moment < ends,
    )  # fmt: skip
    return db.session.scalar(query) or 0


def has_worked(person_id: int, ticket: Ticket, department_id: int) -> bool:
    """Whether somebody did what a department had to do: accepted the ticket at some time, or did its part."""
    accepted = exists().where(
        TicketTransfer.ticket_id == ticket.id, TicketTransfer.state == OfferState.ACCEPTED,
        TicketTransfer.answered_by_id == person_id,
    )  # fmt: skip
    part = exists().where(
        TicketPart.ticket_id == ticket.id, TicketPart.person_id == person_id,
        TicketPart.department_id == department_id, TicketPart.finished_at.is_not(None),
    )  # fmt: skip
    return ticket.assignee_id == person_id or bool(db.session.scalar(select(or_(accepted, part))))


def steps_missing(ticket_id: int) -> Sequence[str]:
    """The steps that must be done before a ticket counts as solved, and are not; one that was struck out need not."""
    query = select(TicketStep.words).where(
        TicketStep.ticket_id == ticket_id, TicketStep.must, TicketStep.done_at.is_(None), TicketStep.struck_at.is_(None)
    )
    return db.session.scalars(query.order_by(TicketStep.id)).all()


def records_of(ticket_id: int) -> list[str]:
    """What was written down as done, in order."""
    query = select(TicketEntry.body).where(TicketEntry.ticket_id == ticket_id, TicketEntry.kind == EntryKind.RECORD)
    return list(db.session.scalars(query.order_by(TicketEntry.id)))


def escalations(ticket_id: int) -> Sequence[TicketEscalation]:
    """To whom it was reported level by level, and what was decided there."""
    query = select(TicketEscalation).where(TicketEscalation.ticket_id == ticket_id)
    return db.session.scalars(query.order_by(TicketEscalation.step)).all()


def level_above(ticket: Ticket, last: TicketEscalation | None, actor_id: int, day: date) -> Person | Department | None:
    """The next level: above whoever is accountable, then above the last one who had it; behind the top the committee.

    Leaves out who may not see the ticket. None behind the committee.
    """
    if last is not None and last.to_id is None:
        return None
    below = last.to_id if last is not None else ticket.accountable_id
    up = organisation.level_above(below or actor_id, day, hidden_from(ticket.id))
    return organisation.person_with_id(up) if up else committee()


def clocks(ticket_id: int) -> Sequence[TicketClock]:
    """Every clock that ran for a ticket, in the order in which they started."""
    return db.session.scalars(
        select(TicketClock).where(TicketClock.ticket_id == ticket_id).order_by(TicketClock.id)
    ).all()


@dataclass(frozen=True, slots=True)
class ChatAnswers:
    """How many answers in chats were due within a time, how many came in time, and which did not (TKT-034)."""

    due: int
    in_time: int
    late: Sequence[Any]


def chat_answers(reader: Staff, from_at: datetime, to_at: datetime, most: int = PAGE) -> ChatAnswers:
    """The answers that chats waited for between two moments, as far as `reader` may see the tickets.

    One that nobody has given yet counts when it is late. Walks `ix_ticket_clock_chat`, which holds chats alone.
    """
    chats = (
        TicketClock.kind == ClockKind.CHAT, TicketClock.started_at >= from_at, TicketClock.started_at < to_at,
        seen_by(reader),
    )  # fmt: skip
    late = TicketClock.breached_at.is_not(None)
    count = select(
        func.count().filter(or_(late, TicketClock.met_at.is_not(None))), func.count().filter(late)
    ).select_from(TicketClock)
    due, missed = db.session.execute(count.join(Ticket, Ticket.id == TicketClock.ticket_id).where(*chats)).one()
    rows = db.session.execute(
        select(
            Ticket.number, Ticket.title, Ticket.accountable_name, TicketClock.started_at, TicketClock.due_at,
            TicketClock.met_at, TicketClock.met_by, TicketClock.because,
        )
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .where(*chats, late)
        .order_by(TicketClock.started_at.desc(), TicketClock.id.desc())
        .limit(most)
    ).all()  # fmt: skip
    return ChatAnswers(due, due - missed, rows)


# --- Who takes tickets, and who leads ---


@dataclass(frozen=True, slots=True)
class Desk:
    """A department to which a ticket can be handed, and the people who work on tickets there."""

    department: Department
    people: tuple[tuple[int, str], ...]


_WORKING_ROLES = [role.value for role, rights in ROLES.items() if P.TICKETS_WORK in rights]


def takes_tickets(department_id: int, day: date) -> bool:
    """Whether anybody works on tickets in that department on a day: others are no place to send one."""
    above = [one.id for one in organisation.up_from(department_id)]
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Grant.department_id.in_(above),
                    Grant.role.in_(_WORKING_ROLES),
                    organisation.on_day(Grant.from_on, Grant.to_on, day),
                    Person.id == Grant.person_id,
                    Person.disabled_at.is_(None),
                )
            )
        )
    )


_GRANT, _PERSON = Grant.__table__.c, Person.__table__.c
_AT_DESKS = (
    select(_GRANT.department_id, _PERSON.id, _PERSON.name, _PERSON.sort_key)
    .join(Person.__table__, _PERSON.id == _GRANT.person_id)
    .where(
        _GRANT.role.in_([literal(role) for role in _WORKING_ROLES]),
        organisation.on_day(_GRANT.from_on, _GRANT.to_on, bindparam("day")),
        _PERSON.disabled_at.is_(None),
    )
    .order_by(_PERSON.sort_key, _PERSON.id)
    .distinct()
)


def desk_of(department_id: int, day: date) -> frozenset[int]:
    """Who works on tickets in a department on a day: whoever holds the role there, or else in the nearest one above."""
    for one in organisation.up_from(department_id):
        found = db.session.scalars(
            select(Grant.person_id).where(
                Grant.department_id == one.id,
                Grant.role.in_(_WORKING_ROLES),
                organisation.on_day(Grant.from_on, Grant.to_on, day),
            )
        ).all()
        if found:
            return frozenset(found)
    return frozenset()


def followers_of(ticket_id: int) -> frozenset[int]:
    """Who keeps the ticket on their list, whether or not they may still see it."""
    return frozenset(db.session.scalars(select(TicketFollower.person_id).where(TicketFollower.ticket_id == ticket_id)))


def desks(day: date) -> list[Desk]:
    """Every department that takes tickets on a day, in the order of the tree, each person where their role counts."""
    rows = db.session.execute(_AT_DESKS, {"day": day}).all()
    tree = organisation.departments()
    people: dict[int, list[tuple[int, str]]] = {}
    for department_id, person_id, name, _sort_key in rows:
        people.setdefault(department_id, []).append((person_id, name))
    taking = organisation.below(people, tree)
    return [Desk(one, tuple(people.get(one.id, ()))) for one in tree.values() if one.id in taking]


def leader_above(department_id: int, day: date, *, but: Collection[int | None] = ()) -> Person | None:
    """Who leads the department on a day, or the next one above, leaving out the people in `but`."""
    for one in organisation.up_from(department_id):
        found = db.session.scalar(
            select(Person)
            .join(Placement, Placement.person_id == Person.id)
            .join(Post, Post.id == Placement.post_id)
            .where(
                Post.department_id == one.id,
                Post.leads,
                organisation.on_day(Placement.from_on, Placement.to_on, day),
                Person.disabled_at.is_(None),
                Person.id.not_in([left_out for left_out in but if left_out is not None]),
            )
            .order_by(Person.id)
            .limit(1)
        )
        if found is not None:
            return found
    return None


def committee() -> Department | None:
    """The Customer Satisfaction Committee (ORG-009), where the company has one."""
    return next((one for one in organisation.departments().values() if one.kind is UnitKind.COMMITTEE), None)


def who_and_what(people: Collection[int], kind: str | None) -> tuple[dict[int, tuple[str, bool]], bool]:
    """Of what the filters of the queue name: people by their ids, each with whether they have left, and whether the
    kind is out of use; one statement."""
    who = select(Person.id, Person.name, Person.disabled_at.is_not(None)).where(Person.id.in_(people))
    what = select(literal(0), TicketKind.code, literal(True)).where(TicketKind.code == kind, ~TicketKind.active)
    rows = db.session.execute(union_all(who, what)).all()
    return {found: (name, gone) for found, name, gone in rows if found}, any(not row[0] for row in rows)


def department(department_id: int) -> Department | None:
    """A department by its id."""
    return organisation.departments().get(department_id)


@held.register
def tickets_held(people: Collection[int], before: datetime | None, reader: Staff | None) -> Rows:
    """Open tickets that these people work on or were offered, parts that they have and, for a leaver, tickets that they
    answer for alone.

    A reader learns nothing of a complaint about themselves or their people, and no more than that there is a ticket,
    and until when, of one that they may not open (ORG-002, ORG-035).
    """
    shown = literal(True) if reader is None else seen_by(reader)
    part_due = func.coalesce(TicketPart.due_at, NEVER, type_=Ticket.due_at.type)
    parts = []
    for rank, whose in enumerate(
        (Ticket.assignee_id, Ticket.offered_to_id, TicketPart.person_id, Ticket.accountable_id)
    ):
        if whose is Ticket.accountable_id and before is not None:
            continue
        due = part_due if whose is TicketPart.person_id else Ticket.due_at
        columns = held.row(
            kind=literal(str(rank)), person_id=whose, id=Ticket.id, number=Ticket.number, title=Ticket.title,
            due_at=due, shown=shown,
        )  # fmt: skip
        query = select(*columns).where(whose.in_(people), Ticket.ended_at.is_(None))
        if whose is TicketPart.person_id:
            query = query.join(Ticket, Ticket.id == TicketPart.ticket_id).where(TicketPart.state == PartState.TAKEN)
        if whose is Ticket.accountable_id:
            query = query.where(Ticket.deputy_id.is_(None))
        if before is not None:
            query = query.where(due < before)
        if reader is not None:
            query = query.where(_not_hidden_from(reader.id))
        parts.append(query.order_by(due, Ticket.id).limit(MOST_HELD))
    return Rows(parts, _held)


_HELD = (say("ticket"), say("ticket to accept"), say("part of a ticket"), say("ticket to answer for"))
"""What each of the ways to have a ticket is called; the first of them counts where somebody has it in several."""


def _held(lines: Iterable[Any]) -> Iterator[Held]:
    told: set[tuple[int, int]] = set()
    for row in sorted(lines, key=lambda one: (one.kind, one.due_at, one.id)):
        if (row.person_id, row.id) in told:
            continue
        told.add((row.person_id, row.id))
        yield Held(
            person_id=row.person_id,
            what=_HELD[int(row.kind)],
            number=row.number if row.shown else "",
            title=row.title if row.shown else say("one that you may not open"),
            href=f"/tickets/{row.number}" if row.shown else "",
            due_at=row.due_at if row.due_at < NEVER else None,
        )


# --- What waits for somebody ---


class Because(IntEnum):
    """Why a ticket waits for somebody: of several reasons the first counts."""

    ASKED = 1
    OFFERED = 2
    SERIOUS = 3
    ESCALATED = 4
    REQUESTED = 5
    ACCOUNTABLE = 6
    ASSIGNED = 7
    UNTAKEN = 8


def to_do(reader: Staff, most: int) -> Sequence[Any]:
    """The first `most` tickets whose next step is the reader's, the next deadline first; one statement, each slice on
    its index."""
    form, values = kept_reader(reader)
    leads, hands_out = (sorted(reader.where(right)) for right in (P.TICKETS_OVERRIDE, P.TICKETS_ASSIGN))
    values |= {"leads": leads, "hands_out": hands_out, "size": most}
    return db.session.execute(_to_do(form, bool(leads), bool(hands_out)), values).all()


_unconcluded = exists().where(Complaint.ticket_id == Ticket.id, Complaint.concluded_at.is_(None)).correlate(Ticket)
_unsigned = (
    exists()
    .where(ComplaintDepartment.ticket_id == Ticket.id, ComplaintDepartment.signed_at.is_(None))
    .correlate(Ticket)
)


@lru_cache(64)
def _to_do(form: _Form, leads: bool, hands_out: bool) -> Select[Any]:
    """The statement of `to_do`."""
    who, slices = form.who(), []
    for why, where in _turns_of(who, leads, hands_out):
        mine = select(literal(int(why)).label("why"), Ticket.id, Ticket.due_at)
        mine = mine.where(where, Ticket.ended_at.is_(None), _shown_to(who))
        slices.append(select(_first(mine.order_by(Ticket.due_at, Ticket.id)).subquery()))
    found = union_all(*slices).subquery()
    first = select(found.c.id, func.min(found.c.why).label("why")).group_by(found.c.id).subquery()
    return (
        select(
            first.c.why, Ticket.number, Ticket.title, Ticket.state, Ticket.caller_name, Ticket.anonymous,
            Ticket.due_at, Ticket.serious_at, Ticket.offered_at, Ticket.resolved_at, Ticket.told_at,
            Ticket.called_back_at, Ticket.round_began_at,
            _unconcluded.label("unconcluded"), _unsigned.label("unsigned"),
        )
        .join(first, first.c.id == Ticket.id)
        .order_by(Ticket.due_at, Ticket.id)
        .limit(_SIZE)
    )  # fmt: skip


def _turns_of(who: _Who, leads: bool, hands_out: bool) -> Iterator[tuple[Because, Where]]:
    """Whose turn it is, as `turns.turn` says it of one ticket. `leads`, `hands_out`: whether they do so anywhere."""
    yield Because.ASKED, _asked(who, unanswered=True)
    yield Because.ESCALATED, _reported_to(who, undecided=True)
    for offered in _to_accept(who):
        yield Because.OFFERED, offered
    at_work = Ticket.state.in_((State.IN_PROGRESS, State.AWAITING_ANSWER, State.REOPENED))
    settling = Ticket.state.in_((State.RESOLVED, State.AWAITING_CONFIRMATION, State.CONFIRMED))
    sorting = Ticket.state.in_((State.NEW, State.TRIAGED))
    unreported = and_(Ticket.serious_at.is_not(None), Ticket.reported_at.is_(None))
    for column in (Ticket.accountable_id, Ticket.deputy_id):
        yield Because.SERIOUS, and_(column == who.id, unreported)
        yield Because.ACCOUNTABLE, and_(column == who.id, or_(settling, sorting))
    nobody_else = and_(settling, Ticket.accountable_id.is_(None))
    yield Because.ASSIGNED, and_(Ticket.assignee_id == who.id, or_(at_work, nobody_else))
    waits_for_them = Ticket.state.in_((State.AWAITING_CONFIRMATION, State.AWAITING_CUSTOMER))
    yield Because.REQUESTED, and_(Ticket.requester_id == who.id, waits_for_them)
    if leads:
        yield (
            Because.ESCALATED,
            and_(Ticket.desk_id.in_(bindparam("leads", expanding=True)), Ticket.level > 0, ~settling),
        )
    if hands_out:
        yield Because.UNTAKEN, and_(Ticket.department_id.in_(bindparam("hands_out", expanding=True)), sorting)


def complaints_to_answer(reader: Staff, most: int) -> Select[Any]:
    """The first `most` internal complaints that wait for the reader's answer, the oldest first, as `waiting.row`
    columns; `number` is the id."""
    mine = (
        InternalComplaint.manager_id == reader.id,
        InternalComplaint.answered_at.is_(None),
        complaints_of(reader.id),
    )
    one = InternalComplaint
    columns = waiting.row(number=cast(one.id, String), who=one.by_name, since=one.at)
    return select(*columns).where(*mine).order_by(one.id).limit(most)


def signatures_owed(reader: Staff, most: int) -> Select[Any]:
    """The first `most` signatures under complaints that the reader may give (TKT-042), what was solved first coming
    first, as `waiting.row` columns; `kind` is the department. Only of what is concluded and solved: with another
    solution it would be signed again."""
    who, one = _Who.of(reader), ComplaintDepartment
    accepted = exists().where(
        TicketTransfer.ticket_id == Ticket.id, TicketTransfer.state == OfferState.ACCEPTED,
        TicketTransfer.answered_by_id == who.id,
    )  # fmt: skip
    part = exists().where(
        TicketPart.ticket_id == Ticket.id, TicketPart.person_id == who.id,
        TicketPart.department_id == one.department_id, TicketPart.finished_at.is_not(None),
    )  # fmt: skip
    did = and_(one.department_id == reader.department_id, or_(Ticket.assignee_id == who.id, accepted, part))
    columns = waiting.row(
        number=Ticket.number, title=Ticket.title, kind=one.department, who=Ticket.accountable_name,
        since=Ticket.resolved_at,
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(one, Ticket, Ticket.id == one.ticket_id)
        .join(Complaint, Complaint.ticket_id == one.ticket_id)
        .where(
            one.signed_at.is_(None), or_(one.department_id.in_(sorted(reader.where(P.TICKETS_ASSIGN))), did),
            Complaint.concluded_at.is_not(None), Ticket.resolved_at.is_not(None), Ticket.ended_at.is_(None),
            _shown_to(who),
        )
        .order_by(Ticket.resolved_at, Ticket.id, one.department_id)
        .limit(most)
    )  # fmt: skip


def untaken(reader: Staff) -> int:
    """How many tickets of the departments where the reader works are nobody's, up to 100."""
    where = and_(
        Ticket.department_id.in_(sorted(reader.where(P.TICKETS_WORK))), Ticket.state.in_((State.NEW, State.TRIAGED))
    )
    mine = (
        select(Ticket.id)
        .where(where, Ticket.ended_at.is_(None), _shown_to(_Who.of(reader)))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(mine)) or 0
