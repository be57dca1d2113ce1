"""Sixteen people press at the same moment: one wins, the others are told, nothing is lost."""

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
from portal.tickets import actions, complaints, parts, queries
from portal.tickets.models import InternalQuestion, Ticket, TicketEntry, TicketPart, TicketTransfer
from portal.tickets.states import Channel, OfferState, PartState, Satisfaction, State
from tests.conftest import NOW
from tests.tickets.conftest import person_of, satisfied

AT_ONCE = 16


def all_at_once(app: Any, people: list[int], press: Callable[[Any, int], None]) -> Counter[str]:
    """Each person presses in a thread of their own, all at one moment; how it ended for them, by outcome."""
    barrier = Barrier(len(people))

    def one(place_and_person: tuple[int, int]) -> str:
        place, person_id = place_and_person
        with app.app_context():
            try:
                who = organisation.staff_with_id(person_id, NOW)
                db.session.rollback()
                barrier.wait()
                press(who, place)
            except (OutOfDate, NotAllowed) as no:
                return type(no).__name__
            except Refused as no:
                return f"Refused: {no.sentence.template}"
            finally:
                db.session.remove()
        return "won"

    with ThreadPoolExecutor(len(people)) as pool:
        return Counter(pool.map(one, enumerate(people)))


@pytest.fixture
def crowd(house, staff) -> list[int]:
    """Sixteen colleagues of the support group."""
    people = [staff(f"Tech{n}", house.tech, Role.AGENT).id for n in range(AT_ONCE)]
    db.session.rollback()
    return people


@pytest.mark.attack(27)
def test_of_sixteen_who_accept_one_wins_and_the_others_are_told(app, house, opened, crowd):
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    ticket_id = ticket.id
    db.session.remove()

    def accept(who, _place):
        actions.accept(who, db.session.get_one(Ticket, ticket_id), at=NOW)

    assert all_at_once(app, crowd, accept) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    ticket = db.session.get_one(Ticket, ticket_id)
    (link,) = queries.transfers(ticket_id)
    assert (ticket.state, link.state) == (State.IN_PROGRESS, OfferState.ACCEPTED)
    assert ticket.assignee_id == link.answered_by_id
    assert journal.names("ticket").count("TicketAccepted") == 1


@pytest.mark.attack(27)
def test_of_sixteen_who_close_one_wins(app, house, told, crowd):
    ticket = told()
    satisfied(house.li, ticket)
    ticket_id, closers = ticket.id, [house.li.id, house.wang.id, house.lin.id, house.luo.id] * 4
    db.session.remove()

    def close(who, _place):
        actions.close(who, db.session.get_one(Ticket, ticket_id), at=NOW)

    assert all_at_once(app, closers, close) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert journal.names("ticket").count("TicketClosed") == 1


@pytest.mark.attack(27)
def test_sixteen_offers_at_once_leave_one_that_waits(app, house, opened, crowd):
    ticket = opened()
    ticket_id, tech_id = ticket.id, house.tech.id
    actions.offer(house.li, ticket, house.market, at=NOW)
    version = ticket.version
    db.session.remove()

    def offer(who, place):
        ticket = db.session.get_one(Ticket, ticket_id)
        department = queries.department(tech_id)
        actions.offer(who, ticket, department, organisation.colleague(crowd[place]), version=version, at=NOW)

    assert all_at_once(app, [house.li.id] * AT_ONCE, offer) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    waiting = select(func.count()).select_from(TicketTransfer).where(TicketTransfer.state == OfferState.PENDING)
    assert db.session.scalar(waiting) == 1


@pytest.mark.attack(27, 29)
def test_one_form_sent_sixteen_times_at_once_makes_one_ticket(app, house, customer):
    customer_id = customer.id
    db.session.remove()

    def send(who, _place):
        actions.open_ticket(
            who, kind="consultation", channel=Channel.TELEPHONE, title="一次", body="一次。", routing="account",
            customer=db.session.get_one(type(customer), customer_id), key="one form", at=NOW,
        )  # fmt: skip

    assert all_at_once(app, [house.li.id] * AT_ONCE, send) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


