"""Facts about what people know of products and services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class KnowledgeChecked:
    """Somebody's knowledge of products was checked. What came of it stands on their page alone, which not everybody
    reads who reads the journal."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str
    on: date
    check_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("What {name} knows of products and services was checked on {day}", name=self.name, day=self.on)
