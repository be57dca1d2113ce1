"""Nobody sees more than nine places, and each place that is shown opens."""

from __future__ import annotations

import pytest

from portal.demo.cast import NAMED
from portal.web.navigation import MOST


@pytest.mark.parametrize("name", NAMED)
def test_everybody_has_at_most_nine_places_and_each_of_them_opens(demo, browser, name):
    page = browser.sign_in(name).get("/")
    places = page.soup.select("nav.nav li a")
    assert 0 < len(places) <= MOST
    assert places[0]["href"] == "/"
    for place in places:
        browser.get(str(place["href"]))


def test_the_page_that_is_open_is_marked_in_the_navigation(demo, browser):
    page = browser.sign_in("auditor").get("/journal")
    assert [place["href"] for place in page.soup.select("nav.nav a[aria-current=page]")] == ["/journal"]


@pytest.mark.parametrize("name", ["agent", "hr", "admin", "clerk"])
def test_no_page_of_the_layout_links_to_nothing(demo, browser, name):
    page = browser.sign_in(name).get("/")
    links = {str(link["href"]) for link in page.soup.select("a[href^='/']")}
    for link in sorted(links):
        browser.get(link)
