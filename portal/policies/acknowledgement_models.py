"""Who was asked to acknowledge which version, and what they did."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.policies.acknowledgement_states import Known, Way
from portal.policies.models import Manual, ManualVersion


class Acknowledgement(Base):
    """One person and one version. The name is that of the day, the department the one where they belong; `digest` is
    that of the version, so that it is bound to exactly this text."""

    __tablename__ = "acknowledgement"
    __table_args__ = (
        UniqueConstraint("version_id", "person_id", name="uq_acknowledgement_person"),
        Index("ix_acknowledgement_person_id_state", "person_id", "state", "id"),
        Index("ix_acknowledgement_version_id_state", "version_id", "state", "id"),
        Index("ix_acknowledgement_manual_id_state", "manual_id", "state"),
        Index("ix_acknowledgement_state_remind_on", "state", "remind_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))
    digest: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    way: Mapped[Way]
    state: Mapped[Known]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date]
    remind_on: Mapped[date]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(default="")
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    declined_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    manual: Mapped[Manual] = relationship()
    edition: Mapped[ManualVersion] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def owner_id(self) -> int | None:
        """Who answers for the manual: to them goes why somebody does not acknowledge it."""
        return self.manual.owner_id
