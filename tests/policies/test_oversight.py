"""How the manuals stand for whoever looks after them, and which fields of operations have none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel.permissions import P
from portal.organisation import queries as people
from portal.policies import acknowledgements, change_requests, oversight, queries
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.models import Manual
from portal.policies.states import Category
from tests.conftest import TODAY

YEAR = TODAY - timedelta(days=365)


def reader(name):
    return people.staff(people.person_called(name), TODAY)


def manual_called(code):
    return db.session.scalars(db.select(Manual).where(Manual.code == code)).one()


@pytest.mark.rule("POL-031", "POL-014")
@pytest.mark.parametrize("name", ["hr", "manager", "shopkeeper", "executive", "head", "director"])
def test_each_figure_counts_exactly_what_its_list_shows(demo, name):
    who = reader(name)
    rows = oversight.standings(who, since=YEAR, on=TODAY)
    assert rows
    for one in rows:
        version = acknowledgements.newest(one.manual.id)
        if one.known:
            for list_, count in (("done", one.known.done), ("open", one.known.open), ("declined", one.known.declined)):
                assert len(acknowledgements.who(who, version, list_, size=500).rows) == count
        for unit, tally in one.by_department.items():
            listed = acknowledgements.who(who, version, "done", department_id=unit, size=500).rows
            assert len(listed) == tally.done
        if one.comments is not None:
            assert len(change_requests.requests_to(who, "open", one.manual.code).rows) == one.comments


def test_new_versions_are_counted_from_the_day_on_which_they_bind(demo):
    executive = reader("executive")
    counted = {one.manual.code: one.changes for one in oversight.standings(executive, since=YEAR, on=TODAY)}
    first = next(one for one in queries.editions(manual_called("KF-01")) if one.label == "2.1").since
    for since, count in ((first - timedelta(days=1), 1), (first, 0)):
        rows = oversight.standings(executive, since=since, on=TODAY)
        assert next(one.changes for one in rows if one.manual.code == "KF-01") == count
    assert counted["KF-01"] == 2


def concerns(who, manual):
    """Whether it is theirs, or binds some of their people."""
    theirs = select(Acknowledgement.id).where(
        Acknowledgement.manual_id == manual.id,
        Acknowledgement.department_id.in_(who.where(P.ACKNOWLEDGEMENTS_READ)),
    )
    owns = manual.owner_id == who.id or change_requests.answers(who, manual)
    return owns or db.session.scalar(theirs.limit(1)) is not None


def test_a_head_reads_of_manuals_that_bind_some_of_their_people_and_of_no_others(demo):
    shown = {one.manual.code for one in oversight.standings(reader("head"), since=YEAR, on=TODAY)}
    assert shown == {"AQ-01", "KF-01", "TS-01", "XW-01"}, "marketing is bound by the company's alone"


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", NAMED)
def test_whoever_looks_after_no_manual_sees_no_figure(demo, browser, name):
    who = reader(name)
    page = browser.sign_in(name).get("/manuals/standing")
    shown = {row.select_one(".key").text for row in page.soup.select(".figures tbody tr")}
    every = db.session.scalars(db.select(Manual)).all()
    assert shown == {one.code for one in every if oversight.oversees(who, one) and concerns(who, one)}
    assert bool(browser.get("/manuals").soup.select("a[href='/manuals/standing']")) == bool(shown)
    if name in ("agent", "clerk", "admin"):
        assert not shown


def test_every_figure_of_the_page_opens(demo, browser):
    hr = browser.sign_in("hr")
    page = hr.get("/manuals/standing?manual=KF-01")
    links = {link["href"].partition("#")[0] for link in page.soup.select(".figures td a")}
    assert any("for=" in link for link in links)
    for link in links:
        hr.get(link)


def test_a_department_keeps_its_lists_and_their_export(demo, browser):
    hr = browser.sign_in("hr")
    page = hr.get("/manuals/KF-01/acknowledgements?list=open&for=MKT")
    if not page.soup.select("table.list tbody tr"):
        page = hr.get("/manuals/KF-01/acknowledgements?list=done&for=MKT")
    named = {row.select("td")[1].text for row in page.soup.select("table.list tbody tr")}
    assert len(named) <= 1
    exported = hr.get("/manuals/KF-01/acknowledgements.csv?for=MKT").response.data.decode("utf-8-sig").splitlines()[1:]
    assert {line.split(",")[1] for line in exported} <= {"Marketing"}
    hr.get("/manuals/KF-01/acknowledgements?for=1;--", expect=400)


@pytest.mark.rule("POL-028", "POL-031")
def test_a_manual_that_nobody_watches_over_or_whose_review_is_past_says_so(demo, browser):
    manual = manual_called("KF-01")
    manual.review_on, manual.supervisor_id = TODAY, None
    db.session.commit()
    page = browser.sign_in("manager").get("/manuals/standing")
    (row,) = [one for one in page.soup.select(".figures tbody tr") if "KF-01" in one.text]
    assert "nobody" in row.text
    assert row.select_one(".status.late")


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["days=7", "days=x", "manual=XX-01", "manual=%00"])
def test_a_filter_that_is_none_is_refused(demo, browser, query):
    browser.sign_in("hr").get(f"/manuals/standing?{query}", expect={400, 404})


@pytest.mark.rule("POL-021")
def test_the_nine_fields_are_listed_with_their_manuals_and_those_that_lack_one(demo, browser):
    manual_called("JF-01").category = ""
    db.session.commit()
    page = browser.sign_in("agent").get("/manuals/coverage")
    rows = {row.select_one(".c-what").text: row for row in page.soup.select("table")[0].select("tbody tr")}
    assert len(rows) == 9
    assert "WX-01" in rows["technical service"].text
    assert "no manual" in rows["machine room"].text
    assert str(Category.CUSTOMERS.label) not in rows


@pytest.mark.rule("POL-048")
@pytest.mark.parametrize(("written", "said"), [(True, "in force"), (False, "no manual")])
def test_a_department_whose_service_standards_are_not_in_writing_is_listed(demo, browser, written, said):
    """Logistics is the administration's: its manual HQ-01."""
    if not written:
        manual_called("HQ-01").department_id = None
        db.session.commit()
    page = browser.sign_in("agent").get("/manuals/coverage")
    rows = {row.select_one(".c-what").text: row for row in page.soup.select("table")[2].select("tbody tr")}
    assert said in rows["Administration"].text
    assert ("HQ-01" in rows["Administration"].text) == written


