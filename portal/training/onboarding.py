"""Newcomers: their checklist, who coaches them, and whether they may be put on a roster (POL-032, POL-033, I-24)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day, start_of
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.text import Said, say
from portal.organisation import waiting
from portal.organisation.models import Department, Person, Placement, Post
from portal.organisation.queries import home_of, up_from
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.training.models import Course, Participant, TrainingSession
from portal.training.onboarding_events import (
    CoachingEnded,
    MentorNamed,
    OnboardingBegun,
    OnboardingItemAdded,
    OnboardingItemDropped,
    OnboardingLineDone,
    OnboardingWaived,
)
from portal.training.onboarding_models import MentorPair, Onboarding, OnboardingItem, OnboardingLine
from portal.training.rules import NewcomerRules, refuse_mentor
from portal.training.states import (
    AT_ENTRY,
    BEFORE_PROPERTY,
    LISTED,
    CourseKind,
    OnboardingKind,
    Part,
    Result,
    SessionState,
    Topic,
)

ONE_DAY = timedelta(days=1)
AHEAD = timedelta(days=31)
"""How long before their first day somebody's checklist is made, so that entry training can be planned."""
LONGEST_NEW = timedelta(days=365)
"""The longest that a manual can call somebody new."""
MOST_WORDS = 2_000


# ── The list ──


@action
def add_item(
    actor: Staff, department: Department, part: Part, words: str, *, key: str = "", at: datetime
) -> OnboardingItem:
    """What everybody who comes to the department, or below it, goes through from now on."""
    _keeps(actor, department.id)
    if part not in LISTED:
        raise Refused(say("Choose the part to which it belongs."), field="part")
    item = OnboardingItem(
        department_id=department.id, part=part, words=_words(words, "words", say("Say what they go through.")),
        since_on=office_day(at), dropped_on=None,
    )  # fmt: skip
    db.session.add(item)
    db.session.flush()
    once.used(key, actor.id, str(item.id), at)
    record(OnboardingItemAdded(item.id, item.words))
    return item


@action
def drop_item(actor: Staff, item: OnboardingItem, *, at: datetime) -> None:
    """It is on no new checklist; those that were made keep it."""
    _keeps(actor, item.department_id)
    item.dropped_on = office_day(at)
    record(OnboardingItemDropped(item.id, item.words))


def items_of(department_id: int) -> Sequence[OnboardingItem]:
    """What somebody who comes to the department goes through: its own lines and those of the departments above."""
    mine = [one.id for one in up_from(department_id)]
    query = select(OnboardingItem).where(
        OnboardingItem.department_id.in_(mine), OnboardingItem.dropped_on.is_(None)
    )  # fmt: skip
    return db.session.scalars(query.order_by(OnboardingItem.part, OnboardingItem.id)).all()


def missing_parts(items: Collection[OnboardingItem]) -> list[Part]:
    """The parts of the set for which a department's list says nothing (POL-034)."""
    there = {one.part for one in items}
    return [part for part in LISTED if part not in there]


def item_of(department_id: int, item_id: int) -> OnboardingItem | None:
    """A line of exactly this department's list (attack 11)."""
    mine = (OnboardingItem.id == item_id, OnboardingItem.department_id == department_id)
    return db.session.scalar(select(OnboardingItem).where(*mine, OnboardingItem.dropped_on.is_(None)))


# ── Checklists are made ──


class Newcomer(NamedTuple):
    """Somebody who needs a checklist."""

    person_id: int
    name: str
    department_id: int
    from_on: date
    kind: OnboardingKind


