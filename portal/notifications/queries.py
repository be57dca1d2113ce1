"""Questions about notices. Each looks again whether the reader may still see the thing (attacks 16 and 17)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.kernel.clock import office_day, today
from portal.kernel.counts import Count, count_together
from portal.kernel.encoding import decoded
from portal.kernel.journal import JournalEntry
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.notifications.models import NewsChoice, Notice, ToldEntry
from portal.notifications.routing import TELL, Happened
from portal.notifications.states import USUAL, News, Way
from portal.organisation import queries as people
from portal.organisation.models import Deputy, Person
from portal.organisation.staff import Staff
from portal.policies import drafts, watch
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.change_request_models import ChangeRequest
from portal.policies.models import DraftApproval, Manual, ManualDraft, ManualVersion
from portal.tickets import queries as tickets
from portal.tickets.models import InternalComplaint, Ticket
from portal.training import goals, launches, onboarding
from portal.training import queries as training

Where = ColumnElement[bool]
SLICE = 200
LATE = 10_000
"""Entries that may have been given an id before the newest told one and be committed after it: as for seals."""
STALE = timedelta(days=7)
"""What happened longer ago is no news: a journal that was filled at once rings nobody's bell."""
MOST_COUNTED = 100
BELL: ColumnElement[str] = literal_column("'bell'")
"""Written out: with a parameter in its place no index of the bell alone is used."""
INSIDE = frozenset(one.__name__ for one in TELL if getattr(one, "inside", False))
"""Names of facts that are told to nobody but those who work on the thing."""


# What somebody may see


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks, as the conditions below know them: with their own values, or with parameters in their place.

    `tickets` and `inside` are conditions over tickets; `visits`: whether they read the register of visitors; `day`: on
    which they look.
    """

    id: Any
    tickets: Where
    inside: Where
    visits: bool
    day: Any

    @classmethod
    def of(cls, reader: Staff) -> Eyes:
        """The reader with their own values."""
        return cls(
            reader.id, tickets.seen_by(reader), tickets.inside_seen_by(reader), reader.may(P.CUSTOMERS_READ), today()
        )  # fmt: skip


def may_see(eyes: Eyes, about: Any, subject_id: Any, inside: Any) -> Where:
    """That somebody may see what these columns name, by the same predicate as the thing's own page. What is not in the
    table nobody sees."""
    return or_(false(), *(and_(about == kind, seen(eyes, subject_id, inside)) for kind, seen in _SEEN.items()))


def _ticket(eyes: Eyes, subject_id: Any, inside: Any) -> Where:
    seen = exists().where(Ticket.id == subject_id, eyes.tickets)
    works = exists().where(Ticket.id == subject_id, eyes.inside)
    return and_(seen, or_(not_(inside), works))


def _complaint(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    return exists().where(InternalComplaint.id == subject_id, tickets.complaints_of(eyes.id))


def _person(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """One's own record, and that of somebody for whom one stands in."""
    return or_(subject_id == eyes.id, exists().where(Deputy.person_id == subject_id, Deputy.deputy_id == eyes.id))


def _visit(eyes: Eyes, _subject_id: Any, _inside: Any) -> Where:
    return true() if eyes.visits else false()


