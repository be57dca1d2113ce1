"""Customers, the words that find them, and the visitors' register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0003_customers", "0002_organisation"
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("telephones", JSON, nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
    )
    op.create_index("ix_customer_sort_key_id", "customer", ["sort_key", "id"], unique=False)
    op.create_table(
        "customer_word",
        sa.Column("word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_word_customer_id_customer")),
        sa.PrimaryKeyConstraint("word", "customer_id", "kind", name=op.f("pk_customer_word")),
    )
    op.create_index("ix_customer_word_customer_id_word", "customer_word", ["customer_id", "word"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticket_number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("left_at IS NULL OR left_at >= came_at", name=op.f("ck_visit_times")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_visit_customer_id_customer")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_visit_receiver_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_came_at_id", "visit", ["came_at", "id"], unique=False)
    op.create_index(op.f("ix_visit_customer_id"), "visit", ["customer_id"], unique=False)
    op.create_index(op.f("ix_visit_receiver_id"), "visit", ["receiver_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_visit_receiver_id"), table_name="visit")
    op.drop_index(op.f("ix_visit_customer_id"), table_name="visit")
    op.drop_index("ix_visit_came_at_id", table_name="visit")
    op.drop_table("visit")
    op.drop_index("ix_customer_word_customer_id_word", table_name="customer_word")
    op.drop_table("customer_word")
    op.drop_index("ix_customer_sort_key_id", table_name="customer")
    op.drop_table("customer")
