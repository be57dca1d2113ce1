"""A small company for tests of tickets: a service centre, a support group elsewhere, one with no part in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from portal.calendar import actions as calendar
from portal.customers import actions as customers
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.calendar import WorkingHours, parse_spans
from portal.kernel.counts import count_together
from portal.kernel.permissions import Role
from portal.lists import actions as lists
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Department, Person, Rank, UnitKind
from portal.organisation.staff import Staff
from portal.tickets import actions, queries
from portal.tickets.models import Ticket
from portal.tickets.queries import Tab
from portal.tickets.states import Channel, Impact, Satisfaction, Urgency
from tests.conftest import NOW, TODAY
from tests.policies.conftest import manual, published  # noqa: F401 - fixtures


def later(minutes: float) -> Any:
    """So many minutes after the moment of the tests."""
    return NOW + timedelta(minutes=minutes)


def counted(who: Staff, tabs: Collection[Tab]) -> dict[Tab, int]:
    """How many tickets the views hold for somebody, as their page counts them."""
    return dict(zip(tabs, count_together([queries.how_many(who, one) for one in tabs]), strict=True))


@pytest.fixture
def house(department, staff) -> SimpleNamespace:
    """Li and Wang answer the phones, Lin supervises and Luo directs them; Zhao and Han know the technology; Yu is in
    marketing; Mo has no role anywhere. Matters of the type "software" belong to Han's department."""
    company = department("XH", kind=UnitKind.COMPANY)
    centre = department("CS", company)
    desk = department("DESK", centre)
    tech = department("TECH", company)
    market = department("MKT", company)
    committee = department("COMM", company, kind=UnitKind.COMMITTEE)
    made = SimpleNamespace(
        company=company, centre=centre, desk=desk, tech=tech, market=market, committee=committee,
        li=staff("Li", desk, Role.AGENT), wang=staff("Wang", desk, Role.AGENT),
        lin=staff("Lin", centre, Role.SUPERVISOR), luo=staff("Luo", centre, Role.DIRECTOR),
        zhao=staff("Zhao", tech, Role.AGENT), han=staff("Han", tech, Role.HEAD),
        yu=staff("Yu", market, Role.AGENT), mo=staff("Mo", market), chen=staff("Chen", company, Role.EXECUTIVE),
    )  # fmt: skip
    for leader, where in ((made.luo, centre), (made.han, tech), (made.chen, company)):
        leads(leader, where)
    lists.add_type(PORTAL, "software", {"zh-CN": "软件", "en": "Software"}, department=tech, at=NOW)
    lists.add_type(PORTAL, "account", {"zh-CN": "账户", "en": "Account"}, department=desk, at=NOW)
    return made


def leads(who: Staff, where: Department) -> None:
    """Give somebody the post that leads a department, beside their own."""
    post = organisation.add_post(PORTAL, where, {"zh-CN": "负责人"}, rank=Rank.MIDDLE, leads=True, at=NOW)
    organisation.place(PORTAL, person_of(who), post, main=False, from_on=date(2020, 1, 1), at=NOW)


def person_of(who: Staff) -> Person:
    """The record of somebody who acts."""
    return db.session.get_one(Person, who.id)


def by_hand(statement: str, **values: Any) -> None:
    """What no verb does: a statement of its own, committed."""
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    db.session.execute(text(statement), values)
    db.session.commit()


def again(who: Staff) -> Staff:
    """The same colleague with the roles held now."""
    return people.staff(person_of(who), TODAY)


@pytest.fixture
def office_hours(house) -> Callable[[str], None]:
    """From half past eight to half past five, with an hour and a half at noon; `office_hours("")`: none from now on."""

    def set_(spans: str) -> None:
        day = parse_spans(spans)
        hours = WorkingHours(date(2020, 1, 1) if spans else TODAY, week=(day,) * 5 + ((), ()), make_up=day)
        calendar.set_hours(PORTAL, None, hours, at=NOW)

    set_("8:30-12:00, 13:30-17:30")
    return set_


@pytest.fixture
def customer(house) -> Any:
    """Ms Gao, who rings."""
    return customers.add_customer(PORTAL, "高女士", telephones=["138 1234 2026"], at=NOW)


@pytest.fixture
def opened(house, customer) -> Callable[..., Ticket]:
    """`opened(by=house.li, …)`: a ticket that somebody opened, by default sorted at once."""

    def make(by: Staff | None = None, *, at: Any = NOW, **more: Any) -> Ticket:
        facts: dict[str, Any] = {
            "kind": "consultation", "channel": Channel.TELEPHONE, "title": "路由器重启", "body": "每天晚上重启两三次。",
            "routing": "software", "impact": Impact.ONE, "urgency": Urgency.TODAY, "customer": customer,
        }  # fmt: skip
        return actions.open_ticket(by or house.li, **{**facts, **more}, at=at)

    return make


@pytest.fixture
def worked(house, opened) -> Callable[..., Ticket]:
    """`worked()`: a ticket that Li opened and took up herself."""

    def make(**more: Any) -> Ticket:
        ticket = opened(**more)
        actions.take(house.li, ticket, at=more.get("at", NOW))
        return ticket

    return make


@pytest.fixture
def told(house, worked) -> Callable[..., Ticket]:
    """`told()`: solved, and the customer was told and asked."""

    def make(**more: Any) -> Ticket:
        ticket = worked(**more)
        solve_and_tell(house.li, ticket)
        return ticket

    return make


def solve_and_tell(who: Staff, ticket: Ticket, at: Any = NOW) -> None:
    """Solved, told and asked."""
    actions.resolve(who, ticket, "换了电源适配器。", at=at)
    actions.tell_customer(who, ticket, "已经为您更换电源，请问现在正常吗？", channel=Channel.TELEPHONE, at=at)


def satisfied(who: Staff, ticket: Ticket, at: Any = NOW) -> None:
    """The customer says yes to the accountable person, who asks for opinions as well."""
    actions.customer_answer(who, ticket, Satisfaction.SATISFIED, opinion="没有其他意见", at=at)
