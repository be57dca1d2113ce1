"""Indexes for the figures of a period: tickets by the moment of receipt and of their end, missed limits by theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0021_figures", "0020_ticket_links"


def upgrade() -> None:
    op.create_index("ix_ticket_received_at_id", "ticket", ["received_at", "id"])
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index("ix_ticket_ended_at_id", "ticket", ["ended_at", "id"], sqlite_where=ended, postgresql_where=ended)
    op.create_index("ix_ticket_breach_moment_id", "ticket_breach", ["moment", "id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_breach_moment_id", "ticket_breach")
    op.drop_index("ix_ticket_ended_at_id", "ticket")
    op.drop_index("ix_ticket_received_at_id", "ticket")
