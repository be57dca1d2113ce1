"""Replaying the facts of past months against the values of a draft: asking for it, the work, and what came of it.

    waiting ──▶ being replayed ──▶ replayed
       └──────────────┴──▶ cancelled

The work is done beside the page. Reading and judging hold nobody up; each slice of what differs is kept in a short
transaction of its own. Whoever dies in the middle is followed by another, who begins anew: nothing but the replay's own
rows is ever written.

A reader gets the figures of the cases that they see in the lists of the feature, and opens no others. What they do not
see is one number over all rules, and no higher than 99+: by rule it would say too much. What is kept from them because
it is about them is in no number at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, select, union_all, update

from portal.extensions import db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.claims import CLAIMED_FOR, MOST_TRIES, claimed, is_free
from portal.kernel.clock import now, office_day, today
from portal.kernel.errors import Clause, OutOfDate, Refused
from portal.kernel.paging import PAGE, After, Slice, every
from portal.kernel.text import Said, say
from portal.organisation.staff import Staff
from portal.policies import drafts, places, queries, replay
from portal.policies.difference import ValueChange, value_change
from portal.policies.drafts import Standing
from portal.policies.models import ManualDraft
from portal.policies.places import Scope
from portal.policies.queries import AsIf
from portal.policies.replay import Asked, CaseLine, Part, Replay
from portal.policies.replay_models import DraftReplay, ReplayedCase
from portal.policies.replay_states import Effect, Progress
from portal.policies.rulebook import KEYS, Key, Rule
from portal.policies.states import LIFE

MONTHS = (1, 3, 6, 12)
"""How far back a replay can look."""
MOST_COUNTED = 100
_AT_WORK = [one for one in Progress if one.at_work]
_BLIND = {"synchronize_session": False}


# ── What people do ──


@action
def ask(actor: Staff, draft: ManualDraft, months: int, *, at: datetime) -> DraftReplay:
    """Replay the facts of the last months against the draft; what an earlier replay found is forgotten.

    Raises NotAllowed for whoever neither writes nor decides it, Refused where no value changes that can be replayed,
    OutOfDate while it is being replayed already.
    """
    _check(actor, draft, at)
    changes = changes_of(draft)
    if not able(changes, draft.places):
        raise Refused(say("No value changes in this draft that can be replayed: there is nothing to hold it against."))
    found = replay_of(draft)
    if found is not None and found.state.at_work:
        raise OutOfDate(say("{name} has asked for it already: it is being replayed.", name=found.by_name))
    if found is None:
        found = DraftReplay(draft_id=draft.id)
        db.session.add(found)
    else:
        _forget_cases(found.id)
    last = office_day(at)
    found.state, found.first_on, found.last_on = Progress.WAITING, _months_before(last, months), last
    found.rulings, found.changes, found.places = rulings_of(draft), changes, sorted(draft.places)
    found.by_id, found.by_name, found.asked_at = actor.id, actor.name, at
    found.done = found.total = found.tries = 0
    found.ended_at = found.reason = found.claimed_until = None
    db.session.flush()
    return found


@action
def cancel(actor: Staff, draft: ManualDraft, *, at: datetime) -> None:
    """Stop a replay that waits or runs; what it had found goes. Raises OutOfDate when it is over already."""
    _check(actor, draft, at)
    found = replay_of(draft)
    if found is None or not _changed(found.id, at, state=Progress.CANCELLED, ended_at=at):
        raise OutOfDate(say("It is over already: look at what came of it."))
    _forget_cases(found.id)
    db.session.expire(found)


def _check(actor: Staff, draft: ManualDraft, at: datetime) -> None:
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "replay", actor)


# ── What the draft changes ──


def rulings_of(draft: ManualDraft) -> dict[str, str]:
    """What the draft rules on: key → value."""
    return {said.key: said.value for one in draft.clauses for said in one.rulings}


def changes_of(draft: ManualDraft) -> dict[str, list[str]]:
    """The keys on which the draft says something else than the version before it, or than what holds where it is to
    bind, or says it elsewhere: value before, value, clause."""
    version = queries.last_version(draft.manual)
    moved = version is not None and {places.written(one) for one in version.places} != set(draft.places)
    before = drafts.ruled_before(draft)
    there = {said.key: (said.value, one.number) for one in draft.clauses for said in one.rulings}
    found = {}
    for name in [name for name in KEYS if name in before or name in there]:
        held = queries.rule_in_force(KEYS[name], on=today(), for_=draft.manual.department_id)
        old = before.get(name) or (held.key.write(held.value) if held.clause else "")
        value, number = there.get(name, ("", ""))
        if old != value or moved:
            found[name] = [old, value, number]
    return found


def is_stale(found: DraftReplay, draft: ManualDraft) -> bool:
    """Whether the draft rules something else by now than what was replayed, or binds others."""
    return found.rulings != rulings_of(draft) or found.places != sorted(draft.places)


def able(changes: Collection[str], written: Sequence[str]) -> bool:
    """Whether past facts tell of any of the keys that a draft for these places changes."""
    return bool(replay.replays_of(changes, _ruled(written)))


def is_asked(key: Key[Any], written: Sequence[str]) -> bool:
    """Whether anything would follow what a draft for these places says of a key."""
    return replay.asked_there(key, _ruled(written))


def _ruled(written: Sequence[str]) -> Sequence[Scope]:
    """The places of a draft as scopes; without any it is for a department or the company, which is the same here."""
    return places.scopes(written, None)


def _as_if(draft: ManualDraft, found: DraftReplay) -> AsIf:
    """The draft as it was when the replay was asked for: its authors go on writing meanwhile."""
    rulings: dict[str, Rule[Any] | None] = {}
    for name, (_before, value, number) in found.changes.items():
        key: Key[Any] = KEYS[name]
        clause = Clause(draft.manual.code, draft.label, number)
        rulings[name] = Rule(key, key.read(value), clause) if value else None
    return AsIf(draft.manual.code, places.scopes(found.places, draft.manual.department_id), rulings)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


# ── What the portal does for them ──


def waiting(at: datetime) -> Sequence[int]:
    """Replays with work to be done, the oldest first."""
    query = select(DraftReplay.id).where(DraftReplay.state.in_(_AT_WORK), is_free(DraftReplay, at))
    return db.session.scalars(query.order_by(DraftReplay.asked_at)).all()


def go_on(replay_id: int, clock: Callable[[], datetime] = now) -> None:
    """Do the work of a replay, unless another worker has it. Safe to run twice."""
    turn = claim(PORTAL, replay_id, at=clock())
    if turn is None:
        return
    try:
        found = db.session.get_one(DraftReplay, replay_id)
        draft = db.session.get_one(ManualDraft, found.draft_id)
        asked = Asked(found.first_on, found.last_on, _as_if(draft, found), clock())
        work = _work(found)
        count(PORTAL, replay_id, turn, sum(one.count(asked) for one in work), at=clock())
        for one in work:
            for part in one.judge(asked):
                keep(PORTAL, replay_id, turn, one.name, part, at=clock())
        finish(PORTAL, replay_id, turn, at=clock())
    except OutOfDate:
        db.session.rollback()  # somebody cancelled it, or another worker went on with it


class Turn(NamedTuple):
    """Which turn at a replay somebody has. `asked_at`: one that was cancelled and asked for anew is another one."""

    asked_at: datetime
    number: int


@action
def claim(_actor: Portal, replay_id: int, *, at: datetime) -> Turn | None:
    """Take a replay in hand from its beginning; returns which turn this is, None where another worker has it.

    One that was taken in hand too often without coming to its end is given up, and its row says so.
    """
    at_work = DraftReplay.state.in_(_AT_WORK)
    if not claimed(DraftReplay, replay_id, at_work, at=at, state=Progress.RUNNING, done=0):
        return None
    _forget_cases(replay_id)
    columns = select(DraftReplay.asked_at, DraftReplay.tries)
    turn = Turn(*db.session.execute(columns.where(DraftReplay.id == replay_id)).one())
    if turn.number > MOST_TRIES:
        reason = say("The portal did not get through it. Tell the operator: the log says why.")
        _changed(replay_id, at, state=Progress.FAILED, reason=reason, ended_at=at)
        return None
    return turn


@action
def count(_actor: Portal, replay_id: int, turn: Turn, total: int, *, at: datetime) -> None:
    """Keep how many facts there are to be judged."""
    _go_on(replay_id, turn, at, total=total)


@action
def keep(_actor: Portal, replay_id: int, turn: Turn, kind: str, part: Part, *, at: datetime) -> None:
    """Keep what came out differently in a slice. Raises OutOfDate for a replay that was cancelled meanwhile."""
    _go_on(replay_id, turn, at, done=DraftReplay.done + part.judged)
    if part.changed:
        db.session.execute(insert(ReplayedCase), [
            {
                "replay_id": replay_id, "kind": kind, "thing_id": one.thing_id, "key": one.key,
                "person_id": one.person_id, "due_before": one.due_before, "due_after": one.due_after,
                "late_before": one.late_before, "late_after": one.late_after,
            }
            for one in part.changed
        ])  # fmt: skip


@action
def finish(_actor: Portal, replay_id: int, turn: Turn, *, at: datetime) -> None:
    """Every fact is judged."""
    _go_on(replay_id, turn, at, state=Progress.DONE, ended_at=at)


def _go_on(replay_id: int, turn: Turn, at: datetime, **values: Any) -> None:
    mine = (DraftReplay.asked_at == turn.asked_at, DraftReplay.tries == turn.number)
    if not _changed(replay_id, at, *mine, **values):
        raise OutOfDate


def _changed(replay_id: int, at: datetime, *where: ColumnElement[bool], **values: Any) -> bool:
    """Change a replay that is not over; whether there was one to change."""
    done = db.session.execute(
        update(DraftReplay)
        .where(DraftReplay.id == replay_id, DraftReplay.state.in_(_AT_WORK), *where)
        .values(claimed_until=at + CLAIMED_FOR, **values),
        execution_options=_BLIND,
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _forget_cases(replay_id: int) -> None:
    db.session.execute(delete(ReplayedCase).where(ReplayedCase.replay_id == replay_id), execution_options=_BLIND)


# ── What came of it ──


@dataclass(frozen=True, slots=True)
class Figures:
    """What one rule would have made of the cases that a reader sees: how many, whose, and each effect's number."""

    key: Key[Any]
    change: ValueChange | None
    cases: int
    people: int
    effects: Mapping[Effect, int]


