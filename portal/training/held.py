"""What of training waits for people: sessions that they are to give, whom they coach, and teams that they lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select

from portal.kernel.text import say
from portal.organisation import held
from portal.organisation.held import Held, Rows
from portal.organisation.staff import Staff
from portal.policies.team_models import Team
from portal.training import onboarding, queries
from portal.training.models import TrainingSession
from portal.training.onboarding_models import MentorPair, Onboarding
from portal.training.states import OnboardingKind, SessionState

SESSION, COACHING, TEAM = "session", "coaching", "team"


@held.register
def training_held(people: Collection[int], before: datetime | None, reader: Staff | None) -> Rows:
    """Planned sessions of which these people are the trainers, and, for a leaver, whom they coach and the teams that
    they lead: somebody else is named for each."""
    shown: Any = literal(True) if reader is None else queries.seen_by(reader)
    sessions = select(
        *held.row(
            kind=literal(SESSION), person_id=TrainingSession.trainer_id, number=TrainingSession.number,
            title=TrainingSession.title, due_at=TrainingSession.ends_at, shown=shown,
        )
    ).where(TrainingSession.trainer_id.in_(people), TrainingSession.state == SessionState.PLANNED)  # fmt: skip
    if before is not None:  # nobody is late with coaching
        return Rows([sessions.where(TrainingSession.ends_at < before)], _told)
    shown = literal(True) if reader is None else onboarding.seen_by(reader)
    columns = held.row(
        kind=literal(COACHING), person_id=MentorPair.mentor_id, id=Onboarding.id, title=MentorPair.newcomer_name,
        shown=shown,
    )  # fmt: skip
    coached = (
        select(*columns)
        .join_from(MentorPair, Onboarding, Onboarding.person_id == MentorPair.newcomer_id)
        .where(MentorPair.mentor_id.in_(people), MentorPair.to_on.is_(None), Onboarding.kind == OnboardingKind.ENTRY)
    )
    led = select(
        *held.row(kind=literal(TEAM), person_id=Team.leader_id, id=Team.id, title=Team.name, shown=literal(True))
    ).where(Team.leader_id.in_(people), Team.ended_on.is_(None))
    return Rows([sessions, coached, led], _told)


def _told(lines: Iterable[Any]) -> Iterator[Held]:
    for row in lines:
        if row.kind == SESSION:
            here = f"/training/sessions/{row.number}" if row.shown else ""
            yield Held(
                row.person_id, say("training"), row.number if row.shown else "",
                row.title if row.shown else say("a training session"), here, row.due_at, here and f"{here}/change",
            )  # fmt: skip
        elif row.kind == TEAM:
            yield Held(
                row.person_id, say("leads the team"), "", row.title, f"/training/teams/{row.id}",
                hand_on=f"/training/teams/{row.id}/change",
            )  # fmt: skip
        else:
            yield Held(
                row.person_id, say("coaching"), "", row.title if row.shown else say("a newcomer"),
                f"/training/newcomers/{row.id}" if row.shown else "",
            )  # fmt: skip
