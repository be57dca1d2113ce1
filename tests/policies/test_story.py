"""A change of one clause for one department, from the draft to the facts that it decides: on plain pages, by the people
whose work it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.demo.cast import PASSWORD
from portal.extensions import db
from portal.organisation import queries as people
from portal.organisation.models import Department, Person
from portal.policies import jobs
from portal.policies.models import ManualDraft
from portal.policies.states import Chapter, Check, ManualKind, Part, Stage
from portal.tickets import actions
from portal.tickets.models import Ticket, TicketClock
from portal.tickets.states import Channel, ClockKind
from tests.conftest import NOW, TODAY

ANSWER = "tickets.complaint_answer"
DRAFT = "/manuals/TS-02/draft"
FIRST_DAY = date(2026, 11, 1)
CLAUSES = (
    ("总则", Part.INTRODUCTION, Chapter.VALUES), ("明确答复的时限", Part.BODY, Chapter.WORK),
    ("公正", Part.BODY, Chapter.ETHICS), ("保密", Part.BODY, Chapter.COMPLIANCE), ("附录", Part.APPENDIX, None),
)  # fmt: skip


def person(name: str) -> Person:
    return people.person_called(name)


def sent(browser, url, **typed):
    """The form at an address, filled in and sent as its page offers it."""
    answer = browser.post(url, {**browser.get(url).form(url), **typed})
    assert answer.status in (200, 303)
    return answer


def complaint(at: datetime) -> Ticket:
    who = people.staff(person("complaints"), TODAY)
    return actions.open_ticket(
        who, kind="complaint", channel=Channel.TELEPHONE, title="发错货", body="第二次了。", contact="13900000000",
        anonymous=True, at=at,
    )  # fmt: skip


def answer_due(ticket_id: int) -> TicketClock:
    return db.session.scalars(
        select(TicketClock).where(TicketClock.ticket_id == ticket_id, TicketClock.kind == ClockKind.ANSWER)
    ).one()


def group() -> int:
    return db.session.scalars(select(Department.id).where(Department.code == "CS-CMP")).one()


@pytest.mark.rule("TKT-044", "POL-001", "POL-003", "POL-004", "POL-005", "V-02")
@pytest.mark.attack(43)
def test_the_manager_changes_the_answer_to_complaints_for_one_department(demo, browser):
    ticket = complaint(NOW - timedelta(days=20))
    touched, number = ticket.id, ticket.number
    assert ticket.desk_id == group()
    before = answer_due(touched).due_at

    # As the manager: a draft of one department's own rule
    browser.sign_in("manager")
    new = browser.get("/manuals/new", expect={200, 303}).headers.get("Location", "/manuals/new")
    form = browser.get(new).form("/manuals/new")
    browser.post("/manuals/new", {
        **form, "code": "TS-02", "chinese": "投诉组补充规定", "english": "Rules of the complaint group",
        "kind": "conduct", "category": "customers", "purpose": "更快答复", "principles": "说到做到",
        "supervisor": str(person("supervisor").id), "department": str(group()),
    })  # fmt: skip
    for place, (heading, part, chapter) in enumerate(CLAUSES, start=1):
        sent(browser, f"{DRAFT}/clauses/new", number=str(place), heading=heading, text=f"{heading}。", part=part.value,
             chapter=chapter.value if chapter else "")  # fmt: skip
    draft = db.session.scalars(select(ManualDraft).order_by(ManualDraft.id.desc()).limit(1)).one()
    draft_id, ruling = draft.id, f"{DRAFT}/clauses/{draft.clauses[1].id}/ruling/{ANSWER}"
    sent(browser, ruling, value="2 days")
    sent(browser, f"{DRAFT}/version", major="1", minor="0", effective_from=FIRST_DAY.isoformat(), summary="两日内答复")
    sent(browser, f"{DRAFT}/findings", needs="客户等不及。", industry="同行两日。", law="及时答复。")
    sent(browser, f"{DRAFT}/about", legal=str(person("hr-head").id))
    sent(browser, f"{DRAFT}/evidence", kind="staff", words="投诉组六人都赞成两日。")

    # The replay shows what it would have touched, and touches nothing
    sent(browser, f"{DRAFT}/replay", months="1")
    jobs.go_on_with_replays(NOW)
    page = browser.get(f"{DRAFT}/replay")
    assert "Definite answer to a complaint" in page.main
    assert page.soup.select(".replayed .replayed-effects a")
    cases = browser.get(f"{DRAFT}/replay/cases?rule={ANSWER}")
    assert number in cases.main
    assert answer_due(touched).due_at == before

    # Another person reviews; nobody approves what they wrote
    step = f"{DRAFT}/step"
    sent(browser, f"{step}/draft")
    sent(browser, f"{step}/review", words="请看时限。")
    browser.get(f"{step}/approve", expect=404)
    browser.sign_in("director")
    sent(browser, f"{step}/comment", words="两日做得到吗？")
    sent(browser, f"{step}/finish", checks=[one.value for one in Check.of(ManualKind.CONDUCT)])
    browser.sign_in("manager")
    comment = browser.get(DRAFT).soup.select_one(".comment.is-open a.button")["href"]
    sent(browser, comment, words="做得到，排班已改。")
    sent(browser, f"{step}/submit", approvers=[person("executive").staff_number])

    # As the executive: approved, and published for next month
    browser.sign_in("executive")
    browser.get(f"{step}/publish", expect=404)
    sent(browser, f"{step}/approve")
    sent(browser, f"{step}/publish")
    assert db.session.get_one(ManualDraft, draft_id).state is Stage.PUBLISHED

    # The page of the key shows both values with their days
    browser.sign_in("complaints")
    page = browser.get(f"/manuals/rules/{ANSWER}?for=CS-CMP")
    now = page.soup.select_one(".value-now").get_text(" ")
    assert "day 3" in now
    assert "TS-01 3.1" in now
    assert "from 1 Nov" in now
    lines = [" ".join(one.get_text(" ").split()) for one in page.soup.select(".value-line li")]
    assert any("from 1 Nov" in one and "day 2" in one and "TS-02 1.0 § 2" in one for one in lines)
    assert any("from 1 Apr" in one and "day 3" in one and "TS-01 2.0 § 3.1" in one for one in lines)
    on_the_day = browser.get(f"/manuals/rules/{ANSWER}?for=CS-CMP&on=2026-11-01").soup.select_one(".value-now")
    assert "TS-02 2" in on_the_day.get_text(" ")
    elsewhere = browser.get(f"/manuals/rules/{ANSWER}?for=CS-GEN&on=2026-11-01").soup.select_one(".value-now")
    assert "TS-01 3.1" in elsewhere.get_text(" ")

    # Facts before the day and from it on use the right one; what was written down before stays as it was
    for day, days, clause in ((31, 3, "TS-01 3.1"), (32, 2, "TS-02 2")):
        received = datetime(2026, 10, 1, 2, tzinfo=UTC) + timedelta(days=day - 1)
        clock = answer_due(complaint(received).id)
        last_day = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day - 1 + days)
        assert clock.due_at == last_day.replace(hour=16), "the end of the day in the office"
        assert f"{clock.because.manual} {clock.because.number}" == clause
    assert answer_due(touched).due_at == before

    # Whom it binds is asked, and signs
    asked = browser.get("/manuals/TS-02/1.0/acknowledge").form("/acknowledge")
    browser.post("/manuals/TS-02/1.0/acknowledge", {**asked, "secret": PASSWORD})
    assert "TS-02" in browser.get("/manuals/mine").main
    assert "Nobody asks you" in browser.sign_in("clerk").get("/manuals/TS-02/1.0/acknowledge").main
