"""Published in an emergency: at once and without approval, for a few days, and never about money."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.signature import Confirmation, Method
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import acknowledgements, actions, drafts, emergencies, jobs, life, queries, values
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known
from portal.policies.life_forms import EmergencyForm
from portal.policies.models import ManualDraft, ManualVersion
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Chapter, ManualKind, Part, Stage, Standing
from portal.tickets.rules import TicketRules
from tests.conftest import NOW, TODAY

ANSWER, DAYS = "tickets.complaint_answer", 7
LAPSES = TODAY + timedelta(days=DAYS)
MIDNIGHT = datetime(2026, 10, 18, 16, tzinfo=UTC)
"""0:00 in the office of the day on which it lapses."""


@pytest.fixture
def house(department, staff, person):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs = company, centre
        zheng = staff("Zheng", centre, Role.HEAD)
        law, watcher = person("Su", company), person("Lin", centre)
        luo = staff("Luo", centre, Role.DIRECTOR)
        shen, fang = staff("Shen", company, Role.EXECUTIVE), staff("Fang", company, Role.EXECUTIVE)
        hr = staff("Wen", company, Role.HR)

    return House


def person_of(who):
    return people.person_with_id(who.id)


@pytest.fixture
def book(house):
    """A manual of the centre whose first version answers within three days."""
    made = actions.add_manual(
        PORTAL, "TS-01", {"zh-CN": "投诉处理规程"}, kind=ManualKind.CONDUCT, department=house.cs, at=NOW
    )
    made.purpose, made.principles, made.supervisor_id = "答复", "说到做到", house.watcher.id
    db.session.commit()
    parts = [(Part.INTRODUCTION, None), *((Part.BODY, one) for one in Chapter), (Part.APPENDIX, None)]
    clauses = tuple(
        ClauseText(f"c-{n}", str(n), f"条 {n}", "三日内答复。", {ANSWER: "3 days"} if n == 2 else {}, part, chapter)
        for n, (part, chapter) in enumerate(parts, start=1)
    )
    before = NOW - timedelta(days=90)
    actions.publish_version(PORTAL, made, VersionText(1, 0, before.date(), clauses), at=before)
    return made


@pytest.fixture
def draft(house, book):
    """The next version, which answers within a day, as far as drafting; Luo reviews it."""
    made = drafts.begin_version(house.zheng, book, at=NOW)
    drafts.rule_on(house.zheng, made, made.clauses[1], ANSWER, "1 days", seen=made.version, at=NOW)
    drafts.plan(house.zheng, made, major=2, minor=0, effective_from=None, summary="一日内答复", drops=[],
                seen=made.version, at=NOW)  # fmt: skip
    drafts.note(house.zheng, made, dict.fromkeys(("needs", "industry", "law"), "…"), seen=made.version, at=NOW)
    life.lead_on(house.zheng, made, "draft", at=NOW)
    return made


@pytest.fixture
def published(house, draft):
    """Published by Luo in an emergency; Shen is to approve it."""
    return at_once(house, draft)


def at_once(house, draft, *, by=None, approver=None, words="今天起事故频发，等不到批准", at=NOW):
    chosen = person_of(approver or house.shen)
    life.lead_on(by or house.luo, draft, "emergency", words, approvers=[chosen], at=at)
    return draft


def answer(house, on):
    db.session.rollback()
    rule = in_force(TicketRules, on=on, for_=house.cs).complaint_answer
    return str(rule.value), rule.clause.version, rule.unapproved


@pytest.mark.attack(27)
def test_it_publishes_no_words_that_were_written_since_its_page_was_opened(house, draft):
    assert hasattr(EmergencyForm, "seen"), "its page says what it showed"
    seen, asked = life.shown(draft), [person_of(house.shen)]
    drafts.rule_on(house.zheng, draft, draft.clauses[1], ANSWER, "300 days", seen=draft.version, at=NOW)
    with pytest.raises(OutOfDate, match="has changed"):
        life.lead_on(house.luo, draft, "emergency", "等不到批准", approvers=asked, seen=seen, at=NOW)
    assert draft.state is Stage.DRAFTING
    life.lead_on(house.luo, draft, "emergency", "等不到批准", approvers=asked, seen=life.shown(draft), at=NOW)


def test_it_binds_at_once_without_approval_and_says_so(house, published):
    assert (published.state, published.ended_at) == (Stage.EMERGENCY, None)
    assert answer(house, TODAY) == ("1 day", "2.0", True)
    assert answer(house, TODAY - timedelta(days=1)) == ("3 days", "1.0", False)
    last = journal.of("manual draft", published.id)[-1]
    assert (last.facts["stage"], last.facts["words"]) == ("in force without approval", "今天起事故频发，等不到批准")
    assert last.facts["told"] == [house.shen.id]


@pytest.mark.parametrize(("on", "holds"), [(LAPSES - timedelta(days=1), True), (LAPSES, False)])
def test_it_lapses_after_the_days_of_the_rule_whether_or_not_the_worker_is_awake(house, published, on, holds):
    assert answer(house, on) == (("1 day", "2.0", True) if holds else ("3 days", "1.0", False))


def test_between_two_days_on_which_something_begins_or_lapses_every_day_has_the_same_rules(house, published):
    """So that many days can be judged without asking for each."""
    turns = queries.turning_days()
    assert turns == [TODAY - timedelta(days=90), TODAY, LAPSES]
    for on in [TODAY + timedelta(days=days) for days in range(-92, 12)]:
        first = max((one for one in turns if one <= on), default=date.min)
        rules = [in_force(TicketRules, on=one, for_=house.cs) for one in (on, first)]
        assert rules[0] == rules[1], on


@pytest.mark.attack(33)
@pytest.mark.parametrize(("late", "lapsed"), [(timedelta(seconds=-1), 0), (timedelta(0), 1), (timedelta(hours=30), 1)])
def test_the_sweep_says_it_once_with_the_true_moment_and_the_version_before_goes_on(house, published, late, lapsed):
    assert jobs.let_lapse(MIDNIGHT + late) == lapsed
    assert jobs.let_lapse(MIDNIGHT + late) == 0
    db.session.expire_all()
    assert published.state is (Stage.LAPSED if lapsed else Stage.EMERGENCY)
    if not lapsed:
        return
    said = [one for one in journal.of("manual draft", published.id) if one.facts.get("stage") == "lapsed"]
    assert [one.happened_at for one in said] == [MIDNIGHT]
    assert set(said[0].facts["told"]) >= {house.luo.id, house.shen.id, house.zheng.id}
    day = (MIDNIGHT + late + timedelta(hours=8)).date()
    assert answer(house, day) == ("3 days", "2.1", False)
    assert answer(house, LAPSES - timedelta(days=1)) == ("1 day", "2.0", True)
    assert not list(queries.versions_with_wrong_hash())
    following = drafts.begin_version(house.zheng, published.manual, at=MIDNIGHT + late)
    assert {said.value for one in following.clauses for said in one.rulings} == {"3 days"}


def states(version_label):
    A = Acknowledgement
    query = db.select(A.person_name, A.state).join(ManualVersion, ManualVersion.id == A.version_id)
    major, minor = map(int, version_label.split("."))
    return dict(db.session.execute(query.where(ManualVersion.major == major, ManualVersion.minor == minor)).all())


def signed(who, version):
    one = acknowledgements.mine_of(who, version.id)
    proved = Confirmation(who.id, Method.PASSWORD, NOW)
    acknowledgements.acknowledge(who, one, proved, digest=version.digest, at=NOW)


@pytest.mark.rule("POL-006")
def test_whoever_signed_the_words_that_hold_again_is_not_asked_once_more(house, book, draft):
    signed(house.zheng, queries.last_version(book))
    at_once(house, draft)
    signed(house.luo, queries.last_version(book))
    assert states("2.0")["Zheng"] is Known.OPEN
    jobs.let_lapse(MIDNIGHT)
    assert states("2.1") == {"Lin": Known.OPEN, "Luo": Known.OPEN}
    assert (states("1.0")["Zheng"], states("2.0")["Zheng"]) == (Known.SIGNED, Known.SUPERSEDED)
    assert jobs.keep_up(MIDNIGHT) == 0
    restored = queries.last_version(book)
    done = acknowledgements.who(house.hr, restored, "done").rows
    assert [one.person_name for one in done] == ["Zheng"]


def test_a_minor_version_after_that_keeps_what_was_said_to_the_restored_words_and_a_major_one_asks_anew(
    house, book, draft
):
    signed(house.zheng, queries.last_version(book))
    at_once(house, draft)
    jobs.let_lapse(MIDNIGHT)
    later = MIDNIGHT + timedelta(days=2)
    clauses = queries.text_of_version(queries.last_version(book))
    actions.publish_version(PORTAL, book, VersionText(2, 2, later.date() + timedelta(days=1), clauses), at=later)
    assert "Zheng" not in states("2.2")
    actions.publish_version(PORTAL, book, VersionText(3, 0, later.date() + timedelta(days=2), clauses), at=later)
    assert states("3.0")["Zheng"] is Known.OPEN


@pytest.mark.parametrize(("on", "value", "coming"), [
    (TODAY, 1, (LAPSES, "3 days")),
    (LAPSES - timedelta(days=1), 1, (LAPSES, "3 days")),
    (LAPSES, 3, None),
])  # fmt: skip
def test_the_page_of_a_key_foresees_the_day_on_which_it_ends(house, published, on, value, coming):
    key = KEYS[ANSWER]
    line = values.rule_line(key, on=on, chain=queries.chain_of(house.cs))
    assert str(line.rule.value).startswith(str(value))
    assert (line.coming and (line.coming.on, str(line.coming.rule.value))) == coming
    (history,) = values.history(key, on=on, first=[None])
    said = {one.label: (one.standing, one.until, one.lapses_on) for one in history.entries}
    holds = on < LAPSES
    assert said["2.0"] == (Standing.IN_FORCE if holds else Standing.SUPERSEDED, LAPSES, LAPSES if holds else None)
    assert said["1.0"][0] is (Standing.SUPERSEDED if holds else Standing.IN_FORCE)


def test_approved_afterwards_its_end_is_foreseen_no_more(house, published):
    life.lead_on(house.shen, published, "confirm", at=NOW)
    line = values.rule_line(KEYS[ANSWER], on=TODAY, chain=queries.chain_of(house.cs))
    assert (str(line.rule.value), line.coming) == ("1 day", None)


def test_before_the_portal_has_said_so_the_shelf_shows_the_version_that_holds_again(house, published):
    editions = {one.label: one.standing for one in queries.editions(published.manual)}
    assert editions == {"2.0": Standing.IN_FORCE, "1.0": Standing.SUPERSEDED}
    with time_machine.travel(MIDNIGHT):
        editions = {one.label: one.standing for one in queries.editions(published.manual)}
    assert editions == {"2.0": Standing.SUPERSEDED, "1.0": Standing.IN_FORCE}


def test_approved_afterwards_it_stays(house, published):
    with pytest.raises(NotAllowed):
        life.lead_on(house.fang, published, "confirm", at=NOW)
    life.lead_on(house.shen, published, "confirm", at=MIDNIGHT - timedelta(seconds=1))
    assert (published.state, published.approvals[0].given_by_id) == (Stage.PUBLISHED, house.shen.id)
    assert jobs.let_lapse(MIDNIGHT) == 0
    assert answer(house, LAPSES) == ("1 day", "2.0", False)


def test_approved_too_late_it_has_lapsed_even_if_nobody_has_said_so(house, published):
    with pytest.raises(OutOfDate, match="lapsed"):
        life.lead_on(house.shen, published, "confirm", at=MIDNIGHT)
    assert answer(house, LAPSES) == ("3 days", "1.0", False)


@pytest.mark.rule("POL-005")
def test_neither_its_author_nor_its_publisher_approves_it(house, draft):
    with pytest.raises(Refused, match="Somebody else"):
        at_once(house, draft, by=house.shen, approver=house.shen)
    at_once(house, draft, by=house.fang)
    published = emergencies.emergency_of(draft)
    draft.approvals[0].person_id = house.fang.id
    db.session.commit()
    with pytest.raises(NotAllowed, match="published it in an emergency"):
        life.lead_on(house.fang, draft, "confirm", at=NOW)
    db.session.expire_all()
    assert published.kept_at is None


def test_the_right_a_reason_and_a_version_to_go_back_to_are_needed(house, draft):
    with pytest.raises(NotAllowed):
        at_once(house, draft, by=house.zheng)
    with pytest.raises(Refused, match="Say why"):
        at_once(house, draft, words=" ")
    db.session.rollback()
    first = drafts.begin_manual(
        house.zheng, "TS-09", {"zh-CN": "新规"}, kind=ManualKind.CONDUCT, category=drafts.Category.CUSTOMERS,
        department=house.cs, supervisor=house.watcher, purpose="…", principles="…", at=NOW,
    )  # fmt: skip
    first.state = Stage.AWAITING
    with pytest.raises(Refused):
        at_once(house, first)


@pytest.mark.attack(45)
def test_it_carries_no_money(house, draft):
    key = "complaints.large_amount"
    drafts.rule_on(house.zheng, draft, draft.clauses[2], key, "500.00", seen=draft.version, at=NOW)
    with pytest.raises(Refused, match="about money"):
        at_once(house, draft)
    assert db.session.get_one(ManualDraft, draft.id).state is Stage.DRAFTING
    assert answer(house, TODAY) == ("3 days", "1.0", False)


def test_its_text_stands_still_and_no_other_version_is_begun(house, published):
    with pytest.raises(NotAllowed):
        drafts.rule_on(house.luo, published, published.clauses[1], ANSWER, "2 days", seen=published.version, at=NOW)
    with pytest.raises(OutOfDate):
        drafts.rule_on(house.zheng, published, published.clauses[1], ANSWER, "2 days", seen=published.version, at=NOW)
    with pytest.raises(OutOfDate):
        drafts.begin_version(house.zheng, published.manual, at=NOW)


def test_its_pages_say_so_until_somebody_has_approved_it(house, draft, browser):
    organisation.give_role(PORTAL, person_of(house.luo), Role.EXECUTIVE, house.top, from_on=date(2026, 1, 1), at=NOW)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    leader = browser.sign_in(person_of(house.luo).sign_in_name)
    form = leader.get("/manuals/TS-01/draft/step/emergency").form("emergency")
    sent = {**form, "words": "事故频发", "approvers": [person_of(house.shen).staff_number]}
    page = leader.follow(leader.post("/manuals/TS-01/draft/step/emergency", sent))
    assert "Published in an emergency, not approved yet" in page.main
    page = leader.get("/manuals/TS-01")
    assert "Luo: 事故频发" in page.main
    assert "the version before holds again from 19 Oct on" in page.main
    decider = browser.sign_in(person_of(house.shen).sign_in_name)
    assert "Approve it afterwards" in decider.get("/manuals/TS-01/draft").main
    step = "/manuals/TS-01/draft/step/confirm"
    decider.post(step, decider.get(step).form(step))
    page = decider.get("/manuals/TS-01")
    assert "not approved yet" not in page.main
    assert "Published in an emergency by Luo; approved afterwards by Shen." in page.main
