"""Teams that serve for the company, who acts for them, and the manuals that bind whoever does."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.organisation.models import Department, Person
from portal.policies.models import Manual
from portal.policies.team_states import TeamKind

TEAM_MANUAL = Table(
    "team_manual",
    Base.metadata,
    Column("team_id", ForeignKey("team.id"), primary_key=True),
    Column("manual_id", ForeignKey("manual.id"), primary_key=True, index=True),
)
"""The manuals named for a team: the code of conduct, the rules of etiquette."""
OPEN = text("to_on IS NULL")


class Team(Base):
    """An expert, service or volunteer team of a department; its people may belong to others."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[TeamKind]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(Text, default="")
    since_on: Mapped[date]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()
    leader: Mapped[Person] = relationship()
    manuals: Mapped[list[Manual]] = relationship(secondary=TEAM_MANUAL, order_by="Manual.code")

    __mapper_args__ = {"version_id_col": version}


class TeamMember(Base):
    """Somebody who acts for a team from a day on, before another one; the name is that of the day when they came."""

    __tablename__ = "team_member"
    __table_args__ = (
        Index("uq_team_member_open", "team_id", "person_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_team_member_person_id_from_on", "person_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
