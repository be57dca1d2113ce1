"""Today says what waits for me, the next deadline first, and knows nothing of what waits for others."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from portal.calendar import actions as calendar
from portal.demo import scale
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import start_of
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation import waiting
from portal.tickets import actions
from portal.tickets.events import LimitMissed, LimitNear, PartAsked
from portal.tickets.models import InternalQuestion, Ticket
from portal.tickets.queries import to_do
from portal.tickets.states import BreachKind, Channel, ClockKind, Impact, Satisfaction, Urgency
from portal.today.queries import MOST, When, agenda
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import again, by_hand, person_of, solve_and_tell


def reader(name):
    person = people.person_called(name)
    assert person is not None
    return people.staff(person, TODAY)


def lines(who, at=NOW):
    """What waits for somebody, but for manuals: a test that publishes one asks everybody to acknowledge it."""
    return [line for group in agenda(who, at) for line in group.lines if not line.href.startswith("/manuals/")]


def buttons(who, at=NOW):
    """(number or title, word on the button) of everything on somebody's page."""
    return [(line.number or str(line.title), str(line.verb)) for line in lines(who, at)]


def test_what_is_due_first_stands_first_and_everything_on_it_is_mine(demo):
    scale.add("tickets", 3_000, NOW)
    me = reader("agent")
    groups = agenda(me, NOW)
    dues = [line.due_at for group in groups for line in group.lines if line.due_at]
    assert dues == sorted(dues)
    assert [group.when for group in groups] == sorted((group.when for group in groups), key=list(When).index)
    numbers = {line.number for group in groups for line in group.lines}
    for ticket in db.session.query(Ticket).where(Ticket.number.in_(numbers)):
        asked = ticket.id in {one.ticket_id for one in questions_to(me)}
        assert asked or ticket.open_to_id or me.id in (
            ticket.assignee_id, ticket.offered_to_id, ticket.accountable_id, ticket.deputy_id, ticket.requester_id
        )  # fmt: skip


def questions_to(who):
    return db.session.scalars(db.select(InternalQuestion).where(InternalQuestion.asked_id == who.id)).all()


@pytest.mark.rule("TKT-007", "TKT-022", "TKT-055", "TKT-008")
def test_each_step_of_a_ticket_stands_with_its_button_before_whoever_has_to_take_it(house, opened):
    ticket = opened()
    number = ticket.number
    assert buttons(house.li) == [(number, "Hand out")]
    actions.offer(house.li, ticket, house.tech, person_of(house.zhao), at=NOW)
    assert (buttons(house.li), buttons(house.zhao)) == ([], [(number, "Accept")])
    actions.accept(house.zhao, ticket, at=NOW)
    assert buttons(house.zhao) == [(number, "Go on")]
    question = actions.ask_inside(
        house.zhao, ticket, person_of(house.yu), "几点停电？", told="正在了解。", channel=Channel.TELEPHONE, at=NOW
    )
    assert (buttons(house.zhao), buttons(house.yu)) == ([(number, "Look after it")], [(number, "Answer it")])
    actions.answer_inside(house.yu, ticket, question, "八点。", at=NOW)
    actions.resolve(house.zhao, ticket, "换了电源。", at=NOW)
    assert (buttons(house.zhao), buttons(house.yu), buttons(house.li)) == ([], [], [(number, "Tell the result")])
    actions.tell_customer(house.li, ticket, "已经换好。", channel=Channel.TELEPHONE, at=NOW)
    assert buttons(house.li) == [(number, "Ask the customer")]
    actions.customer_answer(house.li, ticket, Satisfaction.SATISFIED, at=NOW)
    assert buttons(house.li) == [(number, "Call back")]
    actions.record_call_back(house.li, ticket, reached=True, at=NOW)
    assert buttons(house.li) == [(number, "Close")]
    actions.close(house.li, ticket, at=NOW)
    assert buttons(house.li) == []


def test_what_is_nobodys_waits_for_whoever_hands_out_and_not_for_the_whole_desk(house, opened):
    number = opened().number
    assert buttons(house.lin) == [(number, "Hand out")]
    assert buttons(house.wang) == buttons(house.han) == buttons(house.mo) == []