def newcomers_without(day: date, people: Collection[int] | None = None) -> list[Newcomer]:
    """Everybody (of `people`) who needs a checklist and has none: whoever is new in the company, and whoever is new in
    a post that is checked for (POL-035)."""
    has = select(Onboarding.id).where(Onboarding.person_id == Person.id)
    of_post = has.where(Onboarding.department_id == Post.department_id)
    query = (
        select(
            Person.id, Person.name, Post.department_id, Person.joined_on, Placement.from_on,
            has.exists().label("was_new"),
        )
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(
            Person.disabled_at.is_(None), or_(Person.left_on.is_(None), Person.left_on > day),
            Placement.from_on <= day + AHEAD, or_(Placement.to_on.is_(None), Placement.to_on > day),
            Placement.from_on > day - LONGEST_NEW, ~of_post.exists(),
        )
        .order_by(Person.id, Placement.from_on)
    )  # fmt: skip
    if people is not None:
        query = query.where(Person.id.in_(people))
    found: list[Newcomer] = []
    told: set[int] = set()
    for row in db.session.execute(query):
        rules = in_force(NewcomerRules, on=day, for_=row.department_id)
        since = day - timedelta(days=rules.newcomer_for.value)
        new = row.joined_on > since and not row.was_new
        posted = rules.property_check.value and row.from_on > since
        if row.id not in told and (new or posted):
            told.add(row.id)
            kind = OnboardingKind.ENTRY if new else OnboardingKind.POST
            since_on = row.joined_on if new else row.from_on
            found.append(Newcomer(row.id, row.name, row.department_id, since_on, kind))
    return found


@action
def welcome(actor: Portal | Staff, who: Newcomer, *, at: datetime) -> Onboarding:
    """Make somebody's checklist from the list as it is now, with the topics that a rule wants. Once for each."""
    rules = in_force(NewcomerRules, on=office_day(at), for_=who.department_id)
    one = Onboarding(
        person_id=who.person_id, person_name=who.name, department_id=who.department_id, kind=who.kind,
        from_on=who.from_on, made_at=at, waived_at=None, waived_by_name="", waived_reason="",
    )  # fmt: skip
    if who.kind is OnboardingKind.ENTRY:
        one.lines += [_line(Part.ENTRY, topic=topic) for topic in AT_ENTRY]
        one.lines += [_line(item.part, words=item.words) for item in items_of(who.department_id)]
    if rules.property_check.value:
        one.lines += [_line(Part.QUALIFICATION, topic=topic) for topic in BEFORE_PROPERTY]
    db.session.add(one)
    db.session.flush()
    record(OnboardingBegun(one.id, who.person_id, who.name, who.kind, len(one.lines)))
    return one


def _line(part: Part, *, topic: Topic | None = None, words: str = "") -> OnboardingLine:
    return OnboardingLine(part=part, topic=topic or "", words=words, done_at=None, done_by_name="")


# ── A checklist ──


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands on a day. `by`: who said so, or the training in which it was passed."""

    id: int
    part: Part
    what: Said | str
    by_hand: bool
    done: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is on a day, and what still stands between them and the roster."""

    lines: tuple[Line, ...]
    days: int
    days_wanted: int
    mentor: MentorPair | None
    waived: bool
    kind: OnboardingKind

    @property
    def left(self) -> int:
        """Lines that are not done."""
        return sum(not one.done for one in self.lines)

    @property
    def wants(self) -> list[Said]:
        """What is missing before somebody may be put on the roster; nothing where a head waived it."""
        if self.waived:
            return []
        found = []
        if self.kind is OnboardingKind.ENTRY and self.days < self.days_wanted:
            found.append(say("{days} of {wanted} days of entry training", days=self.days, wanted=self.days_wanted))
        if self.left:
            found.append(say("{count} lines of the checklist", count=self.left))
        if self.kind is OnboardingKind.ENTRY and self.mentor is None:
            found.append(say("a mentor"))
        return found


