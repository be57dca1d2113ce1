"""Units, posts, statements and assessments are kept on their pages, from a day on, by whoever may and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed
from portal.kernel.permissions import Role
from portal.kernel.security_log import SecurityEvent
from portal.organisation import actions, company, queries
from portal.organisation.models import Assessment, DutyOwner, Structure, UnitKind
from tests.browser import Browser
from tests.conftest import NOW, TODAY

TOMORROW = TODAY + timedelta(days=1)
NEW = {
    "chinese": "西南服务中心", "english": "Southwest centre", "code": "SW", "kind": "regional centre",
    "basis": "region",
    "structure": "line", "reporting": "by rank", "goal": "西南客户就近服务", "from_on": "2026-10-12",
}  # fmt: skip


@pytest.fixture
def hr_page(demo, browser):
    return browser.sign_in("hr")


def unit(code):
    return queries.unit_coded(code)


def filled(browser, url, **typed):
    return {**browser.get(url).form(url), **typed}


def post_called(code, title):
    posts = company.posts_on(TODAY, [unit(code).id]).values()
    return next(one for one in posts if one.titles["zh-CN"] == title)


@pytest.mark.rule("ORG-001", "ORG-004", "ORG-006", "ORG-038")
def test_a_unit_is_added_below_another_and_stands_in_the_chart(hr_page):
    url = "/departments/REP/units/new"
    page = hr_page.follow(hr_page.post(url, filled(hr_page, url, **NEW)))
    assert page.soup.h1.text == "Southwest centre"
    made = company.tree_on(TODAY).coded("SW")
    assert (made.parent_id, made.kind, made.goal) == (unit("REP").id, UnitKind.REGIONAL_CENTRE, "西南客户就近服务")
    assert "Southwest centre" in hr_page.get("/departments").main


@pytest.mark.rule("ORG-004")
def test_a_unit_without_its_basis_is_asked_for_one(hr_page):
    url = "/departments/REP/units/new"
    page = hr_page.post(url, filled(hr_page, url, **{**NEW, "basis": ""}), expect=422)
    assert "Say on what it was formed." in page.main
    assert page.form(url)["chinese"] == "西南服务中心"
    assert unit("SW") is None


@pytest.mark.rule("ORG-003")
def test_a_division_without_field_and_profit_centre_is_refused_at_its_field_and_nothing_typed_is_lost(hr_page):
    url = "/departments/SHOP/change"
    page = hr_page.post(url, filled(hr_page, url, kind="division", goal="更快"), expect=422)
    assert page.soup.select_one("#kind-error")
    assert page.form(url)["goal"] == "更快"
    hr_page.post(url, {**page.form(url), "business_field": "网上零售", "profit_centre": "PC-20"})
    assert company.tree_on(TODAY).division_of(unit("SHOP").id).profit_centre == "PC-20"


def test_a_unit_that_begins_on_a_day_to_come_is_shown_on_that_day(hr_page):
    url = "/departments/REP/units/new"
    answer = hr_page.post(url, filled(hr_page, url, **{**NEW, "from_on": "2026-11-01"}))
    assert hr_page.follow(answer).soup.h1.text == "Southwest centre"
    hr_page.get("/departments/SW", expect=404)
    assert "Southwest" not in hr_page.get("/departments").main


@pytest.mark.attack(44)
def test_a_change_holds_from_its_day_and_the_days_before_stay_as_they_were(hr_page):
    url = "/departments/MKT/change"
    hr_page.post(url, filled(hr_page, url, english="Brand", structure="matrix", from_on="2026-10-13"))
    assert hr_page.get("/departments/MKT").soup.h1.text == "Marketing"
    assert hr_page.get("/departments/MKT?on=2026-10-13").soup.h1.text == "Brand"
    assert company.tree_on(TOMORROW).coded("MKT").structure is Structure.MATRIX
    again = hr_page.post(url, filled(hr_page, url, from_on="2026-10-12"), expect=422)
    assert again.soup.select_one("#from_on-error")


@pytest.mark.attack(27)
def test_of_two_changes_at_once_the_second_is_told_and_may_then_save(demo, hr_page):
    other = Browser(demo).sign_in("admin")
    url = "/departments/MKT/change"
    mine, theirs = filled(hr_page, url, goal="更清楚"), filled(other, url, english="Brand")
    other.post(url, theirs)
    page = hr_page.post(url, mine, expect=409)
    assert page.form(url)["goal"] == "更清楚"
    hr_page.post(url, page.form(url))
    assert company.tree_on(TODAY).coded("MKT").goal == "更清楚"


def test_a_unit_closes_once_nobody_is_in_it(hr_page):
    page = hr_page.post("/departments/MKT/close", {"to_on": "2026-10-12"}, expect=422)
    assert "would lose their post" in page.main
    url = "/departments/REP/units/new"
    hr_page.post(url, filled(hr_page, url, **NEW))
    hr_page.post("/departments/SW/close", {"to_on": "2026-10-12"})
    hr_page.get("/departments/SW", expect=404)
    assert "closed" in hr_page.get("/departments/SW/history").main


@pytest.mark.rule("ORG-010", "ORG-023")
def test_a_post_is_added_changed_and_closed(hr_page):
    url = "/departments/MKT/posts/new"
    typed = {
        "chinese": "调研专员",
        "english": "Researcher",
        "rank": "staff",
        "headcount": "2",
        "description": "做调研。",
    }
    hr_page.post(url, filled(hr_page, url, **typed))
    post = post_called("MKT", "调研专员")
    assert "2 short" in hr_page.get("/departments/MKT").soup.select_one(".posts").text
    url = f"/departments/MKT/posts/{post.id}"
    hr_page.post(url, filled(hr_page, url, headcount="0", english="Market researcher"))
    assert "Market researcher" in hr_page.get("/departments/MKT").main
    hr_page.post(f"{url}/close", {"to_on": "2026-10-12"})
    assert "Market researcher" not in hr_page.get("/departments/MKT").main


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("headcount", "-1"),
        ("headcount", "1000001"),
        ("headcount", "many"),
        ("chinese", ""),
        ("rank", "king"),
        ("from_on", "x"),
    ],
)
def test_what_cannot_be_a_post_is_said_at_its_field(hr_page, field, value):
    url = "/departments/MKT/posts/new"
    typed = {"chinese": "调研专员", "rank": "staff", field: value}
    page = hr_page.post(url, filled(hr_page, url, **typed), expect=422)
    assert page.soup.select_one(f"#{field}-error")


@pytest.mark.rule("ORG-005")
def test_a_head_states_a_duty_and_takes_it_out_again(demo, browser):
    browser.sign_in("head")
    url = "/departments/MKT/duties/new"
    browser.post(url, filled(browser, url, words="每季发布一份市场报告"))
    page = browser.get("/departments/MKT")
    line = next(one for one in page.soup.select(".charter li") if "每季发布" in one.text)
    browser.post(line.a["href"], {"to_on": "2026-10-12"})
    assert "每季发布" not in browser.get("/departments/MKT").main
    assert any(one.words == "每季发布一份市场报告" for one in queries.duty_report(TODAY)[1])


@pytest.mark.rule("ORG-005")
def test_a_duty_that_stands_there_already_is_refused_with_what_was_typed(demo, browser):
    browser.sign_in("head")
    url = "/departments/MKT/duties/new"
    page = browser.post(url, filled(browser, url, words="市场调研、品牌与推广。"), expect=422)
    assert page.soup.select_one("#words-error")
    assert page.form(url)["words"] == "市场调研、品牌与推广。"


@pytest.mark.rule("ORG-005")
def test_the_report_names_overlaps_and_gaps_and_a_button_settles_each(hr_page):
    page = hr_page.get("/duties")
    assert {one.text for one in page.soup.select(".to-settle .words")} >= {
        "收集用户反馈，按月汇总", "保管公司印章，登记每次用印",
    }  # fmt: skip
    assert "also with Operations" in hr_page.get("/departments/MKT").main
    button = next(one for one in page.soup.select(".to-settle form") if "Marketing alone" in one.text)
    hr_page.post(button["action"], {one["name"]: one["value"] for one in button.select("input[name]")})
    gap = next(one for one in page.soup.select(".to-settle a.words") if "印章" in one.text)["href"]
    hr_page.post(gap, filled(hr_page, gap, department=str(unit("ADM").id)))
    assert "Every duty has exactly one owner." in hr_page.get("/duties").main
    assert "印章" in hr_page.get("/departments/ADM").main


@pytest.mark.rule("ORG-005")
def test_duties_that_read_alike_stand_side_by_side_and_one_of_them_is_kept(demo, hr_page):
    actions.state_duty(PORTAL, unit("QM"), "收集用户的反馈，按月汇总", from_on=TODAY, at=NOW)
    page = hr_page.get("/duties")
    assert "Perhaps the same" in page.main
    keep = next(
        one
        for one in page.soup.select(".to-settle form")
        if "Keep this one" in one.text and "用户的" in one.parent.parent.text
    )
    hr_page.post(keep["action"], {})
    assert "Perhaps the same" not in hr_page.get("/duties").main
    assert [one.words for one in queries.duties_on(TODAY) if "反馈" in one.words] == ["收集用户的反馈，按月汇总"]


@pytest.mark.rule("ORG-005")
def test_a_duty_that_needs_an_owner_is_named_and_one_that_nobody_needs_is_dropped(hr_page):
    hr_page.post("/duties/new", filled(hr_page, "/duties/new", words="浇办公室的花"))
    gap = next(one for one in hr_page.get("/duties").soup.select(".to-settle a.words") if "浇" in one.text)
    page = hr_page.post(gap["href"], filled(hr_page, gap["href"], department="0"), expect=422)
    assert page.soup.select_one("#department-error")
    hr_page.post(f"{gap['href']}/drop", {})
    assert "浇" not in hr_page.get("/duties").main
    hr_page.get(gap["href"], expect=404)


@pytest.mark.rule("ORG-022")
def test_an_assessment_from_outside_is_arranged_and_ended(hr_page):
    url = "/departments/SHOP/assessments/new"
    options = [one.text.strip() for one in hr_page.get(url).soup.select("#by option")]
    assert "Quality management" in options
    assert not {"Online shop", "Xinghe Networks"} & set(options)
    hr_page.post(url, filled(hr_page, url, by=str(unit("QM").id)))
    side = hr_page.get("/departments/SHOP").soup.select_one(".side")
    assert "Quality management" in side.text
    hr_page.post(side.select_one("a[href$='/end']")["href"], {"to_on": "2026-10-12"})
    assert queries.assessors_of(unit("SHOP").id, TODAY) == []


MAY_KEEP = {"hr", "admin"}
MAY_STATE = {"hr", "manager", "director", "executive"}
"""In the customer service centre."""


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_who_may_not_keep_units_sees_no_way_in_and_finds_every_door_shut(demo, browser, name):
    post = post_called("CS", "客服主管")
    duty = db.session.scalars(db.select(DutyOwner).where(DutyOwner.department_id == unit("CS").id)).first()
    browser.sign_in(name)
    page = browser.get("/departments/CS")
    ways = {one["href"] for one in page.soup.select("main a[href^='/departments/CS/']")} - {"/departments/CS/history"}
    keeps, states = "/departments/CS/change" in ways, "/departments/CS/duties/new" in ways
    assert (keeps, states) == (name in MAY_KEEP, name in MAY_STATE)
    if not keeps:
        for url in ("change", "units/new", "posts/new", f"posts/{post.id}", "close", "assessments/new"):
            browser.get(f"/departments/CS/{url}", expect=403)
            browser.post(f"/departments/CS/{url}", {"chinese": "改", "to_on": "2026-10-12"}, expect=403)
        browser.get("/duties", expect=403)
    if not states:
        for url in ("duties/new", f"duties/{duty.id}/end"):
            browser.get(f"/departments/CS/{url}", expect=403)
            browser.post(
                f"/departments/CS/{url}", {"words": "改", "from_on": "2026-10-12", "to_on": "2026-10-12"}, expect=403
            )


@pytest.mark.attack(11)
def test_what_belongs_to_another_unit_is_not_found_below_this_one(demo, hr_page):
    post = post_called("CS", "客服主管")
    duty = db.session.scalars(db.select(DutyOwner).where(DutyOwner.department_id == unit("CS").id)).first()
    arranged = db.session.scalars(db.select(Assessment)).first()
    for url in (
        f"posts/{post.id}",
        f"posts/{post.id}/close",
        f"duties/{duty.id}/end",
        f"assessments/{arranged.id}/end",
    ):
        hr_page.get(f"/departments/MKT/{url}", expect=404)
    hr_page.post(f"/departments/MKT/duties/{duty.id}/end", {"to_on": "2026-10-12"}, expect=404)


@pytest.mark.attack(13)
def test_fields_that_no_form_has_are_ignored_and_kept_in_the_security_log(demo, hr_page):
    url = "/departments/MKT/change"
    before = db.session.scalar(db.select(db.func.count()).select_from(SecurityEvent))
    hr_page.post(url, filled(hr_page, url, code="HACK", path="/1/", department_id="1"))
    assert unit("MKT") is not None
    assert unit("HACK") is None
    assert db.session.scalar(db.select(db.func.count()).select_from(SecurityEvent)) == before + 1


@pytest.mark.attack(17)
def test_a_right_in_one_part_of_the_tree_settles_nothing_in_another(department, post_holder, acting):
    top = department("XH")
    here, there = department("CS", top), department("OPS", top)
    keeper = acting(post_holder("keeper", here), Role.HR, here)
    duty = actions.state_duty(PORTAL, there, "Answer the hotline.", from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.settle_duty(keeper, duty, here, from_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        actions.drop_duty(keeper, duty, on=TODAY, at=NOW)


@pytest.mark.attack(17)
def test_a_role_that_was_taken_shuts_the_page_that_is_still_open(demo, browser):
    browser.sign_in("head")
    url = "/departments/MKT/duties/new"
    typed = filled(browser, url, words="每季发布一份市场报告")
    head = queries.person_called("head")
    grant = db.session.scalars(db.select(queries.Grant).where(queries.Grant.person_id == head.id)).one()
    actions.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    browser.post(url, typed, expect=403)
    assert "duties/new" not in str(browser.get("/departments/MKT").soup.main)


@pytest.mark.parametrize("url", ["/duties", "/duties/1", "/departments/CS/change", "/departments/CS/assessments/new"])
def test_the_forms_ask_the_database_little(hr_page, statements, url):
    hr_page.get(url)
    with statements() as asked:
        hr_page.get(url)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 10
