"""The life of a ticket, as a table, and the words that the code itself acts on."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class State(StrEnum):
    """Where a ticket stands (TKT-059). ASSIGNED: offered to somebody, and nobody's until it is accepted. MERGED: it
    goes on in another ticket until it is taken apart again."""

    NEW = "new"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in progress"
    AWAITING_ANSWER = "awaiting internal answer"
    AWAITING_CUSTOMER = "awaiting customer"
    RESOLVED = "resolved"
    AWAITING_CONFIRMATION = "awaiting confirmation"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    VOIDED = "voided"

    __hash__ = str.__hash__  # Enum's own is written in Python, and a list asks for it a hundred times

    @property
    def label(self) -> Said:
        """The state of affairs, as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """Which of the page's marks stands beside the words."""
        return _TONES.get(self, "open")


S = State
ENDED = frozenset({S.CLOSED, S.MERGED, S.VOIDED})
OPEN = frozenset(State) - ENDED
UNTAKEN = frozenset({S.NEW, S.TRIAGED, S.ASSIGNED, S.REOPENED})
"""Nobody works on it at this moment."""
AT_WORK = frozenset({S.IN_PROGRESS, S.AWAITING_ANSWER, S.AWAITING_CUSTOMER})
SOLVED = frozenset({S.RESOLVED, S.AWAITING_CONFIRMATION, S.CONFIRMED})


class Priority(IntEnum):
    """Rank in the queue, urgent first (TKT-020)."""

    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4

    @property
    def code(self) -> str:
        """How it stands in addresses and manuals."""
        return self.name.lower()

    @property
    def label(self) -> Said:
        """As people say it."""
        return _PRIORITIES[self]


class Impact(StrEnum):
    """How many are hit."""

    ONE = "one"
    SEVERAL = "several"
    MANY = "many"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _IMPACTS[self]


class Urgency(StrEnum):
    """How soon it hurts."""

    CAN_WAIT = "can wait"
    TODAY = "today"
    NOW = "now"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _URGENCIES[self]


class Kind(StrEnum):
    """The kinds that a rule of this portal treats differently (TKT-001); staff may add further ones to the list."""

    CONSULTATION = "consultation"
    COMPLAINT = "complaint"
    REPAIR = "repair"
    SUGGESTION = "suggestion"
    DISPUTE = "dispute"
    INSTALLATION = "installation"
    ORDER = "order"
    INCIDENT = "incident"


class Channel(StrEnum):
    """How it reached the company (TKT-002)."""

    TELEPHONE = "telephone"
    MAIL = "mail"
    CHAT = "chat"
    LETTER = "letter"
    VISIT = "visit"
    ON_SITE = "on-site"
    WEB = "web"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _CHANNELS[self]


class EntryKind(StrEnum):
    """What a letter of the story is. All but what the customer said and what we replied stays inside the house."""

    INCOMING = "incoming"
    REPLY = "reply"
    NOTE = "note"
    RECORD = "record"
    QUESTION = "question"
    ANSWER = "answer"
    PART = "part"
    PART_REPLY = "part reply"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _ENTRIES[self]

    @property
    def is_inside(self) -> bool:
        """Whether it is for colleagues alone."""
        return self not in (EntryKind.INCOMING, EntryKind.REPLY)


class OfferState(StrEnum):
    """What became of an offer: silence is not acceptance."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PartState(StrEnum):
    """Where a department's part stands. SENT_BACK: not enough, and asked for again in a new round."""

    ASKED = "asked"
    TAKEN = "taken"
    DONE = "done"
    SENT_BACK = "sent back"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Said:
        """The state of affairs, as people say it."""
        return _PARTS[self][0]

    @property
    def tone(self) -> str:
        """Which of the page's marks stands beside the words."""
        return _PARTS[self][1]


OPEN_PARTS = frozenset({PartState.ASKED, PartState.TAKEN})
"""The lead department waits for them: nothing is solved before they are done or taken back."""
SEEN_PARTS = OPEN_PARTS | {PartState.DONE}
"""They show the ticket to everybody of the department who works on tickets."""


