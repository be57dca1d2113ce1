"""Whoever acts for a service team is bound by the manuals named for it, and trained in them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.notifications import actions as bells
from portal.notifications import queries as bell
from portal.organisation import actions as people
from portal.organisation.held import held_by
from portal.policies import acknowledgements, teams
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known
from portal.policies.team_models import Team
from portal.policies.team_states import TeamKind
from portal.policies.teams import TeamText
from portal.training import actions, team_needs
from portal.training.models import Course
from portal.training.states import CourseKind
from tests.conftest import NOW, TODAY
from tests.training.conftest import HOUR, held, person_of, session_text

DAY = timedelta(days=1)


@pytest.fixture
def etiquette(house, manual, published):
    """A manual of the desk: it binds nobody of the shop."""
    of = manual("LY-01", house.desk)
    published({}, from_=TODAY - DAY, of=of)
    return of


@pytest.fixture
def founded(house, etiquette):
    """`founded()`: an expert team of the desk, led by its head, bound by the desk's manual."""

    def make(*, by=None, leader=None, manuals=None, at=NOW, name="Experts", **more) -> Team:
        ids = tuple(one.id for one in (manuals if manuals is not None else [etiquette]))
        text = TeamText(name, TeamKind.EXPERT, house.desk, person_of(leader or house.han), "", ids)
        return teams.found_team(by or house.han, text, at=at, **more)

    return make


def asked(person) -> dict[str, Known]:
    rows = db.session.scalars(select(Acknowledgement).where(Acknowledgement.person_id == person.id))
    return {f"{one.manual.code} {one.edition.label}": one.state for one in rows}


def join(house, team, who, from_on=TODAY, *, at=NOW):
    return teams.add_member(house.han, team, person_of(who), from_on, at=at)


def changed(house, team, *, leader=None, manuals, at=NOW) -> None:
    text = TeamText("Experts", TeamKind.EXPERT, house.desk, person_of(leader or house.han), "",
                    tuple(one.id for one in manuals))  # fmt: skip
    teams.change_team(house.han, team, text, seen=team.version, at=at)


# ── Whoever acts for it is bound ──


@pytest.mark.rule("POL-046")
def test_whoever_acts_for_a_team_is_asked_in_the_same_act_wherever_they_belong(house, founded):
    team = founded()
    assert asked(house.mo) == {}
    join(house, team, house.mo)
    assert asked(house.mo) == {"LY-01 1.0": Known.OPEN}
    assert asked(house.tan) == {}  # of the shop as well, but not of the team


@pytest.mark.rule("POL-046")
def test_a_leader_acts_for_the_team(house, founded):
    team = founded(leader=house.tan)
    assert [one.name for one in teams.members(team, TODAY)] == ["Tan"]
    assert asked(house.tan) == {"LY-01 1.0": Known.OPEN}


@pytest.mark.rule("POL-046")
def test_whoever_comes_later_is_asked_when_the_day_has_come_and_not_before(house, founded, etiquette):
    team = founded()
    join(house, team, house.mo, TODAY + 2 * DAY)
    for days, there in ((0, {}), (1, {}), (2, {"LY-01 1.0": Known.OPEN})):
        acknowledgements.keep_up(PORTAL, etiquette, at=NOW + days * DAY)
        assert asked(house.mo) == there, days


@pytest.mark.rule("POL-046")
def test_whoever_leaves_the_team_is_asked_no_more_and_what_was_signed_stays(house, founded, etiquette):
    team = founded()
    mo, tan = join(house, team, house.mo), join(house, team, house.tan)
    one = acknowledgements.mine_about(house.tan, etiquette.id)[0]
    acknowledgements.choose_way(PORTAL, etiquette, acknowledgements.Way.READ, at=NOW)
    db.session.refresh(one)
    acknowledgements.acknowledge(house.tan, one, None, digest=one.digest, at=NOW)
    for member in (mo, tan):
        teams.end_member(house.han, team, member, TODAY, at=NOW)
    assert asked(house.mo) == {"LY-01 1.0": Known.VOID}
    assert asked(house.tan) == {"LY-01 1.0": Known.READ}


@pytest.mark.rule("POL-046")
def test_whoever_goes_at_the_end_of_the_week_is_bound_until_then(house, founded, etiquette):
    team = founded()
    teams.end_member(house.han, team, join(house, team, house.mo), TODAY + 2 * DAY, at=NOW)
    for days, state in ((0, Known.OPEN), (1, Known.OPEN), (2, Known.VOID)):
        acknowledgements.keep_up(PORTAL, etiquette, at=NOW + days * DAY)
        db.session.expire_all()
        assert asked(house.mo) == {"LY-01 1.0": state}, days


