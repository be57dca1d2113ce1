"""Tickets, their letters, who had them, who was asked and what the customer said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004_tickets", "0003_customers"

FIXED = """OLD.accountable_id IS NOT NULL AND (
    NEW.accountable_id {differs} OLD.accountable_id OR NEW.accountable_name {differs} OLD.accountable_name
    OR NEW.accountable_department {differs} OLD.accountable_department)"""
KEEP_SQLITE = f"""
CREATE TRIGGER ticket_keeps_accountable
BEFORE UPDATE OF accountable_id, accountable_name, accountable_department ON ticket
WHEN {FIXED.format(differs="IS NOT")}
BEGIN SELECT RAISE(ABORT, 'the accountable person of a ticket is never changed'); END
"""
KEEP_POSTGRESQL = f"""
CREATE FUNCTION ticket_keeps_accountable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the accountable person of a ticket is never changed'; END $$;
CREATE TRIGGER ticket_keeps_accountable
BEFORE UPDATE OF accountable_id, accountable_name, accountable_department ON ticket
FOR EACH ROW WHEN ({FIXED.format(differs="IS DISTINCT FROM")}) EXECUTE FUNCTION ticket_keeps_accountable();
"""


def keep_accountable() -> None:
    """Who heard of it first stays accountable (TKT-006): what no verb does, no statement can do either."""
    op.execute(KEEP_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else KEEP_SQLITE)


def upgrade() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("routing", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("impact", sa.String(40), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("serious_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_because", sa.String(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_to_name", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("requester_id", sa.Integer(), nullable=True),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("caller_contact", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_name", sa.String(), nullable=False),
        sa.Column("accountable_id", sa.Integer(), nullable=True),
        sa.Column("accountable_name", sa.String(), nullable=False),
        sa.Column("accountable_department", sa.String(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("deputy_name", sa.String(), nullable=False),
        sa.Column("deputy_reason", sa.String(), nullable=False),
        sa.Column("deputy_from_on", sa.Date(), nullable=True),
        sa.Column("deputy_by_name", sa.String(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assignee_name", sa.String(), nullable=False),
        sa.Column("offered_to_id", sa.Integer(), nullable=True),
        sa.Column("offered_department_id", sa.Integer(), nullable=True),
        sa.Column("open_to_id", sa.Integer(), nullable=True),
        sa.Column("offered_by_id", sa.Integer(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("respond_because", sa.String(), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_by", sa.String(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_because", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_because", sa.String(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=False),
        sa.Column("not_satisfiable", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("round_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("origin_number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(accountable_id IS NULL) = (accountable_name = '')", name=op.f("ck_ticket_accountable")),
        sa.CheckConstraint(
            "(assignee_id IS NULL) OR (state NOT IN ('new', 'triaged'))", name=op.f("ck_ticket_assigned")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (state NOT IN ('closed', 'voided'))", name=op.f("ck_ticket_ended")),
        sa.ForeignKeyConstraint(["about_id"], ["person.id"], name=op.f("fk_ticket_about_id_person")),
        sa.ForeignKeyConstraint(["accountable_id"], ["person.id"], name=op.f("fk_ticket_accountable_id_person")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_ticket_assignee_id_person")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_ticket_customer_id_customer")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_ticket_department_id_department")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_ticket_deputy_id_person")),
        sa.ForeignKeyConstraint(["desk_id"], ["department.id"], name=op.f("fk_ticket_desk_id_department")),
        sa.ForeignKeyConstraint(["offered_by_id"], ["person.id"], name=op.f("fk_ticket_offered_by_id_person")),
        sa.ForeignKeyConstraint(
            ["offered_department_id"], ["department.id"], name=op.f("fk_ticket_offered_department_id_department")
        ),
        sa.ForeignKeyConstraint(["offered_to_id"], ["person.id"], name=op.f("fk_ticket_offered_to_id_person")),
        sa.ForeignKeyConstraint(["open_to_id"], ["department.id"], name=op.f("fk_ticket_open_to_id_department")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_ticket_opened_by_id_person")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_ticket_requester_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(
        "ix_ticket_accountable_id_id",
        "ticket",
        ["accountable_id", "id"],
        unique=False,
        sqlite_where=sa.text("accountable_id IS NOT NULL"),
        postgresql_where=sa.text("accountable_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_answer_by",
        "ticket",
        ["answer_by"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_assignee_id_id",
        "ticket",
        ["assignee_id", "id"],
        unique=False,
        sqlite_where=sa.text("assignee_id IS NOT NULL"),
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index("ix_ticket_customer_id_id", "ticket", ["customer_id", "id"], unique=False)
    op.create_index("ix_ticket_department_id_id", "ticket", ["department_id", "id"], unique=False)
    op.create_index(
        "ix_ticket_deputy_id",
        "ticket",
        ["deputy_id", "id"],
        unique=False,
        sqlite_where=sa.text("deputy_id IS NOT NULL"),
        postgresql_where=sa.text("deputy_id IS NOT NULL"),
    )
    op.create_index("ix_ticket_desk_id_id", "ticket", ["desk_id", "id"], unique=False)
    op.create_index(
        "ix_ticket_offered_to_id",
        "ticket",
        ["offered_to_id", "id"],
        unique=False,
        sqlite_where=sa.text("offered_to_id IS NOT NULL"),
        postgresql_where=sa.text("offered_to_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_open_accountable_id_clock",
        "ticket",
        ["accountable_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("accountable_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("accountable_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_accountable_id_rank",
        "ticket",
        ["accountable_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("accountable_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("accountable_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_assignee_id_clock",
        "ticket",
        ["assignee_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("assignee_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("assignee_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_assignee_id_rank",
        "ticket",
        ["assignee_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("assignee_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("assignee_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_clock",
        "ticket",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_department_id_clock",
        "ticket",
        ["department_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_department_id_id",
        "ticket",
        ["department_id", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_department_id_rank",
        "ticket",
        ["department_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_desk_id_clock",
        "ticket",
        ["desk_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_desk_id_id",
        "ticket",
        ["desk_id", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_desk_id_rank",
        "ticket",
        ["desk_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_id",
        "ticket",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_opened_by_id_clock",
        "ticket",
        ["opened_by_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("opened_by_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("opened_by_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_opened_by_id_rank",
        "ticket",
        ["opened_by_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("opened_by_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("opened_by_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_rank",
        "ticket",
        ["priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_requester_id_clock",
        "ticket",
        ["requester_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("requester_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("requester_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_requester_id_rank",
        "ticket",
        ["requester_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("requester_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("requester_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_open_to_id",
        "ticket",
        ["open_to_id", "id"],
        unique=False,
        sqlite_where=sa.text("open_to_id IS NOT NULL"),
        postgresql_where=sa.text("open_to_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_opened_by_id_id",
        "ticket",
        ["opened_by_id", "id"],
        unique=False,
        sqlite_where=sa.text("opened_by_id IS NOT NULL"),
        postgresql_where=sa.text("opened_by_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_report_by",
        "ticket",
        ["report_by"],
        unique=False,
        sqlite_where=sa.text("reported_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("reported_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_requester_id_id",
        "ticket",
        ["requester_id", "id"],
        unique=False,
        sqlite_where=sa.text("requester_id IS NOT NULL"),
        postgresql_where=sa.text("requester_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_resolve_by",
        "ticket",
        ["resolve_by"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_respond_by",
        "ticket",
        ["respond_by"],
        unique=False,
        sqlite_where=sa.text("first_response_at IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("first_response_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "uq_ticket_origin",
        "ticket",
        ["origin", "origin_number"],
        unique=True,
        sqlite_where=sa.text("origin <> ''"),
        postgresql_where=sa.text("origin <> ''"),
    )
    op.create_table(
        "call_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_call_back_by_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_call_back_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
    )
    op.create_index(op.f("ix_call_back_ticket_id"), "call_back", ["ticket_id"], unique=False)
    op.create_table(
        "customer_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", sa.Integer(), nullable=True),
        sa.Column("told_by_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(40), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_to_name", sa.String(), nullable=False),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_customer_answer_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["told_by_id"], ["person.id"], name=op.f("fk_customer_answer_told_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_answer")),
        sa.UniqueConstraint("ticket_id", "round", name=op.f("uq_customer_answer_ticket_id")),
    )
    op.create_table(
        "internal_complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about_department_id", sa.Integer(), nullable=False),
        sa.Column("about_person_id", sa.Integer(), nullable=True),
        sa.Column("about_person_name", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("manager_name", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["about_department_id"],
            ["department.id"],
            name=op.f("fk_internal_complaint_about_department_id_department"),
        ),
        sa.ForeignKeyConstraint(
            ["about_person_id"], ["person.id"], name=op.f("fk_internal_complaint_about_person_id_person")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_internal_complaint_by_id_person")),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_internal_complaint_manager_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_internal_complaint_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internal_complaint")),
    )
    op.create_index(op.f("ix_internal_complaint_by_id"), "internal_complaint", ["by_id"], unique=False)
    op.create_index(op.f("ix_internal_complaint_manager_id"), "internal_complaint", ["manager_id"], unique=False)
    op.create_index(op.f("ix_internal_complaint_ticket_id"), "internal_complaint", ["ticket_id"], unique=False)
    op.create_table(
        "internal_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_internal_question_asked_by_id_person")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_internal_question_asked_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_internal_question_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internal_question")),
    )
    op.create_index("ix_internal_question_asked", "internal_question", ["asked_id", "ticket_id"], unique=False)
    op.create_index("ix_internal_question_ticket_id", "internal_question", ["ticket_id", "id"], unique=False)
    op.create_table(
        "ticket_breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_ticket_breach_department_id_department")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_breach_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_breach_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_breach")),
        sa.UniqueConstraint("ticket_id", "kind", "moment", name=op.f("uq_ticket_breach_ticket_id")),
    )
    op.create_index(op.f("ix_ticket_breach_person_id"), "ticket_breach", ["person_id"], unique=False)
    op.create_table(
        "ticket_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("author_department", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_ticket_entry_author_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_entry_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_entry")),
    )
    op.create_index("ix_ticket_entry_ticket_id_id", "ticket_entry", ["ticket_id", "id"], unique=False)
    op.create_index(
        "ix_ticket_entry_record_at_id",
        "ticket_entry",
        ["at", "id"],
        unique=False,
        sqlite_where=sa.text("kind = 'record'"),
        postgresql_where=sa.text("kind = 'record'"),
    )
    op.create_table(
        "ticket_follower",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_follower_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_follower_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("person_id", "ticket_id", name=op.f("pk_ticket_follower")),
    )
    op.create_index(op.f("ix_ticket_follower_ticket_id"), "ticket_follower", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_pause_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_pause")),
    )
    op.create_index("ix_ticket_pause_ticket_id", "ticket_pause", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_ticket_pause_running",
        "ticket_pause",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_table(
        "ticket_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.Column("from_department", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("to_name", sa.String(), nullable=False),
        sa.Column("to_department_id", sa.Integer(), nullable=False),
        sa.Column("to_department", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_ticket_transfer_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_ticket_transfer_from_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_transfer_ticket_id_ticket")),
        sa.ForeignKeyConstraint(
            ["to_department_id"], ["department.id"], name=op.f("fk_ticket_transfer_to_department_id_department")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_ticket_transfer_to_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_transfer")),
    )
    op.create_index("ix_ticket_transfer_ticket_id_id", "ticket_transfer", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_ticket_transfer_pending",
        "ticket_transfer",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    keep_accountable()


def downgrade() -> None:
    op.drop_table("ticket_transfer")
    op.drop_table("ticket_pause")
    op.drop_table("ticket_follower")
    op.drop_table("ticket_entry")
    op.drop_table("ticket_breach")
    op.drop_table("internal_question")
    op.drop_table("internal_complaint")
    op.drop_table("customer_answer")
    op.drop_table("call_back")
    op.drop_table("ticket")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ticket_keeps_accountable()")
