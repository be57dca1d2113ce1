"""Goals of a department's training for a year, its courses outside (POL-038), and what people learn by themselves
(POL-043)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day, start_of
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.models import Department
from portal.organisation.queries import up_from
from portal.organisation.staff import Staff
from portal.training import queries
from portal.training.goal_events import GoalSet
from portal.training.goal_models import LearningEntry, TrainingGoal
from portal.training.models import TrainingSession
from portal.training.states import SessionState

MOST_WORDS = 500
MOST_SHOWN = 50


@action
def set_goal(actor: Staff, department: Department, words: str, *, key: str = "", at: datetime) -> TrainingGoal:
    """A department means to learn something this year. Raises NotAllowed where one keeps no training."""
    if not actor.may(P.TRAINING_KEEP, department.id):
        raise NotAllowed(say("You keep no training there."))
    goal = TrainingGoal(
        department_id=department.id, year=office_day(at).year, words=_words(words, say("Say what the goal is.")),
        by_name=actor.name, at=at,
    )  # fmt: skip
    db.session.add(goal)
    db.session.flush()
    once.used(key, actor.id, str(goal.id), at)
    record(GoalSet(department.id, goal.year, goal.words))
    return goal


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