@pytest.mark.rule("POL-046")
def test_a_manual_that_is_named_or_taken_off_changes_who_is_asked(house, founded, etiquette, manual, published):
    code = manual("XW-01", house.group)
    published({}, from_=TODAY - DAY, of=code)
    team = founded()
    join(house, team, house.mo)
    changed(house, team, manuals=[code])
    assert asked(house.mo) == {"LY-01 1.0": Known.VOID, "XW-01 1.0": Known.OPEN}
    changed(house, team, manuals=[code, etiquette])
    assert asked(house.mo) == {"LY-01 1.0": Known.OPEN, "XW-01 1.0": Known.OPEN}


@pytest.mark.rule("POL-046")
def test_a_new_version_asks_the_team_with_everybody_else(house, founded, etiquette, published):
    join(house, founded(), house.mo)
    published({}, from_=TODAY, of=etiquette)
    assert asked(house.mo) == {"LY-01 1.0": Known.SUPERSEDED, "LY-01 2.0": Known.OPEN}


@pytest.mark.rule("POL-046")
def test_a_team_that_is_no_more_binds_nobody_and_stays_on_the_list(house, founded):
    team = founded()
    join(house, team, house.mo)
    teams.end_team(house.han, team, at=NOW)
    assert asked(house.mo) == {"LY-01 1.0": Known.VOID}
    assert asked(house.han) == {"LY-01 1.0": Known.OPEN}  # of the desk itself
    assert [one.id for one in teams.teams()] == [team.id]
    with pytest.raises(Refused, match="no more"):
        join(house, team, house.tan)


@pytest.mark.rule("POL-046")
def test_what_binds_somebody_through_a_team_stands_among_their_manuals(house, founded, etiquette):
    team = founded()
    join(house, team, house.mo, TODAY + DAY)
    assert teams.manuals_that_bind(house.mo.id, TODAY) == {}
    bound = teams.manuals_that_bind(house.mo.id, TODAY + DAY)
    assert {manual_id: [one.name for one in found] for manual_id, found in bound.items()} == {etiquette.id: ["Experts"]}
    assert [one.name for one in teams.named_for(etiquette)] == ["Experts"]


# ── Guards ──


def test_only_who_keeps_teams_there_does(house, founded):
    team = founded()
    member = join(house, team, house.mo)
    for who in (house.li, house.mo, house.shopkeeper):
        with pytest.raises(NotAllowed):
            founded(by=who)
        with pytest.raises(NotAllowed):
            teams.add_member(who, team, person_of(house.tan), TODAY, at=NOW)
        with pytest.raises(NotAllowed):
            teams.end_member(who, team, member, TODAY, at=NOW)
        with pytest.raises(NotAllowed):
            teams.end_team(who, team, at=NOW)
    teams.add_member(house.hr, team, person_of(house.tan), TODAY, at=NOW)


def test_a_team_names_the_manuals_that_bind_it(house, founded, manual):
    for none in ([], [manual("ZZ-01", house.desk)]):  # one that was never published binds nobody
        with pytest.raises(Refused, match="manuals that bind") as no:
            founded(manuals=none)
        assert no.value.field == "manuals"


@pytest.mark.parametrize(("from_on", "may"), [(TODAY - DAY, False), (TODAY, True)])
def test_nobody_acts_for_it_from_a_day_that_is_over(house, founded, from_on, may):
    team = founded()
    if may:
        join(house, team, house.mo, from_on)
    else:
        with pytest.raises(Refused, match="is over"):
            join(house, team, house.mo, from_on)


def test_nobody_acts_for_it_twice_and_its_leader_stays_until_another_leads(house, founded, etiquette):
    team = founded()
    join(house, team, house.mo)
    with pytest.raises(Refused, match="already"):
        join(house, team, house.mo, TODAY + 30 * DAY)
    leader = next(one for one in teams.members(team, TODAY) if one.person_id == house.han.id)
    row = teams.member_of(team, leader.id)
    with pytest.raises(Refused, match="another leader first"):
        teams.end_member(house.han, team, row, TODAY, at=NOW)
    changed(house, team, leader=house.mo, manuals=[etiquette])
    teams.end_member(house.han, team, row, TODAY, at=NOW)
    assert [(one.name, one.acts) for one in teams.everybody_of(team, TODAY)] == [("Han", False), ("Mo", True)]


