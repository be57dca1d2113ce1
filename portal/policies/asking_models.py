"""How a manual asks to be acknowledged."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.policies.acknowledgement_states import Way


class Asking(Base):
    """How a manual wants to be acknowledged; without a row, with a signature."""

    __tablename__ = "manual_asking"

    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), primary_key=True, autoincrement=False)
    way: Mapped[Way]
