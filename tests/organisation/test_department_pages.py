"""The pages of departments: the company as a tree, and each unit with its head, posts, duties and lines."""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.lists.queries import routing_types
from portal.organisation import actions, chart, company, queries
from portal.organisation.company import Staffing
from portal.organisation.events import InWhat
from portal.organisation.models import Department, Line, Rank, UnitKind
from tests.conftest import NOW, TODAY

MARKUP = "<img src=x onerror=alert(1)>\"'"


@pytest.fixture
def reader(demo, browser):
    return browser.sign_in("agent")


def unit(code):
    return db.session.scalars(db.select(Department).where(Department.code == code)).one()


def row_of(page, code):
    """The line of one unit in the chart, as words."""
    link = page.soup.select_one(f".unit-name a[href='/departments/{code}']")
    return " ".join(link.find_parent(class_="unit").get_text(" ").split())


def main_of(page):
    return " ".join(page.soup.select_one("main").get_text(" ").split())


@pytest.mark.rule("ORG-001", "ORG-004", "ORG-006", "ORG-022")
def test_the_chart_says_of_each_unit_how_it_is_built_what_it_serves_and_who_assesses_it(reader):
    page = reader.get("/departments")
    assert "functional structure · by product or service" in row_of(page, "XH")
    assert "matrix structure" in row_of(page, "RD")
    assert "by region" in row_of(page, "EAST")
    service = row_of(page, "CS")
    assert "首问负责，件件有回音" in service
    assert "assessed by Quality management, Production operations" in service


@pytest.mark.rule("ORG-006")
def test_the_chart_counts_the_levels_of_management_of_each_branch(reader):
    page = reader.get("/departments")
    assert "Levels 3" in row_of(page, "CS")  # supervisor, manager, director
    assert "Levels 1" in row_of(page, "SHOP")
    assert "Levels" not in row_of(page, "CS-ORD")


@pytest.mark.rule("ORG-003")
def test_a_division_shows_its_business_field_and_profit_centre(demo, reader):
    values = {"kind": UnitKind.DIVISION, "business_field": "网上零售", "profit_centre": "PC-20"}
    actions.change_department(PORTAL, unit("SHOP"), values, from_on=TODAY, at=NOW)
    assert "网上零售 · profit centre PC-20" in row_of(reader.get("/departments"), "SHOP")
    assert "PC-20" in reader.get("/departments/SHOP").soup.select_one(".side").text


@pytest.mark.rule("ORG-009")
def test_the_committee_shows_its_members_and_its_powers(reader):
    page = reader.get("/departments/COMM")
    words = main_of(page)
    for power in ("确定满意度的目标和方向", "统筹各部门的资源", "裁决重大的满意度问题"):
        assert power in words
    assert [one.text for one in page.soup.select("main h2")].count("Powers") == 1
    seats = {one.select_one("b").text: one.select_one(".post-holders").text for one in page.soup.select(".posts > li")}
    assert "沈明远" in seats["Chair"]
    assert all(name in seats["Member"] for name in ("罗慧", "周洁", "孙立", "高原", "韩冬", "萧然", "董倩"))


@pytest.mark.rule("ORG-010")
def test_customer_service_shows_its_three_levels(reader):
    page = reader.get("/departments/CS")
    ranks = {one.select_one("b").text: one.select_one("small").text for one in page.soup.select(".posts > li")}
    assert ranks["Customer service manager"] == "middle management"
    assert ranks["Customer service supervisor"] == "supervisor rank"
    agents = reader.get("/departments/CS-GEN").soup.select_one(".posts small").text
    assert agents == "staff"


@pytest.mark.rule("ORG-011")
def test_customer_service_is_split_into_orders_complaints_and_general_service(reader):
    page = reader.get("/departments/CS")
    groups = [one.get_text(" ").split("  ")[0] for one in page.soup.select(".units .unit-name")]
    assert [one.split(" group")[0] for one in groups] == ["Complaints", "General service", "Orders"]
    assert {one.kind for one in company.tree_on(TODAY).children(unit("CS").id)} == {UnitKind.GROUP}


@pytest.mark.rule("ORG-011")
def test_matters_are_routed_to_each_of_the_three_groups(demo):
    owners = {one.department.code for one in routing_types() if one.department}
    assert owners >= {"CS-ORD", "CS-CMP", "CS-GEN"}


@pytest.mark.rule("ORG-012")
@pytest.mark.parametrize(
    "words",
    [
        "解答客户的问题",
        "目标管理",
        "辅导和培训",
        "制度的起草",
        "转给市场部与研发部",
        "个人信息",
        "商业秘密",
        "其他工作",
    ],
)
def test_the_statement_of_customer_service_names_each_of_its_duties(reader, words):
    charter = reader.get("/departments/CS").soup.select_one("ol.charter")
    assert any(words in one.text for one in charter.select("li"))


