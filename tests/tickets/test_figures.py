"""The figures of a period: their arithmetic, whose they are, who sees them, and that each one is its list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as any_of
from sqlalchemy import event, select
from werkzeug.datastructures import MultiDict

from portal import schema
from portal.demo import scale
from portal.demo.cast import COLLEAGUES, NAMED
from portal.extensions import db
from portal.kernel import check_codes
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Refused
from portal.kernel.permissions import P, Role
from portal.kernel.tables import read_table
from portal.lists.queries import kind_names
from portal.organisation import actions as people
from portal.organisation import queries as organisation
from portal.policies.queries import ruling_notes
from portal.tickets import actions, figures, figures_paper, figures_table, links, parts, queries
from portal.tickets.figures import FEW, NOBODY, Behind, By, Fact, Figure, Period, Scope, Tally
from portal.tickets.models import Ticket
from portal.tickets.states import TICKET, Channel, Kind, Satisfaction, State
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import again, by_hand, later, person_of, satisfied, solve_and_tell
from tests.tickets.test_pages import statements

OFFICE = ZoneInfo("Asia/Shanghai")
OCTOBER = Scope(Period.read("2026-10"))
SEPTEMBER = Scope(Period.read("2026-09"))
MONTH_END = datetime(2026, 10, 1, tzinfo=OFFICE)
OFFICE_NOON = datetime(2026, 10, 13, 12, tzinfo=OFFICE)
LATER = datetime(2026, 11, 5, tzinfo=UTC)
"""A moment at which October is over."""
BESIDE = (Figure.BREACHES, Figure.PARTS, Figure.PARTS_LATE)
"""What counts for whoever did it, whose ticket it ever was."""


def reader(name: str):
    return organisation.staff(organisation.person_called(name), TODAY)


def total(who, scope=OCTOBER, by=By.KIND):
    return figures.table(who, scope, by, LATER).total


def rows(who, scope=OCTOBER, by=By.KIND):
    return {one.key: one.tally for one in figures.table(who, scope, by, LATER).lines}


def listed(who, scope, figure, size=3, **more) -> list[str]:
    return [one.number for one in figures.every_one(who, scope, Behind(figure, **more), size=size)]


NO_TIMES = dict.fromkeys(("response", "response_working", "solution", "solution_working"))


def fact(**given) -> Fact:
    usual = dict.fromkeys(Fact._fields, 0) | {"name": "", "round": 1, **NO_TIMES}
    return Fact(**{**usual, **given})


def tally(*facts: Fact) -> Tally:
    made = Tally()
    made.take(facts)
    return made.settle()


# ── The period ──


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_a_quarter_or_a_year_is_a_period(word, first, last):
    assert (Period.read(word).first, Period.read(word).last) == (first, last)


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "word", ["", "2026-13", "2026-0", "2026-q5", "26", "2026-1", "1999", "2026-10-01", "٢٠٢٦", "days"]
)
def test_what_is_no_period_is_refused(word):
    with pytest.raises(ValueError):
        Period.read(word)


@pytest.mark.parametrize(("last", "allowed"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)])
def test_a_period_has_twenty_four_months_at_most(last, allowed):
    if allowed:
        assert len(Period.of_days(date(2025, 1, 1), last).months()) == 24
    else:
        with pytest.raises(Refused, match="At most 24 months"):
            Period.of_days(date(2025, 1, 1), last)


def test_days_make_months_that_are_cut_where_they_begin_and_end():
    months = Period.of_days(date(2026, 8, 31), date(2026, 10, 12)).months()
    assert [(one.first.day, one.last.day, one.word) for one in months] == [
        (31, 31, "days"),
        (1, 30, "2026-09"),
        (1, 12, "days"),
    ]
    with pytest.raises(Refused, match="after the last"):
        Period.of_days(date(2026, 10, 2), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 12, 1), 1, date(2027, 1, 1)),
     (date(2026, 1, 1), -1, date(2025, 12, 1)), (date(2026, 10, 31), 26, date(2028, 12, 31))],
)  # fmt: skip
def test_months_on_is_the_same_day_or_the_last_of_a_shorter_month(day, months, then):
    assert figures.months_on(day, months) == then


# ── Arithmetic ──


@pytest.mark.parametrize(
    ("times", "half", "most"),
    [([], None, None), ([7], 7, 7), ([1, 2], 1, 2), ([1, 2, 4], 2, 4), ([2, 4, 6, 9], 5, 9), (range(1, 11), 5, 9),
     (range(1, 12), 6, 10)],
)  # fmt: skip
def test_the_median_is_the_middle_and_ninety_per_cent_is_one_of_the_times(times, half, most):
    assert (figures.median(list(times)), figures.within(list(times), 90)) == (half, most)


@pytest.mark.parametrize(
    ("part", "of", "said"), [(0, 0, None), (3, 4, None), (FEW - 1, FEW, 80), (199, 200, 99), (5, 5, 100)]
)
def test_a_share_is_cut_and_never_made_of_fewer_than_five(part, of, said):
    assert figures.share(part, of) == said


def test_what_was_paused_is_not_counted_and_told_beside():
    made = tally(fact(solution=3600, paused=600), fact(solution=1200), fact(paused=900))
    assert list(made.solutions) == [1200, 3000]
    assert (made.paused, made.paused_for) == (1, 600)  # one that is not solved yet is in neither


def test_a_ticket_that_came_back_twice_is_one_and_its_rounds_are_three():
    made = tally(fact(round=3), fact())
    assert (made.again, made.rounds, made.received) == (1, 4, 2)


def test_satisfaction_counts_those_who_said_something():
    made = tally(
        *(fact(asked=1, satisfied=1) for _one in range(4)), fact(asked=1, not_satisfied=1), fact(asked=1), fact()
    )
    assert [made.count(one) for one in (Figure.ASKED, Figure.SATISFIED, Figure.NOT_SATISFIED, Figure.SILENT)] == [
        6,
        4,
        1,
        1,
    ]
    nobody = tally(fact(asked=1), fact(asked=1))
    assert figures.share(nobody.satisfied, nobody.satisfied + nobody.not_satisfied) is None


def test_rows_add_up_to_all_of_them():
    one, other = tally(fact(response=5, imported=1), fact(solution=9)), tally(fact(response=1))
    both = Tally.sum([one, other])
    assert (both.received, both.imported, list(both.responses), list(both.solutions)) == (3, 1, [1, 5], [9])


# ── What is counted ──


def test_a_period_without_a_ticket_has_nothing_in_it(house):
    found = figures.table(house.luo, OCTOBER, By.DEPARTMENT, LATER)
    assert (found.lines, found.missed, found.total) == ([], [], Tally())


def test_one_ticket_is_in_every_figure_that_is_true_of_it(house, worked):
    ticket = worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(20))
    solve_and_tell(house.li, ticket, at=later(60))
    found = total(house.luo)
    assert (found.received, found.open, found.closed, found.again) == (1, 1, 0, 0)
    assert (list(found.responses), list(found.solutions)) == ([20 * 60], [60 * 60])
    satisfied(house.li, ticket, at=later(70))
    actions.close(house.li, ticket, at=later(80))
    found = total(house.luo)
    assert (found.open, found.closed, found.asked, found.satisfied, found.not_satisfied) == (0, 1, 1, 1, 0)


@pytest.mark.parametrize(("seconds", "month"), [(-1, "2026-09"), (0, "2026-10")])
def test_a_month_begins_at_midnight_in_the_office(house, opened, seconds, month):
    opened(at=MONTH_END + timedelta(seconds=seconds))
    counted = {one: total(house.luo, Scope(Period.read(one))).received for one in ("2026-09", "2026-10")}
    assert counted == {"2026-09": 0, "2026-10": 0} | {month: 1}


@pytest.mark.rule("TKT-028")
@pytest.mark.parametrize(("minutes", "late"), [(30, 0), (30.1, 1)])
def test_a_response_at_its_limit_is_in_time(house, worked, published, minutes, late):
    published({"tickets.first_response": "otherwise: 30 minutes"}, from_=TODAY)
    ticket = worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(minutes))
    worked()  # its limit has neither been met nor passed
    found = figures.table(house.luo, OCTOBER, By.KIND, LATER)
    assert (found.total.response_due, found.total.response_late) == (1, late)
    assert [(one.because.manual, one.count) for one in found.missed] == [("KF-01", 1)] * late


@pytest.mark.attack(43)
@pytest.mark.rule("TKT-033")
def test_a_later_version_of_the_manual_changes_no_figure(house, worked, published):
    published({"tickets.solve_within": "otherwise: 24 hours"}, from_=TODAY)
    ticket = worked()
    published({"tickets.solve_within": "otherwise: 1 hour"}, from_=TODAY + timedelta(days=1))
    actions.resolve(house.li, ticket, "换了电源。", at=later(23 * 60))
    found = total(house.luo)
    assert (found.solution_due, found.solution_late) == (1, 0)


def test_a_pause_across_the_end_of_the_month_is_whole_where_the_ticket_came_in(house, worked, published):
    published({"tickets.solve_within": "otherwise: 240 hours"}, from_=date(2026, 1, 1))
    ticket = worked(at=MONTH_END - timedelta(hours=10))
    actions.wait_for_customer(house.li, ticket, "等客户回电", at=MONTH_END - timedelta(hours=4))
    actions.resume(house.li, ticket, at=MONTH_END + timedelta(hours=20))
    actions.resolve(house.li, ticket, "换了电源。", at=MONTH_END + timedelta(hours=21))
    found = total(house.luo, SEPTEMBER)
    assert (list(found.solutions), found.paused, found.paused_for) == ([7 * 3600], 1, 24 * 3600)
    assert total(house.luo).paused == 0
    assert listed(house.luo, SEPTEMBER, Figure.PAUSED) == [ticket.number]


# ── In working hours ──


@pytest.mark.attack(32)
def test_nights_are_in_no_time_in_working_hours_and_a_later_calendar_changes_none(house, worked, office_hours):
    ticket = worked(at=OFFICE_NOON - timedelta(hours=19))  # 17:00 of the day before: half an hour until the end
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=OFFICE_NOON - timedelta(hours=3))  # 9:00
    actions.wait_for_customer(house.li, ticket, "等客户回电", at=OFFICE_NOON - timedelta(hours=2))
    actions.resume(house.li, ticket, at=OFFICE_NOON - timedelta(hours=1))
    actions.resolve(house.li, ticket, "换了电源。", at=OFFICE_NOON + timedelta(hours=2))  # half an hour after the break
    for _before_and_after in range(2):
        found = total(house.luo)
        assert (list(found.responses), list(found.working_responses)) == ([16 * 3600], [60 * 60])
        assert (list(found.solutions), list(found.working_solutions)) == ([20 * 3600], [210 * 60])
        by_hand("DELETE FROM department_hours")


def test_a_desk_without_hours_and_another_desks_ticket_have_no_time_in_working_hours(house, worked, office_hours):
    imported = worked()
    by_hand("UPDATE ticket SET origin = 'old', origin_number = '7' WHERE id = :id", id=imported.id)
    db.session.expire_all()
    solve_and_tell(house.li, imported, at=later(30))
    office_hours("")
    without = worked()
    solve_and_tell(house.li, without, at=later(30))
    found = total(house.luo, Scope(OCTOBER.period, imported=True))
    assert (len(found.responses), len(found.solutions)) == (2, 2)
    assert (list(found.working_responses), list(found.working_solutions)) == ([], [])


def test_the_working_time_of_a_solution_is_that_of_the_one_that_stands(house, told, office_hours):
    ticket = told(at=NOW)
    assert list(total(house.luo).working_solutions) == [0]
    actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="又断网了", at=later(10))
    assert list(total(house.luo).working_solutions) == []
    actions.take(house.li, ticket, at=later(20))
    actions.resolve(house.li, ticket, "换了电源。", at=later(40))
    assert list(total(house.luo).working_solutions) == [40 * 60]


def test_what_was_answered_and_solved_before_is_reckoned_by_the_migration_as_it_is_now(demo):
    times = select(Ticket.id, Ticket.response_working_seconds, Ticket.solution_working_seconds).order_by(Ticket.id)
    before = db.session.execute(times).all()
    assert sum(one.response_working_seconds is not None for one in before) > 20
    assert sum(one.solution_working_seconds is not None for one in before) > 10
    db.session.remove()
    schema.downgrade("0040_product_launches")
    schema.upgrade()
    assert db.session.execute(times).all() == before


def test_what_was_closed_and_opened_again_counts_once_and_is_open(house, told):
    ticket = told()
    for hour in (1, 2):
        satisfied(house.li, ticket, at=later(60 * hour))
        actions.close(house.li, ticket, at=later(60 * hour + 1))
        actions.reopen(house.li, ticket, "又断网了", at=later(60 * hour + 2))
        actions.take(house.li, ticket, at=later(60 * hour + 3))
        solve_and_tell(house.li, ticket, at=later(60 * hour + 4))
    found = total(house.luo)
    assert (found.received, found.again, found.rounds, found.closed, found.open) == (1, 1, 3, 0, 1)


def test_the_last_word_of_a_customer_counts(house, told):
    ticket = told()
    actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="还要赔偿", at=later(5))
    found = total(house.luo)
    assert (found.asked, found.satisfied, found.not_satisfied, found.again) == (1, 0, 1, 1)
    actions.take(house.li, ticket, at=later(6))
    solve_and_tell(house.li, ticket, at=later(7))
    assert total(house.luo).count(Figure.SILENT) == 1
    satisfied(house.li, ticket, at=later(8))
    assert (total(house.luo).satisfied, total(house.luo).not_satisfied) == (1, 0)


def test_closed_as_not_satisfiable_is_a_no_and_voided_counts_nowhere(house, told, opened):
    ticket, voided = told(), opened()
    by_hand("UPDATE ticket SET level = 1 WHERE id = :id", id=ticket.id)
    db.session.expire_all()
    actions.close_as_not_satisfiable(house.luo, ticket, "没有办法", at=later(9))
    actions.void(house.luo, voided, "误建", at=later(9))
    found = total(house.luo)
    assert (found.received, found.closed, found.open, found.not_satisfied) == (1, 1, 0, 1)


def test_a_merged_ticket_counts_in_the_one_it_goes_on_in_and_what_it_missed_stays(house, worked, published):
    published({"tickets.first_response": "otherwise: 30 minutes"}, from_=TODAY)
    ticket, into = worked(), worked()
    actions.reply(house.li, ticket, "您好。", channel=Channel.MAIL, at=later(40))
    links.merge(house.li, ticket, into, at=later(50))
    found = total(house.luo)
    assert (found.received, found.open, found.closed, found.response_late, found.breaches) == (1, 1, 0, 0, 1)
    assert listed(house.luo, OCTOBER, Figure.RECEIVED) == [into.number]
    assert listed(house.luo, OCTOBER, Figure.BREACHES) == [ticket.number]
    months = rows(house.luo, Scope(Period.of_days(date(2026, 9, 1), date(2026, 10, 31))), By.MONTH)
    assert [months[place].open for place in (0, 1)] == [0, 1]


def test_a_part_counts_for_the_department_that_did_it_when_it_was_done(house, worked, published):
    published({"tickets.part_within": "otherwise: 2 hours"}, from_=TODAY)
    for minutes in (30, 150):
        part = parts.ask(house.li, worked(), house.tech, "请查掉线日志。", at=NOW)
        parts.take(house.zhao, part.ticket, part, at=later(5))
        parts.finish(house.zhao, part.ticket, part, "已换信道。", 25, at=later(minutes))
    (line,) = figures.table(house.han, OCTOBER, By.DEPARTMENT, LATER).lines
    assert (line.key, line.tally.received) == (house.tech.id, 0)  # the tickets are the desk's
    assert (line.tally.parts, line.tally.parts_late, line.tally.part_minutes) == (2, 1, 50)
    assert listed(house.zhao, OCTOBER, Figure.PARTS_LATE) == [part.ticket.number]
    assert total(house.li).parts == 0


def test_what_is_open_at_the_end_of_each_month_follows_from_what_came_and_went(house, worked):
    for month in (8, 9, 9, 10):
        worked(at=datetime(2026, month, 3, tzinfo=OFFICE))
    ticket = worked(at=datetime(2026, 8, 3, tzinfo=OFFICE))
    solve_and_tell(house.li, ticket, at=datetime(2026, 9, 5, tzinfo=OFFICE))
    satisfied(house.li, ticket, at=datetime(2026, 9, 5, tzinfo=OFFICE))
    actions.close(house.li, ticket, at=datetime(2026, 9, 5, tzinfo=OFFICE))
    months = rows(house.luo, Scope(Period.of_days(date(2026, 8, 1), date(2026, 10, 31))), By.MONTH)
    assert [(months[place].received, months[place].closed, months[place].open) for place in range(3)] == [
        (2, 0, 2), (2, 1, 3), (1, 0, 4)
    ]  # fmt: skip


def test_months_that_have_not_begun_are_left_out(house, opened):
    opened()
    assert len(figures.table(house.luo, Scope(Period.read("2026")), By.MONTH, NOW).lines) == 10
    assert len(figures.table(house.luo, Scope(Period.read("2027")), By.MONTH, NOW).lines) == 1


def test_another_desks_tickets_are_left_out_until_they_are_asked_for(house, opened):
    opened()
    ticket = opened()
    by_hand("UPDATE ticket SET origin = 'old', origin_number = '7' WHERE id = :id", id=ticket.id)
    assert (total(house.luo).received, total(house.luo).open) == (1, 1)
    with_them = total(house.luo, Scope(OCTOBER.period, imported=True))
    assert (with_them.received, with_them.imported, with_them.open) == (2, 1, 2)


@pytest.mark.attack(44)
@pytest.mark.rule("TKT-006", "TKT-017")
def test_whoever_moves_or_is_renamed_leaves_the_figures_as_they_were(house, opened):
    ticket = opened(house.li)
    actions.offer(house.li, ticket, house.tech, at=later(1))
    actions.accept(house.zhao, ticket, at=later(2))
    by_hand("UPDATE person SET name = 'Lily' WHERE id = :id", id=house.li.id)
    found = figures.table(house.chen, OCTOBER, By.PERSON, LATER)
    assert [(one.key, one.name, one.tally.received) for one in found.lines] == [(house.li.id, "Li", 1)]
    assert list(rows(house.chen, by=By.DEPARTMENT)) == [house.desk.id]


# ── Who sees them ──


@pytest.mark.attack(10, 16)
def test_a_supervisor_sees_their_departments_an_agent_their_own_alone(house, opened):
    for who in (house.li, house.li, house.wang, house.zhao):
        opened(who)
    seen = {
        who.name: {
            figure_of.name: figure_of.tally.received
            for figure_of in figures.table(who, OCTOBER, By.PERSON, LATER).lines
        }
        for who in (house.li, house.wang, house.lin, house.luo, house.han, house.zhao, house.yu, house.mo, house.chen)
    }
    everybody = {"Li": 2, "Wang": 1}
    assert seen == {
        "Li": {"Li": 2}, "Wang": {"Wang": 1}, "Lin": everybody, "Luo": everybody, "Han": {"Zhao": 1},
        "Zhao": {"Zhao": 1}, "Yu": {}, "Mo": {}, "Chen": {**everybody, "Zhao": 1},
    }  # fmt: skip


def test_whoever_only_works_on_what_others_heard_first_reads_for_whom_it_counts(demo, browser):
    counts = "A ticket counts for whoever heard of it first"
    assert counts in browser.sign_in("engineer").get("/tickets/figures").main
    assert counts not in browser.sign_in("supervisor").get("/tickets/figures?period=2020").main


@pytest.mark.attack(10, 16)
def test_no_filter_shows_an_agent_what_a_colleague_did(house, opened):
    opened(house.wang)
    for scope in (Scope(OCTOBER.period, person=house.wang.id), Scope(OCTOBER.period, department=house.desk.id)):
        assert total(house.li, scope) == Tally()
        assert listed(house.li, scope, Figure.RECEIVED) == []


@pytest.mark.attack(10, 17)
def test_a_role_elsewhere_widens_nothing_here(house, opened, staff):
    leads_market = staff("Su", house.desk, Role.AGENT)
    opened(house.wang)
    people.give_role(PORTAL, person_of(leads_market), Role.SUPERVISOR, house.market, from_on=TODAY, at=NOW)
    assert total(again(leads_market)).received == 0


@pytest.mark.attack(10)
def test_a_complaint_about_somebody_is_in_none_of_their_figures_nor_in_their_lines(house, opened):
    opened(house.wang, about=person_of(house.li), kind=Kind.COMPLAINT)
    counted = {who.name: total(who).received for who in (house.li, house.lin, house.wang, house.chen)}
    assert counted["Li"] == 0
    assert counted["Wang"] == 1
    assert all(
        queries.ticket_seen_by(who, "T-2026-00001") is not None or not counted[who.name]
        for who in (house.lin, house.chen)
    )


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", [one.sign_in_name for one in COLLEAGUES])
def test_every_figure_of_everybody_is_its_list_and_every_line_of_it_can_be_opened(demo, name):
    who = reader(name)
    about = db.session.scalars(select(Ticket).where(Ticket.state == State.IN_PROGRESS)).first()
    by_hand("UPDATE ticket SET about_id = :who WHERE id = :id", who=who.id, id=about.id)
    leads = who.where(P.TICKETS_FIGURES)
    everything: dict[str, set[Figure]] = {}
    for by in By:
        for line, scope in each_row(who, OCTOBER, by):
            for figure in Figure:
                if not line.tally.count(figure) and by is not By.KIND:
                    continue  # that lists of nothing are empty is seen often enough
                numbers = listed(who, scope, figure, size=50)
                assert len(numbers) == line.tally.count(figure), (by, line.name, figure)
                for number in numbers:
                    everything.setdefault(number, set()).add(figure)
    for number, of_figures in everything.items():
        ticket = queries.ticket_seen_by(who, number)
        assert ticket is not None
        if not of_figures <= set(BESIDE):
            assert ticket.desk_id in leads or ticket.accountable_id == who.id


def each_row(who, scope: Scope, by: By) -> Iterator[tuple]:
    """Each row of a table with the scope that its links ask for."""
    months = scope.period.months()
    for line in figures.table(who, scope, by, NOW).lines:
        narrowed = {
            By.DEPARTMENT: {"department": line.key}, By.KIND: {"kind": line.key},
            By.PERSON: {"person": NOBODY if line.key is None else line.key},
            By.MONTH: {"period": months[line.key] if by is By.MONTH else None},
        }[by]  # fmt: skip
        yield line, Scope(**{name: getattr(scope, name) for name in Scope.__slots__} | narrowed)


def test_any_scope_counts_what_it_lists(demo):
    names = ("supervisor", "agent", "executive", "manager", "technician")
    readers = {name: reader(name) for name in names}
    departments = [None, *(one.id for one in organisation.departments().values())]
    days = any_of.dates(date(2026, 9, 1), date(2026, 11, 1))

    @settings(max_examples=25)
    @given(
        name=any_of.sampled_from(names), by=any_of.sampled_from(list(By)), days=any_of.tuples(days, days),
        department=any_of.sampled_from(departments), kind=any_of.sampled_from([None, *(one.value for one in Kind)]),
        imported=any_of.booleans(), figure=any_of.sampled_from(list(Figure)),
    )  # fmt: skip
    def same(name, by, days, department, kind, imported, figure):
        scope = Scope(Period.of_days(*sorted(days)), department, kind, imported=imported)
        found = figures.table(readers[name], scope, by, NOW)
        assert len(listed(readers[name], scope, figure)) == found.total.count(figure)
        for line, narrowed in each_row(readers[name], scope, by):
            assert len(listed(readers[name], narrowed, figure)) == line.tally.count(figure)
        for one in found.missed:
            of_clause = listed(readers[name], scope, Figure.BREACHES, because=one.because, kind=one.kind)
            assert len(of_clause) == one.count

    same()


# ── Pages ──


@pytest.mark.attack(10, 16, 18)
@pytest.mark.parametrize("name", NAMED)
def test_each_number_on_the_page_opens_a_list_of_as_many_lines(demo, browser, name):
    browser.sign_in(name)
    if not reader(name).may(P.TICKETS_READ):
        for path in ("", "/sheet", ".csv", ".xlsx", "/list?figure=received"):
            browser.get(f"/tickets/figures{path}", expect=403)
        return
    own = NAMED.index(name)  # two of the four tables each: among all of them every one is opened many times
    for place, by in enumerate((list(By) * 2)[own % 4 : own % 4 + 2], own):
        page = browser.get(f"/tickets/figures?by={by}")
        links = page.soup.select("table.figures td a, table.missed td.num a")
        for href, count in sorted({(one["href"], int(one.text)) for one in links})[place % 13 :: 13]:
            assert len(lines_of(browser, href)) == count, href


def lines_of(browser, href: str) -> list[str]:
    """The numbers on all pages of a list."""
    numbers = []
    while href:
        page = browser.get(href)
        numbers += [one.text for one in page.soup.select("tbody .c-key")]
        following = page.soup.select_one("a[rel=next]")
        href = following["href"] if following else ""
    return numbers


def test_a_long_list_has_pages_and_a_file_with_all_of_them(demo, browser, monkeypatch):
    monkeypatch.setattr("portal.tickets.figures.listed.__kwdefaults__", {"after": None, "size": 7})
    monkeypatch.setattr("portal.tickets.figures.every_one.__defaults__", (5,))
    browser.sign_in("supervisor")
    shown = lines_of(browser, "/tickets/figures/list?figure=received")
    assert len(shown) > 14
    for ending in ("csv", "xlsx"):
        file = read_table(browser.get(f"/tickets/figures/list.{ending}?figure=received").response.data)
        assert [row.cells[0] for row in file.rows] == shown
    browser.sign_in("agent").get("/tickets/figures/list.csv?figure=received", expect=403)


@pytest.mark.attack(25, 39)
def test_the_file_says_what_the_page_says_and_runs_nothing(demo, browser):
    by_hand("""UPDATE ticket_kind SET texts = '{"zh-CN": "=1+1"}' WHERE code = 'repair'""")
    browser.sign_in("supervisor").language = "zh-CN"
    page = browser.get("/tickets/figures?by=kind")
    shown = [
        int(one.select_one("td").a.text) for one in page.soup.select("table.figures tbody tr") if one.select_one("td").a
    ]
    for ending in ("csv", "xlsx"):
        answer = browser.get(f"/tickets/figures.{ending}?by=kind").response
        table = read_table(answer.data)
        assert table.head[:2] == ["类别", "新收"]
        *kinds, together = [row.cells for row in table.rows]
        assert [int(cells[1]) for cells in kinds] == shown
        assert int(together[1]) == sum(shown)
        if ending == "csv":
            assert answer.data.startswith(b"\xef\xbb\xbf")
            assert "\n'=1+1," in answer.data.decode("utf-8-sig").replace("\r", "")


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "query",
    ["by=salary", "period=2026-13", "department=NOWHERE", "kind=gossip", "person=x", "person=0", "imported=no",
     "sort=password", "by=kind&by=month", "figure=received", "period=2026-10&period=2026"],
)  # fmt: skip
def test_an_address_that_figures_do_not_know_is_refused(demo, browser, query):
    browser.sign_in("supervisor")
    for path in ("", ".csv", ".xlsx", "/sheet"):
        browser.get(f"/tickets/figures{path}?{query}", expect=400)


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "query",
    ["figure=salary", "figure=received&after=x", "figure=received&what=quarrel", "figure=breaches&what=gossip",
     "figure=breaches&what=quarrel&clause=x", "figure=received&by=kind", "figure=received&period=days&from=x"],
)  # fmt: skip
def test_an_address_that_no_list_knows_is_refused(demo, browser, query):
    browser.sign_in("supervisor").get(f"/tickets/figures/list?{query}", expect=400)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [("from=yesterday&to=2026-10-12", "Write each day as 2026-10-12."),
     ("from=2026-10-12&to=2026-10-01", "The first day lies after the last one."),
     ("from=2024-10-12&to=2026-10-12", "At most 24 months at once"),
     ("from=0001-01-01&to=0001-01-02", "There are figures for the years 2000 to 2099.")],
)  # fmt: skip
def test_days_that_cannot_be_are_said_and_stay_as_they_were_typed(demo, browser, days, sentence):
    page = browser.sign_in("supervisor").get(f"/tickets/figures?period=days&{days}", expect=422)
    assert sentence in page.main
    for name, typed in parse_qsl(days):
        assert page.soup.select_one(f"input[name={name}]")["value"] == typed


def test_the_queue_leads_to_the_figures_of_whoever_reads_tickets(demo, browser):
    assert browser.sign_in("agent").get("/tickets").soup.select_one("a[href='/tickets/figures']")
    assert not browser.sign_in("hr").get("/tickets").soup.select_one("a[href='/tickets/figures']")


def test_the_rows_lead_on_and_the_filters_stay(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets/figures?kind=repair&period=2026-q4")
    row = page.soup.select_one("table.figures tbody th a")
    assert {("by", "person"), ("kind", "repair"), ("period", "2026-q4")} < set(parse_qsl(urlsplit(row["href"]).query))
    month = page.soup.find("a", string="By month")
    assert ("period", "2026-q4") in parse_qsl(urlsplit(month["href"]).query)
    month = browser.get("/tickets/figures").soup.find("a", string="By month")
    assert ("period", "2026") in parse_qsl(urlsplit(month["href"]).query)  # one month alone is no row of months
    assert not browser.sign_in("agent").get("/tickets/figures").soup.find("a", string="By person")


@pytest.mark.attack(1, 39)
def test_the_charts_say_the_numbers_of_the_table_in_words_that_cannot_run(demo, browser):
    by_hand("""UPDATE ticket_kind SET texts = '{"zh-CN": "<script>x</script> 报修"}' WHERE code = 'repair'""")
    browser.sign_in("supervisor").language = "zh-CN"
    page = browser.get("/tickets/figures?by=kind")
    chart = page.soup.select_one("figure.chart > svg")
    assert chart["role"] == "img"
    assert chart.find("title").text == "新收与办结"
    assert chart.find("desc").text
    assert not chart.select("script, [style]")
    assert "<script>x</script> 报修" in [one.text for one in chart.select("text.label")]
    counts = [[td.text.split()[0] for td in row.select("td")[:2]] for row in page.soup.select("table.figures tbody tr")]
    assert [one.text for one in chart.select("text.value")] == [count for pair in counts for count in pair]
    months = browser.get("/tickets/figures?by=month&period=2026")
    assert [one.find("title").text for one in months.soup.select("figure.chart > svg")] == ["新收与办结", "按时占比"]


def test_the_sheet_says_what_the_page_says(demo, browser):
    browser.sign_in("supervisor")
    page, sheet = browser.get("/tickets/figures?by=kind"), browser.get("/tickets/figures/sheet?by=kind")
    words = [[" ".join(one.text.split()) for one in each.soup.select("table.figures td")] for each in (page, sheet)]
    assert words[0] == words[1]
    assert "October" not in sheet.main
    assert "Oct 2026" in sheet.main


# ── On paper ──


def code_on(page) -> str:
    return page.soup.select_one(".sheet-code").text


def numbers_on(page) -> list[str]:
    return [" ".join(one.text.split()) for one in page.soup.select("table.figures td, table.missed td.num")]


@pytest.mark.parametrize(
    ("query", "number"),
    [("", "F-2026-10D"), ("by=kind&period=2026-q3", "F-2026-Q3K"),
     ("by=month&period=2026&imported=with", "F-2026-00MY"),
     ("by=person&period=days&from=2026-09-28&to=2026-10-12&kind=repair", "F-2026-X09280EPK")],
)  # fmt: skip
def test_the_code_on_the_sheet_shows_what_the_sheet_should_say(demo, browser, query, number):
    paper = browser.sign_in("supervisor").get(f"/tickets/figures/sheet?{query}")
    code = code_on(paper)
    assert code.startswith(number)
    for typed in (code, code.lower().replace("0", "o").replace("1", "l")):
        page = browser.get(f"/check/{typed}")
        assert "The paper is right, if it says this" in page.main
        assert numbers_on(page) == numbers_on(paper)
    assert page.soup.select_one(".checked a.key").text == code[:-24]
    assert page.soup.select_one(".checked .sheet-kind").text == paper.soup.select_one(".sheet-kind").text


def test_a_sheet_that_figures_have_overtaken_says_so_and_shows_those_of_now(demo, browser):
    old = browser.sign_in("supervisor").get("/tickets/figures/sheet?by=kind")
    who, every = reader("supervisor"), db.session.scalars(select(Ticket).order_by(Ticket.id))
    actions.void(who, next(one for one in every if TICKET.allows(who, one, "void")), "误建", at=NOW)
    page = browser.get(f"/check/{code_on(old)}")
    assert "These are not the figures on the paper" in page.main
    assert numbers_on(page) == numbers_on(browser.get("/tickets/figures/sheet?by=kind")) != numbers_on(old)


@pytest.mark.attack(10, 16)
def test_whoever_looks_a_sheet_up_sees_no_figures_but_their_own(demo, browser):
    browser.sign_in("supervisor")
    paper = browser.get("/tickets/figures/sheet?by=person")
    page = browser.sign_in("agent").get(f"/check/{code_on(paper)}")
    assert "whoever printed it may see other tickets than you do" in page.main
    assert numbers_on(page) == numbers_on(browser.get("/tickets/figures/sheet?by=person"))
    assert "王芳" in paper.main
    assert "王芳" not in page.main
    browser.sign_in("hr").get(f"/check/{code_on(paper)}", expect=404)


@pytest.mark.attack(42)
def test_no_filter_of_a_sheet_can_be_exchanged(demo, browser):
    code = code_on(browser.sign_in("supervisor").get("/tickets/figures/sheet?by=kind"))
    for other in (code.replace("10K", "09K"), code.replace("10K", "10D"), code.replace("10K", "10KY")):
        browser.get(f"/check/{other}", expect=404)


def test_months_that_began_after_the_printing_are_not_on_the_sheet(demo, browser):
    with time_machine.travel(NOW, tick=False):
        paper = browser.sign_in("supervisor").get("/tickets/figures/sheet?by=month&period=2026")
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        page = browser.sign_in("supervisor", at=NOW + timedelta(days=40)).get(f"/check/{code_on(paper)}")
    rows_on = [len(one.soup.select("table.figures tbody tr")) for one in (paper, page)]
    assert rows_on == [10, 10]


def test_any_scope_is_read_again_from_the_number_of_its_sheet(demo):
    who, departments = reader("supervisor"), [one.code for one in organisation.departments().values()]
    kinds, days = kind_names(), any_of.dates(date(2026, 1, 1), date(2027, 12, 31))
    words = any_of.fixed_dictionaries(
        {"by": any_of.sampled_from([one.value for one in By])},
        optional={
            "department": any_of.sampled_from(departments), "kind": any_of.sampled_from(list(kinds)),
            "person": any_of.sampled_from(["nobody", "1", "999999999"]), "imported": any_of.just("with"),
            "days": any_of.tuples(days, days),
            "period": any_of.sampled_from(["2026", "2026-q1", "2026-12", "2027-01"]),
        },
    )  # fmt: skip

    @settings(max_examples=60)
    @given(words=words)
    def same(words):
        if asked_days := words.pop("days", None):
            first, last = sorted(asked_days)
            words |= {"period": "days", "from": first.isoformat(), "to": last.isoformat()}
        asked = figures_table.read(MultiDict(words), kinds, who, TODAY)
        code = check_codes.read(check_codes.issue(figures_paper.number_of(asked), 0, {}, at=NOW))
        again = figures_paper.asked_by(code.number, who, NOW)
        assert (again.scope, again.by) == (asked.scope, asked.by)

    same()


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "number",
    ["F-2026-13D", "F-2026-Q5D", "F-2026-10", "F-2026-10Z", "F-2026-X02300EP", "F-2026-10DDZZZZ", "F-2026-10DK0000",
     "F-2026-10DN__UUUU", "F-2026-10DYY"],
)  # fmt: skip
def test_a_number_that_names_nothing_is_no_sheet(demo, number):
    assert figures_paper.asked_by(number, reader("supervisor"), NOW) is None


def test_to_look_a_sheet_up_asks_the_database_ten_times_at_most(demo, browser):
    code = code_on(browser.sign_in("supervisor").get("/tickets/figures/sheet?by=person&department=CS-GEN"))
    assert 0 < statements(browser, f"/check/{code}") <= 10


@pytest.mark.parametrize("name", ["supervisor", "agent", "executive"])
@pytest.mark.parametrize(
    "path", ["", "?by=person&period=2026", "?by=month&period=2026&department=CS-GEN", "?period=days&person=7", "/sheet",
             "/list?figure=breaches", "/list?figure=received&period=2026&person=7"],
)  # fmt: skip
def test_figures_ask_the_database_ten_times_at_most(demo, browser, name, path):
    browser.sign_in(name).get(f"/tickets/figures{path}")  # what is read once per process
    told: list[str] = []

    def keep(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT")):
            told.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        browser.get(f"/tickets/figures{path}")
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
    assert 0 < len(told) <= 10


@pytest.mark.attack(35)
def test_a_month_is_found_in_an_index_whoever_asks(demo):
    """One database for everybody: to fill it takes longer than to ask."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans are told in SQLite's words")
    scale.add("tickets", 3000, NOW)
    for name, by in product(("supervisor", "agent", "executive"), By):
        steps = plan_of(reader(name), by)
        assert any("ix_ticket_received_at_id" in step for step in steps), (name, by)
        assert "SCAN ticket" not in steps, (name, by)


def plan_of(who, by: By) -> list[str]:
    steps: list[str] = []

    def explain(_connection, cursor, statement, values, *_rest):
        if statement.startswith("SELECT") and "FROM ticket" in statement:
            steps.extend(
                row[3] for row in db.session.connection().connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            )

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        figures.table(who, OCTOBER, by, NOW)
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    return steps


def test_parts_have_a_column_and_a_meaning_where_some_were_done(demo, browser):
    browser.sign_in("executive")
    for period, there in (("2026-10", True), ("2025-10", False)):
        page = browser.get(f"/tickets/figures?period={period}")
        heads = [one.text for one in page.soup.select("table.figures th")]
        assert ("Parts done" in heads) is ("Parts done" in page.main) is there


def test_what_missed_a_limit_shows_its_clause(demo, browser):
    page = browser.sign_in("supervisor").get("/tickets/figures")
    assert page.soup.select("table.missed .because summary")
    found = figures.table(reader("supervisor"), OCTOBER, By.KIND, NOW)
    assert ruling_notes({one.because for one in found.missed if one.because})
    assert sum(one.count for one in found.missed) == found.total.breaches
    assert set(kind_names()) >= {line.key for line in found.lines}