@pytest.mark.attack(27)
def test_whoever_changes_what_another_changed_before_is_told(house, founded, etiquette):
    team = founded()
    seen = team.version
    text = TeamText("Better experts", TeamKind.EXPERT, house.desk, person_of(house.han), "", (etiquette.id,))
    teams.change_team(house.han, team, text, seen=seen, at=NOW)
    with pytest.raises(OutOfDate):
        teams.change_team(house.han, team, text, seen=seen, at=NOW)


@pytest.mark.attack(27)
def test_other_manuals_alone_make_another_team(house, founded, etiquette, manual, published):
    """The row of the team is as it was then: whoever read it before would take the manual off again unseen."""
    code = manual("XW-01", house.group)
    published({}, from_=TODAY - DAY, of=code)
    team = founded()
    seen = team.version
    changed(house, team, manuals=[code, etiquette])
    text = TeamText("Experts", TeamKind.EXPERT, house.desk, person_of(house.han), "", (etiquette.id,))
    with pytest.raises(OutOfDate):
        teams.change_team(house.han, team, text, seen=seen, at=NOW)


@pytest.mark.attack(11)
def test_one_who_acts_for_another_team_is_not_found_here(house, founded):
    first, second = founded(), founded(name="Others")
    member = join(house, first, house.mo)
    assert teams.member_of(second, member.id) is None


def test_whoever_leaves_hands_on_the_team_that_they_lead(house, founded):
    founded(leader=house.tan)
    assert [(one.title, str(one.what)) for one in held_by({house.tan.id})] == [("Experts", "leads the team")]
    assert held_by({house.tan.id}, NOW + 900 * DAY) == []  # nobody is late with leading


@pytest.mark.attack(44)
def test_whoever_left_the_company_stands_on_the_page_no_more(house, founded):
    team = founded()
    join(house, team, house.mo)
    people.leave(house.hr, person_of(house.mo), left_on=TODAY + DAY, at=NOW)
    assert [one.name for one in teams.members(team, TODAY)] == ["Han", "Mo"]
    assert [one.name for one in teams.members(team, TODAY + DAY)] == ["Han"]


# ── What they lack ──


def lacks(reader, team, day: date = TODAY) -> dict[str, tuple[list[str], list[str]]]:
    found = teams.members(team, day)
    by_id = {one.person_id: one.name for one in found}
    told = team_needs.needs(reader, team, found, team_needs.taught_to(team, found, day))
    return {
        by_id[one]: ([row.code for row in what.acknowledge], [manual.code for manual in what.train])
        for one, what in told.items()
    }


@pytest.mark.rule("POL-046")
def test_whoever_acts_for_it_lacks_training_until_a_course_in_its_manuals_was_passed(
    house, founded, etiquette, course, session
):
    team = founded()
    join(house, team, house.mo)
    assert lacks(house.hr, team)["Mo"] == (["LY-01"], ["LY-01"])
    other = session(course("KF-02"), trainer=house.yu, invites=False, begins=NOW - 4 * HOUR)
    taught = session(course("LY-02", manuals=[etiquette]), trainer=house.yu, invites=False, begins=NOW - 3 * HOUR)
    for one in (other, taught):
        assert lacks(house.hr, team)["Mo"][1] == ["LY-01"]
        actions.invite(house.hr, one, [house.mo.id], at=NOW - 4 * HOUR)
        held(one, house.yu)
    assert lacks(house.hr, team)["Mo"][1] == []


@pytest.mark.rule("POL-046")
def test_a_training_that_has_to_be_taken_again_counts_no_more(house, founded, etiquette, course, session, published):
    published({"training.attitude_every": "12"}, from_=TODAY - 500 * DAY)
    team = founded()
    join(house, team, house.mo)
    again = course("TD-01", kind=CourseKind.ATTITUDE, manuals=[etiquette], at=NOW - 400 * DAY)
    one = session(again, trainer=house.yu, invites=False, begins=NOW - 3 * HOUR)
    actions.invite(house.hr, one, [house.mo.id], at=NOW - 3 * HOUR)
    held(one, house.yu)
    assert [lacks(house.hr, team, day)["Mo"][1] for day in (date(TODAY.year + 1, TODAY.month, TODAY.day),
            date(TODAY.year + 1, TODAY.month, TODAY.day) + DAY)] == [[], ["LY-01"]]  # fmt: skip


