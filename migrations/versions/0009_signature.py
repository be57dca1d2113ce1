"""Who signed exactly what: rows that no statement changes or removes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0009_signature", "0008_accounts"

REFUSE_SQLITE = """
CREATE TRIGGER signature_refuses_{verb} BEFORE {verb} ON signature
BEGIN SELECT RAISE(ABORT, 'signature is append-only'); END
"""
REFUSE_POSTGRESQL = """
CREATE FUNCTION signature_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'signature is append-only'; END $$;
CREATE TRIGGER signature_refuses_change BEFORE UPDATE OR DELETE ON signature
FOR EACH ROW EXECUTE FUNCTION signature_is_append_only();
CREATE TRIGGER signature_refuses_truncate BEFORE TRUNCATE ON signature
FOR EACH STATEMENT EXECUTE FUNCTION signature_is_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("person_department", sa.String(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint(
            "about", "subject_id", "purpose", "person_id", "content_hash", name=op.f("uq_signature_about")
        ),
    )
    op.create_index(op.f("ix_signature_person_id"), "signature", ["person_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE_POSTGRESQL)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(REFUSE_SQLITE.format(verb=verb))


def downgrade() -> None:
    op.drop_index(op.f("ix_signature_person_id"), table_name="signature")
    op.drop_table("signature")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION signature_is_append_only()")
