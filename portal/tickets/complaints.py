"""What people do with complaints: the form, what it concerns, the conclusion, the signatures, and the lesson."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record, unchanged_since
from portal.kernel.permissions import P
from portal.kernel.signature import Confirmation, Signature, sign
from portal.kernel.text import Said, say
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.organisation.staff import Staff
from portal.tickets import actions, clocks, queries, rules, scale
from portal.tickets.events import (
    ComplaintConcluded,
    ComplaintFormFilled,
    CountedAgainst,
    LessonLearned,
    PartSigned,
    ProductProblem,
)
from portal.tickets.models import Complaint, ComplaintDepartment, Ticket, TicketBreach
from portal.tickets.rules import ComplaintRules
from portal.tickets.states import TICKET, BreachKind, Ground, Kind, Severity, Size


@action
def take_down(actor: Staff, /, *, cause: str, wanted: str, at: datetime, **facts: Any) -> Ticket:
    """Open a complaint with its form in one act (TKT-039, TKT-049)."""
    before = actions.said(cause, "cause"), actions.said(wanted, "wanted")
    ticket = actions.open_ticket(actor, **facts, at=at)
    _fill(actor, ticket, *before, grounds=(), amount=None, product="", departments=(), at=at)
    return ticket


@action
def fill_form(
    actor: Staff, ticket: Ticket, *, cause: str, wanted: str, grounds: Collection[Ground] = (),
    amount: int | None = None, product: str = "", departments: Collection[Department] = (),
    seen: int | None = None, at: datetime,
) -> Complaint:  # fmt: skip
    """Fill the complaint form in, or put it right: its size and severity follow from the scale (TKT-043, TKT-045).

    `departments`: those that it concerns besides the ones that have had it. A big one is reported to the director.
    `seen`: the last fact on the page that was read. Raises Refused without the true cause or the wished result, and for
    what is no complaint; OutOfDate where the form was filled in since.
    """
    TICKET.check(ticket, "complaint form", actor)
    unchanged_since("ticket", ticket.id, seen, ComplaintFormFilled)
    if ticket.kind != Kind.COMPLAINT:
        raise Refused(say("This is no complaint."))
    return _fill(
        actor, ticket, actions.said(cause, "cause"), actions.said(wanted, "wanted"), grounds=grounds, amount=amount,
        product=product, departments=departments, at=at,
    )  # fmt: skip


def _fill(
    actor: Staff, ticket: Ticket, cause: str, wanted: str, *, grounds: Collection[Ground], amount: int | None,
    product: str, departments: Collection[Department], at: datetime,
) -> Complaint:  # fmt: skip
    ruling = scale.rules_for(ticket)
    form = db.session.get(Complaint, ticket.id)
    before = (form.size, form.severity) if form is not None else (None, None)
    if form is None:
        form = Complaint(
            ticket_id=ticket.id, cause=cause, wanted=wanted, grounds=[], size=Size.SMALL, severity=Severity.ORDINARY,
            filled_at=at, filled_by_name=actor.name,
        )  # fmt: skip
        db.session.add(form)
        for unit in sorted({ticket.department_id, *queries.assisting(ticket.id)}):
            actions.concern(ticket, unit)
    for one in departments:
        actions.concern(ticket, one.id)
    db.session.flush()
    form.cause, form.wanted, form.amount, form.product = cause, wanted, amount, " ".join(product.split())
    found = rules.grounds_of(
        grounds, departments=len(queries.concerned(ticket.id)), amount=amount, rules=ruling,
        earlier=queries.complaints_before(ticket, ruling.again_within.value),
    )  # fmt: skip
    form.grounds = [one.value for one in found]
    form.size, form.severity = rules.size_of(found, ruling), rules.severity_of(found, ruling)
    form.size_because = ruling.big_if.clause
    db.session.flush()
    actions.unsign(ticket)
    record(ComplaintFormFilled(ticket.id, form.size, form.severity, tuple(form.grounds), form.size_because))
    clocks.reckon(ticket, at)
    clocks.tell_the_day(ticket, at)
    scale.follow(ticket, form, before, at)
    _count_product(ticket, form, ruling, at)
    return form


@action
def conclude(
    actor: Staff, ticket: Ticket, *, upheld: bool, evidence: str, conclusion: str, seen: int | None = None, at: datetime
) -> None:
    """Say whether the complaint holds, and on what evidence (TKT-047); of a colleague whom it names it is counted.

    `seen`: the last fact on the page that was read. Raises Refused without its form, evidence or conclusion; NotAllowed
    for whoever is complained of; OutOfDate where the form or the conclusion is another one since.
    """
    TICKET.check(ticket, "conclude", actor)
    unchanged_since("ticket", ticket.id, seen, ComplaintFormFilled, ComplaintConcluded)
    form = _form(ticket)
    if ticket.about_id == actor.id:
        raise NotAllowed(say("Nobody decides about a complaint against themselves."))
    form.evidence, form.conclusion = actions.said(evidence, "evidence"), actions.said(conclusion, "conclusion")
    form.upheld, form.concluded_at, form.concluded_by_name = upheld, at, actor.name
    actions.unsign(ticket)
    record(ComplaintConcluded(ticket.id, upheld, form.conclusion))
    if ticket.about_id is not None and upheld and not queries.counted_against(ticket.id):
        _count_against(ticket, actor, form.conclusion, at)


@action
def sign_part(
    actor: Staff, ticket: Ticket, department: Department, confirmation: Confirmation, *, at: datetime
) -> None:
    """Sign the complaint and its solution for a department that it concerns (TKT-042).

    The head of the department signs, or whoever there did its part. Raises NotAllowed for anybody else; Refused before
    there is a conclusion; OutOfDate where it is signed already.
    """
    part = db.session.get(ComplaintDepartment, (ticket.id, department.id))
    if part is None or not may_sign(actor, ticket, department.id):
        raise NotAllowed(say("{name} does not sign for {department}.", name=actor.name, department=department.names))
    if part.signed_at is not None:
        raise OutOfDate(say("{name} has signed for {department} already.",
                            name=part.signed_by_name, department=part.department))  # fmt: skip
    form = _form(ticket)
    if ticket.ended_at is not None:
        raise OutOfDate(say("It is closed."))
    if form.concluded_at is None:
        raise Refused(say("First it is said whether the complaint holds."))
    made = _signature(actor, ticket, form, part, confirmation)
    part.signed_at, part.signed_by_name = made.at, actor.name
    clause = scale.rules_for(ticket).signed_before_closing.clause
    record(PartSigned(ticket.id, department.id, part.department, actor.name, clause))


@action
def learn(actor: Staff, ticket: Ticket, *, cause: str, lesson: str, seen: int | None = None, at: datetime) -> None:
    """After closing: what caused it, and what is taken from it and passed on (TKT-048). `seen`: the last fact on the
    page that was read; raises OutOfDate where somebody has written it down since."""
    TICKET.check(ticket, "learn", actor)
    unchanged_since("ticket", ticket.id, seen, LessonLearned)
    form = _form(ticket)
    form.found_cause, form.lesson = actions.said(cause, "cause"), actions.said(lesson, "lesson")
    form.learned_at, form.learned_by_name = at, actor.name
    record(LessonLearned(ticket.id, form.found_cause, form.lesson))


def may_sign(actor: Staff, ticket: Ticket, department_id: int) -> bool:
    """Whether somebody signs for a department: its head, or whoever there did its part; never about themselves."""
    did_its_part = actor.department_id == department_id and queries.has_worked(actor.id, ticket, department_id)
    return actor.id != ticket.about_id and (actor.may(P.TICKETS_ASSIGN, department_id) or did_its_part)


def consent(department: str) -> Said:
    """The sentence under which somebody signs for a department."""
    return say("I have read the complaint and its solution, and sign for {department}.", department=department)


def _form(ticket: Ticket) -> Complaint:
    form = db.session.get(Complaint, ticket.id)
    if form is None:
        raise Refused(say("Fill in the complaint form first: the true cause, and the result that the customer wants."))
    return form


def _signature(
    actor: Staff, ticket: Ticket, form: Complaint, part: ComplaintDepartment, confirmation: Confirmation
) -> Signature:
    content = {
        "number": ticket.number, "title": ticket.title, "body": ticket.body, "caller": ticket.caller_name,
        "received": ticket.received_at, "cause": form.cause, "wanted": form.wanted, "size": form.size.value,
        "severity": form.severity.value, "upheld": bool(form.upheld), "evidence": form.evidence,
        "conclusion": form.conclusion, "solution": queries.records_of(ticket.id), "round": ticket.round,
        "department": part.department,
    }  # fmt: skip
    return sign(actor, confirmation, "complaint", ticket.id, "department", content, consent=consent(part.department))


def _count_product(ticket: Ticket, form: Complaint, ruling: ComplaintRules, at: datetime) -> None:
    limit = ruling.product_times.value
    if limit is None or not form.product:
        return
    times = queries.complaints_about(form.product, at, ruling.product_within.value)
    if times >= limit:
        record(ProductProblem(ticket.id, form.product, times, ruling.product_times.clause))


def _count_against(ticket: Ticket, actor: Staff, words: str, at: datetime) -> None:
    person = organisation.person_with_id(ticket.about_id or 0)
    home = organisation.home_of(person.id, office_day(at)) or ticket.desk_id
    db.session.add(
        TicketBreach(
            ticket_id=ticket.id, kind=BreachKind.COMPLAINT_UPHELD, moment=ticket.received_at, found_at=at,
            person_id=person.id, person_name=person.name, department_id=home, words=words, noted_by_name=actor.name,
        )
    )  # fmt: skip
    db.session.flush()
    nth = queries.upheld_in_month(person.id, office_day(ticket.received_at))
    record(CountedAgainst(ticket.id, person.id, person.name, nth))
