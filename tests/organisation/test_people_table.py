"""A table of people is looked at first, and taken over as a whole or not at all."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from click.testing import CliRunner

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import Refused
from portal.kernel.permissions import Role
from portal.organisation import cli, people_table, queries
from portal.organisation.models import Person, Placement, WorkCity
from tests.conftest import NOW, TODAY

HEAD = "工号,姓名,登录名,入职日期,部门,岗位,工作城市,电话,邮箱"
NEW = "XH201,江月,jiangyue,2026-11-01,客服组,客服专员,宁波,8201,jiangyue@xinghe.example"
MOVED = "XH006,王芳,,,投诉组,投诉处理专员,,8106,"
SAME = "XH005,李娜,agent,,,,杭州,8005,agent@xinghe.example"
TABLE = "\n".join((HEAD, NEW, MOVED, SAME))


def officer():
    person = queries.person_called("hr")
    assert person is not None
    return queries.staff(person, TODAY)


def planned(text: str) -> people_table.Plan:
    return people_table.plan(officer(), people_table.read(text.encode()), TODAY)


def taken(text: str) -> people_table.Plan:
    actor, table = officer(), people_table.read(text.encode())
    db.session.rollback()
    return people_table.import_people(actor, table, "people.csv", from_on=TODAY, at=NOW)


def numbered(number: str) -> Person:
    found = queries.person_numbered(number)
    assert found is not None
    return found


def workbook(text: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(text.splitlines()):
        for column, cell in enumerate(row.split(",")):
            if cell == "2026-11-01":
                sheet.write_datetime(line, column, date(2026, 11, 1), day)
            else:
                sheet.write_string(line, column, cell)
    book.close()
    return out.getvalue()


def said(app, plan: people_table.Plan) -> list[tuple[int, str]]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return [(one.line, str(one.sentence)) for one in plan.problems]


@pytest.mark.attack(26)
@pytest.mark.parametrize(
    "data",
    [TABLE.encode(), TABLE.encode("utf-8-sig"), TABLE.encode("gb18030"), TABLE.encode("utf-16"), workbook(TABLE)],
    ids=["utf-8", "utf-8 with mark", "gb18030", "utf-16", "xlsx"],
)
def test_a_table_is_understood_in_whatever_a_spreadsheet_saves_it(demo, data):
    plan = people_table.plan(officer(), people_table.read(data), TODAY)
    assert plan.problems == []
    assert [(one.line, one.name) for one in plan.added] == [(2, "江月")]
    assert [(one.line, one.name) for one in plan.changed] == [(3, "王芳")]
    assert plan.same == 1


def test_columns_may_have_english_heads_in_any_order(demo):
    plan = planned("Post,Name,Staff number,Joined on,Department\nAgent,Jiang Yue,XH201,2026/11/1,CS-GEN")
    assert plan.problems == []
    assert plan.added[0].joined_on == date(2026, 11, 1)
    assert plan.added[0].values["sign_in_name"] == "XH201"


def test_what_was_looked_at_is_taken_over_with_its_facts(demo):
    before = len(journal.names("person"))
    taken(TABLE)
    new = numbered("XH201")
    assert (new.name, new.sign_in_name, new.joined_on) == ("江月", "jiangyue", date(2026, 11, 1))
    assert db.session.scalar(db.select(WorkCity.city).where(WorkCity.person_id == new.id)) == "宁波"
    assert queries.home_of(numbered("XH006").id, TODAY) == queries.unit_coded("CS-CMP").id
    assert numbered("XH006").telephone == "8106"
    assert numbered("XH006").mail == "agent2@xinghe.example"  # an empty cell leaves what is there
    told = journal.names("person")[before:]
    assert sorted(told) == ["DetailsChanged", "PersonAdded", "PersonPlaced", "PersonPlaced", "WorkCityChanged"]
    assert journal.names("import") == ["PeopleImported"]


@pytest.mark.attack(26)
def test_the_same_table_twice_changes_nothing_the_second_time(demo):
    taken(TABLE)
    facts = len(journal.names())
    again = taken(TABLE)
    assert (again.added, again.changed, again.same) == ([], [], 3)
    assert len(journal.names()) == facts


def test_the_table_of_the_list_comes_back_as_it_left(demo, browser):
    browser.language = "zh-CN"
    data = browser.sign_in("auditor").get("/people.csv").response.get_data()
    plan = people_table.plan(officer(), people_table.read(data), TODAY)
    assert plan.problems == []
    assert not plan.does_something
    assert plan.same == 43


@pytest.mark.attack(26)
def test_every_line_that_is_wrong_is_named_and_nothing_is_taken_over(demo):
    lines = [
        HEAD,
        NEW,
        ",无名,,,,,,,",  # 3
        "XH202,,x2,2026-11-01,,,,,",  # 4
        "XH201,又一个,x3,2026-11-01,,,,,",  # 5
        "XH203,甲,agent,2026-11-01,,,,,",  # 6
        "XH204,乙,jiangyue,2026-11-01,,,,,",  # 7
        "XH205,丙,x5,2026-02-30,,,,,",  # 8
        "XH206,丁,x6,,,,,,",  # 9
        "XH207,戊,x7,2026-11-01,没有的部,岗位,,,",  # 10
        "XH208,己,x8,2026-11-01,客服组,没有的岗位,,,",  # 11
        "XH209,庚,x9,2026-11-01,客服组,,,,",  # 12
        "XH210,辛,x10,2026-11-01,,,,,nobody",  # 13
        "XH101,秦郎,,,,,,,",  # 14
        "XH005,李娜,other,2020-01-01,,,,,",  # 15
        "XH/5,壬,x11,2026-11-01,,,,,",  # 16
    ]
    plan = planned("\n".join(lines))
    assert {one.line for one in plan.problems} == set(range(3, 17))
    people = db.session.scalar(db.select(db.func.count()).select_from(Person))
    with pytest.raises(Refused, match="Line"):
        taken("\n".join(lines))
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == people
    assert journal.names("import") == []


def test_a_problem_says_what_to_do(demo):
    plan = planned(f"{HEAD}\nXH205,丙,x5,12.10.2026,,,,,\nXH207,戊,x7,2026-11-01,没有的部,岗位,,,")
    assert said(demo, plan) == [
        (2, "“12.10.2026” is no day such as 2026-10-12."),
        (3, "There is no department “没有的部”."),
    ]


@pytest.mark.parametrize("head", ["姓名,电话", "工号,电话", "什么,都没有"])
def test_a_table_without_the_columns_that_it_needs_is_refused(demo, head):
    with pytest.raises(Refused, match="names the columns"):
        planned(f"{head}\na,b")


@pytest.mark.attack(26)
@pytest.mark.parametrize(("rows", "good"), [(people_table.MOST_BY_PAGE, True), (people_table.MOST_BY_PAGE + 1, False)])
def test_a_page_takes_so_many_rows_and_no_more(demo, rows, good):
    text = "\n".join(["工号,姓名,入职日期", *(f"N{one},甲,2026-11-01" for one in range(rows))])
    table = people_table.read(text.encode(), people_table.MOST_BY_PAGE)
    if good:
        assert len(people_table.plan(officer(), table, TODAY).added) == rows
    else:
        with pytest.raises(Refused, match="More than 2000 rows"):
            people_table.plan(officer(), table, TODAY)


@pytest.mark.attack(10)
def test_hr_of_one_department_imports_nobody_of_another(department, post_holder, acting):
    top = department("XH")
    here, there = department("A", top), department("B", top)
    officer_here = acting(post_holder("Hanna", here), Role.HR, here)
    post_holder("Amal", there, title="员工")
    table = people_table.read("工号,姓名,入职日期,部门,岗位\nP002,Amalia,,,\nX1,Ben,2026-11-01,B,员工\n".encode())
    plan = people_table.plan(officer_here, table, TODAY)
    assert [one.line for one in plan.problems] == [2, 3]


def test_nobody_changes_the_own_record_by_a_table(demo):
    plan = planned("工号,姓名\nXH037,苏晴晴")
    assert [one.line for one in plan.problems] == [2]


# The page and the command


def sent(browser, data: bytes, expect: int = 200):
    form = browser.get("/people/import").form("/people/import")
    return browser.post("/people/import", {**form, "file": (io.BytesIO(data), "新同事.csv")}, expect=expect)


def test_the_page_shows_what_would_happen_and_takes_it_over_without_the_file(demo, browser):
    browser.sign_in("hr")
    page = sent(browser, TABLE.encode("gb18030"))
    assert "1 new, 1 changed, 1 as they are" in page.main
    assert "is Complaint handler in Complaints, has the telephone 8106" in page.main
    assert queries.person_numbered("XH201") is None
    answer = browser.post("/people/import", {**page.form("/people/import"), "take": "1"})
    assert answer.headers["Location"] == "/people"
    assert "Taken over: 1 new, 1 changed." in browser.follow(answer).text
    assert numbered("XH201").name == "江月"
    assert db.session.scalar(
        db.select(Placement.from_on).where(Placement.person_id == numbered("XH006").id).order_by(Placement.id.desc())
    ) == TODAY  # fmt: skip


def test_the_page_names_the_lines_that_are_wrong(demo, browser):
    page = sent(browser.sign_in("hr"), f"{HEAD}\nXH202,,x2,2026-11-01,,,,,\nXH203,甲,agent,,,,,,".encode())
    assert "2 lines have to be put right" in page.main
    assert "There is no name." in page.main
    assert not page.soup.select("button[name=take]")
    answer = browser.post("/people/import", {**page.form("/people/import"), "take": "1"}, expect=422)
    assert "There is no name." in answer.main


@pytest.mark.attack(1)
def test_markup_in_a_table_is_shown_as_it_was_typed(demo, browser):
    evil = "<img src=x onerror=alert(1)>"
    page = sent(browser.sign_in("hr"), f"工号,姓名,入职日期,部门,岗位\nX9,{evil},2026-11-01,{evil},x".encode())
    assert not page.soup.select("main img")
    assert evil in page.main


def test_a_file_that_is_no_table_is_refused_at_its_field(demo, browser):
    browser.sign_in("hr")
    page = sent(browser, b"\xd0\xcf\x11\xe0", expect=422)
    assert "old format" in page.soup.select_one("#file-error").text
    page = browser.post("/people/import", browser.get("/people/import").form("/people/import"), expect=422)
    assert "Choose a file first." in page.soup.select_one("#file-error").text


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", ["agent", "manager", "admin", "executive"])
def test_only_hr_imports_people(demo, browser, name):
    browser.sign_in(name).get("/people/import", expect=403)
    browser.post("/people/import", {"take": "1", "rows": TABLE}, expect=403)


def test_the_command_tries_says_and_takes_over(demo, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(TABLE.encode("gb18030"))
    asked = ["import", str(file), "--as", "hr"]
    tried = CliRunner().invoke(cli.group, [*asked, "--dry-run"])
    assert (tried.exit_code, tried.output) == (0, "1 new, 1 changed, 1 as they are.\n")
    assert queries.person_numbered("XH201") is None
    db.session.rollback()
    done = CliRunner().invoke(cli.group, [*asked, "--from", "2026-11-01"])
    assert done.exit_code == 0
    assert "Taken over." in done.output
    assert numbered("XH201").name == "江月"
    assert queries.home_of(numbered("XH006").id, TODAY) == queries.unit_coded("CS-GEN").id


def test_the_command_names_each_wrong_line_and_takes_nothing(demo, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(f"{HEAD}\n{NEW}\nXH202,,x2,2026-11-01,,,,,\n", encoding="utf-8")
    done = CliRunner().invoke(cli.group, ["import", str(file), "--as", "hr"])
    assert done.exit_code == 1
    assert "3: There is no name." in done.output
    assert queries.person_numbered("XH201") is None
    assert CliRunner().invoke(cli.group, ["import", str(file), "--as", "nobody"]).exit_code == 1


def test_a_table_without_a_needed_column_is_told_at_the_file(demo, browser):
    url = "/people/import"
    browser.sign_in("hr")
    page = browser.post(url, {**browser.get(url).form(url), "rows": "a,b\n1,2"}, expect=422)
    assert "is not among them" in page.soup.select_one("#file-error, .error-summary").text
    assert page.form(url)