@pytest.mark.attack(10, 16)
def test_what_somebody_lacks_is_for_themselves_the_leader_and_who_looks_after_them(house, founded):
    team = founded(leader=house.yu)
    for who in (house.mo, house.tan):
        join(house, team, who)
    everybody = {"Yu", "Mo", "Tan"}
    for reader, names in (
        (house.hr, everybody), (house.han, everybody), (house.yu, everybody), (house.shopkeeper, {"Mo", "Tan"}),
        (house.mo, {"Mo"}), (house.li, set()),
    ):  # fmt: skip
        assert set(lacks(reader, team)) == names, reader.name
    assert lacks(house.yu, team)["Mo"] == (["LY-01"], ["LY-01"])


@pytest.mark.attack(10, 17)
def test_a_leader_reads_what_their_people_are_asked_because_of_the_team_and_nothing_else(
    house, founded, manual, published
):
    published({}, from_=TODAY - DAY, of=manual("SH-01", house.shop))  # binds Mo as well, and is not named for a team
    team = founded(leader=house.yu)
    member = join(house, team, house.mo)

    def read(who) -> set[str]:
        seen = select(Acknowledgement).where(acknowledgements.seen_by(who), Acknowledgement.person_id == house.mo.id)
        return {one.manual.code for one in db.session.scalars(seen)}

    assert (read(house.yu), read(house.li), read(house.shopkeeper)) == ({"LY-01"}, set(), {"LY-01", "SH-01"})
    assert read(house.han) == {"LY-01"}  # names who acts for it
    row = next(one for one in teams.members(team, TODAY) if one.id == member.id)
    mine = acknowledgements.undecided_of(house.yu, [row.person_id], [one.id for one in team.manuals])
    assert acknowledgements.seen(house.yu, mine[0].id) is not None  # listed is openable
    teams.end_member(house.han, team, member, TODAY, at=NOW)
    assert read(house.yu) == read(house.han) == set()


@pytest.mark.attack(16, 17)
def test_why_somebody_declines_is_not_for_whoever_named_them_for_a_team(house, founded, browser):
    """Naming a colleague of elsewhere for a team is one's own act: it opens what they are asked, not what they said."""
    team = founded(leader=house.yu)
    join(house, team, house.mo)
    (mine,) = db.session.scalars(select(Acknowledgement).where(Acknowledgement.person_id == house.mo.id))
    acknowledgements.decline(house.mo, mine, "我照顾家人", digest=mine.digest, at=NOW)

    def reads(who) -> tuple[bool, set[str]]:
        rows = [one for one in acknowledgements.everyone(who, mine.edition) if one.person_id == house.mo.id]
        return acknowledgements.tells_why(who, mine), {one.reason for one in rows}

    assert reads(house.hr) == reads(house.shopkeeper) == reads(house.mo) == (True, {"我照顾家人"})
    assert reads(house.han) == reads(house.yu) == (False, {""})
    for one in (house.hr, house.yu):
        person_of(one).must_change_password = False
    db.session.commit()
    page, names = f"/manuals/acknowledgements/{mine.id}", [person_of(one).sign_in_name for one in (house.hr, house.yu)]
    assert ["我照顾家人" in browser.sign_in(name).get(page).text for name in names] == [True, False]


@pytest.mark.rule("POL-045")
def test_what_the_team_teaches_customers_people_stands_on_its_page(house, founded, course):
    team = founded()
    join(house, team, house.yu)
    for_them = course("DG-01", kind=CourseKind.CUSTOMERS)
    mine = actions.plan_session(house.hr, for_them, house.desk, session_text(trainer=house.yu), at=NOW)
    actions.plan_session(house.hr, for_them, house.desk, session_text(trainer=house.li), at=NOW)  # not of the team
    actions.plan_session(house.hr, course("KF-02"), house.desk, session_text(trainer=house.yu), at=NOW)  # our own
    assert [one.number for one in team_needs.for_customers(house.han, team)] == [mine.number]
    assert team_needs.for_customers(house.mo, team) == []  # a session that somebody may not open is not named


# ── Who hears of it ──


@pytest.mark.rule("POL-046")
def test_whoever_acts_for_a_team_hears_of_it(house, founded):
    team = founded(leader=house.yu)
    member = join(house, team, house.mo)
    teams.end_member(house.han, team, member, TODAY, at=NOW + HOUR)
    bells.tell(PORTAL, at=NOW + HOUR)
    heard = {
        who.name: [(one.entry.name, one.href) for one in bell.notices(who).rows if one.notice.about == "team"]
        for who in (house.yu, house.mo, house.han)
    }
    here = f"/training/teams/{team.id}"
    both = [("TeamLeft", here), ("TeamJoined", here)]
    assert heard == {"Yu": [("TeamJoined", here)], "Mo": both, "Han": []}  # founded and joined is one piece of news
    assert journal.names("team") == ["TeamFounded", "TeamJoined", "TeamJoined", "TeamLeft"]


