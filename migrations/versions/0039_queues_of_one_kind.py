"""A queue of one kind, or in one state, is read from its index: what does not fit is passed over without its row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0039_queues_of_one_kind", "0038_manual_papers"

ORDERS = {"rank": ("priority", "due_at", "id"), "clock": ("due_at", "id"), "id": ("id",)}
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _made_again("kind", "state")


def downgrade() -> None:
    _made_again()


def _made_again(*narrowed_by: str) -> None:
    for whose in (("department_id",), ("desk_id",), ()):
        for order, columns in ORDERS.items():
            name = "_".join(("ix_ticket_open", *whose, order))
            op.drop_index(name, "ticket")
            op.create_index(name, "ticket", [*whose, *columns, *narrowed_by], sqlite_where=OPEN, postgresql_where=OPEN)
