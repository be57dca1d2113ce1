"""The PDF of a published version: one for each, made once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0038_manual_papers", "0037_quiz"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "manual_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("reason", JSON, nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_manual_paper_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_manual_paper_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_paper")),
        sa.UniqueConstraint("version_id", name=op.f("uq_manual_paper_version_id")),
    )
    op.create_index("ix_manual_paper_state", "manual_paper", ["state"])


def downgrade() -> None:
    op.drop_table("manual_paper")
