"""One act on several tickets: each an act of its own through the same verb, with its own result.

Nothing stops at the first refusal. What was not reached, because the portal went down meanwhile, was left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action, hold
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.text import Said, say
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.tickets import actions, queries, rules
from portal.tickets.models import BulkLine, BulkWork, Ticket, TicketHidden
from portal.tickets.states import TICKET, BulkAct, BulkResult, Impact, Urgency

MOST = 100
"""Tickets at once."""
KEPT_FOR = timedelta(days=30)
Does = Callable[[Staff, Ticket, datetime], Said]
"""Does it to one ticket and says what was done."""


class Pick(NamedTuple):
    """A ticket that was chosen, and its version on the page on which it was chosen."""

    number: str
    version: int


def picks_in(values: Sequence[str]) -> list[Pick]:
    """What was chosen, each ticket once, in the order of the page. Raises Refused for none and for too many."""
    found: dict[str, int] = {}
    for value in values:
        if known := re.fullmatch(r"(T-[0-9]{4}-[0-9]{1,9}):([0-9]{1,9})", value):
            found.setdefault(known[1], int(known[2]))
    if not found:
        raise Refused(say("Choose at least one ticket."))
    if len(found) > MOST:
        raise Refused(say("At most {most} tickets at once; these are {n}.", most=MOST, n=len(found)))
    return [Pick(number, version) for number, version in found.items()]


# ── What can be done ──


def follow(actor: Staff, ticket: Ticket, at: datetime) -> Said:
    """Keep it on one's list."""
    actions.follow(actor, ticket, at=at)
    return say("is on your list")


def take(actor: Staff, ticket: Ticket, at: datetime) -> Said:
    """Accept what was offered, or take up what nobody works on."""
    offered = ticket.offered_at is not None and TICKET.open_to(actor, ticket) & {"accept", "take over"}
    (actions.accept if offered else actions.take)(actor, ticket, at=at)
    return say("is yours now")


def offer(department: Department, person: Person | None, note: str) -> Does:
    """Hand it to a department, or to one person there."""

    def does(actor: Staff, ticket: Ticket, at: datetime) -> Said:
        actions.offer(actor, ticket, department, person, note=note, at=at)
        return say("is offered to {to}; it counts when it is accepted", to=person.name if person else department.names)

    return does


def rank(impact: Impact, urgency: Urgency, reason: str) -> Does:
    """Rank it anew."""

    def does(actor: Staff, ticket: Ticket, at: datetime) -> Said:
        actions.rank(actor, ticket, impact=impact, urgency=urgency, reason=reason, at=at)
        return say("has the priority {priority} now", priority=rules.priority_of(impact, urgency).label)

    return does


def note(words: str) -> Does:
    """Write what is for colleagues alone."""

    def does(actor: Staff, ticket: Ticket, at: datetime) -> Said:
        actions.note(actor, ticket, words, at=at)
        return say("has your note")

    return does


def close(actor: Staff, ticket: Ticket, at: datetime) -> Said:
    """Close what is settled."""
    actions.close(actor, ticket, at=at)
    return say("is closed")


# ── Doing it ──


def work(
    actor: Staff, act: BulkAct, picks: Sequence[Pick], does: Does, *, words: Mapping[str, str], key: str,
    refused: Callable[[Refused], None] = lambda _no: None, at: datetime,
) -> int:  # fmt: skip
    """Do it to one ticket after the other, each in a transaction of its own; returns the id of what is kept of it.

    `words`: the address of the queue in which they were chosen; `key`: its one-time key; `refused` hears of each
    refusal. Raises OutOfDate for a key that was used before.
    """
    bulk_id = _begin(actor, act, picks, words=words, key=key, at=at)
    for place in range(len(picks)):
        try:
            _do(actor, bulk_id, place, does, at=at)
        except Refused as no:
            _refuse(actor, bulk_id, place, no.sentence, at=at)
            refused(no)
    return bulk_id


@action
def _begin(
    actor: Staff, act: BulkAct, picks: Sequence[Pick], *, words: Mapping[str, str], key: str, at: datetime
) -> int:
    begun = BulkWork(person_id=actor.id, act=act, at=at, words=dict(words))
    db.session.add(begun)
    db.session.flush()
    db.session.add_all(
        BulkLine(bulk_id=begun.id, place=place, number=one.number, seen=one.version) for place, one in enumerate(picks)
    )
    once.used(key, actor.id, str(begun.id), at)
    return begun.id


@action
def _do(actor: Staff, bulk_id: int, place: int, does: Does, *, at: datetime) -> None:
    line = db.session.get_one(BulkLine, (bulk_id, place))
    ticket = queries.ticket_seen_by(actor, line.number)
    if ticket is None:
        raise Refused(say("You see no such ticket."))
    hold(ticket)
    if ticket.version != line.seen:
        raise OutOfDate(say("Somebody has changed it since you chose it. Look at it first."))
    line.result, line.sentence = BulkResult.DONE, does(actor, ticket, at)


@action
def _refuse(actor: Staff, bulk_id: int, place: int, sentence: Said, *, at: datetime) -> None:
    line = db.session.get_one(BulkLine, (bulk_id, place))
    line.result, line.sentence = BulkResult.REFUSED, sentence


@action
def forget(_actor: Portal, *, at: datetime) -> None:
    """Nobody looks at it any more."""
    old = select(BulkWork.id).where(BulkWork.at < at - KEPT_FOR)
    db.session.execute(delete(BulkLine).where(BulkLine.bulk_id.in_(old)))
    db.session.execute(delete(BulkWork).where(BulkWork.at < at - KEPT_FOR))


# ── What became of it ──


@dataclass(frozen=True, slots=True)
class Became:
    """One ticket of several: `title` is empty for whoever does not see it (any more)."""

    number: str
    title: str
    result: BulkResult
    sentence: Said


def work_of(reader: Staff, bulk_id: int) -> BulkWork | None:
    """What the reader did to several tickets; nobody else's."""
    found = db.session.get(BulkWork, bulk_id)
    return found if found is not None and found.person_id == reader.id else None


def results(reader: Staff, bulk: BulkWork) -> list[Became]:
    """What became of each, in the order in which they were chosen."""
    query = select(BulkLine).where(BulkLine.bulk_id == bulk.id).order_by(BulkLine.place)
    lines = db.session.scalars(query).all()
    titles = titles_of(reader, [one.number for one in lines])
    untouched = say("was not reached and is as it was")
    return [Became(one.number, titles.get(one.number, ""), one.result, one.sentence or untouched) for one in lines]


def titles_of(reader: Staff, numbers: Sequence[str]) -> dict[str, str]:
    """Of these tickets, those that the reader sees, with their titles."""
    query = select(Ticket.number, Ticket.title).where(Ticket.number.in_(numbers), queries.seen_by(reader))
    return {one.number: one.title for one in db.session.execute(query)}


def kept_from(reader: Staff, numbers: Sequence[str]) -> dict[int, int]:
    """From whom some of these tickets are kept because they are about them or their people, by id, and how many; as far
    as the reader knows what is said inside of them."""
    query = (
        select(TicketHidden.person_id, func.count().label("kept"))
        .join(Ticket, Ticket.id == TicketHidden.ticket_id)
        .where(Ticket.number.in_(numbers), queries.seen_by(reader), queries.inside_seen_by(reader))
        .group_by(TicketHidden.person_id)
    )
    return {row.person_id: row.kept for row in db.session.execute(query)}
