"""Questions about training: what I have to take, who lacks what, and a session as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.extensions import db
from portal.kernel.clock import office_day, start_of
from portal.kernel.columns import Instant
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.organisation import waiting
from portal.organisation.company import here_on, on_day
from portal.organisation.models import Department, Grant, Person, Placement, Post
from portal.organisation.queries import below, departments, up_from
from portal.organisation.staff import Staff
from portal.policies.models import Manual, ManualVersion
from portal.policies.queries import binds, home_of, in_force
from portal.policies.queries import seen_by as manuals_seen_by
from portal.policies.repeal_models import Repeal
from portal.policies.states import ManualKind, State
from portal.training.models import COURSE_MANUAL, Course, Participant, TrainingSession
from portal.training.rules import TrainingRules, counts_since, week_of
from portal.training.states import CourseKind, Presence, Result, SessionState, Week

AGES_AGO = date(1900, 1, 1)
WEEKS_BEFORE, WEEKS_AHEAD = timedelta(weeks=3), timedelta(weeks=6)
RECENTLY = timedelta(days=365)
"""A standard that was published longer ago without training in it is no news for Today; the list still says so."""


# ── Courses ──


def courses(*, with_manuals: bool = True) -> Sequence[Course]:
    """Every course that is taught, by its code: the catalogue is open to everybody."""
    query = select(Course).where(Course.closed_on.is_(None)).order_by(Course.code)
    return db.session.scalars(query.options(selectinload(Course.manuals)) if with_manuals else query).all()


def course_coded(code: str) -> Course | None:
    """The course with this code, closed or not."""
    found = select(Course).where(func.lower(Course.code) == code.strip().lower())
    return db.session.scalar(found.options(selectinload(Course.manuals)))


def keeps(reader: Staff, course: Course) -> bool:
    """Whether the course itself is the reader's to change: it belongs where they keep training."""
    return reader.may(P.TRAINING_KEEP, course.department_id)


def texts_in_force(course: Course, on: date) -> list[str]:
    """The versions of a course's manuals that bind on a day: `KF-01 2.1`."""
    if not course.manuals:
        return []
    rows = db.session.execute(
        select(Manual.code, ManualVersion.major, ManualVersion.minor)
        .join(ManualVersion, ManualVersion.manual_id == Manual.id)
        .where(Manual.id.in_([one.id for one in course.manuals]), binds(on))
        .order_by(Manual.code)
    )
    return [f"{row.code} {row.major}.{row.minor}" for row in rows]


def manuals(reader: Staff) -> Sequence[Any]:
    """(id, code, titles) of the manuals that the reader may see, for whoever says in which ones a course trains."""
    query = manuals_seen_by(reader).with_only_columns(Manual.id, Manual.code, Manual.titles)
    return db.session.execute(query.order_by(Manual.code)).all()


def manuals_taught() -> Select[Any]:
    """(manual, count) of the courses that are taught and train in it."""
    query = select(COURSE_MANUAL.c.manual_id, func.count()).join(Course, Course.id == COURSE_MANUAL.c.course_id)
    return query.where(Course.closed_on.is_(None)).group_by(COURSE_MANUAL.c.manual_id)


def manuals_with(reader: Staff, ids: Collection[int]) -> Sequence[Manual]:
    """These manuals, by their codes: none that the reader does not see, for its draft is nobody's business."""
    return db.session.scalars(manuals_seen_by(reader).where(Manual.id.in_(ids)).order_by(Manual.code)).all()


# ── Who must take what ──


_HOME, _SCOPE = aliased(Department), aliased(Department)


