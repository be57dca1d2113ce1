"""What waits to be accepted stands in the order of the queue, so that its slice stops after a page like every other.

Somebody with hundreds of open offers had all of them looked up and sorted for each page.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0014_offers_in_rank", "0013_notifications"
PASSING = ("offered_to_id", "open_to_id", "deputy_id")


def _anew(*columns: str) -> None:
    for one in PASSING:
        there = sa.text(f"{one} IS NOT NULL")
        op.drop_index(f"ix_ticket_{one}", table_name="ticket")
        op.create_index(f"ix_ticket_{one}", "ticket", [one, *columns], sqlite_where=there, postgresql_where=there)


def upgrade() -> None:
    _anew("priority", "due_at", "id")


def downgrade() -> None:
    _anew("id")
