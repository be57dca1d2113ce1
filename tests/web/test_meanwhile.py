"""Whoever comes second is shown what happened since, keeps what they typed, and the next press counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.organisation.models import Person
from portal.tickets.models import Complaint, Ticket, TicketPart
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
        ("supervisor", "/lists/routing/billing", "/routing/billing", "english", "Bills", "Fees"),
        ("supervisor", "/lists/phrases/1", "/phrases/1", "words", "不知道啊", "这个我不清楚"),
        ("supervisor", "/lists/templates/1", "/templates/1", "name", "断网先看灯", "断网先问灯"),
        ("hr", "/calendar/days/2026-12-25", "/days/2026-12-25", "name", "年终盘点", "冬至补休"),
        ("supervisor", "/tickets/views/2", "/views/2", "name", "没人接手的", "等人接手"),
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


def test_a_year_that_was_taken_over_is_told_on_the_page_of_a_day_that_it_changed(demo):
    first, second = (Browser(demo).sign_in("hr") for _one in range(2))
    url, table = "/calendar/days/2026-12-31", "2026-12-31, 休息, 公司日\n"
    late = {**second.get(url).form("/2026-12-31"), "kind": "rest", "name": "年终休息"}
    first.post("/calendar/import", {**first.get("/calendar/import").form("/import"), "rows": table, "take": "yes"})
    page = second.post(url, late, expect=409)
    assert "2026 taken over" in of(page)
    assert "Name of the day now “公司日” with you “年终休息”" in of(page)
    assert "Edition" not in of(page)
    second.post(url, page.form("/2026-12-31"))
    assert "年终休息" in second.get(url).main


def test_a_view_of_ones_own_that_was_renamed_elsewhere_tells_the_name_that_stands(demo):
    first, second = (Browser(demo).sign_in("supervisor") for _one in range(2))
    late = {**second.get("/tickets/views/1").form("/views/1"), "name": "我的叫法"}
    first.post("/tickets/views/1", {**first.get("/tickets/views/1").form("/views/1"), "name": "另一台电脑上的叫法"})
    page = second.post("/tickets/views/1", late, expect=409)
    assert "now “另一台电脑上的叫法” with you “我的叫法”" in of(page)
    second.post("/tickets/views/1", page.form("/views/1"))


@pytest.mark.parametrize("part", ["", "ticket-story"], ids=["page", "fragment"])
def test_a_step_that_a_colleague_has_ticked_is_told_on_the_ticket(two, part):
    first, second = two
    number = db.session.scalar(select(Ticket.number).where(Ticket.title == "民宿露台信号弱"))
    late = second.get(f"/tickets/{number}")
    step = next(
        one["action"] for one in late.soup.select("form[action*='/steps/']") if one.select("[aria-checked=false]")
    )
    sent = late.form(step)
    first.post(step, first.get(f"/tickets/{number}").form(step))
    page = second.post(step, sent, expect=409, part=part)
    assert "林静 has ticked that already." in of(page)
    assert "Step done" in of(page)
    assert page.soup.select_one(f"form[action='{step}'] [aria-checked=true]")


# ── Parts ──


@pytest.fixture
def parts_here(demo):
    """A ticket of which the engineer does two parts; its address and the parts' ids."""
    number = db.session.scalar(select(Ticket.number).where(Ticket.title == "来了两次都没修好，晚上照样断线"))
    url, agent, engineer = f"/tickets/{number}", Browser(demo).sign_in("agent"), Browser(demo).sign_in("engineer")
    form = agent.get(f"{url}?act=part").form("/part")
    tech = select(TicketPart.department_id).join(Ticket).where(Ticket.number == number, TicketPart.state == "taken")
    agent.post(f"{url}/part", {**form, "to": str(db.session.scalar(tech)), "wanted": "再看一下扩容排期"})
    engineer.post(f"{url}/part-take", engineer.get(f"{url}?act=part-take").form("/part-take"))
    mine = select(TicketPart.id).join(Ticket).where(Ticket.number == number, TicketPart.state == "taken")
    first, second = db.session.scalars(mine.order_by(TicketPart.id)).all()
    db.session.rollback()
    return url, first, second


def withdraw(demo, url, part):
    agent = Browser(demo).sign_in("agent")
    form = agent.get(f"{url}?act=part-withdraw&part={part}").form("/part-withdraw")
    agent.post(f"{url}/part-withdraw", {**form, "part": str(part), "reason": "客户退订了"})


@pytest.mark.attack(27)
@pytest.mark.parametrize("block", ["", "ticket-story"], ids=["page", "fragment"])
def test_what_was_typed_about_a_part_that_is_withdrawn_is_shown_and_not_put_to_the_next_one(demo, parts_here, block):
    url, first, second = parts_here
    engineer = Browser(demo).sign_in("engineer")
    form = engineer.get(f"{url}?act=part-finish&part={first}").form("/part-finish")
    withdraw(demo, url, first)
    sent = {**form, "part": str(first), "reply": "邻频干扰，已调频点。", "minutes": "35"}
    page = engineer.post(f"{url}/part-finish", sent, expect=409, part=block)
    assert "客户退订了" in of(page)
    assert {"邻频干扰，已调频点。", "35"} <= {one.get_text() for one in page.soup.select(".as-typed")}
    again = page.form("/part-finish")
    assert (again["part"], again["reply"]) == (str(second), "")


def test_a_draft_about_a_part_that_is_over_is_not_put_to_the_next_one(demo, parts_here):
    url, first, second = parts_here
    engineer = Browser(demo).sign_in("engineer")
    form = engineer.get(f"{url}?act=part-finish&part={first}").form("/part-finish")
    engineer.post("/drafts", {**form, "part": str(first), "reply": "邻频干扰"})
    assert engineer.get(f"{url}?act=part-finish").form("/part-finish")["reply"] == "邻频干扰"
    withdraw(demo, url, first)
    again = engineer.get(f"{url}?act=part-finish").form("/part-finish")
    assert (again["part"], again["reply"]) == (str(second), "")
    assert "邻频干扰" in engineer.get("/drafts").main


@pytest.mark.attack(27)
def test_of_two_who_take_a_part_the_second_reads_who_has_it(demo, parts_here):
    url, _first, second = parts_here
    engineer = Browser(demo).sign_in("engineer")
    back = engineer.get(f"{url}?act=part-give-back&part={second}").form("/part-give-back")
    engineer.post(f"{url}/part-give-back", {**back, "part": str(second), "reason": "轮到别人"})
    late = engineer.get(f"{url}?act=part-refuse").form("/part-refuse")
    engineer.post(f"{url}/part-take", engineer.get(f"{url}?act=part-take").form("/part-take"))
    page = engineer.post(f"{url}/part-refuse", {**late, "reason": "人手不够"}, expect=409)
    assert "took the part of" in of(page)
    assert "人手不够" in page.main


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
