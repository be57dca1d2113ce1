"""What of manuals waits for a person: drafts whose next step is theirs, and manuals that are to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portal.kernel.clock import office_day
from portal.kernel.permissions import P
from portal.kernel.text import Said, say, text_of
from portal.organisation import waiting
from portal.organisation.staff import Staff
from portal.organisation.waiting import ToDo
from portal.policies import drafts, queries
from portal.policies.drafts import Standing, authors
from portal.policies.models import ManualDraft
from portal.policies.states import HEARING, WRITING, Stage


@waiting.register
def drafts_that_wait(reader: Staff, at: datetime) -> Iterable[ToDo]:
    """Drafts that the reader writes, was asked about, decides or publishes."""
    return [
        ToDo(
            number=one.manual.code,
            title=text_of(one.titles),
            href=f"/manuals/{one.manual.code}/draft",
            verb=verb,
            since=one.changed_at,
            who="" if one.author_id == reader.id else one.author.name,
            state=one.state.label,
            tone=one.state.tone,
        )
        for one in drafts.drafts_seen_by(reader, office_day(at))
        if (verb := _verb(reader, one, at))
    ]


@waiting.register
def reviews_that_wait(reader: Staff, at: datetime) -> Iterable[ToDo]:
    """Manuals of the reader whose day of review has come (POL-014)."""
    return [
        ToDo(
            number=one.code,
            title=text_of(one.titles),
            href=f"/manuals/{one.code}",
            verb=say("Look at it again"),
            since=at,
            state=say("to be looked at again"),
            tone="late",
        )
        for one in queries.due_for_review(reader, office_day(at))
    ]


def _verb(reader: Staff, draft: ManualDraft, at: datetime) -> Said | None:
    """What the reader is to do next, as it stands on the button; None while others are to act."""
    if draft.state in WRITING:
        return say("Go on writing") if reader.id in authors(draft) else None
    if draft.state in HEARING:
        asked = [one for one in draft.reviewers if one.person_id not in authors(draft)]
        if any(one.person_id == reader.id and one.finished_at is None for one in asked):
            return say("Read it")
        heard = all(one.finished_at for one in asked)
        return say("Go on") if heard and reader.id in authors(draft) else None
    if draft.state is Stage.AWAITING:
        decides = Standing.of(draft, reader, office_day(at)).decider_id is not None
        return say("Decide") if decides else None
    return say("Publish") if reader.may(P.MANUALS_PUBLISH, draft.department_id) else None
