"""What other departments are asked to do for a ticket, each with its own clock and its own breach.

One clock of each kind ran for a ticket; a ticket may have several parts at once, and several may be due together.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0019_ticket_part", "0018_ticket_bulk"

RUNNING = "met_at IS NULL AND ended_at IS NULL"
SEEN = "state IN ('asked', 'taken', 'done')"
POINTS = "ALTER TABLE ticket_clock ADD COLUMN part_id INTEGER CONSTRAINT {name} REFERENCES ticket_part (id)"
LETTERS = (("part", "question"), ("part reply", "answer"))
"""What letters of a part are, and what comes nearest to them before."""


def upgrade() -> None:
    op.create_table(
        "ticket_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_to_id", sa.Integer(), nullable=True),
        sa.Column("asked_to_name", sa.String(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'sent back')) = (finished_at IS NOT NULL)", name=op.f("ck_ticket_part_finished")
        ),
        sa.CheckConstraint(
            "(person_id IS NOT NULL) OR (state NOT IN ('taken', 'done', 'sent back'))",
            name=op.f("ck_ticket_part_taken"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_ticket_part_asked_by_id_person"),
        sa.ForeignKeyConstraint(["asked_to_id"], ["person.id"], name="fk_ticket_part_asked_to_id_person"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_ticket_part_department_id_department"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ticket_part_person_id_person"),
        sa.ForeignKeyConstraint(["reply_id"], ["ticket_entry.id"], name="fk_ticket_part_reply_id_ticket_entry"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ticket_part_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_part"),
        sa.UniqueConstraint("ticket_id", "nth", "round", name="uq_ticket_part_ticket_id"),
    )
    _partial("ix_ticket_part_department_id", "ticket_part", ["department_id", "ticket_id"], SEEN)
    _partial("ix_ticket_part_person_id", "ticket_part", ["person_id", "ticket_id"], "person_id IS NOT NULL")
    _partial("ix_ticket_part_finished_at", "ticket_part", ["finished_at"], "finished_at IS NOT NULL")

    op.execute(POINTS.format(name="fk_ticket_clock_part_id_ticket_part"))
    op.drop_index("uq_ticket_clock_running", table_name="ticket_clock")
    _partial("uq_ticket_clock_running", "ticket_clock", ["ticket_id", "kind"], f"{RUNNING} AND part_id IS NULL", True)
    _partial("uq_ticket_clock_part", "ticket_clock", ["part_id"], f"{RUNNING} AND part_id IS NOT NULL", True)

    with op.batch_alter_table("ticket_breach") as batch:
        batch.add_column(sa.Column("part_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_ticket_breach_part_id_ticket_part", "ticket_part", ["part_id"], ["id"])
        batch.drop_constraint("uq_ticket_breach_ticket_id", type_="unique")
    op.create_index("ix_ticket_breach_ticket_id", "ticket_breach", ["ticket_id"])
    _partial("uq_ticket_breach_moment", "ticket_breach", ["ticket_id", "kind", "moment"], "part_id IS NULL", True)
    _partial("uq_ticket_breach_part", "ticket_breach", ["part_id"], "part_id IS NOT NULL", True)


def downgrade() -> None:
    op.execute("DELETE FROM ticket_breach WHERE part_id IS NOT NULL")
    for name in ("uq_ticket_breach_part", "uq_ticket_breach_moment", "ix_ticket_breach_ticket_id"):
        op.drop_index(name, table_name="ticket_breach")
    with op.batch_alter_table("ticket_breach") as batch:
        batch.drop_constraint("fk_ticket_breach_part_id_ticket_part", type_="foreignkey")
        batch.drop_column("part_id")
        batch.create_unique_constraint("uq_ticket_breach_ticket_id", ["ticket_id", "kind", "moment"])

    op.execute("DELETE FROM ticket_clock WHERE part_id IS NOT NULL")
    for name in ("uq_ticket_clock_part", "uq_ticket_clock_running"):
        op.drop_index(name, table_name="ticket_clock")
    op.drop_column("ticket_clock", "part_id")
    _partial("uq_ticket_clock_running", "ticket_clock", ["ticket_id", "kind"], RUNNING, True)
    op.drop_table("ticket_part")
    for now, before in LETTERS:
        op.execute(f"UPDATE ticket_entry SET kind = '{before}' WHERE kind = '{now}'")  # noqa: S608 - words of this file


def _partial(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=there, postgresql_where=there)
