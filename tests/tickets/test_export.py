"""The queue as a file: exactly what it shows, to whoever may see it, and harmless when it is opened."""

from __future__ import annotations

import csv
import re
import tracemalloc
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as any_of
from openpyxl import load_workbook
from sqlalchemy import select

from portal.demo import scale
from portal.demo.cast import COLLEAGUES
from portal.extensions import db
from portal.kernel.permissions import P
from portal.kernel.tables import read_table
from portal.organisation import queries as organisation
from portal.tickets import actions, queries
from portal.tickets.models import Ticket
from portal.tickets.queries import Tab, Wanted
from portal.tickets.states import State
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, counted, person_of

ADDRESSES = (
    "", "view=all", "view=department", "view=mine", "view=accept", "view=following", "sort=clock", "sort=newest",
    "view=all&kind=repair", "state=in+progress&sort=clock", "assignee=nobody", "priority=urgent", "channel=telephone",
    "view=all&state=closed&department=CS-GEN", "view=all&number=17", "view=all&kind=order&channel=chat&priority=normal",
)  # fmt: skip


def reader(name: str):
    return organisation.staff(organisation.person_called(name), TODAY)


def numbers_in(answer) -> list[str]:
    """The first column below the head, as whoever opens the file sees it."""
    return [row.cells[0] for row in read_table(answer.response.data).rows]


def numbers_on(browser, query: str) -> list[str]:
    """What the queue shows on all its pages, one after the other."""
    numbers, url = [], f"/tickets?{query}"
    while url:
        page = browser.get(url)
        numbers += [one.text for one in page.soup.select("tbody .c-key")]
        following = page.soup.select_one("a[rel=next]")
        url = following["href"] if following else ""
    return numbers


@pytest.mark.attack(10, 25)
@pytest.mark.parametrize("query", ADDRESSES)
def test_the_file_holds_every_page_of_what_the_address_shows_in_its_order(demo, browser, monkeypatch, query):
    monkeypatch.setattr("portal.tickets.queries.queue.__kwdefaults__", {"after": None, "size": 7})
    monkeypatch.setattr("portal.tickets.queries.every_row.__defaults__", (5,))
    browser.sign_in("supervisor")
    shown = numbers_on(browser, query)
    assert numbers_in(browser.get(f"/tickets/table.csv?{query}")) == shown
    assert numbers_in(browser.get(f"/tickets/table.xlsx?{query}")) == shown


def test_the_queue_offers_the_file_of_what_it_shows_to_whoever_may_take_it(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets?view=all&kind=repair&after=WzMwXQ")
    links = [one["href"] for one in page.soup.select(".list-foot a")]
    assert links == ["/tickets/table.csv?view=all&kind=repair", "/tickets/table.xlsx?view=all&kind=repair"]
    assert not browser.sign_in("agent").get("/tickets?view=all").soup.select(".list-foot")


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", [one.sign_in_name for one in COLLEAGUES])
def test_listed_is_openable_is_exported_is_counted(demo, browser, name):
    """For everybody in the company, voided tickets and complaints about oneself among all that there are."""
    who = reader(name)
    about_me = db.session.scalars(select(Ticket).where(Ticket.state == State.IN_PROGRESS)).first()
    by_hand("UPDATE ticket SET about_id = :who WHERE id = :id", who=who.id, id=about_me.id)
    every = db.session.execute(select(Ticket.number, Ticket.state, Ticket.about_id)).all()
    hidden = {one.number for one in every if one.state is State.VOIDED or one.about_id == who.id}
    assert len(hidden) >= 2
    exported = {row.number for row in queries.every_row(who, Wanted(tab=Tab.ALL, sort=queries.Sort.NEWEST), size=9)}
    browser.sign_in(name)
    assert set(numbers_on(browser, "view=all")) == exported
    assert counted(who, [Tab.ALL])[Tab.ALL] == len(exported)
    assert not exported & hidden
    for one in every:
        assert (queries.ticket_seen_by(who, one.number) is not None) == (one.number in exported), one.number
    for number in hidden:
        browser.get(f"/tickets/{number}", expect=404)
    if who.may(P.TICKETS_EXPORT):
        assert set(numbers_in(browser.get("/tickets/table.csv?view=all"))) == exported
    else:
        browser.get("/tickets/table.csv?view=all", expect=403)
        browser.get("/tickets/table.xlsx?view=all", expect=403)


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["sort=due_at", "view=everything", "department__secret=1", "kind=gossip", "after=x"])
def test_an_address_that_the_queue_does_not_know_has_no_file(demo, browser, query):
    browser.sign_in("supervisor")
    for ending in ("csv", "xlsx"):
        browser.get(f"/tickets/table.{ending}?{query}", expect=400)


