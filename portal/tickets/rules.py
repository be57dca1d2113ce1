"""What the manuals decide about tickets, and pure rules about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from portal.kernel.calendar import OfficeCalendar
from portal.kernel.deadlines import Allowance, Due, Pause, due, time_run
from portal.kernel.errors import Clause, Refused
from portal.kernel.text import Said, say
from portal.policies.rulebook import Fen, Rule, Table, rule, ruleset
from portal.tickets.states import Channel, ClockKind, Ground, Impact, Level, Priority, Severity, Size, Urgency

LONGEST_AGAIN = 366
"""Days over which an earlier complaint of the same customer can count at most."""


@ruleset(say("Tickets: limits and rounds"))
class TicketRules:
    """Limits and rounds of a ticket (V-02, V-03, I-07, I-21); asked for by `in_force(TicketRules, on=…, for_=…)`.

    `on` is the day of the fact (receipt, offer, answer), `for_` the department that owns the ticket. Without a ruling
    no clock runs: nobody can miss a limit that no manual sets.
    """

    first_response: Rule[Table[Allowance]] = rule(
        "tickets.first_response",
        say("First response to whoever asks"),
        affects=say("The limit of the first answer on a ticket, its place in the queue, and when it counts as missed."),
        by={"kind": str, "priority": Priority, "channel": Channel},
        default=Table(("kind", "priority", "channel")),
    )
    solve_within: Rule[Table[Allowance]] = rule(
        "tickets.solve_within",
        say("Solved within"),
        affects=say("The limit for solving a ticket, and when it counts as missed."),
        by={"kind": str, "priority": Priority, "channel": Channel},
        default=Table(("kind", "priority", "channel")),
    )
    update_every: Rule[Table[Allowance]] = rule(
        "tickets.update_every",
        say("The customer hears from us again within"),
        affects=say("The limit for the next word to the customer while a ticket is open."),
        by={"kind": str, "priority": Priority},
        default=Table(("kind", "priority")),
    )
    arrive_within: Rule[Table[Allowance]] = rule(
        "tickets.arrive_within",
        say("On the spot, where somebody has to come, within"),
        affects=say("The limit for being on the spot once a visit is needed."),
        by={"kind": str, "priority": Priority},
        default=Table(("kind", "priority")),
    )
    chat_answer_within: Rule[Allowance | None] = rule(
        "tickets.chat_answer_within",
        say("Each answer in the chat, in staffed hours, within"),
        affects=say("The limit of each answer in a chat while somebody is on duty."),
        default=None,
    )
    department_within: Rule[Table[Allowance]] = rule(
        "tickets.department_within",
        say("A department that took a ticket over gives a solution or a report within"),
        affects=say("The limit of a department that has taken a ticket over."),
        by={"kind": str, "priority": Priority},
        default=Table(("kind", "priority")),
    )
    part_within: Rule[Table[Allowance]] = rule(
        "tickets.part_within",
        say("A department that is asked for a part does it within"),
        affects=say("The limit of each part that a department is asked for."),
        by={"kind": str, "priority": Priority},
        default=Table(("kind", "priority")),
    )
    promise_stands: Rule[bool] = rule(
        "tickets.promise_stands",
        say("A date promised to the customer is a limit"),
        affects=say("Whether a date that was promised to the customer is a limit like the others."),
        default=False,
    )
    complaint_answer: Rule[Allowance | None] = rule(
        "tickets.complaint_answer",
        say("Definite answer to a complaint"),
        affects=say("The limit of the definite answer to a complaint."),
        default=None,
    )
    satisfaction_rounds: Rule[int] = rule(
        "tickets.satisfaction_rounds",
        say("Rounds of asking before the next level decides"),
        affects=say("After how many rounds without a satisfied customer the next level decides about a ticket."),
        unit="rounds",
        default=3,
        at_least=1,
        at_most=9,
    )
    accept_within: Rule[Allowance | None] = rule(
        "tickets.accept_within",
        say("An offer unanswered for this long is shown as unanswered"),
        affects=say("When an offered ticket is shown as unanswered."),
        default=None,
    )
    forbidden_phrases_refuse: Rule[bool] = rule(
        "tickets.forbidden_phrases_refuse",
        say("A reply with a forbidden phrase is refused, not only warned of"),
        affects=say("Whether a reply with a forbidden phrase is refused or only warned of."),
        default=False,
    )
    report_serious_within: Rule[Allowance | None] = rule(
        "tickets.report_serious_within",
        say("A serious problem is reported upward within"),
        affects=say("The limit for the report upward about a serious ticket."),
        default=None,
    )
    call_back_required: Rule[bool] = rule(
        "tickets.call_back_required",
        say("The accountable person calls back before a ticket is closed"),
        affects=say("Whether a ticket can be closed before the accountable person has called back."),
        default=True,
    )
    tries_before_unreachable: Rule[int] = rule(
        "tickets.tries_before_unreachable",
        say("Tries before a customer counts as unreachable"),
        affects=say("After how many tries a customer counts as unreachable."),
        unit="times",
        default=3,
        at_least=1,
        at_most=10,
    )


@ruleset(say("Complaints: form, scale and flow"))
class ComplaintRules:
    """What the manuals decide about complaints (V-02, I-40); asked for by `in_force(ComplaintRules, on=…, for_=…)`.

    `on` is the day of receipt, `for_` the desk that heard of it. Without a ruling a complaint is limited, refused and
    signed like any other ticket; the scale has its defaults.
    """

    form_required: Rule[bool] = rule(
        "complaints.form_required",
        say("A complaint is not closed without its form"),
        affects=say("Whether a complaint can be closed without its form."),
        default=False,
    )
    signed_before_closing: Rule[bool] = rule(
        "complaints.signed_before_closing",
        say("Every department concerned signs before it is closed"),
        affects=say("Whether a complaint can be closed before every department concerned has signed."),
        default=False,
    )
    settle_within: Rule[Table[Allowance]] = rule(
        "complaints.settle_within",
        say("A complaint is settled within"),
        affects=say("The limit for settling a complaint, by its scale."),
        by={"size": Size, "severity": Severity},
        default=Table(("size", "severity")),
    )
    tell_within: Rule[Allowance | None] = rule(
        "complaints.tell_within",
        say("Where several departments are concerned, the customer is told the day of the solution within"),
        affects=say("The limit for telling the customer by which day a complaint of several departments is solved."),
        default=None,
    )
    promise_replaces: Rule[bool] = rule(
        "complaints.promise_replaces",
        say("Where several departments are concerned, a date promised in time takes the place of the limit"),
        affects=say(
            "Which limit counts where several departments are concerned: the usual one, or the date promised in time."
        ),
        default=True,
    )
    big_if: Rule[Table[bool]] = rule(
        "complaints.big_if",
        say("A complaint is big where this holds"),
        affects=say("Which complaints are big ones, and take their way."),
        by={"ground": Ground},
        default=Table(("ground",), (((None,), True),)),
    )
    severe_if: Rule[Table[bool]] = rule(
        "complaints.severe_if",
        say("A complaint is severe where this holds"),
        affects=say("Which complaints are severe, and are tracked and limited as such."),
        by={"ground": Ground},
        default=Table(("ground",), (((Ground.DANGER.value,), True),)),
    )
    again_within: Rule[int] = rule(
        "complaints.again_within",
        say("The same customer complains again within"),
        affects=say(
            "Over how many days an earlier complaint of the same customer counts for the scale of the next one."
        ),
        unit="days",
        default=30,
        at_least=1,
        at_most=LONGEST_AGAIN,
    )
    large_amount: Rule[Fen | None] = rule(
        "complaints.large_amount",
        say("An amount is large above"),
        affects=say("Above which amount a complaint is about a large one."),
        default=None,
    )
    track_every: Rule[Allowance | None] = rule(
        "complaints.track_every",
        say("A severe complaint has a tracking note within"),
        affects=say("The limit for the next tracking note on a severe complaint."),
        default=None,
    )
    product_times: Rule[int | None] = rule(
        "complaints.product_times",
        say("So many complaints about one product are a problem of the product"),
        affects=say("From how many complaints on a product is reported as a problem."),
        unit="times",
        default=None,
        at_least=2,
        at_most=100,
    )
    product_within: Rule[int] = rule(
        "complaints.product_within",
        say("Complaints about one product are counted over"),
        affects=say("Over how many days complaints about one product are counted together."),
        unit="days",
        default=30,
        at_least=1,
        at_most=366,
    )


def grounds_of(
    ticked: Iterable[Ground], *, departments: int, earlier: int, amount: int | None, rules: ComplaintRules
) -> list[Ground]:
    """What holds of the scale: what was ticked, and what the portal sees itself (I-40).

    `departments`: how many it concerns; `earlier`: complaints of the same customer within the days of the rule;
    `amount` in fen, large only above the rule's.
    """
    large = rules.large_amount.value
    seen = {
        Ground.DEPARTMENTS: departments > 1,
        Ground.AGAIN: earlier > 0,
        Ground.AMOUNT: amount is not None and large is not None and amount > large,
    }
    said = {one for one in ticked if not one.found}
    return [one for one in Ground if one in said or seen.get(one)]


def size_of(grounds: Iterable[Ground], rules: ComplaintRules) -> Size:
    """Big if any ground of the scale holds (TKT-043, I-40)."""
    return Size.BIG if any(rules.big_if.at(ground=one).value for one in grounds) else Size.SMALL


def severity_of(grounds: Iterable[Ground], rules: ComplaintRules) -> Severity:
    """Severe if any ground that the manual calls so holds (TKT-045)."""
    return Severity.SEVERE if any(rules.severe_if.at(ground=one).value for one in grounds) else Severity.ORDINARY


_PRIORITY = {
    (Impact.ONE, Urgency.CAN_WAIT): Priority.LOW,
    (Impact.ONE, Urgency.TODAY): Priority.NORMAL,
    (Impact.ONE, Urgency.NOW): Priority.HIGH,
    (Impact.SEVERAL, Urgency.CAN_WAIT): Priority.NORMAL,
    (Impact.SEVERAL, Urgency.TODAY): Priority.HIGH,
    (Impact.SEVERAL, Urgency.NOW): Priority.URGENT,
    (Impact.MANY, Urgency.CAN_WAIT): Priority.HIGH,
    (Impact.MANY, Urgency.TODAY): Priority.URGENT,
    (Impact.MANY, Urgency.NOW): Priority.URGENT,
}


class Warned(Refused):
    """The portal warns and does not refuse: sent again with `phrases` it passes (TKT-024)."""

    def __init__(self, sentence: Said, *, phrases: tuple[str, ...], clause: Clause | None = None) -> None:
        super().__init__(sentence, field="words", clause=clause)
        self.phrases = phrases


def priority_of(impact: Impact, urgency: Urgency) -> Priority:
    """How many are hit, and how soon it hurts, make the rank in the queue (TKT-020)."""
    return _PRIORITY[impact, urgency]


@dataclass(frozen=True, slots=True)
class Limit:
    """A moment and the clause that sets it. `at` is None while the clock stands still, or where nothing is limited."""

    at: datetime | None = None
    because: Clause | None = None
    provisional: bool = False


NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class Sorting:
    """What a limit asks of a ticket. `size` and `severity` are those of a complaint whose form is filled in."""

    kind: str
    priority: Priority
    channel: Channel
    size: Size | None = None
    severity: Severity | None = None


def allowed(
    clock: ClockKind, of: Sorting, tickets: TicketRules, complaints: ComplaintRules | None = None
) -> Rule[Allowance | None]:
    """What the rules give a clock of a ticket that is sorted like this.

    `complaints`: those of the day of receipt, for the solution of a complaint whose form is filled in: its size and
    severity decide, where a manual says so (TKT-039, TKT-043, TKT-045). Raises ValueError for a clock that no manual
    limits in this way.
    """
    by: dict[str, str | Enum] = {"kind": of.kind, "priority": of.priority}
    match clock:
        case ClockKind.RESPONSE:
            return tickets.first_response.at(**by, channel=of.channel)
        case ClockKind.SOLUTION if complaints and of.size and of.severity:
            settle = complaints.settle_within.at(size=of.size, severity=of.severity)
            return settle if settle.value is not None else allowed(clock, of, tickets)
        case ClockKind.SOLUTION:
            return tickets.solve_within.at(**by, channel=of.channel)
        case ClockKind.UPDATE:
            return tickets.update_every.at(**by)
        case ClockKind.ARRIVAL:
            return tickets.arrive_within.at(**by)
        case ClockKind.DEPARTMENT:
            return tickets.department_within.at(**by)
        case ClockKind.ANSWER:
            return tickets.complaint_answer
        case ClockKind.CHAT:
            return tickets.chat_answer_within
        case ClockKind.REPORT:
            return tickets.report_serious_within
    raise ValueError(f"no manual limits a {clock}")


def limit(
    start: datetime, allowed: Rule[Allowance | None], calendar: OfficeCalendar, pauses: Iterable[Pause] = ()
) -> Limit:
    """When what was received at `start` is due, with its clause; no limit where no manual rules.

    A department without working hours in the calendar has no limit either: nobody misses what cannot be reckoned.
    Source: V-03, I-07, I-08.
    """
    if allowed.value is None:
        return NO_LIMIT
    try:
        found: Due = due(start, allowed.value, calendar, pauses)
    except Refused:
        return NO_LIMIT
    return Limit(found.at, allowed.clause, found.provisional)


def working_seconds(
    start: datetime, end: datetime, calendar: OfficeCalendar, pauses: Iterable[Pause] = ()
) -> int | None:
    """How much of the time from `start` until `end` was working time and not paused, in seconds, parts of one cut off.

    None where no working hours are known for the day of `start`: nobody was slow by hours that nobody set.
    """
    if not calendar.has_hours(calendar.day_of(start)):
        return None
    return time_run(start, max(start, end), calendar, pauses) // timedelta(seconds=1)


SOON = 0.25
"""The last part of a limit's time in which it counts as soon, and is warned of."""


