"""What has its age is forgotten by the daily sweep, and not a moment before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.extensions import db
from portal.kernel import jobs, once, outbox
from portal.kernel.actions import PORTAL, action
from portal.kernel.once import OnceKey
from portal.kernel.outbox import OutboxMail
from portal.organisation import accounts, secrets
from portal.organisation.models import LinkPurpose, OneTimeLink, SecretTries, SignInSession
from tests.conftest import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def amal(department, person):
    return person("Amal", department("CS"))


@action
def put(_actor: object, *rows: object, at: datetime) -> None:
    db.session.add_all(rows)


def left(model: type) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def session(person_id: int, **more: object) -> SignInSession:
    token = secrets.digest(secrets.token())
    row = {"token_hash": token, "person_id": person_id, "started_at": NOW, "seen_at": NOW, "address": "", "browser": ""}
    return SignInSession(**{**row, **more})


def link(person_id: int) -> OneTimeLink:
    token = secrets.digest(secrets.token())
    return OneTimeLink(
        secret_hash=token, person_id=person_id, purpose=LinkPurpose.RESET, made_at=NOW - 3 * DAY, good_until=NOW
    )


def mail(**more: object) -> OutboxMail:
    return OutboxMail(to="a@b.example", subject="", body=None, queued_at=NOW, **more)


KEPT = [
    ("a one-time key", OnceKey, lambda _id: OnceKey(key="k", person_id=None, made="1", at=NOW), 2 * DAY),
    ("an ended session", SignInSession, lambda id: session(id, ended_at=NOW), 30 * DAY),
    ("a session that nobody ended", SignInSession, lambda id: session(id), 30 * DAY + timedelta(hours=12)),
    ("a link", OneTimeLink, link, 30 * DAY),
    ("a mail that left", OutboxMail, lambda _id: mail(sent_at=NOW), 90 * DAY),
    ("tries", SecretTries, lambda _id: SecretTries(kind="sign-in", key_hash="x", count=1, last_at=NOW), DAY),
]


@pytest.mark.parametrize(("model", "make", "age"), [row[1:] for row in KEPT], ids=[row[0] for row in KEPT])
def test_each_is_kept_for_its_time_and_no_longer(amal, model, make, age):
    put(PORTAL, make(amal.id), at=NOW)
    accounts.forget_old(PORTAL, at=NOW + age)
    assert left(model) == 1
    accounts.forget_old(PORTAL, at=NOW + age + SECOND)
    assert left(model) == 0


def test_a_mail_that_waits_for_a_person_is_not_forgotten(app):
    put(PORTAL, mail(sent_at=None, tries=outbox.MOST_TRIES), at=NOW)
    accounts.forget_old(PORTAL, at=NOW + 1000 * DAY)
    assert left(OutboxMail) == 1


def test_the_worker_does_it_each_day(amal):
    @action
    def use(_actor: object, *, at: datetime) -> None:
        once.used("key", amal.id, "1", at)

    use(PORTAL, at=NOW - 3 * DAY)
    assert "forget what has its age" in jobs.run_due(NOW, failed=lambda _one, error: pytest.fail(str(error)))
    assert left(OnceKey) == 0
