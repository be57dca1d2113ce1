"""Proposals of a department for its own people, and appraisals: each seen by those concerned and by nobody else."""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import actions, queries, rules
from portal.organisation.models import Line, StaffProposal
from portal.organisation.states import ProposalState
from tests.browser import Browser
from tests.conftest import NOW, TODAY

OPEN, DECIDED = "P-2026-00002", "P-2026-00001"
PROPOSAL = {"person": "王芳", "kind": "training", "words": "参加热线培训。"}


def as_(demo, name):
    return Browser(demo).sign_in(name)


def proposal(number):
    return db.session.scalars(db.select(StaffProposal).where(StaffProposal.number == number)).one()


def filled(browser, url, **typed):
    return {**browser.get(url).form(url), **typed}


@pytest.mark.rule("ORG-025")
def test_a_head_proposes_and_hr_decides_with_a_reason_on_the_page(demo):
    manager, officer = as_(demo, "manager"), as_(demo, "hr")
    page = manager.follow(manager.post("/proposals/new", filled(manager, "/proposals/new", **PROPOSAL)))
    number = page.soup.select_one(".page-head .key").text.strip()
    assert "王芳 · training" in page.soup.h1.text
    assert not page.soup.select("button[name=verdict]")
    url = f"/proposals/{number}/decide"
    again = officer.post(url, {"words": "", "verdict": "accept"}, expect=422)
    assert again.soup.select_one("#words-error")
    officer.post(url, {"words": "名额已满。", "verdict": "decline"})
    assert "名额已满。" in manager.get(f"/proposals/{number}").main
    assert proposal(number).state is ProposalState.DECLINED
    officer.post(url, {"words": "还是要。", "verdict": "accept"}, expect=409)


@pytest.mark.rule("ORG-025")
def test_what_waits_for_a_decision_stands_on_the_today_of_whoever_decides_alone(demo):
    def waits(name):
        return [one["href"] for one in as_(demo, name).get("/").soup.select(f"main a[href='/proposals/{OPEN}']")]

    assert waits("hr")
    assert not any(waits(name) for name in ("manager", "head", "agent", "auditor", "admin"))
    as_(demo, "hr").post(f"/proposals/{OPEN}/decide", {"words": "可以。", "verdict": "accept"})
    assert not waits("hr")


@pytest.mark.rule("ORG-025")
@pytest.mark.attack(29)
def test_a_form_that_is_sent_twice_makes_one_proposal(demo):
    manager = as_(demo, "manager")
    typed = filled(manager, "/proposals/new", **PROPOSAL)
    first, second = (manager.post("/proposals/new", typed).headers["Location"] for _once in range(2))
    assert first == second
    assert len(queries.proposals_seen_by(queries.staff(queries.person_called("hr"), TODAY)).rows) == 3


@pytest.mark.rule("ORG-025")
@pytest.mark.parametrize("person", ["于洋", "郑凯", "nobody", "敏"])
def test_a_department_proposes_for_its_own_people_only(demo, person):
    """Somebody of marketing, oneself, nobody, and two of other departments."""
    manager = as_(demo, "manager")
    typed = filled(manager, "/proposals/new", **{**PROPOSAL, "person": person})
    page = manager.post("/proposals/new", typed, expect=422)
    assert "None of your people is called that." in page.main
    assert page.form("/proposals/new")["words"] == "参加热线培训。"


@pytest.mark.rule("ORG-025")
def test_whoever_proposed_takes_it_back_and_nobody_else(demo):
    director, manager = as_(demo, "director"), as_(demo, "manager")
    assert not director.get(f"/proposals/{OPEN}").soup.select(f"form[action='/proposals/{OPEN}/withdraw']")
    director.post(f"/proposals/{OPEN}/withdraw", {}, expect=403)
    manager.post(f"/proposals/{OPEN}/withdraw", {})
    assert proposal(OPEN).state is ProposalState.WITHDRAWN


