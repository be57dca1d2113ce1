"""Questions about tickets. Each begins by narrowing to what the reader may see.

A queue is made of one indexed slice per reason and then merged: an OR over the columns would read every open row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    desc,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from portal.extensions import db
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.tickets.models import InternalQuestion, Ticket, TicketFollower
from portal.tickets.states import Channel, Priority, State

Where = ColumnElement[bool]
MANY = 24
"""Departments that get a slice each; of a reader who sees more, one walk in the order of the list is quicker."""
MOST_COUNTED = 100


class Tab(StrEnum):
    """The saved views of the queue."""

    MINE = "mine"
    ACCEPT = "accept"
    DEPARTMENT = "department"
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
_ORDER: dict[Sort, tuple[Any, ...]] = {
    Sort.RANK: (Ticket.priority, Ticket.due_at, Ticket.id),
    Sort.CLOCK: (Ticket.due_at, Ticket.id),
    Sort.NEWEST: (Ticket.id,),
}
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


def reasons(reader: Staff) -> Iterator[Where]:
    """Why somebody may see a ticket, one by one (design: who sees what): as slices for lists, joined by OR for one."""
    yield from _in_departments(Ticket.department_id, reader.where(P.TICKETS_READ))
    yield from _in_departments(Ticket.desk_id, reader.where(P.TICKETS_READ))
    for column in (
        Ticket.accountable_id,
        Ticket.deputy_id,
        Ticket.assignee_id,
        Ticket.opened_by_id,
        Ticket.requester_id,
    ):
        yield column == reader.id
    yield from _to_accept(reader)
    yield _asked(reader)


def seen_by(reader: Staff) -> Where:
    """That `reader` may see the ticket: a reason holds, it was not voided, and it is no complaint about them."""
    return and_(or_(false(), *reasons(reader)), _shown_to(reader))


def ticket_seen_by(reader: Staff, number: str) -> Ticket | None:
    """The ticket with this number, or None: “not yours” and “not there” look the same."""
    return db.session.scalar(select(Ticket).where(Ticket.number == number, seen_by(reader)))


def works_on(reader: Staff, ticket: Ticket) -> bool:
    """Whether `reader` sees what is said inside: notes, facts about colleagues. One who only asked does not."""
    mine = (ticket.accountable_id, ticket.deputy_id, ticket.assignee_id, ticket.offered_to_id)
    departments = (ticket.department_id, ticket.desk_id)
    return (
        reader.id in mine
        or any(reader.may(P.TICKETS_READ, one) for one in departments)
        or (ticket.open_to_id is not None and reader.may(P.TICKETS_WORK, ticket.open_to_id))
        or bool(
            db.session.scalar(
                select(exists().where(InternalQuestion.ticket_id == ticket.id, InternalQuestion.asked_id == reader.id))
            )
        )
    )


def queue(reader: Staff, wanted: Wanted, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """One page of the queue as plain rows, without any text body.

    Sorted as `wanted.sort` says; each slice walks its own index and stops after one page.
    """
    order = _ORDER[wanted.sort]
    keys = _merged(reader, wanted, order, after, size + 1).subquery()
    rows = db.session.execute(
        select(
            Ticket.id,
            Ticket.number,
            Ticket.title,
            Ticket.kind,
            Ticket.state,
            Ticket.priority,
            Ticket.channel,
            Ticket.due_at,
            Ticket.received_at,
            Ticket.ended_at,
            Ticket.caller_name,
            Ticket.anonymous,
            Ticket.department_id,
            Ticket.assignee_name,
            Ticket.accountable_name,
            Ticket.offered_at,
            Ticket.serious_at,
            Ticket.round,
            Ticket.version,
        )
        .join(keys, keys.c.id == Ticket.id)
        .order_by(*_directed(order, wanted.sort))
    ).all()
    names = [column.key for column in order]
    return Slice.of(rows, lambda row: tuple(getattr(row, name) for name in names), size)


def how_many(reader: Staff, tabs: Iterable[Tab]) -> dict[Tab, int]:
    """How many open tickets each view holds, counted up to 100 and no further; one statement."""
    tabs = list(tabs)
    counts = [_count(reader, Wanted(tab=tab)).label(tab.value) for tab in tabs]
    row = db.session.execute(select(*counts)).one()
    return {tab: int(count) for tab, count in zip(tabs, row, strict=True)}


def waiting_for(reader: Staff) -> int:
    """How many tickets wait for an acceptance or an answer of `reader`, up to 100: stands beside the place's name."""
    return how_many(reader, [Tab.ACCEPT])[Tab.ACCEPT]


def _count(reader: Staff, wanted: Wanted) -> Any:
    keys = _merged(reader, wanted, (Ticket.id,), None, MOST_COUNTED, by_key=False).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(keys).scalar_subquery()


