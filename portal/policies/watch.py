"""After publication: a manual is made known in four ways by dated actions (POL-026), and audited at intervals by
whoever watches over it (POL-028, POL-030)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import queries
from portal.policies.acknowledgement_rules import KnownRules, months_later
from portal.policies.models import Manual, ManualVersion
from portal.policies.repeal_models import Repeal
from portal.policies.states import Standing, State
from portal.policies.watch_events import (
    AuditDone,
    AuditDue,
    AuditPlanned,
    PublicityDone,
    PublicityDropped,
    PublicityDue,
    PublicityPlanned,
)
from portal.policies.watch_models import ManualAudit, PublicityStep
from portal.policies.watch_states import Found, Means

MOST_WORDS = 4_000
MOST_TOLD = 200
AHEAD = timedelta(days=14)
"""How long before its day an audit, or an action of a plan, stands on Today."""


# ── Making known ──


@action
def plan_step(
    actor: Staff, manual: Manual, means: Means, words: str, on: date, person: Person, *, key: str = "", at: datetime
) -> PublicityStep:
    """Somebody is to make a manual known in a way on a day. Raises Refused for a day that is past."""
    _refuse_stranger(plans(actor, manual))
    if on < office_day(at):
        raise Refused(say("That day is over."), field="on")
    step = PublicityStep(
        manual_id=manual.id, means=means, words=_words(words, "words"), on=on, person_id=person.id,
        person_name=person.name,
        told_on=on if on <= office_day(at) else None,  # planning it tells them already
    )  # fmt: skip
    db.session.add(step)
    db.session.flush()
    once.used(key, actor.id, str(step.id), at)
    record(PublicityPlanned(manual.id, manual.code, means, on, person.id, person.name))
    return step


@action
def do_step(actor: Staff, step: PublicityStep, outcome: str, *, at: datetime) -> None:
    """It was done, by whoever was to do it or whoever plans for the manual; never before its day."""
    _refuse_stranger(step.person_id == actor.id or plans(actor, step.manual))
    _refuse_over(step)
    if office_day(at) < step.on:
        raise Refused(say("Its day is still to come."), field="outcome")
    step.done_at, step.done_by_name, step.outcome = at, actor.name, _words(outcome, "outcome")
    record(PublicityDone(step.manual_id, step.manual.code, step.means, step.outcome))


@action
def drop_step(actor: Staff, step: PublicityStep, *, at: datetime) -> None:
    """It does not take place."""
    _refuse_stranger(plans(actor, step.manual))
    _refuse_over(step)
    step.dropped_at = at
    record(PublicityDropped(step.manual_id, step.manual.code, step.means, step.person_id))


def plans(reader: Staff, manual: Manual) -> bool:
    """Whether the reader plans how a manual is made known and when it is audited: who answers for it or watches over
    it, who publishes there, and HR."""
    home = queries.home_of(manual.department_id)
    rights = (P.MANUALS_PUBLISH, P.ACKNOWLEDGEMENTS_KEEP)
    return reader.id in (manual.owner_id, manual.supervisor_id) or any(reader.may(right, home) for right in rights)


# ── Audits ──


def plan_first(version: ManualVersion) -> None:
    """Within the act that publishes: from its first version on a manual has a day on which it is audited."""
    if open_audit(version.manual_id) is None:
        rules = queries.in_force(KnownRules, on=version.effective_from, for_=version.manual.department_id)
        due_on = months_later(version.effective_from, rules.audit_every.value)
        db.session.add(ManualAudit(manual_id=version.manual_id, due_on=due_on))


@action
def plan_audit(actor: Staff, manual: Manual, due_on: date, *, at: datetime) -> None:
    """Another day until which it is audited; there is one audit to come at a time."""
    _refuse_stranger(plans(actor, manual))
    if due_on < office_day(at):
        raise Refused(say("That day is over."), field="due_on")
    audit = open_audit(manual.id) or ManualAudit(manual_id=manual.id)
    db.session.add(audit)
    audit.due_on = due_on
    if due_on <= office_day(at) + AHEAD:
        audit.told_on = due_on  # planning it tells them already
    record(AuditPlanned(manual.id, manual.code, due_on, manual.supervisor_id))


@action
def enter_audit(actor: Staff, audit: ManualAudit, found: Found, findings: str, *, key: str = "", at: datetime) -> None:
    """Whoever watches over the manual says what the audit found; the next one is due after the months that a clause
    names. What was found is never changed.

    Raises OutOfDate when it was said already, NotAllowed for everybody else.
    """
    manual = audit.manual
    _refuse_stranger(audits(actor, manual))
    if audit.done_at is not None:
        raise OutOfDate
    day = office_day(at)
    audit.done_at, audit.done_by_id, audit.done_by_name = at, actor.id, actor.name
    audit.found, audit.findings = found, _words(findings, "findings")
    in_force = (one.label for one in queries.editions(manual) if one.standing is Standing.IN_FORCE)
    audit.version = next(in_force, "")
    db.session.flush()
    once.used(key, actor.id, str(audit.id), at)
    rules = queries.in_force(KnownRules, on=day, for_=manual.department_id)
    following = ManualAudit(manual_id=manual.id, due_on=months_later(day, rules.audit_every.value))
    db.session.add(following)
    record(AuditDone(manual.id, manual.code, found, following.due_on))


@action
def say_due(actor: Portal, thing: ManualAudit | PublicityStep, *, at: datetime) -> None:
    """Whoever has to audit a manual, or to make it known, hears once that its day is near, or has come."""
    if isinstance(thing, ManualAudit):
        supervisor_id = thing.manual.supervisor_id
        if thing.done_at is not None or thing.told_on == thing.due_on or supervisor_id is None:
            return
        thing.told_on = thing.due_on
        record(AuditDue(thing.manual_id, thing.manual.code, thing.due_on, supervisor_id))
    elif thing.done_at is None and thing.dropped_at is None and thing.told_on != thing.on:
        thing.told_on = thing.on
        record(PublicityDue(thing.manual_id, thing.manual.code, thing.means, thing.words, thing.on, thing.person_id))


def due(day: date) -> Sequence[ManualAudit | PublicityStep]:
    """Audits from two weeks before their day on, and actions of plans from their day on, of which nobody was told; of
    no manual that is repealed or of which every version was taken back."""
    over = select(Repeal.manual_id).where(Repeal.from_on <= day)
    audits_ = (
        select(ManualAudit)
        .join(Manual, Manual.id == ManualAudit.manual_id)
        .where(
            ManualAudit.done_at.is_(None), ManualAudit.due_on <= day + AHEAD, Manual.supervisor_id.is_not(None),
            or_(ManualAudit.told_on.is_(None), ManualAudit.told_on != ManualAudit.due_on), Manual.id.not_in(over),
            _has_version(),
        )
        .order_by(ManualAudit.id)
        .limit(MOST_TOLD)
    )  # fmt: skip
    steps = (
        select(PublicityStep)
        .join(Manual, Manual.id == PublicityStep.manual_id)
        .where(
            PublicityStep.done_at.is_(None), PublicityStep.dropped_at.is_(None), PublicityStep.on <= day,
            or_(PublicityStep.told_on.is_(None), PublicityStep.told_on != PublicityStep.on), Manual.id.not_in(over),
            _has_version(),
        )
        .order_by(PublicityStep.id)
        .limit(MOST_TOLD)
    )  # fmt: skip
    return [*db.session.scalars(audits_), *db.session.scalars(steps)]


def audits(reader: Staff, manual: Manual) -> bool:
    """Whether the reader says what an audit found: who watches over the manual."""
    return manual.supervisor_id is not None and reader.id == manual.supervisor_id


def open_audit(manual_id: int) -> ManualAudit | None:
    """The audit that is to come."""
    return db.session.scalar(
        select(ManualAudit).where(ManualAudit.manual_id == manual_id, ManualAudit.done_at.is_(None))
    )  # fmt: skip


# ── Reading ──


def sees(reader: Staff, manual: Manual) -> bool:
    """Whether the plan and the audits of a manual are any business of the reader's: who plans, and who has something to
    do in the plan."""
    mine = exists().where(PublicityStep.manual_id == manual.id, PublicityStep.person_id == reader.id)
    return plans(reader, manual) or bool(db.session.scalar(select(mine)))


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """The same about `Manual`s, in a statement: whose plan the reader may see."""
    step = aliased(PublicityStep)  # beside the one of which it is asked
    return or_(planned_by(reader), exists().where(step.manual_id == Manual.id, step.person_id == reader.id))


def planned_by(reader: Staff) -> ColumnElement[bool]:
    """As `plans`, in a statement about `Manual`s: who reads what the audits found."""
    where = reader.where(P.MANUALS_PUBLISH) | reader.where(P.ACKNOWLEDGEMENTS_KEEP)
    whole = literal(queries.home_of(None) in where)
    return or_(
        Manual.owner_id == reader.id, Manual.supervisor_id == reader.id, Manual.department_id.in_(where),
        and_(Manual.department_id.is_(None), whole),
    )  # fmt: skip


def told_of(reader_id: Any, manual_id: Any) -> ColumnElement[bool]:
    """Whose bell may ring about a manual: who answers for it or watches over it, and who makes it known."""
    mine = exists().where(PublicityStep.manual_id == manual_id, PublicityStep.person_id == reader_id)
    keeps = exists().where(
        Manual.id == manual_id, or_(Manual.owner_id == reader_id, Manual.supervisor_id == reader_id)
    )  # fmt: skip
    return or_(mine, keeps)


def steps_of(manual: Manual) -> Sequence[PublicityStep]:
    """The plan of a manual by day, without what does not take place."""
    query = select(PublicityStep).where(PublicityStep.manual_id == manual.id, PublicityStep.dropped_at.is_(None))
    return db.session.scalars(query.order_by(PublicityStep.on, PublicityStep.id)).all()


def step_of(manual: Manual, step_id: int) -> PublicityStep | None:
    """One action of exactly this manual's plan (attack 11)."""
    query = select(PublicityStep).where(PublicityStep.id == step_id, PublicityStep.manual_id == manual.id)
    return db.session.scalar(query)


