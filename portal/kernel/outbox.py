"""Mail leaves after the commit: a row is written with the change and sent by a sweep, with tries that space out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import now
from portal.kernel.columns import Instant

MOST_TRIES = 10
CLAIMED_FOR = timedelta(minutes=5)
"""A mail in somebody's hands is nobody else's for so long; if that worker dies, it is tried again afterwards."""


class OutboxMail(Base):
    """One mail to one address. After MOST_TRIES tries it waits for a person, who meets it in `portal check`."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_due", "sent_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str | None]
    queued_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is carried: `number` and `at` (when it was queued) stay the same at each try."""

    number: int
    to: str
    subject: str
    body: str
    at: datetime


class Undeliverable(Exception):
    """This mail will never arrive: it is not tried again."""


class Unreachable(OSError):
    """No mail leaves at present: the rest of this round waits."""


def post(to: str, subject: str, body: str, at: datetime) -> None:
    """Queue a mail inside the act under way."""
    db.session.add(OutboxMail(to=to, subject=" ".join(subject.split()), body=body, queued_at=at, next_try_at=at))


def due(at: datetime, most: int = 50) -> list[int]:
    """The mails that are to be tried now, oldest first."""
    query = select(OutboxMail.id).where(OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= at)
    return list(db.session.scalars(query.order_by(OutboxMail.id).limit(most)))


@action
def claim(_actor: Portal, mail_id: int, *, at: datetime) -> Letter | None:
    """The mail, for this worker alone; None when another one has it or it has left."""
    free = (OutboxMail.id == mail_id, OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= at)
    taken = db.session.execute(update(OutboxMail).where(*free).values(next_try_at=at + CLAIMED_FOR))
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    mail = db.session.get_one(OutboxMail, mail_id)
    return Letter(mail.id, mail.to, mail.subject, mail.body or "", mail.queued_at)


@action
def sent(_actor: Portal, mail_id: int, *, at: datetime) -> None:
    """It left; its text, which may hold a one-time link, is not kept."""
    mail = db.session.get_one(OutboxMail, mail_id)
    mail.sent_at, mail.next_try_at, mail.body, mail.last_error = at, None, None, ""


@action
def failed(_actor: Portal, mail_id: int, error: str, *, for_good: bool = False, at: datetime) -> None:
    """It did not leave: try again later, each time twice as late, and stop after MOST_TRIES or `for_good`."""
    mail = db.session.get_one(OutboxMail, mail_id)
    mail.tries += 1
    mail.last_error = error[:500]
    mail.next_try_at = None if for_good or mail.tries >= MOST_TRIES else at + timedelta(minutes=2**mail.tries)


def sweep(carry: Callable[[Letter], None], at: datetime) -> int:
    """Try what is due with `carry`; returns how many left. Safe to run twice, and by two workers at once.

    `carry` raises Undeliverable, Unreachable or another OSError.
    """
    left = 0
    for mail_id in due(at):
        letter = claim(PORTAL, mail_id, at=max(at, now()))  # those before it may have taken their time
        if letter is None:
            continue
        try:
            carry(letter)
        except Undeliverable as no:
            failed(PORTAL, mail_id, str(no), for_good=True, at=at)
        except OSError as error:
            failed(PORTAL, mail_id, str(error), at=at)
            if isinstance(error, Unreachable):
                break
        else:
            sent(PORTAL, mail_id, at=at)
            left += 1
    return left


def stuck() -> list[OutboxMail]:
    """What was given up and waits for a person, oldest first."""
    given_up = (OutboxMail.sent_at.is_(None), OutboxMail.next_try_at.is_(None))
    return list(db.session.scalars(select(OutboxMail).where(*given_up).order_by(OutboxMail.id)))


@action
def try_again(_actor: Portal, *, at: datetime) -> int:
    """Give every mail that was given up its tries anew; returns how many. For when the mail server was set right."""
    again = stuck()
    for mail in again:
        mail.tries, mail.next_try_at = 0, at
    return len(again)


def forget_sent_before(at: datetime) -> None:
    """Mails that left have an age: called by the daily sweep, inside its act. What waits for a person stays."""
    db.session.execute(delete(OutboxMail).where(OutboxMail.sent_at < at))
