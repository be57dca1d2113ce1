"""Who may not see a ticket meets the same nothing everywhere: a generated matrix of ways × people × hidden tickets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from portal.customers.models import Customer
from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import P, Role
from portal.organisation import actions as organisation_actions
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Grant
from portal.tickets import actions, queries, sheet
from portal.tickets.models import InternalComplaint, Ticket
from portal.tickets.states import State
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, counted

NOWHERE = "T-2026-09999"
PLAIN: dict[str, str] = {}
WAYS: dict[str, dict[str, str]] = {
    "page": PLAIN,
    "fragment": {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#ticket-story"},
    "boosted": {"HX-Request": "true", "HX-Request-Type": "full", "HX-Boosted": "true"},
    "forged": {"HX-Request-Type": "partial", "HX-Target": "section#ticket-list", "HX-Current-URL": "/tickets"},
}
"""How a request can come: as a page, as a part of one, and as what htmx never sends (attack 18)."""


def reader(name: str):
    return organisation.staff(organisation.person_called(name), TODAY)


def hidden_from(name: str) -> list[Ticket]:
    """Tickets of three sorts that somebody may not see: another department's, a voided one, a complaint about them."""
    who = reader(name)
    every = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    about = next(one for one in every if one.state is State.IN_PROGRESS and one.kind == "complaint")
    by_hand("UPDATE ticket SET about_id = :who WHERE id = :id", who=who.id, id=about.id)
    voided = next(one for one in every if one.state is State.VOIDED)
    found = [db.session.get_one(Ticket, about.id), voided]
    foreign = next((one for one in every if queries.ticket_seen_by(who, one.number) is None and one not in found), None)
    return [*found, foreign] if foreign is not None else found  # the general manager sees every department


