"""The lists themselves. Each value has one text per locale; nothing is deleted: a value is switched off or ends."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Json
from portal.lists.states import Category, Use
from portal.organisation.models import Department


class TicketKind(Base):
    """A kind of ticket (TKT-001). `needs_record`: it is not closed without a written record (TKT-026)."""

    __tablename__ = "ticket_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    needs_record: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RoutingType(Base):
    """What a matter is about, and which department answers for it (TKT-016). `kind`: of that kind of ticket alone.

    `department_id` is empty only in what a new portal brings along; the page says so until somebody names one.
    """

    __tablename__ = "routing_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[str | None] = mapped_column(ForeignKey("ticket_kind.code"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Phrase(Base):
    """Words that are not to be written to customers, or that are there to be put in. `instead`: what to say rather."""

    __tablename__ = "phrase"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on > from_on", name="days"),
        CheckConstraint("(\"use\" = 'snippet') = (category IS NOT NULL)", name="category"),
        Index("ix_phrase_use_from_on", "use", "from_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]
    use: Mapped[Use]
    category: Mapped[Category | None]
    instead: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TicketTemplate(Base):
    """The standard procedure for a common problem (TKT-054): what a new ticket of it says, and what is to be done.

    `kind`, `routing`, `impact` and `urgency` are empty where the template leaves them to whoever takes it down.
    `steps`: [words, must], in their order; a ticket has them copied, so that a later change here changes no ticket.
    """

    __tablename__ = "ticket_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="")
    routing: Mapped[str] = mapped_column(default="")
    impact: Mapped[str] = mapped_column(default="")
    urgency: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    steps: Mapped[list[list[Any]]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