def test_a_manual_for_posts_or_for_a_department_below_counts_for_the_department_around_it(demo):
    shelf = next(one for one in queries.shelves(reader("hr")) if one.manual.code == "WD-01")
    (shop,) = [one for one in oversight.norms([shelf]) if one.shelves]
    assert shop.department.code == "SHOP"
    assert not any(one.shelves for one in oversight.norms([queries.Shelf(shelf.manual, None, shelf.now)]))


@pytest.mark.rule("POL-023")
def test_each_phase_of_a_systems_life_names_the_manuals_in_force_that_cover_it(demo, browser):
    page = browser.sign_in("agent").get("/manuals/coverage")
    rows = {row.select_one(".c-what").text: row for row in page.soup.select("table")[1].select("tbody tr")}
    assert len(rows) == 9
    assert [cell.text for cell in rows["network"].select("td")[1:]] == ["WL-01"] * 4
    assert [cell.text for cell in rows["machine room"].select("td")[1:]] == ["nothing", "JF-01", "nothing", "JF-01"]


@pytest.mark.rule("POL-021", "POL-028", "POL-014", "POL-020")
def test_the_demo_company_lacks_no_field_and_names_for_each_manual_who_watches_and_when_it_is_looked_at_again(demo):
    shelves = queries.shelves(reader("hr"))
    assert [one.field for one in oversight.coverage(shelves) if not one.covered] == []
    for one in shelves:
        manual = one.manual
        assert manual.supervisor_id not in (None, manual.owner_id), manual.code
        assert all((manual.owner, manual.review_on, manual.purpose, manual.principles, manual.category)), manual.code
    assert [one.manual.code for one in shelves if one.manual.review_on <= TODAY] == ["WX-01"]


def test_a_field_whose_manual_is_only_to_come_is_not_covered_yet(demo):
    manual = manual_called("XW-01")
    shelf = next(one for one in queries.shelves(reader("hr")) if one.manual.id == manual.id)
    (covered,) = [one for one in oversight.coverage([shelf]) if one.field is Category.PERSONNEL]
    (coming,) = [
        one for one in oversight.coverage([queries.Shelf(manual, None, shelf.now)]) if one.field is Category.PERSONNEL
    ]
    assert (covered.covered, coming.covered) == (True, False)


def test_a_field_whose_manual_was_repealed_names_none(demo, browser):
    there = "/manuals/JF-01/repeal"
    executive = browser.sign_in("executive")
    executive.post(there, executive.get(there).form("/repeal") | {"reason": "并入网络规范"})
    page = executive.get("/manuals/coverage")
    rows = {row.select_one(".c-what").text: row for row in page.soup.select("table")[0].select("tbody tr")}
    assert "no manual" in rows["machine room"].text
    assert "JF-01" not in page.main


def test_the_pages_ask_the_database_seldom(demo, browser, statements):
    browser.sign_in("executive")
    for url in ("/manuals/standing?manual=KF-01", "/manuals/coverage", "/manuals"):
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, "\n".join(asked))
