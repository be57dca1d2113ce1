"""Who loses what where a manual binds fewer than before, or nobody any more: named, meant by its authors, confirmed by
whoever answers for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.text import listed
from portal.organisation import queries as people
from portal.policies import actions, drafts, life, losses, places, repeals
from portal.policies.queries import in_force
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, Chapter, Check, ManualKind, Part, Stage
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY

ROUNDS, CHAT = "tickets.satisfaction_rounds", "tickets.chat_answer_within"
SOON = TODAY + timedelta(days=20)
PARTS = [(Part.INTRODUCTION, None), *((Part.BODY, one) for one in Chapter), (Part.APPENDIX, None)]


@pytest.fixture
def house(department, staff, person):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs, shop = company, centre, department("SHOP", company)
        group, orders = department("CS-CMP", centre), department("CS-ORD", centre)
        zheng, luo = staff("Zheng", centre, Role.HEAD), staff("Luo", centre, Role.DIRECTOR)
        shen, fang = staff("Shen", company, Role.EXECUTIVE), staff("Fang", company, Role.EXECUTIVE)
        li = staff("Li", centre)
        law, watcher = person("Su", company), person("Lin", centre)

    return House


@pytest.fixture
def publish(manual, house):
    """`publish("1.0", {ROUNDS: "5"}, of="CS-01", scope=house.cs)`: the next version of a manual, with all its parts."""
    made = {}

    def make(label, rulings, bound=(), *, of="CS-01", scope=None, from_on=TODAY, **more):
        if of not in made:
            made[of] = manual(of, scope)
        major, minor = map(int, label.split("."))
        clauses = tuple(
            ClauseText(f"c-{n}", str(n), f"条 {n}", "…", rulings if n == 2 else {}, part, chapter)
            for n, (part, chapter) in enumerate(PARTS, start=1)
        )
        text = VersionText(major, minor, from_on, clauses, places=frozenset(bound), **more)
        return actions.publish_version(PORTAL, made[of], text, at=NOW)

    return make


def unit(of):
    return f"department {of.id}"


def post(of):
    return places.post_scope(people.posts_of(of.id, TODAY)[0].post.id)


def told(found):
    """Key, who loses it, the value before, the one after and its clause."""
    return [(one.key.name, listed(one.losers), one.before.value, one.after.value, _clause(one)) for one in found]


def _clause(one):
    return str(one.after.clause) if one.after.clause else None


def narrowed(version, bound, rulings=None, on=SOON):
    clauses = tuple(
        ClauseText(one.stable, one.number, one.heading, one.text,
                   rulings if rulings is not None and one.rulings else {said.key: said.value for said in one.rulings})
        for one in version.clauses
    )  # fmt: skip
    text = VersionText(version.major + 1, 0, on, clauses, places=frozenset(bound))
    return losses.of_version(version.manual, text, on)


# ── Who loses what ──


@pytest.mark.rule("POL-018")
def test_whom_it_binds_no_more_falls_to_the_company_with_the_value_that_it_says(publish, house):
    publish("1.0", {ROUNDS: "4"}, of="KF-01")
    version = publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    assert told(narrowed(version, [unit(house.group)])) == [(ROUNDS, "CS itself, CS-ORD", 5, 4, "KF-01 2")]


def test_where_no_other_manual_says_anything_the_declared_default_holds(publish, house):
    version = publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    assert told(narrowed(version, [unit(house.group), unit(house.orders)])) == [(ROUNDS, "CS itself", 5, 3, None)]


def test_a_department_of_which_all_lose_stands_for_those_below_it(publish, house):
    version = publish("1.0", {ROUNDS: "5"})
    assert told(narrowed(version, [unit(house.shop)])) == [(ROUNDS, "XH itself, CS", 5, 3, None)]


def test_who_has_a_ruling_of_their_own_and_who_stays_bound_lose_nothing(publish, house):
    publish("1.0", {ROUNDS: "2"}, of="CS-09", scope=house.orders)
    version = publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    assert told(narrowed(version, [unit(house.group)])) == [(ROUNDS, "CS itself", 5, 3, None)]
    assert narrowed(version, []) == []


def test_a_post_that_is_let_go_is_named(publish, house):
    version = publish("1.0", {ROUNDS: "5"}, [post(house.li), post(house.zheng)], scope=house.cs)
    assert told(narrowed(version, [post(house.zheng)])) == [(ROUNDS, "Staff（CS）", 5, 3, None)]


def test_each_key_is_named_and_one_that_is_left_open_is_named_there(publish, house):
    version = publish("1.0", {ROUNDS: "5", CHAT: "10 seconds"}, scope=house.cs)
    found = narrowed(version, [unit(house.group)])
    assert {one.key.name for one in found} == {ROUNDS, CHAT}
    assert [one.key.name for one in narrowed(version, [unit(house.group)], {ROUNDS: "5"})] == [ROUNDS]


# ── Publishing ──


@pytest.mark.parametrize("meant", [False, True])
def test_a_version_for_fewer_is_not_published_before_somebody_says_that_it_is_meant(publish, house, meant):
    publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    if meant:
        publish("2.0", {ROUNDS: "5"}, [unit(house.group)], from_on=SOON, narrows=True)
        assert in_force(TicketRules, on=SOON, for_=house.cs).satisfaction_rounds.value == 3
    else:
        with pytest.raises(Refused, match="CS itself, CS-ORD no more"):
            publish("2.0", {ROUNDS: "5"}, [unit(house.group)], from_on=SOON)


def test_a_version_for_more_or_for_others_as_well_needs_nothing(publish, house):
    publish("1.0", {ROUNDS: "5"}, [unit(house.group)], scope=house.cs)
    publish("2.0", {ROUNDS: "5"}, [unit(house.group), unit(house.orders)], from_on=SOON)


# ── In a draft ──


@pytest.fixture
def draft(publish, house):
    """The next version of the centre's manual, for one of its groups alone, as far as drafting."""
    publish("1.0", {ROUNDS: "4"}, of="KF-01")
    version = publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    made, who = drafts.begin_version(house.zheng, version.manual, at=NOW), house.zheng
    drafts.describe(
        who, made, titles={"zh-CN": "规程"}, category=Category.CUSTOMERS, supervisor=house.watcher, legal=house.law,
        purpose="快", principles="稳", review_on=None, seen=made.version, at=NOW,
    )  # fmt: skip
    drafts.plan(who, made, major=2, minor=0, effective_from=SOON, summary="收窄", drops=[], seen=made.version, at=NOW)
    drafts.note(who, made, dict.fromkeys(("needs", "industry", "law"), "…"), seen=made.version, at=NOW)
    drafts.bind(who, made, [unit(house.group)], seen=made.version, at=NOW)
    life.lead_on(who, made, "draft", at=NOW)
    return made


