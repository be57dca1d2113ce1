"""Facts about tickets. Names of people and departments are those of the day.

`letter` says that the page shows a letter in the fact's place; `mark` is the sign in front of its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from portal.kernel.deadlines import length
from portal.kernel.errors import Clause
from portal.kernel.journal import event
from portal.kernel.text import Said, Until, plain, say
from portal.tickets.states import BreachKind, Channel, ClockKind, Level, Priority, Satisfaction, Severity, Size, Tie


@dataclass(frozen=True, slots=True)
class _OfTicket:
    about: ClassVar[str] = "ticket"
    letter: ClassVar[bool] = False
    mark: ClassVar[str] = ""
    inside: ClassVar[bool] = False
    ticket_id: int

    @property
    def subject_id(self) -> int:
        return self.ticket_id


@event
@dataclass(frozen=True, slots=True)
class TicketOpened(_OfTicket):
    """Somebody wrote down what a person needs; `accountable` heard of it first, empty where nobody has yet."""

    number: str
    kind: str
    channel: str
    accountable: str

    def sentence(self) -> Said:
        by = Channel(self.channel).label
        if self.accountable:
            return say(
                "Opened ({channel}); {name} heard of it first and stays accountable", channel=by, name=self.accountable
            )
        return say("Opened ({channel})", channel=by)


@event
@dataclass(frozen=True, slots=True)
class FilesAttached(_OfTicket):
    """Files came with a letter, or with the first words (`entry_id` None): each name with the hash of its bytes."""

    letter: ClassVar[bool] = True
    entry_id: int | None
    files: list[str]

    def sentence(self) -> Said:
        names = ", ".join(one.rpartition(" sha256:")[0] for one in self.files)
        return say("With it came {names}", names=names)


@event
@dataclass(frozen=True, slots=True)
class TicketHeard(_OfTicket):
    """The first colleague took notice of what somebody asked in writing: from now on accountable (TKT-006)."""

    accountable: str

    def sentence(self) -> Said:
        return say("{name} was the first to deal with it and stays accountable", name=self.accountable)


@event
@dataclass(frozen=True, slots=True)
class TicketTriaged(_OfTicket):
    """A receiver sorted it: kind, routing type, priority (TKT-015)."""

    kind: str
    routing: str
    priority: int

    def sentence(self) -> Said:
        return say("Sorted; priority {priority}", priority=Priority(self.priority).label)


@event
@dataclass(frozen=True, slots=True)
class TicketRanked(_OfTicket):
    """Somebody ranked it anew; the limits follow."""

    before: int
    after: int
    reason: str

    def sentence(self) -> Said:
        return say(
            "Priority {before} → {after}: {reason}",
            before=Priority(self.before).label, after=Priority(self.after).label, reason=self.reason,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class EmergencyStarted(_OfTicket):
    """It is urgent: the emergency procedure starts at once, and it goes to the head of the queue (TKT-020)."""

    mark: ClassVar[str] = "seal"

    def sentence(self) -> Said:
        return say("Urgent: the emergency procedure started, and it goes first")


@event
@dataclass(frozen=True, slots=True)
class TicketOffered(_OfTicket):
    """It was offered to somebody, or to all of a department; nothing moves before it is accepted.

    `answer_by`: from when it counts as unanswered, by the clause in force in that department when it was offered."""

    inside: ClassVar[bool] = True
    to: str
    department: str
    person_id: int | None
    department_id: int
    note: str
    answer_by: datetime | None = None
    because: Clause | None = None

    def sentence(self) -> Said:
        to = _whom(self.to, self.department)
        if self.note:
            return say("Offered to {to}; counts when it is accepted. “{note}”", to=to, note=self.note)
        return say("Offered to {to}; counts when it is accepted", to=to)


@event
@dataclass(frozen=True, slots=True)
class TicketAccepted(_OfTicket):
    """Somebody accepted it and works on it from now on; accountable stays who was."""

    mark: ClassVar[str] = "done"
    assignee_id: int
    name: str
    department: str
    waited_minutes: int

    def sentence(self) -> Said:
        return say("Accepted by {name} ({department})", name=self.name, department=self.department)


@event
@dataclass(frozen=True, slots=True)
class OfferRefused(_OfTicket):
    """Whoever was offered it said no, with a reason."""

    inside: ClassVar[bool] = True
    name: str
    reason: str

    def sentence(self) -> Said:
        return say("Not accepted by {name}: {reason}", name=self.name, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class AskedInside(_OfTicket):
    """The answer is not known: the person in charge was asked at once (TKT-022)."""

    inside: ClassVar[bool] = True
    question_id: int
    asked_id: int
    name: str
    entry_id: int

    def sentence(self) -> Said:
        return say("{name} was asked", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class AnsweredInside(_OfTicket):
    """The person in charge answered; `minutes` after being asked."""

    inside: ClassVar[bool] = True
    question_id: int
    asked_by_id: int | None
    name: str
    minutes: int
    entry_id: int

    def sentence(self) -> Said:
        return say("{name} answered after {time}", name=self.name, time=length(timedelta(minutes=self.minutes)))


@event
@dataclass(frozen=True, slots=True)
class PartAsked(_OfTicket):
    """Another department was asked for a part; the lead department and the accountable person stay (TKT-007)."""

    inside: ClassVar[bool] = True
    part_id: int
    nth: int
    department_id: int
    department: str
    person_id: int | None
    to: str
    due: datetime | None
    because: Clause | None
    entry_id: int

    def sentence(self) -> Said:
        to = _whom(self.to, self.department)
        if self.due is None:
            return say("{to} was asked for a part", to=to)
        return say("{to} was asked for a part, wanted by {when}", to=to, when=Until(self.due))


@event
@dataclass(frozen=True, slots=True)
class PartTaken(_OfTicket):
    """Somebody of the department that was asked took the part: silence is no acceptance."""

    mark: ClassVar[str] = "done"
    inside: ClassVar[bool] = True
    part_id: int
    asked_by_id: int | None
    person_id: int
    name: str
    department: str

    def sentence(self) -> Said:
        return say("{name} took the part of {department}", name=self.name, department=self.department)


@event
@dataclass(frozen=True, slots=True)
class PartRefused(_OfTicket):
    """The department that was asked does not do the part, with a reason."""

    inside: ClassVar[bool] = True
    part_id: int
    asked_by_id: int | None
    name: str
    department: str
    reason: str

    def sentence(self) -> Said:
        return say("{name} refused the part for {department}: {reason}",
                   name=self.name, department=self.department, reason=self.reason)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class PartGivenBack(_OfTicket):
    """Whoever had a part gave it back: their department has to find somebody else."""

    inside: ClassVar[bool] = True
    part_id: int
    asked_by_id: int | None
    department_id: int
    department: str
    reason: str

    def sentence(self) -> Said:
        return say("The part of {department} is nobody’s again: {reason}",
                   department=self.department, reason=self.reason)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class PartDone(_OfTicket):
    """A department did its part: who, in how many minutes of work, with their reply."""

    mark: ClassVar[str] = "done"
    inside: ClassVar[bool] = True
    part_id: int
    asked_by_id: int | None
    person_id: int
    name: str
    department: str
    minutes: int
    entry_id: int

    def sentence(self) -> Said:
        time = length(timedelta(minutes=self.minutes))
        return say("{name} did the part of {department}; time spent: {time}",
                   name=self.name, department=self.department, time=time)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class PartSentBack(_OfTicket):
    """What was done is not enough: the same part is asked for again, in its next round (`again_id`)."""

    mark: ClassVar[str] = "soon"
    inside: ClassVar[bool] = True
    part_id: int
    again_id: int
    round: int
    department_id: int
    department: str
    person_id: int | None
    to: str
    due: datetime | None
    because: Clause | None
    entry_id: int

    def sentence(self) -> Said:
        to = _whom(self.to, self.department)
        if self.due is None:
            return say("Not enough: {to} was asked again, round {n}", to=to, n=self.round)
        return say(
            "Not enough: {to} was asked again, round {n}, wanted by {when}", to=to, n=self.round, when=Until(self.due)
        )


@event
@dataclass(frozen=True, slots=True)
class PartWithdrawn(_OfTicket):
    """The part is not needed any more, with a reason; `person_id` had it."""

    inside: ClassVar[bool] = True
    part_id: int
    department_id: int
    department: str
    person_id: int | None
    reason: str

    def sentence(self) -> Said:
        return say("The part of {department} is withdrawn: {reason}", department=self.department, reason=self.reason)


def _whom(name: str, department: str) -> Said:
    return say("{name} ({department})", name=name, department=department) if name else plain(department)


@event
@dataclass(frozen=True, slots=True)
class ReplySent(_OfTicket):
    """We wrote or said something to whoever asked."""

    letter: ClassVar[bool] = True
    entry_id: int
    channel: str
    definite: bool

    def sentence(self) -> Said:
        by = Channel(self.channel).label
        return (
            say("Definite answer given ({channel})", channel=by)
            if self.definite
            else say("Replied ({channel})", channel=by)
        )


@event
@dataclass(frozen=True, slots=True)
class FirstResponseGiven(_OfTicket):
    """A person answered for the first time; automatic mail is no answer. Stored once."""

    mark: ClassVar[str] = "done"
    respond_by: datetime | None
    because: Clause | None
    entry_id: int = 0

    def sentence(self) -> Said:
        if self.respond_by is None:
            return say("First response")
        return say("First response, due {when}", when=Until(self.respond_by))


@event
@dataclass(frozen=True, slots=True)
class DatePromised(_OfTicket):
    """The customer was told by which day it will be solved (TKT-028, TKT-040)."""

    on: date
    because: Clause | None

    def sentence(self) -> Said:
        return say("Promised to the customer: solved by {day}", day=self.on)


@event
@dataclass(frozen=True, slots=True)
class VisitNeeded(_OfTicket):
    """Somebody has to come to the customer (TKT-032)."""

    def sentence(self) -> Said:
        return say("Somebody has to come")


@event
@dataclass(frozen=True, slots=True)
class Arrived(_OfTicket):
    """Somebody is on the spot (TKT-032)."""

    mark: ClassVar[str] = "done"
    name: str

    def sentence(self) -> Said:
        return say("{name} is on the spot", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class PhrasesUsedAlthoughWarned(_OfTicket):
    """A reply went out with words that the portal had warned of (TKT-023, TKT-024)."""

    inside: ClassVar[bool] = True
    phrases: tuple[str, ...]

    def sentence(self) -> Said:
        return say("Sent although warned of: {phrases}", phrases=", ".join(self.phrases))


@event
@dataclass(frozen=True, slots=True)
class NoteAdded(_OfTicket):
    """Somebody wrote what is for colleagues alone."""

    letter: ClassVar[bool] = True
    inside: ClassVar[bool] = True
    entry_id: int

    def sentence(self) -> Said:
        return say("Inside note")


@event
@dataclass(frozen=True, slots=True)
class CustomerWroteOrCalled(_OfTicket):
    """What the customer said or wrote since was written down (TKT-004)."""

    letter: ClassVar[bool] = True
    entry_id: int
    channel: str

    def sentence(self) -> Said:
        return say("The customer got in touch again ({channel})", channel=Channel(self.channel).label)


@event
@dataclass(frozen=True, slots=True)
class WaitingForCustomer(_OfTicket):
    """Nothing can be done without the customer: the clock stands still, for a reason."""

    reason: str

    def sentence(self) -> Said:
        return say("Waits for the customer, the clock stands still: {reason}", reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class WorkResumed(_OfTicket):
    """It is worked on again."""

    def sentence(self) -> Said:
        return say("Work goes on")


@event
@dataclass(frozen=True, slots=True)
class TicketResolved(_OfTicket):
    """Whoever works on it says that it is solved, and how."""

    letter: ClassVar[bool] = True
    entry_id: int
    round: int
    resolve_by: datetime | None
    because: Clause | None

    def sentence(self) -> Said:
        return say("Solved")


@event
@dataclass(frozen=True, slots=True)
class CustomerTold(_OfTicket):
    """The customer was told the result and asked whether they are satisfied (TKT-055)."""

    round: int
    channel: str

    def sentence(self) -> Said:
        return say("Customer told the result and asked ({channel}), round {round}",
                   channel=Channel(self.channel).label, round=self.round)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class CustomerNotReached(_OfTicket):
    """One more try to reach the customer led to nothing."""

    attempt: int

    def sentence(self) -> Said:
        return say("Tried to reach the customer, for the {n}. time", n=self.attempt)


@event
@dataclass(frozen=True, slots=True)
class SatisfactionAnswered(_OfTicket):
    """What the customer said, or that nobody could be reached."""

    mark: ClassVar[str] = "done"
    round: int
    answer: str

    def sentence(self) -> Said:
        answer = Satisfaction(self.answer)
        if answer is Satisfaction.SATISFIED:
            return say("The customer is satisfied")
        return say("The customer could not be reached; taken as settled")


@event
@dataclass(frozen=True, slots=True)
class CustomerDissatisfied(_OfTicket):
    """The customer is not satisfied; what they still want is written down and it begins anew (TKT-056)."""

    mark: ClassVar[str] = "seal"
    round: int
    wishes: str

    def sentence(self) -> Said:
        return say("Not satisfied: “{wishes}”. Reopened, round {round}", wishes=self.wishes, round=self.round)


@event
@dataclass(frozen=True, slots=True)
class TicketEscalated(_OfTicket):
    """The customer stayed dissatisfied for so many rounds that the next level decides, then the committee (I-21)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    level: int
    to_id: int | None
    to: str
    because: Clause | None

    def sentence(self) -> Said:
        if self.level == Level.COMMITTEE:
            return say("Goes to the {to}: still not satisfied", to=self.to)
        return say("Goes to the next level, {to}: still not satisfied", to=self.to)


