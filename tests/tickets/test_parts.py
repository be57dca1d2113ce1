"""Many hands: a department leads, others do their part, each with its limit, its reply and its time."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal, search
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.signature import Confirmation, Method
from portal.kernel.tokens import asked as words_asked
from portal.notifications import jobs as bell
from portal.notifications import queries as notices
from portal.organisation import actions as organisation
from portal.organisation import held
from portal.organisation import queries as people
from portal.organisation.models import Grant
from portal.tickets import actions, agenda, complaints, jobs, parts, queries
from portal.tickets.clocks import running
from portal.tickets.models import NEVER, Ticket, TicketBreach, TicketEntry, TicketPart
from portal.tickets.queries import SORTS, Sort, Tab, Wanted
from portal.tickets.rules import MOST_MINUTES
from portal.tickets.states import PART, BreachKind, ClockKind, EntryKind, PartState, Satisfaction, State
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import counted, later, person_of, satisfied, solve_and_tell
from tests.tickets.test_pages import statements
from tests.tickets.test_queries import every_page, plan, reader, seen

S = PartState
WANTED = "请查今晚的掉线日志。"
RULED = {"tickets.part_within": "otherwise: 2 hours"}


@pytest.fixture
def asked(house, worked):
    """`asked(…)`: a ticket of Li's for which the technology department was asked to do a part."""

    def make(ticket=None, *, at=NOW, person=None, wish=None, **more) -> TicketPart:
        return parts.ask(
            house.li, ticket or worked(**more), house.tech, WANTED, person=person_of(person) if person else None,
            wish=wish, at=at,
        )  # fmt: skip

    return make


@pytest.fixture
def done(house, asked):
    """`done()`: the same, and Zhao did it in half an hour."""

    def make(**more) -> TicketPart:
        part = asked(**more)
        parts.take(house.zhao, part.ticket, part, at=later(5))
        parts.finish(house.zhao, part.ticket, part, "邻频干扰，已换信道。", 30, at=later(40))
        return part

    return make


def listed(who, tab: Tab) -> list[str]:
    return [row.number for row in queries.queue(who, Wanted(tab=tab, sort=queries.SORTS[tab][0])).rows]


def kept(ticket):
    return [(one.kind, one.moment) for one in queries.breaches(ticket.id)]


def names(ticket) -> list[str]:
    return [one.name for one in journal.of("ticket", ticket.id) if one.name.startswith("Part")]


# ── The life of a part ──


def test_every_state_of_a_part_can_be_reached_and_three_are_final():
    assert {S.ASKED} | {one.after for one in PART.steps.values()} == set(S)
    assert {one for one in S if not PART.steps_from(one)} == {S.SENT_BACK, S.REFUSED, S.WITHDRAWN}


@pytest.mark.rule("TKT-007", "TKT-006")
def test_another_department_does_its_part_and_the_lead_and_the_accountable_person_stay(house, asked):
    part = asked()
    ticket = part.ticket
    before = (ticket.department_id, ticket.accountable_id, ticket.assignee_id, ticket.state)
    parts.take(house.zhao, part.ticket, part, at=later(5))
    parts.finish(house.zhao, part.ticket, part, "邻频干扰，已换信道。", 30, at=later(40))
    assert (ticket.department_id, ticket.accountable_id, ticket.assignee_id, ticket.state) == before
    assert (part.state, part.person_name, part.minutes, part.finished_at) == (S.DONE, "Zhao", 30, later(40))
    letters = db.session.scalars(select(TicketEntry).where(TicketEntry.ticket_id == ticket.id)).all()
    assert [(one.kind, one.body, one.inside) for one in letters] == [
        (EntryKind.PART, WANTED, True), (EntryKind.PART_REPLY, "邻频干扰，已换信道。", True),
    ]  # fmt: skip
    assert part.reply_id == letters[1].id
    assert names(ticket) == ["PartAsked", "PartTaken", "PartDone"]


@pytest.mark.rule("TKT-007")
def test_silence_is_no_acceptance_of_a_part(house, asked):
    part = asked(person=house.zhao)
    assert (part.state, part.person_id) == (S.ASKED, None)
    with pytest.raises(NotAllowed):
        parts.finish(house.zhao, part.ticket, part, "好了。", 5, at=NOW)
    parts.take(house.han, part.ticket, part, at=NOW)  # wished for by name, taken by whoever is there
    assert part.person_name == "Han"


