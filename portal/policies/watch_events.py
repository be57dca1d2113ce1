"""Facts about manuals made known and watched over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.policies.watch_states import Found, Means


@dataclass(frozen=True, slots=True)
class _OfManual:
    about: ClassVar[str] = "manual"
    inside: ClassVar[bool] = True
    manual_id: int
    manual: str

    @property
    def subject_id(self) -> int:
        return self.manual_id


@event
@dataclass(frozen=True, slots=True)
class PublicityPlanned(_OfManual):
    """Somebody is to make a manual known on a day."""

    means: str
    on: date
    person_id: int
    name: str

    def sentence(self) -> Said:
        return say("{manual}: {means} on {day}, by {name}", manual=self.manual, means=Means(self.means).label,
                   day=self.on, name=self.name)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class PublicityDone(_OfManual):
    """A manual was made known in one of the ways."""

    means: str
    outcome: str

    def sentence(self) -> Said:
        return say("{manual}: {means} done: {outcome}", manual=self.manual, means=Means(self.means).label,
                   outcome=self.outcome)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class PublicityDropped(_OfManual):
    """A planned action does not take place."""

    means: str
    person_id: int | None = None

    def sentence(self) -> Said:
        return say("{manual}: {means} does not take place", manual=self.manual, means=Means(self.means).label)


@event
@dataclass(frozen=True, slots=True)
class PublicityDue(_OfManual):
    """The day has come on which somebody makes a manual known."""

    means: str
    words: str
    on: date
    person_id: int

    def sentence(self) -> Said:
        return say("{manual} is to be made known on {day}: {means}, {words}", manual=self.manual, day=self.on,
                   means=Means(self.means).label, words=self.words)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class AuditDue(_OfManual):
    """The day until which a manual is audited is near."""

    due_on: date
    supervisor_id: int

    def sentence(self) -> Said:
        return say("{manual} is to be audited until {day}", manual=self.manual, day=self.due_on)


@event
@dataclass(frozen=True, slots=True)
class AuditPlanned(_OfManual):
    """Until when it is audited whether a manual is kept."""

    due_on: date
    supervisor_id: int | None = None

    def sentence(self) -> Said:
        return say("{manual} is audited until {day}", manual=self.manual, day=self.due_on)


@event
@dataclass(frozen=True, slots=True)
class AuditDone(_OfManual):
    """It was audited whether a manual is kept; the next audit is planned with it."""

    found: str
    next_on: date

    def sentence(self) -> Said:
        return say("{manual} audited: {found}; next until {day}", manual=self.manual, found=Found(self.found).label,
                   day=self.next_on)  # fmt: skip