def addresses_of(app: Any, method: str, number: str) -> Iterator[str]:
    """Every route with a ticket in it."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint.startswith("tickets.") and rule.arguments == {"number"}:
            yield rule.rule.replace("<number>", number)


@pytest.mark.attack(5, 10, 16, 18)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMED)
def test_a_hidden_ticket_answers_like_one_that_is_not_there(demo, browser, name, way):
    tickets = [one.number for one in hidden_from(name)]
    browser.sign_in(name)
    token = browser.token()

    def answers(number: str) -> list[tuple[str, int, str]]:
        got = []
        for url in [
            *addresses_of(demo, "GET", number),
            f"/tickets/{number}?act=void",
            f"/tickets/{number}/sheet?notes=with",
        ]:
            got.append((url, browser.client.get(url, headers=WAYS[way])))
        acts = addresses_of(demo, "POST", number) if way in ("page", "fragment") else ()
        for url in acts:
            data = {"csrf_token": token, "words": "x", "reason": "x", "to": "1", "person": "1", "version": "1"}
            got.append((url, browser.client.post(url, data=data, headers=WAYS[way])))
        return [(url.replace(number, "…"), one.status_code, said(one, number)) for url, one in got]

    def said(answer: Any, number: str) -> str:
        lines = answer.get_data(as_text=True).replace(number, "…").splitlines()
        return "\n".join(line for line in lines if "csrf" not in line and "X-CSRFToken" not in line)

    before = db.session.execute(select(Ticket.number, Ticket.version).order_by(Ticket.id)).all()
    expected = answers(NOWHERE)
    assert {status for _url, status, _text in expected} == {404}
    assert len(expected) > (25 if way in ("page", "fragment") else 3)
    for number in tickets:
        assert answers(number) == expected, number
    db.session.rollback()
    assert db.session.execute(select(Ticket.number, Ticket.version).order_by(Ticket.id)).all() == before


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", NAMED)
def test_no_list_count_search_file_or_paper_tells_of_a_hidden_ticket(demo, browser, name):
    tickets, who = hidden_from(name), reader(name)
    codes = [sheet_code(one) for one in tickets]
    customers = [db.session.get_one(Customer, one.customer_id).number for one in tickets if one.customer_id]
    hidden = [(one.number, one.title) for one in tickets]
    visible = db.session.scalars(select(Ticket).where(queries.seen_by(who))).all()
    browser.sign_in(name)
    urls = [
        "/", "/tickets/records", "/tickets/records.csv", "/tickets/complaints", "/visits", "/customers",
        *(f"/tickets?view={tab.value}" for tab in queries.Tab), "/tickets/table.csv?view=all",
        *(f"/customers/{number}" for number in customers),
        *(f"/tickets?view=all&number={number}" for number, _title in hidden),
        *(f"/tickets/table.csv?view=all&number={number}" for number, _title in hidden),
        *(f"/search?q={words}" for both in hidden for words in (both[0], both[0][7:], both[1])),
        *(f"/check/{code}" for code in codes),
    ]  # fmt: skip
    for url in urls:
        page = browser.get(url, expect={200, 303, 403, 404})
        assert page.status != 303, f"{url} leads to {page.headers.get('Location')}"
        shown = page.response.get_data(as_text=True)
        for box in page.soup.select("input"):  # what was asked for comes back in its own field
            shown = shown.replace(box.get("value") or "\0", "")
        for number, title in hidden:
            asked = number in url or number[7:] in url or title in url
            assert asked or number not in shown, f"{url} names {number}"
            assert asked or title not in shown, f"{url} names “{title}”"
            assert not page.soup.select(f"a[href*='/{number}']"), f"{url} leads to {number}"
    for tab, count in counted(who, list(queries.Tab)).items():
        assert count <= len(visible), tab


def sheet_code(ticket: Ticket) -> str:
    """The code of a sheet that somebody who may see the ticket has printed."""
    for name in ("executive", "supervisor", "complaints", "ops1"):
        if paper := sheet.of(reader(name), ticket.number, notes=False, at=NOW):
            return paper.code(NOW)
    return f"{ticket.number}-00000-00000-00000-00000"  # a voided ticket prints for nobody


@pytest.mark.attack(10, 11)
@pytest.mark.parametrize("name", NAMED)
def test_an_internal_complaint_is_there_for_two_people_alone(demo, browser, name):
    complaint = db.session.scalars(select(InternalComplaint)).one()
    two = reader(name).id in (complaint.by_id, complaint.manager_id)
    browser.sign_in(name)
    browser.get(f"/tickets/complaints/{complaint.id}", expect=200 if two else 404)
    if reader(name).id != complaint.manager_id:
        url = f"/tickets/complaints/{complaint.id}/answer"
        browser.post(url, {"words": "不该我答"}, expect={403, 404} if two else 404)
    db.session.expire_all()
    assert db.session.scalars(select(InternalComplaint)).one().answered_at is None


# ── A role that comes or goes ──


def unit(code: str) -> Department:
    return db.session.scalars(select(Department).where(Department.code == code)).one()


@pytest.mark.attack(17)
@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.HEAD, Role.DIRECTOR, Role.SALES_DIRECTOR])
def test_a_role_elsewhere_opens_that_department_and_widens_nothing_here(demo, browser, role):
    before = reader("clerk")
    seen = set(db.session.scalars(select(Ticket.number).where(queries.seen_by(before))))
    shop, clerk = unit("SHOP"), organisation.person_called("clerk")
    organisation_actions.give_role(PORTAL, clerk, role, shop, from_on=TODAY, at=NOW)
    after = reader("clerk")
    now_seen = set(db.session.scalars(select(Ticket.number).where(queries.seen_by(after))))
    there = or_of(shop.id)
    assert now_seen - seen
    assert now_seen - seen <= there
    for right in P:
        assert after.may(right, unit("MKT").id) == before.may(right, unit("MKT").id), right
    browser.sign_in("clerk")
    for number in db.session.scalars(select(Ticket.number)).all():
        if number not in now_seen:
            browser.get(f"/tickets/{number}", expect=404)


def or_of(department_id: int) -> set[str]:
    """The tickets that belong to a department now, came in at its desk, or are offered to it."""
    columns = (Ticket.department_id, Ticket.desk_id, Ticket.open_to_id)
    return {
        one for column in columns for one in db.session.scalars(select(Ticket.number).where(column == department_id))
    }


@pytest.mark.attack(17, 18)
def test_a_role_that_is_taken_while_a_page_is_open_is_gone_with_the_next_part(demo, browser):
    number = db.session.scalars(select(Ticket.number).where(Ticket.title == "重复充值两次各五十元")).one()
    browser.sign_in("supervisor")
    code = browser.get(f"/tickets/{number}/sheet").soup.select_one(".sheet-code").text
    token = browser.token()
    assert browser.get("/tickets?view=all", part="ticket-list").soup.select("tbody tr")

    supervisor = organisation.person_called("supervisor")
    for grant in db.session.scalars(select(Grant).where(Grant.person_id == supervisor.id)).all():
        organisation_actions.take_role(PORTAL, grant, to_on=TODAY, at=NOW)

    assert number not in browser.get("/tickets?view=all", part="ticket-list").text
    browser.get(f"/tickets/{number}", expect=404, part="ticket-story")
    browser.get(f"/tickets/{number}/sheet", expect=404)
    browser.get(f"/check/{code}", expect=404)
    browser.get("/tickets/table.csv?view=all", expect=403)
    facts = len(journal.names("ticket"))
    data = {
        "csrf_token": token,
        "what": "note",
        "words": "还想写",
        "reason": "x",
        "channel": "telephone",
    }
    for act in ("write", "void", "take"):
        browser.send(f"/tickets/{number}/{act}", data, 404, part="ticket-story")
    assert len(journal.names("ticket")) == facts


def test_whoever_worked_on_a_ticket_that_is_voided_loses_it(demo, browser):
    def ticket() -> Ticket:
        return db.session.scalars(select(Ticket).where(Ticket.title == "重复充值两次各五十元")).one()

    number = ticket().number
    actions.follow(reader("orders2"), ticket(), follows=True, at=NOW)
    assert number in browser.sign_in("orders2").get("/tickets?view=mine").text
    actions.void(reader("supervisor"), ticket(), "重复", at=NOW)
    browser.get(f"/tickets/{number}", expect=404)
    for view in ("following", "mine", "all"):
        assert number not in browser.get(f"/tickets?view={view}").text
