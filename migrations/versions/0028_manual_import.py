"""Files on their way to be the draft of a manual, and the clauses that wait for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0028_manual_import", "0027_what_a_form_said"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "manual_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("head", JSON, nullable=False),
        sa.Column("remarks", JSON, nullable=False),
        sa.Column("problems", JSON, nullable=False),
        sa.Column("remarked", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("rules", sa.Boolean(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("clauses", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("reason", JSON, nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_manual_import_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_import")),
    )
    op.create_index("ix_manual_import_by_id_id", "manual_import", ["by_id", "id"])
    op.create_index("ix_manual_import_state", "manual_import", ["state"])
    op.create_table(
        "manual_import_clause",
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stable", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("chapter", sa.String(40), nullable=True),
        sa.Column("rulings", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["manual_import.id"], name=op.f("fk_manual_import_clause_import_id_manual_import")
        ),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_manual_import_clause")),
    )


def downgrade() -> None:
    for table in ("manual_import_clause", "manual_import"):
        op.drop_table(table)