SEE = {"manager", "director", "executive", "hr"}
"""The department's leads and those who decide; 李娜, whom it is about, and her other superiors do not."""


@pytest.mark.rule("ORG-025")
@pytest.mark.attack(10)
@pytest.mark.attack(16)
@pytest.mark.parametrize("name", NAMED)
def test_a_proposal_is_listed_opened_and_counted_for_those_concerned_alone(demo, browser, name):
    browser.sign_in(name)
    browser.get(f"/proposals/{OPEN}", expect=200 if name in SEE else 404)
    reader = queries.staff(queries.person_called(name), TODAY)
    listed = [one.number for one in queries.proposals_seen_by(reader).rows]
    assert (OPEN in listed) is (name in SEE)
    page = browser.get("/proposals", expect=200 if queries.sees_proposals(reader) else 404)
    assert (OPEN in page.text) is (name in SEE)
    assert (OPEN in browser.get("/proposals", expect={200, 404}, part="proposal-list").text) is (name in SEE)


@pytest.mark.rule("ORG-025")
@pytest.mark.attack(10)
def test_nobody_decides_on_the_own_proposal_or_on_one_about_themselves(demo):
    manager = queries.person_called("manager")
    actions.give_role(PORTAL, manager, Role.HR, queries.unit_coded("CS"), from_on=TODAY, at=NOW)
    page = as_(demo, "manager").get(f"/proposals/{OPEN}")
    assert not page.soup.select("button[name=verdict]")
    as_(demo, "manager").post(f"/proposals/{OPEN}/decide", {"words": "x", "verdict": "accept"}, expect=403)
    agent = queries.person_called("agent")
    actions.give_role(PORTAL, agent, Role.HR, queries.unit_coded("XH"), from_on=TODAY, at=NOW)
    as_(demo, "agent").post(f"/proposals/{OPEN}/decide", {"words": "x", "verdict": "accept"}, expect=404)
    assert OPEN not in as_(demo, "agent").get("/proposals").text


@pytest.mark.attack(17)
def test_a_right_to_propose_elsewhere_shows_nothing_here(demo):
    assert DECIDED not in as_(demo, "shopkeeper").get("/proposals").text


@pytest.mark.attack(14)
@pytest.mark.parametrize("words", ["?state=nonsense", "?after=nonsense", "?state=1;--"])
def test_a_filter_that_is_none_is_refused(demo, words):
    as_(demo, "hr").get(f"/proposals{words}", expect=400)


def test_the_list_is_filtered_by_state_and_says_so_when_nothing_is_left(demo):
    officer = as_(demo, "hr")
    assert DECIDED not in officer.get("/proposals?state=proposed").text
    assert "No proposal is in this state." in officer.get("/proposals?state=withdrawn").main


@pytest.mark.attack(13)
def test_fields_that_no_form_has_change_nothing(demo):
    manager = as_(demo, "manager")
    typed = filled(manager, "/proposals/new", **PROPOSAL, state="accepted", proposed_by_id="1", decided_by_id="1")
    manager.post("/proposals/new", typed)
    made = proposal("P-2026-00003")
    assert (made.state, made.decided_by_id) == (ProposalState.PROPOSED, None)
    assert made.proposed_by_id == queries.person_called("manager").id


# Appraisals


@pytest.mark.rule("ORG-026")
def test_objectives_are_agreed_anew_until_they_are_appraised_with_attendance(demo):
    manager, agent = as_(demo, "manager"), as_(demo, "agent2")
    typed = {"person": "XH006", "period": "2026-Q4", "objectives": "二十秒内接起。"}
    page = manager.follow(manager.post("/appraisals/new", filled(manager, "/appraisals/new", **typed)))
    url = next(one["action"] for one in page.soup.select("main form[action^='/appraisals/']"))
    manager.post("/appraisals/new", {**typed, "objectives": "十五秒内接起。"})
    assert "十五秒内接起。" in agent.get(url).main
    page = manager.post(url, {"result": "做到了。", "attendance": ""}, expect=422)
    assert page.soup.select_one("#attendance-error")
    manager.post(url, {"result": "做到了。", "attendance": "全勤。"})
    told = agent.get(url).main
    assert "做到了。" in told
    assert "全勤。" in told
    manager.post(url, {"result": "改了。", "attendance": "改了。"}, expect=409)
    assert manager.post("/appraisals/new", typed, expect=422).soup.select_one("#period-error")


