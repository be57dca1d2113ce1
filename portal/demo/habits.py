"""What people of the demo company have made their own at the queue: views that they keep, steps that they tick."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.lists import queries as lists
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.tickets import bulk, checklist, queries, saved_view
from portal.tickets.models import Ticket, TicketStep
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
    _half_done(at)


def _half_done(at: datetime) -> None:
    """A repair is dealt with by its template: two steps are done, and not all without which it is not solved."""
    ticket = db.session.scalars(select(Ticket).where(Ticket.title == "民宿露台信号弱")).one()
    template = next(one for one in lists.templates() if one.name == "宽带断网")
    person = organisation.person_with_id(ticket.accountable_id or 0)
    works = organisation.staff(person, office_day(at))
    checklist.add_steps(works, ticket, [("问清客人住到哪天", False)], template=template, at=at - timedelta(hours=2))
    steps = db.session.scalars(
        select(TicketStep).where(TicketStep.ticket_id == ticket.id).order_by(TicketStep.id).limit(2)
    ).all()
    for minutes, step in zip((100, 80), steps, strict=True):
        checklist.tick(works, ticket, step, done=True, at=at - timedelta(minutes=minutes))