def audits_of(manual: Manual) -> Sequence[ManualAudit]:
    """The audits of a manual, the one to come first, then the newest."""
    query = select(ManualAudit).where(ManualAudit.manual_id == manual.id).order_by(ManualAudit.id.desc())
    return db.session.scalars(query).all()


def due_audits() -> dict[int, date]:
    """By manual, until when it is audited next."""
    rows = db.session.execute(select(ManualAudit.manual_id, ManualAudit.due_on).where(ManualAudit.done_at.is_(None)))
    return {row.manual_id: row.due_on for row in rows}


def audits_to_do(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Audits of manuals over which the reader watches, from two weeks before their day on, of none that is repealed or
    of which every version was taken back; as `waiting.row` columns, `kind` the day."""
    columns = waiting.row(
        number=Manual.code, titles=Manual.titles, kind=cast(ManualAudit.due_on, String), since=_since()
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(ManualAudit, Manual, Manual.id == ManualAudit.manual_id)
        .where(
            Manual.supervisor_id == reader.id, ManualAudit.done_at.is_(None),
            ManualAudit.due_on <= office_day(at) + AHEAD,
            ~exists().where(Repeal.manual_id == Manual.id, Repeal.from_on <= office_day(at)), _has_version(),
        )
        .order_by(ManualAudit.due_on, ManualAudit.id)
        .limit(most)
    )  # fmt: skip


def steps_to_do(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Actions of plans that the reader is to do, from two weeks before their day on; as `waiting.row` columns, `kind`
    the day, `title` what is to be done."""
    columns = waiting.row(
        number=Manual.code, titles=Manual.titles, title=PublicityStep.words, kind=cast(PublicityStep.on, String),
        since=_since(),
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(PublicityStep, Manual, Manual.id == PublicityStep.manual_id)
        .where(
            PublicityStep.person_id == reader.id, PublicityStep.done_at.is_(None), PublicityStep.dropped_at.is_(None),
            PublicityStep.on <= office_day(at) + AHEAD, _has_version(),
        )
        .order_by(PublicityStep.on, PublicityStep.id)
        .limit(most)
    )  # fmt: skip


def _has_version() -> ColumnElement[bool]:
    """That there is a version of a `Manual` to be watched and made known."""
    return exists().where(ManualVersion.manual_id == Manual.id, ManualVersion.state == State.PUBLISHED)


def _since() -> Any:
    """Since when a manual asks for something: since its newest version was published."""
    return (
        select(ManualVersion.published_at)
        .where(ManualVersion.manual_id == Manual.id, ManualVersion.state == State.PUBLISHED)
        .order_by(ManualVersion.seq.desc())
        .limit(1)
        .correlate(Manual)
        .scalar_subquery()
    )


def _refuse_stranger(may: bool) -> None:
    if not may:
        raise NotAllowed(say("This is not yours to do."))


def _refuse_over(step: PublicityStep) -> None:
    if step.done_at is not None or step.dropped_at is not None:
        raise OutOfDate


def _words(words: str, field: str) -> str:
    words = words.strip()
    if not words:
        raise Refused(say("Say it in a few words."), field=field)
    return words[:MOST_WORDS]