def standings(found: Collection[Onboarding], day: date) -> dict[int, Standing]:
    """How far these checklists are on a day, by id: two statements, however many they are."""
    people = {one.person_id for one in found}
    passed: dict[tuple[int, str], str] = {}
    days: dict[int, int] = {}
    before = start_of(day + ONE_DAY)
    rows = db.session.execute(
        select(
            Participant.person_id, TrainingSession.number, TrainingSession.days, Course.kind, Course.topics,
        )
        .join(TrainingSession, TrainingSession.id == Participant.session_id)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(
            Participant.person_id.in_(people), Participant.result == Result.PASSED,
            TrainingSession.state == SessionState.HELD, TrainingSession.ends_at < before,
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )  # fmt: skip
    for row in rows:
        for topic in row.topics:
            passed.setdefault((row.person_id, topic), row.number)
        if row.kind == CourseKind.ENTRY:
            days[row.person_id] = days.get(row.person_id, 0) + row.days
    pairs = _pairs(people, max([day, *(one.from_on for one in found)]))
    return {one.id: _standing(one, day, passed, days.get(one.person_id, 0), pairs) for one in found}


def _standing(
    one: Onboarding, day: date, passed: dict[tuple[int, str], str], days: int, pairs: Sequence[MentorPair]
) -> Standing:
    """Before somebody's first day, whoever coaches them from then on counts."""
    rules = in_force(NewcomerRules, on=day, for_=one.department_id)
    lines = []
    for line in one.lines:
        by = passed.get((one.person_id, line.topic), "") if line.topic else line.done_by_name
        by_then = line.done_at is not None and office_day(line.done_at) <= day
        what: Said | str = Topic(line.topic).label if line.topic else line.words
        lines.append(Line(line.id, line.part, what, not line.topic, bool(by) if line.topic else by_then, by))
    waived = one.waived_at is not None and office_day(one.waived_at) <= day
    there = [pair for pair in pairs if pair.newcomer_id == one.person_id and pair.from_on <= max(day, one.from_on)]
    mentor = there[-1] if there else None
    return Standing(tuple(lines), days, rules.entry_days.value, mentor, waived, one.kind)


def _pairs(people: Collection[int], day: date) -> Sequence[MentorPair]:
    """Who was named to coach these people until that day, the last one last; also where the coaching is over."""
    query = select(MentorPair).where(MentorPair.newcomer_id.in_(people), MentorPair.from_on <= day)
    return db.session.scalars(query.order_by(MentorPair.from_on, MentorPair.id)).all()


# ── What the roster asks ──


def not_rosterable(people: Collection[int], day: date) -> dict[int, list[Said]]:
    """Of these people, whoever may not be put on a roster of that day, with what is missing (POL-032, I-24).

    For rosters: a newcomer is not rostered before their entry training is done and a mentor is named, unless a head
    waived it with a reason. A training that is only planned does not count.
    """
    query = select(Onboarding).where(Onboarding.person_id.in_(people)).options(selectinload(Onboarding.lines))
    made = db.session.scalars(query).all()
    far = standings(made, day)
    found: dict[int, list[Said]] = {}
    for one in made:
        if wants := far[one.id].wants:
            found.setdefault(one.person_id, []).extend(wants)
    for newcomer in newcomers_without(day, people):
        found.setdefault(newcomer.person_id, []).append(say("a checklist"))
    return found


def rosterable(person_id: int, day: date) -> bool:
    """Whether somebody may be put on a roster of that day."""
    return not not_rosterable([person_id], day)


# ── What people do ──


@action
def tick(actor: Staff, one: Onboarding, line: OnboardingLine, *, at: datetime) -> None:
    """Somebody else says that a line is done: who keeps training there, or the mentor. Raises Refused for what only a
    training can do."""
    _refuse_own(actor, one)
    if not looks_after(actor, one, office_day(at)):
        raise NotAllowed(say("This is not yours to do."))
    if line.topic:
        raise Refused(say("That is done by passing a training which teaches it."))
    if line.done_at is not None:
        return
    line.done_at, line.done_by_name = at, actor.name
    record(OnboardingLineDone(one.id, one.person_id, one.person_name, line.words))


@action
def name_mentor(actor: Staff, one: Onboarding, mentor: Person, from_on: date, *, at: datetime) -> MentorPair:
    """An experienced colleague coaches a newcomer from a day on and answers for them; who coached before does no more.

    Raises Refused for oneself, for somebody who is too new, still new or coaches too many already, and for a day in the
    past.
    """
    _refuse_own(actor, one)
    _keeps(actor, one.department_id)
    day = office_day(at)
    if mentor.id == one.person_id:
        raise Refused(say("Nobody coaches themselves."), field="mentor")
    if from_on < max(day, one.from_on) and from_on != one.from_on:
        raise Refused(say("Name the mentor from today on, or from their first day."), field="from_on")
    if home_of(mentor.id, day) is None:
        raise Refused(say("{name} is not with us.", name=mentor.name), field="mentor")
    if mentor.id in not_rosterable([mentor.id], day):
        raise Refused(say("{name} is still new.", name=mentor.name), field="mentor")
    rules = in_force(NewcomerRules, on=day, for_=one.department_id)
    refuse_mentor(mentor.joined_on, from_on, _coached(mentor.id, but=one.person_id), rules)
    before = open_pair(one.person_id)
    if before is not None:
        if before.mentor_id == mentor.id:
            raise Refused(say("{name} coaches them already.", name=mentor.name), field="mentor")
        before.to_on = max(from_on, before.from_on)
        db.session.flush()
    pair = MentorPair(
        newcomer_id=one.person_id, newcomer_name=one.person_name, mentor_id=mentor.id, mentor_name=mentor.name,
        from_on=from_on, to_on=None, retest=Result.NONE, outcome="",
    )  # fmt: skip
    db.session.add(pair)
    db.session.flush()
    record(MentorNamed(one.id, one.person_id, one.person_name, mentor.id, mentor.name, from_on))
    return pair


def _coached(mentor_id: int, *, but: int) -> int:
    query = select(func.count()).where(
        MentorPair.mentor_id == mentor_id, MentorPair.to_on.is_(None), MentorPair.newcomer_id != but
    )  # fmt: skip
    return db.session.scalar(query) or 0


@action
def end_coaching(actor: Staff, one: Onboarding, retest: Result, outcome: str, *, at: datetime) -> None:
    """The coaching is over: what the newcomer can do, and how the mentor did in their own test. Never by the mentor."""
    _refuse_own(actor, one)
    _keeps(actor, one.department_id)
    pair = open_pair(one.person_id)
    if pair is None:
        raise Refused(say("Nobody coaches them now."))
    if pair.mentor_id == actor.id:
        raise NotAllowed(say("Nobody decides their own."))
    if retest is Result.NONE:
        raise Refused(say("Say how the mentor did in their own test."), field="retest")
    pair.retest, pair.to_on = retest, max(office_day(at), pair.from_on)
    pair.outcome = _words(outcome, "outcome", say("Say what came of it."))
    record(
        CoachingEnded(
            one.id, one.person_id, one.person_name, pair.mentor_id, pair.mentor_name, retest.value, pair.outcome
        )
    )  # fmt: skip


@action
def waive(actor: Staff, one: Onboarding, reason: str, *, at: datetime) -> None:
    """A head lets somebody be put on the roster before the checklist is done, for a reason that stays with it."""
    _refuse_own(actor, one)
    if not actor.may(P.TRAINING_WAIVE, one.department_id):
        raise NotAllowed(say("That is for the head of the department to say."))
    if one.waived_at is not None:
        raise Refused(say("That was said already."))
    one.waived_at, one.waived_by_name = at, actor.name
    one.waived_reason = _words(reason, "reason", say("Say why it cannot wait."))
    record(OnboardingWaived(one.id, one.person_id, one.person_name, one.waived_reason))


def _refuse_own(actor: Staff, one: Onboarding) -> None:
    if one.person_id == actor.id:
        raise NotAllowed(say("Nobody decides this for themselves."))


def _keeps(actor: Staff, department_id: int) -> None:
    if not actor.may(P.TRAINING_KEEP, department_id):
        raise NotAllowed(say("You keep no training there."))


def _words(words: str, field: str, sentence: Said) -> str:
    words = words.strip()
    if not words:
        raise Refused(sentence, field=field)
    return words[:MOST_WORDS]


# ── Reading ──


def looks_after(reader: Staff, one: Onboarding, day: date) -> bool:
    """Whether somebody keeps the training of a newcomer's department, or coaches them."""
    return reader.may(P.TRAINING_KEEP, one.department_id) or coaches(reader, open_pair(one.person_id), day)


def coaches(reader: Staff, pair: MentorPair | None, day: date) -> bool:
    """Whether this is the reader's own coaching, and it has begun."""
    return pair is not None and pair.mentor_id == reader.id and pair.from_on <= day


def open_pair(newcomer_id: int) -> MentorPair | None:
    """Who coaches somebody now, or will."""
    return db.session.scalar(
        select(MentorPair).where(MentorPair.newcomer_id == newcomer_id, MentorPair.to_on.is_(None))
    )  # fmt: skip


def pairs_of(one: Onboarding) -> Sequence[MentorPair]:
    """Everybody who coached somebody, the last one first."""
    query = select(MentorPair).where(MentorPair.newcomer_id == one.person_id)
    return db.session.scalars(query.order_by(MentorPair.id.desc())).all()


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """One's own checklist, those of whom one coaches, and those of departments where one keeps training."""
    pair = aliased(MentorPair)
    coached = exists().where(
        pair.newcomer_id == Onboarding.person_id, pair.mentor_id == reader.id, pair.to_on.is_(None)
    )  # fmt: skip
    return or_(Onboarding.person_id == reader.id, coached, Onboarding.department_id.in_(reader.where(P.TRAINING_KEEP)))


def told_of(reader_id: Any, onboarding_id: Any) -> ColumnElement[bool]:
    """Whose bell may ring about a checklist: whose it is, and who coaches them."""
    coaches = exists().where(MentorPair.newcomer_id == Onboarding.person_id, MentorPair.mentor_id == reader_id)
    return exists().where(Onboarding.id == onboarding_id, or_(Onboarding.person_id == reader_id, coaches))


_WHOLE = (selectinload(Onboarding.lines), joinedload(Onboarding.person))


def onboarding_seen_by(reader: Staff, onboarding_id: int) -> Onboarding | None:
    """One checklist, or None for one that is not there or not the reader's to see."""
    query = select(Onboarding).where(Onboarding.id == onboarding_id, seen_by(reader))
    found = db.session.scalars(query.options(joinedload(Onboarding.lines), joinedload(Onboarding.person)))
    return found.unique().one_or_none()


def line_of(one: Onboarding, line_id: int) -> OnboardingLine | None:
    """A line of exactly this checklist (attack 11)."""
    return next((line for line in one.lines if line.id == line_id), None)


def newcomers(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[Onboarding]:
    """Checklists that the reader may see, whoever began last first."""
    query = select(Onboarding).where(seen_by(reader)).order_by(Onboarding.id.desc()).limit(size + 1)
    if after:
        query = query.where(Onboarding.id < after.key[0])
    return Slice.of(db.session.scalars(query.options(*_WHOLE)).all(), lambda one: (one.id,), size)


def new_here(reader: Staff) -> Sequence[Any]:
    """(id, person_id, person_name, kind, from_on) of the reader's own checklists, and of whom the reader coaches."""
    coached = exists().where(
        MentorPair.newcomer_id == Onboarding.person_id, MentorPair.mentor_id == reader.id, MentorPair.to_on.is_(None)
    )
    query = select(
        Onboarding.id, Onboarding.person_id, Onboarding.person_name, Onboarding.kind, Onboarding.from_on
    ).where(or_(Onboarding.person_id == reader.id, coached))
    return db.session.execute(query.order_by(Onboarding.id.desc()).limit(PAGE)).all()


def without_mentor(reader: Staff, day: date, most: int) -> Select[Any]:
    """Newcomers whom nobody coaches (POL-033), of the departments where the reader keeps training; for Today, as
    `waiting.row` columns, `number` the id of the checklist."""
    pair = exists().where(MentorPair.newcomer_id == Onboarding.person_id)
    columns = waiting.row(
        number=cast(Onboarding.id, String), title=Onboarding.person_name, since=Onboarding.made_at
    )  # fmt: skip
    return (
        select(*columns)
        .join(Person, Person.id == Onboarding.person_id)
        .where(
            ~pair, Onboarding.waived_at.is_(None), Onboarding.kind == OnboardingKind.ENTRY,
            Onboarding.department_id.in_(reader.where(P.TRAINING_KEEP)), Onboarding.person_id != reader.id,
            Person.disabled_at.is_(None), or_(Person.left_on.is_(None), Person.left_on > day),
        )
        .order_by(Onboarding.from_on, Onboarding.id)
        .limit(most)
    )  # fmt: skip
