"""Known and acknowledged: whom a version binds is asked, and says so; whoever does not says why (POL-006, POL-026)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.orm import aliased, joinedload

from portal.extensions import db
from portal.kernel import files
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day, today
from portal.kernel.columns import Instant
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record, record_all
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.seals import Finding
from portal.kernel.signature import Confirmation, Signature, canonical, sign
from portal.kernel.text import say
from portal.organisation.company import on_day
from portal.organisation.models import Department, Person, Placement, Post
from portal.organisation.staff import Staff
from portal.policies import places, queries
from portal.policies.acknowledgement_events import (
    Acknowledged,
    AcknowledgementDeclined,
    AcknowledgementsAsked,
    AcknowledgementsVoided,
    AskedAgain,
    Exempted,
    PaperEntered,
    Reminded,
    WayChosen,
)
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules, due_on, next_reminder
from portal.policies.acknowledgement_states import ACKNOWLEDGEMENT, DONE, HELD, UNDECIDED, Known, Way
from portal.policies.asking_models import Asking
from portal.policies.models import Manual, ManualVersion
from portal.policies.places import Scope
from portal.policies.quiz_models import QuizAttempt
from portal.policies.states import State
from portal.policies.team_models import TEAM_MANUAL, Team, TeamMember

A = Acknowledgement
MOST_WORDS = 2_000
CONSENT = say("I have read this version of the manual and will keep to it.")
"""The sentence under which somebody signs."""


# ── Who is asked ──


def ask_everybody(version: ManualVersion, at: datetime) -> int:
    """Within the act that publishes: ask everybody whom the version binds, in bulk; returns how many.

    A minor version keeps what was said to the one before it; one that restores the words of another keeps what was said
    to that. A major one asks anew, and takes nothing away that was signed: only what nobody has decided yet gives way
    to the new question.
    """
    kept = counting_for(version)
    open_ones = or_(A.state == Known.OPEN, and_(A.state == Known.DECLINED, A.version_id.not_in(kept)))
    older = (A.manual_id == version.manual_id, A.version_id != version.id, open_ones)
    db.session.execute(
        update(A).where(*older).values(state=Known.SUPERSEDED, ended_at=at, version=A.version + 1),
        execution_options={"synchronize_session": False},
    )
    return _ask_whoever_is_missing(version, at)


def ask_no_more(version: ManualVersion, before: ManualVersion | None, at: datetime) -> None:
    """Within the act that takes a version back: what it asked and nobody has decided is void, what it put an end to
    goes on as it stood, and whoever came since is asked about the version before. What was signed is kept."""
    voided = _count(
        db.session.execute(
            update(A).where(A.version_id == version.id, A.state.in_(UNDECIDED)).values(
                state=Known.VOID, ended_at=at, version=A.version + 1
            ),
            execution_options={"synchronize_session": False},
        )
    )  # fmt: skip
    given_way = (A.manual_id == version.manual_id, A.version_id != version.id, A.state == Known.SUPERSEDED)
    was_declined = and_(A.declined_at.is_not(None), A.answer == "")
    stood = case((was_declined, literal(Known.DECLINED, A.state.type)), else_=literal(Known.OPEN, A.state.type))
    db.session.execute(
        update(A).where(*given_way, A.ended_at >= version.published_at).values(
            state=stood, ended_at=None, version=A.version + 1
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    if voided:
        record(AcknowledgementsVoided(version.manual_id, version.manual.code, voided))
    if before is not None:
        _ask_whoever_is_missing(before, at)


def asked_about(version_id: int) -> Select[Any]:
    """Ids of everybody whom a version asked, whatever they said."""
    return select(A.person_id).where(A.version_id == version_id)


def _ask_whoever_is_missing(version: ManualVersion, at: datetime) -> int:
    day, manual = office_day(at), version.manual
    ruling = queries.in_force(KnownRules, on=day, for_=manual.department_id)
    way = way_of(version)
    until = due_on(day, ruling)
    bound = _missing(version, day)
    again = update(A).where(A.version_id == version.id, A.state == Known.VOID)
    back = db.session.execute(
        again.where(A.person_id.in_(bound.with_only_columns(Person.id))).values(
            state=Known.OPEN, asked_at=at, due_on=until, remind_on=next_reminder(day, ruling), ended_at=None,
            version=A.version + 1,
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    values: dict[Any, Any] = {
        A.manual_id: literal(manual.id),
        A.version_id: literal(version.id),
        A.digest: literal(version.digest),
        A.person_id: Person.id,
        A.person_name: Person.name,
        A.department_id: Post.department_id,
        A.way: literal(way, A.way.type),
        A.state: literal(Known.OPEN, A.state.type),
        A.asked_at: literal(at, Instant),
        A.due_on: literal(until, A.due_on.type),
        A.remind_on: literal(next_reminder(day, ruling), A.remind_on.type),
        A.ended_by_name: literal(""),
        A.reason: literal(""),
        A.answer: literal(""),
        A.version: literal(1),
    }
    new = bound.where(~_has_row(version)).with_only_columns(*values.values()).order_by(Person.id)
    asked = select(func.count()).select_from(A).where(A.version_id == version.id)
    before = db.session.scalar(asked) or 0
    db.session.execute(insert(cast(Any, A.__table__)).from_select([column.key for column in values], new))
    _follow_posts(version, day, at)
    people = (db.session.scalar(asked) or 0) - before + _count(back)
    if people:
        record(AcknowledgementsAsked(manual.id, version.id, manual.code, version.label, people, until))
    return people


def _follow_posts(version: ManualVersion, day: date, at: datetime) -> None:
    """Whoever holds a post to which a manual says something else has other days than those who were asked with them."""
    posts = queries.posts_ruling(KnownRules, day)
    holdings = places.Holdings.of(posts, with_published=False).everybody_on(day) if posts else {}
    for held, people in holdings.items():
        ruling = queries.in_force_holding(KnownRules, held, on=day, for_=version.manual.department_id)
        asked = update(A).where(A.version_id == version.id, A.asked_at == at, A.person_id.in_(people))
        db.session.execute(
            asked.values(due_on=due_on(day, ruling), remind_on=next_reminder(day, ruling)),
            execution_options={"synchronize_session": False},
        )


def _missing(version: ManualVersion, day: date) -> Select[Any]:
    """Whom it binds on a day and who was not asked, nor has said of a version that counts for it that they know it."""
    known = aliased(A)
    has_said = select(known.id).where(
        known.person_id == Person.id,
        or_(
            and_(known.version_id == version.id, known.state != Known.VOID),
            and_(known.version_id.in_(counting_for(version)), known.state.in_(HELD)),
        ),
    )
    return places.bound(version, day).where(~has_said.exists())


def counting_for(version: ManualVersion) -> list[int]:
    """The versions whose acknowledgements count for this one, itself first: see `lineages`."""
    of_manual = select(*_LINE).where(
        ManualVersion.manual_id == version.manual_id, ManualVersion.state == State.PUBLISHED,
        ManualVersion.seq <= version.seq,
    )  # fmt: skip
    return lineages(db.session.execute(of_manual).all())[version.manual_id]


def counting_for_newest() -> dict[int, list[int]]:
    """The same for the newest version of every manual."""
    return lineages(db.session.execute(select(*_LINE).where(ManualVersion.state == State.PUBLISHED)).all())


_LINE = (
    ManualVersion.id, ManualVersion.manual_id, ManualVersion.seq, ManualVersion.major, ManualVersion.restores_id
)  # fmt: skip


def lineages(versions: Iterable[Any]) -> dict[int, list[int]]:
    """For the newest of the versions of each manual: it and those whose acknowledgements count for it.

    A minor version keeps what was said to the one before it. One whose words are those of an earlier version again
    keeps what was said to that, and nothing that was said to the one between.
    """
    by_manual: dict[int, list[Any]] = {}
    for one in versions:
        by_manual.setdefault(one.manual_id, []).append(one)
    found = {}
    for manual_id, every in by_manual.items():
        every.sort(key=lambda one: one.seq)
        by_id = {one.id: one for one in every}
        earlier = dict(zip([one.id for one in every[1:]], every, strict=False))
        at, line = every[-1], []
        while at is not None:
            line.append(at.id)
            before = earlier.get(at.id)
            same = before is not None and before.major == at.major
            at = by_id[at.restores_id] if at.restores_id else before if same else None
        found[manual_id] = line
    return found


def _has_row(version: ManualVersion) -> ColumnElement[bool]:
    row = aliased(A)
    return select(row.id).where(row.version_id == version.id, row.person_id == Person.id).exists()


def _count(result: Any) -> int:
    return int(result.rowcount)


def is_behind(manual: Manual, at: datetime) -> bool:
    """Whether `keep_up` has something to do: it is asked every few minutes, and a write keeps others waiting."""
    version = newest(manual.id)
    if version is None:
        return False
    day = office_day(at)
    for query in (select(A.id).where(*_gone(version, day)), _missing(version, day)):
        if db.session.execute(query.limit(1)).first() is not None:
            return True
    return False


@action
def keep_up(actor: Portal, manual: Manual, *, at: datetime) -> int:
    """Ask whoever has come under a manual since it was published, and nobody any more whom it does not bind; returns
    how many rows changed. Safe to run twice."""
    return bring_up_to_date(manual, at)


def bring_up_to_date(manual: Manual, at: datetime) -> int:
    """The same within an act that changes whom a manual binds."""
    version = newest(manual.id)
    if version is None:
        return 0
    gone = update(A).where(*_gone(version, office_day(at)))
    voided = _count(
        db.session.execute(
            gone.values(state=Known.VOID, ended_at=at, version=A.version + 1),
            execution_options={"synchronize_session": False},
        )
    )
    if voided:
        record(AcknowledgementsVoided(manual.id, manual.code, voided))
    return voided + _ask_whoever_is_missing(version, at)


def _gone(version: ManualVersion, day: date) -> tuple[ColumnElement[bool], ...]:
    bound = places.bound(version, day).with_only_columns(Person.id)
    return A.manual_id == version.manual_id, A.state.in_(UNDECIDED), A.person_id.not_in(bound)


def moved(at: datetime) -> Sequence[Any]:
    """Whoever belongs to another department than the one that their rows name: (person_id, department_id)."""
    day = office_day(at)
    return db.session.execute(
        select(A.person_id, Post.department_id)
        .join(Placement, and_(Placement.person_id == A.person_id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(on_day(Placement.from_on, Placement.to_on, day), A.department_id != Post.department_id)
        .distinct()
    ).all()


@action
def follow_moves(actor: Portal, *, at: datetime) -> int:
    """Whoever moved to another department is seen by its head from today on; returns how many moved."""
    found = moved(at)
    for person_id, department_id in found:
        db.session.execute(
            update(A).where(A.person_id == person_id).values(department_id=department_id),
            execution_options={"synchronize_session": False},
        )
    return len(found)


@action
def remind(actor: Portal, *, most: int, at: datetime) -> int:
    """Remind whoever has not decided and whose day has come, `most` at a time; returns how many. Safe to run twice, and
    days that were missed are not made up for."""
    day = office_day(at)
    query = (
        select(A.id, A.manual_id, A.person_id, A.due_on, Manual.code, Manual.department_id, *_LABEL)
        .join(Manual, Manual.id == A.manual_id)
        .join(ManualVersion, ManualVersion.id == A.version_id)
        .where(A.state == Known.OPEN, A.remind_on <= day)
        .order_by(A.id)
        .limit(most)
    )
    by_scope: dict[tuple[int | None, tuple[Scope, ...]], list[Any]] = {}
    rows = db.session.execute(query).all()
    posts = queries.posts_ruling(KnownRules, day) if rows else []
    holdings = places.Holdings.of(posts, with_published=False) if posts else None
    for row in rows:
        held = holdings.on(row.person_id, day) if holdings else ()
        by_scope.setdefault((row.department_id, held), []).append(row)
    record_all(
        Reminded(row.id, row.code, f"{row.major}.{row.minor}", row.person_id, row.due_on) for row in rows
    )  # fmt: skip
    for (scope, held), told in by_scope.items():
        ruling = queries.in_force_holding(KnownRules, held, on=day, for_=scope)
        db.session.execute(
            update(A).where(A.id.in_([row.id for row in told])).values(remind_on=next_reminder(day, ruling)),
            execution_options={"synchronize_session": False},
        )
    return len(rows)


_LABEL = (ManualVersion.major, ManualVersion.minor)


# ── What people do ──


@action
def acknowledge(
    actor: Staff, one: Acknowledgement, confirmation: Confirmation | None, *, digest: str, at: datetime
) -> None:
    """Say that one knows exactly this version, with a signature where the manual wants one.

    `digest`: that of the version on the page that was read. Raises OutOfDate when a newer version was published or it
    was decided already; Refused when a signature is wanted and there is none, and before a quiz is passed that is.
    """
    refuse_superseded(one, digest)
    ACKNOWLEDGEMENT.check(one, "acknowledge", actor)
    if one.way.quizzes and not has_passed(one):
        raise Refused(say("Take the quiz first: it counts once you have passed it."))
    if one.way.signs:
        if confirmation is None:
            raise Refused(say("Enter your PIN or password."), field="secret")
        made = sign(actor, confirmation, "acknowledgement", one.id, "acknowledge", _content(one), consent=CONSENT)
        one.signature_id = made.id
    one.state = Known.SIGNED if one.way.signs else Known.PASSED if one.way.quizzes else Known.READ
    one.ended_at, one.ended_by_name = at, actor.name
    record(Acknowledged(one.id, one.manual.code, one.edition.label, one.digest, one.state))


@action
def decline(actor: Staff, one: Acknowledgement, reason: str, *, digest: str, at: datetime) -> None:
    """Not acknowledge it, with a reason that goes to the owner of the manual; one stays bound by it all the same."""
    refuse_superseded(one, digest)
    ACKNOWLEDGEMENT.move(one, "decline", actor)
    one.reason, one.declined_at, one.answer = _said(reason, "reason"), at, ""
    record(
        AcknowledgementDeclined(
            one.id, one.manual.code, one.edition.label, one.owner_id, actor.name, one.reason
        )
    )  # fmt: skip


@action
def ask_again(actor: Staff, one: Acknowledgement, answer: str, *, at: datetime) -> None:
    """The owner answers whoever did not acknowledge and asks again: for the newest version, if there is one since."""
    ACKNOWLEDGEMENT.move(one, "ask again", actor)
    if one.person_id == actor.id:
        raise NotAllowed(say("Nobody answers their own."))
    one.answer = _said(answer, "answer")
    day = office_day(at)
    ruling = queries.in_force_for(KnownRules, one.person_id, on=day, for_=one.manual.department_id)
    one.due_on, one.remind_on = due_on(day, ruling), next_reminder(day, ruling)
    record(AskedAgain(one.id, one.manual.code, one.edition.label, one.person_id, one.answer))
    last = newest(one.manual_id)
    if last is not None and last.id != one.version_id:
        one.state, one.ended_at = Known.SUPERSEDED, at
        db.session.flush()
        _ask_whoever_is_missing(last, at)


@action
def exempt(actor: Staff, one: Acknowledgement, reason: str, *, at: datetime) -> None:
    """Somebody need not acknowledge it, with a reason; never oneself."""
    _refuse_own(actor, one)
    ACKNOWLEDGEMENT.move(one, "exempt", actor)
    one.reason, one.ended_at, one.ended_by_name = _said(reason, "reason"), at, actor.name
    record(Exempted(one.id, one.manual.code, one.edition.label, one.person_id, one.reason))


@action
def enter_paper(actor: Staff, one: Acknowledgement, file_ids: Collection[int], *, at: datetime) -> None:
    """Somebody signed on paper: enter it with its scan; never for oneself. Raises Refused without a scan, and
    for a file that is none."""
    _refuse_own(actor, one)
    ACKNOWLEDGEMENT.move(one, "paper", actor)
    if not file_ids:
        raise Refused(say("Add the scan of what was signed."), field="files")
    named = files.attach(actor, file_ids, "acknowledgement", one.id)
    for scan in files.kept("acknowledgement", one.id, files.digests_of("acknowledgement", one.id)).values():
        if not (scan.inline or scan.is_pdf):
            raise Refused(
                say("“{name}” is neither a picture nor a PDF: add the scan of the sheet.", name=scan.name),
                field="files",
            )
    one.ended_at, one.ended_by_name = at, actor.name
    record(
        PaperEntered(one.id, one.manual.code, one.edition.label, one.person_id, one.digest, tuple(named))
    )  # fmt: skip


@action
def choose_way(actor: Staff | Portal, manual: Manual, way: Way, *, at: datetime) -> None:
    """How a manual wants to be acknowledged: what was asked already and is still open, too."""
    if not actor.may(P.MANUALS_PUBLISH, queries.home_of(manual.department_id)):
        raise NotAllowed(say("Publishing this manual is not yours to do."))
    last = newest(manual.id)
    if way.quizzes and (last is None or not last.quiz_digest):
        raise Refused(
            say("Nothing is asked about the newest version. Write the questions into its next draft first."),
            field="way",
        )  # fmt: skip
    db.session.merge(Asking(manual_id=manual.id, way=way))
    db.session.execute(
        update(A).where(A.manual_id == manual.id, A.state == Known.OPEN).values(way=way, version=A.version + 1),
        execution_options={"synchronize_session": False},
    )
    record(WayChosen(manual.id, manual.code, way))


def refuse_superseded(one: Acknowledgement, digest: str) -> None:
    if one.edition.state is State.WITHDRAWN:
        raise OutOfDate(
            say("Version {version} was taken back before its day: nobody has to acknowledge it.",
                version=one.edition.label)
        )  # fmt: skip
    last = newest(one.manual_id)
    if one.state in (Known.OPEN, Known.SUPERSEDED) and (
        last is None or last.id != one.version_id or digest != one.digest
    ):
        raise OutOfDate(
            say("Version {version} was published since. Read what changed and acknowledge that one.",
                version=last.label if last else "")
        )  # fmt: skip


def _refuse_own(actor: Staff, one: Acknowledgement) -> None:
    if one.person_id == actor.id:
        raise NotAllowed(say("Nobody decides this for themselves."))


def _content(one: Acknowledgement) -> dict[str, Any]:
    """Exactly what is signed: the text itself stands in the version, whose hash this names and nothing can change; so
    does the quiz that was passed before."""
    return _named(
        one.manual.code, one.edition.label, one.edition.effective_from, one.digest,
        one.edition.quiz_digest if one.way.quizzes else "",
    )  # fmt: skip


def _named(manual: str, version: str, effective_from: date, digest: str, quiz: str) -> dict[str, Any]:
    content = {"manual": manual, "version": version, "effective_from": effective_from, "digest": digest}
    return {**content, "quiz": quiz} if quiz else content


def _said(words: str, field: str) -> str:
    words = words.strip()
    if not words:
        raise Refused(say("Say why, in a few words."), field=field)
    return words[:MOST_WORDS]


# ── Reading ──


def newest(manual_id: int) -> ManualVersion | None:
    """The version of a manual that was published last: the one that asks."""
    query = select(ManualVersion).where(ManualVersion.manual_id == manual_id, ManualVersion.state == State.PUBLISHED)
    return db.session.scalar(
        query.order_by(ManualVersion.seq.desc()).limit(1).options(joinedload(ManualVersion.manual))
    )


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """One's own; those of the departments where the reader looks after it; why people did not acknowledge a manual of
    the reader's; and what whoever acts for a team of the reader's is asked because of it (POL-046)."""
    return or_(*_reasons(reader))


def _reasons(reader: Staff) -> tuple[ColumnElement[bool], ...]:
    """Why a reader sees one, each of which an index answers."""
    owned = select(Manual.id).where(Manual.owner_id == reader.id)
    return (
        A.person_id == reader.id,
        A.department_id.in_(reader.where(P.ACKNOWLEDGEMENTS_READ)),
        and_(A.declined_at.is_not(None), A.manual_id.in_(owned)),
        tuple_(A.manual_id, A.person_id).in_(_of_teams(reader)),
    )


def _of_teams(reader: Staff) -> Select[Any]:
    """(manual, person) of the teams that the reader leads, or whose people and manuals they name."""
    return (
        select(TEAM_MANUAL.c.manual_id, TeamMember.person_id)
        .join(Team, Team.id == TEAM_MANUAL.c.team_id)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(
            on_day(TeamMember.from_on, TeamMember.to_on, today()),
            or_(Team.leader_id == reader.id, Team.department_id.in_(reader.where(P.TEAMS_KEEP))),
        )
    )


def tells_why(reader: Staff, one: Acknowledgement) -> bool:
    """Whether somebody who sees it reads its reason and its history, too: not for a team alone. Whoever names people
    for a team does not learn what they said to whoever looks after them."""
    return reader.id in (one.person_id, one.owner_id) or reader.may(P.ACKNOWLEDGEMENTS_READ, one.department_id)


def _tells_why(reader: Staff) -> ColumnElement[bool]:
    """The same of the rows of a list, which has its `Manual`."""
    return or_(
        A.person_id == reader.id, Manual.owner_id == reader.id,
        A.department_id.in_(reader.where(P.ACKNOWLEDGEMENTS_READ)),
    )  # fmt: skip


def some_ids(reader: Staff, most: int) -> Any:
    """Ids of acknowledgements that `reader` sees, up to `most` of them."""
    slices = [select(select(A.id).where(reason).limit(most).subquery()) for reason in _reasons(reader)]
    return union(*slices).limit(most)


def seen(reader: Staff, acknowledgement_id: int) -> Acknowledgement | None:
    """One acknowledgement, or None for one that is not there or not the reader's to see."""
    return db.session.scalar(select(A).where(A.id == acknowledgement_id, seen_by(reader)).options(*_WHOLE))


