"""The filter of the rules in a real browser: the table follows at once, the address too."""

import pytest


@pytest.mark.browser
def test_the_table_follows_the_department_that_is_chosen(demo, live):
    page = live.page("agent")
    page.goto("/manuals/rules")
    page.select_option("#filter-for", "SHOP")
    page.get_by_text("WD-01 2.1").first.wait_for()
    assert "for=SHOP" in page.url
    page.locator("[id='tickets.first_response'] summary").click()
    assert "二十秒" in page.locator("[id='tickets.first_response'] .because-note").first.inner_text()


@pytest.mark.browser
def test_the_table_follows_without_script_too(demo, live):
    page = live.page("agent", script=False)
    page.goto("/manuals/rules")
    page.select_option("#filter-for", "SHOP")
    page.locator(".filters button").click()
    page.get_by_text("WD-01 2.1").first.wait_for()
