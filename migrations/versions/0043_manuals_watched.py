"""How a manual is made known, and the audits of whether it is kept.

Each manual that was published gets the day of its first audit: a year after its newest version comes into force.
"""

from __future__ import annotations

import calendar
from datetime import date

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0043_manuals_watched", "0042_approvals"

OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "publicity_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_name", sa.String(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_publicity_step_manual_id_manual")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_publicity_step_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_step")),
    )
    op.create_index(op.f("ix_publicity_step_manual_id"), "publicity_step", ["manual_id"])
    op.create_index("ix_publicity_step_person_id_on", "publicity_step", ["person_id", "on"])
    audit = op.create_table(
        "manual_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_by_name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("found", sa.String(40), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_manual_audit_manual_id_manual")),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_manual_audit_done_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_audit")),
    )
    op.create_index(op.f("ix_manual_audit_manual_id"), "manual_audit", ["manual_id"])
    op.create_index("ix_manual_audit_due_on", "manual_audit", ["due_on"])
    op.create_index(
        "uq_manual_audit_open", "manual_audit", ["manual_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    versions = sa.table("manual_version", sa.column("manual_id"), sa.column("effective_from", sa.Date()))
    newest = sa.select(versions.c.manual_id, sa.func.max(versions.c.effective_from)).group_by(versions.c.manual_id)
    planned = [
        {"manual_id": manual_id, "due_on": _a_year_later(from_on), "done_by_name": "",
         "version": "", "findings": ""}
        for manual_id, from_on in op.get_bind().execute(newest)
    ]  # fmt: skip
    if planned:
        op.bulk_insert(audit, planned)


def _a_year_later(day: date | str) -> date:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return date(day.year + 1, day.month, min(day.day, calendar.monthrange(day.year + 1, day.month)[1]))


def downgrade() -> None:
    op.drop_table("manual_audit")
    op.drop_table("publicity_step")
