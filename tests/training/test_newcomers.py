"""Newcomers go through their checklist and are coached before they are put on a roster."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Person
from portal.organisation.waiting import waits_for
from portal.policies.rulebook import supposing
from portal.training import actions, jobs, onboarding
from portal.training.onboarding import not_rosterable, rosterable
from portal.training.onboarding_models import MentorPair, Onboarding
from portal.training.rules import NewcomerRules, refuse_mentor
from portal.training.states import AT_ENTRY, BEFORE_PROPERTY, LISTED, CourseKind, OnboardingKind, Part, Result, Topic
from tests.conftest import NOW, TODAY
from tests.training.conftest import FAILED, HOUR, held, person_of

DAY = timedelta(days=1)


@pytest.fixture
def newcomer(house):
    """`newcomer("Xin", unit, joined)`: a colleague who joined lately, with the checklist that the sweep makes."""

    def make(name="Xin", unit=None, joined=TODAY, *, swept=True):
        made = organisation.add_person(PORTAL, f"N-{name}", name.lower(), name, joined_on=joined, at=NOW)
        post = organisation.add_post(PORTAL, unit or house.shop, {"zh-CN": "员工"}, at=NOW)
        organisation.place(PORTAL, made, post, from_on=joined, at=NOW)
        if swept:
            jobs.welcome(NOW)
        return people.staff(made, max(joined, TODAY))

    return make


def checklist(who) -> Onboarding:
    return db.session.scalars(db.select(Onboarding).where(Onboarding.person_id == who.id)).one()


def wants(who, day=TODAY) -> list[str]:
    return [str(one) for one in not_rosterable([who.id], day).get(who.id, [])]


@pytest.fixture
def trained(house, course, session):
    """`trained(person, days)`: passed an entry training of so many days, with all its topics."""

    def make(who, days=2, *, topics=AT_ENTRY, result=None, begins=NOW - 24 * HOUR, code="RZ-01"):
        entry = course(code, house.top, kind=CourseKind.ENTRY, topics=topics, at=begins - DAY)
        one = session(
            entry, house.top, begins, trainer=house.hr, invites=False, days=days, hours=24 * max(days - 1, 0) + 1
        )

        actions.invite(house.hr, one, [who.id], at=NOW)
        held(one, house.hr, {who.name: result} if result else None)

    return make


# ── The checklist is made ──


@pytest.mark.rule("POL-032", "POL-034")
def test_who_joins_gets_a_checklist_made_from_the_list_of_their_department(house, newcomer):
    onboarding.add_item(house.hr, house.top, Part.ATTENDANCE, "会打卡", at=NOW)
    onboarding.add_item(house.shopkeeper, house.shop, Part.SERVICE, "旁听十场", at=NOW)
    onboarding.add_item(house.han, house.desk, Part.SERVICE, "听十通电话", at=NOW)
    one = checklist(newcomer())
    assert [line.topic or line.words for line in one.lines] == [*AT_ENTRY, "会打卡", "旁听十场"]
    assert (one.kind, one.from_on) == (OnboardingKind.ENTRY, TODAY)
    assert jobs.welcome(NOW) == 0  # safe to run twice
    assert journal.names("onboarding") == ["OnboardingBegun"]


@pytest.mark.rule("POL-034")
def test_a_list_that_lacks_a_part_of_the_set_says_so(house):
    for part in LISTED[:-1]:
        onboarding.add_item(house.hr, house.top, part, "…", at=NOW)
    assert onboarding.missing_parts(onboarding.items_of(house.shop.id)) == [LISTED[-1]]
    onboarding.add_item(house.shopkeeper, house.shop, LISTED[-1], "…", at=NOW)
    assert onboarding.missing_parts(onboarding.items_of(house.shop.id)) == []
    assert onboarding.missing_parts(onboarding.items_of(house.desk.id)) == [LISTED[-1]]


def test_a_line_that_leaves_the_list_stays_on_checklists_that_were_made(house, newcomer):
    item = onboarding.add_item(house.shopkeeper, house.shop, Part.SERVICE, "旁听", at=NOW)
    first = checklist(newcomer("Xin"))
    onboarding.drop_item(house.shopkeeper, item, at=NOW)
    second = checklist(newcomer("Bo"))
    assert (len(first.lines), len(second.lines)) == (4, 3)
    with pytest.raises(NotAllowed):
        onboarding.add_item(house.shopkeeper, house.desk, Part.SERVICE, "…", at=NOW)
    with pytest.raises(Refused):
        onboarding.add_item(house.hr, house.top, Part.ENTRY, "…", at=NOW)


@pytest.mark.rule("POL-032")
@pytest.mark.parametrize(("days_ago", "new"), [(89, True), (90, False)])
def test_somebody_is_new_for_as_long_as_the_manual_says(newcomer, days_ago, new):
    one = newcomer(joined=TODAY - days_ago * DAY)
    assert bool(db.session.scalar(db.select(Onboarding.id).where(Onboarding.person_id == one.id))) is new
    assert rosterable(one.id, TODAY) is not new


@pytest.mark.parametrize(("ahead", "made"), [(31, 1), (32, 0)])
def test_a_checklist_is_made_a_month_before_the_first_day(newcomer, ahead, made):
    newcomer(joined=TODAY + ahead * DAY)
    assert db.session.query(Onboarding).count() == made


@pytest.mark.rule("POL-035", "V-11")
def test_where_the_manual_says_so_five_fields_are_checked_before_the_post(house, newcomer, trained, published, manual):
    published({"newcomers.property_check": "yes"}, from_=date(2026, 1, 1), of=manual("WY-01", house.shop))
    new = newcomer()
    assert [line.topic for line in checklist(new).lines] == [*AT_ENTRY, *BEFORE_PROPERTY]
    trained(new, topics=(*AT_ENTRY, *BEFORE_PROPERTY[:-1]))
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    assert wants(new) == ["1 lines of the checklist"]
    trained(new, 0, topics=BEFORE_PROPERTY[-1:], code="WY-02")
    assert wants(new) == []
    assert [line.topic for line in checklist(newcomer("Bo", house.desk)).lines] == [*AT_ENTRY]  # no such post


@pytest.mark.rule("POL-035")
def test_somebody_of_ours_who_comes_to_such_a_post_is_checked_as_well(house, published, manual):
    published({"newcomers.property_check": "yes"}, from_=date(2026, 1, 1), of=manual("WY-01", house.shop))
    post = organisation.add_post(PORTAL, house.shop, {"zh-CN": "顾问"}, at=NOW)
    organisation.place(PORTAL, person_of(house.yu), post, from_on=TODAY, at=NOW)
    assert jobs.welcome(NOW) == 1
    one = checklist(house.yu)
    assert (one.kind, [line.topic for line in one.lines]) == (OnboardingKind.POST, [*BEFORE_PROPERTY])
    assert wants(house.yu) == ["5 lines of the checklist"]  # neither entry training nor a mentor


# ── Not on the roster before it is done ──


@pytest.mark.rule("POL-032", "I-24")
@pytest.mark.parametrize(("days", "fine"), [(1, False), (2, True), (3, True)])
def test_a_newcomer_is_not_rostered_before_two_days_of_entry_training(house, newcomer, trained, days, fine):
    new = newcomer()
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    assert wants(new) == ["0 of 2 days of entry training", "3 lines of the checklist"]
    trained(new, days, begins=NOW - days * DAY)
    assert rosterable(new.id, TODAY) is fine
    assert wants(new) == ([] if fine else ["1 of 2 days of entry training"])


@pytest.mark.rule("POL-032")
def test_the_days_are_those_that_the_manual_names(house, newcomer, trained, published):
    published({"newcomers.entry_days": "3"}, from_=date(2026, 1, 1))
    new = newcomer()
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    trained(new, 2, begins=NOW - 2 * DAY)
    assert wants(new) == ["2 of 3 days of entry training"]


@pytest.mark.rule("POL-032")
@pytest.mark.parametrize("missing", AT_ENTRY)
def test_entry_training_teaches_workflow_attitude_and_business(house, newcomer, trained, missing):
    new = newcomer()
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    trained(new, topics=tuple(one for one in AT_ENTRY if one is not missing), begins=NOW - 2 * DAY)
    assert wants(new) == ["1 lines of the checklist"]
    open_ones = [
        line for line in onboarding.standings([checklist(new)], TODAY)[checklist(new).id].lines if not line.done
    ]
    assert [str(line.what) for line in open_ones] == [str(Topic(missing).label)]


@pytest.mark.rule("POL-032", "POL-033", "I-24")
def test_a_training_that_was_not_passed_and_a_missing_mentor_keep_somebody_off_the_roster(house, newcomer, trained):
    new = newcomer()
    trained(new, result=FAILED, begins=NOW - 2 * DAY)
    assert "0 of 2 days of entry training" in wants(new)
    trained(new, begins=NOW - 2 * DAY, code="RZ-02")
    assert wants(new) == ["a mentor"]
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    assert (rosterable(new.id, TODAY), rosterable(new.id, TODAY - 3 * DAY)) == (True, False)


@pytest.mark.rule("POL-032")
def test_somebody_who_joined_and_has_no_checklist_yet_is_not_rostered_and_old_hands_are(house, newcomer):
    new = newcomer(swept=False)
    assert wants(new) == ["a checklist"]
    assert not_rosterable([house.li.id, house.mo.id, house.han.id], TODAY) == {}


@pytest.mark.rule("I-24")
def test_a_head_may_override_with_a_reason_and_hr_may_not(house, newcomer):
    new = newcomer()
    one = checklist(new)
    for who in (house.hr, house.mo, house.han, new):
        with pytest.raises(NotAllowed):
            onboarding.waive(who, one, "缺人", at=NOW)
    with pytest.raises(Refused, match="cannot wait"):
        onboarding.waive(house.shopkeeper, one, "  ", at=NOW)
    onboarding.waive(house.shopkeeper, one, "双十一缺人，由店长陪班", at=NOW)
    assert (rosterable(new.id, TODAY), rosterable(new.id, TODAY - DAY)) == (True, False)
    assert journal.of("onboarding", one.id)[-1].event().reason == "双十一缺人，由店长陪班"


# ── Lines ──


def test_a_line_is_ticked_by_who_looks_after_the_newcomer_and_never_by_themselves(house, newcomer):
    onboarding.add_item(house.shopkeeper, house.shop, Part.SERVICE, "旁听", at=NOW)
    new = newcomer()
    one = checklist(new)
    by_hand, by_training = one.lines[-1], one.lines[0]
    for who in (new, house.mo, house.han):
        with pytest.raises(NotAllowed):
            onboarding.tick(who, one, by_hand, at=NOW)
    with pytest.raises(Refused, match="by passing a training"):
        onboarding.tick(house.shopkeeper, one, by_training, at=NOW)
    onboarding.name_mentor(house.shopkeeper, one, person_of(house.mo), TODAY, at=NOW)
    onboarding.tick(house.mo, one, by_hand, at=NOW)
    assert (by_hand.done_by_name, by_hand.done_at) == ("Mo", NOW)


# ── Who coaches ──


@pytest.mark.rule("POL-033")
@pytest.mark.parametrize(("joined", "fine"), [(date(2026, 4, 12), True), (date(2026, 4, 13), False)])
def test_a_mentor_has_been_with_us_for_the_months_that_the_manual_names(joined, fine):
    rules = supposing(NewcomerRules, mentor_after=6)
    if fine:
        refuse_mentor(joined, TODAY, 0, rules)
    else:
        with pytest.raises(Refused, match="6 months"):
            refuse_mentor(joined, TODAY, 0, rules)


@pytest.mark.rule("POL-033")
@pytest.mark.parametrize(("coached", "fine"), [(0, True), (2, True), (3, False)])
def test_a_veteran_coaches_one_or_more_newcomers_up_to_the_limit(coached, fine):
    rules = supposing(NewcomerRules, per_mentor=3)
    if fine:
        refuse_mentor(date(2020, 1, 1), TODAY, coached, rules)
    else:
        with pytest.raises(Refused, match="3 newcomers at once"):
            refuse_mentor(date(2020, 1, 1), TODAY, coached, rules)


@pytest.mark.rule("POL-033")
def test_a_newcomer_has_one_mentor_at_a_time_and_the_next_one_ends_the_coaching_of_the_first(house, newcomer):
    one = checklist(newcomer())
    onboarding.name_mentor(house.shopkeeper, one, person_of(house.mo), TODAY, at=NOW)
    with pytest.raises(Refused, match="already"):
        onboarding.name_mentor(house.shopkeeper, one, person_of(house.mo), TODAY, at=NOW)
    onboarding.name_mentor(house.shopkeeper, one, person_of(house.tan), TODAY + 3 * DAY, at=NOW)
    pairs = [(pair.mentor_name, pair.from_on, pair.to_on) for pair in db.session.scalars(db.select(MentorPair))]
    assert pairs == [("Mo", TODAY, TODAY + 3 * DAY), ("Tan", TODAY + 3 * DAY, None)]


@pytest.mark.rule("POL-033")
def test_nobody_coaches_themselves_and_no_newcomer_coaches(house, newcomer):
    new, other = newcomer("Xin"), newcomer("Bo")
    for mentor, sentence in ((new, "themselves"), (other, "still new")):
        with pytest.raises(Refused, match=sentence):
            onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(mentor), TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        onboarding.name_mentor(house.han, checklist(new), person_of(house.mo), TODAY, at=NOW)
    with pytest.raises(Refused, match="from today on"):
        onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY - DAY, at=NOW)


@pytest.mark.rule("POL-033")
def test_the_pairing_tests_the_mentor_again(house, newcomer):
    one = checklist(newcomer())
    with pytest.raises(Refused, match="Nobody coaches them"):
        onboarding.end_coaching(house.shopkeeper, one, Result.PASSED, "会了", at=NOW)
    onboarding.name_mentor(house.shopkeeper, one, person_of(house.mo), TODAY, at=NOW)
    with pytest.raises(Refused, match="their own test"):
        onboarding.end_coaching(house.shopkeeper, one, Result.NONE, "会了", at=NOW)
    with pytest.raises(NotAllowed):
        onboarding.end_coaching(house.mo, one, Result.PASSED, "会了", at=NOW)
    onboarding.end_coaching(house.shopkeeper, one, Result.FAILED, "能独立接聊天", at=NOW + 30 * DAY)
    pair = db.session.scalars(db.select(MentorPair)).one()
    assert (pair.retest, pair.to_on, pair.outcome) == (Result.FAILED, TODAY + 30 * DAY, "能独立接聊天")


@pytest.mark.rule("POL-033")
def test_a_newcomer_without_a_mentor_waits_on_today_for_who_keeps_training(house, newcomer):
    new = newcomer()

    def waits(who):
        return [str(line.title) for line in waits_for(who, NOW) if "newcomers" in line.href]

    assert waits(house.shopkeeper) == waits(house.hr) == ["Xin is new and has no mentor"]
    assert (waits(house.han), waits(house.mo), waits(new)) == ([], [], [])
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    assert waits(house.shopkeeper) == []


def test_a_mentor_who_leaves_has_somebody_to_hand_on(house, newcomer):
    new = newcomer()
    onboarding.name_mentor(house.shopkeeper, checklist(new), person_of(house.mo), TODAY, at=NOW)
    assert [str(one.title) for one in people.leaver_list(house.mo.id, TODAY, house.hr)] == ["Xin"]
    assert [str(one.title) for one in people.leaver_list(house.mo.id, TODAY, house.li)] == ["a newcomer"]


# ── Who sees it ──


@pytest.mark.attack(10, 11, 17)
def test_a_checklist_is_seen_by_its_person_the_mentor_and_who_keeps_training_there(house, newcomer):
    new, other = newcomer("Xin"), newcomer("Bo")
    one = checklist(new)

    def sees(who):
        return onboarding.onboarding_seen_by(who, one.id) is not None

    assert [sees(who) for who in (new, house.shopkeeper, house.hr)] == [True, True, True]
    assert [sees(who) for who in (other, house.mo, house.han, house.li)] == [False] * 4
    onboarding.name_mentor(house.shopkeeper, one, person_of(house.mo), TODAY, at=NOW)
    assert sees(house.mo)
    onboarding.end_coaching(house.shopkeeper, one, Result.PASSED, "会了", at=NOW)
    assert not sees(house.mo)
    assert onboarding.line_of(one, checklist(other).lines[0].id) is None
    assert {row.person_name for row in onboarding.newcomers(house.hr).rows} == {"Xin", "Bo"}
    assert onboarding.newcomers(house.han).rows == []


@pytest.mark.rule("POL-033", "POL-034")
def test_the_story_of_a_newcomer_on_its_pages(demo, browser):
    head = browser.sign_in("shopkeeper")
    shown = head.get("/training/newcomers")
    assert "童心" in shown.main
    assert "安琪" not in shown.main  # she comes to the service centre
    new = db.session.scalars(db.select(Onboarding.id).where(Onboarding.person_name == "童心")).one()
    page = head.get(f"/training/newcomers/{new}")
    assert "not for the roster yet" in page.main
    while (page := head.get(f"/training/newcomers/{new}")).soup.select("form[action*='/tick/']"):
        action = page.soup.select_one("form[action*='/tick/']")["action"]
        head.post(action)
    assert "may be put on the roster" in page.main
    head.post(f"/training/newcomers/{new}/end", {"outcome": "能独立接聊天", "retest": "passed"})
    assert "own test: passed" in head.get(f"/training/newcomers/{new}").main
    anqi = db.session.scalars(db.select(Onboarding.id).where(Onboarding.person_name == "安琪")).one()
    head.get(f"/training/newcomers/{anqi}", expect=404)
    manager = browser.sign_in("manager")
    assert "安琪" in manager.get("/").main
    wrong = manager.post(f"/training/newcomers/{anqi}/mentor", {"mentor": "谁", "from_on": "2026-11-01"}, expect=422)
    assert "Nobody with us is called" in wrong.main
    manager.post(f"/training/newcomers/{anqi}/mentor", {"mentor": "agent", "from_on": "2026-11-01"})
    assert "I coach 安琪" in browser.sign_in("agent").get("/training").main
    browser.get("/training/newcomers/list", expect=403)
    hr = browser.sign_in("hr")
    assert "appraisal" in hr.get("/training/newcomers/list").main.lower()
    hr.post("/training/newcomers/list?unit=FIN", {"part": "business", "words": "会看一张报销单"})
    assert "会看一张报销单" in hr.get("/training/newcomers/list?unit=FIN").main
    assert "会看一张报销单" not in hr.get("/training/newcomers/list?unit=SHOP").main


def test_the_pages_of_newcomers_ask_the_database_seldom(demo, browser, statements):
    for name in ("shopkeeper", "hr"):
        browser.sign_in(name)
        new = db.session.scalars(db.select(Onboarding.id).where(Onboarding.person_name == "童心")).one()
        for url in ("/training/newcomers", f"/training/newcomers/{new}", "/training/newcomers/list", "/training", "/"):
            statements.clear()
            browser.get(url)
            asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
            assert len(asked) <= 10, (url, len(asked), "\n".join(asked))


def test_names_of_people_stay_those_of_the_day(newcomer):
    new = newcomer()
    person = db.session.get_one(Person, new.id)
    organisation.rename(PORTAL, person, "Xin Tong", from_on=TODAY, at=NOW)
    assert checklist(new).person_name == "Xin"


@pytest.mark.rule("POL-033")
def test_a_mentor_from_the_first_day_on_counts_before_that_day(demo, browser):
    hr = browser.sign_in("hr")
    anqi = db.session.scalars(db.select(Onboarding.id).where(Onboarding.person_name == "安琪")).one()
    there = f"/training/newcomers/{anqi}"
    form = hr.get(f"{there}?act=mentor").form("/mentor")
    assert form["from_on"] == "2026-11-01", "her first day, where today is before it"
    assert "a mentor" in hr.get(there).main
    hr.post(f"{there}/mentor", {**form, "mentor": "agent"})
    assert "a mentor" not in hr.get(there).main
    assert "no mentor" not in hr.get("/training/newcomers").main
