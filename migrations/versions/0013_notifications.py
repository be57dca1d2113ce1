"""Notices, what each person wants to hear, and how far the journal was read.

A portal that has lived before begins to tell with what happens next: nobody's bell rings for the years behind.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0013_notifications", "0012_ticket_import"
LATE = 10_000


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "notice", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("news", sa.String(40), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_notice_entry_id_journal")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("entry_id", "person_id", "way", name=op.f("uq_notice_entry_id")),
    )
    op.create_index(op.f("ix_notice_told_at"), "notice", ["told_at"])
    _partial("ix_notice_unread", ["person_id", "happened_at", "id"], "way = 'bell' AND done_at IS NULL")
    _partial("ix_notice_read", ["person_id", "happened_at", "id"], "way = 'bell' AND done_at IS NOT NULL")
    _partial("ix_notice_unsent", ["way", "person_id", "id"], "way <> 'bell' AND done_at IS NULL")
    op.create_table(
        "notice_told",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_notice_told")),
    )
    op.create_table(
        "news_choice",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("news", sa.String(40), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_news_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "news", "way", name=op.f("pk_news_choice")),
    )
    op.execute(
        f"INSERT INTO notice_told (entry_id) SELECT id FROM journal"  # noqa: S608
        f" WHERE id > (SELECT max(id) FROM journal) - {LATE}"
    )


def downgrade() -> None:
    op.drop_table("news_choice")
    op.drop_table("notice_told")
    op.drop_table("notice")