class Satisfaction(StrEnum):
    """What the customer says when told and asked (TKT-055)."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not satisfied"
    UNREACHABLE = "unreachable"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _ANSWERS[self]


class Level(IntEnum):
    """How far up a ticket whose customer stays dissatisfied has gone (I-21)."""

    DESK = 0
    NEXT_LEVEL = 1
    COMMITTEE = 2


class BreachKind(StrEnum):
    """What a first receiver must not do (TKT-010 … TKT-014), and the limits that can pass."""

    PASSED_THE_BUCK = "passed the buck"
    QUARREL = "quarrel"
    LATE_RESPONSE = "late first response"
    LATE_ANSWER = "late answer"
    LATE_SOLUTION = "late solution"
    LATE_UPDATE = "late update"
    LATE_ARRIVAL = "late arrival on the spot"
    LATE_CHAT_ANSWER = "late chat answer"
    LATE_DEPARTMENT = "late department"
    LATE_PART = "late part"
    LATE_NOTICE = "late notice"
    PROMISE_BROKEN = "promised date missed"
    COMPLAINT_UPHELD = "complaint upheld"
    COLD_SHOULDER = "cold shoulder"
    SERIOUS_UNREPORTED = "serious problem not reported"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _BREACHES[self]

    @property
    def seen_by_people(self) -> bool:
        """Whether a colleague saw it happen; the others are told by the clock."""
        return self in (BreachKind.PASSED_THE_BUCK, BreachKind.QUARREL, BreachKind.COLD_SHOULDER)


class ClockKind(StrEnum):
    """What runs against a limit, in the order of the page."""

    RESPONSE = "first response"
    CHAT = "chat answer"
    ARRIVAL = "arrival"
    UPDATE = "update"
    ANSWER = "definite answer"
    NOTICE = "notice of the day"
    PROMISED = "promised date"
    SOLUTION = "solution"
    DEPARTMENT = "department"
    PART = "part"
    TRACKING = "tracking note"
    REPORT = "report upward"

    @property
    def label(self) -> Said:
        """What is to be done in time."""
        return _CLOCKS[self][0]

    @property
    def breach(self) -> BreachKind | None:
        """What its passing is; None where somebody is only reminded."""
        return _CLOCKS[self][1]

    @property
    def stands_still(self) -> bool:
        """Whether it waits while we wait for the customer: what was asked of us alone runs on."""
        return self in (ClockKind.UPDATE, ClockKind.SOLUTION, ClockKind.DEPARTMENT)

    @property
    def inside(self) -> bool:
        """Whether only colleagues who work on it see it."""
        return self in (
            ClockKind.DEPARTMENT, ClockKind.PART, ClockKind.REPORT, ClockKind.TRACKING, ClockKind.NOTICE
        )  # fmt: skip

    @property
    def of_department(self) -> bool:
        """Whether its passing is held against a department, and against nobody in it (TKT-030)."""
        return self in (ClockKind.DEPARTMENT, ClockKind.PART)


class Ground(StrEnum):
    """What can make a complaint big, and severe (I-40): the scale that manuals edit."""

    DANGER = "danger"
    DAMAGE = "damage"
    AUTHORITY = "authority"
    DEPARTMENTS = "departments"
    AGAIN = "again"
    AMOUNT = "amount"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _GROUNDS[self]

    @property
    def found(self) -> bool:
        """Whether the portal sees it itself; the others are ticked by whoever takes the complaint."""
        return self in (Ground.DEPARTMENTS, Ground.AGAIN, Ground.AMOUNT)


class Size(StrEnum):
    """A small complaint is handled at once, a big one reported to the director (TKT-043)."""

    SMALL = "small"
    BIG = "big"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _SIZES[self]


class Severity(StrEnum):
    """How grave a complaint is: it chooses the flow (TKT-045, TKT-046)."""

    ORDINARY = "ordinary"
    SEVERE = "severe"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _SEVERITIES[self]


class Tie(StrEnum):
    """What a ticket is to another one that it belongs with. Each has its counterpart on the other's side."""

    SAME = "same matter"
    PART_OF = "belongs to"
    HAS_PART = "has part"
    CAUSES = "causes"
    CAUSED_BY = "caused by"
    SPLIT_FROM = "split from"
    SPLIT_INTO = "split into"
    MERGED_INTO = "merged into"
    TOOK_IN = "took in"

    @property
    def label(self) -> Said:
        """As people say it, before the other ticket."""
        return _TIES[self]

    @property
    def back(self) -> Tie:
        """What the other ticket is to this one."""
        return _BACK.get(self) or next((one for one, other in _BACK.items() if other is self), self)

    @property
    def by_hand(self) -> bool:
        """Whether somebody says so, and takes it back; the others are told by what was done."""
        return self in (Tie.SAME, Tie.PART_OF, Tie.HAS_PART, Tie.CAUSES, Tie.CAUSED_BY)


