"""Repealing a manual: from a day on it binds nobody, and what it ruled on falls to a wider manual or to the default.

Facts of the days before keep their clause. Whoever has still to acknowledge it is asked no more from that day on.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, false, select

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import losses, places, queries
from portal.policies.events import ManualRepealed
from portal.policies.models import Manual, ManualVersion
from portal.policies.repeal_models import Repeal
from portal.policies.states import State

LONGEST = 2000


@action
def repeal(actor: Staff, manual: Manual, from_on: date, reason: str, *, seen: str | None = None, at: datetime) -> None:
    """Let a manual end on a day. `seen`: the hash of who loses what, as the page showed it to whoever confirmed it.

    Raises NotAllowed without the right to publish it, and for its owner; OutOfDate where somebody has repealed it, and
    where others lose something on that day, or something else; Refused without a reason and for a day that has passed.
    """
    if not may_repeal(actor, manual):
        raise NotAllowed(say("A manual is repealed by somebody who may publish it and is not its owner."))
    if not reason.strip():
        raise Refused(say("Say why."), field="reason")
    if from_on < office_day(at):
        raise Refused(say("A manual never ends backwards: choose today or a later day."), field="from_on")
    db.session.get_one(Manual, manual.id, with_for_update={"of": Manual}, populate_existing=True)
    if queries.last_version(manual) is None:
        raise OutOfDate(say("Every version of it was taken back: there is nothing to repeal."))
    if manual.repeal is not None:
        raise OutOfDate(say("{name} has repealed it already.", name=manual.repeal.by_name))
    if seen is not None and seen != losses.digest(losses.of_repeal(manual, from_on)):
        raise OutOfDate(
            say("On that day others lose something, or something else, than this page showed. Look at it, then repeal.")
        )
    db.session.add(
        Repeal(manual_id=manual.id, from_on=from_on, reason=reason.strip()[:LONGEST], by_id=actor.id,
               by_name=actor.name, at=at)
    )  # fmt: skip
    db.session.flush()
    record(ManualRepealed(manual.id, manual.code, from_on, reason.strip()))
    queries.forget_book()
    db.session.expire(manual, ["repeal"])


def may_repeal(reader: Staff, manual: Manual) -> bool:
    """Whether the reader may end a manual: who publishes it, and does not answer for it."""
    return manual.owner_id != reader.id and reader.may(P.MANUALS_PUBLISH, queries.home_of(manual.department_id))


def whom_it_bound(manual_id: int, day: date) -> Select[Any]:
    """Ids of everybody whom a manual was for on the day on which somebody ended it: by the version that held then, or
    by the one that was to come."""
    begun = case((ManualVersion.effective_from <= day, 0), else_=1)
    nearest = case((ManualVersion.effective_from <= day, -ManualVersion.seq), else_=ManualVersion.seq)
    version = db.session.scalar(
        select(ManualVersion)
        .where(ManualVersion.manual_id == manual_id, ManualVersion.state == State.PUBLISHED)
        .order_by(begun, nearest)
        .limit(1)
    )
    return places.meant(version, day).with_only_columns(Person.id) if version else select(Person.id).where(false())
