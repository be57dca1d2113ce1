"""The journal is read by auditors alone, sealed by the worker, and says facts as sentences."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest

from portal.audit import queries
from portal.extensions import db
from portal.kernel import jobs, journal, seals
from portal.kernel.actions import PORTAL
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import Role
from portal.organisation import actions as people
from portal.organisation import queries as organisation
from portal.tickets import actions as tickets
from portal.tickets.states import Channel, Impact, Urgency
from tests.conftest import NOW, TODAY


def test_an_auditor_reads_what_happened_as_sentences(demo, browser):
    browser.sign_in("auditor")
    page = browser.get("/journal?about=person")
    assert "joined on" in page.main
    assert "{name}" not in page.main


@pytest.mark.rule("POL-029")
def test_what_is_done_about_manuals_and_duties_is_on_one_trail_with_who_and_when(demo, browser):
    browser.sign_in("auditor")
    rows = browser.get("/journal?about=manual+draft").soup.select("tbody tr")
    line = next(row for row in rows if "WD-01" in row.text)
    assert "周洁" in line.text or "罗慧" in line.text or "吴昊" in line.text, "who"
    assert line.select_one("time")["datetime"], "when"


@pytest.mark.attack(10, 16)
@pytest.mark.parametrize("name", ["admin", "director", "hr", "clerk"])
def test_nobody_else_reads_the_journal_or_learns_that_a_row_is_there(demo, browser, name):
    browser.sign_in(name).get("/journal", expect=403)
    browser.get("/journal", expect=403, part="journal-list")
    person = organisation.person_called(name)
    assert person is not None
    assert queries.journal(organisation.staff(person, TODAY), about=None, actor=None).rows == []


def test_a_filter_is_in_the_address_and_pages_go_on_where_they_ended(demo, browser):
    browser.sign_in("auditor")
    first = browser.get("/journal?about=person")
    following = first.soup.select_one("a[href*='after=']")
    assert following is not None
    assert "about=person" in str(following["href"])
    second = browser.get(str(following["href"]))
    numbers = [[int(cell.text) for cell in page.soup.select("tbody td.num")] for page in (first, second)]
    assert min(numbers[0]) > max(numbers[1])
    assert "matches this filter" in browser.get("/journal?actor=nobody").main


@pytest.mark.attack(14)
@pytest.mark.parametrize("query", ["about=secret", "after=nonsense", "after=WyJhIl0", "about=person;--"])
def test_what_the_list_does_not_know_is_answered_400(demo, browser, query):
    browser.sign_in("auditor").get(f"/journal?{query}", expect=400)


def test_the_worker_seals_once_a_minute_whoever_comes_first(demo):
    failures = []
    done = jobs.run_due(NOW, failed=lambda one, error: failures.append((one.name, error)))
    assert "seal the journal" in done
    assert failures == []
    assert "seal the journal" not in jobs.run_due(NOW + timedelta(seconds=30), failed=lambda *_: None)
    assert "seal the journal" in jobs.run_due(NOW + timedelta(seconds=61), failed=lambda *_: None)
    assert seals.unsealed() == 0  # what the sweeps of the first minute told, too


def test_a_sweep_that_breaks_does_not_stop_the_others(demo, monkeypatch):
    def broken(_at):
        raise RuntimeError("no")

    monkeypatch.setitem(jobs._periodic, "a broken one", jobs.Periodic("a broken one", timedelta(minutes=1), broken))
    failures = []
    done = jobs.run_due(NOW, failed=lambda one, error: failures.append(one.name))
    assert failures == ["a broken one"]
    assert "seal the journal" in done


def test_each_fact_says_which_ticket_or_whose_account_it_is_about(demo, browser):
    browser.sign_in("admin")
    browser.post(
        "/people/XH006/account/new-password",
        browser.get("/people/XH006/account").form("/people/XH006/account/new-password"),
    )
    browser.sign_in("auditor")
    row = next(
        one
        for one in browser.get("/journal?about=person").soup.select("tbody tr")
        if "A new password was demanded" in one.text
    )
    assert "王芳 XH006" in row.text
    assert row.select_one("a[href='/people/XH006']")
    rows = browser.get("/journal?about=ticket").soup.select("tbody tr")
    assert all("T-" in one.select_one(".c-what small").text for one in rows)


def test_kinds_of_things_are_said_in_the_language_of_the_reader(demo, browser):
    browser.sign_in("auditor").language = "zh-CN"
    options = [one.text for one in browser.get("/journal").soup.select("#about option")]
    assert not [one for one in options if one.isascii() and one != "kettle"]  # which only the tests of acts know


@pytest.mark.rule("TKT-047")
@pytest.mark.attack(10, 16)
def test_an_auditor_reads_nothing_of_a_complaint_about_themselves_and_others_do(demo, browser):
    agent, auditor, other = (organisation.person_called(name) for name in ("agent", "auditor", "developer"))
    people.give_role(PORTAL, other, Role.AUDITOR, organisation.unit_coded("XH"), from_on=TODAY, at=NOW)
    ticket = tickets.open_ticket(
        organisation.staff(agent, TODAY), kind="complaint", channel=Channel.TELEPHONE, title="内审员收礼",
        body="有人看到了。", routing="service-quality", impact=Impact.ONE, urgency=Urgency.TODAY, anonymous=True,
        about=auditor, at=NOW,
    )  # fmt: skip
    number = ticket.number
    assert number in browser.sign_in("developer").get("/journal").main
    for address in ("/journal", "/journal?about=ticket", "/journal?actor=agent&about=ticket"):
        page = browser.sign_in("auditor").get(address)
        assert page.soup.select("tbody tr")
        assert number not in page.main


@pytest.mark.rule("POL-029")
def test_the_portal_keeps_what_is_done_in_it_and_watches_nothing_else_of_people(demo):
    """Its own journal, by person and moment (I-27): no place, screen or device of anybody."""
    agent = organisation.person_called("agent")
    assert agent is not None
    done = db.session.scalars(db.select(JournalEntry).where(JournalEntry.actor_id == agent.id)).all()
    assert {(one.actor_name, one.happened_at is not None) for one in done} == {(agent.name, True)}
    watched = {field.name for event in journal.event_classes() for field in fields(event)}
    assert not watched & {"location", "latitude", "longitude", "screen", "screenshot", "keystrokes", "browsing", "gps"}
