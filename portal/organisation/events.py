"""Facts about people, departments and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.permissions import Role
from portal.kernel.text import Said, say


def _role_said(role: str) -> str:
    """A role as it is called today; one that there is no more, as it was written down."""
    return Role(role).label if role in set(Role) else role


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
class AccountDisabled:
    """An account was closed. `reason`: why before everything was handed on, as it was typed."""

    about: ClassVar[str] = "person"
    person_id: int
    reason: str

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Account disabled: {reason}", reason=self.reason) if self.reason else say("Account disabled")


@event
@dataclass(frozen=True, slots=True)
class AccountEnabled:
    """A closed account was opened again."""

    about: ClassVar[str] = "person"
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.person_id

    def sentence(self) -> Said:
        return say("Account enabled")


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
            name=self.name, role=_role_said(self.role), department=self.department, day=self.from_on,
        )  # fmt: skip


# Units, posts and duties


@dataclass(frozen=True, slots=True)
class AboutDepartment:
    """A fact about a unit; `name` is the one it had."""

    about: ClassVar[str] = "department"
    department_id: int
    name: str

    @property
    def subject_id(self) -> int:
        return self.department_id


@dataclass(frozen=True, slots=True)
class InWhat:
    """What is different about a unit or a post, in the reader's language: name, structure, …"""

    fields: tuple[str, ...]

    def __str__(self) -> str:
        return str(say(", ")).join(str(_FIELDS[field]) for field in self.fields if field in _FIELDS)


_FIELDS = {
    "names": say("name"),
    "kind": say("kind of unit"),
    "parent": say("place in the tree"),
    "structure": say("structure"),
    "basis": say("basis"),
    "reporting": say("way of reporting"),
    "goal": say("goal"),
    "business_field": say("business field"),
    "profit_centre": say("profit centre"),
    "headcount": say("headcount"),
    "titles": say("title"),
    "rank": say("rank"),
    "leads": say("whether it leads the unit"),
    "description": say("what it is there for"),
}


