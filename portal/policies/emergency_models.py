"""That a version was published in an emergency, and what became of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant


class Emergency(Base):
    """A version that binds without approval until `lapses_on`, the first day on which it does no more.

    `kept_at`: it was approved in time and holds like any other. `lapsed_at`: it lapsed, and the portal has said so.
    """

    __tablename__ = "manual_emergency"

    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"), primary_key=True, autoincrement=False)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    lapses_on: Mapped[date]
    kept_at: Mapped[datetime | None] = mapped_column(Instant)
    kept_by_name: Mapped[str] = mapped_column(default="")
    lapsed_at: Mapped[datetime | None] = mapped_column(Instant)
