"""Another desk's tickets come in: tables that are read, rows that wait for the one act that makes them tickets.

A ticket that came so keeps a mark of what its line said, so that a later table shows what has changed there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0012_ticket_import", "0011_ticket_clock"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "customer_arrival",
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("telephones", JSON, nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("batch", "place", name=op.f("pk_customer_arrival")),
    )
    op.create_table(
        "customer_arrival_word",
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("batch", "place", "word", "kind", name=op.f("pk_customer_arrival_word")),
    )
    op.create_table(
        "ticket_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("head", JSON, nullable=False),
        sa.Column("samples", JSON, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("otherwise", JSON, nullable=False),
        sa.Column("meanings", JSON, nullable=False),
        sa.Column("words", JSON, nullable=False),
        sa.Column("remarks", JSON, nullable=False),
        sa.Column("reason", JSON, nullable=True),
        sa.Column("lines_read", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("customers_seen", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_import_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_import")),
    )
    op.create_index("ix_ticket_import_by_id_id", "ticket_import", ["by_id", "id"], unique=False)
    op.create_index("ix_ticket_import_state", "ticket_import", ["state"], unique=False)
    op.create_table(
        "ticket_import_row",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("problem", JSON, nullable=True),
        sa.Column("origin_number", sa.String(), nullable=False),
        sa.Column("origin_mark", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_html", sa.Text(), nullable=True),
        sa.Column("state", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=True),
        sa.Column("routing", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("impact", sa.String(40), nullable=True),
        sa.Column("urgency", sa.String(40), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("caller_contact", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("accountable_id", sa.Integer(), nullable=True),
        sa.Column("accountable_name", sa.String(), nullable=False),
        sa.Column("accountable_department", sa.String(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assignee_name", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["ticket_import.id"], name=op.f("fk_ticket_import_row_import_id_ticket_import")
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_ticket_import_row")),
    )
    op.create_index(
        "ix_ticket_import_row_import_id_origin_number",
        "ticket_import_row",
        ["import_id", "origin_number"],
        unique=False,
    )
    op.create_index(
        "ix_ticket_import_row_import_id_outcome_line",
        "ticket_import_row",
        ["import_id", "outcome", "line"],
        unique=False,
    )
    op.add_column("ticket", sa.Column("origin_mark", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("ticket", "origin_mark")
    op.drop_index("ix_ticket_import_row_import_id_outcome_line", table_name="ticket_import_row")
    op.drop_index("ix_ticket_import_row_import_id_origin_number", table_name="ticket_import_row")
    op.drop_table("ticket_import_row")
    op.drop_index("ix_ticket_import_state", table_name="ticket_import")
    op.drop_index("ix_ticket_import_by_id_id", table_name="ticket_import")
    op.drop_table("ticket_import")
    op.drop_table("customer_arrival_word")
    op.drop_table("customer_arrival")
