"""“Who may do what”: the table that the code itself asks, who holds each role today, and one colleague's rights."""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import ROLES, P, Role
from portal.organisation import actions, queries
from tests.conftest import NOW, TODAY


@pytest.fixture
def reader(demo, browser):
    return browser.sign_in("clerk")


def words_of(element):
    return " ".join(element.get_text(" ").split())


def holders(page, role):
    row = next(one for one in page.soup.select(".roles > div") if one.dt.text.strip() == role.label)
    return words_of(row.dd)


def rights_of(browser, person):
    """Right → where, as the page of one colleague says it."""
    page = browser.get(f"/rights?person={person}")
    return {one.dt.text: words_of(one.dd) for one in page.soup.select(".rights-of .facts > div")}


def test_the_table_says_of_every_role_and_right_what_the_code_says(reader):
    table = reader.get("/rights").soup.select_one("table.rights")
    heads = [one.text for one in table.select("thead th")]
    shown = {
        (role, row.th.text)
        for row in table.select("tbody tr:not(.group)")
        for role, cell in zip(heads, row.select("td"), strict=True)
        if cell.text.strip() == "yes"
    }
    assert shown == {(role.label, right.label) for role, rights in ROLES.items() for right in rights}


@pytest.mark.rule("ORG-013", "ORG-024")
@pytest.mark.parametrize(
    ("role", "right"),
    [
        (Role.HEAD, P.POSTS_ASSIGN),
        (Role.HEAD, P.APPRAISALS_WRITE),
        (Role.HEAD, P.CUSTOMERS_WRITE),
        (Role.INFORMATION_OFFICER, P.CUSTOMERS_WRITE),
    ],
)
def test_a_role_that_the_rules_name_carries_its_right_on_the_page(reader, role, right):
    page = reader.get(f"/rights/{role.replace(' ', '-')}")
    assert right.label in [one.text for one in page.soup.select("main li")]


@pytest.mark.parametrize("name", NAMED)
def test_everybody_may_read_it(demo, browser, name):
    browser.sign_in(name).get("/rights")


def test_the_page_names_who_holds_a_role_and_where(reader):
    page = reader.get("/rights")
    assert holders(page, Role.SUPERVISOR) == "林静 Customer Service Centre"
    assert holders(page, Role.INFORMATION_OFFICER) == "nobody yet"
    assert holders(page, Role.EVERYONE) == "Every colleague, always."


def test_a_role_that_begins_later_or_has_ended_is_not_held_today(demo, reader):
    agent, marketing = queries.person_called("agent"), queries.unit_coded("MKT")
    actions.give_role(
        PORTAL, agent, Role.INFORMATION_OFFICER, marketing, from_on=TODAY.replace(day=13), at=NOW
    )  # fmt: skip
    assert holders(reader.get("/rights"), Role.INFORMATION_OFFICER) == "nobody yet"
    auditor = queries.person_called("auditor")
    grant = db.session.scalars(db.select(queries.Grant).where(queries.Grant.person_id == auditor.id)).one()
    actions.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    assert holders(reader.get("/rights"), Role.AUDITOR) == "nobody yet"


def test_many_holders_are_cut_on_the_first_page_and_all_on_the_page_of_the_role(demo, reader):
    assert "and others" in holders(reader.get("/rights"), Role.AGENT)
    page = reader.get("/rights/agent")
    shown = [one.a.text for one in page.soup.select("ul.plain li")]
    assert len(shown) == len(set(shown)) == len(queries.holders_of_role(Role.AGENT, TODAY, size=200).rows)
    assert shown.index("李娜") < shown.index("王芳")


def test_the_holders_of_a_role_go_on_page_by_page_without_repeating(demo):
    first = queries.holders_of_role(Role.AGENT, TODAY, size=5)
    rest = queries.holders_of_role(Role.AGENT, TODAY, after=first.after, size=200)
    everybody = queries.holders_of_role(Role.AGENT, TODAY, size=200)
    assert [*first.rows, *rest.rows] == everybody.rows


@pytest.mark.attack(17)
def test_what_somebody_may_do_is_said_with_the_place_where_it_counts(demo, reader):
    rights = rights_of(reader, "clerk")
    assert rights[P.TICKETS_READ.label] == "in Marketing and below, as agent"
    assert rights[P.PEOPLE_READ.label] == "everywhere"
    assert P.PAY_READ.label not in rights
    actions.give_role(
        PORTAL, queries.person_called("clerk"), Role.HR, queries.unit_coded("SHOP"), from_on=TODAY, at=NOW
    )
    again = rights_of(reader, "clerk")
    assert again[P.PAY_READ.label] == "in Online shop and below, as HR"
    assert again[P.TICKETS_READ.label] == "in Marketing and below, as agent"


@pytest.mark.parametrize("words", ["XH005", "xh005", "agent", "李娜", "ln"])
def test_a_colleague_is_found_by_number_sign_in_name_name_or_initials(reader, words):
    page = reader.get(f"/rights?person={words}")
    assert page.soup.h1.text == "What 李娜 may do"


def test_several_who_fit_are_offered_and_nobody_is_said_plainly(reader):
    page = reader.get("/rights?person=赵")
    assert page.soup.h1.text.startswith("What ")
    several = reader.get("/rights?person=敏")
    assert {one.text for one in several.soup.select("ul.plain a")} == {"赵敏", "朱敏"}
    assert "No colleague is called that." in reader.get("/rights?person=nobody-at-all").main


@pytest.mark.attack(14)
@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "' OR 1=1 --", "a" * 5000, "%00", "<img src=x>"])
def test_odd_words_find_nobody_and_break_nothing(reader, words):
    page = reader.get("/rights", expect=200) if not words else reader.get(f"/rights?person={words}")
    assert not page.soup.select(".rights-of, main img, main ul.plain li")


@pytest.mark.attack(14)
def test_a_role_or_a_place_in_a_list_that_is_none_is_not_there(reader):
    reader.get("/rights/emperor", expect=404)
    reader.get("/rights/agent?after=nonsense", expect=400)


@pytest.mark.attack(16)
def test_who_has_left_or_is_disabled_holds_nothing_and_is_not_found(demo, reader):
    actions.leave(PORTAL, queries.person_called("brand"), left_on=TODAY, reason="x", at=NOW)
    assert "No colleague is called that." in reader.get("/rights?person=余欢").main


@pytest.mark.parametrize("url", ["/rights", "/rights/agent", "/rights?person=agent", "/rights?person=敏"])
def test_the_pages_ask_the_database_little(reader, statements, url):
    reader.get(url)
    with statements() as asked:
        reader.get(url)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 10
