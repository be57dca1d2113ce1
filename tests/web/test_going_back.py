"""Whoever goes back to a form that was taken and presses again comes to what the first press made."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.kernel import once
from portal.tickets.models import Ticket

HTML = {"Accept": "text/html"}


def tickets(title: str) -> int:
    db.session.rollback()  # what others wrote since
    return db.session.query(Ticket).where(Ticket.title == title).count()


@pytest.fixture
def agent(demo, browser):
    return browser.sign_in("agent")


@pytest.mark.attack(29)
@pytest.mark.parametrize(
    "url", ["/tickets/new", "/tickets/new?visit=3", "/customers/new", "/people/new", "/proposals/new"]
)
def test_the_page_of_a_create_form_has_its_key_in_its_address(demo, browser, url):
    browser.sign_in({"/people/new": "hr", "/proposals/new": "manager"}.get(url, "agent"))
    there = browser.get(url, expect=303, **HTML).headers["Location"]
    assert there.startswith(f"{url}{'&' if '?' in url else '?'}key=")
    keys = [browser.get(there, **HTML).form("/new")["once"] for _time in range(2)]
    assert keys == [there.rpartition("=")[2]] * 2
    other = browser.get(url, expect=303, **HTML).headers["Location"]
    assert other != there, "each visit has a key of its own"


@pytest.mark.attack(29)
def test_pressing_again_after_going_back_leads_to_the_first(agent):
    there = agent.get("/customers/new", expect=303, **HTML).headers["Location"]
    form = {**agent.get(there, **HTML).form("/new"), "name": "江月", "telephones-0": "0532 8888 2026"}
    first = agent.post("/customers/new", form).headers["Location"]
    page = agent.get(there, **HTML)
    assert "This was kept already as C-2026-" in page.main
    assert "For another matter, open a new sheet" in page.main
    again = agent.post("/customers/new", {**page.form("/new"), "name": "江月月"})
    assert again.headers["Location"] == first
    assert "it was not made a second time" in agent.follow(again).main


@pytest.mark.attack(29)
def test_a_key_that_somebody_else_used_is_nobody_elses(agent, demo):
    there = agent.get("/customers/new", expect=303, **HTML).headers["Location"]
    agent.post("/customers/new", {**agent.get(there, **HTML).form("/new"), "name": "江月"})
    assert "kept already" not in agent.sign_in("supervisor").get(there, **HTML).main


@pytest.mark.attack(14)
@pytest.mark.parametrize("key", ["", "short", "x" * 65, "<script>alert(1)</script>", "a b c d e f g h i j k"])
def test_a_key_that_is_none_is_replaced(agent, key):
    there = agent.get(f"/customers/new?key={key}", expect=303, **HTML).headers["Location"]
    assert len(there.rpartition("key=")[2]) == len(once.new_key())


@pytest.mark.browser
@pytest.mark.attack(29)
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_back_and_press_again_makes_one_ticket(live, script):
    page = live.page("agent", script=script)
    page.goto("/tickets")
    page.goto("/tickets/new")

    def fill():
        page.check("input[name=channel][value=telephone]")
        page.check("input[name=who][value=new]")
        page.fill("input[name=name]", "赵先生")
        page.select_option("select[name=kind]", "consultation")
        page.select_option("select[name=routing]", "how-to")
        page.fill("input[name=title]", "同一件事")
        page.fill("textarea[name=body]", "只有一次。")
        page.click(".form-buttons button.main")
        page.wait_for_url("**/tickets/T-2026-*")

    fill()
    first = page.url
    page.go_back()
    page.wait_for_url("**/tickets/new?key=*")
    assert "已经" in page.inner_text("#notices")
    fill()
    assert page.url == first
    assert tickets("同一件事") == 1
    page.goto("/tickets/new")
    fill()
    assert page.url != first, "a fresh form makes a second one"
    assert tickets("同一件事") == 2
