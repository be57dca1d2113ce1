"""Versions that were published in an emergency, until when they bind without approval, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0033_emergency", "0032_change_requests"


def upgrade() -> None:
    op.create_table(
        "manual_emergency",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lapses_on", sa.Date(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_by_name", sa.String(), nullable=False),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_manual_emergency_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["manual_draft.id"], name=op.f("fk_manual_emergency_draft_id_manual_draft")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_manual_emergency_by_id_person")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_manual_emergency")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_manual_emergency_draft_id")),
    )


def downgrade() -> None:
    op.drop_table("manual_emergency")
