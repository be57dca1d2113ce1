"""What is taught, the life of a session as a table, and what came of it for each who took part."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class CourseKind(StrEnum):
    """What a course is for."""

    ENTRY = "entry"
    STANDARD = "standard"
    PRODUCT = "product"
    ATTITUDE = "attitude"
    QUALITIES = "qualities"
    CASES = "cases"
    QUALIFICATION = "qualification"
    SKILL = "skill"
    CUSTOMERS = "customers"

    @property
    def label(self) -> Said:
        """The kind as people say it."""
        return _KINDS[self]


class Topic(StrEnum):
    """What a course may teach where a rule names it: at entry, before a property post, and of a person's qualities."""

    WORKFLOW = "workflow"
    ATTITUDE = "attitude"
    BUSINESS = "business"
    LAW = "law"
    BUILDING = "building"
    RESIDENTIAL = "residential"
    RELATIONS = "relations"
    PSYCHOLOGY = "psychology"
    SENSITIVITY = "sensitivity"
    DISPOSITION = "disposition"
    WILLPOWER = "willpower"
    CHARACTER = "character"
    KEY_CASES = "key cases"
    FITNESS = "fitness"

    @property
    def label(self) -> Said:
        """The topic as people say it."""
        return _TOPICS[self]


T = Topic
AT_ENTRY = (T.WORKFLOW, T.ATTITUDE, T.BUSINESS)
"""What entry training teaches (POL-032)."""
BEFORE_PROPERTY = (T.LAW, T.BUILDING, T.RESIDENTIAL, T.RELATIONS, T.PSYCHOLOGY)
"""What somebody knows before they take up a post in property service (POL-035)."""
QUALITIES = (T.SENSITIVITY, T.DISPOSITION, T.WILLPOWER, T.CHARACTER)
"""Personal qualities that are trained (POL-036)."""
OF_A_WEEK = (T.KEY_CASES, T.FITNESS)
"""What the trainings of a week are about (POL-037)."""


class SessionState(StrEnum):
    """Where a session stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"

    @property
    def label(self) -> Said:
        """The state as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """How the state looks in a list."""
        return {S.PLANNED: "open", S.HELD: "done"}.get(self, "void")


S = SessionState
SESSION = Lifecycle(
    step("change", before={S.PLANNED},         after=None,        by=P.TRAINING_KEEP),
    step("invite", before={S.PLANNED},         after=None,        by=P.TRAINING_KEEP, own=("trainer_id",)),
    step("enter",  before={S.PLANNED, S.HELD}, after=S.HELD,      own=("enters_id",)),
    step("cancel", before={S.PLANNED},         after=S.CANCELLED, by=P.TRAINING_KEEP),
)  # fmt: skip
"""Results are entered by the trainer; where the trainer is from outside, by whoever planned the session."""


class Presence(StrEnum):
    """Whether somebody who was invited came."""

    INVITED = "invited"
    CAME = "came"
    EXCUSED = "excused"
    MISSED = "missed"

    @property
    def label(self) -> Said:
        """The word as people say it."""
        return _PRESENCES[self]

    @property
    def tone(self) -> str:
        """How the word looks in a list."""
        return {Presence.INVITED: "waiting", Presence.CAME: "done", Presence.MISSED: "late"}.get(self, "void")


class Result(StrEnum):
    """What came of it for somebody who was there; NONE until the trainer has said."""

    NONE = ""
    PASSED = "passed"
    FAILED = "failed"

    @property
    def label(self) -> Said:
        """The result as people say it."""
        return _RESULTS[self]


K, R, C = CourseKind, Result, Presence
_KINDS = {
    K.ENTRY: say("entry training"),
    K.STANDARD: say("a manual that binds"),
    K.PRODUCT: say("products and services"),
    K.ATTITUDE: say("professionalism and attitude"),
    K.QUALITIES: say("personal qualities"),
    K.CASES: say("recent key cases, psychological fitness"),
    K.QUALIFICATION: say("knowledge before a property post"),
    K.SKILL: say("professional skill"),
    K.CUSTOMERS: say("service for customers' staff"),
}
_TOPICS = {
    T.WORKFLOW: say("the whole software workflow"),
    T.ATTITUDE: say("attitude"),
    T.BUSINESS: say("business knowledge"),
    T.LAW: say("law"),
    T.BUILDING: say("building"),
    T.RESIDENTIAL: say("residential planning and management"),
    T.RELATIONS: say("public relations"),
    T.PSYCHOLOGY: say("psychology"),
    T.SENSITIVITY: say("sensitivity"),
    T.DISPOSITION: say("emotional disposition"),
    T.WILLPOWER: say("willpower"),
    T.CHARACTER: say("character and ability"),
    T.KEY_CASES: say("recent key cases"),
    T.FITNESS: say("psychological fitness"),
}
_STATES = {S.PLANNED: say("planned"), S.HELD: say("held"), S.CANCELLED: say("cancelled")}
_PRESENCES = {
    C.INVITED: say("invited"),
    C.CAME: say("was there"),
    C.EXCUSED: say("excused"),
    C.MISSED: say("did not come"),
}
_RESULTS = {R.NONE: say("no result yet"), R.PASSED: say("passed"), R.FAILED: say("not passed")}


class OnboardingKind(StrEnum):
    """Why somebody has a checklist: they are new in the company, or new in a property post (POL-035)."""

    ENTRY = "entry"
    POST = "post"

    @property
    def label(self) -> Said:
        """The kind as people say it."""
        return _ONBOARDINGS[self]


class Part(StrEnum):
    """The parts of the set that makes somebody ready for a department (POL-034), and the check before a post."""

    ENTRY = "entry"
    SERVICE = "service"
    BUSINESS = "business"
    APPRAISAL = "appraisal"
    ATTENDANCE = "attendance"
    QUALIFICATION = "qualification"

    @property
    def label(self) -> Said:
        """The part as people say it."""
        return _PARTS[self]


LISTED = (Part.SERVICE, Part.BUSINESS, Part.APPRAISAL, Part.ATTENDANCE)
"""The parts that staff put into words; entry training and the check before a post are ruled."""
_ONBOARDINGS = {OnboardingKind.ENTRY: say("new in the company"), OnboardingKind.POST: say("new in the post")}
_PARTS = {
    Part.ENTRY: say("entry training"),
    Part.SERVICE: say("service rules"),
    Part.BUSINESS: say("business knowledge"),
    Part.APPRAISAL: say("appraisal"),
    Part.ATTENDANCE: say("attendance and leave"),
    Part.QUALIFICATION: say("knowledge before the post"),
}


class Week(StrEnum):
    """How a week of the plan stands against the number of trainings that a manual wants."""

    EMPTY = "empty"
    FEW = "few"
    FINE = "fine"
    MANY = "many"

    @property
    def label(self) -> Said:
        """The word as people say it."""
        return _WEEKS[self]

    @property
    def tone(self) -> str:
        """How the word looks on the plan."""
        return {Week.EMPTY: "late", Week.FINE: "done"}.get(self, "soon")


_WEEKS = {
    Week.EMPTY: say("no training"),
    Week.FEW: say("too few trainings"),
    Week.FINE: say("as planned"),
    Week.MANY: say("more than planned"),
}
