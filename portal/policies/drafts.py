"""A version while it is written: who may see it, its text, what its clauses are to rule on. `life` leads it on."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from portal.extensions import db
from portal.kernel import files, journal, once
from portal.kernel.actions import action
from portal.kernel.clock import office_day, today
from portal.kernel.encoding import decoded, encoded
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import JournalEntry, record
from portal.kernel.permissions import P, Role
from portal.kernel.text import Said, say
from portal.organisation import queries as organisation
from portal.organisation import waiting
from portal.organisation.company import is_away, on_day
from portal.organisation.models import Department, Deputy, Person
from portal.organisation.staff import Staff
from portal.policies import actions, losses, places, queries, rules, starters
from portal.policies.events import DraftBegun, DraftChanged
from portal.policies.handbook import LONGEST, MOST_CLAUSES
from portal.policies.losses import Loss
from portal.policies.models import (
    DraftApproval,
    DraftClause,
    DraftComment,
    DraftReviewer,
    DraftRuling,
    Manual,
    ManualDraft,
    ManualVersion,
)
from portal.policies.quiz_models import DraftQuestion
from portal.policies.repeal_models import Repeal
from portal.policies.rulebook import KEYS, Key, key_called
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import (
    APPROVING,
    ENDED,
    LIFE,
    PATH,
    Category,
    Chapter,
    ManualKind,
    Part,
    Party,
    Phase,
    Stage,
)

DECIDING = APPROVING | {Stage.APPROVED}
"""Stages in which whoever publishes for the department sees a draft."""

# ── Who sees a draft ──


def named_in(person_id: Any) -> ColumnElement[bool]:
    """That somebody takes part in a `ManualDraft`: as author, as reviewer, as whoever approves it."""
    asked = exists().where(DraftReviewer.draft_id == ManualDraft.id, DraftReviewer.person_id == person_id)
    decides = exists().where(DraftApproval.draft_id == ManualDraft.id, DraftApproval.person_id == person_id)
    return or_(ManualDraft.author_id == person_id, ManualDraft.legal_id == person_id, asked, decides)


def seen_by(reader: Staff, on: date) -> ColumnElement[bool]:
    """The drafts that a reader may see; everybody else learns nothing of them.

    Authors, reviewers, whoever approves it and whoever stands in for them; and whoever may publish it, once there is
    something to decide.
    """
    decides = and_(
        ManualDraft.department_id.in_(sorted(reader.where(P.MANUALS_PUBLISH))), ManualDraft.state.in_(DECIDING)
    )
    return or_(named_in(reader.id), stands_in(reader.id, on), decides)


def written_by(person_id: int) -> ColumnElement[bool]:
    """That somebody writes a `ManualDraft`: see `authors`. A standard has nobody for the law side: that is no answer
    left open, which would make its opposite open as well."""
    second = and_(ManualDraft.legal_id.is_not(None), ManualDraft.legal_id == person_id)
    return or_(ManualDraft.author_id == person_id, second)


def stands_in(person_id: int, on: date) -> ColumnElement[bool]:
    """That somebody decides that day in the place of whoever was to approve a `ManualDraft` and is away."""
    for_somebody = exists().where(DraftApproval.draft_id == ManualDraft.id, _replaced_by(person_id, on))
    return and_(ManualDraft.state.in_(DECIDING), for_somebody)


def _replaced_by(person_id: int, on: date) -> ColumnElement[bool]:
    """That whoever was to give a `DraftApproval` is away that day, and this is their deputy."""
    deputy = exists().where(
        Deputy.person_id == DraftApproval.person_id,
        Deputy.deputy_id == person_id,
        on_day(Deputy.from_on, Deputy.to_on, on),
    )
    return and_(deputy, is_away(DraftApproval.person_id, on))


def waits_for(person_id: int, on: date) -> ColumnElement[bool]:
    """That somebody is to approve a `ManualDraft` that day, or to do so for somebody who is away; as `to_give` says."""
    given = exists().where(DraftApproval.draft_id == ManualDraft.id, DraftApproval.given_by_id == person_id)
    asked = exists().where(
        DraftApproval.draft_id == ManualDraft.id,
        DraftApproval.given_at.is_(None),
        or_(DraftApproval.person_id == person_id, _replaced_by(person_id, on)),
    )
    return and_(ManualDraft.state.in_(APPROVING), ~written_by(person_id), ~given, asked)


def draft_seen_by(reader: Staff, code: str, on: date, *, comments: bool = True) -> ManualDraft | None:
    """The draft of the manual with this code, or None where there is none for the reader: the open one, otherwise the
    last that ended. `comments`: whether what was said of it is read along."""
    found = db.session.scalars(
        select(ManualDraft)
        .join(Manual, Manual.id == ManualDraft.manual_id)
        .where(Manual.code == code, seen_by(reader, on))
        .order_by(ManualDraft.ended_at.is_not(None), ManualDraft.id.desc())
        .limit(1)
        .options(
            joinedload(ManualDraft.manual).options(joinedload(Manual.department), joinedload(Manual.asking)),
            *(joinedload(getattr(ManualDraft, one)) for one in ("author", "legal", "owner", "supervisor")),
            joinedload(ManualDraft.replay),
            joinedload(ManualDraft.emergency),
            joinedload(ManualDraft.approvals),
            joinedload(ManualDraft.evidence),
            selectinload(ManualDraft.clauses).joinedload(DraftClause.rulings),
            selectinload(ManualDraft.reviewers),
            *([selectinload(ManualDraft.comments)] if comments else []),
        )
    )
    return found.unique().first()


def drafts_seen_by(reader: Staff, on: date) -> Sequence[ManualDraft]:
    """Every open draft that the reader may see, the one that was changed last first."""
    return db.session.scalars(
        select(ManualDraft)
        .where(ManualDraft.ended_at.is_(None), seen_by(reader, on))
        .options(
            joinedload(ManualDraft.manual).joinedload(Manual.department),
            joinedload(ManualDraft.author),
        )
        .order_by(ManualDraft.changed_at.desc(), ManualDraft.id)
        .limit(100)
    ).all()


def open_draft_of(manual: Manual) -> ManualDraft | None:
    """The draft that a manual has, whoever may see it."""
    return db.session.scalar(
        select(ManualDraft).where(ManualDraft.manual_id == manual.id, ManualDraft.ended_at.is_(None))
    )


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage of a draft's way: who led it there and when; without a moment it is still to come."""

    stage: Stage
    at: datetime | None = None
    who: str = ""
    now: bool = False


