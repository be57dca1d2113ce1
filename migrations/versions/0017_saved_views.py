"""Saved views of the queue: a person's own, or those that a department keeps for its people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0017_saved_views", "0016_complaints"


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("words", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (department_id IS NULL)", name="ck_saved_view_owner"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_saved_view_department_id_department"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_view_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("department_id", "name", name="uq_saved_view_department_id"),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_view_person_id"),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
