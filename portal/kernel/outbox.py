"""Mail leaves after the commit: a row is written with the change and sent by a sweep, with tries that space out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.columns import Instant

MOST_TRIES = 10


class OutboxMail(Base):
    """One mail to one address. After MOST_TRIES tries it waits for a person on the operator's page."""

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


def post(to: str, subject: str, body: str, at: datetime) -> None:
    """Queue a mail inside the act under way."""
    db.session.add(OutboxMail(to=to, subject=" ".join(subject.split()), body=body, queued_at=at, next_try_at=at))


def due(at: datetime, most: int = 50) -> list[int]:
    """The mails that are to be tried now, oldest first."""
    query = select(OutboxMail.id).where(OutboxMail.sent_at.is_(None), OutboxMail.next_try_at <= at)
    return list(db.session.scalars(query.order_by(OutboxMail.id).limit(most)))


@action
def sent(_actor: Portal, mail_id: int, *, at: datetime) -> None:
    """It left; its text, which may hold a one-time link, is not kept."""
    mail = db.session.get_one(OutboxMail, mail_id)
    mail.sent_at, mail.next_try_at, mail.body, mail.last_error = at, None, None, ""


@action
def failed(_actor: Portal, mail_id: int, error: str, *, at: datetime) -> None:
    """It did not leave: try again later, each time twice as late, and stop after MOST_TRIES."""
    mail = db.session.get_one(OutboxMail, mail_id)
    mail.tries += 1
    mail.last_error = error[:500]
    mail.next_try_at = None if mail.tries >= MOST_TRIES else at + timedelta(minutes=2**mail.tries)


def sweep(send: Callable[[str, str, str], None], at: datetime) -> int:
    """Try what is due with `send(to, subject, body)`; returns how many left. Safe to run twice."""
    left = 0
    for mail_id in due(at):
        mail = db.session.get_one(OutboxMail, mail_id)
        to, subject, body = mail.to, mail.subject, mail.body or ""
        db.session.rollback()
        try:
            send(to, subject, body)
        except OSError as error:
            failed(PORTAL, mail_id, str(error), at=at)
        else:
            sent(PORTAL, mail_id, at=at)
            left += 1
    return left
