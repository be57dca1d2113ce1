"""Goals of a department's training for a year, its courses outside (POL-038), and what people learn by themselves
(POL-043)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, or_, select

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day, start_of
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.company import on_day
from portal.organisation.models import Department, Grant
from portal.organisation.queries import up_from
from portal.organisation.staff import Staff
from portal.training import queries
from portal.training.goal_events import GoalDue, GoalEnded, GoalSet
from portal.training.goal_models import LearningEntry, TrainingGoal
from portal.training.models import TrainingSession
from portal.training.states import SessionState

MOST_WORDS = 500
MOST_SHOWN = 50
AHEAD = timedelta(days=14)
"""How long before its day a goal stands on Today."""


@action
def set_goal(
    actor: Staff, department: Department, words: str, due_on: date | None = None, *, key: str = "", at: datetime
) -> TrainingGoal:
    """A department means to learn something this year, by a day of it: its last one where none is said.

    Raises NotAllowed where one keeps no training, Refused for a day that is over or of another year.
    """
    if not actor.may(P.TRAINING_KEEP, department.id):
        raise NotAllowed(say("You keep no training there."))
    day = office_day(at)
    due_on = due_on or date(day.year, 12, 31)
    if due_on < day:
        raise Refused(say("That day is over."), field="due_on")
    if due_on.year != day.year:
        raise Refused(say("Goals are for this year: choose a day of it."), field="due_on")
    goal = TrainingGoal(
        department_id=department.id, year=day.year, words=_words(words, say("Say what the goal is.")), due_on=due_on,
        by_name=actor.name, at=at,
    )  # fmt: skip
    db.session.add(goal)
    db.session.flush()
    once.used(key, actor.id, str(goal.id), at)
    record(GoalSet(department.id, goal.year, goal.words))
    return goal


@action
def end_goal(actor: Staff, goal: TrainingGoal, outcome: str, *, at: datetime) -> None:
    """Whoever keeps the department's training says what came of it, once: reached or not."""
    if not actor.may(P.TRAINING_KEEP, goal.department_id):
        raise NotAllowed(say("You keep no training there."))
    if goal.ended_at is not None:
        raise OutOfDate
    outcome = outcome.strip()
    if not outcome:
        raise Refused(say("Say what came of it."), field="outcome")
    goal.ended_at, goal.ended_by_name, goal.outcome = at, actor.name, outcome[:MOST_WORDS]
    record(GoalEnded(goal.id, goal.department.code, goal.words, goal.outcome))


@action
def tell_due(actor: Portal, goal: TrainingGoal, *, at: datetime) -> None:
    """The day of a goal has come: whoever heads the department hears of it, once."""
    if goal.ended_at is not None or goal.told_on == goal.due_on:
        return
    goal.told_on = goal.due_on
    record(GoalDue(goal.id, goal.department.code, goal.words, goal.department_id, goal.due_on))


@action
def note_learning(actor: Staff, on: date, words: str, *, key: str = "", at: datetime) -> LearningEntry:
    """Somebody writes down what they learnt by themselves, on a day that is not to come; nobody checks it."""
    if on > office_day(at):
        raise Refused(say("That day is still to come."), field="on")
    entry = LearningEntry(person_id=actor.id, on=on, words=_words(words, say("Say what you learnt.")), at=at)
    db.session.add(entry)
    db.session.flush()
    once.used(key, actor.id, str(entry.id), at)
    return entry


def goals_of(department: Department, year: int) -> Sequence[TrainingGoal]:
    """The goals of a department for a year."""
    query = select(TrainingGoal).where(TrainingGoal.department_id == department.id, TrainingGoal.year == year)
    return db.session.scalars(query.order_by(TrainingGoal.id).limit(MOST_SHOWN)).all()


def goal_of(department: Department, goal_id: int) -> TrainingGoal | None:
    """One goal of exactly this department (attack 11)."""
    query = select(TrainingGoal).where(TrainingGoal.id == goal_id, TrainingGoal.department_id == department.id)
    return db.session.scalar(query)


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """Goals of the departments whose plan the reader may see."""
    return TrainingGoal.department_id.in_([one.id for one in queries.plans_seen_by(reader)])


def told_of(reader_id: Any, goal_id: Any, day: Any) -> ColumnElement[bool]:
    """Whose bell may ring about a goal: who belongs to its department or below it, and who heads it."""
    heads = exists().where(
        Grant.person_id == reader_id, Grant.role == Role.HEAD.value, Grant.department_id == TrainingGoal.department_id,
        on_day(Grant.from_on, Grant.to_on, day),
    )  # fmt: skip
    belongs = queries.belongs_to(reader_id, TrainingGoal.department_id, day)
    return exists().where(TrainingGoal.id == goal_id, or_(belongs, heads))


def heads_of(department_id: int, day: date) -> Sequence[int]:
    """Who heads exactly this department on a day."""
    query = select(Grant.person_id).where(
        Grant.role == Role.HEAD.value, Grant.department_id == department_id, on_day(Grant.from_on, Grant.to_on, day)
    )
    return db.session.scalars(query.order_by(Grant.person_id)).all()


def to_tell(day: date) -> Sequence[TrainingGoal]:
    """Goals whose day has come, of which nobody was told."""
    query = select(TrainingGoal).where(
        TrainingGoal.ended_at.is_(None), TrainingGoal.told_on.is_(None), TrainingGoal.due_on <= day
    )
    return db.session.scalars(query.order_by(TrainingGoal.id).limit(MOST_SHOWN)).all()


def to_do(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Goals of the departments that the reader heads, from two weeks before their day on; as `waiting.row` columns,
    `kind` the day, `who` the code of the department."""
    columns = waiting.row(
        number=cast(TrainingGoal.id, String), title=TrainingGoal.words, who=Department.code,
        kind=cast(TrainingGoal.due_on, String), since=TrainingGoal.at,
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(TrainingGoal, Department, Department.id == TrainingGoal.department_id)
        .where(
            TrainingGoal.department_id.in_(reader.grants.get(Role.HEAD, frozenset())), TrainingGoal.ended_at.is_(None),
            TrainingGoal.due_on <= office_day(at) + AHEAD,
        )
        .order_by(TrainingGoal.due_on, TrainingGoal.id)
        .limit(most)
    )  # fmt: skip


def courses_outside(reader: Staff, department: Department, year: int) -> Sequence[Any]:
    """(number, title, body, starts_at) of this year's trainings of a department by somebody from a training body."""
    query = select(
        TrainingSession.number, TrainingSession.title, TrainingSession.body, TrainingSession.starts_at
    ).where(
        TrainingSession.department_id.in_([one.id for one in up_from(department.id)]), queries.seen_by(reader),
        TrainingSession.body != "", TrainingSession.state != SessionState.CANCELLED,
        TrainingSession.starts_at >= start_of(date(year, 1, 1)),
        TrainingSession.starts_at < start_of(date(year + 1, 1, 1)),
    )  # fmt: skip
    return db.session.execute(query.order_by(TrainingSession.starts_at).limit(MOST_SHOWN)).all()


def learning_of(reader: Staff) -> Sequence[LearningEntry]:
    """What the reader wrote down, the newest first: nobody else's."""
    query = select(LearningEntry).where(LearningEntry.person_id == reader.id)
    return db.session.scalars(query.order_by(LearningEntry.id.desc()).limit(MOST_SHOWN)).all()


def _words(words: str, sentence: Any) -> str:
    words = words.strip()
    if not words:
        raise Refused(sentence, field="words")
    return words[:MOST_WORDS]
