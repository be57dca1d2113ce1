"""Manuals, their versions and clauses and what a clause rules; and drafts of a version until it is published.

A published version is never changed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from portal.extensions import Base
from portal.kernel.columns import Instant, Json, Sentence
from portal.kernel.markup import Rendered
from portal.kernel.text import Said
from portal.organisation.models import Department, Person
from portal.policies.asking_models import Asking
from portal.policies.emergency_models import Emergency
from portal.policies.quiz_models import DraftQuestion, QuizQuestion
from portal.policies.repeal_models import Repeal
from portal.policies.replay_models import DraftReplay
from portal.policies.rules import FORM
from portal.policies.states import Chapter, Evidence, ImportState, ManualKind, Part, Stage, State
from portal.policies.withdrawal_models import Withdrawal


class Manual(Base):
    """A book of rules. `titles`: one text per locale. `department_id` None: it binds the whole company.

    `supervisor`: whoever watches that it is kept (POL-028); `review_on`: the day on which it is looked at again;
    `phases`: which of a system's life it covers (POL-023).
    """

    __tablename__ = "manual"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    kind: Mapped[ManualKind]
    category: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(Text, default="")
    principles: Mapped[str] = mapped_column(Text, default="")
    review_on: Mapped[date | None]
    phases: Mapped[list[str]] = mapped_column(Json, default=list)
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    supervisor: Mapped[Person | None] = relationship(foreign_keys=supervisor_id)
    department: Mapped[Department | None] = relationship()
    asking: Mapped[Asking | None] = relationship(viewonly=True)
    repeal: Mapped[Repeal | None] = relationship(viewonly=True, lazy="joined")

    __mapper_args__ = {"version_id_col": version}


PUBLISHED = text("state = 'published'")


class ManualVersion(Base):
    """An edition. In force from `effective_from` until the day on which the next published one is; `digest` is the hash
    of exactly what was published, kept in the journal as well. `restores_id`: the version whose words these are again,
    after one that was published in an emergency lapsed.

    `purpose` and `principles` open it; `digest_form`: which of the forms of the hash it has, see `rules.digest`.

    `quiz_digest`: that of the questions about it, "" where there are none. It stands beside the other: what binds
    people is the text, and the same text has the same hash whether it is asked about or not.
    """

    __tablename__ = "manual_version"
    __table_args__ = (
        UniqueConstraint("manual_id", "seq"),
        UniqueConstraint("manual_id", "major", "minor", name="uq_manual_version_label"),
        Index(
            "uq_manual_version_day",
            "manual_id",
            "effective_from",
            unique=True,
            sqlite_where=PUBLISHED,
            postgresql_where=PUBLISHED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"))
    seq: Mapped[int]
    major: Mapped[int]
    minor: Mapped[int]
    state: Mapped[State]
    effective_from: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    summary: Mapped[str] = mapped_column(Text, default="")
    purpose: Mapped[str] = mapped_column(Text, default="")
    principles: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str]
    digest_form: Mapped[int] = mapped_column(default=FORM)
    restores_id: Mapped[int | None] = mapped_column(ForeignKey("manual_version.id"))
    quiz_digest: Mapped[str] = mapped_column(default="")

    manual: Mapped[Manual] = relationship()
    places: Mapped[list[VersionPlace]] = relationship(order_by="VersionPlace.id")
    clauses: Mapped[list[ClauseRow]] = relationship(order_by="ClauseRow.position", back_populates="version")
    questions: Mapped[list[QuizQuestion]] = relationship(order_by=QuizQuestion.position)
    emergency: Mapped[Emergency | None] = relationship(viewonly=True)
    withdrawal: Mapped[Withdrawal | None] = relationship(viewonly=True)
    evidence: Mapped[list[DraftEvidence]] = relationship(
        secondary="manual_draft",
        primaryjoin="ManualDraft.version_id == ManualVersion.id",
        secondaryjoin="and_(ManualDraft.id == DraftEvidence.draft_id, DraftEvidence.off_at.is_(None))",
        order_by="DraftEvidence.on, DraftEvidence.id",
        viewonly=True,
    )

    @property
    def label(self) -> str:
        """As people say it: 2.1."""
        return f"{self.major}.{self.minor}"


class VersionPlace(Base):
    """That a version binds only a part of where its manual counts: a department with those below it, or whoever holds a
    post. See `places`."""

    __tablename__ = "manual_place"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))


class _Clause:
    """What a clause says. `stable` is the same in every version; `text` is as typed, `html` what is shown."""

    stable: Mapped[str]
    position: Mapped[int]
    number: Mapped[str]
    heading: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[Markup] = mapped_column(Rendered)
    part: Mapped[Part] = mapped_column(default=Part.BODY)
    chapter: Mapped[Chapter | None]

    @property
    def depth(self) -> int:
        """1 for clause 4, 2 for clause 4.2."""
        return self.number.count(".") + 1


class ClauseRow(_Clause, Base):
    """A numbered rule of a version."""

    __tablename__ = "clause"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        UniqueConstraint("version_id", "stable", name="uq_clause_stable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))

    version: Mapped[ManualVersion] = relationship(back_populates="clauses")
    rulings: Mapped[list[RulingRow]] = relationship(order_by="RulingRow.id", back_populates="clause")


class RulingRow(Base):
    """That a clause rules on a key. `value` is the text that the rulebook reads and writes."""

    __tablename__ = "ruling"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"))
    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    value: Mapped[str] = mapped_column(Text)

    clause: Mapped[ClauseRow] = relationship(back_populates="rulings")
    version: Mapped[ManualVersion] = relationship()


OPEN = text("ended_at IS NULL")


class ManualDraft(Base):
    """A version that is being written: one for each manual at a time. What it says of its manual holds once it is
    published. `department_id`: where rights to it count; `drops`: keys that it means to leave open; `places`: whom it
    binds, where not everybody (see `places`); `notes`: what the first stages found out; `quorum`: how many approvals
    it needs. `lets_go`: the hash of who loses what by it, as its authors mean it (see `losses`). `approved_digest`: the
    hash of exactly the text that was approved. `replaced`: what the manual said of itself before this was published.
    """

    __tablename__ = "manual_draft"
    __table_args__ = (
        Index("uq_manual_draft_open", "manual_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), index=True)
    state: Mapped[Stage]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("manual_version.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("manual_version.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    legal_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)

    titles: Mapped[dict[str, str]] = mapped_column(Json)
    category: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(Text, default="")
    principles: Mapped[str] = mapped_column(Text, default="")
    review_on: Mapped[date | None]
    phases: Mapped[list[str]] = mapped_column(Json, default=list)

    major: Mapped[int]
    minor: Mapped[int]
    effective_from: Mapped[date | None]
    summary: Mapped[str] = mapped_column(Text, default="")
    drops: Mapped[list[str]] = mapped_column(Json, default=list)
    places: Mapped[list[str]] = mapped_column(Json, default=list)
    lets_go: Mapped[str] = mapped_column(default="")
    notes: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    replaced: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    round: Mapped[int] = mapped_column(default=0)
    quorum: Mapped[int] = mapped_column(default=1)
    approved_digest: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    manual: Mapped[Manual] = relationship()
    author: Mapped[Person] = relationship(foreign_keys=author_id)
    legal: Mapped[Person | None] = relationship(foreign_keys=legal_id)
    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    supervisor: Mapped[Person | None] = relationship(foreign_keys=supervisor_id)
    clauses: Mapped[list[DraftClause]] = relationship(
        order_by="DraftClause.position", back_populates="draft", cascade="all, delete-orphan"
    )
    reviewers: Mapped[list[DraftReviewer]] = relationship(order_by="DraftReviewer.id", cascade="all, delete-orphan")
    comments: Mapped[list[DraftComment]] = relationship(order_by="DraftComment.id")
    questions: Mapped[list[DraftQuestion]] = relationship(order_by=DraftQuestion.position, cascade="all, delete-orphan")
    question_count: Mapped[int] = column_property(
        select(func.count(DraftQuestion.id)).where(DraftQuestion.draft_id == id).correlate_except(DraftQuestion)
        .scalar_subquery()
    )  # fmt: skip
    evidence: Mapped[list[DraftEvidence]] = relationship(order_by="DraftEvidence.on, DraftEvidence.id")
    approvals: Mapped[list[DraftApproval]] = relationship(order_by="DraftApproval.id", cascade="all, delete-orphan")
    replay: Mapped[DraftReplay | None] = relationship(viewonly=True)
    emergency: Mapped[Emergency | None] = relationship(viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        """Which version it is to become: 2.1."""
        return f"{self.major}.{self.minor}"


class DraftClause(_Clause, Base):
    """A clause of a draft, as `ClauseRow` is one of a version."""

    __tablename__ = "draft_clause"
    __table_args__ = (UniqueConstraint("draft_id", "stable"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"))

    draft: Mapped[ManualDraft] = relationship(back_populates="clauses")
    rulings: Mapped[list[DraftRuling]] = relationship(order_by="DraftRuling.id", cascade="all, delete-orphan")


class DraftRuling(Base):
    """That a clause of a draft is to rule on a key: one clause of it at most."""

    __tablename__ = "draft_ruling"
    __table_args__ = (UniqueConstraint("draft_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"))
    clause_id: Mapped[int] = mapped_column(ForeignKey("draft_clause.id"), index=True)
    key: Mapped[str]
    value: Mapped[str] = mapped_column(Text)


class DraftReviewer(Base):
    """Whose opinion is asked, and for which party they speak; `person_id` None: somebody from outside, by name.

    `finished_at`: they have had their say in this round; `checks`: what they found in order (POL-013, POL-017).
    """

    __tablename__ = "draft_reviewer"
    __table_args__ = (UniqueConstraint("draft_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    party: Mapped[str]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    checks: Mapped[list[Any]] = mapped_column(Json, default=list)


class DraftApproval(Base):
    """Who is asked to approve a draft, and that they did, or somebody in their place. `digest`: the hash of the text.

    `in_place_of`: who was asked first, and was away without a deputy, so that it went up to the next level.
    """

    __tablename__ = "draft_approval"
    __table_args__ = (UniqueConstraint("draft_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    in_place_of: Mapped[str] = mapped_column(default="")
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_by_name: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(default="")

    @property
    def place(self) -> str:
        """In whose place it was given, "" for whoever was asked."""
        return self.name if self.given_by_id not in (None, self.person_id) else self.in_place_of


class DraftEvidence(Base):
    """Something that shows how a version came about: see `evidence`. `off_at`: it was kept by mistake and counts no
    more."""

    __tablename__ = "draft_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), index=True)
    kind: Mapped[Evidence]
    on: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    off_at: Mapped[datetime | None] = mapped_column(Instant)


class DraftComment(Base):
    """What somebody said about a draft in a round, and what the authors answered; `stable` names the clause."""

    __tablename__ = "draft_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), index=True)
    round: Mapped[int]
    stable: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_name: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class ManualImport(Base):
    """Files on their way to be a draft: see `importing.py`.

    `file`: hash of the bytes, kept under it until the import is over; `code`: the manual that they are for, "" for a
    new one. `head`: what the files say of the manual; `remarks` and `problems`: (file, line, sentence), the first of
    them, `remarked` and `wrong` say how many there are. `placed`: the files say in which part their clauses stand;
    `rules`: they name values; `questions`: the quiz in them, each as [words, choices, clause]. Whoever reads them has
    them until `claimed_until`.
    """

    __tablename__ = "manual_import"
    __table_args__ = (
        Index("ix_manual_import_by_id_id", "by_id", "id"),
        Index("ix_manual_import_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ImportState]
    code: Mapped[str]
    file: Mapped[str]
    file_name: Mapped[str]
    head: Mapped[dict[str, str]] = mapped_column(Json)
    remarks: Mapped[list[Any]] = mapped_column(Json)
    problems: Mapped[list[Any]] = mapped_column(Json)
    remarked: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    placed: Mapped[bool] = mapped_column(default=False)
    rules: Mapped[bool] = mapped_column(default=False)
    questions: Mapped[list[Any]] = mapped_column(Json, default=list)
    files: Mapped[int] = mapped_column(default=0)
    clauses: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Said | None] = mapped_column(Sentence)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    begun_at: Mapped[datetime] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ImportClause(_Clause, Base):
    """A clause that waits for its draft. Rows go when the import is over."""

    __tablename__ = "manual_import_clause"

    import_id: Mapped[int] = mapped_column(ForeignKey("manual_import.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rulings: Mapped[dict[str, str]] = mapped_column(Json)
