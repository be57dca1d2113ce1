"""Who sees which ticket: listed is openable is counted, whatever the reason and the view."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.demo import scale
from portal.demo.cast import NAMED
from portal.extensions import db
from portal.organisation import queries as organisation
from portal.tickets import actions, queries
from portal.tickets.models import NEVER, Ticket
from portal.tickets.queries import SORTS, Sort, Tab, Wanted
from portal.tickets.rules import numbers_meant
from portal.tickets.states import Channel, Priority, State
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import counted, later, person_of


def reader(name: str):
    person = organisation.person_called(name)
    assert person is not None
    return organisation.staff(person, TODAY)


def every_page(who, wanted: Wanted, size: int = 7) -> list[str]:
    """The numbers of all pages of a list, one after the other."""
    numbers, after = [], None
    while True:
        page = queries.queue(who, wanted, after=after, size=size)
        numbers += [row.number for row in page.rows]
        if page.after is None:
            return numbers
        after = page.after


def seen(who, *more) -> set[str]:
    return set(db.session.scalars(select(Ticket.number).where(queries.seen_by(who), *more)))


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", NAMED)
def test_listed_is_openable_is_counted(demo, name):
    who = reader(name)
    everything = every_page(who, Wanted(tab=Tab.ALL, sort=Sort.NEWEST))
    assert len(everything) == len(set(everything))
    assert set(everything) == seen(who)
    for number in db.session.scalars(select(Ticket.number)).all():
        assert (queries.ticket_seen_by(who, number) is not None) == (number in set(everything))
    still_open = seen(who, Ticket.ended_at.is_(None))
    for sort in Sort:
        assert set(every_page(who, Wanted(tab=Tab.OPEN, sort=sort))) == still_open
    counts = counted(who, list(Tab))
    for tab in Tab:
        listed = every_page(who, Wanted(tab=tab, sort=SORTS[tab][0]))
        assert counts[tab] == min(len(listed), queries.MOST_COUNTED)
        assert set(listed) <= set(everything), tab


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("name", ["supervisor", "executive", "engineer"])
def test_pages_follow_each_other_without_a_gap_or_a_double(demo, name, sort):
    keys = {
        Sort.RANK: lambda one: (one.priority, one.due_at, one.id),
        Sort.CLOCK: lambda one: (one.due_at, one.id),
        Sort.NEWEST: lambda one: (-one.id,),
    }
    who = reader(name)
    rows = db.session.scalars(select(Ticket).where(queries.seen_by(who), Ticket.ended_at.is_(None))).all()
    expected = [one.number for one in sorted(rows, key=keys[sort])]
    assert every_page(who, Wanted(sort=sort), size=5) == expected


@pytest.mark.parametrize(
    ("filters", "same"),
    [
        ({"state": State.IN_PROGRESS}, lambda one: one.state is State.IN_PROGRESS),
        ({"kind": "repair"}, lambda one: one.kind == "repair"),
        ({"priority": Priority.URGENT}, lambda one: one.priority == 1),
        ({"channel": Channel.CHAT}, lambda one: one.channel is Channel.CHAT),
        ({"assignee": 0}, lambda one: one.assignee_id is None),
        ({"kind": "order", "channel": Channel.CHAT}, lambda one: one.kind == "order" and one.channel is Channel.CHAT),
    ],
)
@pytest.mark.parametrize("name", ["supervisor", "executive", "agent"])
def test_a_filter_shows_what_it_says_and_nothing_that_is_hidden(demo, name, filters, same):
    who = reader(name)
    rows = db.session.scalars(select(Ticket).where(queries.seen_by(who), Ticket.ended_at.is_(None))).all()
    assert set(every_page(who, Wanted(**filters))) == {one.number for one in rows if same(one)}


def test_filters_by_person_and_department_stay_within_what_is_seen(demo):
    agent, technician = reader("agent"), reader("technician")
    theirs = every_page(agent, Wanted(assignee=technician.id))
    assert theirs
    assert set(theirs) == seen(agent, Ticket.assignee_id == technician.id, Ticket.ended_at.is_(None))
    accountable = every_page(technician, Wanted(accountable=agent.id))
    assert set(accountable) == seen(technician, Ticket.accountable_id == agent.id, Ticket.ended_at.is_(None))
    department = technician.department_id
    assert set(every_page(agent, Wanted(department=department))) == seen(
        agent, Ticket.department_id == department, Ticket.ended_at.is_(None)
    )


def test_a_complaint_about_a_colleague_is_invisible_to_that_colleague(house, opened):
    ticket = opened(house.wang, kind="dispute", about=person_of(house.li))
    assert ticket.number not in seen(house.li)
    assert ticket.number in seen(house.lin)
    assert every_page(house.li, Wanted()) == []
    own = opened(house.li, about=person_of(house.li))
    assert own.number not in seen(house.li)


def test_what_was_asked_of_somebody_is_seen_by_them(house, worked):
    ticket = worked()
    assert ticket.number not in seen(house.mo)
    actions.ask_inside(
        house.li, ticket, person_of(house.mo), "您在场吗？", told="我核实一下。", channel=Channel.CHAT, at=NOW
    )
    assert every_page(house.mo, Wanted(tab=Tab.ACCEPT)) == [ticket.number]
    actions.answer_inside(house.mo, ticket, queries.question_for(house.mo, ticket.id), "在。", at=NOW)
    assert every_page(house.mo, Wanted(tab=Tab.ACCEPT)) == []


def test_who_handed_it_on_and_is_not_accountable_loses_sight_of_it(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    actions.offer(house.zhao, ticket, house.market, person_of(house.yu), at=NOW)
    actions.accept(house.yu, ticket, at=NOW)
    assert ticket.number not in seen(house.zhao)
    assert ticket.number in seen(house.li)  # accountable
    assert ticket.number in seen(house.lin)  # leads the desk that follows it through


@pytest.mark.parametrize("name", ["supervisor", "clerk", "executive", "agent"])
@pytest.mark.parametrize("tab", list(Tab))
def test_a_page_of_the_queue_is_one_statement_without_a_text_body(demo, name, tab):
    who = reader(name)
    organisation.departments()
    with statements() as told:
        queries.queue(who, Wanted(tab=tab, sort=SORTS[tab][0]))
    selects = [one for one in told if "FROM ticket" in one]
    assert len(selects) == 1
    head = selects[0].split("FROM")[0]
    assert "body" not in head
    assert "html" not in head


@pytest.mark.parametrize("name", ["supervisor", "clerk", "executive"])
@pytest.mark.parametrize("tab", list(Tab))
def test_no_view_walks_through_every_ticket(demo, name, tab):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans are told in SQLite's words")
    scale.add("tickets", 2000, NOW)
    who = reader(name)
    for sort in SORTS[tab]:
        for line in plan(lambda sort=sort: queries.queue(who, Wanted(tab=tab, sort=sort))):
            whole = re.match(r"SCAN ticket\b", line) and "INDEX" not in line
            newest_of_all = name == "executive" and tab is Tab.ALL  # in the order of the rows: stops after a page
            assert not whole or newest_of_all, f"{tab}/{sort}: {line}"


@pytest.mark.parametrize("narrowed", [{}, {"kind": "complaint"}, {"state": State.NEW}], ids=str)
@pytest.mark.parametrize(("sort", "order"), [(Sort.RANK, "rank"), (Sort.CLOCK, "clock"), (Sort.NEWEST, "id")])
def test_each_department_is_walked_in_the_order_of_the_list_whatever_it_is_narrowed_by(demo, sort, order, narrowed):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans are told in SQLite's words")
    scale.add("tickets", 2000, NOW)
    lines = list(plan(lambda: queries.queue(reader("supervisor"), Wanted(sort=sort, **narrowed))))
    for column in ("department_id", "desk_id"):
        walked = [one for one in lines if f"({column}=?" in one and "ix_ticket_open_" in one]
        assert walked
        assert all(f"ix_ticket_open_{column}_{order} " in one for one in walked), walked
    from_index = {"kind", "state"} & narrowed.keys()
    held = {one.name: set(one.columns.keys()) for one in Ticket.__table__.indexes}
    assert from_index <= held[f"ix_ticket_open_department_id_{order}"]


def plan(ask) -> Iterator[str]:
    with statements(with_values=True) as told:
        ask()
    for statement, values in [one for one in told if "FROM ticket" in one[0]]:
        for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
            yield row[3]


@contextmanager
def statements(with_values: bool = False) -> Iterator[list]:
    told: list = []

    def keep(_connection, _cursor, statement, values, _context, _many):
        told.append((statement, values) if with_values else statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield told
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("T-2026-00042", ("T-2026-00042",)),
        ("t-2026-42", ("T-2026-00042",)),
        (" T2026-42 ", ("T-2026-00042",)),
        ("42", ("T-2026-00042", "T-2025-00042")),
        ("%", ()),
        ("T-2026-%", ()),
        ("", ()),
        ("４２", ()),
        ("1" * 10, ()),
    ],
)
@pytest.mark.attack(15)
def test_a_number_may_be_typed_in_short_and_no_sign_widens_it(typed, meant):
    assert numbers_meant(typed, 2026) == meant


def test_the_merged_slices_give_what_one_plain_question_gives(house, opened):
    chance = random.Random(7)
    for nth in range(40):
        ticket = opened(chance.choice([house.li, house.wang, house.yu]), at=later(nth), routing="account")
        if chance.random() < 0.5:
            where = chance.choice([house.tech, house.market])
            actions.offer(house_of(house, ticket), ticket, where, at=later(nth))
            if chance.random() < 0.5:
                actions.accept(house.zhao if where is house.tech else house.yu, ticket, at=later(nth + 1))
    for who in (house.li, house.wang, house.lin, house.luo, house.zhao, house.han, house.yu, house.mo, house.chen):
        assert set(every_page(who, Wanted(), size=6)) == seen(who)


def house_of(house, ticket):
    return {house.li.id: house.li, house.wang.id: house.wang, house.yu.id: house.yu}[ticket.accountable_id]


def test_a_count_stops_at_a_hundred(demo):
    scale.add("tickets", 3000, NOW)
    counts = counted(reader("executive"), [Tab.OPEN])
    assert counts[Tab.OPEN] == queries.MOST_COUNTED


def test_what_never_is_due_stands_behind_everything(house, opened, published):
    published({"tickets.first_response": "priority=high: 1 hour"}, from_=TODAY)
    first, second = opened(at=NOW), opened(at=NOW - timedelta(days=1))
    assert first.due_at == second.due_at == NEVER
    assert every_page(house.li, Wanted(sort=Sort.CLOCK)) == [first.number, second.number]
