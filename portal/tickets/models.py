"""Tickets: the case with its number, its letters, who had it, who was asked, and what the customer said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.extensions import Base
from portal.kernel.columns import Because, Instant, Json, Sentence
from portal.kernel.errors import Clause
from portal.kernel.markup import Rendered
from portal.kernel.text import Said
from portal.organisation.models import Department
from portal.tickets.states import (
    BreachKind,
    BulkAct,
    BulkResult,
    Channel,
    ClockKind,
    EntryKind,
    Impact,
    ImportState,
    Level,
    OfferState,
    Outcome,
    PartState,
    Priority,
    Satisfaction,
    Severity,
    Size,
    State,
    Tie,
    Urgency,
)

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The due moment of a ticket for which no clock runs: sorts behind every other, the same on both databases."""
STILL_OPEN = "ended_at IS NULL"


DEPARTMENTS = ("department_id", "desk_id")
PEOPLE = ("accountable_id", "assignee_id", "opened_by_id", "requester_id")
"""Columns that let somebody see a ticket, ended ones too."""
PASSING = ("offered_to_id", "open_to_id", "deputy_id")
"""Columns that let somebody see a ticket while something waits for them; few rows have them at all."""


ORDERS = {"rank": ("priority", "due_at", "id"), "clock": ("due_at", "id"), "id": ("id",)}
NARROWED_BY = ("kind", "state")


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(f"ix_ticket_{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))


def _queue_indexes() -> list[Index]:
    """One for each reason to see a ticket in the orders of the queue, and two for the figures of a period.

    Those of open tickets hold open ones alone: what people look at daily stays small however long the history grows.
    They end with what people narrow a queue by, so that of one kind in nine the other eight are passed over unread.
    Rows without a person are left out, or the database would believe that a person has as many rows as nobody has.
    """
    return [
        *(
            _partial("_".join(("open", *one, order)), *one, *columns, *NARROWED_BY, where=STILL_OPEN)
            for one in (*((name,) for name in DEPARTMENTS), ())
            for order, columns in ORDERS.items()
        ),
        *(Index(f"ix_ticket_{one}_id", one, "id") for one in DEPARTMENTS),
        *(
            _partial(f"open_{one}_{order}", one, *ORDERS[order], where=f"{one} IS NOT NULL AND {STILL_OPEN}")
            for one in PEOPLE
            for order in ("rank", "clock")
        ),
        *(_partial(f"{one}_id", one, "id", where=f"{one} IS NOT NULL") for one in PEOPLE),
        *(_partial(one, one, "priority", "due_at", "id", where=f"{one} IS NOT NULL") for one in PASSING),
        Index("ix_ticket_received_at_id", "received_at", "id"),
        _partial("ended_at_id", "ended_at", "id", where="ended_at IS NOT NULL"),
    ]


class Ticket(Base):
    """A case. `department_id` owns it now; `desk_id` heard of it first and follows it through (TKT-017).

    `accountable_id` is the first receiver (TKT-006): set once, a trigger refuses to change it; a deputy stands beside.
    `assignee_id` is set by acceptance alone; an offer waits in `offered_…`, and `open_to_id` is the department of which
    anybody may accept it. `kind` and `routing` are codes of lists that staff rule. `body` is as typed, `html` is shown.
    `due_at` is the next limit of its clocks, NEVER without one; `ended_at`: when it was closed, merged or voided.
    `…_working_seconds` are reckoned in the moment up to which they count (`clocks.worked`): no later calendar changes
    them. What came from another desk has that desk's name in `origin`, its number there, and a mark of what was written
    there.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        *_queue_indexes(),
        Index("ix_ticket_customer_id_id", "customer_id", "id"),
        Index("uq_ticket_origin", "origin", "origin_number", unique=True,
              sqlite_where=text("origin <> ''"), postgresql_where=text("origin <> ''")),
        CheckConstraint("(assignee_id IS NULL) OR (state NOT IN ('new', 'triaged'))", name="assigned"),
        CheckConstraint("(ended_at IS NULL) = (state NOT IN ('closed', 'merged', 'voided'))", name="ended"),
        CheckConstraint("(accountable_id IS NULL) = (accountable_name = '')", name="accountable"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[State]
    kind: Mapped[str]
    channel: Mapped[Channel]
    routing: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[Markup] = mapped_column(Rendered)

    impact: Mapped[Impact]
    urgency: Mapped[Urgency]
    priority: Mapped[int]
    serious_at: Mapped[datetime | None] = mapped_column(Instant)
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    reported_to_name: Mapped[str] = mapped_column(default="")

    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    caller_name: Mapped[str] = mapped_column(default="")
    caller_contact: Mapped[str] = mapped_column(default="")
    anonymous: Mapped[bool] = mapped_column(default=False)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    desk_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_by_name: Mapped[str] = mapped_column(default="")
    accountable_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accountable_name: Mapped[str] = mapped_column(default="")
    accountable_department: Mapped[str] = mapped_column(default="")
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    deputy_name: Mapped[str] = mapped_column(default="")
    deputy_reason: Mapped[str] = mapped_column(default="")
    deputy_from_on: Mapped[date | None]
    deputy_by_name: Mapped[str] = mapped_column(default="")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assignee_name: Mapped[str] = mapped_column(default="")
    offered_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    offered_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    open_to_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[datetime | None] = mapped_column(Instant)

    received_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant, default=NEVER)
    first_response_at: Mapped[datetime | None] = mapped_column(Instant)
    first_response_by: Mapped[str] = mapped_column(default="")
    response_working_seconds: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    solution_working_seconds: Mapped[int | None]
    promised_on: Mapped[date | None]
    needs_visit_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_by: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    called_back_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(default="")
    not_satisfiable: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=1)
    round_began_at: Mapped[datetime] = mapped_column(Instant)
    level: Mapped[int] = mapped_column(default=0)

    origin: Mapped[str] = mapped_column(default="")
    origin_number: Mapped[str] = mapped_column(default="")
    origin_mark: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship(foreign_keys=[department_id])
    desk: Mapped[Department] = relationship(foreign_keys=[desk_id])
    customer: Mapped[Customer | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def rank(self) -> Priority:
        """The priority by name."""
        return Priority(self.priority)

    @property
    def step_up(self) -> Level:
        """How far up it has gone."""
        return Level(self.level)


class TicketEntry(Base):
    """A letter of the story. `author_name` and `author_department` are those of the day; None wrote: the customer."""

    __tablename__ = "ticket_entry"
    __table_args__ = (
        Index("ix_ticket_entry_ticket_id_id", "ticket_id", "id"),
        Index("ix_ticket_entry_record_at_id", "at", "id",
              sqlite_where=text("kind = 'record'"), postgresql_where=text("kind = 'record'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[EntryKind]
    channel: Mapped[Channel | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    author_name: Mapped[str]
    author_department: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[Markup] = mapped_column(Rendered)

    @property
    def inside(self) -> bool:
        """Whether it never leaves the house."""
        return self.kind not in (EntryKind.INCOMING, EntryKind.REPLY)


class TicketTransfer(Base):
    """One link of the chain: offered by whom to whom, when, and what was answered. Silence stays visible as PENDING.

    Names of people and departments are those of the day.
    """

    __tablename__ = "ticket_transfer"
    __table_args__ = (
        Index("ix_ticket_transfer_ticket_id_id", "ticket_id", "id"),
        Index("uq_ticket_transfer_pending", "ticket_id", unique=True,
              sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    state: Mapped[OfferState]
    from_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    from_name: Mapped[str] = mapped_column(default="")
    from_department: Mapped[str]
    by_name: Mapped[str]
    to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    to_name: Mapped[str] = mapped_column(default="")
    to_department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    to_department: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    offered_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_by_name: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")


class InternalQuestion(Base):
    """Somebody in charge was asked because the answer was not known (TKT-022): who, and both times."""

    __tablename__ = "internal_question"
    __table_args__ = (
        Index("ix_internal_question_ticket_id", "ticket_id", "id"),
        Index("ix_internal_question_asked", "asked_id", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    asked_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_name: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    question: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TicketPart(Base):
    """What another department was asked to do for a ticket, whose lead and accountable person stay as they are.

    Each row is one asking: what was done and is not enough is SENT_BACK and asked for again in the next `round` of the
    same `nth` part. `asked_to_id`: who was wished for there; anybody of the department may take it. `due_at`: when it
    is wanted, by the asker's wish or the manual's limit. `person_id`: who has it, or did it; `minutes`: the time that
    it took them, `reply_id` their letter, both at `finished_at`. `reason`: why it was refused, sent back, withdrawn.
    `ended`: whether the ticket has; a trigger keeps it, so that what people look at daily stays small.
    """

    __tablename__ = "ticket_part"
    __table_args__ = (
        UniqueConstraint("ticket_id", "nth", "round"),
        _partial(
            "part_department_id",
            "department_id",
            "ended",
            "ticket_id",
            "state",
            where="state IN ('asked', 'taken', 'done')",
        ),
        _partial("part_person_id", "person_id", "ended", "ticket_id", "state", where="person_id IS NOT NULL"),
        _partial("part_finished_at", "finished_at", where="finished_at IS NOT NULL"),
        CheckConstraint("(state IN ('done', 'sent back')) = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("(person_id IS NOT NULL) OR (state NOT IN ('taken', 'done', 'sent back'))", name="taken"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    nth: Mapped[int]
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[PartState]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    department: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_to_name: Mapped[str] = mapped_column(default="")
    wanted: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(default="")
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    minutes: Mapped[int] = mapped_column(default=0)
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_entry.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    ended: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    ticket: Mapped[Ticket] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def accountable_id(self) -> int | None:
        """Whoever answers for the ticket."""
        return self.ticket.accountable_id

    @property
    def deputy_id(self) -> int | None:
        """Whoever stands in for them."""
        return self.ticket.deputy_id

    @property
    def assignee_id(self) -> int | None:
        """Whoever works on the ticket."""
        return self.ticket.assignee_id

    @property
    def lead_id(self) -> int:
        """The department that has the ticket."""
        return self.ticket.department_id


class CustomerAnswer(Base):
    """One round of telling and asking (TKT-055, TKT-056): told by whom and how, and what the customer said."""

    __tablename__ = "customer_answer"
    __table_args__ = (UniqueConstraint("ticket_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    round: Mapped[int]
    told_at: Mapped[datetime] = mapped_column(Instant)
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_by_name: Mapped[str]
    channel: Mapped[Channel]
    words: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[Satisfaction | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_to_name: Mapped[str] = mapped_column(default="")
    wishes: Mapped[str] = mapped_column(Text, default="")


class CallBack(Base):
    """The accountable person rang back and asked for opinions and suggestions (TKT-008)."""

    __tablename__ = "call_back"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    reached: Mapped[bool]
    opinion: Mapped[str] = mapped_column(Text, default="")


class InternalComplaint(Base):
    """The accountable person complains of somebody who does not cooperate (TKT-009): seen by the author and the manager
    in charge alone, never by whom it is about."""

    __tablename__ = "internal_complaint"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    about_department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    about_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    about_person_name: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(Text)
    manager_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    manager_name: Mapped[str]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    ticket: Mapped[Ticket] = relationship()
    about_department: Mapped[Department] = relationship()

    __mapper_args__ = {"version_id_col": version}


class TicketStep(Base):
    """A step of a ticket's checklist. `must`: it is not solved before this is done. Names are those of the day.

    `struck_at`: it is not needed here, for the reason that was given; nothing waits for it.
    """

    __tablename__ = "ticket_step"
    __table_args__ = (Index("ix_ticket_step_ticket_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    words: Mapped[str]
    must: Mapped[bool]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_by_name: Mapped[str] = mapped_column(default="")
    struck_at: Mapped[datetime | None] = mapped_column(Instant)
    struck_by_name: Mapped[str] = mapped_column(default="")
    struck_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class BulkWork(Base):
    """One act on several tickets: by whom, when, and the address of the queue in which they were chosen."""

    __tablename__ = "ticket_bulk"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    act: Mapped[BulkAct]
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    words: Mapped[dict[str, str]] = mapped_column(Json)


class BulkLine(Base):
    """What became of one of them: of which version it was when it was chosen, and the sentence that was said."""

    __tablename__ = "ticket_bulk_line"

    bulk_id: Mapped[int] = mapped_column(ForeignKey("ticket_bulk.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str]
    seen: Mapped[int]
    result: Mapped[BulkResult] = mapped_column(default=BulkResult.NOT_REACHED)
    sentence: Mapped[Said | None] = mapped_column(Sentence)


class SavedView(Base):
    """A name for an address of the queue: a person's own, or one that a department keeps for its people.

    `words`: the words of the address. It holds no rows, so that whoever opens it sees what they may see.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("person_id", "name"),
        UniqueConstraint("department_id", "name"),
        CheckConstraint("(person_id IS NULL) <> (department_id IS NULL)", name="owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    name: Mapped[str]
    words: Mapped[dict[str, str]] = mapped_column(Json)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


RUNNING = "met_at IS NULL AND ended_at IS NULL"
OF_TICKET = f"{RUNNING} AND part_id IS NULL"
OF_PART = f"{RUNNING} AND part_id IS NOT NULL"


class TicketClock(Base):
    """A limit that runs: by the ruling of `department_id` on the day on which it started, whoever has the ticket now.

    `due_at` is None while it stands still. It ends by being met (`met_by`, with `met_with`), or because it counts no
    more (`ended_at`). `breached_at` is the limit that passed: set once, never taken back. One of each kind runs for a
    ticket, and one for each of its parts.
    """

    __tablename__ = "ticket_clock"
    __table_args__ = (
        Index("ix_ticket_clock_ticket_id", "ticket_id", "id"),
        Index("uq_ticket_clock_running", "ticket_id", "kind", unique=True,
              sqlite_where=text(OF_TICKET), postgresql_where=text(OF_TICKET)),
        Index("uq_ticket_clock_part", "part_id", unique=True,
              sqlite_where=text(OF_PART), postgresql_where=text(OF_PART)),
        Index("ix_ticket_clock_due_at", "due_at",
              sqlite_where=text(f"{RUNNING} AND breached_at IS NULL"),
              postgresql_where=text(f"{RUNNING} AND breached_at IS NULL")),
        Index("ix_ticket_clock_warn_at", "warn_at",
              sqlite_where=text(f"{RUNNING} AND breached_at IS NULL AND warned_at IS NULL"),
              postgresql_where=text(f"{RUNNING} AND breached_at IS NULL AND warned_at IS NULL")),
        Index("ix_ticket_clock_chat", "started_at",
              sqlite_where=text("kind = 'chat answer'"), postgresql_where=text("kind = 'chat answer'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[ClockKind]
    part_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_part.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    department: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    because: Mapped[Clause | None] = mapped_column(Because)
    warn_at: Mapped[datetime | None] = mapped_column(Instant)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    met_at: Mapped[datetime | None] = mapped_column(Instant)
    met_by: Mapped[str] = mapped_column(default="")
    met_with: Mapped[EntryKind | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TicketPause(Base):
    """The clock of a ticket stood still: it waited for the customer, for a reason that `by_name` gave."""

    __tablename__ = "ticket_pause"
    __table_args__ = (
        Index("ix_ticket_pause_ticket_id", "ticket_id", "id"),
        Index("uq_ticket_pause_running", "ticket_id", unique=True,
              sqlite_where=text("to_at IS NULL"), postgresql_where=text("to_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    from_at: Mapped[datetime] = mapped_column(Instant)
    to_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str]
    by_name: Mapped[str] = mapped_column(default="")


class TicketBreach(Base):
    """A limit that passed, or conduct that the rules forbid, held against the accountable person of the day.

    `moment` is the true one: the limit that passed, however late it was found. Never two of one kind for one moment,
    and one for each part of a department (`part_id`): several may have been due together.
    """

    __tablename__ = "ticket_breach"
    __table_args__ = (
        Index("ix_ticket_breach_ticket_id", "ticket_id"),
        Index("uq_ticket_breach_moment", "ticket_id", "kind", "moment", unique=True,
              sqlite_where=text("part_id IS NULL"), postgresql_where=text("part_id IS NULL")),
        Index("uq_ticket_breach_part", "part_id", unique=True,
              sqlite_where=text("part_id IS NOT NULL"), postgresql_where=text("part_id IS NOT NULL")),
        Index("ix_ticket_breach_moment_id", "moment", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[BreachKind]
    part_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_part.id"))
    moment: Mapped[datetime] = mapped_column(Instant)
    found_at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    person_name: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    words: Mapped[str] = mapped_column(Text, default="")
    noted_by_name: Mapped[str] = mapped_column(default="")
    because: Mapped[Clause | None] = mapped_column(Because)


class TicketHidden(Base):
    """It is about somebody: that person, and those to whom they answered on that day, do not see it."""

    __tablename__ = "ticket_hidden"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class TicketEscalation(Base):
    """It was reported to the next level (TKT-037), at last to the committee (`to_id` None), and what was decided there.

    One at a time waits for its decision: no level is skipped.
    """

    __tablename__ = "ticket_escalation"
    __table_args__ = (
        UniqueConstraint("ticket_id", "step"),
        Index("uq_ticket_escalation_undecided", "ticket_id", unique=True,
              sqlite_where=text("decided_at IS NULL"), postgresql_where=text("decided_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    step: Mapped[int]
    to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    by_name: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_name: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Complaint(Base):
    """The customer complaint form of a ticket (TKT-039, TKT-049), its size and severity, and what came of it.

    `amount` in fen; `product` as it is called on the form; `upheld` None before it is concluded.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        Index("ix_complaint_product", "product", "filled_at",
              sqlite_where=text("product <> ''"), postgresql_where=text("product <> ''")),
    )  # fmt: skip

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    cause: Mapped[str] = mapped_column(Text)
    wanted: Mapped[str] = mapped_column(Text)
    grounds: Mapped[list[str]] = mapped_column(Json)
    amount: Mapped[int | None]
    product: Mapped[str] = mapped_column(default="")
    size: Mapped[Size]
    size_because: Mapped[Clause | None] = mapped_column(Because)
    severity: Mapped[Severity]
    filled_at: Mapped[datetime] = mapped_column(Instant)
    filled_by_name: Mapped[str]
    upheld: Mapped[bool | None]
    evidence: Mapped[str] = mapped_column(Text, default="")
    conclusion: Mapped[str] = mapped_column(Text, default="")
    concluded_at: Mapped[datetime | None] = mapped_column(Instant)
    concluded_by_name: Mapped[str] = mapped_column(default="")
    found_cause: Mapped[str] = mapped_column(Text, default="")
    lesson: Mapped[str] = mapped_column(Text, default="")
    learned_at: Mapped[datetime | None] = mapped_column(Instant)
    learned_by_name: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ComplaintDepartment(Base):
    """A department that a complaint concerns, and its signature under the complaint and its solution (TKT-042)."""

    __tablename__ = "complaint_department"
    __table_args__ = (
        Index(
            "ix_complaint_department_unsigned", "department_id",
            sqlite_where=text("signed_at IS NULL"), postgresql_where=text("signed_at IS NULL"),
        ),
    )  # fmt: skip

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), primary_key=True, index=True)
    department: Mapped[str]
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by_name: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TicketFollower(Base):
    """Somebody keeps a ticket on their list of what they follow (TKT-007); it lets nobody see what they may not."""

    __tablename__ = "ticket_follower"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, index=True)
    since_at: Mapped[datetime] = mapped_column(Instant)


class TicketLink(Base):
    """That a ticket belongs with another one: `tie` is what it is to that one.

    A pair has one link at most, as two rows, one for each side, that come and go together.
    """

    __tablename__ = "ticket_link"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    tie: Mapped[Tie]
    at: Mapped[datetime] = mapped_column(Instant)
    by_name: Mapped[str]


class TicketMerge(Base):
    """A ticket went on in another one, and perhaps was taken apart again: a ticket is merged into one at a time.

    `before` and `clocks` (ids of those that it stopped) are what taking apart brings back.
    """

    __tablename__ = "ticket_merge"
    __table_args__ = (
        Index("ix_ticket_merge_ticket_id", "ticket_id", "id"),
        Index("ix_ticket_merge_into_id", "into_id"),
        Index("uq_ticket_merge_standing", "ticket_id", unique=True,
              sqlite_where=text("apart_at IS NULL"), postgresql_where=text("apart_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    into_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by_name: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[State]
    clocks: Mapped[list[int]] = mapped_column(Json)
    apart_at: Mapped[datetime | None] = mapped_column(Instant)
    apart_by_name: Mapped[str] = mapped_column(default="")
    apart_reason: Mapped[str] = mapped_column(Text, default="")


class TicketImport(Base):
    """A table of another desk's tickets on its way into the portal: see `importing.py`.

    `file`: hash of its bytes; `head` and `samples` show its columns. `columns`: the field that each one holds, "" for
    none; `otherwise`: what holds where the file says nothing; `meanings`: field → the file's word → our value.
    `words`: those that the file uses, as (field, word, how often, first line, our value). `remarks` and `reason` are
    sentences. Whoever works on it has it until `claimed_until`; the work goes on behind `lines_read` if they die.
    """

    __tablename__ = "ticket_import"
    __table_args__ = (
        Index("ix_ticket_import_by_id_id", "by_id", "id"),
        Index("ix_ticket_import_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ImportState]
    source: Mapped[str]
    file: Mapped[str]
    file_name: Mapped[str]
    head: Mapped[list[str]] = mapped_column(Json)
    samples: Mapped[list[list[str]]] = mapped_column(Json)
    columns: Mapped[list[str]] = mapped_column(Json)
    otherwise: Mapped[dict[str, Any]] = mapped_column(Json)
    meanings: Mapped[dict[str, dict[str, str]]] = mapped_column(Json)
    words: Mapped[list[list[Any]]] = mapped_column(Json)
    remarks: Mapped[list[Any]] = mapped_column(Json)
    reason: Mapped[Said | None] = mapped_column(Sentence)
    lines_read: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    problems: Mapped[int] = mapped_column(default=0)
    customers: Mapped[int] = mapped_column(default=0)
    customers_seen: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    begun_at: Mapped[datetime] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ImportRow(Base):
    """A line of such a table as it was understood: what its ticket will be, or its `problem`.

    `arrival`: the place of a caller who waits for a record. Rows go when the import is over.
    """

    __tablename__ = "ticket_import_row"
    __table_args__ = (
        Index("ix_ticket_import_row_import_id_outcome_line", "import_id", "outcome", "line"),
        Index("ix_ticket_import_row_import_id_origin_number", "import_id", "origin_number"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("ticket_import.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[Outcome]
    problem: Mapped[Said | None] = mapped_column(Sentence)
    origin_number: Mapped[str] = mapped_column(default="")
    origin_mark: Mapped[str] = mapped_column(default="")
    ours: Mapped[str] = mapped_column(default="")
    year: Mapped[int] = mapped_column(default=0)
    receiver: Mapped[str] = mapped_column(default="")
    worker: Mapped[str] = mapped_column(default="")
    arrival: Mapped[int | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    answer_html: Mapped[Markup | None] = mapped_column(Rendered)

    state: Mapped[State | None]
    kind: Mapped[str] = mapped_column(default="")
    channel: Mapped[Channel | None]
    routing: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[Markup | None] = mapped_column(Rendered)
    impact: Mapped[Impact | None]
    urgency: Mapped[Urgency | None]
    priority: Mapped[int] = mapped_column(default=0)
    customer_id: Mapped[int | None]
    caller_name: Mapped[str] = mapped_column(default="")
    caller_contact: Mapped[str] = mapped_column(default="")
    anonymous: Mapped[bool] = mapped_column(default=False)
    department_id: Mapped[int | None]
    accountable_id: Mapped[int | None]
    accountable_name: Mapped[str] = mapped_column(default="")
    accountable_department: Mapped[str] = mapped_column(default="")
    assignee_id: Mapped[int | None]
    assignee_name: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