class ImportState(StrEnum):
    """Where a table of another desk's tickets stands. Nothing of it is a ticket before IMPORTED."""

    CHOOSING = "choosing columns"
    CHECKING = "being checked"
    CHECKED = "checked"
    IMPORTING = "being imported"
    IMPORTED = "imported"
    FAILED = "cannot be read"
    DROPPED = "dropped"

    @property
    def label(self) -> Said:
        """The state of affairs, as people say it."""
        return _IMPORTS[self]

    @property
    def at_work(self) -> bool:
        """Whether the portal is working on it, and nobody has to do anything."""
        return self in (ImportState.CHECKING, ImportState.IMPORTING)


class BulkAct(StrEnum):
    """What can be done to several tickets at once."""

    FOLLOW = "follow"
    TAKE = "take"
    OFFER = "offer"
    RANK = "rank"
    NOTE = "note"
    CLOSE = "close"

    @property
    def label(self) -> Said:
        """The word on its button."""
        return _BULK[self]


class BulkResult(StrEnum):
    """What became of one of several tickets. What was not reached was left as it is."""

    NOT_REACHED = "not reached"
    DONE = "done"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What a line of such a table comes to: KNOWN and CHANGED are in the portal already."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"
    LEFT_OUT = "left out"
    PROBLEM = "problem"


WORK, ASSIGN, OVERRIDE = P.TICKETS_WORK, P.TICKETS_ASSIGN, P.TICKETS_OVERRIDE
HEARD = ("accountable_id", "deputy_id")
WORKS = ("accountable_id", "deputy_id", "assignee_id")
CALLER = (*WORKS, "requester_id")
ASKED_TO = ("offered_to_id",)
ANYBODY_IN = ("open_to_id",)
"""The department of which anybody may accept."""
OURS = ("department_id", "desk_id")
"""The department that owns it now, and the desk that heard of it first and follows it through (TKT-017)."""

