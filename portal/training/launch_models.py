"""New products that are explained before they go on sale, and who has said that they know them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.organisation.models import Department
from portal.training.launch_states import Launch
from portal.training.models import TrainingSession


class ProductLaunch(Base):
    """Products that go on sale together. `products`: each as [name, what one has to know of it]; `session`: the special
    training on site that a large batch wants; `asked_at`: when whoever sells them was asked to know them."""

    __tablename__ = "product_launch"
    __table_args__ = (Index("ix_product_launch_department_id_id", "department_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    products: Mapped[list[Any]] = mapped_column(Json)
    explained_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("training_session.id"))
    state: Mapped[Launch]
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_name: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()
    session: Mapped[TrainingSession | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class LaunchConfirmation(Base):
    """That somebody knows the products of a launch; the name is that of the day."""

    __tablename__ = "launch_confirmation"
    __table_args__ = (UniqueConstraint("launch_id", "person_id", name="uq_launch_confirmation_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("product_launch.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
