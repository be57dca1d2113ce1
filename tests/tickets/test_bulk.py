"""Several tickets at once: each by its own rules, with its own result; nothing stops at the first refusal."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Clause, OutOfDate, Refused
from portal.kernel.security_log import SecurityEvent
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.tickets import actions, bulk, queries
from portal.tickets.bulk import Pick
from portal.tickets.models import BulkWork, Ticket, TicketEntry, TicketFollower, TicketTransfer
from portal.tickets.states import TICKET, BulkAct, BulkResult, Impact, OfferState, Priority, State, Urgency
from tests.conftest import NOW
from tests.tickets.conftest import person_of, satisfied
from tests.tickets.test_at_once import AT_ONCE, all_at_once
from tests.tickets.test_pages import new_ticket, reader, statements, ticket_called
from tests.web.test_script import compose


def pick(*tickets: Ticket) -> list[Pick]:
    return [Pick(one.number, one.version) for one in tickets]


def done(who, act, picks, does, key=""):
    """(result, sentence) of each."""
    made = bulk.work(who, act, picks, does, words={}, key=key, at=NOW)
    return [(one.result, str(one.sentence)) for one in bulk.results(who, db.session.get_one(BulkWork, made))]


# ── Each by its own rules ──


def test_each_ticket_has_its_own_result_and_a_refusal_stops_nothing(house, opened):
    free, own, free_too = opened(), opened(), opened()
    actions.take(house.li, own, at=NOW)
    found = done(house.wang, BulkAct.TAKE, pick(free, own, free_too), bulk.take)
    assert found == [
        (BulkResult.DONE, "is yours now"),
        (BulkResult.REFUSED, "That is not possible any more: somebody has moved this on. Look at it again."),
        (BulkResult.DONE, "is yours now"),
    ]
    assert [one.assignee_id for one in (free, own, free_too)] == [house.wang.id, house.li.id, house.wang.id]


def test_what_was_offered_is_accepted_when_it_is_taken(house, opened):
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    assert done(house.zhao, BulkAct.TAKE, pick(ticket), bulk.take) == [(BulkResult.DONE, "is yours now")]
    assert (ticket.assignee_id, ticket.department_id) == (house.zhao.id, house.tech.id)


def test_several_are_handed_to_a_department_or_to_somebody_there(house, opened):
    first, second = opened(), opened()
    found = done(house.li, BulkAct.OFFER, pick(first), bulk.offer(house.tech, None, "一起看"))
    assert found == [(BulkResult.DONE, "is offered to TECH; it counts when it is accepted")]
    actions.take(house.li, second, at=NOW)
    does = bulk.offer(house.tech, organisation.colleague(house.zhao.id), "")
    assert done(house.li, BulkAct.OFFER, pick(second), does)[0][0] is BulkResult.DONE
    assert (first.open_to_id, second.offered_to_id) == (house.tech.id, house.zhao.id)


def test_several_are_ranked_anew_and_the_same_reason_stands_with_each(house, opened):
    tickets = [opened(), opened()]
    found = done(house.li, BulkAct.RANK, pick(*tickets), bulk.rank(Impact.MANY, Urgency.NOW, "片区断网"))
    assert found == [(BulkResult.DONE, "has the priority urgent now")] * 2
    assert {one.rank for one in tickets} == {Priority.URGENT}
    missing = done(house.li, BulkAct.RANK, pick(*tickets), bulk.rank(Impact.ONE, Urgency.TODAY, " "))
    assert missing == [(BulkResult.REFUSED, "Say it in a few words.")] * 2


def test_a_note_is_put_into_each_and_whoever_may_not_write_there_is_told(house, opened):
    own, theirs = opened(), opened(by=house.zhao, routing="software")
    found = done(house.zhao, BulkAct.NOTE, pick(own, theirs), bulk.note("机房今晚割接。"))
    assert [one for one, _words in found] == [BulkResult.REFUSED, BulkResult.DONE]
    assert db.session.scalar(select(func.count()).select_from(TicketEntry)) == 1


def test_only_what_is_settled_is_closed_and_the_others_say_what_is_missing(house, opened, told):
    settled, waiting = told(), told(title="还没有答复")
    satisfied(house.li, settled)
    found = done(house.li, BulkAct.CLOSE, pick(settled, waiting), bulk.close)
    assert found[0] == (BulkResult.DONE, "is closed")
    assert found[1][0] is BulkResult.REFUSED
    assert (settled.state, waiting.state) == (State.CLOSED, State.AWAITING_CONFIRMATION)


# ── At once, again, and meanwhile ──


@pytest.mark.attack(27)
def test_what_changed_since_it_was_chosen_is_out_of_date_for_that_ticket_alone(house, opened):
    changed, same = opened(), opened()
    picks = pick(changed, same)
    actions.rank(house.lin, changed, impact=Impact.SEVERAL, urgency=Urgency.NOW, reason="更急", at=NOW)
    found = done(house.li, BulkAct.TAKE, picks, bulk.take)
    assert found == [
        (BulkResult.REFUSED, "Somebody has changed it since you chose it. Look at it first."),
        (BulkResult.DONE, "is yours now"),
    ]
    assert changed.assignee_id is None


@pytest.mark.attack(27)
def test_of_sixteen_who_take_the_same_five_each_ticket_goes_to_one(app, house, opened):
    picks = pick(*(opened() for _n in range(5)))
    crowd = [house.li.id, house.wang.id, house.lin.id, house.luo.id] * (AT_ONCE // 4)
    db.session.remove()

    def take(who, place):
        bulk.work(who, BulkAct.TAKE, picks, bulk.take, words={}, key=f"press {place}", at=NOW)

    assert all_at_once(app, crowd, take) == {"won": AT_ONCE}
    results = Counter(
        (one.result, str(one.sentence)) for work in db.session.scalars(select(BulkWork)).all()
        for one in bulk.results(house.lin, work)
    )  # fmt: skip
    assert results == {
        (BulkResult.DONE, "is yours now"): 5,
        (BulkResult.REFUSED, "Somebody has changed it since you chose it. Look at it first."): 5 * (AT_ONCE - 1),
    }
    accepted = select(func.count()).select_from(TicketTransfer).where(TicketTransfer.state == OfferState.ACCEPTED)
    assert db.session.scalar(accepted) == 5
    assert journal.names("ticket").count("TicketAccepted") == 5


def test_what_was_said_of_each_keeps_its_days_and_clauses(house, opened):
    clause, day = Clause("KF-01", "1.0", "5.1"), date(2026, 10, 14)

    def refuses(_who, _ticket, _at):
        raise Refused(say("By {clause} before {day}: {what}", clause=clause, day=day, what=say("Close")))

    ((_result, sentence),) = done(house.li, BulkAct.CLOSE, pick(opened()), refuses)
    assert sentence == str(say("By {clause} before {day}: {what}", clause=clause, day=day, what=say("Close")))


@pytest.mark.attack(29)
def test_one_key_does_it_once(house, opened):
    ticket = opened()
    done(house.li, BulkAct.NOTE, pick(ticket), bulk.note("一次"), key="one press")
    with pytest.raises(OutOfDate):
        done(house.li, BulkAct.NOTE, pick(ticket), bulk.note("一次"), key="one press")
    assert db.session.scalar(select(func.count()).select_from(TicketEntry)) == 1


@pytest.mark.attack(29)
def test_sixteen_presses_of_one_button_do_it_once(app, house, opened):
    ticket = opened()
    picks, presser = pick(ticket), house.li.id
    db.session.remove()

    def press(who, _place):
        bulk.work(who, BulkAct.NOTE, picks, bulk.note("一次"), words={}, key="one press", at=NOW)

    assert all_at_once(app, [presser] * AT_ONCE, press) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert db.session.scalar(select(func.count()).select_from(TicketEntry)) == 1


@pytest.mark.attack(30)
def test_what_was_not_reached_is_said_to_be_as_it_was(house, opened):
    first, second = opened(), opened()

    def dies(actor, ticket, at):
        if ticket.id == second.id:
            raise KeyboardInterrupt
        return bulk.follow(actor, ticket, at)

    with pytest.raises(KeyboardInterrupt):
        bulk.work(house.wang, BulkAct.FOLLOW, pick(first, second), dies, words={}, key="", at=NOW)
    work = db.session.scalars(select(BulkWork)).one()
    assert [one.result for one in bulk.results(house.wang, work)] == [BulkResult.DONE, BulkResult.NOT_REACHED]


def test_it_is_forgotten_after_a_month(house, opened):
    done(house.li, BulkAct.FOLLOW, pick(opened()), bulk.follow)
    bulk.forget(PORTAL, at=NOW + timedelta(days=30))
    assert db.session.scalars(select(BulkWork)).all()
    bulk.forget(PORTAL, at=NOW + timedelta(days=30, seconds=1))
    assert not db.session.scalars(select(BulkWork)).all()


def test_a_hundred_at_once_and_no_more():
    assert len(bulk.picks_in([f"T-2026-{n:05d}:1" for n in range(100)])) == 100
    with pytest.raises(Refused, match="At most 100 tickets at once; these are 101"):
        bulk.picks_in([f"T-2026-{n:05d}:1" for n in range(101)])
    assert bulk.picks_in(["T-2026-00001:3", "T-2026-00001:4", "T-2026-00002:1"]) == [
        Pick("T-2026-00001", 3), Pick("T-2026-00002", 1)
    ]  # fmt: skip


@pytest.mark.attack(14)
@pytest.mark.parametrize("sent", [[], [""], ["T-2026-00001"], ["1:1"], ["T-2026-00001:1 OR 1=1"], ["T-2026-1:²"]])
def test_what_is_no_ticket_is_none_chosen(sent):
    with pytest.raises(Refused, match="at least one"):
        bulk.picks_in(sent)


# ── On the queue ──


def boxes(page) -> dict[str, str]:
    return {one["value"].partition(":")[0]: one["value"] for one in page.soup.select("td.pick input")}


def test_rows_are_chosen_with_boxes_and_taken_without_javascript(demo, browser):
    page = browser.sign_in("ops1").get("/tickets?view=accept")
    chosen = list(boxes(page).values())
    assert chosen
    form = page.form("/tickets/bulk/follow")
    page = browser.follow(browser.post("/tickets/bulk/take", {**form, "pick": chosen}))
    assert "Done for 1 of 2." in page.main
    assert page.soup.select_one(".page-head a.button")["href"] == "/tickets?view=accept"
    said = {one.text for one in page.soup.select("tbody .status")}
    assert said == {"is yours now", "This is not yours to do."}  # offered to them; a colleague's question


def test_handing_over_asks_to_whom_first_and_a_mistake_keeps_what_was_chosen(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets?kind=repair")
    sent = {**page.form("/tickets/bulk/follow"), "pick": list(boxes(page).values())}
    page = browser.post("/tickets/bulk/offer/ask", sent, expect=200)
    assert not page.soup.select(".error-summary")
    assert page.form("/tickets/bulk/offer")["to"] == "", "no department is chosen beforehand"
    assert len(page.soup.select(".chosen li")) == len(sent["pick"])
    url = "/tickets/bulk/offer"
    assert len(page.soup.select(f"form[action='{url}'] input[name=pick]")) == len(sent["pick"])
    again = browser.post(url, {**sent, "to": "", "note": "请看一下"}, expect=422)
    assert again.form(url)["note"] == "请看一下"
    assert len(again.soup.select(f"form[action='{url}'] input[name=pick]")) == len(sent["pick"])
    assert again.form(url)["once"] == sent["once"]


@pytest.mark.attack(10, 16)
def test_whoever_may_see_none_of_the_chosen_is_not_offered_and_beside_others_stands_how_many_are_kept_from_them(
    demo, browser
):
    complaint = {"kind": "complaint", "routing": "service-quality", "cause": "语气生硬", "wanted": "道歉"}
    browser.sign_in("agent")
    about = {**complaint, "about": str(organisation.person_called("supervisor").id)}
    browser.post("/tickets/new", new_ticket(title="主管说话难听", **about))
    browser.post("/tickets/new", new_ticket(title="月底才到账"))
    secret, other = (f"{one.number}:{one.version}" for one in map(ticket_called, ("主管说话难听", "月底才到账")))

    def offered(*picks):
        page = browser.post("/tickets/bulk/offer/ask", {"pick": list(picks), "queue": "", "once": ""}, expect=200)
        return {one.text for one in page.soup.select("option") if one.text.startswith(("林静", "赵敏"))}

    assert offered(other) == {"林静", "赵敏"}
    assert offered(secret, other) == {"林静 · 1 of these 2 are kept from them", "赵敏"}
    assert offered(secret) == {"赵敏"}


@pytest.mark.attack(16)
def test_whoever_only_asks_learns_from_no_form_from_whom_a_ticket_is_kept(house, opened):
    about = person_of(house.zhao)
    asked = opened(house.mo, kind="complaint", routing="account", customer=None, requester=person_of(house.mo),
                   about=about)  # fmt: skip
    assert queries.ticket_seen_by(house.mo, asked.number)
    assert bulk.kept_from(house.mo, [asked.number]) == {}
    assert bulk.kept_from(house.lin, [asked.number]) == dict.fromkeys(queries.hidden_from(asked.id), 1)


@pytest.mark.attack(29)
def test_a_second_press_leads_to_what_the_first_one_did(demo, browser):
    page = browser.sign_in("agent").get("/tickets")
    sent = {**page.form("/tickets/bulk/follow"), "pick": list(boxes(page).values())[:2]}
    there = [browser.post("/tickets/bulk/follow", sent).headers["Location"] for _press in range(2)]
    assert there[0] == there[1]


@pytest.mark.attack(10, 12, 16)
def test_a_ticket_that_somebody_does_not_see_and_one_that_is_not_there_are_the_same(demo, browser):
    ticket = ticket_called("重复充值两次各五十元")
    before, number = ticket.version, ticket.number
    browser.sign_in("clerk")
    page = browser.get("/tickets")
    sent = {"pick": [f"{number}:{before}", "T-2026-09999:1"], "once": "", "queue": ""}
    for act, more in (("take", {}), ("offer", {"to": "1"}), ("note", {"text": "x"}), ("close", {}), ("follow", {}),
                      ("rank", {"impact": "many", "urgency": "now", "reason": "x"})):  # fmt: skip
        page = browser.follow(browser.post(f"/tickets/bulk/{act}", {**sent, **more}))
        said = [one.text for one in page.soup.select("tbody .status")]
        assert said == ["You see no such ticket."] * 2, act
        assert not page.soup.select("tbody a.open")
    page = browser.post("/tickets/bulk/note/ask", sent, expect=200)
    assert not page.soup.select(".chosen li")
    db.session.expire_all()
    assert ticket_called("重复充值两次各五十元").version == before


@pytest.mark.attack(10)
def test_nobody_sees_what_became_of_another_ones_tickets(demo, browser):
    page = browser.sign_in("agent").get("/tickets")
    sent = {**page.form("/tickets/bulk/follow"), "pick": list(boxes(page).values())[:1]}
    there = browser.post("/tickets/bulk/follow", sent).headers["Location"]
    browser.get(there)
    browser.sign_in("supervisor").get(there, expect=404)


@pytest.mark.attack(12)
def test_a_person_who_does_not_work_there_is_refused_for_each_and_kept(demo, browser):
    page = browser.sign_in("agent").get("/tickets")
    clerk, unit = reader("clerk"), reader("technician").department_id
    ticket = next(one for one in boxes(page) if _may_offer("agent", one))
    sent = {**page.form("/tickets/bulk/follow"), "pick": [boxes(page)[ticket]], "to": f"{unit}:{clerk.id}"}
    page = browser.follow(browser.post("/tickets/bulk/offer", sent))
    assert "does not work on tickets" in page.main
    assert db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == "verb refused")).all()


def _may_offer(name: str, number: str) -> bool:
    ticket = queries.ticket_seen_by(reader(name), number)
    return bool(TICKET.open_to(reader(name), ticket) & {"offer", "hand on"})


def test_without_a_choice_nothing_happens_and_it_is_said(demo, browser):
    browser.sign_in("agent")
    page = browser.post("/tickets/bulk/take", {"queue": ""}, expect=422)
    assert "Choose at least one ticket." in page.main
    browser.post("/tickets/bulk/paint", {"pick": "T-2026-00001:1"}, expect=404)


def test_whoever_works_on_no_tickets_is_offered_to_follow_and_nothing_else(demo, browser):
    def acts(name):
        return [one.text for one in browser.sign_in(name).get("/tickets").soup.select(".bulk-bar button")]

    assert acts("hr") == ["Follow"]
    assert len(acts("agent")) == len(BulkAct)


@pytest.mark.attack(1)
def test_a_hostile_address_leads_nowhere(demo, browser):
    page = browser.sign_in("agent").get("/tickets")
    sent = {**page.form("/tickets/bulk/follow"), "pick": list(boxes(page).values())[:1]}
    page = browser.follow(browser.post("/tickets/bulk/follow", {**sent, "queue": "//evil.example/?x=<img src=x>"}))
    assert page.soup.select_one(".page-head a.button")["href"] == "/tickets"


def test_the_page_of_results_costs_few_statements(demo, browser):
    every = db.session.scalars(select(Ticket).where(queries.seen_by(reader("supervisor")))).all()
    made = bulk.work(reader("supervisor"), BulkAct.FOLLOW, pick(*every), bulk.follow, words={}, key="", at=NOW)
    assert statements(browser.sign_in("supervisor"), f"/tickets/bulk/{made}") <= 10
    assert db.session.scalar(select(func.count()).select_from(TicketFollower)) >= len(every)


# ── With a mouse and with keys ──

BOX = "td.pick input"


@pytest.fixture
def queue(live):
    """The queue of whoever hands out the work, in a browser."""
    page = live.page("supervisor")
    page.goto("/tickets")
    assert page.locator(BOX).count() >= 6
    return page


def picked(page) -> list[int]:
    """Which rows are chosen, from the top."""
    return page.evaluate("[...document.querySelectorAll('td.pick input')].flatMap((one, n) => one.checked ? [n] : [])")


def focused(page) -> str:
    return page.evaluate("document.activeElement.closest('tr')?.querySelector('.c-key').textContent ?? ''")


@pytest.mark.browser
def test_x_chooses_the_row_one_stands_on_and_lets_go_of_it(queue):
    queue.keyboard.press("x")
    assert picked(queue) == [], "nobody stands on a row yet"
    for key, chosen in [("j", []), ("x", [0]), ("j", [0]), ("j", [0]), ("x", [0, 2]), ("x", [0])]:
        queue.keyboard.press(key)
        assert picked(queue) == chosen, key
    assert "已选 1" in queue.inner_text("[data-picked]")


@pytest.mark.browser
def test_keys_go_on_after_a_box_was_clicked(queue):
    queue.locator(BOX).nth(1).click()
    queue.keyboard.press("j")
    assert focused(queue) == queue.locator(".c-key").nth(2).inner_text()
    queue.keyboard.press("x")
    assert picked(queue) == [1, 2]


@pytest.mark.browser
def test_shift_and_a_click_choose_everything_in_between_both_ways(queue):
    box = queue.locator(BOX)
    box.nth(4).click()
    box.nth(1).click(modifiers=["Shift"])
    assert picked(queue) == [1, 2, 3, 4]
    box.nth(3).click(modifiers=["Shift"])
    assert picked(queue) == [4], "a range is let go of in the same way"
    assert queue.evaluate("String(getSelection())") == "", "no words are marked"
    assert "已选 1" in queue.inner_text("[data-picked]")


@pytest.mark.browser
def test_a_range_goes_on_from_the_row_that_a_key_chose_and_around_the_box_as_well(queue):
    for key in "jjx":
        queue.keyboard.press(key)
    queue.locator("td.pick label").nth(5).click(modifiers=["Shift"], position={"x": 2, "y": 2})
    assert picked(queue) == [1, 2, 3, 4, 5]


@pytest.mark.browser
def test_a_range_begins_anew_in_another_list(queue):
    """What was clicked before the list was drawn again is not where a range begins."""
    queue.locator(BOX).nth(0).click()
    queue.select_option("select[name=kind]", "repair")
    queue.wait_for_url("**kind=repair**")
    queue.locator(BOX).last.click(modifiers=["Shift"])
    assert len(picked(queue)) == 1


@pytest.mark.browser
def test_every_row_of_the_page_is_chosen_in_the_head(queue):
    rows = queue.locator(BOX).count()
    queue.check("[data-pick-all]")
    assert len(picked(queue)) == rows
    queue.locator(BOX).nth(2).click()
    assert queue.evaluate("document.querySelector('[data-pick-all]').indeterminate")
    queue.click("[data-pick-all]")
    assert len(picked(queue)) == rows


@pytest.mark.browser
def test_enter_on_a_box_does_nothing_to_the_chosen(queue):
    """Without script it would press the first button of the bar."""
    posts = []
    queue.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    queue.locator(BOX).nth(0).click()
    queue.keyboard.press("Enter")
    queue.wait_for_timeout(300)
    assert posts == []
    assert picked(queue) == [0]


@pytest.mark.browser
def test_what_is_chosen_is_counted_on_coming_back(queue):
    queue.locator(BOX).nth(0).click()
    queue.locator(BOX).nth(2).click()
    queue.locator("a.open").nth(0).click()
    queue.wait_for_url("**/tickets/T-*")
    queue.go_back()
    expect(queue.locator(BOX).first).to_be_visible()
    count = len(picked(queue))
    assert queue.is_visible(".bulk-bar") == bool(count)
    expect(queue.locator("[data-picked]")).to_have_text(f"已选 {count} 项" if count else "")


@pytest.mark.browser
@pytest.mark.attack(40)
def test_nothing_is_chosen_while_somebody_spells_or_writes(queue):
    queue.keyboard.press("j")
    for mark in ("isComposing: true", "keyCode: 229", "ctrlKey: true", "altKey: true", "metaKey: true"):
        queue.evaluate(
            "document.activeElement.dispatchEvent("
            f"new KeyboardEvent('keydown', {{key: 'x', bubbles: true, cancelable: true, {mark}}}))"
        )
        assert picked(queue) == [], mark
    here = focused(queue)
    queue.focus("#search")
    queue.keyboard.type("xj")
    compose(queue, "xiao xi")
    queue.keyboard.press("x")
    assert picked(queue) == []
    assert focused(queue) != here
    queue.focus("select[name=kind]")
    queue.keyboard.press("x")
    assert picked(queue) == []


@pytest.mark.browser
@pytest.mark.attack(40)
def test_no_key_reaches_the_list_below_the_sheet_of_keys(queue):
    queue.keyboard.press("j")
    queue.keyboard.press("?")
    queue.keyboard.press("x")
    assert picked(queue) == []
    queue.keyboard.press("Escape")
    queue.keyboard.press("j")
    queue.keyboard.press("x")
    assert len(picked(queue)) == 1


@pytest.mark.browser
@pytest.mark.attack(40)
def test_an_enter_that_picks_a_word_does_not_hand_over(queue):
    queue.locator(BOX).nth(0).click()
    queue.click("button[formaction='/tickets/bulk/offer/ask']")
    queue.wait_for_url("**/bulk/offer/ask")
    page, field = queue, queue.locator("main input[name=note], main textarea[name=note]")
    field.click()
    compose(page, "qing kan")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert page.url.endswith("/bulk/offer/ask")
    page.keyboard.insert_text("请看")
    assert "请看" in field.input_value()


@pytest.mark.browser
@pytest.mark.attack(29)
def test_two_quick_presses_of_a_bar_are_one(queue):
    posts = []
    queue.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    queue.locator(BOX).nth(0).click()
    queue.evaluate("() => { const b = document.querySelector('.bulk-bar button'); b.click(); b.click(); }")
    queue.wait_for_url("**/tickets/bulk/*")
    assert len(posts) == 1