def warn_at(start: datetime, due: datetime | None) -> datetime | None:
    """When to say that a limit is near: with the last quarter of its time; not at all while it stands still."""
    return None if due is None else due - max(due - start, timedelta(0)) * SOON


def next_due(limits: Iterable[datetime | None], *, never: datetime) -> datetime:
    """The first of the limits that still run; `never` where none does."""
    return min((one for one in limits if one is not None), default=never)


def may_promise(on: date, today: date) -> bool:
    """Whether a day can be promised: today or later, within a year."""
    return today <= on <= today + timedelta(days=366)


MOST_MINUTES = 60 * 24 * 7
"""The longest time that one part can have taken somebody: behind it there is a slip of the pen."""


def may_take(minutes: int) -> bool:
    """Whether somebody can have worked so many minutes on one part: at least one, at most a week."""
    return 1 <= minutes <= MOST_MINUTES


def may_wish(due: datetime, now: datetime) -> bool:
    """Whether a part can be wished for by that moment: a later one than now, within a year."""
    return now < due <= now + timedelta(days=366)


def share_within(in_time: int, of: int) -> int | None:
    """Per cent of answers that came in time, whole ones, never rounded up to a promise; None where nobody asked."""
    return in_time * 100 // of if of else None


def level_after(dissatisfied: int, rounds: int) -> Level:
    """Who decides after so many rounds without satisfaction (I-21, TKT-056).

    Before `rounds` of them the desk goes on; then it goes to the next level, and after one more to the committee.
    """
    if dissatisfied < rounds:
        return Level.DESK
    return Level.NEXT_LEVEL if dissatisfied == rounds else Level.COMMITTEE


def numbers_meant(typed: str, year: int) -> tuple[str, ...]:
    """The ticket numbers that somebody may mean who types one: whole, without its zeros, or only its last digits.

    `year`: the office year now; digits alone mean this year's or last year's. Empty for what can be no number.
    """
    text = typed.strip().upper().replace("－", "-")
    if whole := re.fullmatch(r"T-?([0-9]{4})-?([0-9]{1,9})", text):
        return (f"T-{whole[1]}-{int(whole[2]):05d}",)
    if re.fullmatch(r"[0-9]{1,9}", text):
        return tuple(f"T-{one}-{int(text):05d}" for one in (year, year - 1))
    return ()


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes from `start` until `end`, for people; never negative."""
    return max(int((end - start) / timedelta(minutes=1)), 0)
