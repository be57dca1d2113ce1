"""Facts about goals of training and what people learnt by themselves."""

from __future__ import annotations

from dataclasses import dataclass
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
