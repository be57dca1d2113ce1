"""Publishing in an emergency: at once and without approval, for a few days, and never about money.

From the day on which it lapses the version before decides again, whether or not the portal's worker is awake: that
follows from the day. The sweep only says so, with the true moment, and publishes the words of the version before anew,
so that the line of versions goes on. Approved before that day, it holds like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import office_day, start_of
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.staff import Staff
from portal.policies import actions, drafts, places, queries
from portal.policies.emergency_models import Emergency
from portal.policies.emergency_rules import EmergencyRules
from portal.policies.events import DraftMoved
from portal.policies.models import ClauseRow, ManualDraft, ManualVersion
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import LIFE, Stage, State


def emergency_of(draft: ManualDraft) -> Emergency | None:
    """That this draft was published in an emergency, or None."""
    return db.session.scalar(select(Emergency).where(Emergency.draft_id == draft.id))


# ── Within the verbs of `life` ──


def publish(actor: Staff, draft: ManualDraft, reason: str, at: datetime) -> None:
    """The draft binds from today on, without approval.

    Raises Refused for the first version of a manual, which has nothing to fall back on, for a ruling about money, and
    where the approver is whoever publishes it.
    """
    before = queries.last_version(draft.manual)
    if before is None:
        raise Refused(say("The first version of a manual waits for approval: there is none before it to go back to."))
    if not draft.summary:
        raise Refused(say("Say what this version changes."))
    if any(one.person_id == actor.id for one in draft.approvals):
        raise Refused(say("Somebody else has to approve it afterwards."), field="approvers")
    today = draft.effective_from = office_day(at)
    version = drafts.version_text(draft)
    _refuse_money(version, {said.key: said.value for one in before.clauses for said in one.rulings})
    made = drafts.make_version(actor, draft, right=P.MANUALS_EMERGENCY, at=at)
    days = in_force(EmergencyRules, on=today, for_=draft.manual.department_id).lapses_after.value
    db.session.add(
        Emergency(
            version_id=made.id, draft_id=draft.id, by_id=actor.id, by_name=actor.name, reason=reason,
            lapses_on=today + timedelta(days=days),
        )
    )  # fmt: skip


def refuse_to_keep(actor: Staff, draft: ManualDraft, at: datetime) -> None:
    """Raises OutOfDate from the day on which it lapses, NotAllowed for whoever published it."""
    one = emergency_of(draft)
    if one is None or one.lapsed_at is not None or office_day(at) >= one.lapses_on:
        raise OutOfDate(say("It has lapsed: the version before holds again. Begin a new version."))
    if one.by_id == actor.id:
        raise NotAllowed(say("Whoever published it in an emergency does not approve it."))


def keep(actor: Staff, draft: ManualDraft, at: datetime) -> None:
    """Enough approved it afterwards: it holds like any other."""
    one = emergency_of(draft)
    if one is None:
        raise OutOfDate
    one.kept_at, one.kept_by_name = at, actor.name
    queries.forget_book()


def _refuse_money(version: VersionText, before: dict[str, str]) -> None:
    """Raises Refused, naming the rule, where the version changes what somebody pays or gets."""
    now = version.rulings()
    for name in [name for name in KEYS if now.get(name) != before.get(name)]:
        key = KEYS[name]
        if any(key.kind.costs(key.read(value)) for value in (now.get(name), before.get(name)) if value is not None):
            raise Refused(
                say("“{rule}” is about money, and an emergency publication carries none: it waits for approval.",
                    rule=key.label)
            )  # fmt: skip


# ── When nobody approves it ──


def due(at: datetime) -> Sequence[int]:
    """Versions that have lapsed and of which the portal has not said so yet."""
    query = select(Emergency.version_id).where(
        Emergency.kept_at.is_(None), Emergency.lapsed_at.is_(None), Emergency.lapses_on <= office_day(at)
    )
    return db.session.scalars(query.order_by(Emergency.lapses_on)).all()


@action
def lapse(actor: Portal, version_id: int, *, at: datetime) -> None:
    """Say that a version has lapsed, with the moment at which it did, and publish the one before anew. Safe to run
    twice: it is said once."""
    one = db.session.get_one(Emergency, version_id, with_for_update=True)
    if one.kept_at is not None or one.lapsed_at is not None:
        return
    draft = db.session.get_one(ManualDraft, one.draft_id)
    LIFE[draft.manual.kind].check(draft, "lapse", actor)
    moment = start_of(one.lapses_on)
    one.lapsed_at = draft.ended_at = moment
    draft.state, draft.changed_at = Stage.LAPSED, at
    version = db.session.get_one(ManualVersion, version_id)
    before = _before(version)
    told = tuple(sorted({*drafts.authors(draft), one.by_id, *(asked.person_id for asked in draft.approvals)}))
    words = str(say("not approved by then; version {version} holds again", version=before.label))
    moved = DraftMoved(draft.id, draft.manual.code, draft.label, "lapse", draft.state, words, "", told)
    db.session.add(journal.entry(moved, actor, moment))
    actions.publish_version(actor, draft.manual, _again(version, before, at), restores=before, at=at)


def lapse_due(at: datetime) -> int:
    """Every version that has lapsed; returns how many."""
    found = due(at)
    for version_id in found:
        lapse(PORTAL, version_id, at=at)
    return len(found)


def _before(version: ManualVersion) -> ManualVersion:
    earlier = (ManualVersion.manual_id == version.manual_id, ManualVersion.seq < version.seq)
    return db.session.scalars(
        select(ManualVersion)
        .where(*earlier, ManualVersion.state == State.PUBLISHED)
        .order_by(ManualVersion.seq.desc())
        .limit(1)
        .options(selectinload(ManualVersion.clauses).selectinload(ClauseRow.rulings))
    ).one()


def _again(lapsed: ManualVersion, before: ManualVersion, at: datetime) -> VersionText:
    """The words of the version before, as the next one, with its quiz."""
    clauses = tuple(
        ClauseText(
            one.stable, one.number, one.heading, one.text, {said.key: said.value for said in one.rulings}, one.part,
            one.chapter,
        )
        for one in before.clauses
    )  # fmt: skip
    ruled = {said.key for one in lapsed.clauses for said in one.rulings}
    summary = say("Version {lapsed} lapsed without approval; this is version {before} again.",
                  lapsed=lapsed.label, before=before.label)  # fmt: skip
    kept = {key for one in clauses for key in one.rulings}
    return VersionText(
        lapsed.major, lapsed.minor + 1, office_day(at), clauses, str(summary), frozenset(ruled - kept),
        frozenset(map(places.written, before.places)), tuple(one.text() for one in before.questions),
        purpose=before.purpose, principles=before.principles,
    )  # fmt: skip