@pytest.mark.parametrize(
    ("code", "title", "duties"),
    [
        pytest.param(
            "CS", "Customer service manager", ("建设部门与团队", "监督", "客户关系", "有奖有罚", "安排岗位"),
            marks=pytest.mark.rule("ORG-013"),
        ),
        pytest.param(
            "CS", "Customer service supervisor",
            ("年度工作计划，分解到季度或月", "培训计划", "礼仪", "服务流程", "班表", "上传下达", "食宿"),
            marks=pytest.mark.rule("ORG-014"),
        ),
        pytest.param(
            "CS-GEN", "Agent", ("及时解决", "分类后转给该办的人", "写清楚", "每天收集并汇总"),
            marks=pytest.mark.rule("ORG-015"),
        ),
        pytest.param(
            "CS-CMP", "Complaint handler", ("调解纠纷", "违规举报", "凭证据", "建议与隐情", "逐月减少"),
            marks=pytest.mark.rule("ORG-016"),
        ),
        pytest.param(
            "CS-ORD", "Order handler", ("供货渠道", "充值问题", "上报", "协助下单", "保守供货方", "定期报告"),
            marks=pytest.mark.rule("ORG-017"),
        ),
    ],
)  # fmt: skip
def test_each_post_of_customer_service_says_what_it_is_there_for(reader, code, title, duties):
    posts = reader.get(f"/departments/{code}").soup.select(".posts > li")
    post = next(one for one in posts if one.select_one("b").text == title)
    assert all(one in post.select_one(".post-what").text for one in duties)


@pytest.mark.rule("ORG-020")
def test_the_service_centre_shows_its_director_as_the_last_instance_and_who_stands_above(reader):
    page = reader.get("/departments/CS")
    assert "罗慧" in page.soup.select_one(".side .state").text
    assert "Answers to 沈明远" in page.soup.select_one(".side").text
    director = next(one for one in page.soup.select(".posts > li") if "Service centre director" in one.text)
    assert "主管经理" in director.text


@pytest.mark.rule("ORG-038")
def test_a_regional_service_centre_is_named_as_such(reader):
    assert "regional service centre" in row_of(reader.get("/departments"), "EAST")
    assert "regional service centre" in reader.get("/departments/EAST").soup.select_one(".facts").text


@pytest.mark.rule("ORG-002")
def test_people_of_a_matrix_unit_without_their_second_line_are_listed_as_incomplete(demo, reader):
    for code in ("RD", "RD-SUP"):
        banner = reader.get(f"/departments/{code}").soup.select_one(".banner")
        assert "彭博: project lead" in " ".join(banner.text.split())
        assert "赵敏" not in banner.text
    engineer, head = queries.person_called("engineer2"), queries.person_called("rd-head")
    actions.record_superior(PORTAL, engineer, head, Line.PROJECT, project="极光", from_on=TODAY, at=NOW)
    assert not reader.get("/departments/RD").soup.select(".banner")


@pytest.mark.rule("ORG-023")
def test_over_and_understaffing_is_said_in_words(demo, reader):
    assert "2 / 4 2 short" in row_of(reader.get("/departments/CS"), "CS-GEN")
    post = next(iter(company.posts_on(TODAY, [unit("CS-ORD").id]).values()))
    actions.change_post(PORTAL, db.session.get_one(queries.Post, post.id), {"headcount": 1}, from_on=TODAY, at=NOW)
    assert "2 / 1 1 over" in row_of(reader.get("/departments/CS"), "CS-ORD")


@pytest.mark.rule("ORG-023")
def test_a_post_without_a_headcount_makes_its_unit_neither_short_nor_too_large(department, post_holder):
    top = department("XH")
    here = department("CS", top)
    post_holder("agent", here, headcount=2)
    post_holder("clerk", here)
    counted = company.staffing_of_units(company.tree_on(TODAY), company.posts_on(TODAY), company.holders_on(TODAY))
    assert counted[here.id] == counted[top.id] == Staffing(2, 3)


@pytest.mark.rule("ORG-009", "ORG-023")
def test_a_committee_counts_its_members_without_taking_them_from_their_departments(department, post_holder):
    top = department("XH")
    here, committee = department("CS", top), department("COMM", top, kind=UnitKind.COMMITTEE)
    head = post_holder("head", here, Rank.MIDDLE, leads=True, headcount=1)
    seat = actions.add_post(PORTAL, committee, {"zh-CN": "委员"}, headcount=3, at=NOW)
    actions.place(PORTAL, head, seat, main=False, from_on=TODAY, at=NOW)
    counted = company.staffing_of_units(company.tree_on(TODAY), company.posts_on(TODAY), company.holders_on(TODAY))
    assert (counted[committee.id], counted[here.id], counted[top.id]) == (
        Staffing(1, 3),
        Staffing(1, 1),
        Staffing(1, 1),
    )


