"""Facts about manuals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


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
