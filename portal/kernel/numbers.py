"""Numbers that people can say on the phone: T-2026-00042. One counter row per kind and office year."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, insert_or


class Counter(Base):
    """The last number given out for a kind in a year; raised in the transaction of the thing that takes it."""

    __tablename__ = "counter"

    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_number(kind: str, year: int, count: int = 1) -> str:
    """The next number of `kind` (a capital letter) in `year`; with `count`, the first of so many reserved ones.

    The row stays locked until the act is committed: numbers have no gap and no double.
    """
    return number(kind, year, reserve(kind, year, count))


def reserve(kind: str, year: int, count: int = 1) -> int:
    """Take `count` numbers in one step and return the first of them."""
    db.session.execute(insert_or(Counter).values(kind=kind, year=year, last=0).on_conflict_do_nothing())
    row = (Counter.kind == kind) & (Counter.year == year)
    db.session.execute(update(Counter).where(row).values(last=Counter.last + count))
    last: int = db.session.execute(select(Counter.last).where(row)).scalar_one()
    return last - count + 1


def number(kind: str, year: int, position: int) -> str:
    """How a number is written: kind, office year, at least five digits."""
    return f"{kind}-{year}-{position:05d}"


def number_of_row(kind: str, year: int, position: ColumnElement[int]) -> ColumnElement[str]:
    """The same inside a statement, for rows that are numbered in bulk."""
    figures = cast(position, String)
    filled: Any = func.substr(literal("00000", String).concat(figures), func.length(figures) + 1)
    return literal(f"{kind}-{year}-", String).concat(case((position < 100_000, filled), else_=figures))
