"""That a published version was taken back before its day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant


class Withdrawal(Base):
    """A version that never comes into force: who took it back, when and why. Its text and its hash stay as they are."""

    __tablename__ = "manual_withdrawal"

    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"), primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
