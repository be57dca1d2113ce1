"""Teams that serve for the company, who acts for them, and the manuals that bind whoever does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0050_teams", "0049_withdrawals"

OPEN = sa.text("to_on IS NULL")


def upgrade() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_team_department_id_department")),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_team_leader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_index(op.f("ix_team_department_id"), "team", ["department_id"])
    op.create_index(op.f("ix_team_leader_id"), "team", ["leader_id"])
    op.create_table(
        "team_manual",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_manual_team_id_team")),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_team_manual_manual_id_manual")),
        sa.PrimaryKeyConstraint("team_id", "manual_id", name=op.f("pk_team_manual")),
    )
    op.create_index(op.f("ix_team_manual_manual_id"), "team_manual", ["manual_id"])
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_index(
        "uq_team_member_open", "team_member", ["team_id", "person_id"], unique=True, sqlite_where=OPEN,
        postgresql_where=OPEN,
    )  # fmt: skip
    op.create_index("ix_team_member_person_id_from_on", "team_member", ["person_id", "from_on"])


def downgrade() -> None:
    op.drop_table("team_member")
    op.drop_table("team_manual")
    op.drop_table("team")
