"""What people do with tickets: each verb with its guards, its change and its fact."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import load_only

from portal.customers import actions as customers
from portal.customers.models import Customer, Visit
from portal.customers.queries import visit_without_ticket
from portal.extensions import db, on_postgresql
from portal.kernel import files, markup, once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import Clause, NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record, record_all, unchanged_since
from portal.kernel.numbers import next_number
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.lists import queries as lists
from portal.lists.models import Phrase
from portal.lists.rules import Found, phrases_in
from portal.lists.states import Use
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.tickets import clocks, mentions, queries, rules, scale
from portal.tickets.events import (
    AnsweredInside,
    Arrived,
    AskedInside,
    CalledBack,
    ClosedAsNotSatisfiable,
    ComplainedInside,
    ComplaintAnswered,
    ConductNoted,
    CustomerDissatisfied,
    CustomerNotReached,
    CustomerTold,
    CustomerWroteOrCalled,
    DatePromised,
    DecidedAbove,
    DepartmentConcerned,
    DeputyNamed,
    EmergencyStarted,
    FilesAttached,
    FirstResponseGiven,
    FlaggedSerious,
    LimitNear,
    Mentioned,
    NoteAdded,
    OfferRefused,
    PartWithdrawn,
    PhrasesUsedAlthoughWarned,
    ReplySent,
    ReportedUp,
    SatisfactionAnswered,
    SeriousReported,
    SomebodyFollows,
    TicketAccepted,
    TicketClosed,
    TicketEscalated,
    TicketHeard,
    TicketOffered,
    TicketOpened,
    TicketRanked,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    TicketVoided,
    VisitNeeded,
    WaitingForCustomer,
    WorkResumed,
)
from portal.tickets.mentions import Reach
from portal.tickets.models import (
    CallBack,
    Complaint,
    ComplaintDepartment,
    CustomerAnswer,
    InternalComplaint,
    InternalQuestion,
    Ticket,
    TicketBreach,
    TicketClock,
    TicketEntry,
    TicketEscalation,
    TicketFollower,
    TicketHidden,
    TicketPart,
    TicketPause,
    TicketTransfer,
)
from portal.tickets.rules import TicketRules
from portal.tickets.states import (
    HEARD,
    TICKET,
    BreachKind,
    Channel,
    ClockKind,
    EntryKind,
    Impact,
    Level,
    OfferState,
    PartState,
    Priority,
    Satisfaction,
    State,
    Urgency,
)

Opener = Staff | Portal


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is not on file yet, as they gave their name."""

    name: str
    telephone: str = ""
    mail: str = ""
    company: str = ""


# ── Opening and sorting ──────────────────────────────────────────────────────────────────────────────────────────────


@action
def open_ticket(
    actor: Opener,
    *,
    kind: str,
    channel: Channel,
    title: str,
    body: str,
    routing: str = "",
    department: Department | None = None,
    impact: Impact = Impact.ONE,
    urgency: Urgency = Urgency.TODAY,
    customer: Customer | None = None,
    caller: Caller | None = None,
    requester: Person | None = None,
    anonymous: bool = False,
    contact: str = "",
    about: Person | None = None,
    received_at: datetime | None = None,
    visit: Visit | None = None,
    second_of: Ticket | None = None,
    with_files: Collection[int] = (),
    key: str = "",
    at: datetime,
) -> Ticket:
    """Write down what somebody needs (TKT-004, TKT-005).

    Whoever opens it for somebody else is the first receiver and stays accountable (TKT-006); one's own request has no
    accountable person before a colleague deals with it. The opener's own department, where they work on tickets, has
    heard of it and follows it through (TKT-017); anybody else passes it to `department`, by default the one that
    answers for the routing type (TKT-005, TKT-016); so does whoever asks something themselves. `caller`: somebody
    without a record, who gets one or is found again. `contact`: how somebody without a name can be reached. `visit`:
    the line of the visitors' register that it comes from (TKT-021). `second_of`: the ticket in which it was the second
    matter; it keeps that one's desk, first receiver and whoever may not see it. `key`: the form's one-time key.

    Raises Refused where it is not said who needs it or what; NotAllowed for a department that takes no tickets;
    OutOfDate for a visit that has its ticket already.
    """
    _check_words_of_lists(kind, routing)
    title, body = " ".join(title.split()), body.strip()
    if not title:
        raise Refused(say("Say in one line what it is about."), field="title")
    if not body:
        raise Refused(say("Write down what they need and what the problem is."), field="body")
    day, received_at = office_day(at), received_at or at
    if received_at > at:
        raise Refused(say("Nothing is received in the future."), field="received_at")
    for_another = isinstance(actor, Staff) and (requester is None or requester.id != actor.id)
    desk = second_of.desk if second_of else None
    desk = desk or (_own_desk(actor) if for_another else None) or department or _responsible(routing)
    if not queries.takes_tickets(desk.id, day):
        raise NotAllowed(say("{department} takes no tickets.", department=text_of(desk.names)))
    if caller is not None and customer is None:
        customer = customers.take_down(
            actor, caller.name, telephone=caller.telephone, mail=caller.mail, company=caller.company, at=at
        )
    who = customer or requester
    if who is None and not anonymous:
        raise Refused(say("Write down who it is, or say that they do not want to give their name."), field="who")

    number = next_number("T", day.year)
    ticket = Ticket(
        number=number, state=State.NEW, kind=kind, channel=channel, routing=routing, title=title, body=body,
        html=markup.render(body), impact=impact, urgency=urgency, priority=rules.priority_of(impact, urgency),
        customer_id=customer.id if customer else None, requester_id=requester.id if requester else None,
        caller_name=who.name if who else "", caller_contact=contact.strip(), anonymous=who is None,
        about_id=about.id if about else None, department_id=desk.id, desk_id=desk.id,
        opened_by_id=actor.id, opened_by_name=actor.name,
        received_at=received_at, opened_at=at, round_began_at=received_at,
    )  # fmt: skip
    if second_of is not None:
        _hears_with(ticket, second_of)
    elif for_another:
        _hears(ticket, actor)
    db.session.add(ticket)
    db.session.flush()
    if second_of is not None:
        _hide_with(ticket, second_of)
    elif about is not None:
        _hide_from(ticket, about, actor, day)
    clocks.reckon(ticket, at)
    clocks.customer_spoke(ticket, channel, received_at)
    once.used(key, actor.id, number, at)
    record(TicketOpened(ticket.id, number, kind, channel, ticket.accountable_name))
    _attach(actor, ticket, with_files)
    if ticket.priority == Priority.URGENT:
        record(EmergencyStarted(ticket.id))
    if visit is not None:
        customers.join_to_ticket(actor, visit, number, at=at)
    elif (
        second_of is None
        and channel is Channel.VISIT
        and isinstance(actor, Staff)
        and for_another
        and actor.may(P.CUSTOMERS_WRITE)
    ):
        _into_the_register(actor, ticket, customer, at)
    if routing and isinstance(actor, Staff) and TICKET.allows(actor, ticket, "triage"):
        triage(actor, ticket, kind=kind, routing=routing, impact=impact, urgency=urgency, at=at)
    return ticket


