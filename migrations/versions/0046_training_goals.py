"""Goals of a department's training, and what people learnt by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0046_training_goals", "0045_repeal"


def upgrade() -> None:
    op.create_table(
        "training_goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_training_goal_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_goal")),
    )
    op.create_index("ix_training_goal_department_id_year", "training_goal", ["department_id", "year"])
    op.create_table(
        "learning_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_learning_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_entry")),
    )
    op.create_index("ix_learning_entry_person_id_id", "learning_entry", ["person_id", "id"])


def downgrade() -> None:
    op.drop_table("learning_entry")
    op.drop_table("training_goal")