@pytest.mark.attack(25, 39)
@pytest.mark.parametrize(
    "formula", ["=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("//evil")']
)
def test_what_looks_like_a_formula_is_text_in_either_file(demo, browser, formula):
    by_hand("UPDATE ticket SET title = :title, caller_name = :name", title=f"{formula} 重启", name=formula)
    browser.sign_in("supervisor")
    file = browser.get("/tickets/table.csv").response
    assert file.data.startswith(b"\xef\xbb\xbf")  # so that Excel reads it as UTF-8
    assert file.headers["Content-Disposition"] == f"attachment; filename=tickets-{TODAY}.csv"
    assert "text/csv" in file.headers["Content-Type"]
    text = file.data.decode("utf-8-sig")
    assert "重启" in text
    for cells in csv.reader(StringIO(text, newline="")):
        assert not [one for one in cells if re.match(r"[=+\-@\t\r＝]", one)]
    book = load_workbook(BytesIO(browser.get("/tickets/table.xlsx").response.data))
    cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)


def test_the_words_of_the_file_are_those_of_the_reader(demo, browser):
    browser.sign_in("supervisor").language = "zh-CN"
    table = read_table(browser.get("/tickets/table.csv?view=all&number=17").response.data)
    assert table.head[:5] == ["编号", "事由", "类别", "优先级", "状态"]
    (row,) = table.rows
    assert row.cells[4] == "等内部答复"
    assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d", row.cells[11])


@pytest.mark.attack(35)
def test_a_long_export_asks_in_slices_and_keeps_only_one(demo, statements):
    scale.add("tickets", 6000, NOW)
    who = reader("executive")
    statements.clear()
    tracemalloc.start()
    count = sum(1 for _row in queries.every_row(who, Wanted(tab=Tab.ALL, sort=queries.Sort.NEWEST)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    walked = [one for one in statements if "FROM ticket" in one]
    assert count > 6000
    assert len(walked) == count // queries.SLICE + 1
    assert all("LIMIT" in one for one in walked)
    assert most < 8 << 20


def test_a_refusal_before_the_first_row_is_a_page(demo, browser, monkeypatch):
    monkeypatch.setattr("portal.kernel.tables.MOST_ROWS", 3)
    page = browser.sign_in("supervisor").get("/tickets/table.xlsx?view=all", expect=422)
    assert "A workbook holds 3 rows" in page.main


@pytest.fixture
def tree(house, opened):
    """Tickets that were handed about, one voided, one about somebody: what a random reader is held against."""
    places = {"desk": house.desk, "tech": house.tech, "market": house.market}
    takers = {"tech": house.zhao, "market": house.yu}
    for nth, (who, where) in enumerate((a, b) for a in (house.li, house.wang, house.yu) for b in (None, *takers)):
        ticket = opened(who, at=NOW, about=person_of(house.lin) if nth % 4 == 3 else None)
        if where and where in takers and takers[where] is not who:
            actions.offer(who, ticket, places[where], at=NOW)
            if nth % 2:
                actions.accept(takers[where], ticket, at=NOW)
        if nth == 6:
            actions.void(house.chen if house.chen.may(P.TICKETS_VOID) else house.luo, opened(house.li), "试", at=NOW)
    return house


def test_any_view_and_filter_exports_what_it_lists(tree):
    readers = [tree.li, tree.wang, tree.lin, tree.luo, tree.zhao, tree.han, tree.yu, tree.mo, tree.chen]
    departments = [None, tree.desk.id, tree.tech.id, tree.market.id]
    people = [None, 0, *(one.id for one in readers)]

    @given(
        who=any_of.sampled_from(readers), tab=any_of.sampled_from(list(Tab)),
        state=any_of.sampled_from([None, *State]), department=any_of.sampled_from(departments),
        assignee=any_of.sampled_from(people), accountable=any_of.sampled_from([one for one in people if one != 0]),
        size=any_of.integers(1, 9), nth=any_of.integers(0, 2),
    )  # fmt: skip
    def same(who, tab, state, department, assignee, accountable, size, nth):
        sort = queries.SORTS[tab][nth % len(queries.SORTS[tab])]
        wanted = Wanted(tab, sort, state, department=department, assignee=assignee, accountable=accountable)
        rows = [row.number for row in queries.every_row(who, wanted, size)]
        assert rows == [row.number for row in queries.queue(who, wanted, size=1000).rows]
        assert len(rows) == len(set(rows))
        for number in rows:
            assert queries.ticket_seen_by(who, number) is not None

    same()