@action
def triage(
    actor: Staff, ticket: Ticket, *, kind: str, routing: str, impact: Impact, urgency: Urgency, at: datetime
) -> None:
    """Sort what came in: kind, routing type and rank, before anybody is to work on it (TKT-015)."""
    if not routing:
        raise Refused(say("Choose what it is about, so that the department in charge is known."), field="routing")
    TICKET.move(ticket, "triage", actor)
    _check_words_of_lists(kind, routing)
    hear_first(actor, ticket)
    ticket.kind, ticket.routing = kind, routing
    record(TicketTriaged(ticket.id, kind, routing, rules.priority_of(impact, urgency)))
    _rank(ticket, impact, urgency, at)


@action
def rank(
    actor: Staff, ticket: Ticket, *, impact: Impact, urgency: Urgency, reason: str, version: int | None = None,
    at: datetime,
) -> None:  # fmt: skip
    """Rank it anew, with a reason; the limits follow from the day of receipt on (TKT-020)."""
    TICKET.check(ticket, "rank", actor)
    _unchanged(ticket, version)
    before, after = ticket.priority, rules.priority_of(impact, urgency)
    if before != after:
        record(TicketRanked(ticket.id, before, after, said(reason, "reason")))
    _rank(ticket, impact, urgency, at)


# ── Who works on it ──────────────────────────────────────────────────────────────────────────────────────────────────