@event
@dataclass(frozen=True, slots=True)
class CalledBack(_OfTicket):
    """The accountable person rang back and asked for opinions and suggestions (TKT-008)."""

    mark: ClassVar[str] = "done"
    reached: bool
    opinion: str

    def sentence(self) -> Said:
        if not self.reached:
            return say("Called back, not reached")
        return (
            say("Called back: {opinion}", opinion=self.opinion) if self.opinion else say("Called back; nothing to add")
        )


@event
@dataclass(frozen=True, slots=True)
class TicketClosed(_OfTicket):
    """Settled, and everything that had to be written down is."""

    mark: ClassVar[str] = "done"
    round: int

    def sentence(self) -> Said:
        return say("Closed")


@event
@dataclass(frozen=True, slots=True)
class ClosedAsNotSatisfiable(_OfTicket):
    """The director ended it although the customer is not satisfied, with reasons; it counts as dissatisfied (I-21)."""

    mark: ClassVar[str] = "seal"
    round: int
    reasons: str

    def sentence(self) -> Said:
        return say("Closed as not satisfiable, counts as dissatisfied: {reasons}", reasons=self.reasons)


@event
@dataclass(frozen=True, slots=True)
class TicketReopened(_OfTicket):
    """It was taken up again after the customer had said yes."""

    mark: ClassVar[str] = "seal"
    round: int
    reason: str

    def sentence(self) -> Said:
        return say("Reopened, round {round}: {reason}", round=self.round, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class TicketVoided(_OfTicket):
    """It should never have been a ticket; it leaves every list but the audit's."""

    mark: ClassVar[str] = "seal"
    number: str
    reason: str

    def sentence(self) -> Said:
        return say("{number} voided: {reason}", number=self.number, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class DeputyNamed(_OfTicket):
    """The accountable person is away: somebody stands in; accountable stays who was (I-20)."""

    accountable: str
    deputy_id: int
    deputy: str
    from_on: date
    reason: str

    def sentence(self) -> Said:
        return say(
            "{deputy} stands in for {accountable} from {day}: {reason}",
            deputy=self.deputy, accountable=self.accountable, day=self.from_on, reason=self.reason,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class FlaggedSerious(_OfTicket):
    """Somebody sees that it is serious: the time until it is reported upward is measured (TKT-014)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    words: str

    def sentence(self) -> Said:
        return say("Serious: {words}", words=self.words)


@event
@dataclass(frozen=True, slots=True)
class SeriousReported(_OfTicket):
    """It was reported upward, so many minutes after it was known to be serious."""

    inside: ClassVar[bool] = True
    to_id: int
    to: str
    minutes: int

    def sentence(self) -> Said:
        return say("Reported to {to} after {time}", to=self.to, time=length(timedelta(minutes=self.minutes)))


@event
@dataclass(frozen=True, slots=True)
class LimitMissed(_OfTicket):
    """A limit passed; `moment` is the limit itself, however late it was found (TKT-012, TKT-014)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    kind: str
    moment: datetime
    person_id: int | None
    person: str
    because: Clause | None
    part_id: int = 0

    def sentence(self) -> Said:
        return say("{what}: the limit was {when}; accountable: {name}",
                   what=BreachKind(self.kind).label, when=Until(self.moment), name=self.person or "–")  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class LimitNear(_OfTicket):
    """The last part of a limit's time has begun and nothing has met it: said once for each limit."""

    mark: ClassVar[str] = "soon"
    inside: ClassVar[bool] = True
    kind: str
    due: datetime
    because: Clause | None
    part_id: int = 0

    def sentence(self) -> Said:
        return say("Soon due: {what}, {when}", what=ClockKind(self.kind).label, when=Until(self.due))


@event
@dataclass(frozen=True, slots=True)
class ReminderDue(_OfTicket):
    """Nobody has written how a severe complaint stands for as long as the manual allows (TKT-046)."""

    mark: ClassVar[str] = "soon"
    inside: ClassVar[bool] = True
    kind: str
    due: datetime
    because: Clause | None

    def sentence(self) -> Said:
        return say("Reminder: {what} was due {when}", what=ClockKind(self.kind).label, when=Until(self.due))


@event
@dataclass(frozen=True, slots=True)
class ReportedUp(_OfTicket):
    """An unclear or special case was reported to the next level, at last to the committee (TKT-037, TKT-029)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    escalation_id: int
    step: int
    to_id: int | None
    to: str
    reason: str

    def sentence(self) -> Said:
        return say("Reported to the next level, {to}: {reason}", to=self.to, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class DecidedAbove(_OfTicket):
    """The level to which it was reported decided; of the committee this is the record of its decision (TKT-029)."""

    mark: ClassVar[str] = "done"
    inside: ClassVar[bool] = True
    escalation_id: int
    to: str
    decision: str

    def sentence(self) -> Said:
        return say("{to} decided: {decision}", to=self.to, decision=self.decision)


@event
@dataclass(frozen=True, slots=True)
class ComplaintFormFilled(_OfTicket):
    """The complaint form was filled in, with true cause and wished result (TKT-039, TKT-049); its size follows."""

    inside: ClassVar[bool] = True
    size: str
    severity: str
    grounds: tuple[str, ...]
    because: Clause | None

    def sentence(self) -> Said:
        return say("Complaint form filled in: {size}, {severity}",
                   size=Size(self.size).label, severity=Severity(self.severity).label)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class ComplaintGrew(_OfTicket):
    """A further department is concerned, and by the scale the complaint is graver than it was (I-40)."""

    inside: ClassVar[bool] = True
    mark: ClassVar[str] = "seal"
    size: str
    severity: str
    grounds: tuple[str, ...]
    because: Clause | None

    def sentence(self) -> Said:
        return say("It concerns several departments and is graver than it seemed: {size}, {severity}",
                   size=Size(self.size).label, severity=Severity(self.severity).label)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class DepartmentConcerned(_OfTicket):
    """A complaint concerns a department: it will be asked to sign (TKT-042)."""

    inside: ClassVar[bool] = True
    department_id: int
    department: str

    def sentence(self) -> Said:
        return say("Concerns {department}", department=self.department)


@event
@dataclass(frozen=True, slots=True)
class BigComplaintReported(_OfTicket):
    """A big complaint was reported to the director (TKT-043)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    to_id: int
    to: str
    because: Clause | None

    def sentence(self) -> Said:
        return say("Big complaint, reported to {to}", to=self.to)


@event
@dataclass(frozen=True, slots=True)
class ComplaintConcluded(_OfTicket):
    """Whether the complaint holds, on what evidence (TKT-047)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    upheld: bool
    conclusion: str

    def sentence(self) -> Said:
        if self.upheld:
            return say("Complaint upheld: {conclusion}", conclusion=self.conclusion)
        return say("Complaint not upheld: {conclusion}", conclusion=self.conclusion)


@event
@dataclass(frozen=True, slots=True)
class CountedAgainst(_OfTicket):
    """An upheld complaint names a colleague: it is counted, `nth` of the calendar month (TKT-051)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    person_id: int
    person: str
    nth: int

    def sentence(self) -> Said:
        return say("Counted for {name}: upheld complaint {nth} of the month", name=self.person, nth=self.nth)


@event
@dataclass(frozen=True, slots=True)
class PartSigned(_OfTicket):
    """A department signed the complaint and its solution (TKT-042)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    department_id: int
    department: str
    name: str
    because: Clause | None

    def sentence(self) -> Said:
        return say("Signed for {department} by {name}", department=self.department, name=self.name)


@event
@dataclass(frozen=True, slots=True)
class LessonLearned(_OfTicket):
    """After closing: what caused it, and what is taken from it (TKT-048)."""

    inside: ClassVar[bool] = True
    cause: str
    lesson: str

    def sentence(self) -> Said:
        return say("Cause: {cause} Lesson: {lesson}", cause=self.cause, lesson=self.lesson)


@event
@dataclass(frozen=True, slots=True)
class ProductProblem(_OfTicket):
    """So many complaints about one product that it is a problem of the product (TKT-053)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    product: str
    times: int
    because: Clause | None

    def sentence(self) -> Said:
        return say("{product}: complaint {times}, a problem of the product", product=self.product, times=self.times)


@event
@dataclass(frozen=True, slots=True)
class ConductNoted(_OfTicket):
    """A colleague in charge noted conduct that the rules forbid to a first receiver (TKT-010, TKT-011, TKT-013)."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    kind: str
    person_id: int | None
    person: str
    words: str

    def sentence(self) -> Said:
        return say("{name}: {what}. {words}", name=self.person, what=BreachKind(self.kind).label, words=self.words)


@event
@dataclass(frozen=True, slots=True)
class SomebodyFollows(_OfTicket):
    """Somebody keeps it on their list."""

    inside: ClassVar[bool] = True
    follows: bool

    def sentence(self) -> Said:
        return say("Follows it") if self.follows else say("No longer follows it")


@event
@dataclass(frozen=True, slots=True)
class Mentioned(_OfTicket):
    """A note names a colleague who sees it: told on the bell. The story shows the note itself."""

    letter: ClassVar[bool] = True
    inside: ClassVar[bool] = True
    entry_id: int
    person_id: int
    name: str

    def sentence(self) -> Said:
        return say("{name} is named in a note", name=self.name)


@dataclass(frozen=True, slots=True)
class _OfTwo(_OfTicket):
    """A fact that two tickets share, each in its own words. It never says which the other one is: whoever reads it may
    not be allowed to see that one."""

    other_id: int


@event
@dataclass(frozen=True, slots=True)
class TicketsLinked(_OfTwo):
    """Somebody said that it belongs with another ticket, and why."""

    inside: ClassVar[bool] = True
    tie: str
    reason: str

    def sentence(self) -> Said:
        return say("Linked, {tie} another ticket: {reason}", tie=Tie(self.tie).label, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class LinkTakenOff(_OfTwo):
    """It does not belong with the other ticket after all."""

    inside: ClassVar[bool] = True
    tie: str
    reason: str

    def sentence(self) -> Said:
        return say("No longer {tie} another ticket: {reason}", tie=Tie(self.tie).label, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class TicketMerged(_OfTwo):
    """It goes on in another ticket; its clocks stand until it is taken apart again."""

    mark: ClassVar[str] = "seal"
    before: str
    reason: str

    def sentence(self) -> Said:
        """Without the reason: whoever asked reads this, too."""
        return say("Merged: it goes on in another ticket")


@event
@dataclass(frozen=True, slots=True)
class TicketTookIn(_OfTwo):
    """Another ticket goes on in this one; `followers` follow this one from now on."""

    mark: ClassVar[str] = "seal"
    inside: ClassVar[bool] = True
    reason: str
    followers: list[int]

    def sentence(self) -> Said:
        if self.reason:
            return say("Another ticket was merged into this one: {reason}", reason=self.reason)
        return say("Another ticket was merged into this one")


@event
@dataclass(frozen=True, slots=True)
class TakenApart(_OfTwo):
    """It goes on by itself again, as it stood before; its clocks stood still for `minutes`."""

    mark: ClassVar[str] = "seal"
    minutes: int
    reason: str

    def sentence(self) -> Said:
        """Without the reason: whoever asked reads this, too."""
        time = length(timedelta(minutes=self.minutes))
        return say("Taken apart, goes on by itself; its clocks stood still for {time}", time=time)


@event
@dataclass(frozen=True, slots=True)
class TicketLeft(_OfTwo):
    """A ticket that was merged into this one goes on by itself again."""

    inside: ClassVar[bool] = True
    reason: str

    def sentence(self) -> Said:
        return say("A ticket that was merged into this one goes on by itself again: {reason}", reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class TicketSplit(_OfTwo):
    """A second matter became a ticket of its own, which refers to some of its `letters`."""

    inside: ClassVar[bool] = True
    letters: list[int]

    def sentence(self) -> Said:
        return say("A second matter became a ticket of its own")


@event
@dataclass(frozen=True, slots=True)
class TicketSplitOff(_OfTwo):
    """It was the second matter of another ticket, and refers to some of that one's `letters`."""

    inside: ClassVar[bool] = True
    letters: list[int]

    def sentence(self) -> Said:
        return say("Split off from another ticket as a matter of its own")


@event
@dataclass(frozen=True, slots=True)
class TicketImported(_OfTicket):
    """It came from another desk, where it had another number; `receiver` heard of it first there, `worker` had it, as
    far as that desk says and nobody here is known by the name."""

    source: str
    number_there: str
    receiver: str
    worker: str

    def sentence(self) -> Said:
        came = say("Imported from {source}, where it was {number}", source=self.source, number=self.number_there)
        if self.receiver:
            came = say("{came}; {name} heard of it first there", came=came, name=self.receiver)
        return say("{came}; {name} worked on it there", came=came, name=self.worker) if self.worker else came


@event
@dataclass(frozen=True, slots=True)
class TicketsImported:
    """A whole table of another desk became tickets, in one act."""

    about: ClassVar[str] = "ticket import"
    import_id: int
    source: str
    file_name: str
    file_sha256: str
    tickets: int
    customers: int

    @property
    def subject_id(self) -> int:
        return self.import_id

    def sentence(self) -> Said:
        return say(
            "{n} tickets imported from {source} ({file})", n=self.tickets, source=self.source, file=self.file_name
        )


@event
@dataclass(frozen=True, slots=True)
class TemplateUsed(_OfTicket):
    """It is dealt with by the standard procedure for its problem (TKT-054); `reply` is what the procedure answers."""

    inside: ClassVar[bool] = True
    template_id: int
    name: str
    reply: str

    def sentence(self) -> Said:
        return say("Dealt with by the template “{name}”", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class StepsAdded(_OfTicket):
    """Steps stand on its checklist: id, words, and whether it is not solved without it."""

    inside: ClassVar[bool] = True
    steps: tuple[tuple[int, str, bool], ...]

    def sentence(self) -> Said:
        return say("To be done: {steps}", steps=" · ".join(words for _id, words, _must in self.steps))


@event
@dataclass(frozen=True, slots=True)
class StepTicked(_OfTicket):
    """Somebody has done a step of the checklist."""

    inside: ClassVar[bool] = True
    mark: ClassVar[str] = "done"
    step_id: int
    words: str

    def sentence(self) -> Said:
        return say("Step done: {words}", words=self.words)


@event
@dataclass(frozen=True, slots=True)
class StepUnticked(_OfTicket):
    """A step that was ticked is to be done after all."""

    inside: ClassVar[bool] = True
    step_id: int
    words: str

    def sentence(self) -> Said:
        return say("Step open again: {words}", words=self.words)


@event
@dataclass(frozen=True, slots=True)
class StepStruck(_OfTicket):
    """A step of the checklist is not needed here, with the reason."""

    inside: ClassVar[bool] = True
    step_id: int
    words: str
    reason: str

    def sentence(self) -> Said:
        return say("Step not needed: {words} ({reason})", words=self.words, reason=self.reason)


@event
@dataclass(frozen=True, slots=True)
class StepRestored(_OfTicket):
    """A step that was struck out is needed after all."""

    inside: ClassVar[bool] = True
    step_id: int
    words: str

    def sentence(self) -> Said:
        return say("Step needed after all: {words}", words=self.words)


@dataclass(frozen=True, slots=True)
class _OfView:
    about: ClassVar[str] = "saved view"
    view_id: int
    name: str
    department: str

    @property
    def subject_id(self) -> int:
        return self.view_id


@event
@dataclass(frozen=True, slots=True)
class ViewKept(_OfView):
    """A department keeps an address of the queue under a name, for its people."""

    def sentence(self) -> Said:
        return say("{department} keeps the view “{name}”", department=self.department, name=self.name)


@event
@dataclass(frozen=True, slots=True)
class ViewRenamed(_OfView):
    """A view of a department is called differently."""

    before: str

    def sentence(self) -> Said:
        return say("The view “{before}” of {department} is called “{name}” now",
                   before=self.before, department=self.department, name=self.name)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class ViewRemoved(_OfView):
    """A department keeps a view no longer."""

    def sentence(self) -> Said:
        return say("{department} keeps the view “{name}” no longer", department=self.department, name=self.name)


@dataclass(frozen=True, slots=True)
class _OfComplaint:
    about: ClassVar[str] = "internal complaint"
    complaint_id: int

    @property
    def subject_id(self) -> int:
        return self.complaint_id


@event
@dataclass(frozen=True, slots=True)
class ComplainedInside(_OfComplaint):
    """The accountable person complained to the manager in charge (TKT-009); the ticket's own story does not tell it."""

    manager_id: int

    def sentence(self) -> Said:
        return say("Internal complaint made")


@event
@dataclass(frozen=True, slots=True)
class ComplaintAnswered(_OfComplaint):
    """The manager in charge said what follows from it."""

    def sentence(self) -> Said:
        return say("Internal complaint answered")