TICKET = Lifecycle(
    step("triage", before={S.NEW}, after=S.TRIAGED, by=WORK),
    step("rank", before=OPEN - {S.NEW}, after=None, by=WORK, own=WORKS),
    step("take", before={S.TRIAGED, S.REOPENED}, after=S.IN_PROGRESS, by=WORK),
    step("offer", before={S.TRIAGED}, after=S.ASSIGNED, by=WORK, own=WORKS),
    step("offer again", before={S.ASSIGNED}, after=None, by=ASSIGN, own=(*HEARD, "offered_by_id")),
    step("hand on", before=AT_WORK | {S.REOPENED}, after=None, by=ASSIGN, own=WORKS),
    step("accept", before={S.ASSIGNED}, after=S.IN_PROGRESS, by=WORK, own=ASKED_TO, where=ANYBODY_IN),
    step("take over", before=AT_WORK | {S.REOPENED}, after=None, by=WORK, own=ASKED_TO, where=ANYBODY_IN),
    step("refuse", before={S.ASSIGNED}, after=S.TRIAGED, by=WORK, own=ASKED_TO, where=ANYBODY_IN),
    step("leave", before=AT_WORK | {S.REOPENED}, after=None, by=WORK, own=ASKED_TO, where=ANYBODY_IN),
    step(
        "ask inside", before={S.IN_PROGRESS, S.AWAITING_ANSWER, S.REOPENED}, after=S.AWAITING_ANSWER, by=WORK, own=WORKS
    ),
    step("ask part", before=OPEN - SOLVED - {S.NEW}, after=None, by=WORK, own=WORKS),
    step("wait", before={S.IN_PROGRESS, S.REOPENED}, after=S.AWAITING_CUSTOMER, by=WORK, own=WORKS),
    step("resume", before=AT_WORK - {S.IN_PROGRESS} | {S.REOPENED}, after=S.IN_PROGRESS, by=WORK, own=WORKS),
    step("reply", before=OPEN, after=None, by=WORK, own=WORKS),
    step("note", before=OPEN | {S.CLOSED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("write down", before=OPEN, after=None, by=WORK, own=CALLER, where=OURS),
    step("resolve", before=AT_WORK | {S.REOPENED}, after=S.RESOLVED, by=WORK, own=WORKS),
    step("tell", before={S.RESOLVED}, after=S.AWAITING_CONFIRMATION, by=WORK, own=WORKS, where=OURS),
    step("try again", before={S.AWAITING_CONFIRMATION}, after=None, by=WORK, own=WORKS, where=OURS),
    step("confirm", before={S.AWAITING_CONFIRMATION}, after=S.CONFIRMED, by=WORK, own=CALLER, where=OURS),
    step("object", before={S.AWAITING_CONFIRMATION}, after=S.REOPENED, by=WORK, own=CALLER, where=OURS),
    step("call back", before=SOLVED, after=None, own=HEARD),
    step("close", before={S.CONFIRMED}, after=S.CLOSED, by=WORK, own=WORKS, where=OURS),
    step("reopen", before={S.CONFIRMED, S.CLOSED}, after=S.REOPENED, by=WORK, own=CALLER, where=OURS),
    step("give up", before=OPEN - {S.NEW, S.TRIAGED, S.CONFIRMED}, after=S.CLOSED, by=OVERRIDE, where=OURS),
    step("void", before=OPEN, after=S.VOIDED, by=P.TICKETS_VOID, where=OURS),
    step("link", before=frozenset(S) - {S.VOIDED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("merge", before=OPEN - SOLVED, after=S.MERGED, by=WORK, own=WORKS, where=OURS),
    step("take in", before=OPEN - SOLVED, after=None, by=WORK, own=WORKS, where=OURS),
    step("take apart", before={S.MERGED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("split", before=OPEN | {S.CLOSED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("list steps", before=OPEN, after=None, by=WORK, own=WORKS, where=OURS),
    step("promise", before=OPEN - SOLVED - {S.NEW}, after=None, by=WORK, own=WORKS, where=OURS),
    step("send somebody", before=OPEN - SOLVED - {S.NEW}, after=None, by=WORK, own=WORKS, where=OURS),
    step("arrive", before=OPEN - SOLVED - {S.NEW}, after=None, by=WORK, own=WORKS, where=OURS),
    step("escalate", before=OPEN - {S.NEW}, after=None, by=WORK, own=WORKS, where=OURS),
    step("complaint form", before=OPEN, after=None, by=WORK, own=WORKS, where=OURS),
    step("conclude", before=AT_WORK | SOLVED | {S.REOPENED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("learn", before={S.CLOSED}, after=None, by=WORK, own=WORKS, where=OURS),
    step("flag serious", before=OPEN, after=None, by=WORK, own=WORKS, where=OURS),
    step("report serious", before=OPEN, after=None, by=WORK, own=WORKS, where=OURS),
    step("name deputy", before=OPEN, after=None, by=OVERRIDE, where=("desk_id",)),
    step("note breach", before=OPEN | {S.CLOSED}, after=None, by=ASSIGN, where=OURS),
    step("complain inside", before=OPEN, after=None, own=HEARD),
)

ASKED = ("asked_by_id", *WORKS)
"""Whoever asked for a part, and whoever works on the ticket or answers for it now: they judge what came of it."""
LEAD = ("lead_id",)

PART = Lifecycle(
    step("take part", before={PartState.ASKED}, after=PartState.TAKEN, by=WORK),
    step("refuse part", before={PartState.ASKED}, after=PartState.REFUSED, by=WORK),
    step("give back", before={PartState.TAKEN}, after=PartState.ASKED, by=ASSIGN, own=("person_id",)),
    step("finish part", before={PartState.TAKEN}, after=PartState.DONE, own=("person_id",)),
    step("send back", before={PartState.DONE}, after=PartState.SENT_BACK, by=ASSIGN, own=ASKED, where=LEAD),
    step("withdraw part", before=OPEN_PARTS, after=PartState.WITHDRAWN, by=ASSIGN, own=ASKED, where=LEAD),
)
"""What becomes of a part: of the department that is asked, and of those who asked it."""

_STATES = {
    S.NEW: say("new"),
    S.TRIAGED: say("sorted, not handed out"),
    S.ASSIGNED: say("offered, not accepted yet"),
    S.IN_PROGRESS: say("in progress"),
    S.AWAITING_ANSWER: say("waits for an answer inside"),
    S.AWAITING_CUSTOMER: say("waits for the customer"),
    S.RESOLVED: say("solved, customer not told yet"),
    S.AWAITING_CONFIRMATION: say("told, waits for the customer’s yes"),
    S.CONFIRMED: say("customer is satisfied"),
    S.REOPENED: say("reopened"),
    S.CLOSED: say("closed"),
    S.MERGED: say("merged, goes on in another ticket"),
    S.VOIDED: say("voided"),
}
_TONES = {
    S.AWAITING_ANSWER: "waiting",
    S.AWAITING_CUSTOMER: "waiting",
    S.AWAITING_CONFIRMATION: "waiting",
    S.ASSIGNED: "waiting",
    S.REOPENED: "soon",
    S.CONFIRMED: "done",
    S.CLOSED: "done",
    S.MERGED: "void",
    S.VOIDED: "void",
}
_ENTRIES = {
    EntryKind.INCOMING: say("from the customer"),
    EntryKind.REPLY: say("reply"),
    EntryKind.NOTE: say("note"),
    EntryKind.RECORD: say("what was done"),
    EntryKind.QUESTION: say("question"),
    EntryKind.ANSWER: say("answer"),
    EntryKind.PART: say("asked for a part"),
    EntryKind.PART_REPLY: say("part"),
}
_PARTS = {
    PartState.ASKED: (say("asked, not taken yet"), "waiting"),
    PartState.TAKEN: (say("under way"), "open"),
    PartState.DONE: (say("done"), "done"),
    PartState.SENT_BACK: (say("sent back"), "soon"),
    PartState.REFUSED: (say("refused"), "void"),
    PartState.WITHDRAWN: (say("withdrawn"), "void"),
}
_PRIORITIES = {
    Priority.URGENT: say("urgent"),
    Priority.HIGH: say("high"),
    Priority.NORMAL: say("normal"),
    Priority.LOW: say("low"),
}
_IMPACTS = {
    Impact.ONE: say("one person"),
    Impact.SEVERAL: say("several people or a whole site"),
    Impact.MANY: say("many people, or danger"),
}
_URGENCIES = {
    Urgency.CAN_WAIT: say("can wait"),
    Urgency.TODAY: say("today"),
    Urgency.NOW: say("now, work stands still"),
}
_CHANNELS = {
    Channel.TELEPHONE: say("telephone"),
    Channel.MAIL: say("e-mail"),
    Channel.CHAT: say("online chat"),
    Channel.LETTER: say("letter"),
    Channel.VISIT: say("visit"),
    Channel.ON_SITE: say("on site"),
    Channel.WEB: say("web"),
}
_ANSWERS = {
    Satisfaction.SATISFIED: say("satisfied"),
    Satisfaction.NOT_SATISFIED: say("not satisfied"),
    Satisfaction.UNREACHABLE: say("could not be reached"),
}
_BREACHES = {
    BreachKind.PASSED_THE_BUCK: say("left undone or passed on without care"),
    BreachKind.QUARREL: say("quarrelled with the customer"),
    BreachKind.LATE_RESPONSE: say("no first response within the limit"),
    BreachKind.LATE_ANSWER: say("no definite answer within the limit"),
    BreachKind.LATE_SOLUTION: say("not solved within the limit"),
    BreachKind.LATE_UPDATE: say("the customer was not kept informed within the limit"),
    BreachKind.LATE_ARRIVAL: say("not on the spot within the limit"),
    BreachKind.LATE_CHAT_ANSWER: say("no answer in the chat within the limit"),
    BreachKind.LATE_DEPARTMENT: say("the department gave neither a solution nor a report within the limit"),
    BreachKind.LATE_PART: say("the department did not do its part within the limit"),
    BreachKind.LATE_NOTICE: say("the customer was not told in time by which day it will be solved"),
    BreachKind.PROMISE_BROKEN: say("not solved by the promised date"),
    BreachKind.COMPLAINT_UPHELD: say("a complaint about them was upheld"),
    BreachKind.COLD_SHOULDER: say("a visitor was left standing"),
    BreachKind.SERIOUS_UNREPORTED: say("a serious problem was not reported in time"),
}
_GROUNDS = {
    Ground.DANGER: say("danger to persons"),
    Ground.DAMAGE: say("damage to property"),
    Ground.AUTHORITY: say("an authority or the press is involved"),
    Ground.DEPARTMENTS: say("more than one department"),
    Ground.AGAIN: say("the same customer complains again"),
    Ground.AMOUNT: say("a large amount"),
}
_SIZES = {Size.SMALL: say("small"), Size.BIG: say("big")}
_SEVERITIES = {Severity.ORDINARY: say("ordinary"), Severity.SEVERE: say("severe")}
_CLOCKS: dict[ClockKind, tuple[Said, BreachKind | None]] = {
    ClockKind.RESPONSE: (say("First response"), BreachKind.LATE_RESPONSE),
    ClockKind.CHAT: (say("Answer in the chat"), BreachKind.LATE_CHAT_ANSWER),
    ClockKind.ARRIVAL: (say("On the spot"), BreachKind.LATE_ARRIVAL),
    ClockKind.UPDATE: (say("Keep the customer informed"), BreachKind.LATE_UPDATE),
    ClockKind.ANSWER: (say("Definite answer"), BreachKind.LATE_ANSWER),
    ClockKind.NOTICE: (say("Tell the customer the day"), BreachKind.LATE_NOTICE),
    ClockKind.PROMISED: (say("Promised date"), BreachKind.PROMISE_BROKEN),
    ClockKind.SOLUTION: (say("Solution"), BreachKind.LATE_SOLUTION),
    ClockKind.DEPARTMENT: (say("Solution or report of the department"), BreachKind.LATE_DEPARTMENT),
    ClockKind.PART: (say("Part of a department"), BreachKind.LATE_PART),
    ClockKind.TRACKING: (say("Tracking note"), None),
    ClockKind.REPORT: (say("Report upward"), BreachKind.SERIOUS_UNREPORTED),
}
_BULK = {
    BulkAct.FOLLOW: say("Follow"),
    BulkAct.TAKE: say("Take it up"),
    BulkAct.OFFER: say("Hand over"),
    BulkAct.RANK: say("Change the rank"),
    BulkAct.NOTE: say("Note for colleagues"),
    BulkAct.CLOSE: say("Close"),
}
_TIES = {
    Tie.SAME: say("same matter as"),
    Tie.PART_OF: say("belongs to"),
    Tie.HAS_PART: say("has as a part"),
    Tie.CAUSES: say("causes"),
    Tie.CAUSED_BY: say("caused by"),
    Tie.SPLIT_FROM: say("split from"),
    Tie.SPLIT_INTO: say("split off"),
    Tie.MERGED_INTO: say("goes on in"),
    Tie.TOOK_IN: say("took in"),
}
_BACK = {
    Tie.PART_OF: Tie.HAS_PART,
    Tie.CAUSES: Tie.CAUSED_BY,
    Tie.SPLIT_FROM: Tie.SPLIT_INTO,
    Tie.MERGED_INTO: Tie.TOOK_IN,
}
_IMPORTS = {
    ImportState.CHOOSING: say("columns to be chosen"),
    ImportState.CHECKING: say("is being checked"),
    ImportState.CHECKED: say("checked, nothing written yet"),
    ImportState.IMPORTING: say("is being imported"),
    ImportState.IMPORTED: say("imported"),
    ImportState.FAILED: say("cannot be read"),
    ImportState.DROPPED: say("dropped"),
}
