"""Whoever has to do something about new products and goals hears of it, and finds the page where it is done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.notifications import actions as bells
from portal.notifications import queries as bell
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Placement
from portal.organisation.waiting import waits_for
from portal.training import goals, jobs, launches
from portal.training.goal_models import TrainingGoal
from portal.training.launches import LaunchText
from tests.conftest import NOW, TODAY
from tests.training.conftest import HOUR, person_of

DAY = timedelta(days=1)


def heard(who, at=NOW) -> list[tuple[str, str]]:
    bells.tell(PORTAL, at=at)
    rows = [one for one in bell.notices(who).rows if one.notice.about in ("product launch", "training goal")]
    return [(one.entry.name, one.href) for one in rows][::-1]


@pytest.fixture
def announced(house):
    def make(explained=NOW - HOUR, *, by=None):
        text = LaunchText("Winter", house.shop, (("Router", "Two years of warranty."),), explained, "online")
        return launches.announce(by or house.shopkeeper, text, at=NOW)

    return make


# ── New products ──


@pytest.mark.rule("POL-039", "MTG-018")
def test_every_agent_hears_of_new_products_and_again_when_they_were_explained(house, announced, staff):
    na = staff("Na", house.shop, Role.AGENT)
    launch = announced(NOW + 2 * HOUR)
    here = f"/training/products/{launch.id}"
    assert heard(house.mo) == [("ProductsExplained", here)]
    for who in (house.tan, house.li, house.shopkeeper):
        assert heard(who) == [], who.name
    jobs.ask(NOW + HOUR)
    assert len(heard(house.mo, NOW + HOUR)) == 1
    for _round in range(2):
        jobs.ask(NOW + 3 * HOUR)
    assert heard(house.mo, NOW + 3 * HOUR) == [("ProductsExplained", here), ("ProductsToKnow", here)]
    asked = journal.of("product launch", launch.id)[-1]
    assert asked.happened_at == NOW + 2 * HOUR  # the moment at which they were explained, whenever the portal saw it
    launches.confirm(house.mo, launch, at=NOW + 3 * HOUR)
    assert launches.asked_of(launch.id, TODAY) == [na.id]


@pytest.mark.rule("POL-039")
def test_what_was_explained_before_it_was_announced_rings_once(house, announced):
    launch = announced()
    jobs.ask(NOW)
    assert heard(house.mo) == [("ProductsExplained", f"/training/products/{launch.id}")]


@pytest.mark.rule("POL-039")
def test_nobody_is_asked_about_products_that_were_withdrawn_before(house, announced):
    launch = announced(NOW + 2 * HOUR)
    launches.withdraw(house.shopkeeper, launch, "delivered late", at=NOW + HOUR)
    jobs.ask(NOW + 3 * HOUR)
    assert "ProductsToKnow" not in journal.names("product launch")


@pytest.mark.attack(17)
def test_whoever_left_the_shop_finds_nothing_on_the_bell(house, announced):
    announced()
    assert heard(house.mo) != []
    placement = db.session.scalars(db.select(Placement).where(Placement.person_id == house.mo.id)).one()
    organisation.end_placement(PORTAL, placement, to_on=TODAY, at=NOW)
    assert heard(house.mo) == []
    assert bell.unread(house.mo) == len(bell.notices(house.mo).rows)


# ── Goals ──


@pytest.mark.rule("POL-038")
def test_the_head_hears_once_that_the_day_of_a_goal_has_come(house):
    goal = goals.set_goal(house.hr, house.desk, "Everybody answers without a script.", TODAY + 3 * DAY, at=NOW)
    jobs.tell_of_goals(NOW + 2 * DAY)
    assert heard(house.han, NOW + 2 * DAY) == []
    for _round in range(2):
        jobs.tell_of_goals(NOW + 3 * DAY)
    assert heard(house.han, NOW + 3 * DAY) == [("GoalDue", f"/training/goals/CS?year={TODAY.year}&goal={goal.id}#end")]
    for who in (house.li, house.yu, house.shopkeeper, house.hr):
        assert heard(who, NOW + 3 * DAY) == [], who.name
    goals.tell_due(PORTAL, goal, at=NOW + 3 * DAY)  # two workers that had found it at once
    assert journal.names("training goal").count("GoalDue") == 1


@pytest.mark.rule("POL-038")
@pytest.mark.parametrize(("days", "there"), [(14, True), (15, False)])
def test_a_goal_stands_on_today_of_its_head_from_two_weeks_before_its_day_on(house, days, there):
    goals.set_goal(house.hr, house.desk, "No script", TODAY + days * DAY, at=NOW)

    def told(who):
        return [one.href for one in waits_for(who, NOW) if "/goals/" in one.href]

    assert bool(told(house.han)) is there
    assert told(house.hr) == told(house.li) == told(house.shopkeeper) == []


@pytest.mark.rule("POL-038")
def test_what_came_of_a_goal_of_last_year_is_said_where_today_leads(demo, browser):
    """It is open past New Year: its page is that of its own year, also when it comes back with what lacks."""
    manager = browser.sign_in("manager")
    staff = people.staff(people.person_called("manager"), TODAY)
    goals.set_goal(staff, people.unit_coded("CS"), "人人会退款", at=NOW - 365 * DAY)
    there = next(one.href for one in waits_for(staff, NOW) if f"year={TODAY.year - 1}" in one.href)
    page = manager.get(there.partition("#")[0])
    assert page.soup.select_one("[name=outcome]")
    act = page.soup.select_one("#end form")["action"]
    assert manager.post(act, {"outcome": " "}, expect=422).soup.select_one("[name=outcome]")
    manager.post(act, {"outcome": "人人都会了"})
    assert "人人都会了" in manager.get(f"/training/goals/CS?year={TODAY.year - 1}").main


@pytest.mark.attack(14)
@pytest.mark.parametrize("year", ["0", "9999", "-1", "99999999999999999999"])
def test_a_year_that_is_none_is_a_bad_request(demo, browser, year):
    browser.sign_in("manager").get(f"/training/goals/CS?year={year}", expect=400)


@pytest.mark.rule("POL-038")
def test_what_came_of_a_goal_is_written_down_once_by_who_keeps_its_training(house):
    goal = goals.set_goal(house.han, house.desk, "No script", at=NOW)
    assert goal.due_on == date(TODAY.year, 12, 31)
    for who in (house.li, house.shopkeeper):
        with pytest.raises(NotAllowed):
            goals.end_goal(who, goal, "Reached.", at=NOW)
    with pytest.raises(Refused, match="what came of it"):
        goals.end_goal(house.han, goal, " ", at=NOW)
    goals.end_goal(house.han, goal, "Reached: nobody uses one.", at=NOW)
    with pytest.raises(OutOfDate):
        goals.end_goal(house.han, goal, "Not reached.", at=NOW)
    jobs.tell_of_goals(NOW + 300 * DAY)
    assert "GoalDue" not in journal.names("training goal")


@pytest.mark.parametrize(
    ("due_on", "no"), [(TODAY - DAY, "is over"), (date(TODAY.year + 1, 1, 1), "this year"), (TODAY, "")]
)
def test_a_goal_is_reached_this_year_and_not_in_the_past(house, due_on, no):
    if no:
        with pytest.raises(Refused, match=no) as refused:
            goals.set_goal(house.han, house.desk, "No script", due_on, at=NOW)
        assert refused.value.field == "due_on"
    else:
        goals.set_goal(house.han, house.desk, "No script", due_on, at=NOW)


@pytest.mark.attack(11)
def test_a_goal_of_another_department_is_not_found_here(house):
    goal = goals.set_goal(house.han, house.desk, "No script", at=NOW)
    assert goals.goal_of(house.shop, goal.id) is None


@pytest.mark.attack(17)
def test_whoever_heads_the_department_no_more_finds_nothing_on_the_bell(house, staff):
    boss = staff("Bo", house.top)  # belongs elsewhere: the bell is theirs as its head alone
    grant = organisation.give_role(PORTAL, person_of(boss), Role.HEAD, house.desk, from_on=TODAY, at=NOW)
    goals.set_goal(house.hr, house.desk, "No script", TODAY, at=NOW)
    jobs.tell_of_goals(NOW)
    assert "GoalDue" in [name for name, _href in heard(boss)]
    organisation.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    assert "GoalDue" not in [name for name, _href in heard(boss)]


@pytest.mark.rule("POL-038")
def test_a_manager_sets_a_goal_with_its_day_and_says_what_came_of_it(demo, browser):
    manager = browser.sign_in("manager")
    found = manager.get("/training/goals/CS")
    assert "退款投诉" in found.main
    sent = {"words": "人人会用新系统", "due_on": "2027-01-01"}
    again = manager.post("/training/goals/CS", sent, expect=422)
    assert "人人会用新系统" in again.soup.select_one("textarea").text
    manager.post("/training/goals/CS", {**sent, "due_on": "2026-12-01"})
    goal = db.session.scalars(db.select(TrainingGoal).where(TrainingGoal.words == "人人会用新系统")).one()
    assert manager.get(f"/training/goals/CS?goal={goal.id}").soup.select_one("[name=outcome]")
    manager.post(f"/training/goals/CS/{goal.id}/end", {"outcome": ""}, expect=422)
    manager.post(f"/training/goals/SHOP/{goal.id}/end", {"outcome": "x"}, expect=404)
    manager.post(f"/training/goals/CS/{goal.id}/end", {"outcome": "三十人都过了考核"})
    assert "三十人都过了考核" in manager.get("/training/goals/CS?year=2026").main
    assert "三十人都过了考核" not in manager.get("/training/goals/CS?year=2025").main
    assert not browser.sign_in("agent").get(f"/training/goals/CS?goal={goal.id}").soup.select("textarea")
