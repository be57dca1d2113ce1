"""Whoever comes second is shown what happened since, keeps what they typed, and the next press counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.organisation.models import Person
from portal.tickets.models import Complaint, Ticket
from tests.browser import Browser

TITLE = "收银机连不上网，中午要排队了"


@pytest.fixture
def url(demo) -> str:
    return f"/tickets/{db.session.scalar(select(Ticket.number).where(Ticket.title == TITLE))}"


@pytest.fixture
def two(demo):
    return Browser(demo).sign_in("supervisor"), Browser(demo).sign_in("director")


def of(page) -> str:
    """What the page says of what happened in between."""
    box = page.soup.select_one(".meanwhile")
    return " ".join(box.get_text(" ").split()) if box else ""


@pytest.mark.attack(27)
@pytest.mark.parametrize("part", ["", "ticket-story"], ids=["page", "fragment"])
def test_the_second_of_two_who_rank_sees_the_difference_and_presses_again(two, url, part):
    first, second = two
    mine = {**second.get(f"{url}?act=rank").form("/rank"), "impact": "one", "reason": "只有一台"}
    theirs = {**first.get(f"{url}?act=rank").form("/rank"), "impact": "many", "reason": "三家门店都连不上"}
    first.post(f"{url}/rank", theirs)
    first.post(f"{url}/write", {**first.get(url).form("/write"), "what": "note", "words": "已派人"})
    page = second.post(f"{url}/rank", mine, expect=409, part=part)
    told = of(page)
    assert "Changed since you opened it Priority" in told
    assert "三家门店都连不上" in told
    assert "Inside note 林静" in told
    assert "Who is affected? now “" in told
    assert "with you “one person” " in told
    assert "press again" in told
    assert "Why has it changed" not in told, "a reason stands nowhere yet"
    assert "First response" not in told, "what stood on the page already is not said again"
    again = page.form("/rank")
    assert (again["reason"], again["impact"]) == ("只有一台", "one")
    second.post(f"{url}/rank", again)
    assert db.session.scalar(select(Ticket.impact).where(Ticket.title == TITLE)) == "one"


@pytest.mark.parametrize("part", ["", "ticket-story"], ids=["page", "fragment"])
def test_a_button_that_came_too_late_shows_the_page_as_it_is_now(demo, part):
    number = db.session.scalar(select(Ticket.number).where(Ticket.assignee_id.is_(None), Ticket.state == "triaged"))
    url = f"/tickets/{number}"
    ones = [Browser(demo).sign_in(name) for name in ("supervisor", "director")]
    takers = [one for one in ones if one.get(url).soup.select_one(f"form[action='{url}/take']")]
    assert len(takers) == 2
    first, second = takers
    button = second.get(url).form("/take")
    first.post(f"{url}/take", first.get(url).form("/take"))
    page = second.post(f"{url}/take", button, expect=409, part=part)
    assert "somebody has moved this on" in of(page) or "was faster" in of(page)
    assert "accepted it" in of(page) or "林静" in of(page)
    assert not page.soup.select_one(f"form[action='{url}/take']")


def test_a_complaint_form_is_not_written_over_unseen(demo):
    row = db.session.execute(
        select(Ticket.number, Ticket.id, Complaint.cause).join(Complaint, Complaint.ticket_id == Ticket.id)
        .where(Ticket.ended_at.is_(None))
    ).first()  # fmt: skip
    url = f"/tickets/{row.number}"
    ones = [Browser(demo).sign_in(name) for name in ("agent", "supervisor", "director", "manager")]
    page_url = f"{url}?act=complaint-form"
    able = [
        one for one in ones
        if (page := one.get(page_url, expect={200, 404})).status == 200
        and page.soup.select_one(f"form[action='{url}/complaint-form']")
    ]  # fmt: skip
    first, second = able[:2]
    mine = {**second.get(page_url).form("/complaint-form"), "cause": "我的说法"}
    first.post(f"{url}/complaint-form", {**first.get(page_url).form("/complaint-form"), "cause": "另一种说法"})
    page = second.post(f"{url}/complaint-form", mine, expect=409)
    assert "now “另一种说法”" in of(page)
    assert "with you “我的说法”" in of(page)
    assert db.session.get(Complaint, row.id).cause == "另一种说法"
    db.session.rollback()
    second.post(f"{url}/complaint-form", page.form("/complaint-form"))
    assert db.session.get(Complaint, row.id).cause == "我的说法"


def test_a_note_stops_nobody_who_fills_in_the_complaint_form(demo):
    """A form is stopped by what it would overwrite, not by every change of the ticket."""
    number = db.session.scalar(
        select(Ticket.number).join(Complaint, Complaint.ticket_id == Ticket.id).where(Ticket.ended_at.is_(None))
    )
    url, browser = f"/tickets/{number}", Browser(demo).sign_in("supervisor")
    form = browser.get(f"{url}?act=complaint-form").form("/complaint-form")
    browser.post(f"{url}/write", {**browser.get(url).form("/write"), "what": "note", "words": "补充一句"})
    browser.post(f"{url}/complaint-form", form)


@pytest.mark.parametrize(
    ("who", "url", "action", "field", "theirs", "mine"),
    [
        ("supervisor", "/lists/kinds/repair", "/kinds/repair", "english", "Repairs", "Mending"),
        ("supervisor", "/lists/phrases/1", "/phrases/1", "words", "不知道啊", "这个我不清楚"),
        ("hr", "/departments/CS/change", "/change", "goal", "一次办结", "当天回复"),
        ("hr", "/people/XH005/details", "/details", "telephone", "8001", "8002"),
        ("agent", "/customers/C-2026-00001/edit", "/edit", "company", "晓东五金", "晓东商行"),
    ],
)
def test_every_form_that_overwrites_shows_what_stands_now(demo, who, url, action, field, theirs, mine):
    first, second = (Browser(demo).sign_in(who) for _one in range(2))
    late = {**second.get(url).form(action), field: mine}
    first.post(url, {**first.get(url).form(action), field: theirs})
    page = second.post(url, late, expect=409)
    assert "Changed since you opened it" in of(page)
    assert f"now “{theirs}”" in of(page)
    assert f"with you “{mine}”" in of(page)
    again = page.form(action)
    assert again[field] == mine
    second.post(url, again)


@pytest.mark.attack(16)
def test_what_is_for_colleagues_alone_is_not_told_to_a_requester(demo):
    clerk = Browser(demo).sign_in("clerk")
    person = db.session.scalars(select(Person).where(Person.sign_in_name == "clerk")).one()
    numbers = db.session.scalars(select(Ticket.number).where(Ticket.requester_id == person.id)).all()
    db.session.rollback()
    for number in numbers:
        page = clerk.post(f"/tickets/{number}/close", {"version": "0", "seen": "0"}, expect={303, 403, 409, 422})
        assert "Inside note" not in of(page)


def test_a_forged_seen_is_no_error(two, url):
    _first, second = two
    mine = {**second.get(f"{url}?act=rank").form("/rank"), "impact": "one", "version": "0"}
    for seen in ("", "-1", "x", "9" * 40, "²"):
        page = second.post(f"{url}/rank", {**mine, "seen": seen}, expect=409)
        assert "Changed since" not in of(page)
    assert "Opened" in of(second.post(f"{url}/rank", {**mine, "seen": "0"}, expect=409))
