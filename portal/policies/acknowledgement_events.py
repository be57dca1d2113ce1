"""Facts about who knows which version of a manual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.policies.acknowledgement_states import Known, Way


@event
@dataclass(frozen=True, slots=True)
class AcknowledgementsAsked:
    """So many people were asked to acknowledge a version; the rows say who."""

    about: ClassVar[str] = "manual"
    manual_id: int
    version_id: int
    manual: str
    version: str
    people: int
    due_on: date

    @property
    def subject_id(self) -> int:
        return self.manual_id

    def sentence(self) -> Said:
        return say(
            "{people} asked to acknowledge {manual} {version} until {day}",
            people=self.people, manual=self.manual, version=self.version, day=self.due_on,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class AcknowledgementsVoided:
    """So many people who had been asked are not bound by a manual any more."""

    about: ClassVar[str] = "manual"
    manual_id: int
    manual: str
    people: int

    @property
    def subject_id(self) -> int:
        return self.manual_id

    def sentence(self) -> Said:
        return say("{people} no longer asked to acknowledge {manual}", people=self.people, manual=self.manual)


@event
@dataclass(frozen=True, slots=True)
class WayChosen:
    """How a manual wants to be acknowledged from now on."""

    about: ClassVar[str] = "manual"
    manual_id: int
    manual: str
    way: str

    @property
    def subject_id(self) -> int:
        return self.manual_id

    def sentence(self) -> Said:
        return say("{manual} is acknowledged {way}", manual=self.manual, way=Way(self.way).label)


@dataclass(frozen=True, slots=True)
class _OfOne:
    about: ClassVar[str] = "acknowledgement"
    acknowledgement_id: int
    manual: str
    version: str

    @property
    def subject_id(self) -> int:
        return self.acknowledgement_id


@event
@dataclass(frozen=True, slots=True)
class Acknowledged(_OfOne):
    """Somebody knows exactly this text. `digest`: the version's; `way`: what they did."""

    digest: str
    way: str

    def sentence(self) -> Said:
        return say("{manual} {version}: {way}", manual=self.manual, version=self.version, way=Known(self.way).label)


@event
@dataclass(frozen=True, slots=True)
class PaperEntered(_OfOne):
    """HR entered that somebody signed on paper; `files`: the scan, with its hash."""

    person_id: int
    digest: str
    files: tuple[str, ...]

    def sentence(self) -> Said:
        return say("Signed on paper: {manual} {version}", manual=self.manual, version=self.version)


@event
@dataclass(frozen=True, slots=True)
class AcknowledgementDeclined(_OfOne):
    """Somebody does not acknowledge a version, and says why."""

    owner_id: int | None
    name: str
    reason: str

    def sentence(self) -> Said:
        return say(
            "{name} does not acknowledge {manual} {version}: {reason}",
            name=self.name, manual=self.manual, version=self.version, reason=self.reason,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class AskedAgain(_OfOne):
    """The owner answered whoever did not acknowledge, and asks again."""

    person_id: int
    answer: str

    def sentence(self) -> Said:
        return say(
            "You are asked again to acknowledge {manual} {version}: {answer}",
            manual=self.manual, version=self.version, answer=self.answer,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class Exempted(_OfOne):
    """Somebody need not acknowledge a version, with a reason."""

    person_id: int
    reason: str

    def sentence(self) -> Said:
        return say(
            "{manual} {version} need not be acknowledged: {reason}",
            manual=self.manual, version=self.version, reason=self.reason,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class Reminded(_OfOne):
    """Somebody was reminded that they have not acknowledged a version."""

    person_id: int
    due_on: date

    def sentence(self) -> Said:
        return say(
            "{manual} {version} waits for you; until {day}", manual=self.manual, version=self.version, day=self.due_on
        )


@event
@dataclass(frozen=True, slots=True)
class QuizTaken(_OfOne):
    """Somebody tried the quiz about a version. `digest`: of the try as it is kept, with what was ticked."""

    passed: bool
    digest: str

    def sentence(self) -> Said:
        name = {"manual": self.manual, "version": self.version}
        if self.passed:
            return say("{manual} {version}: quiz passed", **name)
        return say("{manual} {version}: quiz not passed", **name)