_WHOLE = (joinedload(A.manual).joinedload(Manual.owner), joinedload(A.edition).joinedload(ManualVersion.withdrawal))


def signature_of(one: Acknowledgement) -> Signature | None:
    """The signature under it, where there is one."""
    return db.session.get(Signature, one.signature_id) if one.signature_id else None


def shows_file(reader: Staff, acknowledgement_id: int, _part: int | None) -> bool:
    """Whether a scan may be opened: by whoever sees what it belongs to."""
    return seen(reader, acknowledgement_id) is not None


def mine_of(reader: Staff, version_id: int) -> Acknowledgement | None:
    """What was asked of the reader about one version."""
    return db.session.scalar(select(A).where(A.version_id == version_id, A.person_id == reader.id).options(*_WHOLE))


def mine_about(reader: Staff, manual_id: int) -> Sequence[Acknowledgement]:
    """What was asked of the reader about every version of a manual, the newest first."""
    query = select(A).join(ManualVersion, ManualVersion.id == A.version_id)
    query = query.where(A.manual_id == manual_id, A.person_id == reader.id).order_by(ManualVersion.seq.desc())
    return db.session.scalars(query.options(*_WHOLE)).all()


def mine_about_manual(reader: Staff, code: str) -> Sequence[Acknowledgement]:
    """The same of the manual with this code, with its department."""
    query = select(A).join(A.manual).join(A.edition).where(Manual.code == code, A.person_id == reader.id)
    whole = joinedload(A.manual).joinedload(Manual.department)
    return db.session.scalars(query.order_by(ManualVersion.seq.desc()).options(*_WHOLE, whole)).all()


