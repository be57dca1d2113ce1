"""People and departments. Whatever can change has from/to days: old records show the superior of that time.

Days are half open: a row holds from `from_on` until the day before `to_on`. A row whose two days are the same holds
on no day: it was put right by another one, and can still be read.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.kernel.text import Said, say
from portal.organisation.states import ProposalState


def _one_open(name: str, *columns: str, only: str = "to_on IS NULL") -> Index:
    """Of the rows for the same thing at most one has no end: two at once cannot both add the next one."""
    return Index(name, *columns, unique=True, sqlite_where=text(only), postgresql_where=text(only))


class Listed(StrEnum):
    """A closed list; the database keeps the word itself."""

    @property
    def label(self) -> Said:
        """The word as people say it."""
        return _WORDS[type(self)][self]


class Structure(Listed):
    """How a unit is organised (ORG-001)."""

    LINE = "line"
    FUNCTIONAL = "functional"
    DIVISIONAL = "divisional"
    MATRIX = "matrix"


class Basis(Listed):
    """On what a department was formed (ORG-004)."""

    PROCESS = "process"
    PRODUCT = "product"
    REGION = "region"


class UnitKind(Listed):
    """What kind of unit it is (ORG-003, ORG-009, ORG-011, ORG-038)."""

    COMPANY = "company"
    DIVISION = "division"
    DEPARTMENT = "department"
    GROUP = "group"
    REGIONAL_CENTRE = "regional centre"
    COMMITTEE = "committee"


class Reporting(Listed):
    """To whom people of a unit answer where nothing else is recorded for them (ORG-010, ORG-018 to ORG-021).

    BY_RANK: to the next rank in their unit or above it (staff, supervisor, manager). TO_HEAD: to the head of the unit.
    """

    BY_RANK = "by rank"
    TO_HEAD = "to the head"


class Line(Listed):
    """Through which line a superior leads (ORG-002)."""

    DIRECT = "direct"
    FUNCTIONAL = "functional"
    PROJECT = "project"


class Rank(Listed):
    """Levels of posts, lowest first (ORG-010; “middle” counts for duty on holidays)."""

    STAFF = "staff"
    SUPERVISOR = "supervisor"
    MIDDLE = "middle"
    SENIOR = "senior"

    @property
    def level(self) -> int:
        """0 for staff, higher for those above."""
        return list(Rank).index(self)


class UnitValues:
    """What can change about a unit. `names`: one text per locale. A division has its own business field and is its
    own profit centre (ORG-003). `headcount`: people wanted in the unit and below it; None: as many as its posts say.
    """

    names: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[UnitKind]
    structure: Mapped[Structure]
    basis: Mapped[Basis]
    reporting: Mapped[Reporting] = mapped_column(default=Reporting.BY_RANK)
    goal: Mapped[str] = mapped_column(default="")
    business_field: Mapped[str] = mapped_column(default="")
    profit_centre: Mapped[str] = mapped_column(default="")
    headcount: Mapped[int | None]


class Department(UnitValues, Base):
    """A unit of the tree as it is today. `path`: ids from the root, /1/4/: “below it” is a prefix."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    path: Mapped[str] = mapped_column(index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class DepartmentChange(UnitValues, Base):
    """How a unit is from a day on, all of it. Old records show the unit of that day; one with a day to come is taken
    over into `Department` when the day is there. Of two for the same day the later one counts."""

    __tablename__ = "department_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    from_on: Mapped[date]
    taken_over_at: Mapped[datetime | None] = mapped_column(Instant)


class Duty(Base):
    """A duty, or a power, that some department has to own: exactly one (ORG-005)."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]
    is_power: Mapped[bool] = mapped_column(default=False)
    since_on: Mapped[date]
    dropped_on: Mapped[date | None]

    owners: Mapped[list[DutyOwner]] = relationship(order_by="DutyOwner.from_on, DutyOwner.id")


class DutyOwner(Base):
    """A duty stands in a department's statement from a day to a day. Two at once are an overlap, none is a gap."""

    __tablename__ = "duty_owner"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_duty_owner_open", "duty_id", "department_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Assessment(Base):
    """A department outside assesses another one, from a day to a day (ORG-022)."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_assessment_open", "department_id", "by_department_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    by_department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class PostValues:
    """What can change about a post: its rank, whether it leads the department, how many there should be (ORG-010,
    ORG-023), and what it is there for (ORG-013 to ORG-017)."""

    titles: Mapped[dict[str, str]] = mapped_column(Json)
    rank: Mapped[Rank]
    leads: Mapped[bool] = mapped_column(default=False)
    headcount: Mapped[int | None]
    description: Mapped[str] = mapped_column(default="")


class Post(PostValues, Base):
    """A post of a department as it is today."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship()

    __mapper_args__ = {"version_id_col": version}


class PostChange(PostValues, Base):
    """How a post is from a day on, all of it; see DepartmentChange."""

    __tablename__ = "post_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    from_on: Mapped[date]
    taken_over_at: Mapped[datetime | None] = mapped_column(Instant)


