"""Who answers to whom, who decides for whom, and why."""

from __future__ import annotations

from datetime import date

import pytest

from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.organisation import actions, company, queries
from portal.organisation.lines import chain, management_levels, missing_lines
from portal.organisation.models import Line, Rank, Reporting, Structure, UnitKind
from tests.conftest import NOW, TODAY

YESTERDAY, TOMORROW = date(2026, 10, 11), date(2026, 10, 13)
STAFF, SUPERVISOR, MIDDLE, SENIOR = Rank.STAFF, Rank.SUPERVISOR, Rank.MIDDLE, Rank.SENIOR


def above(person, on=TODAY):
    """The levels above a person, by name."""
    lines = company.lines_on(on)
    return [lines.names[up.person_id] for up in chain(lines, person.id)]


def decider(person, on=TODAY):
    found = queries.decides_for(person.id, on)
    return company.names_on(on)[found.person_id] if found else None


@pytest.mark.rule("ORG-010")
def test_in_customer_service_staff_answer_to_the_supervisor_and_the_supervisor_to_the_manager(department, post_holder):
    unit = department("CS", department("XH"))
    group = department("CS-GEN", unit, kind=UnitKind.GROUP)
    agent = post_holder("agent", group)
    supervisor = post_holder("supervisor", unit, SUPERVISOR)
    post_holder("manager", unit, MIDDLE, leads=True)
    assert above(agent) == ["supervisor", "manager"]
    assert above(supervisor) == ["manager"]


@pytest.mark.rule("ORG-018")
def test_in_an_online_shop_agents_answer_straight_to_the_shop_manager_and_have_nobody_below(department, post_holder):
    shop = department("SHOP", reporting=Reporting.TO_HEAD)
    agent, other = post_holder("agent", shop), post_holder("other", shop)
    keeper = post_holder("shop manager", shop, MIDDLE, leads=True, title="店长")
    assert above(agent) == ["shop manager"]
    assert queries.led_by(agent.id, TODAY) == frozenset()
    assert queries.led_by(keeper.id, TODAY) == {agent.id, other.id}


@pytest.mark.rule("ORG-019")
def test_in_property_sales_people_answer_to_the_sales_director_and_not_to_the_assistant(department, post_holder):
    sales = department("SALES", reporting=Reporting.TO_HEAD)
    clerk = post_holder("clerk", sales)
    assistant = post_holder("assistant", sales, MIDDLE, title="总监助理")
    post_holder("deputy director", sales, SENIOR, title="副总监")
    post_holder("sales director", sales, SENIOR, leads=True, title="销售总监")
    assert above(clerk) == ["sales director"]
    assert above(assistant) == ["sales director"]


@pytest.mark.rule("ORG-020")
def test_above_the_director_of_the_service_centre_stands_the_manager_in_charge(department, post_holder):
    company_ = department("XH", reporting=Reporting.TO_HEAD)
    centre = department("CS", company_)
    post_holder("manager in charge", company_, SENIOR, leads=True, title="主管经理")
    director = post_holder("director", centre, SENIOR, leads=True, title="客户服务中心主任")
    agent = post_holder("agent", centre)
    assert above(agent) == ["director", "manager in charge"]
    assert above(director) == ["manager in charge"]


@pytest.mark.rule("ORG-021")
def test_in_property_management_findings_go_up_from_station_chief_to_property_manager_and_office_head(
    department, post_holder
):
    office = department("EST")
    collector = post_holder("fee collector", office, STAFF, title="收费员")
    post_holder("station chief", office, SUPERVISOR, title="物业管理站站长")
    post_holder("property manager", office, MIDDLE, title="物业管理主任")
    post_holder("office head", office, SENIOR, leads=True, title="管理处主任")
    assert above(collector) == ["station chief", "property manager", "office head"]


@pytest.mark.rule("ORG-021")
def test_an_office_head_who_is_the_property_manager_as_well_does_not_report_to_himself(department, post_holder):
    office = department("EST")
    chief = post_holder("station chief", office, SUPERVISOR)
    both = post_holder("office head", office, SENIOR, leads=True)
    second = actions.add_post(PORTAL, office, {"zh-CN": "物业管理主任"}, rank=MIDDLE, at=NOW)
    actions.place(PORTAL, both, second, main=False, from_on=date(2021, 1, 1), at=NOW)
    assert above(chief) == ["office head"]
    assert above(both) == []


@pytest.mark.rule("ORG-002")
def test_in_a_matrix_unit_a_person_answers_to_the_functional_head_and_the_project_lead_at_once(department, post_holder):
    unit = department("RD", structure=Structure.MATRIX)
    engineer = post_holder("engineer", unit)
    head, lead = post_holder("head", unit, MIDDLE, leads=True), post_holder("lead", unit)
    actions.record_superior(PORTAL, engineer, head, Line.FUNCTIONAL, from_on=TODAY, at=NOW)
    actions.record_superior(PORTAL, engineer, lead, Line.PROJECT, project="Aurora", from_on=TODAY, at=NOW)
    assert queries.superiors_of(engineer.id, TODAY) == [
        (head.id, Line.FUNCTIONAL, ""),
        (lead.id, Line.PROJECT, "Aurora"),
    ]
    assert engineer.id in queries.led_by(head.id, TODAY)
    assert engineer.id in queries.led_by(lead.id, TODAY)


