"""Who hears of what: everybody whom it concerns, once, and nobody of what they did themselves or may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import OutOfDate
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import Role
from portal.notifications import actions, jobs, queries
from portal.notifications.models import Notice, ToldEntry
from portal.notifications.states import USUAL, News, Way
from portal.organisation import actions as organisation
from portal.organisation.models import Grant
from portal.tickets import actions as tickets
from portal.tickets import complaints, parts
from portal.tickets import jobs as ticket_jobs
from portal.tickets.states import BreachKind, Channel, Impact, Satisfaction, Urgency
from tests.conftest import NOW, TODAY
from tests.notifications.conftest import names, told
from tests.tickets.conftest import again, by_hand, person_of


def bells() -> list[tuple[int, int]]:
    return [tuple(row) for row in db.session.execute(db.select(Notice.entry_id, Notice.person_id))]


def test_whoever_is_offered_a_ticket_hears_of_it_and_the_one_who_offered_hears_the_answer(house, opened, rounds):
    ticket = opened()
    tickets.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    rounds()
    assert names(house.zhao) == ["TicketOffered"]
    assert names(house.li) == []  # nobody is told of their own act
    tickets.refuse_offer(house.zhao, ticket, "不是我们的设备。", at=NOW)
    rounds()
    assert names(house.li) == ["OfferRefused"]
    assert names(house.zhao) == []  # since the refusal it is not Zhao's to see any more


def test_what_is_offered_to_a_department_rings_at_its_desk(house, opened, rounds):
    ticket = opened()
    tickets.offer(house.li, ticket, house.tech, at=NOW)
    rounds()
    assert names(house.zhao) == names(house.han) == ["TicketOffered"]
    assert names(house.yu) == names(house.wang) == []


@pytest.mark.attack(16)
def test_a_follower_who_may_not_see_it_hears_nothing(house, worked, rounds):
    ticket = worked()
    tickets.follow(house.wang, ticket, at=NOW)
    by_hand("INSERT INTO ticket_follower (person_id, ticket_id, since_at) VALUES (:p, :t, :at)",
            p=house.yu.id, t=ticket.id, at="2026-10-12 02:00:00+00:00")  # fmt: skip
    tickets.note(house.li, ticket, "密码在抽屉里。", at=NOW)
    rounds()
    assert names(house.wang) == ["NoteAdded"]
    assert names(house.yu) == []
    assert queries.unread(again(house.yu)) == 0


@pytest.mark.attack(16)
def test_a_requester_hears_what_is_done_and_nothing_that_stays_inside(house, opened, rounds):
    ticket = opened(customer=None, requester=person_of(house.mo))
    tickets.take(house.li, ticket, at=NOW)
    tickets.follow(house.mo, ticket, at=NOW)
    tickets.note(house.li, ticket, "先看看再说。", at=NOW + timedelta(minutes=1))
    tickets.flag_serious(house.li, ticket, "可能漏电", at=NOW + timedelta(minutes=2))
    tickets.reply(house.li, ticket, "您好，正在处理。", channel=Channel.WEB, at=NOW + timedelta(minutes=3))
    rounds()
    assert names(house.mo) == ["TicketAccepted", "ReplySent"]
    assert "漏电" not in "".join(one.sentence for one in told(house.mo))


@pytest.mark.attack(16)
def test_nobody_hears_of_a_complaint_about_themselves(house, opened, rounds):
    ticket = opened(by=house.zhao, kind="complaint", about=person_of(house.luo))
    tickets.flag_serious(house.zhao, ticket, "态度问题", at=NOW)
    tickets.follow(house.luo, ticket, at=NOW)
    rounds()
    assert names(house.luo) == []
    assert queries.unread(again(house.luo)) == 0


@pytest.mark.rule("TKT-014")
@pytest.mark.attack(16)
def test_an_alarm_about_the_leaders_own_people_goes_to_the_next_level(house, opened, rounds):
    ticket = opened(by=house.wang, kind="complaint", routing="account", about=person_of(house.li))
    tickets.flag_serious(house.wang, ticket, "威胁客户", at=NOW)
    rounds()
    assert names(house.luo) == []
    assert "FlaggedSerious" in names(house.chen)


@pytest.mark.rule("TKT-009")
def test_an_internal_complaint_goes_to_the_manager_and_the_answer_to_its_author(house, worked, rounds):
    ticket = worked()
    complaint = tickets.complain_inside(house.li, ticket, house.tech, person_of(house.zhao), "两天没有回音。", at=NOW)
    rounds()
    assert names(house.han) == ["ComplainedInside"]
    assert names(house.zhao) == names(house.luo) == []
    tickets.answer_complaint(house.han, complaint, "今天由我跟进。", at=NOW)
    rounds()
    assert names(house.li) == ["ComplaintAnswered"]


@pytest.mark.rule("TKT-014")
def test_the_superior_hears_of_what_is_serious(house, worked, rounds):
    ticket = worked()
    tickets.flag_serious(house.li, ticket, "楼道有焦味", at=NOW)
    rounds()
    assert "FlaggedSerious" in names(house.luo)
    assert [one.notice.news for one in told(house.luo)] == [News.ALARM]


@pytest.mark.attack(17)
def test_a_right_that_was_taken_takes_the_notice_with_it(house, worked, rounds):
    ticket = worked()
    tickets.offer(house.li, ticket, house.tech, at=NOW)
    rounds()
    assert names(house.zhao) == ["TicketOffered"]
    grant = db.session.scalars(db.select(Grant).where(Grant.person_id == house.zhao.id)).one()
    organisation.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    assert names(house.zhao) == []
    assert queries.unread(again(house.zhao)) == 0


@pytest.mark.attack(17)
def test_a_role_elsewhere_lets_nobody_hear_of_more(house, worked, rounds):
    organisation.give_role(PORTAL, person_of(house.yu), Role.HEAD, house.market, from_on=TODAY, at=NOW)
    tickets.note(house.li, worked(), "内部备注", at=NOW)
    rounds()
    assert names(house.yu) == ["RoleGiven"]


def test_of_one_act_a_person_hears_once(house, worked, rounds):
    ticket = worked()
    rounds()
    tickets.follow(house.wang, ticket, at=NOW)
    tickets.resolve(house.li, ticket, "换了电源。", at=NOW + timedelta(minutes=1))
    tickets.tell_customer(
        house.li, ticket, "已经换好了。", channel=Channel.TELEPHONE, at=NOW + timedelta(minutes=2)
    )  # reply, definite answer, told: three facts
    rounds()
    assert names(house.wang) == ["TicketResolved", "CustomerTold"]


def test_telling_twice_tells_once(house, worked, rounds):
    worked(impact=Impact.MANY, urgency=Urgency.NOW)
    rounds()
    before = bells()
    assert before
    assert rounds() == 0
    assert bells() == before


def test_of_two_workers_at_the_same_slice_one_tells(house, worked):
    tickets.note(house.li, worked(), "备注", at=NOW)
    entries = [one.id for one in queries.untold(NOW)]
    db.session.rollback()

    @actions.action
    def first_and_second(_actor, *, at):
        db.session.execute(db.insert(ToldEntry), [{"entry_id": entries[0]}])
        db.session.execute(db.insert(ToldEntry), [{"entry_id": entries[0]}])

    with pytest.raises(OutOfDate):
        first_and_second(PORTAL, at=NOW)
    jobs.tell_the_news(NOW)
    assert db.session.scalars(db.select(ToldEntry.entry_id).where(ToldEntry.entry_id.in_(entries))).all() == entries


def test_an_entry_that_was_committed_late_is_told_all_the_same(house, worked, rounds):
    """PostgreSQL gives ids before it commits: a lower one may appear after a higher one was told."""
    ticket = worked()
    rounds()
    tickets.note(house.li, ticket, "早一点的备注", at=NOW)
    late = db.session.scalar(db.select(db.func.max(JournalEntry.id)))
    tickets.follow(house.wang, ticket, at=NOW)
    db.session.rollback()
    by_hand("INSERT INTO notice_told (entry_id) SELECT id FROM journal WHERE id > :late", late=late)
    rounds()
    assert late in {one.entry.id for one in told(house.wang)}


@pytest.mark.attack(33)
@pytest.mark.rule("TKT-012")
def test_a_worker_that_was_down_for_eight_hours_tells_each_breach_once_with_its_true_moment(
    house, opened, rounds, published
):
    published({"tickets.first_response": "otherwise: 30 minutes"}, from_=TODAY)
    made = [opened(title=f"第{n}件", at=NOW) for n in range(5)]
    later = NOW + timedelta(hours=8)
    ticket_jobs.keep_limits(later)
    rounds(later)
    rounds(later + timedelta(minutes=1))
    missed = [one for one in told(house.li) if one.entry.name == "LimitMissed"]
    assert len(missed) == len({one.notice.subject_id for one in missed}) == len(made)
    assert {one.entry.event().moment for one in missed} == {NOW + timedelta(minutes=30)}
    assert {one.entry.event().kind for one in missed} == {BreachKind.LATE_RESPONSE}


def test_what_happened_long_ago_is_no_news(house, opened, rounds):
    ago = NOW - queries.STALE - timedelta(hours=1)
    ticket = opened(at=ago)
    tickets.offer(house.li, ticket, house.tech, person_of(house.zhao), at=ago)
    rounds()
    assert names(house.zhao) == []
    assert queries.newest_told() == queries.newest_entry()


def test_a_colleague_who_has_left_is_told_nothing(house, worked, rounds):
    ticket = worked()
    tickets.follow(house.wang, ticket, at=NOW)
    by_hand("UPDATE person SET left_on = :day WHERE id = :id", day=TODAY, id=house.wang.id)
    tickets.note(house.li, ticket, "备注", at=NOW)
    rounds()
    assert not [one for one in bells() if one[1] == house.wang.id]


def test_news_that_somebody_does_not_want_on_the_bell_is_not_told_there(house, worked, rounds):
    ticket = worked()
    tickets.follow(house.wang, ticket, at=NOW)
    actions.choose(house.wang, {**USUAL, News.PROGRESS: frozenset()}, at=NOW)
    tickets.note(house.li, ticket, "备注", at=NOW)
    rounds()
    assert names(house.wang) == []
    assert queries.choices(house.wang.id)[News.PROGRESS] == frozenset()
    assert queries.choices(house.lin.id) == USUAL
    assert Way.BELL in USUAL[News.PROGRESS]


def test_notices_have_an_age_and_the_journal_keeps_what_happened(house, worked, rounds, app):
    tickets.flag_serious(house.li, worked(), "严重", at=NOW)
    rounds()
    facts = db.session.scalar(db.select(db.func.count()).select_from(JournalEntry))
    age = timedelta(days=app.config["NOTICE_DAYS"])
    jobs.forget(NOW + age)
    assert names(house.luo)
    jobs.forget(NOW + age + timedelta(seconds=1))
    assert names(house.luo) == []
    assert db.session.scalar(db.select(db.func.count()).select_from(JournalEntry)) == facts


@pytest.mark.rule("TKT-042")
def test_whoever_has_to_sign_hears_of_the_conclusion_and_again_of_another_solution(house, worked, rounds):
    ticket = worked(kind="complaint")
    complaints.fill_form(house.li, ticket, cause="漏发短信", wanted="道歉", at=NOW)
    part = parts.ask(house.li, ticket, house.tech, "请查派单记录。", at=NOW)
    parts.take(house.zhao, ticket, part, at=NOW)
    parts.finish(house.zhao, ticket, part, "已补发。", 5, at=NOW)
    tickets.resolve(house.li, ticket, "已说明。", at=NOW)
    rounds()
    assert "TicketResolved" not in names(house.zhao) + names(house.han)  # nothing is to be signed yet
    complaints.conclude(house.li, ticket, upheld=True, evidence="记录", conclusion="属实", at=NOW)
    rounds()
    for who in (house.zhao, house.han):
        assert names(who).count("ComplaintConcluded") == 1
    tickets.tell_customer(house.li, ticket, "修好了。", channel=Channel.TELEPHONE, at=NOW)
    tickets.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="书面道歉", at=NOW)
    tickets.resolve(house.li, ticket, "信已寄。", at=NOW)
    rounds()
    for who in (house.zhao, house.han):
        assert names(who).count("TicketResolved") == 1
    assert "TicketResolved" not in names(house.yu) + names(house.wang)


@pytest.mark.rule("TKT-012", "TKT-030")
def test_whoever_leads_a_desk_hears_of_its_late_tickets_on_the_bell_and_gets_no_letter_for_each(
    house, opened, rounds, published
):
    published({"tickets.first_response": "otherwise: 30 minutes"}, from_=TODAY)
    opened()
    ticket_jobs.keep_limits(NOW + timedelta(minutes=30))
    rounds(NOW + timedelta(minutes=30))
    assert names(house.luo) == []
    ticket_jobs.keep_limits(NOW + timedelta(minutes=31))
    rounds(NOW + timedelta(minutes=31))
    assert names(house.luo).count("LimitMissed") == 1
    assert "LimitMissed" not in names(house.han) + names(house.chen) + names(house.lin)
    assert Way.MAIL not in USUAL[News.DESK]


@pytest.mark.rule("TKT-047")
@pytest.mark.attack(10)
def test_a_leader_from_whom_it_is_kept_hears_nothing_of_its_limits(house, opened, rounds, published):
    published({"tickets.first_response": "otherwise: 30 minutes"}, from_=TODAY)
    opened(kind="complaint", about=person_of(house.luo))
    ticket_jobs.keep_limits(NOW + timedelta(minutes=31))
    rounds(NOW + timedelta(minutes=31))
    assert names(house.luo) == []