def signed_last(mine: Sequence[Acknowledgement]) -> str | None:
    """The version that somebody acknowledged last, among what was asked of them; none that was taken back."""
    return next((one.edition.label for one in mine if one.state in DONE and one.edition.state is State.PUBLISHED), None)


def has_passed(one: Acknowledgement) -> bool:
    """Whether the quiz about exactly this version was passed."""
    query = select(QuizAttempt.id).where(QuizAttempt.acknowledgement_id == one.id, QuizAttempt.passed).limit(1)
    return db.session.scalar(query) is not None


def waiting_for(reader: Staff, most: int) -> Subquery:
    """What the reader has to acknowledge, and what others do not acknowledge of the reader's manuals; the first `most`,
    the next deadline first."""
    owned = select(Manual.id).where(Manual.owner_id == reader.id)
    to_do = or_(
        and_(A.person_id == reader.id, A.state == Known.OPEN),
        and_(A.manual_id.in_(owned), A.state == Known.DECLINED, A.person_id != reader.id),
    )
    query: Select[Any] = _rows().add_columns(A.manual_id).where(to_do).order_by(A.due_on, A.id).limit(most)
    return query.subquery()


def _rows(reason: Any = A.reason) -> Any:
    return (
        select(
            A.id, A.person_id, A.person_name, A.state, A.way, A.asked_at, A.due_on, A.ended_at, A.ended_by_name,
            A.declined_at, reason, A.signature_id, Manual.code, Manual.titles, Department.names.label("department"),
            ManualVersion.effective_from, ManualVersion.state.label("edition_state"), *_LABEL,
        )
        .join(Manual, Manual.id == A.manual_id)
        .join(ManualVersion, ManualVersion.id == A.version_id)
        .join(Department, Department.id == A.department_id)
    )  # fmt: skip


