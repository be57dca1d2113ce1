"""What somebody types into a ticket is kept for them alone until it is sent, and is gone with the act that sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import drafts, journal
from portal.kernel.actions import PORTAL
from portal.kernel.drafts import LARGEST, MOST, Draft
from portal.kernel.errors import Refused
from portal.organisation import queries as organisation
from portal.tickets.models import Ticket
from tests.browser import Browser
from tests.conftest import NOW, TODAY

TITLE = "晚上八点以后网速很慢"
WORDS = "已联系机房，\n稍后给您回电。"


@pytest.fixture
def ticket(demo) -> Any:
    """Its id, number and version."""
    return db.session.execute(select(Ticket.id, Ticket.number, Ticket.version).where(Ticket.title == TITLE)).one()


@pytest.fixture
def url(ticket) -> str:
    return f"/tickets/{ticket.number}"


@pytest.fixture
def supervisor(demo, browser):
    return browser.sign_in("supervisor")


def kept(name: str) -> dict[str, dict[str, list[str]]]:
    """What is kept of somebody, by what it is for."""
    db.session.rollback()
    return {one.what: dict(one.fields) for one in drafts.of(organisation.person_called(name).id)}


def type_into(browser: Browser, page_url: str, action: str, *, part: str = "", **words: str):
    """What the form that posts to `action` would send as a draft, with these words in it."""
    form = {**browser.get(page_url).form(action), **words}
    return browser.post("/drafts", form, expect=200 if part else 303, part=part), form


def supervisor_of() -> Any:
    """Whoever supervises in the demo company."""
    return organisation.staff(organisation.person_called("supervisor"), TODAY)


@pytest.mark.parametrize("part", ["", "kept"], ids=["without script", "with script"])
def test_a_draft_is_shown_again_on_any_machine_until_it_is_sent(demo, supervisor, url, part):
    answer, _form = type_into(supervisor, url, "/write", part=part, words=WORDS, what="note")
    if part:
        assert "Draft kept" in answer.text
    else:
        assert answer.headers["Location"] == url
        assert "Kept as a draft." in supervisor.follow(answer).main
    elsewhere = Browser(demo).sign_in("supervisor")
    page = elsewhere.get(url)
    again = page.form("/write")
    assert (again["words"].replace("\r", ""), again["what"]) == (WORDS, "note")
    assert "Draft kept today 10:00" in page.main
    elsewhere.post(f"{url}/write", again)
    assert kept("supervisor") == {}
    page = supervisor.get(url)
    assert page.form("/write")["words"] == ""
    assert "Draft kept" not in page.main


def test_the_form_of_an_act_and_a_new_ticket_are_kept_each_for_itself(supervisor, url, ticket):
    type_into(supervisor, url, "/write", words=WORDS)
    type_into(supervisor, f"{url}?act=void", "/void", reason="重复登记了")
    type_into(supervisor, "/tickets/new", "/tickets/new", title="投影仪不亮", body="会议室A的投影仪。")
    type_into(supervisor, "/tickets/new?customer=C-2026-00004", "/tickets/new", title="另一件")
    what = f"ticket:{ticket.id}"
    assert set(kept("supervisor")) == {f"{what}:write", f"{what}:void", "ticket:new", "ticket:new:C-2026-00004"}
    assert supervisor.get(f"{url}?act=void").form("/void")["reason"] == "重复登记了"
    assert supervisor.get("/tickets/new").form("/tickets/new")["title"] == "投影仪不亮"
    assert supervisor.get("/tickets/new?customer=C-2026-00004").form("/tickets/new")["title"] == "另一件"
    supervisor.post(f"{url}/void", supervisor.get(f"{url}?act=void").form("/void"))
    assert f"{what}:void" not in kept("supervisor")
    assert f"{what}:write" in kept("supervisor")


APART = [
    ("link", {"other": "17", "tie": "same matter", "reason": "同一户"}),
    ("merge", {"other": "17", "reason": "同一户"}),
    ("split", {"title": "顺便问月租", "body": "想知道月租。", "impact": "many"}),
]
"""Forms on pages of their own, with what somebody types into each."""


@pytest.mark.parametrize(("act", "words"), APART, ids=[act for act, _words in APART])
def test_a_form_on_a_page_of_its_own_is_kept_too_and_found_from_my_drafts(demo, supervisor, ticket, act, words):
    url = f"/tickets/{ticket.number}/{act}"
    answer, _form = type_into(supervisor, url, f"/{act}", **words)
    assert answer.headers["Location"] == url
    elsewhere = Browser(demo).sign_in("supervisor")
    (place,) = (one["href"] for one in elsewhere.get("/drafts").soup.select(f"main a[href*='{ticket.number}']"))
    page = elsewhere.get(place)
    again = page.form(f"/{act}")
    assert {name: again[name] for name in words} == words
    assert "Draft kept today 10:00" in page.main
    elsewhere.post("/drafts/discard", again)
    assert kept("supervisor") == {}
    assert elsewhere.get(url).form(f"/{act}")["reason" if "reason" in words else "title"] == ""


def test_why_a_link_is_taken_off_is_kept_for_that_link_alone(demo, supervisor, ticket):
    url, others = f"/tickets/{ticket.number}", ("T-2026-00043", "T-2026-00057")
    for other in others:
        form = supervisor.get(f"{url}/link").form("/link")
        supervisor.post(f"{url}/link", {**form, "other": other, "tie": "same matter", "reason": "同一户"})
    type_into(supervisor, f"{url}/unlink?other={others[0]}", "/unlink", reason="查明不是同一户")
    elsewhere = Browser(demo).sign_in("supervisor")
    (place,) = (one["href"] for one in elsewhere.get("/drafts").soup.select(f"main a[href*='{ticket.number}']"))
    page = elsewhere.get(place)
    assert "Draft kept today 10:00" in page.main
    assert elsewhere.get(f"{url}/unlink?other={others[1]}").form("/unlink")["reason"] == ""
    again = page.form("/unlink")
    assert (again["other"], again["reason"]) == (others[0], "查明不是同一户")
    elsewhere.post(f"{url}/unlink", again)
    assert kept("supervisor") == {}
    assert [one.text for one in elsewhere.get(url).soup.select(".ties a.fine")] == ["Take off"]  # the other link's


def test_why_a_step_is_not_needed_is_kept_for_that_step_alone(demo, supervisor, ticket):
    url = f"/tickets/{ticket.number}"
    form = supervisor.get(f"{url}?act=steps").form("/steps")
    supervisor.post(f"{url}/steps", {**form, "words": "远程查看\n上门"})
    first, second = (one["href"] for one in supervisor.get(url).soup.select(".steps a[href$='/strike']"))
    type_into(supervisor, first, "/strike", reason="客户在现场换好了")
    elsewhere = Browser(demo).sign_in("supervisor")
    (place,) = (one["href"] for one in elsewhere.get("/drafts").soup.select(f"main a[href*='{ticket.number}']"))
    assert place == first
    assert elsewhere.get(second).form("/strike")["reason"] == ""
    again = elsewhere.get(first).form("/strike")
    assert again["reason"] == "客户在现场换好了"
    elsewhere.post(first, again)
    assert kept("supervisor") == {}


def test_a_draft_of_no_form_has_no_place(demo, supervisor, ticket):
    for act in ("unlink-", "strike-x", "strike-", "gossip", "gossip-7"):
        assert drafts.place(supervisor_of(), f"ticket:{ticket.id}:{act}") is None


def test_a_second_matter_that_was_kept_is_gone_once_it_is_opened_and_a_mistake_keeps_it(supervisor, ticket):
    url = f"/tickets/{ticket.number}/split"
    more = {"title": "顺便问月租", "body": "想知道月租。", "kind": "consultation", "routing": "billing"}
    _answer, form = type_into(supervisor, url, "/split", **more)
    page = supervisor.post(url, {**form, "title": ""}, expect=422)
    assert page.form("/split")["body"] == "想知道月租。"
    assert len(kept("supervisor")) == 1
    again = supervisor.get(url).form("/split")
    supervisor.post(url, again)
    assert kept("supervisor") == {}
    assert db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.title == "顺便问月租")) == 1


@pytest.mark.attack(12)
@pytest.mark.parametrize("act", ["link", "merge", "split"])
def test_a_page_that_is_not_ones_own_shows_nobody_elses_draft(demo, supervisor, ticket, act):
    type_into(supervisor, f"/tickets/{ticket.number}/{act}", f"/{act}", **dict(APART)[act])
    other = Browser(demo).sign_in("director")
    page = other.get(f"/tickets/{ticket.number}/{act}")
    assert not {"同一户", "顺便问月租"} & {one.get("value") for one in page.soup.select("input")}


@pytest.mark.attack(27)
def test_whoever_merges_too_late_reads_what_happened_since_and_presses_again(demo, supervisor):
    number = db.session.scalar(select(Ticket.number).where(Ticket.title == "收银机连不上网，中午要排队了"))
    url = f"/tickets/{number}"
    late = {**supervisor.get(f"{url}/merge").form("/merge"), "other": "43", "reason": "同一户"}
    director = Browser(demo).sign_in("director")
    form = director.get(f"{url}?act=rank").form("/rank")
    director.post(f"{url}/rank", {**form, "impact": "many", "reason": "整栋楼"})
    page = supervisor.post(f"{url}/merge", late, expect=409)
    assert "整栋楼" in " ".join(page.soup.select_one(".meanwhile").get_text(" ").split())
    assert (page.form("/merge")["other"], page.form("/merge")["reason"]) == ("43", "同一户")
    supervisor.post(f"{url}/merge", page.form("/merge"), expect=303)


def test_while_a_draft_is_kept_another_caller_is_still_found(supervisor):
    type_into(supervisor, "/tickets/new", "/tickets/new", title="投影仪不亮", search="江月")
    part = supervisor.get("/tickets/new?search=陈晓东", part="callers")
    assert "陈晓东" in part.text
    page = supervisor.get("/tickets/new?kind=repair")
    assert (page.form("/tickets/new")["title"], page.form("/tickets/new")["kind"]) == ("投影仪不亮", "repair")


@pytest.mark.attack(16)
@pytest.mark.parametrize("name", ["agent", "manager", "admin", "auditor"])
def test_nobody_else_sees_a_draft(demo, supervisor, url, name):
    type_into(supervisor, url, "/write", words="只有我看得到的半句")
    other = Browser(demo).sign_in(name)
    for place in (
        url,
        "/drafts",
        "/search?q=只有我看得到",
        "/journal",
        "/security-log",
        f"{url}/sheet",
        "/people/XH005",
    ):
        assert "只有我看得到的半句" not in other.get(place, expect={200, 403, 404}).soup.get_text()
    facts = db.session.scalars(select(journal.JournalEntry.facts)).all()
    assert "只有我看得到" not in str(facts)
    other.post("/drafts/discard", {"draft": next(iter(kept("supervisor")))})
    assert len(kept("supervisor")) == 1, "nobody discards it for them"


def test_a_form_with_a_mistake_keeps_its_draft(supervisor, url):
    _answer, form = type_into(supervisor, url, "/write", words=WORDS)
    supervisor.post(f"{url}/write", {**form, "words": "", "channel": "fax"}, expect=422)
    assert len(kept("supervisor")) == 1


def test_an_act_that_is_refused_keeps_the_draft(demo, supervisor):
    number, ticket_id = db.session.execute(
        select(Ticket.number, Ticket.id).where(Ticket.title == "收银机连不上网，中午要排队了")
    ).one()
    url = f"/tickets/{number}"
    _answer, form = type_into(supervisor, f"{url}?act=rank", "/rank", reason="客户催了三次", impact="many")
    supervisor.post(f"{url}/rank", {**form, "draft": "", "reason": "全部门都连不上"})
    supervisor.post(f"{url}/rank", form, expect=409)
    assert kept("supervisor")[f"ticket:{ticket_id}:rank"]["reason"] == ["客户催了三次"]


def test_discarded_it_is_gone(supervisor, url):
    _answer, form = type_into(supervisor, url, "/write", words=WORDS)
    assert supervisor.post("/drafts/discard", form).headers["Location"] == url
    assert kept("supervisor") == {}
    assert supervisor.get(url).form("/write")["words"] == ""


def test_what_was_emptied_is_discarded(supervisor, url):
    _answer, form = type_into(supervisor, url, "/write", words=WORDS)
    nothing = {"draft": form["draft"], "words": " "}
    supervisor.post("/drafts", nothing, part="kept", expect=200)
    assert kept("supervisor") == {}


def test_what_was_typed_last_comes_too_late_for_a_letter_that_was_sent(supervisor, url):
    """The press overtakes the request that keeps what was typed before it."""
    form = {**supervisor.get(url).form("/write"), "words": WORDS}
    supervisor.post(f"{url}/write", form)
    supervisor.post("/drafts", form, part="kept", expect=200)
    assert kept("supervisor") == {}


def test_secrets_tokens_and_versions_are_not_kept(supervisor, url, ticket):
    more = {"draft": f"ticket:{ticket.id}:rank", "reason": "急", "version": "3", "password": "geheim", "pin": "493817"}
    supervisor.post("/drafts", more)
    assert kept("supervisor") == {f"ticket:{ticket.id}:rank": {"reason": ["急"]}}


@pytest.mark.attack(12)
def test_what_one_does_not_see_takes_no_draft(demo, ticket):
    clerk = Browser(demo).sign_in("clerk")
    for what in (f"ticket:{ticket.id}:write", "ticket:999999:write", f"ticket:{ticket.id}:nonsense", "person:1:edit"):
        clerk.post("/drafts", {"draft": what, "words": "半句"}, expect=404)
    for what in ("", "ticket", "../../etc", "ticket:" + "x" * 200, "ticket:1:2:3:4:5"):
        clerk.post("/drafts", {"draft": what, "words": "半句"}, expect=400)
    assert kept("clerk") == {}


def test_whoever_lost_sight_of_a_ticket_still_has_their_own_words(demo, supervisor, url, ticket):
    type_into(supervisor, url, "/write", words=WORDS)
    assert f"{ticket.number} {TITLE} · Letter or note" in supervisor.get("/drafts").main
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    what = db.session.scalars(select(Draft)).one()
    what.what = "ticket:999999:write"
    db.session.commit()
    page = supervisor.get("/drafts")
    assert "Something that you see no more" in page.main
    assert TITLE not in page.main
    assert WORDS.split("\n")[0] in page.main
    supervisor.post("/drafts/discard", page.form("/drafts/discard"))
    assert "You have no drafts." in supervisor.get("/drafts").main


@pytest.mark.attack(7)
@pytest.mark.parametrize(("length", "fits"), [(LARGEST - 5, True), (LARGEST - 4, False)])
def test_a_draft_has_a_size(house, length, fits):
    fields = {"words": ["长" * length]}
    if fits:
        assert drafts.keep(house.li, "ticket:1:write", fields, at=NOW)
    else:
        with pytest.raises(Refused, match="too long"):
            drafts.keep(house.li, "ticket:1:write", fields, at=NOW)


@pytest.mark.attack(7)
def test_a_person_has_so_many_drafts(house):
    for n in range(MOST):
        drafts.keep(house.li, f"ticket:{n}:write", {"words": ["半句"]}, at=NOW)
    drafts.keep(house.li, "ticket:0:write", {"words": ["整句"]}, at=NOW)
    with pytest.raises(Refused, match="100 drafts"):
        drafts.keep(house.li, "ticket:new", {"title": ["再来"]}, at=NOW)
    drafts.keep(house.wang, "ticket:new", {"title": ["再来"]}, at=NOW)


def test_a_draft_that_nobody_comes_back_to_is_forgotten_after_its_days(app, house):
    days = timedelta(days=app.config["DRAFT_DAYS"])
    drafts.keep(house.li, "ticket:1:write", {"words": ["旧"]}, at=NOW - days - timedelta(seconds=1))
    drafts.keep(house.li, "ticket:2:write", {"words": ["新"]}, at=NOW - days)
    drafts.sweep(NOW)
    assert [one.what for one in drafts.of(house.li.id)] == ["ticket:2:write"]


def test_my_drafts_ask_the_database_ten_times_at_most(demo, supervisor, statements):
    reader = supervisor_of()
    for ticket_id in db.session.scalars(select(Ticket.id)).all():
        drafts.keep(reader, f"ticket:{ticket_id}:write", {"words": ["半 句"]}, at=NOW)
    db.session.rollback()
    supervisor.get("/drafts")
    statements.clear()
    supervisor.get("/drafts")
    asked = [one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]
    assert len(asked) <= 10
    drafts.forget_old(PORTAL, NOW + timedelta(days=1), at=NOW)
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


# ── In a browser ──


def compose(page, text):
    """Begin to spell `text` with an input method: nothing is decided yet."""
    page.context.new_cdp_session(page).send(
        "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
    )


@pytest.mark.browser
def test_what_is_typed_is_there_on_another_machine(live, url):
    page = live.page("supervisor")
    page.goto(url)
    page.fill("#write textarea", WORDS)
    expect(page.locator("#write .kept")).to_contain_text("草稿已存")
    other = live.page("supervisor")
    other.goto(url)
    expect(other.locator("#write textarea")).to_have_value(WORDS)
    other.click("#write [data-discard]")
    expect(other.locator("#write textarea")).to_have_value("")
    assert kept("supervisor") == {}


@pytest.mark.browser
def test_while_the_portal_cannot_be_reached_it_stays_in_the_browser(live, url):
    page = live.page("supervisor")
    page.goto(url)
    page.fill("#write textarea", "第一句。")
    expect(page.locator("#write .kept")).to_contain_text("草稿已存")
    page.route("**/drafts", lambda route: route.abort())
    page.fill("#write textarea", "第一句。第二句。")
    page.wait_for_timeout(1300)
    page.reload()
    expect(page.locator("#write textarea")).to_have_value("第一句。第二句。")
    page.unroute("**/drafts")


@pytest.mark.browser
def test_a_colleague_at_the_same_browser_finds_nothing(live, url):
    page = live.page("supervisor")
    page.goto(url)
    page.fill("#write textarea", "只给我自己")
    expect(page.locator("#write .kept")).to_contain_text("草稿已存")
    page.click(".menu summary.tool")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in**")
    cookie = Browser(live.app).sign_in("agent").client.get_cookie("portal")
    page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": live.url}])
    page.goto(url)
    expect(page.locator("#write textarea")).to_have_value("")
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("只给我自己")


@pytest.mark.browser
@pytest.mark.attack(40)
def test_half_a_word_is_not_kept(live, url):
    page = live.page("supervisor")
    posts = []
    page.on("request", lambda request: posts.append(request.post_data) if request.url.endswith("/drafts") else None)
    page.goto(url)
    page.click("#write textarea")
    page.keyboard.insert_text("您好，")
    compose(page, "gong dan")
    page.wait_for_timeout(1500)
    assert posts == []
    page.keyboard.insert_text("工单")
    expect(page.locator("#write .kept")).to_contain_text("草稿已存")
    assert all("gong" not in one for one in posts)
    (fields,) = kept("supervisor").values()
    assert fields["words"] == ["您好，工单"]


@pytest.mark.browser
def test_without_script_a_button_keeps_it(live, url):
    page = live.page("supervisor", script=False)
    page.goto(url)
    page.fill("#write textarea", WORDS)
    page.click("#write button:text-is('存为草稿')")
    expect(page.locator("#write textarea")).to_have_value(WORDS)
    page.click("#write button:text-is('丢弃')")
    expect(page.locator("#write textarea")).to_have_value("")
