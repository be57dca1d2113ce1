"""Notices: one fact, one person, one way, once; what each person wants to hear; how far the journal was read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.notifications.states import News, Way

UNREAD = "way = 'bell' AND done_at IS NULL"
READ = "way = 'bell' AND done_at IS NOT NULL"
UNSENT = "way <> 'bell' AND done_at IS NULL"


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(f"ix_notice_{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))


class Notice(Base):
    """That somebody is told of a fact. `about` and `subject_id` are the fact's; `inside`: only for who works on it.

    `done_at`: when it was read (on the bell) or went into a letter. Whoever may no longer see the thing sees no notice
    of it either: every question looks again.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("entry_id", "person_id", "way"),
        _partial("unread", "person_id", "happened_at", "id", where=UNREAD),
        _partial("read", "person_id", "happened_at", "id", where=READ),
        _partial("unsent", "way", "person_id", "id", where=UNSENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    way: Mapped[Way]
    news: Mapped[News]
    about: Mapped[str]
    subject_id: Mapped[int]
    inside: Mapped[bool]
    happened_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime] = mapped_column(Instant, index=True)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class ToldEntry(Base):
    """An entry of the journal that has been told: the reading position. One by one, because PostgreSQL commits out of
    the order of ids; only the newest are kept."""

    __tablename__ = "notice_told"

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class NewsChoice(Base):
    """What somebody chose for one kind of news on one way; without a row the usual holds."""

    __tablename__ = "news_choice"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    news: Mapped[News] = mapped_column(primary_key=True)
    way: Mapped[Way] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
