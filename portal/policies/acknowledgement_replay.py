"""By when past versions were to be acknowledged, reckoned again with the values of a draft: who would have been late.

Each of them is judged by the rules of the day on which its person was asked, and by the posts that they held then. What
binds somebody no more was asked of nobody in the end, and is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true, tuple_

from portal.extensions import db
from portal.kernel.clock import office_day, start_of
from portal.kernel.text import say, text_of
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, replay
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.acknowledgement_states import Known
from portal.policies.models import Manual, ManualVersion
from portal.policies.replay import Asked, CaseLine, Changed, Part

A = Acknowledgement
WITHIN = "manuals.acknowledge_within"
SLICE = 1_000


def count(asked: Asked) -> int:
    """How many people were asked to acknowledge a version."""
    return db.session.scalar(select(func.count()).select_from(A).where(*_period(asked))) or 0


def judge(asked: Asked) -> Iterator[Part]:
    """Everybody who was asked in the period, slice by slice in the order of asking."""
    after: tuple[datetime, int] | None = None
    while rows := _asked(asked, after):
        yield Part(len(rows), [one for row in rows if (one := _held_against(asked, row)) is not None])
        after = (rows[-1].asked_at, rows[-1].id)


def _held_against(asked: Asked, row: Any) -> Changed | None:
    """A day that was set anew, because the owner answered and asked again, is moved by as much as the rule is."""
    day = office_day(row.asked_at)
    then, supposed = asked.rules(KnownRules, on=day, for_=row.department_id, person_id=row.person_id)
    more = supposed.within.value - then.within.value
    if not more:
        return None
    before, after = _end(row.due_on), _end(row.due_on + timedelta(days=more))
    done = row.ended_at or row.declined_at or asked.at
    return Changed(row.id, WITHIN, row.person_id, before, after, late_before=done > before, late_after=done > after)


def _end(day: date) -> datetime:
    return start_of(day + timedelta(days=1))


def _period(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return A.asked_at >= asked.begins, A.asked_at < asked.ends, A.state != Known.VOID


def _asked(asked: Asked, after: tuple[datetime, int] | None) -> Sequence[Any]:
    query = (
        select(A.id, A.person_id, A.asked_at, A.due_on, A.ended_at, A.declined_at, Manual.department_id)
        .join(Manual, Manual.id == A.manual_id)
        .where(*_period(asked))
        .order_by(A.asked_at, A.id)
        .limit(SLICE)
    )
    if after is not None:
        query = query.where(tuple_(A.asked_at, A.id) > tuple_(*map(literal, after)))
    return db.session.execute(query).all()


def lines(ids: Collection[int]) -> dict[int, CaseLine]:
    """Which version, and who was asked."""
    rows = db.session.execute(
        select(A.id, A.person_name, Manual.code, Manual.titles, ManualVersion.major, ManualVersion.minor)
        .join(Manual, Manual.id == A.manual_id)
        .join(ManualVersion, ManualVersion.id == A.version_id)
        .where(A.id.in_(ids))
    )
    return {
        one.id: CaseLine(
            f"{one.code} {one.major}.{one.minor}", text_of(one.titles), f"/manuals/acknowledgements/{one.id}",
            one.person_name,
        )
        for one in rows
    }  # fmt: skip


def _everything(_reader: Staff) -> ColumnElement[bool]:
    return true()


replay.register(
    replay.Replay(
        "acknowledgement",
        keys=frozenset({WITHIN}),
        count=count,
        judge=judge,
        id=A.id,
        seen_by=acknowledgements.seen_by,
        shown_to=_everything,
        lines=lines,
        whose=say("Who acknowledges"),
        note=say("Of acknowledgements, what binds somebody no more is left out."),
    )
)

# ── What else the manuals say of themselves ──

replay.leave_out(
    say("It refuses a step or lets it pass: what people would have done instead, no fact tells."),
    "manuals.quiz_tries", "manuals.approval.quorum", "manuals.approval.evidence",
)  # fmt: skip
replay.leave_out(say("It only reminds, and nothing is held against anybody by it."), "manuals.remind_every")
replay.leave_out(
    say("Whoever does not pass tries again: how that would have gone, no fact tells."), "manuals.quiz_pass"
)  # fmt: skip
replay.leave_out(
    say("It names the day of the next audit, and whoever plans it can set another one."), "manuals.audit_every"
)  # fmt: skip
replay.leave_out(
    say("Whether somebody would have approved it sooner, no fact tells."), "manuals.emergency.lapses_after"
)  # fmt: skip