@pytest.mark.attack(27)
def test_numbers_have_no_double_and_no_gap_when_sixteen_open_at_once(app, house, customer):
    customer_id = customer.id
    db.session.remove()

    def send(who, place):
        actions.open_ticket(
            who, kind="consultation", channel=Channel.TELEPHONE, title=f"第 {place}", body="问。", routing="account",
            customer=db.session.get_one(type(customer), customer_id), at=NOW,
        )  # fmt: skip

    assert all_at_once(app, [house.li.id, house.wang.id] * 8, send) == {"won": AT_ONCE}
    numbers = sorted(db.session.scalars(select(Ticket.number)))
    assert numbers == [f"T-2026-{n:05d}" for n in range(1, AT_ONCE + 1)]


@pytest.mark.attack(27)
def test_the_letters_of_thirty_two_who_write_at_once_are_all_kept(app, house, worked, staff):
    """Replies, inside notes and what the customer said: nobody is told that somebody else was faster."""
    ticket = worked(channel=Channel.CHAT)
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    writers = [staff(f"Tech{n}", house.tech, Role.AGENT).id for n in range(2 * AT_ONCE)]
    ticket_id = ticket.id
    db.session.remove()

    def write(who, place):
        ticket = db.session.get_one(Ticket, ticket_id)
        words, channel = f"您好，第 {place} 条。", Channel.MAIL
        match place % 3:
            case 0:
                actions.reply(who, ticket, words, channel=channel, at=NOW)
            case 1:
                actions.note(who, ticket, words, at=NOW)
            case _:
                actions.write_down(who, ticket, words, channel=channel, at=NOW)

    assert all_at_once(app, writers, write) == {"won": 2 * AT_ONCE}
    kept = db.session.scalars(select(TicketEntry.body).where(TicketEntry.ticket_id == ticket_id))
    assert sorted(kept) == sorted(f"您好，第 {n} 条。" for n in range(2 * AT_ONCE))
    assert journal.names("ticket").count("FirstResponseGiven") == 1


@pytest.mark.attack(27)
def test_whoever_takes_it_up_does_so_although_others_write(app, house, opened, crowd):
    """A letter is no reason to send away everybody who presses: one of those who take it has it."""
    ticket_id = opened(routing="account").id
    db.session.remove()

    def press(who, place):
        ticket = db.session.get_one(Ticket, ticket_id)
        if place % 2:
            actions.take(who, ticket, at=NOW)
        else:
            actions.note(who, ticket, f"第 {place} 条。", at=NOW)

    outcomes = all_at_once(app, [house.li.id, house.wang.id] * AT_ONCE, press)
    assert outcomes == {"won": AT_ONCE + 1, "OutOfDate": AT_ONCE - 1}
    assert journal.names("ticket").count("TicketAccepted") == 1


@pytest.mark.attack(27, 29)
def test_one_letter_sent_sixteen_times_at_once_is_kept_once(app, house, worked):
    ticket_id = worked().id
    db.session.remove()

    def send(who, _place):
        ticket = db.session.get_one(Ticket, ticket_id)
        actions.reply(who, ticket, "您好。", channel=Channel.MAIL, key="one press", at=NOW)

    assert all_at_once(app, [house.li.id] * AT_ONCE, send) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert db.session.scalar(select(func.count()).select_from(TicketEntry)) == 1


@pytest.mark.attack(27)
def test_of_yes_and_no_at_once_one_counts(app, house, told):
    ticket = told()
    ticket_id = ticket.id
    db.session.remove()

    def say(who, place):
        answer = Satisfaction.SATISFIED if place % 2 else Satisfaction.NOT_SATISFIED
        actions.customer_answer(who, db.session.get_one(Ticket, ticket_id), answer, wishes="再看看。", at=NOW)

    outcomes = all_at_once(app, [house.li.id, house.wang.id] * 8, say)
    assert outcomes["won"] == 1
    (asked,) = queries.rounds(ticket_id)
    ticket = db.session.get_one(Ticket, ticket_id)
    assert (ticket.state is State.CONFIRMED) == (asked.answer is Satisfaction.SATISFIED)


@pytest.mark.attack(27)
def test_one_answer_to_a_question_counts(app, house, worked):
    ticket = worked()
    question = actions.ask_inside(
        house.li, ticket, person_of(house.zhao), "甲还是乙？", told="我核实一下。", channel=Channel.CHAT, at=NOW
    )
    ticket_id, question_id = ticket.id, question.id
    db.session.remove()

    def answer(who, place):
        asked = db.session.get_one(InternalQuestion, question_id)
        actions.answer_inside(who, db.session.get_one(Ticket, ticket_id), asked, f"{place}。", at=NOW)

    assert all_at_once(app, [house.zhao.id] * AT_ONCE, answer) == {"won": 1, "OutOfDate": AT_ONCE - 1}


