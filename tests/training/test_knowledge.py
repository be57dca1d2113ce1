"""Customer service knows the company's products and services: checked at the post, and again after the months ruled."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.notifications import actions as bells
from portal.notifications import queries as bell
from portal.organisation.profile import sections_of
from portal.organisation.waiting import waits_for
from portal.training import knowledge
from portal.training.knowledge import Checks, CheckText
from portal.training.knowledge_models import KnowledgeCheck
from portal.training.states import Result
from tests.conftest import NOW, TODAY
from tests.training.conftest import person_of

DAY = timedelta(days=1)
A_YEAR_AGO = date(TODAY.year - 1, TODAY.month, TODAY.day)


@pytest.fixture
def asked(house, manual, published):
    """The desk's manual wants its agents checked, and again after twelve months."""
    of = manual("KP-01", house.desk)
    published({"training.product_check": "yes", "training.product_every": "12"}, from_=date(2024, 1, 1), of=of)
    return of


def check(by, who, on=TODAY, result=Result.PASSED, words="", products="Plans", at=NOW):
    return knowledge.check(by, person_of(who), CheckText(on, products, result, words), at=at)


def due(reader, day=TODAY) -> list[str]:
    return [one.name for one in Checks(reader, True, day).rows().rows]


# ── When it is due ──


@pytest.mark.rule("POL-047")
def test_an_agent_is_due_from_their_posting_until_a_check_is_passed(house, asked):
    assert due(house.han) == ["Li"]  # not Yu, who is no agent, nor Mo of the shop, whose manual wants nothing
    check(house.han, house.li, result=Result.FAILED, words="Mixes up the plans.")
    assert due(house.han) == ["Li"]
    check(house.han, house.li)
    assert due(house.han) == []
    assert [one.name for one in Checks(house.han, False, TODAY).rows().rows] == ["Li"]


@pytest.mark.rule("POL-047")
@pytest.mark.parametrize(("on", "counts"), [(A_YEAR_AGO, True), (A_YEAR_AGO - DAY, False)])
def test_a_check_counts_for_the_months_that_the_manual_names(house, asked, on, counts):
    check(house.han, house.li, on)
    assert due(house.han) == ([] if counts else ["Li"])
    assert knowledge.is_due(house.li.id, house.group.id, TODAY) is not counts


@pytest.mark.rule("POL-047")
def test_how_long_it_counts_is_for_the_version_in_force_on_the_day(house, asked, published):
    published({"training.product_check": "yes", "training.product_every": "6"}, from_=TODAY, of=asked)
    check(house.han, house.li, TODAY - 200 * DAY)
    assert due(house.han, TODAY - DAY) == []
    assert due(house.han, TODAY) == ["Li"]


@pytest.mark.rule("POL-047")
def test_where_no_manual_wants_it_nobody_is_due(house, published, asked):
    assert due(house.shopkeeper) == []
    assert knowledge.is_due(house.mo.id, house.shop.id, TODAY) is None
    published({"training.product_check": "no", "training.product_every": "12"}, from_=TODAY, of=asked)
    assert (due(house.han, TODAY - DAY), due(house.han, TODAY)) == (["Li"], [])


# ── Who checks ──


@pytest.mark.rule("POL-047")
def test_a_check_says_which_products_by_whom_on_which_day_and_how_it_came_out(house, asked):
    check(house.han, house.li, TODAY - DAY, words="Knows them by heart.", products="Plans, routers")
    one = knowledge.checks_of(house.li.id)[0]
    assert (one.products, one.by_name, one.on, one.result, one.words) == (
        "Plans, routers", "Han", TODAY - DAY, Result.PASSED, "Knows them by heart."
    )  # fmt: skip


def test_nobody_checks_themselves_and_only_who_keeps_training_there_does(house, asked, staff):
    boss = staff("Bo", house.desk, Role.AGENT, Role.HEAD)
    with pytest.raises(NotAllowed, match="themselves"):
        check(boss, boss)
    for who in (house.li, house.shopkeeper, house.yu):
        with pytest.raises(NotAllowed):
            check(who, house.li)
    check(house.hr, house.li)


@pytest.mark.parametrize(("on", "may"), [(TODAY, True), (TODAY + DAY, False)])
def test_nothing_is_checked_on_a_day_that_is_still_to_come(house, asked, on, may):
    if may:
        check(house.han, house.li, on)
    else:
        with pytest.raises(Refused, match="still to come"):
            check(house.han, house.li, on)


def test_of_a_day_before_they_came_and_of_what_is_missing_the_form_says_what_to_do(house, asked):
    with pytest.raises(Refused, match="not with us"):
        check(house.han, house.li, person_of(house.li).joined_on - DAY)
    with pytest.raises(Refused, match="which products"):
        check(house.han, house.li, products=" ")
    with pytest.raises(Refused, match="still missing") as no:
        check(house.han, house.li, result=Result.FAILED)
    assert no.value.field == "words"
    assert knowledge.checks_of(house.li.id) == []


# ── Who sees and hears of it ──


