"""Units, posts and duties: every unit says what it is for, and old records show it as it was on their day."""

from __future__ import annotations

from datetime import date

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.organisation import actions, company, queries
from portal.organisation.company import Staffing
from portal.organisation.models import Basis, Department, Rank, Structure, UnitKind
from tests.conftest import NOW, TODAY

YESTERDAY, TOMORROW = date(2026, 10, 11), date(2026, 10, 13)
NAMES = {"zh-CN": "新部门", "en": "New"}


def of_day(unit, day=TODAY):
    return company.tree_on(day)[unit.id]


@pytest.mark.rule("ORG-001")
@pytest.mark.parametrize("structure", list(Structure))
def test_the_structure_is_chosen_for_the_company_or_for_one_unit(department, structure):
    top = department("XH", structure=structure)
    unit = department("CS", top)
    assert of_day(top).structure is structure
    assert of_day(unit).structure is Structure.LINE


@pytest.mark.rule("ORG-003")
def test_a_division_has_its_own_business_field_and_is_its_own_profit_centre(department):
    top = department("XH", structure=Structure.DIVISIONAL)
    with pytest.raises(Refused, match="business field"):
        department("SHOP", top, kind=UnitKind.DIVISION)
    shop = department("SHOP", top, kind=UnitKind.DIVISION, business_field="retail", profit_centre="PC-20")
    group = department("SHOP-1", shop, kind=UnitKind.GROUP)
    assert company.tree_on(TODAY).division_of(group.id).profit_centre == "PC-20"
    assert company.tree_on(TODAY).division_of(top.id) is None


@pytest.mark.rule("ORG-004")
def test_every_unit_says_on_which_basis_it_was_formed(app):
    with pytest.raises(TypeError, match="basis"):
        actions.add_department(PORTAL, "CS", NAMES, from_on=TODAY, at=NOW)
    for basis in Basis:
        made = actions.add_department(PORTAL, f"U-{basis}", NAMES, basis=basis, from_on=TODAY, at=NOW)
        assert of_day(made).basis is basis


@pytest.mark.rule("ORG-006")
def test_every_unit_names_the_goal_of_the_company_that_it_serves(department):
    unit = department("CS", goal="every call gets an answer")
    assert of_day(unit).goal == "every call gets an answer"


@pytest.mark.rule("ORG-038")
def test_regional_service_centres_are_units_of_their_own_kind(department):
    centre = department("EAST", department("XH"), kind=UnitKind.REGIONAL_CENTRE)
    assert [one.id for one in queries.units_of_kind(UnitKind.REGIONAL_CENTRE, TODAY)] == [centre.id]


@pytest.mark.parametrize("code", ["", "cs 1", "-CS", "客服", "X" * 21, "CS/1"])
def test_a_code_is_one_that_can_stand_in_an_address(app, code):
    with pytest.raises(Refused):
        actions.add_department(PORTAL, code, NAMES, basis=Basis.PROCESS, from_on=TODAY, at=NOW)


def test_a_code_is_taken_once_whatever_its_case(department):
    department("CS")
    with pytest.raises(Refused, match="taken"):
        department("cs")


@pytest.mark.attack(44)
def test_a_unit_that_is_renamed_and_moved_is_shown_as_it_was_on_the_day(department):
    top = department("XH")
    old, new = department("OLD", top), department("NEW", top)
    group = department("GROUP", old)
    below = department("BELOW", group)
    actions.change_department(
        PORTAL, group, {"names": {"zh-CN": "新名", "en": "Renamed"}}, parent_id=new.id, from_on=TODAY, at=NOW
    )
    assert (of_day(group, YESTERDAY).names["en"], of_day(group, YESTERDAY).parent_id) == ("GROUP", old.id)
    assert (of_day(group).names["en"], of_day(group).parent_id) == ("Renamed", new.id)
    assert db.session.get(Department, below.id).path == f"/{top.id}/{new.id}/{group.id}/{below.id}/"
    assert journal.names("department")[-1] == "DepartmentChanged"


def test_a_change_for_a_day_to_come_holds_from_that_day_on(department):
    unit = department("CS")
    actions.change_department(PORTAL, unit, {"goal": "better"}, from_on=TOMORROW, at=NOW)
    assert (unit.goal, of_day(unit).goal, of_day(unit, TOMORROW).goal) == ("", "", "better")
    assert actions.take_over_due(PORTAL, at=NOW) == 0
    assert actions.take_over_due(PORTAL, at=NOW.replace(day=13)) == 1
    assert actions.take_over_due(PORTAL, at=NOW.replace(day=13)) == 0
    assert unit.goal == "better"


