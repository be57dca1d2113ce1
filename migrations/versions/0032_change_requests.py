"""What people think should be otherwise about a clause, and what was answered.

Each is bound to the clause of the version that was read; the lists of whoever answers go by manual and by department.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0032_change_requests", "0031_steps_struck_out"


def upgrade() -> None:
    op.create_table(
        "change_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("stable", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=False),
        sa.Column("done_in_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_change_request_manual_id_manual")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_change_request_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_change_request_department_id_department")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_change_request_person_id_person")),
        sa.ForeignKeyConstraint(
            ["done_in_id"], ["manual_version.id"], name=op.f("fk_change_request_done_in_id_manual_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
    )
    op.create_index("ix_change_request_manual_id_state", "change_request", ["manual_id", "state", "id"])
    op.create_index("ix_change_request_person_id_id", "change_request", ["person_id", "id"])
    op.create_index("ix_change_request_department_id_state", "change_request", ["department_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("change_request")
