"""What kinds of manuals there are, in which state a version stands, and the life of a draft as a table."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class ManualKind(StrEnum):
    """Which flow a manual passes before it is published (V-09)."""

    CONDUCT = "conduct"
    STANDARD = "standard"

    @property
    def label(self) -> Said:
        """The kind as people say it."""
        return _LABELS[self]


class State(StrEnum):
    """The state of a version. That it is in force or superseded follows from the day and is not kept. WITHDRAWN: taken
    back before its day."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """What a version is on a day: still to come, in force, behind us, or taken back before its day came."""

    COMING = "coming"
    IN_FORCE = "in force"
    SUPERSEDED = "superseded"
    REPEALED = "repealed"
    WITHDRAWN = "withdrawn"


class Category(StrEnum):
    """What a manual is about: the nine fields of operations (POL-021), and the others."""

    MACHINE_ROOM = "machine room"
    NETWORK = "network"
    ASSETS = "assets"
    HOSTS = "hosts and applications"
    STORAGE = "storage and backup"
    TECHNICAL_SERVICE = "technical service"
    SECURITY = "security"
    DOCUMENTS = "documents"
    PERSONNEL = "personnel"
    CUSTOMERS = "customers"
    OTHER = "other"

    @property
    def label(self) -> Said:
        """The field as people say it."""
        return _CATEGORIES[self]


class Part(StrEnum):
    """The three parts of a manual (POL-007)."""

    INTRODUCTION = "introduction"
    BODY = "body"
    APPENDIX = "appendix"

    @property
    def label(self) -> Said:
        """The part as people say it."""
        return _PARTS[self]


class Chapter(StrEnum):
    """The four fields that a code of conduct covers (POL-008)."""

    VALUES = "values"
    ETHICS = "ethics"
    WORK = "work"
    COMPLIANCE = "compliance"

    @property
    def label(self) -> Said:
        """The field as people say it."""
        return _CHAPTERS[self]


class Party(StrEnum):
    """For whom somebody speaks whose opinion is asked (POL-012)."""

    DEPARTMENT = "department"
    STAFF = "staff"
    USER = "user"
    SUPPLIER = "supplier"

    @property
    def label(self) -> Said:
        """The party as people say it."""
        return _PARTIES[self]


class Check(StrEnum):
    """What a reviewer finds in order: its words (POL-017), the four tests of a technical standard (POL-013), and what a
    regulation of the network covers (POL-022)."""

    CLEAR = "clear"
    CONCRETE = "concrete"
    BRIEF = "brief"
    UNDERSTANDABLE = "understandable"
    CURRENT = "current"
    APPLICABLE = "applicable"
    CONSISTENT = "consistent"
    FEASIBLE = "feasible"
    ACCESS = "access"
    USERS = "users"
    CONFIGURATION = "configuration"

    @property
    def label(self) -> Said:
        """The line as it stands on the list."""
        return _CHECKS[self]

    @classmethod
    def of(cls, kind: ManualKind, category: str = "") -> tuple[Check, ...]:
        """The list for a kind of manual, and for what it is about."""
        every = tuple(cls)
        about = every[8:] if category == Category.NETWORK else ()
        return (*every[: 8 if kind is ManualKind.STANDARD else 4], *about)


class Phase(StrEnum):
    """The phases of a system's life, all of which rules of operations cover (POL-023)."""

    COMMISSIONING = "commissioning"
    RUNNING = "running"
    DECOMMISSIONING = "decommissioning"
    EMERGENCY = "emergency"

    @property
    def label(self) -> Said:
        """The phase as people say it."""
        return _PHASES[self]


class Evidence(StrEnum):
    """What shows that a version came about as it should: kept with it."""

    MEETING = "meeting"
    MINUTES = "minutes"
    UNION = "union"
    STAFF = "staff"
    LAW = "law"

    @property
    def label(self) -> Said:
        """The kind of evidence as people say it."""
        return _EVIDENCE[self]


