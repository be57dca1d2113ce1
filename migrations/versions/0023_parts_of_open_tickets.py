"""Parts of tickets that have ended stand apart: what people look at daily does not grow with the history.

A department that helps often would have read every part that it ever did for each page of its queue.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0023_parts_of_open_tickets", "0022_drafts"

INDEXES = {
    "ix_ticket_part_department_id": ("department_id", "state IN ('asked', 'taken', 'done')"),
    "ix_ticket_part_person_id": ("person_id", "person_id IS NOT NULL"),
}
SINCE = """
UPDATE ticket_part SET ended = EXISTS (
    SELECT 1 FROM ticket WHERE ticket.id = ticket_part.ticket_id AND ticket.ended_at IS NOT NULL)
"""
ENDS = "(OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL)"
FOLLOW = "UPDATE ticket_part SET ended = (NEW.ended_at IS NOT NULL) WHERE ticket_id = NEW.id;"
ON_SQLITE = f"""
CREATE TRIGGER ticket_part_ends AFTER UPDATE OF ended_at ON ticket WHEN {ENDS}
BEGIN {FOLLOW} END
"""
ON_POSTGRESQL = f"""
CREATE FUNCTION ticket_part_ends() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN {FOLLOW} RETURN NULL; END $$;
CREATE TRIGGER ticket_part_ends AFTER UPDATE OF ended_at ON ticket
FOR EACH ROW WHEN ({ENDS}) EXECUTE FUNCTION ticket_part_ends();
"""


def upgrade() -> None:
    op.add_column("ticket_part", sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(SINCE)
    _anew("ended", "ticket_id", "state")
    op.execute(ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ticket_part_ends ON ticket")
        op.execute("DROP FUNCTION ticket_part_ends()")
    else:
        op.execute("DROP TRIGGER ticket_part_ends")
    _anew("ticket_id")
    op.drop_column("ticket_part", "ended")


def _anew(*columns: str) -> None:
    for name, (first, where) in INDEXES.items():
        there = sa.text(where)
        op.drop_index(name, table_name="ticket_part")
        op.create_index(name, "ticket_part", [first, *columns], sqlite_where=there, postgresql_where=there)
