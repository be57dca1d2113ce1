"""Each limit of a ticket is a clock of its own: when it started, by whose ruling, what met it, when it passed.

The four limits of before become rows; a department's own clock, arrival, update and promised date have no place in a
fixed set of columns. The first response of a ticket is stored once: what no verb does, no statement can do either.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0011_ticket_clock", "0010_files"

RUNNING = "met_at IS NULL AND ended_at IS NULL"
UNPASSED = f"{RUNNING} AND breached_at IS NULL"
LIMITS = (
    ("first response", "respond", "received_at", "first_response_at", "late first response"),
    ("definite answer", "answer", "received_at", "answered_at", "late answer"),
    ("solution", "resolve", "round_began_at", "resolved_at", "late solution"),
    ("report upward", "report", "serious_at", "reported_at", "serious problem not reported"),
)
"""Kind, the columns it had, its start, when it was met, the breach that its passing made."""

FIXED = """OLD.first_response_at IS NOT NULL AND (
    NEW.first_response_at {differs} OLD.first_response_at OR NEW.first_response_by {differs} OLD.first_response_by)"""
KEEP_SQLITE = f"""
CREATE TRIGGER ticket_keeps_first_response
BEFORE UPDATE OF first_response_at, first_response_by ON ticket
WHEN {FIXED.format(differs="IS NOT")}
BEGIN SELECT RAISE(ABORT, 'the first response of a ticket is never changed'); END
"""
KEEP_POSTGRESQL = f"""
CREATE FUNCTION ticket_keeps_first_response() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the first response of a ticket is never changed'; END $$;
CREATE TRIGGER ticket_keeps_first_response
BEFORE UPDATE OF first_response_at, first_response_by ON ticket
FOR EACH ROW WHEN ({FIXED.format(differs="IS DISTINCT FROM")}) EXECUTE FUNCTION ticket_keeps_first_response();
"""

TO_ROWS = """
INSERT INTO ticket_clock (ticket_id, kind, department_id, department, started_at, due_at, because, met_at, met_by,
                          ended_at, breached_at, version)
SELECT t.id, '{kind}', t.desk_id, '', t.{start}, t.{name}_by, t.{name}_because, t.{done}, {by},
       CASE WHEN t.{done} IS NULL THEN t.ended_at END,
       (SELECT min(b.moment) FROM ticket_breach b
        WHERE b.ticket_id = t.id AND b.kind = '{breach}' AND b.moment = t.{name}_by), 1
FROM ticket t WHERE t.{name}_by IS NOT NULL OR (t.{name}_because IS NOT NULL AND t.{done} IS NULL)
"""
NAMES = {
    "sqlite": "UPDATE ticket_clock SET department = (SELECT json_extract(d.names, '$.\"zh-CN\"') FROM department d "
    "WHERE d.id = ticket_clock.department_id)",
    "postgresql": "UPDATE ticket_clock SET department = (SELECT d.names ->> 'zh-CN' FROM department d "
    "WHERE d.id = ticket_clock.department_id)",
}
TO_COLUMNS = """
UPDATE ticket SET {name}_by = (SELECT c.due_at FROM ticket_clock c WHERE c.id = {last}),
                  {name}_because = (SELECT c.because FROM ticket_clock c WHERE c.id = {last})
"""
LAST = "(SELECT max(l.id) FROM ticket_clock l WHERE l.ticket_id = ticket.id AND l.kind = '{kind}')"


def upgrade() -> None:
    op.create_table(
        "ticket_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_by", sa.String(), nullable=False),
        sa.Column("met_with", sa.String(40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_ticket_clock_department_id_department"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_clock_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_clock"),
    )
    for kind, name, start, done, breach in LIMITS:
        by = "t.first_response_by" if name == "respond" else "''"
        op.execute(TO_ROWS.format(kind=kind, name=name, start=start, done=done, breach=breach, by=by))
    op.execute(NAMES[op.get_bind().dialect.name])
    op.create_index("ix_ticket_clock_ticket_id", "ticket_clock", ["ticket_id", "id"])
    _partial("uq_ticket_clock_running", ["ticket_id", "kind"], RUNNING, unique=True)
    _partial("ix_ticket_clock_due_at", ["due_at"], UNPASSED)
    _partial("ix_ticket_clock_warn_at", ["warn_at"], f"{UNPASSED} AND warned_at IS NULL")
    _partial("ix_ticket_clock_chat", ["started_at"], "kind = 'chat answer'")
    for _kind, name, *_rest in LIMITS:
        op.drop_index(f"ix_ticket_{name}_by", table_name="ticket")
        op.drop_column("ticket", f"{name}_by")
        op.drop_column("ticket", f"{name}_because")
    op.add_column("ticket", sa.Column("promised_on", sa.Date(), nullable=True))
    op.add_column("ticket", sa.Column("needs_visit_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("arrived_by", sa.String(), nullable=False, server_default=""))
    op.add_column("ticket_pause", sa.Column("by_name", sa.String(), nullable=False, server_default=""))
    op.execute(KEEP_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else KEEP_SQLITE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER ticket_keeps_first_response ON ticket")
        op.execute("DROP FUNCTION ticket_keeps_first_response()")
    else:
        op.execute("DROP TRIGGER ticket_keeps_first_response")
    op.drop_column("ticket_pause", "by_name")
    for name in ("arrived_by", "arrived_at", "needs_visit_at", "promised_on"):
        op.drop_column("ticket", name)
    for kind, name, _start, done, _breach in LIMITS:
        op.add_column("ticket", sa.Column(f"{name}_by", sa.DateTime(timezone=True), nullable=True))
        op.add_column("ticket", sa.Column(f"{name}_because", sa.String(), nullable=True))
        op.execute(TO_COLUMNS.format(name=name, last=LAST.format(kind=kind)))
        where = sa.text(f"{done} IS NULL AND ended_at IS NULL")
        op.create_index(f"ix_ticket_{name}_by", "ticket", [f"{name}_by"], sqlite_where=where, postgresql_where=where)
    op.drop_table("ticket_clock")


def _partial(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "ticket_clock", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