@pytest.mark.rule("POL-047")
@pytest.mark.attack(10, 16)
def test_the_profile_shows_it_to_the_colleague_their_head_and_hr_alone(house, asked):
    check(house.han, house.li)

    def told(reader, who=house.li, home=house.group.id):
        return [
            [note.state for note in one.notes] for one in sections_of(reader, person_of(who), home, TODAY)
        ]  # fmt: skip

    for reader in (house.li, house.han, house.hr):
        assert len(told(reader)) == 1, reader.name
        assert knowledge.shows(reader, house.li.id, house.group.id)
    for reader in (house.yu, house.mo, house.shopkeeper, house.tan):
        assert told(reader) == [], reader.name
        assert not knowledge.shows(reader, house.li.id, house.group.id)
    assert told(house.tan, house.tan, house.shop.id) == []  # nobody asks it of them


@pytest.mark.rule("POL-047")
@pytest.mark.attack(17)
def test_today_tells_the_head_how_many_are_due_and_nobody_else(house, asked):
    def told(who) -> list[str]:
        return [str(one.title) for one in waits_for(who, NOW) if one.href == "/training/knowledge"]

    assert told(house.han) == ["Product knowledge to be checked: 1 colleagues"]
    for who in (house.hr, house.li, house.shopkeeper):
        assert told(who) == [], who.name
    check(house.han, house.li)
    assert told(house.han) == []


@pytest.mark.attack(10, 16)
def test_the_journal_and_the_bell_do_not_say_how_it_came_out(house, asked):
    check(house.han, house.li, result=Result.FAILED, words="Mixes up the plans.")
    fact = journal.of("person", house.li.id)[-1]
    assert fact.name == "KnowledgeChecked"
    assert "plans" not in str(fact.facts)
    assert "passed" not in fact.sentence()
    bells.tell(PORTAL, at=NOW)
    assert [one.href for one in bell.notices(house.li).rows if one.entry.name == "KnowledgeChecked"] == ["/me"]
    assert [one for one in bell.notices(house.hr).rows if one.entry.name == "KnowledgeChecked"] == []


# ── Pages ──


@pytest.mark.rule("POL-047")
@pytest.mark.attack(29)
def test_a_manager_finds_who_is_due_and_writes_the_check_down(demo, browser):
    manager = browser.sign_in("manager")
    assert "/training/knowledge" in str(manager.get("/").soup)
    listed = manager.get("/training/knowledge")
    assert "王芳" in listed.main
    assert "李娜" not in listed.main
    assert "李娜" in manager.get("/training/knowledge?list=all").main
    manager.get("/training/knowledge?list=other", expect=400)
    here = next(one["href"] for one in listed.soup.select("main a.open") if "王芳" in one.text)
    page = manager.get(here)
    sent = {
        "products": "家庭路由器", "on": "2026-10-12", "result": "failed", "words": "",
        "once": page.soup.select_one("input[name=once]")["value"],
    }  # fmt: skip
    again = manager.post(here, sent, expect=422)
    assert "家庭路由器" in again.soup.select_one("textarea[name=products]").text
    before = db.session.scalar(db.select(db.func.count()).select_from(KnowledgeCheck))
    manager.post(here, {**sent, "result": "passed"})
    manager.post(here, {**sent, "result": "passed"})
    assert db.session.scalar(db.select(db.func.count()).select_from(KnowledgeCheck)) == before + 1
    assert "王芳" not in manager.get("/training/knowledge").main
    assert "家庭路由器" in manager.get(here.replace("/training/knowledge", "/people")).main


@pytest.mark.attack(10, 18)
def test_a_colleague_reads_their_own_and_nobody_elses(demo, browser):
    agent = browser.sign_in("agent")
    mine = "/training/knowledge/XH005"
    assert "秋季套餐" in agent.get(mine).main
    assert "秋季套餐" in agent.get("/me").main
    assert not agent.get(mine).soup.select("textarea")
    agent.post(mine, {"products": "x", "on": "2026-10-12", "result": "passed"}, expect=403)
    for name in ("agent2", "shopkeeper", "auditor"):
        other = browser.sign_in(name)
        other.get(mine, expect=404)
        assert "秋季套餐" not in other.get("/people/XH005").main
    browser.sign_in("agent2").get("/training/knowledge", expect=403)
    browser.get("/training/knowledge.csv", expect=403)


@pytest.mark.attack(10, 25)
def test_the_table_has_the_same_people_as_the_list(demo, browser):
    manager = browser.sign_in("manager")
    due = manager.get("/training/knowledge.csv").text
    assert "田甜" in due
    assert ",State," in due.splitlines()[0]  # what stands in the column is a state, not a day
    assert all(",due to be checked," in line for line in due.splitlines()[1:])
    assert "李娜" not in manager.get("/training/knowledge.csv").text
    assert "李娜" in manager.get("/training/knowledge.csv?list=all").text
    assert "田甜" not in browser.sign_in("shopkeeper").get("/training/knowledge.csv?list=all").text


@pytest.mark.parametrize("name", ["manager", "hr", "agent"])
def test_the_pages_ask_the_database_seldom(demo, browser, statements, name):
    browser.sign_in(name)
    for url in ("/training/knowledge", "/training/knowledge/XH005", "/people/XH005", "/me", "/"):
        statements.clear()
        answer = browser.client.get(url)
        if answer.status_code == 200:
            found = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
            assert len(found) <= 10, (url, len(found), "\n".join(found))
