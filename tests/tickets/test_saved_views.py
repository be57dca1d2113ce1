"""Saved views: an address of the queue under a name, for oneself or for the people of a department."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.lists import actions as lists
from portal.lists.queries import kind_called
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Department, Person
from portal.tickets import saved_view
from portal.tickets.models import SavedView
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand
from tests.tickets.test_pages import reader, statements

REPAIRS = {"kind": "repair", "sort": "clock"}


def names(who) -> list[str]:
    return [one.name for one in saved_view.shown_to(who)]


# ── Whose they are ──


def test_what_somebody_keeps_stands_in_their_queue_alone(house):
    saved_view.keep(house.li, "报修", REPAIRS, at=NOW)
    assert names(house.li) == ["报修"]
    assert names(house.wang) == []


def test_a_department_keeps_views_for_its_people_and_those_below(house):
    saved_view.keep(house.lin, "中心的报修", REPAIRS, department=house.centre, at=NOW)
    assert names(house.li) == names(house.luo) == ["中心的报修"]
    assert names(house.zhao) == names(house.mo) == []


@pytest.mark.attack(10)
def test_only_whoever_hands_out_the_work_keeps_the_views_of_a_department(house):
    view = saved_view.keep(house.han, "技术部的报修", REPAIRS, department=house.tech, at=NOW)
    for who in (house.zhao, house.lin, house.chen, house.mo):
        with pytest.raises(NotAllowed, match="hands out the work"):
            saved_view.keep(who, "别人的", REPAIRS, department=house.tech, at=NOW)
        with pytest.raises(NotAllowed):
            saved_view.rename(who, view, "改名", view.version, at=NOW)
        with pytest.raises(NotAllowed):
            saved_view.move(who, view, up=True, at=NOW)
        with pytest.raises(NotAllowed):
            saved_view.remove(who, view, at=NOW)
    assert names(house.zhao) == ["技术部的报修"]


@pytest.mark.attack(10)
def test_nobody_touches_what_another_keeps_for_themselves(house):
    view = saved_view.keep(house.li, "报修", REPAIRS, at=NOW)
    for who in (house.wang, house.lin, house.luo):
        assert saved_view.view_with(who, view.id) is None
        with pytest.raises(NotAllowed):
            saved_view.remove(who, view, at=NOW)


def test_what_a_department_keeps_is_in_the_journal_and_what_somebody_keeps_for_themselves_is_not(house):
    saved_view.keep(house.lin, "自己的", REPAIRS, at=NOW)
    view = saved_view.keep(house.lin, "大家的", REPAIRS, department=house.centre, at=NOW)
    saved_view.rename(house.lin, view, "报修", view.version, at=NOW)
    saved_view.remove(house.lin, view, at=NOW)
    assert journal.names("saved view") == ["ViewKept", "ViewRenamed", "ViewRemoved"]
    (entry,) = [one for one in journal.of("saved view", view.id) if one.name == "ViewRenamed"]
    assert str(entry.sentence()) == "The view “大家的” of CS is called “报修” now"


# ── Names and order ──


def test_two_views_of_one_owner_have_two_names(house):
    view = saved_view.keep(house.lin, "报修", REPAIRS, at=NOW)
    other = saved_view.keep(house.lin, "投诉", {"kind": "complaint"}, at=NOW)
    saved_view.keep(house.lin, "报修", REPAIRS, department=house.centre, at=NOW)
    for again in (lambda: saved_view.keep(house.lin, " 报修 ", REPAIRS, at=NOW),
                  lambda: saved_view.rename(house.lin, other, "报修", other.version, at=NOW)):  # fmt: skip
        with pytest.raises(Refused, match="already"):
            again()
    saved_view.rename(house.lin, view, "报修", view.version, at=NOW)


@pytest.mark.attack(27)
def test_an_older_page_renames_nothing(house):
    view = saved_view.keep(house.lin, "报修", REPAIRS, department=house.centre, at=NOW)
    seen = view.version
    saved_view.rename(house.luo, view, "全部报修", seen, at=NOW)
    with pytest.raises(OutOfDate):
        saved_view.rename(house.lin, view, "修理", seen, at=NOW)
    assert names(house.lin) == ["全部报修"]


def test_views_stand_in_the_order_that_their_owner_gives_them(house):
    first, second, third = (saved_view.keep(house.li, name, REPAIRS, at=NOW) for name in "甲乙丙")
    saved_view.move(house.li, third, up=True, at=NOW)
    saved_view.move(house.li, first, up=False, at=NOW)
    assert names(house.li) == ["丙", "甲", "乙"]
    saved_view.move(house.li, third, up=True, at=NOW)
    saved_view.move(house.li, second, up=False, at=NOW)
    assert names(house.li) == ["丙", "甲", "乙"]


def test_there_are_thirty_views_and_no_more(house):
    for number in range(saved_view.MOST):
        saved_view.keep(house.li, f"视图{number}", REPAIRS, at=NOW)
    with pytest.raises(Refused, match="30 views already"):
        saved_view.keep(house.li, "再来一个", REPAIRS, at=NOW)


@pytest.mark.attack(29)
def test_one_form_sent_twice_keeps_one_view(demo, browser):
    browser.sign_in("agent")
    form = browser.get("/tickets/views/new?kind=repair").form("/views/new") | {"name": "报修的"}
    browser.post("/tickets/views/new", form)
    page = browser.follow(browser.post("/tickets/views/new", form))
    assert "it was not made a second time" in page.main
    assert names(reader("agent")).count("报修的") == 1


# ── On the queue ──


def tabs(page) -> dict[str, str]:
    return {one.get_text(" ", strip=True): one["href"] for one in page.soup.select(".tabs a")}


def current(page) -> str:
    (one,) = page.soup.select(".tabs a[aria-current]")
    return one.get_text(" ", strip=True)


def test_what_the_queue_shows_is_kept_under_a_name_and_becomes_a_tab(demo, browser):
    browser.sign_in("agent")
    page = browser.get("/tickets?view=&kind=repair&state=in+progress&after=&sort=")
    page = browser.get(page.soup.select_one("a[href^='/tickets/views/new']")["href"])
    assert "All open · State: in progress · Kind: Repair" in page.main
    form = page.form("/views/new") | {"name": "在修"}
    page = browser.follow(browser.post("/tickets/views/new", form))
    assert "The view is kept." in page.text
    assert current(page) == "在修"
    assert not page.soup.select("a[href^='/tickets/views/new']")
    assert {one.text for one in page.soup.select("tbody .status")} <= {"in progress"}
    assert current(browser.get(tabs(page)["在修"])) == "在修"


def test_a_view_that_everybody_has_is_not_offered_to_be_kept(demo, browser):
    browser.sign_in("agent")
    for url in ("/tickets", "/tickets?view=open", "/tickets?view=mine", "/tickets?sort=rank"):
        assert not browser.get(url).soup.select("a[href^='/tickets/views/new']"), url
    assert browser.get("/tickets?sort=newest").soup.select("a[href^='/tickets/views/new']")


def test_a_few_stand_as_tabs_and_the_others_in_a_sheet_with_the_current_one_always_a_tab(demo, browser):
    for number in range(5):
        saved_view.keep(reader("agent"), f"视图{number}", {"number": str(number + 1)}, at=NOW)
    page = browser.sign_in("agent").get("/tickets")
    assert [one for one in tabs(page) if one.startswith("视图")] == ["视图0", "视图1", "视图2"]
    sheet = [one.text for one in page.soup.select(".views .menu-sheet a")]
    assert sheet[:2] == ["视图3", "视图4"]
    page = browser.get("/tickets?number=5")
    assert current(page) == "视图4"
    assert "视图2" in [one.text for one in page.soup.select(".views .menu-sheet a")]


def test_a_filter_that_is_changed_takes_the_tab_along(demo, browser):
    browser.sign_in("supervisor")
    part = browser.get("/tickets?kind=complaint&sort=clock", part="ticket-list")
    assert current(part) == "投诉先到期在前"
    assert current(browser.get("/tickets?kind=complaint", part="ticket-list")) == "All open"


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", ["agent", "agent2", "orders", "clerk", "shop1"])
def test_a_view_widens_nothing(demo, browser, name):
    """What a department keeps shows a reader the rows that the same filter showed them before, and no other."""

    def rows(url):
        return [one.text for one in browser.sign_in(name).get(url).soup.select("tbody .c-key")]

    before = rows("/tickets?view=all")
    saved_view.keep(reader("supervisor"), "全部的", {"view": "all"}, department=_unit("CS"), at=NOW)
    address = tabs(browser.get("/tickets")).get("全部的", "/tickets?view=all")
    assert rows(address) == before
    assert ("全部的" in tabs(browser.get("/tickets"))) is (name in ("agent", "agent2", "orders"))


@pytest.mark.attack(10, 11)
def test_a_view_of_somebody_else_is_not_there(demo, browser):
    theirs = saved_view.keep(reader("agent2"), "王芳的", REPAIRS, at=NOW).id
    browser.sign_in("agent").get(f"/tickets/views/{theirs}", expect=404)
    for act, data in (("", {"name": "x", "version": "1"}), ("/move", {"up": "yes"}), ("/remove", {})):
        browser.post(f"/tickets/views/{theirs}{act}", data, expect=404)
    assert db.session.get_one(SavedView, theirs).name == "王芳的"


@pytest.mark.attack(10)
def test_whoever_may_not_change_a_view_of_the_department_reads_it_and_no_more(demo, browser):
    view = db.session.scalars(select(SavedView).where(SavedView.department_id.is_not(None))).one()
    page = browser.sign_in("agent").get(f"/tickets/views/{view.id}")
    assert not page.soup.select("main form")
    assert not browser.get("/tickets/views").soup.select("main form")
    browser.post(f"/tickets/views/{view.id}", {"name": "改名", "version": str(view.version)}, expect=403)
    browser.post(f"/tickets/views/{view.id}/remove", expect=403)


def test_views_are_renamed_moved_and_removed_without_javascript(demo, browser):
    browser.sign_in("supervisor")
    saved_view.keep(reader("supervisor"), "报修", REPAIRS, at=NOW)
    page = browser.get("/tickets/views")
    move = page.soup.select_one("form[action$='/move']")["action"]
    page = browser.follow(browser.post(move, {"up": "no"}))
    assert [one.text for one in page.soup.select("table")[0].select("a.open")] == ["报修", "投诉先到期在前"]
    url = page.soup.select_one(".c-act a")["href"]
    form = browser.get(url).form(url)
    browser.post(url, form | {"name": ""}, expect=422)
    page = browser.follow(browser.post(url, form | {"name": "修理"}))
    assert "修理" in page.main
    page = browser.follow(browser.post(f"{url}/remove"))
    assert "修理" not in page.main


def test_an_address_that_the_queue_does_not_know_is_not_kept(demo, browser):
    browser.sign_in("agent").get("/tickets/views/new?kind=gossip", expect=400)
    browser.post("/tickets/views/new", {"name": "x", "whose": "me", "words": "sort=password"}, expect=400)
    page = browser.post("/tickets/views/new", {"name": "", "whose": "me", "words": "kind=repair"}, expect=422)
    assert page.form("/views/new")["words"] == "kind=repair"
    browser.post("/tickets/views/new", {"name": "x", "whose": str(_unit("CS").id), "words": "kind=repair"}, expect=422)


@pytest.mark.attack(1)
def test_a_hostile_name_is_inert(demo, browser):
    saved_view.keep(reader("agent"), "<img src=x onerror=1>", REPAIRS, at=NOW)
    for url in ("/tickets", "/tickets/views", "/tickets?kind=repair&sort=clock"):
        assert not browser.sign_in("agent").get(url).soup.select("img[src=x]")


@pytest.mark.parametrize("url", ["/tickets", "/tickets?kind=repair&assignee=9999&sort=clock", "/tickets/views"])
def test_views_cost_one_statement_however_many_there_are(demo, browser, url):
    for number in range(saved_view.MOST - 1):
        saved_view.keep(reader("supervisor"), f"视图{number}", {"number": str(number), "assignee": "3"}, at=NOW)
    assert statements(browser.sign_in("supervisor"), url) <= 10


# ── What is over ──


def test_a_kind_out_of_use_is_said_and_its_view_goes_on(demo, browser):
    browser.sign_in("supervisor")
    made = lists.add_kind(PORTAL, "inspection", {"zh-CN": "巡检", "en": "inspection"}, at=NOW)
    saved_view.keep(reader("supervisor"), "巡检", {"kind": "inspection"}, at=NOW)
    assert "out of use" not in browser.get("/tickets?kind=inspection").main
    made = kind_called("inspection")
    lists.change_kind(PORTAL, made, made.version, texts=made.texts, needs_record=False, active=False, position=99,
                      at=NOW)  # fmt: skip
    assert "“inspection” is out of use" in browser.get("/tickets?kind=inspection").main


def test_a_view_that_asks_for_what_the_queue_knows_no_more_says_which_part(demo, browser):
    view_id = saved_view.keep(reader("supervisor"), "巡检", {"kind": "inspection", "priority": "high"}, at=NOW).id
    page = browser.sign_in("supervisor").get("/tickets?priority=high&kind=inspection", expect=302)
    page = browser.follow(page)
    assert page.url == f"/tickets/views/{view_id}"
    assert "does not know this any more: Kind: inspection." in page.main
    browser.get(page.soup.select_one(".banner a")["href"])
    assert "not known any more" in browser.get("/tickets/views").main
    browser.get("/tickets?kind=gossip", expect=400)


def test_whoever_has_left_is_named_with_that(demo, browser):
    person = db.session.scalars(select(Person).where(Person.sign_in_name == "agent2")).one()
    person_id, name = person.id, person.name
    assert "has left" not in browser.sign_in("supervisor").get(f"/tickets?assignee={person_id}").main
    by_hand("UPDATE person SET disabled_at = :at WHERE id = :id", at=NOW.replace(tzinfo=None), id=person_id)
    page = browser.get(f"/tickets?assignee={person_id}")
    assert f"{name} has left" in page.main
    assert page.soup.select_one("#filter-assignee option[selected]").text == name


def test_a_view_of_a_department_goes_on_when_that_is_renamed_or_ends(demo, browser):
    unit, url = _unit("CS-ORD"), "/tickets?department=CS-ORD"
    keeper, words = reader("supervisor"), {"department": "CS-ORD"}
    view_id = saved_view.keep(keeper, "订单组", words, department=unit, at=NOW).id
    organisation.change_department(PORTAL, unit, {"names": {"zh-CN": "一组", "en": "Group one"}}, from_on=TODAY, at=NOW)
    browser.sign_in("supervisor")
    assert current(browser.get(url)) == "订单组"
    assert "Group one" in browser.get("/tickets/views").main
    by_hand("UPDATE department SET to_on = :day WHERE code = 'CS-ORD'", day=date(2026, 10, 1).isoformat())
    page = browser.get(url)
    assert current(page) == "订单组"
    assert "Group one ended on 1 Oct." in page.main
    browser.post(f"/tickets/views/{view_id}/remove")
    assert "订单组" not in browser.get("/tickets/views").main


def _unit(code: str) -> Department:
    return next(one for one in people.departments().values() if one.code == code)
