"""Whose turn it is on a ticket, and what a reader can do there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from portal.kernel.text import Said, listed, say
from portal.organisation.staff import Staff
from portal.tickets.models import Complaint, Ticket
from portal.tickets.states import Kind, State
from portal.tickets.story import Clock, Facts, Part


class Group(StrEnum):
    """Where an act stands on the page: what brings the case onward in view, the rest under headings behind “More”."""

    ONWARD = "onward"
    PEOPLE = "people"
    CUSTOMER = "customer"
    CASE = "case"

    @property
    def label(self) -> Said:
        """The heading."""
        return _GROUPS[self]


_GROUPS = {
    Group.ONWARD: say("Onward"),
    Group.PEOPLE: say("With colleagues"),
    Group.CUSTOMER: say("With the customer"),
    Group.CASE: say("About the case"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does on the page: the words on its button, and the steps of the table that stand behind it.

    `at_once`: the button does it; `apart`: it has a page of its own; the others open a form.
    """

    label: Said
    group: Group
    steps: Set[str] = frozenset()
    at_once: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What can be done: the one next step, if it is the reader's to do, and everything else the reader may do."""

    main: str | None
    others: tuple[str, ...]
    waits_for: str

    def grouped(self, shown: str | None) -> dict[Group, list[str]]:
        """The others by their place, without the one whose form is open."""
        found: dict[Group, list[str]] = {}
        for one in self.others:
            if one != shown:
                found.setdefault(ACTS[one].group, []).append(one)
        return {group: found[group] for group in Group if group in found}


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of another department with its limit, and what the reader may do about it."""

    part: Part
    clock: Clock | None
    acts: tuple[str, ...]


def part_lines(facts: Facts, clocks: Iterable[Clock], steps: Mapping[int, Set[str]]) -> list[PartLine]:
    """The parts in the order in which they were asked, each with its rounds. `steps`: part → what its table allows.

    What brings the one part onward that it can be about stands as the next step already.
    """
    limits = {one.part_id: one for one in clocks}
    acts = {part: [name for name, act in ACTS.items() if act.steps & allowed] for part, allowed in steps.items()}
    often = Counter(name for names in acts.values() for name in names)
    beside = {name for name, times in often.items() if times > 1 or ACTS[name].group is not Group.ONWARD}
    return [
        PartLine(one, limits.get(one.id), tuple(name for name in acts[one.id] if name in beside))
        for one in sorted(facts.parts.values(), key=lambda one: (one.nth, one.round))
    ]


def turn(
    ticket: Ticket, verbs: Iterable[str], reader: Staff, facts: Facts, *, complaint: Complaint | None = None,
    decides: bool = False, signs: bool = False, inside: bool = True,
) -> Turn:  # fmt: skip
    """Whose turn it is. `verbs`: what the tables of steps allow the reader to do now; `decides`: what was reported
    upward waits for the reader; `signs`: a department for which the reader may sign has not signed; `inside`: the
    reader sees what is between colleagues alone."""
    acts = [name for name, act in ACTS.items() if act.steps & set(verbs)]
    if any(one.asked_id == reader.id for one in facts.open_questions.values()):
        acts.insert(0, "answer")
    if decides:
        acts.insert(0, "decide")
    if signs and complaint is not None and complaint.concluded_at is not None and ticket.ended_at is None:
        acts.insert(0, "sign")
    holds = {
        "complaint-form": ticket.kind == Kind.COMPLAINT,
        "conclude": complaint is not None,
        "learn": complaint is not None and complaint.learned_at is None,
        "escalate": facts.reported_to is None or decides,
        "serious": ticket.serious_at is None,
        "report": ticket.serious_at is not None and ticket.reported_at is None,
        "send": ticket.needs_visit_at is None,
        "arrive": ticket.needs_visit_at is not None and ticket.arrived_at is None,
        "promise": ticket.promised_on is None,
        "call-back": ticket.called_back_at is None,
        "take": ticket.assignee_id != reader.id,
        "give-up": ticket.level > 0,
    }
    acts = [one for one in acts if holds.get(one, True)]
    mine = reader.id in (ticket.assignee_id, ticket.accountable_id, ticket.deputy_id)
    heard = reader.id in (ticket.accountable_id, ticket.deputy_id)
    first = {
        "accept": ticket.offered_at is not None,
        "decide": True,
        "complaint-form": complaint is None and heard and ticket.state is not State.NEW,
        "answer": True,
        "part-finish": True,
        "part-take": any(one.waits_for(reader.id) for one in facts.open_parts),
        "triage": True,
        "take": ticket.assignee_id is None,
        "arrive": reader.id == ticket.assignee_id,
        "resume": ticket.state is State.AWAITING_CUSTOMER and reader.id == ticket.assignee_id,
        "resolve": reader.id == ticket.assignee_id and not facts.open_parts,
        "sign": ticket.resolved_at is not None,  # with another solution it would be signed again
        "conclude": mine and ticket.resolved_at is not None and complaint is not None and not complaint.concluded_at,
        "tell": mine,
        "customer-answer": mine or reader.id == ticket.requester_id,
        "call-back": heard and ticket.state is State.CONFIRMED,
        "close": (mine or ticket.accountable_id is None) and not _unsigned(complaint, facts),
    }
    main = next((act for act in first if act in acts and first[act]), None)
    return Turn(main, tuple(act for act in acts if act != main), _waits_for(ticket, facts, complaint, inside=inside))


def _unsigned(complaint: Complaint | None, facts: Facts) -> list[str]:
    """The departments whose signature under a concluded complaint is missing."""
    if complaint is None or complaint.concluded_at is None:
        return []
    return [name for one, name in facts.concerned.items() if one not in facts.signed]


def _waits_for(ticket: Ticket, facts: Facts, complaint: Complaint | None, *, inside: bool) -> str:
    """Who has to do something next, by name where one is known."""
    if inside and facts.reported_to is not None:
        return facts.reported_to.name
    if (
        inside and facts.open_questions and ticket.state is State.AWAITING_ANSWER
    ):  # work may go on, and end, without the answer
        return listed(dict.fromkeys(one.name for one in facts.open_questions.values()))
    if inside and facts.open_parts and ticket.state in (State.IN_PROGRESS, State.REOPENED):
        return listed(dict.fromkeys(one.person or one.department for one in facts.open_parts))
    if inside and ticket.state is State.CONFIRMED and (unsigned := _unsigned(complaint, facts)):
        return listed(unsigned)
    return {
        State.IN_PROGRESS: ticket.assignee_name,
        State.REOPENED: ticket.assignee_name,
        State.RESOLVED: ticket.deputy_name or ticket.accountable_name,
        State.AWAITING_CUSTOMER: ticket.caller_name,
        State.AWAITING_CONFIRMATION: ticket.caller_name,
        State.CONFIRMED: ticket.deputy_name or ticket.accountable_name,
    }.get(ticket.state, "")


ACTS: dict[str, Act] = {
    "decide": Act(say("Decide"), Group.ONWARD),
    "answer": Act(say("Answer the question"), Group.ONWARD),
    "sign": Act(say("Sign"), Group.ONWARD),
    "accept": Act(say("Accept"), Group.ONWARD, {"accept", "take over"}, at_once=True),
    "refuse": Act(say("Do not accept"), Group.ONWARD, {"refuse", "leave"}),
    "triage": Act(say("Sort"), Group.ONWARD, {"triage"}),
    "take": Act(say("Take it up"), Group.ONWARD, {"take"}, at_once=True),
    "offer": Act(say("Hand over"), Group.ONWARD, {"offer", "offer again", "hand on"}),
    "resume": Act(say("Go on"), Group.ONWARD, {"resume"}, at_once=True),
    "resolve": Act(say("Solved"), Group.ONWARD, {"resolve"}),
    "part-finish": Act(say("The part is done"), Group.ONWARD, {"finish part"}),
    "part-take": Act(say("Take the part"), Group.ONWARD, {"take part"}),
    "part-refuse": Act(say("Refuse the part"), Group.ONWARD, {"refuse part"}),
    "part-give-back": Act(say("Give the part back"), Group.PEOPLE, {"give back"}),
    "part": Act(say("Ask another department"), Group.PEOPLE, {"ask part"}),
    "part-send-back": Act(say("Send a part back"), Group.PEOPLE, {"send back"}),
    "part-withdraw": Act(say("Withdraw a part"), Group.PEOPLE, {"withdraw part"}),
    "ask": Act(say("Ask a colleague"), Group.PEOPLE, {"ask inside"}),
    "promise": Act(say("Promise a date"), Group.CUSTOMER, {"promise"}),
    "send": Act(say("Somebody has to come"), Group.CUSTOMER, {"send somebody"}, at_once=True),
    "arrive": Act(say("Arrived"), Group.ONWARD, {"arrive"}, at_once=True),
    "wait": Act(say("Wait for the customer"), Group.CUSTOMER, {"wait"}),
    "tell": Act(say("Tell the customer"), Group.ONWARD, {"tell"}),
    "customer-answer": Act(say("Write down the answer"), Group.ONWARD, {"confirm"}),
    "not-reached": Act(say("Not reached this time"), Group.ONWARD, {"try again"}, at_once=True),
    "call-back": Act(say("Record the call back"), Group.ONWARD, {"call back"}),
    "close": Act(say("Close"), Group.ONWARD, {"close"}, at_once=True),
    "reopen": Act(say("Reopen"), Group.ONWARD, {"reopen"}),
    "complaint-form": Act(say("Complaint form"), Group.ONWARD, {"complaint form"}),
    "conclude": Act(say("Conclude"), Group.ONWARD, {"conclude"}),
    "learn": Act(say("Cause and lesson"), Group.ONWARD, {"learn"}),
    "escalate": Act(say("Report to the next level"), Group.PEOPLE, {"escalate"}),
    "give-up": Act(say("Close as not satisfiable"), Group.CASE, {"give up"}),
    "rank": Act(say("Change the rank"), Group.CASE, {"rank"}),
    "steps": Act(say("Add steps"), Group.CASE, {"list steps"}),
    "serious": Act(say("Mark as serious"), Group.CASE, {"flag serious"}),
    "report": Act(say("Report upward"), Group.CASE, {"report serious"}, at_once=True),
    "deputy": Act(say("Name a deputy"), Group.PEOPLE, {"name deputy"}),
    "conduct": Act(say("Note conduct"), Group.CASE, {"note breach"}),
    "complain": Act(say("Complain inside"), Group.PEOPLE, {"complain inside"}),
    "link": Act(say("Link with another ticket"), Group.CASE, {"link"}, apart=True),
    "merge": Act(say("Merge into another ticket"), Group.CASE, {"merge"}, apart=True),
    "apart": Act(say("Take apart again"), Group.ONWARD, {"take apart"}),
    "split": Act(say("Split off a second matter"), Group.CASE, {"split"}, apart=True),
    "void": Act(say("Void"), Group.CASE, {"void"}),
}
"""What a person does on the page, in its order. Those without steps depend on what was asked of the reader."""
