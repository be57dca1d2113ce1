"""The bell of an open page: it follows what is told, politely, and disturbs nobody who types."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.notifications import queries
from portal.organisation import queries as people
from portal.organisation.models import SignInSession
from tests.conftest import NOW, TODAY
from tests.notifications.test_pages import ring

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(live):
    """The agent's first page with the browser's clock in our hands; `asked` are the addresses that it asked for."""
    page = live.page("agent")
    page.clock.install()
    page.asked = []
    page.on(
        "request", lambda one: page.asked.append(one.url.removeprefix(live.url)) if "/static/" not in one.url else 0
    )
    page.goto("/tickets/new")
    page.asked.clear()
    return page


def test_the_bell_of_an_open_page_follows_each_minute_and_what_is_typed_stays(open_page):
    agent = people.staff(people.person_called("agent"), TODAY)
    before = queries.unread(agent)
    db.session.rollback()
    expect(open_page.locator("#bell .count")).to_have_text(str(before))
    open_page.locator("#body").fill("打到一半")
    ring(PORTAL, agent.id, 2, at=NOW)
    open_page.clock.run_for(61_000)
    expect(open_page.locator("#bell .count")).to_have_text(str(before + 2))
    assert [one for one in open_page.asked if one != "/drafts"] == ["/notifications/bell"]
    assert open_page.locator("#body").input_value() == "打到一半"
    assert open_page.evaluate("document.activeElement.id") == "body"


def test_a_page_that_nobody_looks_at_asks_nothing(open_page):
    open_page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    open_page.clock.run_for(5 * 60_000)
    assert open_page.asked == []
    open_page.evaluate("Object.defineProperty(document, 'hidden', {get: () => false, configurable: true})")
    with open_page.expect_response("**/notifications/bell"):
        open_page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert open_page.asked == ["/notifications/bell"]


def test_a_session_that_has_ended_takes_away_nothing_that_was_typed(open_page):
    open_page.locator("#body").fill("打到一半")
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    db.session.execute(db.update(SignInSession).values(ended_at=NOW))
    db.session.commit()
    with open_page.expect_response("**/notifications/bell") as answer:
        open_page.clock.run_for(61_000)
    assert answer.value.status == 204
    assert open_page.locator("#body").input_value() == "打到一半"
    assert urlsplit(open_page.url).path == "/tickets/new"
    assert open_page.locator("#refusal").inner_text() == ""


def test_the_list_and_the_choices_work_without_script_and_with_it(live):
    for script in (True, False):
        page = live.page("agent", script=script)
        page.goto("/notifications")
        count = page.locator(".notice-row.is-new").count()
        assert count
        page.get_by_role("button", name="标为已读", exact=True).first.click()
        expect(page.locator(".notice-row.is-new")).to_have_count(count - 1)
        expect(page.locator("#bell .count")).to_have_text(str(count - 1))
        page.locator(".notice-row.is-new .open").first.click()
        page.wait_for_url("**/tickets/T-*")
        expect(page.locator("#bell .count")).to_have_text(str(count - 2))
    page.goto("/notifications")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator("#bell .count")).to_have_count(0)
    page.goto("/me/notifications")
    page.get_by_label("紧急情况 · 即时邮件").uncheck()
    page.locator("form[action='/me/notifications'] button.main").click()
    page.wait_for_selector("#notices .notice")
    assert not page.get_by_label("紧急情况 · 即时邮件").is_checked()
