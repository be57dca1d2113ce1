"""Templates and checklists: a common problem is dealt with by its standard procedure, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.lists import actions as lists
from portal.lists import queries as of_lists
from portal.lists.actions import Procedure
from portal.lists.states import Use
from portal.tickets import actions, checklist, queries, story
from portal.tickets.models import Ticket, TicketStep
from portal.tickets.states import Channel, Impact, Priority, State, Urgency
from tests.conftest import NOW
from tests.tickets.conftest import later
from tests.tickets.test_at_once import AT_ONCE, all_at_once
from tests.tickets.test_pages import PAYLOADS, _assert_inert, new_ticket, reader, statements, ticket_called

STEPS = (("核对账号", False), ("远程检测", True), ("告诉客户结果", True))
OUTAGE = Procedure(
    "断网",
    kind="repair",
    title="宽带断网",
    body="指示灯：",
    reply="已为您登记。",
    impact="several",
    urgency="now",
    steps=STEPS,
)


@pytest.fixture
def template(house):
    return lists.add_template(house.lin, OUTAGE, at=NOW)


def steps(ticket: Ticket) -> list[TicketStep]:
    return list(db.session.scalars(select(TicketStep).where(TicketStep.ticket_id == ticket.id).order_by(TicketStep.id)))


def facts(ticket: Ticket) -> story.Facts:
    return story.Facts.of(journal.of("ticket", ticket.id))


# ── The list of templates ──


@pytest.mark.rule("TKT-054")
def test_supervisors_and_heads_write_down_standard_procedures_and_others_read_them(house, template):
    for who in (house.li, house.zhao, house.mo):
        with pytest.raises(NotAllowed):
            lists.add_template(who, Procedure("别的"), at=NOW)
        with pytest.raises(NotAllowed):
            lists.change_template(who, template, template.version, OUTAGE, active=False, position=1, at=NOW)
    assert [one.name for one in of_lists.templates()] == ["断网"]


def test_each_change_of_a_template_is_in_the_history_of_the_list(house, template):
    changed = replace(OUTAGE, title="宽带断了", steps=(*STEPS, ("测速", False)))
    lists.change_template(house.han, template, template.version, changed, active=True, position=template.position,
                          at=NOW)  # fmt: skip
    told = [str(one.sentence()) for one in journal.of("list", 4)]
    assert told == [
        "“断网” added",
        "“断网”: title changed from “宽带断网” to “宽带断了”",
        "“断网”: steps changed from “核对账号 / 远程检测 ! / 告诉客户结果 !”"
        " to “核对账号 / 远程检测 ! / 告诉客户结果 ! / 测速”",
    ]


@pytest.mark.attack(27)
def test_an_older_page_changes_no_template(house, template):
    seen = template.version
    lists.change_template(house.lin, template, seen, Procedure("断网了"), active=True, position=1, at=NOW)
    with pytest.raises(OutOfDate):
        lists.change_template(house.han, template, seen, OUTAGE, active=True, position=1, at=NOW)


@pytest.mark.parametrize(
    ("procedure", "sentence"),
    [
        (Procedure(" "), "Give the template a name"),
        (Procedure("断网"), "already"),
        (Procedure("另一个", kind="gossip"), "what kind"),
        (Procedure("另一个", kind="repair", routing="nowhere"), "from the list"),
        (Procedure("另一个", steps=[(f"第{n}步", False) for n in range(21)]), "At most 20 steps"),
    ],
)
def test_what_a_template_cannot_say_is_refused(house, template, procedure, sentence):
    with pytest.raises(Refused, match=sentence):
        lists.add_template(house.lin, procedure, at=NOW)


def test_twenty_steps_are_taken_and_empty_lines_are_none(house):
    many = [(f"第{n}步", False) for n in range(20)]
    made = lists.add_template(house.lin, Procedure("很长", steps=[*many, (" ", True), ("", False)]), at=NOW)
    assert len(made.steps) == 20


@pytest.mark.rule("TKT-023")
def test_a_reply_of_a_template_says_nothing_forbidden(house):
    lists.add_phrase(house.lin, "没办法", Use.FORBIDDEN, from_on=date(2026, 1, 1), at=NOW)
    with pytest.raises(Refused, match="forbidden"):
        lists.add_template(house.lin, Procedure("断网", reply="这个没办法。"), at=NOW)


# ── A ticket by a template ──


@pytest.mark.rule("TKT-054")
def test_a_new_ticket_has_the_steps_of_its_template_copied(house, customer, template):
    ticket = checklist.open_with(
        house.li, template, actions.open_ticket, kind="repair", channel=Channel.TELEPHONE, title="断网", body="灯不亮",
        routing="account", customer=customer, at=NOW,
    )  # fmt: skip
    assert [(one.words, one.must) for one in steps(ticket)] == list(STEPS)
    lists.change_template(house.lin, template, template.version, Procedure("断网"), active=False, position=1, at=NOW)
    db.session.expire_all()
    assert [(one.words, one.must) for one in steps(ticket)] == list(STEPS)
    assert [(one.words, one.must) for one in facts(ticket).steps.values()] == list(STEPS)
    assert facts(ticket).procedure_reply == "已为您登记。"


def test_a_template_out_of_use_is_added_to_nothing(house, worked, template):
    lists.change_template(house.lin, template, template.version, OUTAGE, active=False, position=1, at=NOW)
    with pytest.raises(Refused, match="not in use"):
        checklist.add_steps(house.li, worked(), template=template, at=NOW)


# ── Steps ──


def test_steps_come_from_a_template_by_hand_or_both_and_none_twice(house, worked, template):
    ticket = worked()
    checklist.add_steps(
        house.li, ticket, [("拍照", False), ("", False), (" 核对账号 ", True)], template=template, at=NOW
    )
    assert [one.words for one in steps(ticket)] == ["核对账号", "远程检测", "告诉客户结果", "拍照"]
    with pytest.raises(Refused, match="already"):
        checklist.add_steps(house.li, ticket, [("拍照", True)], at=NOW)
    with pytest.raises(Refused, match="at least one"):
        checklist.add_steps(house.li, ticket, [(" ", True)], at=NOW)
    with pytest.raises(Refused, match="200 characters"):
        checklist.add_steps(house.li, ticket, [("长" * 201, True)], at=NOW)
    checklist.add_steps(house.li, ticket, [("长" * 200, False)], at=NOW)
    with pytest.raises(Refused, match="at most 40"):
        checklist.add_steps(house.li, ticket, [(f"第{n}步", False) for n in range(36)], at=NOW)
    checklist.add_steps(house.li, ticket, [(f"第{n}步", False) for n in range(35)], at=NOW)


def test_each_tick_names_whoever_did_it_and_when_and_can_be_taken_back(house, worked, template):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    first = steps(ticket)[0]
    checklist.tick(house.wang, ticket, first, done=True, at=later(10))
    (one, *_rest) = facts(ticket).steps.values()
    assert (one.done_by, one.done_at) == ("Wang", later(10))
    checklist.tick(house.li, ticket, first, done=False, at=later(20))
    assert facts(ticket).steps[first.id].done_at is None
    told = [str(one.sentence()) for one in journal.of("ticket", ticket.id)][-2:]
    assert told == ["Step done: 核对账号", "Step open again: 核对账号"]


@pytest.mark.rule("TKT-054")
def test_it_is_not_solved_before_each_step_that_must_be_done(house, worked, template):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    _free, remote, tell = steps(ticket)
    with pytest.raises(Refused, match="远程检测；告诉客户结果"):
        actions.resolve(house.li, ticket, "换了光猫", at=NOW)
    checklist.tick(house.li, ticket, remote, done=True, at=NOW)
    with pytest.raises(Refused, match="it must be: 告诉客户结果"):
        actions.resolve(house.li, ticket, "换了光猫", at=NOW)
    checklist.tick(house.li, ticket, tell, done=True, at=NOW)
    actions.resolve(house.li, ticket, "换了光猫", at=NOW)
    assert ticket.state is State.RESOLVED


@pytest.mark.rule("TKT-054")
def test_a_step_that_is_struck_out_with_a_reason_holds_nothing_and_can_be_taken_back(house, worked, template):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    _free, remote, tell = steps(ticket)
    checklist.tick(house.li, ticket, tell, done=True, at=NOW)
    with pytest.raises(Refused, match="in a few words"):
        checklist.strike(house.li, ticket, remote, "  ", at=NOW)
    checklist.strike(house.li, ticket, remote, "客户在现场换好了", at=later(5))
    struck = facts(ticket).steps[remote.id]
    assert (struck.struck_by, struck.struck_at, struck.reason) == ("Li", later(5), "客户在现场换好了")
    assert (facts(ticket).steps_done, facts(ticket).steps_needed) == (1, 2)
    checklist.restore(house.li, ticket, remote, at=later(6))
    with pytest.raises(Refused, match="it must be: 远程检测"):
        actions.resolve(house.li, ticket, "换了光猫", at=later(7))
    checklist.strike(house.li, ticket, remote, "客户在现场换好了", at=later(8))
    actions.resolve(house.li, ticket, "换了光猫", at=later(9))
    assert ticket.state is State.RESOLVED
    told = [
        str(one.sentence()) for one in journal.of("ticket", ticket.id) if one.name in ("StepStruck", "StepRestored")
    ]
    assert told == [
        "Step not needed: 远程检测 (客户在现场换好了)",
        "Step needed after all: 远程检测",
        "Step not needed: 远程检测 (客户在现场换好了)",
    ]


@pytest.mark.attack(27)
def test_what_is_done_is_not_struck_out_and_what_is_struck_out_is_not_ticked(house, worked, template):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    first, second, _third = steps(ticket)
    checklist.tick(house.li, ticket, first, done=True, at=NOW)
    with pytest.raises(OutOfDate, match="Li has ticked"):
        checklist.strike(house.wang, ticket, first, "不需要", at=NOW)
    checklist.strike(house.li, ticket, second, "不需要", at=NOW)
    for press in (
        lambda: checklist.tick(house.wang, ticket, second, done=True, at=NOW),
        lambda: checklist.strike(house.wang, ticket, second, "也不需要", at=NOW),
    ):
        with pytest.raises(OutOfDate, match="Li has struck that out"):
            press()
    for _press in range(2):
        checklist.restore(house.li, ticket, second, at=NOW)
    assert journal.names("ticket").count("StepRestored") == 1


@pytest.mark.attack(10)
def test_only_whoever_works_on_it_ticks(house, worked, template):
    ticket = worked(routing="account")
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    for who in (house.zhao, house.yu, house.mo, house.chen):
        with pytest.raises(NotAllowed):
            checklist.tick(who, ticket, steps(ticket)[0], done=True, at=NOW)
        with pytest.raises(NotAllowed):
            checklist.add_steps(who, ticket, [("别的", False)], at=NOW)
        with pytest.raises(NotAllowed):
            checklist.strike(who, ticket, steps(ticket)[0], "不需要", at=NOW)


@pytest.mark.attack(29)
def test_a_step_ticked_twice_is_ticked_once(house, worked, template):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    for _press in range(2):
        checklist.tick(house.li, ticket, steps(ticket)[0], done=True, at=NOW)
    assert journal.names("ticket").count("StepTicked") == 1
    with pytest.raises(OutOfDate, match="Li has ticked"):
        checklist.tick(house.wang, ticket, steps(ticket)[0], done=True, at=NOW)


@pytest.mark.attack(27)
def test_of_sixteen_who_tick_a_step_one_did_it(app, house, worked, template, staff):
    ticket = worked()
    checklist.add_steps(house.li, ticket, template=template, at=NOW)
    crowd = [house.li.id, house.wang.id, house.lin.id, house.luo.id]
    ticket_id, step_id = ticket.id, steps(ticket)[0].id
    db.session.remove()

    def press(who, _place):
        ticket = db.session.get_one(Ticket, ticket_id)
        checklist.tick(who, ticket, db.session.get_one(TicketStep, step_id), done=True, at=NOW)

    ended = all_at_once(app, crowd * (AT_ONCE // 4), press)
    assert ended["won"] == 4, "the one who did it may press again"
    assert ended["OutOfDate"] == AT_ONCE - 4
    assert journal.names("ticket").count("StepTicked") == 1


# ── On the pages ──


def test_a_template_fills_what_nobody_has_filled_in_and_nothing_typed_is_lost(demo, browser):
    browser.sign_in("agent")
    outage, top_up = (str(one.id) for one in of_lists.templates())
    typed = new_ticket(kind="", routing="", title="", body="客户说的话", template=outage)
    page = browser.post("/tickets/new/template", typed, expect=200)
    form = page.form("/tickets/new")
    assert (form["kind"], form["routing"], form["title"]) == ("repair", "broadband", "宽带断网")
    assert (form["body"], form["name"]) == ("客户说的话", "赵先生")
    again = browser.post("/tickets/new/template", {**form, "template": top_up}, expect=200).form("/tickets/new")
    assert (again["kind"], again["routing"], again["title"]) == ("order", "top-up", "充值未到账")
    assert again["body"] == "客户说的话"
    cleared = browser.post("/tickets/new/template", {**again, "template": ""}, expect=200).form("/tickets/new")
    assert (cleared["kind"], cleared["title"], cleared["body"]) == ("", "", "客户说的话")


def test_the_address_of_a_new_ticket_can_name_a_template(demo, browser):
    outage = of_lists.templates()[0].id
    page = browser.sign_in("agent").get(f"/tickets/new?template={outage}")
    assert page.form("/tickets/new")["title"] == "宽带断网"
    part = browser.post(
        "/tickets/new/template", new_ticket(template=str(outage), title=""), expect=200, part="new-ticket"
    )
    assert part.soup.select_one("form#new-ticket input[name=title]")["value"] == "宽带断网"
    assert "<html" not in part.text
    for wrong in ("999", "x", "1e9", "-1"):
        assert browser.get(f"/tickets/new?template={wrong}").form("/tickets/new")["title"] == ""


@pytest.mark.rule("TKT-054")
def test_a_ticket_is_taken_down_by_a_template_with_its_steps_and_its_reply(demo, browser):
    browser.sign_in("agent")
    outage = of_lists.templates()[0]
    expected = [words for words, _must in outage.steps]
    sent = new_ticket(kind="repair", routing="broadband", title="断网一单", template=str(outage.id))
    page = browser.follow(browser.post("/tickets/new", sent))
    shown = [one["aria-label"] for one in page.soup.select(".steps .tick")]
    assert shown == expected
    assert "已为您登记断网报修" in page.soup.select_one(".snippets").text
    number = ticket_called("断网一单").number
    button = page.soup.select_one("button[name=insert][value=template]")
    page = browser.post(
        button["formaction"], {"what": "reply", "words": "", "channel": "telephone", "insert": "template"}, expect=200
    )
    assert page.form("/write")["words"].startswith("您好，已为您登记断网报修")
    first = page.soup.select_one(".steps form")["action"]
    page = browser.follow(browser.post(first, {"done": "yes"}))
    assert page.soup.select_one(".steps .is-done .tick")["aria-checked"] == "true"
    page = browser.post(f"/tickets/{number}/steps", {"words": "拍照\n留影", "must": "y"})
    page = browser.follow(page)
    assert [one["aria-label"] for one in page.soup.select(".steps .tick")][-2:] == ["拍照", "留影"]


@pytest.mark.attack(29)
def test_a_double_click_copies_the_steps_once(demo, browser):
    browser.sign_in("agent")
    outage = of_lists.templates()[0]
    expected = len(outage.steps)
    once = browser.get("/tickets/new").form("/tickets/new")["once"]
    sent = new_ticket(kind="repair", routing="broadband", title="断网一单", template=str(outage.id), once=once)
    for _click in range(2):
        browser.post("/tickets/new", sent)
    ticket = ticket_called("断网一单")
    assert len(steps(ticket)) == expected


@pytest.mark.attack(1, 2)
def test_a_step_is_struck_out_on_a_page_of_its_own_that_asks_why(demo, browser):
    number = ticket_called("民宿露台信号弱").number
    browser.sign_in("agent")
    link = browser.get(f"/tickets/{number}").soup.select_one(".steps a[href$='/strike']")
    words = link.parent.select_one("span").text
    assert words.split()[0] in browser.get(link["href"]).main
    assert "Say why" in browser.post(link["href"], {"reason": ""}, expect=422).main
    page = browser.follow(browser.post(link["href"], {"reason": "<b>客户</b>自己做了"}))
    struck = page.soup.select_one(".steps .is-struck")
    assert "Not needed: <b>客户</b>自己做了" in struck.text
    assert not struck.select(".tick[role=checkbox]")
    page = browser.follow(browser.post(struck.select_one("form")["action"]))
    assert not page.soup.select(".steps .is-struck")
    browser.sign_in("clerk").get(link["href"], expect=404)


@pytest.mark.attack(27)
def test_whoever_strikes_a_step_out_too_late_reads_what_happened_since(demo, browser):
    number = ticket_called("民宿露台信号弱").number
    browser.sign_in("agent")
    url = browser.get(f"/tickets/{number}").soup.select_one(".steps a[href$='/strike']")["href"]
    late = {**browser.get(url).form("/strike"), "reason": "再来"}
    browser.post(url, {**late, "reason": "客户自己做了"})
    page = browser.post(url, late, expect=409)
    assert "客户自己做了" in page.soup.select_one(".meanwhile").text
    assert page.form("/strike")["reason"] == "再来"


@pytest.mark.attack(11)
def test_a_step_of_another_ticket_is_not_there(demo, browser):
    step = db.session.scalars(select(TicketStep).where(TicketStep.done_at.is_(None)).limit(1)).one()
    step_id, own = step.id, db.session.get_one(Ticket, step.ticket_id).number
    other = db.session.scalars(
        select(Ticket.number).where(queries.seen_by(reader("agent")), Ticket.number != own, Ticket.ended_at.is_(None))
    ).first()
    browser.sign_in("agent").post(f"/tickets/{other}/steps/{step_id}", {"done": "yes"}, expect=404)
    browser.post(f"/tickets/{other}/steps/{step_id}/strike", {"reason": "不需要"}, expect=404)
    db.session.expire_all()
    assert db.session.get_one(TicketStep, step_id).done_at is None


def test_who_only_asked_sees_no_steps(demo, browser):
    ticket = ticket_called("活动页面预览打不开")
    operator = reader("ops1")
    actions.triage(
        operator, ticket, kind="incident", routing="outage", impact=Impact.ONE, urgency=Urgency.TODAY, at=NOW
    )
    actions.take(operator, ticket, at=NOW)
    checklist.add_steps(operator, ticket, [("查日志里的内网地址", True)], at=NOW)
    url = f"/tickets/{ticket.number}"
    assert "查日志里的内网地址" not in browser.sign_in("clerk").get(url).text
    assert "查日志里的内网地址" in browser.sign_in("ops1").get(url).text


@pytest.mark.parametrize("act", ["", "?act=steps", "?act=resolve"])
def test_the_steps_of_a_ticket_cost_no_statement(demo, browser, act):
    number = ticket_called("民宿露台信号弱").number
    for name in ("agent", "supervisor"):
        assert statements(browser.sign_in(name), f"/tickets/{number}{act}") <= 10


def test_a_refusal_to_solve_keeps_what_was_typed(demo, browser):
    ticket = ticket_called("民宿露台信号弱")
    page = browser.sign_in("agent").post(f"/tickets/{ticket.number}/resolve", {"words": "信号已经调好"}, expect=422)
    assert "Not done yet, and it must be" in page.main
    assert "信号已经调好" in page.text


def test_templates_are_kept_on_their_page_with_lines_for_their_steps(demo, browser):
    browser.sign_in("supervisor")
    form = browser.get("/lists/templates/new").form("/templates/new")
    sent = {**form, "name": "收不到短信", "steps-0": "查网关", "steps-1": "", "steps-2": "补发", "must": ["2"]}
    page = browser.follow(browser.post("/lists/templates/new", sent))
    assert "收不到短信" in page.main
    made = next(one for one in of_lists.templates() if one.name == "收不到短信")
    assert made.steps == [["查网关", False], ["补发", True]]
    url = f"/lists/templates/{made.id}"
    form = browser.get(url).form(url)
    assert (form["steps-0"], form["steps-1"], form["must"]) == ("查网关", "补发", "1")
    back = browser.post(url, {**form, "name": "", "steps-2": "第三步"}, expect=422)
    assert back.form(url)["steps-2"] == "第三步"
    browser.sign_in("agent").post(url, form, expect=403)
    assert not browser.get(url).soup.select("main form")
    assert "补发" in browser.get(url).main


@pytest.mark.attack(1, 2)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_templates_and_steps_are_inert(demo, browser, payload):
    one = Procedure(payload[:60], title=payload[:120], body=payload, reply=payload, steps=[(payload, True)])
    made = lists.add_template(PORTAL, one, at=NOW).id
    browser.sign_in("agent")
    sent = new_ticket(kind="repair", routing="broadband", title="断网一单", template=str(made))
    page = browser.follow(browser.post("/tickets/new", sent))
    for url in (page.url, f"/tickets/new?template={made}", f"/lists/templates/{made}", "/lists/templates"):
        _assert_inert(browser.get(url).soup, url)
    _assert_inert(browser.sign_in("supervisor").get(f"/lists/templates/{made}").soup, "the form")


def test_the_priority_of_a_template_is_the_tickets_unless_it_is_said_otherwise(demo, browser):
    made = lists.add_template(PORTAL, Procedure("大面积断网", impact="many", urgency="now"), at=NOW).id
    form = browser.sign_in("agent").get(f"/tickets/new?template={made}").form("/tickets/new")
    assert (form["impact"], form["urgency"]) == ("many", "now")
    browser.post("/tickets/new", {**form, **new_ticket(title="片区断网", impact="many", urgency="now")})
    assert ticket_called("片区断网").rank is Priority.URGENT
