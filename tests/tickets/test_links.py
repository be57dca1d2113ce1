"""Links, merges that are taken apart again, and second matters: nothing is lost, and nobody sees more than before."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import journal, search
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.security_log import SecurityEvent
from portal.notifications import actions as bells
from portal.notifications import queries as notices
from portal.organisation import queries as organisation
from portal.tickets import actions, agenda, complaints, jobs, links, queries, sheet
from portal.tickets.models import Ticket, TicketClock, TicketEntry, TicketLink, TicketMerge
from portal.tickets.queries import Sort, Tab, Wanted
from portal.tickets.states import BreachKind, Channel, ClockKind, State, Tie
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, later, person_of, satisfied
from tests.tickets.test_at_once import AT_ONCE, all_at_once
from tests.tickets.test_queries import plan


def now_is(ticket: Ticket) -> Ticket:
    db.session.expire_all()
    return db.session.get_one(Ticket, ticket.id)


def ties(who: Any, ticket: Ticket) -> list[tuple[Tie, str]]:
    whole = queries.whole_ticket(who, ticket.number)
    assert whole is not None
    return [(one.tie, one.number) for one in whole.ties]


def facts(ticket: Ticket) -> list[str]:
    return [one.name for one in journal.of("ticket", ticket.id)]


# ── Links ──


@pytest.mark.parametrize("tie", [one for one in Tie if one.by_hand])
def test_a_link_is_told_on_both_sides_each_in_its_own_direction(house, opened, tie):
    one, other = opened(), opened(title="另一张")
    links.link(house.li, one, other, tie, "同一条线路", at=NOW)
    assert ties(house.li, one) == [(tie, other.number)]
    assert ties(house.li, other) == [(tie.back, one.number)]
    assert tie.back.back is tie
    links.unlink(house.li, other, one, "看错了", at=NOW)
    assert ties(house.li, one) == ties(house.li, other) == []
    assert [row.facts["reason"] for row in journal.of("ticket", one.id) if "Link" in row.name] == [
        "同一条线路",
        "看错了",
    ]


def test_a_ticket_is_linked_with_no_other_twice_and_never_with_itself(house, opened):
    one, other = opened(), opened()
    links.link(house.li, one, other, Tie.SAME, "同一件事", at=NOW)
    with pytest.raises(OutOfDate):
        links.link(house.wang, other, one, Tie.CAUSES, "也许", at=NOW)
    with pytest.raises(Refused, match="itself"):
        links.link(house.li, one, one, Tie.SAME, "自己", at=NOW)
    with pytest.raises(Refused):
        links.link(house.li, one, opened(), Tie.MERGED_INTO, "不是关联", at=NOW)
    with pytest.raises(Refused, match="few words"):
        links.unlink(house.li, one, other, " ", at=NOW)


@pytest.mark.attack(12)
def test_what_somebody_may_not_see_is_neither_linked_nor_merged(house, opened):
    own = opened(house.yu, routing="account")
    foreign = opened(house.li)
    assert queries.ticket_seen_by(house.yu, foreign.number) is None
    for act in (
        lambda: links.link(house.yu, own, foreign, Tie.SAME, "猜的", at=NOW),
        lambda: links.merge(house.yu, own, foreign, "猜的", at=NOW),
        lambda: links.merge(house.yu, foreign, own, "猜的", at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not db.session.scalar(select(func.count()).select_from(TicketLink))
    assert not db.session.scalar(select(func.count()).select_from(TicketMerge))


@pytest.mark.attack(10, 16)
def test_a_link_tells_whoever_may_not_see_the_other_one_no_number_title_or_count(house, opened):
    shown = opened(house.li, routing="software", title="看得见的")
    actions.offer(house.li, shown, house.tech, person_of(house.zhao), at=NOW)
    actions.accept(house.zhao, shown, at=NOW)
    for nth in range(3):
        hidden = opened(house.li, routing="account", title=f"别处的机密 {nth}")
        links.link(house.li, shown, hidden, Tie.SAME, "同一客户", at=NOW)
    whole = queries.whole_ticket(house.zhao, shown.number)
    assert whole is not None
    assert [(one.tie, one.number, one.title, one.who, one.state) for one in whole.ties] == [
        (Tie.SAME, "", "", "", None)
    ]
    assert len(ties(house.li, shown)) == 3
    paper = sheet.of(house.zhao, shown.number, notes=True, at=NOW)
    assert paper is not None
    assert "机密" not in str(paper.content)
    for number in db.session.scalars(select(Ticket.number).where(Ticket.id != shown.id)):
        assert number not in str(paper.content)


# ── Merging ──


def test_who_waits_behind_a_ticket_that_was_merged_on_is_not_forgotten(house, opened):
    first, second, third = (opened(title=name) for name in ("一", "二", "三"))
    for ticket, name in ((first, "高一"), (second, "高二"), (third, "高三")):
        by_hand("UPDATE ticket SET caller_name = :name WHERE id = :id", name=name, id=ticket.id)
    first, second, third = map(now_is, (first, second, third))
    links.merge(house.li, first, second, "同一件事", at=NOW)
    links.merge(house.li, second, third, "同一件事", at=later(1))
    whole = queries.whole_ticket(house.li, third.number)
    assert [(one.tie, one.number) for one in whole.ties] == [(Tie.TOOK_IN, first.number), (Tie.TOOK_IN, second.number)]
    assert whole.also_tell == ("高一", "高二")
    links.take_apart(house.li, now_is(second), now_is(third), "看错了", at=later(2))
    assert queries.whole_ticket(house.li, third.number).also_tell == ()
    assert queries.whole_ticket(house.li, second.number).also_tell == ("高一",)


@pytest.mark.rule("TKT-006")
def test_a_merged_ticket_leaves_open_work_and_stays_openable_and_findable(house, opened):
    first, second = opened(title="第一次来电"), opened(by=house.wang, title="第二次来电")
    links.merge(house.li, second, first, at=later(5))
    assert (second.state, second.ended_at) == (State.MERGED, later(5))
    assert ties(house.li, second) == [(Tie.MERGED_INTO, first.number)]
    assert ties(house.li, first) == [(Tie.TOOK_IN, second.number)]
    for tab in (Tab.OPEN, Tab.DEPARTMENT, Tab.MINE, Tab.ACCEPT):
        assert second.number not in {row.number for row in queries.queue(house.wang, Wanted(tab=tab)).rows}, tab
    every = {row.number for row in queries.queue(house.wang, Wanted(tab=Tab.ALL, sort=Sort.NEWEST)).rows}
    assert every == {first.number, second.number}
    assert [one.number for one in search.read(search.find(house.wang, asked("第二次来电")), asked("第二次来电"))]
    assert second.number not in {one.number for one in agenda.tickets_that_wait(house.wang, NOW)}
    assert (first.accountable_name, second.accountable_name) == ("Li", "Wang")
    with pytest.raises(Exception, match="never changed"):
        by_hand("UPDATE ticket SET accountable_id = :li WHERE id = :id", li=house.li.id, id=second.id)


def asked(words: str) -> Any:
    from portal.kernel.tokens import asked as meant

    return meant(words)


def test_whoever_follows_the_one_or_works_on_it_follows_the_other(house, opened):
    first, second = opened(house.li), opened(house.wang)
    actions.follow(house.lin, second, at=NOW)
    actions.follow(house.mo, second, at=NOW)  # who may see neither
    links.merge(house.wang, second, first, at=NOW)
    assert queries.followers_of(first.id) == {house.wang.id, house.lin.id, house.mo.id}
    assert [row.number for row in queries.queue(house.lin, Wanted(tab=Tab.FOLLOWING)).rows] == [first.number]
    assert queries.queue(house.mo, Wanted(tab=Tab.FOLLOWING)).rows == []


def test_different_customers_need_a_reason(house, opened, customer):
    from portal.customers import actions as customers

    other = customers.add_customer(PORTAL, "邻居", telephones=["138 0000 0001"], at=NOW)
    first, second = opened(), opened(customer=other)
    with pytest.raises(Refused, match="few words"):
        links.merge(house.li, second, first, at=NOW)
    links.merge(house.li, second, first, "同一栋楼同一次断网", at=NOW)
    assert now_is(second).state is State.MERGED


@pytest.mark.attack(28)
def test_nothing_is_merged_into_itself_into_a_merged_or_an_ended_one(house, opened):
    one, two, three = opened(), opened(), opened()
    with pytest.raises(Refused, match="itself"):
        links.merge(house.li, one, one, at=NOW)
    links.merge(house.li, one, two, at=NOW)
    with pytest.raises(OutOfDate, match="another ticket itself"):
        links.merge(house.li, three, one, at=NOW)
    with pytest.raises(OutOfDate):
        links.merge(house.li, two, one, at=NOW)
    with pytest.raises(OutOfDate):
        links.merge(house.li, one, three, at=NOW)
    links.merge(house.li, two, three, at=NOW)
    with pytest.raises(OutOfDate):  # the circle of three
        links.merge(house.li, three, one, at=NOW)
    assert [now_is(each).state for each in (one, two, three)] == [State.MERGED, State.MERGED, State.TRIAGED]


@pytest.mark.attack(28)
def test_a_ticket_in_which_others_go_on_is_not_voided(house, opened):
    first, second = opened(), opened()
    links.merge(house.li, second, first, at=NOW)
    with pytest.raises(Refused, match="apart"):
        actions.void(house.lin, first, "误开", at=NOW)
    links.take_apart(house.li, second, first, "先分开", at=NOW)
    actions.void(house.lin, first, "误开", at=NOW)
    assert queries.ticket_seen_by(house.li, second.number)


def test_an_unanswered_question_and_a_promise_are_not_forgotten_by_merging(house, worked):
    first, asked_of, promised = worked(), worked(), worked()
    actions.ask_inside(
        house.li, asked_of, person_of(house.zhao), "甲还是乙？", told="我核实。", channel=Channel.CHAT, at=NOW
    )
    with pytest.raises(Refused, match="Zhao has not answered"):
        links.merge(house.li, asked_of, first, at=NOW)
    day = TODAY + timedelta(days=2)
    actions.reply(house.li, promised, "后天修好。", channel=Channel.TELEPHONE, solved_by=day, at=NOW)
    with pytest.raises(Refused, match="promised"):
        links.merge(house.li, promised, first, at=NOW)
    actions.reply(house.li, first, "后天修好。", channel=Channel.TELEPHONE, solved_by=day, at=NOW)
    links.merge(house.li, promised, first, at=NOW)
    assert now_is(promised).state is State.MERGED


# ── Clocks ──


def clock(ticket: Ticket, kind: ClockKind) -> TicketClock:
    db.session.expire_all()
    return next(one for one in queries.clocks(ticket.id) if one.kind is kind)


@pytest.fixture
def limits(published):
    published(
        {
            "tickets.first_response": "otherwise: 60 minutes",
            "tickets.solve_within": "otherwise: 24 hours",
            "tickets.promise_stands": "yes",
        },
        from_=date(2026, 1, 1),
    )


def test_clocks_stand_while_it_is_merged_and_go_on_with_the_time_they_had_used(house, limits, opened):
    first, second = opened(), opened()
    assert clock(second, ClockKind.RESPONSE).due_at == later(60)
    links.merge(house.li, second, first, at=later(20))
    assert clock(second, ClockKind.RESPONSE).ended_at == later(20)
    jobs.keep_limits(later(90))
    assert list(queries.breaches(second.id)) == []
    links.take_apart(house.li, second, first, "不是一回事", at=later(100))
    assert clock(second, ClockKind.RESPONSE).due_at == later(140)
    assert clock(second, ClockKind.SOLUTION).due_at == later(24 * 60 + 80)
    after = now_is(second)
    assert (after.state, after.ended_at, after.due_at) == (State.TRIAGED, None, later(140))
    jobs.keep_limits(later(141))
    assert [one.moment for one in queries.breaches(second.id)] == [later(140)]
    assert journal.of("ticket", second.id)[-2].facts["minutes"] == 80


@pytest.mark.attack(34)
def test_merged_and_taken_apart_twice_both_times_are_left_out(house, limits, opened):
    first, second = opened(), opened()
    for begins, ends in ((10, 20), (30, 50)):
        links.merge(house.li, second, first, at=later(begins))
        links.take_apart(house.li, second, first, "分开", at=later(ends))
    assert clock(second, ClockKind.RESPONSE).due_at == later(90)
    assert len(queries.merges(second.id)) == 2


def test_what_it_missed_before_stays_missed(house, limits, opened):
    first, second = opened(), opened()
    links.merge(house.li, second, first, at=later(70))
    (missed,) = queries.breaches(second.id)
    assert (missed.kind, missed.moment, missed.person_id) == (BreachKind.LATE_RESPONSE, later(60), house.li.id)
    assert not queries.breaches(first.id)
    links.take_apart(house.li, second, first, "分开", at=later(80))
    assert clock(second, ClockKind.RESPONSE).due_at == later(60)
    assert len(queries.breaches(second.id)) == 1


def test_a_pause_for_the_customer_goes_on_after_it_was_taken_apart(house, limits, worked):
    first, second = worked(), worked()
    actions.wait_for_customer(house.li, second, "等照片", at=later(10))
    links.merge(house.li, second, first, at=later(20))
    links.take_apart(house.li, second, first, "分开", at=later(30))
    assert now_is(second).state is State.AWAITING_CUSTOMER
    assert clock(second, ClockKind.SOLUTION).due_at is None
    actions.resume(house.li, second, at=later(40))
    assert clock(second, ClockKind.SOLUTION).due_at == later(24 * 60 + 30)


def test_a_promised_day_that_passed_meanwhile_was_the_other_tickets_to_keep(house, limits, worked):
    first, second, third = worked(), worked(), worked()
    day = TODAY + timedelta(days=1)
    for one in (first, second, third):
        actions.reply(house.li, one, "明天修好。", channel=Channel.TELEPHONE, solved_by=day, at=NOW)
        if one is not first:
            links.merge(house.li, one, first, at=NOW)
    links.take_apart(house.li, second, first, "当天分开", at=later(60))
    assert now_is(second).promised_on == day
    assert clock(second, ClockKind.PROMISED).ended_at is None
    links.take_apart(house.li, third, first, "过后分开", at=NOW + timedelta(days=3))
    assert now_is(third).promised_on is None
    jobs.keep_limits(NOW + timedelta(days=4))
    kinds = [one.kind for one in queries.breaches(third.id)]
    assert BreachKind.PROMISE_BROKEN not in kinds


# ── Taking apart ──


def test_whoever_asked_reads_that_it_was_merged_and_not_why(house, opened):
    first, second = opened(), opened(customer=None, requester=person_of(house.mo))
    links.merge(house.li, second, first, "内部理由", at=NOW)
    links.take_apart(house.li, second, first, "也是内部理由", at=later(5))
    told = [str(row.sentence()) for row in journal.of("ticket", second.id) if not row.event().inside]
    assert any("goes on in another ticket" in one for one in told)
    assert any("5 min" in one for one in told)
    assert not any("内部理由" in one for one in told)
    inside = [str(row.sentence()) for row in journal.of("ticket", first.id)]
    assert sum("内部理由" in one for one in inside) == 2


@pytest.mark.rule("TKT-006")
@pytest.mark.parametrize("offered", [False, True])
def test_taken_apart_it_stands_exactly_where_it_stood(house, limits, worked, offered):
    columns = [one.key for one in Ticket.__table__.c if one.key not in ("version", "due_at")]
    first, second = worked(), worked()
    if offered:
        actions.offer(house.li, second, house.tech, person_of(house.zhao), at=NOW)
    before = {one: getattr(second, one) for one in columns}
    links.merge(house.li, second, first, at=later(1))
    for act in (
        lambda: actions.accept(house.zhao, second, at=later(2)),
        lambda: actions.reply(house.li, second, "在吗", channel=Channel.CHAT, at=later(2)),
    )[not offered :]:
        with pytest.raises(OutOfDate):
            act()
    links.take_apart(house.li, second, first, "其实是两件事", at=later(3))
    assert {one: getattr(now_is(second), one) for one in columns} == before
    assert (queries.pending_transfer(second.id) is not None) is offered
    assert ties(house.li, first) == ties(house.li, second) == []
    with pytest.raises(OutOfDate):
        links.take_apart(house.li, second, first, "再来一次", at=later(4))


def test_it_cannot_be_taken_apart_when_the_other_one_has_ended(house, worked):
    from tests.tickets.conftest import solve_and_tell

    first, second = worked(), worked()
    links.merge(house.li, second, first, at=NOW)
    with pytest.raises(OutOfDate):
        links.take_apart(house.li, second, first, "分开", version=now_is(second).version - 1, at=NOW)
    solve_and_tell(house.li, first)
    satisfied(house.li, first)
    actions.close(house.li, first, at=NOW)
    with pytest.raises(Refused, match="has ended"):
        links.take_apart(house.li, second, first, "分开", at=NOW)
    actions.reopen(house.li, first, "客户又来电", at=NOW)
    links.take_apart(house.li, second, first, "分开", at=NOW)
    assert now_is(second).state is State.IN_PROGRESS


# ── Complaints ──


def complaint(house, opened, about=None, by=None, **more):
    return opened(by or house.lin, kind="complaint", about=person_of(about) if about else None, **more)


@pytest.mark.attack(10, 16)
def test_a_complaint_about_somebody_knows_only_of_what_is_hidden_from_the_same_people(house, opened):
    hidden, plain_ = complaint(house, opened, about=house.zhao), complaint(house, opened)
    about_another = complaint(house, opened, about=house.wang)
    for other in (plain_, about_another):
        for one, two in ((hidden, other), (other, hidden)):
            with pytest.raises(Refused, match="must not know of each other"):
                links.merge(house.lin, one, two, "同一件事", at=NOW)
            with pytest.raises(Refused, match="must not know of each other"):
                links.link(house.lin, one, two, Tie.SAME, "同一件事", at=NOW)
    same = complaint(house, opened, about=house.zhao)
    links.merge(house.lin, hidden, same, "同一件事", at=NOW)
    for who in (house.zhao, house.han):  # the colleague and whoever leads them
        assert queries.ticket_seen_by(who, same.number) is None
        assert queries.ticket_seen_by(who, hidden.number) is None


@pytest.mark.attack(10)
def test_a_complaint_hidden_from_more_people_than_the_other_does_not_tell_them(house, opened):
    one, two = complaint(house, opened, about=house.zhao), complaint(house, opened, about=house.zhao)
    by_hand("INSERT INTO ticket_hidden (ticket_id, person_id) VALUES (:one, :lin)", one=one.id, lin=house.wang.id)
    with pytest.raises(Refused, match="must not know of each other"):
        links.merge(house.lin, now_is(two), now_is(one), "同一件事", at=NOW)


@pytest.mark.rule("TKT-039", "TKT-042")
def test_a_merged_complaint_keeps_its_form_and_signatures_and_its_departments_sign_the_other(house, worked):
    from portal.kernel.signature import Confirmation, Method

    first, second = worked(kind="complaint"), worked(kind="complaint")
    complaints.fill_form(house.li, first, cause="漏发短信", wanted="道歉", at=NOW)
    complaints.conclude(house.li, first, upheld=True, evidence="记录", conclusion="属实", at=NOW)
    complaints.fill_form(house.li, second, cause="又漏发", wanted="道歉", departments=[house.tech], at=NOW)
    complaints.conclude(house.li, second, upheld=True, evidence="记录", conclusion="属实", at=NOW)
    complaints.sign_part(house.han, second, house.tech, Confirmation(house.han.id, Method.PIN, NOW), at=NOW)
    complaints.sign_part(house.luo, first, house.desk, Confirmation(house.luo.id, Method.PIN, NOW), at=NOW)
    links.merge(house.li, second, first, at=NOW)
    kept = {one.department_id: one.signed_by_name for one in queries.concerned(second.id)}
    assert kept[house.tech.id] == "Han"
    assert queries.whole_ticket(house.li, second.number).complaint.cause == "又漏发"
    now_concerned = {one.department_id: one.signed_at for one in queries.concerned(first.id)}
    assert now_concerned == {house.desk.id: None, house.tech.id: None}  # what they signed has become more


@pytest.mark.rule("TKT-042")
def test_a_complaint_does_not_escape_its_signatures_into_a_consultation(house, opened):
    complained, question = opened(kind="complaint"), opened()
    with pytest.raises(Refused, match="only in a complaint"):
        links.merge(house.li, complained, question, at=NOW)
    links.merge(house.li, question, complained, at=NOW)
    assert now_is(question).state is State.MERGED


# ── Nobody sees more through the other one ──


@pytest.mark.attack(5, 10, 11, 16)
def test_nobody_sees_more_through_a_merge(house, opened, monkeypatch):
    """Zhao works on the one, Yu on the other: before and after each finds, opens, prints and exports the same."""
    monkeypatch.setattr(search, "SECONDS", 60.0)  # a busy machine is no fault of the code
    mine, other = (
        opened(title="赵的工单", body="只有技术部知道的话"),
        opened(title="于的工单", body="只有市场部知道的话"),
    )
    for ticket, where, who in ((mine, house.tech, house.zhao), (other, house.market, house.yu)):
        actions.offer(house.li, ticket, where, person_of(who), at=NOW)
        actions.accept(who, ticket, at=NOW)
        actions.note(who, ticket, f"{who.name} 的内部备注", at=NOW)

    def known(who: Any) -> Any:
        seen = sorted(db.session.scalars(select(Ticket.number).where(queries.seen_by(who))))
        rows = [row.number for row in queries.every_row(who, Wanted(tab=Tab.ALL, sort=Sort.NEWEST))]
        words = ("只有技术部知道的话", "只有市场部知道的话", "Zhao 的内部备注", "Yu 的内部备注")
        hits = {one: len(search.find(who, asked(one))) for one in words}
        letters = [
            one.id for one in db.session.scalars(select(TicketEntry))
            if queries.shows_file(who, one.ticket_id, one.id)
        ]  # fmt: skip
        return (
            seen,
            rows,
            hits,
            letters,
            [sheet.of(who, one.number, notes=True, at=NOW) is None for one in (mine, other)],
        )

    before = {who.name: known(who) for who in (house.zhao, house.yu, house.mo, house.han)}
    links.merge(house.li, other, mine, "同一件事", at=later(1))
    assert {who.name: known(who) for who in (house.zhao, house.yu, house.mo, house.han)} == before
    assert ties(house.zhao, mine) == [(Tie.TOOK_IN, "")]
    assert ties(house.yu, other) == [(Tie.MERGED_INTO, "")]
    while bells.tell(PORTAL, at=later(2)):
        pass
    for who, foreign in ((house.zhao, other), (house.yu, mine)):
        told = [one.sentence for one in notices.notices(who).rows]
        assert any("another ticket" in one.lower() for one in told)
        assert not any(foreign.number in one or foreign.title in one for one in told)


# ── At the same moment ──


@pytest.mark.attack(28)
def test_of_two_who_merge_crosswise_one_wins_and_no_ticket_disappears(app, house, opened):
    one, two = opened().id, opened().id
    db.session.remove()

    def press(who, place):
        first, second = (one, two) if place % 2 else (two, one)
        links.merge(who, db.session.get_one(Ticket, first), db.session.get_one(Ticket, second), "同一件事", at=NOW)

    outcomes = all_at_once(app, [house.li.id, house.wang.id] * 8, press)
    assert outcomes == {"won": 1, "OutOfDate": AT_ONCE - 1}
    states = sorted(db.session.scalars(select(Ticket.state)))
    assert states == [State.MERGED, State.TRIAGED]
    assert db.session.scalar(select(func.count()).select_from(TicketMerge)) == 1


@pytest.mark.attack(28)
@pytest.mark.parametrize("circle", [3, 5])
def test_a_circle_never_closes(app, house, opened, circle):
    ids = [opened().id for _one in range(circle)]
    db.session.remove()

    def press(who, place):
        first, second = ids[place % circle], ids[(place + 1) % circle]
        links.merge(who, db.session.get_one(Ticket, first), db.session.get_one(Ticket, second), "同一件事", at=NOW)

    outcomes = all_at_once(app, [house.li.id, house.wang.id] * 8, press)
    assert set(outcomes) == {"won", "OutOfDate"}
    assert 1 <= outcomes["won"] < circle
    into = dict(db.session.execute(select(TicketMerge.ticket_id, TicketMerge.into_id)).all())
    assert len(into) == outcomes["won"]
    for start in ids:  # whoever follows the line of each comes to one that goes on by itself
        steps = 0
        while start in into:
            start, steps = into[start], steps + 1
            assert steps <= circle
        assert db.session.get_one(Ticket, start).state is State.TRIAGED


@pytest.mark.attack(28)
def test_merged_and_voided_at_once_nothing_goes_on_in_what_is_gone(app, house, opened):
    first, second = opened().id, opened().id
    db.session.remove()

    def press(who, place):
        if place % 2:
            links.merge(who, db.session.get_one(Ticket, second), db.session.get_one(Ticket, first), "重复", at=NOW)
        else:
            actions.void(who, db.session.get_one(Ticket, first), "误开", at=NOW)

    all_at_once(app, [house.lin.id, house.luo.id] * 8, press)
    states = {one.id: one.state for one in db.session.scalars(select(Ticket))}
    assert (states[first], states[second]) in {(State.VOIDED, State.TRIAGED), (State.TRIAGED, State.MERGED)}


@pytest.mark.attack(27)
def test_of_sixteen_who_take_apart_one_wins(app, house, limits, opened):
    first, second = opened(), opened()
    links.merge(house.li, second, first, at=NOW)
    first_id, second_id = first.id, second.id
    db.session.remove()

    def press(who, _place):
        ticket = db.session.get_one(Ticket, second_id)
        links.take_apart(who, ticket, db.session.get_one(Ticket, first_id), "不是一回事", at=later(10))

    assert all_at_once(app, [house.li.id, house.wang.id] * 8, press) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert journal.names("ticket").count("TakenApart") == 1


@pytest.mark.attack(27)
def test_a_pair_that_is_linked_from_both_sides_at_once_has_one_link(app, house, opened):
    one, two = opened().id, opened().id
    db.session.remove()

    def press(who, place):
        first, second = (one, two) if place % 2 else (two, one)
        links.link(
            who, db.session.get_one(Ticket, first), db.session.get_one(Ticket, second), Tie.CAUSES, "断电", at=NOW
        )

    assert all_at_once(app, [house.li.id, house.wang.id] * 8, press) == {"won": 1, "OutOfDate": AT_ONCE - 1}
    assert db.session.scalar(select(func.count()).select_from(TicketLink)) == 2


# ── Second matters ──


@pytest.mark.rule("TKT-006")
def test_a_second_matter_has_the_same_customer_and_first_receiver_and_leaves_its_letters_where_they_are(house, worked):
    first = worked()
    actions.write_down(house.li, first, "还有，账单也不对。", channel=Channel.TELEPHONE, at=later(5))
    letter = queries.entries(first.id, inside=True)[-1]
    made = links.split(
        house.wang, first, kind="consultation", routing="account", title="账单不对", body="多收六元。",
        letters=[letter.id], at=later(10),
    )  # fmt: skip
    assert (made.customer_id, made.accountable_name, made.desk_id) == (first.customer_id, "Li", first.desk_id)
    assert (made.received_at, made.state) == (later(10), State.TRIAGED)
    assert ties(house.li, made) == [(Tie.SPLIT_FROM, first.number)]
    assert ties(house.li, first) == [(Tie.SPLIT_INTO, made.number)]
    assert [one.id for one in queries.entries(first.id, inside=True)][-1] == letter.id
    assert queries.entries(made.id, inside=True) == []
    with pytest.raises(Refused, match="stays so"):
        links.unlink(house.li, first, made, "不要了", at=NOW)


@pytest.mark.attack(11)
def test_a_second_matter_refers_to_letters_of_its_own_ticket_alone(house, worked):
    first, other = worked(), worked()
    actions.note(house.li, other, "别处的话", at=NOW)
    letter = queries.entries(other.id, inside=True)[-1]
    with pytest.raises(Refused, match="of this ticket alone"):
        links.split(
            house.li, first, kind="consultation", routing="account", title="二", body="二", letters=[letter.id], at=NOW
        )


@pytest.mark.attack(10)
def test_what_was_split_from_a_complaint_about_somebody_is_hidden_from_them_too(house, opened):
    first = complaint(house, opened, about=house.zhao)
    made = links.split(house.lin, first, kind="consultation", routing="software", title="另一件", body="另一件", at=NOW)
    for who in (house.zhao, house.han):
        assert queries.ticket_seen_by(who, made.number) is None
    assert queries.hidden_from(made.id) == queries.hidden_from(first.id)


@pytest.mark.attack(29)
def test_a_second_matter_sent_twice_is_one_ticket(house, worked):
    first = worked()
    form = {"kind": "consultation", "routing": "account", "title": "二", "body": "二", "key": "one form"}
    links.split(house.li, first, **form, at=NOW)
    with pytest.raises(OutOfDate):
        links.split(house.li, first, **form, at=NOW)
    assert facts(first).count("TicketSplit") == 1
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 2


# ── On the pages ──

FIRST, SECOND, ALIKE = "收银机连不上网，中午要排队了", "望江楼又来电：收银机什么时候能好", "厂区监控画面每小时黑屏一次"


def called(title: str) -> Ticket:
    return db.session.scalars(select(Ticket).where(Ticket.title == title)).one()


def test_the_page_of_a_merged_ticket_says_where_it_went_and_that_of_the_other_holds_its_letters(demo, browser):
    first, second = called(FIRST).number, called(SECOND).number
    browser.sign_in("agent")
    page = browser.get(f"/tickets/{second}")
    assert page.soup.select_one(f".goes-on a[href='/tickets/{first}']")
    assert not page.soup.select("form[action$='/write']")
    page = browser.get(f"/tickets/{first}")
    (folded,) = page.soup.select("details.folded")
    assert second in folded.summary.text
    letters = browser.get(folded.select_one("a")["href"])
    assert "催上一张工单" in letters.main
    assert "王芳" in letters.main  # her note, for whoever sees what is said inside
    assert {one["href"] for one in page.soup.select(".ties a[href*=T-]")} >= {
        f"/tickets/{second}", f"/tickets/{called(ALIKE).number}",
    }  # fmt: skip
    assert browser.get(f"/search?q={second}", expect=303).headers["Location"].endswith(second)


@pytest.mark.attack(5, 10, 11, 16, 18)
def test_whoever_may_not_see_the_other_one_reads_of_another_case_alone(demo, browser):
    """ops1 may accept the first one, and sees neither the second nor what was said in it."""
    first, second = called(FIRST).number, called(SECOND).number
    browser.sign_in("ops1")
    page = browser.get(f"/tickets/{first}")
    assert page.soup.select_one(".ties").text.count("another case that you may not open") == 1
    for word in (second, SECOND, "催上一张"):
        assert word not in page.text
    assert not page.soup.select("details.folded")
    for url in (f"/tickets/{second}/letters", f"/tickets/{second}/letters?only=0", f"/tickets/{second}"):
        browser.get(url, expect=404)
        browser.get(url, expect=404, part="letters-of-x")


def test_merged_and_taken_apart_without_javascript(demo, browser):
    browser.sign_in("agent")
    one, two = called("会议室投屏总是断").number, called("视频会议客户端升级后闪退").number
    page = browser.get(f"/tickets/{one}/merge")
    form = page.form("/merge")
    back = browser.post(f"/tickets/{one}/merge", {**form, "other": two[-2:]}, expect=422)  # another customer: no reason
    assert back.form("/merge")["other"] == two[-2:]
    page = browser.follow(browser.post(f"/tickets/{one}/merge", {**form, "other": two, "reason": "同一次升级"}))
    assert page.url.endswith(two)
    assert "Tell 苏文轩 as well" in page.main
    page = browser.get(f"/tickets/{one}?act=apart")
    browser.post(f"/tickets/{one}/apart", {**page.form("/apart"), "reason": "其实是两件事"})
    db.session.expire_all()
    assert called("会议室投屏总是断").state is State.IN_PROGRESS


def test_linked_and_taken_off_without_javascript(demo, browser):
    one, two = called("会议室投屏总是断").number, called("视频会议客户端升级后闪退").number
    browser.sign_in("agent")
    form = browser.get(f"/tickets/{one}/link").form("/link")
    page = browser.follow(
        browser.post(f"/tickets/{one}/link", {**form, "other": two, "tie": "caused by", "reason": "同一版本"})
    )
    (off,) = [link for link in page.soup.select(".ties a") if "unlink" in link["href"]]
    form = browser.get(off["href"]).form("/unlink")
    browser.post(f"/tickets/{one}/unlink", {**form, "reason": "查明不是"})
    assert not browser.get(f"/tickets/{one}").soup.select(".ties")


@pytest.mark.attack(12, 16)
@pytest.mark.parametrize("act", ["link", "merge"])
def test_a_ticket_that_is_hidden_is_refused_like_one_that_is_not_there_and_kept_in_the_security_log(demo, browser, act):
    own = called("会议室投屏总是断").number
    who = organisation.staff(organisation.person_called("agent"), TODAY)
    hidden = next(
        number for number in db.session.scalars(select(Ticket.number)) if queries.ticket_seen_by(who, number) is None
    )
    browser.sign_in("agent")
    form = {**browser.get(f"/tickets/{own}/{act}").form(f"/{act}"), "tie": "same matter", "reason": "试试"}
    answers = {}
    for number in (hidden, "T-2026-09999"):
        page = browser.post(f"/tickets/{own}/{act}", {**form, "other": number}, expect=422)
        answers[number] = page.soup.select_one(".error-summary").text.replace(number, "…")
        assert page.form(f"/{act}")["reason"] == "试试"
    assert len(set(answers.values())) == 1
    kept = db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == "verb refused")).all()
    assert [one.detail["tickets"] for one in kept] == [[hidden]]


def test_a_second_matter_is_split_off_without_javascript_and_shows_the_letters_that_it_refers_to(demo, browser):
    first = called("会议室投屏总是断")
    letter = next(one for one in queries.entries(first.id, inside=True) if one.kind == "note")
    number = first.number
    browser.sign_in("agent")
    page = browser.get(f"/tickets/{number}/split")
    form = {
        **page.form("/split"),
        "title": "顺便问月租",
        "body": "想知道月租。",
        "routing": "billing",
        "letters": str(letter.id),
    }
    page = browser.follow(browser.post(f"/tickets/{number}/split", {**form, "kind": "consultation"}))
    assert "顺便问月租" in page.soup.h1.text
    (folded,) = page.soup.select("details.folded")
    shown = browser.get(folded.select_one("a")["href"])
    assert len(shown.soup.select(".letter")) == 1
    assert letter.body[:6] in shown.main
    browser.post(f"/tickets/{number}/split", {**form, "kind": "consultation"})
    assert db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.title == "顺便问月租")) == 1


def test_the_form_for_a_second_matter_says_which_letters_are_inside(demo, browser):
    first = called("会议室投屏总是断")
    page = browser.sign_in("agent").get(f"/tickets/{first.number}/split")
    lines = {one["for"]: one.text for one in page.soup.select(".choices label")}
    said = {one.id: one.kind.is_inside for one in queries.entries(first.id, inside=True)}
    assert True in said.values()
    for box in page.soup.select("input[name=letters]"):
        assert lines[box["id"]].startswith("Inside note · ") == said.get(int(box["value"]), False)


@pytest.mark.attack(10, 18)
def test_a_mistake_in_the_form_shows_nobody_what_is_said_inside(demo, browser):
    ticket = called("市场部共享盘打不开")
    agent = organisation.staff(organisation.person_called("agent"), TODAY)
    actions.note(agent, ticket, "只给同事看的话", at=NOW)
    number = ticket.number
    forged = {"csrf_token": browser.sign_in("clerk").get(f"/tickets/{number}").form("/follow")["csrf_token"]}
    page = browser.post(f"/tickets/{number}/split", forged, expect=422)
    assert "只给同事看的话" not in page.main


def test_what_belongs_with_a_ticket_is_read_without_walking_through_others(demo):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans are told in SQLite's words")
    number, who = called(FIRST).number, organisation.staff(organisation.person_called("agent"), TODAY)
    for line in plan(lambda: queries.whole_ticket(who, number)):
        assert not re.match(r"SCAN (ticket|ticket_link|ticket_merge)\b", line), line


@pytest.mark.parametrize("title", [FIRST, SECOND])
@pytest.mark.parametrize("path", ["", "/link", "/merge", "/split", "/letters", "?act=apart"])
def test_these_pages_ask_the_database_ten_times_at_most(demo, browser, title, path):
    from tests.tickets.test_pages import statements

    number = called(title).number
    url = f"/tickets/{number}{path}"
    browser.sign_in("agent")
    if browser.get(url, expect={200, 403}).status == 200:
        assert statements(browser, url) <= 10
