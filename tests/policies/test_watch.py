"""After publication a manual is made known in four ways, and audited at intervals by whoever watches over it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.notifications import actions as bells
from portal.notifications import queries as bell
from portal.organisation.models import Person
from portal.organisation.waiting import waits_for
from portal.policies import actions, jobs, oversight, repeals, watch
from portal.policies.acknowledgement_rules import months_later
from portal.policies.models import Manual
from portal.policies.rules import ClauseText, VersionText
from portal.policies.watch_models import ManualAudit, PublicityStep
from portal.policies.watch_states import Found, Means
from tests.conftest import NOW, TODAY

DAY = timedelta(days=1)


@pytest.fixture
def house(department, staff):
    class House:
        top = department("XH")
        desk = department("CS", top)
        han = staff("Han", desk, Role.HEAD)
        li = staff("Li", desk)
        mo = staff("Mo", desk)
        yu = staff("Yu", desk)
        hr = staff("Wen", top, Role.HR)
        shen = staff("Shen", top, Role.EXECUTIVE)

    return House


@pytest.fixture
def book(manual, house):
    """`book("1.0", rulings=…)`: KF-01, owned by Han and watched over by Mo, with its next version."""

    def make(label="1.0", from_on=TODAY, rulings=()):
        found = db.session.scalar(db.select(Manual)) or manual("KF-01")
        found.owner_id, found.supervisor_id = house.han.id, house.mo.id
        db.session.commit()
        major, minor = map(int, label.split("."))
        text = (ClauseText("answer", "1", "答复", "三日内答复。", dict(rulings)),)
        actions.publish_version(PORTAL, found, VersionText(major, minor, from_on, text), at=NOW)
        return found

    return make


def person_of(who):
    return db.session.get_one(Person, who.id)


def planned(who, manual, means=Means.MEETING, on=TODAY, by=None):
    return watch.plan_step(who, manual, means, "讲一讲", on, person_of(by or who), at=NOW)


def told(who, at=NOW):
    return [(one.href, one.due_at is not None) for one in waits_for(who, at) if "/watch" in one.href]


# ── Made known ──


@pytest.mark.rule("POL-026", "MTG-024")
def test_a_plan_has_dated_actions_in_four_ways_and_says_which_way_has_none(book, house):
    assert {one.value for one in Means} == {"meeting", "online course", "workshop", "newsletter and mail"}
    manual = book()
    for means in (Means.MEETING, Means.WORKSHOP):
        planned(house.han, manual, means, TODAY + DAY, by=house.li)
    assert [(one.means, one.on, one.person_name) for one in watch.steps_of(manual)] == [
        (Means.MEETING, TODAY + DAY, "Li"), (Means.WORKSHOP, TODAY + DAY, "Li"),
    ]  # fmt: skip


@pytest.mark.rule("POL-026")
@pytest.mark.parametrize(("on", "may"), [(TODAY, True), (TODAY - DAY, False)])
def test_nothing_is_planned_for_a_day_that_is_over(book, house, on, may):
    if may:
        planned(house.han, book(), on=on)
    else:
        with pytest.raises(Refused, match="over"):
            planned(house.han, book(), on=on)


@pytest.mark.rule("POL-026")
def test_whoever_is_to_do_it_finds_it_on_today_and_says_what_came_of_it(book, house):
    manual = book()
    step = planned(house.han, manual, on=TODAY + 14 * DAY, by=house.li)
    assert (told(house.li), told(house.li, NOW - DAY), told(house.mo)) == ([("/manuals/KF-01/watch", True)], [], [])
    with pytest.raises(Refused, match="still to come"):
        watch.do_step(house.li, step, "三十人到会", at=NOW)
    with pytest.raises(NotAllowed):
        watch.do_step(house.yu, step, "三十人到会", at=NOW + 14 * DAY)
    watch.do_step(house.li, step, "三十人到会", at=NOW + 14 * DAY)
    assert (step.outcome, told(house.li, NOW + 14 * DAY)) == ("三十人到会", [])
    with pytest.raises(OutOfDate):
        watch.do_step(house.li, step, "again", at=NOW + 14 * DAY)


@pytest.mark.attack(27)
def test_of_eight_who_say_what_came_of_it_at_one_moment_one_is_kept(app, book, house):
    manual = book()
    ids = [planned(house.han, manual, by=house.li).id for _round in range(12)]
    db.session.remove()
    barrier = Barrier(8)

    def press(number):
        said = []
        with app.app_context():
            for step_id in ids:
                barrier.wait(60)
                try:
                    watch.do_step(house.li, db.session.get(PublicityStep, step_id), f"第{number}人", at=NOW)
                    said.append((step_id, f"第{number}人"))
                except OutOfDate:
                    pass
                finally:
                    db.session.remove()
        return said

    with ThreadPoolExecutor(8) as pool:
        said = sorted(one for found in pool.map(press, range(8)) for one in found)
    assert said == [(one, db.session.get(PublicityStep, one).outcome) for one in ids]
    assert journal.names("manual").count("PublicityDone") == len(ids)


def test_only_who_answers_for_it_watches_over_it_publishes_or_keeps_people_plans(book, house):
    manual = book()
    for who in (house.han, house.mo, house.hr, house.shen):
        planned(who, manual)
    with pytest.raises(NotAllowed):
        planned(house.li, manual)
    assert [watch.sees(who, manual) for who in (house.han, house.mo, house.hr, house.shen, house.li)] == [
        True, True, True, True, False,
    ]  # fmt: skip


# ── Audited ──


@pytest.mark.rule("POL-030", "INS-033")
@pytest.mark.parametrize(("rulings", "months"), [((), 12), ({"manuals.audit_every": "6"}.items(), 6)])
def test_from_its_first_version_on_a_manual_has_a_day_of_its_audit(book, house, rulings, months):
    manual = book(rulings=rulings)
    assert watch.open_audit(manual.id).due_on == months_later(TODAY, months)
    book("2.0", TODAY + DAY, rulings)
    assert len(watch.audits_of(manual)) == 1


@pytest.mark.rule("POL-028", "POL-030")
def test_the_audit_waits_for_whoever_watches_over_the_manual_and_the_next_one_follows_it(book, house):
    manual = book()
    audit = watch.open_audit(manual.id)
    near = NOW + (audit.due_on - TODAY) - 14 * DAY
    assert (told(house.mo, near - DAY), told(house.mo, near), told(house.han, near)) == (
        [], [("/manuals/KF-01/watch?act=audit#act", True)], [],
    )  # fmt: skip
    for who in (house.han, house.shen, house.hr, house.li):
        with pytest.raises(NotAllowed):
            watch.enter_audit(who, audit, Found.IN_ORDER, "都照做", at=near)
    with pytest.raises(Refused):
        watch.enter_audit(house.mo, audit, Found.IN_ORDER, " ", at=near)
    watch.enter_audit(house.mo, audit, Found.DEVIATIONS, "四人不知道找谁", at=near)
    assert (audit.found, audit.done_by_name, audit.version) == (Found.DEVIATIONS, "Mo", "1.0")
    assert watch.open_audit(manual.id).due_on == months_later(audit.due_on - 14 * DAY, 12)
    with pytest.raises(OutOfDate):
        watch.enter_audit(house.mo, audit, Found.IN_ORDER, "again", at=near)
    assert journal.names("manual")[-1] == "AuditDone"


def test_an_audit_names_the_version_that_binds_and_none_of_a_manual_that_is_repealed(book, house):
    manual = book()
    book("1.1", from_on=TODAY + DAY)
    repeals.repeal(house.shen, manual, TODAY, "并入别的制度。", at=NOW)
    audit = watch.open_audit(manual.id)
    watch.enter_audit(house.mo, audit, Found.IN_ORDER, "已不再执行。", at=NOW)
    assert audit.version == ""


def test_another_day_is_set_for_the_one_audit_to_come(book, house):
    manual = book()
    watch.plan_audit(house.han, manual, TODAY, at=NOW)
    assert [one.due_on for one in watch.audits_of(manual)] == [TODAY]
    with pytest.raises(Refused, match="over"):
        watch.plan_audit(house.han, manual, TODAY - DAY, at=NOW)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [(date(2026, 8, 31), 1, date(2026, 9, 30)), (date(2026, 1, 31), 1, date(2026, 2, 28)),
     (date(2026, 10, 12), 12, date(2027, 10, 12))],
)  # fmt: skip
def test_months_later_ends_with_a_shorter_month(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.rule("POL-016")
@pytest.mark.parametrize("due", [TODAY, TODAY + 90 * DAY])
def test_a_manual_is_inspected_on_its_day_or_on_any_before_and_the_fact_is_about_the_manual(book, house, due):
    manual = book()
    watch.plan_audit(house.mo, manual, due, at=NOW)
    audit = watch.open_audit(manual.id)
    watch.enter_audit(house.mo, audit, Found.DEVIATIONS, "抽查十单，两单超时", at=NOW)
    assert (audit.manual_id, audit.version, audit.done_by_name) == (manual.id, "1.0", "Mo")
    fact = journal.of("manual", manual.id)[-1]
    assert (fact.name, fact.facts["found"]) == ("AuditDone", "deviations")


def test_a_repealed_manual_waits_for_no_audit(book, house):
    manual = book()
    watch.plan_audit(house.mo, manual, TODAY + DAY, at=NOW)
    repeals.repeal(house.shen, manual, TODAY + DAY, "不再用", at=NOW)
    assert (bool(told(house.mo, NOW)), told(house.mo, NOW + DAY)) == (True, [])


@pytest.mark.rule("POL-031")
def test_the_signs_show_a_manual_without_course_and_when_it_is_audited(book, house):
    manual = book()
    found = oversight.standings(house.mo, since=TODAY - DAY, on=TODAY)
    assert [(one.taught, one.audit_on) for one in found] == [(False, watch.open_audit(manual.id).due_on)]


# ── Pages ──


def test_the_plan_and_the_audits_are_pages_of_whoever_looks_after_the_manual(demo, browser):
    page = browser.sign_in("manager").get("/manuals/KF-01/watch")
    assert "workshop" in page.main
    assert "到会三十六人" in page.main
    for name, status in (("hr", 200), ("executive", 200), ("brand", 200), ("agent", 404), ("technician", 404)):
        browser.sign_in(name).get("/manuals/KF-01/watch", expect=status)
    assert "四人说不出" not in browser.sign_in("brand").get("/manuals/KF-01/watch").main


def test_a_mistake_comes_back_as_it_was_typed_and_a_plan_grows(demo, browser):
    manager = browser.sign_in("manager")
    sent = {"means": "workshop", "words": "再练一次", "on": "2026-10-20", "person": "nobody at all"}
    again = manager.post("/manuals/KF-01/watch/plan", sent, expect=422)
    assert again.soup.select_one("input[name=words]")["value"] == "再练一次"
    manager.post("/manuals/KF-01/watch/plan", {**sent, "person": "supervisor"})
    assert "再练一次" in manager.get("/manuals/KF-01/watch").main


@pytest.mark.attack(11)
def test_a_step_of_another_manual_is_not_found(demo, browser):
    step = db.session.scalar(db.select(PublicityStep.id).where(PublicityStep.done_at.is_(None)))
    browser.sign_in("executive").post(f"/manuals/TS-01/watch/{step}/drop", expect=404)


def test_the_supervisor_writes_down_what_was_found(demo, browser):
    audit = db.session.scalar(
        db.select(ManualAudit).join(Manual, Manual.id == ManualAudit.manual_id).where(
            Manual.code == "XW-01", ManualAudit.done_at.is_(None))
    )  # fmt: skip
    assert audit is not None
    hr = browser.sign_in("hr")
    assert "四人说不出" in hr.get("/manuals/XW-01/watch").main
    hr.post("/manuals/XW-01/watch/audit", {"found": "", "findings": "抽查"}, expect=422)
    hr.post("/manuals/XW-01/watch/audit", {"found": "in order", "findings": "抽查三十人，都知道。"})
    assert "抽查三十人" in hr.get("/manuals/XW-01/watch").main


@pytest.mark.attack(29)
def test_a_double_click_enters_one_audit_and_plans_one_action(demo, browser):
    hr, here = browser.sign_in("hr"), "/manuals/XW-01/watch"
    found = hr.get(f"{here}?act=audit").form("/watch/audit") | {"found": "in order", "findings": "抽查了班前会。"}
    step = hr.get(f"{here}?act=plan").form("/watch/plan") | {
        "means": "workshop", "words": "班前会上念一遍", "on": "2026-10-20", "person": "hr",
    }  # fmt: skip
    for _twice in range(2):
        hr.post(f"{here}/audit", found)
        hr.post(f"{here}/plan", step)
    page = hr.get(here).main
    assert page.count("抽查了班前会。") == 1
    assert page.count("班前会上念一遍") == 1


@pytest.mark.parametrize("name", ["manager", "hr"])
def test_the_pages_ask_the_database_seldom(demo, browser, statements, name):
    browser.sign_in(name)
    for url in ("/manuals/KF-01/watch", "/manuals/KF-01/watch?act=plan", "/manuals/standing", "/", "/manuals/KF-01"):
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(asked) <= 10, (url, len(asked), "\n".join(asked))


# ── Who hears of it ──


def heard(who, at) -> list[tuple[str, str]]:
    bells.tell(PORTAL, at=at)
    return [(one.entry.name, one.href) for one in bell.notices(who).rows if "/watch" in one.href][::-1]


@pytest.mark.rule("POL-026")
def test_whoever_makes_a_manual_known_hears_when_it_is_planned_and_on_its_day_once(house, book):
    step = planned(house.han, book(), on=TODAY + 3 * DAY, by=house.li)
    here = "/manuals/KF-01/watch"
    assert heard(house.li, NOW) == [("PublicityPlanned", here)]
    jobs.tell_of_watch(NOW + 2 * DAY)
    assert heard(house.li, NOW + 2 * DAY) == [("PublicityPlanned", here)]
    for _round in range(2):
        jobs.tell_of_watch(NOW + 3 * DAY)
    assert heard(house.li, NOW + 3 * DAY) == [("PublicityPlanned", here), ("PublicityDue", here)]
    assert step.told_on == TODAY + 3 * DAY
    said = journal.of("manual", step.manual_id)[-1].event().sentence()
    assert dict(said.values)["day"] == TODAY + 3 * DAY  # read on another day, it is not of that day
    watch.drop_step(house.han, step, at=NOW + 3 * DAY)
    assert heard(house.li, NOW + 3 * DAY)[-1] == ("PublicityDropped", here)
    assert heard(house.han, NOW + 3 * DAY) == heard(house.yu, NOW + 3 * DAY) == []


@pytest.mark.rule("POL-026")
def test_what_is_planned_for_today_rings_once(house, book):
    planned(house.han, book(), on=TODAY, by=house.li)
    jobs.tell_of_watch(NOW)
    assert [name for name, _href in heard(house.li, NOW)] == ["PublicityPlanned"]


@pytest.mark.rule("POL-030")
def test_whoever_watches_over_a_manual_hears_that_its_audit_is_near_and_of_another_day(house, book):
    manual = book()
    watch.plan_audit(house.hr, manual, TODAY + 20 * DAY, at=NOW)
    form = "/manuals/KF-01/watch?act=audit#act"
    assert heard(house.mo, NOW) == [("AuditPlanned", form)]
    for days, names in ((5, 1), (6, 2), (7, 2)):  # two weeks before its day, and once
        jobs.tell_of_watch(NOW + days * DAY)
        assert len(heard(house.mo, NOW + days * DAY)) == names, days
    watch.plan_audit(house.hr, manual, TODAY + 40 * DAY, at=NOW + 7 * DAY)
    assert heard(house.mo, NOW + 7 * DAY)[-1][0] == "AuditPlanned"
    jobs.tell_of_watch(NOW + 26 * DAY)
    assert [name for name, _href in heard(house.mo, NOW + 26 * DAY)][-2:] == ["AuditPlanned", "AuditDue"]


@pytest.mark.attack(17)
def test_whoever_watches_over_it_no_more_finds_nothing_on_the_bell(house, book):
    manual = book()
    watch.plan_audit(house.hr, manual, TODAY + 5 * DAY, at=NOW)
    assert heard(house.mo, NOW) != []
    manual.supervisor_id = house.yu.id
    db.session.commit()
    assert heard(house.mo, NOW) == []
    assert bell.unread(house.mo) == len(bell.notices(house.mo).rows)


def test_of_a_manual_that_is_repealed_nobody_is_told_any_more(house, book):
    manual = book()
    step = planned(house.han, manual, on=TODAY + 10 * DAY, by=house.li)
    watch.plan_audit(house.hr, manual, TODAY + 30 * DAY, at=NOW)
    repeals.repeal(house.shen, manual, TODAY + DAY, "Replaced.", at=NOW)
    assert watch.due(TODAY + 30 * DAY) == []
    assert step.told_on is None
