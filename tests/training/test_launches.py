"""New products go on sale when every agent of the department knows them, a large batch after a training on site."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation.waiting import waits_for
from portal.policies.rulebook import supposing
from portal.training import launches
from portal.training.launch_models import LaunchConfirmation, ProductLaunch
from portal.training.launch_states import LAUNCH, Launch
from portal.training.launches import LaunchText
from portal.training.rules import TrainingRules, wants_training_on_site
from portal.training.states import CourseKind
from tests.conftest import NOW, TODAY
from tests.training.conftest import HOUR, held

LINE = ("Router", "Two years of warranty.")


@pytest.fixture
def announced(house):
    """`announced(3)`: so many products of the shop, explained an hour ago."""

    def make(count=1, *, at=NOW, by=None, explained=NOW - HOUR, lines=None):
        products = lines or tuple((f"Product {n}", "What it is good for.") for n in range(count))
        return launches.announce(
            by or house.shopkeeper, LaunchText("Winter", house.shop, products, explained, "online"), at=at
        )

    return make


@pytest.mark.rule("POL-039", "MTG-018")
def test_products_go_on_sale_only_when_every_agent_of_the_department_knows_them(house, announced, staff):
    na = staff("Na", house.shop, Role.AGENT)
    launch = announced()
    assert [one.name for one in launches.agents(house.shop.id, TODAY)] == ["Mo", "Na"]  # not Tan, who is no agent
    launches.confirm(house.mo, launch, at=NOW)
    with pytest.raises(Refused, match="knows them yet: Na"):
        launches.put_on_sale(house.shopkeeper, launch, at=NOW)
    launches.confirm(na, launch, at=NOW)
    launches.put_on_sale(house.shopkeeper, launch, at=NOW)
    assert launch.state is Launch.LISTED


@pytest.mark.rule("POL-039")
def test_whoever_becomes_an_agent_meanwhile_has_to_know_them_too(house, announced, staff):
    launch = announced()
    launches.confirm(house.mo, launch, at=NOW)
    assert launches.who_lacks(launch, TODAY) == []
    staff("Na", house.shop, Role.AGENT)
    assert [one.name for one in launches.who_lacks(launch, TODAY)] == ["Na"]


@pytest.mark.parametrize(("explained", "may"), [(NOW, True), (NOW + timedelta(minutes=1), False)])
def test_nobody_knows_them_before_they_were_explained(house, announced, explained, may):
    launch = announced(explained=explained)
    if may:
        launches.confirm(house.mo, launch, at=NOW)
        launches.confirm(house.mo, launch, at=NOW)  # twice is once
    else:
        with pytest.raises(Refused, match="have not been explained yet"):
            launches.confirm(house.mo, launch, at=NOW)
    assert len(launches.confirmations(launch)) == may


def test_only_agents_of_the_department_confirm_and_only_its_head_puts_on_sale(house, announced):
    launch = announced()
    for who in (house.li, house.tan, house.shopkeeper, house.han):
        with pytest.raises(NotAllowed):
            launches.confirm(who, launch, at=NOW)
    for who in (house.li, house.mo, house.han):
        with pytest.raises(NotAllowed):
            launches.put_on_sale(who, launch, at=NOW)
        with pytest.raises(NotAllowed):
            announced(by=who)


@pytest.mark.parametrize("lines", [(("Router", ""),), ()])
def test_of_each_product_something_is_said(house, announced, lines):
    with pytest.raises(Refused) as no:
        launches.announce(house.shopkeeper, LaunchText("Winter", house.shop, lines, NOW, "online"), at=NOW)
    assert no.value.field == "products"


# ── A large batch ──


@pytest.mark.rule("POL-040")
@pytest.mark.parametrize(("products", "large"), [(9, False), (10, True)])
def test_from_how_many_products_a_batch_is_large_is_for_the_manual_to_say(products, large):
    assert wants_training_on_site(products, supposing(TrainingRules, large_batch=10)) is large


@pytest.mark.rule("POL-040", "MTG-018")
@pytest.mark.parametrize(("products", "large"), [(1, False), (2, True)])
def test_a_large_batch_goes_on_sale_after_its_training_on_site_was_held(
    house, announced, course, session, manual, published, products, large
):
    published({"training.large_batch": "2"}, from_=TODAY)
    launch = announced(products)
    launches.confirm(house.mo, launch, at=NOW)
    if not large:
        launches.put_on_sale(house.shopkeeper, launch, at=NOW)
        return
    with pytest.raises(Refused, match="training on site") as no:
        launches.put_on_sale(house.shopkeeper, launch, at=NOW)
    assert str(no.value.clause) == "KF-01 1.1"
    one = session(course("CP-01", house.shop, kind=CourseKind.PRODUCT), house.shop, NOW - 3 * HOUR, trainer=house.tan)
    launches.name_session(house.shopkeeper, launch, one, at=NOW)
    with pytest.raises(Refused, match="training on site"):
        launches.put_on_sale(house.shopkeeper, launch, at=NOW)
    held(one, house.tan)
    launches.put_on_sale(house.shopkeeper, launch, at=NOW)
    assert launch.state is Launch.LISTED


def test_a_training_about_something_else_is_not_that_of_a_batch(house, announced, course, session):
    launch = announced()
    other = session(course("KF-02", house.shop), house.shop)
    theirs = session(course("CP-02", house.desk, kind=CourseKind.PRODUCT), house.desk)
    for one in (other, theirs):
        with pytest.raises(Refused, match="of this department"):
            launches.name_session(house.shopkeeper, launch, one, at=NOW)


# ── Who sees and hears of them ──


@pytest.mark.attack(10)
def test_listed_is_openable(house, announced):
    launch = announced()
    seen = {
        name: launches.launch_seen_by(getattr(house, name), launch.id) is not None
        for name in ("mo", "tan", "shopkeeper", "hr", "li", "han")
    }
    assert seen == {"mo": True, "tan": True, "shopkeeper": True, "hr": True, "li": False, "han": False}
    for name, sees in seen.items():
        assert [one.id for one in launches.launches(getattr(house, name)).rows] == ([launch.id] if sees else [])


@pytest.mark.rule("POL-039")
def test_an_agent_finds_them_on_today_until_they_know_them(house, announced):
    def told(who, at=NOW):
        return [one.href for one in waits_for(who, at) if "/products/" in one.href]

    launch = announced()
    assert (told(house.mo), told(house.tan), told(house.li)) == ([f"/training/products/{launch.id}"], [], [])
    assert told(house.mo, NOW - 2 * HOUR) == []
    launches.confirm(house.mo, launch, at=NOW)
    assert told(house.mo) == []


def test_every_state_is_reached_and_what_ended_stays(house, announced):
    assert {step.after for step in LAUNCH.steps.values()} - {None} | {Launch.EXPLAINED} == set(Launch)
    launch = announced()
    launches.withdraw(house.shopkeeper, launch, "delivered late", at=NOW)
    with pytest.raises(OutOfDate):
        launches.confirm(house.mo, launch, at=NOW)


# ── Pages ──


@pytest.mark.rule("POL-039")
def test_a_shop_announces_gets_to_know_and_puts_on_sale(demo, browser):
    keeper = browser.sign_in("shopkeeper")
    page = keeper.get("/training/products/1")
    assert "Do not know them yet" in page.main
    assert not page.soup.select("form[action$='/list']")
    keeper.post("/training/products/1/list", expect=422)
    agent = browser.sign_in("shop2")
    assert "冬季新品" in agent.get("/").main
    assert "I know these products" in agent.get("/training/products/1").main
    agent.post("/training/products/1/confirm")
    assert db.session.scalar(db.select(db.func.count()).select_from(LaunchConfirmation)) == 2
    assert not agent.get("/training/products/1").soup.select("form[action$='/list']")


@pytest.mark.attack(29)
def test_a_form_that_comes_twice_announces_once_and_keeps_what_was_typed(demo, browser):
    keeper = browser.sign_in("shopkeeper")
    page = keeper.get("/training/products/new")
    unit = page.soup.select_one("select[name=department] option[value]:not([value=''])")["value"]
    sent = {
        "title": "春季新品", "department": unit, "products": "手环：能量血压", "explained_at": "2026-10-12T09:00",
        "place": "线上", "once": page.soup.select_one("input[name=once]")["value"],
    }  # fmt: skip
    again = keeper.post("/training/products/new", {**sent, "products": "手环"}, expect=422)
    assert "手环" in again.soup.select_one("textarea").text
    before = db.session.scalar(db.select(db.func.count()).select_from(ProductLaunch))
    keeper.post("/training/products/new", sent)
    keeper.post("/training/products/new", sent)
    assert db.session.scalar(db.select(db.func.count()).select_from(ProductLaunch)) == before + 1


@pytest.mark.attack(10)
def test_others_find_nothing(demo, browser):
    for name in ("agent", "clerk", "technician"):
        one = browser.sign_in(name)
        one.get("/training/products/1", expect=404)
        one.post("/training/products/1/confirm", expect=404)
        assert "冬季新品" not in one.get("/training/products").main


@pytest.mark.parametrize("name", ["shopkeeper", "shop2", "hr"])
def test_the_pages_ask_the_database_seldom(demo, browser, statements, name):
    browser.sign_in(name)
    for url in ("/training/products", "/training/products/1", "/"):
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(asked) <= 10, (url, len(asked), "\n".join(asked))