class Person(Base):
    """A colleague. Disabled, never deleted. `sort_key`: the name's pronunciation order, the same on both databases."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_number: Mapped[str] = mapped_column(unique=True)
    sign_in_name: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    initials: Mapped[str] = mapped_column(index=True)
    mail: Mapped[str] = mapped_column(default="")
    telephone: Mapped[str] = mapped_column(default="")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    external: Mapped[bool] = mapped_column(default=False)
    development_note: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    pin_hash: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    theme: Mapped[str] = mapped_column(default="auto")
    density: Mapped[str] = mapped_column(default="calm")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PersonName(Base):
    """The name somebody had from a day on: old records show the name of the day (attack 44)."""

    __tablename__ = "person_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    from_on: Mapped[date]
    taken_over_at: Mapped[datetime | None] = mapped_column(Instant)


class Placement(Base):
    """A person holds a post from a day to a day; `main` is where they belong, others are held besides."""

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_placement_main_open", "person_id", only="main AND to_on IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    main: Mapped[bool] = mapped_column(default=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    post: Mapped[Post] = relationship()
    person: Mapped[Person] = relationship()


class Grant(Base):
    """A role of a person in a department and below it, from a day to a day."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_role_grant_open", "person_id", "department_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    role: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    department: Mapped[Department] = relationship()


class Superior(Base):
    """To whom a person answers, through which line, from a day to a day; in a matrix unit two at once (ORG-002)."""

    __tablename__ = "superior"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_superior_open", "person_id", "line", "project"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    superior_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    line: Mapped[Line]
    project: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Deputy(Base):
    """Who decides in somebody's place, from a day to a day, and why."""

    __tablename__ = "deputy"
    __table_args__ = (CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Absence(Base):
    """Days on which a person is away; approvals go to the deputy or the next level meanwhile."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("to_on >= from_on", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date]


class WorkCity(Base):
    """In which city somebody works: the local minimum wage and the office's holidays depend on it."""

    __tablename__ = "work_city"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        _one_open("uq_work_city_open", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    city: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class PayBase(Base):
    """Full monthly base pay in fen from a day on; seen by its owner and HR alone."""

    __tablename__ = "pay_base"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="days"),
        CheckConstraint("fen >= 0", name="amount"),
        _one_open("uq_pay_base_open", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    fen: Mapped[int]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class ProposalKind(Listed):
    """What a department may propose for one of its people (ORG-025)."""

    TRAINING = "training"
    PAY = "pay change"
    PROMOTION = "promotion"
    REWARD = "reward"
    PENALTY = "penalty"
    DISMISSAL = "dismissal"


class StaffProposal(Base):
    """What a department proposes for one of its own people; only a proposal, decided by HR or higher (ORG-025)."""

    __tablename__ = "staff_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ProposalKind]
    words: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[ProposalState]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    proposed_by: Mapped[Person] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)

    __mapper_args__ = {"version_id_col": version}


class Appraisal(Base):
    """Objectives of a period and how they were met, attendance included (ORG-026). `appraised_at` None: still open."""

    __tablename__ = "appraisal"
    __table_args__ = (UniqueConstraint("person_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    period: Mapped[str]
    objectives: Mapped[str]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(default="")
    attendance: Mapped[str] = mapped_column(default="")
    appraised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    appraised_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    set_by: Mapped[Person] = relationship(foreign_keys=set_by_id)
    appraised_by: Mapped[Person | None] = relationship(foreign_keys=appraised_by_id)

    __mapper_args__ = {"version_id_col": version}


class SignInSession(Base):
    """One signed-in browser. The cookie holds the token, the table its hash: a copy of the table opens nothing."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str]
    browser: Mapped[str]


class LinkPurpose(StrEnum):
    """What a one-time link is for: the first password of an account, or a new one."""

    INVITATION = "invitation"
    RESET = "reset"


class OneTimeLink(Base):
    """An invitation or a reset: good once, until its hour; only the hash of its secret is kept."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[LinkPurpose]
    made_at: Mapped[datetime] = mapped_column(Instant)
    good_until: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ResetRequest(Base):
    """Somebody asked for a new password. Kept for whatever was typed, so that every answer takes the same time;
    a sweep finds out a moment later whether an account belongs to it, and forgets it."""

    __tablename__ = "reset_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class SecretTries(Base):
    """Tries of a password or PIN in a row, counted alike whether or not an account belongs to the name."""

    __tablename__ = "secret_tries"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)


_WORDS: dict[type[Listed], dict[Listed, Said]] = {
    Structure: {
        Structure.LINE: say("line structure"),
        Structure.FUNCTIONAL: say("functional structure"),
        Structure.DIVISIONAL: say("divisional structure"),
        Structure.MATRIX: say("matrix structure"),
    },
    Basis: {
        Basis.PROCESS: say("by business process"),
        Basis.PRODUCT: say("by product or service"),
        Basis.REGION: say("by region"),
    },
    UnitKind: {
        UnitKind.COMPANY: say("company"),
        UnitKind.DIVISION: say("division"),
        UnitKind.DEPARTMENT: say("department"),
        UnitKind.GROUP: say("group"),
        UnitKind.REGIONAL_CENTRE: say("regional service centre"),
        UnitKind.COMMITTEE: say("committee"),
    },
    Reporting: {
        Reporting.BY_RANK: say("to the next rank"),
        Reporting.TO_HEAD: say("straight to the head"),
    },
    Line: {
        Line.DIRECT: say("direct superior"),
        Line.FUNCTIONAL: say("functional head"),
        Line.PROJECT: say("project lead"),
    },
    Rank: {
        Rank.STAFF: say("staff"),
        Rank.SUPERVISOR: say("supervisor rank"),
        Rank.MIDDLE: say("middle management"),
        Rank.SENIOR: say("senior management"),
    },
    ProposalKind: {
        ProposalKind.TRAINING: say("training"),
        ProposalKind.PAY: say("pay change"),
        ProposalKind.PROMOTION: say("promotion"),
        ProposalKind.REWARD: say("reward"),
        ProposalKind.PENALTY: say("penalty"),
        ProposalKind.DISMISSAL: say("dismissal"),
    },
}
