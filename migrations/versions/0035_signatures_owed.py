"""Which complaints a department has still to sign is asked for on Today: an index of those alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0035_signatures_owed", "0034_newcomers"


def upgrade() -> None:
    unsigned = sa.text("signed_at IS NULL")
    op.create_index(
        "ix_complaint_department_unsigned", "complaint_department", ["department_id"],
        sqlite_where=unsigned, postgresql_where=unsigned,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_complaint_department_unsigned", "complaint_department")
