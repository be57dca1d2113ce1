"""What a department means to learn in a year, and what people learnt by themselves."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.organisation.models import Department


class TrainingGoal(Base):
    """One goal of a department for a year, to be reached by a day; then with what came of it. `told_on`: of which day
    its head was told."""

    __tablename__ = "training_goal"
    __table_args__ = (
        Index("ix_training_goal_department_id_year", "department_id", "year"),
        Index("ix_training_goal_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    year: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    told_on: Mapped[date | None]
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()

    __mapper_args__ = {"version_id_col": version}


class LearningEntry(Base):
    """What somebody says that they learnt by themselves on a day."""

    __tablename__ = "learning_entry"
    __table_args__ = (Index("ix_learning_entry_person_id_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    on: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
