"""Goals of training have a day and an outcome; whoever has to do something is told once that its day has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0055_told_of_days", "0054_opening_words"

TOLD = ("publicity_step", "manual_audit", "training_goal")


def upgrade() -> None:
    for table in TOLD:
        op.add_column(table, sa.Column("told_on", sa.Date(), nullable=True))
    op.add_column("product_launch", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE product_launch SET asked_at = explained_at WHERE explained_at <= CURRENT_TIMESTAMP")
    op.add_column("training_goal", sa.Column("due_on", sa.Date(), nullable=True))
    day = "CAST(year || '-12-31' AS DATE)" if op.get_bind().dialect.name == "postgresql" else "year || '-12-31'"
    op.execute(f"UPDATE training_goal SET due_on = {day}")  # noqa: S608
    op.add_column("training_goal", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("ended_by_name", "outcome"):
        kind = sa.Text() if name == "outcome" else sa.String()
        op.add_column("training_goal", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("training_goal", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")))
    with op.batch_alter_table("training_goal") as table:
        table.alter_column("due_on", existing_type=sa.Date(), nullable=False)
    op.create_index("ix_training_goal_due_on", "training_goal", ["due_on"])


def downgrade() -> None:
    op.drop_index("ix_training_goal_due_on", table_name="training_goal")
    for name in ("version", "outcome", "ended_by_name", "ended_at", "due_on"):
        op.drop_column("training_goal", name)
    op.drop_column("product_launch", "asked_at")
    for table in TOLD:
        op.drop_column(table, "told_on")
