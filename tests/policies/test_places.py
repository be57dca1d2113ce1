"""A manual binds the company, departments, or whoever holds certain posts: who is asked, what holds, what each sees."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import actions, drafts, jobs, life, oversight, places, queries, values
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, ManualKind, Party
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY

ROUNDS = "tickets.satisfaction_rounds"
TOMORROW = TODAY + timedelta(days=1)


def person_of(who):
    return people.person_with_id(who.id)


def post_of(who):
    return people.posts_of(who.id, TODAY)[0].post


@pytest.fixture
def house(department, staff):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs, group, shop = company, centre, department("CS-CMP", centre), department("SHOP", company)
        li, zhao = staff("Li", centre), staff("Zhao", group)
        mo, hr = staff("Mo", shop), staff("Wen", company, Role.HR)
        zheng, shen = staff("Zheng", centre, Role.HEAD), staff("Shen", company, Role.EXECUTIVE)

    return House


@pytest.fixture
def publish(manual, house):
    """`publish(of="CS-01", scope=house.cs, places=[…])`: the next version of a manual that rules on the rounds."""
    made = {}

    def make(label="1.0", bound=(), *, of="CS-01", scope=None, value="5", from_on=TODAY, narrows=False, at=NOW):
        if of not in made:
            made[of] = manual(of, scope)
        major, minor = map(int, label.split("."))
        clause = ClauseText("rounds", "1", "回合", "…", {ROUNDS: value} if value else {})
        text = VersionText(major, minor, from_on, (clause,), places=frozenset(bound), narrows=narrows)
        return actions.publish_version(PORTAL, made[of], text, at=at)

    return make


def asked(version, state=Known.OPEN):
    A = Acknowledgement
    return set(db.session.scalars(db.select(A.person_name).where(A.version_id == version.id, A.state == state)))


def post(of):
    return places.post_scope(of.id)


def unit(of):
    return f"department {of.id}"


# ── Who is asked ──


@pytest.mark.rule("POL-006", "POL-018")
def test_a_version_for_some_posts_asks_whoever_holds_one_of_them_and_nobody_else(publish, house):
    version = publish(bound=[post(post_of(house.li)), post(post_of(house.mo))])
    assert asked(version) == {"Li", "Mo"}


def test_a_version_for_some_departments_asks_their_people_and_those_below(publish, house):
    assert asked(publish(bound=[unit(house.cs), post(post_of(house.mo))])) == {"Li", "Zhao", "Zheng", "Mo"}


def test_a_post_held_beside_another_binds_as_well_and_no_longer_once_it_is_given_up(publish, house):
    version = publish(bound=[post(post_of(house.li))])
    assert asked(version) == {"Li"}
    organisation.place(PORTAL, person_of(house.mo), post_of(house.li), main=False, from_on=TODAY, at=NOW)
    assert jobs.keep_up(NOW) == 1
    assert asked(version) == {"Li", "Mo"}
    held = next(one for one in people.posts_of(house.mo.id, TODAY) if not one.main)
    organisation.end_placement(PORTAL, held, to_on=TOMORROW, at=NOW)
    assert jobs.keep_up(NOW) == 0
    jobs.keep_up(NOW + timedelta(days=1))
    assert (asked(version), asked(version, Known.VOID)) == ({"Li"}, {"Mo"})


def test_a_minor_version_for_more_people_asks_only_those_who_come_under_it(publish, house):
    first = publish(bound=[post(post_of(house.li))])
    db.session.execute(db.update(Acknowledgement).values(state=Known.READ))
    db.session.commit()
    second = publish("1.1", [unit(house.cs)], from_on=TOMORROW)
    assert (asked(first, Known.READ), asked(second)) == ({"Li"}, {"Zhao", "Zheng"})


def test_a_place_outside_of_the_manuals_department_is_refused(publish, house):
    for strange in (post(post_of(house.mo)), unit(house.shop), "post 9999", "robots"):
        with pytest.raises(Refused, match="counts nowhere else"):
            publish(of="CS-02", scope=house.cs, bound=[strange])
        db.session.rollback()


# ── What holds ──


def rounds(for_, on=TODAY):
    return in_force(TicketRules, on=on, for_=for_).satisfaction_rounds


def test_what_is_said_to_a_post_holds_for_it_before_its_departments_and_for_nobody_else(publish, house):
    publish(value="5")
    publish(of="CS-02", scope=house.cs, value="4")
    publish(of="CS-03", scope=house.cs, bound=[post(post_of(house.li))], value="2")
    asked_for = (post_of(house.li), post_of(house.zheng), house.cs, post_of(house.mo), None)
    assert [rounds(one).value for one in asked_for] == [2, 4, 4, 5, 5]


def test_what_is_said_to_a_department_below_holds_there_and_not_in_the_manuals_own(publish, house):
    publish(scope=house.cs, bound=[unit(house.group)], value="2")
    assert (rounds(house.group).value, rounds(house.cs).value) == (2, 3)


@pytest.mark.attack(43)
@pytest.mark.parametrize(("on", "li", "zheng"), [(TODAY, 5, 5), (TOMORROW, 4, 3)])
def test_a_version_for_fewer_people_lets_go_of_the_others_from_its_day(publish, house, on, li, zheng):
    publish(scope=house.cs, value="5")
    publish("2.0", [post(post_of(house.li))], from_on=TOMORROW, value="4", narrows=True)
    assert (rounds(post_of(house.li), on).value, rounds(post_of(house.zheng), on).value) == (li, zheng)


@pytest.mark.parametrize(("bound", "fits"), [("li", False), ("zheng", True), ("everybody", True)])
def test_two_manuals_never_rule_on_one_key_for_the_same_post(publish, house, bound, fits):
    publish(of="CS-02", scope=house.cs, bound=[post(post_of(house.li))])
    more = [] if bound == "everybody" else [post(post_of(getattr(house, bound)))]
    if fits:
        publish(of="CS-03", scope=house.cs, bound=more)
    else:
        with pytest.raises(Refused, match="rules on"):
            publish(of="CS-03", scope=house.cs, bound=more)


@pytest.mark.attack(42)
def test_whom_it_binds_is_part_of_what_was_published(publish, house):
    version = publish(bound=[post(post_of(house.li))])
    assert list(queries.versions_with_wrong_hash()) == []
    db.session.execute(db.text("UPDATE manual_place SET post_id = :id"), {"id": post_of(house.mo).id})
    db.session.expire_all()
    assert "was changed after it was published" in str(next(queries.versions_with_wrong_hash()).sentence)
    db.session.execute(db.text("DELETE FROM manual_place"))
    db.session.expire_all()
    assert [*queries.versions_with_wrong_hash()]
    assert version.digest


# ── While it is written, and on the pages ──


@pytest.fixture
def draft(house):
    return drafts.begin_manual(
        house.zheng, "CS-09", {"zh-CN": "投诉组规定"}, kind=ManualKind.STANDARD, category=Category.CUSTOMERS,
        department=house.cs, supervisor=person_of(house.li), purpose="快", principles="稳", at=NOW,
    )  # fmt: skip


def test_its_authors_choose_whom_it_binds_and_an_approval_falls_with_it(house, draft):
    chosen = [post(post_of(house.li)), unit(house.group)]
    drafts.bind(house.zheng, draft, chosen, seen=draft.version, at=NOW)
    assert set(draft.places) == set(chosen)
    with pytest.raises(Refused, match="counts nowhere else"):
        drafts.bind(house.zheng, draft, [unit(house.shop)], seen=draft.version, at=NOW)
    with pytest.raises(NotAllowed):
        drafts.bind(house.shen, draft, [], seen=draft.version, at=NOW)
    before = life.digest(_planned(house, draft))
    drafts.bind(house.zheng, draft, [], seen=draft.version, at=NOW)
    assert life.digest(draft) != before


def _planned(house, draft):
    drafts.plan(
        house.zheng, draft, major=1, minor=0, effective_from=TODAY, summary="…", drops=[], seen=draft.version, at=NOW
    )
    return draft


def test_the_next_version_begins_with_the_people_of_the_one_before(publish, house):
    version = publish(scope=house.cs, bound=[post(post_of(house.li))])
    following = drafts.begin_version(house.zheng, version.manual, at=NOW)
    assert following.places == [post(post_of(house.li))]
    life.ask_opinion(house.zheng, following, person_of(house.mo), "", Party.STAFF, at=NOW)


def test_my_manuals_the_shelf_and_the_page_of_a_key_follow_it(publish, house, browser):
    publish(bound=[post(post_of(house.li))], value="2")
    publish(of="CS-04", scope=house.cs, bound=[post(post_of(house.li))], value="", from_on=TOMORROW)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    for who, mine, value in ((house.li, True, "2 rounds"), (house.zheng, False, "3 rounds")):
        reader = browser.sign_in(person_of(who).sign_in_name)
        page = reader.get("/manuals/mine")
        assert ("CS-01" in page.main, "CS-04" in page.main) == (mine, mine)
        assert "Staff（CS）" in reader.get("/manuals").main
        assert "Staff（CS）" in reader.get("/manuals/CS-01").main
        assert value in reader.get(f"/manuals/rules/{ROUNDS}").soup.select_one(".value-said").text
    code, other = (f"post-{post_of(one).id}" for one in (house.li, house.mo))
    assert "2 rounds" in reader.get(f"/manuals/rules/{ROUNDS}?for={code}").soup.select_one(".value-said").text
    assert f"?for={code}" in str(reader.get("/manuals/CS-01").soup.select_one(".ruled"))
    for none in ("post-99999", "post-x", other):
        reader.get(f"/manuals/rules/{ROUNDS}?for={none}", expect=400)


def test_how_a_manual_stands_counts_whom_it_binds(publish, house):
    publish(bound=[post(post_of(house.li))])
    (row,) = oversight.standings(house.hr, since=TODAY, on=TODAY)
    assert row.known.asked == 1


def test_a_department_is_chosen_on_a_plain_page(draft, house, browser):
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    below, elsewhere, stranger = unit(house.group), unit(house.shop), person_of(house.mo).sign_in_name
    author = browser.sign_in(person_of(house.zheng).sign_in_name)
    url = "/manuals/CS-09/draft/scope"
    form = author.get(url).form("/scope")
    page = author.follow(author.post(url, {**form, "places": [below]}))
    assert "CS-CMP" in page.main
    author.post(url, {**author.get(url).form("/scope"), "places": [elsewhere]}, expect=422)
    browser.sign_in(stranger).get(url, expect=404)


def test_the_history_of_a_key_names_for_whom_each_version_ruled(publish, house):
    publish(bound=[post(post_of(house.li))])
    (line,) = values.history(KEYS[ROUNDS], on=TODAY, first=[None])
    assert [str(one) for one in line.entries[0].only_for] == ["Staff（CS）"]


def test_a_post_that_is_closed_keeps_what_was_published_for_it(publish, house):
    held = post_of(house.li)
    version = publish(bound=[post(held)])
    organisation.end_placement(PORTAL, people.posts_of(house.li.id, TODAY)[0], to_on=TOMORROW, at=NOW)
    organisation.close_post(PORTAL, held, to_on=TOMORROW, at=NOW)
    assert rounds(held, date(2030, 1, 1)).value == 5
    assert queries.digest_of(version) == version.digest


def test_what_holds_for_me_on_a_day_asks_for_the_posts_and_the_department_that_i_had_then(publish, house, browser):
    """Li holds the post that is ruled until yesterday, and moves to the shop tomorrow."""
    held = post_of(house.li)
    publish(bound=[post(held)], value="2", from_on=TODAY - timedelta(days=9), at=NOW - timedelta(days=9))
    publish(of="SH-01", scope=house.shop, value="4", from_on=TODAY - timedelta(days=9), at=NOW - timedelta(days=9))
    organisation.end_placement(PORTAL, people.posts_of(house.li.id, TODAY)[0], to_on=TOMORROW, at=NOW)
    organisation.place(PORTAL, person_of(house.li), post_of(house.mo), from_on=TOMORROW, at=NOW)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    reader = browser.sign_in(person_of(house.li).sign_in_name)
    for on, value, whose in ((TODAY, "2 rounds", "Staff（CS）"), (TOMORROW, "4 rounds", "SHOP")):
        page = reader.get(f"/manuals/rules/{ROUNDS}?on={on}")
        assert value in page.soup.select_one(".value-said").text
        assert page.soup.select_one("#value-head").text.endswith(f"for {whose}")
        assert value in reader.get(f"/manuals/rules?on={on}").soup.find(id=ROUNDS).text
