"""The PDF of a published version: made once, kept, and handed out again byte for byte."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant, Sentence
from portal.kernel.text import Said
from portal.policies.paper_states import PaperState


class ManualPaper(Base):
    """`code`: the check code on it; `digest`: the hash of its bytes, which stand in the journal as well. Whoever makes
    it has it until `claimed_until`; one who dies is followed by another."""

    __tablename__ = "manual_paper"
    __table_args__ = (Index("ix_manual_paper_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"), unique=True)
    state: Mapped[PaperState]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    code: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Said | None] = mapped_column(Sentence)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
