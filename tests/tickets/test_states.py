"""The life of a ticket is a table, and the table is sound."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from portal.kernel.errors import NotAllowed, OutOfDate
from portal.kernel.permissions import P
from portal.tickets.states import ENDED, OPEN, TICKET, BreachKind, Priority, State, Urgency

S = State


class Reader:
    """Somebody with some rights in some departments."""

    def __init__(self, id: int, **where: set[int]) -> None:
        self.id = id
        self.held = {P[name]: departments for name, departments in where.items()}

    def may(self, right: P, department_id: int | None = None) -> bool:
        return department_id in self.held.get(right, set())


def ticket(state: State, **columns: int) -> SimpleNamespace:
    people = dict.fromkeys(
        ("accountable_id", "deputy_id", "assignee_id", "offered_to_id", "offered_by_id", "requester_id", "open_to_id")
    )
    return SimpleNamespace(**{**people, "state": state, "department_id": 1, "desk_id": 1, **columns})


@pytest.mark.rule("TKT-059")
def test_every_state_can_be_reached_and_only_the_ended_ones_are_final():
    reached = {row.after for row in TICKET.steps.values()} - {None}
    assert {S.NEW} | reached == set(S)
    leads_on = {state for state in S if any(row.after for row in TICKET.steps_from(state))}
    assert leads_on == OPEN | {S.CLOSED}  # a closed ticket can be reopened, a voided one cannot
    assert S.VOIDED in ENDED


@pytest.mark.rule("TKT-059")
@pytest.mark.parametrize(
    ("verb", "state"),
    [
        ("offer", S.NEW),  # sorted before it is handed out (TKT-015)
        ("resolve", S.ASSIGNED),  # offered is not accepted
        ("tell", S.IN_PROGRESS),  # nothing to tell yet
        ("close", S.RESOLVED),  # the customer was not told
        ("close", S.AWAITING_CONFIRMATION),  # the customer has not said yes
        ("confirm", S.RESOLVED),
        ("reply", S.CLOSED),
        ("reopen", S.VOIDED),
    ],
)
def test_a_step_out_of_turn_is_refused(verb, state):
    one = ticket(state, assignee_id=7, accountable_id=7)
    with pytest.raises(OutOfDate):
        TICKET.check(one, verb, Reader(7, TICKETS_WORK={1}))


@pytest.mark.parametrize("verb", sorted(TICKET.steps))
def test_without_a_right_and_a_part_in_it_nothing_can_be_done(verb):
    for state in S:
        assert not TICKET.allows(Reader(9), ticket(state, assignee_id=7, accountable_id=7), verb)
        with pytest.raises(NotAllowed):
            TICKET.check(ticket(state, assignee_id=7, accountable_id=7), verb, Reader(9))


@pytest.mark.attack(17)
@pytest.mark.parametrize("verb", sorted(TICKET.steps))
def test_a_right_in_another_department_opens_nothing_here(verb):
    everything = {right.name: {2, 3} for right in P}
    assert not any(TICKET.allows(Reader(9, **everything), ticket(state), verb) for state in S)


def test_an_offer_is_answered_by_whom_it_was_made_to():
    to_one = ticket(S.ASSIGNED, offered_to_id=7)
    assert TICKET.allows(Reader(7), to_one, "accept")
    assert not TICKET.allows(Reader(8, TICKETS_WORK={1}), to_one, "accept")
    to_all_of_two = ticket(S.ASSIGNED, open_to_id=2)
    assert TICKET.allows(Reader(8, TICKETS_WORK={2}), to_all_of_two, "accept")
    assert not TICKET.allows(Reader(8, TICKETS_WORK={1}), to_all_of_two, "accept")


def test_the_desk_that_heard_of_it_first_closes_it_wherever_it_went():
    elsewhere = ticket(S.CONFIRMED, department_id=2, desk_id=1)
    assert TICKET.allows(Reader(8, TICKETS_WORK={1}), elsewhere, "close")
    assert not TICKET.allows(Reader(8, TICKETS_WORK={1}), ticket(S.IN_PROGRESS, department_id=2, desk_id=1), "resolve")


@pytest.mark.parametrize("words", [*State, *Priority, *Urgency, *BreachKind])
def test_every_word_of_the_table_can_be_said(words):
    assert str(words.label)


@pytest.fixture(autouse=True)
def _within_the_portal(app):
    return app
