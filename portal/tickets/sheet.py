"""A ticket on paper: what its reader may see of it, in words that do not change with the hour, and its check code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from portal.customers import queries as customers
from portal.kernel import check_codes, files, journal
from portal.kernel.check_codes import CheckCode
from portal.kernel.clock import day_ending_at, exact
from portal.kernel.money import yuan
from portal.kernel.text import CATALOGUES, Said, in_language, language, listed, on_paper, say, text_of
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.policies.queries import Note, ruling_notes
from portal.tickets import queries, story
from portal.tickets.models import Complaint, ComplaintDepartment
from portal.tickets.queries import Whole
from portal.tickets.states import Ground
from portal.tickets.story import Facts, Letter

FORM = "2"
"""Which edition of the printed form this is: its next one says so on the paper."""
LANGUAGES = tuple(CATALOGUES)
"""Their order stands in check codes: a new language is added at the end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline as it is printed: with its clause, and what became of it, but not how much time is left."""

    label: str
    due: str
    kept: str
    clause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """One letter (`kind` in, out or inside) or sentence (event) of the story."""

    kind: str
    at: str
    who: str
    words: str
    html: Markup | str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper. `inside`: with inside notes, for colleagues alone; `may_inside`: whether its reader is
    one of those. `complaint`: the complaint form (TKT-039, TKT-049); `signing`: each department that it concerns, with
    who signed for it and when, or "" where a line waits for the pen (TKT-042)."""

    number: str
    title: str
    inside: bool
    facts: Sequence[tuple[str, str]]
    complaint: Sequence[tuple[str, str]]
    signing: Sequence[tuple[str, str]]
    limits: Sequence[Limit]
    accountable: str
    chain: Sequence[str]
    story: Sequence[Told]
    moments: Sequence[datetime]
    may_inside: bool

    @property
    def href(self) -> str:
        """Where the ticket itself is."""
        return f"/tickets/{self.number}"

    @property
    def variant(self) -> int:
        """Which of a ticket's sheets it is: with or without inside notes, and in which language."""
        return 2 * LANGUAGES.index(language()) + self.inside

    @property
    def content(self) -> dict[str, Any]:
        """Exactly what is printed, for the hash in its check code."""
        return {
            "form": FORM, "title": self.title, "facts": self.facts, "complaint": self.complaint,
            "signing": self.signing, "accountable": self.accountable, "chain": self.chain,
            "limits": [(one.label, one.due, one.kept, one.clause, one.sentence) for one in self.limits],
            "story": [(one.kind, one.at, one.who, one.words, one.files) for one in self.story],
        }  # fmt: skip

    def code(self, at: datetime) -> str:
        """The check code for this sheet, printed at the moment `at`."""
        return check_codes.issue(self.number, self.variant, self.content, at=at)

    def since(self, at: datetime) -> list[Told]:
        """What the story tells of the time from `at` on."""
        return [one for one, when in zip(self.story, self.moments, strict=True) if when >= at]


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper held against the portal: what it should say, and whether that is what was printed."""

    sheet: Sheet
    same: bool
    printed: str
    since: Sequence[Told]
    body: str = "tickets/sheet_body.html"

    @property
    def context(self) -> Mapping[str, Any]:
        """For the template of its body."""
        return {"paper": self.sheet}

    @property
    def moved_on(self) -> tuple[Said, Said]:
        """What is said where it is another now, and what stands below it."""
        return say("The ticket has moved on"), say(
            "The sheet was printed {moment}. Since then something on it has changed; this is what it would say now.",
            moment=self.printed,
        )


def of(reader: Staff, number: str, *, notes: bool, at: datetime) -> Sheet | None:
    """The sheet of a ticket, with inside notes or without. None for a ticket that `reader` may not see, and for inside
    notes that are not for them."""
    whole = queries.whole_ticket(reader, number)
    if whole is None:
        return None
    facts = Facts.of(journal.of("ticket", whole.ticket.id))
    if notes and not whole.inside:
        return None
    with on_paper():
        return _made(reader, whole, facts, inside=notes, at=at)


def checked(reader: Staff, code: CheckCode, at: datetime) -> Checked | None:
    """The paper that carries this code; None where `reader` may not see what stands on it."""
    place, notes = divmod(code.variant, 2)
    if place >= len(LANGUAGES):
        return None
    with in_language(LANGUAGES[place]):
        sheet = of(reader, code.number, notes=bool(notes), at=at)
        if sheet is None:
            return None
        same = code.says(sheet.content)
    since = () if same else sheet.since(code.printed_at)
    return Checked(sheet, same, exact(code.printed_at), since)


def _made(reader: Staff, whole: Whole, facts: Facts, *, inside: bool, at: datetime) -> Sheet:
    ticket, clocks = whole.ticket, story.clocks(whole.clocks, at, inside=inside)
    notes = ruling_notes(facts.clauses | {one.because for one in clocks if one.because})
    attached = files.of("ticket", ticket.id) if facts.with_files else ()
    items = story.told(ticket, queries.entries(ticket.id, inside=inside), facts, notes, attached, inside=inside)
    return Sheet(
        ticket.number,
        ticket.title,
        inside,
        _filled(_facts(reader, whole, inside)),
        _filled(_complaint(whole.complaint)) if whole.complaint and inside else [],
        [(one.department, _signed(one)) for one in queries.concerned(ticket.id)] if whole.complaint and inside else [],
        [_limit(one, notes) for one in clocks],
        " · ".join(filter(None, (ticket.accountable_name, ticket.accountable_department))),
        [_link(one) for one in story.chain(ticket, facts)] if inside else [],
        [_told(one) for one in items],
        [one.at for one in items],
        whole.inside,
    )


def _filled(pairs: Sequence[tuple[Any, Any]]) -> list[tuple[str, str]]:
    said = [(str(label), str(value)) for label, value in pairs]
    return [(label, value) for label, value in said if value]


def _facts(reader: Staff, whole: Whole, inside: bool) -> Sequence[tuple[Any, Any]]:
    ticket = whole.ticket
    card = customers.card(whole.customer, reader, works_for_them=True) if whole.customer and inside else None
    return [
        (say("State"), ticket.state.label),
        (say("Who asks"), ticket.caller_name or say("Gave no name")),
        (say("Company"), card.company if card else ""),
        (say("Telephone"), ", ".join(card.telephones) if card else ""),
        (say("Reached us by"), ticket.channel.label),
        (say("Received"), exact(ticket.received_at)),
        (say("Taken down by"), ticket.opened_by_name),
        (say("Kind"), text_of(whole.kind) or ticket.kind),
        (say("About"), text_of(whole.routing)),
        (say("Priority"), ticket.rank.label),
        (say("Department"), text_of(organisation.departments()[ticket.department_id].names)),
        (say("Works on it"), ticket.assignee_name),
        (say("About a colleague"), whole.about if inside else ""),
        (say("Kept from"), listed(whole.hidden.values()) if inside else ""),
        (say("Round"), ticket.round if ticket.round > 1 else ""),
        (say("Ended"), exact(ticket.ended_at)),
        (say("Reason"), ticket.ended_reason),
    ]


def _complaint(form: Complaint) -> Sequence[tuple[Any, Any]]:
    found = say("upheld") if form.upheld else say("not upheld")
    return [
        (say("True cause"), form.cause),
        (say("Wanted"), form.wanted),
        (say("Size"), form.size.label),
        (say("Severity"), form.severity.label),
        (say("Because of"), listed(Ground(one).label for one in form.grounds)),
        (say("Amount"), yuan(form.amount) if form.amount is not None else ""),
        (say("Product"), form.product),
        (say("Conclusion"), f"{found} · {form.conclusion}" if form.concluded_at else ""),
        (say("Evidence"), form.evidence),
        (say("Cause"), form.found_cause),
        (say("Lesson"), form.lesson),
    ]


def _signed(one: ComplaintDepartment) -> str:
    return f"{one.signed_by_name} · {exact(one.signed_at)}" if one.signed_at else ""


def _limit(one: story.Clock, notes: Mapping[Any, Note]) -> Limit:
    note = notes.get(one.because) if one.because else None
    source = f"{one.because} · {note.manual} {note.version}" if note else str(one.because or "")
    still = say("The clock stands still") if one.state == "waiting" else ""
    return Limit(str(one.label), _exact_limit(one.due), str(one.words or still), source, note.sentence if note else "")


def _link(one: story.Link) -> str:
    return " · ".join(filter(None, (one.name, one.department, str(one.what), exact(one.at))))


def _told(one: story.Letter | story.Sentence) -> Told:
    if isinstance(one, Letter):
        names = tuple(name for name, _href, _size in one.files)
        return Told(one.kind, exact(one.at), f"{one.who} · {one.via}", one.html.striptags(), one.html, names)
    words = f"{one.sentence} (§ {one.because.clause})" if one.because else one.sentence
    return Told("event", exact(one.at), "", words, words)


def _exact_limit(at: datetime | None) -> str:
    """The same of a limit: the end of a day is its 24:00."""
    ended = day_ending_at(at) if at else None
    return f"{ended} 24:00" if ended else exact(at)
