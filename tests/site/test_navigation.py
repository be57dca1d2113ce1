"""Nobody sees more than nine entries, and each place behind them opens."""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from portal.web import navigation
from portal.web.navigation import BOOKS, COMPANY, MOST, UPKEEP


@pytest.mark.parametrize("name", NAMED)
def test_everybody_has_at_most_nine_entries_and_each_of_them_opens(demo, browser, name):
    page = browser.sign_in(name).get("/")
    places = page.soup.select("nav.nav li a")
    assert 0 < len(places) <= MOST
    assert places[0]["href"] == "/"
    for place in places:
        opened = browser.get(str(place["href"]))
        assert len(opened.soup.select(".nav-inner > ul > li")) == len(places)
        for inside in opened.soup.select("nav.nav li li a"):
            browser.get(str(inside["href"]))


def test_the_page_that_is_open_is_marked_in_the_navigation(demo, browser):
    page = browser.sign_in("auditor").get("/journal")
    assert [place["href"] for place in page.soup.select("nav.nav a[aria-current=page]")] == ["/journal"]


def test_a_group_opens_where_one_is_and_says_what_is_in_it(demo, browser):
    def drawn(url):
        entries = browser.get(url).soup.select(".nav-inner > ul > li")
        return {one.select_one("span").text: [a["href"] for a in one.select(":scope ul a")] for one in entries}

    browser.sign_in("hr")
    assert drawn("/")["Manuals and training"] == []
    assert drawn("/training/plan")["Manuals and training"] == ["/manuals", "/training"]
    assert drawn("/training/plan")["People and calendar"] == []


def test_whoever_may_open_one_place_of_a_group_sees_that_one(demo, browser):
    links = {str(one["href"]): one.text for one in browser.sign_in("admin").get("/").soup.select("nav.nav li a")}
    assert links["/security-log"] == "Security log"
    assert browser.get("/security-log").soup.select(".nav-group") == []


def test_each_group_holds_places_that_are_there(app):
    behind = {place.group for place in navigation._places} - {None}
    assert behind == {BOOKS, COMPANY, UPKEEP}


@pytest.mark.parametrize("name", ["agent", "hr", "admin", "clerk"])
def test_no_page_of_the_layout_links_to_nothing(demo, browser, name):
    page = browser.sign_in(name).get("/")
    links = {str(link["href"]) for link in page.soup.select("a[href^='/']")}
    for link in sorted(links):
        browser.get(link)