def test_a_part_is_refused_with_a_reason(house, asked):
    part = asked()
    with pytest.raises(Refused) as no:
        parts.refuse(house.zhao, part.ticket, part, " ", at=NOW)
    assert no.value.field == "reason"
    parts.refuse(house.zhao, part.ticket, part, "线路不归我们。", at=NOW)
    assert (part.state, part.reason) == (S.REFUSED, "线路不归我们。")
    with pytest.raises(OutOfDate):
        parts.take(house.han, part.ticket, part, at=NOW)


def test_a_part_that_is_given_back_is_the_departments_again_and_its_head_may_do_so(house, asked):
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=NOW)
    with pytest.raises(NotAllowed):
        parts.give_back(house.li, part.ticket, part, "太慢", at=NOW)
    parts.give_back(house.han, part.ticket, part, "赵敏今天请假", at=NOW)
    assert (part.state, part.person_id) == (S.ASKED, None)
    parts.take(house.han, part.ticket, part, at=NOW)
    parts.give_back(house.han, part.ticket, part, "要开会", at=NOW)
    assert names(part.ticket) == ["PartAsked", "PartTaken", "PartGivenBack", "PartTaken", "PartGivenBack"]


def test_whoever_asked_withdraws_it_with_a_reason(house, asked):
    part = asked()
    for stranger in (house.zhao, house.yu):
        with pytest.raises(NotAllowed):
            parts.withdraw(stranger, part.ticket, part, "x", at=NOW)
    parts.withdraw(house.li, part.ticket, part, "客户自己重启好了。", at=NOW)
    assert (part.state, part.reason) == (S.WITHDRAWN, "客户自己重启好了。")


def test_what_is_not_enough_is_asked_for_in_a_new_round_and_everything_stays(house, done):
    first = done()
    again = parts.send_back(house.li, first.ticket, first, "请附上测速截图。", at=later(60))
    assert (first.state, first.minutes, first.person_name) == (S.SENT_BACK, 30, "Zhao")
    assert (again.state, again.nth, again.round, again.asked_to_name) == (S.ASKED, first.nth, 2, "Zhao")
    parts.take(house.zhao, again.ticket, again, at=later(65))
    parts.finish(house.zhao, again.ticket, again, "截图见共享盘。", 10, at=later(80))
    assert [(one.round, one.state, one.minutes) for one in parts.parts_of(first.ticket_id)] == [
        (1, S.SENT_BACK, 30), (2, S.DONE, 10),
    ]  # fmt: skip
    bodies = db.session.scalars(select(TicketEntry.body).where(TicketEntry.ticket_id == first.ticket_id)).all()
    assert bodies == [WANTED, "邻频干扰，已换信道。", "请附上测速截图。", "截图见共享盘。"]
    with pytest.raises(OutOfDate):
        parts.send_back(house.li, first.ticket, first, "还是不够", at=later(90))


def test_a_deputy_and_the_accountable_person_judge_a_part_too_the_doer_does_not(house, done):
    part = done()
    with pytest.raises(NotAllowed):
        parts.send_back(house.zhao, part.ticket, part, "再来", at=later(60))
    actions.name_deputy(house.luo, part.ticket, person_of(house.wang), "李娜休假", from_on=TODAY, at=later(50))
    parts.send_back(house.wang, part.ticket, part, "请附上截图。", at=later(60))


@pytest.mark.parametrize("minutes", [1, MOST_MINUTES])
def test_the_minutes_of_a_part_are_read_from_its_row_by_person_and_department(house, asked, minutes):
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=NOW)
    parts.finish(house.zhao, part.ticket, part, "好了。", minutes, at=later(9))
    row = db.session.execute(
        select(TicketPart.person_id, TicketPart.department_id, TicketPart.minutes, TicketPart.finished_at)
        .where(TicketPart.finished_at.is_not(None))
    ).one()  # fmt: skip
    assert tuple(row) == (house.zhao.id, house.tech.id, minutes, later(9))


@pytest.mark.parametrize("minutes", [0, -5, MOST_MINUTES + 1])
def test_a_time_that_nobody_can_have_spent_is_refused_and_nothing_is_lost(house, asked, minutes):
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=NOW)
    with pytest.raises(Refused) as no:
        parts.finish(house.zhao, part.ticket, part, "好了。", minutes, at=NOW)
    assert no.value.field == "minutes"
    assert part.state is S.TAKEN


# ── Who is asked ──


def test_the_department_that_leads_is_not_asked_for_a_part(house, worked):
    with pytest.raises(Refused, match="ask another department"):
        parts.ask(house.li, worked(), house.desk, WANTED, at=NOW)


