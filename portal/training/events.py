"""Facts about training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.training.states import Presence, Result


@dataclass(frozen=True, slots=True)
class _OfCourse:
    about: ClassVar[str] = "course"
    course_id: int
    course: str

    @property
    def subject_id(self) -> int:
        return self.course_id


@event
@dataclass(frozen=True, slots=True)
class CourseAdded(_OfCourse):
    """There is a course that people must take."""

    def sentence(self) -> Said:
        return say("Course added: {course}", course=self.course)


@event
@dataclass(frozen=True, slots=True)
class CourseChanged(_OfCourse):
    """What a course teaches, or whom, is different from now on."""

    def sentence(self) -> Said:
        return say("Course changed: {course}", course=self.course)


@event
@dataclass(frozen=True, slots=True)
class CourseClosed(_OfCourse):
    """A course is taught no more."""

    def sentence(self) -> Said:
        return say("Course closed: {course}", course=self.course)


@dataclass(frozen=True, slots=True)
class _OfSession:
    about: ClassVar[str] = "training session"
    session_id: int
    number: str
    title: str

    @property
    def subject_id(self) -> int:
        return self.session_id


@event
@dataclass(frozen=True, slots=True)
class SessionPlanned(_OfSession):
    """A session has its day, its place and its trainer."""

    starts_at: datetime
    place: str
    trainer_id: int | None

    def sentence(self) -> Said:
        return say("Training planned: {title}, {at}, {place}", title=self.title, at=self.starts_at, place=self.place)


@event
@dataclass(frozen=True, slots=True)
class SessionMoved(_OfSession):
    """Day, place, trainer or purpose of a planned session are others. `told`: who is invited, and the trainer."""

    starts_at: datetime
    place: str
    told: tuple[int, ...]

    def sentence(self) -> Said:
        return say("Training moved: {title}, {at}, {place}", title=self.title, at=self.starts_at, place=self.place)


@event
@dataclass(frozen=True, slots=True)
class PeopleInvited(_OfSession):
    """These colleagues are invited to a session."""

    starts_at: datetime
    told: tuple[int, ...]

    def sentence(self) -> Said:
        return say("Invited to training: {title}, {at}", title=self.title, at=self.starts_at)


@event
@dataclass(frozen=True, slots=True)
class GuestInvited(_OfSession):
    """Somebody from outside takes part: a customer's electrician, for example."""

    guest: str
    organisation: str

    def sentence(self) -> Said:
        return say("{guest} of {organisation} takes part in {title}", guest=self.guest, organisation=self.organisation,
                   title=self.title)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(_OfSession):
    """Somebody is not invited any more."""

    person_id: int | None
    name: str

    def sentence(self) -> Said:
        return say("{name} is not invited to {title} any more", name=self.name, title=self.title)


@event
@dataclass(frozen=True, slots=True)
class ResultEntered(_OfSession):
    """Whether somebody came, and what came of it."""

    person_id: int | None
    name: str
    presence: str
    result: str

    def sentence(self) -> Said:
        said = Result(self.result).label if self.result else Presence(self.presence).label
        return say("{title}: {name}, {result}", title=self.title, name=self.name, result=said)


@event
@dataclass(frozen=True, slots=True)
class SessionCancelled(_OfSession):
    """A session does not take place, for a reason."""

    reason: str
    told: tuple[int, ...]

    def sentence(self) -> Said:
        return say("Training cancelled: {title} ({reason})", title=self.title, reason=self.reason)
