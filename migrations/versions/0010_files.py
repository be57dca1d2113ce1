"""Files by the hash of their bytes, and under which name they belong to what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0010_files", "0009_signature"

WAITING = "about IS NULL"


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["digest"], ["stored_file.digest"], name=op.f("fk_attachment_digest_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_digest"), "attachment", ["digest"])
    op.create_index("ix_attachment_about_subject_id", "attachment", ["about", "subject_id", "id"])
    op.create_index("ix_attachment_waiting", "attachment", ["person_id", "at"],
                    sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING))  # fmt: skip


def downgrade() -> None:
    op.drop_table("attachment")
    op.drop_table("stored_file")
