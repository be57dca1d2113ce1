"""Courses for whoever must take them, sessions with date, place, trainer and target, and results by the trainer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation import queries as people
from portal.organisation.waiting import waits_for
from portal.policies.models import Manual
from portal.policies.rulebook import supposing
from portal.training import actions, queries
from portal.training.actions import CourseText
from portal.training.models import Participant
from portal.training.rules import TrainingRules, counts_since, missing_topics, months_before, refuse_impossible, week_of
from portal.training.states import AT_ENTRY, QUALITIES, SESSION, CourseKind, Presence, Result, SessionState, Topic, Week
from tests.conftest import NOW, TODAY
from tests.training.conftest import (
    FAILED,
    HOUR,
    MISSED,
    PASSED,
    held,
    names,
    person_of,
    row_of,
    session_text,
)


def lacking(reader, course=None, day=TODAY):
    return [(one.name, one.code) for one in queries.Lacks(reader, course, day).rows().rows]


# ── Whom a course is for ──


@pytest.mark.rule("POL-027")
def test_a_course_is_for_the_role_that_it_names_in_its_department_and_below(house, course):
    agents = course("KF-02", house.desk, role=Role.AGENT)
    assert [one.name for one in queries.in_scope(agents, house.desk.id, TODAY)] == ["Li"]
    everybody = course("KF-03", house.desk)
    assert sorted(one.name for one in queries.in_scope(everybody, house.desk.id, TODAY)) == ["Han", "Li", "Yu"]
    assert [one.code for one in queries.mine_to_take(house.li, queries.courses(), TODAY)] == ["KF-02", "KF-03"]
    assert queries.mine_to_take(house.mo, queries.courses(), TODAY) == []


@pytest.mark.rule("POL-032")
@pytest.mark.parametrize(("joined", "takes"), [(TODAY, True), (TODAY - timedelta(days=1), False)])
def test_entry_training_is_for_whoever_joined_since_the_course_is_there(house, course, joined, takes):
    one = course("RZ-01", house.top, kind=CourseKind.ENTRY)
    person_of(house.yu).joined_on = joined
    db.session.commit()
    assert [row.name for row in queries.in_scope(one, house.top.id, TODAY)] == (["Yu"] if takes else [])


def test_only_whoever_keeps_training_of_a_department_sets_up_its_courses(house):
    text = CourseText("Course", CourseKind.SKILL, house.desk)
    for who in (house.li, house.shopkeeper):
        with pytest.raises(NotAllowed):
            actions.add_course(who, "X-1", text, at=NOW)
    actions.add_course(house.han, "x-1", text, at=NOW)
    with pytest.raises(Refused, match="X-1 is another course"):
        actions.add_course(house.hr, "X-1", text, at=NOW)


def test_two_who_change_a_course_at_once_are_told(house, course):
    one = course()
    text = CourseText("Another", CourseKind.CASES, house.desk)
    actions.change_course(house.han, one, text, seen=1, at=NOW)
    with pytest.raises(OutOfDate):
        actions.change_course(house.hr, one, text, seen=1, at=NOW)


@pytest.mark.attack(27)
def test_other_manuals_alone_make_another_course(house, course, published):
    published({}, from_=date(2026, 1, 1))
    code = db.session.scalars(db.select(Manual)).one()
    one = course()
    same = CourseText(one.title, one.kind, house.desk, one.role, (), one.goal)
    actions.change_course(house.han, one, replace(same, manual_ids=(code.id,)), seen=1, at=NOW)
    with pytest.raises(OutOfDate):
        actions.change_course(house.hr, one, same, seen=1, at=NOW)


@pytest.mark.rule("POL-046")
def test_the_members_of_a_team_are_trained_in_the_manuals_that_are_named_for_it(house, course, session, published):
    published({}, from_=date(2026, 1, 1))
    code = db.session.scalars(db.select(Manual)).one()
    etiquette = course("XW-02", house.group, kind=CourseKind.STANDARD, manuals=[code])
    assert [one.code for one in etiquette.manuals] == ["KF-01"]
    assert session(etiquette, house.group).texts == ["KF-01 1.0"]
    assert lacking(house.han, etiquette) == [("Li", "XW-02"), ("Yu", "XW-02")]


# ── A session ──


@pytest.mark.rule("POL-044")
def test_a_session_keeps_participants_date_topic_trainer_target_and_result(house, course, session):
    one = session(course())
    assert names(one) == ["Li", "Yu"]  # not Han, who teaches
    held(one, house.han, {"Yu": FAILED})
    assert (one.state, row_of(one, "Li").result, row_of(one, "Yu").result) == (
        SessionState.HELD, Result.PASSED, Result.FAILED,
    )  # fmt: skip
    assert journal.names("training session") == ["SessionPlanned", "PeopleInvited", "ResultEntered", "ResultEntered"]


@pytest.mark.rule("POL-044")
@pytest.mark.parametrize("lacks", ["title", "place", "target"])
def test_a_session_without_topic_place_or_target_is_not_planned(house, course, session, lacks):
    with pytest.raises(Refused) as no:
        session(course(), **{lacks: " "})
    assert no.value.field == lacks


@pytest.mark.rule("POL-038")
def test_a_session_needs_a_trainer_of_ours_or_from_outside(house, course):
    one = course()
    with pytest.raises(Refused, match="who teaches"):
        actions.plan_session(house.hr, one, house.desk, session_text(), at=NOW)
    planned = actions.plan_session(
        house.hr, one, house.desk, session_text(trainer_name="Ms Jiang", body="Training school"), at=NOW
    )
    assert planned.target == "Knows what to say first.", "what the department wants of it"
    assert (planned.trainer_name, planned.body, planned.enters_id) == ("Ms Jiang", "Training school", house.hr.id)


@pytest.mark.parametrize(
    ("hours", "days", "fine"), [(0, 0, False), (1, 0, True), (1, 1, True), (1, 2, False), (32 * 24, 0, False)]
)
def test_a_session_ends_after_it_begins_and_counts_for_no_more_days_than_it_has(app, hours, days, fine):
    def check():
        refuse_impossible(NOW, NOW + hours * HOUR, days, queries.office_days(NOW, NOW + hours * HOUR))

    if fine:
        check()
    else:
        with pytest.raises(Refused):
            check()


def test_a_session_is_planned_only_where_one_keeps_training_and_the_course_reaches(house, course, session):
    company = course("RZ-01", house.top, kind=CourseKind.ENTRY)
    assert session(company, house.shop, by=house.shopkeeper).department_id == house.shop.id
    with pytest.raises(NotAllowed):
        session(company, house.desk, by=house.shopkeeper)
    with pytest.raises(Refused, match="not for this department"):
        session(course("KF-09", house.desk), house.shop)
    assert [one.code for one in queries.may_plan_for(house.shopkeeper, company)] == ["SHOP"]


def test_colleagues_are_invited_by_hand_besides_those_whom_it_is_for(house, course, session):
    one = session(course(role=Role.AGENT))
    assert names(one) == ["Li"]
    assert actions.invite(house.han, one, [house.mo.id, house.li.id], at=NOW) == 1
    assert names(one) == ["Li", "Mo"]
    actions.withdraw_invitation(house.han, one, row_of(one, "Mo"), at=NOW)
    assert names(one) == ["Li"]


@pytest.mark.rule("POL-045")
def test_a_key_customers_electrician_takes_part_as_a_guest_of_another_organisation(house, course, session):
    electricians = course("DG-01", house.shop, kind=CourseKind.CUSTOMERS)
    one = session(electricians, house.shop, trainer=house.tan, invites=False)
    actions.invite_guest(house.tan, one, "方国平", "滨江园区", at=NOW)
    held(one, house.tan)
    guest = row_of(one, "方国平")
    assert (guest.person_id, guest.organisation, guest.result) == (None, "滨江园区", Result.PASSED)
    assert lacking(house.hr, electricians) == []  # no colleague must take it


# ── Results ──


def test_the_trainer_enters_results_and_nobody_else_does(house, course, session):
    one = session(course(), trainer=house.tan)
    for who in (house.han, house.hr, house.li):
        with pytest.raises(NotAllowed):
            held(one, who)
    held(one, house.tan)
    assert one.state is SessionState.HELD


def test_results_of_a_trainer_from_outside_are_entered_by_whoever_planned_it(house, course):
    one = actions.plan_session(
        house.han, course(), house.desk, session_text(trainer_name="Ms Jiang"), invites=True, at=NOW
    )
    assert names(one) == ["Li", "Yu"]
    with pytest.raises(NotAllowed):
        held(one, house.hr)
    held(one, house.han)


def test_nobody_enters_their_own_result(house, course, session):
    one = session(course(), trainer=house.tan)
    with pytest.raises(Refused, match="nobody enters their own"):
        actions.invite(house.han, one, [house.tan.id], at=NOW)
    with pytest.raises(Refused, match="nobody enters their own"):
        actions.change_session(house.han, one, session_text(trainer=house.li), seen=one.version, at=NOW)


@pytest.mark.parametrize(("minutes", "fine"), [(-1, False), (0, True)])
def test_results_can_be_entered_from_the_beginning_on(house, course, session, minutes, fine):
    one = session(course())
    at = one.starts_at + timedelta(minutes=minutes)
    if fine:
        held(one, house.han, at=at)
    else:
        with pytest.raises(Refused, match="It has not begun yet"):
            held(one, house.han, at=at)


@pytest.mark.parametrize(
    "said",
    [(Presence.INVITED, Result.NONE, ""), (Presence.CAME, Result.NONE, ""), (Presence.MISSED, Result.PASSED, "")],
)
def test_the_trainer_says_of_everybody_whether_they_came_and_what_came_of_it(house, course, session, said):
    one = session(course())
    with pytest.raises(Refused, match="Yu"):
        held(one, house.han, {"Yu": said})
    assert {row.presence for row in queries.invited_to(one)} == {Presence.INVITED}


def test_results_can_be_put_right_by_the_trainer_who_has_seen_the_last_ones(house, course, session):
    one = session(course())
    held(one, house.han, {"Yu": FAILED})
    rows = {row.id: PASSED for row in queries.invited_to(one)}
    with pytest.raises(OutOfDate):
        actions.enter_results(house.han, one, rows, "", seen=1, at=one.ends_at)
    held(one, house.han)
    assert row_of(one, "Yu").result is Result.PASSED
    assert journal.names("training session").count("ResultEntered") == 3


def test_a_cancelled_session_tells_why_and_is_over(house, course, session):
    one = session(course())
    actions.cancel_session(house.han, one, "停电", at=NOW)
    told = journal.of("training session", one.id)[-1].event()
    assert (told.reason, set(told.told)) == ("停电", {house.li.id, house.yu.id, house.han.id})
    with pytest.raises(OutOfDate):
        held(one, house.han)


def test_each_state_of_a_session_can_be_reached_and_cancelled_is_final():
    reached = {SessionState.PLANNED} | {one.after for one in SESSION.steps.values() if one.after}
    assert reached == set(SessionState)
    assert SESSION.steps_from(SessionState.CANCELLED) == []


# ── Who lacks what ──


def test_who_has_not_passed_is_named_to_those_who_look_after_them(house, course, session):
    one = session(course())
    held(one, house.han, {"Yu": MISSED})
    assert lacking(house.hr) == [("Han", "KF-02"), ("Yu", "KF-02")]
    assert lacking(house.han) == [("Han", "KF-02"), ("Yu", "KF-02")]
    assert lacking(house.shopkeeper) == []


@pytest.mark.rule("POL-041", "POL-047")
@pytest.mark.parametrize("kind", [CourseKind.ATTITUDE, CourseKind.PRODUCT])
@pytest.mark.parametrize(("day", "again"), [(date(2027, 4, 12), False), (date(2027, 4, 13), True)])
def test_attitude_and_product_knowledge_are_trained_again_after_the_months_that_the_manual_names(
    house,
    course,
    session,
    published,
    kind,
    day,
    again,
):
    key = "attitude" if kind is CourseKind.ATTITUDE else "product"
    published({f"training.{key}_every": "6"}, from_=date(2026, 1, 1))
    one = session(course(kind=kind, unit=house.group), house.group, begins=NOW)
    held(one, house.han)
    assert bool(lacking(house.han, one.course, day)) is again
    mine = queries.mine_to_take(house.li, queries.courses(), day)
    assert [bool(row.counts) for row in mine] == [not again]


def test_other_courses_count_for_ever():
    rules = supposing(TrainingRules, attitude_every=6, product_every=3)
    assert counts_since(CourseKind.ENTRY, TODAY, rules) is None
    assert counts_since(CourseKind.ATTITUDE, TODAY, rules) == date(2026, 4, 12)
    assert counts_since(CourseKind.PRODUCT, TODAY, rules) == date(2026, 7, 12)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 10, 12), 12, date(2025, 10, 12)),
        (date(2026, 5, 31), 3, date(2026, 2, 28)),
        (date(2024, 3, 30), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_months_before_a_day_end_with_a_shorter_month(day, months, before):
    assert months_before(day, months) == before


@pytest.mark.rule("POL-036")
def test_personal_qualities_stand_among_what_a_course_may_teach(house, course):
    one = course(topics=QUALITIES, kind=CourseKind.QUALITIES)
    assert one.topics == ["sensitivity", "disposition", "willpower", "character"]
    assert missing_topics(AT_ENTRY, [Topic.ATTITUDE]) == [Topic.WORKFLOW, Topic.BUSINESS]


# ── The plan of each week ──


@pytest.mark.rule("POL-037")
@pytest.mark.parametrize(("count", "standing"), [(0, Week.EMPTY), (1, Week.FINE), (2, Week.FINE), (3, Week.MANY)])
def test_a_week_has_one_or_two_trainings_where_the_manual_says_so(count, standing):
    assert week_of(count, supposing(TrainingRules, weekly_at_least=1, weekly_at_most=2)) is standing


def test_a_week_with_fewer_than_two_wanted_has_too_few_and_no_week_is_flagged_without_a_ruling():
    assert week_of(1, supposing(TrainingRules, weekly_at_least=2)) is Week.FEW
    assert week_of(0, supposing(TrainingRules)) is Week.FINE


@pytest.mark.rule("POL-037")
def test_the_plan_of_a_department_flags_its_empty_weeks(house, course, session, published):
    published({"training.weekly_at_least": "1"}, from_=date(2026, 1, 1))
    one = course()
    planned = session(one)
    cancelled = session(one, begins=NOW + timedelta(days=7))
    actions.cancel_session(house.hr, cancelled, "讲师病了", at=NOW)
    session(course("RZ-05", house.top, kind=CourseKind.SKILL), house.shop, begins=NOW + timedelta(days=14))

    def weeks(who, unit):
        return {
            week.monday: (week.standing, [row.number for row in week.sessions])
            for week in queries.plan_of(who, unit, TODAY)[0]
        }

    mine = weeks(house.li, house.group)
    assert mine[TODAY] == (Week.FINE, [planned.number])  # that of the department above is for the group, too
    assert mine[TODAY + timedelta(days=7)] == (Week.EMPTY, [])
    assert mine[TODAY + timedelta(days=14)] == (Week.EMPTY, [])  # that one is for the shop
    assert next(iter(mine)) == TODAY - timedelta(weeks=3)
    assert [one.code for one in queries.plans_seen_by(house.li)] == ["XH", "CS", "CS-GEN"]
    assert [one.code for one in queries.plans_seen_by(house.shopkeeper)] == ["XH", "SHOP"]


# ── What waits ──


def waits(who, at=NOW):
    lines = waits_for(who, at)
    return [(line.number, str(line.verb)) for line in lines if line.href.startswith("/training/sessions/")]


def test_today_tells_trainer_and_participant_until_it_is_over_and_then_the_trainer_alone(house, course, session):
    one = session(course())
    assert (waits(house.li), waits(house.han)) == ([(one.number, "Look at it")], [(one.number, "Prepare")])
    after = one.ends_at
    assert (waits(house.li, after), waits(house.han, after)) == ([], [(one.number, "Enter the results")])
    held(one, house.han)
    assert (waits(house.li, after), waits(house.han, after)) == ([], [])


@pytest.mark.rule("POL-042")
def test_a_published_standard_asks_hr_for_training_until_it_is_planned(house, course, session):
    from portal.kernel.actions import PORTAL
    from portal.policies import actions as policies
    from portal.policies.rules import ClauseText, VersionText
    from portal.policies.states import ManualKind

    standard = policies.add_manual(PORTAL, "WX-01", {"zh-CN": "标准"}, kind=ManualKind.STANDARD, at=NOW)
    text = VersionText(1, 0, TODAY, (ClauseText("one", "1", "一", "一小时。"),))
    policies.publish_version(PORTAL, standard, text, at=NOW - HOUR)

    def asked(who):
        return [line.number for line in waits_for(who, NOW) if line.href == "/training/courses"]

    assert (asked(house.hr), asked(house.han), asked(house.li)) == (["WX-01"], [], [])
    one = course("WX-02", house.desk, kind=CourseKind.STANDARD, manuals=[standard])
    assert asked(house.hr) == ["WX-01"]
    planned = session(one)
    assert asked(house.hr) == []
    actions.cancel_session(house.hr, planned, "讲师病了", at=NOW)
    assert asked(house.hr) == ["WX-01"]


@pytest.mark.rule("POL-042")
@pytest.mark.parametrize(("from_in", "asks"), [(0, False), (2, False), (3, True)])
def test_nobody_is_to_train_in_a_standard_that_ends_before_it_binds(house, staff, from_in, asks):
    from portal.policies import repeals

    standard, _version = a_standard(TODAY + timedelta(days=2))
    who = staff("Shen", house.top, Role.EXECUTIVE)
    repeals.repeal(who, standard, TODAY + timedelta(days=from_in), "不再用", at=NOW)
    assert asked_for_training(house.hr) == (["WX-01 1.0"] if asks else [])


@pytest.mark.rule("POL-042")
def test_a_standard_that_was_taken_back_asks_for_no_training_and_the_one_before_does(house, staff):
    from portal.policies import withdrawals

    standard, first = a_standard(TODAY)
    _standard, second = a_standard(TODAY + timedelta(days=2), of=standard)
    assert asked_for_training(house.hr) == ["WX-01 2.0"]
    who = staff("Shen", house.top, Role.EXECUTIVE)
    withdrawals.take_back(who, standard, second, "写错了", at=NOW)
    assert (first.label, asked_for_training(house.hr)) == ("1.0", ["WX-01 1.0"])


def a_standard(from_on, of=None):
    from portal.kernel.actions import PORTAL
    from portal.policies import actions as policies
    from portal.policies.rules import ClauseText, VersionText
    from portal.policies.states import ManualKind

    standard = of or policies.add_manual(PORTAL, "WX-01", {"zh-CN": "标准"}, kind=ManualKind.STANDARD, at=NOW)
    text = VersionText(2 if of else 1, 0, from_on, (ClauseText("one", "1", "一", "一小时。"),))
    return standard, policies.publish_version(PORTAL, standard, text, at=NOW - HOUR)


def asked_for_training(who):
    rows = db.session.execute(queries.standards_without_training(who, NOW, 10)).all()
    return [f"{row.number} {row.kind}" for row in rows]


# ── Who sees what ──


@pytest.mark.attack(10, 11, 16)
def test_a_session_is_seen_by_who_is_concerned_and_its_people_by_who_looks_after_them(house, course, session):
    one = session(course(role=Role.AGENT), trainer=house.tan)
    actions.invite(house.han, one, [house.mo.id], at=NOW)

    def sees(who):
        found = queries.session_seen_by(who, one.number)
        return None if found is None else [row.name for row in queries.participants(who, found)]

    assert sees(house.tan) == sees(house.hr) == sees(house.han) == ["Li", "Mo"]
    assert (sees(house.li), sees(house.mo)) == (["Li"], ["Mo"])
    assert sees(house.yu) == []  # a session of their department: its day and place, nobody's result
    assert sees(house.shopkeeper) == ["Mo"]
    other = session(course("KF-08", house.group), house.group, trainer=house.han)
    assert queries.session_seen_by(house.mo, other.number) is None
    assert queries.session_seen_by(house.shopkeeper, other.number) is None
    assert queries.participant(other, row_of(one, "Li").id) is None


def test_a_trainer_who_leaves_has_planned_sessions_to_hand_on(house, course, session):
    one = session(course())
    held_by_han = people.leaver_list(house.han.id, TODAY, house.hr)
    assert [(line.number, line.hand_on) for line in held_by_han] == [
        (one.number, f"/training/sessions/{one.number}/change")
    ]
    assert [(line.number, line.href) for line in people.leaver_list(house.han.id, TODAY, house.mo)] == [("", "")]


def test_a_participant_is_kept_with_the_department_of_the_day(house, course, session):
    one = session(course())
    assert {row.department_id for row in queries.invited_to(one)} == {house.group.id}
    assert db.session.scalar(db.select(Participant.name).where(Participant.person_id == house.li.id)) == "Li"
    assert person_of(house.li).name == "Li"