def mean_it(house, draft):
    lost = losses.digest(drafts.losses_of(draft))
    drafts.bind(house.zheng, draft, draft.places, lets_go=lost, seen=draft.version, at=NOW)


def to_approval(house, draft):
    mean_it(house, draft)
    life.lead_on(house.zheng, draft, "review", at=NOW)
    life.finish(house.luo, draft, Check.of(ManualKind.CONDUCT), at=NOW)
    life.lead_on(house.zheng, draft, "submit", approvers=[people.person_with_id(house.shen.id)], at=NOW)


def test_its_authors_say_that_it_is_meant_before_others_read_it(house, draft):
    no = life.what_is_missing(draft, "review", TODAY)
    assert (no.field, "CS itself, CS-ORD" in str(no)) == ("scope", True)
    mean_it(house, draft)
    assert life.what_is_missing(draft, "review", TODAY) is None
    assert drafts.version_text(draft).narrows


def test_what_was_meant_is_exactly_that(house, draft):
    mean_it(house, draft)
    drafts.bind(house.zheng, draft, [unit(house.orders)], lets_go=draft.lets_go, seen=draft.version, at=NOW)
    assert not drafts.version_text(draft).narrows


@pytest.mark.rule("POL-005")
def test_whoever_approves_it_confirms_that_they_have_seen_it(house, draft):
    to_approval(house, draft)
    with pytest.raises(Refused, match="who loses what") as no:
        life.lead_on(house.shen, draft, "approve", seen=life.shown(draft), at=NOW)
    assert no.value.field == "accepts"
    life.lead_on(house.shen, draft, "approve", seen=life.shown(draft), accepts=True, at=NOW)
    life.lead_on(house.shen, draft, "publish", at=NOW)
    assert draft.state is Stage.PUBLISHED
    rounds = [in_force(TicketRules, on=SOON, for_=one).satisfaction_rounds.value for one in (house.group, house.cs)]
    assert rounds == [5, 4]


@pytest.mark.attack(27)
def test_what_others_would_hold_instead_is_part_of_what_was_approved(house, draft, publish):
    to_approval(house, draft)
    seen = life.shown(draft)
    publish("2.0", {ROUNDS: "2"}, of="KF-01", from_on=SOON - timedelta(days=1))
    with pytest.raises(OutOfDate):
        life.lead_on(house.shen, draft, "approve", seen=seen, accepts=True, at=NOW)
    life.lead_on(house.shen, draft, "approve", seen=life.shown(draft), accepts=True, at=NOW)
    publish("3.0", {ROUNDS: "6"}, of="KF-01", from_on=SOON)
    with pytest.raises(Refused, match="other values hold"):
        life.lead_on(house.shen, draft, "publish", at=NOW)


