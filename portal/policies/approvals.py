"""Who approves a draft: as many as the manuals say, each for themselves or in the place of somebody who is away.

Whoever is asked approves, or their deputy while they are away; where they have none, the portal passes it on to the
next level above them that may approve. Nobody approves what they wrote, and nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select

from portal.extensions import db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import listed, say
from portal.organisation import queries as organisation
from portal.organisation.company import away_on, is_away, on_day
from portal.organisation.models import Deputy, Person
from portal.organisation.staff import Staff
from portal.policies import drafts, queries
from portal.policies.approval_rules import ApprovalRules
from portal.policies.events import ApprovalGiven, ApprovalPassedUp
from portal.policies.models import DraftApproval, ManualDraft
from portal.policies.states import APPROVING


def rules_for(draft: ManualDraft, on: date) -> ApprovalRules:
    """What the manuals say of approving a draft on a day."""
    return queries.in_force(ApprovalRules, on=on, for_=draft.manual.department_id)


# ── Within the verbs of `life` ──


def ask(draft: ManualDraft, chosen: Sequence[Person], at: datetime) -> None:
    """Approval is asked of these people; what was given to an earlier text is gone.

    Raises Refused, at the field, for too few, for authors, and for whoever may not approve manuals there.
    """
    needed = rules_for(draft, office_day(at)).approvals_for(draft.manual.kind)
    if not chosen:
        raise Refused(say("Choose who is to approve it."), field="approvers")
    for one in chosen:
        if one.id in drafts.authors(draft):
            raise Refused(say("Nobody approves what they wrote themselves."), field="approvers")
        if not organisation.staff(one, office_day(at)).may(P.MANUALS_APPROVE, draft.department_id):
            raise Refused(say("{name} may not approve manuals of this department.", name=one.name), field="approvers")
    if len({one.id for one in chosen}) < needed:
        raise Refused(
            say("It needs {count} approvals: choose at least as many people.", count=needed), field="approvers"
        )
    draft.approvals.clear()
    db.session.flush()
    draft.approvals += [DraftApproval(person_id=one.id, name=one.name) for one in dict.fromkeys(chosen)]
    draft.quorum = needed


def give(actor: Staff, draft: ManualDraft, digest: str, at: datetime) -> str:
    """One approval more, for exactly this text; returns in whose place it was given, "" in one's own.

    Raises OutOfDate for whoever has given one, or whom nobody asks any more, and NotAllowed where whoever was asked has
    lost the right to approve since.
    """
    day = office_day(at)
    one = drafts.to_give(draft, actor.id, day)
    if one is None:
        raise OutOfDate
    asked = organisation.person_with_id(one.person_id)
    if not organisation.staff(asked, day).may(P.MANUALS_APPROVE, draft.department_id):
        raise NotAllowed(
            say(
                "{name} may not approve manuals of this department any more: send it back, and somebody else is asked.",
                name=one.name,
            )
        )
    one.given_by_id, one.given_by_name, one.given_at, one.digest = actor.id, actor.name, at, digest
    if not is_enough(draft):
        draft.changed_at = at
        record(ApprovalGiven(draft.id, draft.manual.code, draft.label, one.place, len(given(draft)), draft.quorum))
    return one.place


def is_enough(draft: ManualDraft) -> bool:
    """Whether as many approved it as it needs."""
    return len(given(draft)) >= draft.quorum


def fall(draft: ManualDraft) -> None:
    """What was approved is not any more."""
    for one in draft.approvals:
        one.given_by_id, one.given_by_name, one.given_at, one.digest = None, "", None, ""
    draft.approved_digest = ""


def given(draft: ManualDraft) -> list[DraftApproval]:
    """The approvals that the draft has."""
    return [one for one in draft.approvals if one.given_at is not None]


def waiting_for(draft: ManualDraft) -> str:
    """The names of those whose approval is still wanted, "" where none is."""
    names = [one.name for one in draft.approvals if one.given_at is None]
    return listed(names) if draft.state in APPROVING else ""


def is_sound(draft: ManualDraft, digest: str) -> bool:
    """Whether as many as it needs approved exactly this text, and nobody who wrote it."""
    found = given(draft)
    return len({one.given_by_id for one in found}) >= draft.quorum and all(
        one.digest == digest and one.given_by_id not in drafts.authors(draft) for one in found
    )


# ── When somebody is away who has no deputy ──


def stranded(at: datetime) -> Sequence[int]:
    """Approvals that wait for somebody who is away, or has left, and for whom nobody stands in."""
    day = office_day(at)
    gone = exists().where(
        Person.id == DraftApproval.person_id, or_(Person.disabled_at.is_not(None), Person.left_on <= day)
    )
    return db.session.scalars(
        select(DraftApproval.id)
        .join(ManualDraft, ManualDraft.id == DraftApproval.draft_id)
        .where(
            ManualDraft.state.in_(APPROVING), DraftApproval.given_at.is_(None), ~_has_deputy(day),
            or_(is_away(DraftApproval.person_id, day), gone),
        )
        .order_by(DraftApproval.id)
    ).all()  # fmt: skip


def _has_deputy(day: date) -> Any:
    return exists().where(
        Deputy.person_id == DraftApproval.person_id, on_day(Deputy.from_on, Deputy.to_on, day),
        ~is_away(Deputy.deputy_id, day),
    )  # fmt: skip


@action
def pass_up(actor: Portal, approval_id: int, *, at: datetime) -> bool:
    """Ask the next level above whoever is away: the first who may approve manuals there, did not write it and is not
    asked already. Returns whether there was somebody; safe to run twice."""
    one = db.session.get_one(DraftApproval, approval_id, with_for_update=True)
    draft = db.session.get_one(ManualDraft, one.draft_id)
    if one.given_at is not None or draft.state not in APPROVING:
        return False
    above = _next_level(draft, one, office_day(at))
    if above is None:
        return False
    before = one.in_place_of or one.name
    one.person_id, one.name, one.in_place_of = above.id, above.name, before
    record(ApprovalPassedUp(draft.id, draft.manual.code, draft.label, before, above.name, above.id))
    return True


def _next_level(draft: ManualDraft, one: DraftApproval, on: date) -> Staff | None:
    taken = drafts.authors(draft) | {other.person_id for other in draft.approvals}
    passed = [one.person_id]
    while (above := organisation.level_above(passed[-1], on, passed)) is not None:
        found = organisation.staff(organisation.person_with_id(above), on)
        free = above not in taken and above not in away_on(on, {above})
        if free and found.may(P.MANUALS_APPROVE, draft.department_id):
            return found
        passed.append(above)
    return None


def pass_up_stranded(at: datetime) -> int:
    """Every approval that waits in vain; returns how many went up."""
    return sum(pass_up(PORTAL, one, at=at) for one in stranded(at))
