"""For every kind of thing and every member of the cast: what is listed can be opened and found, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.customers import queries as customers
from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import search
from portal.kernel.paging import Slice
from portal.kernel.permissions import P
from portal.kernel.search import SearchText
from portal.kernel.tokens import asked
from portal.organisation import queries as organisation
from portal.organisation.models import Person
from portal.policies import acknowledgements, teams, watch
from portal.policies import queries as policies
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.models import ClauseRow, Manual
from portal.tickets import actions
from portal.tickets import queries as tickets
from portal.tickets.models import Ticket
from portal.tickets.queries import Tab, Wanted
from portal.tickets.states import State
from portal.training import goals, launches
from portal.training import queries as training
from portal.training.models import TrainingSession
from tests.conftest import NOW, TODAY


def everything(ask) -> set[str]:
    """Every number of a list, page after page."""
    numbers, after = set(), None
    while True:
        part: Slice = ask(after)
        numbers |= {one.number for one in part.rows}
        after = part.after
        if after is None:
            return numbers


def clauses(reader) -> set[str]:
    """Those of the editions on the shelf that hold or are to come."""
    editions = {
        edition.id: f"{shelf.manual.code} {edition.label}"
        for shelf in policies.shelves(reader) for edition in (shelf.now, shelf.coming) if edition
    }  # fmt: skip
    rows = db.session.execute(select(ClauseRow.version_id, ClauseRow.number).where(ClauseRow.version_id.in_(editions)))
    return {f"{editions[version]} § {number}" for version, number in rows}


LISTED = {
    "ticket": lambda reader: everything(
        lambda after: tickets.queue(reader, Wanted(tab=Tab.ALL, sort=tickets.Sort.NEWEST), after=after)
    ),
    "customer": lambda reader: everything(lambda after: customers.customers(reader, after)),
    "person": lambda _reader: set(db.session.scalars(select(Person.staff_number).where(Person.disabled_at.is_(None)))),
    "manual": lambda reader: {one.manual.code for one in policies.shelves(reader)},
    "clause": clauses,
    "acknowledgement": lambda reader: {
        str(one) for one in db.session.scalars(select(Acknowledgement.id).where(acknowledgements.seen_by(reader)))
    },
    "course": lambda reader: (
        {one.code for one in training.courses() if one.closed_on is None} if reader.may(P.TRAINING_READ) else set()
    ),
    "product launch": lambda reader: {str(one.id) for one in launches.launches(reader).rows},
    "training goal": lambda reader: {
        f"{unit.code} {TODAY.year}" for unit in training.plans_seen_by(reader) if goals.goals_of(unit, TODAY.year)
    },
    "publicity step": lambda reader: {
        one.code for one in db.session.scalars(select(Manual)) if watch.sees(reader, one) and watch.steps_of(one)
    },
    "manual audit": lambda reader: {
        one.code
        for one in db.session.scalars(select(Manual))
        if watch.plans(reader, one) and any(audit.done_at for audit in watch.audits_of(one))
    },
    "team": lambda _reader: {str(one.id) for one in teams.teams()},
    "training session": lambda reader: (
        set(db.session.scalars(select(TrainingSession.number).where(training.seen_by(reader))))
        if reader.may(P.TRAINING_READ)
        else set()
    ),
}
"""Kind → what its list shows somebody. A new kind that has no line here fails the test below."""
OPENED = {"ticket": "/tickets/{}".format, "customer": "/customers/{}".format, "manual": "/manuals/{}".format,
          "person": "/people/{}".format, "training session": "/training/sessions/{}".format,
          "team": "/training/teams/{}".format, "product launch": "/training/products/{}".format,
          "acknowledgement": "/manuals/acknowledgements/{}".format}  # fmt: skip


def reader(name: str):
    return organisation.staff(organisation.person_called(name), TODAY)


def hits(who, words: str, kind: str) -> list[search.Hit]:
    return search.read(search.find(who, asked(words), only=[kind]), asked(words))


def everything_said(kind: str) -> dict[str, set[str]]:
    """Number → titles, of every thing in the index."""
    said: dict[str, set[str]] = {}
    for number, title in db.session.execute(select(SearchText.number, SearchText.title).where(SearchText.kind == kind)):
        said.setdefault(number, set()).add(title)
    return said


def test_every_kind_has_a_list(app):
    assert set(LISTED) == {one.name for one in search.kinds()}


@pytest.mark.attack(10, 16, 17)
@pytest.mark.parametrize("name", NAMED)
def test_what_is_listed_is_found_and_nothing_else(demo, name):
    who = reader(name)
    for kind, listed in LISTED.items():
        found = set()
        for title in {title for titles in everything_said(kind).values() for title in titles}:
            found |= {one.number for one in hits(who, title, kind) if one.title.striptags() == title}
        assert found == listed(who), kind


@pytest.mark.attack(10)
@pytest.mark.parametrize("name", NAMED)
def test_what_is_listed_can_be_opened_and_nothing_else(demo, browser, name):
    listed = {kind: LISTED[kind](reader(name)) for kind in OPENED}
    numbers = {kind: set(everything_said(kind)) for kind in OPENED}
    browser.sign_in(name)
    for kind, address in OPENED.items():
        for number in numbers[kind]:
            answer = browser.client.get(address(number))
            assert (answer.status_code == 200) is (number in listed[kind]), f"{number}: {answer.status_code}"


def met(name: str, words: str) -> list[str]:
    return [one.number for one in hits(reader(name), words, "ticket")]


def ticket(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


@pytest.mark.attack(16)
def test_what_is_said_inside_is_found_by_colleagues_alone(demo):
    one, operator = ticket("活动页面预览打不开"), reader("ops1")
    actions.triage(operator, one, kind="incident", routing="outage", impact=one.impact, urgency=one.urgency, at=NOW)
    actions.take(operator, one, at=NOW)
    actions.note(operator, one, "怀疑是缓存穿透", at=NOW)
    assert met("clerk", "活动页面") == met("ops2", "活动页面") == [one.number]
    assert met("ops2", "缓存穿透") == [one.number]
    assert met("clerk", "缓存穿透") == []


@pytest.mark.attack(16)
def test_voided_tickets_and_complaints_about_oneself_are_found_by_nobody_they_are_kept_from(demo):
    voided = db.session.scalars(select(Ticket.title).where(Ticket.state == State.VOIDED)).all()
    assert voided
    for name in NAMED:
        assert all(not met(name, title) for title in voided)
    one = ticket("九月发票抬头少了两个字")
    one.about_id = organisation.person_called("supervisor").id
    db.session.flush()
    assert met("supervisor", one.title) == []
    assert met("director", one.title) == [one.number]


def test_a_clause_that_was_superseded_is_read_in_its_manual_and_found_no_more(demo):
    old = db.session.scalars(select(SearchText.title).where(SearchText.number.like("KF-01 1.0 %"))).all()
    assert old
    numbers = {one.number for title in old for one in hits(reader("agent"), title, "clause")}
    assert {one.rpartition(" § ")[0] for one in numbers if one.startswith("KF-01")} == {"KF-01 2.1", "KF-01 3.0"}


@pytest.mark.attack(10, 16)
def test_somebody_finds_what_they_signed_and_a_head_what_their_people_have_not(demo, browser):
    """By the name of the manual or of the colleague, and nobody else's."""
    browser.sign_in("clerk")
    mine = browser.get("/search?q=于洋&kind=acknowledgement").soup.select(".hits .open")
    assert {one.text.split()[0] for one in mine} >= {"KF-01", "XW-01"}
    assert "于洋 · " in browser.get(mine[0]["href"]).main
    assert not browser.get("/search?q=李娜&kind=acknowledgement").soup.select(".hits .open")
    browser.sign_in("head")
    theirs = browser.get("/search?q=于洋&kind=acknowledgement").soup.select(".hits .open")
    assert {one["href"] for one in theirs} == {one["href"] for one in mine}
    assert not browser.get("/search?q=李娜&kind=acknowledgement").soup.select(".hits .open")


@pytest.mark.parametrize("name", ["hr", "clerk"])
def test_whoever_looks_for_a_manual_finds_it_before_everybody_who_acknowledged_it(demo, browser, name):
    first = browser.sign_in(name).get("/search?q=客户服务手册").soup.select_one(".hits .open")
    assert first["href"] == "/manuals/KF-01"
