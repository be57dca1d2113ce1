"""A published version can be taken back before its day, which another one may then have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0049_withdrawals", "0048_replay_places"

DAY, COLUMNS = "uq_manual_version_day", ["manual_id", "effective_from"]
PUBLISHED = sa.text("state = 'published'")


def upgrade() -> None:
    op.create_table(
        "manual_withdrawal",
        sa.Column("version_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_manual_withdrawal_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_manual_withdrawal_by_id_person")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_manual_withdrawal")),
    )
    replaced = sa.Column("replaced", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False, server_default="{}")
    op.add_column("manual_draft", replaced)
    with op.batch_alter_table("manual_version") as batch:
        batch.drop_constraint(DAY, type_="unique")
    op.create_index(DAY, "manual_version", COLUMNS, unique=True, sqlite_where=PUBLISHED, postgresql_where=PUBLISHED)


def downgrade() -> None:
    """Where another version has the day of one that was taken back, the rule of before cannot hold again."""
    op.drop_index(DAY, table_name="manual_version")
    with op.batch_alter_table("manual_version") as batch:
        batch.create_unique_constraint(DAY, COLUMNS)
    op.drop_column("manual_draft", "replaced")
    op.drop_table("manual_withdrawal")
