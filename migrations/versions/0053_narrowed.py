"""The authors of a draft that binds fewer say that those who lose something by it are meant to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0053_narrowed", "0052_import_questions"


def upgrade() -> None:
    op.add_column("manual_draft", sa.Column("lets_go", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("manual_draft", "lets_go")
