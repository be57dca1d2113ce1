"""What the page of a ticket tells: letters and sentences in their order, the chain, the clocks, whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from portal.kernel.errors import Clause
from portal.kernel.files import Attached
from portal.kernel.journal import JournalEntry
from portal.kernel.text import Said, say
from portal.tickets.events import (
    PartAsked,
    PartDone,
    PartGivenBack,
    PartRefused,
    PartSentBack,
    PartTaken,
    PartWithdrawn,
)
from portal.tickets.models import Ticket, TicketClock, TicketEntry
from portal.tickets.rules import SOON
from portal.tickets.states import OPEN_PARTS, ClockKind, EntryKind, PartState


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the page shows it: `kind` is in, out or inside."""

    kind: str
    who: str
    via: str
    at: datetime
    html: Any
    files: tuple[tuple[str, str, int], ...] = ()
    anchor: str = ""


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
    part_id: int | None = None


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


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the checklist, with whoever did it or struck it out; neither while it is to be done."""

    id: int
    words: str
    must: bool
    done_at: datetime | None = None
    done_by: str = ""
    struck_at: datetime | None = None
    struck_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """What the template of a ticket answers: a snippet on a shelf of its own."""

    words: str
    id: str = "template"

    @property
    def label(self) -> Said:
        """The shelf."""
        return say("From the template")


@dataclass(slots=True)
class Part:
    """What another department was asked for, in one of its rounds. `wanted` and `reply`: the letters of it."""

    id: int
    nth: int
    round: int
    department_id: int
    department: str
    asked_by_id: int | None
    asked_by: str
    to_id: int | None
    to: str
    due: datetime | None
    wanted: int
    state: PartState = PartState.ASKED
    person_id: int | None = None
    person: str = ""
    minutes: int = 0
    reply: int = 0

    @property
    def name(self) -> str:
        """For a choice among several."""
        return " · ".join(filter(None, (f"{self.nth}. {self.department}", self.person or self.to)))

    def waits_for(self, reader_id: int) -> bool:
        """Whether this reader, of the department that is asked, was meant: by name or as one of all."""
        return self.state is PartState.ASKED and self.to_id in (None, reader_id)


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
    refers_to: tuple[int, ...] = ()
    parts: dict[int, Part] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    procedure_reply: str = ""

    @property
    def steps_done(self) -> int:
        """How many steps of the checklist are done."""
        return sum(one.done_at is not None for one in self.steps.values())

    @property
    def steps_needed(self) -> int:
        """How many there are without those that were struck out."""
        return sum(one.struck_at is None for one in self.steps.values())

    @property
    def open_parts(self) -> list[Part]:
        """Those that other departments still have to take or to do."""
        return [one for one in self.parts.values() if one.state in OPEN_PARTS]

    def asks(self, reader_id: int) -> bool:
        """Whether something was asked of somebody here: a question, or a part that they have or did."""
        return reader_id in self.asked or any(one.person_id == reader_id for one in self.parts.values())

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
                case "ComplaintFormFilled" | "ComplaintGrew" | "ComplaintConcluded" | "TicketResolved":
                    facts.signed.clear()
                case (
                    "PartAsked" | "PartTaken" | "PartRefused" | "PartGivenBack" | "PartDone" | "PartSentBack"
                    | "PartWithdrawn"
                ):  # fmt: skip
                    _tell_of_part(facts.parts, row)
                case "TicketTookIn":
                    facts.signed.clear()
                    facts.followed_by.update(known["followers"])
                case "TicketSplitOff":
                    facts.refers_to = tuple(known["letters"])
                case "ReportedUp":
                    facts.reported_to = Reported(known["to_id"], known["to"], known["reason"])
                case "DecidedAbove":
                    facts.reported_to = None
                case "TemplateUsed":
                    facts.procedure_reply = known["reply"]
                case "StepsAdded":
                    facts.steps |= {one[0]: Step(*one) for one in known["steps"]}
                case "StepTicked":
                    step = facts.steps[known["step_id"]]
                    facts.steps[step.id] = replace(step, done_at=row.happened_at, done_by=row.actor_name)
                case "StepUnticked":
                    step = facts.steps[known["step_id"]]
                    facts.steps[step.id] = replace(step, done_at=None, done_by="")
                case "StepStruck":
                    step, by = facts.steps[known["step_id"]], row.actor_name
                    facts.steps[step.id] = replace(
                        step, struck_at=row.happened_at, struck_by=by, reason=known["reason"]
                    )
                case "StepRestored":
                    step = facts.steps[known["step_id"]]
                    facts.steps[step.id] = replace(step, struck_at=None, struck_by="", reason="")
                case "CustomerTold":
                    facts.tries = 0
                case "CustomerNotReached":
                    facts.tries = known["attempt"]
            if isinstance(known.get("because"), dict):
                facts.clauses.add(Clause(*known["because"]["$clause"]))
        return facts


def _tell_of_part(parts: dict[int, Part], row: JournalEntry) -> None:
    """What a fact makes of the part that it is about."""
    fact: Any = row.event()
    if isinstance(fact, PartAsked):
        parts[fact.part_id] = _asked(fact.part_id, fact.nth, 1, fact, row)
        return
    part = parts.get(getattr(fact, "part_id", 0))
    if part is None:
        return
    match fact:
        case PartTaken():
            part.state, part.person_id, part.person = PartState.TAKEN, fact.person_id, fact.name
        case PartGivenBack():
            part.state, part.person_id, part.person, part.to_id, part.to = PartState.ASKED, None, "", None, ""
        case PartRefused():
            part.state, part.person = PartState.REFUSED, fact.name
        case PartWithdrawn():
            part.state = PartState.WITHDRAWN
        case PartDone():
            part.state, part.minutes, part.reply = PartState.DONE, fact.minutes, fact.entry_id
        case PartSentBack():
            part.state = PartState.SENT_BACK
            parts[fact.again_id] = _asked(fact.again_id, part.nth, fact.round, fact, row)


def _asked(part_id: int, nth: int, round_: int, fact: PartAsked | PartSentBack, row: JournalEntry) -> Part:
    return Part(
        part_id, nth, round_, fact.department_id, fact.department, row.actor_id, row.actor_name, fact.person_id,
        fact.to, fact.due, fact.entry_id,
    )  # fmt: skip


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
    with_it = _by_letter(files)
    by_id = {one.id: one for one in letters}
    story: list[Letter | Sentence] = [_first_words(ticket, with_it)]
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


def letters(
    ticket: Ticket, entries: Iterable[TicketEntry], files: Iterable[Attached], *, only: Collection[int] = ()
) -> list[Letter]:
    """What was written in a ticket, without what happened; of `only` some letters, 0 for what was asked first."""
    with_it = _by_letter(files)
    first = [_first_words(ticket, with_it)] if not only or 0 in only else []
    return first + [_letter(one, with_it) for one in entries if not only or one.id in only]


def _by_letter(files: Iterable[Attached]) -> Mapping[int | None, Sequence[tuple[str, str, int]]]:
    found: dict[int | None, list[tuple[str, str, int]]] = {}
    for one in files:
        found.setdefault(one.part, []).append((one.name, one.href, one.size))
    return found


def _first_words(ticket: Ticket, with_it: Mapping[int | None, Sequence[tuple[str, str, int]]]) -> Letter:
    who = ticket.caller_name or str(say("gave no name"))
    return Letter("in", who, str(ticket.channel.label), ticket.received_at, ticket.html, tuple(with_it.get(None, ())))


def _signed(sentence: str, row: JournalEntry) -> str:
    """The sentence with whoever did it, where it does not name them itself."""
    named = row.actor_id is None or row.actor_name in sentence
    return sentence if named else f"{sentence} · {row.actor_name}"


def _letter(entry: TicketEntry, with_it: Mapping[int | None, Sequence[tuple[str, str, int]]]) -> Letter:
    kinds = {EntryKind.INCOMING: "in", EntryKind.REPLY: "out"}
    via = str(entry.channel.label) if entry.channel else str(entry.kind.label)
    who = entry.author_name if not entry.author_department else f"{entry.author_name} · {entry.author_department}"
    files = tuple(with_it.get(entry.id, ()))
    return Letter(kinds.get(entry.kind, "inside"), who, via, entry.at, entry.html, files, f"letter-{entry.id}")


def chain(ticket: Ticket, facts: Facts, at: datetime | None = None) -> list[Link]:
    """Who heard of it first, to whom it was offered and what became of it: an unanswered offer stays visible.

    `at`: the moment by which it may have come too late; None on paper, which says the same however long it lies.
    """
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
                _pending(row.event(), at), row.happened_at, pending=True,
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


def _pending(offer: Any, at: datetime | None) -> Said:
    if at is None or offer.answer_by is None or at <= offer.answer_by:
        return say("not answered yet")
    return say("unanswered since {moment} ({clause})", moment=offer.answer_by, clause=offer.because)


def clocks(rows: Iterable[TicketClock], at: datetime, *, inside: bool) -> list[Clock]:
    """The limits of a ticket, the ones that still run first: of each kind, and of each part of a department, the last
    one that tells something.

    `inside`: whether the reader sees what is between colleagues alone.
    """
    last = {(one.kind, one.part_id): one for one in rows if (inside or not one.kind.inside) and _tells(one)}
    order = list(ClockKind)
    found = [_clock(last[key], at) for key in sorted(last, key=lambda key: (order.index(key[0]), key[1] or 0))]
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
    elif one.kind is ClockKind.PART:
        label = say("{department}: its part", department=one.department)
    shown = partial(Clock, label, due, because=because, part_id=one.part_id)
    if due is None:
        return shown(state="waiting", left=None, share=None, words=None)
    if one.met_at is None and one.ended_at is None:
        state, used = standing(one.started_at, due, at), share(one.started_at, due, at)
        return shown(state=state, left=abs(due - at), share=used, words=None)
    if one.breached_at is not None:
        return shown(state="late", left=None, share=None, words=say("missed"))
    words = say("kept by {name}", name=one.met_by) if one.met_by else say("kept")
    return shown(state="done", left=None, share=None, words=words)


def standing(start: datetime, due: datetime, at: datetime) -> str:
    """late behind the limit, soon in the last quarter of its time, open before."""
    if at > due:
        return "late"
    return "soon" if (due - at) < (due - start) * SOON else "open"


def share(start: datetime, due: datetime, at: datetime) -> int:
    """Per cent of the time that is used up, 0 to 100."""
    whole = (due - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round((at - start).total_seconds() / whole * 100)))
