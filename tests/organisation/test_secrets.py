"""Passwords and PINs: given again before anything changes, and before anything is signed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.demo.cast import PASSWORD, PIN
from portal.extensions import db
from portal.kernel import journal, signature
from portal.kernel.actions import PORTAL, action
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.outbox import OutboxMail
from portal.kernel.security_log import Kind, SecurityEvent
from portal.kernel.signature import Confirmation, Method
from portal.kernel.text import say
from portal.organisation import accounts, queries, secrets
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from tests.browser import Browser
from tests.conftest import NOW, TODAY

NEW = "four plain words together"
LOCK = timedelta(minutes=15)


def called(name: str) -> Person:
    person = queries.person_called(name)
    assert person is not None
    return person


@pytest.fixture
def agent(demo) -> Staff:
    return queries.staff(called("agent"), TODAY)


def confirm(person: Staff, secret: str, at=NOW) -> Confirmation:
    return accounts.confirm_secret(person, secret, address="10.0.0.1", at=at)


# Proving again who one is


@pytest.mark.parametrize(("secret", "method"), [(PASSWORD, Method.PASSWORD), (PIN, Method.PIN)])
def test_password_and_pin_both_prove_who_one_is(agent, secret, method):
    assert confirm(agent, secret) == Confirmation(agent.id, method, NOW)


@pytest.mark.parametrize("secret", ["", "wrong", "000000", PIN[:-1], PIN + "0", PASSWORD.upper(), "２８０６１９"])
def test_anything_else_proves_nothing_and_is_kept_without_being_written_down(agent, secret):
    with pytest.raises(Refused, match="not your password or PIN") as no:
        confirm(agent, secret)
    assert no.value.field == "secret"
    row = db.session.scalars(db.select(SecurityEvent).where(SecurityEvent.at >= NOW)).one()
    assert (row.kind, row.person_id, row.detail) == (Kind.SECRET_REFUSED, agent.id, {"locked": False})


@pytest.mark.attack(21)
def test_a_pin_cannot_be_guessed_by_trying(demo, agent):
    for _ in range(demo.config["SIGN_IN_TRIES"]):
        with pytest.raises(Refused, match="not your"):
            confirm(agent, "123123")
    with pytest.raises(Refused, match="Wait 15 minutes"):
        confirm(agent, PIN)
    with pytest.raises(Refused, match="Wait"):
        confirm(agent, PIN, NOW + LOCK - timedelta(seconds=1))
    assert confirm(agent, PIN, NOW + LOCK).method is Method.PIN


def test_a_right_secret_clears_the_count(demo, agent):
    for _ in range(3):
        for _ in range(demo.config["SIGN_IN_TRIES"] - 1):
            with pytest.raises(Refused):
                confirm(agent, "123123")
        confirm(agent, PIN)


def test_a_wrong_pin_locks_signing_and_not_signing_in(demo, agent, browser):
    for _ in range(9):
        with pytest.raises(Refused):
            confirm(agent, "123123")
    browser.post("/sign-in", {"name": "agent", "password": PASSWORD})


def test_without_a_pin_the_password_signs_and_nothing_else(agent):
    called("agent").pin_hash = ""
    db.session.commit()
    with pytest.raises(Refused):
        confirm(agent, PIN)
    assert confirm(agent, PASSWORD).method is Method.PASSWORD


def test_a_disabled_account_confirms_nothing(agent):
    called("agent").disabled_at = NOW
    db.session.commit()
    with pytest.raises(Refused):
        confirm(agent, PIN)


def test_a_secret_is_confirmed_before_the_act_so_that_its_failure_is_not_undone_with_it(agent):
    @action
    def careless(actor: Staff, *, at) -> None:
        confirm(actor, PIN)

    with pytest.raises(RuntimeError, match="before the act"):
        careless(agent, at=NOW)


def test_two_people_sign_at_one_terminal_each_with_their_own_secret(agent):
    colleague, proof = accounts.confirm_colleague("agent2", PIN, address="", at=NOW)
    assert colleague.sign_in_name == "agent2"

    @action
    def hand_over(actor: Staff, other: Staff, mine: Confirmation, theirs: Confirmation, *, at) -> None:
        consent = say("I have read this and agree.")
        signature.sign(actor, mine, "handover", 1, "outgoing", {"items": 3}, consent=consent)
        signature.sign(other, theirs, "handover", 1, "incoming", {"items": 3}, consent=consent)

    hand_over(agent, colleague, confirm(agent, PIN), proof, at=NOW)
    assert [(one.purpose, one.person_name) for one in signature.of("handover", 1)] == [
        ("outgoing", "李娜"),
        ("incoming", "王芳"),
    ]


@pytest.mark.parametrize(("name", "secret"), [("agent2", "wrong"), ("nobody", PIN), ("clerk", PIN)])
def test_a_second_person_who_is_not_proved_gets_one_answer_whatever_was_wrong(demo, name, secret):
    called("clerk").disabled_at = NOW
    db.session.commit()
    with pytest.raises(Refused) as no:
        accounts.confirm_colleague(name, secret, address="", at=NOW)
    assert (str(no.value), no.value.field) == ("That is not your password or PIN.", "secret")


# One's own password


def test_a_password_is_changed_with_the_present_one_and_every_other_session_ends(demo):
    here, there = Browser(demo).sign_in("agent"), Browser(demo).sign_in("agent")
    form = {"secret": PASSWORD, "password": NEW, "repeated": NEW}
    assert here.post("/me/password", form).headers["Location"] == "/me"
    here.get("/me")
    there.get("/me", expect=303)
    there = Browser(demo)
    there.post("/sign-in", {"name": "agent", "password": PASSWORD}, expect=422)
    there.post("/sign-in", {"name": "agent", "password": NEW})
    assert "PasswordChanged" in journal.names("person")


@pytest.mark.parametrize(
    ("present", "password", "says"),
    [
        ("wrong", NEW, "not your password"),
        (PIN, NEW, "not your PIN"),
        (PASSWORD, "short", "at least 10 characters"),
        (PASSWORD, "x" * 201, "at most 200"),
        (PASSWORD, "aaaaaaaaaaaa", "easy to guess"),
        (PASSWORD, "I am agent 47", "easy to guess"),
        (PASSWORD, "Password1234!", "easy to guess"),
        (PASSWORD, PASSWORD, "the password you have now"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(demo, browser, present, password, says):
    browser.sign_in("agent")
    form = {"secret": present, "password": password, "repeated": password}
    assert says in browser.post("/me/password", form, expect=422).main
    assert secrets.matches(called("agent").password_hash, PASSWORD)


def test_whoever_finds_an_open_screen_sets_no_password(demo, browser, agent):
    browser.sign_in("agent")
    assert browser.get("/me/first-password", expect=303).headers["Location"] == "/me/password"
    browser.post("/me/first-password", {"password": NEW, "repeated": NEW}, expect=403)
    with pytest.raises(NotAllowed):
        accounts.set_first_password(agent, NEW, at=NOW)


def test_at_the_first_sign_in_every_page_leads_to_a_new_password_and_then_on(demo, browser):
    accounts.demand_new_password(PORTAL, called("agent"), at=NOW)
    browser.sign_in("agent")
    for url in ("/", "/me", "/me/pin"):
        assert browser.get(url, expect=303).headers["Location"] == "/me/first-password"
    assert browser.get("/me", expect=204, part="my-sessions").headers["HX-Redirect"] == "/me/first-password"
    page = browser.post("/me/first-password", {"password": PASSWORD, "repeated": PASSWORD}, expect=422)
    assert "the password you have now" in page.main
    browser.post("/me/first-password", {"password": NEW, "repeated": NEW})
    browser.get("/me")
    browser.post("/sign-out")


def test_the_owner_is_told_when_a_password_changed(demo, agent, monkeypatch):
    monkeypatch.setitem(demo.config, "MAIL_URL", "smtp://127.0.0.1:1")
    accounts.change_password(agent, PASSWORD, NEW, address="", at=NOW)
    mail = db.session.scalars(db.select(OutboxMail)).one()
    assert mail.to == "agent@xinghe.example"
    assert NEW not in mail.body


# The PIN


def test_a_pin_is_set_after_the_password_was_given_again(demo, browser, agent):
    browser.sign_in("agent")
    browser.post("/me/pin", {"secret": PASSWORD, "pin": "739154", "repeated": "739154"})
    assert confirm(agent, "739154").method is Method.PIN
    with pytest.raises(Refused):
        confirm(agent, PIN)
    assert "PinSet" in journal.names("person")


@pytest.mark.parametrize(
    ("present", "pin", "repeated", "says"),
    [
        ("wrong", "739154", "739154", "not your password"),
        (PIN, "739154", "739154", "not your PIN"),
        (PASSWORD, "73915", "73915", "six to twelve digits"),
        (PASSWORD, "7391547391547", "7391547391547", "six to twelve digits"),
        (PASSWORD, "73915a", "73915a", "six to twelve digits"),
        (PASSWORD, "123456", "123456", "easy to guess"),
        (PASSWORD, "777777", "777777", "easy to guess"),
        (PASSWORD, "987654", "987654", "easy to guess"),
        (PASSWORD, "739154", "739155", "do not match"),
    ],
)
def test_a_pin_that_will_not_do_is_not_set(demo, browser, agent, present, pin, repeated, says):
    browser.sign_in("agent")
    page = browser.post("/me/pin", {"secret": present, "pin": pin, "repeated": repeated}, expect=422)
    assert says in page.main
    assert pin not in page.text  # never shown again
    assert confirm(agent, PIN).method is Method.PIN


# Who looks after accounts


def test_the_administrator_sees_a_lock_and_takes_it_back(demo, browser):
    for _ in range(5):
        browser.post("/sign-in", {"name": "agent", "password": "wrong"}, expect=422)
    admin = Browser(demo).sign_in("admin")
    assert "locked until" in admin.get("/people/XH005/account").main
    admin.post("/people/XH005/account/unlock")
    assert "locked until" not in admin.get("/people/XH005/account").main
    browser.post("/sign-in", {"name": "agent", "password": PASSWORD})
    assert journal.names("person")[-2] == "AccountUnlocked"


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", ["agent", "supervisor", "executive", "auditor"])
def test_nobody_else_sees_or_touches_a_colleagues_account(demo, browser, name):
    browser.sign_in(name)
    browser.get("/people/XH006/account", expect=403)
    for act in ("link", "unlock", "new-password", "sessions/end", "sessions/1/end"):
        browser.post(f"/people/XH006/account/{act}", expect=403)


@pytest.mark.attack(10)
def test_an_account_out_of_reach_looks_like_one_that_is_not_there(demo, browser):
    browser.sign_in("admin")
    assert (
        browser.get("/people/XH999/account", expect=404).main == browser.get("/people/nobody/account", expect=404).main
    )