def test_the_page_says_who_decides_when_the_head_is_away(demo, reader):
    side = reader.get("/departments/CS").soup.select_one(".side").text
    assert "When away, 郑凯 decides." in side
    manager = queries.person_called("manager")
    actions.note_absence(PORTAL, manager, reason="病假", from_on=TODAY, to_on=TODAY.replace(day=15), at=NOW)
    page = reader.get("/departments/CS")
    assert "When away, the next level decides: 沈明远." in page.soup.select_one(".side").text
    assert "back on 15 Oct" in page.soup.select_one(".posts").text
    assert "病假" not in page.main


@pytest.mark.attack(44)
def test_the_pages_show_the_company_of_the_day_that_is_asked_for(demo, reader):
    actions.change_department(
        PORTAL, unit("MKT"), {"names": {"zh-CN": "品牌部", "en": "Brand"}}, from_on=TODAY, at=NOW
    )  # fmt: skip
    head = queries.person_called("head")
    actions.rename(PORTAL, head, "董茜", from_on=TODAY, at=NOW)
    assert row_of(reader.get("/departments"), "MKT").startswith("Brand")
    before = reader.get("/departments?on=2026-10-11")
    link = before.soup.select_one(".unit-name a[href='/departments/MKT?on=2026-10-11']")
    assert link.text == "Marketing"
    page = reader.get("/departments/MKT?on=2026-10-11")
    assert page.soup.h1.text == "Marketing"
    assert "董倩" in page.main
    assert "董茜" in reader.get("/departments/MKT").main


@pytest.mark.attack(44)
def test_the_history_of_a_unit_tells_in_sentences_what_changed(demo, reader):
    values = {"goal": "更清楚", "names": {"zh-CN": "市场部", "en": "Brand"}}
    actions.change_department(PORTAL, unit("MKT"), values, from_on=TODAY, at=NOW)
    told = [one.text for one in reader.get("/departments/MKT/history").soup.select(".timeline .event")]
    assert "changed from 12 Oct: name, goal" in told[0]
    assert "owns “市场调研、品牌与推广”" in " ".join(told)


@pytest.mark.parametrize("field", [*actions.UNIT_VALUES, *actions.POST_VALUES, "parent"])
def test_the_history_has_a_word_for_everything_that_can_change(demo, field):
    assert str(InWhat((field,)))


@pytest.mark.attack(14)
@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "1;--", "%00"])
def test_a_day_that_is_none_is_refused(reader, day):
    reader.get(f"/departments?on={day}", expect=400)
    reader.get(f"/departments/CS?on={day}", expect=400)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_any_real_day_is_answered(reader, day):
    reader.get(f"/departments?on={day}")
    reader.get(f"/departments/CS?on={day}", expect={200, 404})


def test_a_code_is_found_whatever_its_case_and_one_that_is_none_is_not_there(reader):
    assert reader.get("/departments/cs-ord").soup.h1.text == "Orders"
    reader.get("/departments/NOTHING", expect=404)


@pytest.mark.attack(1)
def test_markup_in_names_and_duties_stays_words(demo, reader):
    actions.change_department(PORTAL, unit("MKT"), {"names": {"zh-CN": MARKUP}, "goal": MARKUP}, from_on=TODAY, at=NOW)
    actions.state_duty(PORTAL, unit("MKT"), MARKUP, from_on=TODAY, at=NOW)
    for url in ("/departments", "/departments/MKT"):
        page = reader.get(url)
        assert not page.soup.select("main img")
        assert MARKUP in page.main


@pytest.mark.parametrize("name", NAMED)
def test_everybody_reads_the_chart(demo, browser, name):
    assert "Customer Service Centre" in browser.sign_in(name).get("/departments").main


@pytest.mark.attack(14)
def test_a_place_in_the_history_that_is_none_is_refused(reader):
    reader.get("/departments/MKT/history?after=nonsense", expect=400)


def test_a_long_history_goes_on_without_repeating_itself(demo):
    marketing = unit("MKT")
    first = queries.history_of_unit(marketing.id, size=3)
    rest = queries.history_of_unit(marketing.id, after=first.after)
    assert not {one.id for one in first.rows} & {one.id for one in rest.rows}
    assert rest.rows[-1].name == "DepartmentAdded"


@pytest.mark.parametrize(
    "url",
    [
        "/departments", "/departments/XH", "/departments/CS", "/departments/RD", "/departments?on=2026-01-05",
        "/departments/CS/history",
    ],
)  # fmt: skip
def test_a_page_asks_the_database_little_however_large_the_unit(reader, statements, url):
    reader.get(url)
    with statements() as asked:
        reader.get(url)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 10, asked


def test_a_superior_without_a_post_is_named_all_the_same(department, post_holder):
    top = department("XH")
    here = department("CS", top)
    head = post_holder("head", here, Rank.MIDDLE, leads=True)
    boss = actions.add_person(PORTAL, "B1", "boss", "boss", joined_on=TODAY.replace(year=2020), at=NOW)
    actions.record_superior(PORTAL, head, boss, Line.DIRECT, from_on=TODAY, at=NOW)
    assert chart.sheet_of("CS", TODAY).above == ["boss"]
