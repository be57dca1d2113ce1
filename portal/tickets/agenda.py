"""What of the tickets waits for a person, and the word on its button: for Today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.kernel.text import Said, say
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import Rows, ToDo
from portal.tickets import queries
from portal.tickets.models import NEVER
from portal.tickets.queries import Because
from portal.tickets.states import PartState, State
from portal.tickets.turns import ACTS


@waiting.register
def tickets_that_wait(reader: Staff, _at: datetime) -> Iterable[ToDo]:
    """Tickets whose next step is the reader's, each with the first reason that makes it theirs."""
    return [
        ToDo(
            number=row.number,
            title=row.title,
            href=f"/tickets/{row.number}",
            verb=_verb(row),
            since=_since(row),
            due_at=None if row.due_at == NEVER else row.due_at,
            who=row.caller_name,
            state=State(row.state).label,
            tone=State(row.state).tone,
        )
        for row in queries.to_do(reader, waiting.MOST)
    ]


@waiting.register
def parts_that_wait(reader: Staff, _at: datetime) -> Iterable[ToDo]:
    """Parts that a department of the reader was asked for and nobody has taken, and those that the reader has."""
    return [
        ToDo(
            number=row.number,
            title=row.title,
            href=f"/tickets/{row.number}?act={_PART_ACTS[row.state]}&part={row.id}#act",
            verb=ACTS[_PART_ACTS[row.state]].label,
            since=row.taken_at or row.asked_at,
            due_at=row.due_at,
            who=row.asked_by_name,
            state=say("part of {department}", department=row.department),
            tone=row.state.tone,
        )
        for row in queries.parts_that_wait(reader, waiting.MOST)
    ]


_PART_ACTS = {PartState.ASKED: "part-take", PartState.TAKEN: "part-finish"}


@waiting.register_rows
def complaints_that_wait(reader: Staff, _at: datetime) -> Rows:
    """Internal complaints that the reader has to answer (TKT-009)."""
    return Rows(queries.complaints_to_answer(reader, waiting.MOST), _complaint)


def _complaint(row: Any) -> ToDo:
    return ToDo(
        number="",
        title=say("Complaint inside, made by {name}", name=row.who),
        href=f"/tickets/complaints/{row.number}",
        verb=say("Answer it"),
        since=row.since,
        who=row.who,
    )


@waiting.register_rows
def signatures_that_wait(reader: Staff, _at: datetime) -> Rows:
    """Complaints that wait for a signature of the reader (TKT-042)."""
    return Rows(queries.signatures_owed(reader, waiting.MOST), _signature)


def _signature(row: Any) -> ToDo:
    return ToDo(
        number=row.number,
        title=row.title,
        href=f"/tickets/{row.number}?act=sign#act",
        verb=ACTS["sign"].label,
        since=row.since,
        who=row.who,
        state=say("for {department}", department=row.kind),
    )


def _verb(row: Any) -> Said:
    """The next step, as it stands on the button."""
    if row.why == Because.ASKED:
        return say("Answer it")
    if row.why == Because.OFFERED:
        return say("Accept")
    if row.why == Because.SERIOUS:
        return say("Report upward")
    if row.why == Because.ESCALATED:
        return say("Decide")
    if row.why == Because.REQUESTED:
        return say("Answer") if row.state == State.AWAITING_CUSTOMER else say("Say whether it is settled")
    if row.state in (State.RESOLVED, State.CONFIRMED) and row.unconcluded:
        return ACTS["conclude"].label
    if row.state == State.CONFIRMED:
        if row.called_back_at is not None and row.unsigned:  # it cannot be closed yet, and others sign
            return say("Look after it")
        return say("Call back") if row.called_back_at is None and not row.anonymous else say("Close")
    return _VERBS.get(row.state, say("Go on"))


_VERBS = {
    State.NEW: say("Sort"),
    State.TRIAGED: say("Hand out"),
    State.AWAITING_ANSWER: say("Look after it"),
    State.RESOLVED: say("Tell the result"),
    State.AWAITING_CONFIRMATION: say("Ask the customer"),
}


def _since(row: Any) -> datetime:
    """Since when it waits for this step, as far as the ticket says."""
    known = {
        Because.OFFERED: row.offered_at,
        Because.SERIOUS: row.serious_at,
    }.get(row.why) or {
        State.RESOLVED: row.resolved_at,
        State.AWAITING_CONFIRMATION: row.told_at,
    }.get(row.state)
    return known or row.round_began_at
