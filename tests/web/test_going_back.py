"""Whoever goes back to a form that was taken and presses again comes to what the first press made; whoever has written
something else on it meanwhile is asked whether that is a matter of its own, and loses no word."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel import once
from portal.tickets.models import Ticket
from tests.browser import Browser, Page
from tests.tickets.conftest import by_hand

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
    form = {**agent.get(there, **HTML).form("/new"), "name": "江月", "telephones": "0532 8888 2026"}
    first = agent.post("/customers/new", form).headers["Location"]
    page = agent.get(there, **HTML)
    assert "This was kept already as C-2026-" in page.main
    assert "For another matter, open a new sheet" in page.main
    again = agent.post("/customers/new", {**page.form("/new"), "name": "江月", "telephones": "0532 8888 2026"})
    assert again.headers["Location"] == first
    assert "it was not made a second time" in agent.follow(again).main


def changed(agent) -> tuple[str, Any]:
    """What was made first, and the page that comes when the sheet is sent again with other words."""
    there = agent.get("/customers/new", expect=303, **HTML).headers["Location"]
    form = {**agent.get(there, **HTML).form("/new"), "name": "江月", "telephones": "0532 8888 2026"}
    first = agent.post("/customers/new", form).headers["Location"]
    return first, agent.post("/customers/new", {**form, "name": "<b>江月月</b>", "note": "另一位"}, expect=409)


@pytest.mark.attack(1, 29)
def test_other_words_on_a_sheet_that_was_kept_are_asked_about_and_not_lost(agent):
    first, page = changed(agent)
    number = first.rpartition("/")[2]
    told = page.soup.select_one(".error-summary")
    assert "This sheet was sent before" in told.text
    assert [(one["href"], one.text) for one in told.select("a")] == [(first, number)]
    form = page.form("/new")
    assert (form["name"], form["note"], form["telephones"]) == ("<b>江月月</b>", "另一位", "0532 8888 2026")
    assert db.session.query(Customer).where(Customer.note == "另一位").count() == 0, "nothing is made unasked"


@pytest.mark.attack(29)
def test_pressing_again_makes_a_second_thing_and_only_one(agent):
    first, page = changed(agent)
    form = {**page.form("/new"), "name": "江月月", "telephones": "0532 8888 2027"}
    second, again = (agent.post("/customers/new", form).headers["Location"] for _time in range(2))
    assert second == again != first


ROUNDS = 8
"""Two presses do not meet at the same statement each time."""


@pytest.mark.attack(27, 29)
@pytest.mark.parametrize(
    ("url", "typed", "name"),
    [
        ("/customers/new", {"note": "两扇窗口"}, "name"),
        ("/tickets/new", {"channel": "telephone", "who": "anonymous", "kind": "consultation", "routing": "how-to",
                          "title": "两扇窗口"}, "body"),
    ],
    ids=["customer", "ticket"],
)  # fmt: skip
def test_of_two_presses_of_one_sheet_with_other_words_at_the_same_moment_one_is_kept_and_none_is_lost(
    demo, url, typed, name
):
    windows = [Browser(demo).sign_in("agent") for _time in range(2)]
    tokens = [one.token() for one in windows]
    for turn in range(ROUNDS):
        fresh, moment = windows[0].get(windows[0].get(url, expect=303, **HTML).headers["Location"], **HTML), Barrier(2)
        sheets = [
            {**fresh.form("/new"), **typed, name: f"第{turn}次，{which}窗口。", "csrf_token": token}
            for which, token in zip("左右", tokens, strict=True)
        ]

        def press(window: Browser, sheet: dict[str, str], moment: Barrier = moment) -> Page:
            moment.wait()
            return window.send(url, sheet, {303, 409})

        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(press, windows, sheets))
        assert sorted(page.status for page in pages) == [303, 409]
        (kept,) = (page.headers["Location"] for page in pages if page.status == 303)
        ((late, sheet),) = ((page, sent) for page, sent in zip(pages, sheets, strict=True) if page.status == 409)
        assert [one["href"] for one in late.soup.select(".error-summary a")] == [kept]
        again = late.form("/new")
        assert {one: again[one] for one in (*typed, name)} == {one: sheet[one] for one in (*typed, name)}
        assert again["once"] != sheet["once"], "pressing again makes a thing of its own"


@pytest.mark.attack(29)
def test_line_ends_and_spaces_around_make_no_other_words(agent):
    there = agent.get("/customers/new", expect=303, **HTML).headers["Location"]
    form = {**agent.get(there, **HTML).form("/new"), "name": "江月", "note": "两行\r\n字"}
    first = agent.post("/customers/new", form).headers["Location"]
    assert agent.post("/customers/new", {**form, "note": "两行\n字 "}).headers["Location"] == first


@pytest.mark.attack(29)
def test_a_key_of_which_it_is_not_known_what_it_said_leads_to_what_it_made(agent):
    there = agent.get("/customers/new", expect=303, **HTML).headers["Location"]
    form = {**agent.get(there, **HTML).form("/new"), "name": "江月"}
    first = agent.post("/customers/new", form).headers["Location"]
    by_hand("UPDATE once_key SET digest = ''")
    assert agent.post("/customers/new", {**form, "name": "江月月"}).headers["Location"] == first


@pytest.mark.attack(29)
def test_a_file_chosen_without_script_counts_as_words_do_and_is_kept_for_the_next_press(agent):
    there = agent.get("/tickets/new", expect=303, **HTML).headers["Location"]
    form = {
        **agent.get(there, **HTML).form("/new"), "channel": "telephone", "who": "anonymous", "kind": "consultation",
        "routing": "how-to", "title": "带附件", "body": "见附件。",
    }  # fmt: skip
    first = agent.post("/tickets/new", {**form, "files": (io.BytesIO(b"one"), "a.txt")}).headers["Location"]
    same = agent.post("/tickets/new", {**form, "files": (io.BytesIO(b"one"), "a.txt")})
    assert same.headers["Location"] == first
    page = agent.post("/tickets/new", {**form, "files": (io.BytesIO(b"two"), "a.txt")}, expect=409)
    assert "a.txt" in page.soup.select_one(".files").text
    second = agent.post("/tickets/new", page.form("/new")).headers["Location"]
    assert second != first
    assert tickets("带附件") == 2


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

    def fill(body="只有一次。"):
        page.check("input[name=channel][value=telephone]")
        page.check("input[name=who][value=new]")
        page.fill("input[name=name]", "赵先生")
        page.select_option("select[name=kind]", "consultation")
        page.select_option("select[name=routing]", "how-to")
        page.fill("input[name=title]", "同一件事")
        page.fill("textarea[name=body]", body)
        page.click(".form-buttons button.main")

    fill()
    page.wait_for_url("**/tickets/T-2026-*")
    first = page.url
    page.go_back()
    page.wait_for_url("**/tickets/new?key=*")
    assert "已经" in page.inner_text("#notices")
    fill()
    page.wait_for_url("**/tickets/T-2026-*")
    assert page.url == first
    assert tickets("同一件事") == 1
    page.go_back()
    page.wait_for_url("**/tickets/new?key=*")
    fill("这是另一件事。")
    page.wait_for_selector(".error-summary")
    assert first.rpartition("/")[2] in page.inner_text(".error-summary")
    assert page.input_value("textarea[name=body]") == "这是另一件事。"
    assert tickets("同一件事") == 1
    page.click(".form-buttons button.main")
    page.wait_for_url("**/tickets/T-2026-*")
    assert page.url != first, "pressing again makes a matter of its own"
    assert tickets("同一件事") == 2