@pytest.mark.attack(12)
def test_nobody_outside_and_no_department_without_a_desk_is_asked(house, worked):
    ticket = worked()
    with pytest.raises(NotAllowed, match="takes no tickets"):
        parts.ask(house.li, ticket, house.committee, WANTED, at=NOW)
    for stranger in (house.yu, house.mo):
        with pytest.raises(NotAllowed, match="does not work on tickets"):
            parts.ask(house.li, ticket, house.tech, WANTED, person=person_of(stranger), at=NOW)
    with pytest.raises(NotAllowed):
        parts.ask(house.yu, ticket, house.market, WANTED, at=NOW)  # not theirs to ask
    assert parts.parts_of(ticket.id) == []


def test_a_part_needs_words(house, worked):
    with pytest.raises(Refused) as no:
        parts.ask(house.li, worked(), house.tech, "  ", at=NOW)
    assert no.value.field == "wanted"


@pytest.mark.attack(29)
def test_one_form_sent_twice_asks_once(house, worked):
    ticket = worked()
    parts.ask(house.li, ticket, house.tech, WANTED, key="one form", at=NOW)
    with pytest.raises(OutOfDate):
        parts.ask(house.li, ticket, house.tech, WANTED, key="one form", at=NOW)
    assert len(parts.parts_of(ticket.id)) == 1


def test_several_parts_run_at_once_each_with_its_own_number_and_clock(house, published, worked):
    published(RULED, from_=TODAY)
    ticket = worked()
    made = [parts.ask(house.li, ticket, where, WANTED, at=NOW) for where in (house.tech, house.market, house.tech)]
    assert [one.nth for one in made] == [1, 2, 3]
    clocks = running(ticket)
    assert {clocks[one.id].due_at for one in made} == {later(120)}
    assert ticket.due_at <= later(120)


# ── The limit ──


@pytest.mark.rule("TKT-030", "V-21")
@pytest.mark.parametrize(("minutes", "breached"), [(120, False), (121, True)])
def test_a_part_has_the_limit_of_the_department_that_is_asked(house, published, asked, minutes, breached):
    published(RULED, from_=TODAY)
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=later(1))
    parts.finish(house.zhao, part.ticket, part, "好了。", 20, at=later(minutes))
    assert kept(part.ticket) == ([(BreachKind.LATE_PART, later(120))] if breached else [])


@pytest.mark.rule("TKT-030")
@pytest.mark.attack(33)
def test_a_part_that_is_late_breaches_at_its_true_moment_once_with_its_clause_against_the_department(
    house, published, asked
):
    published(RULED, from_=TODAY)
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=later(1))
    assert (jobs.keep_limits(later(120)), jobs.keep_limits(later(600)), jobs.keep_limits(later(601))) == (0, 1, 0)
    breach = db.session.scalars(select(TicketBreach)).one()
    assert (breach.kind, breach.moment, breach.part_id) == (BreachKind.LATE_PART, later(120), part.id)
    assert (breach.person_id, breach.person_name, breach.department_id) == (None, part.department, house.tech.id)
    assert breach.because is not None
    fact = next(one for one in journal.of("ticket", part.ticket_id) if one.name == "LimitMissed").event()
    assert (fact.moment, fact.part_id, fact.because) == (later(120), part.id, breach.because)


@pytest.mark.attack(33)
def test_two_parts_that_are_late_together_are_two_breaches(house, published, worked):
    published(RULED, from_=TODAY)
    ticket = worked()
    for where in (house.tech, house.market, house.tech):
        parts.ask(house.li, ticket, where, WANTED, at=NOW)
    assert jobs.keep_limits(later(300)) == 3
    assert [one.department_id for one in queries.breaches(ticket.id)].count(house.tech.id) == 2


def test_a_part_is_warned_of_before_its_limit(house, published, asked):
    published(RULED, from_=TODAY)
    part = asked()
    jobs.keep_limits(later(89))
    assert "LimitNear" not in [one.name for one in journal.of("ticket", part.ticket_id)]
    jobs.keep_limits(later(91))
    (near,) = [one.event() for one in journal.of("ticket", part.ticket_id) if one.name == "LimitNear"]
    assert (near.kind, near.due, near.part_id) == (ClockKind.PART, later(120), part.id)


@pytest.mark.parametrize(("wished", "limit"), [(300, 300), (30, 120)])
def test_a_later_wish_gives_time_and_an_earlier_one_is_held_against_nobody(house, published, asked, wished, limit):
    published(RULED, from_=TODAY)
    part = asked(wish=later(wished))
    assert part.due_at == later(wished)
    assert running(part.ticket)[part.id].due_at == later(limit)


