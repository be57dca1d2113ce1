"""Facts about customers and visitors. Telephones are masked: the journal has readers who need no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class CustomerAdded:
    """Somebody wrote down a customer for the first time."""

    about: ClassVar[str] = "customer"
    customer_id: int
    number: str
    name: str

    @property
    def subject_id(self) -> int:
        return self.customer_id

    def sentence(self) -> Said:
        return say("Record of {name} made", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """Somebody changed one part of a record; `version` is the record's afterwards."""

    about: ClassVar[str] = "customer"
    customer_id: int
    version: int
    part: str
    before: str
    after: str

    @property
    def subject_id(self) -> int:
        return self.customer_id

    def sentence(self) -> Said:
        return say(
            "{part} changed from “{before}” to “{after}”",
            part=PARTS[self.part], before=self.before or "–", after=self.after or "–",
        )  # fmt: skip


PARTS = {
    "name": say("Name"),
    "telephones": say("Telephone"),
    "mail": say("Mail"),
    "company": say("Company"),
    "note": say("Note"),
}
"""The parts of a record in people's words."""


@event
@dataclass(frozen=True, slots=True)
class VisitorRegistered:
    """Somebody came to the door and was received (TKT-021)."""

    about: ClassVar[str] = "visit"
    visit_id: int
    visitor: str
    purpose: str
    receiver_id: int
    receiver: str

    @property
    def subject_id(self) -> int:
        return self.visit_id

    def sentence(self) -> Said:
        return say("{visitor} came: {purpose}; received by {receiver}",
                   visitor=self.visitor, purpose=self.purpose, receiver=self.receiver)  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class VisitorLeft:
    """A visitor went."""

    about: ClassVar[str] = "visit"
    visit_id: int
    visitor: str

    @property
    def subject_id(self) -> int:
        return self.visit_id

    def sentence(self) -> Said:
        return say("{visitor} left", visitor=self.visitor)


@event
@dataclass(frozen=True, slots=True)
class VisitBecameTicket:
    """What the visitor wanted goes on as a ticket."""

    about: ClassVar[str] = "visit"
    visit_id: int
    ticket_number: str

    @property
    def subject_id(self) -> int:
        return self.visit_id

    def sentence(self) -> Said:
        return say("Ticket {number} opened for the visitor", number=self.ticket_number)
