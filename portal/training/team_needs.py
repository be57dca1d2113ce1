"""What whoever acts for a team still lacks: acknowledgements, and training in the manuals that are named for it
(POL-046); and what the team teaches customers' people (POL-045)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel.clock import start_of
from portal.kernel.paging import PAGE
from portal.kernel.permissions import P
from portal.organisation.staff import Staff
from portal.policies import acknowledgements
from portal.policies.models import Manual
from portal.policies.queries import in_force
from portal.policies.team_models import Team, TeamMember
from portal.policies.teams import Member
from portal.training import queries
from portal.training.models import COURSE_MANUAL, Course, Participant, TrainingSession
from portal.training.rules import TrainingRules, counts_since
from portal.training.states import CourseKind, Result, SessionState


@dataclass(frozen=True, slots=True)
class Needs:
    """What one of a team still lacks: manuals to acknowledge, as far as the reader may know, and to be trained in."""

    acknowledge: tuple[Any, ...]
    train: tuple[Manual, ...]

    def __bool__(self) -> bool:
        return bool(self.acknowledge or self.train)


@dataclass(frozen=True, slots=True)
class Taught:
    """The courses that train in the manuals of a team, (code, title), and who passed which of these manuals."""

    courses: tuple[tuple[str, str], ...]
    passed: frozenset[tuple[int, int]]


def needs(reader: Staff, team: Team, people: Collection[Member], taught: Taught) -> dict[int, Needs]:
    """By person, of those of a team whom the reader looks after: oneself, everybody for the team's leader and for who
    keeps training where it belongs, else one's own people."""
    everybody = reader.id == team.leader_id or reader.may(P.TRAINING_KEEP, team.department_id)
    looked_after = [
        one
        for one in people
        if everybody or one.person_id == reader.id or reader.may(P.TRAINING_KEEP, one.department_id)
    ]
    if not looked_after:
        return {}
    open_ones: dict[int, list[Any]] = {}
    manuals = [one.id for one in team.manuals]
    for row in acknowledgements.undecided_of(reader, [one.person_id for one in looked_after], manuals):
        open_ones.setdefault(row.person_id, []).append(row)
    return {
        one.person_id: Needs(
            tuple(open_ones.get(one.person_id, ())),
            tuple(manual for manual in team.manuals if (one.person_id, manual.id) not in taught.passed),
        )
        for one in looked_after
    }


def taught_to(team: Team, people: Collection[Member], day: date) -> Taught:
    """Which courses train in the manuals of a team, and which of these people passed one that still counts; one that is
    taught no more counts, too."""
    last = (
        select(Participant.person_id, TrainingSession.course_id, func.max(TrainingSession.starts_at).label("at"))
        .join(TrainingSession, TrainingSession.id == Participant.session_id)
        .where(
            Participant.person_id.in_([one.person_id for one in people]), Participant.result == Result.PASSED,
            TrainingSession.state == SessionState.HELD,
        )
        .group_by(Participant.person_id, TrainingSession.course_id)
        .subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(
            Course.code, Course.title, Course.kind, Course.department_id, Course.closed_on, COURSE_MANUAL.c.manual_id,
            last.c.person_id, last.c.at,
        )
        .join(COURSE_MANUAL, COURSE_MANUAL.c.course_id == Course.id)
        .outerjoin(last, last.c.course_id == Course.id)
        .where(COURSE_MANUAL.c.manual_id.in_([one.id for one in team.manuals]))
        .order_by(Course.code)
    ).all()  # fmt: skip
    courses = dict.fromkeys((row.code, row.title) for row in rows if row.closed_on is None)
    passed = {(row.person_id, row.manual_id) for row in rows if row.person_id and _counts(row, day)}
    return Taught(tuple(courses), frozenset(passed))


def _counts(row: Any, day: date) -> bool:
    since = counts_since(row.kind, day, in_force(TrainingRules, on=day, for_=row.department_id))
    return since is None or row.at >= start_of(since)


def for_customers(reader: Staff, team: Team) -> Sequence[Any]:
    """Trainings for customers' people that somebody of the team gives, since there is the team, as far as the reader
    may see them; the newest first."""
    people = select(TeamMember.person_id).where(TeamMember.team_id == team.id)
    query = (
        select(*queries.LINE)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(
            Course.kind == CourseKind.CUSTOMERS, TrainingSession.trainer_id.in_(people),
            TrainingSession.state != SessionState.CANCELLED, TrainingSession.starts_at >= start_of(team.since_on),
            queries.seen_by(reader),
        )
    )  # fmt: skip
    return db.session.execute(query.order_by(TrainingSession.starts_at.desc()).limit(PAGE)).all()
