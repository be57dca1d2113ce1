"""What people think should be otherwise about a clause: it reaches whoever answers for the manual, and every one is
answered (POL-015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.policies import queries
from portal.policies.change_request_events import ChangeAccepted, ChangeAsked, ChangeRefused, ChangeSettled
from portal.policies.change_request_models import ChangeRequest
from portal.policies.change_request_states import CHANGE_REQUEST, Asked
from portal.policies.models import ClauseRow, Manual, ManualVersion
from portal.policies.states import State

C = ChangeRequest
MOST_WORDS = 2_000


# ── What people do ──


@action
def ask_for_change(
    actor: Staff, manual: Manual, version: ManualVersion, clause: ClauseRow, words: str, *, key: str = "", at: datetime
) -> ChangeRequest:
    """Say what should be otherwise about a clause. `key`: the one-time key of the form.

    Raises OutOfDate for a version that another one has superseded.
    """
    if version.state is State.WITHDRAWN:
        raise OutOfDate(say("This version was taken back before its day: comment on the one that holds."))
    if is_superseded(version, at):
        raise OutOfDate(say("Another version is in force by now: look whether it still says so."))
    made = ChangeRequest(
        manual_id=manual.id, version_id=version.id, department_id=queries.home_of(manual.department_id),
        stable=clause.stable, number=clause.number, heading=clause.heading, person_id=actor.id, person_name=actor.name,
        words=_said(words, "words"), at=at, state=Asked.OPEN, answer="", answered_by_name="",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    once.used(key, actor.id, str(made.id), at)
    told = tuple(sorted({*filter(None, (manual.owner_id, manual.supervisor_id))} - {actor.id}))
    record(ChangeAsked(made.id, manual.code, made.number, version.label, actor.name, told))
    return made


@action
def accept(actor: Staff, one: ChangeRequest, words: str = "", *, at: datetime) -> None:
    """It goes into the next version; who wrote it learns so. Raises NotAllowed for one's own."""
    _answer(actor, one, "accept", words.strip()[:MOST_WORDS], at)
    record(ChangeAccepted(one.id, one.manual.code, one.number, one.person_id))


@action
def refuse(actor: Staff, one: ChangeRequest, words: str, *, at: datetime) -> None:
    """It stays as it is, and who wrote it learns why. Raises NotAllowed for one's own, Refused without a reason."""
    _answer(actor, one, "refuse", _said(words, "answer"), at)
    record(ChangeRefused(one.id, one.manual.code, one.number, one.person_id, one.answer))


@action
def settle(actor: Staff, one: ChangeRequest, version: ManualVersion | None, words: str = "", *, at: datetime) -> None:
    """A version that was published after the one that it is about has it. Raises NotAllowed for one's own, Refused
    without such a version."""
    there = version is not None and version.manual_id == one.manual_id and version.state is State.PUBLISHED
    if version is None or not there or version.seq <= one.edition.seq:
        raise Refused(say("Choose the version that has it: one that came after {version}.", version=one.edition.label),
                      field="done_in")  # fmt: skip
    _answer(actor, one, "settle", words.strip()[:MOST_WORDS] or one.answer, at)
    one.done_in_id = version.id
    record(ChangeSettled(one.id, one.manual.code, one.number, one.person_id, version.label))


def _answer(actor: Staff, one: ChangeRequest, verb: str, words: str, at: datetime) -> None:
    if one.person_id == actor.id:
        raise NotAllowed(say("Nobody answers their own."))
    CHANGE_REQUEST.move(one, verb, actor)
    one.answer, one.answered_at, one.answered_by_name = words, at, actor.name


def _said(words: str, field: str) -> str:
    words = words.strip()
    if not words:
        raise Refused(say("Say it in a few words."), field=field)
    return words[:MOST_WORDS]


def is_superseded(version: ManualVersion, at: datetime) -> bool:
    """Whether another version binds in the place of this one."""
    return db.session.scalar(
        select(ManualVersion.id).where(ManualVersion.id == version.id, queries.outlives(office_day(at)))
    ) is None  # fmt: skip


# ── Who sees it ──


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """One's own, and those that one answers or may answer: nobody else learns who thinks what."""
    return or_(C.person_id == reader.id, answered_by(reader))


def answered_by(reader: Staff) -> ColumnElement[bool]:
    """Those of manuals that the reader owns, watches over or may publish."""
    return or_(C.manual_id.in_(_looked_after(reader)), C.department_id.in_(sorted(reader.where(P.MANUALS_PUBLISH))))


def _looked_after(reader: Staff) -> Any:
    return select(Manual.id).where(or_(Manual.owner_id == reader.id, Manual.supervisor_id == reader.id))


def _falls_to(reader: Staff) -> ColumnElement[bool]:
    """Those that the reader is to answer: as owner or supervisor, otherwise, where both are missing or made it
    themselves, as one who may publish there. Never one's own."""
    own = aliased(Manual)
    somebody = select(own.id).where(
        own.id == C.manual_id, or_(own.owner_id != C.person_id, own.supervisor_id != C.person_id)
    )
    stands_in = and_(C.department_id.in_(sorted(reader.where(P.MANUALS_PUBLISH))), ~somebody.exists())
    return and_(C.person_id != reader.id, or_(C.manual_id.in_(_looked_after(reader)), stands_in))


