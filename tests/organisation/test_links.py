"""One-time links: good once, until their hour; every other link and every stranger get the same answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher

from portal.demo.cast import PASSWORD
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.outbox import OutboxMail
from portal.kernel.permissions import Role
from portal.notifications.jobs import tell_the_news
from portal.notifications.queries import notices
from portal.organisation import accounts, queries
from portal.organisation import actions as organisation
from portal.organisation.models import LinkPurpose, OneTimeLink, Person, ResetRequest
from portal.organisation.staff import Staff
from tests.browser import Browser, Page
from tests.conftest import NOW, TODAY

NEW = "drei wörter regenschirm"
HOURS = timedelta(hours=72)
INVITATION, RESET = LinkPurpose.INVITATION, LinkPurpose.RESET


def called(name: str) -> Person:
    person = queries.person_called(name)
    assert person is not None
    return person


def as_staff(name: str) -> Staff:
    return queries.staff(called(name), TODAY)


def link_for(name: str, by: str = "admin") -> str:
    """The path of a fresh link for `name`."""
    address = accounts.make_link(as_staff(by), called(name), at=NOW)
    assert address is not None
    return address.partition("8000")[2]


def newcomer(name: str = "newcomer", **more: str) -> Person:
    return organisation.add_person(PORTAL, "XH900", name, "欧阳修", joined_on=TODAY, at=NOW, **more)


def use(browser: Browser, path: str, password: str = NEW, expect: int = 303) -> Page:
    return browser.post(path, {"password": password, "repeated": password}, expect=expect)


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id)))


@pytest.fixture
def mail(demo, monkeypatch):
    """The portal with a mail server (that nobody reaches)."""
    monkeypatch.setitem(demo.config, "MAIL_URL", "smtp://127.0.0.1:1")


def test_an_invitation_leads_from_the_link_to_the_first_page(demo, browser):
    newcomer()
    admin = Browser(demo).sign_in("admin")
    shown = admin.post("/people/XH900/account/link", expect=200).soup.select_one(".handed-over code").text
    path = shown.removeprefix(demo.config["BASE_URL"])
    assert path.startswith("/invitation/")
    page = browser.get(path)
    assert "欧阳修" in page.main
    assert "newcomer" in page.main
    use(browser, path)
    browser.post("/sign-in", {"name": "newcomer", "password": NEW})
    browser.get("/")
    assert journal.names("person")[-3:] == ["LinkMade", "LinkUsed", "SignedIn"]


def test_a_link_is_shown_once_and_kept_by_its_hash_alone(demo):
    newcomer()
    admin = Browser(demo).sign_in("admin")
    shown = admin.post("/people/XH900/account/link", expect=200).soup.select_one(".handed-over code").text
    secret = shown.rpartition("/")[2]
    assert secret not in admin.get("/people/XH900/account").text
    (link,) = db.session.scalars(db.select(OneTimeLink))
    assert secret not in (link.secret_hash, link.purpose)
    assert mails() == []


@pytest.mark.attack(21)
def test_every_link_that_is_not_good_gets_the_same_answer_for_the_same_work(demo, browser, monkeypatch):
    used, newer, late, disabled = (link_for(name) for name in ("agent", "agent2", "engineer", "clerk"))
    browser.follow(use(browser, used))
    link_for("agent2")
    db.session.execute(
        db.update(OneTimeLink).where(OneTimeLink.person_id == called("engineer").id).values(good_until=NOW)
    )
    called("clerk").disabled_at = NOW
    db.session.commit()
    hashed: list[str] = []
    hasher = PasswordHasher.hash
    monkeypatch.setattr(
        PasswordHasher, "hash", lambda self, *given, **more: hashed.append("") or hasher(self, *given, **more)
    )
    looked, sent = set(), set()
    other_door = newer.replace("reset", "invitation")
    for path in (used, newer, late, disabled, "/reset/unknown", other_door, "/reset/" + "x" * 3000):
        page = browser.get(path, expect=404)
        assert "no longer good" in page.main
        looked.add(plain(page, path))
        hashed.clear()
        sent.add(plain(use(browser, path, expect=404), path))
        assert len(hashed) == 1, f"{path}: one slow hash"
    assert len(looked) == 1
    assert len(sent) == 1
    assert "no longer good" in browser.get("/reset/", expect=404).main


def plain(page: Page, path: str) -> str:
    """What the page says, without what is different on every page."""
    return re.sub(r'(value="[^"]*"|"X-CSRFToken": "[^"]*")', "", page.text).replace(path, "")


@pytest.mark.parametrize(("age", "expect"), [(HOURS - timedelta(minutes=1), 200), (HOURS, 404)])
def test_a_link_is_good_until_its_hour(demo, browser, age, expect):
    path = link_for("agent")
    with time_machine.travel(NOW + age, tick=False):
        browser.get(path, expect=expect)


def test_looking_at_a_link_does_not_use_it_and_a_weak_password_neither(demo, browser):
    path = link_for("agent")
    for _ in range(3):
        browser.get(path)
    page = use(browser, path, "short", expect=422)
    assert "at least 10" in page.main
    page = use(browser, path, "my name is agent", expect=422)
    assert "easy to guess" in page.main
    page = browser.post(path, {"password": NEW, "repeated": "other"}, expect=422)
    assert "do not match" in page.main
    use(browser, path)


@pytest.mark.attack(27)
def test_of_two_who_use_a_link_at_once_one_wins(demo):
    secret = link_for("agent").rpartition("/")[2]
    assert accounts._use_link(PORTAL, secret, RESET, "first", at=NOW)
    assert not accounts._use_link(PORTAL, secret, RESET, "second", at=NOW)
    assert called("agent").password_hash == "first"


def test_a_reset_ends_every_session_and_every_lock(demo, browser):
    there = Browser(demo).sign_in("agent")
    for _ in range(6):
        browser.post("/sign-in", {"name": "agent", "password": "wrong"}, expect=422)
    use(browser, link_for("agent"))
    there.get("/me", expect=303)
    browser.post("/sign-in", {"name": "agent", "password": PASSWORD}, expect=422)
    browser.post("/sign-in", {"name": "agent", "password": NEW}, expect=303)


def test_hr_invites_a_newcomer_and_resets_nobody(demo):
    assert "/invitation/" in link_for_person("hr", newcomer())
    with pytest.raises(NotAllowed):
        link_for("agent", by="hr")
    with pytest.raises(NotAllowed):
        link_for("agent", by="supervisor")


def link_for_person(by: str, person: Person) -> str:
    address = accounts.make_link(as_staff(by), person, at=NOW)
    assert address is not None
    return address


def test_nobody_makes_a_link_to_their_own_account_or_to_a_disabled_one(demo):
    with pytest.raises(NotAllowed):
        link_for("admin")
    called("agent").disabled_at = NOW
    db.session.commit()
    with pytest.raises(Refused, match="closed"):
        link_for("agent")


def test_a_link_is_mailed_to_its_person_in_their_language_and_not_shown(demo, mail):
    newcomer(mail="ou@xinghe.example").locale = "zh-CN"
    called("agent").locale = "en"
    db.session.commit()
    page = Browser(demo).sign_in("hr").post("/people/XH900/account/link")
    assert page.headers["Location"] == "/people/XH900/account"
    assert accounts.make_link(as_staff("admin"), called("agent"), at=NOW) is None
    first, second = mails()
    assert (first.to, second.to) == ("ou@xinghe.example", "agent@xinghe.example")
    assert "欧阳修，您好" in first.body
    assert "http://127.0.0.1:8000/invitation/" in first.body
    assert "newcomer" in first.body
    assert "Hello 李娜" in second.body
    assert "/reset/" in second.body
    assert "15 Oct" in second.body


@pytest.mark.attack(21)
def test_whoever_forgot_gets_the_same_answer_whether_or_not_there_is_an_account(demo, browser, mail):
    called("clerk").disabled_at = NOW
    db.session.commit()
    answers = set()
    for who in ("agent", "AGENT2@xinghe.example", "clerk", "nobody", "' OR 1=1", "a\x00b", "x" * 200):
        page = browser.post("/forgot", {"who": who})
        answers.add((page.headers["Location"], browser.follow(page).main))
    assert len(answers) == 1
    assert mails() == []  # nothing about the answer depends on who it was: the letters are written afterwards
    assert accounts.answer_reset_requests(PORTAL, at=NOW) == 2
    assert [mail.to for mail in mails()] == ["agent@xinghe.example", "agent2@xinghe.example"]
    assert db.session.scalars(db.select(ResetRequest)).all() == []


@pytest.mark.attack(21)
def test_nobody_fills_a_colleagues_mailbox(demo, mail):
    for minute in (0, 1, 9):
        accounts.ask_for_reset(PORTAL, "agent", address="", at=NOW)
        accounts.answer_reset_requests(PORTAL, at=NOW + timedelta(minutes=minute))
    assert len(mails()) == 1
    accounts.ask_for_reset(PORTAL, "agent", address="", at=NOW)
    accounts.answer_reset_requests(PORTAL, at=NOW + timedelta(minutes=10))
    assert len(mails()) == 2


@pytest.mark.attack(21)
def test_a_thousand_tries_of_links_and_names_from_one_address_are_throttled(demo, browser, monkeypatch):
    monkeypatch.setitem(demo.config, "ADDRESS_TRIES", "20/minute")
    token = browser.token()
    answers = [browser.get(f"/invitation/{number}", expect={404, 429}).status for number in range(500)]
    answers += [
        browser.send("/forgot", {"csrf_token": token, "who": f"n{number}"}, {303, 429}).status for number in range(500)
    ]
    assert answers.count(429) == 980
    assert accounts.queries.reset_requests() == []


def test_an_address_that_two_share_gets_no_link(demo, mail):
    called("agent").mail = called("agent2").mail = "desk@xinghe.example"
    db.session.commit()
    accounts.ask_for_reset(PORTAL, "desk@xinghe.example", address="", at=NOW)
    assert accounts.answer_reset_requests(PORTAL, at=NOW) == 0


def test_without_a_mail_server_the_page_says_whom_to_ask(demo, browser):
    page = browser.get("/forgot")
    assert "administrator" in page.main
    assert not page.soup.select("main form[action='/forgot']")


@pytest.mark.attack(9)
def test_a_forged_host_does_not_stand_in_a_link(demo, mail):
    Browser(demo).sign_in("admin").send("/forgot", {}, 422, Host="evil.example")
    accounts.make_link(as_staff("admin"), called("agent"), at=NOW)
    assert all("evil" not in mail.body for mail in mails())


def test_a_link_never_stands_in_a_log(demo, browser, monkeypatch, caplog):
    path = link_for("agent")
    monkeypatch.setattr("portal.organisation.views.queries.person_with_link", lambda *_: 1 / 0)
    browser.get(path, expect=500)
    assert path.rpartition("/")[2] not in caplog.text


def test_the_role_that_manages_accounts_reaches_no_further_than_its_departments(department, person, staff):
    company = department("C")
    east, west = department("E", company), department("W", company)
    keeper = staff("Amal", east, Role.ADMIN)
    accounts.make_link(keeper, person("Ben", east), at=NOW)
    with pytest.raises(NotAllowed):
        accounts.make_link(keeper, person("Chen", west), at=NOW)


@pytest.mark.parametrize(("by_hand", "heard"), [(True, ["LinkMade"]), (False, [])])
def test_whoever_is_handed_a_link_to_somebodys_password_cannot_do_so_unseen(mail, by_hand, heard):
    """A mailed one is a letter to the owner already; of one that was handed over their bell tells."""
    tell_the_news(NOW)
    accounts.make_link(as_staff("admin"), called("agent"), by_hand=by_hand, at=NOW)
    tell_the_news(NOW)
    rows = notices(as_staff("agent")).rows
    assert [one.entry.name for one in rows if one.entry.name == "LinkMade"] == heard