@pytest.mark.parametrize("wish", [NOW, NOW - timedelta(minutes=1), NOW + timedelta(days=367)])
def test_a_moment_that_has_passed_cannot_be_wished_for(house, asked, wish):
    with pytest.raises(Refused) as no:
        asked(wish=wish)
    assert no.value.field == "wish"


def test_without_a_ruling_no_clock_runs_whatever_is_wished(house, asked):
    part = asked(wish=later(30))
    assert running(part.ticket) == {}
    assert (part.due_at, part.ticket.due_at) == (later(30), NEVER)
    assert jobs.keep_limits(later(600)) == 0


@pytest.mark.attack(43)
def test_a_part_keeps_the_ruling_of_the_day_on_which_it_was_asked(house, published, asked):
    published(RULED, from_=TODAY)
    published({"tickets.part_within": "otherwise: 1 hour"}, from_=TODAY + timedelta(days=1))
    today, tomorrow = asked(), asked(at=NOW + timedelta(days=1))
    assert running(today.ticket)[today.id].due_at == later(120)
    assert running(tomorrow.ticket)[tomorrow.id].due_at == NOW + timedelta(days=1, hours=1)


def test_neither_a_new_rank_nor_waiting_for_the_customer_moves_the_limit_of_a_part(house, published, asked):
    published(RULED | {"tickets.update_every": "otherwise: 1 day"}, from_=TODAY)
    part = asked()
    actions.wait_for_customer(house.li, part.ticket, "等照片", at=later(10))
    assert running(part.ticket)[part.id].due_at == later(120)
    actions.resume(house.li, part.ticket, at=later(60))
    assert running(part.ticket)[part.id].due_at == later(120)


@pytest.mark.parametrize("ends", ["refused", "withdrawn"])
def test_the_clock_of_a_part_ends_with_it(house, published, asked, ends):
    published(RULED, from_=TODAY)
    part = asked()
    if ends == "refused":
        parts.refuse(house.zhao, part.ticket, part, "不归我们", at=later(10))
    else:
        parts.withdraw(house.li, part.ticket, part, "不用了", at=later(10))
    assert part.id not in running(part.ticket)
    assert jobs.keep_limits(later(600)) == 0


def test_a_new_round_has_its_own_limit(house, published, done):
    published(RULED, from_=TODAY)
    part = done()
    again = parts.send_back(house.li, part.ticket, part, "缺截图", at=later(60))
    assert running(part.ticket)[again.id].due_at == later(180)


# ── Nothing is solved while a part is open ──


@pytest.mark.rule("TKT-007")
@pytest.mark.parametrize("taken", [False, True])
def test_a_ticket_is_not_solved_while_a_part_is_open_and_the_sentence_names_it(house, asked, taken):
    part = asked()
    if taken:
        parts.take(house.zhao, part.ticket, part, at=NOW)
    with pytest.raises(Refused) as no:
        actions.resolve(house.li, part.ticket, "好了。", at=NOW)
    assert "TECH" in str(no.value) or part.department in str(no.value)
    assert ("Zhao" in str(no.value)) == taken
    parts.withdraw(house.li, part.ticket, part, "不用了", at=NOW)
    solve_and_tell(house.li, part.ticket)


def test_a_ticket_is_not_given_up_while_a_part_is_open(house, worked):
    ticket = worked()
    for _round in range(3):
        solve_and_tell(house.li, ticket)
        actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="不行", at=NOW)
    part = parts.ask(house.li, ticket, house.tech, WANTED, at=NOW)
    with pytest.raises(Refused, match="Not done yet"):
        actions.close_as_not_satisfiable(house.luo, ticket, "已尽力。", at=NOW)
    parts.withdraw(house.li, part.ticket, part, "不用了", at=NOW)
    actions.close_as_not_satisfiable(house.luo, ticket, "已尽力。", at=NOW)


def test_a_ticket_that_is_voided_takes_its_parts_along(house, asked):
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=NOW)
    actions.void(house.lin, part.ticket, "测试单", at=NOW)
    assert part.state is S.WITHDRAWN
    assert part.ticket.number not in seen(house.zhao)


def test_nothing_is_asked_of_anybody_once_it_is_solved(house, done):
    part = done()
    solve_and_tell(house.li, part.ticket, at=later(60))
    with pytest.raises(OutOfDate):
        parts.ask(house.li, part.ticket, house.market, WANTED, at=later(61))
    with pytest.raises(OutOfDate, match="reopen the ticket first"):
        parts.send_back(house.li, part.ticket, part, "缺截图", at=later(61))
    actions.customer_answer(house.li, part.ticket, Satisfaction.NOT_SATISFIED, wishes="还断", at=later(70))
    assert parts.send_back(house.li, part.ticket, part, "客户说还断线。", at=later(71)).round == 2


