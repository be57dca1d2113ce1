"""A version may bind some departments, or whoever holds certain posts, instead of everybody in its manual's department;
and one that restores the words of another, after an emergency lapsed, says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0036_places", "0035_signatures_owed"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "manual_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["manual_version.id"], name=op.f("fk_manual_place_version_id_manual_version")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_manual_place_department_id_department")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_manual_place_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_place")),
    )
    op.create_index("ix_manual_place_version_id", "manual_place", ["version_id"])
    op.add_column("manual_draft", sa.Column("places", JSON, nullable=False, server_default=sa.text("'[]'")))
    op.execute(
        "ALTER TABLE manual_version ADD COLUMN restores_id INTEGER "
        "CONSTRAINT fk_manual_version_restores_id_manual_version REFERENCES manual_version (id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("manual_version") as batch:  # SQLite drops no column that a foreign key names
        batch.drop_column("restores_id")
    op.drop_column("manual_draft", "places")
    op.drop_table("manual_place")
