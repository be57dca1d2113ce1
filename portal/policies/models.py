"""Manuals, their versions, the clauses of a version, and what a clause rules. A published version is never changed."""

from __future__ import annotations

from datetime import date, datetime

from markupsafe import Markup
from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.kernel.markup import Rendered
from portal.organisation.models import Department, Person
from portal.policies.states import ManualKind, State


class Manual(Base):
    """A book of rules. `titles`: one text per locale. `department_id` None: it binds the whole company."""

    __tablename__ = "manual"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[ManualKind]
    category: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Person | None] = relationship()
    department: Mapped[Department | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class ManualVersion(Base):
    """An edition. In force from `effective_from` until the day on which the next published one is; `digest` is the hash
    of exactly what was published, kept in the journal as well."""

    __tablename__ = "manual_version"
    __table_args__ = (
        UniqueConstraint("manual_id", "seq"),
        UniqueConstraint("manual_id", "major", "minor", name="uq_manual_version_label"),
        UniqueConstraint("manual_id", "effective_from", name="uq_manual_version_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"))
    seq: Mapped[int]
    major: Mapped[int]
    minor: Mapped[int]
    state: Mapped[State]
    effective_from: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    summary: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str]

    manual: Mapped[Manual] = relationship()
    clauses: Mapped[list[ClauseRow]] = relationship(order_by="ClauseRow.position", back_populates="version")

    @property
    def label(self) -> str:
        """As people say it: 2.1."""
        return f"{self.major}.{self.minor}"


class ClauseRow(Base):
    """A numbered rule of a version. `stable` is the same in every version; `text` is as typed, `html` what is shown."""

    __tablename__ = "clause"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        UniqueConstraint("version_id", "stable", name="uq_clause_stable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))
    stable: Mapped[str]
    position: Mapped[int]
    number: Mapped[str]
    heading: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[Markup] = mapped_column(Rendered)

    version: Mapped[ManualVersion] = relationship(back_populates="clauses")
    rulings: Mapped[list[RulingRow]] = relationship(order_by="RulingRow.id", back_populates="clause")

    @property
    def depth(self) -> int:
        """1 for clause 4, 2 for clause 4.2."""
        return self.number.count(".") + 1


class RulingRow(Base):
    """That a clause rules on a key. `value` is the text that the rulebook reads and writes."""

    __tablename__ = "ruling"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))
    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    value: Mapped[str] = mapped_column(Text)

    clause: Mapped[ClauseRow] = relationship(back_populates="rulings")
    version: Mapped[ManualVersion] = relationship()