@pytest.mark.rule("TKT-014")
def test_what_is_serious_and_not_reported_waits_with_its_own_limit(house, worked, published):
    published({"tickets.report_serious_within": "30 minutes"}, from_=TODAY)
    ticket = worked()
    actions.flag_serious(house.li, ticket, "焦味", at=NOW)
    (line,) = lines(house.li)
    assert (str(line.verb), line.due_at) == ("Report upward", ticket.due_at)
    actions.report_serious(house.li, ticket, at=NOW)
    assert buttons(house.li) == [(ticket.number, "Go on")]


@pytest.mark.rule("TKT-056")
def test_a_ticket_that_went_up_waits_for_the_director(house, worked):
    ticket = worked()
    for _round in range(3):
        solve_and_tell(house.li, ticket)
        actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="还是不行", at=NOW)
    assert ticket.level > 0
    assert (ticket.number, "Decide") in buttons(house.luo)
    assert (ticket.number, "Decide") not in buttons(house.lin)


def test_my_own_request_waits_for_my_yes(house, opened):
    ticket = opened(customer=None, requester=person_of(house.mo))
    actions.take(house.li, ticket, at=NOW)
    assert buttons(house.mo) == []
    solve_and_tell(house.li, ticket)
    assert buttons(house.mo) == [(ticket.number, "Say whether it is settled")]


@pytest.mark.rule("TKT-009")
@pytest.mark.attack(16)
def test_an_internal_complaint_waits_for_the_manager_alone(house, worked):
    ticket = worked()
    complaint = actions.complain_inside(house.li, ticket, house.tech, person_of(house.zhao), "没有回音。", at=NOW)
    assert buttons(house.han) == [("Complaint inside, made by Li", "Answer it")]
    assert buttons(house.zhao) == buttons(house.luo) == []
    actions.answer_complaint(house.han, complaint, "今天跟进。", at=NOW)
    assert buttons(house.han) == []


@pytest.mark.attack(16)
def test_nobody_reads_of_a_complaint_about_themselves(house, opened):
    opened(by=house.zhao, kind="complaint", about=person_of(house.lin), department=house.desk)
    assert buttons(house.lin) == []


def test_an_account_that_nobody_can_open_waits_for_the_administrator(demo):
    before = buttons(reader("admin"))
    organisation.add_person(PORTAL, "XH099", "newcomer", "新来的", joined_on=TODAY + timedelta(days=2), at=NOW)
    (line,) = [one for one in lines(reader("admin")) if one.number == "XH099"]
    assert (str(line.verb), line.href) == ("Make the link", "/people/XH099/account")
    assert len(buttons(reader("admin"))) == len(before) + 1
    assert not [one for one in lines(reader("supervisor")) if one.number == "XH099"]


def test_accounts_elsewhere_crowd_nobody_out_of_the_list_of_whoever_looks_after_one_department(house):
    by_hand("UPDATE person SET password_hash = ''")
    early = organisation.add_person(PORTAL, "XH001", "early", "早到的", joined_on=TODAY - timedelta(days=900), at=NOW)
    organisation.give_role(PORTAL, person_of(house.yu), Role.ADMIN, house.tech, from_on=TODAY, at=NOW)
    (first,) = people.accounts_to_open(again(house.yu), NOW, most=1)
    assert first[0].id != early.id
    assert first[1] == house.tech.names["zh-CN"]


def test_a_year_that_is_not_announced_waits_for_whoever_keeps_the_calendar(demo):
    (line,) = [one for one in lines(reader("hr")) if one.href == "/calendar/2027"]
    assert (str(line.title), str(line.verb)) == ("The make-up days of 2027 are not announced yet", "Enter them")
    assert not [one for one in lines(reader("agent")) if one.href.startswith("/calendar")]
    assert not [one for one in lines(reader("hr"), NOW - timedelta(days=30)) if one.href == "/calendar/2027"]
    calendar.announce_year(reader("hr"), 2027, True, at=NOW)
    assert not [one for one in lines(reader("hr")) if one.href == "/calendar/2027"]


@pytest.mark.parametrize("name", ["agent", "engineer", "supervisor"])
def test_the_days_of_the_demo_company_are_full_and_every_button_leads_to_its_step(demo, browser, name):
    page = browser.sign_in(name).get("/")
    buttons_there = page.soup.select(".agenda-row a.button")
    assert len(buttons_there) >= 4
    assert len({one.text for one in buttons_there}) >= 2
    for button in buttons_there:
        browser.get(str(button["href"]))


def test_somebody_with_nothing_to_do_reads_that(demo, browser):
    assert "Nothing is waiting" in browser.sign_in("auditor").get("/").main


