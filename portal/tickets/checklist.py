"""What is to be done on a ticket, step by step: copied from a template, or written down by hand (TKT-054)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.text import Said, say
from portal.lists.models import TicketTemplate
from portal.organisation.staff import Staff
from portal.tickets import actions
from portal.tickets.events import (
    StepRestored,
    StepsAdded,
    StepStruck,
    StepTicked,
    StepUnticked,
    TemplateUsed,
)
from portal.tickets.models import Ticket, TicketStep
from portal.tickets.states import TICKET

MOST = 40
"""Steps of one ticket."""
LONGEST = 200
Steps = Sequence[tuple[str, bool]]
"""Words, and whether it is not solved without it."""


@action
def open_with(
    actor: Staff, /, template: TicketTemplate, opens: Callable[..., Ticket], *, at: datetime, **facts: Any
) -> Ticket:
    """Open a ticket by the standard procedure for its problem: `opens` is the verb that opens it."""
    ticket = opens(actor, **facts, at=at)
    _by(ticket, template)
    if template.steps:
        _add(ticket, _steps_of(template))
    return ticket


@action
def add_steps(
    actor: Staff, ticket: Ticket, steps: Steps = (), *, template: TicketTemplate | None = None, at: datetime
) -> None:
    """Write down what is to be done: the steps of the standard procedure for its problem, further ones, or both.

    Raises Refused for none, for too long a one or too many, where all are there already, and for a template that is not
    in use.
    """
    TICKET.check(ticket, "list steps", actor)
    if template is not None:
        if not template.active:
            raise Refused(say("The template “{name}” is not in use.", name=template.name), field="template")
        _by(ticket, template)
        steps = [*_steps_of(template), *steps]
    if not any(words.strip() for words, _must in steps):
        raise Refused(say("Write down at least one step."), field="words")
    _add(ticket, steps)


@action
def tick(actor: Staff, ticket: Ticket, step: TicketStep, *, done: bool, at: datetime) -> None:
    """Say that a step is done, or that it is to be done after all; pressed twice it is what it was after the first.

    Raises OutOfDate where somebody else has ticked it already, or struck it out.
    """
    TICKET.check(ticket, "list steps", actor)
    if step.struck_at is not None:
        raise OutOfDate(_struck_out(step))
    if done == (step.done_at is not None):
        if done and step.done_by_id != actor.id:
            raise OutOfDate(say("{name} has ticked that already.", name=step.done_by_name))
        return
    step.done_at, step.done_by_id, step.done_by_name = (at, actor.id, actor.name) if done else (None, None, "")
    record((StepTicked if done else StepUnticked)(ticket.id, step.id, step.words))


@action
def strike(actor: Staff, ticket: Ticket, step: TicketStep, reason: str, *, at: datetime) -> None:
    """Say that a step is not needed here, and why: a standard procedure is for the common case, and the ticket may be
    solved without it, even where it must be done as a rule (TKT-054).

    Raises Refused without a reason; OutOfDate for one that somebody has done or struck out already.
    """
    TICKET.check(ticket, "list steps", actor)
    reason = actions.said(reason, "reason")
    if step.done_at is not None:
        raise OutOfDate(say("{name} has ticked that already.", name=step.done_by_name))
    if step.struck_at is not None:
        raise OutOfDate(_struck_out(step))
    step.struck_at, step.struck_by_name, step.struck_reason = at, actor.name, reason
    record(StepStruck(ticket.id, step.id, step.words, reason))


@action
def restore(actor: Staff, ticket: Ticket, step: TicketStep, *, at: datetime) -> None:
    """A step that was struck out is to be done after all; pressed twice it is what it was after the first."""
    TICKET.check(ticket, "list steps", actor)
    if step.struck_at is None:
        return
    step.struck_at, step.struck_by_name, step.struck_reason = None, "", ""
    record(StepRestored(ticket.id, step.id, step.words))


def step_of(ticket: Ticket, step_id: int) -> TicketStep | None:
    """A step of this ticket; one of another is not there (attack 11)."""
    step = db.session.get(TicketStep, step_id)
    return step if step is not None and step.ticket_id == ticket.id else None


def _struck_out(step: TicketStep) -> Said:
    return say("{name} has struck that out as not needed.", name=step.struck_by_name)


def _by(ticket: Ticket, template: TicketTemplate) -> None:
    record(TemplateUsed(ticket.id, template.id, template.name, template.reply))


def _steps_of(template: TicketTemplate) -> Steps:
    return [(words, must) for words, must in template.steps]


def _add(ticket: Ticket, steps: Steps) -> None:
    there = set(db.session.scalars(select(TicketStep.words).where(TicketStep.ticket_id == ticket.id)))
    fresh = {" ".join(words.split()): must for words, must in steps if words.strip()}
    for words in fresh:
        if len(words) > LONGEST:
            raise Refused(say("A step has at most {most} characters.", most=LONGEST), field="words")
    added = [TicketStep(ticket_id=ticket.id, words=words, must=must) for words, must in fresh.items()
             if words not in there]  # fmt: skip
    if not added:
        raise Refused(say("These steps are on the ticket already."), field="words")
    if len(there) + len(added) > MOST:
        raise Refused(say("A ticket has at most {most} steps.", most=MOST), field="words")
    db.session.add_all(added)
    db.session.flush()
    record(StepsAdded(ticket.id, tuple((one.id, one.words, one.must) for one in added)))
