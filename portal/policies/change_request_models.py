"""What people think should be otherwise about a clause, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant
from portal.policies.change_request_states import Asked
from portal.policies.models import Manual, ManualVersion


class ChangeRequest(Base):
    """One person about one clause of one version. Number and heading are those of that version, `stable` names the
    clause in every other one; `department_id`: where rights to the manual count; `done_in_id`: the version that has it.
    """

    __tablename__ = "change_request"
    __table_args__ = (
        Index("ix_change_request_manual_id_state", "manual_id", "state", "id"),
        Index("ix_change_request_person_id_id", "person_id", "id"),
        Index("ix_change_request_department_id_state", "department_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    stable: Mapped[str]
    number: Mapped[str]
    heading: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[Asked]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_name: Mapped[str] = mapped_column(default="")
    done_in_id: Mapped[int | None] = mapped_column(ForeignKey("manual_version.id"))
    version: Mapped[int] = mapped_column(default=1)

    manual: Mapped[Manual] = relationship()
    edition: Mapped[ManualVersion] = relationship(foreign_keys=version_id)
    done_in: Mapped[ManualVersion | None] = relationship(foreign_keys=done_in_id)

    __mapper_args__ = {"version_id_col": version}

    @property
    def owner_id(self) -> int | None:
        """Who answers for the manual."""
        return self.manual.owner_id

    @property
    def supervisor_id(self) -> int | None:
        """Who watches that it is kept, and answers as well."""
        return self.manual.supervisor_id
