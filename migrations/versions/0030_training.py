"""Courses, their sessions, and who took part with what result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision, down_revision = "0030_training", "0029_replays"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_course_department_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
    )
    op.create_index(op.f("ix_course_department_id"), "course", ["department_id"])
    op.create_table(
        "course_manual",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("manual_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_manual_course_id_course")),
        sa.ForeignKeyConstraint(["manual_id"], ["manual.id"], name=op.f("fk_course_manual_manual_id_manual")),
        sa.PrimaryKeyConstraint("course_id", "manual_id", name=op.f("pk_course_manual")),
    )
    op.create_index(op.f("ix_course_manual_manual_id"), "course_manual", ["manual_id"])
    op.create_table(
        "training_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("trainer_name", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=True),
        sa.Column("planned_by_name", sa.String(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_training_session_course_id_course")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_training_session_department_id_department")
        ),
        sa.ForeignKeyConstraint(["trainer_id"], ["person.id"], name=op.f("fk_training_session_trainer_id_person")),
        sa.ForeignKeyConstraint(
            ["planned_by_id"], ["person.id"], name=op.f("fk_training_session_planned_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
        sa.UniqueConstraint("number", name=op.f("uq_training_session_number")),
    )
    op.create_index(
        "ix_training_session_department_id_starts_at", "training_session", ["department_id", "starts_at"]
    )  # fmt: skip
    op.create_index("ix_training_session_course_id_starts_at", "training_session", ["course_id", "starts_at"])
    op.create_index(
        "ix_training_session_trainer_id_state", "training_session", ["trainer_id", "state", "starts_at"]
    )  # fmt: skip
    op.create_table(
        "training_participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("presence", sa.String(40), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_training_participant_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_participant_person_id_person")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_training_participant_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_participant")),
        sa.UniqueConstraint("session_id", "person_id", name="uq_training_participant_person"),
    )
    op.create_index(op.f("ix_training_participant_session_id"), "training_participant", ["session_id"])
    op.create_index(op.f("ix_training_participant_department_id"), "training_participant", ["department_id"])
    op.create_index("ix_training_participant_person_id_result", "training_participant", ["person_id", "result"])


def downgrade() -> None:
    for table in ("training_participant", "training_session", "course_manual", "course"):
        op.drop_table(table)
