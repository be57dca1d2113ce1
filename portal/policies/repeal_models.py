"""That a manual binds nobody any more."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant


class Repeal(Base):
    """From `from_on` on no version of the manual binds anybody; what it said of the days before stays."""

    __tablename__ = "manual_repeal"

    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), primary_key=True, autoincrement=False)
    from_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
