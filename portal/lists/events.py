"""Facts about the lists: their history is told list by list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class ListValueAdded:
    """A list has one more value."""

    about: ClassVar[str] = "list"
    list_id: int
    value: str

    @property
    def subject_id(self) -> int:
        return self.list_id

    def sentence(self) -> Said:
        return say("“{value}” added", value=self.value)


@event
@dataclass(frozen=True, slots=True)
class ListValueChanged:
    """One part of a value of a list was changed."""

    about: ClassVar[str] = "list"
    list_id: int
    value: str
    part: str
    before: str
    after: str

    @property
    def subject_id(self) -> int:
        return self.list_id

    def sentence(self) -> Said:
        return say(
            "“{value}”: {part} changed from “{before}” to “{after}”",
            value=self.value, part=PARTS[self.part], before=self.before or "–", after=self.after or "–",
        )  # fmt: skip


PARTS = {
    "texts": say("name"),
    "needs_record": say("needs a record"),
    "active": say("in use"),
    "position": say("place in the list"),
    "kind": say("kind"),
    "department_id": say("responsible department"),
    "words": say("words"),
    "use": say("use"),
    "category": say("category"),
    "instead": say("what to say instead"),
    "from_on": say("in use from"),
    "to_on": say("in use until"),
    "name": say("name"),
    "routing": say("what it is about"),
    "impact": say("who is affected"),
    "urgency": say("how soon it hurts"),
    "title": say("title"),
    "body": say("text"),
    "reply": say("reply"),
    "steps": say("steps"),
}
"""What can be changed about a value, in people's words."""
