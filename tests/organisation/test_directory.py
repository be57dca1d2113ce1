"""The list of people: who stands in it, how they are found, and what else it is asked for."""

from __future__ import annotations

import csv
import io
import re

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import MultiDict

from portal.demo.cast import NAMED
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import actions, directory, queries
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand


def names(page) -> list[str]:
    return [one.text for one in page.soup.select("tbody .open")]


def numbers(page) -> list[str]:
    return [one.text for one in page.soup.select("tbody .c-what small")]


def test_everybody_looks_up_everybody_in_the_order_in_which_names_are_spoken(demo, browser):
    page = browser.sign_in("clerk").get("/people")
    found = names(page)
    assert found[:4] == ["曹颖", "陈刚", "程诺", "邓涛"]
    assert found.index("李娜") < found.index("赵敏") < found.index("郑凯")
    assert len(found) == 43
    row = next(one for one in page.soup.select("tbody tr") if "李娜" in one.text)
    assert " ".join(row.text.split()) == "李娜XH005 Agent General service 8005 agent@xinghe.example"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("李娜", ["XH005"]), ("娜", ["XH005"]), ("ln", ["XH005"]), ("xh005", ["XH005"]), ("ＸＨ００５", ["XH005"]),
        ("8005", ["XH005"]), ("agent2@", ["XH006"]), ("zm xh016", ["XH016"]), ("zm", ["XH025", "XH016"]),
    ],
)  # fmt: skip
def test_people_are_found_by_name_initials_number_telephone_and_mail(demo, browser, words, found):
    page = browser.sign_in("agent").get(f"/people?words={words}")
    assert sorted(numbers(page)) == sorted(found)


@pytest.mark.parametrize("words", ["Élodie Søren", "ÉLODIE", "élodie søren", "SØREN"])
def test_capitals_make_no_difference_in_any_alphabet(demo, browser, words):
    by_hand("UPDATE person SET name = 'Élodie Søren' WHERE sign_in_name = 'agent'")
    browser.sign_in("hr")
    assert numbers(browser.get(f"/people?words={words}")) == ["XH005"]
    assert "XH005" in browser.get(f"/search?q={words}").main
    assert [one.name for one in queries.people_found(words, TODAY)] == ["Élodie Søren"]
    assert [one.name for one in queries.colleagues_like(words, TODAY, most=3)] == ["Élodie Søren"]
    if " " in words:
        assert directory.meant(words, TODAY, field="name").name == "Élodie Søren"


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "NEAR(", "*", "%00", "AND OR", "\ud800", "x" * 10_000])
def test_signs_widen_nothing_and_break_nothing(demo, browser, words):
    page = browser.sign_in("agent").client.get("/people", query_string={"words": words.encode("utf-8", "replace")})
    assert page.status_code == 200
    assert page.text.count('class="open"') == 0


def test_words_of_control_signs_alone_ask_for_nothing(demo, browser):
    assert len(names(browser.sign_in("agent").get("/people?words=%00%01"))) == 43


def test_a_department_has_those_below_it_as_well(demo, browser):
    browser.sign_in("agent")
    assert set(numbers(browser.get("/people?department=CS-GEN"))) == {"XH005", "XH006"}
    assert {"XH002", "XH005", "XH007", "XH008"} < set(numbers(browser.get("/people?department=CS")))
    assert names(browser.get("/people?department=CS-GEN&words=wf")) == ["王芳"]


@pytest.mark.attack(44)
def test_who_has_left_is_a_filter_and_stands_with_the_post_of_the_last_day(demo, browser):
    browser.sign_in("agent")
    assert "秦朗" not in names(browser.get("/people"))
    page = browser.get("/people?who=left")
    assert names(page) == ["秦朗"]
    assert "Marketing clerk Marketing" in page.main
    assert "example" not in page.soup.select_one("tbody").text  # nobody writes to them any more
    assert names(browser.get("/people?who=left&department=MKT")) == ["秦朗"]
    assert names(browser.get("/people?who=left&department=CS")) == []


def test_who_will_join_stands_with_the_first_post(demo, browser):
    page = browser.sign_in("agent").get("/people?who=joining")
    assert names(page) == ["安琪"]
    assert "Agent General service" in page.main


