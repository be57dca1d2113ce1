"""The replay of a draft against the facts of past months, and the cases that would have come out differently."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0029_replays", "0028_manual_import"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "draft_replay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("rulings", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", JSON, nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["manual_draft.id"], name=op.f("fk_draft_replay_draft_id_manual_draft")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_draft_replay_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_replay")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_draft_replay_draft_id")),
    )
    op.create_index("ix_draft_replay_state", "draft_replay", ["state"])
    op.create_table(
        "replayed_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("replay_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_before", sa.Boolean(), nullable=False),
        sa.Column("late_after", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["replay_id"], ["draft_replay.id"], name=op.f("fk_replayed_case_replay_id_draft_replay")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_replayed_case_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replayed_case")),
    )
    op.create_index("ix_replayed_case_replay_id_key_id", "replayed_case", ["replay_id", "key", "id"])


def downgrade() -> None:
    for table in ("replayed_case", "draft_replay"):
        op.drop_table(table)
