"""New products and who knows them before they go on sale."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0040_product_launches", "0039_queues_of_one_kind"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "product_launch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("products", JSON, nullable=False),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_product_launch_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_product_launch_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_product_launch_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_launch")),
    )
    op.create_index("ix_product_launch_department_id_id", "product_launch", ["department_id", "id"])
    op.create_table(
        "launch_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("launch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["product_launch.id"], name=op.f("fk_launch_confirmation_launch_id_product_launch")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_launch_confirmation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launch_confirmation")),
        sa.UniqueConstraint("launch_id", "person_id", name="uq_launch_confirmation_person"),
    )
    op.create_index(op.f("ix_launch_confirmation_person_id"), "launch_confirmation", ["person_id"])


def downgrade() -> None:
    op.drop_table("launch_confirmation")
    op.drop_table("product_launch")