@pytest.mark.rule("ORG-002")
def test_a_missing_line_of_a_matrix_unit_is_listed_as_incomplete(department, post_holder):
    unit = department("RD", structure=Structure.MATRIX)
    group = department("RD-SUP", unit, kind=UnitKind.GROUP)
    engineer, head = post_holder("engineer", group), post_holder("head", unit, MIDDLE, leads=True)
    assert missing_lines(company.lines_on(TODAY), engineer.id) == [Line.FUNCTIONAL, Line.PROJECT]
    actions.record_superior(PORTAL, engineer, head, Line.FUNCTIONAL, from_on=TODAY, at=NOW)
    assert missing_lines(company.lines_on(TODAY), engineer.id) == [Line.PROJECT]
    assert missing_lines(company.lines_on(TODAY), head.id) == []


@pytest.mark.rule("ORG-001", "ORG-002")
def test_two_lines_are_recorded_in_a_matrix_unit_only_and_one_elsewhere(department, post_holder):
    line, matrix = department("OPS"), department("RD", structure=Structure.MATRIX)
    clerk, engineer, head = post_holder("clerk", line), post_holder("engineer", matrix), post_holder("head", matrix)
    with pytest.raises(Refused, match="matrix"):
        actions.record_superior(PORTAL, clerk, head, Line.FUNCTIONAL, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="matrix"):
        actions.record_superior(PORTAL, engineer, head, Line.DIRECT, from_on=TODAY, at=NOW)


