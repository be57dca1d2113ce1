"""How grave a complaint is by the scale of the manual (I-40), and what follows when it turns out to be graver."""

from __future__ import annotations

from datetime import datetime

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.journal import record
from portal.kernel.permissions import Role
from portal.organisation import queries as organisation
from portal.policies.queries import in_force
from portal.tickets import clocks, queries, rules
from portal.tickets.events import BigComplaintReported, ComplaintGrew
from portal.tickets.models import Complaint, Ticket
from portal.tickets.rules import ComplaintRules
from portal.tickets.states import ClockKind, Ground, Severity, Size


def rules_for(ticket: Ticket) -> ComplaintRules:
    """What the manuals say about a complaint: on the day of receipt, for the desk that heard of it."""
    return in_force(ComplaintRules, on=office_day(ticket.received_at), for_=ticket.desk_id)


def grow(ticket: Ticket, at: datetime) -> bool:
    """Within an act after which a complaint concerns a further department: whether that makes it big, or severe (I-40).

    What it is now follows from the manual in force when it was received. It never becomes small again by itself, also
    where the department has nothing to do with it any more: whoever fills in its form anew says so.
    """
    form = db.session.get(Complaint, ticket.id)
    db.session.flush()
    if form is None or Ground.DEPARTMENTS in form.grounds or len(queries.concerned(ticket.id)) < 2:
        return False
    ruling, before = rules_for(ticket), (form.size, form.severity)
    found = [one for one in Ground if one is Ground.DEPARTMENTS or one in form.grounds]
    if form.size is not Size.BIG:
        form.size = rules.size_of(found, ruling)
    if form.severity is not Severity.SEVERE:
        form.severity = rules.severity_of(found, ruling)
    if (form.size, form.severity) == before:
        return False
    form.grounds, form.size_because = [one.value for one in found], ruling.big_if.clause
    db.session.flush()
    clause = ruling.severe_if.clause if form.size is before[0] else ruling.big_if.clause
    record(ComplaintGrew(ticket.id, form.size, form.severity, tuple(form.grounds), clause))
    clocks.reckon(ticket, at)
    follow(ticket, form, before, at)
    return True


def follow(ticket: Ticket, form: Complaint, before: tuple[Size | None, Severity | None], at: datetime) -> None:
    """What follows from being bigger or more severe than `before`: a big one is reported, a severe one is tracked."""
    if form.size is Size.BIG and before[0] is not Size.BIG:
        _report_big(ticket, at)
    if form.severity is Severity.SEVERE:
        clocks.start(ticket, ClockKind.TRACKING, at, ticket.desk_id)


def _report_big(ticket: Ticket, at: datetime) -> None:
    """To the director (TKT-043), or whoever leads above where the director may not see it."""
    day, but = office_day(at), queries.hidden_from(ticket.id)
    director = organisation.holder_of(Role.DIRECTOR, day)
    if director is None or director.id in but:
        director = queries.leader_above(ticket.desk_id, day, but=but)
    if director is not None:
        record(BigComplaintReported(ticket.id, director.id, director.name, rules_for(ticket).big_if.clause))