def test_a_colleague_of_a_desk_with_open_tickets_reads_that_they_are_nobodys(house, opened, browser):
    opened()
    by_hand("UPDATE person SET must_change_password = false")
    page = browser.sign_in(house.wang.sign_in_name).get("/")
    assert "Nothing is waiting" in page.main
    assert "one ticket is nobody’s yet" in page.main
    assert "nobody" not in browser.sign_in(house.yu.sign_in_name).get("/").main


@pytest.mark.parametrize("name", ["agent", "director", "hr", "admin"])
def test_the_page_takes_at_most_ten_statements_however_much_waits(demo, browser, statements, name):
    scale.add("tickets", 3_000, NOW)
    browser.sign_in(name).get("/")
    statements.clear()
    browser.get("/")
    assert len([one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 10, statements


def test_what_waits_in_tickets_is_one_statement_that_reads_no_table_from_end_to_end(demo, statements):
    me = reader("agent")
    people.departments()
    statements.clear()
    to_do(me, waiting.MOST)
    assert len(statements) <= 2, statements


def test_whoever_has_more_to_do_than_is_shown_reads_that_there_is_more(house, opened, browser):
    for _one in range(MOST):
        opened(by=house.lin)
    assert [(len(group.lines), group.more) for group in agenda(again(house.lin), NOW)] == [(MOST, False)]
    opened(by=house.lin)
    assert [(len(group.lines), group.more) for group in agenda(again(house.lin), NOW)] == [(MOST, True)]
    by_hand("UPDATE person SET must_change_password = false")
    assert "There are more of them." in browser.sign_in(house.lin.sign_in_name).get("/").main


def test_an_urgent_one_is_late_sooner(house, opened, published):
    published({"tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours"}, from_=TODAY)
    calm = opened(title="不急")
    urgent = opened(title="着急", impact=Impact.MANY, urgency=Urgency.NOW)
    assert [line.number for line in lines(house.lin)] == [urgent.number, calm.number]
    groups = agenda(again(house.lin), NOW + timedelta(minutes=11))
    assert groups[0].when is When.LATE


@pytest.mark.rule("TKT-039")
@pytest.mark.parametrize(
    ("minutes", "when", "words"),
    [(-1, When.TODAY, "today 23:59"), (0, When.TODAY, "today 24:00"), (1, When.THIS_WEEK, "tomorrow 00:01")],
)
def test_what_is_due_by_the_end_of_today_stands_under_today_as_24_00(demo, browser, minutes, when, words):
    """I-08: a clause says “by 24:00”; “tomorrow 00:00” would read as if there were another day."""
    me = reader("agent")
    number = next(line.number for line in lines(me) if line.number.startswith("T-") and line.due_at)
    due = (start_of(TODAY + timedelta(days=1)) + timedelta(minutes=minutes)).astimezone(UTC)
    by_hand("UPDATE ticket SET due_at = :due WHERE number = :n", due=f"{due:%Y-%m-%d %H:%M:%S}.000000", n=number)
    assert [one.when for one in agenda(me, NOW) if number in [line.number for line in one.lines]] == [when]
    (row,) = [one for one in browser.sign_in("agent").get("/").soup.select(".agenda-row") if number in one.text]
    assert row.select_one(".agenda-when").text == words


@pytest.mark.rule("TKT-040", "TKT-044")
def test_a_limit_at_the_end_of_a_day_is_its_24_00_in_sentences_on_the_ticket_and_on_paper(demo, browser):
    end = start_of(TODAY + timedelta(days=2))
    for sentence in (
        LimitMissed(1, BreachKind.PROMISE_BROKEN, end, None, "Li", None).sentence(),
        LimitNear(1, ClockKind.PROMISED, end, None).sentence(),
        PartAsked(1, 1, 1, 1, "Tech", None, "", end, None, 1).sentence(),
    ):
        assert "13 Oct 24:00" in str(sentence)
    assert "14 Oct 00:01" in str(LimitNear(1, ClockKind.PROMISED, end + timedelta(minutes=1), None).sentence())
    page = browser.sign_in("agent").get("/tickets/T-2026-00057")
    assert "15 Oct 24:00" in page.main  # the definite answer, on the third day
    assert "16 Oct 00:00" not in page.main
    assert "2026-10-15 24:00" in browser.get("/tickets/T-2026-00057/sheet").main
