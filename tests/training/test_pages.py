"""The pages of training, as the people of the demo company see them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.organisation import queries as queries_of_people
from portal.policies import drafts
from portal.policies.models import Manual
from portal.policies.states import Category, ManualKind
from portal.training.models import Course, Participant, TrainingSession
from portal.training.states import SessionState
from tests.conftest import NOW, TODAY


def rows(page):
    return [" ".join(one.get_text(" ").split()) for one in page.soup.select("table.list tbody tr")]


def number(title):
    return db.session.scalars(db.select(TrainingSession.number).where(TrainingSession.title.contains(title))).first()


@pytest.mark.rule("POL-044")
def test_my_training_says_what_comes_what_i_take_and_what_came_of_it(demo, browser):
    mine = browser.sign_in("agent").get("/training")
    assert "把“不行”说成“可以这样”" in mine.main
    assert any("催修三次的客户" in one and "passed" in one for one in rows(mine))
    assert any(one.startswith("KF-02") and "passed" in one for one in rows(mine))
    failed = browser.sign_in("technician2").get("/training")
    assert any("收尾拍照漏了一步" in one and "not passed" in one for one in rows(failed))
    assert any(one.startswith("WX-02") and "still to take" in one for one in rows(failed))


def test_a_head_sets_up_a_course_plans_a_session_and_its_trainer_enters_the_results(demo, browser):
    head = browser.sign_in("head")
    form = head.follow(head.get("/training/courses/new", expect=303, Accept="text/html")).form("/courses/new")
    asked = {**form, "code": "sc-01", "title": "展会接待", "kind": "skill", "goal": "接待不冷场"}
    head.follow(head.post("/training/courses/new", asked))
    assert head.post("/training/courses/new", asked).headers["Location"].endswith("/training/courses/SC-01")
    form = head.get("/training/courses/SC-01/sessions/new").form("/sessions/new")
    assert "Say who teaches." in head.post(
        "/training/courses/SC-01/sessions/new",
        {**form, "starts_at": "2026-10-12T08:30", "ends_at": "2026-10-12T09:30", "place": "会议室"}, expect=422,
    ).main  # fmt: skip
    planned = head.follow(
        head.post(
            "/training/courses/SC-01/sessions/new",
            {**form, "starts_at": "2026-10-12T08:30", "ends_at": "2026-10-12T09:30", "place": "会议室",
             "trainer": "head"},
        )
    )  # fmt: skip
    here = planned.url
    assert {row.split()[0] for row in rows(planned)} == {"于洋", "余欢颜"}
    head.follow(head.post(f"{here}/invite", {"people": "agent\nXH026"}))
    assert "Nobody with us is called" in head.post(f"{here}/invite", {"people": "谁也不是"}, expect=422).main
    form = head.get(f"{here}/results").form("/results")
    some = head.post(f"{here}/results", form, expect=422)
    assert "Say of 于洋 whether they came." in some.main
    everybody = {name: "passed" for name in some.form("/results") if name.startswith("result_")}
    for one in db.session.scalars(
        db.select(Participant).join(TrainingSession).where(TrainingSession.title == "展会接待")
    ):
        everybody[f"result_{one.id}"] = "missed" if one.name == "余欢颜" else "passed"
    done = head.follow(head.post(f"{here}/results", {**form, **everybody}))
    assert any("余欢颜" in row and "did not come" in row for row in rows(done))
    assert "余欢颜" in head.get("/training/missing?course=SC-01").main
    assert "于洋" not in head.get("/training/missing?course=SC-01").main.split("Course")[1]


@pytest.mark.attack(10, 12, 16)
@pytest.mark.parametrize(
    ("name", "page", "names"),
    [
        ("manager", 200, {"何俊", "孔令仪", "李娜", "马超群", "田甜", "王芳"}),
        ("hr", 200, {"何俊", "孔令仪", "李娜", "马超群", "田甜", "王芳"}),
        ("agent", 200, {"李娜"}),
        ("supervisor", 200, set()),
        ("clerk", 404, set()),
        ("head", 404, set()),
        ("auditor", 404, set()),
        ("admin", 404, set()),
    ],
)
def test_page_sheet_table_and_search_show_the_same_people_and_no_other(demo, browser, name, page, names):
    here = f"/training/sessions/{number('骂完之后')}"
    who = browser.sign_in(name)
    for address in (here, f"{here}/sheet", f"{here}/sheet.csv"):
        who.get(address, expect=page)
    found = who.get("/search?q=骂完之后").main
    assert (here.rpartition("/")[2] in found) is (page == 200)
    if page == 200:
        assert {row.split()[0] for row in rows(who.get(here))} == names
        table = who.get(f"{here}/sheet.csv").response.get_data().decode("utf-8-sig")
        assert {line["Name"] for line in csv.DictReader(io.StringIO(table))} == names
        everybody = {"何俊", "孔令仪", "李娜", "马超群", "田甜", "王芳"}
        sheet = who.get(f"{here}/sheet").soup.select_one("table").text
        assert {one for one in everybody if one in sheet} == names


@pytest.mark.attack(10, 18)
def test_who_lacks_what_is_for_whoever_keeps_training_and_of_their_people_alone(demo, browser):
    for name in NAMED:
        may = name in ("manager", "director", "shopkeeper", "sales-director", "head", "hr", "executive")
        browser.sign_in(name).get("/training/missing", expect=200 if may else 403)
        browser.get("/training/missing.csv", expect=200 if may else 403)
    browser.sign_in("head")
    shown = browser.get("/training/missing")
    assert {row.select("td")[1].text for row in shown.soup.select("table.list tbody tr")} == {"Marketing"}
    table = browser.get("/training/missing.csv").response.get_data().decode("utf-8-sig")
    assert {line["Department"] for line in csv.DictReader(io.StringIO(table))} == {"Marketing"}
    part = browser.get("/training/missing?course=TD-01", part="missing")
    assert len(part.soup.select("tbody tr")) == len([one for one in rows(shown) if "TD-01" in one])
    browser.get("/training/missing?course=nothing", expect=400)


@pytest.mark.attack(10)
def test_acts_of_a_session_are_refused_to_whoever_may_not_do_them(demo, browser):
    planned = number("把“不行”说成")
    here = f"/training/sessions/{planned}"
    agent = browser.sign_in("agent")
    for act, data in (("invite", {"people": "clerk"}), ("guest", {"name": "a", "organisation": "b"}),
                      ("cancel", {"reason": "x"}), ("invite-all", {})):  # fmt: skip
        agent.post(f"{here}/{act}", data, expect=403)
    for page in ("change", "results"):
        agent.get(f"{here}/{page}", expect=404)
    agent.get("/training/courses/new", expect=403)
    browser.sign_in("shopkeeper").get("/training/courses/KF-02/change", expect=404)
    browser.get("/training/courses/KF-02/sessions/new", expect=404)
    assert db.session.scalar(db.select(TrainingSession.state).where(TrainingSession.number == planned)) is (
        SessionState.PLANNED
    )


@pytest.mark.attack(1)
def test_what_was_typed_is_inert_on_every_page(demo, browser):
    evil = "<img src=x onerror=alert(1)>"
    for one in db.session.scalars(db.select(Course)):
        one.title = one.goal = evil
    for one in db.session.scalars(db.select(TrainingSession)):
        one.title = one.place = one.target = one.trainer_name = evil
    db.session.commit()
    agent = browser.sign_in("agent")
    for url in ("/training", "/training/courses", "/training/courses/KF-02", "/training/sessions/K-2026-00003",
                "/training/sessions/K-2026-00003/sheet", "/"):  # fmt: skip
        assert not agent.get(url).soup.select("main img")


@pytest.mark.parametrize("name", ["agent", "hr", "manager"])
def test_the_pages_ask_the_database_seldom(demo, browser, statements, name):
    browser.sign_in(name)
    for url in ("/training", "/training/courses", "/training/courses/KF-02", "/training/sessions/K-2026-00003",
                "/training/sessions/K-2026-00003/sheet", "/", "/training/missing"):  # fmt: skip
        statements.clear()
        browser.get(url, expect=(200, 403))
        asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(asked) <= 10, (url, len(asked), "\n".join(asked))


@pytest.mark.rule("POL-037")
def test_the_plan_shows_the_weeks_of_ones_department_and_is_no_business_of_others(demo, browser, statements):
    agent = browser.sign_in("agent")
    statements.clear()
    plan = agent.get("/training/plan")
    asked = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(asked) <= 10, "\n".join(asked)
    assert "this week" in plan.main
    assert "把“不行”说成" in plan.main
    assert "no training" in plan.main
    assert "KP-01 2.1" in plan.main
    for link in plan.soup.select("table.list a"):
        agent.get(link["href"])
    agent.get("/training/plan?unit=SHOP", expect=404)
    assert "Online shop" in browser.sign_in("hr").get("/training/plan?unit=SHOP").main


# ── The sheet and its check code ──


def printed(browser, name):
    """The code on the sheet as somebody prints it."""
    page = browser.sign_in(name).get(f"/training/sessions/{number('骂完之后')}/sheet")
    return page.soup.select_one(".sheet-code").text


def test_the_sheet_carries_a_check_code_that_the_check_page_knows(demo, browser):
    code = printed(browser, "manager")
    page = browser.get(f"/check/{code}")
    assert "The paper is right, if it says this" in page.main
    assert page.soup.select_one(".checked a.key")["href"] == f"/training/sessions/{number('骂完之后')}"
    db.session.execute(db.update(TrainingSession).values(outcome="别的"))
    db.session.commit()
    assert "The training has moved on" in browser.get(f"/check/{code}").main


@pytest.mark.attack(5, 10)
def test_a_sheet_with_everybody_is_checked_by_whoever_may_see_everybody(demo, browser):
    whole = printed(browser, "manager")
    for name in ("agent", "clerk", "auditor"):
        browser.sign_in(name).get(f"/check/{whole}", expect={404})
    own = printed(browser, "agent")
    page = browser.get(f"/check/{own}")
    assert {one.text for one in page.soup.select(".checked td:first-child")} == {"李娜"}


@pytest.mark.attack(29)
def test_a_double_click_puts_a_guest_on_the_sheet_once_and_a_line_on_the_list_once(demo, browser):
    head, here = browser.sign_in("repair-head"), f"/training/sessions/{number('看表与断电')}"
    guest = head.get(f"{here}?act=guest").form("/guest") | {"name": "鲁师傅", "organisation": "东港码头"}
    for _twice in range(2):
        head.post(f"{here}/guest", guest)
    assert head.get(here).main.count("东港码头") == 2, "once in the list, once in the history"
    there = "/training/newcomers/list?unit=REP"
    line = head.get(there).form("/newcomers/list") | {"part": "business", "words": "会用万用表"}
    for _twice in range(2):
        head.post(there, line)
    assert head.get(there).main.count("会用万用表") == 1


@pytest.mark.attack(1)
def test_the_name_of_a_guest_is_no_markup_in_a_complaint_about_their_result(demo, browser):
    head, here = browser.sign_in("technician"), f"/training/sessions/{number('看表与断电')}"
    browser.sign_in("repair-head").post(
        f"{here}/guest", {"name": "<img src=x onerror=alert(1)>", "organisation": "<svg onload=alert(1)>"}
    )
    with time_machine.travel(NOW + timedelta(days=14), tick=True):
        page = head.sign_in("technician").post(f"{here}/results", {}, expect=422)
    assert "<img src=x" in page.main
    assert not page.soup.select("main img, main svg[onload]")


def test_a_code_stands_in_addresses_and_is_typed_as_one_likes(demo, browser):
    hr = browser.sign_in("hr")
    form = hr.follow(hr.get("/training/courses/new", expect=303, Accept="text/html")).form("/courses/new")
    filled = form | {"title": "沟通", "kind": "skill"}
    for code in ("a/b", "课程", "-1"):
        assert hr.post("/training/courses/new", filled | {"code": code}, expect=422).soup.select_one("#code-error")
    assert hr.post("/training/courses/new", filled | {"code": "ｓc-０１"}).headers["Location"].endswith("/SC-01")


@pytest.mark.attack(13)
@pytest.mark.parametrize("field", ["topics", "manuals"])
@pytest.mark.parametrize("nothing", ["", " ", "none of them"])
def test_an_empty_word_is_none_of_the_choices(demo, browser, field, nothing):
    hr, there = browser.sign_in("hr"), "/training/courses/RZ-01/change"
    hr.post(there, hr.get(there).form("/change") | {field: nothing}, expect=422)


def test_the_results_of_many_are_filled_in_at_once(demo, browser):
    here = f"/training/sessions/{number('看表与断电')}"
    browser.sign_in("repair-head").post(f"{here}/guest", {"name": "鲁师傅", "organisation": "东港码头"})
    with time_machine.travel(NOW + timedelta(days=14), tick=True):
        trainer = browser.sign_in("technician")
        there = trainer.get(f"{here}/results").soup.select_one("a[href$='all=passed']")["href"]
        chosen = {name: value for name, value in trainer.get(there).form("/results").items() if "result_" in name}
    assert set(chosen.values()) == {"passed"}
    assert len(chosen) == 3


@pytest.mark.attack(16)
def test_whoever_sets_up_a_course_learns_of_no_manual_that_was_not_published(demo, browser):
    executive, hr = _person("executive"), browser.sign_in("hr-head")
    drafts.begin_manual(
        queries_of_people.staff(executive, TODAY), "CX-09", {"zh-CN": "裁员办法"}, kind=ManualKind.CONDUCT,
        category=Category.OTHER, department=None, supervisor=executive, purpose="…", principles="…", at=NOW,
    )  # fmt: skip
    page = hr.follow(hr.get("/training/courses/new", expect=303, Accept="text/html"))
    assert "XW-01" in page.main
    assert "CX-09" not in page.text
    hidden = db.session.scalar(db.select(Manual.id).where(Manual.code == "CX-09"))
    sent = page.form("/courses/new") | {"code": "cx-1", "title": "摸底", "kind": "skill", "manuals": str(hidden)}
    hr.post("/training/courses/new", sent, expect=422)


def _person(sign_in_name):
    found = queries_of_people.person_called(sign_in_name)
    assert found is not None
    return found


def test_a_table_comes_whole_to_whoever_was_quiet_for_a_while(demo, browser):
    here = f"/training/sessions/{number('催修三次')}"
    table = browser.sign_in("manager", at=NOW - timedelta(minutes=20)).get(f"{here}/sheet.csv")
    assert "李娜" in table.response.get_data().decode("utf-8-sig")
    who = browser.sign_in("hr", at=NOW - timedelta(minutes=20)).get("/manuals/KF-01/acknowledgements.csv")
    assert "于洋" in who.response.get_data().decode("utf-8-sig")
