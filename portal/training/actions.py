"""The verbs: courses, sessions, who is invited, and what came of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.numbers import next_number
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.models import Department, Person
from portal.organisation.queries import below, departments
from portal.organisation.staff import Staff
from portal.training import queries
from portal.training.events import (
    CourseAdded,
    CourseChanged,
    CourseClosed,
    GuestInvited,
    InvitationWithdrawn,
    PeopleInvited,
    ResultEntered,
    SessionCancelled,
    SessionMoved,
    SessionPlanned,
)
from portal.training.models import Course, Participant, TrainingSession
from portal.training.rules import refuse_impossible
from portal.training.states import SESSION, CourseKind, Presence, Result, SessionState, Topic

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
"""The code of a course stands in addresses."""
MOST_WORDS = 2_000
MOST_PEOPLE = 2_000
"""Of one session: more is a lecture, and its sheet nobody fills in."""


@dataclass(frozen=True, slots=True)
class CourseText:
    """What a course is: whom it is for, what it teaches, and in which manuals."""

    title: str
    kind: CourseKind
    department: Department
    role: str = ""
    topics: tuple[Topic, ...] = ()
    goal: str = ""
    manual_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionText:
    """When and where it takes place, who teaches, and what for. `trainer`: None where they come from outside."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    target: str
    trainer: Person | None = None
    trainer_name: str = ""
    body: str = ""
    days: int = 0


# ── Courses ──


@action
def add_course(actor: Staff, code: str, text: CourseText, *, key: str = "", at: datetime) -> Course:
    """There is a course. Raises Refused for a code that is taken, NotAllowed where one keeps no training."""
    _keeps(actor, text.department.id)
    code = unicodedata.normalize("NFKC", code).strip().upper()
    if not CODE.fullmatch(code):
        raise Refused(say("A code has letters, digits and hyphens: RZ-01."), field="code")
    if queries.course_coded(code) is not None:
        raise Refused(say("{code} is another course already.", code=code), field="code")
    course = Course(code=code, since_on=office_day(at), closed_on=None)
    _write(actor, course, text)
    db.session.add(course)
    db.session.flush()
    once.used(key, actor.id, course.code, at)
    record(CourseAdded(course.id, course.title))
    return course


@action
def change_course(actor: Staff, course: Course, text: CourseText, *, seen: int, at: datetime) -> None:
    """The course is another from now on; what people passed of it stays passed. `seen`: the version that was read."""
    _refuse_old(course, seen)
    _keeps(actor, course.department_id)
    _keeps(actor, text.department.id)
    _refuse_closed(course)
    _write(actor, course, text)
    record(CourseChanged(course.id, course.title))


@action
def close_course(actor: Staff, course: Course, *, at: datetime) -> None:
    """It is taught no more, and nobody lacks it."""
    _keeps(actor, course.department_id)
    _refuse_closed(course)
    course.closed_on = office_day(at)
    record(CourseClosed(course.id, course.title))


def _write(actor: Staff, course: Course, text: CourseText) -> None:
    course.title, course.goal = _words(text.title, "title", say("Give the course a title.")), text.goal.strip()
    course.kind, course.role, course.topics = text.kind, text.role, [one.value for one in text.topics]
    course.department_id = text.department.id
    course.manuals = list(queries.manuals_with(actor, text.manual_ids))
    flag_modified(course, "title")  # other manuals alone make another course, too: whoever read it before is told


# ── Sessions ──


@action
def plan_session(
    actor: Staff, course: Course, department: Department, text: SessionText, *, invites: bool = False, key: str = "",
    at: datetime,
) -> TrainingSession:  # fmt: skip
    """A session of a course has its day. `invites`: everybody of the department whom the course is for, at once."""
    _keeps(actor, department.id)
    _refuse_closed(course)
    if department.id not in below([course.department_id], departments()):
        raise Refused(say("The course is not for this department."), field="department")
    session = TrainingSession(
        number=next_number("K", office_day(at).year), course=course, department_id=department.id,
        state=SessionState.PLANNED, planned_by_id=actor.id, planned_by_name=actor.name, texts=[], outcome="",
        entered_at=None,
    )  # fmt: skip
    _place(session, text)
    db.session.add(session)
    db.session.flush()
    once.used(key, actor.id, session.number, at)
    record(
        SessionPlanned(
            session.id, session.number, session.title, session.starts_at, session.place, session.trainer_id
        )
    )  # fmt: skip
    if invites:
        _invite(session, queries.in_scope(course, department.id, office_day(session.starts_at)))
    return session