@pytest.mark.rule("TKT-042")
@pytest.mark.attack(27)
def test_of_sixteen_who_sign_for_one_department_one_wins(app, house, worked, staff):
    ticket = worked(kind="complaint")
    complaints.fill_form(house.li, ticket, cause="漏发短信", wanted="道歉", departments=[house.tech], at=NOW)
    complaints.conclude(house.li, ticket, upheld=True, evidence="派单记录", conclusion="属实", at=NOW)
    heads = [staff(f"Head{n}", house.tech, Role.HEAD).id for n in range(AT_ONCE)]
    ticket_id, tech_id = ticket.id, house.tech.id
    db.session.remove()

    def sign(who, _place):
        proved = Confirmation(who.id, Method.PIN, NOW)
        complaints.sign_part(who, db.session.get_one(Ticket, ticket_id), queries.department(tech_id), proved, at=NOW)

    assert all_at_once(app, heads, sign) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert journal.names("ticket").count("PartSigned") == 1
    assert journal.names("signature") == ["Signed"]


@pytest.mark.rule("TKT-037")
@pytest.mark.attack(27)
def test_of_sixteen_who_report_upward_one_wins_and_no_level_is_skipped(app, house, worked):
    ticket_id = worked().id
    db.session.remove()

    def escalate(who, _place):
        actions.escalate(who, db.session.get_one(Ticket, ticket_id), "手册没有规定。", at=NOW)

    assert all_at_once(app, [house.li.id] * AT_ONCE, escalate) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert [one.to_name for one in queries.escalations(ticket_id)] == ["Luo"]


@pytest.mark.rule("TKT-007")
@pytest.mark.attack(27)
def test_of_sixteen_who_take_one_part_one_wins_and_the_others_are_told(app, house, worked, crowd):
    part_id = parts.ask(house.li, worked(), house.tech, "请查日志。", at=NOW).id
    db.session.remove()

    def take(who, _place):
        part = db.session.get_one(TicketPart, part_id)
        parts.take(who, part.ticket, part, at=NOW)

    assert all_at_once(app, crowd, take) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    part = db.session.get_one(TicketPart, part_id)
    assert (part.state, part.person_id in crowd) == (PartState.TAKEN, True)
    assert journal.names("ticket").count("PartTaken") == 1


@pytest.mark.rule("TKT-007")
@pytest.mark.attack(27)
def test_a_part_is_never_asked_of_a_ticket_that_is_called_solved_at_the_same_moment(app, house, worked, crowd):
    ticket_id, tech_id, market_id = worked().id, house.tech.id, house.market.id
    db.session.remove()

    def press(who, place):
        ticket = db.session.get_one(Ticket, ticket_id)
        if place % 2:
            actions.resolve(who, ticket, "好了。", at=NOW)
        else:
            parts.ask(who, ticket, queries.department(market_id if place % 4 else tech_id), f"{place}。", at=NOW)

    all_at_once(app, [house.li.id] * AT_ONCE, press)
    solved = db.session.get_one(Ticket, ticket_id).state is State.RESOLVED
    asked = queries.open_parts(ticket_id)
    assert solved != bool(asked)
    assert [one.nth for one in asked] == list(range(1, len(asked) + 1))
    assert journal.names("ticket").count("PartAsked") == len(asked)


@pytest.mark.attack(27)
def test_of_a_part_that_is_done_and_withdrawn_at_once_one_holds_and_no_reply_is_lost(app, house, worked, crowd):
    part = parts.ask(house.li, worked(), house.tech, "请查日志。", at=NOW)
    parts.take(house.zhao, part.ticket, part, at=NOW)
    part_id = part.id
    db.session.remove()

    def press(who, place):
        part = db.session.get_one(TicketPart, part_id)
        if place % 2:
            parts.withdraw(who, part.ticket, part, "不用了", at=NOW)
        else:
            parts.finish(who, part.ticket, part, "邻频干扰。", 5, at=NOW)

    outcomes = all_at_once(app, [house.zhao.id, house.li.id] * 8, press)
    part = db.session.get_one(TicketPart, part_id)
    assert outcomes["won"] == 1
    replies = db.session.scalar(select(func.count()).select_from(TicketEntry).where(TicketEntry.kind == "part reply"))
    assert (part.state is PartState.DONE) == (replies == 1)