# ── Who sees it ──


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize(
    ("step", "zhao", "han"),
    [
        ("ask", True, True), ("take", True, True), ("finish", True, True), ("send back", True, True),
        ("refuse", False, False), ("withdraw", False, False), ("withdraw taken", True, False),
        ("refuse again", True, False),
    ],
)  # fmt: skip
def test_a_department_sees_a_ticket_while_it_is_asked_and_whoever_did_a_part_goes_on_seeing_it(
    house, asked, step, zhao, han
):
    part = asked()
    ticket = part.ticket
    if step in ("take", "finish", "send back", "withdraw taken", "refuse again"):
        parts.take(house.zhao, part.ticket, part, at=NOW)
    if step in ("finish", "send back", "refuse again"):
        parts.finish(house.zhao, part.ticket, part, "好了。", 5, at=NOW)
    if step in ("send back", "refuse again"):
        part = parts.send_back(house.li, part.ticket, part, "不够", at=NOW)
    if step in ("refuse", "refuse again"):
        parts.refuse(house.han, part.ticket, part, "不归我们", at=NOW)
    if step.startswith("withdraw"):
        parts.withdraw(house.li, part.ticket, part, "不用了", at=NOW)
    for who, expected in ((house.zhao, zhao), (house.han, han), (house.yu, False), (house.mo, False)):
        assert (ticket.number in seen(who)) == expected, who.name
        assert (ticket.number in listed(who, Tab.ALL)) == expected
        assert (ticket.number in listed(who, Tab.OPEN)) == expected
        assert (queries.ticket_seen_by(who, ticket.number) is not None) == expected
        whole = queries.whole_ticket(who, ticket.number)
        assert (whole is not None and whole.inside) == expected
        words = words_asked("掉线日志")
        assert bool(search.find(who, words, only=["ticket"])) == expected


@pytest.mark.attack(10, 12)
def test_a_complaint_about_somebody_is_hidden_from_them_whatever_part_their_department_has(house, worked):
    ticket = worked(kind="dispute", about=person_of(house.zhao))
    with pytest.raises(NotAllowed, match="it is about them or their people"):
        parts.ask(house.li, ticket, house.tech, WANTED, person=person_of(house.zhao), at=NOW)
    parts.ask(house.li, ticket, house.tech, WANTED, at=NOW)
    for who in (house.zhao, house.han):  # the one whom it is about, and the line above
        assert ticket.number not in seen(who)
        assert [row.number for row in queries.parts_that_wait(who, 10)] == []
        assert ticket.number not in listed(who, Tab.ACCEPT)


def test_a_role_that_is_taken_takes_the_departments_parts_along(house, asked):
    part = asked(person=house.zhao)
    grant = db.session.scalars(select(Grant).where(Grant.person_id == house.zhao.id)).one()
    organisation.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    zhao = people.staff(person_of(house.zhao), TODAY)
    assert part.ticket.number not in seen(zhao)
    assert listed(zhao, Tab.ACCEPT) == []
    assert list(agenda.parts_that_wait(zhao, NOW)) == []


def test_a_part_stands_where_its_people_look(house, asked):
    part = asked()
    number = part.ticket.number
    for who in (house.zhao, house.han):
        assert listed(who, Tab.ACCEPT) == [number]
        assert listed(who, Tab.DEPARTMENT) == [number]
        assert counted(who, [Tab.ACCEPT])[Tab.ACCEPT] == 1
    parts.take(house.zhao, part.ticket, part, at=NOW)
    assert listed(house.zhao, Tab.MINE) == [number]
    assert (listed(house.zhao, Tab.ACCEPT), listed(house.han, Tab.ACCEPT), listed(house.han, Tab.MINE)) == ([], [], [])
    parts.finish(house.zhao, part.ticket, part, "好了。", 5, at=NOW)
    assert listed(house.zhao, Tab.MINE) == []


def test_a_part_that_is_wished_of_somebody_waits_for_them_alone(house, asked):
    number = asked(person=house.zhao).ticket.number
    assert listed(house.zhao, Tab.ACCEPT) == [number]
    assert listed(house.han, Tab.ACCEPT) == []
    assert listed(house.han, Tab.DEPARTMENT) == [number]


