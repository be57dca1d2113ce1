"""Who was asked to acknowledge which version of a manual, and what they did.

Nobody is asked here about versions that were published before: the sweep does so, as for whoever joins.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0026_acknowledgements", "0025_manual_drafts"


def upgrade() -> None:
    op.create_table(
        "manual_asking",
        sa.Column("manual_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_manual_asking_manual_id_manual")),
        sa.PrimaryKeyConstraint("manual_id", name=op.f("pk_manual_asking")),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=False),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_acknowledgement_manual_id_manual")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_acknowledgement_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acknowledgement_person_id_person")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_acknowledgement_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_acknowledgement_signature_id_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("version_id", "person_id", name="uq_acknowledgement_person"),
    )
    op.create_index("ix_acknowledgement_person_id_state", "acknowledgement", ["person_id", "state", "id"])
    op.create_index("ix_acknowledgement_version_id_state", "acknowledgement", ["version_id", "state", "id"])
    op.create_index("ix_acknowledgement_manual_id_state", "acknowledgement", ["manual_id", "state"])
    op.create_index("ix_acknowledgement_state_remind_on", "acknowledgement", ["state", "remind_on"])
    op.create_index(op.f("ix_acknowledgement_department_id"), "acknowledgement", ["department_id"])


def downgrade() -> None:
    for table in ("acknowledgement", "manual_asking"):
        op.drop_table(table)
