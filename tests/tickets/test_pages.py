"""The pages of tickets: what stands on them, for whom, and what they survive."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from sqlalchemy import event, func, select

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.security_log import SecurityEvent
from portal.organisation import queries as organisation
from portal.organisation.models import Person
from portal.tickets import actions, parts, queries
from portal.tickets.models import Ticket, TicketBreach, TicketEntry
from portal.tickets.states import TICKET, Channel, Satisfaction, State
from portal.tickets.turns import ACTS
from tests.conftest import NOW, TODAY

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "<scr<script>ipt>alert(1)</script>",
    "[hier](javascript:alert(1)) ![x](data:text/html;base64,PHNjcmlwdD4=)",
    "<form action=//evil><input name=x></form><style>*{display:none}</style><svg onload=alert(1)>",
)
STEPS = {name: act.steps for name, act in ACTS.items() if act.steps}


def reader(name: str):
    person = organisation.person_called(name)
    assert person is not None
    return organisation.staff(person, TODAY)


def ticket_called(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


def new_ticket(**more: str) -> dict[str, str]:
    return {
        "channel": "telephone", "who": "new", "name": "赵先生", "telephone": "138 0000 9999",
        "kind": "consultation", "routing": "how-to", "title": "路由器重启", "body": "每天晚上重启。",
        "impact": "one", "urgency": "today", **more,
    }  # fmt: skip


# ── The queue ──


@pytest.mark.parametrize("view", ["mine", "accept", "department", "letters", "following", "open", "all"])
def test_each_view_stands_and_names_its_rows(demo, browser, view):
    browser.sign_in("supervisor")
    page = browser.get(f"/tickets?view={view}")
    assert page.soup.select_one(".tabs a[aria-current]")["href"].endswith(f"view={view}")
    assert page.soup.select("table.list tbody tr") or page.soup.select_one(".nothing")


@pytest.mark.rule("TKT-020")
def test_urgent_ones_stand_on_top(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets")
    first = page.soup.select_one("table.list tbody tr")
    assert first.select_one(".c-what b")


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "query",
    [
        "sort=user.password_hash", "sort=due_at", "sort=1;--", "view=everything", "state=voided", "state=closed",
        "kind=gossip", "department__secret=1", "department=NOWHERE", "assignee=-1", "assignee=0", "assignee=1 OR 1=1",
        "accountable=²", "priority=1", "channel=fax", "after=xxx", "after=WzFd", "state=new&state=triaged",
        "view=all&sort=rank", "password_hash=x", "number=" + "9" * 41,
        "&".join(f"filter{n}=x" for n in range(300)),
    ],
)  # fmt: skip
def test_an_address_that_the_queue_does_not_know_is_refused(demo, browser, query):
    browser.sign_in("supervisor").get(f"/tickets?{query}", expect=400)


def test_a_filter_without_javascript_sends_empty_words_too(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets?view=&state=in+progress&kind=&priority=&number=&sort=")
    words = {one.text for one in page.soup.select("tbody .status")}
    assert words == {"in progress"}


def test_filters_that_are_seldom_asked_for_stand_behind_more_until_they_are_set(demo, browser):
    def behind(url):
        page = browser.get(url)
        assert page.soup.select("form.filters > label [name=state]")
        return {one["name"] for one in page.soup.select(".more-filters [name]")}

    browser.sign_in("supervisor")
    assert behind("/tickets") == {"priority", "accountable", "channel", "number"}
    assert behind("/tickets?channel=mail") == {"priority", "accountable", "number"}


@pytest.mark.parametrize(("name", "there"), [("agent", True), ("executive", True), ("hr", False), ("auditor", False)])
def test_the_records_are_offered_to_whoever_may_read_them(demo, browser, name, there):
    links = browser.sign_in(name).get("/tickets").soup.select(".page-head a[href='/tickets/records']")
    assert bool(links) is there


def test_a_number_in_short_finds_the_ticket(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets?view=all&number=17")
    assert [one.text for one in page.soup.select("tbody .c-key")] == ["T-2026-00017"]


def test_the_next_page_goes_on_where_this_one_ends(demo, browser, monkeypatch):
    monkeypatch.setattr("portal.tickets.queries.queue.__kwdefaults__", {"after": None, "size": 5})
    browser.sign_in("supervisor")
    numbers, url = [], "/tickets?sort=newest"
    while url:
        page = browser.get(url)
        numbers += [one.text for one in page.soup.select("tbody .c-key")]
        following = page.soup.select_one("a[rel=next]")
        url = following["href"] if following else ""
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) > 10


# ── Who sees what ──


@pytest.mark.attack(5, 10, 16, 18)
def test_whoever_may_not_see_a_ticket_gets_the_same_answer_from_page_fragment_and_list(demo, browser):
    ticket = ticket_called("重复充值两次各五十元")
    db.session.expunge(ticket)
    browser.sign_in("clerk")
    page = browser.get(f"/tickets/{ticket.number}", expect=404)
    nowhere = browser.get("/tickets/T-2026-09999", expect=404)
    assert page.main == nowhere.main
    forged = {"HX_Current_URL": f"/tickets/{ticket.number}", "HX_Request": "true"}
    browser.get(f"/tickets/{ticket.number}", expect=404, part="ticket-story", **forged)
    browser.get(f"/tickets/{ticket.number}?act=offer", expect=404)
    for url in ("/tickets", "/tickets?view=all", "/tickets?view=following"):
        assert ticket.number not in browser.get(url).text
    assert not browser.get(f"/tickets?view=all&number={ticket.number}").soup.select("tbody tr")
    assert browser.sign_in("supervisor").get(f"/tickets/{ticket.number}").status == 200


@pytest.mark.attack(10, 12)
@pytest.mark.parametrize("name", NAMED)
def test_every_verb_on_an_unseen_ticket_is_not_there(demo, browser, name):
    who = reader(name)
    numbers = db.session.scalars(select(Ticket.number).order_by(Ticket.id)).all()
    number = next(one for one in numbers if queries.ticket_seen_by(who, one) is None)
    before = db.session.execute(select(Ticket.version, Ticket.state).where(Ticket.number == number)).one()
    browser.sign_in(name)
    token = browser.token()
    for rule in demo.url_map.iter_rules():
        if rule.endpoint.startswith("tickets.") and "POST" in rule.methods and "number" in rule.arguments:
            url = rule.rule.replace("<number>", number)
            answer = browser.client.post(url, data={"csrf_token": token, "words": "x", "reason": "x", "to": "1"})
            assert answer.status_code == 404, url
    assert db.session.execute(select(Ticket.version, Ticket.state).where(Ticket.number == number)).one() == before


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_a_verb_that_the_table_does_not_allow_changes_nothing(demo, browser, name):
    """Every ticket that somebody sees, each verb that the page does not offer them there."""
    who = reader(name)
    seen = db.session.scalars(select(Ticket).where(queries.seen_by(who)).order_by(Ticket.state, Ticket.id)).all()
    by_state = {one.state: one for one in seen}
    wanted = [(one.number, act) for one in by_state.values() for act, steps in STEPS.items()
              if not steps & TICKET.open_to(who, one)]  # fmt: skip
    browser.sign_in(name)
    token = browser.token()
    before = {(one.number, one.version) for one in by_state.values()}
    for number, act in wanted:
        data = {
            "csrf_token": token, "words": "试试", "reason": "试试", "reasons": "试试", "question": "x", "told": "x",
            "answer": "satisfied", "reached": "yes", "to": "1", "person": "1", "about": "1", "channel": "telephone",
            "impact": "one", "urgency": "now", "kind": "repair" if act != "conduct" else "quarrel",
            "routing": "broadband", "from_on": "2026-10-12",
        }  # fmt: skip
        answer = browser.client.post(f"/tickets/{number}/{act}", data=data)
        assert answer.status_code in (403, 404, 409, 422), f"{number} {act}: {answer.status_code}"
    db.session.expire_all()
    assert before <= {(*row,) for row in db.session.execute(select(Ticket.number, Ticket.version))}


def test_who_only_asked_reads_no_inside_note(demo, browser):
    ticket = ticket_called("活动页面预览打不开")
    operator = reader("ops1")
    actions.triage(
        operator, ticket, kind="incident", routing="outage", impact=ticket.impact, urgency=ticket.urgency, at=NOW
    )
    actions.take(operator, ticket, at=NOW)
    actions.note(operator, ticket, "只给同事看的话", at=NOW)
    actions.reply(operator, ticket, "给您看的话", channel=Channel.WEB, at=NOW)
    url = f"/tickets/{ticket.number}"
    page = browser.sign_in("clerk").get(url)
    assert "给您看的话" in page.main
    assert "只给同事看的话" not in page.text
    assert "只给同事看的话" in browser.sign_in("ops2").get(url).main


@pytest.mark.attack(11)
def test_a_question_of_another_ticket_is_answered_nowhere_else(demo, browser):
    asked, other = ticket_called("晚上八点以后网速很慢"), ticket_called("冷库温控断线，库里有八吨水果")
    browser.sign_in("ops1")
    browser.post(f"/tickets/{other.number}/answer", {"answer": "答错地方"}, expect=404)
    browser.post(f"/tickets/{asked.number}/answer", {"answer": "利用率九成，周四扩容。"})
    db.session.expire_all()
    assert db.session.get_one(Ticket, asked.id).state is State.IN_PROGRESS


@pytest.mark.rule("TKT-009")
def test_an_internal_complaint_has_a_page_for_two_people(demo, browser):
    for name, expected in (("orders", 200), ("ops-head", 200), ("ops2", 404), ("supervisor", 404), ("executive", 404)):
        browser.sign_in(name).get("/tickets/complaints/1", expect=expected)
    browser.sign_in("ops-head").post("/tickets/complaints/1/answer", {"words": "今天下午完成，已约谈。"})
    assert "今天下午完成" in browser.sign_in("orders").get("/tickets/complaints/1").main


# ── Coming in ──


def test_a_call_is_taken_down_with_a_new_caller_in_one_go(demo, browser):
    browser.sign_in("agent")
    page = browser.follow(browser.post("/tickets/new", new_ticket()))
    ticket = ticket_called("路由器重启")
    assert page.url.endswith(ticket.number)
    assert (ticket.accountable_name, ticket.caller_name, ticket.state) == ("李娜", "赵先生", State.TRIAGED)
    assert "李娜" in page.main
    assert "赵先生" in page.main


def test_a_caller_is_found_again_without_javascript_and_nothing_typed_is_lost(demo, browser):
    browser.sign_in("agent")
    typed = new_ticket(search="刘桂兰", title="", body="写到一半")
    page = browser.post("/tickets/new/find", typed, expect=200)
    assert page.form("/tickets/new")["body"] == "写到一半"
    (found,) = [one for one in page.soup.select("input[name=who]") if one["value"].startswith("C-")]
    page = browser.post("/tickets/new", new_ticket(who=found["value"], search="刘桂兰", name="", telephone=""))
    assert ticket_called("路由器重启").customer.name == "刘桂兰"


def test_a_caller_who_is_found_is_chosen_unless_a_new_one_is_being_written_down(demo, browser):
    browser.sign_in("agent")
    empty = new_ticket(search="刘桂兰", name="", telephone="")
    assert browser.post("/tickets/new/find", empty, expect=200).form("/tickets/new")["who"].startswith("C-")
    begun = new_ticket(search="刘桂兰")
    assert browser.post("/tickets/new/find", begun, expect=200).form("/tickets/new")["who"] == "new"


@pytest.mark.parametrize(
    ("sought", "field"), [("139 7777 0001", "telephone"), ("neu@example.com", "mail"), ("欧阳新来", "name")]
)
def test_what_was_looked_for_in_vain_is_not_typed_twice(demo, browser, sought, field):
    browser.sign_in("agent")
    page = browser.post("/tickets/new/find", new_ticket(search=sought, name="", telephone=""), expect=200)
    written = {one: page.form("/tickets/new")[one] for one in ("name", "telephone", "mail")}
    assert written == {"name": "", "telephone": "", "mail": ""} | {field: sought}
    part = browser.get(f"/tickets/new?search={quote(sought)}", part="callers")
    assert part.soup.select_one("#callers")["data-place"] == field


def test_while_one_types_the_caller_is_looked_for(demo, browser):
    part = browser.sign_in("agent").get("/tickets/new?search=0000+1008", part="callers")
    assert part.soup.select_one("input[name=who][checked]")["value"].startswith("C-")
    assert not part.soup.select("textarea")


def test_a_mistake_brings_the_sheet_back_as_it_was_typed(demo, browser):
    browser.sign_in("agent")
    page = browser.post("/tickets/new", new_ticket(title="", telephone="138 0000 1234", urgency="now"), expect=422)
    back = page.form("/tickets/new")
    assert (back["body"], back["telephone"], back["urgency"]) == ("每天晚上重启。", "138 0000 1234", "now")
    assert page.soup.select_one(".error-summary a[href='#title']")


def test_somebody_may_stay_without_a_name_and_a_colleague_may_ask(demo, browser):
    browser.sign_in("agent")
    browser.post("/tickets/new", new_ticket(who="anonymous", title="匿名来电", contact="傍晚再打来"))
    assert ticket_called("匿名来电").anonymous
    hr = organisation.person_called("hr")
    browser.post("/tickets/new", new_ticket(who="colleague", title="同事来问", colleague=str(hr.id)))
    assert ticket_called("同事来问").requester_id == hr.id


@pytest.mark.attack(16)
def test_whoever_only_asks_does_not_read_which_department_helps_inside(demo, browser):
    browser.sign_in("agent")
    hr = organisation.person_called("hr")
    browser.post("/tickets/new", new_ticket(who="colleague", title="同事来问", colleague=str(hr.id)))
    ticket = ticket_called("同事来问")
    url, agent = f"/tickets/{ticket.number}", reader("agent")
    actions.take(agent, ticket, at=NOW)
    parts.ask(agent, ticket, queries.department(_unit("RD-SUP")), "查一下日志。", at=NOW)
    assert "技术支持组 is next" in browser.get(url).main
    page = browser.sign_in("hr").get(url)
    assert "李娜 is next" in page.main
    assert "技术支持组" not in page.soup.select_one("#ticket-story").get_text()


@pytest.mark.rule("TKT-005")
def test_a_colleague_without_a_desk_passes_it_on_and_follows_it(demo, browser):
    browser.sign_in("finance")
    browser.post("/tickets/new", new_ticket(title="朋友的宽带坏了", kind="repair", routing="broadband"))
    ticket = ticket_called("朋友的宽带坏了")
    assert ticket.department.code == "REP"
    assert ticket.number in browser.get("/tickets?view=following").text
    assert ticket.number in browser.sign_in("technician").get("/tickets").text


@pytest.mark.attack(29)
def test_a_double_click_makes_one_ticket(demo, browser):
    browser.sign_in("agent")
    page = browser.get("/tickets/new")
    once = page.form("/tickets/new")["once"]
    answers = [browser.post("/tickets/new", new_ticket(once=once)) for _click in range(2)]
    assert len({one.headers["Location"] for one in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.title == "路由器重启")) == 1


@pytest.mark.attack(13)
def test_fields_that_the_form_does_not_have_are_ignored_and_kept(demo, browser):
    browser.sign_in("agent")
    more = {
        "accountable_id": "1",
        "first_response_at": "2020-01-01",
        "state": "closed",
        "is_deleted": "1",
        "desk_id": "3",
    }
    browser.post("/tickets/new", new_ticket(**more))
    ticket = ticket_called("路由器重启")
    assert (ticket.accountable_name, ticket.first_response_at, ticket.state) == ("李娜", None, State.TRIAGED)
    fields = select(SecurityEvent).where(SecurityEvent.kind == "fields that the form does not have")
    kept = db.session.scalars(fields.order_by(SecurityEvent.id.desc()).limit(1)).one()
    assert kept.detail["fields"] == sorted(more)


@pytest.mark.attack(12)
def test_handing_it_to_somebody_who_does_not_work_there_is_refused_and_kept(demo, browser):
    ticket = ticket_called("少发一个网线钳")
    clerk, repair = organisation.person_called("clerk"), _unit("REP")
    browser.sign_in("shop1").post(f"/tickets/{ticket.number}/offer", {"to": f"{repair}:{clerk.id}"}, expect=403)
    assert db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == "verb refused")).all()


def _unit(code: str) -> int:
    return next(one.id for one in organisation.departments().values() if one.code == code)


# ── The ticket ──


@pytest.mark.rule("TKT-006", "TKT-017")
def test_the_page_shows_who_is_accountable_the_chain_the_limits_and_their_clauses(demo, browser):
    page = browser.sign_in("supervisor").get(f"/tickets/{ticket_called('厂区监控画面每小时黑屏一次').number}")
    names = [one.text for one in page.soup.select(".chain .chain-who")]
    assert names == ["王芳", "彭博", "袁野"]
    assert page.soup.select_one(".chain .is-first .chain-who").text == "王芳"
    assert page.soup.select_one(".chain .is-now .chain-who").text == "袁野"
    assert "did not accept: 日志显示是机房侧定时任务" in page.soup.select(".chain li")[1].text
    clauses = [one.text for one in page.soup.select(".clocks .because summary")]
    assert clauses
    assert all(re.search(r"KF-01|TS-01|WX-01", one) for one in clauses)


@pytest.mark.rule("TKT-007")
def test_an_offer_that_nobody_answers_stays_visible_in_the_chain(demo, browser):
    page = browser.sign_in("agent").get(f"/tickets/{ticket_called('收银机连不上网，中午要排队了').number}")
    pending = page.soup.select_one(".chain .is-pending")
    assert "运营部" in pending.text
    assert re.search(r"unanswered since .+ \(KF-01 3\.2\)", pending.text)


@pytest.mark.parametrize("act", sorted(STEPS))
def test_each_act_opens_its_form_on_the_ticket(demo, browser, act):
    for name in ("supervisor", "director", "agent", "agent2", "engineer", "ops1", "shop1", "orders", "technician"):
        who = reader(name)
        for ticket in db.session.scalars(select(Ticket).where(queries.seen_by(who))):
            of_parts = [parts.open_to(who, ticket, one) for one in parts.parts_of(ticket.id)]
            if STEPS[act] & TICKET.open_to(who, ticket).union(*of_parts):
                opens = f"/{act}" if ACTS[act].apart else f"?act={act}"
                page = browser.sign_in(name).get(f"/tickets/{ticket.number}{opens}")
                if page.soup.select(f"form[action$='/{act}']"):
                    return
    pytest.fail(f"nobody of the cast can {act} any ticket of the demo")


@pytest.mark.rule("TKT-024")
def test_a_warning_is_over_when_the_button_is_pressed_again(demo, browser):
    ticket = ticket_called("重复充值两次各五十元")
    browser.sign_in("orders2")
    url = f"/tickets/{ticket.number}/write"
    page = browser.post(url, {"what": "reply", "words": "今天不能到账。", "channel": "telephone"}, expect=422)
    assert "Send it again" in page.main
    again = page.form(url)
    assert again["words"] == "今天不能到账。"
    browser.post(url, again)
    assert "今天不能到账。" in browser.get(f"/tickets/{ticket.number}").main


@pytest.mark.rule("TKT-025")
def test_a_snippet_is_put_in_without_javascript(demo, browser):
    ticket = ticket_called("重复充值两次各五十元")
    page = browser.sign_in("orders2").get(f"/tickets/{ticket.number}")
    button = page.soup.select_one("button[name=insert]")
    page = browser.post(
        button["formaction"],
        {"what": "reply", "words": "胡女士，", "channel": "telephone", "insert": button["value"]},
        expect=200,
    )
    assert page.form("/write")["words"] == f"胡女士，{button.text}"


def test_an_answer_by_htmx_is_the_story_anew_with_its_message(demo, browser):
    ticket = ticket_called("重复充值两次各五十元")
    browser.sign_in("orders2")
    browser.language = "zh-CN"
    page = browser.post(
        f"/tickets/{ticket.number}/write", {"what": "note", "words": "渠道回执已到。", "channel": "telephone"},
        expect=200, part="ticket-story",
    )  # fmt: skip
    assert "渠道回执已到。" in page.text
    assert "已记为内部备注" in page.text
    assert "<html" not in page.text


@pytest.mark.attack(39)
def test_chinese_in_messages_stays_out_of_headers(demo, browser):
    ticket = ticket_called("收银机连不上网，中午要排队了")
    browser.sign_in("ops1")
    browser.language = "zh-CN"
    page = browser.post(f"/tickets/{ticket.number}/accept", expect=200, part="ticket-story")
    for name, value in page.headers.items():
        assert value.isascii(), name


def test_who_comes_second_is_told_on_the_page_and_keeps_what_was_typed(demo, browser):
    ticket = ticket_called("老人机怎样设置一键呼叫")
    actions.tell_customer(reader("agent"), ticket, "图文说明已经发您短信。", channel=Channel.TELEPHONE, at=NOW)
    url = f"/tickets/{ticket.number}/tell"
    page = browser.sign_in("agent").post(url, {"words": "再告诉一次", "channel": "telephone"}, expect=409)
    assert "somebody has moved this on" in page.main
    assert "再告诉一次" in page.main


def test_a_question_without_an_answer_holds_up_nobody_once_work_goes_on(demo, browser):
    ticket = ticket_called("晚上八点以后网速很慢")
    people = (db.session.get_one(Person, one) for one in (ticket.assignee_id, ticket.accountable_id))
    works, accountable = (organisation.staff(one, TODAY) for one in people)
    actions.resume(works, ticket, at=NOW)
    actions.resolve(works, ticket, "扩容已经完成。", at=NOW)
    actions.tell_customer(accountable, ticket, "晚高峰已经扩容，请您再试。", channel=Channel.TELEPHONE, at=NOW)
    actions.customer_answer(accountable, ticket, Satisfaction.SATISFIED, opinion="没有", at=NOW)
    actions.close(accountable, ticket, at=NOW)
    asked, url = reader("ops1").name, f"/tickets/{ticket.number}"
    page = browser.sign_in("supervisor").get(url)
    assert asked in page.main
    assert f"{asked} is next" not in page.main


def test_the_box_on_a_closed_ticket_says_that_it_is_a_note_and_asks_for_nothing_else(demo, browser):
    url = f"/tickets/{ticket_called('路由器怎样改无线密码').number}"
    page = browser.sign_in("agent").get(url)
    box = page.soup.select_one("form.reply-box")
    assert "Inside note" in box.text
    assert not box.select("[name=channel]")
    browser.post(f"{url}/write", {"csrf_token": page.form("/write")["csrf_token"], "words": "说明书已经补图。"})
    assert "说明书已经补图。" in browser.get(url).main


@pytest.mark.attack(1, 2)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_inert_wherever_it_is_shown(demo, browser, payload):
    browser.sign_in("agent")
    browser.post("/tickets/new", new_ticket(title=payload[:120], body=payload, name=payload[:100], who="new"))
    ticket = db.session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
    url = f"/tickets/{ticket.number}"
    browser.post(f"{url}/offer", {"to": str(_unit("RD-SUP")), "note": payload})
    browser.sign_in("engineer")
    browser.post(f"{url}/refuse", {"reason": payload})
    browser.sign_in("agent")
    for what in ("note", "reply", "incoming"):
        browser.post(f"{url}/write", {"what": what, "words": payload, "channel": "mail", "although": "x"})
    actions.flag_serious(reader("agent"), db.session.get_one(Ticket, ticket.id), payload, at=NOW)
    for address in (url, f"{url}?act=offer", "/tickets", "/tickets?view=all", f"/tickets/new?search={payload[:30]}"):
        page = browser.get(address)
        _assert_inert(page.soup, address)
    page = browser.post("/tickets/new", new_ticket(title="", body=payload, name=payload[:100]), expect=422)
    _assert_inert(page.soup, "the sheet with a mistake")


def _assert_inert(soup, where: str) -> None:
    assert not soup.select("img[src=x], script:not([src]), style, svg[onload], form[action='//evil'], [onerror]"), where
    for link in soup.select("a[href]"):
        assert not link["href"].strip().lower().startswith(("javascript:", "data:")), where


@pytest.mark.parametrize("name", ["supervisor", "agent", "clerk", "executive", "hr"])
@pytest.mark.parametrize(
    "url",
    [
        "/tickets",
        "/tickets?view=all",
        "/tickets?view=department&kind=repair",
        "/tickets/new",
        "/tickets/new?key=a-key-that-nobody-has-used",
    ],
)
def test_a_page_asks_the_database_ten_times_at_most(demo, browser, name, url):
    if "department" in url and name == "hr":
        pytest.skip("has no such view")
    assert statements(browser.sign_in(name), url) <= 10


@pytest.mark.parametrize(
    "title",
    [
        "晚上八点以后网速很慢",
        "收银机连不上网，中午要排队了",
        "重复充值两次各五十元",
        "插座面板冒火花，孩子受了惊",
        "有人在网上卖我们的内部报价",
    ],
)
@pytest.mark.parametrize("act", ["", "?act=offer", "?act=ask", "?act=rank", "?act=void", "?act=promise"])
def test_a_ticket_asks_the_database_ten_times_at_most(demo, browser, title, act):
    number = ticket_called(title).number
    assert statements(browser.sign_in("supervisor"), f"/tickets/{number}{act}") <= 10


def statements(browser, url: str) -> int:
    told: list[str] = []
    browser.get(url)  # what is read once per process

    def keep(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "SET LOCAL")):  # settings ask nothing
            told.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        browser.get(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
    assert told
    return len(told)


def test_the_demo_tells_of_every_kind_and_state(demo):
    assert set(db.session.scalars(select(Ticket.state))) == set(State)
    kinds = set(db.session.scalars(select(Ticket.kind)))
    assert len(kinds) == 8
    assert db.session.scalar(select(func.count()).select_from(TicketBreach)) or 0 > 1
    assert db.session.scalar(select(func.count()).select_from(TicketEntry)) or 0 > 60


# ── About a colleague ──


@pytest.mark.attack(10)
def test_whoever_works_on_a_complaint_about_a_colleague_reads_that_it_is_kept_from_them_and_hands_it_to_nobody_of_them(
    demo, browser
):
    browser.sign_in("agent")
    lin = organisation.person_called("supervisor")
    complaint = {"kind": "complaint", "routing": "service-quality", "cause": "语气生硬", "wanted": "道歉"}
    browser.post("/tickets/new", new_ticket(title="主管说话难听", about=str(lin.id), **complaint))
    url = f"/tickets/{ticket_called('主管说话难听').number}"
    browser.post(f"{url}/take")
    page = browser.get(url)
    assert "It is about 林静. Kept from 郑凯, 林静." in page.soup.select_one(".next-step").get_text()
    for act in ("offer", "part", "ask"):
        offered = " ".join(one.text for one in browser.get(f"{url}?act={act}").soup.select("option"))
        assert ("赵敏" in offered, "林静" in offered, "郑凯" in offered) == (True, False, False)
    for name in ("supervisor", "manager"):
        browser.sign_in(name)
        browser.get(url, expect=404)
