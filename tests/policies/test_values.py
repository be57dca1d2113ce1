"""Each key has a page: what holds for whom on which day, by which clause, and every version that ruled on it."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import pytest

from portal.kernel.errors import Clause
from portal.policies import queries, values
from portal.policies.rulebook import KEYS
from portal.policies.rules import VersionText
from portal.policies.states import Standing

ROUNDS = KEYS["tickets.satisfaction_rounds"]
JANUARY, JULY, OCTOBER = date(2026, 1, 1), date(2026, 7, 1), date(2026, 10, 12)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_declared_key_says_what_it_affects(key):
    assert key.affects


def test_a_key_that_no_clause_rules_on_has_its_declared_default(published):
    line = values.rule_line(ROUNDS, on=JULY, chain=[None])
    assert (line.rule.value, line.note, line.coming) == (3, None, None)
    assert values.history(ROUNDS, on=JULY, first=[None]) == []


def test_the_line_of_versions_names_each_value_with_its_day_its_version_and_its_clause(published):
    published({ROUNDS.name: "5"}, from_=JANUARY)
    published({ROUNDS.name: "2"}, from_=JULY)
    published({ROUNDS.name: "4"}, from_=date(2026, 11, 1))
    (line,) = values.history(ROUNDS, on=OCTOBER, first=[None])
    assert [(one.label, one.since, str(one.lines[0].value), one.standing) for one in line.entries] == [
        ("3.0", date(2026, 11, 1), "4 rounds", Standing.COMING),
        ("2.0", JULY, "2 rounds", Standing.IN_FORCE),
        ("1.0", JANUARY, "5 rounds", Standing.SUPERSEDED),
    ]
    assert line.entries[1].clause == Clause("KF-01", "2.0", "1.1")
    assert line.entries[1].href == "/manuals/KF-01/2.0?at=1.1#c-1.1"


@pytest.mark.parametrize(("on", "value", "coming"), [
    (date(2026, 6, 30), 5, (JULY, 2)),
    (JULY, 2, None),
])  # fmt: skip
def test_a_value_holds_to_the_last_day_before_the_next_version_and_the_next_one_is_announced(
    published, on, value, coming
):
    published({ROUNDS.name: "5"}, from_=JANUARY)
    published({ROUNDS.name: "2"}, from_=JULY)
    line = values.rule_line(ROUNDS, on=on, chain=[None])
    assert line.rule.value == value
    assert (line.coming and (line.coming.on, line.coming.rule.value)) == coming


def test_a_version_that_says_the_same_announces_nothing_new(published):
    published({ROUNDS.name: "5"}, from_=JANUARY)
    published({ROUNDS.name: "5"}, from_=JULY)
    assert values.rule_line(ROUNDS, on=JANUARY, chain=[None]).coming is None
    assert values.history(ROUNDS, on=JULY, first=[None])[0].entries[0].as_before


def test_a_version_that_leaves_a_key_open_brings_the_default_back_and_says_so(published):
    published({ROUNDS.name: "5"}, from_=JANUARY)
    version = published({}, from_=JULY, drops=frozenset({ROUNDS.name}))
    line = values.rule_line(ROUNDS, on=JANUARY, chain=[None])
    assert (line.coming.on, line.coming.rule.value, line.coming.rule.clause) == (JULY, 3, None)
    entry = values.history(ROUNDS, on=JULY, first=[None])[0].entries[0]
    assert (entry.clause, entry.lines, entry.href) == (None, (), f"/manuals/KF-01/{version.label}")
    published({}, from_=date(2026, 8, 1))
    assert len(values.history(ROUNDS, on=JULY, first=[None])[0].entries) == 2


def test_a_department_that_is_ruled_by_its_own_manual_stands_first(published, manual, department):
    shop = department("SHOP", department("XH"))
    published({ROUNDS.name: "5"}, from_=JANUARY)
    published({ROUNDS.name: "9"}, from_=JANUARY, of=manual("WD-01", shop))
    assert values.rule_line(ROUNDS, on=JULY, chain=queries.chain_of(shop)).rule.clause.manual == "WD-01"
    assert values.rule_line(ROUNDS, on=JULY, chain=[None]).rule.value == 5
    lines = values.history(ROUNDS, on=JULY, first=queries.chain_of(shop))
    assert [one.department and one.department.code for one in lines] == ["SHOP", None]
    assert values.history(ROUNDS, on=JULY, first=[None])[0].department is None


def test_the_page_of_a_key_asks_the_database_seldom_however_long_its_line(demo, browser, statements):
    from portal.extensions import db
    from portal.kernel.actions import PORTAL
    from portal.policies import actions
    from portal.policies.models import Manual
    from tests.conftest import NOW

    manual = db.session.scalars(db.select(Manual).where(Manual.code == "TS-01")).one()
    kept = queries.last_version(manual)
    texts = tuple(queries.written([kept.id])[kept.id].clauses)
    for at in range(1, 9):
        version = VersionText(9, at, date(2027, at, 1), texts)
        actions.publish_version(PORTAL, manual, version, at=NOW)
    browser.sign_in("agent")
    for url in ("/manuals/rules", "/manuals/rules/tickets.complaint_answer", "/manuals/rules?words=TS-01&for=SHOP"):
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, "\n".join(asked))


def test_a_page_full_of_values_with_their_clauses_takes_ten_statements_at_most(demo, browser, statements):
    browser.sign_in("agent")
    statements.clear()
    page = browser.get("/manuals/rules")
    assert len(page.soup.select(".because")) > 40
    asked = [one for one in statements if one.startswith("SELECT")]
    assert len(asked) <= 10, "\n".join(asked)
    assert len([one for one in asked if "FROM ruling" in one]) == 1


@pytest.mark.parametrize("url", ["/", "/tickets", "/tickets/T-2026-00022", "/training", "/manuals"])
def test_a_request_asks_the_manuals_of_a_day_once(demo, browser, statements, url):
    browser.sign_in("shopkeeper")
    statements.clear()
    browser.get(url)
    assert len([one for one in statements if "FROM ruling" in one]) <= 1


def test_the_page_says_what_holds_for_me_for_another_department_and_on_another_day(demo, browser):
    agent = browser.sign_in("agent")
    url = "/manuals/rules/tickets.first_response"
    now = agent.get(url).soup.select_one(".value-now").get_text(" ")
    assert "Today, for" in now
    assert "24 h" in now
    assert "KF-01 4.1" in now
    assert "from 1 Nov" in now
    assert "WD-01" in agent.get(f"{url}?for=SHOP").soup.select_one(".value-now").text
    old = agent.get(f"{url}?on=2020-01-01")
    assert "the declared default, which costs nobody money" in old.soup.select_one(".value-now").text
    assert old.soup.select("a[href='/manuals/rules?on=2020-01-01']")


def test_the_key_page_says_default_bounds_and_what_it_affects(demo, browser):
    page = browser.sign_in("agent").get("/manuals/rules/tickets.satisfaction_rounds")
    assert "the next level decides about a ticket" in page.soup.select_one(".under").text
    assert "1 round to 9 rounds" in page.soup.select_one(".side").text
    assert "3 rounds" in page.soup.select_one(".side").text


def test_a_clause_leads_to_its_keys_and_a_key_back_to_its_clauses(demo, browser):
    agent = browser.sign_in("agent")
    chip = agent.get("/manuals/KF-01/2.1").soup.select_one("[id='c-5.2'] .ruled a")
    assert chip["href"] == "/manuals/rules/tickets.satisfaction_rounds"
    leads = {link["href"] for link in agent.get(chip["href"]).soup.select(".value-line a")}
    assert {
        "/manuals/KF-01/1.0?at=5.2#c-5.2",
        "/manuals/KF-01/2.1?at=5.2#c-5.2",
        "/manuals/KF-01/3.0?at=5.2#c-5.2",
    } <= leads


def test_a_clause_asks_for_the_days_and_the_department_that_it_binds(demo, browser):
    agent = browser.sign_in("agent")
    old = agent.get("/manuals/KF-01/2.0").soup.select_one("[id='c-5.2'] .ruled a")["href"]
    assert old == "/manuals/rules/tickets.satisfaction_rounds?on=2026-04-01"
    shop = agent.get("/manuals/WD-01").soup.select_one(".ruled a")["href"]
    assert "?for=SHOP" in shop
    assert "WD-01" in agent.get(shop).soup.select_one(".value-now").text


def found(page):
    return [row["id"] for row in page.soup.select("table.rules tbody tr")]


@pytest.mark.parametrize(("words", "names"), [
    ("satisfaction_rounds", ["tickets.satisfaction_rounds"]),
    ("KF-01 ROUNDS", ["tickets.satisfaction_rounds"]),
    ("days acknowledge", ["manuals.acknowledge_within"]),
    ("nothing of the kind", []),
    ("%", []),
])  # fmt: skip
def test_rules_are_found_by_words_of_what_they_are_called_and_of_their_clause(demo, browser, words, names):
    page = browser.sign_in("agent").get(f"/manuals/rules?{urlencode({'words': words})}")
    assert set(names) <= set(found(page))
    assert len(found(page)) < len(KEYS)
    assert bool(found(page)) == bool(names)


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["'\"", "NEAR(", "*", "\\", "a" * 10_000, "%00", "%ED%A0%80"])
def test_hostile_words_find_nothing_and_break_nothing(demo, browser, words):
    browser.sign_in("agent").get(f"/manuals/rules?words={words}")


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["on=tomorrow", "for=1;--", "for=%00"])
def test_a_filter_of_a_key_that_is_none_is_refused(demo, browser, query):
    browser.sign_in("agent").get(f"/manuals/rules/tickets.first_response?{query}", expect=400)


@pytest.mark.parametrize("key", ["tickets.nothing", "x", "1.0", "tickets.first_response%00"])
def test_a_key_that_nobody_declares_is_not_found(demo, browser, key):
    browser.sign_in("agent").get(f"/manuals/rules/{key}", expect=404)


@pytest.mark.attack(1)
def test_a_hostile_heading_is_inert_on_the_page_of_a_key(demo, browser):
    from portal.extensions import db

    db.session.execute(db.text("UPDATE clause SET heading = '<img src=x onerror=alert(1)>'"))
    db.session.commit()
    page = browser.sign_in("agent").get("/manuals/rules/tickets.satisfaction_rounds")
    assert not page.soup.select("main img")


def test_the_value_is_sent_alone_when_a_filter_changes(demo, browser):
    part = browser.sign_in("agent").get("/manuals/rules/tickets.first_response?for=SHOP", part="key-value")
    assert "WD-01" in part.soup.select_one("#key-value").text
    assert not part.soup.select_one("h1")