class ImportState(StrEnum):
    """Where files stand that are to become a draft. Nothing of them is one before TAKEN."""

    READING = "being read"
    READ = "read"
    TAKEN = "taken over"
    FAILED = "cannot be read"
    DROPPED = "dropped"

    @property
    def label(self) -> Said:
        """The state of affairs, as people say it."""
        return _IMPORTS[self]

    @property
    def tone(self) -> str:
        """How it looks beside a title."""
        return "done" if self is ImportState.TAKEN else "void" if self in GONE else "waiting"


GONE = (ImportState.FAILED, ImportState.DROPPED)


class Stage(StrEnum):
    """Where a draft stands."""

    RESEARCH = "research"
    DRAFTING = "drafting"
    REVIEW = "in review"
    NEEDS = "needs"
    SCHEME = "scheme"
    DRAFT = "draft"
    OPINIONS = "opinions"
    REVISION = "revision"
    AWAITING = "awaiting approval"
    APPROVED = "approved"
    PUBLISHED = "published"
    EMERGENCY = "in force without approval"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Said:
        """The stage as people say it."""
        return _STAGES[self]

    @property
    def tone(self) -> str:
        """How the stage looks beside a title."""
        return _TONES.get(self, "open")


S = Stage
ENDED = frozenset({S.PUBLISHED, S.LAPSED, S.WITHDRAWN})
WRITING = frozenset({S.RESEARCH, S.DRAFTING, S.NEEDS, S.SCHEME, S.DRAFT, S.REVISION})
"""Stages in which the authors write; in every other one the text stands still."""
HEARING = frozenset({S.REVIEW, S.OPINIONS})
"""Stages in which others say what they think of it."""
APPROVING = frozenset({S.AWAITING, S.EMERGENCY})
"""Stages in which approvals are given."""
_AUTHOR, _REVIEWER, _DECIDER = ("author_id",), ("reviewer_id",), ("decider_id",)

CONDUCT = Lifecycle(
    step("write",            before={S.RESEARCH, S.DRAFTING},                          after=None, own=_AUTHOR),
    step("rewrite",          before={S.APPROVED},                                      after=S.DRAFTING, own=_AUTHOR),
    step("draft",            before={S.RESEARCH},                                      after=S.DRAFTING, own=_AUTHOR),
    step("review",           before={S.DRAFTING},                                      after=S.REVIEW, own=_AUTHOR),
    step("comment",          before={S.REVIEW},                                        after=None, own=_REVIEWER),
    step("finish",           before={S.REVIEW},                                        after=None, own=_REVIEWER),
    step("answer",           before={S.REVIEW, S.DRAFTING},                            after=None, own=_AUTHOR),
    step("submit",           before={S.REVIEW},                                        after=S.AWAITING, own=_AUTHOR),
    step("approve",          before={S.AWAITING},                                      after=S.APPROVED, own=_DECIDER),
    step("publish",          before={S.APPROVED},                  after=S.PUBLISHED, by=P.MANUALS_PUBLISH),
    step("take back",        before={S.PUBLISHED},                 after=S.WITHDRAWN, by=P.MANUALS_APPROVE),
    step("emergency",        before={S.DRAFTING, S.REVIEW, S.AWAITING}, after=S.EMERGENCY, by=P.MANUALS_EMERGENCY),
    step("confirm",          before={S.EMERGENCY},                                     after=S.PUBLISHED, own=_DECIDER),
    step("lapse",            before={S.EMERGENCY},                 after=S.LAPSED, by=P.MANUALS_EMERGENCY),
    step("replay",           before={S.RESEARCH, S.DRAFTING, S.REVIEW, S.AWAITING, S.APPROVED},
         after=None, by=P.MANUALS_PUBLISH, own=_AUTHOR + _DECIDER),
    step("back to research", before={S.DRAFTING},                                      after=S.RESEARCH, own=_AUTHOR),
    step("back to drafting", before={S.REVIEW},                after=S.DRAFTING, own=_AUTHOR + _REVIEWER),
    step("back to review",   before={S.AWAITING},              after=S.REVIEW, own=_AUTHOR + _DECIDER),
    step("back to approval", before={S.APPROVED},                  after=S.AWAITING, by=P.MANUALS_PUBLISH),
    step("withdraw",         before={S.RESEARCH, S.DRAFTING, S.REVIEW, S.AWAITING, S.APPROVED},
         after=S.WITHDRAWN, own=_AUTHOR),
)  # fmt: skip
"""A code of conduct (POL-001): research, drafting, review, approval, publication. None of them is skipped."""

