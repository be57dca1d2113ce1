"""Records of people: everything has its days, nothing is overwritten, nobody keeps their own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import literal, select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.columns import Instant
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import ROLES, P, Role
from portal.kernel.text import say
from portal.organisation import actions, company, held, queries, rules
from portal.organisation.held import Held, Rows
from portal.organisation.models import PayBase, Placement, ProposalKind, Rank, WorkCity
from portal.organisation.states import PROPOSAL, ProposalState
from tests.conftest import NOW, TODAY

YESTERDAY, TOMORROW = date(2026, 10, 11), date(2026, 10, 13)
JAN, JUL = date(2026, 1, 1), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("periods", "from_on", "expected"),
    [
        ([], JAN, (None, None)),
        ([(JAN, None)], JUL, (0, None)),  # the next one
        ([(JAN, None)], JAN, (0, None)),  # put right on the same day
        ([(JAN, JUL), (JUL, None)], date(2026, 3, 1), (0, JUL)),  # learnt late: the rest of that period
        ([(JUL, None)], JAN, (None, JUL)),  # before everything
        ([(JAN, JAN), (JAN, None)], JUL, (1, None)),  # one that held on no day does not count
        ([(JAN, date(2026, 3, 1))], JUL, (None, None)),  # after a gap
    ],
)
def test_a_new_entry_takes_over_the_rest_of_the_period_in_which_it_begins(periods, from_on, expected):
    assert rules.succeed(periods, from_on) == expected


def days(kind, person):
    query = db.select(kind).where(kind.person_id == person.id).order_by(kind.from_on, kind.id)
    return [(row.from_on, row.to_on) for row in db.session.scalars(query)]


def test_the_post_before_ends_on_the_day_on_which_the_next_main_one_begins(department, post_holder):
    here, there = department("A"), department("B")
    amal = post_holder("Amal", here)
    second = actions.add_post(PORTAL, there, {"zh-CN": "主管"}, rank=Rank.SUPERVISOR, at=NOW)
    actions.place(PORTAL, amal, second, from_on=TODAY, at=NOW)
    assert days(Placement, amal) == [(date(2020, 1, 1), TODAY), (TODAY, None)]
    assert queries.home_of(amal.id, YESTERDAY) == here.id
    assert queries.home_of(amal.id, TODAY) == there.id


def test_a_post_besides_the_main_one_leaves_it_as_it_is(department, post_holder):
    amal = post_holder("Amal", department("A"))
    committee = actions.add_post(PORTAL, department("COMM"), {"zh-CN": "委员"}, at=NOW)
    actions.place(PORTAL, amal, committee, main=False, from_on=TODAY, at=NOW)
    assert [to_on for _from, to_on in days(Placement, amal)] == [None, None]
    with pytest.raises(Refused, match="already"):
        actions.place(PORTAL, amal, committee, main=False, from_on=TOMORROW, at=NOW)


def test_nobody_is_placed_before_they_joined_or_into_a_post_that_is_not_there(department, post_holder):
    unit = department("A")
    amal = post_holder("Amal", unit)
    post = actions.add_post(PORTAL, unit, {"zh-CN": "新"}, from_on=TOMORROW, at=NOW)
    with pytest.raises(Refused, match="not there"):
        actions.place(PORTAL, amal, post, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="not with us"):
        actions.place(PORTAL, amal, post, from_on=date(2019, 12, 31), at=NOW)


@pytest.mark.rule("ORG-013")
@pytest.mark.attack(10)
def test_a_manager_gives_posts_to_the_own_people_and_takes_nobody_from_elsewhere(department, post_holder, acting):
    top = department("XH")
    here, there = department("CS", top), department("OPS", top)
    agent, stranger = post_holder("agent", here), post_holder("stranger", there)
    manager = acting(post_holder("manager", here, Rank.MIDDLE), Role.HEAD, here)
    post = actions.add_post(PORTAL, here, {"zh-CN": "主管"}, at=NOW)
    actions.place(manager, agent, post, from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.place(manager, stranger, post, from_on=TODAY, at=NOW)


@pytest.mark.attack(44)
def test_who_is_renamed_keeps_the_old_name_for_the_days_before(department, post_holder):
    amal = post_holder("王芳", department("A"))
    actions.rename(PORTAL, amal, "王方", from_on=TODAY, at=NOW)
    assert company.names_on(YESTERDAY)[amal.id] == "王芳"
    assert company.names_on(TODAY)[amal.id] == "王方"
    assert (amal.name, amal.initials) == ("王方", "wf")
    actions.rename(PORTAL, amal, "王圆", from_on=TOMORROW, at=NOW)
    assert amal.name == "王方"
    actions.take_over_due(PORTAL, at=NOW + timedelta(days=1))
    assert amal.name == "王圆"


@pytest.mark.attack(44)
def test_the_journal_keeps_the_name_and_department_that_the_actor_had(department, post_holder, acting, hr):
    top = department("XH")
    amal = post_holder("Amal", department("A", top))
    officer = hr(top)
    actions.move_to_city(officer, amal, "上海", from_on=TODAY, at=NOW)
    actions.rename(PORTAL, db.session.get_one(queries.Person, officer.id), "Renamed", from_on=TODAY, at=NOW)
    entry = next(one for one in journal.of("person", amal.id) if one.name == "WorkCityChanged")
    assert (entry.actor_name, entry.actor_department) == ("Hanna", "HR")


def test_a_staff_number_and_a_sign_in_name_are_taken_once_whatever_their_case(app):
    actions.add_person(PORTAL, "X1", "amal", "Amal", joined_on=TODAY, at=NOW)
    for number, name in (("x1", "other"), ("X2", "AMAL")):
        with pytest.raises(Refused, match="taken"):
            actions.add_person(PORTAL, number, name, "Ben", joined_on=TODAY, at=NOW)


@pytest.mark.parametrize(("number", "name"), [("", "a"), ("X/1", "a"), ("X1", "a b"), ("X1", ""), ("X1", "../a")])
def test_numbers_and_names_can_stand_in_an_address(app, number, name):
    with pytest.raises(Refused):
        actions.add_person(PORTAL, number, name, "Ben", joined_on=TODAY, at=NOW)


def test_base_pay_and_city_have_their_days_and_what_was_wrong_can_still_be_read(department, post_holder):
    amal = post_holder("Amal", department("A"))
    actions.set_base_pay(PORTAL, amal, 400000, from_on=JAN, at=NOW)
    actions.set_base_pay(PORTAL, amal, 40000, from_on=JUL, at=NOW)
    actions.set_base_pay(PORTAL, amal, 420000, from_on=JUL, at=NOW)
    assert days(PayBase, amal) == [(JAN, JUL), (JUL, JUL), (JUL, None)]
    assert queries.base_pay_of(amal.id, date(2026, 6, 30)) == 400000
    assert queries.base_pay_of(amal.id, JUL) == 420000
    actions.move_to_city(PORTAL, amal, "上海", from_on=JAN, at=NOW)
    actions.move_to_city(PORTAL, amal, "杭州", from_on=JUL, at=NOW)
    assert days(WorkCity, amal) == [(JAN, JUL), (JUL, None)]
    assert queries.city_of(amal.id, JUL) == "杭州"


def test_how_much_somebody_is_paid_is_not_in_the_journal(department, post_holder):
    amal = post_holder("Amal", department("A"))
    actions.set_base_pay(PORTAL, amal, 400123, from_on=TODAY, at=NOW)
    assert not any("400123" in str(one.facts) for one in journal.of("person", amal.id))


@pytest.mark.attack(10)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EVERYONE])
def test_only_hr_sets_base_pay_and_nobody_the_own(department, post_holder, acting, role):
    unit = department("A")
    amal, keeper = post_holder("Amal", unit), acting(post_holder("Keeper", unit), role, unit)
    if role is Role.HR:
        actions.set_base_pay(keeper, amal, 1, from_on=TODAY, at=NOW)
    else:
        with pytest.raises(NotAllowed):
            actions.set_base_pay(keeper, amal, 1, from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.set_base_pay(keeper, db.session.get_one(queries.Person, keeper.id), 1, from_on=TODAY, at=NOW)


@pytest.mark.attack(17)
def test_a_role_that_is_added_in_one_department_widens_nothing_in_another(department, post_holder, acting):
    top = department("XH")
    here, there = department("A", top), department("B", top)
    amal = post_holder("Amal", here)
    before = acting(amal, Role.AGENT, here)
    after = acting(amal, Role.HEAD, there)
    for right in P:
        assert after.may(right, here.id) == before.may(right, here.id), right
    assert after.may(P.CHARTERS_EDIT, there.id)


def test_a_role_begins_and_ends_on_its_days(department, post_holder, acting):
    unit = department("A")
    amal = post_holder("Amal", unit)
    grant = actions.give_role(PORTAL, amal, Role.AGENT, unit, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="already"):
        actions.give_role(PORTAL, amal, Role.AGENT, unit, from_on=TOMORROW, at=NOW)
    actions.take_role(PORTAL, grant, to_on=TOMORROW, at=NOW)
    held_on = {day: queries.staff(amal, day).roles for day in (YESTERDAY, TODAY, TOMORROW)}
    assert held_on == {YESTERDAY: (), TODAY: (Role.AGENT,), TOMORROW: ()}
    actions.give_role(PORTAL, amal, Role.AGENT, unit, from_on=TOMORROW, at=NOW)


def test_nobody_gives_a_role_to_themselves_and_the_role_of_everyone_is_given_to_nobody(department, post_holder, acting):
    unit = department("A")
    amal, admin = post_holder("Amal", unit), post_holder("Admin", unit)
    acting_admin = acting(admin, Role.ADMIN, unit)
    with pytest.raises(NotAllowed, match="themselves"):
        actions.give_role(acting_admin, admin, Role.HR, unit, from_on=TODAY, at=NOW)
    with pytest.raises(Refused):
        actions.give_role(acting_admin, amal, Role.EVERYONE, unit, from_on=TODAY, at=NOW)


@pytest.mark.rule("ORG-024")
def test_customer_files_are_written_by_those_who_keep_or_collect_them_and_by_nobody_else():
    """The manager plans and supervises, information officers keep the files, salespeople (agents) collect."""
    writers = {role for role in Role if P.CUSTOMERS_WRITE in ROLES[role]}
    assert {Role.HEAD, Role.SUPERVISOR, Role.INFORMATION_OFFICER, Role.AGENT} <= writers
    assert writers.isdisjoint({Role.EVERYONE, Role.HR, Role.FINANCE, Role.AUDITOR, Role.ADMIN, Role.ARCHIVIST})
    assert ROLES[Role.INFORMATION_OFFICER] == {P.CUSTOMERS_READ, P.CUSTOMERS_WRITE}


# Leaving


@pytest.fixture
def waiting():
    """Things that wait for people, as a feature above would say: (person, number, due)."""
    things: list[tuple[int, str, object]] = []

    def source(people, before, _reader):
        parts = [
            select(*held.row(person_id=literal(who), number=literal(number), due_at=literal(due, Instant)))
            for who, number, due in things
            if who in people and (before is None or (due and due < before))
        ]
        return Rows(parts, lambda lines: (
            Held(one.person_id, say("ticket"), one.number, "…", "/", one.due_at) for one in lines
        ))  # fmt: skip

    held.register(source)
    yield things
    held._sources.remove(source)


def test_who_leaves_hands_on_what_waits_for_them_or_says_why_not(department, post_holder, waiting):
    unit = department("A")
    amal = post_holder("Amal", unit)
    waiting.append((amal.id, "T-1", None))
    assert [one.number for one in queries.leaver_list(amal.id, TODAY)] == ["T-1"]
    with pytest.raises(Refused, match="Hand them on"):
        actions.leave(PORTAL, amal, left_on=TOMORROW, at=NOW)
    actions.leave(PORTAL, amal, left_on=TOMORROW, reason="nobody to take them yet", at=NOW)
    assert queries.home_of(amal.id, TODAY) == unit.id
    assert queries.home_of(amal.id, TOMORROW) is None


def test_somebody_elses_superior_or_deputy_is_on_the_list_of_a_leaver(app, department, post_holder):
    unit = department("A")
    amal, ben = post_holder("Amal", unit), post_holder("Ben", unit)
    actions.record_superior(PORTAL, ben, amal, actions.Line.DIRECT, from_on=JAN, at=NOW)
    actions.name_deputy(PORTAL, ben, amal, reason="", from_on=JAN, to_on=None, at=NOW)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = [(str(one.what), one.title) for one in queries.leaver_list(amal.id, TODAY)]
    assert found == [("direct superior", "Ben"), ("deputy", "Ben")]


@pytest.mark.rule("ORG-035")
def test_overdue_tasks_of_the_own_people_are_shown_to_the_superior_and_to_nobody_else(
    department, post_holder, acting, waiting
):
    unit = department("A")
    agent, other = post_holder("agent", unit), post_holder("other", department("B"))
    head = post_holder("head", unit, Rank.MIDDLE, leads=True)
    waiting += [
        (agent.id, "T-late", NOW - timedelta(minutes=1)),
        (agent.id, "T-soon", NOW),
        (other.id, "T-theirs", NOW - timedelta(days=1)),
    ]
    assert [one.number for one in queries.overdue_of(acting(head), NOW)] == ["T-late"]
    assert queries.overdue_of(acting(agent), NOW) == []


# Proposals and appraisals


@pytest.fixture
def cast(department, post_holder, acting, hr):
    top = department("XH")
    unit = department("CS", top)
    agent = post_holder("agent", unit)
    return agent, acting(post_holder("head", unit, Rank.MIDDLE, leads=True), Role.HEAD, unit), hr(top)


@pytest.mark.rule("ORG-025")
@pytest.mark.parametrize("kind", list(ProposalKind))
def test_a_department_proposes_for_its_own_people_and_hr_decides_with_a_reason(cast, kind):
    agent, head, officer = cast
    proposal = actions.propose(head, agent, kind, "because of the spring", at=NOW)
    assert (proposal.number, proposal.state) == ("P-2026-00001", ProposalState.PROPOSED)
    with pytest.raises(Refused, match="why"):
        actions.decide_proposal(officer, proposal, accept=True, words=" ", at=NOW)
    actions.decide_proposal(officer, proposal, accept=True, words="agreed", at=NOW)
    assert (proposal.state, proposal.decided_by_id) == (ProposalState.ACCEPTED, officer.id)
    with pytest.raises(OutOfDate):
        actions.decide_proposal(officer, proposal, accept=False, words="no", at=NOW)


@pytest.mark.rule("ORG-025")
@pytest.mark.attack(10)
def test_nobody_proposes_for_people_of_others_or_decides_on_the_own_proposal(cast, department, post_holder, acting):
    agent, head, _officer = cast
    stranger = post_holder("stranger", department("OPS"))
    with pytest.raises(NotAllowed):
        actions.propose(head, stranger, ProposalKind.REWARD, "x", at=NOW)
    with pytest.raises(NotAllowed):
        actions.propose(acting(agent), agent, ProposalKind.PAY, "x", at=NOW)
    proposal = actions.propose(head, agent, ProposalKind.DISMISSAL, "x", at=NOW)
    for nobody in (head, acting(agent), acting(stranger)):
        with pytest.raises(NotAllowed):
            actions.decide_proposal(nobody, proposal, accept=True, words="x", at=NOW)


@pytest.mark.rule("ORG-025")
def test_a_proposal_is_seen_by_its_department_and_hr_and_never_by_the_person_it_is_about(cast, acting, department):
    agent, head, officer = cast
    number = actions.propose(head, agent, ProposalKind.DISMISSAL, "x", at=NOW).number
    promoted = acting(agent, Role.HEAD, db.session.get_one(queries.Department, queries.home_of(agent.id)))
    for reader, sees in ((head, True), (officer, True), (promoted, False)):
        assert (queries.proposal_seen_by(reader, number) is not None) is sees
        assert bool(queries.proposals_seen_by(reader).rows) is sees


@pytest.mark.rule("ORG-025")
def test_every_state_of_a_proposal_is_reached_and_only_one_is_open():
    reached = {step.after for step in PROPOSAL.steps.values()} | {ProposalState.PROPOSED}
    assert reached == set(ProposalState)
    assert {state for state in ProposalState if PROPOSAL.steps_from(state)} == {ProposalState.PROPOSED}


@pytest.mark.rule("ORG-026")
def test_people_are_appraised_by_the_objectives_agreed_with_them_and_by_their_attendance(cast, acting):
    agent, head, _officer = cast
    appraisal = actions.agree_objectives(head, agent, "2026-Q4", "answer within 20 seconds", at=NOW)
    assert actions.agree_objectives(head, agent, "2026-Q4", "answer within 15 seconds", at=NOW) is appraisal
    actions.appraise(head, appraisal, result="met", attendance="late once", at=NOW)
    with pytest.raises(Refused, match="appraised"):
        actions.agree_objectives(head, agent, "2026-Q4", "easier ones", at=NOW)
    with pytest.raises(OutOfDate):
        actions.appraise(head, appraisal, result="not met", attendance="", at=NOW)
    with pytest.raises(NotAllowed):
        actions.agree_objectives(acting(agent), agent, "2027-Q1", "none", at=NOW)


@pytest.mark.rule("ORG-026")
@pytest.mark.attack(10)
def test_an_appraisal_is_seen_by_its_person_their_superiors_and_hr(cast, acting, department, post_holder):
    agent, head, officer = cast
    actions.agree_objectives(head, agent, "2026-Q4", "x", at=NOW)
    colleague = acting(post_holder("colleague", db.session.get_one(queries.Department, queries.home_of(agent.id))))
    for reader, sees in ((acting(agent), True), (head, True), (officer, True), (colleague, False)):
        assert bool(queries.appraisals_seen_by(reader, agent, TODAY)) is sees
