"""What somebody knows of the company's products and services, as it was checked."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.training.states import Result


class KnowledgeCheck(Base):
    """One check of one colleague; what was found is never changed. The names are those of the day."""

    __tablename__ = "knowledge_check"
    __table_args__ = (Index("ix_knowledge_check_person_id_on", "person_id", "on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    on: Mapped[date]
    products: Mapped[str] = mapped_column(Text)
    result: Mapped[Result]
    words: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
