"""Facts about the calendar: who changed what, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class CalendarYearSet:
    """A year was taken from the public package or from a table that somebody brought. `changed`: day, before, after."""

    about: ClassVar[str] = "calendar year"
    year: int
    source: str
    published: bool
    changed: tuple[tuple[date, str, str], ...]
    edition: int

    @property
    def subject_id(self) -> int:
        return self.year

    def sentence(self) -> Said:
        if self.published:
            return say("{year} taken over from {source}, {n} days changed", **self._values())
        return say("{year} taken over from {source}, {n} days changed; not announced yet", **self._values())

    def _values(self) -> dict[str, object]:
        source = say("the public holidays") if self.source.startswith("holidays ") else self.source
        return {"year": str(self.year), "source": source, "n": len(self.changed)}


@event
@dataclass(frozen=True, slots=True)
class CalendarDaySet:
    """Somebody said what one day is."""

    about: ClassVar[str] = "calendar year"
    on: date
    before: str
    after: str
    name: str
    edition: int

    @property
    def subject_id(self) -> int:
        return self.on.year

    def sentence(self) -> Said:
        words = {"day": self.on, "before": kind_said(self.before), "after": kind_said(self.after)}
        if self.before == self.after:
            return say("{day} is called “{name}”", day=self.on, name=self.name)
        if self.name:
            return say("{day} was {before} and is {after}: {name}", **words, name=self.name)
        return say("{day} was {before} and is {after}", **words)


@event
@dataclass(frozen=True, slots=True)
class CalendarYearAnnounced:
    """Somebody says that a year's make-up days are all entered, or takes that back."""

    about: ClassVar[str] = "calendar year"
    year: int
    published: bool
    edition: int

    @property
    def subject_id(self) -> int:
        return self.year

    def sentence(self) -> Said:
        if self.published:
            return say("{year} is complete: what is reckoned in it holds", year=str(self.year))
        return say("{year} is no longer taken as complete", year=str(self.year))


@event
@dataclass(frozen=True, slots=True)
class WorkingHoursSet:
    """A department (or with id 0 the whole company) has these hours from a day on."""

    about: ClassVar[str] = "working hours"
    department_id: int
    from_on: date
    week: tuple[str, ...]
    make_up: str | None
    holiday: str | None
    edition: int

    @property
    def subject_id(self) -> int:
        return self.department_id

    def sentence(self) -> Said:
        return say("New working hours from {day}", day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class WorkingHoursDropped:
    """A department has no hours of its own from a day on: it follows the one above."""

    about: ClassVar[str] = "working hours"
    department_id: int
    from_on: date
    edition: int

    @property
    def subject_id(self) -> int:
        return self.department_id

    def sentence(self) -> Said:
        return say("Follows the department above from {day}", day=self.from_on)


def kind_said(kind: str) -> Said:
    """What a day is, in the middle of a sentence."""
    return {
        "working": say("an ordinary working day"),
        "rest": say("a day off"),
        "holiday": say("a public holiday"),
        "make-up": say("a make-up working day"),
    }[kind]
