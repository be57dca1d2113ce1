"""A replay keeps whom the draft bound when it was asked for: its authors go on writing while it runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0048_replay_places", "0047_watch_versions"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("draft_replay", sa.Column("places", JSON, nullable=False, server_default=sa.text("'[]'")))
    op.execute(
        "UPDATE draft_replay SET places = "
        "(SELECT one.places FROM manual_draft one WHERE one.id = draft_replay.draft_id)"
    )


def downgrade() -> None:
    op.drop_column("draft_replay", "places")