@pytest.mark.rule("ORG-002")
def test_a_project_lead_takes_people_onto_the_own_project_and_onto_no_other(department, post_holder, acting):
    unit = department("RD", structure=Structure.MATRIX)
    first, second, lead = (post_holder(name, unit) for name in ("first", "second", "lead"))
    actions.record_superior(PORTAL, first, lead, Line.PROJECT, project="Aurora", from_on=TODAY, at=NOW)
    leading = acting(lead)
    actions.record_superior(leading, second, lead, Line.PROJECT, project="Aurora", from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.record_superior(leading, second, lead, Line.PROJECT, project="Borealis", from_on=TODAY, at=NOW)


def test_nobody_is_their_own_superior_directly_or_around_a_corner(department, post_holder):
    unit = department("OPS")
    amal, ben = post_holder("amal", unit), post_holder("ben", unit)
    with pytest.raises(Refused, match="own superior"):
        actions.record_superior(PORTAL, amal, amal, Line.DIRECT, from_on=TODAY, at=NOW)
    actions.record_superior(PORTAL, amal, ben, Line.DIRECT, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="answers to"):
        actions.record_superior(PORTAL, ben, amal, Line.DIRECT, from_on=TODAY, at=NOW)


@pytest.fixture
def four(department, post_holder):
    """agent → supervisor → manager → chief, each one level up."""
    top = department("XH")
    unit = department("CS", top)
    return (
        post_holder("agent", unit),
        post_holder("supervisor", unit, SUPERVISOR),
        post_holder("manager", unit, MIDDLE, leads=True),
        post_holder("chief", top, SENIOR, leads=True),
    )


def away(person, first=TODAY, back=TOMORROW):
    return actions.note_absence(PORTAL, person, reason="leave", from_on=first, to_on=back, at=NOW)


def stands_in(deputy, person, first=TODAY, last=None):
    return actions.name_deputy(PORTAL, person, deputy, reason="leave", from_on=first, to_on=last, at=NOW)


def test_the_next_level_up_decides_and_the_answer_says_why(app, four):
    agent, supervisor, manager, _chief = four
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = queries.decides_for(agent.id, TODAY)
        assert (found.person_id, found.in_place_of) == (supervisor.id, None)
        assert str(found.why) == "supervisor holds the next rank up in CS."
        assert str(queries.decides_for(manager.id, TODAY).why) == "chief is the head of XH."


@pytest.mark.parametrize(
    ("first", "back", "decides"),
    [
        (TODAY, TOMORROW, "manager"),  # away today
        (TOMORROW, date(2026, 10, 20), "supervisor"),  # from tomorrow
        (date(2026, 10, 1), TODAY, "supervisor"),  # back today
    ],
)
def test_while_the_next_level_is_away_the_one_above_decides(four, first, back, decides):
    agent, supervisor, *_ = four
    away(supervisor, first, back)
    assert decider(agent) == decides


def test_a_deputy_decides_only_while_the_one_they_stand_in_for_is_away(app, four, post_holder):
    agent, supervisor, manager, _chief = four
    deputy = post_holder("deputy", manager_unit(manager))
    stands_in(deputy, supervisor)
    assert decider(agent) == "supervisor"
    away(supervisor)
    assert decider(agent) == "deputy"
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = queries.decides_for(agent.id, TODAY)
        assert found.in_place_of == supervisor.id
        assert str(found.why) == "deputy stands in for supervisor, who is back on 13 Oct."


def test_nobody_decides_for_themselves_not_even_as_a_deputy(four):
    agent, supervisor, *_ = four
    stands_in(agent, supervisor)
    away(supervisor)
    assert decider(agent) == "manager"


def test_a_deputy_who_is_away_too_does_not_decide(four, post_holder):
    agent, supervisor, manager, _chief = four
    deputy = post_holder("deputy", manager_unit(manager))
    stands_in(deputy, supervisor)
    away(supervisor)
    away(deputy)
    assert decider(agent) == "manager"


def test_at_the_top_nobody_decides_and_where_everybody_is_away_neither(four):
    agent, supervisor, manager, chief = four
    assert decider(chief) is None
    for one in (supervisor, manager, chief):
        away(one)
    assert decider(agent) is None


def test_a_recorded_superior_comes_before_the_ranks(four, post_holder):
    agent, _supervisor, _manager, chief = four
    actions.record_superior(PORTAL, agent, chief, Line.DIRECT, from_on=TODAY, at=NOW)
    assert decider(agent) == "chief"
    assert decider(agent, YESTERDAY) == "supervisor"


def test_somebody_who_has_left_or_is_disabled_decides_nothing(four):
    agent, supervisor, _manager, _chief = four
    actions.leave(PORTAL, supervisor, left_on=TODAY, at=NOW)
    assert decider(agent, YESTERDAY) == "supervisor"
    assert decider(agent) == "manager"


@pytest.mark.rule("ORG-006")
def test_the_levels_of_a_branch_are_the_longest_way_up_inside_it(four, department):
    _agent, _supervisor, manager, _chief = four
    unit = manager_unit(manager)
    lines = company.lines_on(TODAY)
    assert management_levels(lines, frozenset({unit.id})) == 2  # supervisor, manager
    assert management_levels(lines, frozenset({unit.id, unit.parent_id})) == 3


def test_the_answer_costs_the_same_six_statements_however_large_the_company_is(four, department, statements):
    agent_id = four[0].id
    for number in range(3):
        department(f"X{number}")
    with statements() as asked:
        queries.decides_for(agent_id, TODAY)
    assert len([one for one in asked if one.startswith("SELECT")]) == 6


@pytest.mark.attack(44)
def test_the_answer_for_a_past_day_is_that_of_the_past_day(four, post_holder):
    agent, supervisor, _manager, _chief = four
    actions.rename(PORTAL, supervisor, "renamed", from_on=TODAY, at=NOW)
    assert above(agent, YESTERDAY) == ["supervisor", "manager", "chief"]
    assert above(agent) == ["renamed", "manager", "chief"]


@pytest.mark.attack(10)
def test_absences_and_deputies_are_entered_by_the_person_or_hr_and_by_nobody_else(four, acting, hr):
    agent, supervisor, manager, _chief = four
    with pytest.raises(NotAllowed):
        actions.name_deputy(acting(agent), supervisor, agent, reason="x", from_on=TODAY, to_on=None, at=NOW)
    with pytest.raises(NotAllowed):
        actions.note_absence(acting(agent), manager, reason="x", from_on=TODAY, to_on=TOMORROW, at=NOW)
    actions.note_absence(acting(supervisor), agent, reason="ill", from_on=TODAY, to_on=TOMORROW, at=NOW)  # decides
    actions.name_deputy(acting(supervisor), supervisor, manager, reason="x", from_on=TODAY, to_on=None, at=NOW)


def test_days_away_do_not_overlap_and_may_be_shortened(four):
    agent, *_ = four
    absence = away(agent, TODAY, date(2026, 10, 16))
    with pytest.raises(Refused, match="noted as away"):
        away(agent, date(2026, 10, 15), date(2026, 10, 20))
    away(agent, date(2026, 10, 16), date(2026, 10, 20))
    actions.shorten_absence(PORTAL, absence, to_on=TODAY, at=NOW)
    assert company.away_on(TODAY) == {}
    away(agent, TODAY, TOMORROW)


def test_a_head_with_the_right_role_is_no_superior_by_the_role_alone(department, post_holder, acting):
    unit = department("OPS")
    clerk, other = post_holder("clerk", unit), post_holder("other", unit)
    acting(other, Role.HEAD, unit)
    assert above(clerk) == []


def manager_unit(manager):
    from portal.extensions import db
    from portal.organisation.models import Department

    return db.session.get_one(Department, queries.home_of(manager.id))
