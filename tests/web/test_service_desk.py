"""The hotline and the mailbox are published."""

import pytest


@pytest.mark.rule("TKT-003")
@pytest.mark.parametrize("who", [None, "agent", "clerk"])
def test_the_hotline_and_the_mailbox_stand_at_the_door_and_on_the_first_page(demo, browser, who):
    page = browser.sign_in(who).get("/") if who else browser.get("/sign-in")
    assert page.soup.select_one("a[href='tel:4008002026']").text == "400-800-2026"
    assert page.soup.select_one("a[href='mailto:service@xinghe.example']")


@pytest.mark.rule("TKT-003")
def test_what_a_company_does_not_publish_is_not_shown(demo, browser, monkeypatch):
    monkeypatch.setitem(demo.config, "HOTLINE", "")
    monkeypatch.setitem(demo.config, "MAILBOX", "")
    assert not browser.get("/sign-in").soup.select(".service-desk")