def replay_of(draft: ManualDraft) -> DraftReplay | None:
    """The replay of a draft, or None where nobody asked for one."""
    return db.session.scalar(select(DraftReplay).where(DraftReplay.draft_id == draft.id))


def figures(reader: Staff, found: DraftReplay) -> list[Figures]:
    """Every rule of the draft that can be replayed, with what `reader` sees of its cases."""
    effects = [func.count(case((_is(effect), 1))).label(effect.name) for effect in Effect]
    columns = (
        ReplayedCase.key.label("key"), func.count().label("cases"),
        func.count(ReplayedCase.person_id.distinct()).label("people"), *effects,
    )  # fmt: skip
    parts = [_cases(one, found, one.seen_by(reader), *columns).group_by(ReplayedCase.key) for one in _work(found)]
    counted = {row.key: row for row in db.session.execute(union_all(*parts))} if parts else {}
    lines = []
    for name in sorted(_replayed(found), key=list(KEYS).index):
        row, (before, after, _number) = counted.get(name), found.changes[name]
        lines.append(
            Figures(
                KEYS[name], value_change(name, before or None, after or None), row.cases if row else 0,
                row.people if row else 0,
                {effect: getattr(row, effect.name) if row else 0 for effect in Effect},
            )
        )  # fmt: skip
    return lines


