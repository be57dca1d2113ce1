"""The box understands numbers, names and words, and tells nobody of what they may not see."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.search.queries import number_of
from portal.tickets.models import Ticket


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("T-2026-00042", "T-2026-00042"),
        ("t2026-42", "T-2026-00042"),
        ("Ｔ－２０２６－０００４２", "T-2026-00042"),
        ("42", "T-2026-00042"),
        ("C-2026-7", "C-2026-00007"),
        ("kf-01", "KF-01"),
        ("张伟", None),
        ("1234567", None),
        ("", None),
    ],
)
@pytest.mark.attack(37)
def test_a_number_is_understood_however_it_is_typed(words, number):
    assert number_of(words, 2026) == number


@pytest.mark.parametrize("words", ["zm", "赵敏", "engineer"])
def test_a_colleague_is_found_by_name_initials_and_sign_in_name(demo, browser, words):
    browser.sign_in("agent")
    assert "赵敏" in browser.get(f"/search?q={words}").main


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "NEAR(", "*", "AND OR", "%00", "%ED%A0%80", "x" * 10_000])
def test_hostile_words_widen_nothing_and_break_nothing(demo, browser, words):
    page = browser.sign_in("agent").get(
        "/search?q=" + words.replace("%", "%25").replace("%250", "%0").replace("%25ED%25A0%2580", "%ED%A0%80")
    )
    assert not page.soup.select(".hits li")
    assert page.soup.select_one(".nothing")


def found(page) -> list[str]:
    """The numbers of what a page of hits shows, in its order."""
    return [re.search(r"[A-Z]+-?[\d-]+", one.text)[0] for one in page.soup.select(".hits .fine")]


def title_of(number: str) -> str:
    return db.session.scalars(select(Ticket.title).where(Ticket.number == number)).one()


def test_enter_behind_a_number_opens_it_and_while_one_types_it_stands_on_top(demo, browser):
    browser.sign_in("supervisor")
    assert browser.get("/search?q=17", expect=303).headers["Location"] == "/tickets/T-2026-00017"
    assert browser.get("/search?q=KF-01", expect=303).headers["Location"] == "/manuals/KF-01"
    part = browser.get("/search?q=17", part="search-hits")
    assert found(part)[0] == "T-2026-00017"


@pytest.mark.attack(10, 16, 18)
def test_what_somebody_may_not_see_is_not_hinted_at(demo, browser):
    title = title_of("T-2026-00017")
    seen, unseen = (
        browser.sign_in("supervisor").get(f"/search?q={title}"),
        browser.sign_in("hr").get(f"/search?q={title}"),
    )
    assert found(seen)[0] == "T-2026-00017"
    assert "T-2026-00017" not in unseen.text
    nowhere = browser.get("/search?q=无中生有之事")
    assert unseen.main.replace(title, "") == nowhere.main.replace("无中生有之事", "")
    forged = {"HX_Current_URL": "/tickets/T-2026-00017", "HX_Request": "true"}
    for ask in ({"part": "search-hits"}, {"part": "search-hits", **forged}, forged):
        assert "T-2026-00017" not in browser.get(f"/search?q={title}", **ask).text
    assert "T-2026-00017" not in browser.get("/search?q=17").text
    browser.get("/search?q=17", part="search-hits")


def test_names_stand_before_words_and_kinds_have_tabs_with_their_counts(demo, browser):
    page = browser.sign_in("supervisor").get("/search?q=李娜")
    assert "李娜" in page.soup.select_one(".hits .open").text
    tabs = {one.contents[0].strip(): one["href"] for one in page.soup.select(".tabs a")}
    assert "Colleagues" in tabs
    people = browser.get(tabs["Colleagues"])
    assert people.soup.select_one(".tabs [aria-current]").contents[0].strip() == "Colleagues"
    assert {one["href"].split("/")[1] for one in people.soup.select(".hits .open")} == {"people"}
    browser.get("/search?q=x&kind=password_hash", expect=400)


def test_a_reader_without_customers_has_no_tab_for_them(demo, browser):
    page = browser.sign_in("hr").get("/search?q=网")
    assert not [one for one in page.soup.select(".tabs a") if "kind=customer" in one["href"]]
    browser.get("/search?q=网&kind=customer", expect=400)


@pytest.mark.attack(37)
@pytest.mark.parametrize("words", ["發票", "发票", "票", "发票 抬头", "抬頭 發票"])
def test_what_was_met_is_marked_where_it_stands(demo, browser, words):
    page = browser.sign_in("director").get(f"/search?q={words}")
    first = page.soup.select_one(".hits li")
    assert "发票" in first.text or "票" in first.text
    assert first.select("mark")


@pytest.mark.attack(1)
def test_markup_in_a_text_is_shown_as_it_was_typed(demo, browser):
    browser.sign_in("agent")
    typed = {
        "channel": "telephone", "who": "anonymous", "kind": "consultation", "routing": "how-to", "impact": "one",
        "urgency": "today", "title": "怪标题<img src=x onerror=alert(1)>",
        "body": "正文里<svg onload=alert(1)>怪话</mark><script>alert(1)</script>",
    }  # fmt: skip
    browser.post("/tickets/new", typed)
    page = browser.get("/search?q=怪话")
    assert "怪标题<img src=x onerror=alert(1)>" in page.main
    assert not page.soup.select(".hits img, .hits svg, .hits script")
    assert not browser.get("/search?q=怪标题", part="search-hits").soup.select("img, svg.x, script")


@pytest.mark.parametrize("name", ["agent", "director", "clerk"])
def test_a_page_of_hits_asks_no_more_than_ten_statements(demo, browser, statements, name):
    browser.sign_in(name)
    for words in ("网", "网络 客户", "李娜", "zw", "13800", "42", "没有的"):
        statements.clear()
        browser.get(f"/search?q={words}", expect={200, 303})
        asked = [one for one in statements if not one.startswith(("BEGIN", "SET", "SAVEPOINT"))]
        assert len(asked) <= 10, (words, asked)


def test_similar_tickets_stand_below_the_line_while_it_is_typed(demo, browser):
    title = title_of("T-2026-00017")
    part = browser.sign_in("supervisor").get(f"/tickets/new/similar?title={title[:8]}又慢了", part="similar-tickets")
    assert part.soup.select_one("#similar-tickets a")["href"] == "/tickets/T-2026-00017"
    assert not browser.get("/tickets/new/similar?title=完全无关紧要", part="similar-tickets").soup.select("a")
    assert browser.get("/tickets/new").soup.select_one("#title[hx-get='/tickets/new/similar']")
    assert title in browser.get(f"/tickets/new/similar?title={title}").main


@pytest.mark.attack(16)
def test_similar_tickets_tell_nobody_of_one_they_may_not_see(demo, browser):
    title = title_of("T-2026-00017")
    assert not browser.sign_in("hr").get(f"/tickets/new/similar?title={title}", part="similar-tickets").soup.select("a")


def test_similar_tickets_ask_no_more_than_ten_statements(demo, browser, statements):
    browser.sign_in("supervisor")
    statements.clear()
    browser.get("/tickets/new/similar?title=晚上网速很慢", part="similar-tickets")
    assert len([one for one in statements if not one.startswith(("BEGIN", "SET"))]) <= 10
