"""Facts about manuals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from portal.kernel.journal import event
from portal.kernel.text import Said, say
from portal.policies.states import Evidence, Stage


@dataclass(frozen=True, slots=True)
class _OfManual:
    about: ClassVar[str] = "manual"
    manual_id: int

    @property
    def subject_id(self) -> int:
        return self.manual_id


@event
@dataclass(frozen=True, slots=True)
class VersionPublished(_OfManual):
    """A version was decided and binds from a day on. `digest`: the hash of exactly what was published; `quiz`: that of
    the questions about it, "" where there are none."""

    version_id: int
    manual: str
    version: str
    effective_from: date
    digest: str
    quiz: str = ""

    def sentence(self) -> Said:
        return say(
            "Version {version} of {manual} published; in force from {day}",
            version=self.version,
            manual=self.manual,
            day=self.effective_from,
        )


@event
@dataclass(frozen=True, slots=True)
class PaperMade(_OfManual):
    """The PDF of a version was made. `digest`: the hash of its bytes, which are handed out from now on."""

    version_id: int
    manual: str
    version: str
    digest: str

    def sentence(self) -> Said:
        return say("PDF of version {version} of {manual} made", version=self.version, manual=self.manual)


@event
@dataclass(frozen=True, slots=True)
class ManualRepealed(_OfManual):
    """A manual binds nobody from a day on."""

    manual: str
    from_on: date
    reason: str

    def sentence(self) -> Said:
        return say(
            "{manual} is repealed from {day} on: {reason}", manual=self.manual, day=self.from_on, reason=self.reason
        )


@event
@dataclass(frozen=True, slots=True)
class VersionTakenBack(_OfManual):
    """A version that was published and still to come never comes into force."""

    version_id: int
    manual: str
    version: str
    effective_from: date
    reason: str

    def sentence(self) -> Said:
        return say(
            "Version {version} of {manual}, to come into force on {day}, was taken back: {reason}",
            version=self.version, manual=self.manual, day=self.effective_from, reason=self.reason,
        )  # fmt: skip


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


@event
@dataclass(frozen=True, slots=True)
class DraftMoved:
    """A draft was led from one stage to another. `words`: the comment or the reason; `in_place_of`: whose approval it
    was to be; `told`: whoever is next."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    version: str
    verb: str
    stage: str
    words: str
    in_place_of: str
    told: tuple[int, ...]

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        names = {"manual": self.manual, "version": self.version, "stage": Stage(self.stage).label, "words": self.words}
        if self.in_place_of:
            return say("{manual} {version} approved in the place of {name}", name=self.in_place_of, **names)
        if self.verb.startswith("back to"):
            return say("{manual} {version} sent back: {stage} – {words}", **names)
        if self.words:
            return say("{manual} {version}: {stage} – {words}", **names)
        return say("{manual} {version}: {stage}", **names)


@event
@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """One of several approved a draft, and it needs more. `in_place_of`: whose approval it was to be."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    version: str
    in_place_of: str
    given: int
    needed: int

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        names = {"manual": self.manual, "version": self.version, "given": self.given, "needed": self.needed}
        if self.in_place_of:
            return say(
                "{manual} {version} approved in the place of {name}: {given} of {needed}",
                name=self.in_place_of,
                **names,
            )
        return say("{manual} {version} approved: {given} of {needed}", **names)


@event
@dataclass(frozen=True, slots=True)
class ApprovalPassedUp:
    """Whoever was to approve a draft is away without a deputy: the next level is asked in their place."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    version: str
    name: str
    to: str
    person_id: int

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say(
            "{name} is away: {to} is asked to approve {manual} {version} instead",
            name=self.name, to=self.to, manual=self.manual, version=self.version,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class EvidenceKept:
    """Something that shows how a version came about was kept with its draft. `files`: with their hashes."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    evidence: str
    files: tuple[str, ...]

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say("Kept with {manual}: {evidence}", manual=self.manual, evidence=Evidence(self.evidence).label)


@event
@dataclass(frozen=True, slots=True)
class EvidenceTakenOff:
    """Something that had been kept with a draft was none; its files stay in the store."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    evidence: str
    reason: str

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say(
            "No longer kept with {manual}: {evidence} – {reason}",
            manual=self.manual, evidence=Evidence(self.evidence).label, reason=self.reason,
        )  # fmt: skip


@event
@dataclass(frozen=True, slots=True)
class DraftCommented:
    """Somebody said something about a draft, or about a clause of it."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    number: str
    name: str
    told: tuple[int, ...]

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        if self.number:
            return say("{name} on clause {number} of {manual}", name=self.name, number=self.number, manual=self.manual)
        return say("{name} on the draft of {manual}", name=self.name, manual=self.manual)


@event
@dataclass(frozen=True, slots=True)
class DraftAnswered:
    """An author answered what somebody had said."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    name: str
    person_id: int | None

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        return say("What {name} said about {manual} is answered", name=self.name, manual=self.manual)


@event
@dataclass(frozen=True, slots=True)
class DraftReviewed:
    """A reviewer has had their say. `sound`: they found every line of the checklist in order."""

    about: ClassVar[str] = "manual draft"
    draft_id: int
    manual: str
    sound: bool
    told: tuple[int, ...]

    @property
    def subject_id(self) -> int:
        return self.draft_id

    def sentence(self) -> Said:
        if self.sound:
            return say("Draft of {manual} read: everything in order", manual=self.manual)
        return say("Draft of {manual} read, with comments", manual=self.manual)
