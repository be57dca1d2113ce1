"""A version of a manual is written as a draft before it is published: one draft for each manual at a time.

What a manual must say of itself (purpose, principles, who watches over it, when it is looked at again) was nowhere
kept, nor which part of it a clause is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0025_manual_drafts", "0024_templates"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
OPEN = sa.text("ended_at IS NULL")
CATEGORIES = (("技术服务", "technical service"), ("人员", "personnel"))
"""Fields that were typed by hand, and the words of the list that there is now."""
ADDED = {"manual": ("supervisor_id", "purpose", "principles", "review_on"), "clause": ("part", "chapter")}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE manual ADD COLUMN supervisor_id INTEGER CONSTRAINT fk_manual_supervisor_id_person "
        "REFERENCES person (id)"
    )
    op.execute("ALTER TABLE manual ADD COLUMN purpose TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE manual ADD COLUMN principles TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE manual ADD COLUMN review_on DATE")
    op.execute("ALTER TABLE clause ADD COLUMN part VARCHAR(40) NOT NULL DEFAULT 'body'")
    op.execute("ALTER TABLE clause ADD COLUMN chapter VARCHAR(40)")
    for typed, code in CATEGORIES:
        op.execute(f"UPDATE manual SET category = '{code}' WHERE category = '{typed}'")  # noqa: S608 - words of this file

    op.create_table(
        "manual_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("legal_id", sa.Integer(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("titles", JSON, nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("supervisor_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("principles", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("drops", JSON, nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_digest", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_manual_draft_{column}_{table}")
            for column, table in (
                ("manual_id", "manual"),
                ("department_id", "department"),
                ("base_id", "manual_version"),
                ("version_id", "manual_version"),
                ("author_id", "person"),
                ("legal_id", "person"),
                ("owner_id", "person"),
                ("supervisor_id", "person"),
                ("approver_id", "person"),
                ("approved_by_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_manual_draft"),
    )
    for column in ("manual_id", "department_id", "author_id", "legal_id", "approver_id"):
        op.create_index(f"ix_manual_draft_{column}", "manual_draft", [column])
    op.create_index(
        "uq_manual_draft_open", "manual_draft", ["manual_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "draft_clause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("stable", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("chapter", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["manual_draft.id"], name="fk_draft_clause_draft_id_manual_draft"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_clause"),
        sa.UniqueConstraint("draft_id", "stable", name="uq_draft_clause_draft_id"),
    )
    op.create_table(
        "draft_ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["manual_draft.id"], name="fk_draft_ruling_draft_id_manual_draft"),
        sa.ForeignKeyConstraint(["clause_id"], ["draft_clause.id"], name="fk_draft_ruling_clause_id_draft_clause"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_ruling"),
        sa.UniqueConstraint("draft_id", "key", name="uq_draft_ruling_draft_id"),
    )
    op.create_index("ix_draft_ruling_clause_id", "draft_ruling", ["clause_id"])
    op.create_table(
        "draft_reviewer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", JSON, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["manual_draft.id"], name="fk_draft_reviewer_draft_id_manual_draft"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_draft_reviewer_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_reviewer"),
        sa.UniqueConstraint("draft_id", "person_id", name="uq_draft_reviewer_draft_id"),
    )
    op.create_index("ix_draft_reviewer_draft_id", "draft_reviewer", ["draft_id"])
    op.create_index("ix_draft_reviewer_person_id", "draft_reviewer", ["person_id"])
    op.create_table(
        "draft_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stable", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_name", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["manual_draft.id"], name="fk_draft_comment_draft_id_manual_draft"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_draft_comment_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_draft_comment"),
    )
    op.create_index("ix_draft_comment_draft_id", "draft_comment", ["draft_id"])


def downgrade() -> None:
    for table in ("draft_comment", "draft_reviewer", "draft_ruling", "draft_clause", "manual_draft"):
        op.drop_table(table)
    for typed, code in CATEGORIES:
        op.execute(f"UPDATE manual SET category = '{typed}' WHERE category = '{code}'")  # noqa: S608 - words of this file
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column)
