"""Acts on several tickets at once, with what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0018_ticket_bulk", "0017_saved_views"


def upgrade() -> None:
    op.create_table(
        "ticket_bulk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ticket_bulk_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_bulk"),
    )
    op.create_index("ix_ticket_bulk_at", "ticket_bulk", ["at"])
    op.create_table(
        "ticket_bulk_line",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("sentence", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["ticket_bulk.id"], name="fk_ticket_bulk_line_bulk_id_ticket_bulk"),
        sa.PrimaryKeyConstraint("bulk_id", "place", name="pk_ticket_bulk_line"),
    )


def downgrade() -> None:
    op.drop_table("ticket_bulk_line")
    op.drop_table("ticket_bulk")
