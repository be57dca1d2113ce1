"""What the page of a ticket tells: letters and sentences in their order, the chain, the clocks, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.kernel.errors import Clause
from portal.kernel.files import Attached
from portal.kernel.journal import JournalEntry
from portal.kernel.text import Said, say
from portal.organisation.staff import Staff
from portal.tickets.models import Complaint, Ticket, TicketClock, TicketEntry
from portal.tickets.rules import SOON
from portal.tickets.states import ClockKind, EntryKind, Kind, State


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the page shows it: `kind` is in, out or inside."""

    kind: str
    who: str
    via: str
    at: datetime
    html: Any
    files: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A fact between the letters."""

    sentence: str
    at: datetime
    tone: str
    because: Any
    kind: str = "event"


@dataclass(frozen=True, slots=True)
class Link:
    """Who had it: one link of the chain from the first receiver on."""

    name: str
    department: str
    what: Said
    at: datetime | None
    first: bool = False
    now: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit with its clause: `state` is open, soon, late, waiting or done."""

    label: Said
    due: datetime | None
    state: str
    left: timedelta | None
    share: int | None
    words: Said | None
    because: Clause | None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Somebody was asked inside and has not answered."""

    id: int
    asked_id: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """It was reported to a level that has not decided: a person, or the committee (`to_id` None)."""

    to_id: int | None
    name: str
    reason: str


@dataclass(slots=True)
class Facts:
    """What the journal says about a ticket, gathered in one walk."""

    entries: Sequence[JournalEntry]
    open_questions: dict[int, OpenQuestion]
    asked: set[int]
    followed_by: set[int]
    tries: int
    clauses: set[Clause]
    with_files: bool = False
    concerned: dict[int, str] = field(default_factory=dict)
    signed: dict[int, str] = field(default_factory=dict)
    reported_to: Reported | None = None

    @classmethod
    def of(cls, entries: Sequence[JournalEntry]) -> Facts:
        """From the journal's rows of the ticket, in their order."""
        facts = cls(entries, {}, set(), set(), 0, set())
        for row in entries:
            known = row.facts
            match row.name:
                case "AskedInside":
                    one = OpenQuestion(known["question_id"], known["asked_id"], known["name"], row.happened_at)
                    facts.open_questions[one.id] = one
                    facts.asked.add(one.asked_id)
                case "AnsweredInside":
                    facts.open_questions.pop(known["question_id"], None)
                case "SomebodyFollows" if row.actor_id:
                    (facts.followed_by.add if known["follows"] else facts.followed_by.discard)(row.actor_id)
                case "FilesAttached":
                    facts.with_files = True
                case "DepartmentConcerned":
                    facts.concerned[known["department_id"]] = known["department"]
                case "PartSigned":
                    facts.signed[known["department_id"]] = known["name"]
                case "ComplaintFormFilled" | "ComplaintConcluded" | "TicketResolved":
                    facts.signed.clear()
                case "ReportedUp":
                    facts.reported_to = Reported(known["to_id"], known["to"], known["reason"])
                case "DecidedAbove":
                    facts.reported_to = None
                case "CustomerTold":
                    facts.tries = 0
                case "CustomerNotReached":
                    facts.tries = known["attempt"]
            if isinstance(known.get("because"), dict):
                facts.clauses.add(Clause(*known["because"]["$clause"]))
        return facts


def told(
    ticket: Ticket,
    letters: Iterable[TicketEntry],
    facts: Facts,
    notes: Mapping[Clause, Any],
    files: Iterable[Attached] = (),
    *,
    inside: bool,
) -> list[Letter | Sentence]:
    """The story: what was asked first, then letters and facts as they happened, each letter with its files.

    `inside`: whether the reader sees what is for colleagues alone.
    """
    with_it: dict[int | None, list[tuple[str, str, int]]] = {}
    for one in files:
        with_it.setdefault(one.part, []).append((one.name, one.href, one.size))
    by_id = {one.id: one for one in letters}
    story: list[Letter | Sentence] = [
        Letter(
            "in",
            ticket.caller_name or str(say("gave no name")),
            str(ticket.channel.label),
            ticket.received_at,
            ticket.html,
            tuple(with_it.get(None, ())),
        )
    ]
    for row in facts.entries:
        event: Any = row.event()
        if event is None or (event.inside and not inside):
            continue
        if not event.letter:
            clause = getattr(event, "because", None)
            why = notes.get(clause) if clause else None
            story.append(Sentence(_signed(str(event.sentence()), row), row.happened_at, event.mark, why))
        if (entry := by_id.pop(getattr(event, "entry_id", 0), None)) is not None:
            story.append(_letter(entry, with_it))
    for entry in by_id.values():  # letters that came in bulk have no fact of their own
        place = next((at for at, one in enumerate(story) if at and one.at > entry.at), len(story))
        story.insert(place, _letter(entry, with_it))
    return story