@action
def change_session(actor: Staff, session: TrainingSession, text: SessionText, *, seen: int, at: datetime) -> None:
    """Another day, place, trainer or purpose, while it is still planned: who takes part hears of it."""
    _refuse_old(session, seen)
    SESSION.check(session, "change", actor)
    before = (session.starts_at, session.ends_at, session.place, session.trainer_id)
    _place(session, text)
    if session.trainer_id in {one.person_id for one in queries.invited_to(session) if one.person_id}:
        raise Refused(say("Who takes part cannot be the trainer: nobody enters their own result."), field="trainer")
    if (session.starts_at, session.ends_at, session.place, session.trainer_id) != before:
        record(
            SessionMoved(session.id, session.number, session.title, session.starts_at, session.place, _told(session))
        )  # fmt: skip


def _place(session: TrainingSession, text: SessionText) -> None:
    refuse_impossible(text.starts_at, text.ends_at, text.days, queries.office_days(text.starts_at, text.ends_at))
    session.title = _words(text.title, "title", say("Say what it is about."))
    session.place = _words(text.place, "place", say("Say where it takes place."))
    session.target = _words(text.target, "target", say("Say what people can do afterwards."))
    if text.trainer is None and not text.trainer_name.strip():
        raise Refused(say("Say who teaches."), field="trainer")
    session.starts_at, session.ends_at, session.days = text.starts_at, text.ends_at, text.days
    session.trainer_id = text.trainer.id if text.trainer else None
    session.trainer_name = text.trainer.name if text.trainer else text.trainer_name.strip()
    session.body = "" if text.trainer else text.body.strip()
    session.texts = queries.texts_in_force(session.course, office_day(text.starts_at))


@action
def invite(actor: Staff, session: TrainingSession, people: Collection[int], *, at: datetime) -> int:
    """Invite colleagues by hand; who is invited already stays so. Returns how many are new."""
    SESSION.check(session, "invite", actor)
    found = queries.homes_of(people, office_day(at))
    if not found:
        raise Refused(say("Choose a colleague from the list."), field="people")
    if session.enters_id in {one.id for one in found}:
        raise Refused(say("Who takes part cannot be the trainer: nobody enters their own result."), field="people")
    return _invite(session, found)


@action
def invite_scope(actor: Staff, session: TrainingSession, *, at: datetime) -> int:
    """Invite everybody of the session's department whom the course is for; returns how many are new."""
    SESSION.check(session, "invite", actor)
    return _invite(session, queries.in_scope(session.course, session.department_id, office_day(session.starts_at)))


def _invite(session: TrainingSession, people: Sequence[Any]) -> int:
    """Never whoever enters the results."""
    there = {one.person_id for one in queries.invited_to(session)}
    new = [one for one in people if one.id not in there and one.id != session.enters_id]
    if len(there) + len(new) > MOST_PEOPLE:
        raise Refused(say("At most {most} people take part in one session. Plan several.", most=MOST_PEOPLE))
    for one in new:
        db.session.add(
            Participant(
                session_id=session.id, person_id=one.id, name=one.name, department_id=one.department_id,
                organisation="", presence=Presence.INVITED, result=Result.NONE, note="",
            )
        )  # fmt: skip
    if new:
        record(
            PeopleInvited(
                session.id, session.number, session.title, session.starts_at, tuple(one.id for one in new)
            )
        )  # fmt: skip
    return len(new)


