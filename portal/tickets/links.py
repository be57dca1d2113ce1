"""Tickets that belong together: links, merges that can be taken apart again, and a second matter split off.

Both tickets are arguments of their act, which holds them in the order of their ids: of two who merge crosswise one
waits and then sees what the other did. A ticket goes on only in one that goes on itself, so that no circle closes and
none disappears.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.tickets import actions, clocks, queries, rules
from portal.tickets.events import (
    LinkTakenOff,
    TakenApart,
    TicketLeft,
    TicketMerged,
    TicketsLinked,
    TicketSplit,
    TicketSplitOff,
    TicketTookIn,
)
from portal.tickets.models import Ticket, TicketFollower, TicketLink, TicketMerge
from portal.tickets.states import TICKET, WORKS, Impact, Kind, State, Tie, Urgency

FIRST_WORDS = 0
"""Stands for what was asked first, among the letters of a ticket."""


@action
def link(actor: Staff, ticket: Ticket, other: Ticket, tie: Tie, reason: str, *, at: datetime) -> None:
    """Say what a ticket is to another one, and why. It lets nobody see the other one.

    Raises Refused for itself, and where the two are hidden from different people; OutOfDate where they are linked.
    """
    TICKET.check(ticket, "link", actor)
    _refuse_unseen(actor, other)
    if ticket.id == other.id:
        raise Refused(say("A ticket always belongs with itself. Choose another one."), field="other")
    if not tie.by_hand:
        raise Refused(say("Choose how they belong together."), field="tie")
    _refuse_other_eyes(ticket, other)
    if db.session.get(TicketLink, (ticket.id, other.id)) is not None:
        raise OutOfDate(say("The two are linked already. Take that link off first."))
    reason = actions.said(reason, "reason")
    _tie(actor, ticket, other, tie, at)
    record(TicketsLinked(ticket.id, other.id, tie, reason))
    record(TicketsLinked(other.id, ticket.id, tie.back, reason))


@action
def unlink(actor: Staff, ticket: Ticket, other: Ticket, reason: str, *, at: datetime) -> None:
    """Take a link off again, with a reason: the journal keeps both. What was split stays split."""
    TICKET.check(ticket, "link", actor)
    _refuse_unseen(actor, other)
    sides = [db.session.get(TicketLink, pair) for pair in ((ticket.id, other.id), (other.id, ticket.id))]
    if sides[0] is None:
        raise OutOfDate(say("This link has been taken off already."))
    tie = sides[0].tie
    if not tie.by_hand:
        raise Refused(say("One was split from the other: that stays so."))
    reason = actions.said(reason, "reason")
    for side in sides:
        db.session.delete(side)
    record(LinkTakenOff(ticket.id, other.id, tie, reason))
    record(LinkTakenOff(other.id, ticket.id, tie.back, reason))


@action
def merge(
    actor: Staff, ticket: Ticket, into: Ticket, reason: str = "", *, version: int | None = None, at: datetime
) -> None:
    """Let a ticket go on in another one: its clocks stand, what it missed stays missed, what it holds stays its own.

    Both keep whoever heard of them first (TKT-006). Whoever follows it or works on it follows the other one, too; it
    lets nobody see more. Raises Refused without a reason where different customers ask, where the two are hidden from
    different people, for a complaint that would go on in none, and while something waits that would be forgotten.
    """
    TICKET.check(ticket, "merge", actor)
    _unchanged(ticket, version)
    _refuse_unseen(actor, into)
    if ticket.id == into.id:
        raise Refused(say("A ticket cannot be merged into itself. Choose another one."), field="other")
    if into.state is State.MERGED:
        raise OutOfDate(say("{number} goes on in another ticket itself. Choose that one.", number=into.number))
    TICKET.check(into, "take in", actor)
    _refuse_other_eyes(ticket, into)
    _refuse_to_forget(ticket, into)
    if not _of_one_person(ticket, into):
        reason = actions.said(reason, "reason")
    actions.hear_first(actor, ticket)
    before = ticket.state
    TICKET.move(ticket, "merge", actor)
    ticket.ended_at = at
    stopped = clocks.stop(ticket, at)
    db.session.add(
        TicketMerge(
            ticket_id=ticket.id, into_id=into.id, at=at, by_name=actor.name, reason=reason.strip(), before=before,
            clocks=stopped,
        )
    )  # fmt: skip
    for one in queries.concerned(ticket.id):
        actions.concern_too(into, one.department_id, at)
    actions.unsign(into)
    db.session.flush()
    record(TicketMerged(ticket.id, into.id, before, reason.strip()))
    record(TicketTookIn(into.id, ticket.id, reason.strip(), _follow_too(ticket, into, at)))


@action
def take_apart(
    actor: Staff, ticket: Ticket, into: Ticket, reason: str, *, version: int | None = None, at: datetime
) -> None:
    """Undo a merge: the ticket stands where it stood, with whoever had it, and its clocks go on with the time that they
    had used. Whoever works on it may, also where they do not see the other one: it lets nobody see more of that.

    Raises Refused when the other ticket has ended meanwhile.
    """
    standing = _standing(ticket)
    if standing.into_id != into.id:
        raise OutOfDate
    TICKET.check(ticket, "take apart", actor)
    _unchanged(ticket, version)
    if into.ended_at is not None:
        raise Refused(say("The ticket in which it went on has ended. Only while that one is open can they be parted."))
    reason = actions.said(reason, "reason")
    standing.apart_at, standing.apart_by_name, standing.apart_reason = at, actor.name, reason
    ticket.state, ticket.ended_at = standing.before, None
    db.session.flush()
    clocks.go_on(ticket, standing.clocks, at)
    record(TakenApart(ticket.id, into.id, rules.minutes_between(standing.at, at), reason))
    record(TicketLeft(into.id, ticket.id, reason))


@action
def split(
    actor: Staff, ticket: Ticket, *, kind: str, routing: str, title: str, body: str, impact: Impact = Impact.ONE,
    urgency: Urgency = Urgency.TODAY, letters: Collection[int] = (), key: str = "", at: datetime,
) -> Ticket:  # fmt: skip
    """Make the second matter of a ticket one of its own, for the same customer and with the same first receiver
    (TKT-006), which refers to some of its letters: what was written stays where it is.

    Its clocks run from now on: what the customer said of it before was answered in the first one. `key`: the one-time
    key of the form. Raises Refused for letters of another ticket.
    """
    TICKET.check(ticket, "split", actor)
    chosen = sorted(set(letters))
    if set(chosen) - queries.letter_ids(ticket.id) - {FIRST_WORDS}:
        raise Refused(say("Choose letters of this ticket alone."), field="letters")
    actions.hear_first(actor, ticket)
    made = actions.open_ticket(
        actor, kind=kind, channel=ticket.channel, title=title, body=body, routing=routing, impact=impact,
        urgency=urgency, customer=ticket.customer, anonymous=ticket.anonymous, contact=ticket.caller_contact,
        requester=organisation.person_with_id(ticket.requester_id) if ticket.requester_id else None,
        second_of=ticket, key=key, at=at,
    )  # fmt: skip
    _tie(actor, made, ticket, Tie.SPLIT_FROM, at)
    record(TicketSplit(ticket.id, made.id, chosen))
    record(TicketSplitOff(made.id, ticket.id, chosen))
    return made


def where_it_goes_on(ticket: Ticket) -> Ticket:
    """The ticket into which it was merged. Raises OutOfDate where it goes on by itself."""
    return db.session.get_one(Ticket, _standing(ticket).into_id)


# ── Within a verb ────────────────────────────────────────────────────────────────────────────────────────────────────


def _unchanged(ticket: Ticket, version: int | None) -> None:
    if version is not None and version != ticket.version:
        raise OutOfDate


def _refuse_unseen(actor: Staff, other: Ticket) -> None:
    """Raises NotAllowed for a ticket of which the actor does not see what is said inside (kept in the security log)."""
    if not queries.sees_inside(actor, other.id):
        raise NotAllowed(say("This is not yours to do."))


def _refuse_other_eyes(ticket: Ticket, other: Ticket) -> None:
    """Raises Refused where one of the two is hidden from somebody who may see the other: nobody is to learn through
    that one that there is a complaint about them."""
    same = ticket.about_id == other.about_id and queries.hidden_from(ticket.id) == queries.hidden_from(other.id)
    if not same:
        raise Refused(
            say(
                "One of the two is about a colleague, and the other one is not hidden from the same people: "
                "they must not know of each other."
            ),
            field="other",
        )


def _refuse_to_forget(ticket: Ticket, into: Ticket) -> None:
    """Raises Refused while something of the ticket waits that nobody would look after in the other one."""
    if ticket.kind == Kind.COMPLAINT and into.kind != Kind.COMPLAINT:
        raise Refused(say("A complaint goes on only in a complaint. Merge the other way round."), field="other")
    if ticket.promised_on is not None and (into.promised_on is None or into.promised_on > ticket.promised_on):
        raise Refused(
            say("{day} was promised to the customer. Promise that day or an earlier one in {number} first, or merge "
                "the other way round.", day=ticket.promised_on, number=into.number),
            field="other",
        )  # fmt: skip
    asked = [one.asked_name for one in queries.questions(ticket.id) if one.answered_at is None]
    asked += [one.to_name for one in queries.escalations(ticket.id) if one.decided_at is None]
    asked += [one.department for one in queries.open_parts(ticket.id)]
    if asked:
        raise Refused(
            say("{names} has not answered yet what was asked in this ticket. Wait for it, or merge the other way "
                "round.", names=tuple(asked)),
            field="other",
        )  # fmt: skip


def _of_one_person(ticket: Ticket, into: Ticket) -> bool:
    """Whether the same customer or colleague asks in both."""
    who = (ticket.customer_id, ticket.requester_id)
    return any(who) and who == (into.customer_id, into.requester_id)


def _standing(ticket: Ticket) -> TicketMerge:
    found = db.session.scalar(
        select(TicketMerge).where(TicketMerge.ticket_id == ticket.id, TicketMerge.apart_at.is_(None))
    )
    if found is None:
        raise OutOfDate(say("It goes on by itself already."))
    return found


def _follow_too(ticket: Ticket, into: Ticket, at: datetime) -> list[int]:
    """Whoever follows the one or has a part in it follows the other; returns those who did not yet."""
    people = queries.followers_of(ticket.id) | {getattr(ticket, one) for one in WORKS} - {None}
    new = sorted(people - queries.followers_of(into.id) - {getattr(into, one) for one in WORKS})
    db.session.add_all(TicketFollower(person_id=one, ticket_id=into.id, since_at=at) for one in new)
    return new


def _tie(actor: Staff, ticket: Ticket, other: Ticket, tie: Tie, at: datetime) -> None:
    """Both sides of a link, in the order of the ids."""
    sides = [(ticket.id, other.id, tie), (other.id, ticket.id, tie.back)]
    db.session.add_all(
        TicketLink(ticket_id=one, other_id=two, tie=what, at=at, by_name=actor.name) for one, two, what in sorted(sides)
    )
    db.session.flush()
