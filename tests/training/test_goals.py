"""Each department has goals of training for the year and sends people outside; people note what they learn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.errors import NotAllowed, Refused
from portal.training import goals
from portal.training.goal_models import LearningEntry
from tests.conftest import NOW, TODAY


@pytest.mark.rule("POL-038")
def test_a_head_sets_the_goals_of_the_year_and_nobody_else_does(house):
    goals.set_goal(house.han, house.desk, "Everybody answers without a script.", at=NOW)
    assert [one.words for one in goals.goals_of(house.desk, TODAY.year)] == ["Everybody answers without a script."]
    assert goals.goals_of(house.desk, TODAY.year + 1) == goals.goals_of(house.shop, TODAY.year) == []
    for who in (house.li, house.shopkeeper):
        with pytest.raises(NotAllowed):
            goals.set_goal(who, house.desk, "Another", at=NOW)
    with pytest.raises(Refused, match="what the goal is"):
        goals.set_goal(house.han, house.desk, " ", at=NOW)


@pytest.mark.rule("POL-038")
def test_courses_with_training_bodies_stand_beside_the_goals(house, course, session):
    from portal.training import actions
    from tests.training.conftest import session_text

    one = course()
    session(one)  # by a colleague
    text = session_text(trainer_name="Ms Jiang", body="Training school")
    actions.plan_session(house.hr, one, house.desk, text, at=NOW)
    assert [row.body for row in goals.courses_outside(house.han, house.desk, TODAY.year)] == ["Training school"]
    assert goals.courses_outside(house.han, house.desk, TODAY.year + 1) == []


@pytest.mark.rule("POL-043")
def test_what_one_learnt_by_oneself_is_written_down_and_read_by_nobody_else(house):
    goals.note_learning(house.li, TODAY, "Read about meters.", at=NOW)
    assert [one.words for one in goals.learning_of(house.li)] == ["Read about meters."]
    assert goals.learning_of(house.han) == goals.learning_of(house.hr) == []
    with pytest.raises(Refused, match="still to come"):
        goals.note_learning(house.li, TODAY + timedelta(days=1), "Tomorrow", at=NOW)


@pytest.mark.rule("POL-038")
def test_goals_are_a_page_of_the_department(demo, browser):
    manager = browser.sign_in("manager")
    assert "Goals" in manager.get("/training/plan?unit=CS").main
    manager.post("/training/goals/CS", {"words": ""}, expect=422)
    manager.post("/training/goals/CS", {"words": "人人会用新系统"})
    agent = browser.sign_in("agent").get("/training/goals/CS")
    assert "人人会用新系统" in agent.main
    assert not agent.soup.select("textarea")
    browser.sign_in("shop1").get("/training/goals/CS", expect=404)


@pytest.mark.rule("POL-043")
@pytest.mark.attack(29)
def test_a_technician_keeps_a_log_and_a_double_click_is_one_entry(demo, browser):
    technician = browser.sign_in("technician")
    page = technician.get("/training/log")
    sent = {"on": "2026-10-12", "words": "自学了光纤熔接", "once": page.soup.select_one("input[name=once]")["value"]}
    technician.post("/training/log", sent)
    technician.post("/training/log", sent)
    assert db.session.scalar(db.select(db.func.count()).select_from(LearningEntry)) == 1
    assert "自学了光纤熔接" in technician.get("/training/log").main
    assert "自学了光纤熔接" not in browser.sign_in("hr").get("/training/log").main
