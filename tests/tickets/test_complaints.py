"""Complaints and levels above, rule by rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.signature import Confirmation, Method, Signature
from portal.organisation import held
from portal.organisation import queries as people
from portal.tickets import actions, complaints, jobs, parts, queries, rules, sheet, story, turns
from portal.tickets.clocks import running
from portal.tickets.models import Complaint, Ticket
from portal.tickets.rules import ComplaintRules
from portal.tickets.states import (
    TICKET,
    BreachKind,
    Channel,
    ClockKind,
    Ground,
    Satisfaction,
    Severity,
    Size,
    State,
)
from portal.today.queries import agenda
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, counted, later, person_of, satisfied, solve_and_tell

C = ClockKind
MIDNIGHT = NOW + timedelta(hours=14)
"""24:00 of the day of receipt in the office."""
FLOW = {
    "complaints.settle_within": "size=small: same day; severity=severe: same day",
    "complaints.signed_before_closing": "yes",
    "complaints.form_required": "yes",
    "complaints.large_amount": "5000.00",
    "complaints.track_every": "4 hours",
    "complaints.product_times": "3",
    "tickets.promise_stands": "yes",
}


@pytest.fixture
def complained(house, worked, office_hours):
    """`complained(…)`: a complaint with its form, by default a small one of one department."""

    def make(*, at=NOW, grounds=(), amount=None, product="", departments=(), **more):
        ticket = worked(kind="complaint", at=at, **more)
        complaints.fill_form(
            house.li, ticket, cause="派单漏发短信", wanted="道歉并说明", grounds=grounds, amount=amount,
            product=product, departments=departments, at=at,
        )  # fmt: skip
        return ticket

    return make


def form(ticket):
    return db.session.get_one(Complaint, ticket.id)


def kept(ticket):
    return [(one.kind, one.moment) for one in queries.breaches(ticket.id)]


def facts(ticket, name):
    return [one.facts for one in journal.of("ticket", ticket.id) if one.name == name]


def sign(who, ticket, department, at=NOW):
    complaints.sign_part(who, ticket, department, Confirmation(who.id, Method.PIN, at), at=at)


def conclude(who, ticket, at=NOW, *, upheld=True):
    complaints.conclude(who, ticket, upheld=upheld, evidence="派单记录", conclusion="改约没有通知。", at=at)


# ── The form ──


@pytest.mark.rule("TKT-039", "TKT-049")
@pytest.mark.parametrize(("cause", "wanted", "field"), [("", "道歉", "cause"), ("漏发短信", " ", "wanted")])
def test_a_complaint_form_is_not_complete_without_true_cause_and_wished_result(house, worked, cause, wanted, field):
    ticket = worked(kind="complaint")
    with pytest.raises(Refused) as no:
        complaints.fill_form(house.li, ticket, cause=cause, wanted=wanted, at=NOW)
    assert no.value.field == field
    assert db.session.get(Complaint, ticket.id) is None


@pytest.mark.rule("TKT-049")
def test_on_the_page_a_complaint_is_not_taken_down_without_them_and_nothing_typed_is_lost(demo, browser):
    browser.sign_in("agent")
    typed = {
        "channel": "telephone", "who": "new", "name": "赵先生", "kind": "complaint", "routing": "service-quality",
        "title": "挂断电话", "body": "说到一半被挂断。", "impact": "one", "urgency": "today", "wanted": "道歉",
    }  # fmt: skip
    page = browser.post("/tickets/new", typed, expect=422)
    assert page.form("/tickets/new")["wanted"] == "道歉"
    browser.post("/tickets/new", {**typed, "cause": "线路转接失败"})
    ticket = db.session.scalars(select(Ticket).where(Ticket.title == "挂断电话")).one()
    assert (form(ticket).cause, form(ticket).wanted) == ("线路转接失败", "道歉")


@pytest.mark.rule("TKT-039")
def test_a_complaint_is_not_closed_without_its_form(house, worked, published):
    published(FLOW, from_=TODAY)
    ticket = worked(kind="complaint")
    solve_and_tell(house.li, ticket)
    satisfied(house.li, ticket)
    with pytest.raises(Refused, match="form is not filled in") as no:
        actions.close(house.li, ticket, at=NOW)
    assert no.value.clause.manual == "KF-01"


def test_what_is_no_complaint_has_no_complaint_form(house, worked):
    with pytest.raises(Refused, match="no complaint"):
        complaints.fill_form(house.li, worked(), cause="x", wanted="y", at=NOW)


# ── Small and big, ordinary and severe ──


@pytest.mark.rule("TKT-043", "V-02")
@pytest.mark.parametrize("ground", list(Ground))
def test_each_ground_of_the_scale_makes_it_big_unless_the_manual_says_otherwise(app, ground):
    """I-40."""
    assert rules.size_of([ground], rules_with()) is Size.BIG
    assert rules.size_of([], rules_with()) is Size.SMALL


def rules_with(**values):
    from portal.policies.rulebook import supposing

    return supposing(ComplaintRules, **values)


@pytest.mark.rule("TKT-043")
def test_the_scale_is_edited_by_the_manual(house, complained, published):
    published({"complaints.big_if": "ground=damage: no; otherwise: yes"}, from_=TODAY)
    assert form(complained(grounds=[Ground.DAMAGE])).size is Size.SMALL
    assert form(complained(grounds=[Ground.DANGER], customer=None, anonymous=True)).size is Size.BIG


@pytest.mark.rule("TKT-043")
@pytest.mark.parametrize(("fen", "size"), [(500_000, Size.SMALL), (500_001, Size.BIG)])
def test_an_amount_over_the_setting_makes_it_big(complained, published, fen, size):
    published(FLOW, from_=TODAY)
    assert form(complained(amount=fen)).size is size


@pytest.mark.rule("TKT-043")
@pytest.mark.parametrize(("days", "size"), [(30, Size.BIG), (31, Size.SMALL)])
def test_the_same_customer_again_within_thirty_days_makes_it_big(complained, days, size):
    complained(at=NOW - timedelta(days=days))
    assert form(complained()).size is size


@pytest.mark.rule("TKT-043")
def test_more_than_one_department_makes_it_big_and_it_is_reported_to_the_director(house, complained):
    ticket = complained(departments=[house.tech])
    assert form(ticket).size is Size.BIG
    assert [one["to"] for one in facts(ticket, "BigComplaintReported")] == ["Luo"]
    assert facts(complained(customer=None, anonymous=True), "BigComplaintReported") == []


BIG_BY_PARTS = {**FLOW, "complaints.big_if": "otherwise: yes"}


def asked_of_tech(house, ticket):
    return parts.ask(house.li, ticket, house.tech, "请查派单记录。", at=later(5))


@pytest.mark.rule("TKT-043", "TKT-040")
def test_a_part_that_is_taken_by_a_second_department_makes_a_small_one_big(house, complained, published):
    """I-40."""
    published(BIG_BY_PARTS, from_=TODAY)
    ticket = complained()
    assert C.SOLUTION in running(ticket), "a small one is settled the same day"
    part = asked_of_tech(house, ticket)
    assert form(ticket).size is Size.SMALL, "nobody there works on it yet"
    parts.take(house.zhao, ticket, part, at=later(10))
    kept_form = form(ticket)
    assert (kept_form.size, kept_form.grounds, kept_form.size_because.manual) == (Size.BIG, ["departments"], "KF-01")
    (grew,) = (one for one in journal.of("ticket", ticket.id) if one.name == "ComplaintGrew")
    assert str(grew.sentence()) == "It concerns several departments and is graver than it seemed: big, ordinary"
    assert grew.event().because == kept_form.size_because
    assert (grew.happened_at, grew.actor_name) == (later(10), "Zhao")
    assert [one["to"] for one in facts(ticket, "BigComplaintReported")] == ["Luo"]
    assert C.SOLUTION not in running(ticket), "its flow is that of a big one from now on"


@pytest.mark.rule("TKT-043")
def test_a_transfer_that_another_department_accepts_makes_it_big_too(house, complained, published):
    published(BIG_BY_PARTS, from_=TODAY)
    ticket = complained()
    actions.offer(house.li, ticket, house.tech, note="请处理。", at=later(5))
    assert form(ticket).size is Size.SMALL
    actions.accept(house.zhao, ticket, at=later(10))
    assert form(ticket).size is Size.BIG
    assert len(facts(ticket, "ComplaintGrew")) == 1


@pytest.mark.rule("TKT-043")
def test_it_never_becomes_small_again_by_itself_and_grows_once(house, complained, published):
    published(BIG_BY_PARTS, from_=TODAY)
    ticket = complained()
    part = asked_of_tech(house, ticket)
    for moment in (10, 30):
        parts.take(house.zhao, ticket, part, at=later(moment))
        parts.give_back(house.zhao, ticket, part, "不是我们的", at=later(moment + 10))
    parts.withdraw(house.li, ticket, part, "不用了", at=later(60))
    assert form(ticket).size is Size.BIG
    assert len(facts(ticket, "ComplaintGrew")) == len(facts(ticket, "BigComplaintReported")) == 1


@pytest.mark.rule("TKT-043")
def test_where_the_manual_does_not_count_departments_a_part_makes_nothing_bigger(house, complained, published):
    published({**FLOW, "complaints.big_if": "ground=departments: no; otherwise: yes"}, from_=TODAY)
    ticket = complained()
    parts.take(house.zhao, ticket, asked_of_tech(house, ticket), at=later(10))
    assert form(ticket).size is Size.SMALL
    assert facts(ticket, "ComplaintGrew") == []


@pytest.mark.rule("TKT-042", "TKT-043")
def test_what_was_signed_as_a_small_one_is_signed_again_as_a_big_one(house, complained, published):
    published(BIG_BY_PARTS, from_=TODAY)
    ticket = complained()
    conclude(house.li, ticket, at=later(1))
    sign(house.lin, ticket, house.desk, at=later(2))
    parts.take(house.zhao, ticket, asked_of_tech(house, ticket), at=later(10))
    assert {one.department_id: one.signed_at for one in queries.concerned(ticket.id)} == {
        house.desk.id: None, house.tech.id: None,
    }  # fmt: skip


def test_a_complaint_without_its_form_and_a_ticket_that_is_none_grow_not(house, worked):
    for kind in ("complaint", "repair"):
        ticket = worked(kind=kind)
        parts.take(house.zhao, ticket, asked_of_tech(house, ticket), at=later(10))
        assert facts(ticket, "ComplaintGrew") == []


@pytest.mark.rule("TKT-045", "V-02")
def test_each_class_has_its_own_flow(house, complained, published):
    published({**FLOW, "tickets.solve_within": "kind=complaint: 15 days"}, from_=TODAY)
    small = complained()
    big = complained(grounds=[Ground.DAMAGE], customer=None, anonymous=True)
    severe = complained(grounds=[Ground.DANGER], customer=None, anonymous=True)
    assert running(small)[C.SOLUTION].due_at == MIDNIGHT
    assert running(big)[C.SOLUTION].due_at == MIDNIGHT + timedelta(days=15)
    assert running(severe)[C.SOLUTION].due_at == MIDNIGHT
    assert [form(one).severity for one in (small, big, severe)] == [
        Severity.ORDINARY, Severity.ORDINARY, Severity.SEVERE,
    ]  # fmt: skip
    assert C.TRACKING not in running(big)


@pytest.mark.rule("TKT-046")
@pytest.mark.parametrize(("minutes", "reminded"), [(240, 0), (241, 1)])
def test_a_severe_complaint_has_tracking_notes_and_a_reminder_where_there_is_none(
    house, complained, published, minutes, reminded
):
    published(FLOW, from_=TODAY)
    ticket = complained(grounds=[Ground.DANGER])
    jobs.keep_limits(later(minutes))
    jobs.keep_limits(later(minutes + 1 if reminded else minutes))
    assert len(facts(ticket, "ReminderDue")) == reminded
    assert BreachKind.LATE_UPDATE not in [kind for kind, _moment in kept(ticket)]  # a reminder is no breach
    actions.note(house.li, ticket, "客户情绪已平复。", at=later(300))
    assert running(ticket)[C.TRACKING].due_at == later(540)


# ── The same day, or a promised date ──


@pytest.mark.rule("TKT-039", "TKT-041", "TKT-038")
@pytest.mark.parametrize(("minutes", "breached"), [(0, False), (1, True)])
def test_a_complaint_is_settled_by_the_end_of_the_day_of_receipt(house, complained, published, minutes, breached):
    """I-08: until 24:00 in the office."""
    published(FLOW, from_=TODAY)
    ticket = complained()
    actions.resolve(house.li, ticket, "当面道歉。", at=MIDNIGHT + timedelta(minutes=minutes))
    assert kept(ticket) == ([(BreachKind.LATE_SOLUTION, MIDNIGHT)] if breached else [])


def promise(who, ticket, day, at):
    actions.reply(who, ticket, "明天给您结果。", channel=Channel.TELEPHONE, solved_by=day, at=at)


@pytest.mark.rule("TKT-040", "TKT-041", "V-21")
def test_told_the_same_day_a_promised_date_takes_the_place_of_the_limit_until_it_is_missed(
    house, complained, published
):
    """I-42."""
    published({**FLOW, "complaints.settle_within": "otherwise: same day"}, from_=TODAY)
    ticket = complained(departments=[house.tech])
    promise(house.li, ticket, TODAY + timedelta(days=2), MIDNIGHT)
    assert C.SOLUTION not in running(ticket)
    assert jobs.keep_limits(MIDNIGHT + timedelta(days=2)) == 0
    assert jobs.keep_limits(MIDNIGHT + timedelta(days=2, minutes=1)) == 1
    assert kept(ticket) == [(BreachKind.PROMISE_BROKEN, MIDNIGHT + timedelta(days=2))]


@pytest.mark.rule("TKT-040", "TKT-041")
def test_told_a_minute_too_late_the_missed_day_is_a_breach(house, complained, published):
    published({**FLOW, "complaints.settle_within": "otherwise: same day"}, from_=TODAY)
    ticket = complained(departments=[house.tech])
    promise(house.li, ticket, TODAY + timedelta(days=2), MIDNIGHT + timedelta(minutes=1))
    assert kept(ticket) == [(BreachKind.LATE_SOLUTION, MIDNIGHT)]


@pytest.mark.rule("TKT-040", "TKT-041")
def test_without_a_word_to_the_customer_the_missed_day_is_a_breach(house, complained, published):
    published({**FLOW, "complaints.settle_within": "otherwise: same day"}, from_=TODAY)
    ticket = complained(departments=[house.tech])
    assert jobs.keep_limits(MIDNIGHT) == 0
    assert jobs.keep_limits(MIDNIGHT + timedelta(hours=8)) == 1
    assert kept(ticket) == [(BreachKind.LATE_SOLUTION, MIDNIGHT)]


@pytest.mark.rule("TKT-040")
def test_a_single_department_settles_the_same_day_whatever_it_promises(house, complained, published):
    published(FLOW, from_=TODAY)
    ticket = complained()
    promise(house.li, ticket, TODAY + timedelta(days=2), NOW)
    assert running(ticket)[C.SOLUTION].due_at == MIDNIGHT


TELL = {**FLOW, "complaints.tell_within": "same day"}


def two_departments(house, complained, at=NOW):
    """A complaint on which a second department begins to work at the moment `at`."""
    ticket = complained()
    part = parts.ask(house.li, ticket, house.tech, "请查派单记录。", at=at)
    parts.take(house.zhao, ticket, part, at=at)
    return ticket


@pytest.mark.rule("TKT-040", "TKT-041", "V-21")
@pytest.mark.parametrize(("minutes", "breached"), [(0, False), (1, True)])
def test_where_several_departments_work_on_it_the_customer_is_told_a_day_by_the_end_of_today(
    house, complained, published, minutes, breached
):
    """I-42: no notice the same day is a breach, also where a big complaint may take longer than today."""
    published(TELL, from_=TODAY)
    ticket = two_departments(house, complained, later(10))
    assert form(ticket).size is Size.BIG
    assert (running(ticket)[C.NOTICE].due_at, running(ticket)[C.NOTICE].because.manual) == (MIDNIGHT, "KF-01")
    promise(house.li, ticket, TODAY + timedelta(days=3), MIDNIGHT + timedelta(minutes=minutes))
    assert C.NOTICE not in running(ticket)
    assert kept(ticket) == ([(BreachKind.LATE_NOTICE, MIDNIGHT)] if breached else [])


@pytest.mark.rule("TKT-040", "TKT-041")
@pytest.mark.attack(33)
def test_without_a_word_to_the_customer_the_evening_is_a_breach_once_with_its_clause(house, complained, published):
    published(TELL, from_=TODAY)
    ticket = two_departments(house, complained)
    assert jobs.keep_limits(MIDNIGHT) == 0
    assert jobs.keep_limits(MIDNIGHT + timedelta(hours=8)) == 1
    assert jobs.keep_limits(MIDNIGHT + timedelta(hours=9)) == 0
    promise(house.li, ticket, TODAY + timedelta(days=3), MIDNIGHT + timedelta(hours=10))
    (breach,) = queries.breaches(ticket.id)
    assert (breach.kind, breach.moment, breach.person_name) == (BreachKind.LATE_NOTICE, MIDNIGHT, "Li")
    assert breach.because.manual == "KF-01"


@pytest.mark.rule("TKT-040")
@pytest.mark.parametrize(("minutes", "breached"), [(0, False), (1, True)])
def test_what_is_solved_the_same_day_needs_no_other_day(house, complained, published, minutes, breached):
    published(TELL, from_=TODAY)
    ticket = complained(departments=[house.tech])
    actions.resolve(house.li, ticket, "当面道歉。", at=MIDNIGHT + timedelta(minutes=minutes))
    assert C.NOTICE not in running(ticket)
    assert kept(ticket) == ([(BreachKind.LATE_NOTICE, MIDNIGHT)] if breached else [])


@pytest.mark.rule("TKT-040")
def test_a_department_that_comes_in_on_a_later_day_leaves_until_the_end_of_that_day(house, complained, published):
    published(TELL, from_=TODAY)
    ticket = two_departments(house, complained, MIDNIGHT + timedelta(hours=10))
    assert running(ticket)[C.NOTICE].due_at == MIDNIGHT + timedelta(days=1)


@pytest.mark.rule("TKT-040")
def test_nothing_more_is_to_be_told_by_one_department_or_where_a_day_is_promised_or_no_manual_asks(
    house, complained, published
):
    published(TELL, from_=TODAY)
    assert C.NOTICE not in running(complained())
    ticket = complained(customer=None, anonymous=True)
    promise(house.li, ticket, TODAY + timedelta(days=3), NOW)
    parts.take(house.zhao, ticket, asked_of_tech(house, ticket), at=later(10))
    assert C.NOTICE not in running(ticket)
    published({**TELL, "complaints.tell_within": "none"}, from_=TODAY + timedelta(days=1))
    tomorrow = NOW + timedelta(days=1)
    ticket = complained(at=tomorrow, departments=[house.tech], customer=None, anonymous=True)
    assert C.NOTICE not in running(ticket)


@pytest.mark.rule("TKT-044")
@pytest.mark.parametrize(("minutes", "breached"), [(0, False), (1, True)])
def test_the_definite_answer_is_due_at_the_end_of_the_third_day(house, complained, published, minutes, breached):
    """I-07: the answer, not the solution; calendar days, the day of receipt is day 0."""
    published({"tickets.complaint_answer": "3 days"}, from_=TODAY)
    ticket = complained()
    at = MIDNIGHT + timedelta(days=3, minutes=minutes)
    actions.reply(house.li, ticket, "查到了。", channel=Channel.MAIL, definite=True, at=at)
    assert kept(ticket) == ([(BreachKind.LATE_ANSWER, MIDNIGHT + timedelta(days=3))] if breached else [])


# ── Evidence, conclusion, signatures ──


@pytest.mark.rule("TKT-047")
def test_a_complaint_is_concluded_on_evidence_upheld_or_not(house, complained):
    ticket = complained()
    with pytest.raises(Refused) as no:
        complaints.conclude(house.li, ticket, upheld=True, evidence=" ", conclusion="属实", at=NOW)
    assert no.value.field == "evidence"
    conclude(house.li, ticket, upheld=False)
    assert (form(ticket).upheld, form(ticket).evidence, form(ticket).concluded_by_name) == (False, "派单记录", "Li")


@pytest.mark.rule("TKT-039", "TKT-042", "TKT-049")
def test_the_printed_form_says_cause_and_wish_and_has_a_line_for_each_department(house, concluded):
    sign(house.lin, concluded, house.desk, at=later(50))
    paper = sheet.of(house.li, concluded.number, notes=True, at=later(60))
    said = dict(paper.complaint)
    assert (said["True cause"], said["Wanted"]) == ("派单漏发短信", "道歉并说明")
    assert said["Conclusion"].startswith("upheld · ")
    (desk, signed), (tech, waits) = paper.signing
    assert (desk, signed.startswith("Lin · 2026-10-12"), tech, waits) == ("DESK", True, "TECH", "")
    for_customers = sheet.of(house.li, concluded.number, notes=False, at=later(60))
    assert (for_customers.complaint, for_customers.signing) == ([], [])


@pytest.mark.rule("TKT-042")
def test_closing_is_refused_while_a_department_has_not_signed(house, complained, published):
    published(FLOW, from_=TODAY)
    ticket = complained(departments=[house.tech])
    with pytest.raises(Refused, match="whether the complaint holds"):
        sign(house.lin, ticket, house.desk)
    solve_and_tell(house.li, ticket)
    conclude(house.li, ticket)
    satisfied(house.li, ticket)
    with pytest.raises(Refused, match="DESK, TECH"):
        actions.close(house.li, ticket, at=NOW)
    sign(house.lin, ticket, house.desk)
    with pytest.raises(Refused, match="Not signed yet: TECH") as no:
        actions.close(house.li, ticket, at=NOW)
    assert no.value.clause.manual == "KF-01"
    sign(house.han, ticket, house.tech)
    actions.close(house.li, ticket, at=NOW)
    assert ticket.state is State.CLOSED
    made = db.session.scalars(select(Signature).where(Signature.about == "complaint")).all()
    assert [(one.person_name, one.method, "派单漏发短信" in one.content) for one in made] == [
        ("Lin", Method.PIN, True), ("Han", Method.PIN, True),
    ]  # fmt: skip


@pytest.mark.rule("TKT-042")
@pytest.mark.attack(10)
def test_the_head_signs_or_whoever_did_the_part_and_nobody_else(house, complained, published):
    ticket = complained(departments=[house.tech])
    conclude(house.li, ticket)
    for who, where in ((house.zhao, house.tech), (house.lin, house.tech), (house.han, house.desk)):
        with pytest.raises(NotAllowed):
            sign(who, ticket, where)
    with pytest.raises(NotAllowed):
        sign(house.han, ticket, house.market)  # it does not concern them
    sign(house.li, ticket, house.desk)  # she did its part
    with pytest.raises(OutOfDate, match="has signed for DESK already"):
        sign(house.lin, ticket, house.desk)
    with pytest.raises(Refused, match="too long ago"):
        complaints.sign_part(
            house.han, ticket, house.tech, Confirmation(house.han.id, Method.PIN, NOW - timedelta(minutes=6)), at=NOW
        )


@pytest.mark.rule("TKT-042")
def test_what_changes_after_a_signature_is_signed_again(house, complained, published):
    published(FLOW, from_=TODAY)
    ticket = complained()
    solve_and_tell(house.li, ticket)
    conclude(house.li, ticket)
    sign(house.lin, ticket, house.desk)
    actions.customer_answer(house.li, ticket, Satisfaction.NOT_SATISFIED, wishes="书面道歉。", at=later(1))
    solve_and_tell(house.li, ticket, at=later(2))
    assert [one.signed_at for one in queries.concerned(ticket.id)] == [None]
    sign(house.lin, ticket, house.desk, at=later(3))


@pytest.mark.rule("TKT-042")
def test_a_department_that_takes_it_over_is_concerned_and_reads_it_from_then_on(house, complained):
    ticket = complained()
    actions.offer(house.li, ticket, house.tech, at=NOW)
    actions.accept(house.zhao, ticket, at=NOW)
    actions.offer(house.zhao, ticket, house.desk, at=NOW)
    actions.accept(house.wang, ticket, at=NOW)
    assert [one.department for one in queries.concerned(ticket.id)] == ["DESK", "TECH"]
    actions.note(house.wang, ticket, "已核实。", at=NOW)
    (note,) = [one for one in queries.entries(ticket.id, inside=True) if one.inside]
    for reader, reads in ((house.han, True), (house.yu, False)):
        assert (queries.ticket_seen_by(reader, ticket.number) is ticket) is reads
        assert (sheet.of(reader, ticket.number, notes=True, at=NOW) is not None) is reads
        assert queries.shows_file(reader, ticket.id, note.id) is reads


@pytest.mark.rule("TKT-042")
def test_on_the_page_a_department_signs_with_its_pin_and_a_wrong_one_signs_nothing(demo, browser):
    from portal.demo.cast import PIN

    title = "插座面板冒火花，孩子受了惊"
    ticket = db.session.scalars(select(Ticket).where(Ticket.title == title)).one()
    number, rep = ticket.number, next(one.id for one in people.departments().values() if one.code == "REP")
    conclude(people.staff(people.person_called("complaints"), TODAY), ticket)
    browser.sign_in("repair-head")
    page = browser.post(f"/tickets/{number}/sign", {"department": str(rep), "secret": "000000"}, expect=422)
    assert "not your password or PIN" in page.main
    browser.post(f"/tickets/{number}/sign", {"department": str(rep), "secret": PIN})
    assert "安装维修部 · 高原" in browser.get(f"/tickets/{number}").main


@pytest.fixture
def concluded(house, complained):
    """A complaint of two departments of which Zhao did the part of the second: solved, and concluded."""
    ticket = complained()
    part = asked_of_tech(house, ticket)
    parts.take(house.zhao, ticket, part, at=later(10))
    parts.finish(house.zhao, ticket, part, "短信已补发。", 20, at=later(20))
    actions.resolve(house.li, ticket, "已经说明。", at=later(30))
    conclude(house.li, ticket, at=later(40))
    return ticket


def to_sign(who, ticket):
    """The departments for which Today asks somebody to sign."""
    found = [line for group in agenda(who, later(60)) for line in group.lines if "act=sign" in line.href]
    assert all((line.number, str(line.verb)) == (ticket.number, "Sign") for line in found)
    return [str(line.state) for line in found]


@pytest.mark.rule("TKT-042")
def test_a_signature_that_is_missing_waits_on_today_for_the_head_and_for_whoever_did_the_part(house, concluded):
    assert to_sign(house.han, concluded) == to_sign(house.zhao, concluded) == ["for TECH"]
    assert to_sign(house.li, concluded) == to_sign(house.lin, concluded) == ["for DESK"]
    assert to_sign(house.wang, concluded) == to_sign(house.yu, concluded) == to_sign(house.chen, concluded) == []
    sign(house.zhao, concluded, house.tech, at=later(50))
    assert to_sign(house.han, concluded) == to_sign(house.zhao, concluded) == []
    assert to_sign(house.li, concluded) == ["for DESK"]


@pytest.mark.rule("TKT-042", "TKT-056")
def test_nobody_is_asked_to_sign_a_solution_with_which_the_customer_was_not_satisfied(house, concluded):
    sign(house.lin, concluded, house.desk, at=later(41))
    actions.tell_customer(house.li, concluded, "修好了。", channel=Channel.TELEPHONE, at=later(45))
    actions.customer_answer(house.li, concluded, Satisfaction.NOT_SATISFIED, wishes="书面道歉。", at=later(46))
    assert to_sign(house.han, concluded) == []
    actions.resolve(house.li, concluded, "道歉信已寄。", at=later(50))
    assert to_sign(house.han, concluded) == ["for TECH"]
    assert to_sign(house.li, concluded) == ["for DESK"], "what was signed was another solution"


@pytest.mark.rule("TKT-042", "TKT-047")
@pytest.mark.attack(10)
def test_whom_a_complaint_is_about_is_asked_for_no_signature(house, complained):
    ticket = complained(about=person_of(house.zhao))
    actions.resolve(house.li, ticket, "已经说明。", at=later(30))
    conclude(house.li, ticket, at=later(40))
    by_hand(
        "INSERT INTO complaint_department (ticket_id, department_id, department, signed_by_name, version) "
        "VALUES (:t, :d, 'TECH', '', 1)", t=ticket.id, d=house.tech.id,
    )  # fmt: skip
    assert to_sign(house.zhao, ticket) == to_sign(house.han, ticket) == []


@pytest.mark.rule("TKT-042")
def test_what_cannot_be_closed_yet_says_who_has_to_sign_and_offers_no_closing(house, concluded):
    actions.tell_customer(house.li, concluded, "修好了。", channel=Channel.TELEPHONE, at=later(45))
    satisfied(house.li, concluded, at=later(46))
    facts_ = story.Facts.of(journal.of("ticket", concluded.id))

    def turn(who):
        return turns.turn(concluded, TICKET.open_to(who, concluded), who, facts_, complaint=form(concluded))

    assert (turn(house.li).main, turn(house.li).waits_for) == (None, "DESK, TECH")
    assert "close" in turn(house.li).others, "a manual may ask for no signatures"
    assert [str(line.verb) for group in agenda(house.li, later(60)) for line in group.lines][:1] == ["Look after it"]
    for who, where in ((house.li, house.desk), (house.zhao, house.tech)):
        sign(who, concluded, where, at=later(50))
    facts_ = story.Facts.of(journal.of("ticket", concluded.id))
    assert turn(house.li).main == "close"


# ── Afterwards ──


@pytest.mark.rule("TKT-048")
def test_cause_and_lesson_are_written_down_after_closing(house, complained):
    ticket = complained()
    with pytest.raises(OutOfDate):
        complaints.learn(house.li, ticket, cause="漏发", lesson="加提示", at=NOW)
    conclude(house.li, ticket)
    solve_and_tell(house.li, ticket)
    satisfied(house.li, ticket)
    actions.close(house.li, ticket, at=NOW)
    complaints.learn(house.li, ticket, cause="改约不触发短信", lesson="派单系统加提示，已告知研发部", at=NOW)
    assert (form(ticket).found_cause, form(ticket).learned_by_name) == ("改约不触发短信", "Li")


@pytest.mark.rule("TKT-053")
def test_the_third_complaint_about_a_product_within_thirty_days_is_a_problem_of_the_product(complained, published):
    published(FLOW, from_=TODAY - timedelta(days=60))
    anonymous = {"customer": None, "anonymous": True, "product": "墙壁面板"}
    complained(at=NOW - timedelta(days=31), **anonymous)
    first, second = complained(at=NOW - timedelta(days=29), **anonymous), complained(at=NOW, **anonymous)
    assert facts(first, "ProductProblem") == facts(second, "ProductProblem") == []
    assert [one["times"] for one in facts(complained(**anonymous), "ProductProblem")] == [3]
    assert facts(complained(customer=None, anonymous=True, product="路由器"), "ProductProblem") == []


@pytest.mark.rule("TKT-052")
def test_complaints_letters_visits_and_opinions_stand_in_a_queue_of_their_own(house, opened):
    letters = queries.Wanted(tab=queries.Tab.LETTERS)
    wanted = [
        opened(**one).number
        for one in (
            {"kind": "complaint"}, {"kind": "suggestion"}, {"channel": Channel.LETTER}, {"channel": Channel.VISIT},
        )
    ]  # fmt: skip
    opened(kind="repair")
    assert sorted(row.number for row in queries.queue(house.lin, letters).rows) == wanted
    assert queries.queue(house.yu, letters).rows == []


@pytest.mark.rule("TKT-052")
def test_the_queue_of_letters_and_visits_stands_before_those_who_lead(demo, browser):
    assert browser.sign_in("supervisor").get("/tickets").soup.select(".tabs a[href$='view=letters']")
    assert not browser.sign_in("agent").get("/tickets").soup.select(".tabs a[href$='view=letters']")


@pytest.mark.rule("TKT-050")
def test_arguing_with_a_customer_is_noted_as_conduct(house, complained):
    ticket = complained()
    actions.note_conduct(house.lin, ticket, BreachKind.QUARREL, "电话里与客户争辩。", at=NOW)
    assert kept(ticket) == [(BreachKind.QUARREL, NOW)]


# ── About a colleague ──


@pytest.fixture
def about_zhao(house, person_of_):
    """A complaint that names Zhao, whose head is Han; Li took it down."""

    def make(**more):
        ticket = actions.open_ticket(
            house.li, kind="complaint", channel=Channel.TELEPHONE, title="态度差", body="说话难听。",
            routing="account", anonymous=True, about=person_of_(house.zhao), at=NOW, **more,
        )  # fmt: skip
        actions.take(house.li, ticket, at=NOW)
        complaints.fill_form(house.li, ticket, cause="争执", wanted="道歉", departments=[house.tech], at=NOW)
        return ticket

    return make


@pytest.fixture
def person_of_():
    from tests.tickets.conftest import person_of

    return person_of


@pytest.mark.rule("TKT-047")
@pytest.mark.attack(10, 16)
def test_a_complaint_about_somebody_is_invisible_to_them_and_to_their_line(house, about_zhao):
    ticket = about_zhao()
    for reader, sees in ((house.zhao, False), (house.han, False), (house.li, True), (house.luo, True)):
        assert (queries.ticket_seen_by(reader, ticket.number) is ticket) is sees
        for tab in queries.Tab:
            rows = queries.queue(reader, queries.Wanted(tab=tab, sort=queries.SORTS[tab][0])).rows
            assert sees or ticket.number not in [row.number for row in rows]
            assert sees or counted(reader, [tab])[tab] == 0
        listed = db.session.scalars(select(Ticket.number).where(queries.seen_by(reader))).all()
        assert (ticket.number in listed) is sees


@pytest.mark.rule("TKT-047")
@pytest.mark.attack(10, 16)
def test_nobody_is_given_a_complaint_about_their_people_nor_learns_of_it_from_what_others_hold(
    house, about_zhao, person_of_
):
    ticket, han = about_zhao(), person_of_(house.han)
    with pytest.raises(NotAllowed, match="it is about them or their people"):
        actions.offer(house.li, ticket, house.tech, han, at=NOW)
    with pytest.raises(Refused, match="cannot be asked"):
        actions.ask_inside(house.li, ticket, han, "怎么回事？", told="", channel=Channel.TELEPHONE, at=NOW)
    with pytest.raises(Refused, match="cannot stand in"):
        actions.name_deputy(house.luo, ticket, han, "休假", from_on=TODAY, at=NOW)
    assert held.held_by({house.li.id}, reader=house.han) == []
    assert [one.number for one in held.held_by({house.li.id}, reader=house.luo)] == [ticket.number]


@pytest.mark.rule("TKT-051")
def test_an_upheld_complaint_counts_for_the_colleague_whom_it_names_and_one_that_is_not_does_not(house, about_zhao):
    conclude(house.li, about_zhao(), upheld=False)
    assert queries.upheld_in_month(house.zhao.id, TODAY) == 0
    upheld = about_zhao()
    conclude(house.li, upheld)
    conclude(house.li, upheld, at=later(1))  # put right: counted once
    assert [one["nth"] for one in facts(upheld, "CountedAgainst")] == [1]
    second = about_zhao()
    conclude(house.li, second)
    assert [one["nth"] for one in facts(second, "CountedAgainst")] == [2]
    assert queries.upheld_in_month(house.zhao.id, date(2026, 11, 1)) == 0


# ── Levels above ──


@pytest.mark.rule("TKT-037", "TKT-038")
def test_an_unclear_case_goes_up_level_by_level_and_none_is_skipped(house, complained):
    ticket = complained()
    with pytest.raises(Refused, match="few words"):
        actions.escalate(house.li, ticket, " ", at=NOW)
    first = actions.escalate(house.li, ticket, "手册没有规定。", at=NOW)
    assert first.to_name == "Luo"
    with pytest.raises(OutOfDate, match="Luo has it"):
        actions.escalate(house.li, ticket, "再往上", at=NOW)
    with pytest.raises(NotAllowed):
        actions.decide_above(house.chen, ticket, "我来定", at=NOW)
    second = actions.escalate(house.luo, ticket, "超出我的权限。", at=later(1))
    assert (second.to_name, second.step) == ("Chen", 2)
    actions.decide_above(house.chen, ticket, "按最高档赔付。", at=later(2))
    assert [(one.to_name, one.decision) for one in queries.escalations(ticket.id)] == [
        ("Luo", "超出我的权限。"), ("Chen", "按最高档赔付。"),
    ]  # fmt: skip
    assert db.session.scalar(select(Ticket.number).where(queries.seen_by(house.chen), Ticket.id == ticket.id))


@pytest.mark.rule("TKT-029", "V-21")
def test_the_committee_is_the_last_level_and_its_decision_is_recorded(house, complained):
    ticket = complained(departments=[house.tech])
    actions.escalate(house.li, ticket, "两个部门各说各话。", at=NOW)
    actions.escalate(house.luo, ticket, "要公司协调。", at=NOW)
    last = actions.escalate(house.chen, ticket, "请委员会定。", at=NOW)
    assert (last.to_id, last.to_name) == (None, "COMM")
    with pytest.raises(NotAllowed):
        actions.decide_above(house.luo, ticket, "我来定", at=NOW)
    actions.decide_above(house.chen, ticket, "由技术部牵头，周五前完成。", at=later(5))
    assert [one["decision"] for one in facts(ticket, "DecidedAbove")] == ["由技术部牵头，周五前完成。"]
    with pytest.raises(OutOfDate, match="Nothing waits"):
        actions.decide_above(house.chen, ticket, "再说一次", at=later(6))
    with pytest.raises(Refused, match="no level above"):
        actions.escalate(house.li, ticket, "还是不行", at=later(7))


@pytest.mark.rule("TKT-037")
def test_whoever_has_to_decide_sees_it_and_finds_it_on_today_without_any_role(house, staff, complained):
    from portal.tickets import queries
    from tests.tickets.conftest import leads

    lead = staff("Lead", house.desk)
    leads(lead, house.desk)
    ticket = complained()
    assert queries.ticket_seen_by(lead, ticket.number) is None
    assert actions.escalate(house.li, ticket, "口径没有规定。", at=NOW).to_name == "Lead"
    assert queries.ticket_seen_by(lead, ticket.number) is not None
    assert [(one.number, one.why) for one in queries.to_do(lead, 20)] == [(ticket.number, queries.Because.ESCALATED)]
    actions.decide_above(lead, ticket, "照手册答复。", at=later(1))
    assert queries.to_do(lead, 20) == []


@pytest.mark.rule("TKT-037")
def test_whoever_may_not_see_it_is_no_level(house, staff, complained, person_of_):
    lead = staff("Lead", house.desk, Role.SUPERVISOR)
    from tests.tickets.conftest import leads

    leads(lead, house.desk)
    ticket = complained(about=person_of_(lead))
    assert actions.escalate(house.li, ticket, "关系到主管。", at=NOW).to_name == "Chen"  # Luo leads whom it is about
