"""What shows that a version came about as it should: meetings, minutes, opinions of the union and of staff, with their
files; kept with its draft and, once it is published, with the version.

Whoever sees the draft sees it, and whoever may read the version that came of it. From the moment at which approval is
asked for it stands still.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import or_, select

from portal.extensions import db
from portal.kernel import files, once
from portal.kernel.actions import action
from portal.kernel.clock import office_day, today
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.text import say
from portal.organisation.staff import Staff
from portal.policies import approvals, drafts, queries
from portal.policies.events import EvidenceKept, EvidenceTakenOff
from portal.policies.models import DraftEvidence, Manual, ManualDraft
from portal.policies.states import HEARING, WRITING, Evidence

LONGEST = 2000
ABOUT = "manual evidence"
"""What its files are about."""


@action
def keep(
    actor: Staff,
    draft: ManualDraft,
    kind: Evidence,
    on: date,
    words: str,
    file_ids: Collection[int],
    *,
    key: str = "",
    at: datetime,
) -> DraftEvidence:
    """Keep a piece of evidence with the draft, while its authors write or others read.

    Raises Refused without words and without a file, and for a day to come; OutOfDate for anybody else and later.
    `key`: the form's one-time key.
    """
    _check(actor, draft)
    words = words.strip()
    if not words and not file_ids:
        raise Refused(say("Say what happened, or add the file that shows it."), field="words")
    if on > office_day(at):
        raise Refused(say("The day has not come yet."), field="on")
    made = DraftEvidence(
        draft_id=draft.id, kind=kind, on=on, words=words[:LONGEST], by_id=actor.id, by_name=actor.name, at=at
    )
    draft.evidence.append(made)
    draft.changed_at = at
    db.session.flush()
    named = files.attach(actor, file_ids, ABOUT, made.id) if file_ids else []
    record(EvidenceKept(draft.id, draft.manual.code, kind, tuple(named)))
    once.used(key, actor.id, str(made.id), at)
    return made


@action
def take_off(actor: Staff, draft: ManualDraft, one: DraftEvidence, reason: str, *, at: datetime) -> None:
    """What was kept by mistake counts no more, with a reason; the journal knows of it, and its files are kept."""
    _check(actor, draft)
    if one.off_at is not None:
        raise OutOfDate
    if not reason.strip():
        raise Refused(say("Say why."), field="words")
    one.off_at, draft.changed_at = at, at
    record(EvidenceTakenOff(draft.id, draft.manual.code, one.kind, reason.strip()))


def may_keep(reader: Staff, draft: ManualDraft) -> bool:
    """Whether the reader may keep evidence with the draft now."""
    return reader.id in drafts.authors(draft) and draft.state in WRITING | HEARING


def _check(actor: Staff, draft: ManualDraft) -> None:
    if not may_keep(actor, draft):
        raise OutOfDate(say("Evidence is kept by whoever writes the draft, before approval is asked for."))


def kept_with(draft: ManualDraft) -> list[DraftEvidence]:
    """What counts of it."""
    return [one for one in draft.evidence if one.off_at is None]


def refuse_missing(draft: ManualDraft, on: date) -> None:
    """Raises Refused, naming it, for what the manuals want to see with a draft of its kind before it is approved."""
    there = {one.kind for one in kept_with(draft)}
    for wanted in approvals.rules_for(draft, on).wanted_for(draft.manual.kind):
        if wanted not in there:
            raise Refused(say("Keep this with the draft first: {evidence}.", evidence=wanted.label), field="evidence")


# ── Reading ──


def of(draft: ManualDraft, evidence_id: int) -> DraftEvidence | None:
    """One piece of this draft's; None for one of another (attack 11)."""
    return next((one for one in draft.evidence if one.id == evidence_id), None)


def shows_file(reader: Staff, evidence_id: int, _part: int | None) -> bool:
    """Whether a file of it may be opened: by whoever sees the draft, or may read the version that came of it."""
    readable = queries.seen_by(reader).with_only_columns(Manual.id)
    published = ManualDraft.version_id.is_not(None) & ManualDraft.manual_id.in_(readable)
    query = (
        select(DraftEvidence.id)
        .join(ManualDraft, ManualDraft.id == DraftEvidence.draft_id)
        .where(DraftEvidence.id == evidence_id)
        .where(or_(drafts.seen_by(reader, today()), published & DraftEvidence.off_at.is_(None)))
    )
    return db.session.scalar(query) is not None
