"""People and departments. Whatever can change has from/to days: old records show the superior of that time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json


class Structure(StrEnum):
    """How a unit is organised (ORG-001)."""

    LINE = "line"
    FUNCTIONAL = "functional"
    DIVISIONAL = "divisional"
    MATRIX = "matrix"


class Basis(StrEnum):
    """On what a department was formed (ORG-004)."""

    PROCESS = "process"
    PRODUCT = "product"
    REGION = "region"


class UnitKind(StrEnum):
    """What kind of unit it is (ORG-003, ORG-009, ORG-011, ORG-038)."""

    COMPANY = "company"
    DIVISION = "division"
    DEPARTMENT = "department"
    GROUP = "group"
    REGIONAL_CENTRE = "regional centre"
    COMMITTEE = "committee"


class Line(StrEnum):
    """Through which line a superior leads (ORG-002)."""

    DIRECT = "direct"
    FUNCTIONAL = "functional"
    PROJECT = "project"


class Rank(StrEnum):
    """Levels of posts, lowest first (ORG-010; “middle” counts for duty on holidays)."""

    STAFF = "staff"
    SUPERVISOR = "supervisor"
    MIDDLE = "middle"
    SENIOR = "senior"


class Department(Base):
    """A unit of the tree. `names`: one text per locale; `path`: ids from the root, /1/4/: “below it” is a prefix."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]] = mapped_column(Json)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    path: Mapped[str] = mapped_column(index=True)
    kind: Mapped[UnitKind]
    structure: Mapped[Structure]
    basis: Mapped[Basis]
    goal: Mapped[str] = mapped_column(default="")
    headcount: Mapped[int | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Duty(Base):
    """One line of a department's statement of duties and powers; a duty has exactly one owner (ORG-005)."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    words: Mapped[str]
    is_power: Mapped[bool] = mapped_column(default=False)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Post(Base):
    """A post of a department, with its rank and how many there should be (ORG-010, ORG-023)."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    rank: Mapped[Rank]
    leads: Mapped[bool] = mapped_column(default=False)
    headcount: Mapped[int | None]
    description: Mapped[str] = mapped_column(default="")

    department: Mapped[Department] = relationship()


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


class Placement(Base):
    """A person holds a post from a day to a day; `main` is where they belong, others are held besides."""

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on > from_on", name="days"),
        Index(
            "uq_placement_main_open", "person_id", unique=True,
            sqlite_where=text("main AND to_on IS NULL"), postgresql_where=text("main AND to_on IS NULL"),
        ),
    )  # fmt: skip

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
    __table_args__ = (CheckConstraint("to_on IS NULL OR to_on > from_on", name="days"),)

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

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Absence(Base):
    """Days on which a person is away; approvals go to the deputy or the next level meanwhile."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date]


class WorkCity(Base):
    """In which city somebody works: the local minimum wage and the office's holidays depend on it."""

    __tablename__ = "work_city"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    city: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class PayBase(Base):
    """Full monthly base pay in fen from a day on; seen by its owner and HR alone."""

    __tablename__ = "pay_base"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    fen: Mapped[int]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class StaffProposal(Base):
    """What a department proposes for one of its own people; only a proposal, decided by HR or higher (ORG-025)."""

    __tablename__ = "staff_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    words: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(default="proposed")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Appraisal(Base):
    """Goals of a period and how they were met (ORG-026)."""

    __tablename__ = "appraisal"
    __table_args__ = (UniqueConstraint("person_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    period: Mapped[str]
    goals: Mapped[str]
    result: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

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