STANDARD = Lifecycle(
    step("write",            before={S.NEEDS, S.SCHEME, S.DRAFT, S.REVISION},          after=None, own=_AUTHOR),
    step("rewrite",          before={S.APPROVED},                                      after=S.REVISION, own=_AUTHOR),
    step("scheme",           before={S.NEEDS},                                         after=S.SCHEME, own=_AUTHOR),
    step("draft",            before={S.SCHEME},                                        after=S.DRAFT, own=_AUTHOR),
    step("ask opinions",     before={S.DRAFT},                                         after=S.OPINIONS, own=_AUTHOR),
    step("comment",          before={S.OPINIONS},                                      after=None, own=_REVIEWER),
    step("finish",           before={S.OPINIONS},                                      after=None, own=_REVIEWER),
    step("answer",           before={S.OPINIONS, S.REVISION},                          after=None, own=_AUTHOR),
    step("revise",           before={S.OPINIONS},                                      after=S.REVISION, own=_AUTHOR),
    step("submit",           before={S.REVISION},                                      after=S.AWAITING, own=_AUTHOR),
    step("approve",          before={S.AWAITING},                                      after=S.APPROVED, own=_DECIDER),
    step("publish",          before={S.APPROVED},                  after=S.PUBLISHED, by=P.MANUALS_PUBLISH),
    step("take back",        before={S.PUBLISHED},                 after=S.WITHDRAWN, by=P.MANUALS_APPROVE),
    step("emergency",        before={S.DRAFT, S.OPINIONS, S.REVISION, S.AWAITING}, after=S.EMERGENCY,
         by=P.MANUALS_EMERGENCY),
    step("confirm",          before={S.EMERGENCY},                                     after=S.PUBLISHED, own=_DECIDER),
    step("lapse",            before={S.EMERGENCY},                 after=S.LAPSED, by=P.MANUALS_EMERGENCY),
    step("replay",           before={S.NEEDS, S.SCHEME, S.DRAFT, S.OPINIONS, S.REVISION, S.AWAITING, S.APPROVED},
         after=None, by=P.MANUALS_PUBLISH, own=_AUTHOR + _DECIDER),
    step("back to needs",    before={S.SCHEME},                                        after=S.NEEDS, own=_AUTHOR),
    step("back to scheme",   before={S.DRAFT},                                         after=S.SCHEME, own=_AUTHOR),
    step("back to draft",    before={S.OPINIONS},              after=S.DRAFT, own=_AUTHOR + _REVIEWER),
    step("back to opinions", before={S.REVISION},                                      after=S.OPINIONS, own=_AUTHOR),
    step("back to revision", before={S.AWAITING},              after=S.REVISION, own=_AUTHOR + _DECIDER),
    step("back to approval", before={S.APPROVED},                  after=S.AWAITING, by=P.MANUALS_PUBLISH),
    step("withdraw",         before={S.NEEDS, S.SCHEME, S.DRAFT, S.OPINIONS, S.REVISION, S.AWAITING, S.APPROVED},
         after=S.WITHDRAWN, own=_AUTHOR),
)  # fmt: skip
"""A technical standard (POL-011): needs, scheme, draft, opinions, revision, approval, publication."""

LIFE = {ManualKind.CONDUCT: CONDUCT, ManualKind.STANDARD: STANDARD}
PATH = {
    ManualKind.CONDUCT: (S.RESEARCH, S.DRAFTING, S.REVIEW, S.AWAITING, S.APPROVED, S.PUBLISHED),
    ManualKind.STANDARD: (
        S.NEEDS, S.SCHEME, S.DRAFT, S.OPINIONS, S.REVISION, S.AWAITING, S.APPROVED, S.PUBLISHED,
    ),
}  # fmt: skip
"""The stages of each kind in their order; a draft begins at the first."""

