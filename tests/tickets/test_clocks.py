"""Clocks of tickets, rule by rule: when they start, what meets them, and what is kept when they pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from portal.calendar import actions as calendar
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.calendar import WorkingHours, parse_spans
from portal.kernel.errors import OutOfDate, Refused
from portal.tickets import actions, jobs, queries, rules, story
from portal.tickets.clocks import running
from portal.tickets.models import Ticket, TicketClock
from portal.tickets.states import BreachKind, Channel, ClockKind, EntryKind, Impact, Urgency
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, later, satisfied, solve_and_tell

C = ClockKind
URGENT = {"impact": Impact.MANY, "urgency": Urgency.NOW}


def due(ticket, kind):
    """In minutes after the moment of the tests, or None."""
    clock = running(ticket).get(kind)
    return None if clock is None or clock.due_at is None else (clock.due_at - NOW) / timedelta(minutes=1)


def kept(ticket):
    return [(one.kind, one.moment) for one in queries.breaches(ticket.id)]


def clocks(ticket, kind):
    return [one for one in queries.clocks(ticket.id) if one.kind is kind]


# ── By ruleset ──


@pytest.mark.rule("TKT-028", "TKT-031", "TKT-033", "V-03")
@pytest.mark.parametrize(
    ("matter", "minutes"),
    [
        (URGENT, 10),
        ({}, 24 * 60),
        ({"channel": Channel.MAIL}, 48 * 60),
        ({"channel": Channel.MAIL, **URGENT}, 10),
        ({"kind": "suggestion"}, 72 * 60),
        ({"kind": "suggestion", "channel": Channel.MAIL, **URGENT}, 72 * 60),
    ],
)
def test_the_first_response_is_limited_by_kind_priority_and_channel(opened, published, matter, minutes):
    ruling = "kind=suggestion: 3 days; priority=urgent: 10 minutes; channel=mail: 48 hours; otherwise: 24 hours"
    published({"tickets.first_response": ruling.replace("3 days", "72 hours")}, from_=TODAY)
    assert due(opened(**matter), C.RESPONSE) == minutes


@pytest.mark.rule("V-03")
def test_a_departments_own_manual_comes_before_the_companys(house, opened, published, manual):
    published({"tickets.first_response": "otherwise: 24 hours"}, from_=TODAY)
    published({"tickets.first_response": "otherwise: 1 hour"}, from_=TODAY, of=manual("TS-09", house.tech))
    assert due(opened(house.li), C.RESPONSE) == 24 * 60
    assert due(opened(house.zhao), C.RESPONSE) == 60


@pytest.mark.rule("TKT-028", "TKT-031")
@pytest.mark.parametrize(("minutes", "breached"), [(10, False), (10.1, True)])
def test_an_urgent_request_is_answered_within_ten_minutes_of_the_request(house, worked, published, minutes, breached):
    published({"tickets.first_response": "priority=urgent: 10 minutes"}, from_=TODAY)
    ticket = worked(**URGENT)
    actions.reply(house.li, ticket, "您好，师傅马上出发。", channel=Channel.TELEPHONE, at=later(minutes))
    assert kept(ticket) == ([(BreachKind.LATE_RESPONSE, later(10))] if breached else [])


@pytest.mark.rule("TKT-033")
@pytest.mark.parametrize(("minutes", "breached"), [(24 * 60, False), (24 * 60 + 1, True)])
def test_ordinary_service_is_finished_within_twenty_four_hours(house, worked, published, minutes, breached):
    published({"tickets.solve_within": "otherwise: 24 hours"}, from_=TODAY)
    ticket = worked()
    actions.resolve(house.li, ticket, "换了电源。", at=later(minutes))
    assert kept(ticket) == ([(BreachKind.LATE_SOLUTION, later(24 * 60))] if breached else [])


# ── What meets them ──


@pytest.mark.rule("TKT-028")
def test_the_first_response_is_stored_once_with_who_gave_it_and_how_and_names_the_day(house, worked, published):
    published({"tickets.first_response": "otherwise: 24 hours", "tickets.promise_stands": "yes"}, from_=TODAY)
    ticket = worked()
    day = TODAY + timedelta(days=2)
    actions.reply(house.li, ticket, "已收到，周三前解决。", channel=Channel.MAIL, solved_by=day, at=later(5))
    actions.reply(house.wang, ticket, "补充一句。", channel=Channel.MAIL, at=later(9))
    (clock,) = clocks(ticket, C.RESPONSE)
    assert (clock.met_at, clock.met_by, clock.met_with) == (later(5), "Li", EntryKind.REPLY)
    assert (ticket.first_response_at, ticket.first_response_by, ticket.promised_on) == (later(5), "Li", day)
    (fact,) = [one for one in journal.of("ticket", ticket.id) if one.name == "FirstResponseGiven"]
    letters = {one.id: one.body for one in queries.entries(ticket.id, inside=False)}
    assert letters[fact.facts["entry_id"]] == "已收到，周三前解决。"


@pytest.mark.rule("TKT-028")
@pytest.mark.attack(42)
@pytest.mark.parametrize("change", ["first_response_at = NULL", "first_response_by = 'x'"])
def test_no_statement_changes_a_first_response(house, worked, change):
    ticket = worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(5))
    with pytest.raises(Exception, match="never changed"):
        db.session.execute(text(f"UPDATE ticket SET {change} WHERE id = {ticket.id}"))
    db.session.rollback()


@pytest.mark.rule("TKT-028")
def test_a_note_or_silence_is_no_first_response(house, worked, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    ticket = worked()
    actions.note(house.li, ticket, "已经联系。", at=later(5))
    assert C.RESPONSE in running(ticket)
    assert jobs.keep_limits(later(11)) == 1


def test_the_customer_hears_from_us_again_and_again_until_it_is_solved(house, worked, published):
    published({"tickets.update_every": "otherwise: 2 hours"}, from_=TODAY)
    ticket = worked()
    assert due(ticket, C.UPDATE) is None  # the first response comes first
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(10))
    assert due(ticket, C.UPDATE) == 130
    actions.reply(house.li, ticket, "还在查。", channel=Channel.MAIL, at=later(100))
    assert due(ticket, C.UPDATE) == 220
    assert jobs.keep_limits(later(221)) == 1
    actions.resolve(house.li, ticket, "好了。", at=later(300))
    assert C.UPDATE not in running(ticket)
    assert kept(ticket) == [(BreachKind.LATE_UPDATE, later(220))]


@pytest.mark.rule("TKT-032")
@pytest.mark.parametrize(("minutes", "breached"), [(45, False), (46, True)])
def test_the_forty_five_minutes_to_the_spot_begin_with_the_request(house, worked, published, minutes, breached):
    """I-17: not with the answer, and not when it is known that somebody has to come."""
    published({"tickets.arrive_within": "priority=urgent: 45 minutes"}, from_=TODAY)
    ticket = worked(**URGENT)
    with pytest.raises(Refused, match="somebody has to come"):
        actions.arrive(house.li, ticket, at=later(5))
    actions.send_somebody(house.li, ticket, at=later(20))
    assert due(ticket, C.ARRIVAL) == 45
    actions.arrive(house.li, ticket, at=later(minutes))
    assert (ticket.arrived_at, ticket.arrived_by) == (later(minutes), "Li")
    assert kept(ticket) == ([(BreachKind.LATE_ARRIVAL, later(45))] if breached else [])
    with pytest.raises(OutOfDate, match="arrived already"):
        actions.arrive(house.li, ticket, at=later(60))


@pytest.mark.rule("TKT-032")
def test_what_is_not_urgent_has_no_minute_on_the_spot(house, worked, published):
    published({"tickets.arrive_within": "priority=urgent: 45 minutes"}, from_=TODAY)
    ticket = worked()
    actions.send_somebody(house.li, ticket, at=NOW)
    assert C.ARRIVAL not in running(ticket)


@pytest.mark.rule("TKT-034")
@pytest.mark.parametrize(("seconds", "late"), [(20, 0), (21, 1)])
def test_a_chat_waits_twenty_seconds_for_each_answer(house, worked, published, office_hours, seconds, late):
    """I-18: several messages in a row count from the first."""
    published({"tickets.chat_answer_within": "20 seconds"}, from_=TODAY)
    ticket = worked(channel=Channel.CHAT)
    actions.reply(house.li, ticket, "您好。", channel=Channel.CHAT, at=NOW + timedelta(seconds=5))
    actions.write_down(house.li, ticket, "在吗？", channel=Channel.CHAT, at=later(1))
    actions.write_down(house.li, ticket, "还在吗？", channel=Channel.CHAT, at=later(1.2))
    actions.reply(house.li, ticket, "在的，", channel=Channel.CHAT, at=later(1) + timedelta(seconds=seconds))
    found = queries.chat_answers(house.lin, NOW, later(60))
    assert (found.due, found.in_time, len(found.late)) == (2, 2 - late, late)
    assert rules.share_within(found.in_time, found.due) == (50 if late else 100)


@pytest.mark.rule("TKT-034")
def test_outside_staffed_hours_and_outside_the_chat_nobody_counts_seconds(house, opened, published, office_hours):
    published({"tickets.chat_answer_within": "20 seconds"}, from_=TODAY)
    at_night = NOW + timedelta(hours=10)
    assert C.CHAT not in running(opened(channel=Channel.CHAT, at=at_night))
    assert C.CHAT not in running(opened(channel=Channel.MAIL))
    assert C.CHAT in running(opened(channel=Channel.CHAT))


@pytest.mark.rule("TKT-036")
def test_where_support_is_there_round_the_clock_seconds_count_at_night_and_on_days_off(
    house, opened, published, office_hours
):
    """The calendar says when a desk is there; whether its roster covers that, the roster will ask (DUTY-030)."""
    published({"tickets.chat_answer_within": "20 seconds"}, from_=TODAY)
    sunday_night = datetime(2026, 10, 17, 19, tzinfo=UTC)
    assert C.CHAT not in running(opened(channel=Channel.CHAT, at=sunday_night))
    always = parse_spans("0:00-24:00")
    calendar.set_hours(PORTAL, house.desk, WorkingHours(TODAY, week=(always,) * 7, holiday=None), at=NOW)
    assert running(opened(channel=Channel.CHAT, at=sunday_night))[C.CHAT].due_at == sunday_night + timedelta(seconds=20)


@pytest.mark.rule("TKT-034")
@pytest.mark.attack(10, 16)
def test_the_share_of_chats_counts_what_the_reader_may_see(house, opened, published, office_hours):
    published({"tickets.chat_answer_within": "20 seconds"}, from_=TODAY)
    opened(channel=Channel.CHAT)
    jobs.keep_limits(later(5))
    assert queries.chat_answers(house.lin, NOW, later(60)).due == 1
    assert queries.chat_answers(house.yu, NOW, later(60)).due == 0
    assert queries.chat_answers(house.lin, later(1), later(60)).due == 0


@pytest.mark.rule("TKT-035")
def test_of_a_long_answer_the_first_part_alone_counts(house, worked, published, office_hours):
    published({"tickets.chat_answer_within": "20 seconds"}, from_=TODAY)
    ticket = worked(channel=Channel.CHAT)
    for seconds in (15, 60, 120):
        actions.reply(house.li, ticket, "分几段说。", channel=Channel.CHAT, at=NOW + timedelta(seconds=seconds))
    assert [one.met_at for one in clocks(ticket, C.CHAT)] == [NOW + timedelta(seconds=15)]
    assert kept(ticket) == []


@pytest.mark.rule("TKT-034")
@pytest.mark.attack(10)
def test_the_page_of_chats_says_the_share_and_lists_what_came_late(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets/chats")
    assert page.soup.select_one("dl.facts dd").text.endswith("%")
    rows = page.soup.select("table.list tbody tr")
    assert rows
    assert all(one.select_one(".because summary") for one in rows)
    assert not browser.sign_in("clerk").get("/tickets/chats").soup.select("table.list")
    browser.sign_in("hr").get("/tickets/chats", expect=403)
    browser.sign_in("supervisor").get("/tickets/chats?quarter=x", expect=400)


# ── Promised ──


@pytest.mark.rule("TKT-028")
@pytest.mark.parametrize(("minutes_after_midnight", "breached"), [(0, False), (1, True)])
def test_a_promised_day_ends_at_midnight(house, worked, published, minutes_after_midnight, breached):
    published({"tickets.promise_stands": "yes"}, from_=TODAY)
    ticket = worked()
    actions.reply(house.li, ticket, "周三前解决。", channel=Channel.MAIL, solved_by=date(2026, 10, 14), at=NOW)
    midnight = NOW + timedelta(days=2, hours=14)  # 24:00 of 14 October in the office
    actions.resolve(house.li, ticket, "好了。", at=midnight + timedelta(minutes=minutes_after_midnight))
    assert kept(ticket) == ([(BreachKind.PROMISE_BROKEN, midnight)] if breached else [])


def test_a_day_is_promised_once_and_never_one_that_is_over(house, worked, published):
    published({"tickets.promise_stands": "yes"}, from_=TODAY)
    ticket = worked()
    with pytest.raises(Refused, match="today or a later day"):
        actions.reply(house.li, ticket, "昨天。", channel=Channel.MAIL, solved_by=TODAY - timedelta(days=1), at=NOW)
    assert ticket.first_response_at is None
    actions.reply(house.li, ticket, "今天。", channel=Channel.MAIL, solved_by=TODAY, at=NOW)
    with pytest.raises(OutOfDate, match="promised to the customer already"):
        actions.reply(house.li, ticket, "明天。", channel=Channel.MAIL, solved_by=TODAY + timedelta(days=1), at=NOW)


# ── Departments ──


@pytest.mark.rule("TKT-030")
def test_an_accepted_transfer_starts_the_departments_own_clock_and_never_the_customers(
    house, opened, published, manual
):
    published({"tickets.solve_within": "otherwise: 24 hours"}, from_=TODAY)
    own = {"tickets.department_within": "otherwise: 2 hours", "tickets.solve_within": "otherwise: 1 hour"}
    published(own, from_=TODAY, of=manual("TS-09", house.tech))
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    assert C.DEPARTMENT not in running(ticket)  # an offer is no transfer
    actions.accept(house.zhao, ticket, at=later(30))
    assert due(ticket, C.DEPARTMENT) == 150
    assert due(ticket, C.SOLUTION) == 24 * 60
    actions.rank(house.zhao, ticket, reason="整层断网", at=later(40), **URGENT)
    assert due(ticket, C.SOLUTION) == 24 * 60  # still by the ruling of the desk that had it when the clock started


@pytest.mark.rule("TKT-030")
@pytest.mark.parametrize(("minutes", "breached"), [(120, False), (121, True)])
@pytest.mark.parametrize("how", ["note", "reply", "resolve"])
def test_a_department_that_was_asked_solves_or_reports_in_its_time(house, opened, published, minutes, breached, how):
    published({"tickets.department_within": "otherwise: 2 hours"}, from_=TODAY)
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    actions.note(house.li, ticket, "催了一次。", at=later(60))  # the desk's own words are no report of the department
    match how:
        case "note":
            actions.note(house.zhao, ticket, "在等备件，明天到。", at=later(minutes))
        case "reply":
            actions.reply(house.zhao, ticket, "备件明天到。", channel=Channel.MAIL, at=later(minutes))
        case "resolve":
            actions.resolve(house.zhao, ticket, "换了。", at=later(minutes))
    assert kept(ticket) == ([(BreachKind.LATE_DEPARTMENT, later(120))] if breached else [])


@pytest.mark.rule("TKT-030")
def test_the_breach_of_a_department_is_held_against_the_department(house, opened, published):
    published({"tickets.department_within": "otherwise: 2 hours"}, from_=TODAY)
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    jobs.keep_limits(later(121))
    (breach,) = queries.breaches(ticket.id)
    assert (breach.person_id, breach.person_name, breach.department_id) == (None, "TECH", house.tech.id)
    (clock,) = story.clocks(queries.clocks(ticket.id), later(121), inside=True)
    assert "TECH" in str(clock.label)
    assert story.clocks(queries.clocks(ticket.id), later(121), inside=False) == []


@pytest.mark.rule("TKT-030")
def test_a_matter_that_goes_on_leaves_the_clock_of_the_first_department_behind(house, opened, published):
    published({"tickets.department_within": "otherwise: 2 hours"}, from_=TODAY)
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    actions.offer(house.zhao, ticket, house.market, at=later(10))
    actions.accept(house.yu, ticket, at=later(20))
    assert due(ticket, C.DEPARTMENT) == 140
    actions.offer(house.yu, ticket, house.desk, at=later(30))
    actions.accept(house.wang, ticket, at=later(40))
    assert C.DEPARTMENT not in running(ticket)
    assert [(one.department, one.ended_at) for one in clocks(ticket, C.DEPARTMENT)] == [
        ("TECH", later(20)),
        ("MKT", later(40)),
    ]


@pytest.mark.attack(43)
def test_a_clock_keeps_the_version_and_the_department_of_the_day_on_which_it_started(house, opened, published, manual):
    published({"tickets.solve_within": "otherwise: 24 hours"}, from_=TODAY)
    elsewhere = manual("TS-09", house.tech)
    published({"tickets.solve_within": "otherwise: 1 hour"}, from_=TODAY, of=elsewhere)
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    published({"tickets.solve_within": "otherwise: 5 minutes"}, from_=TODAY + timedelta(days=1))
    actions.rank(house.zhao, ticket, reason="整层断网", at=NOW + timedelta(days=1, hours=3), **URGENT)
    (clock,) = clocks(ticket, C.SOLUTION)
    assert clock.due_at == NOW + timedelta(hours=24)
    assert (clock.because.manual, clock.because.version) == ("KF-01", "1.0")


# ── What time brings ──


@pytest.mark.rule("TKT-012")
@pytest.mark.attack(33)
def test_a_worker_that_was_down_for_eight_hours_finds_each_breach_at_its_true_moment_once(house, worked, published):
    published({"tickets.first_response": "priority=urgent: 10 minutes; otherwise: 4 hours"}, from_=TODAY)
    tickets = [worked(at=later(20 * place), **(URGENT if place % 2 else {})) for place in range(6)]
    with time_machine.travel(NOW + timedelta(hours=8), tick=False):
        assert jobs.keep_limits(NOW + timedelta(hours=8)) == 6
        assert jobs.keep_limits(NOW + timedelta(hours=8)) == 0
        assert jobs.keep_limits(NOW + timedelta(hours=9)) == 0
    for place, ticket in enumerate(tickets):
        limit = later(20 * place + (10 if place % 2 else 240))
        assert kept(ticket) == [(BreachKind.LATE_RESPONSE, limit)]
        facts = [one for one in journal.of("ticket", ticket.id) if one.name == "LimitMissed"]
        assert [one.event().moment for one in facts] == [limit]
    assert "LimitNear" not in journal.names("ticket")  # nobody is warned of what has passed: no storm


@pytest.mark.attack(33)
def test_what_was_done_too_late_while_the_worker_was_down_is_a_breach_all_the_same(house, worked, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    ticket = worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(30))
    assert jobs.keep_limits(later(480)) == 0
    assert kept(ticket) == [(BreachKind.LATE_RESPONSE, later(10))]


@pytest.mark.attack(33)
def test_more_than_a_slice_is_caught_up_in_one_sweep(house, opened, published, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE", 2)
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    for _one in range(5):
        opened()
    assert jobs.keep_limits(later(11)) == 5


@pytest.mark.attack(27)
def test_a_ticket_on_which_somebody_acts_is_left_to_the_next_sweep(house, opened, published):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    busy, free = opened(), opened()
    busy_id = busy.id
    db.session.rollback()
    with db.engine.begin() as somebody:
        somebody.execute(select(Ticket.id).where(Ticket.id == busy_id).with_for_update(key_share=True))
        assert jobs.keep_limits(later(11)) == 1
    assert kept(free) == [(BreachKind.LATE_RESPONSE, later(10))]
    assert jobs.keep_limits(later(12)) == 1
    assert kept(busy) == [(BreachKind.LATE_RESPONSE, later(10))]


@pytest.mark.parametrize(("minutes", "warned"), [(75, False), (75.1, True), (100, True)])
def test_before_a_limit_passes_it_is_said_once_that_it_is_near(house, worked, published, minutes, warned):
    published({"tickets.solve_within": "otherwise: 100 minutes"}, from_=TODAY)
    ticket = worked()
    for _sweep in range(2):
        jobs.keep_limits(later(minutes))
    names = [one.name for one in journal.of("ticket", ticket.id)]
    assert names.count("LimitNear") == warned


# ── Pauses ──


def test_a_pause_has_a_reason_and_an_actor(house, worked):
    ticket = worked()
    actions.wait_for_customer(house.li, ticket, "等照片", at=NOW)
    actions.resume(house.wang, ticket, at=later(20))
    (pause,) = queries.pauses(ticket.id)
    assert (pause.reason, pause.by_name, pause.from_at, pause.to_at) == ("等照片", "Li", NOW, later(20))


@pytest.mark.attack(34)
def test_a_pause_longer_than_the_limit_moves_it_and_what_was_asked_of_us_runs_on(house, worked, published):
    published(
        {"tickets.solve_within": "otherwise: 2 hours", "tickets.first_response": "otherwise: 1 hour"}, from_=TODAY
    )
    ticket = worked()
    actions.wait_for_customer(house.li, ticket, "等照片", at=later(30))
    with pytest.raises(OutOfDate):
        actions.wait_for_customer(house.li, ticket, "再等", at=later(31))  # a pause is not opened twice
    assert due(ticket, C.SOLUTION) is None
    assert jobs.keep_limits(later(600)) == 1  # the first response alone
    actions.resume(house.li, ticket, at=later(600))
    assert due(ticket, C.SOLUTION) == 690
    assert kept(ticket) == [(BreachKind.LATE_RESPONSE, later(60))]


@pytest.mark.attack(34)
def test_two_pauses_at_once_are_refused_by_the_database_too(house, worked):
    ticket = worked()
    actions.wait_for_customer(house.li, ticket, "等照片", at=NOW)
    with pytest.raises(Exception, match=r"(?i)unique"):
        by_hand(
            "INSERT INTO ticket_pause (ticket_id, from_at, reason, by_name) VALUES (:id, :at, 'x', '')",
            id=ticket.id, at=NOW.replace(tzinfo=None),
        )  # fmt: skip
    db.session.rollback()


@pytest.mark.attack(34)
def test_without_working_hours_or_with_them_taken_away_no_limit_is_reckoned_and_none_is_lost(
    house, opened, published, office_hours
):
    published({"tickets.solve_within": "otherwise: 2 working hours"}, from_=TODAY)
    ticket = opened()
    assert due(ticket, C.SOLUTION) == 120
    office_hours("")
    assert jobs.keep_limits(later(60)) == 0
    assert due(ticket, C.SOLUTION) == 120  # what was said stays said
    assert C.SOLUTION not in running(opened())
    assert jobs.keep_limits(later(121)) == 1


@pytest.mark.attack(34)
def test_reopened_after_a_breach_a_new_clock_runs_and_the_breach_stays(house, worked, published):
    published({"tickets.solve_within": "otherwise: 2 hours"}, from_=TODAY)
    ticket = worked()
    jobs.keep_limits(later(121))
    solve_and_tell(house.li, ticket, at=later(130))
    satisfied(house.li, ticket, at=later(140))
    actions.close(house.li, ticket, at=later(150))
    assert running(ticket) == {}
    actions.reopen(house.li, ticket, "又坏了。", at=later(1000))
    assert due(ticket, C.SOLUTION) == 1120
    assert kept(ticket) == [(BreachKind.LATE_SOLUTION, later(120))]


@pytest.mark.attack(32, 34)
def test_what_has_passed_is_not_moved_by_a_later_rank(house, worked, published):
    published({"tickets.solve_within": "priority=urgent: 1 hour; otherwise: 2 hours"}, from_=TODAY)
    ticket = worked(**URGENT)
    jobs.keep_limits(later(61))
    actions.rank(house.li, ticket, impact=Impact.ONE, urgency=Urgency.CAN_WAIT, reason="没那么急", at=later(70))
    assert due(ticket, C.SOLUTION) == 60
    jobs.keep_limits(later(500))
    assert kept(ticket) == [(BreachKind.LATE_SOLUTION, later(60))]


# ── Ends ──


def test_a_voided_ticket_has_missed_nothing_and_a_given_up_one_what_it_had_missed(house, worked, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    voided = worked()
    actions.void(house.lin, voided, "重复登记", at=later(30))
    assert (running(voided), kept(voided)) == ({}, [])
    assert jobs.keep_limits(later(60)) == 0


def test_of_each_kind_one_clock_runs(house, worked, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    ticket = worked()
    (clock,) = clocks(ticket, C.RESPONSE)
    with pytest.raises(Exception, match=r"(?i)unique"):
        by_hand(
            "INSERT INTO ticket_clock (ticket_id, kind, department_id, department, started_at, met_by, version) "
            "VALUES (:id, 'first response', :unit, '', :at, '', 1)",
            id=ticket.id, unit=clock.department_id, at=NOW.replace(tzinfo=None),
        )  # fmt: skip
    db.session.rollback()


def test_the_queue_shows_what_is_due_next(house, opened, published):
    published({"tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours"}, from_=TODAY)
    first, second, third = opened(), opened(at=later(1), **URGENT), opened(at=later(2))
    rows = queries.queue(house.li, queries.Wanted(sort=queries.Sort.CLOCK)).rows
    assert [row.number for row in rows] == [second.number, first.number, third.number]
    assert [row.due_at for row in rows] == [later(11), later(1440), later(1442)]


def test_no_clock_of_the_demo_runs_on_after_its_ticket(demo):
    ended = select(TicketClock.id).join(Ticket, Ticket.id == TicketClock.ticket_id).where(
        Ticket.ended_at.is_not(None), TicketClock.met_at.is_(None), TicketClock.ended_at.is_(None)
    )  # fmt: skip
    assert db.session.scalars(ended).all() == []
