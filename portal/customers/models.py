"""Customers, the words that find them, and the visitors' register."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.rules import WordKind
from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.organisation.models import Person

Plain = String().with_variant(String(collation="C"), "postgresql")
"""Text whose order is that of its characters, whatever the database's language: a beginning is then a range."""


class Customer(Base):
    """Somebody outside who asked for something. `telephones`: as they were said, the one to ring first in front."""

    __tablename__ = "customer"
    __table_args__ = (Index("ix_customer_sort_key_id", "sort_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    initials: Mapped[str]
    telephones: Mapped[list[str]] = mapped_column(Json)
    mail: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class CustomerWord(Base):
    """A word by whose beginning a customer is found: see `rules.words_of`."""

    __tablename__ = "customer_word"
    __table_args__ = (Index("ix_customer_word_customer_id_word", "customer_id", "word"),)

    word: Mapped[str] = mapped_column(Plain, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    kind: Mapped[WordKind] = mapped_column(primary_key=True)


class Visit(Base):
    """A line of the visitors' register (TKT-021): who came, when, what for, who received them."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("left_at IS NULL OR left_at >= came_at", name="times"),
        Index("ix_visit_came_at_id", "came_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str]
    company: Mapped[str] = mapped_column(default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    purpose: Mapped[str]
    receiver_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    came_at: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    ticket_number: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    customer: Mapped[Customer | None] = relationship()
    receiver: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Arrival(Base):
    """Somebody who comes with many others and waits to get a record: see `arrivals.py`. `batch`: with whom."""

    __tablename__ = "customer_arrival"

    batch: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    sort_key: Mapped[str]
    initials: Mapped[str]
    telephones: Mapped[list[str]] = mapped_column(Json)
    mail: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")


class ArrivalWord(Base):
    """A word by whose beginning somebody who waits for a record will be found."""

    __tablename__ = "customer_arrival_word"

    batch: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(Plain, primary_key=True)
    kind: Mapped[WordKind] = mapped_column(primary_key=True)