def _signed(sentence: str, row: JournalEntry) -> str:
    """The sentence with whoever did it, where it does not name them itself."""
    named = row.actor_id is None or row.actor_name in sentence
    return sentence if named else f"{sentence} · {row.actor_name}"


def _letter(entry: TicketEntry, with_it: Mapping[int | None, Sequence[tuple[str, str, int]]]) -> Letter:
    kinds = {EntryKind.INCOMING: "in", EntryKind.REPLY: "out"}
    via = str(entry.channel.label) if entry.channel else str(entry.kind.label)
    who = entry.author_name if not entry.author_department else f"{entry.author_name} · {entry.author_department}"
    return Letter(kinds.get(entry.kind, "inside"), who, via, entry.at, entry.html, tuple(with_it.get(entry.id, ())))


def chain(ticket: Ticket, facts: Facts) -> list[Link]:
    """Who heard of it first, to whom it was offered and what became of it: an unanswered offer stays visible."""
    links: list[Link] = []
    if ticket.accountable_name:
        links.append(
            Link(
                ticket.accountable_name,
                ticket.accountable_department,
                say("heard of it first"),
                ticket.received_at if ticket.origin else ticket.opened_at,
                first=True,
            )
        )
    offered: Link | None = None
    for row in facts.entries:
        known = row.facts
        if row.name == "TicketOffered":
            offered = Link(
                known["to"] or known["department"], known["department"] if known["to"] else "",
                say("not answered yet"), row.happened_at, pending=True,
            )  # fmt: skip
        elif row.name == "TicketAccepted":
            offered = None
            links.append(Link(known["name"], known["department"], say("accepted it"), row.happened_at))
        elif row.name == "OfferRefused":
            offered = None
            links.append(
                Link(known["name"], "", say("did not accept: {reason}", reason=known["reason"]), row.happened_at)
            )
    if ticket.assignee_id is not None and links:
        last = next(
            (place for place in range(len(links) - 1, -1, -1) if links[place].name == ticket.assignee_name), None
        )
        if last is not None:
            one = links[last]
            links[last] = Link(one.name, one.department, one.what, one.at, one.first, now=True)
    if offered is not None and ticket.offered_at is not None:
        links.append(offered)
    return links


def clocks(rows: Iterable[TicketClock], at: datetime, *, inside: bool) -> list[Clock]:
    """The limits of a ticket, the ones that still run first: of each kind the last one that tells something.

    `inside`: whether the reader sees what is between colleagues alone.
    """
    last = {one.kind: one for one in rows if (inside or not one.kind.inside) and _tells(one)}
    found = [_clock(last[kind], at) for kind in ClockKind if kind in last]
    return sorted(found, key=lambda one: one.state == "done")


def _tells(one: TicketClock) -> bool:
    """What ended without being met tells something only where it was missed; what repeats, only while it runs."""
    if one.kind in (ClockKind.UPDATE, ClockKind.CHAT):
        return one.breached_at is not None or (one.met_at is None and one.ended_at is None)
    return one.ended_at is None or one.breached_at is not None


def _clock(one: TicketClock, at: datetime) -> Clock:
    label, due, because = one.kind.label, one.due_at, one.because
    if one.kind is ClockKind.DEPARTMENT:
        label = say("{department}: solution or report", department=one.department)
    if due is None:
        return Clock(label, None, "waiting", None, None, None, because)
    if one.met_at is None and one.ended_at is None:
        return Clock(label, due, standing(one.started_at, due, at), abs(due - at), share(one.started_at, due, at), None,
                     because)  # fmt: skip
    if one.breached_at is not None:
        return Clock(label, due, "late", None, None, say("missed"), because)
    words = say("kept by {name}", name=one.met_by) if one.met_by else say("kept")
    return Clock(label, due, "done", None, None, words, because)


def standing(start: datetime, due: datetime, at: datetime) -> str:
    """late behind the limit, soon in the last quarter of its time, open before."""
    if at > due:
        return "late"
    return "soon" if (due - at) < (due - start) * SOON else "open"


def share(start: datetime, due: datetime, at: datetime) -> int:
    """Per cent of the time that is used up, 0 to 100."""
    whole = (due - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round((at - start).total_seconds() / whole * 100)))


@dataclass(frozen=True, slots=True)
class Turn:
    """What can be done: the one next step, if it is the reader's to do, and everything else the reader may do."""

    main: str | None
    others: tuple[str, ...]
    waits_for: str


