"""The first installation without the demo: one command, one link, one administrator."""

from __future__ import annotations

import re

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.permissions import Role
from portal.organisation import queries
from portal.organisation.models import Department, Person
from tests.browser import Browser
from tests.conftest import TODAY

FIRST = ["people", "first-admin", "--name", "张伟", "--sign-in-name", "zhangwei"]


def link_in(output: str) -> str:
    found = re.search(r"http://\S+?(/(?:invitation|reset)/\S+)", output)
    assert found, output
    return found[1]


def test_an_empty_portal_gets_its_company_and_administrator_by_one_command(app, browser: Browser):
    said = app.test_cli_runner().invoke(args=FIRST)
    assert said.exit_code == 0, said.output
    path = link_in(said.output)
    browser.post(path, {"password": "four plain words together", "repeated": "four plain words together"})
    browser.post("/sign-in", {"name": "zhangwei", "password": "four plain words together"})
    browser.get("/people/1/account")
    person = queries.person_called("zhangwei")
    assert person is not None
    held = queries.staff(person, TODAY)
    assert held.roles == (Role.ADMIN,)
    assert queries.top_department().names["zh-CN"] == app.config["COMPANY"]
    assert {"DepartmentAdded", "PersonAdded", "PersonPlaced", "RoleGiven", "LinkMade"} <= set(journal.names())


SETS = {
    "network": [
        ("研发部", ["产品开发", "技术支持"]), ("市场部", ["市场调研", "品牌建设", "销售"]),
        ("运营部", ["产品的日常运营", "用户支持"]), ("财务部", ["资金管理", "财务报表"]),
        ("人力资源部", ["招聘", "培训", "绩效管理"]),
    ],
    "service": [
        ("客户服务部", ["受理客户的咨询、投诉与建议"]), ("产品研发部", ["产品的研究与开发"]),
        ("技术支持部", ["解决客户遇到的技术问题"]), ("市场部", ["如实介绍产品与服务的长处"]),
        ("人力资源部", ["员工的培训与激励"]), ("财务部", ["为服务与研发提供资金"]), ("行政部", ["后勤与工作环境"]),
        ("运营部", ["产品的日常运营", "用户支持"]),
    ],
    "none": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "which"),
    [
        pytest.param(["--departments", "network"], "network", marks=pytest.mark.rule("ORG-007")),
        pytest.param(["--departments", "service"], "service", marks=pytest.mark.rule("ORG-008")),
        pytest.param([], "service", marks=pytest.mark.rule("ORG-008")),
        (["--departments", "none"], "none"),
    ],
)
def test_the_company_begins_with_the_departments_that_were_chosen(app, said, which):
    assert app.test_cli_runner().invoke(args=[*FIRST, *said]).exit_code == 0
    top = queries.top_department()
    below = [one for one in db.session.scalars(db.select(Department).order_by(Department.id)) if one.id != top.id]
    assert {one.parent_id for one in below} <= {top.id}
    duties = queries.duties_on(TODAY)
    stated = [(one.names["zh-CN"], [duty.words for duty in duties if one.id in duty.owners]) for one in below]
    assert stated == SETS[which]
    assert all(len(duty.owners) == 1 for duty in duties)


def test_a_set_of_departments_that_is_none_is_refused_before_anything_is_written(app):
    said = app.test_cli_runner().invoke(args=[*FIRST, "--departments", "other"])
    assert said.exit_code == 2
    assert queries.top_department() is None


def test_there_is_one_beginning(app):
    runner = app.test_cli_runner()
    runner.invoke(args=FIRST)
    again = runner.invoke(args=[*FIRST[:-1], "other", "--staff-number", "2"])
    assert again.exit_code == 1
    assert "张伟 is administrator already" in again.output
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == 1


def test_nothing_is_left_of_a_beginning_that_failed(demo):
    admin = queries.person_called("admin")
    assert admin is not None
    db.session.execute(
        db.text("UPDATE role_grant SET to_on = :day WHERE person_id = :id"), {"day": TODAY, "id": admin.id}
    )
    db.session.commit()
    before = db.session.scalar(db.select(db.func.count()).select_from(Department))
    said = demo.test_cli_runner().invoke(args=[*FIRST[:-1], "agent", "--staff-number", "X1"])
    assert said.exit_code == 1
    assert "is taken" in said.output
    assert db.session.scalar(db.select(db.func.count()).select_from(Department)) == before


@pytest.mark.parametrize("name", ["admin", "ADMIN"])
def test_whoever_operates_the_portal_lets_a_locked_out_administrator_in(demo, browser, name):
    said = demo.test_cli_runner().invoke(args=["people", "link", name])
    assert said.exit_code == 0
    browser.post(
        link_in(said.output), {"password": "four plain words together", "repeated": "four plain words together"}
    )
    browser.post("/sign-in", {"name": "admin", "password": "four plain words together"})
    assert [
        entry.actor_name
        for entry in journal.of("person", queries.person_called("admin").id)
        if entry.name == "LinkMade"
    ] == ["portal"]


def test_a_link_for_nobody_says_so(demo):
    said = demo.test_cli_runner().invoke(args=["people", "link", "nobody"])
    assert said.exit_code == 1
    assert "Nobody signs in as nobody" in said.output
