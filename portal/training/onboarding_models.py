"""The checklist of a newcomer, the list from which it is made, and who coaches whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.organisation.models import Department, Person
from portal.training.states import OnboardingKind, Part, Result


class OnboardingItem(Base):
    """One line of the list that staff rule: what everybody who comes to a department, or below it, goes through."""

    __tablename__ = "onboarding_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    part: Mapped[Part]
    words: Mapped[str]
    since_on: Mapped[date]
    dropped_on: Mapped[date | None]


class Onboarding(Base):
    """Somebody's checklist, made from the list as it was. Name and department are those of the day."""

    __tablename__ = "onboarding"
    __table_args__ = (
        UniqueConstraint("person_id", "department_id", "kind", name="uq_onboarding_person"),
        Index("ix_onboarding_department_id_from_on", "department_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    kind: Mapped[OnboardingKind]
    from_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(Instant)
    waived_at: Mapped[datetime | None] = mapped_column(Instant)
    waived_by_name: Mapped[str] = mapped_column(default="")
    waived_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship()
    department: Mapped[Department] = relationship()
    lines: Mapped[list[OnboardingLine]] = relationship(order_by="OnboardingLine.id")

    __mapper_args__ = {"version_id_col": version}


class OnboardingLine(Base):
    """One line of a checklist. With a `topic` it is done when its person has passed a training that teaches it; without
    one, when somebody else says so."""

    __tablename__ = "onboarding_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboarding.id"), index=True)
    part: Mapped[Part]
    topic: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_name: Mapped[str] = mapped_column(default="")


class MentorPair(Base):
    """Who coaches a newcomer, one to one, and answers for them. `retest`: the pairing tests the mentor again."""

    __tablename__ = "mentor_pair"
    __table_args__ = (
        Index(
            "uq_mentor_pair_newcomer", "newcomer_id", unique=True, sqlite_where=text("to_on IS NULL"),
            postgresql_where=text("to_on IS NULL"),
        ),
        Index("ix_mentor_pair_mentor_id_to_on", "mentor_id", "to_on"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    newcomer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    newcomer_name: Mapped[str]
    mentor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    mentor_name: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    retest: Mapped[Result] = mapped_column(default=Result.NONE)
    outcome: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
