"""What the browser does better than a reload: a caller is found while one types."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_visitor_is_found_while_one_types_and_registered(live, locale):
    page = live.page("agent", locale=locale)
    page.goto("/visits")
    page.locator("#visitor").fill("一位客人")
    page.locator("#words").press_sequentially("0000 1071", delay=5)
    page.get_by_role("radio", name="林淑芬").check()
    assert page.locator("#visitor").input_value() == "一位客人"  # finding takes nothing away that was typed
    page.locator("#purpose").fill("交钥匙")
    page.locator("form[method=post] button.main").click()
    page.wait_for_selector("#notices .notice")
    row = page.locator("#visit-list tr", has_text="交钥匙")
    assert "一位客人" in row.inner_text()
    row.get_by_role("button").click()
    expect(row.get_by_role("button")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.attack(40)
def test_the_list_follows_what_is_typed_and_the_address_keeps_it(live):
    page = live.page("agent")
    page.goto("/customers")
    page.locator("#words").press_sequentially("织造", delay=5)
    expect(page.locator("#customer-list tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("words="))
    page.locator("#words").fill("查无此人")
    expect(page.locator("#customer-list .nothing")).to_be_visible()


@pytest.mark.browser
def test_all_of_it_works_without_script(live):
    page = live.page("agent", script=False, width=390)
    page.goto("/customers")
    page.fill("#words", "138 0000 4242")
    page.locator(".finder button").click()
    page.locator("#customer-list a").click()
    page.fill("#name", "江月")
    page.locator("form[method=post] button.main").last.click()
    assert "江月" in page.locator("h1").inner_text()
    page.locator(".side a[href^='/visits']").click()
    page.fill("#purpose", "交材料")
    page.locator("form[action='/visits'][method=post] button.main").click()
    assert "江月" in page.locator("#visit-list").inner_text()
