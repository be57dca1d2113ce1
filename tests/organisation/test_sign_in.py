"""Signing in: the same answer for whoever does not get in, a lock that counts, a session that is new."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher

from portal.demo.cast import PASSWORD
from portal.extensions import db
from portal.kernel.errors import Refused
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation import accounts, queries, rules
from portal.organisation.models import Person, SignInSession
from portal.organisation.rules import Tries, browser_words, one_more
from tests.browser import Browser, Page
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
LOCK = 15 * MINUTE


def attempt(browser: Browser, name: str, password: str = "not the password", expect: int = 422, **more: str) -> Page:
    return browser.post("/sign-in", {"name": name, "password": password, **more}, expect=expect)


def words(page: Page) -> str:
    """What the page says, without what is different on every page, and without the name that was typed."""
    return re.sub(r'(value="[^"]*"|"X-CSRFToken": "[^"]*")', "", page.text)


def disable(name: str) -> None:
    person = queries.person_called(name)
    assert person is not None
    person.disabled_at = NOW
    db.session.commit()


@pytest.mark.attack(21)
def test_unknown_wrong_locked_and_disabled_get_the_same_answer_and_the_same_work(demo, browser, monkeypatch):
    hashed: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, *given: hashed.append("") or verify(self, *given))
    disable("clerk")
    for _ in range(demo.config["SIGN_IN_TRIES"]):
        attempt(browser, "engineer")
    hashed.clear()
    answers = {}
    for case, name, password in [
        ("unknown", "nobody-here", "any"),
        ("wrong", "agent", "not the password"),
        ("locked", "engineer", PASSWORD),
        ("disabled", "clerk", PASSWORD),
    ]:
        answers[case] = words(attempt(browser, name, password))
        assert len(hashed) == len(answers), f"{case}: one slow hash each"
    assert len(set(answers.values())) == 1


@pytest.mark.attack(21)
@pytest.mark.parametrize("name", ["agent", "nobody-here"])
def test_an_account_is_locked_after_so_many_wrong_passwords_whether_or_not_it_exists(demo, name):
    for _ in range(demo.config["SIGN_IN_TRIES"]):
        assert accounts._count_try(accounts.PORTAL, rules.SIGN_IN, name, at=NOW)
    assert not accounts._count_try(accounts.PORTAL, rules.SIGN_IN, name, at=NOW + LOCK - MINUTE)
    assert accounts._count_try(accounts.PORTAL, rules.SIGN_IN, name, at=NOW + LOCK)


@pytest.mark.attack(21, 27)
def test_many_tries_at_once_are_no_more_than_many_in_a_row(demo):
    judged = []

    def tries() -> None:
        with demo.app_context():
            for _ in range(4):
                judged.append(accounts._count_try(accounts.PORTAL, rules.SIGN_IN, "agent", at=NOW))
            db.session.remove()

    together = [threading.Thread(target=tries) for _ in range(8)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert len(judged) == 32
    assert sum(judged) == demo.config["SIGN_IN_TRIES"]


def test_a_right_password_in_time_clears_the_count(demo, browser):
    for _ in range(demo.config["SIGN_IN_TRIES"] - 1):
        attempt(browser, "agent")
    attempt(browser, "agent", PASSWORD, expect=303)
    browser = Browser(demo)
    for _ in range(demo.config["SIGN_IN_TRIES"] - 1):
        attempt(browser, "agent")
    attempt(browser, "agent", PASSWORD, expect=303)


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        (None, NOW, Tries(1, NOW, None)),
        (Tries(1, NOW, None), NOW + MINUTE, Tries(2, NOW + MINUTE, None)),
        (Tries(1, NOW, None), NOW + LOCK - MINUTE, Tries(2, NOW + LOCK - MINUTE, None)),
        (Tries(1, NOW, None), NOW + LOCK, Tries(1, NOW + LOCK, None)),  # too long ago to count
        (Tries(2, NOW, None), NOW + MINUTE, Tries(3, NOW + MINUTE, NOW + MINUTE + LOCK)),  # the last that is judged
        (Tries(3, NOW, NOW + LOCK), NOW + LOCK - MINUTE, None),
        (Tries(3, NOW, NOW + LOCK), NOW + LOCK, Tries(1, NOW + LOCK, None)),
    ],
)
def test_tries_count_in_a_row_and_the_lock_has_an_end(before, at, after):
    assert one_more(before, at, most=3, lock=LOCK) == after


@pytest.mark.attack(21)
def test_one_address_has_only_so_many_tries_whatever_names_it_tries(demo, browser, monkeypatch):
    monkeypatch.setitem(demo.config, "ADDRESS_TRIES", "3/minute")
    for number in range(3):
        attempt(browser, f"guess{number}")
    page = attempt(browser, "agent", PASSWORD, expect=429)
    assert "A little slower" in page.main
    browser.get("/reset/guess", expect=429)
    with time_machine.travel(NOW + 2 * MINUTE):
        attempt(browser, "agent", PASSWORD, expect=303)


def test_what_was_tried_is_kept_without_the_secret(demo, browser):
    attempt(browser, "agent", "my secret words")
    attempt(browser, "my secret words", "agent")  # somebody typed into the wrong field
    query = db.select(SecurityEvent).where(SecurityEvent.at >= NOW).order_by(SecurityEvent.id)
    rows = db.session.scalars(query).all()
    person = queries.person_called("agent")
    assert person is not None
    assert [(row.kind, row.person_id, row.address) for row in rows] == [
        (Kind.SIGN_IN_REFUSED, person.id, "127.0.0.1"),
        (Kind.SIGN_IN_REFUSED, None, "127.0.0.1"),
    ]
    assert "secret words" not in str([row.detail for row in rows])


def test_a_sign_in_name_is_found_as_an_input_method_writes_it(demo, browser):
    attempt(browser, " ＡＧＥＮＴ ", PASSWORD, expect=303)


@pytest.mark.attack(22)
def test_nothing_of_the_session_before_sign_in_is_carried_over(demo, browser):
    browser.get("/sign-in")
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = session["csrf_token"]
    attempt(browser, "agent", PASSWORD, expect=303)
    browser.get("/me")
    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert session["csrf_token"] != before
        token = session["_user_id"]
    attempt(browser, "agent", PASSWORD, expect=303)
    with browser.client.session_transaction() as session:
        assert session["_user_id"] != token
    assert token not in [row.token_hash for row in db.session.scalars(db.select(SignInSession))]


@pytest.mark.attack(22)
@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/me", "/me"),
        ("/tickets?view=mine&after=x", "/tickets?view=mine&after=x"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("/" + "a" * 2000, "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_goes_on_inside_the_portal_and_nowhere_else(demo, browser, monkeypatch, wanted, goes):
    from portal.organisation.views import _inside

    assert (_inside(wanted) or "/") == goes
    if wanted in ("/me", "//evil.example"):
        assert attempt(browser, "agent", PASSWORD, expect=303, next=wanted).headers["Location"] == goes
        signed_in = browser.get(f"/sign-in?next={wanted}", expect=303)
        assert signed_in.headers["Location"] == goes


def test_the_password_that_changed_while_the_hash_ran_opens_nothing(demo):
    person = queries.person_called("clerk")
    assert person is not None
    with pytest.raises(Refused):
        accounts._start_session(queries.staff(person, NOW.date()), "another hash", "", "", at=NOW)
    assert queries.sessions_of(person.id, NOW) == []


def test_the_demo_fills_in_the_password_for_all_and_a_real_portal_fills_in_nothing(demo, browser, monkeypatch):
    assert browser.get("/sign-in").form("/sign-in")["password"] == PASSWORD
    monkeypatch.delitem(demo.jinja_env.globals, "demo_cast")
    assert browser.get("/sign-in").form("/sign-in")["password"] == ""


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/125.0 Mobile Safari/537.36 MicroMessenger/8.0.49", "WeChat · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox · Linux"),
        ("curl/8.5", ""),
    ],
)  # fmt: skip
def test_a_browser_is_said_as_people_know_it(agent, said):
    assert browser_words(agent) == said


def test_a_disabled_person_is_signed_out_by_their_next_request(demo, browser):
    browser.sign_in("clerk")
    browser.get("/me")
    disable("clerk")
    browser.get("/me", expect=303)
    assert db.session.get(Person, 1) is not None