def test_what_was_entered_wrongly_is_put_right_from_the_same_day_and_not_from_an_earlier_one(department):
    unit = department("CS")
    actions.change_department(PORTAL, unit, {"goal": "wrogn"}, from_on=TODAY, at=NOW)
    actions.change_department(PORTAL, unit, {"goal": "right"}, from_on=TODAY, at=NOW)
    assert of_day(unit).goal == "right"
    with pytest.raises(Refused, match="entered already"):
        actions.change_department(PORTAL, unit, {"goal": "earlier"}, from_on=YESTERDAY, at=NOW)


def test_a_unit_never_stands_below_itself(department):
    top = department("XH")
    unit = department("CS", top)
    group = department("CS-GEN", unit)
    for below in (unit, group):
        with pytest.raises(Refused, match="below itself"):
            actions.change_department(PORTAL, unit, {}, parent_id=below.id, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="company itself"):
        actions.change_department(PORTAL, top, {}, parent_id=unit.id, from_on=TODAY, at=NOW)


def test_a_unit_closes_when_nobody_and_nothing_is_in_it_any_more(department, post_holder):
    top = department("XH")
    unit = department("CS", top)
    group = department("CS-GEN", unit)
    agent = post_holder("agent", group)
    with pytest.raises(Refused, match="units below"):
        actions.close_department(PORTAL, unit, to_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="agent would lose"):
        actions.close_department(PORTAL, group, to_on=TODAY, at=NOW)
    actions.leave(PORTAL, agent, left_on=TODAY, at=NOW)
    actions.close_department(PORTAL, group, to_on=TODAY, at=NOW)
    assert group.id in company.tree_on(YESTERDAY)
    assert group.id not in company.tree_on(TODAY)


