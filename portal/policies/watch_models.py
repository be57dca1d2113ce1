"""How a manual is made known after its publication, and the audits of whether it is kept."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.policies.models import Manual
from portal.policies.watch_states import Found, Means

OPEN = text("done_at IS NULL")


class PublicityStep(Base):
    """One dated action of a plan: somebody makes a manual known in one of the four ways. `told_on`: of which day
    whoever does it was told that it has come."""

    __tablename__ = "publicity_step"
    __table_args__ = (Index("ix_publicity_step_person_id_on", "person_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), index=True)
    means: Mapped[Means]
    words: Mapped[str]
    on: Mapped[date]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_name: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    told_on: Mapped[date | None]
    row_version: Mapped[int] = mapped_column(default=1)

    manual: Mapped[Manual] = relationship()

    __mapper_args__ = {"version_id_col": row_version}


class ManualAudit(Base):
    """One audit of whether a manual is kept: planned for a day, one at a time; then with what was found. `told_on`: of
    which day whoever audits was told that it is near."""

    __tablename__ = "manual_audit"
    __table_args__ = (
        Index("uq_manual_audit_open", "manual_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_manual_audit_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), index=True)
    due_on: Mapped[date]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_by_name: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    found: Mapped[Found | None]
    findings: Mapped[str] = mapped_column(Text, default="")
    told_on: Mapped[date | None]
    row_version: Mapped[int] = mapped_column(default=1)

    manual: Mapped[Manual] = relationship()

    __mapper_args__ = {"version_id_col": row_version}