def history_of(draft: ManualDraft) -> list[JournalEntry]:
    """Everything that happened to a draft, in its order."""
    return journal.of("manual draft", draft.id)


def came_with(entries: Sequence[JournalEntry]) -> JournalEntry | None:
    """The step that led a draft to where it stands, if it came with words: a comment, or why it was sent back."""
    last = next((one for one in reversed(entries) if "verb" in one.facts), None)
    return last if last and last.facts.get("words") else None


def stages_of(draft: ManualDraft, entries: Sequence[JournalEntry]) -> list[StageReached]:
    """The way of a draft: stages behind it with who and when, the one where it stands, those to come."""
    reached = {entry.facts["stage"]: entry for entry in entries if "stage" in entry.facts}  # the last time counts
    path = PATH[draft.manual.kind]
    here = path.index(draft.state) if draft.state in path else len(path)
    found = []
    for at, stage in enumerate(path):
        entry = reached.get(stage.value) if at <= here else None
        if entry is not None:
            found.append(StageReached(stage, entry.happened_at, entry.actor_name, stage is draft.state))
        elif draft.state in path:
            found.append(StageReached(stage))
    return found


def work_of(reader: Staff, on: date, beside: Subquery) -> Sequence[Any]:
    """Open drafts that the reader may see, manuals of theirs whose day of review has come, and the rows of `beside`
    about some manual, in one statement: (manual, draft, whether its review is due, whether the reader is to approve it,
    whether a comment on it has no answer yet, columns of `beside`)."""
    open_one = and_(ManualDraft.manual_id == Manual.id, ManualDraft.ended_at.is_(None), seen_by(reader, on))
    goes_on = ~exists().where(Repeal.manual_id == Manual.id)
    due = and_(Manual.owner_id == reader.id, Manual.review_on <= on, goes_on)
    unanswered = exists().where(DraftComment.draft_id == ManualDraft.id, DraftComment.answered_at.is_(None))
    return db.session.execute(
        select(
            Manual,
            ManualDraft,
            due.label("review_due"),
            waits_for(reader.id, on).label("to_approve"),
            unanswered.label("to_answer"),
            *beside.c,
        )
        .select_from(Manual)
        .outerjoin(ManualDraft, open_one)
        .outerjoin(beside, beside.c.manual_id == Manual.id)
        .where(or_(ManualDraft.id.is_not(None), due, beside.c.id.is_not(None)))
        .order_by(ManualDraft.changed_at, Manual.id)
        .limit(waiting.MOST)
        .options(joinedload(ManualDraft.author), selectinload(ManualDraft.reviewers))
    ).all()


