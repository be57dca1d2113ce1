"""Facts about newcomers: their checklist, their mentor, who let them work before it was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.training.states import OnboardingKind, Result


@event
@dataclass(frozen=True, slots=True)
class OnboardingItemAdded:
    """The list of a department has one line more."""

    about: ClassVar[str] = "onboarding list"
    item_id: int
    words: str

    @property
    def subject_id(self) -> int:
        return self.item_id

    def sentence(self) -> Said:
        return say("On the list for newcomers: {words}", words=self.words)


@event
@dataclass(frozen=True, slots=True)
class OnboardingItemDropped:
    """A line left the list of a department; checklists that were made keep it."""

    about: ClassVar[str] = "onboarding list"
    item_id: int
    words: str

    @property
    def subject_id(self) -> int:
        return self.item_id

    def sentence(self) -> Said:
        return say("Off the list for newcomers: {words}", words=self.words)


@dataclass(frozen=True, slots=True)
class _OfOne:
    about: ClassVar[str] = "onboarding"
    onboarding_id: int
    person_id: int
    name: str

    @property
    def subject_id(self) -> int:
        return self.onboarding_id


@event
@dataclass(frozen=True, slots=True)
class OnboardingBegun(_OfOne):
    """Somebody has their checklist."""

    kind: str
    lines: int

    def sentence(self) -> Said:
        return say("{name}, {kind}: {lines} lines to go through", name=self.name, kind=OnboardingKind(self.kind).label,
                   lines=self.lines)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class OnboardingLineDone(_OfOne):
    """One line of a checklist is done."""

    words: str

    def sentence(self) -> Said:
        return say("{name}: {words}, done", name=self.name, words=self.words)


@event
@dataclass(frozen=True, slots=True)
class MentorNamed(_OfOne):
    """A colleague coaches a newcomer from a day on."""

    mentor_id: int
    mentor: str
    from_on: date

    def sentence(self) -> Said:
        return say("{mentor} coaches {name} from {day}", mentor=self.mentor, name=self.name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class CoachingEnded(_OfOne):
    """The coaching is over; what came of it, and of the mentor's own test."""

    mentor_id: int
    mentor: str
    retest: str
    outcome: str

    def sentence(self) -> Said:
        return say("{mentor} no longer coaches {name}: {outcome}; the mentor's own test: {retest}", mentor=self.mentor,
                   name=self.name, outcome=self.outcome, retest=Result(self.retest).label)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class OnboardingWaived(_OfOne):
    """Somebody may be put on the roster before their checklist is done, for a reason."""

    reason: str

    def sentence(self) -> Said:
        return say("{name} may be put on the roster before the checklist is done: {reason}", name=self.name,
                   reason=self.reason)  # fmt: skip
