"""Colleagues whom a note calls by name: told if they see it, and nobody sees more for being called."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Refused
from portal.kernel.permissions import Role
from portal.notifications import actions as bells
from portal.notifications import queries as notices
from portal.organisation import accounts
from portal.tickets import actions, mentions, queries
from portal.tickets.models import Ticket, TicketEntry
from tests.conftest import NOW
from tests.tickets.conftest import by_hand, later, person_of


def rung(who: Any) -> list[str]:
    """What of tickets stands on somebody's bell."""
    while bells.tell(PORTAL, at=later(1)):
        pass
    return [one.sentence for one in notices.notices(who).rows if one.notice.about == "ticket"]


def names(people: Any) -> list[str]:
    return [one.name for one in people]


@pytest.mark.parametrize("call", ["@Wang", "@wang", "@{sign_in}", "＠Wang", "请@Wang看一下", "@Wang：请看", "(@Wang)"])
def test_whoever_is_called_and_sees_the_note_is_told(house, worked, call):
    ticket = worked()
    reach = actions.note(house.li, ticket, call.format(sign_in=house.wang.sign_in_name), at=NOW)
    assert (names(reach.told), names(reach.missed)) == (["Wang"], [])
    assert "Wang is named in a note" in rung(house.wang)


@pytest.mark.parametrize(
    "words", ["wang@example.com", "@", "@@Wang", "@Wangs", "@Wang_2", "a@Wang", "@nobody", "@ Wang", "Wang", "@王"]
)
def test_what_is_no_call_tells_nobody(house, worked, words):
    reach = actions.note(house.li, worked(), words, at=NOW)
    assert reach == mentions.Reach()


@pytest.mark.parametrize(
    ("call", "called"), [("@élodie", ["Élodie"]), ("@ÉLODIE 请看", ["Élodie"]), ("@Zoé", []), ("@zo", ["Zo"])]
)
def test_an_accent_makes_another_letter_and_a_capital_does_not(house, worked, staff, call, called):
    for name in ("Élodie", "Zo"):
        staff(name, house.desk, Role.AGENT)
    reach = actions.note(house.li, worked(), call, at=NOW)
    assert names(reach.told) == called


@pytest.mark.attack(10)
def test_whoever_does_not_see_the_ticket_is_not_told_and_the_author_hears_it_at_once(house, worked):
    ticket = worked()
    reach = actions.note(house.li, ticket, "@Mo @Yu @Wang 请看", at=NOW)
    assert (names(reach.told), names(reach.missed)) == (["Wang"], ["Mo", "Yu"])
    assert [str(one) for one in reach.sentences()][1:] == [
        f"{name} cannot read this note; ask them inside instead." for name in ("Mo", "Yu")
    ]
    for who in (house.mo, house.yu):
        assert queries.ticket_seen_by(who, ticket.number) is None
        assert rung(who) == []
    assert [row.facts["name"] for row in journal.of("ticket", ticket.id) if row.name == "Mentioned"] == ["Wang"]
    (kept,) = db.session.scalars(select(TicketEntry)).all()
    assert kept.body == "@Mo @Yu @Wang 请看"


@pytest.mark.attack(10, 16)
def test_a_colleague_who_only_asked_for_help_is_not_told_of_what_is_said_inside(house, opened):
    ticket = opened(house.mo, requester=person_of(house.mo), customer=None)
    assert queries.ticket_seen_by(house.mo, ticket.number)
    reach = actions.note(house.han, ticket, "@Mo 他上次也这样", at=NOW)
    assert (names(reach.told), names(reach.missed)) == ([], ["Mo"])
    assert not any("named" in one for one in rung(house.mo))


@pytest.mark.attack(10)
def test_a_complaint_about_somebody_is_not_told_to_them_by_calling_them(house, opened):
    ticket = opened(house.lin, kind="complaint", about=person_of(house.wang))
    reach = actions.note(house.lin, ticket, "@Wang 说明一下", at=NOW)
    assert (names(reach.kept_out), names(reach.missed)) == (["Wang"], [])
    assert [str(one) for one in reach.sentences()] == [
        "Wang is not to see this ticket: it is about them or their people."  # and nobody is sent to ask them
    ]
    assert rung(house.wang) == []


def test_a_name_that_two_have_is_not_guessed(house, worked, staff):
    other = staff("Wang", house.tech)
    ticket = worked()
    with pytest.raises(Refused) as no:
        actions.note(house.li, ticket, "@Wang 请看", at=NOW)
    assert no.value.field == "words"
    assert house.wang.sign_in_name in str(no.value)
    assert other.sign_in_name in str(no.value)
    assert not db.session.scalars(select(TicketEntry)).all()
    reach = actions.note(house.li, ticket, f"@{house.wang.sign_in_name} 请看", at=NOW)
    assert [one.id for one in reach.told] == [house.wang.id]