@pytest.mark.rule("ORG-026")
@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_an_appraisal_is_listed_and_opened_for_its_owner_those_who_appraise_and_hr(demo, browser, name):
    sees = name in {"agent", "manager", "director", "executive", "hr"}
    browser.sign_in(name)
    browser.get("/appraisals/1", expect=200 if sees else 404)
    assert ("李娜" in browser.get("/appraisals").main) is sees
    if not sees or name in ("agent", "hr"):
        browser.post("/appraisals/1", {"result": "x", "attendance": "x"}, expect={403, 404})


@pytest.mark.rule("ORG-002", "ORG-026")
def test_the_lead_of_a_project_sees_the_appraisal_of_whoever_answers_to_them(demo):
    engineer, head = (queries.person_called(name) for name in ("engineer", "rd-head"))
    made = actions.agree_objectives(queries.staff(head, TODAY), engineer, "2026-Q4", "两小时内有答复", at=NOW)
    url = f"/appraisals/{made.id}"
    as_(demo, "developer").get(url)
    assert "赵敏" in as_(demo, "developer").get("/appraisals").main
    entry = next(one for one in db.session.scalars(db.select(queries.Superior)) if one.line is Line.PROJECT)
    actions.end_superior(PORTAL, entry, to_on=TODAY, at=NOW)
    as_(demo, "developer").get(url, expect=404)


@pytest.mark.rule("ORG-026")
def test_nobody_agrees_objectives_with_themselves_or_with_others_people(demo):
    manager = as_(demo, "manager")
    for person in ("郑凯", "于洋"):
        typed = {"person": person, "period": "2026-Q4", "objectives": "轻松一点"}
        assert manager.post("/appraisals/new", typed, expect=422).soup.select_one("#person-error")


@pytest.mark.parametrize("period", ["", "soon", "2026-Q5", "2026-13", "2026-Q4\n"])
def test_a_period_is_a_year_half_year_quarter_or_month(demo, period):
    manager = as_(demo, "manager")
    typed = {"person": "王芳", "period": period, "objectives": "x"}
    assert manager.post("/appraisals/new", typed, expect=422).soup.select_one("#period-error")


@pytest.mark.parametrize(
    ("day", "quarter"), [((2026, 1, 1), "2026-Q1"), ((2026, 3, 31), "2026-Q1"), ((2026, 12, 31), "2026-Q4")]
)
def test_a_day_lies_in_its_quarter(day, quarter):
    assert rules.quarter_of(TODAY.replace(*day)) == quarter


@pytest.mark.attack(1)
def test_markup_in_what_is_said_about_people_stays_words(demo):
    markup = "<img src=x onerror=alert(1)>"
    manager = as_(demo, "manager")
    page = manager.follow(
        manager.post("/proposals/new", filled(manager, "/proposals/new", **{**PROPOSAL, "words": markup}))
    )
    assert not page.soup.select("main img")
    assert markup in page.main


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("hr", "/proposals"), ("hr", f"/proposals/{OPEN}"), ("manager", "/proposals/new"), ("manager", "/appraisals"),
        ("agent", "/appraisals/1"), ("executive", "/appraisals/new"),
    ],
)  # fmt: skip
def test_the_pages_ask_the_database_little(demo, browser, statements, name, url):
    browser.sign_in(name)
    browser.get(url)
    with statements() as asked:
        browser.get(url)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 9, asked