_IMPORTS = {
    ImportState.READING: say("is being read"),
    ImportState.READ: say("read, nothing written yet"),
    ImportState.TAKEN: say("a draft was made of it"),
    ImportState.FAILED: say("cannot be read"),
    ImportState.DROPPED: say("dropped"),
}
_STAGES = {
    S.RESEARCH: say("research"),
    S.DRAFTING: say("drafting"),
    S.REVIEW: say("in review"),
    S.NEEDS: say("needs analysis"),
    S.SCHEME: say("scheme design"),
    S.DRAFT: say("first draft"),
    S.OPINIONS: say("asking for opinions"),
    S.REVISION: say("revision"),
    S.AWAITING: say("awaiting approval"),
    S.APPROVED: say("approved"),
    S.PUBLISHED: say("published"),
    S.EMERGENCY: say("in force without approval"),
    S.LAPSED: say("lapsed without approval"),
    S.WITHDRAWN: say("withdrawn"),
}
_TONES = {
    S.REVIEW: "waiting", S.OPINIONS: "waiting", S.AWAITING: "waiting", S.APPROVED: "done", S.PUBLISHED: "done",
    S.EMERGENCY: "soon", S.LAPSED: "void", S.WITHDRAWN: "void",
}  # fmt: skip
_CATEGORIES = {
    Category.MACHINE_ROOM: say("machine room"),
    Category.NETWORK: say("network"),
    Category.ASSETS: say("assets"),
    Category.HOSTS: say("hosts and applications"),
    Category.STORAGE: say("storage and backup"),
    Category.TECHNICAL_SERVICE: say("technical service"),
    Category.SECURITY: say("security"),
    Category.DOCUMENTS: say("documents"),
    Category.PERSONNEL: say("personnel"),
    Category.CUSTOMERS: say("customer service"),
    Category.OTHER: say("other matters"),
}
_PARTIES = {
    Party.DEPARTMENT: say("departments concerned"),
    Party.STAFF: say("employees"),
    Party.USER: say("users"),
    Party.SUPPLIER: say("suppliers"),
}
_CHECKS = {
    Check.CLEAR: say("worded clearly"),
    Check.CONCRETE: say("concrete: measures instead of adjectives, each promise with its measure"),
    Check.BRIEF: say("brief"),
    Check.UNDERSTANDABLE: say("understood by whoever has to follow it"),
    Check.CURRENT: say("up to date, and with foresight"),
    Check.APPLICABLE: say("widely applicable"),
    Check.CONSISTENT: say("consistent with related standards"),
    Check.FEASIBLE: say("concrete enough to be carried out"),
    Check.ACCESS: say("covers access to the network"),
    Check.USERS: say("covers its users"),
    Check.CONFIGURATION: say("covers its configuration"),
}
_PHASES = {
    Phase.COMMISSIONING: say("commissioning"),
    Phase.RUNNING: say("daily running"),
    Phase.DECOMMISSIONING: say("decommissioning"),
    Phase.EMERGENCY: say("emergencies"),
}
_EVIDENCE = {
    Evidence.MEETING: say("meeting about it"),
    Evidence.MINUTES: say("minutes of a meeting"),
    Evidence.UNION: say("opinion of the union"),
    Evidence.STAFF: say("opinions of staff"),
    Evidence.LAW: say("opinion of the legal team"),
}
_PARTS = {
    Part.INTRODUCTION: say("introduction: why it matters"),
    Part.BODY: say("body: the rules"),
    Part.APPENDIX: say("appendix: laws and documents"),
}
_CHAPTERS = {
    Chapter.VALUES: say("values and mission"),
    Chapter.ETHICS: say("professional ethics"),
    Chapter.WORK: say("work standards"),
    Chapter.COMPLIANCE: say("compliance with the law"),
}
_LABELS = {
    ManualKind.CONDUCT: say("code of conduct"),
    ManualKind.STANDARD: say("technical standard"),
}