def test_the_longest_name_counts_and_one_who_has_left_is_not_called(house, worked, staff):
    short, long = staff("李娜", house.desk), staff("李娜娜", house.desk)
    assert {typed: one.id for typed, one in mentions.called_in("@李娜娜请看，@李娜也请看", NOW).items()} == {
        "@李娜娜": long.id, "@李娜": short.id,
    }  # fmt: skip
    accounts.disable(PORTAL, person_of(long), at=NOW)
    assert {typed: one.id for typed, one in mentions.called_in("@李娜娜请看", NOW).items()} == {"@李娜": short.id}


def test_nobody_calls_themselves_and_each_is_told_once(house, worked):
    reach = actions.note(house.li, worked(), f"@Li @Wang @Wang @{house.wang.sign_in_name}", at=NOW)
    assert names(reach.told) == ["Wang"]
    assert len([one for one in rung(house.wang) if "named" in one]) == 1


@pytest.mark.attack(1, 2)
def test_a_call_stands_out_and_what_was_typed_stays_as_it_was(house, worked):
    typed = "@Wang <b>请</b>看 `@Wang` http://example.com/@Wang <img src=x onerror=alert(1)>@Wang"
    actions.note(house.li, worked(), typed, at=NOW)
    (kept,) = db.session.scalars(select(TicketEntry)).all()
    assert kept.body == typed
    assert kept.html.count("<strong>@Wang</strong>") == 2
    assert "<code>@Wang</code>" in kept.html
    assert "<img" not in kept.html
    assert "<b>" not in kept.html


@pytest.mark.attack(7)
def test_a_wall_of_calls_is_read_in_bounded_time(house, worked, statements):
    ticket = worked()
    statements.clear()
    reach = actions.note(house.li, ticket, "@Wang" + "@" * 5000 + " @x" * 3000 + "@" + "长" * 10_000, at=NOW)
    assert names(reach.told) in ([], ["Wang"])
    assert len(statements) < 40


def test_only_inside_notes_call(house, worked):
    from portal.tickets.states import Channel

    ticket = worked()
    actions.reply(house.li, ticket, "@Wang 您好", channel=Channel.MAIL, at=NOW)
    assert "Mentioned" not in journal.names("ticket")


# ── While somebody types ──


def offered(who: Any, ticket: Ticket, words: str) -> list[str]:
    return [one.call for one in mentions.suggested(who, ticket, words, NOW)]


@pytest.mark.parametrize("words", ["W", "wan", "Wang", "w", "ang"])
def test_a_colleague_is_offered_by_name_initials_or_sign_in_name(house, worked, words):
    assert offered(house.li, worked(), words) == ["Wang"]


@pytest.mark.attack(16)
def test_only_those_who_can_read_the_note_are_offered(house, worked):
    ticket = worked()
    for who, words in ((house.mo, "Mo"), (house.yu, "Yu"), (house.wang, "Wang"), (house.lin, "Lin")):
        assert bool(offered(house.li, ticket, words)) == queries.sees_inside(who, ticket.id), words


@pytest.mark.attack(10, 16)
def test_nobody_is_offered_from_whom_the_ticket_is_hidden(house, worked):
    ticket, about = worked(kind="complaint"), worked(kind="complaint", about=person_of(house.wang))
    assert offered(house.li, ticket, "Wang") == ["Wang"]
    assert offered(house.li, about, "Wang") == []
    everybody = {
        one.id
        for words in ("", *"abcdefghijklmnopqrstuvwxyz")
        for one in mentions.suggested(house.li, about, words, NOW)
    }
    assert everybody
    assert not everybody & queries.hidden_from(about.id)


def test_before_anything_is_typed_those_are_offered_who_have_to_do_with_the_ticket(house, worked):
    ticket = worked()
    offered_first = offered(house.li, ticket, "")
    actions.note(house.wang, ticket, "看过了", at=NOW)
    assert "Wang" not in offered_first
    assert "Wang" in offered(house.li, ticket, "")
    assert "Li" not in offered(house.li, ticket, ""), "nobody calls themselves"


