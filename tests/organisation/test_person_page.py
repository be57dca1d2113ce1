"""The page of a colleague: what everybody may know, and what only some may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import COLLEAGUES, NAMED
from portal.extensions import db
from portal.kernel.actions import PORTAL, begin_writing
from portal.kernel.permissions import Role
from portal.organisation import actions, company, queries, record
from portal.organisation.lines import decides, missing_lines, superiors
from portal.organisation.models import Rank
from portal.organisation.staff import Staff
from portal.tickets.models import Ticket
from tests.conftest import NOW, TODAY

NUMBERS = {one.sign_in_name: f"XH{number:03d}" for number, one in enumerate(COLLEAGUES, start=1)}
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def reader(name: str) -> Staff:
    person = queries.person_called(name)
    assert person is not None
    return queries.staff(person, TODAY)


def section(page, head: str) -> str:
    """The words of one section of the page; empty where there is none."""
    found = [one for one in page.soup.select("section") if one.h2 and one.h2.text.startswith(head)]
    return " ".join(found[0].get_text(" ").split()) if found else ""


def test_everybody_sees_how_to_reach_a_colleague_and_to_whom_they_answer(demo, browser):
    page = browser.sign_in("clerk").get("/people/XH005")
    assert page.soup.h1.text == "李娜"
    assert {one["href"] for one in page.soup.select(".reach a")} == {"tel:8005", "mailto:agent%40xinghe.example"}
    assert section(page, "Answers to") == "Answers to 林静 direct superior"
    assert "Agent General service since" in section(page, "Posts")
    assert "agent in General service and below it since" in section(page, "Roles")
    assert "杭州" in section(page, "Facts")


def test_a_number_is_read_whatever_its_case_and_nobody_is_404(demo, browser):
    browser.sign_in("clerk")
    assert browser.get("/people/xh005").soup.h1.text == "李娜"
    browser.get("/people/XH999", expect=404)
    browser.get("/people/%00", expect=404)


# Pay


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", NAMED)
def test_base_pay_is_seen_by_its_owner_and_hr_alone(demo, browser, name):
    page = browser.sign_in(name).get("/people/XH005")
    sees = name in ("agent", "hr")
    assert ("4,000.00" in page.main) is sees
    assert ("Base pay" in page.text) is sees


@pytest.mark.attack(10, 17)
def test_hr_of_another_department_and_superiors_see_no_pay(department, post_holder, acting, app, browser):
    top = department("XH")
    here, there = department("A", top), department("B", top)
    amal = post_holder("Amal", here)
    head = post_holder("Head", here, Rank.MIDDLE, leads=True)
    actions.set_base_pay(PORTAL, amal, 412345, from_on=TODAY, at=NOW)
    readers = {
        "own": acting(amal), "superior": acting(head, Role.HEAD, here),
        "hr there": acting(post_holder("HR there", there), Role.HR, there),
        "hr here": acting(post_holder("HR here", here), Role.HR, here),
    }  # fmt: skip
    told = {}
    for who, one in readers.items():
        found = record.numbered(amal.staff_number)
        assert found is not None
        told[who] = bool(record.record_of(one, *found, NOW).of("pay"))
    assert told == {"own": True, "superior": False, "hr there": False, "hr here": True}


# Lines


@pytest.mark.rule("ORG-002")
def test_in_a_matrix_unit_two_superiors_are_named_and_a_missing_one_is_said(demo, browser):
    browser.sign_in("agent")
    both = section(browser.get("/people/XH025"), "Answers to")
    assert "韩冬 functional head" in both
    assert "曾毅 project lead · 极光" in both
    one = section(browser.get("/people/XH026"), "Answers to")
    assert "韩冬 functional head" in one
    assert "project lead: nobody recorded yet" in one


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param("shop1", "周洁", marks=pytest.mark.rule("ORG-018"), id="an agent of the shop: the shop manager"),
        pytest.param("sales2", "孙立", marks=pytest.mark.rule("ORG-019"), id="property sales: the sales director"),
        pytest.param(
            "sales-assistant", "孙立", marks=pytest.mark.rule("ORG-019"), id="above the assistant: the director"
        ),
        pytest.param("manager", "罗慧", marks=pytest.mark.rule("ORG-020"), id="the service centre: its director"),
        pytest.param("east1", "曹颖", marks=pytest.mark.rule("ORG-021"), id="a site: its head"),
        pytest.param("east-head", "高原", marks=pytest.mark.rule("ORG-021"), id="above a site: the manager"),
    ],
)
def test_the_superior_of_the_variant_stands_on_the_page(demo, browser, number, words):
    assert words in section(browser.sign_in("clerk").get(f"/people/{NUMBERS[number]}"), "Answers to")


def test_nobody_stands_above_the_top(demo, browser):
    assert "Nobody stands above." in section(browser.sign_in("clerk").get("/people/XH001"), "Answers to")


def test_the_quick_reading_of_today_answers_as_the_one_for_any_day(demo):
    quick, numbers = record.lines_now(TODAY)
    slow = company.lines_on(TODAY)
    assert slow.homes
    for one in slow.homes:
        assert superiors(quick, one) == superiors(slow, one)
        assert missing_lines(quick, one) == missing_lines(slow, one)
        assert decides(quick, one) == decides(slow, one)
        alone, _numbers = record.lines_now(TODAY, {one})
        assert superiors(alone, one) == superiors(slow, one)
        assert decides(alone, one) == decides(slow, one)
        assert one in numbers


def test_who_is_away_is_said_with_the_deputy_and_the_reason_stays_within(demo, browser):
    away, reason = NUMBERS["admin-head"], "年休假"
    page = browser.sign_in("clerk").get(f"/people/{away}")
    assert "away, back on 16 Oct" in page.main
    assert "程诺 stands in." in page.main
    assert reason not in page.text
    assert reason in browser.sign_in("hr").get(f"/people/{away}").main
    assert reason in browser.sign_in("admin-head").get(f"/people/{away}").main
    assert reason in browser.sign_in("executive").get(f"/people/{away}").main  # decides for them
    below = section(browser.sign_in("clerk").get(f"/people/{NUMBERS['admin']}"), "Answers to")
    assert "魏来 direct superior away, back on 16 Oct" in below
    assert "Decides today: 程诺 stands in for 魏来" in below


# What was


@pytest.mark.attack(44)
def test_what_was_before_stands_with_the_names_of_its_days(department, post_holder, browser, app):
    unit = department("OLD")
    amal = post_holder("王芳", unit, title="员工")
    second = actions.add_post(PORTAL, department("NEW"), {"zh-CN": "主管", "en": "Chief"}, at=NOW)
    actions.place(PORTAL, amal, second, from_on=YESTERDAY, at=NOW)
    actions.rename(PORTAL, amal, "王方", from_on=YESTERDAY, at=NOW)
    actions.change_department(PORTAL, unit, {"names": {"zh-CN": "新名", "en": "Renamed"}}, from_on=TODAY, at=NOW)
    number = amal.staff_number
    somebody = post_holder("Reader", unit)
    begin_writing()
    somebody = db.session.merge(somebody)
    somebody.must_change_password = False
    db.session.commit()
    page = browser.sign_in(somebody.sign_in_name).get(f"/people/{number}")
    assert page.soup.h1.text == "王方"
    before = " ".join(page.soup.select_one("details.list-history").get_text(" ").split())
    assert "员工 OLD" in before
    assert "Renamed" not in page.main
    assert "王芳 Name" in before


@pytest.mark.attack(44)
def test_who_has_left_has_a_page_that_says_so(demo, browser):
    page = browser.sign_in("clerk").get("/people/XH101")
    assert "left on 1 Aug" in page.main
    assert "Marketing clerk Marketing" in page.main
    assert not page.soup.select(".reach")


def test_what_was_put_right_on_the_same_day_is_not_shown(demo, browser):
    person = queries.person_called("clerk")
    actions.move_to_city(PORTAL, person, "南京", from_on=TODAY, at=NOW)
    actions.move_to_city(PORTAL, person, "苏州", from_on=TODAY, at=NOW)
    page = browser.sign_in("agent").get(f"/people/{NUMBERS['clerk']}")
    assert "苏州" in page.main
    assert "南京" not in page.main
    assert "杭州 City of work" in page.main


# What waits


@pytest.fixture
def late(demo) -> str:
    """The number of a ticket on which `agent` works and that is late."""
    person = queries.person_called("agent")
    begin_writing()
    ticket = db.session.scalars(
        db.select(Ticket).where(Ticket.assignee_id == person.id, Ticket.ended_at.is_(None)).order_by(Ticket.id)
    ).first()
    assert ticket is not None
    ticket.due_at = NOW - timedelta(hours=1)
    number = ticket.number
    db.session.commit()
    return number


@pytest.mark.rule("ORG-035")
def test_overdue_work_is_shown_to_the_superior_and_to_no_colleague(demo, browser, late):
    page = browser.sign_in("supervisor").get("/people/XH005")
    row = next(one for one in page.soup.select("tr.is-late") if late in one.text)
    assert "overdue since" in row.text
    assert row.select_one(f"a[href='/tickets/{late}']")
    assert "What waits" in browser.sign_in("agent").get("/people/XH005").main
    for name in ("agent2", "clerk", "auditor", "finance"):
        page = browser.sign_in(name).get("/people/XH005")
        assert "What waits" not in page.main
        assert late not in page.text


@pytest.mark.rule("ORG-002", "ORG-035")
def test_both_lines_of_a_matrix_unit_see_what_waits(demo, browser):
    for name in ("rd-head", "developer"):
        assert "What waits" in browser.sign_in(name).get(f"/people/{NUMBERS['engineer']}").main


@pytest.mark.attack(10, 16)
def test_hr_learns_how_much_waits_and_not_what(demo, browser, late):
    title = db.session.scalar(db.select(Ticket.title).where(Ticket.number == late))
    page = browser.sign_in("hr").get("/people/XH005")
    assert "you may not open" in page.main
    assert "overdue" in page.main
    assert late not in page.text
    assert title not in page.text


@pytest.mark.attack(5, 16)
def test_a_complaint_about_the_superior_is_not_even_counted_there(demo, browser, late):
    supervisor = queries.person_called("supervisor")
    held_before = len(queries.leaver_list(queries.person_called("agent").id, TODAY, reader("supervisor")))
    supervisor_id = supervisor.id
    begin_writing()
    db.session.execute(db.update(Ticket).where(Ticket.number == late).values(about_id=supervisor_id))
    db.session.commit()
    page = browser.sign_in("supervisor").get("/people/XH005")
    assert late not in page.text
    assert "you may not open" not in page.main
    agent = queries.person_called("agent")
    assert len(queries.leaver_list(agent.id, TODAY, reader("supervisor"))) == held_before - 1
    assert late in {one.number for one in queries.leaver_list(agent.id, TODAY)}


# Speed


@pytest.mark.parametrize("name", ["hr", "supervisor", "agent", "clerk", "admin", "executive", "rd-head"])
@pytest.mark.parametrize("number", ["XH005", "XH025", "XH002", "XH101"])
def test_the_page_asks_the_database_little(demo, browser, statements, name, number):
    browser.sign_in(name)
    browser.get(f"/people/{number}")
    with statements() as asked:
        browser.get(f"/people/{number}")
    assert len(asked) <= 10, "\n\n".join(asked)
