"""What stood in a form beside the one-time key that it used, as a digest: the same again leads to what was made, other
words are asked about.

Of keys that were used before nothing is known: they lead to what they made, as they did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0027_what_a_form_said", "0026_acknowledgements"


def upgrade() -> None:
    with op.batch_alter_table("once_key") as table:
        table.add_column(sa.Column("digest", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("once_key") as table:
        table.drop_column("digest")
