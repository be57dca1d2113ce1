"""The same doors in a real browser: without script, and after a session ended under an open page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.kernel.actions import PORTAL
from portal.organisation import accounts, queries
from tests.browser import Browser
from tests.conftest import NOW

NEW = "four plain words together"


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "signed_in"), [("zh-CN", "今天"), ("en", "Today")])
def test_from_the_link_to_the_first_page_without_script(live, locale, signed_in):
    person = queries.person_called("brand")
    assert person is not None
    link = accounts.make_link(PORTAL, person, at=NOW)
    assert link is not None
    page = live.page(locale=locale, script=False, width=390)
    page.goto(link.replace(live.app.config["BASE_URL"], live.url))
    page.locator("#password").fill(NEW)
    page.locator("#repeated").fill(NEW)
    page.locator("main .main").click()
    expect(page.locator("#notices")).not_to_be_empty()
    page.locator("#name").fill("brand")
    page.locator("#password").fill(NEW)
    page.locator("main .main").first.click()
    expect(page.locator("h1")).to_have_text(signed_in)


@pytest.mark.browser
@pytest.mark.attack(19)
def test_a_page_that_outlived_its_session_works_again_after_signing_in_elsewhere(live):
    Browser(live.app).sign_in("clerk")
    page = live.page("clerk")
    page.goto("/me")
    button = page.locator("#my-sessions tbody button")
    expect(button).to_have_count(1)
    page.context.clear_cookies()
    button.click()
    expect(page.locator("#refusal")).to_contain_text("另一个标签页")
    cookie = Browser(live.app).sign_in("clerk").client.get_cookie("portal")
    page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": live.url}])  # the other tab
    button.click()
    expect(page.locator("#refusal")).to_contain_text("再点一次")
    button.click()
    expect(page.locator("#refusal")).to_be_empty()
    expect(page.locator("#notices")).to_contain_text("已退出")


@pytest.mark.browser
def test_language_and_theme_are_chosen_before_signing_in_and_kept(live):
    page = live.page(script=False)
    page.goto("/sign-in")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.locator(".cast button[value=clerk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/me")
    page.locator(".side").get_by_role("button", name="dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/me")


@pytest.mark.browser
@pytest.mark.rule("ORG-005")
@pytest.mark.parametrize(
    ("locale", "script", "alone", "settled"),
    [("zh-CN", True, "只归市场部", "已归市场部"), ("en", False, "Marketing alone", "Marketing owns it.")],
)
def test_hr_settles_an_overlap_of_duties_by_one_button(live, locale, script, alone, settled):
    page = live.page("hr", locale=locale, script=script, width=390)
    page.goto("/duties")
    page.get_by_role("button", name=alone).click()
    expect(page.locator("#notices")).to_contain_text(settled)
    expect(page.get_by_role("button", name=alone)).to_have_count(0)


@pytest.mark.browser
def test_the_buttons_of_a_head_stay_on_a_narrow_page_in_the_longer_language(live):
    page = live.page("manager", locale="en", width=390)
    page.goto("/tickets")
    buttons = page.locator(".page-head a.button, .page-head summary")
    assert buttons.count() > 1
    for one in buttons.all():
        box = one.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
