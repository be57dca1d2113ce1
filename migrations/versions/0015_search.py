"""What can be found, and the index over it.

The words stand in `search_text`, the same on both databases. `search_fts` holds their tokens: an FTS5 table without
content on SQLite, a tsvector on PostgreSQL. Both begin empty: `portal check` says how many things cannot be found yet,
`portal reindex` writes them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0015_search", "0014_offers_in_rank"

SQLITE = """
CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='', tokenize='ascii')
"""
POSTGRESQL = """
CREATE TABLE search_fts (
    id integer CONSTRAINT pk_search_fts PRIMARY KEY
        CONSTRAINT fk_search_fts_id_search_text REFERENCES search_text (id) ON DELETE CASCADE,
    tokens tsvector NOT NULL
);
CREATE INDEX ix_search_fts_tokens ON search_fts USING gin (tokens);
"""


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
        sa.UniqueConstraint("kind", "thing_id", "inside", "piece", name=op.f("uq_search_text_kind")),
    )
    op.execute(POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE)


def downgrade() -> None:
    op.execute("DROP TABLE search_fts")
    op.drop_table("search_text")
