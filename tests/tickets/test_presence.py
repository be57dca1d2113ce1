"""Who reads and who writes on a ticket just now, for those who work on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect
from sqlalchemy import select, text

from portal.extensions import db
from portal.kernel import drafts, journal, presence
from portal.kernel.presence import Mode, Presence
from portal.organisation import queries as organisation
from portal.organisation.models import SignInSession
from portal.tickets.models import Ticket
from tests.browser import Browser
from tests.conftest import NOW, TODAY

TITLE = "晚上八点以后网速很慢"
SECOND = timedelta(seconds=1)


@pytest.fixture
def ticket(demo) -> Any:
    """Its id, number and version."""
    return db.session.execute(select(Ticket.id, Ticket.number, Ticket.version).where(Ticket.title == TITLE)).one()


def staff(name: str):
    found = organisation.staff(organisation.person_called(name), TODAY)
    db.session.rollback()
    return found


def look(browser: Browser, number: str) -> str:
    return browser.get(f"/tickets/{number}/here", part="here").main


def test_those_who_work_on_a_ticket_see_who_reads_and_who_writes(demo, browser, ticket):
    number, what = ticket.number, f"ticket:{ticket.id}:write"
    agent, supervisor = Browser(demo).sign_in("agent"), browser.sign_in("supervisor")
    assert look(agent, number) == ""
    assert look(supervisor, number) == "李娜 is reading this"
    agent.post("/drafts", {"draft": what, "words": "您好"})
    page = supervisor.get(f"/tickets/{number}")
    assert page.soup.select_one("#here").get_text(strip=True) == "李娜 is writing"
    agent.post(f"/tickets/{number}/write", {**agent.get(f"/tickets/{number}").form("/write"), "words": "您好。"})
    assert look(supervisor, number) == "李娜 is reading this", "what was sent is not being written any more"


def test_a_draft_that_is_discarded_is_not_being_written(demo, browser, ticket):
    agent = staff("agent")
    what = f"ticket:{ticket.id}:write"
    presence.typed(agent, what, {"words": ["半句"]}, at=NOW)
    assert presence.around(0, f"ticket:{ticket.id}", NOW).writing == [agent.name]
    presence.discard(agent, what, at=NOW)
    assert presence.around(0, f"ticket:{ticket.id}", NOW).writing == []


@pytest.mark.parametrize(("after", "there"), [(timedelta(minutes=2) - SECOND, True), (timedelta(minutes=2), False)])
def test_whoever_was_not_seen_for_two_minutes_has_gone(app, house, after, there):
    presence.seen(house.li, "ticket:1", at=NOW)
    assert (presence.around(house.wang.id, "ticket:1", NOW + after).reading == ["Li"]) == there
    assert presence.around(house.li.id, "ticket:1", NOW).reading == [], "nobody is told of themselves"
    assert presence.around(house.wang.id, "ticket:12", NOW).reading == []
    presence.forget_old(house.li, NOW, at=NOW)
    assert db.session.scalars(select(Presence)).all() == []


@pytest.mark.parametrize(("after", "written"), [(59, False), (60, True)])
def test_it_is_written_once_a_minute_at_most(app, house, after, written):
    again = NOW + timedelta(seconds=after)
    presence.seen(house.li, "ticket:1", at=NOW)
    assert presence.was_seen(house.li.id, "ticket:1", again) != written
    presence.seen(house.li, "ticket:1", at=again)
    assert db.session.scalars(select(Presence.seen_at)).all() == [again if written else NOW]
    presence.seen(house.li, "ticket:1", Mode.WRITING, at=NOW)
    assert len(db.session.scalars(select(Presence)).all()) == 2


@pytest.mark.attack(18)
@pytest.mark.parametrize("name", ["clerk", "shop1", "admin"])
def test_the_line_is_for_those_who_see_the_ticket_inside(demo, browser, ticket, name):
    presence.seen(staff("agent"), f"ticket:{ticket.id}", at=NOW)
    browser.sign_in(name).get(f"/tickets/{ticket.number}/here", part="here", expect=404)
    assert len(db.session.scalars(select(Presence)).all()) == 1, "and nobody else is seen there"


def test_a_requester_is_not_told_who_reads_their_request(demo, browser):
    own = db.session.execute(
        select(Ticket.number, Ticket.id).where(Ticket.requester_id == organisation.person_called("clerk").id)
    ).first()
    presence.seen(staff("supervisor"), f"ticket:{own.id}", at=NOW)
    page = browser.sign_in("clerk").get(f"/tickets/{own.number}")
    assert page.soup.select_one("#here") is None
    browser.get(f"/tickets/{own.number}/here", part="here", expect=404)


def test_being_there_is_no_fact_and_no_change_of_the_ticket(demo, browser, ticket):
    number, version, facts = ticket.number, ticket.version, len(journal.names())
    look(browser.sign_in("agent"), number)
    browser.post("/drafts", {"draft": f"ticket:{ticket.id}:write", "words": "您好"})
    db.session.rollback()
    assert (db.session.get_one(Ticket, ticket.id).version, len(journal.names())) == (version, facts)


def test_a_page_that_asks_by_itself_keeps_no_session_alive(demo, browser, ticket):
    number, idle = ticket.number, timedelta(minutes=demo.config["IDLE_MINUTES"])
    with time_machine.travel(NOW, tick=False) as clock:
        browser.sign_in("agent")
        for _time in range(9):
            clock.shift(idle / 10)
            look(browser, number)
        clock.shift(idle / 10 + SECOND)
        assert {one.seen_at for one in db.session.scalars(select(SignInSession))} >= {NOW}
        assert browser.get(f"/tickets/{number}/here", part="here", expect=204).text == ""
        browser.get(f"/tickets/{number}", expect=303)


@pytest.mark.attack(31)
def test_where_nothing_can_be_written_the_line_is_still_told(demo, browser, ticket, monkeypatch):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the file of SQLite is what is made read-only")
    number = ticket.number
    presence.seen(staff("agent"), f"ticket:{ticket.id}", at=NOW)
    browser.sign_in("supervisor")
    db.session.execute(text("PRAGMA query_only = ON"))
    try:
        assert look(browser, number) == "李娜 is reading this"
        browser.get(f"/tickets/{number}")
    finally:
        db.session.execute(text("PRAGMA query_only = OFF"))


def test_the_page_and_the_line_ask_no_more_than_one_statement_for_it(demo, browser, ticket, statements):
    browser.sign_in("supervisor").get(f"/tickets/{ticket.number}")
    statements.clear()
    browser.get(f"/tickets/{ticket.number}")
    assert len([one for one in statements if re.search(r"\bFROM (draft|presence)\b", one)]) == 1
    assert not [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.browser
def test_the_line_comes_by_itself_and_asks_only_while_somebody_looks(live, ticket):
    number = ticket.number
    first, second = live.page("agent", locale="zh-CN"), live.page("supervisor", locale="zh-CN")
    with first.expect_response("**/here"):
        first.goto(f"/tickets/{number}")
    second.goto(f"/tickets/{number}")
    expect(second.locator("#here")).to_have_text("李娜正在看")
    first.fill("#write textarea", "您好")
    expect(first.locator("#write .kept")).to_contain_text("草稿已存")
    second.clock.install(time=NOW)
    second.reload()
    expect(second.locator("#here")).to_have_text("李娜正在写")
    asked = []
    second.on("request", lambda request: asked.append(request.url) if request.url.endswith("/here") else None)
    second.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    second.clock.fast_forward(90_000)
    second.wait_for_timeout(300)
    assert asked == []
    second.evaluate("Object.defineProperty(document, 'hidden', {get: () => false})")
    second.clock.fast_forward(31_000)
    second.wait_for_timeout(300)
    assert len(asked) >= 1
    assert drafts.of(staff("agent").id)
