"""Taking back a version that was published and is still to come: it never binds anybody.

What it would have ended goes on with its values and its acknowledgements. What was asked for it and nobody had decided
is void; what was signed is kept and shows that the version was taken back. From its day on there is nothing to be taken
back: people have been judged by it, and repeal is the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import JournalEntry, record
from portal.kernel.permissions import P
from portal.kernel.seals import Finding
from portal.kernel.text import say
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, actions, drafts, places, queries
from portal.policies.events import DraftMoved, VersionTakenBack
from portal.policies.models import Manual, ManualDraft, ManualVersion
from portal.policies.rulebook import KEYS
from portal.policies.states import LIFE, Stage, State
from portal.policies.withdrawal_models import Withdrawal

LONGEST = 2000


@action
def take_back(actor: Staff, manual: Manual, version: ManualVersion, reason: str, *, at: datetime) -> None:
    """Let a version never come into force.

    Raises NotAllowed without the right to approve it, and for whoever wrote it; OutOfDate where somebody has taken it
    back, published another one on top of it, or ended the manual before its day; Refused without a reason, from its
    day on, and where the version before rules on what another manual does by then.
    """
    if not may_take_back(actor, version):
        raise NotAllowed(say("A version is taken back by somebody who may approve it and did not write it."))
    if not reason.strip():
        raise Refused(say("Say why."), field="reason")
    actions.one_publisher_at_a_time()
    db.session.refresh(version)
    db.session.refresh(manual, ["repeal"])
    _refuse_late(manual, version, at)
    before = queries.last_version(manual, but=version)
    _refuse_rivals(manual, version, before)

    version.state = State.WITHDRAWN
    db.session.add(
        Withdrawal(version_id=version.id, reason=reason.strip()[:LONGEST], by_id=actor.id, by_name=actor.name, at=at)
    )
    db.session.flush()
    record(VersionTakenBack(manual.id, version.id, manual.code, version.label, version.effective_from, reason.strip()))
    queries.forget_book()
    acknowledgements.ask_no_more(version, before, at)
    if (draft := _draft_of(version)) is not None:
        LIFE[manual.kind].move(draft, "take back", actor)
        draft.changed_at = at
        drafts.say_again(draft)
        told = tuple(sorted(drafts.everybody_in(draft)))
        record(DraftMoved(draft.id, manual.code, draft.label, "take back", draft.state, reason.strip(), "", told))
    db.session.expire(version, ["withdrawal"])


def may_take_back(reader: Staff, version: ManualVersion) -> bool:
    """Whether the reader may take a version back: who may approve it, and did not write it."""
    if not reader.may(P.MANUALS_APPROVE, queries.home_of(version.manual.department_id)):
        return False
    draft = _draft_of(version)
    return draft is None or reader.id not in drafts.authors(draft)


def is_to_come(version: ManualVersion, on: date) -> bool:
    """Whether there is something to take back on a day."""
    return version.state is State.PUBLISHED and version.effective_from > on


def _draft_of(version: ManualVersion) -> ManualDraft | None:
    return db.session.scalar(
        select(ManualDraft).where(ManualDraft.version_id == version.id, ManualDraft.state == Stage.PUBLISHED)
    )


def _refuse_late(manual: Manual, version: ManualVersion, at: datetime) -> None:
    """Raises OutOfDate or Refused where something was faster, its day among it."""
    if version.withdrawal is not None:
        raise OutOfDate(say("{name} has taken it back already.", name=version.withdrawal.by_name))
    if version.effective_from <= office_day(at):
        raise Refused(
            say("Version {version} is in force since {day}, and people are judged by it: it cannot be taken back any "
                "more. Repeal the manual, or publish another version.",
                version=version.label, day=version.effective_from)
        )  # fmt: skip
    last = queries.last_version(manual)
    if last is not None and last.id != version.id:
        raise OutOfDate(say("Version {later} was published on top of it: take that one back first.", later=last.label))
    if manual.repeal is not None and manual.repeal.from_on <= version.effective_from:
        raise OutOfDate(
            say("{name} has repealed the manual from {day} on: this version never comes into force.",
                name=manual.repeal.by_name, day=manual.repeal.from_on)
        )  # fmt: skip


def _refuse_rivals(manual: Manual, version: ManualVersion, before: ManualVersion | None) -> None:
    """Raises Refused where the version before goes on ruling on what another manual rules on from that day."""
    if before is None:
        return
    ruled = [said.key for one in before.clauses for said in one.rulings]
    where = places.scopes(map(places.written, before.places), manual.department_id)
    for key, clause in queries.rival_rulings(manual, ruled, where, from_on=version.effective_from).items():
        raise Refused(
            say("{clause} rules on “{rule}” from then on, and so would version {before} again. Two manuals must not.",
                clause=clause, rule=KEYS[key].label if key in KEYS else key, before=before.label),
            clause=clause,
        )  # fmt: skip


# ── Proving ──


def wrong_ones() -> Iterator[Finding]:
    """Every version that is kept as taken back and that nobody took back, and every one that was and is kept as
    published: which versions bind hangs on it."""
    taken = {
        entry.facts["version_id"]
        for entry in db.session.scalars(select(JournalEntry).where(JournalEntry.name == VersionTakenBack.__name__))
    }
    rows = db.session.execute(
        select(ManualVersion.id, ManualVersion.state, ManualVersion.major, ManualVersion.minor, Manual.code)
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .order_by(ManualVersion.id)
    )
    for row in rows:
        if (row.state is State.WITHDRAWN) != (row.id in taken):
            name = {"version": f"{row.major}.{row.minor}", "manual": row.code}
            if row.state is State.WITHDRAWN:
                yield Finding(say("Version {version} of {manual} was never taken back by anyone.", **name))
            else:
                yield Finding(
                    say("Version {version} of {manual} was taken back, and stands there as published.", **name)
                )
