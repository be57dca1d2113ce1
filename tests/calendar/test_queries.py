"""What departments work by, and what it costs to ask."""

from datetime import date

import pytest
from flask import current_app, g
from sqlalchemy import event

from portal.calendar import actions, queries
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.calendar import DayKind, OfficeCalendar
from tests.conftest import NOW
from tests.kernel.test_calendar import local


@pytest.fixture
def statements(app):
    said = []

    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_department_without_hours_works_as_the_nearest_above(company):
    assert queries.office_calendar(company.group).is_open(local("2026-10-12 09:00"))
    assert not queries.office_calendar(company.shop).is_open(local("2026-10-12 09:00"))
    assert queries.office_calendar(company.shop.id).is_open(local("2026-10-12 20:00"))
    assert queries.office_calendar(None).is_open(local("2026-10-12 09:00"))


@pytest.mark.attack(34)
def test_a_portal_without_a_calendar_has_ordinary_weeks_and_says_so(app):
    empty = queries.office_calendar(None)
    assert isinstance(empty, OfficeCalendar)
    assert not empty.is_published(2026)
    assert empty.edition == 0
    assert empty.is_working_day(date(2026, 10, 1))


def test_a_page_asks_once_and_an_unchanged_calendar_is_not_read_again(company, statements):
    with a_request():
        queries.office_calendar(company.shop)
        del statements[:]
        queries.office_calendar(company.office)
        queries.office_calendar(company.group)
        assert statements == []
        g.pop("company_calendar")  # what the end of the request does
        queries.office_calendar(None)
        assert len(statements) == 1


def a_request():
    return current_app.test_request_context("/")


def test_a_change_is_seen_at_once_within_the_same_request(company):
    with a_request():
        before = queries.office_calendar(None)
        actions.set_day(PORTAL, date(2026, 10, 15), DayKind.HOLIDAY, {"zh-CN": "台风"}, edition=before.edition, at=NOW)
        assert not queries.office_calendar(None).is_working_day(date(2026, 10, 15))
        assert before.is_working_day(date(2026, 10, 15))


def test_what_was_rolled_back_is_not_remembered(company):
    with pytest.raises(ZeroDivisionError):
        _half_an_act(PORTAL, at=NOW)
    assert queries.office_calendar(None).is_working_day(date(2026, 10, 15))
    actions.set_day(PORTAL, date(2026, 10, 16), DayKind.REST, {}, edition=queries.company_calendar().edition, at=NOW)
    assert queries.office_calendar(None).is_working_day(date(2026, 10, 15))


@actions.action
def _half_an_act(actor, *, at):
    edition = queries.company_calendar().edition
    actions.set_day(actor, date(2026, 10, 15), DayKind.HOLIDAY, {"zh-CN": "台风"}, edition=edition, at=at)
    assert not queries.office_calendar(None).is_working_day(date(2026, 10, 15))
    raise ZeroDivisionError
