"""Facts about what people think should be otherwise in a manual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@dataclass(frozen=True, slots=True)
class _OfRequest:
    about: ClassVar[str] = "change request"
    request_id: int
    manual: str
    number: str

    @property
    def subject_id(self) -> int:
        return self.request_id


@event
@dataclass(frozen=True, slots=True)
class ChangeAsked(_OfRequest):
    """Somebody thinks that a clause should be otherwise (POL-015). `told`: who answers for the manual."""

    version: str
    name: str
    told: tuple[int, ...]

    def sentence(self) -> Said:
        return say("{name} comments on {manual} {number}", name=self.name, manual=self.manual, number=self.number)


@event
@dataclass(frozen=True, slots=True)
class ChangeAccepted(_OfRequest):
    """It goes into the next version."""

    person_id: int

    def sentence(self) -> Said:
        return say("What was said about {manual} {number} goes into the next version", manual=self.manual,
                   number=self.number)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class ChangeRefused(_OfRequest):
    """It stays as it is, with a reason."""

    person_id: int
    reason: str

    def sentence(self) -> Said:
        return say("{manual} {number} stays as it is: {reason}", manual=self.manual, number=self.number,
                   reason=self.reason)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class ChangeSettled(_OfRequest):
    """A published version has it."""

    person_id: int
    version: str

    def sentence(self) -> Said:
        return say("What was said about {manual} {number} is done in version {version}", manual=self.manual,
                   number=self.number, version=self.version)  # fmt: skip