def test_who_publishes_it_in_an_emergency_confirms_it_and_whoever_approves_it_afterwards(house, draft):
    draft.effective_from = TODAY
    db.session.commit()
    mean_it(house, draft)
    asked = {"approvers": [people.person_with_id(house.shen.id)], "at": NOW + timedelta(days=1)}
    with pytest.raises(Refused, match="who loses what"):
        life.lead_on(house.luo, draft, "emergency", "急", **asked)
    life.lead_on(house.luo, draft, "emergency", "急", accepts=True, **asked)
    assert told(drafts.losses_of(draft)) == [(ROUNDS, "CS itself, CS-ORD", 5, 4, "KF-01 2")]
    with pytest.raises(Refused, match="who loses what"):
        life.lead_on(house.shen, draft, "confirm", at=NOW + timedelta(days=1))
    life.lead_on(house.shen, draft, "confirm", accepts=True, at=NOW + timedelta(days=1))
    assert draft.state is Stage.PUBLISHED


# ── Repeal ──


def test_a_repeal_names_everybody_and_means_what_its_page_showed(publish, house):
    publish("1.0", {ROUNDS: "4"}, of="KF-01")
    version = publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    found = losses.of_repeal(version.manual, SOON)
    assert told(found) == [(ROUNDS, "CS", 5, 4, "KF-01 2")]
    publish("2.0", {ROUNDS: "2"}, of="KF-01", from_on=SOON)
    with pytest.raises(OutOfDate, match="or something else"):
        repeals.repeal(house.shen, version.manual, SOON, "…", seen=losses.digest(found), at=NOW)
    before = losses.digest(losses.of_repeal(version.manual, SOON - timedelta(days=1)))
    assert before == losses.digest(found)
    repeals.repeal(house.shen, version.manual, SOON - timedelta(days=1), "…", seen=before, at=NOW)


# ── On the pages ──


@pytest.fixture
def open_house():
    """Nobody has to change their password first."""

    def open_it():
        db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
        db.session.commit()

    return open_it


def test_the_page_of_the_scope_shows_who_loses_what_and_asks_whether_it_is_meant(house, draft, browser, open_house):
    open_house()
    url, orders = "/manuals/CS-01/draft/scope", unit(house.orders)
    author = browser.sign_in(people.person_with_id(house.zheng.id).sign_in_name)
    assert "CS itself, CS-ORD" in author.get("/manuals/CS-01/draft").main
    page = author.get(url)
    table = page.soup.select_one(".losses").text
    assert all(one in table for one in ("CS itself, CS-ORD", "5 rounds", "4 rounds", "KF-01 2"))
    form = page.form("/scope")
    answer = author.follow(author.post(url, {**form, "places": [orders], "lets_go": "y"}))
    assert "CS itself, CS-CMP" in answer.main  # what was ticked was meant of others
    author.post(url, {**answer.form("/scope"), "places": [orders], "lets_go": "y"}, expect=303)
    assert author.get(url).soup.select_one("[name=lets_go][checked]")
    author.post(url, {**author.get(url).form("/scope"), "places": []}, expect=303)
    assert not author.get(url).soup.select(".losses, [name=lets_go]")


def test_the_page_of_the_approval_shows_it_with_a_box_that_has_to_be_ticked(house, draft, browser, open_house):
    to_approval(house, draft)
    open_house()
    reader = browser.sign_in(people.person_with_id(house.shen.id).sign_in_name)
    url = "/manuals/CS-01/draft/step/approve"
    page = reader.get(url)
    assert "CS itself, CS-ORD" in page.soup.select_one(".losses").text
    form = {**page.form(url), "words": "好"}
    form.pop("accepts", None)
    answer = reader.post(url, form, expect=422)
    assert "who loses what" in answer.main
    assert answer.form(url)["words"] == "好"
    reader.post(url, {**answer.form(url), "accepts": "y"}, expect=303)
    assert not reader.get("/manuals/CS-01/draft/step/publish").soup.select("[name=accepts]")


def test_the_page_of_the_repeal_shows_those_of_the_day_that_is_chosen(publish, house, browser, open_house):
    publish("1.0", {ROUNDS: "4"}, of="KF-01")
    publish("1.0", {ROUNDS: "5"}, scope=house.cs)
    publish("2.0", {ROUNDS: "2"}, of="KF-01", from_on=SOON)
    open_house()
    reader = browser.sign_in(people.person_with_id(house.shen.id).sign_in_name)
    url = "/manuals/CS-01/repeal"
    form = {**reader.get(url).form(url), "reason": "并入", "from_on": SOON.isoformat()}
    form.pop("accepts", None)
    answer = reader.post(url, form, expect=422)
    assert "2 rounds" in answer.soup.select_one(".losses").text
    answer = reader.post(url, {**form, "accepts": "y"}, expect=409)
    assert not answer.soup.select("[name=accepts][checked]")
    assert answer.form(url)["reason"] == "并入"
    reader.post(url, {**answer.form(url), "accepts": "y"}, expect=303)