def test_an_empty_answer_says_what_would_be_here(demo, browser):
    page = browser.sign_in("agent").get("/people?words=nobody-at-all")
    assert "Nobody matches this filter." in page.main
    assert page.soup.select_one(".nothing a")["href"] == "/people"


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "query",
    [
        "sort=password_hash", "who=everybody", "department=NOWHERE", "department=1;--", "after=xxx", "after=WzFd",
        "password_hash=x", "words=a&words=b", "who=incomplete", "&".join(f"filter{n}=x" for n in range(300)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", ".csv", ".xlsx"])
def test_an_address_that_the_list_does_not_know_is_refused(demo, browser, query, ending):
    browser.sign_in("agent").get(f"/people{ending}?{query}", expect=400)


def test_the_next_page_goes_on_where_this_one_ends(demo, browser, monkeypatch):
    whole = names(browser.sign_in("agent").get("/people"))
    monkeypatch.setattr(directory.people, "__kwdefaults__", {"size": 7})
    found, url = [], "/people"
    while url:
        page = browser.get(url)
        found += names(page)
        following = page.soup.select_one("a[rel=next]")
        url = following["href"] if following else ""
    assert found == whole


# Second paths


@pytest.mark.attack(16)
@pytest.mark.parametrize("name", NAMED)
def test_how_accounts_stand_is_said_to_those_who_look_after_them(demo, browser, name):
    page = browser.sign_in(name).get("/people")
    told = {one.text for one in page.soup.select("tbody .status")}
    assert (told == {"in use"}) == (name in ("hr", "admin"))
    assert told <= {"in use"}
    table = csv_of(browser.get("/people.csv"))
    assert ("Account" in table[0]) == (name in ("hr", "admin"))


def test_an_hr_officer_of_one_department_knows_of_no_other_account(department, staff, person, app):
    top = department("XH")
    here, there = department("A", top), department("B", top)
    person("Inside", here)
    person("Outside", there)
    both = person("Both", here)
    actions.give_role(PORTAL, both, Role.AGENT, there, from_on=TODAY, at=NOW)
    officer = staff("Officer", here, Role.HR)
    with app.test_request_context():
        asked = directory.read(officer, MultiDict())
        rows = {one.name: one for one in directory.people(officer, asked, TODAY, after=None).rows}
    assert rows["Inside"].account
    assert rows["Outside"].account is None
    assert rows["Both"].account is None  # with that account one could act in B


def csv_of(page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.response.get_data().decode("utf-8-sig"))))


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("query", ["", "?department=CS", "?who=left", "?who=joining", "?words=zm"])
def test_the_table_holds_exactly_what_the_list_shows(demo, browser, query, monkeypatch):
    monkeypatch.setattr(directory, "AT_ONCE", 3)
    browser.sign_in("agent")
    page, answer = browser.get(f"/people{query}"), browser.get(f"/people.csv{query}")
    assert answer.response.get_data().startswith(b"\xef\xbb\xbf")
    assert "attachment; filename=people.csv" in answer.headers["Content-Disposition"]
    assert [row[1] for row in csv_of(answer)[1:]] == names(page)
    sheet = load_workbook(io.BytesIO(browser.get(f"/people.xlsx{query}").response.get_data())).active
    assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == names(page)
    link = page.soup.select_one(".filters-end a")["href"]
    assert link == f"/people.csv{query}"


@pytest.mark.attack(25)
def test_a_name_that_looks_like_a_formula_is_text_in_the_table(demo, browser):
    actions.add_person(PORTAL, "X1", "x1", "=HYPERLINK(1)", telephone="+86 1", joined_on=TODAY, at=NOW)
    rows = {row[0]: row for row in csv_of(browser.sign_in("agent").get("/people.csv"))}
    assert rows["X1"][1] == "'=HYPERLINK(1)"
    assert rows["X1"][4] == "'+86 1"


def test_no_list_and_no_table_says_what_anybody_is_paid(demo, browser):
    browser.sign_in("hr")
    for url in ("/people", "/people.csv", "/people?who=incomplete"):
        assert not re.search(r"4,?000\.00|400000", browser.get(url).response.get_data(as_text=True)), url


# What is missing in records


@pytest.mark.rule("ORG-002")
def test_who_lacks_a_line_of_a_matrix_unit_is_listed_as_incomplete_for_hr(demo, browser):
    found = names(browser.sign_in("hr").get("/people?who=incomplete"))
    assert found == [
        "彭博"
    ]  # nobody recorded a project lead; the others of the unit have both lines, its head needs none


def test_who_has_no_post_is_incomplete_too(demo, browser):
    actions.add_person(PORTAL, "X1", "x1", "Amal", joined_on=TODAY, at=NOW)
    assert "Amal" in names(browser.sign_in("hr").get("/people?who=incomplete"))


# Speed


@pytest.mark.parametrize(
    ("name", "query"),
    [("agent", ""), ("admin", "?department=CS&words=a"), ("hr", "?who=left"), ("hr", "?who=incomplete"), ("hr", "")],
)
def test_a_page_of_the_list_asks_the_database_little(demo, browser, statements, name, query):
    browser.sign_in(name)
    browser.get(f"/people{query}")
    with statements() as asked:
        browser.get(f"/people{query}")
    assert len(asked) <= 10, "\n\n".join(asked)
