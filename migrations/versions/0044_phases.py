"""A manual says which phases of a system's life it covers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0044_phases", "0043_manuals_watched"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    for table in ("manual", "manual_draft"):
        op.add_column(table, sa.Column("phases", JSON, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    for table in ("manual", "manual_draft"):
        op.drop_column(table, "phases")
