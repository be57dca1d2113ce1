"""Purpose and principles are part of a version, and its hash is over them; older ones keep the hash that they have.

A version has the words of the draft that it came of; where it came of none, those that its manual has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0054_opening_words", "0053_narrowed"

NAMES = ("purpose", "principles")


def upgrade() -> None:
    for name in NAMES:
        op.add_column("manual_version", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("manual_version", sa.Column("digest_form", sa.Integer(), nullable=False, server_default=sa.text("1")))
    versions = sa.table("manual_version", sa.column("id"), sa.column("manual_id"), *map(sa.column, NAMES))
    drafts = sa.table("manual_draft", sa.column("version_id"), *map(sa.column, NAMES))
    manuals = sa.table("manual", sa.column("id"), *map(sa.column, NAMES))
    for name in NAMES:
        written = sa.select(sa.func.max(drafts.c[name])).where(drafts.c.version_id == versions.c.id).scalar_subquery()
        now = sa.select(manuals.c[name]).where(manuals.c.id == versions.c.manual_id).scalar_subquery()
        op.execute(versions.update().values({name: sa.func.coalesce(sa.func.nullif(written, ""), now)}))


def downgrade() -> None:
    """Versions that were published since have a hash that the portal of before cannot make."""
    for name in (*NAMES, "digest_form"):
        op.drop_column("manual_version", name)
