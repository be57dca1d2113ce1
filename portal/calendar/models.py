"""The calendar is never overwritten: each change makes an edition, and a row says from which to which it was true.

So yesterday's deadline can be reckoned again as it was yesterday, and beside it as it would be today (attack 32).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.extensions import Base
from portal.kernel.calendar import DayKind
from portal.kernel.columns import Instant, Json


class CalendarEdition(Base):
    """One change of the calendar. `token` tells editions apart where a rolled-back number is used again."""

    __tablename__ = "calendar_edition"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Edited:
    """True from edition `since_edition` on and before edition `until_edition`; the current rows have no end."""

    @declared_attr
    def since_edition(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("calendar_edition.id"), index=True)

    @declared_attr
    def until_edition(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("calendar_edition.id"))


CURRENT = text("until_edition IS NULL")


class CalendarYear(Edited, Base):
    """A year of which something is known; `published`: its make-up days too. `source`: the package, a file, or empty:
    a person."""

    __tablename__ = "calendar_year"
    __table_args__ = (
        Index("uq_calendar_year_current", "year", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    published: Mapped[bool]
    source: Mapped[str]


class CalendarDay(Edited, Base):
    """A day that differs from an ordinary week; `names`: one text per locale."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        Index("uq_calendar_day_current", "falls_on", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
        CheckConstraint("kind IN ('working', 'rest', 'holiday', 'make-up')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    falls_on: Mapped[date]
    kind: Mapped[DayKind]
    names: Mapped[dict[str, str]] = mapped_column(Json)


class DepartmentHours(Edited, Base):
    """The working hours of a department from a day on, or of the whole company (no department).

    `hours`: as `rules.hours_as_text` writes them; None: from then on it follows the department above.
    """

    __tablename__ = "department_hours"
    __table_args__ = (
        Index(
            "uq_department_hours_current", "department_id", "from_on", unique=True,
            sqlite_where=CURRENT, postgresql_where=CURRENT,
        ),
        Index(
            "uq_department_hours_company", "from_on", unique=True,
            sqlite_where=text("until_edition IS NULL AND department_id IS NULL"),
            postgresql_where=text("until_edition IS NULL AND department_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    from_on: Mapped[date]
    hours: Mapped[dict[str, Any] | None] = mapped_column(Json)