def _must_take(day: date, *columns: Any) -> Select[Any]:
    """Everybody with every course that is for them on a day: of its department or below it, with its role; of what is
    learnt at entry or before a post, whoever has come since the course is there."""
    newcomers = or_(
        Course.kind.not_in((CourseKind.ENTRY, CourseKind.QUALIFICATION)),
        and_(Course.kind == CourseKind.ENTRY, Person.joined_on >= Course.since_on),
        and_(Course.kind == CourseKind.QUALIFICATION, Placement.from_on >= Course.since_on),
    )
    holds = exists().where(
        Grant.person_id == Person.id, Grant.role == Course.role, on_day(Grant.from_on, Grant.to_on, day)
    )
    return (
        select(*columns)
        .select_from(Person)
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .join(_HOME, _HOME.id == Post.department_id)
        .join(Course, true())
        .join(_SCOPE, _SCOPE.id == Course.department_id)
        .where(
            on_day(Placement.from_on, Placement.to_on, day), here_on(day), Person.disabled_at.is_(None),
            _HOME.path.startswith(_SCOPE.path), or_(Course.role == "", holds), Course.closed_on.is_(None),
            Course.kind != CourseKind.CUSTOMERS, newcomers,
        )
    )  # fmt: skip


def _since(taught: Iterable[Course], day: date) -> ColumnElement[datetime]:
    """From when a course counts that somebody passed: course by course, as the rules of its department have it."""
    found: dict[date, list[int]] = {}
    for one in taught:
        if since := counts_since(one.kind, day, in_force(TrainingRules, on=day, for_=one.department_id)):
            found.setdefault(since, []).append(one.id)
    ages = literal(start_of(AGES_AGO), Instant)
    if not found:
        return ages
    return case(*((Course.id.in_(ids), literal(start_of(since), Instant)) for since, ids in found.items()), else_=ages)


def _passed(since: ColumnElement[datetime]) -> ColumnElement[bool]:
    return exists().where(
        Participant.person_id == Person.id, Participant.result == Result.PASSED,
        TrainingSession.id == Participant.session_id, TrainingSession.course_id == Course.id,
        TrainingSession.state == SessionState.HELD, TrainingSession.starts_at >= since,
    )  # fmt: skip


def _next_start(day: date) -> Any:
    """When somebody's next session of the course begins, to which they are invited."""
    return (
        select(func.min(TrainingSession.starts_at))
        .join(Participant, Participant.session_id == TrainingSession.id)
        .where(
            Participant.person_id == Person.id, TrainingSession.course_id == Course.id,
            TrainingSession.state == SessionState.PLANNED, TrainingSession.starts_at >= start_of(day),
        )
        .correlate(Person, Course)
        .scalar_subquery()
    )  # fmt: skip


