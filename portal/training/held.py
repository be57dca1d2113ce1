"""What of training waits for people: sessions that they are to give, and whom they coach."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, literal, null, select, union_all

from portal.extensions import db
from portal.kernel.text import say
from portal.organisation import held
from portal.organisation.held import Held
from portal.organisation.staff import Staff
from portal.training import onboarding, queries
from portal.training.models import TrainingSession
from portal.training.onboarding_models import MentorPair, Onboarding
from portal.training.states import OnboardingKind, SessionState


@held.register
def training_held(people: Collection[int], before: datetime | None, reader: Staff | None) -> Iterator[Held]:
    """Planned sessions of which these people are the trainers, and, for a leaver, whom they coach: somebody else is
    named for each. One statement."""
    for row in db.session.execute(_rows(people, before, reader)):
        if row.kind == "session":
            here = f"/training/sessions/{row.number}" if row.shown else ""
            yield Held(
                row.person_id, say("training"), row.number if row.shown else "",
                row.title if row.shown else say("a training session"), here, row.ends_at, here and f"{here}/change",
            )  # fmt: skip
        else:
            yield Held(
                row.person_id, say("coaching"), "", row.title if row.shown else say("a newcomer"),
                f"/training/newcomers/{row.number}" if row.shown else "",
            )  # fmt: skip


def _rows(people: Collection[int], before: datetime | None, reader: Staff | None) -> Any:
    shown: Any = literal(True) if reader is None else queries.seen_by(reader)
    sessions = select(
        literal("session").label("kind"), TrainingSession.trainer_id.label("person_id"), TrainingSession.number,
        TrainingSession.title, TrainingSession.ends_at, shown.label("shown"),
    ).where(TrainingSession.trainer_id.in_(people), TrainingSession.state == SessionState.PLANNED)  # fmt: skip
    if before is not None:  # nobody is late with coaching
        return sessions.where(TrainingSession.ends_at < before)
    shown = literal(True) if reader is None else onboarding.seen_by(reader)
    coached = (
        select(
            literal("coaching"), MentorPair.mentor_id, cast(Onboarding.id, String), MentorPair.newcomer_name, null(),
            shown,
        )
        .join(Onboarding, Onboarding.person_id == MentorPair.newcomer_id)
        .where(MentorPair.mentor_id.in_(people), MentorPair.to_on.is_(None), Onboarding.kind == OnboardingKind.ENTRY)
    )  # fmt: skip
    return union_all(sessions, coached)