def manual_with_draft(reader: Staff, code: str, on: date) -> tuple[Manual, ManualDraft | None] | None:
    """A published manual with its open draft, where the reader may know that there is one; one statement."""
    open_one = and_(ManualDraft.manual_id == Manual.id, ManualDraft.ended_at.is_(None), seen_by(reader, on))
    found = db.session.execute(
        queries.seen_by(reader)
        .where(Manual.code == code)
        .outerjoin(ManualDraft, open_one)
        .add_columns(ManualDraft)
        .options(joinedload(Manual.department), joinedload(Manual.owner), joinedload(Manual.supervisor))
    ).one_or_none()
    return (found[0], found[1]) if found else None


def may_begin(reader: Staff, manual: Manual) -> bool:
    """Whether the reader may begin the next version of a manual: whoever writes manuals there, and its owner, whom
    its day of review calls (POL-014)."""
    if manual.repeal is not None:
        return False
    owns = manual.owner_id == reader.id and reader.may(P.MANUALS_DRAFT)
    return owns or reader.may(P.MANUALS_DRAFT, home_of(manual.department_id))


# ── What may be done ──


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft as the table of its life looks at it: where it stands, and what whoever looks has to do with it."""

    state: Stage
    department_id: int
    author_id: int | None
    reviewer_id: int | None
    decider_id: int | None

    @classmethod
    def of(cls, draft: ManualDraft, reader: Staff, on: date) -> Standing:
        """As it stands for `reader` on a day. Whoever writes never approves; a reviewer is no author."""
        writes = reader.id in authors(draft)
        reviews = not writes and any(one.person_id == reader.id for one in draft.reviewers)
        waits = draft.state in APPROVING
        decides = waits and not writes and to_give(draft, reader.id, on) is not None
        return cls(
            draft.state,
            draft.department_id,
            reader.id if writes else None,
            reader.id if reviews else None,
            reader.id if decides else None,
        )


def open_to(reader: Staff, draft: ManualDraft, on: date) -> frozenset[str]:
    """What the reader may do about a draft now."""
    return LIFE[draft.manual.kind].open_to(reader, Standing.of(draft, reader, on))


def authors(draft: ManualDraft) -> frozenset[int]:
    """Whoever writes the draft: the author, and whoever looks after the law side of it (POL-003)."""
    return frozenset(filter(None, (draft.author_id, draft.legal_id)))


def everybody_in(draft: ManualDraft) -> frozenset[int]:
    """Whoever takes part in the draft: authors, reviewers, whoever was asked to approve it."""
    reviewers = {one.person_id for one in draft.reviewers if one.person_id}
    return authors(draft) | reviewers | {one.person_id for one in draft.approvals}


def to_give(draft: ManualDraft, person_id: int, on: date) -> DraftApproval | None:
    """The approval that somebody gives that day: their own, or that of somebody who is away and for whom they stand in;
    None for whoever was not asked, and for whoever has given one."""
    if any(one.given_by_id == person_id for one in draft.approvals):
        return None
    waiting = {one.person_id: one for one in draft.approvals if one.given_at is None}
    if person_id in waiting or not waiting:
        return waiting.get(person_id)
    return next((waiting[one] for one, deputy in _deputies(waiting, on) if deputy == person_id), None)


def deciders_of(draft: ManualDraft, on: date) -> set[int]:
    """Whose approval is still wanted, and who gives it that day in the place of whoever is away."""
    waiting = {one.person_id for one in draft.approvals if one.given_at is None}
    return waiting | {deputy for _person, deputy in _deputies(waiting, on)} if waiting else set()


def _deputies(people: Collection[int], on: date) -> Sequence[Any]:
    """Of those among `people` who are away that day: (person, deputy)."""
    return db.session.execute(
        select(Deputy.person_id, Deputy.deputy_id)
        .where(Deputy.person_id.in_(people), on_day(Deputy.from_on, Deputy.to_on, on), is_away(Deputy.person_id, on))
        .order_by(Deputy.id)
    ).all()


# ── Beginning ──


@action
def begin_manual(
    actor: Staff,
    code: str,
    titles: dict[str, str],
    *,
    kind: ManualKind,
    category: Category,
    department: Department | None,
    supervisor: Person,
    purpose: str,
    principles: str,
    review_on: date | None = None,
    phases: Collection[Phase] = (),
    starter: str = "",
    key: str = "",
    at: datetime,
) -> ManualDraft:
    """A new manual, and the draft of its first version; nobody else sees either before it is published (POL-020).
    `starter`: the text that it begins with, by its name in `starters`.

    A manual of the topmost department is the company's. Raises NotAllowed without the right to write manuals there.
    """
    scope = department.id if department and department.parent_id else None
    if not actor.may(P.MANUALS_DRAFT, home_of(scope)):
        raise NotAllowed(say("Writing manuals of this department is not yours to do."))
    owner = organisation.person_with_id(actor.id)
    manual = actions.put_on_shelf(code, titles, kind=kind, category=category, owner=owner, department=department)
    draft = _begin(
        actor, manual, at, supervisor_id=supervisor.id, purpose=purpose.strip(), principles=principles.strip(),
        review_on=_later(review_on, at), major=1, minor=0, phases=_in_order(phases),
    )  # fmt: skip
    for position, one in enumerate(starters.starter(starter).clauses if starter else (), start=1):
        draft.clauses.append(
            DraftClause(
                stable=one.stable,
                position=position,
                number=one.number,
                heading=one.heading,
                text=one.text,
                html=queries.shown(one.text),
                part=one.part,
                chapter=one.chapter,
            )
        )
    once.used(key, actor.id, code, at)
    return draft


@action
def begin_version(actor: Staff, manual: Manual, *, at: datetime) -> ManualDraft:
    """The draft of a manual's next version, copied from its newest one: each clause keeps its id.

    Raises Refused for a manual that is repealed, NotAllowed without the right to write manuals there, OutOfDate when
    somebody has begun one.
    """
    if manual.repeal is not None:
        raise Refused(say("{manual} is repealed from {day} on.", manual=manual.code, day=manual.repeal.from_on))
    if not may_begin(actor, manual):
        raise NotAllowed(say("Writing manuals of this department is not yours to do."))
    if open_draft_of(manual):
        raise OutOfDate(say("Somebody writes the next version of {manual} already.", manual=manual.code))
    base = queries.last_version(manual)
    draft = _begin(
        actor, manual, at, base_id=base.id if base else None, major=(queries.highest_number(manual) or (0, 0))[0] + 1,
        minor=0,
        supervisor_id=manual.supervisor_id,
        purpose=base.purpose if base else manual.purpose, principles=base.principles if base else manual.principles,
        review_on=manual.review_on, phases=manual.phases,
        places=[places.written(one) for one in base.places] if base else [],
    )  # fmt: skip
    if base:
        for one in base.clauses:
            clause = DraftClause(
                stable=one.stable, position=one.position, number=one.number, heading=one.heading, text=one.text,
                html=one.html, part=one.part, chapter=one.chapter,
            )  # fmt: skip
            clause.rulings = [DraftRuling(draft_id=draft.id, key=said.key, value=said.value) for said in one.rulings]
            draft.clauses.append(clause)
        draft.questions = [
            DraftQuestion(position=one.position, words=one.words, kept=one.kept, stable=one.stable)
            for one in base.questions
        ]
    db.session.flush()
    return draft


def _begin(actor: Staff, manual: Manual, at: datetime, **what: Any) -> ManualDraft:
    draft = ManualDraft(
        manual=manual, state=PATH[manual.kind][0], department_id=home_of(manual.department_id), author_id=actor.id,
        begun_at=at, changed_at=at, titles=manual.titles, category=manual.category, owner_id=manual.owner_id,
        drops=[], notes={}, **({"places": []} | what),
    )  # fmt: skip
    service = organisation.holder_of(Role.DIRECTOR, office_day(at))
    if service and service.id != actor.id:  # customer service takes part in drafting company rules (POL-019)
        draft.reviewers.append(
            DraftReviewer(person_id=service.id, name=service.name, party=Party.DEPARTMENT, checks=[])
        )
    db.session.add(draft)
    db.session.flush()
    record(DraftBegun(draft.id, manual.code, draft.state))
    return draft


# ── Writing ──


@action
def describe(
    actor: Staff,
    draft: ManualDraft,
    *,
    titles: dict[str, str],
    category: Category,
    supervisor: Person,
    legal: Person | None,
    purpose: str,
    principles: str,
    review_on: date | None,
    phases: Collection[Phase] = (),
    seen: int,
    at: datetime,
) -> None:
    """What the draft says of its manual, and who writes it beside its author (POL-003, POL-020, POL-028)."""
    if legal and legal.id == draft.author_id:
        raise Refused(say("You write it already: name a second person for the law side."), field="legal")
    change(actor, draft, seen, say("What is said about the manual changed"), at)
    draft.titles, draft.category, draft.supervisor_id = titles, category, supervisor.id
    draft.legal_id = legal.id if legal else None
    draft.purpose, draft.principles = purpose.strip(), principles.strip()
    draft.review_on, draft.phases = _later(review_on, at), _in_order(phases)


@action
def plan(
    actor: Staff,
    draft: ManualDraft,
    *,
    major: int,
    minor: int,
    effective_from: date | None,
    summary: str,
    drops: Sequence[str],
    seen: int,
    at: datetime,
) -> None:
    """Which version it becomes, from which day it is to bind, what it changes and what it leaves open (POL-018)."""
    if effective_from and effective_from < office_day(at):
        raise Refused(
            say("A version never binds backwards: it comes into force on the day of publication or later."),
            field="effective_from",
        )
    change(actor, draft, seen, say("Number, day and summary of the version changed"), at)
    draft.major, draft.minor, draft.effective_from = major, minor, effective_from
    draft.summary, draft.drops = summary.strip(), sorted(set(drops))


@action
def bind(
    actor: Staff, draft: ManualDraft, chosen: Collection[str], *, lets_go: str = "", seen: int, at: datetime
) -> None:
    """Whom it is to bind, as `places` writes them: some departments and posts below its manual's, none for everybody
    there. `lets_go`: the hash of who loses what, as a page showed it to whoever means it so; another one counts for
    nothing. Raises Refused for a place elsewhere."""
    places.refuse_strange(draft.manual, chosen, office_day(at))
    change(actor, draft, seen, say("Whom it binds changed"), at)
    draft.places, draft.lets_go = sorted(set(chosen)), lets_go


@action
def note(actor: Staff, draft: ManualDraft, notes: dict[str, str], *, seen: int, at: datetime) -> None:
    """What the first stages found out (POL-002, POL-011)."""
    change(actor, draft, seen, say("Findings written down"), at)
    draft.notes = {**draft.notes, **{name: words.strip() for name, words in notes.items()}}


@action
def write_clause(
    actor: Staff,
    draft: ManualDraft,
    clause: DraftClause | None,
    *,
    number: str,
    heading: str,
    text: str,
    part: Part,
    chapter: Chapter | None,
    with_files: Collection[int] = (),
    seen: int,
    at: datetime,
) -> DraftClause:
    """Write a clause, or a new one at the end. Pictures and files that wait come behind its text.

    Raises Refused for a number that is none or that another one has.
    """
    number, heading = rules.half_width(number), heading.strip()
    if not rules.NUMBER.fullmatch(number):
        raise Refused(say("“{number}” is no number of a clause. Write 4 or 4.2.", number=number), field="number")
    if any(one.number == number and one is not clause for one in draft.clauses):
        raise Refused(say("Two clauses have the same number, {number}.", number=number), field="number")
    if not heading:
        raise Refused(say("Clause {number} has no heading.", number=number), field="heading")
    if len(text) > LONGEST:
        raise Refused(say("A clause has {most} characters at most: make two of it.", most=LONGEST), field="text")
    change(actor, draft, seen, say("Clause {number} “{heading}” written", number=number, heading=heading), at)
    if clause is None and len(draft.clauses) >= MOST_CLAUSES:
        raise Refused(say("A manual has {most} clauses at most.", most=MOST_CLAUSES))
    if with_files:
        files.attach(actor, with_files, "manual draft", draft.id)
        text = "\n\n".join(filter(None, [text.rstrip(), *map(_as_written, files.named(with_files))]))
    if clause is None:
        clause = DraftClause(stable=f"c-{secrets.token_hex(4)}", position=len(draft.clauses) + 1)
        draft.clauses.append(clause)
    clause.number, clause.heading, clause.text = number, heading, text
    clause.html, clause.part, clause.chapter = queries.shown(text), part, chapter
    db.session.flush()
    return clause


@action
def remove_clause(actor: Staff, draft: ManualDraft, clause: DraftClause, *, seen: int, at: datetime) -> None:
    """Take a clause out. What it ruled on must be ruled elsewhere or named as left open before it is published."""
    change(actor, draft, seen, say("Clause {number} “{heading}” taken out", **_named(clause)), at)
    draft.clauses.remove(clause)
    _count_places(draft)


@action
def move_clause(actor: Staff, draft: ManualDraft, clause: DraftClause, *, up: bool, seen: int, at: datetime) -> None:
    """Put a clause before the one above it, or behind the one below; at the end of the list nothing moves."""
    there = draft.clauses.index(clause)
    other = there + (-1 if up else 1)
    if not 0 <= other < len(draft.clauses):
        return
    change(actor, draft, seen, say("Clause {number} “{heading}” moved", **_named(clause)), at)
    draft.clauses.insert(other, draft.clauses.pop(there))
    _count_places(draft)


@action
def renumber(actor: Staff, draft: ManualDraft, *, seen: int, at: datetime) -> None:
    """Count the clauses anew in their order; each keeps its id, and so what points at it."""
    change(actor, draft, seen, say("Clauses counted anew"), at)
    numbers = rules.renumbered(one.number for one in draft.clauses)
    for one, number in zip(draft.clauses, numbers, strict=True):
        one.number = number


@action
def rule_on(
    actor: Staff, draft: ManualDraft, clause: DraftClause, name: str, value: str, *, seen: int, at: datetime
) -> None:
    """Let a clause rule on a key; the value is kept in its one spelling.

    Raises Refused for a key that nobody asks for, one that another clause rules on, and a value that is none or out of
    bounds.
    """
    key = key_called(name)
    try:
        written = key.write(key.parse(value))
    except Refused as no:
        raise Refused(no.sentence, field="value") from no
    for one in draft.clauses:
        if one is not clause and any(said.key == name for said in one.rulings):
            raise Refused(say("Clause {number} rules on “{rule}” already.", number=one.number, rule=key.label))
    change(actor, draft, seen, _ruled(clause, key, written), at)
    there = next((one for one in clause.rulings if one.key == name), None)
    if there is None:
        there = DraftRuling(draft_id=draft.id, key=name)
        clause.rulings.append(there)
    there.value = written


@action
def leave_open(actor: Staff, draft: ManualDraft, clause: DraftClause, name: str, *, seen: int, at: datetime) -> None:
    """Let a clause say nothing more about a key; one that the version before ruled on is named among what it drops."""
    there = next((one for one in clause.rulings if one.key == name), None)
    if there is None:
        raise OutOfDate
    label = KEYS[name].label if name in KEYS else name
    change(
        actor, draft, seen,
        say("Clause {number} says nothing more about {rule}", number=clause.number, rule=label), at,
    )  # fmt: skip
    clause.rulings.remove(there)
    if name in ruled_before(draft):
        draft.drops = sorted({*draft.drops, name})


# ── Within a verb, and for the pages ──

SAID = ("titles", "category", "supervisor_id", "purpose", "principles", "review_on", "phases")
"""What a draft says of its manual, by name: it holds once the draft is published."""


def said_of(manual: Manual) -> dict[str, Any]:
    """What a manual says of itself, to be kept."""
    return {name: encoded(getattr(manual, name)) for name in SAID}


def say_again(draft: ManualDraft) -> None:
    """Within a verb: what the draft said of its manual holds no more, but what was said before, unless that was changed
    by somebody since."""
    for name, before in draft.replaced.items():
        if getattr(draft.manual, name) == getattr(draft, name):
            setattr(draft.manual, name, decoded(before))


def ruled_before(draft: ManualDraft) -> dict[str, str]:
    """What the newest published version rules on: key → value."""
    before = queries.last_version(draft.manual)
    return {said.key: said.value for one in before.clauses for said in one.rulings} if before else {}


def shows_file(reader: Staff, draft_id: int, _part: int | None) -> bool:
    """Whether a picture of a draft may be opened: by whoever sees the draft."""
    query = select(ManualDraft.id).where(ManualDraft.id == draft_id, seen_by(reader, today()))
    return db.session.scalar(query) is not None


def _as_written(file: files.Named) -> str:
    """How a file stands in a clause: a picture is shown, everything else is a link."""
    words = re.sub(r"[\[\]\\`*_]", " ", file.name).strip()
    return f"{'!' if file.shown else ''}[{words}](/manuals/files/{file.digest})"


def read_whole(draft: ManualDraft) -> None:
    """Within a verb: read every clause with its rulings in a few statements, whatever of them was read before."""
    query = select(DraftClause).where(DraftClause.draft_id == draft.id).options(selectinload(DraftClause.rulings))
    db.session.scalars(query, execution_options={"populate_existing": True}).all()


def text_of_draft(draft: ManualDraft) -> tuple[ClauseText, ...]:
    """The clauses as they are handed to whoever judges or publishes them."""
    return tuple(
        ClauseText(
            one.stable, one.number, one.heading, one.text, {said.key: said.value for said in one.rulings}, one.part,
            one.chapter,
        )
        for one in draft.clauses
    )  # fmt: skip


def version_text(draft: ManualDraft) -> VersionText:
    """The draft as the version that it is to become. Raises Refused without the day from which it is to bind."""
    text, lost = _text_of(draft), losses_of(draft)
    return replace(text, narrows=bool(lost) and draft.lets_go == losses.digest(lost))


def losses_of(draft: ManualDraft) -> list[Loss]:
    """What those lose whom the version before binds and this one does not; nothing before its day is said."""
    if draft.effective_from is None or not draft.places:
        return []
    day = draft.effective_from - timedelta(days=draft.state is Stage.EMERGENCY)  # that one binds since its day
    return losses.of_version(draft.manual, _text_of(draft), day)


def _text_of(draft: ManualDraft) -> VersionText:
    if draft.effective_from is None:
        raise Refused(say("Say from which day the version is to be in force."))
    ruled = {said.key for one in draft.clauses for said in one.rulings}
    return VersionText(
        draft.major, draft.minor, draft.effective_from, text_of_draft(draft), draft.summary,
        frozenset(draft.drops) - ruled, frozenset(draft.places),
        tuple(one.text() for one in draft.questions), purpose=draft.purpose, principles=draft.principles,
    )  # fmt: skip


def make_version(actor: Staff, draft: ManualDraft, *, right: P = P.MANUALS_PUBLISH, at: datetime) -> ManualVersion:
    """Within a verb: the draft becomes a version, and its pictures are opened by whoever may read that."""
    text, rendered = version_text(draft), {one.text: one.html for one in draft.clauses}
    made = actions.publish_version(actor, draft.manual, text, right=right, rendered=rendered, at=at)
    shown = {digest for one in draft.clauses for digest in queries.PICTURE.findall(one.text)}
    if shown:
        files.share("manual draft", draft.id, "manual", draft.manual_id, shown)
    draft.version_id = made.id
    return made


def keys_to_rule(draft: ManualDraft) -> list[str]:
    """The declared keys on which no clause of the draft rules yet."""
    ruled = {said.key for one in draft.clauses for said in one.rulings}
    return [name for name in KEYS if name not in ruled]


def clause_of(draft: ManualDraft, clause_id: int) -> DraftClause | None:
    """One clause of this draft; None for a clause of another one (attack 11)."""
    return next((one for one in draft.clauses if one.id == clause_id), None)


def change(actor: Staff, draft: ManualDraft, seen: int, what: Said, at: datetime) -> None:
    """The text changes: by its authors, in the stages of writing, on what they saw last. An approval falls with it."""
    life, standing = LIFE[draft.manual.kind], Standing.of(draft, actor, office_day(at))
    if draft.state in ENDED:
        raise OutOfDate(say("This draft has ended: begin a new version."))
    verb = "rewrite" if draft.state is Stage.APPROVED else "write"
    step = life.check(standing, verb, actor)
    if draft.version != seen:
        raise OutOfDate(_who_was_faster(draft))
    draft.changed_at = at
    flag_modified(draft, "changed_at")  # a change of its clauses alone is one of the draft, too
    if step.after is not None:
        draft.state, draft.approved_digest = step.after, ""
        draft.approvals.clear()
    record(DraftChanged(draft.id, draft.manual.code, what, step.after is not None))


def _who_was_faster(draft: ManualDraft) -> Said:
    last = journal.of("manual draft", draft.id)[-1]
    event = last.event()
    return say(
        "{name} was faster: {what}. Look at both, then save again.",
        name=last.actor_name,
        what=event.sentence() if event else last.name,
    )


def _ruled(clause: DraftClause, key: Key[Any], written: str) -> Said:
    """What a clause came to say, in the words of whoever reads it; a table by the number of its lines."""
    lines = list(key.lines(key.read(written)))
    if len(lines) == 1 and lines[0].when is None:
        return say("Clause {number}: {rule} = {value}", number=clause.number, rule=key.label, value=lines[0].value)
    return say("Clause {number}: {rule}, cases: {count}", number=clause.number, rule=key.label, count=len(lines))


def _named(clause: DraftClause) -> dict[str, str]:
    return {"number": clause.number, "heading": clause.heading}


def _count_places(draft: ManualDraft) -> None:
    for place, one in enumerate(draft.clauses, start=1):
        one.position = place


def _in_order(phases: Collection[Phase]) -> list[str]:
    return [one.value for one in Phase if one in phases]


def _later(day: date | None, at: datetime) -> date | None:
    if day and day <= office_day(at):
        raise Refused(say("The day of the next review is still to come."), field="review_on")
    return day


def home_of(department_id: int | None) -> int:
    """As `queries.home_of`. Raises Refused where the company has not been founded."""
    home = queries.home_of(department_id)
    if home is None:
        raise Refused(say("There is no department yet."))
    return home