@action
def invite_guest(
    actor: Staff, session: TrainingSession, name: str, organisation: str, *, key: str = "", at: datetime
) -> None:
    """Somebody of another organisation takes part: a key customer's electrician (POL-045)."""
    SESSION.check(session, "invite", actor)
    name = _words(name, "name", say("Write down the name of the guest."))
    organisation = _words(organisation, "organisation", say("Say which organisation they come from."))
    guest = Participant(
        session_id=session.id, person_id=None, name=name, organisation=organisation, department_id=None,
        presence=Presence.INVITED, result=Result.NONE, note="",
    )  # fmt: skip
    db.session.add(guest)
    db.session.flush()
    once.used(key, actor.id, str(guest.id), at)
    record(GuestInvited(session.id, session.number, session.title, name, organisation))


@action
def withdraw_invitation(actor: Staff, session: TrainingSession, one: Participant, *, at: datetime) -> None:
    """Somebody need not come after all, while it is still planned."""
    SESSION.check(session, "invite", actor)
    record(InvitationWithdrawn(session.id, session.number, session.title, one.person_id, one.name))
    db.session.delete(one)


@action
def enter_results(
    actor: Staff, session: TrainingSession, results: Mapping[int, tuple[Presence, Result, str]], outcome: str, *,
    seen: int, at: datetime,
) -> None:  # fmt: skip
    """The trainer says of everybody whether they came and what came of it; afterwards it counts as held.

    `results`: (presence, result, note) by participant. Raises Refused before it has begun, where somebody is left out,
    and for a result of somebody who was not there or none of somebody who was.
    """
    SESSION.check(session, "enter", actor)
    _refuse_old(session, seen)
    if at < session.starts_at:
        raise Refused(say("It has not begun yet: results can be entered from {at}.", at=session.starts_at))
    people = queries.invited_to(session)
    if not people:
        raise Refused(say("Nobody is invited. Invite who was there first."))
    for one in people:
        presence, result, note = results.get(one.id, (Presence.INVITED, Result.NONE, ""))
        if one.person_id is not None and one.person_id == actor.id:
            raise NotAllowed(say("Nobody enters their own result."))
        _refuse_half(one, presence, result)
        if (one.presence, one.result) != (presence, result):
            record(
                ResultEntered(
                    session.id, session.number, session.title, one.person_id, one.name, presence.value, result.value
                )
            )  # fmt: skip
        one.presence, one.result, one.note = presence, result, note.strip()[:200]
    SESSION.move(session, "enter", actor)
    session.outcome, session.entered_at = outcome.strip()[:MOST_WORDS], at


def _refuse_half(one: Participant, presence: Presence, result: Result) -> None:
    field = f"result_{one.id}"
    if presence is Presence.INVITED:
        raise Refused(say("Say of {name} whether they came.", name=one.name), field=field)
    if (presence is Presence.CAME) != (result is not Result.NONE):
        raise Refused(say("Whoever was there has a result, and nobody else: {name}.", name=one.name), field=field)


@action
def cancel_session(actor: Staff, session: TrainingSession, reason: str, *, at: datetime) -> None:
    """It does not take place; who was invited hears why."""
    SESSION.move(session, "cancel", actor)
    session.outcome = _words(reason, "reason", say("Say why it does not take place."))
    record(SessionCancelled(session.id, session.number, session.title, session.outcome, _told(session)))


def _told(session: TrainingSession) -> tuple[int, ...]:
    people = {one.person_id for one in queries.invited_to(session) if one.person_id is not None}
    return tuple(sorted(people | ({session.trainer_id} if session.trainer_id else set())))


def _keeps(actor: Staff, department_id: int) -> None:
    if not actor.may(P.TRAINING_KEEP, department_id):
        raise NotAllowed(say("You keep no training there."))


def _refuse_old(thing: Course | TrainingSession, seen: int) -> None:
    if thing.version != seen:
        raise OutOfDate


def _refuse_closed(course: Course) -> None:
    if course.closed_on is not None:
        raise Refused(say("This course is taught no more."))


def _words(words: str, field: str, sentence: Any) -> str:
    words = words.strip()
    if not words:
        raise Refused(sentence, field=field)
    return words[:MOST_WORDS]
