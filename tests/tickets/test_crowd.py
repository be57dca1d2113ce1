"""Thirty-two people press on the same tickets, a thousand times: one wins each time, and nobody's words are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.signature import Confirmation, Method
from portal.organisation import queries as organisation
from portal.organisation.staff import Staff
from portal.tickets import actions, complaints, links, queries
from portal.tickets.models import Ticket, TicketEntry
from portal.tickets.states import State
from tests.conftest import NOW
from tests.tickets.conftest import satisfied

PEOPLE, ROUNDS = 32, 8
"""Four kinds of presses: 4 × 32 × 8 = 1 024 attempts."""

Press = Callable[[Staff, int], None]


def pressed(
    app: Any, people: list[int], rounds: list[Press], words: list[Press], *, ends: bool = False
) -> list[Counter[str]]:
    """Round by round everybody presses at one moment and writes at once; how each round ended, by outcome.

    `ends`: nobody writes behind that press, so that they write before it.
    """
    barrier = Barrier(len(people))

    def one(place: int) -> list[str]:
        told = []
        with app.app_context():
            who = organisation.staff_with_id(people[place], NOW)
            db.session.remove()
            for press, write in zip(rounds, words, strict=True):
                if ends:
                    assert _outcome(write, who, place) == "won"
                barrier.wait(60)
                told.append(_outcome(press, who, place))
                if not ends:
                    assert _outcome(write, who, place) == "won"
        return told

    with ThreadPoolExecutor(len(people)) as pool:
        by_person = list(pool.map(one, range(len(people))))
    return [Counter(outcomes) for outcomes in zip(*by_person, strict=True)]


def _outcome(press: Press, who: Staff, place: int) -> str:
    try:
        press(who, place)
    except (OutOfDate, NotAllowed) as no:
        return type(no).__name__
    except Refused as no:
        return f"Refused: {no.sentence.template}"
    finally:
        db.session.remove()
    return "won"


def there(ticket_id: int) -> Ticket:
    return db.session.get_one(Ticket, ticket_id)


def writes(ticket_id: int, by: Staff | None = None) -> Press:
    def write(who: Staff, place: int) -> None:
        actions.note(by or who, there(ticket_id), f"第 {place} 条。", at=NOW)

    return write


def kept(ticket_id: int) -> list[str]:
    mine = select(TicketEntry.body).where(TicketEntry.ticket_id == ticket_id, TicketEntry.body.like("第 %"))
    return sorted(db.session.scalars(mine))


WORDS = sorted(f"第 {place} 条。" for place in range(PEOPLE))
ONE_WINS = {"won": 1, "OutOfDate": PEOPLE - 1}


@pytest.fixture
def crowd(house, staff) -> Callable[[Any, Role], list[int]]:
    """`crowd(department, role)`: thirty-two colleagues there."""

    def make(department: Any, role: Role) -> list[int]:
        people = [staff(f"{role.name.title()}{n}", department, role).id for n in range(PEOPLE)]
        db.session.remove()
        return people

    return make


@pytest.mark.attack(27)
def test_one_of_thirty_two_takes_a_ticket_up(app, house, opened, crowd):
    ids = [opened(routing="account").id for _round in range(ROUNDS)]
    people = crowd(house.desk, Role.AGENT)
    takes: list[Press] = [lambda who, _place, id=id: actions.take(who, there(id), at=NOW) for id in ids]
    assert pressed(app, people, takes, [writes(id) for id in ids]) == [ONE_WINS] * ROUNDS
    for id in ids:
        assert there(id).state is State.IN_PROGRESS
        assert kept(id) == WORDS
    assert journal.names("ticket").count("TicketAccepted") == ROUNDS


@pytest.mark.rule("TKT-042")
@pytest.mark.attack(27)
def test_one_of_thirty_two_signs_for_their_department(app, house, worked, crowd):
    ids, tech_id = [], house.tech.id
    for _round in range(ROUNDS):
        ticket = worked(kind="complaint")
        complaints.fill_form(house.li, ticket, cause="漏发短信", wanted="道歉", departments=[house.tech], at=NOW)
        complaints.conclude(house.li, ticket, upheld=True, evidence="派单记录", conclusion="属实", at=NOW)
        ids.append(ticket.id)
    people = crowd(house.tech, Role.HEAD)

    def sign(id: int) -> Press:
        return lambda who, _place: complaints.sign_part(
            who, there(id), queries.department(tech_id), Confirmation(who.id, Method.PIN, NOW), at=NOW
        )

    words = [writes(id, by=house.li) for id in ids]  # a head signs; whoever works on it writes meanwhile
    assert pressed(app, people, [sign(id) for id in ids], words) == [ONE_WINS] * ROUNDS
    assert all(kept(id) == WORDS for id in ids)
    assert journal.names("signature") == ["Signed"] * ROUNDS


@pytest.mark.attack(27)
def test_one_of_thirty_two_closes_a_ticket(app, house, told, crowd):
    ids = []
    for _round in range(ROUNDS):
        ticket = told()
        satisfied(house.li, ticket)
        ids.append(ticket.id)
    people = crowd(house.desk, Role.AGENT)
    closes: list[Press] = [lambda who, _place, id=id: actions.close(who, there(id), at=NOW) for id in ids]
    assert pressed(app, people, closes, [writes(id) for id in ids], ends=True) == [ONE_WINS] * ROUNDS
    for id in ids:
        assert there(id).state is State.CLOSED
        assert kept(id) == WORDS
    assert journal.names("ticket").count("TicketClosed") == ROUNDS


@pytest.mark.attack(27, 28)
def test_one_of_thirty_two_merges_two_tickets_that_half_of_them_merge_the_other_way(app, house, opened, crowd):
    pairs = [(opened().id, opened(title="另一张").id) for _round in range(ROUNDS)]
    people = crowd(house.desk, Role.AGENT)

    def merge(pair: tuple[int, int]) -> Press:
        def press(who: Staff, place: int) -> None:
            one, other = pair if place % 2 else pair[::-1]
            links.merge(who, there(one), there(other), at=NOW)

        return press

    outcomes = pressed(app, people, [merge(pair) for pair in pairs], [writes(pair[0]) for pair in pairs], ends=True)
    assert [one["won"] for one in outcomes] == [1] * ROUNDS
    for pair in pairs:
        states = [there(id).state for id in pair]
        assert states.count(State.MERGED) == 1, states
        assert kept(pair[0]) == WORDS
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 2 * ROUNDS
    assert journal.names("ticket").count("TicketMerged") == ROUNDS
