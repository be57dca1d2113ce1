"""Today says what waits for me, the next deadline first, and knows nothing of what waits for others."""

from __future__ import annotations

from sqlalchemy import event

from portal.demo import scale
from portal.extensions import db
from portal.organisation import queries as organisation
from portal.tickets.models import Ticket
from portal.today.queries import When, agenda
from tests.conftest import NOW, TODAY


def reader(name):
    person = organisation.person_called(name)
    assert person is not None
    return organisation.staff(person, TODAY)


def test_what_is_due_first_stands_first_and_everything_on_it_is_mine(demo):
    scale.add("tickets", 3_000, NOW)
    me = reader("agent")
    groups = agenda(me, NOW)
    dues = [line.due_at for group in groups for line in group.lines if line.due_at]
    assert dues == sorted(dues)
    assert [group.when for group in groups] == sorted((group.when for group in groups), key=list(When).index)
    numbers = {line.number for group in groups for line in group.lines}
    for ticket in db.session.query(Ticket).where(Ticket.number.in_(numbers)):
        assert (
            me.id in (ticket.assignee_id, ticket.offered_to_id) or ticket.open_to_id or ticket.accountable_id == me.id
        )


def test_somebody_with_nothing_to_do_reads_that(demo, browser):
    assert "Nothing is waiting" in browser.sign_in("auditor").get("/").main


def test_the_page_takes_at_most_ten_statements_however_much_waits(demo, browser):
    scale.add("tickets", 3_000, NOW)
    browser.sign_in("agent").get("/")
    said = []

    def note(_connection, _cursor, statement, *_more):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        browser.get("/")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([one for one in said if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 10, said