def mine_to_take(reader: Staff, taught: Sequence[Course], day: date) -> Sequence[Any]:
    """Every course that is for the reader: with when they passed it last, whether that still counts, and their next
    session."""
    last = (
        select(func.max(TrainingSession.starts_at))
        .join(Participant, Participant.session_id == TrainingSession.id)
        .where(
            Participant.person_id == Person.id, Participant.result == Result.PASSED,
            TrainingSession.course_id == Course.id, TrainingSession.state == SessionState.HELD,
        )
        .correlate(Person, Course)
        .scalar_subquery()
    )  # fmt: skip
    columns = (
        Course.code, Course.title, Course.kind, last.label("passed_at"),
        _passed(_since(taught, day)).label("counts"), _next_start(day).label("next_at"),
    )  # fmt: skip
    query = _must_take(day, *columns).where(Person.id == reader.id).order_by(Course.code)
    return db.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Lacks:
    """Which of the people in whose departments the reader keeps training lack which course."""

    reader: Staff
    course: Course | None
    day: date

    def rows(self, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
        """By name, then by course."""
        query = self._query()
        if after:
            query = query.where(tuple_(Person.sort_key, Person.id, Course.id) > tuple_(*map(literal, after.key)))
        rows = db.session.execute(query.limit(size + 1)).all()
        return Slice.of(rows, lambda one: (one.sort_key, one.person_id, one.course_id), size)

    def _query(self) -> Select[Any]:
        taught = [self.course] if self.course else courses(with_manuals=False)
        columns = (
            Person.id.label("person_id"), Person.sort_key, Person.staff_number, Person.name,
            _HOME.names.label("department"), Course.id.label("course_id"), Course.code, Course.title,
            _next_start(self.day).label("next_at"),
        )  # fmt: skip
        query = _must_take(self.day, *columns).where(
            ~_passed(_since(taught, self.day)), _HOME.id.in_(self.reader.where(P.TRAINING_KEEP))
        )
        if self.course:
            query = query.where(Course.id == self.course.id)
        return query.order_by(Person.sort_key, Person.id, Course.id)


def in_scope(course: Course, department_id: int, day: date) -> Sequence[Any]:
    """(id, name, department_id) of everybody whom a course is for, of one department and below it."""
    units = below([department_id], departments())
    query = _must_take(day, Person.id, Person.name, Post.department_id).where(
        Course.id == course.id, Post.department_id.in_(units)
    )
    return db.session.execute(query.order_by(Person.sort_key, Person.id)).all()


def homes_of(people: Collection[int], day: date) -> Sequence[Any]:
    """(id, name, department_id) of these colleagues as they are on a day."""
    query = (
        select(Person.id, Person.name, Post.department_id)
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(
            Person.id.in_(people), on_day(Placement.from_on, Placement.to_on, day), here_on(day),
            Person.disabled_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
    )  # fmt: skip
    return db.session.execute(query).all()


# ── Sessions ──


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """Sessions that the reader teaches, enters or takes part in; those of departments to which they belong; and those
    of, or with people of, departments where they keep training."""
    kept = reader.where(P.TRAINING_KEEP)
    own = {one.id for one in up_from(reader.department_id)} if reader.department_id else set()
    takes_part = exists().where(
        Participant.session_id == TrainingSession.id,
        or_(Participant.person_id == reader.id, Participant.department_id.in_(kept)),
    )
    return or_(_enters(reader.id), TrainingSession.department_id.in_(kept | own), takes_part)


def _enters(reader_id: Any) -> ColumnElement[bool]:
    """As `TrainingSession.enters_id`."""
    return func.coalesce(TrainingSession.trainer_id, TrainingSession.planned_by_id) == reader_id


def told_of(reader_id: Any, session_id: Any) -> ColumnElement[bool]:
    """Whose bell may ring about a session: who teaches it and who takes part."""
    takes_part = exists().where(Participant.session_id == session_id, Participant.person_id == reader_id)
    teaches = exists().where(TrainingSession.id == session_id, _enters(reader_id))
    return or_(takes_part, teaches)


def belongs_to(reader_id: Any, department_id: Any, day: Any) -> ColumnElement[bool]:
    """That somebody belongs on a day to the department that a column names, or below it; `day` may be a parameter."""
    home, scope = aliased(Department), aliased(Department)
    return exists().where(
        scope.id == department_id, home.path.startswith(scope.path), Post.department_id == home.id,
        Placement.post_id == Post.id, Placement.person_id == reader_id, Placement.main,
        on_day(Placement.from_on, Placement.to_on, day),
    )  # fmt: skip


def session_seen_by(reader: Staff, number: str) -> TrainingSession | None:
    """One session, or None for one that is not there or not the reader's to see."""
    query = select(TrainingSession).where(TrainingSession.number == number.upper(), seen_by(reader))
    return db.session.scalar(query.options(joinedload(TrainingSession.course).selectinload(Course.manuals)))


def sees_everybody(reader: Staff, session: TrainingSession) -> bool:
    """Whether all who take part are the reader's business: they teach it, or keep the training of its department."""
    return reader.id == session.enters_id or reader.may(P.TRAINING_KEEP, session.department_id)


def participants(reader: Staff, session: TrainingSession) -> Sequence[Participant]:
    """Who takes part, guests last: everybody for who teaches or keeps it; else oneself and one's own people."""
    query = select(Participant).where(Participant.session_id == session.id)
    if not sees_everybody(reader, session):
        kept = reader.where(P.TRAINING_KEEP)
        query = query.where(or_(Participant.person_id == reader.id, Participant.department_id.in_(kept)))
    query = query.outerjoin(Person, Person.id == Participant.person_id).options(joinedload(Participant.department))
    return db.session.scalars(query.order_by(Person.id.is_(None), Person.sort_key, Participant.id)).all()


def invited_to(session: TrainingSession) -> Sequence[Participant]:
    """Everybody who takes part, for the verbs."""
    query = select(Participant).where(Participant.session_id == session.id).order_by(Participant.id)
    return db.session.scalars(query).all()


def participant(session: TrainingSession, participant_id: int) -> Participant | None:
    """One who takes part in exactly this session (attack 11)."""
    mine = (Participant.id == participant_id, Participant.session_id == session.id)
    return db.session.scalar(select(Participant).where(*mine))


LINE = (
    TrainingSession.id, TrainingSession.number, TrainingSession.title, TrainingSession.starts_at,
    TrainingSession.ends_at, TrainingSession.place, TrainingSession.trainer_name, TrainingSession.state,
)  # fmt: skip


def coming_to_me(reader: Staff, day: date) -> Sequence[Any]:
    """Planned sessions in which the reader takes part or which they teach, the next one first; of those taught also
    what is over and has no results yet."""
    takes_part = exists().where(Participant.session_id == TrainingSession.id, Participant.person_id == reader.id)
    ahead = TrainingSession.starts_at >= start_of(day)
    query = select(*LINE, _enters(reader.id).label("teaches")).where(
        TrainingSession.state == SessionState.PLANNED,
        or_(and_(takes_part, ahead), _enters(reader.id)),
    )
    return db.session.execute(query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(PAGE)).all()


def results_of(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """What the reader took part in, the newest first."""
    query = (
        select(*LINE, Participant.presence, Participant.result, Participant.note)
        .join(Participant, Participant.session_id == TrainingSession.id)
        .where(Participant.person_id == reader.id, TrainingSession.state == SessionState.HELD)
    )
    return _newest_first(query, after, size)


def of_course(reader: Staff, course: Course, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """The sessions of a course that the reader may see, the newest first."""
    query = select(*LINE).where(TrainingSession.course_id == course.id, seen_by(reader))
    return _newest_first(query, after, size)


def _newest_first(query: Any, after: After | None, size: int) -> Slice[Any]:
    if after:
        at, before = literal(after.key[0], Instant), literal(after.key[1])
        query = query.where(tuple_(TrainingSession.starts_at, TrainingSession.id) < tuple_(at, before))
    query = query.order_by(TrainingSession.starts_at.desc(), TrainingSession.id.desc()).limit(size + 1)
    return Slice.of(db.session.execute(query).all(), lambda one: (one.starts_at, one.id), size)


def may_plan_for(reader: Staff, course: Course) -> list[Department]:
    """Departments for which the reader may plan a session of the course: where they keep training, as far as the course
    reaches or where it comes from."""
    tree = departments()
    reached = below([course.department_id], tree)
    return [one for one in tree.values() if one.id in reached and reader.may(P.TRAINING_KEEP, one.id)]


# ── The plan ──


@dataclass(frozen=True, slots=True)
class PlannedWeek:
    """One week of a department: its Monday, its trainings, and how their number stands against the manual."""

    monday: date
    sessions: tuple[Any, ...]
    standing: Week

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)


def plans_seen_by(reader: Staff) -> list[Department]:
    """Departments whose plan the reader may see: where they belong, and where they keep training."""
    own = {one.id for one in up_from(reader.department_id)} if reader.department_id else set()
    return [one for one in departments().values() if one.id in own or reader.may(P.TRAINING_KEEP, one.id)]


def plan_of(reader: Staff, department: Department, day: date) -> tuple[list[PlannedWeek], TrainingRules]:
    """The weeks around `day`: sessions of the department and of those above it, for they are for its people, too."""
    first = day - timedelta(days=day.weekday()) - WEEKS_BEFORE
    last = first + WEEKS_BEFORE + WEEKS_AHEAD
    rows = db.session.execute(
        select(*LINE)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(
            TrainingSession.department_id.in_([one.id for one in up_from(department.id)]), seen_by(reader),
            TrainingSession.starts_at >= start_of(first), TrainingSession.starts_at < start_of(last),
            TrainingSession.state != SessionState.CANCELLED, Course.kind != CourseKind.CUSTOMERS,
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )  # fmt: skip
    by_week: dict[date, list[Any]] = {}
    for row in rows:
        on = office_day(row.starts_at)
        by_week.setdefault(on - timedelta(days=on.weekday()), []).append(row)
    weeks, rules = [], in_force(TrainingRules, on=day, for_=department)
    for number in range((last - first).days // 7):
        monday = first + timedelta(days=7 * number)
        found = tuple(by_week.get(monday, ()))
        weeks.append(PlannedWeek(monday, found, week_of(len(found), rules)))
    return weeks, rules


# ── What waits ──


def to_do(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Sessions that wait for the reader, as `waiting.row` columns: to be given, to have their results entered, to be
    attended. `kind`: whether the reader gives it."""
    takes_part = exists().where(
        Participant.session_id == TrainingSession.id, Participant.person_id == reader.id,
        Participant.presence == Presence.INVITED,
    )  # fmt: skip
    columns = waiting.row(
        number=TrainingSession.number, title=TrainingSession.title, who=TrainingSession.trainer_name,
        kind=case((_enters(reader.id), literal(GIVES)), else_=literal("")), since=TrainingSession.starts_at,
        due_at=TrainingSession.ends_at,
    )  # fmt: skip
    query = select(*columns).where(
        TrainingSession.state == SessionState.PLANNED,
        or_(_enters(reader.id), and_(takes_part, TrainingSession.ends_at > at)),
    )
    return query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(most)


GIVES = "gives"


def standards_without_training(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Technical standards that were published and in which nobody has been trained since, or is to be (POL-042), none
    that is repealed or ends before its newest version binds; of the departments where the reader keeps training, the
    oldest first. As `waiting.row` columns, `kind` the version."""
    kept = reader.where(P.TRAINING_KEEP)
    trained = exists().where(
        COURSE_MANUAL.c.manual_id == Manual.id, TrainingSession.course_id == COURSE_MANUAL.c.course_id,
        TrainingSession.state != SessionState.CANCELLED, TrainingSession.starts_at >= ManualVersion.published_at,
    )  # fmt: skip
    later = aliased(ManualVersion)
    newer = exists().where(
        later.manual_id == Manual.id, later.state == State.PUBLISHED, later.seq > ManualVersion.seq
    )  # fmt: skip
    ended = exists().where(
        Repeal.manual_id == Manual.id,
        or_(Repeal.from_on <= office_day(at), Repeal.from_on <= ManualVersion.effective_from),
    )
    label = cast(ManualVersion.major, String).concat(".").concat(cast(ManualVersion.minor, String))
    return (
        select(*waiting.row(number=Manual.code, titles=Manual.titles, kind=label, since=ManualVersion.published_at))
        .join_from(Manual, ManualVersion, ManualVersion.manual_id == Manual.id)
        .where(
            Manual.kind == ManualKind.STANDARD, ManualVersion.state == State.PUBLISHED, ~newer, ~trained, ~ended,
            ManualVersion.published_at >= at - RECENTLY,
            Manual.department_id.in_(kept) | and_(Manual.department_id.is_(None), literal(home_of(None) in kept)),
        )
        .order_by(ManualVersion.published_at, Manual.id)
        .limit(most)
    )  # fmt: skip


def office_days(starts_at: datetime, ends_at: datetime) -> int:
    """On how many days of the office's calendar something takes place."""
    return (office_day(ends_at) - office_day(starts_at)).days + 1
