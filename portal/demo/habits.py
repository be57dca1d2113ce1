"""What people of the demo company have made their own at the queue: views that they keep."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.tickets import bulk, queries, saved_view
from portal.tickets.models import Ticket
from portal.tickets.states import BulkAct, State


def settle(units: dict[str, Department], at: datetime) -> None:
    """The supervisor looks at complaints by their limits, keeps what nobody has taken up for the whole centre, and
    follows two tickets at once."""
    person, kept = organisation.person_called("supervisor"), at - timedelta(days=40)
    assert person is not None
    supervisor = organisation.staff(person, office_day(at))
    saved_view.keep(supervisor, "投诉先到期在前", {"kind": "complaint", "sort": "clock"}, at=kept)
    saved_view.keep(
        supervisor, "还没人接手", {"view": "department", "assignee": "nobody"}, department=units["CS"], at=kept
    )
    seen = db.session.execute(
        select(Ticket.number, Ticket.version).where(queries.seen_by(supervisor), Ticket.state == State.IN_PROGRESS)
        .order_by(Ticket.id).limit(2)
    ).all()  # fmt: skip
    picks = [bulk.Pick(number, version) for number, version in seen]
    bulk.work(supervisor, BulkAct.FOLLOW, picks, bulk.follow, words={"kind": "complaint"}, key="", at=at)
