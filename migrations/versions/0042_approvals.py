"""Several may have to approve a draft, each for themselves or in the place of somebody; and what shows how a version
came about is kept with its draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0042_approvals", "0041_working_time"

OPEN = sa.text("ended_at IS NULL")
TAKE = """
INSERT INTO draft_approval (draft_id, person_id, name, in_place_of, given_by_id, given_by_name, given_at, digest)
SELECT manual_draft.id, asked.id, asked.name, '', given.id, COALESCE(given.name, ''),
       CASE WHEN given.id IS NOT NULL THEN manual_draft.changed_at END, manual_draft.approved_digest
FROM manual_draft JOIN person AS asked ON asked.id = manual_draft.approver_id
LEFT JOIN person AS given ON given.id = manual_draft.approved_by_id
"""
GIVE_BACK = """
UPDATE manual_draft SET
  approver_id = (SELECT MIN(person_id) FROM draft_approval WHERE draft_id = manual_draft.id),
  approved_by_id = (SELECT MIN(given_by_id) FROM draft_approval WHERE draft_id = manual_draft.id)
"""


def upgrade() -> None:
    op.create_table(
        "draft_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("in_place_of", sa.String(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_by_name", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["manual_draft.id"], name=op.f("fk_draft_approval_draft_id_manual_draft")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_approval_person_id_person")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_draft_approval_given_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_approval")),
        sa.UniqueConstraint("draft_id", "person_id", name=op.f("uq_draft_approval_draft_id")),
    )
    op.create_index(op.f("ix_draft_approval_draft_id"), "draft_approval", ["draft_id"])
    op.create_index(op.f("ix_draft_approval_person_id"), "draft_approval", ["person_id"])
    op.create_table(
        "draft_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["manual_draft.id"], name=op.f("fk_draft_evidence_draft_id_manual_draft")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_draft_evidence_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_evidence")),
    )
    op.create_index(op.f("ix_draft_evidence_draft_id"), "draft_evidence", ["draft_id"])
    op.execute(TAKE)
    op.drop_index("ix_manual_draft_approver_id", table_name="manual_draft")
    op.drop_index("uq_manual_draft_open", table_name="manual_draft")
    with op.batch_alter_table("manual_draft") as batch:
        batch.add_column(sa.Column("quorum", sa.Integer(), nullable=False, server_default=sa.text("1")))
        batch.drop_constraint("fk_manual_draft_approver_id_person", type_="foreignkey")
        batch.drop_constraint("fk_manual_draft_approved_by_id_person", type_="foreignkey")
        batch.drop_column("approver_id")
        batch.drop_column("approved_by_id")
    _one_open_draft()


def downgrade() -> None:
    op.drop_index("uq_manual_draft_open", table_name="manual_draft")
    with op.batch_alter_table("manual_draft") as batch:
        batch.add_column(sa.Column("approver_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        for column in ("approver_id", "approved_by_id"):
            batch.create_foreign_key(f"fk_manual_draft_{column}_person", "person", [column], ["id"])
        batch.drop_column("quorum")
    _one_open_draft()
    op.create_index("ix_manual_draft_approver_id", "manual_draft", ["approver_id"])
    op.execute(GIVE_BACK)
    op.drop_table("draft_evidence")
    op.drop_table("draft_approval")


def _one_open_draft() -> None:
    op.create_index(
        "uq_manual_draft_open", "manual_draft", ["manual_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
