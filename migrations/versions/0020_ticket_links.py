"""Tickets that belong together: links, and merges that can be taken apart again.

A merged ticket has ended as a closed one has. SQLite cannot change the condition of a table, and a table made anew
would lose its triggers: it is changed where SQLite keeps it, as its manual describes for changes that touch no row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0020_ticket_links", "0019_ticket_part"

BEFORE = "(ended_at IS NULL) = (state NOT IN ('closed', 'voided'))"
AFTER = "(ended_at IS NULL) = (state NOT IN ('closed', 'merged', 'voided'))"


def upgrade() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("tie", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name="fk_ticket_link_other_id_ticket"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_link_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name="pk_ticket_link"),
    )
    op.create_table(
        "ticket_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.String(40), nullable=False),
        sa.Column("clocks", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("apart_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("apart_by_name", sa.String(), nullable=False),
        sa.Column("apart_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["into_id"], ["ticket.id"], name="fk_ticket_merge_into_id_ticket"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_merge_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_merge"),
    )
    op.create_index("ix_ticket_merge_ticket_id", "ticket_merge", ["ticket_id", "id"])
    op.create_index("ix_ticket_merge_into_id", "ticket_merge", ["into_id"])
    standing = sa.text("apart_at IS NULL")
    op.create_index("uq_ticket_merge_standing", "ticket_merge", ["ticket_id"], unique=True,
                    sqlite_where=standing, postgresql_where=standing)  # fmt: skip
    _end_with(AFTER, instead_of=BEFORE)


def downgrade() -> None:
    """What was merged counts as closed: no ticket disappears."""
    op.execute("UPDATE ticket SET state = 'closed' WHERE state = 'merged'")
    _end_with(BEFORE, instead_of=AFTER)
    op.drop_table("ticket_merge")
    op.drop_table("ticket_link")


def _end_with(condition: str, *, instead_of: str) -> None:
    """Change the condition that says when a ticket has ended."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_ticket_ended"), "ticket", type_="check")
        op.create_check_constraint(op.f("ck_ticket_ended"), "ticket", condition)
        return
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = 'ticket'").scalar_one()
    if made.count(instead_of) != 1:
        raise RuntimeError(f"the table ticket does not say once: {instead_of}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'ticket'",
        (made.replace(instead_of, condition),),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
