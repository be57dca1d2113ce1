"""History for benchmarks is made in bulk and is as sound as what verbs make."""

from __future__ import annotations

from sqlalchemy import func, inspect, select

from portal.demo import scale
from portal.extensions import db
from portal.organisation import queries as organisation
from portal.tickets import queries
from portal.tickets.models import Ticket
from tests.conftest import NOW, TODAY


def test_bulk_history_has_its_numbers_its_indexes_and_is_seen_by_those_who_may(demo):
    before = {index["name"] for index in inspect(db.engine).get_indexes("ticket")}
    had = db.session.scalar(select(func.count()).select_from(Ticket)) or 0
    scale.add("tickets", 400, NOW)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == had + 400
    assert {index["name"] for index in inspect(db.engine).get_indexes("ticket")} == before
    newest = db.session.scalars(select(Ticket.number).where(Ticket.number.like("T-2026-%"))).all()
    assert len(set(newest)) == len(newest)

    clerk = organisation.person_called("clerk")
    supervisor = organisation.person_called("supervisor")
    assert clerk is not None
    assert supervisor is not None
    few = queries.queue(organisation.staff(clerk, TODAY), queries.Wanted()).rows
    many = queries.queue(organisation.staff(supervisor, TODAY), queries.Wanted()).rows
    assert 0 < len(few) <= 60
    assert len(many) > 10
