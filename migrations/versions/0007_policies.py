"""Manuals, their versions, clauses, and what clauses rule.

Two published versions of a manual never begin on one day: which of them binds would be anybody's guess.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0007_policies", "0006_lists"
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "manual",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("titles", JSON, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_manual_owner_id_person")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_manual_department_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual")),
        sa.UniqueConstraint("code", name=op.f("uq_manual_code")),
    )
    op.create_index(op.f("ix_manual_owner_id"), "manual", ["owner_id"])
    op.create_index(op.f("ix_manual_department_id"), "manual", ["department_id"])
    op.create_table(
        "manual_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_manual_version_manual_id_manual")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_manual_version_published_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_version")),
        sa.UniqueConstraint("manual_id", "seq", name=op.f("uq_manual_version_manual_id")),
        sa.UniqueConstraint("manual_id", "major", "minor", name="uq_manual_version_label"),
        sa.UniqueConstraint("manual_id", "effective_from", name="uq_manual_version_day"),
    )
    op.create_table(
        "clause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("stable", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_clause_version_id_manual_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_clause_version_id")),
        sa.UniqueConstraint("version_id", "stable", name="uq_clause_stable"),
    )
    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_ruling_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name=op.f("fk_ruling_clause_id_clause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
        sa.UniqueConstraint("version_id", "key", name=op.f("uq_ruling_version_id")),
    )
    op.create_index(op.f("ix_ruling_clause_id"), "ruling", ["clause_id"])
    op.create_index(op.f("ix_ruling_key"), "ruling", ["key"])


def downgrade() -> None:
    for table in ("ruling", "clause", "manual_version", "manual"):
        op.drop_table(table)