def answers(reader: Staff, manual: Manual) -> bool:
    """Whether what people say of this manual is any business of the reader's."""
    publishes = reader.may(P.MANUALS_PUBLISH, queries.home_of(manual.department_id))
    return publishes or reader.id in (manual.owner_id, manual.supervisor_id)


def request_seen(reader: Staff, request_id: int) -> ChangeRequest | None:
    """One change request, or None for one that is not there or not the reader's to see."""
    return db.session.scalar(select(C).where(C.id == request_id, seen_by(reader)).options(*_WHOLE))


_WHOLE = (joinedload(C.manual), joinedload(C.edition), joinedload(C.done_in))


# ── Lists ──

LISTS: dict[str, frozenset[Asked]] = {
    "open": frozenset({Asked.OPEN}),
    "accepted": frozenset({Asked.ACCEPTED}),
    "answered": frozenset({Asked.DONE, Asked.REFUSED}),
}
"""The lists of what was said of manuals that the reader answers for."""


def requests_of(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
    """What the reader said themselves, the newest first; `ix_change_request_person_id_id`."""
    return _slice(_rows().where(C.person_id == reader.id), after, size)


def requests_to(
    reader: Staff, list_: str, code: str = "", *, after: After | None = None, size: int = PAGE
) -> Slice[Any]:
    """What was said of manuals that the reader answers for, or of one of them, the newest first."""
    return _slice(_to(reader, list_, code), after, size)


def every_request_to(reader: Staff, list_: str, code: str = "") -> Iterator[Any]:
    """The same, all of it, for a table."""
    return iter(
        db.session.execute(_to(reader, list_, code).order_by(C.id.desc()), execution_options={"yield_per": 500})
    )


def _to(reader: Staff, list_: str, code: str) -> Any:
    query = _rows().where(answered_by(reader), C.state.in_(LISTS[list_]))
    return query.where(Manual.code == code) if code else query


def _rows() -> Any:
    done = aliased(ManualVersion)
    return (
        select(
            C.id, C.number, C.heading, C.words, C.person_name, C.at, C.state, C.answer, C.answered_at,
            C.answered_by_name, Manual.code, Manual.titles, ManualVersion.major, ManualVersion.minor,
            done.major.label("done_major"), done.minor.label("done_minor"),
        )
        .join(Manual, Manual.id == C.manual_id)
        .join(ManualVersion, ManualVersion.id == C.version_id)
        .outerjoin(done, done.id == C.done_in_id)
    )  # fmt: skip


def _slice(query: Any, after: After | None, size: int) -> Slice[Any]:
    if after:
        query = query.where(C.id < after.key[0])
    rows = db.session.execute(query.order_by(C.id.desc()).limit(size + 1)).all()
    return Slice.of(rows, lambda one: (one.id,), size)


def manuals_answered_for(reader: Staff) -> Sequence[Any]:
    """The manuals of whose clauses somebody said something that the reader answers: code and titles."""
    asked = select(C.manual_id).where(answered_by(reader))
    return db.session.execute(
        select(Manual.code, Manual.titles).where(Manual.id.in_(asked)).order_by(Manual.code)
    ).all()  # fmt: skip


def waiting_for(reader: Staff, most: int) -> Select[Any]:
    """What the reader is to answer, and what was accepted and may stand in a version published since; the first `most`,
    the oldest first, as `waiting.row` columns: for Today."""
    since = aliased(ManualVersion)
    published = select(since.id).where(
        since.manual_id == C.manual_id, since.state == State.PUBLISHED, since.published_at > C.answered_at
    )
    waits = or_(C.state == Asked.OPEN, and_(C.state == Asked.ACCEPTED, published.exists()))
    what = C.state.cast(String) + " " + Manual.code + " " + C.number
    columns = waiting.row(
        number=C.id.cast(String),
        title=C.heading,
        kind=what,
        who=C.person_name,
        since=func.coalesce(C.answered_at, C.at),
    )
    query = select(*columns).join_from(C, Manual, Manual.id == C.manual_id)
    return query.where(_falls_to(reader), waits).order_by(C.id).limit(most)


def accepted_for(manual_id: int) -> Sequence[ChangeRequest]:
    """What is to go into the next version of a manual: for those who write it."""
    query = select(C).where(C.manual_id == manual_id, C.state == Asked.ACCEPTED)
    return db.session.scalars(query.options(joinedload(C.edition)).order_by(C.id).limit(PAGE)).all()


def clause_of(version: ManualVersion, number: str) -> ClauseRow | None:
    """The clause of a version with this number."""
    return db.session.scalar(select(ClauseRow).where(ClauseRow.version_id == version.id, ClauseRow.number == number))


def clause_meant(one: ChangeRequest) -> ClauseRow | None:
    """The clause that it is about, as it stood in the version that was read."""
    return db.session.scalar(
        select(ClauseRow).where(ClauseRow.version_id == one.version_id, ClauseRow.stable == one.stable)
    )


def later_versions(one: ChangeRequest) -> list[queries.Edition]:
    """The versions that may have it: those published after the one that it is about, the newest first."""
    every = queries.editions(one.manual)
    about = next((edition for edition in every if edition.id == one.version_id), None)
    return [edition for edition in queries.counting(every) if about and edition.since > about.since]
