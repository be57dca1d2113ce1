"""By when a version is acknowledged: what is said to a post holds for whoever holds it on the day, and is replayed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import start_of
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import acknowledgements, actions, drafts, jobs, places, replays
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known
from portal.policies.models import ManualDraft
from portal.policies.replay_states import Effect, Progress
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, ManualKind, Part
from tests.conftest import NOW, TODAY

A = Acknowledgement
WITHIN, EVERY = "manuals.acknowledge_within", "manuals.remind_every"
DAY = timedelta(days=1)


def person_of(who):
    return people.person_with_id(who.id)


def post_of(who):
    return people.posts_of(who.id, TODAY)[0].post


@pytest.fixture
def house(department, staff):
    company = department("XH")
    desk = department("DESK", company)

    class House:
        top, hotline, shop = company, desk, department("SHOP", company)
        li, wang, mo = staff("Li", desk), staff("Wang", desk), staff("Mo", shop)
        head, hr = staff("Han", desk, Role.HEAD), staff("Wen", company, Role.HR)
        shen = staff("Shen", company, Role.EXECUTIVE)

    return House


@pytest.fixture
def publish(manual):
    """`publish("KF-01", days_ago=20)`: the next version of a manual that was published so many days ago."""
    made = {}

    def make(code="KF-01", *, scope=None, days_ago=0, bound=(), rulings=None):
        of, seq = made.setdefault(code, (manual(code, scope), []))
        seq.append(code)
        at = NOW - days_ago * DAY
        clause = ClauseText("known", "1", "知晓", "…", rulings or {})
        text = VersionText(len(seq), 0, TODAY - days_ago * DAY, (clause,), places=frozenset(bound))
        return actions.publish_version(PORTAL, of, text, at=at)

    return make


@pytest.fixture
def drafted(house):
    """`drafted({key: value}, bound)`: a draft of a new manual of the company that says so to some places."""

    def make(rulings, bound=()):
        draft = drafts.begin_manual(
            house.shen, "RX-01", {"zh-CN": "热线岗位须知"}, kind=ManualKind.CONDUCT, category=Category.CUSTOMERS,
            department=house.top, supervisor=person_of(house.head), purpose="…", principles="…", at=NOW,
        )  # fmt: skip
        clause = drafts.write_clause(
            house.shen, draft, None, number="1", heading="知晓", text="…", part=Part.BODY, chapter=None,
            seen=draft.version, at=NOW,
        )  # fmt: skip
        for key, value in rulings.items():
            drafts.rule_on(house.shen, draft, clause, key, value, seen=draft.version, at=NOW)
        if bound:
            drafts.bind(house.shen, draft, bound, seen=draft.version, at=NOW)
        return draft

    return make


def replay(house, draft):
    replays.ask(house.shen, draft, 3, at=NOW)
    jobs.go_on_with_replays(NOW)
    db.session.expire_all()
    found = replays.replay_of(draft)
    assert found.state is Progress.DONE
    return found


def due(reader, found):
    """(version, person) → days from today on which it was due and would be."""
    return {
        (line.number, line.who): tuple((at - start_of(TODAY + DAY)).days for at in (case.due_before, case.due_after))
        for case, line in replays.cases(reader, found, WITHIN, None).rows
    }


def days(version):
    """Who was asked → in how many days, and when they are reminded."""
    rows = db.session.execute(db.select(A.person_name, A.due_on, A.remind_on).where(A.version_id == version.id))
    return {name: ((due_on - TODAY).days, (remind_on - TODAY).days) for name, due_on, remind_on in rows}


def hand_over(post, from_, to, on):
    """The post changes hands: from a day on somebody else holds it."""
    held = next(one for one in people.posts_of(from_.id, on) if one.post.id == post.id)
    organisation.end_placement(PORTAL, held, to_on=on, at=NOW)
    organisation.place(PORTAL, person_of(to), post, main=False, from_on=on, at=NOW)


# ── What holds ──


@pytest.mark.rule("POL-026")
def test_whoever_holds_a_post_is_asked_by_what_is_said_to_it_and_their_neighbours_as_before(house, publish):
    publish("RX-00", rulings={WITHIN: "3", EVERY: "1"}, bound=[places.post_scope(post_of(house.li).id)])
    assert days(publish()) == {
        "Li": (3, 1), **dict.fromkeys(("Wang", "Mo", "Han", "Wen", "Shen"), (14, 5)),
    }  # fmt: skip


def test_the_main_post_decides_before_another_and_each_follows_its_own_where_it_says_nothing(house, publish):
    publish("RX-00", rulings={WITHIN: "3"}, bound=[places.post_scope(post_of(house.li).id)])
    publish("RX-02", rulings={WITHIN: "9", EVERY: "2"}, bound=[places.post_scope(post_of(house.wang).id)])
    organisation.place(PORTAL, person_of(house.li), post_of(house.wang), main=False, from_on=TODAY, at=NOW)
    asked = days(publish())
    assert (asked["Li"], asked["Wang"]) == ((3, 2), (9, 2))


def test_reminders_and_a_second_asking_follow_the_post_too(house, publish):
    publish("RX-00", rulings={WITHIN: "3", EVERY: "2"}, bound=[places.post_scope(post_of(house.li).id)])
    version = publish()
    jobs.remind(NOW + 2 * DAY)
    assert days(version)["Li"] == (3, 4)
    one = acknowledgements.mine_of(house.li, version.id)
    acknowledgements.decline(house.li, one, "看不懂", digest=version.digest, at=NOW + 2 * DAY)
    version.manual.owner_id = house.head.id
    db.session.commit()
    acknowledgements.ask_again(house.head, one, "请再看一遍。", at=NOW + 4 * DAY)
    assert days(version)["Li"] == (7, 6)


def test_a_post_that_says_nothing_of_it_costs_no_statement(house, publish, statements):
    publish("RX-00", bound=[places.post_scope(post_of(house.li).id)])
    statements.clear()
    publish()
    assert not [one for one in statements if "FROM placement" in one and "placement.post_id IN" in one]


@pytest.mark.parametrize(("key", "decides"), [(WITHIN, True), ("tickets.accept_within", False)])
def test_whoever_writes_for_posts_alone_is_told_what_no_post_decides(house, drafted, browser, key, decides):
    hotline = f"department {house.hotline.id}"
    url = f"/manuals/RX-01/draft/clauses/{drafted({}, [places.post_scope(post_of(house.li).id)]).clauses[0].id}/ruling/"
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    author = browser.sign_in(person_of(house.shen).sign_in_name)
    page = author.get(url + key)
    assert ("would decide nothing" in page.main) is not decides
    draft = db.session.scalars(db.select(ManualDraft)).one()
    drafts.bind(house.shen, draft, [*draft.places, hotline], seen=draft.version, at=NOW)
    assert "would decide nothing" not in author.get(page.url).main


def test_the_keys_that_are_asked_for_people_are_those_that_a_post_can_rule():
    assert {one.name for one in KEYS.values() if one.of_people} == {
        WITHIN, EVERY, "manuals.quiz_pass", "manuals.quiz_tries"
    }  # fmt: skip


# ── What a replay shows ──


@pytest.mark.rule("POL-026")
def test_a_shorter_time_shows_who_would_have_been_late(house, publish, drafted):
    version = publish(days_ago=10)
    one = acknowledgements.mine_of(house.li, version.id)
    db.session.execute(
        db.update(A).where(A.id == one.id).values(state=Known.READ, ended_at=NOW - 8 * DAY)
    )  # fmt: skip
    db.session.commit()
    found = replay(house, drafted({WITHIN: "7"}))
    everybody = dict.fromkeys([("KF-01 1.0", name) for name in ("Li", "Wang", "Mo", "Han", "Wen", "Shen")], (4, -3))
    assert due(house.hr, found) == everybody
    late = [line.who for _case, line in replays.cases(house.hr, found, WITHIN, Effect.LATE).rows]
    assert late == ["Wang", "Mo", "Han", "Wen", "Shen"], "Li had read it in time"


@pytest.mark.attack(43)
@pytest.mark.parametrize(("days_ago", "theirs"), [(6, "Li"), (5, "Wang"), (4, "Wang")])
def test_a_draft_for_a_post_moves_only_the_days_of_whoever_held_it_when_they_were_asked(
    house, publish, drafted, days_ago, theirs
):
    """The hotline changed hands five days ago: from that day on it is Wang's, who has another post besides."""
    hotline = post_of(house.li)
    publish(days_ago=days_ago)
    hand_over(hotline, house.li, house.wang, TODAY - 5 * DAY)
    found = replay(house, drafted({WITHIN: "3"}, [places.post_scope(hotline.id)]))
    assert due(house.hr, found) == {("KF-01 1.0", theirs): (14 - days_ago, 3 - days_ago)}
    (figures,) = replays.figures(house.hr, found)
    assert (figures.cases, figures.people) == (1, 1)


