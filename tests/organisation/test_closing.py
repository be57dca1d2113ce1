"""Closing an account: at once where it must be, after handing on where it may wait; the record stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import literal, select

from portal.demo.cast import PASSWORD, PIN
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.text import say
from portal.organisation import accounts, held, queries
from portal.organisation.held import Held, Rows
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from tests.browser import Browser
from tests.conftest import NOW, TODAY


def called(name: str) -> Person:
    person = queries.person_called(name)
    assert person is not None
    return person


def as_staff(name: str) -> Staff:
    return queries.staff(called(name), TODAY)


@pytest.fixture
def nothing_waits(monkeypatch):
    monkeypatch.setattr(held, "_sources", [])


@pytest.fixture
def something_waits(monkeypatch):
    """Each person holds one ticket."""

    def source(people, _before, _reader):
        parts = [select(*held.row(person_id=literal(who))) for who in people]
        return Rows(parts, lambda lines: (
            Held(one.person_id, say("Ticket"), "T-2026-00001", "a secret title", "/") for one in lines
        ))  # fmt: skip

    monkeypatch.setattr(held, "_sources", [source])


def test_a_disabled_account_is_shut_everywhere_at_once_and_opens_again(demo, browser, nothing_waits):
    there = Browser(demo).sign_in("brand")
    link = accounts.make_link(PORTAL, called("brand"), at=NOW)
    admin = Browser(demo).sign_in("admin")
    admin.post("/people/XH033/account/disable")
    assert "disabled" in admin.get("/people/XH033/account").main
    there.get("/me", expect=303)
    browser.get(link.partition("8000")[2], expect=404)
    browser.post("/sign-in", {"name": "brand", "password": PASSWORD}, expect=422)
    admin.post("/people/XH033/account/enable")
    browser.post("/sign-in", {"name": "brand", "password": PASSWORD})
    names = [entry.name for entry in journal.of("person", called("brand").id)]
    assert [name for name in names if name.startswith("Account")] == ["AccountDisabled", "AccountEnabled"]


def test_what_waits_is_handed_on_first_unless_there_is_a_reason(demo, browser, something_waits):
    browser.sign_in("admin")
    page = browser.get("/people/XH033/account/disable")
    assert "T-2026-00001" in page.main
    assert "secret title" not in page.text  # whoever looks after accounts is no reader of content
    assert "say why not" in browser.post("/people/XH033/account/disable", {"reason": " "}, expect=422).main
    assert called("brand").disabled_at is None
    browser.post("/people/XH033/account/disable", {"reason": "the telephone was stolen"})
    assert called("brand").disabled_at
    (entry,) = [one for one in journal.of("person", called("brand").id) if one.name == "AccountDisabled"]
    assert "the telephone was stolen" in entry.sentence()


def test_nobody_closes_or_opens_their_own_account_or_one_out_of_reach(demo, nothing_waits):
    for act in (accounts.disable, accounts.enable):
        with pytest.raises(NotAllowed):
            act(as_staff("admin"), called("admin"), at=NOW)
        with pytest.raises(NotAllowed):
            act(as_staff("hr"), called("brand"), at=NOW)


def test_closing_twice_is_one_fact(demo, nothing_waits):
    for _ in range(2):
        accounts.disable(as_staff("admin"), called("brand"), at=NOW)
    assert journal.names("person").count("AccountDisabled") == 1


@pytest.mark.parametrize(("left_on", "in_"), [(TODAY + timedelta(days=1), True), (TODAY, False)])
def test_whoever_has_left_gets_in_no_more_though_nobody_disabled_the_account(demo, browser, left_on, in_):
    there = Browser(demo).sign_in("brand")
    brand = called("brand")
    brand.left_on = left_on
    db.session.commit()
    there.get("/me", expect=200 if in_ else 303)
    browser.post("/sign-in", {"name": "brand", "password": PASSWORD}, expect=303 if in_ else 422)
    if not in_:
        with pytest.raises(Refused):
            accounts.confirm_secret(as_staff("brand"), PIN, address="", at=NOW)
        with pytest.raises(Refused, match="closed"):
            accounts.make_link(PORTAL, called("brand"), at=NOW)