def test_a_name_that_two_have_is_offered_by_the_sign_in_name(house, worked, staff):
    other = staff("Wang", house.tech)
    ticket = worked()
    calls = offered(house.li, ticket, "Wang")
    assert house.wang.sign_in_name in calls
    assert "Wang" not in calls
    for call in calls:
        (called,) = mentions.called_in(f"@{call} 请看", NOW).values()
        assert called.id in (house.wang.id, other.id)


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "王" * 500])
def test_signs_of_a_pattern_widen_nothing(house, worked, words):
    assert offered(house.li, worked(), words) == []


def test_however_many_are_asked_they_are_asked_in_a_few_statements(house, worked, staff, statements):
    ticket = worked()
    for nth in range(40):
        staff(f"Wang{nth}", house.tech)
    statements.clear()
    assert len(offered(house.li, ticket, "Wang")) <= mentions.MOST_SUGGESTED
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= 10


# ── On the page ──


def ticket_called(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


def test_the_page_says_whom_a_note_reached(demo, browser):
    number = ticket_called("重复充值两次各五十元").number
    browser.sign_in("orders2")
    browser.post(f"/tickets/{number}/write", {"what": "note", "words": "@orders @clerk 看一下", "channel": "telephone"})
    page = browser.get(f"/tickets/{number}")
    assert "cannot read this note; ask them inside instead" in page.soup.select_one("#notices").text
    assert page.soup.select_one(".letter.inside strong").text == "@orders"


def test_a_name_that_two_have_brings_the_note_back_as_it_was_typed(demo, browser):
    by_hand("UPDATE person SET name = '李娜' WHERE sign_in_name = 'ops2'")
    number = ticket_called("重复充值两次各五十元").number
    browser.sign_in("orders2")
    typed = {"what": "note", "words": "@李娜 请看", "channel": "telephone"}
    page = browser.post(f"/tickets/{number}/write", typed, expect=422)
    assert page.form("/write")["words"] == "@李娜 请看"
    assert "@agent" in page.soup.select_one(".error-summary").text
    assert not db.session.scalars(select(TicketEntry).where(TicketEntry.body == "@李娜 请看")).all()


@pytest.mark.attack(5, 10, 18)
def test_the_list_is_there_for_those_alone_who_read_what_is_said_inside(demo, browser, statements):
    number = ticket_called("重复充值两次各五十元").number
    url = f"/tickets/{number}/colleagues?words=or"
    browser.sign_in("orders2")
    statements.clear()
    part = browser.get(url, part="called")
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= 10
    assert part.soup.select_one("#called li[data-call]")
    assert browser.get(url).soup.select_one("#called li[data-call]")
    browser.sign_in("clerk").get(url, part="called", expect=404)


NOTE = "input[name=what][value=note]"


@pytest.fixture
def noting(live):
    """The page of a ticket where somebody is about to write a note."""

    def show(**more: Any) -> Any:
        page = live.page("orders2", **more)
        page.goto(f"/tickets/{ticket_called('重复充值两次各五十元').number}")
        page.check(NOTE)
        page.focus("#write textarea")
        return page

    return show


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_an_at_brings_colleagues_and_the_keys_choose(noting, width):
    page = noting(width=width)
    page.keyboard.type("请 @o")
    expect(page.locator("#called [aria-selected=true]")).to_have_count(1)
    box, area = page.locator("#called").bounding_box(), page.locator("#write textarea").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= area["y"] + area["height"] - 1, "what is typed stays in sight"
    first = page.locator("#called li").first.get_attribute("data-call")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#write textarea")).to_have_value(f"请 @{first} ")
    expect(page.locator("#called")).to_have_count(0)
    page.keyboard.type("@o")
    expect(page.locator("#called")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#called")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#write textarea")).to_have_value(f"请 @{first} @o\n")
    page.keyboard.type("@o")
    page.click("#called li >> nth=0")
    expect(page.locator("#write textarea")).to_have_value(f"请 @{first} @o\n@{first} ")
    expect(page.locator("#write textarea")).to_be_focused()


@pytest.mark.browser
def test_a_letter_to_the_customer_calls_nobody(noting):
    page = noting()
    page.check("input[name=what][value=reply]")
    page.focus("#write textarea")
    page.keyboard.type("@o")
    page.wait_for_timeout(500)
    expect(page.locator("#called")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.attack(40)
def test_nothing_is_asked_or_picked_in_the_middle_of_a_composition(noting):
    page = noting()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/colleagues" in request.url else None)
    page.keyboard.type("@o")
    expect(page.locator("#called")).to_be_visible()
    asked.clear()
    page.context.new_cdp_session(page).send(
        "Input.imeSetComposition", {"text": "li na", "selectionStart": 5, "selectionEnd": 5}
    )
    expect(page.locator("#called")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert asked == []
    assert "@orders" not in page.input_value("#write textarea")