def test_the_replay_says_what_asking_would_have_done(house, publish, drafted):
    """Both sides are the portal's own: what was asked before, and what is asked once the draft is published."""
    hotline = places.post_scope(post_of(house.li).id)
    before = publish()
    found = replay(house, drafted({WITHIN: "3"}, [hotline]))
    publish("RX-02", rulings={WITHIN: "3"}, bound=[hotline])
    after = publish("KF-02")
    asked = tuple(days(one)["Li"][0] for one in (before, after))
    assert due(house.hr, found) == {("KF-01 1.0", "Li"): asked}


def test_who_is_bound_no_more_and_a_day_that_was_set_anew(house, publish, drafted):
    version = publish(days_ago=10)
    by_name = {one.person_name: one for one in db.session.scalars(db.select(A).where(A.version_id == version.id))}
    by_name["Mo"].state, by_name["Li"].due_on = Known.VOID, TODAY + 9 * DAY
    db.session.commit()
    asked = due(house.hr, replay(house, drafted({WITHIN: "7"})))
    assert asked["KF-01 1.0", "Li"] == (9, 2)
    assert ("KF-01 1.0", "Mo") not in asked


@pytest.mark.attack(10)
@pytest.mark.attack(16)
def test_a_head_sees_their_own_people_and_of_the_others_a_number(house, publish, drafted):
    publish(days_ago=1)
    found = replay(house, drafted({WITHIN: "7"}))
    seen = {who for _version, who in due(house.head, found)}
    assert seen == {"Li", "Wang", "Han"}
    assert replays.others(house.head, found) == 3
    assert {who for _version, who in due(house.mo, found)} == {"Mo"}
    for reader in (house.head, house.mo, house.hr):
        listed = {line.href for _case, line in replays.every_case(reader, found, WITHIN, None)}
        openable = {
            f"/manuals/acknowledgements/{one}" for one in db.session.scalars(db.select(A.id))
            if acknowledgements.seen(reader, one)
        }  # fmt: skip
        assert listed == openable
        (figures,) = replays.figures(reader, found)
        assert figures.cases == len(listed)