# ── Pages ──


@pytest.mark.rule("POL-046", "POL-045")
def test_a_head_founds_a_team_and_names_who_acts_for_it(demo, browser):
    head = browser.sign_in("repair-head")
    page = head.get("/training/teams/new")
    sent = {
        "name": "雨季抢修队", "kind": "service", "department": _first(page, "department"), "leader": "technician",
        "purpose": "", "manuals": [one["value"] for one in page.soup.select("[name=manuals]")][:1],
        "once": page.soup.select_one("input[name=once]")["value"],
    }  # fmt: skip
    again = head.post("/training/teams/new", {**sent, "manuals": []}, expect=422)
    assert again.soup.select_one("[name=name]")["value"] == "雨季抢修队"
    head.post("/training/teams/new", sent)
    head.post("/training/teams/new", sent)  # a double click
    made = db.session.scalars(select(Team).where(Team.name == "雨季抢修队")).one()
    here = f"/training/teams/{made.id}"
    head.post(f"{here}/member", {"person": "nobody", "from_on": "2026-10-12"}, expect=422)
    head.post(f"{here}/member", {"person": "agent", "from_on": "0026-10-12"}, expect=422)
    head.post(f"{here}/member", {"person": "agent", "from_on": "2026-10-12"})
    shown = head.get(here)
    assert "李娜" in shown.main
    assert "To acknowledge" not in browser.sign_in("clerk").get(here).main
    browser.get(f"{here}/change", expect=403)
    browser.post(f"{here}/end", expect=403)


@pytest.mark.attack(27)
@pytest.mark.parametrize(
    ("here", "name"), [("/training/teams/1/change", "name"), ("/training/courses/{course}/change", "title")]
)
def test_whoever_saves_too_late_sees_what_others_did_and_can_save_again(demo, browser, here, name):
    here = here.format(course=db.session.scalars(db.select(Course.code).order_by(Course.id)).first())
    hr = browser.sign_in("hr")
    opened = _sent(hr.get(here))
    hr.post(here, {**opened, name: "改了名"})
    late = hr.post(here, {**opened, name: "另一个名"}, expect=409)
    assert "改了名" in late.soup.select_one(".meanwhile").text
    assert late.soup.select_one(f"[name={name}]")["value"] == "另一个名"
    hr.post(here, _sent(late))
    assert hr.get(here).soup.select_one(f"[name={name}]")["value"] == "另一个名"


def _sent(page) -> dict[str, object]:
    """What the form on a page sends as it stands."""
    form = page.soup.select_one("main form.form")
    sent: dict[str, object] = {
        one["name"]: one.get("value", "") for one in form.select("input:not([type=checkbox]):not([name=csrf_token])")
    }
    sent |= {one["name"]: one.text.strip() for one in form.select("textarea")}
    for one in form.select("select"):
        sent[one["name"]] = next((option["value"] for option in one.select("option[selected]")), "")
    for one in form.select("input[type=checkbox][checked]"):
        sent[one["name"]] = [*sent.get(one["name"], []), one["value"]]
    return sent


def _first(page, name: str) -> str:
    return page.soup.select_one(f"select[name={name}] option[value]:not([value=''])")["value"]


@pytest.mark.rule("POL-046")
def test_mine_says_through_which_team_a_manual_binds_and_its_lists_say_who_is_asked_as_well(demo, browser):
    mine = browser.sign_in("engineer").get("/manuals/mine").main
    assert "WX-01" in mine
    assert "大客户用电服务专家队" in mine
    assert "WX-01" not in browser.sign_in("clerk").get("/manuals/mine").main
    assert "大客户用电服务专家队" in browser.sign_in("repair-head").get("/manuals/WX-01/acknowledgements").main


@pytest.mark.parametrize("name", ["repair-head", "technician", "hr", "clerk"])
def test_the_pages_ask_the_database_seldom(demo, browser, statements, name):
    browser.sign_in(name)
    for url in ("/training/teams", "/training/teams/1", "/manuals/mine"):
        statements.clear()
        browser.get(url)
        asked_ = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(asked_) <= 10, (url, len(asked_), "\n".join(asked_))