def test_today_shows_the_part_to_take_and_the_part_to_do(house, published, asked):
    published(RULED, from_=TODAY)
    part = asked()
    (line,) = agenda.parts_that_wait(house.zhao, NOW)
    assert (str(line.verb), line.due_at, line.number) == ("Take the part", later(120), part.ticket.number)
    assert f"act=part-take&part={part.id}" in line.href
    parts.take(house.zhao, part.ticket, part, at=NOW)
    (line,) = agenda.parts_that_wait(house.zhao, NOW)
    assert (str(line.verb), line.due_at) == ("The part is done", later(120))
    assert list(agenda.parts_that_wait(house.han, NOW)) == []
    parts.finish(house.zhao, part.ticket, part, "好了。", 5, at=NOW)
    assert list(agenda.parts_that_wait(house.zhao, NOW)) == []


def test_whoever_has_a_part_notes_how_it_stands(house, asked):
    part = asked()
    with pytest.raises(NotAllowed):
        actions.note(house.zhao, part.ticket, "在查。", at=NOW)
    parts.take(house.zhao, part.ticket, part, at=NOW)
    actions.note(house.zhao, part.ticket, "在查，日志很大。", at=NOW)


def test_a_leaver_hands_their_parts_on(house, asked):
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=NOW)
    found = held.held_by([house.zhao.id])
    assert [(str(one.what), one.number) for one in found] == [("part of a ticket", part.ticket.number)]


@pytest.mark.attack(10, 16)
def test_the_merged_slices_give_what_one_plain_question_gives(house, worked):
    chance = random.Random(11)
    everybody = (house.li, house.wang, house.lin, house.luo, house.zhao, house.han, house.yu, house.mo, house.chen)
    for nth in range(24):
        ticket = worked(at=later(nth), routing="account")
        for where, doer in chance.sample([(house.tech, house.zhao), (house.market, house.yu)], k=chance.choice([1, 2])):
            part = parts.ask(house.li, ticket, where, WANTED, at=later(nth))
            match chance.choice(["ask", "refuse", "withdraw", "take", "drop", "do"]):
                case "refuse":
                    parts.refuse(doer, ticket, part, "不归我们", at=later(nth))
                case "withdraw":
                    parts.withdraw(house.li, ticket, part, "不用了", at=later(nth))
                case "take":
                    parts.take(doer, ticket, part, at=later(nth))
                case "drop":
                    parts.take(doer, ticket, part, at=later(nth))
                    parts.withdraw(house.li, ticket, part, "不用了", at=later(nth))
                case "do":
                    parts.take(doer, ticket, part, at=later(nth))
                    parts.finish(doer, ticket, part, "好了。", 5, at=later(nth))
        if not queries.open_parts(ticket.id) and chance.random() < 0.5:
            close(house.li, ticket)
    for who in everybody:
        assert set(every_page(who, Wanted(tab=Tab.ALL, sort=Sort.NEWEST))) == seen(who)
        still_open = {one.number for one in db.session.scalars(select(Ticket)) if one.ended_at is None}
        for sort in Sort:
            assert set(every_page(who, Wanted(tab=Tab.OPEN, sort=sort))) == seen(who) & still_open
        theirs = seen(who, Ticket.accountable_id == house.li.id, Ticket.ended_at.is_(None))
        assert set(every_page(who, Wanted(accountable=house.li.id))) == theirs
        for tab, count in counted(who, list(Tab)).items():
            assert count == len(every_page(who, Wanted(tab=tab, sort=SORTS[tab][0])))


def close(who, ticket):
    solve_and_tell(who, ticket, at=later(60))
    satisfied(who, ticket, at=later(60))
    actions.close(who, ticket, at=later(60))


def test_parts_of_tickets_that_have_ended_stand_apart_until_one_is_reopened(house, done):
    part = done()
    ticket, ended = part.ticket, select(TicketPart.ended)
    assert db.session.scalars(ended).all() == [False]
    close(house.li, ticket)
    assert db.session.scalars(ended).all() == [True]
    assert ticket.number in listed(house.zhao, Tab.ALL)
    assert ticket.number not in listed(house.zhao, Tab.OPEN)
    actions.reopen(house.li, ticket, "又断了", at=later(90))
    assert db.session.scalars(ended).all() == [False]
    assert ticket.number in listed(house.zhao, Tab.OPEN)


@pytest.mark.parametrize("tab", list(Tab))
def test_no_view_walks_through_every_part(demo, tab):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans are told in SQLite's words")
    who = reader("engineer")
    for sort in SORTS[tab]:
        for line in plan(lambda sort=sort: queries.queue(who, Wanted(tab=tab, sort=sort))):
            assert "SCAN ticket_part" not in line
            if "ticket_part" in line and tab is not Tab.ALL:
                assert re.search(r"\(ticket_id=\?|_id=\? AND ended=\?", line), line


