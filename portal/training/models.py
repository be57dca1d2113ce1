"""Courses, their sessions, and who took part with what result."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.organisation.models import Department, Person
from portal.policies.models import Manual
from portal.training.states import CourseKind, Presence, Result, SessionState

COURSE_MANUAL = Table(
    "course_manual",
    Base.metadata,
    Column("course_id", ForeignKey("course.id"), primary_key=True),
    Column("manual_id", ForeignKey("manual.id"), primary_key=True, index=True),
)
"""The manuals in which a course trains: the code of conduct and the rules of etiquette of a team (POL-046)."""


class Course(Base):
    """What is taught to whom: everybody of a department and below it, or only whoever holds a role there."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind: Mapped[CourseKind]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    role: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[str]] = mapped_column(Json)
    goal: Mapped[str] = mapped_column(Text, default="")
    since_on: Mapped[date]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()
    manuals: Mapped[list[Manual]] = relationship(secondary=COURSE_MANUAL, order_by="Manual.code")

    __mapper_args__ = {"version_id_col": version}


class TrainingSession(Base):
    """One training on its day. `texts`: the versions of the course's manuals that were in force on it; `days`: for how
    many whole days of training it counts; `body`: the training institute, where it is not ours."""

    __tablename__ = "training_session"
    __table_args__ = (
        Index("ix_training_session_department_id_starts_at", "department_id", "starts_at"),
        Index("ix_training_session_course_id_starts_at", "course_id", "starts_at"),
        Index("ix_training_session_trainer_id_state", "trainer_id", "state", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    days: Mapped[int] = mapped_column(default=0)
    place: Mapped[str]
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    trainer_name: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    target: Mapped[str] = mapped_column(Text)
    texts: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[SessionState]
    planned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    planned_by_name: Mapped[str]
    outcome: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    course: Mapped[Course] = relationship()
    department: Mapped[Department] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def enters_id(self) -> int | None:
        """Who enters what came of it: the trainer, or whoever planned a training by somebody from outside."""
        return self.trainer_id or self.planned_by_id


class Participant(Base):
    """Somebody in a session: a colleague, with name and department of the day, or a guest of another organisation."""

    __tablename__ = "training_participant"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id", name="uq_training_participant_person"),
        Index("ix_training_participant_person_id_result", "person_id", "result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    presence: Mapped[Presence] = mapped_column(default=Presence.INVITED)
    result: Mapped[Result] = mapped_column(default=Result.NONE)
    note: Mapped[str] = mapped_column(default="")

    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person | None] = relationship()
    department: Mapped[Department | None] = relationship()