def turn(
    ticket: Ticket, verbs: Iterable[str], reader: Staff, facts: Facts, *, complaint: Complaint | None = None,
    decides: bool = False, signs: bool = False,
) -> Turn:  # fmt: skip
    """Whose turn it is. `verbs`: what the table of steps allows the reader to do now; `decides`: what was reported
    upward waits for the reader; `signs`: a department for which the reader may sign has not signed."""
    acts = [act for act, steps in ACTS.items() if steps & set(verbs)]
    if any(one.asked_id == reader.id for one in facts.open_questions.values()):
        acts.insert(0, "answer")
    if decides:
        acts.insert(0, "decide")
    if signs and complaint is not None and complaint.concluded_at is not None and ticket.ended_at is None:
        acts.insert(0, "sign")
    of_complaint = {
        "complaint-form": ticket.kind == Kind.COMPLAINT,
        "conclude": complaint is not None,
        "learn": complaint is not None and complaint.learned_at is None,
        "escalate": facts.reported_to is None or decides,
    }
    acts = [one for one in acts if of_complaint.get(one, True)]
    if ticket.serious_at is not None and "serious" in acts:
        acts.remove("serious")
    if (ticket.serious_at is None or ticket.reported_at is not None) and "report" in acts:
        acts.remove("report")
    if ticket.needs_visit_at is not None and "send" in acts:
        acts.remove("send")
    if (ticket.needs_visit_at is None or ticket.arrived_at is not None) and "arrive" in acts:
        acts.remove("arrive")
    if ticket.promised_on is not None and "promise" in acts:
        acts.remove("promise")
    if ticket.called_back_at is not None and "call-back" in acts:
        acts.remove("call-back")
    if ticket.assignee_id == reader.id and "take" in acts:
        acts.remove("take")
    if ticket.level == 0 and "give-up" in acts:
        acts.remove("give-up")
    mine = reader.id in (ticket.assignee_id, ticket.accountable_id, ticket.deputy_id)
    heard = reader.id in (ticket.accountable_id, ticket.deputy_id)
    first = {
        "accept": ticket.offered_at is not None,
        "decide": True,
        "complaint-form": complaint is None and heard and ticket.state is not State.NEW,
        "answer": True,
        "triage": True,
        "take": ticket.assignee_id is None,
        "arrive": reader.id == ticket.assignee_id,
        "resume": ticket.state is State.AWAITING_CUSTOMER and reader.id == ticket.assignee_id,
        "resolve": reader.id == ticket.assignee_id,
        "sign": True,
        "conclude": mine and ticket.resolved_at is not None and complaint is not None and not complaint.concluded_at,
        "tell": mine,
        "customer-answer": mine or reader.id == ticket.requester_id,
        "call-back": heard and ticket.state is State.CONFIRMED,
        "close": mine or ticket.accountable_id is None,
    }
    main = next((act for act in first if act in acts and first[act]), None)
    return Turn(main, tuple(act for act in acts if act != main), _waits_for(ticket, facts))


def _waits_for(ticket: Ticket, facts: Facts) -> str:
    """Who has to do something next, by name where one is known."""
    if facts.reported_to is not None:
        return facts.reported_to.name
    if facts.open_questions and ticket.state is State.AWAITING_ANSWER:  # work may go on, and end, without the answer
        return ", ".join(dict.fromkeys(one.name for one in facts.open_questions.values()))
    return {
        State.IN_PROGRESS: ticket.assignee_name,
        State.REOPENED: ticket.assignee_name,
        State.RESOLVED: ticket.deputy_name or ticket.accountable_name,
        State.AWAITING_CUSTOMER: ticket.caller_name,
        State.AWAITING_CONFIRMATION: ticket.caller_name,
        State.CONFIRMED: ticket.deputy_name or ticket.accountable_name,
    }.get(ticket.state, "")


ACTS: dict[str, frozenset[str]] = {
    "accept": frozenset({"accept", "take over"}),
    "refuse": frozenset({"refuse", "leave"}),
    "triage": frozenset({"triage"}),
    "take": frozenset({"take"}),
    "offer": frozenset({"offer", "offer again", "hand on"}),
    "resume": frozenset({"resume"}),
    "resolve": frozenset({"resolve"}),
    "ask": frozenset({"ask inside"}),
    "promise": frozenset({"promise"}),
    "send": frozenset({"send somebody"}),
    "arrive": frozenset({"arrive"}),
    "wait": frozenset({"wait"}),
    "tell": frozenset({"tell"}),
    "customer-answer": frozenset({"confirm"}),
    "not-reached": frozenset({"try again"}),
    "call-back": frozenset({"call back"}),
    "close": frozenset({"close"}),
    "reopen": frozenset({"reopen"}),
    "complaint-form": frozenset({"complaint form"}),
    "conclude": frozenset({"conclude"}),
    "learn": frozenset({"learn"}),
    "escalate": frozenset({"escalate"}),
    "give-up": frozenset({"give up"}),
    "rank": frozenset({"rank"}),
    "serious": frozenset({"flag serious"}),
    "report": frozenset({"report serious"}),
    "deputy": frozenset({"name deputy"}),
    "conduct": frozenset({"note breach"}),
    "complain": frozenset({"complain inside"}),
    "void": frozenset({"void"}),
}
"""What a person does on the page → the steps of the table that stand behind it, in the order of the page."""