def others(reader: Staff, found: DraftReplay) -> int:
    """How many more cases there are that `reader` does not see, up to 100."""
    counts = []
    for one in _work(found):
        hidden = and_(one.shown_to(reader), case((one.seen_by(reader), 0), else_=1) == 1)
        some = _cases(one, found, hidden, ReplayedCase.id).limit(MOST_COUNTED).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    return min(sum(db.session.execute(select(*counts)).one()), MOST_COUNTED) if counts else 0


def not_replayed(changes: Collection[str], written: Sequence[str]) -> list[tuple[Said, list[Key[Any]]]]:
    """What else a draft for these places changes, without anything that is replayed: why not, and which keys."""
    replayed = _able(changes, written)
    found: dict[Said, list[Key[Any]]] = {}
    for name in changes:
        if name in KEYS and name not in replayed:
            because = replay.left_out()[name] if is_asked(KEYS[name], written) else replay.BY_DEPARTMENT
            found.setdefault(because, []).append(KEYS[name])
    return list(found.items())


def kind_of(found: DraftReplay, key: str) -> Replay | None:
    """What replays a key of it."""
    return next((one for one in _work(found) if key in one.keys), None)


def notes(found: DraftReplay) -> list[Said]:
    """What is left out of its cases, and how they are reckoned."""
    return [one.note for one in _work(found)]


