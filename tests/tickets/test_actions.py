"""What people do with tickets, rule by rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from portal.customers import queries as customers
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.tickets import actions, jobs, queries
from portal.tickets.clocks import running
from portal.tickets.models import NEVER, CallBack, Ticket
from portal.tickets.rules import Warned
from portal.tickets.states import (
    BreachKind,
    Channel,
    ClockKind,
    EntryKind,
    Impact,
    Kind,
    Level,
    OfferState,
    Priority,
    Satisfaction,
    State,
    Urgency,
)
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import again, by_hand, later, person_of, satisfied, solve_and_tell

S = State
ACCOUNT = {"kind": "incident", "routing": "account", "impact": Impact.ONE, "urgency": Urgency.TODAY}


# ── Intake ──


@pytest.mark.rule("TKT-001")
@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_matter_can_be_taken_down(opened, kind):
    assert opened(kind=kind.value).kind == kind


@pytest.mark.rule("TKT-001")
def test_a_kind_that_no_list_knows_is_refused(opened):
    with pytest.raises(Refused, match="kind of matter"):
        opened(kind="gossip")


@pytest.mark.rule("TKT-002", "TKT-017")
@pytest.mark.parametrize("channel", list(Channel))
def test_each_way_in_is_kept_and_leads_to_one_number(opened, channel):
    ticket = opened(channel=channel)
    assert ticket.channel is channel
    assert ticket.number.startswith("T-2026-")


@pytest.mark.rule("TKT-004")
@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [({"customer": None}, "who it is"), ({"title": "  "}, "in one line"), ({"body": "\n"}, "what the problem is")],
)
def test_who_what_and_the_problem_are_written_down(opened, lacking, sentence):
    with pytest.raises(Refused, match=sentence):
        opened(**lacking)


def test_a_caller_may_keep_their_name_to_themselves(opened):
    ticket = opened(customer=None, anonymous=True)
    assert ticket.anonymous
    assert ticket.caller_name == ""


@pytest.mark.rule("TKT-005", "TKT-016")
def test_any_colleague_may_pass_on_what_a_customer_needs_and_it_goes_where_it_belongs(house, opened):
    ticket = opened(house.mo, routing="account")
    assert ticket.state is S.NEW  # sorting is the desk's
    assert ticket.department_id == house.desk.id
    assert ticket in _seen(house.li)
    assert ticket in _seen(house.mo)


@pytest.mark.rule("TKT-016")
def test_without_a_department_in_charge_nobody_passes_anything_on(house, opened):
    with pytest.raises(Refused, match="department in charge"):
        opened(house.mo, routing="")


@pytest.mark.rule("TKT-006")
def test_who_hears_of_it_first_stays_accountable_through_every_hand(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    actions.offer(house.zhao, ticket, house.tech, person_of(house.han), at=NOW)
    actions.accept(house.han, ticket, at=NOW)
    assert ticket.accountable_id == house.li.id
    assert ticket.accountable_name == "Li"
    assert ticket.assignee_id == house.han.id


@pytest.mark.rule("TKT-006")
@pytest.mark.attack(42)
def test_no_statement_changes_who_is_accountable(house, opened):
    ticket = opened(house.li)
    ticket_id = ticket.id
    for change in (
        f"accountable_id = {house.wang.id}",
        "accountable_id = NULL, accountable_name = ''",
        "accountable_name = 'x'",
    ):
        with pytest.raises(Exception, match="never changed"):
            db.session.execute(text(f"UPDATE ticket SET {change} WHERE id = {ticket_id}"))
        db.session.rollback()
    assert db.session.get_one(Ticket, ticket_id).accountable_id == house.li.id


@pytest.mark.rule("TKT-006")
def test_ones_own_request_is_heard_by_whoever_deals_with_it_first(house, opened):
    ticket = opened(house.mo, customer=None, requester=person_of(house.mo), routing="account")
    assert ticket.accountable_id is None
    actions.triage(
        house.wang, ticket, kind="incident", routing="account", impact=Impact.ONE, urgency=Urgency.TODAY, at=NOW
    )
    assert ticket.accountable_id == house.wang.id


@pytest.mark.attack(44)
def test_names_are_those_of_the_day(house, worked):
    ticket = worked()
    actions.note(house.li, ticket, "电话里确认了型号。", at=NOW)
    by_hand("UPDATE person SET name = 'Li-Smith' WHERE id = :id", id=house.li.id)
    by_hand("UPDATE department SET names = :names WHERE id = :id", names='{"zh-CN": "新名字"}', id=house.desk.id)
    assert ticket.accountable_name == "Li"
    (note,) = [one for one in queries.entries(ticket.id, inside=True) if one.kind is EntryKind.NOTE]
    assert (note.author_name, note.author_department) == ("Li", "DESK")
    assert queries.transfers(ticket.id)[0].to_department == "DESK"
    assert journal.of("ticket", ticket.id)[0].actor_department == "DESK"


@pytest.mark.rule("TKT-021")
def test_a_visitor_is_written_into_the_register_and_joined_to_the_ticket(house, opened):
    ticket = opened(channel=Channel.VISIT, received_at=NOW - timedelta(minutes=10))
    (visit,) = customers.visits(house.li).rows
    assert (visit.visitor, visit.purpose, visit.came_at, visit.receiver_id, visit.ticket_number) == (
        "高女士", ticket.title, NOW - timedelta(minutes=10), house.li.id, ticket.number,
    )  # fmt: skip


@pytest.mark.attack(29)
def test_the_same_form_sent_twice_makes_one_ticket(opened):
    opened(key="k1")
    with pytest.raises(OutOfDate):
        opened(key="k1")
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_nothing_is_received_in_the_future(opened):
    with pytest.raises(Refused, match="future"):
        opened(received_at=later(1))


@pytest.mark.rule("TKT-015", "TKT-059")
def test_nothing_is_handed_out_before_it_is_sorted(house, opened):
    ticket = opened(routing="")
    assert ticket.state is S.NEW
    with pytest.raises(OutOfDate):
        actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    actions.triage(house.li, ticket, kind="repair", routing="software", impact=Impact.ONE, urgency=Urgency.NOW, at=NOW)
    assert ticket.state is S.TRIAGED
    assert ticket.priority == Priority.HIGH


@pytest.mark.rule("TKT-015")
def test_sorting_needs_a_type(house, opened):
    ticket = opened(routing="")
    with pytest.raises(Refused, match="what it is about"):
        actions.triage(house.li, ticket, kind="repair", routing="", impact=Impact.ONE, urgency=Urgency.NOW, at=NOW)


# ── Rank ──


@pytest.mark.rule("TKT-020")
def test_urgent_ones_start_the_emergency_and_go_to_the_head_of_the_queue(house, opened, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    waiting = opened(at=NOW)
    urgent = opened(impact=Impact.MANY, urgency=Urgency.NOW, at=later(30))
    rows = queries.queue(house.li, queries.Wanted()).rows
    assert [row.number for row in rows] == [urgent.number, waiting.number]
    assert "EmergencyStarted" in journal.names("ticket")
    actions.rank(house.li, waiting, impact=Impact.MANY, urgency=Urgency.TODAY, reason="停电", at=later(31))
    assert journal.names("ticket").count("EmergencyStarted") == 2


# ── Offers ──


@pytest.mark.rule("TKT-007", "TKT-059")
def test_an_offer_counts_when_it_is_accepted_and_silence_is_not_acceptance(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), note="请看日志", at=NOW)
    assert ticket.state is S.ASSIGNED
    assert ticket.assignee_id is None
    assert ticket.department_id == house.desk.id  # still ours
    assert queries.pending_transfer(ticket.id).offered_at == NOW
    with pytest.raises(NotAllowed):
        actions.resolve(house.zhao, ticket, "好了", at=NOW)
    actions.accept(house.zhao, ticket, at=later(5))
    assert (ticket.state, ticket.assignee_id, ticket.department_id) == (S.IN_PROGRESS, house.zhao.id, house.tech.id)


@pytest.mark.rule("TKT-007")
def test_what_was_handed_on_stays_on_the_first_receivers_list(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    following = queries.queue(house.li, queries.Wanted(tab=queries.Tab.FOLLOWING)).rows
    assert [row.number for row in following] == [ticket.number]


def test_an_offer_is_refused_with_a_reason_and_the_search_goes_on(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    with pytest.raises(Refused, match="few words"):
        actions.refuse_offer(house.zhao, ticket, " ", at=NOW)
    actions.refuse_offer(house.zhao, ticket, "这属于固件组。", at=NOW)
    assert ticket.state is S.TRIAGED
    (link,) = queries.transfers(ticket.id)
    assert (link.state, link.answer, link.answered_by_name) == (OfferState.REFUSED, "这属于固件组。", "Zhao")
    actions.offer(house.li, ticket, house.tech, person_of(house.han), at=NOW)
    assert ticket.offered_to_id == house.han.id


def test_whoever_works_on_it_keeps_it_until_the_next_one_accepts(house, worked):
    ticket = worked()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    assert (ticket.state, ticket.assignee_id) == (S.IN_PROGRESS, house.li.id)
    actions.refuse_offer(house.zhao, ticket, "没有权限。", at=NOW)
    assert (ticket.state, ticket.assignee_id) == (S.IN_PROGRESS, house.li.id)


def test_a_new_offer_withdraws_the_unanswered_one(house, opened):
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    actions.offer(house.li, ticket, house.tech, person_of(house.han), at=NOW)
    assert [one.state for one in queries.transfers(ticket.id)] == [OfferState.WITHDRAWN, OfferState.PENDING]
    with pytest.raises(NotAllowed):
        actions.accept(house.zhao, ticket, at=NOW)


@pytest.mark.attack(12)
@pytest.mark.parametrize(("where", "who"), [("desk", "zhao"), ("tech", "mo"), ("market", "li")])
def test_nobody_is_given_a_ticket_in_a_department_where_they_do_not_work_on_tickets(house, opened, where, who):
    ticket = opened()
    with pytest.raises(NotAllowed, match="does not work on tickets"):
        actions.offer(house.li, ticket, getattr(house, where), person_of(getattr(house, who)), at=NOW)
    assert ticket.state is S.TRIAGED


@pytest.mark.attack(12)
def test_a_department_that_takes_no_tickets_is_no_place_to_send_one(house, opened):
    with pytest.raises(NotAllowed, match="takes no tickets"):
        actions.offer(house.li, opened(), house.committee, at=NOW)


def test_a_colleague_of_the_same_department_cannot_accept_what_was_offered_to_one(house, opened):
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    with pytest.raises(NotAllowed):
        actions.accept(house.han, ticket, at=NOW)


def test_the_second_who_accepts_is_told_who_was_faster(house, opened):
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    with pytest.raises(OutOfDate, match="Zhao was faster"):
        actions.accept(house.han, ticket, at=NOW)


def test_a_superior_names_a_deputy_for_the_accountable_person_who_stays_accountable(house, opened):
    ticket = opened(house.li)
    with pytest.raises(NotAllowed):
        actions.name_deputy(house.lin, ticket, person_of(house.wang), "休假", from_on=TODAY, at=NOW)
    actions.name_deputy(house.luo, ticket, person_of(house.wang), "休假", from_on=TODAY, at=NOW)
    assert (ticket.accountable_name, ticket.deputy_name, ticket.deputy_from_on) == ("Li", "Wang", TODAY)
    with pytest.raises(Refused, match="few words"):
        actions.name_deputy(house.luo, ticket, person_of(house.wang), "", from_on=TODAY, at=NOW)


# ── The work ──


@pytest.mark.rule("TKT-018")
def test_nothing_is_closed_without_a_reply(house, worked):
    ticket = worked()
    actions.resolve(house.li, ticket, "好了。", at=NOW)
    by_hand("UPDATE ticket SET state = 'confirmed'")
    with pytest.raises(Refused, match="not been told"):
        actions.close(house.li, ticket, at=NOW)


def test_the_first_response_is_a_persons_and_is_stored_once(house, worked):
    ticket = worked()
    actions.note(house.li, ticket, "先记一笔。", at=NOW)
    assert ticket.first_response_at is None
    actions.reply(house.li, ticket, "您好，已收到。", channel=Channel.MAIL, at=later(3))
    actions.reply(house.li, ticket, "您好，请再等等。", channel=Channel.MAIL, at=later(9))
    assert (ticket.first_response_at, ticket.first_response_by) == (later(3), "Li")
    assert journal.names("ticket").count("FirstResponseGiven") == 1


@pytest.mark.rule("TKT-022")
def test_when_the_answer_is_not_known_the_customer_is_told_and_the_person_in_charge_is_asked(house, worked):
    ticket = worked()
    ask = {"channel": Channel.TELEPHONE, "at": NOW}
    with pytest.raises(Refused, match="finding out"):
        actions.ask_inside(house.li, ticket, person_of(house.zhao), "是固件问题吗？", told="", **ask)
    db.session.refresh(ticket)
    actions.ask_inside(house.li, ticket, person_of(house.zhao), "是固件问题吗？", told="我马上为您核实。", **ask)
    assert ticket.state is S.AWAITING_ANSWER
    (asked,) = queries.questions(ticket.id)
    assert (asked.asked_name, asked.asked_at, asked.answered_at) == ("Zhao", NOW, None)
    assert ticket in _seen(house.zhao)
    with pytest.raises(NotAllowed):
        actions.answer_inside(house.han, ticket, asked, "是。", at=later(1))
    actions.answer_inside(house.zhao, ticket, asked, "升级到 2.4 即可。", at=later(20))
    assert (asked.answered_at, ticket.state) == (later(20), S.IN_PROGRESS)
    with pytest.raises(OutOfDate):
        actions.answer_inside(house.zhao, ticket, asked, "再想想。", at=later(21))


@pytest.mark.rule("TKT-022")
def test_it_goes_on_when_everybody_who_was_asked_has_answered(house, worked):
    ticket = worked()
    first = actions.ask_inside(
        house.li, ticket, person_of(house.zhao), "甲？", told="我核实一下。", channel=Channel.CHAT, at=NOW
    )
    second = actions.ask_inside(house.li, ticket, person_of(house.han), "乙？", told="", channel=Channel.CHAT, at=NOW)
    actions.answer_inside(house.zhao, ticket, first, "甲。", at=later(1))
    assert ticket.state is S.AWAITING_ANSWER
    actions.answer_inside(house.han, ticket, second, "乙。", at=later(2))
    assert ticket.state is S.IN_PROGRESS


@pytest.mark.rule("TKT-023")
@pytest.mark.parametrize(("ruling", "error"), [("yes", Refused), ("no", Warned)])
def test_a_forbidden_phrase_is_refused_or_warned_of_as_the_manual_says(house, worked, published, ruling, error):
    published({"tickets.forbidden_phrases_refuse": ruling}, from_=TODAY)
    ticket = worked()
    with pytest.raises(error, match="我不知道") as no:
        actions.reply(house.li, ticket, "这个我 不知道呀", channel=Channel.CHAT, at=NOW)
    assert type(no.value) is error
    assert no.value.clause.manual == "KF-01"
    assert queries.entries(ticket.id, inside=False) == []
    send_anyway = {"channel": Channel.CHAT, "although": ["我不知道"], "at": NOW}
    if error is Refused:
        with pytest.raises(Refused):
            actions.reply(house.li, ticket, "这个我不知道", **send_anyway)
    else:
        actions.reply(house.li, ticket, "这个我不知道", **send_anyway)


@pytest.mark.rule("TKT-024")
def test_wording_to_avoid_is_warned_of_and_passes_when_it_is_sent_again(house, worked):
    ticket = worked()
    with pytest.raises(Warned, match="无法") as warned:
        actions.reply(house.li, ticket, "目前无法上门。", channel=Channel.MAIL, at=NOW)
    actions.reply(house.li, ticket, "目前无法上门。", channel=Channel.MAIL, although=warned.value.phrases, at=NOW)
    assert [one.body for one in queries.entries(ticket.id, inside=False)] == ["目前无法上门。"]
    assert "PhrasesUsedAlthoughWarned" in journal.names("ticket")


@pytest.mark.rule("TKT-004")
def test_every_further_contact_is_written_down_and_ends_the_waiting(house, worked):
    ticket = worked()
    actions.wait_for_customer(house.li, ticket, "等客户寄回设备", at=NOW)
    assert ticket.state is S.AWAITING_CUSTOMER
    actions.write_down(house.wang, ticket, "设备今天已寄出。", channel=Channel.TELEPHONE, at=later(60))
    assert ticket.state is S.IN_PROGRESS
    (letter,) = queries.entries(ticket.id, inside=False)
    assert (letter.kind, letter.author_name) == (EntryKind.INCOMING, "Wang")


def test_waiting_needs_a_reason(house, worked):
    with pytest.raises(Refused, match="few words"):
        actions.wait_for_customer(house.li, worked(), "", at=NOW)


# ── Limits ──


@pytest.mark.attack(43)
def test_limits_are_those_of_the_day_of_receipt_with_their_clause(house, opened, published):
    published({"tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours"}, from_=TODAY)
    ticket = opened()
    published({"tickets.first_response": "otherwise: 2 hours"}, from_=TODAY + timedelta(days=1))
    clock = running(ticket)[ClockKind.RESPONSE]
    assert clock.due_at == ticket.due_at == NOW + timedelta(hours=24)
    assert (clock.because.manual, clock.because.version, clock.because.number) == ("KF-01", "1.0", "1.1")
    actions.rank(
        house.li, ticket, impact=Impact.MANY, urgency=Urgency.NOW, reason="全楼断网", at=NOW + timedelta(days=2)
    )
    assert clock.due_at == NOW + timedelta(minutes=10)  # still by the version of the day of receipt
    assert clock.because.version == "1.0"


def test_without_a_manual_no_clock_runs(opened):
    ticket = opened()
    assert (running(ticket), ticket.due_at) == ({}, NEVER)


def test_a_complaint_is_answered_by_the_end_of_the_third_day(house, worked, published):
    published({"tickets.complaint_answer": "3 days"}, from_=TODAY)
    assert ClockKind.ANSWER not in running(worked(kind="consultation"))
    ticket = worked(kind="complaint")
    due = running(ticket)[ClockKind.ANSWER].due_at
    assert due.isoformat() == "2026-10-15T16:00:00+00:00"  # 24:00 of 15 October in the office (I-07)
    actions.reply(house.li, ticket, "我们已收到。", channel=Channel.MAIL, at=NOW)
    assert ticket.answered_at is None
    actions.reply(house.li, ticket, "经核实，多收的费用今天退回。", channel=Channel.MAIL, definite=True, at=later(5))
    assert ticket.answered_at == later(5)


def test_while_we_wait_for_the_customer_the_clock_of_the_solution_stands_still(house, worked, published):
    published({"tickets.solve_within": "otherwise: 4 hours"}, from_=TODAY)
    ticket = worked()
    clock = running(ticket)[ClockKind.SOLUTION]
    assert clock.due_at == NOW + timedelta(hours=4)
    actions.wait_for_customer(house.li, ticket, "等照片", at=later(60))
    assert clock.due_at is None
    actions.resume(house.li, ticket, at=later(90))
    assert clock.due_at == NOW + timedelta(hours=4, minutes=30)


@pytest.mark.rule("TKT-012")
@pytest.mark.attack(33)
def test_a_limit_that_passes_is_held_against_the_accountable_person_once_with_its_true_moment(house, opened, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    ticket = opened()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    assert jobs.keep_limits(later(10)) == 0  # at the limit is in time
    assert jobs.keep_limits(later(480)) == 1  # the worker was down for eight hours
    assert jobs.keep_limits(later(481)) == 0
    (breach,) = queries.breaches(ticket.id)
    assert (breach.kind, breach.moment, breach.person_id) == (BreachKind.LATE_RESPONSE, later(10), house.li.id)
    assert breach.because.manual == "KF-01"


@pytest.mark.rule("TKT-012")
def test_who_answers_in_time_has_missed_nothing(house, worked, published):
    published({"tickets.first_response": "otherwise: 10 minutes"}, from_=TODAY)
    ticket = worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.CHAT, at=later(10))
    assert jobs.keep_limits(later(999)) == 0


# ── Told and asked ──


@pytest.mark.rule("TKT-055", "TKT-057")
def test_what_is_solved_is_told_and_satisfaction_is_asked(house, worked):
    ticket = worked(kind="suggestion")
    actions.resolve(house.li, ticket, "已采纳。", at=NOW)
    assert ticket.state is S.RESOLVED
    with pytest.raises(OutOfDate):
        actions.close(house.li, ticket, at=NOW)
    actions.tell_customer(house.li, ticket, "您的建议已采纳，请问您满意吗？", channel=Channel.MAIL, at=later(5))
    assert ticket.state is S.AWAITING_CONFIRMATION
    (asked,) = queries.rounds(ticket.id)
    assert (asked.round, asked.told_at, asked.told_by_name, asked.channel, asked.answer) == (
        1,
        later(5),
        "Li",
        Channel.MAIL,
        None,
    )
    assert ticket.first_response_at == later(5)


@pytest.mark.rule("TKT-056")
def test_a_dissatisfied_customer_is_asked_what_they_still_want_and_it_begins_anew(house, told):
    ticket = told()
    with pytest.raises(Refused, match="few words"):
        actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, at=NOW)
    actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="晚上仍然重启。", at=later(1))
    assert (ticket.state, ticket.round, ticket.resolved_at, ticket.told_at) == (S.REOPENED, 2, None, None)
    solve_and_tell(house.li, ticket, later(2))
    satisfied(house.li, ticket, later(3))
    assert ticket.state is S.CONFIRMED
    assert [one.answer for one in queries.rounds(ticket.id)] == [Satisfaction.NOT_SATISFIED, Satisfaction.SATISFIED]


@pytest.mark.rule("TKT-056", "TKT-058")
def test_after_the_rounds_of_the_manual_it_goes_to_the_next_level_and_then_to_the_committee(house, told, published):
    published({"tickets.satisfaction_rounds": "2"}, from_=TODAY)
    ticket = told()
    levels = []
    for _round in range(3):
        actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="还是不行。", at=NOW)
        levels.append(ticket.level)
        solve_and_tell(house.li, ticket)
    assert levels == [Level.DESK, Level.NEXT_LEVEL, Level.COMMITTEE]
    to = [one.facts["to"] for one in journal.of("ticket", ticket.id) if one.name == "TicketEscalated"]
    assert to == ["Luo", "COMM"]


@pytest.mark.rule("TKT-056", "TKT-058")
def test_only_the_director_ends_it_unsatisfied_with_reasons_and_it_counts_as_dissatisfied(house, told):
    ticket = told()
    for _round in range(2):
        actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="还是不行。", at=NOW)
        solve_and_tell(house.li, ticket)
    with pytest.raises(Refused, match="3 rounds"):
        actions.close_as_not_satisfiable(house.luo, ticket, "无法满足", at=NOW)
    actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="还是不行。", at=NOW)
    for nobody in (house.li, house.lin, house.han):
        with pytest.raises(NotAllowed):
            actions.close_as_not_satisfiable(nobody, ticket, "客户要求赔偿十倍", at=NOW)
    with pytest.raises(Refused, match="few words"):
        actions.close_as_not_satisfiable(house.luo, ticket, " ", at=NOW)
    actions.close_as_not_satisfiable(house.luo, ticket, "客户要求赔偿十倍，已书面说明。", at=NOW)
    assert (ticket.state, ticket.not_satisfiable, ticket.ended_at) == (S.CLOSED, True, NOW)


@pytest.mark.rule("TKT-008")
def test_the_accountable_person_calls_back_before_it_is_closed(house, told):
    ticket = told()
    actions.customer_answer(
        house.wang, ticket, Satisfaction.SATISFIED, opinion="很好", at=NOW
    )  # not the accountable person
    with pytest.raises(Refused, match="Li has not called back"):
        actions.close(house.li, ticket, at=NOW)
    with pytest.raises(NotAllowed):
        actions.record_call_back(house.wang, ticket, reached=True, at=NOW)
    actions.record_call_back(house.li, ticket, reached=True, opinion="希望周末也能上门", at=NOW)
    actions.close(house.li, ticket, at=NOW)
    assert ticket.state is S.CLOSED
    assert list(db.session.scalars(select(CallBack.opinion))) == ["希望周末也能上门"]


@pytest.mark.rule("TKT-008")
def test_asking_for_opinions_when_the_customer_says_yes_is_the_call_back(house, told):
    ticket = told()
    satisfied(house.li, ticket)
    actions.close(house.li, ticket, at=NOW)
    assert ticket.called_back_at == NOW


@pytest.mark.rule("TKT-004", "TKT-026")
@pytest.mark.parametrize("kind", ["consultation", "complaint"])
def test_a_consultation_or_complaint_is_not_closed_without_its_record(house, told, kind):
    ticket = told(kind=kind)
    satisfied(house.li, ticket)
    by_hand("DELETE FROM ticket_entry WHERE kind = 'record'")
    with pytest.raises(Refused, match="record"):
        actions.close(house.li, ticket, at=NOW)


def test_an_unreachable_customer_counts_as_settled_after_the_tries_of_the_manual(house, told, published):
    published({"tickets.tries_before_unreachable": "2"}, from_=TODAY)
    ticket = told()
    actions.not_reached(house.li, ticket, at=NOW)
    with pytest.raises(Refused, match="after 2 tries"):
        actions.customer_answer(house.li, ticket, Satisfaction.UNREACHABLE, at=NOW)
    actions.not_reached(house.li, ticket, at=later(60))
    actions.customer_answer(house.li, ticket, Satisfaction.UNREACHABLE, at=later(61))
    actions.close(house.li, ticket, at=later(62))
    assert ticket.state is S.CLOSED


def test_a_colleague_who_asked_says_yes_themselves(house, opened):
    ticket = opened(house.mo, customer=None, requester=person_of(house.mo), routing="account")
    actions.triage(
        house.li, ticket, kind="incident", routing="account", impact=Impact.ONE, urgency=Urgency.TODAY, at=NOW
    )
    actions.take(house.li, ticket, at=NOW)
    solve_and_tell(house.li, ticket)
    actions.customer_answer(house.mo, ticket, Satisfaction.SATISFIED, at=NOW)
    assert ticket.state is S.CONFIRMED


def test_what_was_closed_is_reopened_with_a_reason_and_told_anew(house, told):
    ticket = told()
    satisfied(house.li, ticket)
    actions.close(house.li, ticket, at=NOW)
    actions.reopen(house.li, ticket, "客户又来电。", at=later(1))
    assert (ticket.state, ticket.round, ticket.ended_at) == (S.REOPENED, 2, None)
    solve_and_tell(house.li, ticket, later(2))
    assert len(queries.rounds(ticket.id)) == 2


def test_a_voided_ticket_leaves_every_list_and_keeps_its_reason(house, opened):
    ticket = opened()
    with pytest.raises(NotAllowed):
        actions.void(house.li, ticket, "重复", at=NOW)
    actions.void(house.lin, ticket, "重复登记", at=NOW)
    for reader in (house.li, house.lin, house.luo, house.chen):
        assert ticket not in _seen(reader)
        assert queries.ticket_seen_by(reader, ticket.number) is None
    assert ticket.ended_reason == "重复登记"


# ── What must not happen ──


@pytest.mark.rule("TKT-010", "TKT-011", "TKT-013")
@pytest.mark.parametrize("kind", [BreachKind.PASSED_THE_BUCK, BreachKind.QUARREL, BreachKind.COLD_SHOULDER])
def test_forbidden_conduct_of_the_first_receiver_is_noted_by_a_superior_and_never_by_oneself(house, opened, kind):
    ticket = opened(house.li)
    with pytest.raises(NotAllowed):
        actions.note_conduct(house.wang, ticket, kind, "看到了", at=NOW)
    actions.note_conduct(house.lin, ticket, kind, "客户在大厅等了半小时。", at=NOW)
    (breach,) = queries.breaches(ticket.id)
    assert (breach.kind, breach.person_id, breach.noted_by_name) == (kind, house.li.id, "Lin")
    own = opened(house.lin)
    with pytest.raises(NotAllowed, match="own conduct"):
        actions.note_conduct(house.lin, own, kind, "我自己", at=NOW)


def test_what_the_clock_tells_is_not_noted_by_hand(house, opened):
    with pytest.raises(Refused, match="clock"):
        actions.note_conduct(house.lin, opened(), BreachKind.LATE_RESPONSE, "晚了", at=NOW)


@pytest.mark.rule("TKT-014")
def test_a_serious_problem_is_reported_upward_and_the_time_is_measured(house, opened, published):
    published({"tickets.report_serious_within": "30 minutes"}, from_=TODAY)
    ticket = opened(house.li)
    with pytest.raises(Refused, match="what is serious"):
        actions.report_serious(house.li, ticket, at=NOW)
    db.session.refresh(ticket)
    actions.flag_serious(house.li, ticket, "有人受伤", at=NOW)
    actions.report_serious(house.li, ticket, at=later(12))
    assert (ticket.reported_to_name, ticket.reported_at) == ("Luo", later(12))
    assert [one.facts["minutes"] for one in journal.of("ticket", ticket.id) if one.name == "SeriousReported"] == [12]
    assert jobs.keep_limits(later(60)) == 0


@pytest.mark.rule("TKT-014")
def test_a_serious_problem_that_nobody_reports_is_a_breach(house, opened, published):
    published({"tickets.report_serious_within": "30 minutes"}, from_=TODAY)
    ticket = opened(house.li)
    actions.flag_serious(house.li, ticket, "有人受伤", at=NOW)
    assert jobs.keep_limits(later(31)) == 1
    (breach,) = queries.breaches(ticket.id)
    assert (breach.kind, breach.moment) == (BreachKind.SERIOUS_UNREPORTED, later(30))


@pytest.mark.rule("TKT-009")
def test_a_complaint_about_a_colleague_is_seen_by_its_author_and_the_manager_alone(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    complaint = actions.complain_inside(house.li, ticket, house.tech, person_of(house.zhao), "三天没有回音。", at=NOW)
    assert complaint.manager_name == "Han"
    for reader in (house.zhao, house.wang, house.lin, house.luo, house.chen, house.mo):
        assert queries.complaint_seen_by(reader, complaint.id) is None
        assert list(queries.complaints_seen_by(reader)) == []
    for reader in (house.li, house.han):
        assert queries.complaint_seen_by(reader, complaint.id) is complaint
    assert "ComplainedInside" not in [one.name for one in journal.of("ticket", ticket.id)]
    with pytest.raises(NotAllowed):
        actions.answer_complaint(house.li, complaint, "算了", at=NOW)
    actions.answer_complaint(house.han, complaint, "已经谈过，今天回复。", at=NOW)


@pytest.mark.rule("TKT-009")
def test_a_complaint_about_the_manager_goes_one_level_higher(house, opened):
    ticket = opened(house.li)
    complaint = actions.complain_inside(house.li, ticket, house.tech, person_of(house.han), "不接电话。", at=NOW)
    assert complaint.manager_name == "Chen"


@pytest.mark.rule("TKT-009")
def test_only_the_accountable_person_complains(house, opened):
    with pytest.raises(NotAllowed):
        actions.complain_inside(house.wang, opened(house.li), house.tech, None, "不配合。", at=NOW)


@pytest.mark.attack(17)
def test_a_role_elsewhere_widens_nothing_here(house, opened):
    ticket = opened(house.li)
    organisation.give_role(PORTAL, person_of(house.mo), Role.DIRECTOR, house.market, from_on=TODAY, at=NOW)
    assert ticket not in _seen(again(house.mo))
    with pytest.raises(NotAllowed):
        actions.void(again(house.mo), ticket, "试试", at=NOW)


def _seen(reader):
    return db.session.scalars(select(Ticket).where(queries.seen_by(reader))).all()
