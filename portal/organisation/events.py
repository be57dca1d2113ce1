"""Facts about people, departments and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say


@event
@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody signed in with a password."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Signed in")


@event
@dataclass(frozen=True, slots=True)
class SignedOut:
    """Somebody ended their session, or all of them."""

    about: ClassVar[str] = "person"
    person_id: int
    everywhere: bool

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Signed out everywhere") if self.everywhere else say("Signed out")


@event
@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """Somebody set a new password, and every other session of theirs ended."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Password changed")


@event
@dataclass(frozen=True, slots=True)
class PinSet:
    """Somebody set the PIN that signs."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("PIN for signing set")


@event
@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Sessions were ended from elsewhere: by their owner, or by whoever looks after the account."""

    about: ClassVar[str] = "person"
    person_id: int
    count: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Signed out in {count} places from elsewhere", count=self.count)


@event
@dataclass(frozen=True, slots=True)
class LinkMade:
    """A one-time link was made: mailed to the person, or handed over by whoever made it."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str
    purpose: str
    by_mail: bool

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        if self.purpose == "invitation" and self.by_mail:
            return say("{name} was invited by mail", name=self.name)
        if self.purpose == "invitation":
            return say("{name} was invited by a link to hand over", name=self.name)
        if self.by_mail:
            return say("A link to a new password was mailed to {name}", name=self.name)
        return say("A link to a new password was made to hand over to {name}", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class LinkUsed:
    """A one-time link set the password, and every session ended."""

    about: ClassVar[str] = "person"
    person_id: int
    purpose: str

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Password set by invitation") if self.purpose == "invitation" else say("Password set by a link")


@event
@dataclass(frozen=True, slots=True)
class NewPasswordDemanded:
    """At the next page the person chooses a new password."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("A new password was demanded")


@event
@dataclass(frozen=True, slots=True)
class AccountUnlocked:
    """A lock after wrong passwords was taken back before its time."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Account unlocked")


@event
@dataclass(frozen=True, slots=True)
class DepartmentAdded:
    """A unit was put into the tree."""

    about: ClassVar[str] = "department"
    department_id: int
    name: str

    @property
    def subject_id(self) -> int:
        return self.department_id

    def sentence(self) -> Said:
        return say("Department “{name}” added", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class PersonAdded:
    """A colleague joined."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str
    joined_on: date

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("{name} joined on {day}", name=self.name, day=self.joined_on)


@event
@dataclass(frozen=True, slots=True)
class PersonPlaced:
    """A person took a post."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str
    post: str
    department: str
    from_on: date

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say(
            "{name} is {post} in {department} from {day}",
            name=self.name, post=self.post, department=self.department, day=self.from_on,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class RoleGiven:
    """A person holds a role in a department and below it."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str
    role: str
    department: str
    from_on: date

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say(
            "{name} holds the role “{role}” in {department} from {day}",
            name=self.name, role=self.role, department=self.department, day=self.from_on,
        )  # fmt: skip