def cases(
    reader: Staff, found: DraftReplay, key: str, effect: Effect | None, *, after: After | None = None, size: int = PAGE
) -> Slice[tuple[Any, CaseLine]]:
    """The cases of a rule that `reader` sees, in the order in which they were judged; `effect` narrows them."""
    one = kind_of(found, key)
    if one is None:
        return Slice([], None)
    query = _cases(
        one, found, one.seen_by(reader), ReplayedCase.id, ReplayedCase.thing_id, ReplayedCase.due_before,
        ReplayedCase.due_after, ReplayedCase.late_before, ReplayedCase.late_after,
    ).where(ReplayedCase.key == key)  # fmt: skip
    if effect is not None:
        query = query.where(_is(effect))
    if after is not None:
        query = query.where(ReplayedCase.id > after.key[0])
    rows = Slice.of(
        db.session.execute(query.order_by(ReplayedCase.id).limit(size + 1)).all(), lambda row: (row.id,), size
    )
    lines = one.lines({row.thing_id for row in rows.rows})
    return Slice([(row, lines[row.thing_id]) for row in rows.rows if row.thing_id in lines], rows.after)


def every_case(reader: Staff, found: DraftReplay, key: str, effect: Effect | None) -> Iterator[tuple[Any, CaseLine]]:
    """All of them: for a file."""
    return every(partial(cases, reader, found, key, effect), size=1_000)


def _work(found: DraftReplay) -> list[Replay]:
    return replay.replays_of(found.changes, _ruled(found.places))


def _replayed(found: DraftReplay) -> Collection[str]:
    return _able(found.changes, found.places) & found.changes.keys() & KEYS.keys()


def _able(changes: Collection[str], written: Sequence[str]) -> frozenset[str]:
    scopes = _ruled(written)
    found = frozenset().union(*(one.keys for one in replay.replays_of(changes, scopes)))
    return frozenset(name for name in found if replay.asked_there(KEYS[name], scopes))


def _cases(one: Replay, found: DraftReplay, where: ColumnElement[bool], *columns: Any) -> Any:
    return (
        select(*columns)
        .join(one.id.class_, one.id == ReplayedCase.thing_id)
        .where(ReplayedCase.replay_id == found.id, ReplayedCase.kind == one.name, where)
    )


def _is(effect: Effect) -> ColumnElement[bool]:
    before, after = ReplayedCase.due_before, ReplayedCase.due_after
    match effect:
        case Effect.EARLIER:
            return after < before
        case Effect.LATER:
            return after > before
        case Effect.NEW:
            return and_(before.is_(None), after.is_not(None))
        case Effect.GONE:
            return and_(before.is_not(None), after.is_(None))
        case Effect.LATE:
            return and_(ReplayedCase.late_after, ~ReplayedCase.late_before)
        case Effect.IN_TIME:
            return and_(ReplayedCase.late_before, ~ReplayedCase.late_after)