def _merged(
    reader: Staff, wanted: Wanted, order: Sequence[Any], after: After | None, size: int, *, by_key: bool = True
) -> Any:
    """Ids and sort keys of at most `size` rows: the first of each slice, without doubles, merged."""
    backwards = wanted.sort is Sort.NEWEST
    slices = []
    for reason in _slices(reader, wanted):
        query = select(*order).where(reason, _shown_to(reader), *_filters(wanted))
        if after:
            query = query.where(_behind(order, after, backwards))
        if by_key:
            query = query.order_by(*_directed(order, wanted.sort))
        slices.append(select(query.limit(size).subquery()))
    if not slices:
        return select(*order).where(false())
    merged = union(*slices) if len(slices) > 1 else slices[0]
    if not by_key:
        return select(merged.subquery())
    keys = merged.subquery()
    columns = [keys.c[column.key] for column in order]
    return select(*columns).order_by(*_directed(columns, wanted.sort)).limit(size)


def _slices(reader: Staff, wanted: Wanted) -> list[Where]:
    """The conditions whose rows together are the view; each is served by an index of its own."""
    open_only = () if wanted.tab is Tab.ALL else (Ticket.ended_at.is_(None),)
    found = [and_(reason, *open_only) for reason in _reasons_of(reader, wanted)]
    narrow = _narrow(wanted)
    if narrow is None:
        return found
    return [and_(narrow, or_(*found))] if found else []


def _narrow(wanted: Wanted) -> Where | None:
    """A filter that leaves so few rows that it leads the search: then the reasons are only looked at, row by row."""
    if wanted.numbers is not None:
        return Ticket.number.in_(wanted.numbers)
    if wanted.assignee:
        return Ticket.assignee_id == wanted.assignee
    if wanted.accountable:
        return Ticket.accountable_id == wanted.accountable
    return None


def _reasons_of(reader: Staff, wanted: Wanted) -> Iterable[Where]:
    departments = reader.where(P.TICKETS_READ)
    if wanted.department is not None:
        departments &= {wanted.department}
    match wanted.tab:
        case Tab.MINE:
            return [Ticket.assignee_id == reader.id]
        case Tab.ACCEPT:
            return [*_to_accept(reader), _asked(reader, unanswered=True)]
        case Tab.DEPARTMENT:
            return list(_in_departments(Ticket.department_id, departments))
        case Tab.FOLLOWING:
            elsewhere = or_(Ticket.assignee_id.is_(None), Ticket.assignee_id != reader.id)
            followed = select(TicketFollower.ticket_id).where(TicketFollower.person_id == reader.id)
            return [
                and_(Ticket.accountable_id == reader.id, elsewhere),
                and_(Ticket.deputy_id == reader.id, elsewhere),
                and_(Ticket.id.in_(followed), seen_by(reader)),
            ]
        case Tab.OPEN | Tab.ALL:
            return reasons(reader)


def _in_departments(column: Any, departments: frozenset[int]) -> Iterator[Where]:
    """One slice per department; a single one for a reader of very many, and no condition at all for all of them."""
    if departments and departments >= organisation.departments().keys():
        yield column.is_not(None)
    elif len(departments) > MANY:
        yield column.in_(sorted(departments))
    else:
        yield from (column == one for one in sorted(departments))


def _to_accept(reader: Staff) -> Iterator[Where]:
    """What was offered to the reader, or to everybody in a department where the reader works on tickets."""
    yield Ticket.offered_to_id == reader.id
    if departments := reader.where(P.TICKETS_WORK):
        yield Ticket.open_to_id.in_(sorted(departments))


def _asked(reader: Staff, *, unanswered: bool = False) -> Where:
    asked = select(InternalQuestion.ticket_id).where(InternalQuestion.asked_id == reader.id)
    return Ticket.id.in_(asked.where(InternalQuestion.answered_at.is_(None)) if unanswered else asked)


def _shown_to(reader: Staff) -> Where:
    """Voided tickets leave every list; a complaint about somebody is invisible to that person."""
    return and_(Ticket.state != State.VOIDED, or_(Ticket.about_id.is_(None), Ticket.about_id != reader.id))


def _filters(wanted: Wanted) -> Iterator[Where]:
    plain = {
        Ticket.state: wanted.state,
        Ticket.kind: wanted.kind,
        Ticket.department_id: wanted.department,
        Ticket.accountable_id: wanted.accountable,
        Ticket.priority: wanted.priority,
        Ticket.channel: wanted.channel,
    }
    yield from (column == value for column, value in plain.items() if value is not None)
    if wanted.assignee is not None:
        yield Ticket.assignee_id == wanted.assignee if wanted.assignee else Ticket.assignee_id.is_(None)


def _behind(order: Sequence[Any], after: After, backwards: bool) -> Where:
    if len(order) == 1:
        column, value = order[0], after.key[0]
        return column < value if backwards else column > value
    key = tuple_(*(literal(value, column.type) for column, value in zip(order, after.key, strict=True)))
    return tuple_(*order) > key


def _directed(columns: Sequence[Any], sort: Sort) -> list[Any]:
    return [desc(column) for column in columns] if sort is Sort.NEWEST else list(columns)
