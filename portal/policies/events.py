"""Facts about manuals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.policies.states import Stage


@event
@dataclass(frozen=True, slots=True)
class VersionPublished:
    """A version was decided and binds from a day on. `digest`: the hash of exactly what was published."""

    about: ClassVar[str] = "manual"
    manual_id: int
    version_id: int
    manual: str
    version: str
    effective_from: date
    digest: str

    @property
    def subject_id(self) -> int:
        return self.manual_id

    def sentence(self) -> Said:
        return say(
            "Version {version} of {manual} published; in force from {day}",
            version=self.version,
            manual=self.manual,
            day=self.effective_from,
        )


@event
@dataclass(frozen=True, slots=True)
class DraftBegun:
    """Somebody began to write a version of a manual."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    stage: str

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say("A version of {manual} begun: {stage}", manual=self.manual, stage=Stage(self.stage).label)


@event
@dataclass(frozen=True, slots=True)
class DraftChanged:
    """A draft was changed. `fell`: it had been approved, and is not any more."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    what: Said
    fell: bool

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say("{change}; the approval no longer holds", change=self.what) if self.fell else self.what
