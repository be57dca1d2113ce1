"""A visiting customer is registered and received."""

from datetime import date, timedelta

import pytest

from portal.customers import actions, queries
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation.models import Person
from tests.conftest import NOW, TODAY


@pytest.fixture
def agent(department, staff):
    return staff("Amal", department("CS"), Role.AGENT)


@pytest.fixture
def visit(agent):
    return registered(agent)


def registered(agent, came_at=NOW, **more):
    receiver = db.session.get_one(Person, agent.id)
    return actions.register_visit(
        agent, "张三丰", purpose="来看合同", receiver=receiver, came_at=came_at, at=NOW, **more
    )


@pytest.mark.rule("TKT-021")
def test_the_register_says_who_came_when_what_for_and_who_received_them(agent, visit):
    (line,) = queries.visits(agent, TODAY).rows
    assert (line.visitor, line.came_at, line.purpose, line.receiver.name) == ("张三丰", NOW, "来看合同", "Amal")
    assert journal.names("visit") == ["VisitorRegistered"]


@pytest.mark.rule("TKT-021")
def test_a_visit_is_registered_once_the_visitor_is_there(agent):
    registered(agent, NOW)
    with pytest.raises(Refused) as no:
        registered(agent, NOW + timedelta(seconds=1))
    assert no.value.field == "came_at"


def test_who_left_is_no_longer_here(agent, visit):
    assert len(queries.visits(agent, here=True).rows) == 1
    actions.note_leaving(agent, visit, at=NOW + timedelta(hours=1))
    assert queries.visits(agent, here=True).rows == []
    with pytest.raises(OutOfDate):
        actions.note_leaving(agent, visit, at=NOW + timedelta(hours=2))


def test_a_day_of_the_register_is_an_office_day(agent):
    late = registered(agent, NOW - timedelta(hours=10, minutes=1))  # 23:59 of the day before
    assert queries.visits(agent, TODAY).rows == []
    assert queries.visits(agent, date(2026, 10, 11)).rows == [late]


def test_a_visit_becomes_one_ticket(agent, visit):
    actions.join_to_ticket(agent, visit, "T-2026-00001", at=NOW)
    with pytest.raises(OutOfDate, match="T-2026-00001"):
        actions.join_to_ticket(agent, visit, "T-2026-00002", at=NOW)


@pytest.mark.rule("ORG-024")
def test_the_register_is_kept_by_who_keeps_customers(agent, visit, department, staff):
    clerk = staff("Ben", department("FIN"))
    with pytest.raises(NotAllowed):
        registered(clerk)
    assert queries.visits(clerk).rows == []
    assert queries.visit_with(clerk, visit.id) is None