def open_of(reader: Staff) -> Sequence[Any]:
    """What the reader has still to decide, the next deadline first."""
    query = _rows().where(A.person_id == reader.id, A.state.in_(UNDECIDED))
    return db.session.execute(query.order_by(A.due_on, A.id).limit(PAGE)).all()


def undecided_of(reader: Staff, people: Collection[int], manuals: Collection[int]) -> Sequence[Any]:
    """What these people have still to decide about these manuals, as far as the reader may see it."""
    query = _rows().where(A.person_id.in_(people), A.manual_id.in_(manuals), A.state.in_(UNDECIDED), seen_by(reader))
    return db.session.execute(query.order_by(Manual.code, A.id)).all()


def decided_of(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """What the reader acknowledged or need not, the newest first; `ix_acknowledgement_person_id_state`."""
    query = _rows().where(A.person_id == reader.id, A.state.in_(DONE | {Known.EXEMPT}))
    if after:
        query = query.where(A.id < after.key[0])
    rows = db.session.execute(query.order_by(A.id.desc()).limit(size + 1)).all()
    return Slice.of(rows, lambda one: (one.id,), size)


LISTS: dict[str, frozenset[Known]] = {
    "open": frozenset({Known.OPEN}),
    "done": DONE,
    "declined": frozenset({Known.DECLINED}),
    "exempt": frozenset({Known.EXEMPT}),
}
"""The lists of who has and who has not."""


def _of_version(reader: Staff, version: ManualVersion, states: Collection[Known], department_id: int | None) -> Any:
    """What a minor version kept of those before it counts for it, too; see `lineages`."""
    rows = _rows(case((_tells_why(reader), A.reason), else_="").label("reason"))
    query = rows.where(A.version_id.in_(counting_for(version)), A.state.in_(states), seen_by(reader))
    return query.where(A.department_id == department_id) if department_id else query


def who(
    reader: Staff, version: ManualVersion, list_: str, *, department_id: int | None = None, after: After | None = None,
    size: int = PAGE,
) -> Slice[Any]:  # fmt: skip
    """Who has, or has not, acknowledged a version: of those whom the reader may see, or of one department of theirs."""
    query = _of_version(reader, version, LISTS[list_], department_id)
    if after:
        query = query.where(A.id > after.key[0])
    rows = db.session.execute(query.order_by(A.id).limit(size + 1)).all()
    return Slice.of(rows, lambda one: (one.id,), size)


def everyone(reader: Staff, version: ManualVersion, department_id: int | None = None) -> Iterator[Any]:
    """The same people, of all lists, for a table."""
    states = frozenset().union(*LISTS.values())
    query = _of_version(reader, version, states, department_id).order_by(A.id)
    return iter(db.session.execute(query, execution_options=_SLOWLY))


_SLOWLY = {"yield_per": 500}


def looks_after(reader: Staff, manual: Manual) -> bool:
    """Whether the lists of a manual are any business of the reader's: as its owner, or for some department."""
    return manual.owner_id == reader.id or reader.may(P.ACKNOWLEDGEMENTS_READ)


def way_of(version: ManualVersion) -> Way:
    """How a version wants to be acknowledged: as was chosen for its manual. Where nobody chose, it is signed, and its
    questions are asked first: whoever wrote them meant them."""
    chosen = db.session.scalar(select(Asking.way).where(Asking.manual_id == version.manual_id)) or Way.QUIZ_SIGN
    return chosen if version.quiz_digest else chosen.without_quiz


def asking_manuals() -> Sequence[Manual]:
    """Every manual that was ever published."""
    published = select(ManualVersion.manual_id).where(ManualVersion.state == State.PUBLISHED)
    return db.session.scalars(select(Manual).where(Manual.id.in_(published)).order_by(Manual.id)).all()


# ── Proving ──


def wrong_ones() -> Iterator[Finding]:
    """Every acknowledgement that is not bound to the text of its version any more, and every signature that is for
    another text than its acknowledgement says."""
    rows = db.session.execute(
        select(A.id, A.person_name, A.digest, A.state, A.way, Signature.content,
               ManualVersion.digest.label("published"), ManualVersion.quiz_digest, Manual.code,
               ManualVersion.effective_from, *_LABEL)
        .join(ManualVersion, ManualVersion.id == A.version_id)
        .join(Manual, Manual.id == A.manual_id)
        .outerjoin(Signature, Signature.id == A.signature_id)
        .where(A.state.in_(DONE))
        .order_by(A.id),
        execution_options=_SLOWLY,
    )  # fmt: skip
    for row in rows:
        quiz = row.quiz_digest if row.way.quizzes else ""
        signed = _named(row.code, f"{row.major}.{row.minor}", row.effective_from, row.digest, quiz)
        if row.digest != row.published or (row.state is Known.SIGNED and row.content != canonical(signed)):
            yield Finding(
                say("What {name} acknowledged of {manual} {version} is not what was published.",
                    name=row.person_name, manual=row.code, version=signed["version"])
            )  # fmt: skip
