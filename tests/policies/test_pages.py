"""Manuals as people read them."""

import pytest
from sqlalchemy import event, text

from portal.demo.cast import NAMED
from portal.extensions import db

MOST_STATEMENTS = 10


@pytest.fixture
def reader(demo, browser):
    """Somebody of customer service."""
    return browser.sign_in("agent")


def rows(page):
    return {row.select_one(".c-key").text: " ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")}


@pytest.mark.rule("POL-018")
def test_the_shelf_says_whom_a_manual_binds_which_version_holds_and_which_comes(reader):
    shelf = rows(reader.get("/manuals"))
    assert "the whole company version 2.1 since 1 Sep version 3.0 from 1 Nov" in shelf["KF-01"]
    assert "Online shop" in shelf["WD-01"]
    assert list(shelf) == [
        "AQ-01", "KF-01", "TS-01", "XW-01",  # the company's
        "BF-01", "DA-01", "JF-01", "WL-01", "ZC-01", "ZJ-01", "HQ-01", "KP-01", "RX-01", "WD-01", "WX-01",
    ]  # fmt: skip


def test_an_empty_shelf_says_what_will_stand_there(department, person, browser):
    somebody = person("Amal", department("XH"))
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    page = browser.sign_in(somebody.sign_in_name).get("/manuals")
    assert "No manual is published yet." in page.main


def test_a_manual_opens_at_the_version_that_holds_today(reader):
    page = reader.get("/manuals/KF-01")
    assert "Version 2.1" in page.main
    assert page.soup.select_one(".state").text.strip() == "in force"
    assert "三十个工作分钟" in page.soup.select_one("[id='c-3.2']").text


@pytest.mark.rule("POL-010")
def test_every_clause_has_an_address_that_the_contents_lead_to(reader):
    page = reader.get("/manuals/KF-01/2.1")
    leads = [link["href"].removeprefix("#") for link in page.soup.select(".toc a")]
    assert leads == [clause["id"] for clause in page.soup.select(".clause")]
    assert "c-4.2" in leads


@pytest.mark.attack(43)
def test_an_older_version_says_until_when_it_held_and_which_one_holds_now(reader):
    page = reader.get("/manuals/KF-01/2.0")
    banner = page.soup.select_one(".banner")
    assert "in force from 1 Apr until 31 Aug" in banner.text
    assert banner.a["href"] == "/manuals/KF-01/2.1"
    assert "一个工作小时" in page.soup.select_one("[id='c-3.2']").text


def test_a_coming_version_can_be_read_before_it_binds(reader):
    assert "comes into force on 1 Nov" in reader.get("/manuals/KF-01/3.0").soup.select_one(".banner").text


def test_a_clause_shows_what_it_rules_beside_its_words(reader):
    ruled = reader.get("/manuals/KF-01/2.1").soup.select_one("[id='c-4.1'] .ruled")
    assert [term.text for term in ruled.select(".ruled-lines dt")] == ["urgent", "high", "otherwise"]
    assert [value.text for value in ruled.select(".ruled-lines dd")] == ["10 min", "2 h", "24 h"]


@pytest.mark.parametrize("path", ["KF-99", "KF-01/9.9", "KF-01/x", "KF-01/99999999999.0", "KF-01/2.1.1", "rules/1.0"])
def test_what_is_not_on_the_shelf_is_not_found(reader, path):
    reader.get(f"/manuals/{path}", expect=404)


def ruled(page):
    return {row["id"]: " ".join(row.get_text(" ").split()) for row in page.soup.select("table.rules tbody tr")}


def test_what_rules_today_names_for_every_key_the_value_and_the_clause(reader):
    found = ruled(reader.get("/manuals/rules"))
    assert "3 rounds" in found["tickets.satisfaction_rounds"]
    assert "KF-01 5.2" in found["tickets.satisfaction_rounds"]
    assert "Complaint · urgent until the end of the same day" in found["tickets.solve_within"]


def test_the_rules_can_be_asked_for_another_department_and_another_day(reader):
    assert "otherwise 4 h" in ruled(reader.get("/manuals/rules?for=SHOP"))["tickets.first_response"]
    old = ruled(reader.get("/manuals/rules?on=2026-03-31"))
    assert "5 rounds" in old["tickets.satisfaction_rounds"]
    assert "default" in ruled(reader.get("/manuals/rules?on=2020-01-01"))["tickets.satisfaction_rounds"]


def test_the_filters_offer_the_days_on_which_something_changes(reader):
    days = [option["value"] for option in reader.get("/manuals/rules").soup.select("#filter-on option")]
    assert days[:3] == ["", "2026-11-01", "2026-09-01"]


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["on=tomorrow", "on=2026-02-30", "for=1;--", "for=cs", "on=%00", "for=%ED%A0%80"])
def test_a_filter_that_is_none_is_refused_and_breaks_nothing(reader, query):
    reader.get(f"/manuals/rules?{query}", expect=400)


@pytest.mark.attack(18)
def test_the_table_of_rules_is_sent_alone_when_a_filter_changes(reader):
    part = reader.get("/manuals/rules?for=SHOP", part="rules-table")
    assert part.soup.select_one("#rules-table")
    assert not part.soup.select_one("h1")


@pytest.mark.attack(1)
def test_a_hostile_manual_is_inert_on_its_page_and_in_the_notes(reader):
    db.session.execute(text("UPDATE clause SET heading = '<img src=x onerror=alert(1)>', text = '<svg onload=x>'"))
    db.session.execute(text('UPDATE manual SET titles = \'{"zh-CN": "<script>alert(1)</script>"}\''))
    db.session.commit()
    for url in ("/manuals", "/manuals/KF-01", "/manuals/rules"):
        page = reader.get(url)
        assert not page.soup.select("main img, main svg[onload], main script")


@pytest.mark.parametrize("url", ["/manuals", "/manuals/KF-01", "/manuals/KF-01/1.0", "/manuals/rules"])
def test_no_page_of_manuals_asks_the_database_often(reader, url):
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        reader.get(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) <= MOST_STATEMENTS, "\n\n".join(asked)


@pytest.mark.parametrize("name", NAMED)
def test_everybody_reads_the_manuals(demo, browser, name):
    browser.sign_in(name)
    for url in ("/manuals", "/manuals/KF-01", "/manuals/rules"):
        browser.get(url)


def test_the_pages_speak_chinese(reader):
    reader.language = "zh-CN"
    page = reader.get("/manuals/rules")
    assert page.soup.h1.text == "现行规定一览"
    assert "投诉 · 紧急" in page.main
    assert "第 3 天 24:00 前" in page.main
