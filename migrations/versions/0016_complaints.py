"""Complaints with their form, the departments that sign, levels that decide, and whom a complaint is hidden from.

Complaints about somebody that were there before stay hidden from that person, as they were; the line above is the line
of the day on which one is taken down.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision, down_revision = "0016_complaints", "0015_search"


def upgrade() -> None:
    op.create_table(
        "ticket_hidden",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ticket_hidden_person_id_person"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_hidden_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name="pk_ticket_hidden"),
    )
    op.create_index("ix_ticket_hidden_person_id", "ticket_hidden", ["person_id"])
    op.execute("INSERT INTO ticket_hidden SELECT id, about_id FROM ticket WHERE about_id IS NOT NULL")
    op.create_table(
        "ticket_escalation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("to_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_escalation_ticket_id_ticket"),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name="fk_ticket_escalation_to_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_escalation"),
        sa.UniqueConstraint("ticket_id", "step", name="uq_ticket_escalation_ticket_id"),
    )
    op.create_index("ix_ticket_escalation_to_id", "ticket_escalation", ["to_id"])
    undecided = sa.text("decided_at IS NULL")
    op.create_index("uq_ticket_escalation_undecided", "ticket_escalation", ["ticket_id"], unique=True,
                    sqlite_where=undecided, postgresql_where=undecided)  # fmt: skip
    op.create_table(
        "complaint",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("grounds", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("size", sa.String(40), nullable=False),
        sa.Column("size_because", sa.String(), nullable=True),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filled_by_name", sa.String(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concluded_by_name", sa.String(), nullable=False),
        sa.Column("found_cause", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learned_by_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_complaint_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_complaint"),
    )
    named = sa.text("product <> ''")
    op.create_index("ix_complaint_product", "complaint", ["product", "filled_at"],
                    sqlite_where=named, postgresql_where=named)  # fmt: skip
    op.create_table(
        "complaint_department",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_complaint_department_department_id_department"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_complaint_department_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "department_id", name="pk_complaint_department"),
    )
    op.create_index("ix_complaint_department_department_id", "complaint_department", ["department_id"])


def downgrade() -> None:
    for table in ("complaint_department", "complaint", "ticket_escalation", "ticket_hidden"):
        op.drop_table(table)