# ── Who hears of it ──


def rung(who, minutes: int = 60) -> list[str]:
    bell.tell_the_news(later(minutes))
    return sorted(one.entry.name for one in notices.notices(who).rows if one.notice.about == "ticket")


def test_the_bell_tells_those_who_are_asked_and_those_who_asked(house, asked):
    part = asked()
    assert rung(house.zhao) == rung(house.han) == ["PartAsked"]
    assert rung(house.yu) == []
    parts.take(house.zhao, part.ticket, part, at=later(1))
    parts.finish(house.zhao, part.ticket, part, "好了。", 5, at=later(9))
    assert rung(house.li) == ["PartDone", "PartTaken"]
    parts.send_back(house.li, part.ticket, part, "不够", at=NOW)
    assert "PartSentBack" in rung(house.zhao)


def test_a_refusal_is_told_to_whoever_asked_and_a_withdrawal_to_whoever_had_it(house, asked):
    part = asked()
    parts.refuse(house.han, part.ticket, part, "不归我们", at=NOW)
    assert rung(house.li) == ["PartRefused"]
    other = asked(title="另一件")
    parts.take(house.zhao, other.ticket, other, at=NOW)
    parts.withdraw(house.li, other.ticket, other, "不用了", at=NOW)
    assert "PartWithdrawn" in rung(house.zhao)
    assert rung(house.han) == []  # of neither they see anything any more


@pytest.mark.rule("TKT-030")
def test_a_limit_of_a_part_is_told_to_whoever_has_it_to_their_head_and_to_whoever_leads_the_ticket(
    house, published, asked
):
    published(RULED, from_=TODAY)
    part = asked()
    parts.take(house.zhao, part.ticket, part, at=later(1))
    jobs.keep_limits(later(100))
    jobs.keep_limits(later(121))
    for who in (house.zhao, house.han, house.li):
        assert {"LimitNear", "LimitMissed"} <= set(rung(who, 121)), who.name
    assert rung(house.yu) == []


# ── Complaints ──


@pytest.mark.rule("TKT-042")
@pytest.mark.parametrize("form_first", [True, False])
def test_a_department_that_took_a_part_is_concerned_and_signs(house, published, worked, form_first):
    published({"complaints.signed_before_closing": "yes"}, from_=TODAY)
    ticket = worked(kind="complaint")

    def fill():
        complaints.fill_form(house.li, ticket, cause="干扰", wanted="修好", at=NOW)

    if form_first:
        fill()
    part = parts.ask(house.li, ticket, house.tech, WANTED, at=NOW)
    asked_only = {one.department_id for one in queries.concerned(ticket.id)}
    assert house.tech.id not in asked_only
    parts.take(house.zhao, part.ticket, part, at=NOW)
    parts.finish(house.zhao, part.ticket, part, "换了信道。", 20, at=NOW)
    if not form_first:
        fill()
    assert {one.department_id for one in queries.concerned(ticket.id)} == {house.desk.id, house.tech.id}
    solve_and_tell(house.li, ticket)
    satisfied(house.li, ticket)
    complaints.conclude(house.li, ticket, upheld=True, evidence="日志", conclusion="属实", at=NOW)
    with pytest.raises(Refused, match="Not signed yet"):
        actions.close(house.li, ticket, at=NOW)
    with pytest.raises(NotAllowed):
        sign(house.wang, ticket, house.tech)
    sign(house.zhao, ticket, house.tech)  # whoever did the part, as well as the head
    sign(house.lin, ticket, house.desk)
    actions.close(house.li, ticket, at=NOW)
    assert ticket.state is State.CLOSED


def sign(who, ticket, department):
    complaints.sign_part(who, ticket, department, Confirmation(who.id, Method.PIN, NOW), at=NOW)


@pytest.mark.rule("TKT-042")
def test_whoever_took_a_part_and_did_not_do_it_signs_nothing(house, worked):
    ticket = worked(kind="complaint")
    complaints.fill_form(house.li, ticket, cause="干扰", wanted="修好", at=NOW)
    part = parts.ask(house.li, ticket, house.tech, WANTED, at=NOW)
    parts.take(house.zhao, part.ticket, part, at=NOW)
    assert not complaints.may_sign(house.zhao, ticket, house.tech.id)
    assert complaints.may_sign(house.han, ticket, house.tech.id)