@pytest.mark.attack(10)
def test_units_are_kept_by_hr_and_administrators_within_their_part_of_the_tree(department, post_holder, acting, hr):
    top = department("XH")
    here, there = department("CS", top), department("SHOP", top)
    keeper, agent = acting(post_holder("keeper", here), Role.HR, here), acting(post_holder("agent", here))
    actions.add_department(keeper, "CS-1", NAMES, parent=here, basis=Basis.PROCESS, from_on=TODAY, at=NOW)
    for actor, parent in ((keeper, there), (agent, here)):
        with pytest.raises(NotAllowed):
            actions.add_department(actor, "CS-2", NAMES, parent=parent, basis=Basis.PROCESS, from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.change_department(keeper, there, {"goal": "x"}, from_on=TODAY, at=NOW)


@pytest.mark.rule("ORG-023")
@pytest.mark.parametrize(
    ("headcount", "people", "staffing", "short", "over"),
    [
        (2, 1, Staffing(1, 2), 1, 0),
        (2, 2, Staffing(2, 2), 0, 0),
        (2, 3, Staffing(3, 2), 0, 1),
        (None, 2, Staffing(2, None), 0, 0),
    ],
)
def test_posts_that_are_over_or_understaffed_are_shown(department, headcount, people, staffing, short, over):
    unit = department("CS")
    post = actions.add_post(PORTAL, unit, {"zh-CN": "客服专员"}, headcount=headcount, at=NOW)
    for number in range(people):
        person = actions.add_person(PORTAL, f"N{number}", f"n{number}", "Ann", joined_on=TODAY, at=NOW)
        actions.place(PORTAL, person, post, from_on=TODAY, at=NOW)
    posts, holders = company.posts_on(TODAY), company.holders_on(TODAY)
    found = company.staffing_of_posts(posts, holders)[post.id]
    assert found == staffing
    assert (found.short, found.over) == (short, over)
    assert company.staffing_of_units(company.tree_on(TODAY), posts, holders)[unit.id] == staffing


@pytest.mark.rule("ORG-023")
def test_a_unit_counts_the_people_below_it_against_its_own_headcount_or_that_of_all_posts(department, post_holder):
    top = department("XH")
    unit = department("CS", top, headcount=5)
    group = department("CS-GEN", unit)
    post_holder("manager", unit, Rank.MIDDLE, headcount=1)
    post_holder("agent", group, headcount=2)
    post_holder("clerk", department("OPS", top), headcount=3)
    counted = company.staffing_of_units(company.tree_on(TODAY), company.posts_on(TODAY), company.holders_on(TODAY))
    assert counted[group.id] == Staffing(1, 2)
    assert counted[unit.id] == Staffing(2, 5)
    assert counted[top.id] == Staffing(3, 8)


@pytest.mark.attack(44)
def test_a_post_that_is_renamed_keeps_its_old_title_for_the_days_before(department, post_holder):
    unit = department("CS")
    agent = post_holder("agent", unit, title="客服专员")
    post = company.holders_on(TODAY)[0].post_id
    actions.change_post(
        PORTAL, db.session.get_one(queries.Post, post), {"titles": {"zh-CN": "顾问"}, "rank": Rank.SUPERVISOR},
        from_on=TODAY, at=NOW,
    )  # fmt: skip
    assert company.posts_on(YESTERDAY)[post].titles["zh-CN"] == "客服专员"
    assert company.posts_on(TODAY)[post].titles["zh-CN"] == "顾问"
    assert company.lines_on(YESTERDAY).homes[agent.id].rank is Rank.STAFF
    assert company.lines_on(TODAY).homes[agent.id].rank is Rank.SUPERVISOR


def test_a_post_ends_only_when_nobody_holds_it(department, post_holder):
    post_holder("agent", department("CS"))
    post = db.session.scalars(db.select(queries.Post)).one()
    with pytest.raises(Refused, match="agent would lose"):
        actions.close_post(PORTAL, post, to_on=TODAY, at=NOW)


# Duties and powers


def owners(words):
    return {duty.words: [company.tree_on(TODAY)[one].code for one in duty.owners] for duty in queries.duties_on(TODAY)}[
        words
    ]


def report():
    overlaps, gaps, alike = queries.duty_report(TODAY)
    return [one.words for one in overlaps], [one.words for one in gaps], [(a.words, b.words) for a, b in alike]


@pytest.mark.rule("ORG-005")
def test_a_duty_that_two_units_own_is_reported_and_settled_on_one(department):
    top = department("XH")
    service, support = department("CS", top), department("SUP", top)
    duty = actions.state_duty(PORTAL, service, "Answer the hotline.", from_on=TODAY, at=NOW)
    assert report() == ([], [], [])
    assert actions.state_duty(PORTAL, support, "answer  the hotline", from_on=TODAY, at=NOW) is duty
    assert report() == (["Answer the hotline."], [], [])
    actions.settle_duty(PORTAL, duty, support, from_on=TODAY, at=NOW)
    assert report() == ([], [], [])
    assert owners("Answer the hotline.") == ["SUP"]


@pytest.mark.rule("ORG-005")
def test_a_duty_that_nobody_owns_is_reported_until_a_unit_takes_it(department):
    unit = department("CS")
    duty = actions.name_duty(PORTAL, "Keep trade secrets.", from_on=TODAY, at=NOW)
    assert report() == ([], ["Keep trade secrets."], [])
    actions.settle_duty(PORTAL, duty, unit, from_on=TODAY, at=NOW)
    assert report() == ([], [], [])
    (owner,) = duty.owners
    actions.give_up_duty(PORTAL, owner, to_on=TOMORROW, at=NOW)
    assert report() == ([], [], [])
    assert [one.words for one in queries.duty_report(TOMORROW)[1]] == ["Keep trade secrets."]
    actions.drop_duty(PORTAL, duty, on=TOMORROW, at=NOW)
    assert queries.duty_report(TOMORROW)[1] == []


@pytest.mark.rule("ORG-005")
def test_what_a_closed_unit_owned_is_a_gap(department):
    unit = department("CS", department("XH"))
    actions.state_duty(PORTAL, unit, "Answer the hotline.", from_on=TODAY, at=NOW)
    actions.close_department(PORTAL, unit, to_on=TOMORROW, at=NOW)
    assert [one.words for one in queries.duty_report(TOMORROW)[1]] == ["Answer the hotline."]


@pytest.mark.rule("ORG-005")
def test_duties_that_read_alike_are_pointed_out_as_a_possible_overlap(department):
    top = department("XH")
    for code, words in (("A", "接听热线电话并记录来电"), ("B", "接听热线电话，记录来电内容"), ("C", "发放工资")):
        actions.state_duty(PORTAL, department(code, top), words, from_on=TODAY, at=NOW)
    assert report()[2] == [("接听热线电话并记录来电", "接听热线电话，记录来电内容")]


@pytest.mark.rule("ORG-005")
def test_a_head_writes_the_statement_of_the_own_department_and_of_no_other(department, post_holder, acting):
    top = department("XH")
    here, there = department("CS", top), department("OPS", top)
    head = acting(post_holder("head", here), Role.HEAD, here)
    duty = actions.state_duty(head, here, "Answer the hotline.", from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.state_duty(head, there, "Answer the hotline.", from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.settle_duty(head, duty, here, from_on=TODAY, at=NOW)
    with pytest.raises(Refused, match="already"):
        actions.state_duty(head, here, "answer the hotline", from_on=TODAY, at=NOW)


@pytest.mark.rule("ORG-022")
def test_a_department_is_assessed_from_outside_only(department):
    top = department("XH")
    service, quality = department("CS", top), department("QM", top)
    group = department("CS-GEN", service)
    arranged = actions.arrange_assessment(PORTAL, service, quality, from_on=TODAY, at=NOW)
    for by in (top, service, group):
        with pytest.raises(Refused, match="outside"):
            actions.arrange_assessment(PORTAL, service, by, from_on=TODAY, at=NOW)
    assert queries.assessors_of(service.id, TODAY) == [quality.id]
    assert queries.assessed_by(quality.id, TODAY) == [service.id]
    actions.end_assessment(PORTAL, arranged, to_on=TOMORROW, at=NOW)
    assert queries.assessors_of(service.id, TOMORROW) == []
