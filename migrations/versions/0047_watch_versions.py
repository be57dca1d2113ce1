"""Of two who end an action of a plan, or an audit, at the same moment the second is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0047_watch_versions", "0046_training_goals"

TABLES = ("publicity_step", "manual_audit")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("row_version", sa.Integer(), nullable=False, server_default=sa.text("1")))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "row_version")
