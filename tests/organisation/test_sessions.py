"""Sessions: they end when idle, when old, when told, wherever they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed
from portal.kernel.permissions import Role
from portal.organisation import accounts, queries
from portal.organisation.models import Person, SignInSession
from tests.browser import Browser
from tests.conftest import NOW, TODAY

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def called(name: str) -> Person:
    person = queries.person_called(name)
    assert person is not None
    return person


def sessions(name: str) -> list[SignInSession]:
    return queries.sessions_of(called(name).id, NOW)


@pytest.mark.parametrize(("idle", "expect"), [(119 * MINUTE, 200), (120 * MINUTE, 303)])
def test_a_session_ends_after_so_many_minutes_without_a_request(demo, browser, idle, expect):
    browser.sign_in("clerk", at=NOW)
    with time_machine.travel(NOW + idle, tick=False):
        browser.get("/me", expect=expect)


@pytest.mark.parametrize(("age", "expect"), [(12 * HOUR - MINUTE, 200), (12 * HOUR, 303)])
def test_a_session_ends_after_so_many_hours_however_busy_it_is(demo, browser, age, expect):
    browser.sign_in("clerk", at=NOW)
    for hour in range(1, 12):
        with time_machine.travel(NOW + hour * HOUR, tick=False):
            browser.get("/me")
    with time_machine.travel(NOW + age, tick=False):
        browser.get("/me", expect=expect)


def test_a_session_in_use_stays_even_where_idle_is_short(demo, browser, monkeypatch):
    browser.sign_in("clerk", at=NOW)
    for step in range(1, 10):  # noted in steps of twelve minutes at the most: a tenth of the limit
        with time_machine.travel(NOW + step * 100 * MINUTE, tick=False):
            if step * 100 < 12 * 60:
                browser.get("/me")


def test_the_use_is_noted_now_and_then_and_not_with_each_request(demo, browser):
    browser.sign_in("clerk", at=NOW)
    with time_machine.travel(NOW + 4 * MINUTE, tick=False):
        browser.get("/me")
    assert sessions("clerk")[0].seen_at == NOW
    db.session.rollback()
    with time_machine.travel(NOW + 6 * MINUTE, tick=False):
        browser.get("/me")
    db.session.expire_all()
    assert sessions("clerk")[0].seen_at == NOW + 6 * MINUTE


def test_my_page_lists_where_i_am_signed_in_and_ends_one_of_them(demo):
    here, there = Browser(demo).sign_in("clerk"), Browser(demo).sign_in("clerk")
    page = here.get("/me")
    buttons = page.soup.select("#my-sessions tbody form")
    assert len(page.soup.select("#my-sessions tbody tr")) == 2
    assert len(buttons) == 1  # one's own session is left by signing out
    here.post(buttons[0]["action"])
    there.get("/me", expect=303)
    assert len(here.get("/me").soup.select("#my-sessions tbody tr")) == 1
    assert journal.names("person")[-1] == "SessionEnded"


def test_ending_a_session_answers_htmx_with_the_list_as_it_is_now(demo):
    here, _there = Browser(demo).sign_in("clerk"), Browser(demo).sign_in("clerk")
    action = here.get("/me").soup.select_one("#my-sessions tbody form")["action"]
    page = here.post(action, expect=200, part="my-sessions")
    assert len(page.soup.select("#my-sessions tbody tr")) == 1


@pytest.mark.attack(11)
def test_nobody_ends_a_colleagues_session_through_their_own_page(demo, browser):
    Browser(demo).sign_in("supervisor")
    (theirs,) = sessions("supervisor")
    browser.sign_in("clerk").post(f"/me/sessions/{theirs.id}/end", expect=404)
    assert sessions("supervisor")


def test_signing_out_everywhere_ends_this_session_and_every_other(demo):
    here, there = Browser(demo).sign_in("clerk"), Browser(demo).sign_in("clerk")
    bystander = Browser(demo).sign_in("agent2")
    here.post("/me/sessions/end")
    for browser in (here, there):
        browser.get("/me", expect=303)
    bystander.get("/me")


@pytest.mark.attack(22)
def test_two_tabs_sign_out_one_after_the_other_and_both_arrive_at_sign_in(demo, browser):
    browser.sign_in("clerk")
    form = browser.get("/me").form("/sign-out")  # both tabs show this page
    for _tab in range(2):
        assert browser.send("/sign-out", form, expect=303).headers["Location"] == "/sign-in"
    assert "signed out" in browser.get("/sign-in").main


def test_a_page_of_an_earlier_session_asks_before_it_signs_out_the_later_one(demo, browser):
    browser.sign_in("clerk")
    stale = browser.get("/me").form("/sign-out")
    browser.sign_in("supervisor")
    asks = browser.send("/sign-out", stale, expect=422)
    assert "林静" in asks.main
    browser.get("/me")  # still signed in
    browser.send("/sign-out", asks.form("/sign-out"), expect=303)
    browser.get("/me", expect=303)


def test_signing_out_makes_the_cookie_worthless_wherever_it_was_copied(demo, browser):
    browser.sign_in("clerk")
    with browser.client.session_transaction() as session:
        token = session["_user_id"]
    browser.post("/sign-out")
    thief = Browser(demo)
    with thief.client.session_transaction() as session:
        session["_user_id"] = token
    thief.get("/me", expect=303)


def test_the_administrator_ends_a_colleagues_session(demo, browser):
    theirs = Browser(demo).sign_in("clerk")
    page = browser.sign_in("admin").get("/people/XH032/account")
    browser.post(page.soup.select_one("#sessions tbody form")["action"])
    theirs.get("/me", expect=303)
    theirs.sign_in("clerk")
    browser.post("/people/XH032/account/sessions/end")
    theirs.get("/me", expect=303)


def test_hr_invites_but_ends_no_sessions(demo, browser):
    Browser(demo).sign_in("clerk")
    page = browser.sign_in("hr").get("/people/XH032/account")
    assert page.soup.select("#sessions tbody") == []
    browser.post("/people/XH032/account/sessions/end", expect=403)


@pytest.mark.attack(17)
def test_an_account_is_looked_after_where_its_person_is_and_wherever_they_hold_a_role(department, person, staff):
    company = department("C")
    east, west = department("E", company), department("W", company)
    keeper, top = staff("Amal", east, Role.ADMIN), staff("Boss", company, Role.ADMIN)
    plain = person("Ben", east)
    wider = person("Chen", east, Role.AGENT)
    from portal.kernel.actions import PORTAL
    from portal.organisation import actions as organisation

    organisation.give_role(PORTAL, wider, Role.HR, west, from_on=TODAY - timedelta(days=1), at=NOW)
    accounts.end_sessions(keeper, plain, at=NOW)
    with pytest.raises(NotAllowed):
        accounts.end_sessions(keeper, wider, at=NOW)  # could act in the west with that account
    accounts.end_sessions(top, wider, at=NOW)
    nowhere = organisation.add_person(PORTAL, "N1", "new", "New", joined_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed):
        accounts.end_sessions(keeper, nowhere, at=NOW)
    accounts.end_sessions(top, nowhere, at=NOW)
