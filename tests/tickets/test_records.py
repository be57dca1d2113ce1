"""Each consultation leaves a record, and a quarter of them makes one list."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.extensions import db
from portal.kernel.permissions import Role
from portal.tickets import actions, queries
from portal.tickets.models import Ticket
from portal.tickets.records import Quarter
from tests.conftest import NOW

OFFICE = ZoneInfo("Asia/Shanghai")
AUTUMN = Quarter(2026, 4).between(OFFICE)


@pytest.mark.rule("TKT-026")
@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2026-1"),
        (date(2026, 3, 31), "2026-1"),
        (date(2026, 4, 1), "2026-2"),
        (date(2026, 12, 31), "2026-4"),
    ],
)
def test_a_day_lies_in_its_quarter(day, quarter):
    assert str(Quarter.of(day)) == quarter
    assert Quarter.read(quarter) == Quarter.of(day)


def test_a_quarter_ends_where_the_next_begins():
    assert Quarter(2026, 4).between(OFFICE)[1] == Quarter(2027, 1).between(OFFICE)[0]
    assert Quarter(2026, 1).between(OFFICE)[0] == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert [str(one) for one in Quarter(2026, 2).back(3)] == ["2026-2", "2026-1", "2025-4"]


@pytest.mark.attack(14)
@pytest.mark.parametrize("text", ["", "2026-5", "2026-0", "1;--", "20260-1", "2026-1 "])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError):
        Quarter.read(text)


@pytest.mark.rule("TKT-026")
def test_the_record_holds_question_answer_customer_who_when_and_about_what(house, worked):
    ticket = worked()
    assert queries.consultation_records(house.lin, *AUTUMN).rows == []
    actions.resolve(house.li, ticket, "换了电源适配器。", at=NOW + timedelta(hours=1))
    (row,) = queries.consultation_records(house.lin, *AUTUMN).rows
    assert (row.title, row.body, row.caller_name, row.author_name, row.at, row.routing) == (
        "路由器重启", "换了电源适配器。", "高女士", "Li", NOW + timedelta(hours=1), "software",
    )  # fmt: skip


@pytest.mark.rule("TKT-026")
def test_other_kinds_and_other_quarters_do_not_stand_in_the_list(house, worked):
    actions.resolve(house.li, worked(kind="repair"), "换了电源适配器。", at=NOW)
    actions.resolve(house.li, worked(), "换了电源适配器。", at=NOW)
    assert len(queries.consultation_records(house.lin, *AUTUMN).rows) == 1
    assert queries.consultation_records(house.lin, *Quarter(2026, 3).between(OFFICE)).rows == []


@pytest.mark.attack(10)
def test_a_record_is_seen_by_who_sees_its_ticket(house, worked, staff):
    actions.resolve(house.li, worked(), "换了电源适配器。", at=NOW)
    assert queries.consultation_records(house.yu, *AUTUMN).rows == []
    assert queries.consultation_records(staff("Director", house.company, Role.EXECUTIVE), *AUTUMN).rows != []


def test_records_page_by_key(house, worked):
    for minutes in range(3):
        actions.resolve(house.li, worked(), f"第 {minutes} 次", at=NOW + timedelta(minutes=minutes))
    first = queries.consultation_records(house.lin, *AUTUMN, size=2)
    rest = queries.consultation_records(house.lin, *AUTUMN, after=first.after, size=2)
    assert [one.body for one in [*first.rows, *rest.rows]] == ["第 2 次", "第 1 次", "第 0 次"]


@pytest.mark.rule("TKT-026")
def test_the_page_and_the_table_of_a_quarter_say_the_same(demo, browser):
    browser.sign_in("supervisor")
    numbers = [one.text for one in browser.get("/tickets/records?quarter=2026-4").soup.select("#record-list .c-key")]
    table = browser.get("/tickets/records.csv?quarter=2026-4").response.get_data(as_text=True)
    assert numbers
    assert all(one in table for one in numbers)
    browser.get("/tickets/records?quarter=2026-9", expect=400)
    browser.get("/tickets/records?after=x", expect=400)
    kinds = {db.session.scalars(db.select(Ticket.kind).where(Ticket.number == one)).one() for one in numbers}
    assert kinds == {"consultation"}


@pytest.mark.attack(10)
def test_who_reads_no_tickets_reads_no_records(demo, browser):
    browser.sign_in("finance")
    browser.get("/tickets/records", expect=403)
    browser.get("/tickets/records.csv", expect=403)