@pytest.mark.rule("TKT-029", "V-21")
def test_what_is_stuck_between_departments_still_goes_up_to_the_committee(house, asked):
    part = asked()
    parts.refuse(house.zhao, part.ticket, part, "不归我们", at=NOW)
    who, made = house.li, None
    while made is None or made.to_id is not None:
        made = actions.escalate(who, part.ticket, "两个部门都说不归自己。", at=NOW)
        who = people.staff_with_id(made.to_id, NOW) if made.to_id else who
    assert made.to_name == house.committee.names["zh-CN"]
    actions.decide_above(house.chen, part.ticket, "技术部办，市场部配合。", at=later(9))
    assert parts.ask(house.li, part.ticket, house.tech, "按委员会决定办理。", at=later(10)).nth == 2


# ── On the page ──


def ticket_called(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


@pytest.mark.parametrize("name", ["agent", "engineer", "technician"])
@pytest.mark.parametrize("act", ["", "?act=part", "?act=part-withdraw", "?act=part-send-back", "?act=part-give-back"])
def test_a_ticket_with_parts_asks_the_database_ten_times_at_most(demo, browser, name, act):
    assert statements(browser.sign_in(name), f"/tickets/{ticket_called(MANY_HANDS).number}{act}") <= 10


MANY_HANDS = "来了两次都没修好，晚上照样断线"


def test_the_page_shows_each_part_with_its_department_person_state_limit_and_reply(demo, browser):
    ticket = ticket_called(MANY_HANDS)
    page = browser.sign_in("agent").get(f"/tickets/{ticket.number}")
    first, second = page.soup.select(".parts > li")
    assert "安装维修部" in first.text
    assert "陈刚" in first.text
    assert "done" in first.text
    reply = next(one for one in first.select("a") if "25 minutes" in one.text)
    assert "水晶头" in page.soup.select_one(reply["href"]).text
    assert "技术支持组" in second.text
    assert "under way" in second.text
    assert second.select(".clock .because summary")
    assert page.soup.select(".next-step form[action$='/resolve']") == []


def test_the_engineer_does_the_part_from_today_on(demo, browser):
    ticket = ticket_called(MANY_HANDS)
    page = browser.sign_in("engineer").get("/")
    link = next(one for one in page.soup.select("a[href*='act=part-finish']") if ticket.number in one["href"])
    page = browser.get(link["href"].partition("#")[0])
    form = page.form("/part-finish")
    for minutes in ("", "半小时", "0", "1.5", "99999"):
        sent = {**form, "reply": "邻频干扰。", "minutes": minutes}
        again = browser.post(f"/tickets/{ticket.number}/part-finish", sent, expect=422)
        assert again.form("/part-finish")["reply"] == "邻频干扰。"
        assert "from 1 to" in again.text or "how many minutes" in again.text
    browser.post(f"/tickets/{ticket.number}/part-finish", {**form, "reply": "邻频干扰。", "minutes": "35"})
    db.session.expire_all()
    assert [one.minutes for one in parts.parts_of(ticket.id)] == [25, 35]


@pytest.mark.attack(11)
def test_a_part_of_another_ticket_is_not_there(demo, browser):
    ticket, other = ticket_called(MANY_HANDS), ticket_called("停机保号之后云盘也打不开了")
    part = parts.parts_of(other.id)[0]
    browser.sign_in("engineer")
    number, other_id = ticket.number, part.id
    for act, more in (
        ("part-take", {}),
        ("part-refuse", {"reason": "x"}),
        ("part-finish", {"reply": "x", "minutes": 1}),
    ):
        for value in (other_id, 0, "x", 10**12):
            browser.post(f"/tickets/{number}/{act}", {"part": str(value), **more}, expect=404)
    db.session.expire_all()
    assert db.session.get_one(TicketPart, other_id).state is S.ASKED


@pytest.mark.attack(13)
def test_a_form_that_is_bent_asks_for_nothing(demo, browser):
    ticket = ticket_called(MANY_HANDS)
    number = ticket.number
    page = browser.sign_in("agent").get(f"/tickets/{number}?act=part")
    form = page.form("/part")
    lead = f"{ticket.department_id}"
    assert lead not in [one["value"] for one in page.soup.select("#askpart-to option")]
    browser.post(f"/tickets/{number}/part", {**form, "to": lead, "wanted": "x"}, expect=422)
    browser.post(f"/tickets/{number}/part", {**form, "to": "99999", "wanted": "x"}, expect=404)
    again = browser.post(f"/tickets/{number}/part", {**form, "to": "", "wanted": "请看日志"}, expect=422)
    assert again.form("/part")["wanted"] == "请看日志"
    assert len(parts.parts_of(ticket.id)) == 2
