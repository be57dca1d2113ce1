"""What of manuals waits for a person: drafts whose next step is theirs, manuals to be looked at again, versions to
acknowledge, and why others do not acknowledge one's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from portal.kernel.clock import office_day, start_of
from portal.kernel.permissions import P
from portal.kernel.text import Said, say, text_of
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import Rows, ToDo
from portal.policies import acknowledgements, change_requests, drafts, watch
from portal.policies.change_request_states import Asked
from portal.policies.drafts import authors
from portal.policies.models import Manual, ManualDraft
from portal.policies.states import APPROVING, HEARING, WRITING


@waiting.register
def manuals_that_wait(reader: Staff, at: datetime) -> Iterable[ToDo]:
    """Drafts that the reader writes, was asked about, decides or publishes; and manuals of theirs whose day of review
    has come (POL-014); versions that they have not acknowledged, due at the end of their last day, and of their own
    manuals why somebody else does not."""
    found, told = [], set()
    for row in drafts.work_of(reader, office_day(at), acknowledgements.waiting_for(reader, waiting.MOST)):
        manual, draft = row.Manual, row.ManualDraft
        if row.id is not None:
            found.append(_own(row) if row.person_id == reader.id else _declined(row))
        if manual.id in told:
            continue
        told.add(manual.id)
        if draft is not None:
            if verb := _verb(reader, draft, row.to_approve, row.to_answer):
                found.append(_step(reader, manual, draft, verb))
        elif row.review_due:
            found.append(_review(manual, at))
    return found


def _step(reader: Staff, manual: Manual, draft: ManualDraft, verb: Said) -> ToDo:
    return ToDo(
        number=manual.code,
        title=text_of(draft.titles),
        href=f"/manuals/{manual.code}/draft",
        verb=verb,
        since=draft.changed_at,
        who="" if draft.author_id == reader.id else draft.author.name,
        state=draft.state.label,
        tone=draft.state.tone,
    )


def _review(manual: Manual, at: datetime) -> ToDo:
    return ToDo(
        number=manual.code,
        title=text_of(manual.titles),
        href=f"/manuals/{manual.code}",
        verb=say("Look at it again"),
        since=at,
        state=say("to be looked at again"),
        tone="late",
    )


def _verb(reader: Staff, draft: ManualDraft, to_approve: bool, to_answer: bool) -> Said | None:
    """What the reader is to do next, as it stands on the button; None while others are to act."""
    if draft.state in WRITING:
        return say("Go on writing") if reader.id in authors(draft) else None
    if draft.state in HEARING:
        asked = [one for one in draft.reviewers if one.person_id not in authors(draft)]
        if any(one.person_id == reader.id and one.finished_at is None for one in asked):
            return say("Read it")
        if reader.id not in authors(draft):
            return None
        heard = all(one.finished_at for one in asked)
        return say("Answer the comments") if to_answer else say("Go on") if heard else None
    if draft.state in APPROVING:
        return say("Decide") if to_approve else None
    return say("Publish") if reader.may(P.MANUALS_PUBLISH, draft.department_id) else None


def _own(row: Any) -> ToDo:
    label = f"{row.major}.{row.minor}"
    return ToDo(
        number=row.code,
        title=say("{title}, version {version}", title=text_of(row.titles), version=label),
        href=f"/manuals/{row.code}/{label}/acknowledge",
        verb=row.way.verb,
        since=row.asked_at,
        due_at=start_of(row.due_on + timedelta(days=1)),
    )


def _declined(row: Any) -> ToDo:
    label = f"{row.major}.{row.minor}"
    return ToDo(
        number=row.code,
        title=say("{name} does not acknowledge version {version}", name=row.person_name, version=label),
        href=f"/manuals/acknowledgements/{row.id}",
        verb=say("Answer it"),
        since=row.declined_at,
        who=row.person_name,
    )


@waiting.register_rows
def comments_that_wait(reader: Staff, _at: datetime) -> Rows | None:
    """What people think should be otherwise in manuals for which the reader answers; and what was accepted, once a
    version came that may have it (POL-015)."""
    return Rows(change_requests.waiting_for(reader, waiting.MOST), _comment)


def _comment(row: Any) -> ToDo:
    word, code, number = row.kind.split(" ")
    state = Asked(word)
    return ToDo(
        number=code,
        title=say("Comment on clause {number}: {heading}", number=number, heading=row.title),
        href=f"/manuals/comments/{row.number}",
        verb=say("Say in which version") if state is Asked.ACCEPTED else say("Answer it"),
        since=row.since,
        who=row.who,
        state=state.label,
        tone=state.tone,
    )


@waiting.register_rows
def audits_that_wait(reader: Staff, at: datetime) -> Rows | None:
    """Manuals over which the reader watches and which are to be audited (POL-030)."""
    return Rows(watch.audits_to_do(reader, at, waiting.MOST), _audit)


def _audit(row: Any) -> ToDo:
    return ToDo(
        number=row.number,
        title=say("Audit: {manual}", manual=text_of(row.titles)),
        href=f"/manuals/{row.number}/watch?act=audit#act",
        verb=say("Say what was found"),
        since=row.since,
        due_at=start_of(date.fromisoformat(row.kind) + timedelta(days=1)),
    )


@waiting.register_rows
def publicity_that_waits(reader: Staff, at: datetime) -> Rows | None:
    """What the reader is to do so that a manual becomes known (POL-026)."""
    return Rows(watch.steps_to_do(reader, at, waiting.MOST), _publicity)


def _publicity(row: Any) -> ToDo:
    return ToDo(
        number=row.number,
        title=say("{manual}: {words}", manual=text_of(row.titles), words=row.title),
        href=f"/manuals/{row.number}/watch",
        verb=say("Make it known"),
        since=row.since,
        due_at=start_of(date.fromisoformat(row.kind) + timedelta(days=1)),
    )
