"""The security log: read by auditor and administrator, newest first, page by page, without secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel import security_log
from portal.kernel.actions import PORTAL
from portal.kernel.paging import PAGE
from portal.kernel.permissions import P
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation import accounts
from tests.browser import Browser
from tests.conftest import NOW


def keep(kind: Kind, count: int = 1, **detail: object) -> None:
    for number in range(count):
        security_log.kept(kind, person_id=None, address=f"10.0.0.{number}", at=NOW, **detail)


@pytest.fixture
def quiet(demo):
    """The demo company before anybody tried anything."""
    db.session.connection(execution_options={"write": True})
    db.session.execute(db.delete(SecurityEvent))
    db.session.commit()
    return demo


@pytest.mark.parametrize(
    ("name", "expect"), [("auditor", 200), ("admin", 200), ("hr", 403), ("director", 403), ("agent", 403)]
)
def test_auditor_and_administrator_read_it_and_nobody_else(demo, browser, name, expect):
    browser.sign_in(name).get("/security-log", expect=expect)


def test_every_kind_has_a_name_in_the_readers_language(demo):
    assert len({kind.label for kind in Kind}) == len(Kind)


def test_an_attempt_tells_what_was_tried_by_whom_and_from_where(demo, browser):
    Browser(demo).sign_in("agent").get("/security-log", expect=403)
    browser.sign_in("auditor")
    row = browser.get("/security-log").soup.select_one("#attempts tbody tr").get_text(" ", strip=True)
    for words in ("Page without the right", P.SECURITY_READ.label, "/security-log", "李娜", "127.0.0.1"):
        assert words in row


@pytest.mark.attack(1)
def test_what_was_tried_is_shown_as_text(demo, browser):
    keep(Kind.EXTRA_FIELDS, fields=["<img src=x onerror=alert(1)>"], route="/<script>")
    page = browser.sign_in("auditor").get("/security-log")
    assert not page.soup.select("main img, main script")
    assert "<img src=x" in page.main


def test_it_pages_by_key_newest_first_and_nothing_repeats(quiet, browser):
    keep(Kind.TOKEN_REFUSED, PAGE + 3)
    browser.sign_in("auditor")
    first = browser.get("/security-log")
    numbers = [int(cell.text) for cell in first.soup.select("#attempts td.num")]
    keep(Kind.TOKEN_REFUSED)  # meanwhile
    second = browser.get(first.soup.select_one("a[rel=next]")["href"])
    numbers += [int(cell.text) for cell in second.soup.select("#attempts td.num")]
    assert numbers == list(range(numbers[0], numbers[0] - PAGE - 3, -1))
    assert not second.soup.select("a[rel=next]")


def test_one_kind_can_be_looked_at_alone_also_by_htmx(quiet, browser):
    keep(Kind.TOKEN_REFUSED, 2)
    keep(Kind.SIGN_IN_REFUSED, 1, locked=True)
    browser.sign_in("auditor")
    part = browser.get("/security-log?kind=sign-in refused", part="attempts")
    assert len(part.soup.select("tbody tr")) == 1
    assert "while locked" in part.main
    assert "Nothing of this kind" in browser.get("/security-log?kind=link refused").main


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["kind=password_hash", "after=nonsense", "after=WyJhIl0", "kind=1%3B--"])
def test_a_filter_that_is_none_of_ours_is_refused(demo, browser, query):
    browser.sign_in("auditor").get(f"/security-log?{query}", expect=400)


def test_entries_are_forgotten_after_their_days(quiet):
    keep(Kind.TOKEN_REFUSED)
    days = timedelta(days=quiet.config["SECURITY_LOG_DAYS"])
    accounts.forget_old(PORTAL, at=NOW + days)
    assert db.session.scalar(db.select(db.func.count()).select_from(SecurityEvent)) == 1
    accounts.forget_old(PORTAL, at=NOW + days + timedelta(seconds=1))
    assert db.session.scalar(db.select(db.func.count()).select_from(SecurityEvent)) == 0
