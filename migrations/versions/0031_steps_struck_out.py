"""A step of a ticket's checklist that is not needed here: who struck it out, when, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0031_steps_struck_out", "0030_training"


def upgrade() -> None:
    op.add_column("ticket_step", sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket_step", sa.Column("struck_by_name", sa.String(), nullable=False, server_default=""))
    op.add_column("ticket_step", sa.Column("struck_reason", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("ticket_step") as table:
        for column in ("struck_reason", "struck_by_name", "struck_at"):
            table.drop_column(column)