@event
@dataclass(frozen=True, slots=True)
class DepartmentChanged(AboutDepartment):
    """A unit is different from a day on: `fields` say in what."""

    fields: tuple[str, ...]
    from_on: date

    def sentence(self) -> Said:
        if self.fields:
            return say(
                "“{name}” changed from {day}: {what}", name=self.name, day=self.from_on, what=InWhat(self.fields)
            )
        return say("“{name}” changed from {day}", name=self.name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class DepartmentClosed(AboutDepartment):
    """A unit is no more."""

    to_on: date

    def sentence(self) -> Said:
        return say("“{name}” closed on {day}", name=self.name, day=self.to_on)


@event
@dataclass(frozen=True, slots=True)
class PostAdded(AboutDepartment):
    """A unit has a new post."""

    post: str
    from_on: date

    def sentence(self) -> Said:
        return say("Post “{post}” added to {name} from {day}", post=self.post, name=self.name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class PostChanged(AboutDepartment):
    """A post is different from a day on: `fields` say in what."""

    post: str
    fields: tuple[str, ...]
    from_on: date

    def sentence(self) -> Said:
        words = {"post": self.post, "name": self.name, "day": self.from_on}
        if self.fields:
            return say("Post “{post}” in {name} changed from {day}: {what}", **words, what=InWhat(self.fields))
        return say("Post “{post}” in {name} changed from {day}", **words)


@event
@dataclass(frozen=True, slots=True)
class PostClosed(AboutDepartment):
    """A post is no more."""

    post: str
    to_on: date

    def sentence(self) -> Said:
        return say("Post “{post}” in {name} closed on {day}", post=self.post, name=self.name, day=self.to_on)


@event
@dataclass(frozen=True, slots=True)
class DutyTaken(AboutDepartment):
    """A duty or power stands in a unit's statement."""

    duty_id: int
    words: str
    from_on: date

    def sentence(self) -> Said:
        return say("{name} owns “{words}” from {day}", name=self.name, words=self.words, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class DutyGivenUp(AboutDepartment):
    """A duty or power no longer stands in a unit's statement."""

    duty_id: int
    words: str
    to_on: date

    def sentence(self) -> Said:
        return say("{name} no longer owns “{words}” from {day}", name=self.name, words=self.words, day=self.to_on)


@event
@dataclass(frozen=True, slots=True)
class DutyNamed:
    """Somebody said that there is a duty which no unit owns yet, or that it is no longer one."""

    about: ClassVar[str] = "duty"
    duty_id: int
    words: str
    dropped: bool

    @property
    def subject_id(self) -> int:
        return self.duty_id

    def sentence(self) -> Said:
        if self.dropped:
            return say("“{words}” is nobody's duty any more", words=self.words)
        return say("“{words}” is a duty that needs an owner", words=self.words)


@event
@dataclass(frozen=True, slots=True)
class AssessmentArranged(AboutDepartment):
    """A unit outside assesses this one, from a day on or until a day."""

    by: str
    from_on: date
    to_on: date | None

    def sentence(self) -> Said:
        if self.to_on:
            return say("{by} no longer assesses {name} from {day}", by=self.by, name=self.name, day=self.to_on)
        return say("{by} assesses {name} from {day}", by=self.by, name=self.name, day=self.from_on)


# Records of people


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """A fact about a colleague; `name` is the one they had."""

    about: ClassVar[str] = "person"
    person_id: int
    name: str

    @property
    def subject_id(self) -> int:
        return self.person_id


@event
@dataclass(frozen=True, slots=True)
class PersonRenamed(AboutPerson):
    """Somebody has another name from a day on."""

    new_name: str
    from_on: date

    def sentence(self) -> Said:
        return say("{name} is called {other} from {day}", name=self.name, other=self.new_name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class DetailsChanged(AboutPerson):
    """Mail address, telephone or the like was changed: `fields` say which."""

    fields: tuple[str, ...]

    def sentence(self) -> Said:
        return say("Details of {name} changed", name=self.name)


@event
@dataclass(frozen=True, slots=True)
class PlacementEnded(AboutPerson):
    """Somebody no longer holds a post."""

    post: str
    department: str
    to_on: date

    def sentence(self) -> Said:
        return say(
            "{name} is no longer {post} in {department} from {day}",
            name=self.name, post=self.post, department=self.department, day=self.to_on,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class RoleTaken(AboutPerson):
    """Somebody no longer holds a role."""

    role: str
    department: str
    to_on: date

    def sentence(self) -> Said:
        return say(
            "{name} no longer holds the role “{role}” in {department} from {day}",
            name=self.name, role=_role_said(self.role), department=self.department, day=self.to_on,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class SuperiorRecorded(AboutPerson):
    """To whom somebody answers through one line, from a day on or until a day."""

    superior_id: int
    superior: str
    line: str
    project: str
    from_on: date
    to_on: date | None

    def sentence(self) -> Said:
        if self.to_on:
            return say(
                "{name} no longer answers to {other} from {day}", name=self.name, other=self.superior, day=self.to_on
            )
        return say("{name} answers to {other} from {day}", name=self.name, other=self.superior, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class DeputyAppointed(AboutPerson):
    """Somebody decides in this person's place while they are away."""

    deputy_id: int
    deputy: str
    from_on: date
    to_on: date | None

    def sentence(self) -> Said:
        return say("{other} stands in for {name} from {day}", other=self.deputy, name=self.name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class DeputyReleased(AboutPerson):
    """Somebody no longer decides in this person's place."""

    deputy_id: int
    deputy: str
    to_on: date

    def sentence(self) -> Said:
        return say(
            "{other} no longer stands in for {name} from {day}", other=self.deputy, name=self.name, day=self.to_on
        )


@event
@dataclass(frozen=True, slots=True)
class AbsenceNoted(AboutPerson):
    """Somebody is away; approvals go elsewhere meanwhile. The reason is not in the journal."""

    from_on: date
    to_on: date

    def sentence(self) -> Said:
        return say("{name} is away from {day} and back on {back}", name=self.name, day=self.from_on, back=self.to_on)


@event
@dataclass(frozen=True, slots=True)
class WorkCityChanged(AboutPerson):
    """Somebody works in another city from a day on."""

    city: str
    from_on: date

    def sentence(self) -> Said:
        return say("{name} works in {city} from {day}", name=self.name, city=self.city, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class BasePayChanged(AboutPerson):
    """The base pay is another one from a day on. How much is for its owner and HR, and not in the journal."""

    pay_base_id: int
    from_on: date

    def sentence(self) -> Said:
        return say("Base pay of {name} changed from {day}", name=self.name, day=self.from_on)


@event
@dataclass(frozen=True, slots=True)
class PersonLeft(AboutPerson):
    """A colleague leaves; posts, roles and lines end with that day. `reason`: why things were not handed on before."""

    left_on: date
    reason: str

    def sentence(self) -> Said:
        return say("{name} left on {day}", name=self.name, day=self.left_on)


@event
@dataclass(frozen=True, slots=True)
class PeopleImported:
    """A table of people was taken over, all of it; the facts about each person stand beside this one."""

    about: ClassVar[str] = "import"
    added: int
    changed: int
    file: str

    @property
    def subject_id(self) -> int:
        return 0

    def sentence(self) -> Said:
        return say(
            "People imported from “{file}”: {added} new, {changed} changed",
            file=self.file,
            added=self.added,
            changed=self.changed,
        )


# Proposals and appraisals


@dataclass(frozen=True, slots=True)
class AboutProposal:
    """A fact about a proposal for one of a department's people."""

    about: ClassVar[str] = "proposal"
    proposal_id: int
    number: str

    @property
    def subject_id(self) -> int:
        return self.proposal_id


@event
@dataclass(frozen=True, slots=True)
class ProposalMade(AboutProposal):
    """A department proposes something for one of its own people (ORG-025)."""

    person_id: int

    def sentence(self) -> Said:
        return say("Proposal {number} made", number=self.number)


@event
@dataclass(frozen=True, slots=True)
class ProposalDecided(AboutProposal):
    """HR or higher decided."""

    accepted: bool

    def sentence(self) -> Said:
        if self.accepted:
            return say("Proposal {number} accepted", number=self.number)
        return say("Proposal {number} declined", number=self.number)


@event
@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(AboutProposal):
    """Whoever made the proposal took it back."""

    def sentence(self) -> Said:
        return say("Proposal {number} taken back", number=self.number)


@event
@dataclass(frozen=True, slots=True)
class ObjectivesAgreed(AboutPerson):
    """Objectives of a period were agreed with somebody, or agreed anew (ORG-026)."""

    period: str

    def sentence(self) -> Said:
        return say("Objectives for {period} agreed with {name}", period=self.period, name=self.name)


@event
@dataclass(frozen=True, slots=True)
class PersonAppraised(AboutPerson):
    """Somebody was appraised by their objectives, attendance included (ORG-026)."""

    period: str

    def sentence(self) -> Said:
        return say("{name} appraised for {period}", name=self.name, period=self.period)
