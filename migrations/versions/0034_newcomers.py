"""The checklists of newcomers, the list from which they are made, and who coaches whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0034_newcomers", "0033_emergency"


def upgrade() -> None:
    op.create_table(
        "onboarding_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_onboarding_item_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_item")),
    )
    op.create_index(op.f("ix_onboarding_item_department_id"), "onboarding_item", ["department_id"])
    op.create_table(
        "onboarding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_by_name", sa.String(), nullable=False),
        sa.Column("waived_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_onboarding_person_id_person")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_onboarding_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding")),
        sa.UniqueConstraint("person_id", "department_id", "kind", name="uq_onboarding_person"),
    )
    op.create_index("ix_onboarding_department_id_from_on", "onboarding", ["department_id", "from_on"])
    op.create_table(
        "onboarding_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("onboarding_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["onboarding_id"], ["onboarding.id"], name=op.f("fk_onboarding_line_onboarding_id_onboarding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_line")),
    )
    op.create_index(op.f("ix_onboarding_line_onboarding_id"), "onboarding_line", ["onboarding_id"])
    op.create_table(
        "mentor_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newcomer_id", sa.Integer(), nullable=False),
        sa.Column("newcomer_name", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("mentor_name", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("retest", sa.String(40), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["newcomer_id"], ["person.id"], name=op.f("fk_mentor_pair_newcomer_id_person")),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_mentor_pair_mentor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_pair")),
    )
    only = sa.text("to_on IS NULL")
    op.create_index(
        "uq_mentor_pair_newcomer", "mentor_pair", ["newcomer_id"], unique=True, sqlite_where=only, postgresql_where=only
    )
    op.create_index("ix_mentor_pair_mentor_id_to_on", "mentor_pair", ["mentor_id", "to_on"])


def downgrade() -> None:
    for table in ("mentor_pair", "onboarding_line", "onboarding", "onboarding_item"):
        op.drop_table(table)