@action
def take(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Take up what nobody works on in one's own department: offered and accepted in one."""
    TICKET.move(ticket, "take", actor)
    department = db.session.get_one(Department, ticket.department_id)
    _offered(actor, ticket, department, None, "", at)
    _accepted(actor, ticket, at)


@action
def offer(
    actor: Staff,
    ticket: Ticket,
    department: Department,
    person: Person | None = None,
    *,
    note: str = "",
    version: int | None = None,
    at: datetime,
) -> None:
    """Hand it to a department, or to one person who works there; it counts when it is accepted (TKT-007, TKT-016).

    An offer that was not answered yet is withdrawn. Raises NotAllowed for a department that takes no tickets and for a
    person who does not work on tickets there (kept in the security log); Refused for whoever works on it already.
    """
    verb = {State.TRIAGED: "offer", State.ASSIGNED: "offer again"}.get(ticket.state, "hand on")
    step = TICKET.check(ticket, verb, actor)
    _unchanged(ticket, version)
    day = office_day(at)
    if not queries.takes_tickets(department.id, day):
        raise NotAllowed(say("{department} takes no tickets.", department=text_of(department.names)))
    if person is not None:
        check_works_there(person, department, ticket, at)
        if person.id == ticket.assignee_id:
            raise Refused(say("{name} works on it already.", name=person.name), field="to")
    elif (
        department.id == ticket.department_id and ticket.state is State.ASSIGNED and ticket.open_to_id == department.id
    ):
        raise Refused(say("It is offered to {department} already.", department=text_of(department.names)), field="to")
    _withdraw(ticket, actor, at)
    db.session.flush()  # an offer that is withdrawn makes room for the next one
    if step.after is not None:
        ticket.state = step.after
    _offered(actor, ticket, department, person, note, at)
    limit = clocks.answer_by(department.id, at)
    record(
        TicketOffered(
            ticket.id, person.name if person else "", department.names["zh-CN"], person.id if person else None,
            department.id, note.strip(), limit.at, limit.because,
        )
    )  # fmt: skip


@action
def accept(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Accept what was offered to oneself or to one's department: from now on one's own work. Exactly one wins."""
    _still_offered(actor, ticket)
    TICKET.move(ticket, "accept" if ticket.state is State.ASSIGNED else "take over", actor)
    _accepted(actor, ticket, at)


@action
def refuse_offer(actor: Staff, ticket: Ticket, reason: str, *, at: datetime) -> None:
    """Say no to an offer, with a reason; whoever offered it goes on looking."""
    _still_offered(actor, ticket)
    TICKET.move(ticket, "refuse" if ticket.state is State.ASSIGNED else "leave", actor)
    reason = said(reason, "reason")
    link = _pending(ticket)
    link.state, link.answered_at, link.answer = OfferState.REFUSED, at, reason
    link.answered_by_id, link.answered_by_name = actor.id, actor.name
    _clear_offer(ticket)
    record(OfferRefused(ticket.id, actor.name, reason))


@action
def name_deputy(
    actor: Staff, ticket: Ticket, person: Person, reason: str, *, from_on: date, seen: int | None = None, at: datetime
) -> None:
    """Let somebody stand in for the accountable person, who stays accountable (I-20).

    `seen`: the last fact on the page that was read. Raises NotAllowed for one's own accountability: a superior names
    the deputy; OutOfDate where another one was named since.
    """
    TICKET.check(ticket, "name deputy", actor)
    unchanged_since("ticket", ticket.id, seen, DeputyNamed)
    if ticket.accountable_id is None:
        raise Refused(say("Nobody is accountable yet."))
    if ticket.accountable_id == actor.id:
        raise NotAllowed(say("A superior names the deputy, not the accountable person."))
    if person.id == ticket.accountable_id:
        raise Refused(say("{name} is accountable already.", name=person.name), field="person")
    if person.disabled_at is not None or _hidden_from(person, ticket):
        raise Refused(say("{name} cannot stand in here.", name=person.name), field="person")
    ticket.deputy_id, ticket.deputy_name, ticket.deputy_from_on = person.id, person.name, from_on
    ticket.deputy_reason, ticket.deputy_by_name = said(reason, "reason"), actor.name
    record(DeputyNamed(ticket.id, ticket.accountable_name, person.id, person.name, from_on, ticket.deputy_reason))


@action
def follow(actor: Staff, ticket: Ticket, *, follows: bool = True, at: datetime) -> None:
    """Keep it on one's list of what one follows, or take it off. The accountable person follows anyway (TKT-007)."""
    kept = db.session.get(TicketFollower, (actor.id, ticket.id))
    if follows == (kept is not None):
        return
    if kept is None:
        db.session.add(TicketFollower(person_id=actor.id, ticket_id=ticket.id, since_at=at))
    else:
        db.session.delete(kept)
    record(SomebodyFollows(ticket.id, follows))


# ── The work ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@action
def ask_inside(
    actor: Staff, ticket: Ticket, person: Person, question: str, *, told: str, channel: Channel, at: datetime
) -> InternalQuestion:
    """The answer is not known: tell the customer so, and ask the person in charge at once (TKT-022).

    `told`: what the customer was told, and how. It may be empty where nobody can be told, and for a further question.
    """
    TICKET.move(ticket, "ask inside", actor)
    question = said(question, "question")
    if person.id == actor.id or person.disabled_at is not None or _hidden_from(person, ticket):
        raise Refused(say("{name} cannot be asked.", name=person.name), field="person")
    if told.strip():
        _reply(actor, ticket, told, channel, at=at)
    elif not ticket.anonymous and not queries.was_asked_inside(ticket.id):
        raise Refused(say("Tell the customer that you are finding out, and write down what you said."), field="told")
    asked = InternalQuestion(
        ticket_id=ticket.id, asked_id=person.id, asked_name=person.name, asked_by_id=actor.id,
        asked_by_name=actor.name, asked_at=at, question=question,
    )  # fmt: skip
    db.session.add(asked)
    entry = enter(actor, ticket, EntryKind.QUESTION, question, None, at)
    record(AskedInside(ticket.id, asked.id, person.id, person.name, entry.id))
    return asked


@action
def answer_inside(actor: Staff, ticket: Ticket, question: InternalQuestion, answer: str, *, at: datetime) -> None:
    """The person who was asked answers; the ticket goes on when no question is open any more (TKT-022).

    Raises NotAllowed for anybody else, OutOfDate for a second answer.
    """
    if question.ticket_id != ticket.id or question.asked_id != actor.id:
        raise NotAllowed(say("This was asked of {name}.", name=question.asked_name))
    if question.answered_at is not None:
        raise OutOfDate(say("You answered this already."))
    question.answered_at, question.answer = at, said(answer, "answer")
    entry = enter(actor, ticket, EntryKind.ANSWER, answer, None, at)
    minutes = rules.minutes_between(question.asked_at, at)
    record(AnsweredInside(ticket.id, question.id, question.asked_by_id, actor.name, minutes, entry.id))
    if ticket.state is State.AWAITING_ANSWER and not queries.open_questions(ticket.id):
        ticket.state = State.IN_PROGRESS


@action
def reply(
    actor: Staff, ticket: Ticket, words: str, *, channel: Channel, definite: bool = False,
    solved_by: date | None = None, although: Collection[str] = (), with_files: Collection[int] = (), key: str = "",
    at: datetime,
) -> None:  # fmt: skip
    """Answer whoever asked (TKT-018); the first answer by a person is the first response. `definite`: the answer that a
    complaint waits for (I-07). `solved_by`: the day that the answer names, which is then promised (TKT-028).
    `although`: phrases that were warned of and are meant. `with_files`: files that wait. `key`: the one-time key of the
    form: nobody gets the same letter twice."""
    TICKET.check(ticket, "reply", actor)
    if solved_by is not None:
        _check_promise(actor, ticket, solved_by, at)
    _check_words(ticket, words, although, at)
    entry = _reply(actor, ticket, words, channel, definite=definite, at=at)
    once.used(key, actor.id, str(entry.id), at)
    _attach(actor, ticket, with_files, entry)
    if solved_by is not None:
        _promise(actor, ticket, solved_by, at)


@action
def note(
    actor: Staff, ticket: Ticket, words: str, *, with_files: Collection[int] = (), key: str = "", at: datetime
) -> Reach:
    """Write what is for colleagues alone. `key`: the one-time key of the form.

    Whoever it names with an @ and may read it is told on the bell; returns whom it reached, and whom it did not. Raises
    Refused where a name can mean several colleagues.
    """
    if not queries.was_asked(actor, ticket.id):
        TICKET.check(ticket, "note", actor)
    reach = mentions.reach(actor, ticket, words, at)
    entry = enter(actor, ticket, EntryKind.NOTE, words, None, at, emphasised=reach.typed)
    once.used(key, actor.id, str(entry.id), at)
    record(NoteAdded(ticket.id, entry.id))
    for one in reach.told:
        record(Mentioned(ticket.id, entry.id, one.id, one.name))
    _attach(actor, ticket, with_files, entry)
    clocks.reported(actor, ticket, EntryKind.NOTE, at)
    return reach


@action
def write_down(
    actor: Staff, ticket: Ticket, words: str, *, channel: Channel, with_files: Collection[int] = (), key: str = "",
    at: datetime,
) -> None:  # fmt: skip
    """Write down what the customer said or wrote since (TKT-004); who waited for it goes on. `key`: the one-time key of
    the form."""
    TICKET.check(ticket, "write down", actor)
    entry = enter(actor, ticket, EntryKind.INCOMING, words, channel, at)
    once.used(key, actor.id, str(entry.id), at)
    record(CustomerWroteOrCalled(ticket.id, entry.id, channel))
    _attach(actor, ticket, with_files, entry)
    clocks.customer_spoke(ticket, channel, at)
    if ticket.state is State.AWAITING_CUSTOMER:
        ticket.state = State.IN_PROGRESS
        _end_pause(ticket, at)
        record(WorkResumed(ticket.id))


@action
def wait_for_customer(actor: Staff, ticket: Ticket, reason: str, *, at: datetime) -> None:
    """Nothing can be done without the customer: the clock stands still, with a reason."""
    TICKET.move(ticket, "wait", actor)
    reason = said(reason, "reason")
    db.session.add(TicketPause(ticket_id=ticket.id, from_at=at, reason=reason, by_name=actor.name))
    db.session.flush()
    clocks.reckon(ticket, at)
    record(WaitingForCustomer(ticket.id, reason))


@action
def send_somebody(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Somebody has to come: on the spot within the time of the manual, from the request on (TKT-032, I-17)."""
    TICKET.check(ticket, "send somebody", actor)
    if ticket.needs_visit_at is not None:
        raise OutOfDate(say("It is known already that somebody has to come."))
    ticket.needs_visit_at = at
    record(VisitNeeded(ticket.id))
    since = at if ticket.origin else ticket.received_at  # what came from another desk began there
    clocks.start(ticket, ClockKind.ARRIVAL, since, ticket.department_id)


@action
def arrive(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Whoever says so is on the spot (TKT-032)."""
    TICKET.check(ticket, "arrive", actor)
    if ticket.needs_visit_at is None:
        raise Refused(say("Say first that somebody has to come."))
    if ticket.arrived_at is not None:
        raise OutOfDate(say("{name} has arrived already.", name=ticket.arrived_by))
    ticket.arrived_at, ticket.arrived_by = at, actor.name
    record(Arrived(ticket.id, actor.name))
    clocks.meet(ticket, ClockKind.ARRIVAL, by=actor.name, with_=None, at=at)


@action
def resume(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Go on, whether or not what was waited for has come."""
    TICKET.move(ticket, "resume", actor)
    _end_pause(ticket, at)
    record(WorkResumed(ticket.id))


@action
def resolve(actor: Staff, ticket: Ticket, words: str, *, at: datetime) -> None:
    """Say that it is solved, and how: this is the work record without which nothing is closed (TKT-004).

    Raises Refused, naming them, while a part of another department is open, or steps of its checklist that must be done
    are not (TKT-054).
    """
    TICKET.check(ticket, "resolve", actor)
    _refuse_open_parts(ticket)
    if missing := queries.steps_missing(ticket.id):
        raise Refused(say("Not done yet, and it must be: {steps}.", steps="；".join(missing)))
    TICKET.move(ticket, "resolve", actor)
    entry = enter(actor, ticket, EntryKind.RECORD, words, None, at)
    _withdraw(ticket, actor, at)
    _end_pause(ticket, at)
    ticket.resolved_at, ticket.solution_working_seconds = at, clocks.worked_until_solved(ticket, at)
    unsign(ticket)
    limit = clocks.running(ticket).get(ClockKind.SOLUTION)
    record(
        TicketResolved(
            ticket.id, entry.id, ticket.round, limit.due_at if limit else None, limit.because if limit else None
        )
    )
    done = (ClockKind.SOLUTION, ClockKind.PROMISED, ClockKind.DEPARTMENT)
    clocks.meet(ticket, *done, by=actor.name, with_=EntryKind.RECORD, at=at)
    clocks.end(ticket, ClockKind.UPDATE, ClockKind.ARRIVAL, ClockKind.TRACKING, ClockKind.NOTICE, at=at)


# ── What the customer says ───────────────────────────────────────────────────────────────────────────────────────────


@action
def tell_customer(
    actor: Staff, ticket: Ticket, words: str, *, channel: Channel, although: Collection[str] = (), at: datetime
) -> None:
    """Tell the customer the result and ask whether they are satisfied (TKT-055, TKT-057)."""
    TICKET.move(ticket, "tell", actor)
    _check_words(ticket, words, although, at)
    _reply(actor, ticket, words, channel, definite=True, at=at)
    ticket.told_at = at
    db.session.add(
        CustomerAnswer(
            ticket_id=ticket.id, round=ticket.round, told_at=at, told_by_id=actor.id, told_by_name=actor.name,
            channel=channel, words=words.strip(),
        )
    )  # fmt: skip
    record(CustomerTold(ticket.id, ticket.round, channel))


@action
def not_reached(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """One more try to reach the customer led to nothing."""
    TICKET.check(ticket, "try again", actor)
    asked = _round(ticket)
    asked.attempts += 1
    record(CustomerNotReached(ticket.id, asked.attempts))


@action
def customer_answer(
    actor: Staff, ticket: Ticket, answer: Satisfaction, *, wishes: str = "", opinion: str | None = None, at: datetime
) -> None:
    """Write down what the customer said.

    Satisfied: it can be closed. Not satisfied: what they still want is found out, and it begins anew; after the rounds
    that the manual allows it goes to the next level, then to the committee (TKT-056, I-21). Unreachable counts only
    after the tries that the manual asks for, or where nobody left a way to be reached. `opinion`: what the customer
    answered when asked for opinions and suggestions; said to the accountable person this is the call back (TKT-008).
    """
    if answer is Satisfaction.NOT_SATISFIED:
        TICKET.check(ticket, "object", actor)
        wishes = said(wishes, "wishes")
        _answered(actor, ticket, answer, wishes, at)
        _begin_anew(ticket, at)
        ticket.state = State.REOPENED
        record(CustomerDissatisfied(ticket.id, ticket.round, wishes))
        _step_up(ticket, at)
        return
    TICKET.check(ticket, "confirm", actor)
    if answer is Satisfaction.UNREACHABLE:
        _refuse_early_silence(ticket, at)
    _answered(actor, ticket, answer, wishes.strip(), at)
    ticket.state = State.CONFIRMED
    record(SatisfactionAnswered(ticket.id, ticket.round, answer))
    if opinion is not None and TICKET.allows(actor, ticket, "call back"):
        _called_back(actor, ticket, answer is Satisfaction.SATISFIED, opinion, at)


@action
def record_call_back(actor: Staff, ticket: Ticket, *, reached: bool, opinion: str = "", at: datetime) -> None:
    """The accountable person (or the deputy) rang back and asked for opinions and suggestions (TKT-008)."""
    TICKET.check(ticket, "call back", actor)
    _called_back(actor, ticket, reached, opinion, at)


@action
def close(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Close what is settled. Raises Refused, naming what is missing: nothing is closed without its record."""
    TICKET.check(ticket, "close", actor)
    for missing in queries.missing_before_closing(ticket, _rules(ticket, at)):
        raise missing
    TICKET.move(ticket, "close", actor)
    ticket.ended_at = at
    clocks.end(ticket, at=at)
    record(TicketClosed(ticket.id, ticket.round))


@action
def reopen(actor: Staff, ticket: Ticket, reason: str, *, at: datetime) -> None:
    """Take up again what was settled: the customer has come back."""
    TICKET.move(ticket, "reopen", actor)
    reason = said(reason, "reason")
    ticket.ended_at, ticket.ended_reason, ticket.not_satisfiable = None, "", False
    _begin_anew(ticket, at)
    record(TicketReopened(ticket.id, ticket.round, reason))


@action
def close_as_not_satisfiable(actor: Staff, ticket: Ticket, reasons: str, *, at: datetime) -> None:
    """End it although the customer is not satisfied: the director's alone, with reasons, and it counts as dissatisfied.

    Raises Refused before the rounds that the manual asks for (I-21), and while a part of another department is open.
    """
    TICKET.check(ticket, "give up", actor)
    reasons = said(reasons, "reasons")
    if ticket.level == Level.DESK:
        rounds = _rules(ticket, at).satisfaction_rounds
        raise Refused(
            say(
                "The desk tries {rounds} rounds first; this is round {round}.", rounds=rounds.value, round=ticket.round
            ),
            clause=rounds.clause,
        )
    _refuse_open_parts(ticket)
    _withdraw(ticket, actor, at)
    _end_pause(ticket, at)
    TICKET.move(ticket, "give up", actor)
    ticket.ended_at, ticket.ended_reason, ticket.not_satisfiable = at, reasons, True
    clocks.end(ticket, at=at)
    record(ClosedAsNotSatisfiable(ticket.id, ticket.round, reasons))


@action
def void(actor: Staff, ticket: Ticket, reason: str, *, at: datetime) -> None:
    """Take away what should never have been a ticket, with a reason: nothing is deleted."""
    TICKET.check(ticket, "void", actor)
    reason = said(reason, "reason")
    if queries.merged_into(ticket.id):
        raise Refused(say("Other tickets go on in this one. Take them apart first, or they would be lost with it."))
    _withdraw(ticket, actor, at)
    _end_pause(ticket, at)
    for part in queries.open_parts(ticket.id):
        drop_part(ticket, part, reason)
    TICKET.move(ticket, "void", actor)
    ticket.ended_at, ticket.ended_reason = at, reason
    clocks.end(ticket, at=at, counts=False)
    record(TicketVoided(ticket.id, ticket.number, ticket.ended_reason))


# ── What must not happen ─────────────────────────────────────────────────────────────────────────────────────────────


@action
def flag_serious(actor: Staff, ticket: Ticket, words: str, *, at: datetime) -> None:
    """Say that it is serious: from now on the time until it is reported upward is measured (TKT-014)."""
    TICKET.check(ticket, "flag serious", actor)
    if ticket.serious_at is not None:
        raise OutOfDate(say("It is marked as serious already."))
    words = said(words, "words")
    ticket.serious_at = at
    clocks.start(ticket, ClockKind.REPORT, at, ticket.department_id)
    record(FlaggedSerious(ticket.id, words))


@action
def report_serious(actor: Staff, ticket: Ticket, *, at: datetime) -> None:
    """Report it to whoever leads the desk, or the next one above who is not the reporter (TKT-014)."""
    TICKET.check(ticket, "report serious", actor)
    if ticket.serious_at is None:
        raise Refused(say("Say first what is serious about it."))
    if ticket.reported_at is not None:
        raise OutOfDate(say("It was reported to {name} already.", name=ticket.reported_to_name))
    above = queries.leader_above(ticket.desk_id, office_day(at), but={actor.id, *queries.hidden_from(ticket.id)})
    if above is None:
        raise Refused(say("Nobody leads above you to whom it could be reported."))
    ticket.reported_at, ticket.reported_to_name = at, above.name
    clocks.meet(ticket, ClockKind.REPORT, by=actor.name, with_=None, at=at)
    record(SeriousReported(ticket.id, above.id, above.name, rules.minutes_between(ticket.serious_at, at)))


@action
def note_conduct(actor: Staff, ticket: Ticket, kind: BreachKind, words: str, *, at: datetime) -> None:
    """Note conduct that the rules forbid to the first receiver (TKT-010, TKT-011, TKT-013); nobody notes their own."""
    TICKET.check(ticket, "note breach", actor)
    if ticket.accountable_id is None:
        raise Refused(say("Nobody is accountable yet."))
    if ticket.accountable_id == actor.id:
        raise NotAllowed(say("Nobody judges their own conduct."))
    if not kind.seen_by_people:
        raise Refused(say("The clock tells this, not a colleague."), field="kind")
    words = said(words, "words")
    db.session.add(_breach(ticket, kind, at, at, words=words, by=actor.name))
    record(ConductNoted(ticket.id, kind, ticket.accountable_id, ticket.accountable_name, words))


@action
def miss_limits(actor: Portal, *, most: int, at: datetime) -> int:
    """Keep up to `most` limits that passed before `at`, each once, with the limit as its moment (TKT-012, TKT-014).

    Returns how many. A clock that somebody meets at this moment is theirs.
    """
    return _noticed(TicketClock.due_at, most, at, breached_at=TicketClock.due_at)


@action
def warn_of_limits(actor: Portal, *, most: int, at: datetime) -> int:
    """Say of up to `most` limits that they are near, each once; not of those that have passed meanwhile."""
    return _noticed(TicketClock.warn_at, most, at, warned_at=at)


def _noticed(moment: Any, most: int, at: datetime, **change: Any) -> int:
    """Up to `most` clocks whose `moment` lies before `at`, changed and told.

    A ticket on which somebody acts at this moment is left to the next sweep, and whoever acts on one of the others
    waits for this one: nobody is told that somebody was faster because a limit passed.
    """
    warns = "warned_at" in change
    passed = (
        moment < at, TicketClock.breached_at.is_(None), TicketClock.met_at.is_(None), TicketClock.ended_at.is_(None),
        *((TicketClock.warned_at.is_(None), TicketClock.due_at >= at) if warns else ()),
    )  # fmt: skip
    due = select(TicketClock.id).where(*passed).order_by(moment, TicketClock.id).limit(most)
    if on_postgresql():
        free = due.join(Ticket, Ticket.id == TicketClock.ticket_id)
        free = free.with_for_update(of=[Ticket, TicketClock], key_share=True, skip_locked=True)
        due = select(free.cte("free").c.id)
    ids = db.session.scalars(
        update(TicketClock).where(TicketClock.id.in_(due), *passed)
        .values(version=TicketClock.version + 1, **change).returning(TicketClock.id),
        execution_options={"synchronize_session": False},
    ).all()  # fmt: skip
    if not ids:
        return 0
    db.session.expire_all()
    rows = db.session.execute(
        select(TicketClock, Ticket).join(Ticket, Ticket.id == TicketClock.ticket_id).where(TicketClock.id.in_(ids))
        .options(load_only(Ticket.accountable_id, Ticket.accountable_name, Ticket.desk_id))
        .order_by(moment, TicketClock.id)
    ).all()  # fmt: skip
    if warns:
        record_all(
            LimitNear(ticket.id, clock.kind, clock.due_at, clock.because, clock.part_id or 0)
            for clock, ticket in rows
            if clock.due_at
        )
    else:
        clocks.keep_missed([(clock, ticket) for clock, ticket in rows], at)
    return len(ids)


@action
def complain_inside(
    actor: Staff, ticket: Ticket, department: Department, person: Person | None, words: str, *, at: datetime
) -> InternalComplaint:
    """Complain to the manager in charge of a department or colleague who does not cooperate (TKT-009).

    The manager is whoever leads that department, or the next one above where that is the person complained of or the
    one who complains. Raises Refused where nobody is left.
    """
    TICKET.check(ticket, "complain inside", actor)
    words = said(words, "words")
    but = {actor.id, person.id if person else None}
    manager = queries.leader_above(department.id, office_day(at), but=but)
    if manager is None:
        raise Refused(say("Nobody leads above {department}.", department=text_of(department.names)), field="department")
    complaint = InternalComplaint(
        ticket_id=ticket.id, by_id=actor.id, by_name=actor.name, at=at, about_department_id=department.id,
        about_person_id=person.id if person else None, about_person_name=person.name if person else "",
        words=words, manager_id=manager.id, manager_name=manager.name,
    )  # fmt: skip
    db.session.add(complaint)
    db.session.flush()
    record(ComplainedInside(complaint.id, manager.id))
    return complaint


@action
def answer_complaint(actor: Staff, complaint: InternalComplaint, words: str, *, at: datetime) -> None:
    """The manager in charge says what follows from it."""
    if complaint.manager_id != actor.id:
        raise NotAllowed(say("{name} decides about this.", name=complaint.manager_name))
    if complaint.answered_at is not None:
        raise OutOfDate(say("You answered this already."))
    complaint.answer, complaint.answered_at = said(words, "words"), at
    record(ComplaintAnswered(complaint.id))


# ── What levels above decide ────────────────────────────────────────────────────────────────────────────────────────


@action
def escalate(actor: Staff, ticket: Ticket, reason: str, *, at: datetime) -> TicketEscalation:
    """Report an unclear or special case to the next level: none can be skipped, and the committee is the last one
    (TKT-037, TKT-038, TKT-029).

    Whoever it was reported to decides, or reports it further. Raises OutOfDate while that level has it; Refused where
    there is no level above.
    """
    before = queries.escalations(ticket.id)
    pending = before[-1] if before and before[-1].decided_at is None else None
    if pending is None or pending.to_id != actor.id or ticket.ended_at is not None:
        TICKET.check(ticket, "escalate", actor)
    reason = said(reason, "reason")
    if pending is not None:
        if pending.to_id != actor.id:
            raise OutOfDate(say("{name} has it before them and decides first.", name=pending.to_name))
        pending.decided_at, pending.decided_by_name, pending.decision = at, actor.name, reason
        db.session.flush()
    to = queries.level_above(ticket, before[-1] if before else None, actor.id, office_day(at))
    if to is None:
        raise Refused(say("There is no level above that could decide."))
    made = TicketEscalation(
        ticket_id=ticket.id, step=len(before) + 1, to_id=to.id if isinstance(to, Person) else None,
        to_name=to.name if isinstance(to, Person) else to.names["zh-CN"], at=at, by_name=actor.name, reason=reason,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record(ReportedUp(ticket.id, made.id, made.step, made.to_id, made.to_name, reason))
    return made


@action
def decide_above(actor: Staff, ticket: Ticket, decision: str, *, at: datetime) -> None:
    """The level to which it was reported decides; the committee's decision is kept like any other (TKT-029).

    Raises NotAllowed for anybody else, OutOfDate where nothing waits for a decision.
    """
    before = queries.escalations(ticket.id)
    if not before or before[-1].decided_at is not None:
        raise OutOfDate(say("Nothing waits for a decision here."))
    pending = before[-1]
    if not decides(actor, pending.to_id):
        raise NotAllowed(say("{name} decides about this.", name=pending.to_name))
    pending.decided_at, pending.decided_by_name, pending.decision = at, actor.name, said(decision, "decision")
    record(DecidedAbove(ticket.id, pending.id, pending.to_name, pending.decision))


def decides(actor: Staff, to_id: int | None) -> bool:
    """Whether `actor` decides what was reported to somebody, or to the committee (None)."""
    if to_id is not None:
        return actor.id == to_id
    committee = queries.committee()
    return committee is not None and actor.may(P.TICKETS_OVERRIDE, committee.id)


# ── Within a verb ────────────────────────────────────────────────────────────────────────────────────────────────────


def said(words: str, field: str) -> str:
    """Without the spaces around. Raises Refused at the field where nothing was said."""
    if not words.strip():
        raise Refused(say("Say it in a few words."), field=field)
    return words.strip()


def concern(ticket: Ticket, department_id: int) -> None:
    """A complaint concerns this department too: it will be asked to sign."""
    if db.session.get(ComplaintDepartment, (ticket.id, department_id)) is None:
        name = organisation.departments()[department_id].names["zh-CN"]
        db.session.add(ComplaintDepartment(ticket_id=ticket.id, department_id=department_id, department=name))
        record(DepartmentConcerned(ticket.id, department_id, name))


def concern_too(ticket: Ticket, department_id: int, at: datetime) -> None:
    """A complaint on which somebody of a further department has begun to work concerns it. Where that makes it graver,
    what was signed has changed."""
    concern(ticket, department_id)
    if scale.grow(ticket, at):
        unsign(ticket)
    clocks.tell_the_day(ticket, at)


def check_works_there(person: Person, department: Department, ticket: Ticket, at: datetime) -> None:
    """Raises NotAllowed for whoever does not work on tickets in that department, and for whom it is hidden from."""
    if _hidden_from(person, ticket):
        raise NotAllowed(mentions.kept_from(person))
    theirs = organisation.staff_with_id(person.id, at)
    if theirs is None or not theirs.may(P.TICKETS_WORK, department.id):
        raise NotAllowed(
            say("{name} does not work on tickets in {department}.",
                name=person.name, department=text_of(department.names))
        )  # fmt: skip


def drop_part(ticket: Ticket, part: TicketPart, reason: str) -> None:
    """A part is not needed any more; whoever had it goes on seeing the ticket."""
    part.state, part.reason = PartState.WITHDRAWN, reason
    record(PartWithdrawn(ticket.id, part.id, part.department_id, part.department, part.person_id, reason))


def unsign(ticket: Ticket) -> None:
    """What was signed has changed: every department reads and signs it again."""
    for part in queries.concerned(ticket.id):
        part.signed_at, part.signed_by_name = None, ""


def _hide_from(ticket: Ticket, about: Person, opener: Opener, day: date) -> None:
    """It is about somebody: invisible to that person, and to those to whom they answer that day. Who took it down
    knows it anyway."""
    line = {one for one, _line, _project in organisation.superiors_of(about.id, day)} - {opener.id}
    db.session.add_all(TicketHidden(ticket_id=ticket.id, person_id=one) for one in sorted({about.id, *line}))


def _hide_with(ticket: Ticket, first: Ticket) -> None:
    """Whoever may not see the ticket that it was split from does not see it either."""
    hidden = sorted(queries.hidden_from(first.id))
    ticket.about_id = first.about_id
    db.session.add_all(TicketHidden(ticket_id=ticket.id, person_id=one) for one in hidden)
    db.session.flush()


def _hidden_from(person: Person, ticket: Ticket) -> bool:
    """Whether it is about this person or their people: nobody is given what they may not see."""
    return ticket.about_id is not None and person.id in queries.hidden_from(ticket.id)


def _refuse_open_parts(ticket: Ticket) -> None:
    """Raises Refused, naming each part that is still open and who has it."""
    if found := queries.open_parts(ticket.id):
        names = tuple(f"{one.department} · {one.person_name}" if one.person_name else one.department for one in found)
        raise Refused(say("Not done yet: the part of {departments}. Wait for it, or withdraw it.", departments=names))


def _check_words_of_lists(kind: str, routing: str) -> None:
    """Raises Refused for a kind or a routing type that is not in use, or that do not go together (TKT-001, TKT-016)."""
    known = lists.kind_called(kind)
    if known is None or not known.active:
        raise Refused(say("Choose what kind of matter it is."), field="kind")
    if routing and routing not in {one.code for one in lists.routing_types(kind)}:
        raise Refused(say("Choose what it is about from the list of this kind."), field="routing")


def _unchanged(ticket: Ticket, version: int | None) -> None:
    if version is not None and version != ticket.version:
        raise OutOfDate


def _own_desk(actor: Opener) -> Department | None:
    """The department of an opener who works on tickets there: it has heard of the matter."""
    if isinstance(actor, Staff) and actor.department_id and actor.may(P.TICKETS_WORK, actor.department_id):
        return db.session.get_one(Department, actor.department_id)
    return None


def _responsible(routing: str) -> Department:
    """The department that answers for a routing type (TKT-016). Raises Refused where nobody does."""
    known = lists.routing_type_called(routing) if routing else None
    if known is None or known.department is None:
        raise Refused(say("Choose what it is about, so that the department in charge is known."), field="routing")
    return known.department


def _hears(ticket: Ticket, actor: Opener) -> None:
    ticket.accountable_id, ticket.accountable_name = actor.id, actor.name
    ticket.accountable_department = actor.department_name


def _hears_with(ticket: Ticket, first: Ticket) -> None:
    """Who heard of the first matter heard of the second one, too."""
    for name in ("accountable_id", "accountable_name", "accountable_department"):
        setattr(ticket, name, getattr(first, name))


def hear_first(actor: Staff, ticket: Ticket) -> None:
    """What somebody asked in writing is heard by whoever deals with it first (TKT-006); nobody hears their own."""
    if ticket.accountable_id is None and actor.id != ticket.requester_id:
        _hears(ticket, actor)
        record(TicketHeard(ticket.id, actor.name))


def _into_the_register(actor: Staff, ticket: Ticket, customer: Customer | None, at: datetime) -> None:
    """A visiting customer is registered and received: visitor, time, purpose, receiver (TKT-021). Somebody who was
    registered at the door is not registered again."""
    visit = visit_without_ticket(customer, office_day(ticket.received_at)) if customer else None
    visit = visit or customers.register_visit(
        actor, ticket.caller_name or str(say("gave no name")), company=customer.company if customer else "",
        customer=customer, purpose=ticket.title, receiver=db.session.get_one(Person, actor.id),
        came_at=ticket.received_at, at=at,
    )  # fmt: skip
    customers.join_to_ticket(actor, visit, ticket.number, at=at)


def _rules(ticket: Ticket, at: datetime) -> TicketRules:
    """What the manuals say on the day of the fact, for the department that owns the ticket."""
    return in_force(TicketRules, on=office_day(at), for_=ticket.department_id)


def _rank(ticket: Ticket, impact: Impact, urgency: Urgency, at: datetime) -> None:
    before = ticket.priority
    ticket.impact, ticket.urgency = impact, urgency
    ticket.priority = rules.priority_of(impact, urgency)
    clocks.reckon(ticket, at)
    if ticket.priority == Priority.URGENT != before:
        record(EmergencyStarted(ticket.id))


def enter(
    actor: Staff, ticket: Ticket, kind: EntryKind, words: str, channel: Channel | None, at: datetime, *,
    emphasised: Collection[str] = (),
) -> TicketEntry:  # fmt: skip
    """Put a letter into the story. Raises Refused where nothing was said."""
    words = said(words, "words")
    entry = TicketEntry(
        ticket_id=ticket.id, kind=kind, channel=channel, author_id=actor.id, author_name=actor.name,
        author_department=actor.department_name, at=at, body=words, html=markup.render(words, emphasised=emphasised),
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry


def _attach(actor: Opener, ticket: Ticket, with_files: Collection[int], entry: TicketEntry | None = None) -> None:
    """Give waiting files to the ticket, with a letter of it or with its first words."""
    part = entry.id if entry else None
    if given := files.attach(actor, with_files, "ticket", ticket.id, part=part):
        record(FilesAttached(ticket.id, part, given))


def _reply(
    actor: Staff, ticket: Ticket, words: str, channel: Channel, *, definite: bool = False, at: datetime
) -> TicketEntry:
    entry = enter(actor, ticket, EntryKind.REPLY, words, channel, at)
    hear_first(actor, ticket)
    record(ReplySent(ticket.id, entry.id, channel, definite))
    met = [ClockKind.CHAT, ClockKind.UPDATE]
    if ticket.first_response_at is None:
        ticket.first_response_at, ticket.first_response_by = at, actor.name
        ticket.response_working_seconds = clocks.worked(ticket, at)
        limit = clocks.running(ticket).get(ClockKind.RESPONSE)
        record(
            FirstResponseGiven(
                ticket.id, limit.due_at if limit else None, limit.because if limit else None, entry_id=entry.id
            )
        )
        met.append(ClockKind.RESPONSE)
    if definite and ticket.answered_at is None:
        ticket.answered_at = at
        met.append(ClockKind.ANSWER)
    clocks.meet(ticket, *met, by=actor.name, with_=EntryKind.REPLY, at=at)
    clocks.reported(actor, ticket, EntryKind.REPLY, at)
    if ticket.resolved_at is None:
        clocks.start(ticket, ClockKind.UPDATE, at, ticket.department_id)
    return entry


def _check_promise(actor: Staff, ticket: Ticket, on: date, at: datetime) -> None:
    """Raises Refused for a day that cannot be promised; OutOfDate for a second one in a round: a word is kept."""
    TICKET.check(ticket, "promise", actor)
    if not rules.may_promise(on, office_day(at)):
        raise Refused(say("Promise today or a later day, within a year."), field="solved_by")
    if ticket.promised_on is not None:
        raise OutOfDate(say("{day} was promised to the customer already.", day=ticket.promised_on))


def _promise(actor: Staff, ticket: Ticket, on: date, at: datetime) -> None:
    """The customer has been told the day: it is the limit from now on, where the manual says so."""
    ruling = _rules(ticket, at).promise_stands
    ticket.promised_on = on
    clocks.meet(ticket, ClockKind.NOTICE, by=actor.name, with_=EntryKind.REPLY, at=at)
    clocks.give_way_to_promise(ticket, at)
    record(DatePromised(ticket.id, on, ruling.clause if ruling.value else None))
    if ruling.value:
        clocks.promise(ticket, on, ruling.clause, at)


def _check_words(ticket: Ticket, words: str, although: Collection[str], at: datetime) -> None:
    """Forbidden phrases are refused or warned of, as the manual says (TKT-023); wording to avoid is warned of
    (TKT-024). A warning is over when the reply is sent again with the phrases in `although`."""
    forbidden, avoided = queries.phrases_to_watch(office_day(at))
    found = phrases_in(words, [*forbidden, *avoided])
    hard = [one.phrase.words for one in found if one.phrase.use is Use.FORBIDDEN]
    soft = [one.phrase.words for one in found if one.phrase.use is Use.DISCOURAGED]
    ruling = _rules(ticket, at).forbidden_phrases_refuse
    if hard and ruling.value:
        said, rather = " / ".join(dict.fromkeys(hard)), _rather(found, hard)
        raise Refused(
            say("“{phrases}” is not said to customers; rather: “{rather}”.", phrases=said, rather=rather)
            if rather else say("“{phrases}” is not said to customers. Write it in another way.", phrases=said),
            field="words", clause=ruling.clause,
        )  # fmt: skip
    warned = tuple(dict.fromkeys((*hard, *soft)))
    if missing := [one for one in warned if one not in although]:
        said, rather = " / ".join(missing), _rather(found, missing)
        raise rules.Warned(
            say("“{phrases}” sounds like a no; rather: “{rather}”. Send it again if you mean it.",
                phrases=said, rather=rather)
            if rather else say("“{phrases}” sounds like a no. Send it again if you mean it.", phrases=said),
            phrases=warned, clause=ruling.clause if hard else None,
        )  # fmt: skip
    if warned:
        record(PhrasesUsedAlthoughWarned(ticket.id, warned))


def _rather(found: Iterable[Found[Phrase]], words: Collection[str]) -> str:
    """What the list says to say instead of `words`."""
    instead = [one.phrase.instead for one in found if one.phrase.words in words and one.phrase.instead]
    return " / ".join(dict.fromkeys(instead))


def _offered(
    actor: Staff, ticket: Ticket, department: Department, person: Person | None, note: str, at: datetime
) -> None:
    ticket.offered_department_id = department.id
    ticket.offered_to_id = person.id if person else None
    ticket.open_to_id = None if person else department.id
    ticket.offered_by_id, ticket.offered_at = actor.id, at
    owner = organisation.departments()[ticket.department_id].names["zh-CN"]
    db.session.add(
        TicketTransfer(
            ticket_id=ticket.id, state=OfferState.PENDING, from_id=ticket.assignee_id or ticket.accountable_id,
            from_name=ticket.assignee_name or ticket.accountable_name, from_department=owner, by_name=actor.name,
            to_id=person.id if person else None, to_name=person.name if person else "",
            to_department_id=department.id, to_department=department.names["zh-CN"], note=note.strip(), offered_at=at,
        )
    )  # fmt: skip
    db.session.flush()


def _accepted(actor: Staff, ticket: Ticket, at: datetime) -> None:
    hear_first(actor, ticket)
    link = _pending(ticket)
    link.state, link.answered_at = OfferState.ACCEPTED, at
    link.answered_by_id, link.answered_by_name = actor.id, actor.name
    moved = ticket.department_id != link.to_department_id
    ticket.department_id = link.to_department_id
    ticket.assignee_id, ticket.assignee_name = actor.id, actor.name
    _clear_offer(ticket)
    waited = rules.minutes_between(link.offered_at, at)
    record(TicketAccepted(ticket.id, actor.id, actor.name, link.to_department, waited))
    if moved:
        clocks.end(ticket, ClockKind.DEPARTMENT, at=at)
        if ticket.department_id != ticket.desk_id:
            clocks.start(ticket, ClockKind.DEPARTMENT, at, ticket.department_id)
        if db.session.get(Complaint, ticket.id) is not None:
            concern_too(ticket, ticket.department_id, at)


def _still_offered(actor: Staff, ticket: Ticket) -> None:
    """Raises OutOfDate for whoever comes second: somebody has answered the offer, or it went elsewhere."""
    if ticket.offered_at is None:
        if ticket.assignee_id not in (None, actor.id):
            raise OutOfDate(say("{name} was faster and works on it now.", name=ticket.assignee_name))
        raise OutOfDate(say("This offer has been answered already."))


def _pending(ticket: Ticket) -> TicketTransfer:
    found = queries.pending_transfer(ticket.id)
    if found is None:
        raise OutOfDate(say("This offer has been answered already."))
    return found


def _withdraw(ticket: Ticket, actor: Staff, at: datetime) -> None:
    link = queries.pending_transfer(ticket.id)
    if link is not None:
        link.state, link.answered_at = OfferState.WITHDRAWN, at
        link.answered_by_id, link.answered_by_name = actor.id, actor.name
    _clear_offer(ticket)


def _clear_offer(ticket: Ticket) -> None:
    ticket.offered_to_id = ticket.offered_department_id = ticket.open_to_id = ticket.offered_by_id = None
    ticket.offered_at = None


def _end_pause(ticket: Ticket, at: datetime) -> None:
    db.session.execute(
        update(TicketPause).where(TicketPause.ticket_id == ticket.id, TicketPause.to_at.is_(None)).values(to_at=at)
    )
    clocks.reckon(ticket, at)


def _round(ticket: Ticket) -> CustomerAnswer:
    return db.session.scalars(
        select(CustomerAnswer).where(CustomerAnswer.ticket_id == ticket.id, CustomerAnswer.round == ticket.round)
    ).one()


def _answered(actor: Staff, ticket: Ticket, answer: Satisfaction, wishes: str, at: datetime) -> None:
    asked = _round(ticket)
    asked.answer, asked.answered_at, asked.answered_to_name, asked.wishes = answer, at, actor.name, wishes


def _begin_anew(ticket: Ticket, at: datetime) -> None:
    ticket.round += 1
    ticket.round_began_at = at
    ticket.resolved_at = ticket.solution_working_seconds = None
    ticket.told_at = ticket.called_back_at = ticket.promised_on = None
    clocks.reckon(ticket, at)


def _step_up(ticket: Ticket, at: datetime) -> None:
    """After so many rounds without satisfaction somebody higher up decides."""
    ruling = _rules(ticket, at).satisfaction_rounds
    dissatisfied = db.session.scalar(
        select(func.count()).select_from(CustomerAnswer).where(
            CustomerAnswer.ticket_id == ticket.id, CustomerAnswer.answer == Satisfaction.NOT_SATISFIED
        )
    )  # fmt: skip
    level = rules.level_after(dissatisfied or 0, ruling.value)
    if level <= ticket.level:
        return
    ticket.level = level
    if level is Level.COMMITTEE and (committee := queries.committee()):
        record(TicketEscalated(ticket.id, level, None, committee.names["zh-CN"], ruling.clause))
    else:
        above = queries.leader_above(ticket.desk_id, office_day(at), but={getattr(ticket, one) for one in HEARD})
        record(
            TicketEscalated(ticket.id, level, above.id if above else None, above.name if above else "–", ruling.clause)
        )


def _refuse_early_silence(ticket: Ticket, at: datetime) -> None:
    if ticket.anonymous and not ticket.caller_contact:
        return
    tries = _rules(ticket, at).tries_before_unreachable
    if _round(ticket).attempts < tries.value:
        raise Refused(
            say("A customer counts as unreachable after {n} tries.", n=tries.value), field="answer", clause=tries.clause
        )


def _called_back(actor: Staff, ticket: Ticket, reached: bool, opinion: str, at: datetime) -> None:
    db.session.add(
        CallBack(
            ticket_id=ticket.id, by_id=actor.id, by_name=actor.name, at=at, reached=reached, opinion=opinion.strip()
        )
    )
    ticket.called_back_at = at
    record(CalledBack(ticket.id, reached, opinion.strip()))


def _breach(
    ticket: Ticket, kind: BreachKind, moment: datetime, found_at: datetime, *, words: str = "", by: str = "",
    because: Clause | None = None,
) -> TicketBreach:  # fmt: skip
    return TicketBreach(
        ticket_id=ticket.id, kind=kind, moment=moment, found_at=found_at, person_id=ticket.accountable_id,
        person_name=ticket.accountable_name, department_id=ticket.desk_id, words=words, noted_by_name=by,
        because=because,
    )  # fmt: skip
