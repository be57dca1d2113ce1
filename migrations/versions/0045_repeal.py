"""A manual can end: from a day on no version of it binds anybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0045_repeal", "0044_phases"


def upgrade() -> None:
    op.create_table(
        "manual_repeal",
        sa.Column("manual_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_manual_repeal_manual_id_manual")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_manual_repeal_by_id_person")),
        sa.PrimaryKeyConstraint("manual_id", name=op.f("pk_manual_repeal")),
    )


def downgrade() -> None:
    op.drop_table("manual_repeal")
