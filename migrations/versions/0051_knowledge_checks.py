"""What colleagues know of products and services, as it was checked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0051_knowledge_checks", "0050_teams"


def upgrade() -> None:
    op.create_table(
        "knowledge_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_knowledge_check_person_id_person")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_knowledge_check_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_check")),
    )
    op.create_index("ix_knowledge_check_person_id_on", "knowledge_check", ["person_id", "on", "id"])


def downgrade() -> None:
    op.drop_table("knowledge_check")
