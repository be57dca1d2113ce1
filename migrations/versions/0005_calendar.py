"""The company calendar: years, days that differ, working hours; every row with the editions in which it was true.

One current row per day, per year and per department and first day: two people who edit at once cannot both win.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0005_calendar", "0004_tickets"
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
CURRENT = sa.text("until_edition IS NULL")
COMPANY = sa.text("until_edition IS NULL AND department_id IS NULL")
EDITED = ("calendar_year", "calendar_day", "department_hours")


def upgrade() -> None:
    op.create_table(
        "calendar_edition",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edition")),
        sa.UniqueConstraint("token", name=op.f("uq_calendar_edition_token")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        *_editions("calendar_year"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("names", JSON, nullable=False),
        *_editions("calendar_day"),
        sa.CheckConstraint("kind IN ('working', 'rest', 'holiday', 'make-up')", name=op.f("ck_calendar_day_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "department_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("hours", JSON, nullable=True),
        *_editions("department_hours"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_department_hours_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_hours")),
    )
    for table in EDITED:
        op.create_index(op.f(f"ix_{table}_since_edition"), table, ["since_edition"])
    _one_current("uq_calendar_year_current", "calendar_year", ["year"], CURRENT)
    _one_current("uq_calendar_day_current", "calendar_day", ["falls_on"], CURRENT)
    _one_current("uq_department_hours_current", "department_hours", ["department_id", "from_on"], CURRENT)
    _one_current("uq_department_hours_company", "department_hours", ["from_on"], COMPANY)


def downgrade() -> None:
    for table in reversed(EDITED):
        op.drop_table(table)
    op.drop_table("calendar_edition")


def _editions(table: str) -> tuple[sa.Column[int] | sa.ForeignKeyConstraint, ...]:
    return (
        sa.Column("since_edition", sa.Integer(), nullable=False),
        sa.Column("until_edition", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], ["calendar_edition.id"], name=op.f(f"fk_{table}_{name}_calendar_edition"))
            for name in ("since_edition", "until_edition")
        ),
    )


def _one_current(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