def _draft(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """Whoever takes part in the draft of a manual, and whoever stands in for its approver."""
    asked = drafts.named_in(eyes.id)
    deputy = exists().where(
        DraftApproval.draft_id == ManualDraft.id,
        Deputy.person_id == DraftApproval.person_id,
        Deputy.deputy_id == eyes.id,
    )
    return exists().where(ManualDraft.id == subject_id, or_(asked, deputy))


def _acknowledgement(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """One's own, and why somebody does not acknowledge a manual of one's own."""
    own = or_(Acknowledgement.person_id == eyes.id, and_(Acknowledgement.declined_at.is_not(None),
              exists().where(Manual.id == Acknowledgement.manual_id, Manual.owner_id == eyes.id)))  # fmt: skip
    return exists().where(Acknowledgement.id == subject_id, own)


def _manual(eyes: Eyes, subject_id: Any, inside: Any) -> Where:
    """A manual of which a version was published: everybody may read it. How it is made known and audited only they who
    answer for it, watch over it or make it known."""
    published = exists().where(ManualVersion.manual_id == subject_id)
    return and_(published, or_(not_(inside), watch.told_of(eyes.id, subject_id)))


def _training(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """A session that one gives or takes part in."""
    return training.told_of(eyes.id, subject_id)


def _team(_eyes: Eyes, _subject_id: Any, _inside: Any) -> Where:
    """Teams are open to everybody."""
    return true()


def _launch(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """New products of the department to which somebody belongs."""
    return launches.told_of(eyes.id, subject_id, eyes.day)


def _goal(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """A goal of the department to which somebody belongs, or which they head."""
    return goals.told_of(eyes.id, subject_id, eyes.day)


def _change_request(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """One's own, and what is said of manuals for which one answers."""
    answers = exists().where(
        Manual.id == ChangeRequest.manual_id, or_(Manual.owner_id == eyes.id, Manual.supervisor_id == eyes.id)
    )
    return exists().where(ChangeRequest.id == subject_id, or_(ChangeRequest.person_id == eyes.id, answers))


def _onboarding(eyes: Eyes, subject_id: Any, _inside: Any) -> Where:
    """One's own checklist, and that of whom one coaches."""
    return onboarding.told_of(eyes.id, subject_id)


_SEEN: dict[str, Callable[[Eyes, Any, Any], Where]] = {
    "ticket": _ticket,
    "internal complaint": _complaint,
    "person": _person,
    "visit": _visit,
    "manual draft": _draft,
    "manual": _manual,
    "acknowledgement": _acknowledgement,
    "training session": _training,
    "change request": _change_request,
    "onboarding": _onboarding,
    "team": _team,
    "product launch": _launch,
    "training goal": _goal,
}


def _seen(reader: Staff) -> Where:
    return may_see(Eyes.of(reader), Notice.about, Notice.subject_id, Notice.inside)


def visible(reader: Staff, entry_ids: Collection[int]) -> frozenset[int]:
    """Which of these facts `reader` may be told of now."""
    inside = JournalEntry.name.in_(INSIDE)
    seen = may_see(Eyes.of(reader), JournalEntry.about, JournalEntry.subject_id, inside)
    return frozenset(db.session.scalars(select(JournalEntry.id).where(JournalEntry.id.in_(entry_ids), seen)))


_WATCHED = {
    **dict.fromkeys(("PublicityPlanned", "PublicityDue", "PublicityDropped"), ""),
    **dict.fromkeys(("AuditDue", "AuditPlanned"), "?act=audit#act"),
}
"""Facts about a manual that lead to the page on which it is watched over, each with its form there."""


# The bell


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice as it is shown: the fact with what it is about."""

    notice: Notice
    entry: JournalEntry
    number: str | None
    title: str | None

    @property
    def sentence(self) -> str:
        """What happened, in the reader's language."""
        return self.entry.sentence()

    @property
    def who(self) -> str:
        """Whoever did it, where the sentence does not name them itself."""
        named = self.entry.actor_id is None or self.entry.actor_name in self.sentence
        return "" if named else self.entry.actor_name

    @property
    def href(self) -> str:
        """Where it can be looked at."""
        match self.notice.about:
            case "ticket":
                return f"/tickets/{self.number}"
            case "internal complaint":
                return f"/tickets/complaints/{self.notice.subject_id}"
            case "visit":
                return "/visits"
            case "manual draft":
                return f"/manuals/{self.entry.facts['manual']}/draft"
            case "manual" if self.entry.name in _WATCHED:
                return f"/manuals/{self.entry.facts['manual']}/watch{_WATCHED[self.entry.name]}"
            case "manual":
                return "/".join(filter(None, ["/manuals", self.entry.facts["manual"], self.entry.facts.get("version")]))
            case "acknowledgement":
                return f"/manuals/acknowledgements/{self.notice.subject_id}"
            case "training session":
                return f"/training/sessions/{self.entry.facts['number']}"
            case "change request":
                return f"/manuals/comments/{self.notice.subject_id}"
            case "onboarding":
                return f"/training/newcomers/{self.notice.subject_id}"
            case "product launch":
                return f"/training/products/{self.notice.subject_id}"
            case "training goal":
                year = decoded(self.entry.facts["due_on"]).year
                return f"/training/goals/{self.entry.facts['unit']}?year={year}&goal={self.notice.subject_id}#end"
            case "team":
                return f"/training/teams/{self.notice.subject_id}"
        return "/me"


def unread(reader: Staff) -> int:
    """How many notices wait on the bell, counted up to 100 and no further."""
    return count_together([unread_count(reader)])[0]


def unread_count(reader: Staff) -> Count:
    """The same, to be counted together with what else stands in the frame of every page; walks `ix_notice_unread`."""
    form, values = tickets.kept_reader(reader)
    return Count(_unread(form, reader.may(P.CUSTOMERS_READ)), {**values, "bell_day": today()})


@lru_cache(64)
def _unread(form: Any, visits: bool) -> Select[Any]:
    reader_id: Any = bindparam("reader_id")
    day = bindparam("bell_day", type_=Date)
    eyes = Eyes(reader_id, tickets.seen_in(form), tickets.inside_in(form), visits, day)
    mine = (Notice.person_id == reader_id, Notice.way == BELL, Notice.done_at.is_(None))
    seen = may_see(eyes, Notice.about, Notice.subject_id, Notice.inside)
    waiting = select(Notice.id).where(*mine, seen).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(waiting)


def notices(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[Shown]:
    """What was told to `reader`, unread first, what happened last first.

    Pages go on by (read, moment, id), which `ix_notice_unread` and `ix_notice_read` serve.
    """
    rows: list[Shown] = []
    for read in (0, 1):
        if (after and after.key[0] > read) or len(rows) > size:
            continue
        query = _shown().where(*_on_bell(reader, read=bool(read)))
        if after and after.key[0] == read:
            at, before = literal(after.key[1], Notice.happened_at.type), literal(after.key[2])
            query = query.where(tuple_(Notice.happened_at, Notice.id) < tuple_(at, before))
        query = query.order_by(Notice.happened_at.desc(), Notice.id.desc())
        rows += _rows(query.limit(size + 1 - len(rows)))
    return Slice.of(_named(rows), _key, size)


def _key(row: Shown) -> tuple[int, datetime, int]:
    return (int(row.notice.done_at is not None), row.notice.happened_at, row.notice.id)


def newest_unread(reader: Staff) -> int:
    """The notice that was told last of those that wait on the bell; 0 where none does."""
    return db.session.scalar(select(func.max(Notice.id)).where(*_on_bell(reader, read=False))) or 0


def notice_of(reader: Staff, notice_id: int) -> Shown | None:
    """One notice on the reader's bell, or None for anybody else's and for a thing no longer seen."""
    mine = (Notice.id == notice_id, Notice.person_id == reader.id, Notice.way == BELL, _seen(reader))
    return next(iter(_named(_rows(_shown().where(*mine)))), None)


def _on_bell(reader: Staff, *, read: bool) -> tuple[Where, ...]:
    done = Notice.done_at.is_not(None) if read else Notice.done_at.is_(None)
    return (Notice.person_id == reader.id, Notice.way == BELL, done, _seen(reader))


def _shown() -> Any:
    case = aliased(Ticket)  # beside the ticket of the predicates, which looks for itself
    return (
        select(Notice, JournalEntry, case.number, case.title)
        .join(JournalEntry, JournalEntry.id == Notice.entry_id)
        .outerjoin(case, and_(Notice.about == "ticket", case.id == Notice.subject_id))
    )


def _rows(query: Any) -> list[Shown]:
    return [Shown(*row) for row in db.session.execute(query)]


def _named(rows: list[Shown]) -> list[Shown]:
    """With the manual that each of them is about, by its code and title: nobody knows manuals by their codes alone."""
    codes = {str(one.entry.facts["manual"]) for one in rows if one.number is None and "manual" in one.entry.facts}
    if not codes:
        return rows
    found = db.session.execute(select(Manual.code, Manual.titles).where(Manual.code.in_(codes)))
    titles = {row.code: text_of(row.titles) for row in found}
    return [
        replace(one, number=code, title=titles[code])
        if one.number is None and (code := one.entry.facts.get("manual", "")) in titles
        else one
        for one in rows
    ]


# Letters


def waiting_for_letters(way: Way, before: datetime) -> Sequence[int]:
    """Who has news that no letter has told yet; walks `ix_notice_unsent`."""
    query = select(Notice.person_id).where(*unsent(way, before)).distinct()
    return db.session.scalars(query.order_by(Notice.person_id)).all()


def unsent(way: Way, before: datetime) -> tuple[Where, ...]:
    """The condition of news that was told before a moment and has not left in a letter."""
    return (
        Notice.way == way, literal_column("notice.way <> 'bell'"), Notice.done_at.is_(None), Notice.told_at <= before
    )  # fmt: skip


def to_be_written(reader: Staff, notice_ids: Collection[int], *, but_read: bool) -> list[Shown]:
    """What a letter may say of these notices: what the reader sees, and with `but_read` nothing that they have read on
    their bell already; the oldest first."""
    query = _shown().where(Notice.id.in_(notice_ids), Notice.person_id == reader.id, _seen(reader))
    if but_read:
        bell = aliased(Notice)
        known = exists().where(
            bell.entry_id == Notice.entry_id, bell.person_id == reader.id, bell.way == BELL, bell.done_at.is_not(None)
        )
        query = query.where(~known)
    return _named(_rows(query.order_by(Notice.happened_at, Notice.id)))


def addressee(person_id: int, at: datetime) -> Person | None:
    """Whoever still works here and has a mail address."""
    person = db.session.get(Person, person_id)
    return person if person and person.mail and people.is_open(person, office_day(at)) else None


# What somebody wants to hear


def choices(person_id: int) -> dict[News, frozenset[Way]]:
    """On which ways each kind of news reaches somebody."""
    chosen = chosen_by([person_id])
    return {news: frozenset(way for way in Way if wants(chosen, person_id, news, way)) for news in News}


Chosen = dict[tuple[int, News, Way], bool]


def chosen_by(people_ids: Collection[int]) -> Chosen:
    """What these people chose otherwise than the usual, in one statement."""
    rows = db.session.execute(
        select(NewsChoice.person_id, NewsChoice.news, NewsChoice.way, NewsChoice.wanted).where(
            NewsChoice.person_id.in_(people_ids)
        )
    )
    return {(row.person_id, row.news, row.way): row.wanted for row in rows}


def crowd(people_ids: Select[Any], but: int | None, news: News, way: Way, at: datetime) -> Select[Any]:
    """Of many people those whom this kind of news reaches on this way: whoever still works here, wants it, and has an
    address where it is a letter."""
    chosen = select(NewsChoice.wanted).where(
        NewsChoice.person_id == Person.id, NewsChoice.news == news, NewsChoice.way == way
    )
    wanted = func.coalesce(chosen.scalar_subquery(), literal(way in USUAL[news]))
    here = and_(Person.disabled_at.is_(None), or_(Person.left_on.is_(None), Person.left_on > office_day(at)))
    query = select(Person.id).where(Person.id.in_(people_ids), here, wanted)
    if but is not None:
        query = query.where(Person.id != but)
    return query if way is Way.BELL else query.where(func.coalesce(Person.mail, "") != "")


def wants(chosen: Chosen, person_id: int, news: News, way: Way) -> bool:
    """Whether this kind of news reaches somebody on this way."""
    return chosen.get((person_id, news, way), way in USUAL[news])


# Reading the journal


def newest_entry() -> int:
    """The newest entry of the journal that can be seen now."""
    return db.session.scalar(select(func.max(JournalEntry.id))) or 0


def newest_told() -> int:
    """How far the journal was read."""
    return db.session.scalar(select(func.max(ToldEntry.entry_id))) or 0


def untold(at: datetime) -> Sequence[JournalEntry]:
    """The next entries that nobody was told of, in order; those that were committed late are found, too."""
    return db.session.scalars(
        select(JournalEntry)
        .outerjoin(ToldEntry, ToldEntry.entry_id == JournalEntry.id)
        .where(
            JournalEntry.id > newest_told() - LATE, ToldEntry.entry_id.is_(None), JournalEntry.happened_at > at - STALE
        )
        .order_by(JournalEntry.id)
        .limit(SLICE)
    ).all()


def happened(entries: Iterable[JournalEntry]) -> list[Happened]:
    """The facts with the things they are about; those that this version of the portal does not know are left out."""
    known = [(entry, event) for entry in entries if (event := entry.event()) is not None]
    of_tickets = {entry.subject_id for entry, _event in known if entry.about == "ticket"}
    of_complaints = {entry.subject_id for entry, _event in known if entry.about == "internal complaint"}
    cases = {one.id: one for one in db.session.scalars(select(Ticket).where(Ticket.id.in_(of_tickets)))}
    words = {
        one.id: one
        for one in db.session.scalars(select(InternalComplaint).where(InternalComplaint.id.in_(of_complaints)))
    }
    return [
        Happened(
            entry,
            event,
            office_day(entry.happened_at),
            ticket=cases.get(entry.subject_id) if entry.about == "ticket" else None,
            complaint=words.get(entry.subject_id) if entry.about == "internal complaint" else None,
            offered_by=_offered_by(entry) if entry.name in ("TicketAccepted", "OfferRefused") else None,
        )
        for entry, event in known
    ]


def _offered_by(answer: JournalEntry) -> int | None:
    """Who made the offer that this entry answers."""
    return db.session.scalar(
        select(JournalEntry.actor_id)
        .where(
            JournalEntry.about == "ticket", JournalEntry.subject_id == answer.subject_id, JournalEntry.id < answer.id,
            JournalEntry.name == "TicketOffered",
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )  # fmt: skip
