"""Facts about goals of training and what people learnt by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class GoalSet:
    """A department means to learn something in a year."""

    about: ClassVar[str] = "department"
    department_id: int
    year: int
    words: str

    @property
    def subject_id(self) -> int:
        return self.department_id

    def sentence(self) -> Said:
        return say("Goal of training for {year}: {words}", year=str(self.year), words=self.words)


@dataclass(frozen=True, slots=True)
class _OfGoal:
    about: ClassVar[str] = "training goal"
    goal_id: int
    unit: str
    words: str

    @property
    def subject_id(self) -> int:
        return self.goal_id


@event
@dataclass(frozen=True, slots=True)
class GoalDue(_OfGoal):
    """The day has come by which a goal was to be reached: the head says what came of it."""

    department_id: int
    due_on: date

    def sentence(self) -> Said:
        return say("Goal of training until {day}: {words}", day=self.due_on, words=self.words)


@event
@dataclass(frozen=True, slots=True)
class GoalEnded(_OfGoal):
    """What came of a goal."""

    outcome: str

    def sentence(self) -> Said:
        return say("Goal of training: {words}. {outcome}", words=self.words, outcome=self.outcome)
