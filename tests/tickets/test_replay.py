"""Replaying a draft: what past tickets would have come to with its values, and that none of them is touched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_zone
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.organisation import queries as people
from portal.policies import drafts, jobs, places, replays
from portal.policies import replay as replay_of_keys
from portal.policies.models import DraftApproval, ManualDraft
from portal.policies.replay import Changed
from portal.policies.replay import Part as Judged
from portal.policies.replay_models import DraftReplay
from portal.policies.replay_states import Effect, Progress
from portal.policies.states import Category, ManualKind, Part, Stage
from portal.tickets import actions, complaints, parts, queries
from portal.tickets.models import Ticket
from portal.tickets.states import Channel, ClockKind, Ground, Impact, Urgency
from tests.conftest import NOW, TODAY
from tests.tickets.conftest import by_hand, later, person_of, solve_and_tell

ANSWER, RESPONSE, SOLVE = "tickets.complaint_answer", "tickets.first_response", "tickets.solve_within"
PART, DEPARTMENT, TRACK = "tickets.part_within", "tickets.department_within", "complaints.track_every"
LONG_AGO = TODAY - timedelta(days=300)
HOUR, DAY = 60, 24 * 60


@pytest.fixture
def writer(house, staff):
    return staff("Zheng", house.centre, Role.HEAD)


@pytest.fixture
def drafted(house, writer):
    """`drafted({key: value}, of=department)`: a draft of a new manual that rules like this."""

    def make(rulings, of=None):
        actor = house.chen if of is house.company else writer
        draft = drafts.begin_manual(
            actor, "TS-02", {"zh-CN": "补充规定"}, kind=ManualKind.CONDUCT, category=Category.CUSTOMERS,
            department=of or house.desk, supervisor=person_of(house.lin), purpose="…", principles="…", at=NOW,
        )  # fmt: skip
        clause = drafts.write_clause(
            actor, draft, None, number="4.2", heading="时限", text="…", part=Part.BODY, chapter=None,
            seen=draft.version, at=NOW,
        )  # fmt: skip
        for key, value in rulings.items():
            drafts.rule_on(actor, draft, clause, key, value, seen=draft.version, at=NOW)
        return draft

    return make


@pytest.fixture
def replayed(house, writer, drafted):
    """`replayed({key: value})`: such a draft, replayed over the last three months."""

    def make(rulings, of=None, months=3):
        draft = drafted(rulings, of)
        replays.ask(house.chen if of is house.company else writer, draft, months, at=NOW)
        jobs.go_on_with_replays(NOW)
        db.session.expire_all()
        return replays.replay_of(draft)

    return make


def found(reader, replay):
    """Rule → what the reader sees of its figures."""
    return {
        one.key.name: {"cases": one.cases, "people": one.people, **{k.name: n for k, n in one.effects.items() if n}}
        for one in replays.figures(reader, replay)
    }


def due(replay, reader, key):
    """Number → (was due, would be due), in minutes after the moment of the tests."""
    cases = replays.cases(reader, replay, key, None).rows
    return {line.number: (minutes(case.due_before), minutes(case.due_after)) for case, line in cases}


def minutes(moment):
    return None if moment is None else (moment - NOW) / timedelta(minutes=1)


def midnight(days):
    """0:00 in the office so many days from today, in minutes after the moment of the tests."""
    at = datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), office_zone())
    return minutes(at)


def complaint(opened, **more):
    return opened(kind="complaint", **more)


# ── What it shows ──


@pytest.mark.rule("TKT-044", "V-02")
def test_a_shorter_answer_shows_the_complaints_that_it_would_have_touched_and_whose(house, opened, published, replayed):
    published({ANSWER: "3 days"}, from_=LONG_AGO)
    early, late, open_ = (complaint(opened, at=later(-days * DAY)) for days in (20, 19, 18))
    for ticket, hours in ((early, 5), (late, 47)):
        actions.take(house.li, ticket, at=ticket.received_at)
        at = ticket.received_at + timedelta(hours=hours)
        actions.reply(house.li, ticket, "我们这样处理。", channel=Channel.TELEPHONE, definite=True, at=at)
    replay = replayed({ANSWER: "1 days"})
    assert replay.state is Progress.DONE
    assert found(house.lin, replay) == {ANSWER: {"cases": 3, "people": 1, "EARLIER": 3, "LATE": 1}}
    assert due(replay, house.lin, ANSWER)[early.number] == (midnight(-16), midnight(-18))
    ((case, line),) = replays.cases(house.lin, replay, ANSWER, Effect.LATE).rows
    assert (line.number, line.who, case.late_before, case.late_after) == (late.number, "Li", False, True)
    assert open_.number in due(replay, house.lin, ANSWER), "late before and after: only its day moves"


@pytest.mark.rule("TKT-044")
def test_a_department_that_the_draft_does_not_bind_keeps_its_dates(house, opened, published, replayed):
    published({ANSWER: "3 days"}, from_=LONG_AGO)
    ours, theirs = complaint(opened, at=later(-DAY)), complaint(opened, by=house.zhao, at=later(-DAY))
    replay = replayed({ANSWER: "1 days"})
    assert set(due(replay, house.chen, ANSWER)) == {ours.number} != {theirs.number}


def test_a_department_whose_own_manual_rules_is_touched_by_no_draft_for_all_above_it(
    house, opened, published, manual, replayed
):  # fmt: skip
    published({SOLVE: "otherwise: 4 hours"}, from_=LONG_AGO, of=manual("TS-09", house.desk))
    opened(at=later(-DAY))
    theirs = opened(by=house.zhao, at=later(-DAY))
    replay = replayed({SOLVE: "otherwise: 2 hours"}, of=house.company)
    assert set(due(replay, house.chen, SOLVE)) == {theirs.number}


@pytest.mark.rule("V-03", "TKT-033")
@pytest.mark.parametrize(
    ("matter", "touched"),
    [
        ({"impact": Impact.MANY, "urgency": Urgency.NOW}, True),
        ({}, False),
        ({"impact": Impact.MANY, "urgency": Urgency.NOW, "channel": Channel.MAIL}, True),
        ({"impact": Impact.MANY, "urgency": Urgency.NOW, "kind": "suggestion"}, False),
    ],
)
def test_kind_priority_and_channel_choose_the_line_that_is_replayed(
    house, opened, published, replayed, matter, touched
):
    before = "kind=suggestion: 72 hours; priority=urgent: 60 minutes; otherwise: 24 hours"
    published({RESPONSE: before}, from_=LONG_AGO)
    ticket = opened(**matter, at=later(-HOUR))
    replay = replayed({RESPONSE: before.replace("60 minutes", "30 minutes")})
    assert due(replay, house.lin, RESPONSE) == ({ticket.number: (0, -30)} if touched else {})


def test_a_limit_where_there_was_none_and_none_where_there_was_one(house, opened, published, replayed, manual):
    ticket = opened(at=later(-HOUR))
    replay = replayed({SOLVE: "otherwise: 2 hours"})
    assert found(house.lin, replay)[SOLVE] == {"cases": 1, "people": 1, "NEW": 1}
    assert due(replay, house.lin, SOLVE) == {ticket.number: (None, HOUR)}


def test_what_a_new_version_leaves_open_limits_nothing_any_more(house, opened, published):
    book = published({SOLVE: "otherwise: 2 hours"}, from_=LONG_AGO).manual
    ticket = opened(at=later(-3 * HOUR))
    draft = drafts.begin_version(house.chen, book, at=NOW)
    drafts.leave_open(house.chen, draft, draft.clauses[0], SOLVE, seen=draft.version, at=NOW)
    replays.ask(house.chen, draft, 1, at=NOW)
    jobs.go_on_with_replays(NOW)
    replay = replays.replay_of(draft)
    assert found(house.lin, replay)[SOLVE] == {"cases": 1, "people": 1, "GONE": 1, "IN_TIME": 1}
    assert due(replay, house.lin, SOLVE) == {ticket.number: (-HOUR, None)}


@pytest.mark.rule("TKT-029")
def test_each_reply_begins_the_wait_for_the_next_one_until_it_is_solved(house, worked, replayed):
    ticket = worked(at=later(-10 * HOUR))
    for hours in (9, 6):
        actions.reply(house.li, ticket, "还在查。", channel=Channel.TELEPHONE, at=later(-hours * HOUR))
    solve_and_tell(house.li, ticket, later(-5 * HOUR))
    replay = replayed({"tickets.update_every": "otherwise: 2 hours"})
    assert found(house.lin, replay)["tickets.update_every"] == {"cases": 2, "people": 1, "NEW": 2, "LATE": 1}
    cases = replays.cases(house.lin, replay, "tickets.update_every", None).rows
    assert [minutes(case.due_after) for case, _line in cases] == [-7 * HOUR, -4 * HOUR]


@pytest.mark.rule("TKT-028")
def test_a_promised_day_is_a_limit_only_with_the_draft(house, worked, replayed):
    ticket = worked(at=later(-2 * DAY))
    at = later(-2 * DAY + 5)
    actions.reply(house.li, ticket, "今天解决。", channel=Channel.MAIL, solved_by=TODAY - timedelta(days=2), at=at)
    replay = replayed({"tickets.promise_stands": "yes"})
    assert found(house.lin, replay)["tickets.promise_stands"] == {"cases": 1, "people": 1, "NEW": 1, "LATE": 1}
    assert due(replay, house.lin, "tickets.promise_stands") == {ticket.number: (None, midnight(-1))}


@pytest.mark.rule("TKT-025")
def test_messages_in_the_chat_wait_in_staffed_hours_and_several_in_a_row_from_the_first(
    house, worked, office_hours, replayed
):  # fmt: skip
    ticket = worked(channel=Channel.TELEPHONE, at=later(-60))
    for at, words in ((-50, "在吗"), (-49, "还在吗")):
        actions.write_down(house.li, ticket, words, channel=Channel.CHAT, at=later(at))
    actions.reply(house.li, ticket, "在的。", channel=Channel.CHAT, at=later(-48))
    actions.write_down(house.li, ticket, "半夜", channel=Channel.CHAT, at=later(-10 * HOUR))
    replay = replayed({"tickets.chat_answer_within": "1 minute"})
    assert due(replay, house.lin, "tickets.chat_answer_within") == {ticket.number: (None, -49)}


@pytest.mark.rule("TKT-007")
@pytest.mark.parametrize(
    ("ruled", "wished", "dates", "effects"),
    [
        (True, None, (-8, -9.5), {"EARLIER": 1, "LATE": 1}),
        (True, -9.5, (-8, -9.5), {"EARLIER": 1, "LATE": 1}),
        (True, -8.5, (-8, -8.5), {"EARLIER": 1}),
        (True, -5, None, None),
        (False, None, (None, -9.5), {"NEW": 1, "LATE": 1}),
    ],
    ids=["no wish", "sooner than the limit", "between both", "later than both", "no limit then"],
)
def test_a_part_is_due_by_the_rule_of_its_department_and_a_wish_gives_it_more_time(
    house, worked, published, replayed, ruled, wished, dates, effects
):
    if ruled:
        published({PART: "otherwise: 2 hours"}, from_=LONG_AGO)
    ticket = worked(at=later(-10 * HOUR))
    wish = later(wished * HOUR) if wished else None
    part = parts.ask(house.li, ticket, house.tech, "查日志", person=None, wish=wish, at=later(-10 * HOUR))
    parts.take(house.zhao, ticket, part, at=later(-9.5 * HOUR))
    parts.finish(house.zhao, ticket, part, "换了信道。", 20, at=later(-9 * HOUR))
    replay = replayed({PART: "otherwise: 30 minutes"}, of=house.company)
    if dates is None:
        assert due(replay, house.lin, PART) == {}
        return
    assert due(replay, house.lin, PART) == {ticket.number: tuple(None if one is None else one * HOUR for one in dates)}
    assert found(house.lin, replay)[PART] == {"cases": 1, "people": 0, **effects}, "it is held against nobody"


def test_a_part_that_was_refused_waits_no_more(house, worked, replayed):
    ticket = worked(at=later(-10 * HOUR))
    part = parts.ask(house.li, ticket, house.tech, "查日志", person=None, wish=None, at=later(-10 * HOUR))
    parts.refuse(house.zhao, ticket, part, "不归我们", at=later(-9 * HOUR))
    assert due(replayed({PART: "otherwise: 30 minutes"}, of=house.company), house.lin, PART) == {}


@pytest.mark.rule("TKT-030")
@pytest.mark.parametrize("ruled", [True, False])
def test_a_department_that_took_over_is_limited_until_it_says_how_it_stands(
    house, worked, published, replayed, ruled
):  # fmt: skip
    if ruled:
        published({DEPARTMENT: "otherwise: 8 hours"}, from_=LONG_AGO)
    ticket = worked(at=later(-10 * HOUR))
    actions.offer(house.li, ticket, house.tech, at=later(-10 * HOUR))
    actions.accept(house.zhao, ticket, at=later(-9 * HOUR))
    actions.note(house.li, ticket, "客户又来电了", at=later(-8.5 * HOUR))
    actions.note(house.han, ticket, "已经在查", at=later(-7 * HOUR))
    replay = replayed({DEPARTMENT: "otherwise: 1 hour"}, of=house.company)
    assert due(replay, house.lin, DEPARTMENT) == {ticket.number: (-1 * HOUR if ruled else None, -8 * HOUR)}
    effects = {"EARLIER": 1, "LATE": 1} if ruled else {"NEW": 1, "LATE": 1}
    assert found(house.lin, replay)[DEPARTMENT] == {"cases": 1, "people": 0, **effects}


def test_the_desk_itself_is_not_limited_as_a_department(house, worked, replayed):
    ticket = worked(at=later(-10 * HOUR))
    actions.offer(house.li, ticket, house.desk, person_of(house.wang), at=later(-10 * HOUR))
    actions.accept(house.wang, ticket, at=later(-9 * HOUR))
    assert due(replayed({DEPARTMENT: "otherwise: 1 hour"}, of=house.company), house.lin, DEPARTMENT) == {}


@pytest.fixture
def complained(house, worked):
    """`complained(grounds=…)`: a complaint of ten hours ago with its form."""

    def make(**more):
        ticket = worked(kind="complaint", at=later(-10 * HOUR))
        facts = {"grounds": (), "amount": None, "product": "", "departments": (), **more}
        complaints.fill_form(house.li, ticket, cause="漏发", wanted="补发", at=later(-10 * HOUR), **facts)
        return ticket

    return make


@pytest.mark.rule("TKT-046")
@pytest.mark.parametrize("ruled", [True, False])
def test_a_severe_complaint_is_tracked_from_its_form_to_each_note(house, complained, published, replayed, ruled):
    if ruled:
        published({TRACK: "4 hours"}, from_=LONG_AGO)
    ticket = complained(grounds=(Ground.DANGER,))
    actions.note(house.li, ticket, "已安抚", at=later(-8 * HOUR))
    complained()
    replay = replayed({TRACK: "1 hour"}, of=house.company)
    cases = replays.cases(house.lin, replay, TRACK, None).rows
    assert [line.number for _case, line in cases] == [ticket.number] * 2, "the other one is not severe"
    assert [minutes(case.due_after) for case, _line in cases] == [-9 * HOUR, -7 * HOUR]
    assert [case.late_before for case, _line in cases] == [False, ruled]
    assert [case.late_after for case, _line in cases] == [True, True]


@pytest.mark.rule("TKT-045", "TKT-046")
@pytest.mark.parametrize(
    ("grounds", "value", "effects"),
    [
        ((Ground.AUTHORITY,), "ground=authority: yes", {"NEW": 2, "LATE": 1}),
        ((Ground.DANGER,), "ground=authority: yes", {"GONE": 2, "IN_TIME": 1}),
        ((Ground.DANGER,), "ground=danger: yes; ground=authority: yes", None),
    ],
    ids=["severe for the first time", "no longer severe", "severe as before"],
)
def test_what_makes_a_complaint_severe_lets_it_be_tracked_or_not(
    house, complained, published, replayed, grounds, value, effects
):
    published({TRACK: "3 hours", "complaints.severe_if": "ground=danger: yes"}, from_=LONG_AGO)
    ticket = complained(grounds=grounds)
    actions.note(house.li, ticket, "已安抚", at=later(-8 * HOUR))
    complained()
    figures = found(house.lin, replayed({"complaints.severe_if": value}, of=house.company))
    expected = {"cases": 2, "people": 1, **effects} if effects else {"cases": 0, "people": 0}
    assert figures == {"complaints.severe_if": expected}


@pytest.mark.rule("TKT-043", "V-02")
@pytest.mark.parametrize(
    ("rule", "value", "grounds", "amount", "touched"),
    [
        ("complaints.big_if", "otherwise: yes", (Ground.DAMAGE,), None, True),
        ("complaints.big_if", "otherwise: yes", (), None, False),
        ("complaints.large_amount", "100.00", (), 100_01, True),
        ("complaints.large_amount", "100.00", (), 100_00, False),
    ],
)
def test_another_scale_makes_a_complaint_big_and_gives_it_the_limit_of_a_big_one(
    house, complained, published, replayed, rule, value, grounds, amount, touched
):
    published({
        "complaints.settle_within": "size=small: 2 hours; size=big: 8 hours",
        "complaints.big_if": "ground=amount: yes; otherwise: no", "complaints.large_amount": "5000.00",
    }, from_=LONG_AGO)  # fmt: skip
    ticket = complained(grounds=grounds, amount=amount)
    replay = replayed({rule: value}, of=house.company)
    assert due(replay, house.lin, rule) == ({ticket.number: (-8 * HOUR, -2 * HOUR)} if touched else {})


AGAIN = "complaints.again_within"
BIG_AGAIN = {
    "complaints.settle_within": "size=small: 8 hours; size=big: 2 hours",
    "complaints.big_if": "ground=again: yes; otherwise: no",
}


@pytest.mark.rule("TKT-043", "V-02")
@pytest.mark.parametrize(
    ("then", "supposed", "days", "dates"),
    [
        (30, 40, 40, (-2, -8)),
        (30, 39, 40, None),
        (30, 20, 30, (-8, -2)),
        (30, 20, 20, None),
        (None, 1, 2, (-8, -2)),
    ],
    ids=["the last day of more", "a day too early", "no longer", "still", "the default was longer"],
)
def test_how_long_an_earlier_complaint_of_the_same_customer_counts_makes_the_next_one_big(
    house, complained, opened, published, replayed, then, supposed, days, dates
):
    published({**BIG_AGAIN, **({AGAIN: str(then)} if then else {})}, from_=LONG_AGO)
    complaint(opened, at=later(-10 * HOUR - days * DAY))
    ticket = complained()
    replay = replayed({AGAIN: str(supposed)}, of=house.company)
    expected = {} if dates is None else {ticket.number: tuple(-10 * HOUR + (10 + one) * HOUR for one in dates)}
    assert due(replay, house.lin, AGAIN) == expected


def test_an_earlier_complaint_of_somebody_else_or_one_that_was_voided_makes_nobodys_complaint_big(
    house, complained, opened, published, replayed
):
    published(BIG_AGAIN | {AGAIN: "1"}, from_=LONG_AGO)
    complaint(opened, at=later(-5 * DAY), customer=None, anonymous=True)
    voided = complaint(opened, at=later(-5 * DAY))
    actions.void(house.luo, voided, "测试", at=later(-4 * DAY))
    complained()
    assert due(replayed({AGAIN: "30"}, of=house.company), house.lin, AGAIN) == {}


OFFER = "tickets.accept_within"


@pytest.mark.rule("TKT-007")
def test_an_offer_counts_as_unanswered_by_the_rules_of_the_department_that_was_asked(
    house, worked, published, replayed
):  # fmt: skip
    published({OFFER: "4 hours"}, from_=LONG_AGO)
    soon, waits = worked(at=later(-10 * HOUR)), worked(at=later(-10 * HOUR))
    for one in (soon, waits):
        actions.offer(house.li, one, house.tech, person_of(house.zhao), at=later(-9 * HOUR))
    actions.accept(house.zhao, soon, at=later(-7 * HOUR))
    replay = replayed({OFFER: "1 hour"}, of=house.company)
    assert due(replay, house.lin, OFFER) == dict.fromkeys((soon.number, waits.number), (-5 * HOUR, -8 * HOUR))
    offered = found(house.lin, replay)[OFFER]
    assert (offered["cases"], offered["people"], offered["LATE"]) == (4, 1, 1), "Zhao's two, and those at the opening"


TELL = "complaints.tell_within"


@pytest.mark.rule("TKT-040", "V-21")
@pytest.mark.parametrize("ruled", [True, False])
def test_the_customer_of_two_departments_is_told_the_day_from_the_second_one_on(
    house, complained, published, replayed, ruled
):  # fmt: skip
    if ruled:
        published({TELL: "8 hours"}, from_=LONG_AGO)
    told, silent = (complained(departments=[house.tech, house.desk]) for _n in range(2))
    complained()
    actions.reply(
        house.li, told, "周三解决。", channel=Channel.TELEPHONE, solved_by=TODAY + timedelta(days=2),
        at=later(-7 * HOUR),
    )  # fmt: skip
    replay = replayed({TELL: "2 hours"}, of=house.company)
    assert due(replay, house.lin, TELL) == dict.fromkeys(
        (told.number, silent.number), (-2 * HOUR if ruled else None, -8 * HOUR)
    )
    late = {line.number for _case, line in replays.cases(house.lin, replay, TELL, Effect.LATE).rows}
    assert late == ({told.number} if ruled else {told.number, silent.number})


@pytest.mark.rule("V-03")
def test_waiting_for_the_customer_stands_still_on_both_sides(house, worked, published, replayed):
    published({SOLVE: "otherwise: 24 hours"}, from_=LONG_AGO)
    ticket = worked(at=later(-10 * HOUR))
    actions.wait_for_customer(house.li, ticket, "等照片", at=later(-9 * HOUR))
    actions.resume(house.li, ticket, at=later(-4 * HOUR))
    replay = replayed({SOLVE: "otherwise: 12 hours"})
    assert due(replay, house.lin, SOLVE) == {ticket.number: (19 * HOUR, 7 * HOUR)}


@pytest.mark.rule("V-03", "TKT-028", "TKT-033", "TKT-044")
def test_both_sides_are_what_the_clocks_themselves_say(house, opened, published, office_hours, replayed):
    """The arithmetic is that of the clocks: what ran before, and what runs once the draft's values are published."""
    old = {RESPONSE: "otherwise: 4 working hours", SOLVE: "otherwise: 2 working days", ANSWER: "3 days"}
    new = {RESPONSE: "otherwise: 90 minutes", SOLVE: "otherwise: same day", ANSWER: "5 days"}
    book = published(old, from_=LONG_AGO).manual
    before = complaint(opened)
    replay = replayed(new)
    published(new, from_=TODAY, of=book)
    after = complaint(opened)
    for key, kind in ((RESPONSE, ClockKind.RESPONSE), (SOLVE, ClockKind.SOLUTION), (ANSWER, ClockKind.ANSWER)):
        ran = [next(minutes(one.due_at) for one in queries.clocks(t.id) if one.kind is kind) for t in (before, after)]
        assert due(replay, house.lin, key) == {before.number: tuple(ran)}


@pytest.mark.attack(43)
def test_each_ticket_is_judged_by_the_rules_of_its_day_however_many_days_there_are(
    house, opened, published, drafted, statements
):
    """And what rules is asked once for all the days between two versions."""
    book = published({SOLVE: "otherwise: 10 hours"}, from_=LONG_AGO).manual
    published({SOLVE: "otherwise: 4 hours"}, from_=TODAY - timedelta(days=10), of=book)
    tickets = {opened(at=later(-days * DAY)).number: days for days in range(1, 25)}
    draft = drafted({SOLVE: "otherwise: 2 hours"}, of=house.company)
    replays.ask(house.chen, draft, 1, at=NOW)
    statements.clear()
    jobs.go_on_with_replays(NOW)
    assert len([one for one in statements if "FROM ruling" in one]) <= 3
    found = due(replays.replay_of(draft), house.lin, SOLVE)
    assert found == {
        number: ((4 if days <= 10 else 10) * HOUR - days * DAY, 2 * HOUR - days * DAY)
        for number, days in tickets.items()
    }


@pytest.mark.parametrize(("days", "counted"), [(92, True), (93, False)])
def test_the_first_day_of_the_period_counts_and_the_one_before_does_not(house, opened, replayed, days, counted):
    ticket = opened(at=later(-days * DAY))
    replay = replayed({SOLVE: "otherwise: 2 hours"}, months=3)
    assert replay.first_on == TODAY - timedelta(days=92)
    assert set(due(replay, house.lin, SOLVE)) == ({ticket.number} if counted else set())


def test_what_came_from_another_desk_or_was_voided_is_left_out(house, opened, replayed):
    imported, voided, ours = (opened(at=later(-DAY)) for _n in range(3))
    actions.void(house.luo, voided, "测试", at=NOW)
    by_hand("UPDATE ticket SET origin = 'OTRS', origin_number = '1' WHERE id = :id", id=imported.id)
    assert set(due(replayed({SOLVE: "otherwise: 2 hours"}), house.lin, SOLVE)) == {ours.number}


# ── Nothing is touched ──


def everything_but_replays():
    tables = sorted(set(db.metadata.tables) - {"draft_replay", "replayed_case", "periodic_run"})
    return {name: sorted(map(repr, db.session.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}


@pytest.mark.attack(43)
def test_not_one_row_but_its_own_changes(house, worked, published, drafted, writer):
    published({RESPONSE: "otherwise: 24 hours"}, from_=LONG_AGO)
    for hours in (1, 30, 60):
        worked(at=later(-hours * HOUR))
    draft = drafted({RESPONSE: "otherwise: 10 minutes", SOLVE: "otherwise: 1 hour"})
    before = everything_but_replays()
    replays.ask(writer, draft, 3, at=NOW)
    jobs.go_on_with_replays(NOW)
    assert replays.replay_of(draft).state is Progress.DONE
    assert found(house.lin, replays.replay_of(draft))[RESPONSE]["cases"] == 3
    assert everything_but_replays() == before


@pytest.mark.attack(43)
def test_a_draft_for_posts_alone_is_not_replayed_for_tickets_and_says_why(house, writer, drafted, opened):
    """Their limits are asked for departments: what is said to a post moves none of them."""
    published_for = drafted({SOLVE: "otherwise: 2 hours"})
    opened(at=later(-DAY))
    post = people.posts_of(house.li.id, TODAY)[0].post
    drafts.bind(writer, published_for, [places.post_scope(post.id)], seen=published_for.version, at=NOW)
    with pytest.raises(Refused, match="nothing to hold it against"):
        replays.ask(writer, published_for, 3, at=NOW)
    ((because, keys),) = replays.not_replayed(replays.changes_of(published_for), published_for.places)
    assert (because, [one.name for one in keys]) == (replay_of_keys.BY_DEPARTMENT, [SOLVE])


# ── Stale, again, cancelled, interrupted ──


def test_it_is_out_of_date_once_the_draft_rules_something_else_and_can_be_asked_again(opened, writer, replayed):
    opened(at=later(-DAY))
    replay = replayed({SOLVE: "otherwise: 2 hours"})
    draft = db.session.get_one(ManualDraft, replay.draft_id)
    drafts.write_clause(
        writer, draft, draft.clauses[0], number="4.2", heading="时限", text="换一种说法", part=Part.BODY, chapter=None,
        seen=draft.version, at=NOW,
    )  # fmt: skip
    assert not replays.is_stale(replay, draft), "other words are no other value"
    drafts.rule_on(writer, draft, draft.clauses[0], SOLVE, "otherwise: 3 hours", seen=draft.version, at=NOW)
    assert replays.is_stale(replay, draft)
    replays.ask(writer, draft, 3, at=NOW)
    assert (replays.replay_of(draft).state, cases_kept()) == (Progress.WAITING, 0)
    jobs.go_on_with_replays(NOW)
    assert not replays.is_stale(replays.replay_of(draft), draft)
    assert cases_kept() == 1


def test_it_is_out_of_date_once_the_draft_binds_others_and_goes_on_with_those_it_was_asked_for(
    house, opened, writer, drafted
):  # fmt: skip
    ticket = opened(at=later(-DAY))
    draft = drafted({SOLVE: "otherwise: 2 hours"}, of=house.centre)
    replay = replays.ask(writer, draft, 3, at=NOW)
    tech = f"department {house.desk.id}"
    drafts.bind(writer, draft, [tech], seen=draft.version, at=NOW)
    drafts.rule_on(writer, draft, draft.clauses[0], SOLVE, "otherwise: 5 hours", seen=draft.version, at=NOW)
    jobs.go_on_with_replays(NOW)
    db.session.expire_all()
    replay = replays.replay_of(draft)
    assert replays.is_stale(replay, draft)
    assert due(replay, house.lin, SOLVE) == {ticket.number: (None, 2 * HOUR - DAY)}, "as it was asked for"


def cases_kept():
    return db.session.scalar(text("SELECT count(*) FROM replayed_case"))


def test_a_draft_that_changes_no_value_has_nothing_to_replay(writer, drafted, published):
    published({SOLVE: "otherwise: 2 hours"}, from_=LONG_AGO)
    with pytest.raises(Refused, match="nothing to hold it against"):
        replays.ask(writer, drafted({SOLVE: "otherwise: 2 hours", "tickets.satisfaction_rounds": "2"}), 3, at=NOW)


def test_cancelled_before_and_in_the_middle_nothing_of_it_stays(opened, writer, drafted):
    for _n in range(3):
        opened(at=later(-DAY))
    draft = drafted({SOLVE: "otherwise: 2 hours"})
    replays.ask(writer, draft, 3, at=NOW)
    with pytest.raises(OutOfDate):
        replays.ask(writer, draft, 3, at=NOW)
    turn = replays.claim(PORTAL, replays.replay_of(draft).id, at=NOW)
    replay_id = replays.replay_of(draft).id
    part = Judged(1, [Changed(1, SOLVE, None, None, NOW, False, True)])
    replays.keep(PORTAL, replay_id, turn, "ticket", part, at=NOW)
    assert cases_kept() == 1
    replays.cancel(writer, draft, at=NOW)
    with pytest.raises(OutOfDate):
        replays.keep(PORTAL, replay_id, turn, "ticket", part, at=NOW)
    with pytest.raises(OutOfDate):
        replays.cancel(writer, draft, at=NOW)
    jobs.go_on_with_replays(NOW)
    assert (replays.replay_of(draft).state, cases_kept()) == (Progress.CANCELLED, 0)
    replays.ask(writer, draft, 1, at=NOW)
    jobs.go_on_with_replays(NOW)
    assert (replays.replay_of(draft).state, cases_kept()) == (Progress.DONE, 3)


@pytest.mark.attack(30)
def test_whoever_still_works_on_one_that_was_cancelled_adds_nothing_to_the_next(opened, writer, drafted):
    opened(at=later(-DAY))
    draft = drafted({SOLVE: "otherwise: 2 hours"})
    replay_id = replays.ask(writer, draft, 3, at=NOW).id
    slow = replays.claim(PORTAL, replay_id, at=NOW)
    replays.cancel(writer, draft, at=later(1))
    replays.ask(writer, draft, 3, at=later(2))
    quick = replays.claim(PORTAL, replay_id, at=later(2))
    part = Judged(1, [Changed(1, SOLVE, None, None, NOW, False, True)])
    with pytest.raises(OutOfDate):
        replays.keep(PORTAL, replay_id, slow, "ticket", part, at=later(2))
    replays.keep(PORTAL, replay_id, quick, "ticket", part, at=later(2))
    assert cases_kept() == 1


@pytest.mark.attack(27)
def test_of_eight_who_ask_at_one_moment_one_is_kept_and_the_others_are_told(app, writer, drafted, opened):
    opened(at=later(-DAY))
    draft_id = drafted({SOLVE: "otherwise: 2 hours"}).id
    db.session.remove()
    barrier = Barrier(8)

    def press(months):
        with app.app_context():
            barrier.wait(60)
            try:
                return replays.ask(writer, db.session.get_one(ManualDraft, draft_id), months, at=NOW).first_on
            except OutOfDate:
                return None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        (kept,) = [one for one in pool.map(press, [1, 3] * 4) if one is not None]
    assert db.session.scalars(db.select(DraftReplay)).one().first_on == kept


@pytest.mark.attack(30)
def test_a_worker_that_dies_is_followed_by_one_that_begins_anew_and_three_are_enough(opened, writer, drafted):
    opened(at=later(-DAY))
    draft = drafted({SOLVE: "otherwise: 2 hours"})
    replay_id = replays.ask(writer, draft, 3, at=NOW).id
    first = replays.claim(PORTAL, replay_id, at=NOW)
    part = Judged(1, [Changed(1, SOLVE, None, None, NOW, False, True)])
    replays.keep(PORTAL, replay_id, first, "ticket", part, at=NOW)
    assert replays.waiting(later(1)) == []
    assert replays.waiting(later(3)) == [replay_id]
    second = replays.claim(PORTAL, replay_id, at=later(3))
    assert (second.number, cases_kept()) == (2, 0)
    with pytest.raises(OutOfDate):
        replays.keep(PORTAL, replay_id, first, "ticket", part, at=later(3))
    assert replays.claim(PORTAL, replay_id, at=later(6)).number == 3
    assert replays.claim(PORTAL, replay_id, at=later(9)) is None
    db.session.expire_all()
    assert db.session.get_one(DraftReplay, replay_id).state is Progress.FAILED


# ── Who asks, and who sees what ──


def test_authors_and_deciders_ask_and_nobody_else(house, writer, drafted):
    draft = drafted({SOLVE: "otherwise: 2 hours"})
    with pytest.raises(NotAllowed):
        replays.ask(house.lin, draft, 3, at=NOW)
    assert "replay" in drafts.open_to(writer, draft, TODAY)
    draft.state, draft.approvals = Stage.AWAITING, [DraftApproval(person_id=house.chen.id, name="Chen")]
    assert "replay" in drafts.open_to(house.chen, draft, TODAY)
    draft.state = Stage.WITHDRAWN
    assert "replay" not in drafts.open_to(writer, draft, TODAY)


@pytest.mark.attack(10)
@pytest.mark.attack(16)
def test_figures_and_cases_are_those_of_the_readers_own_lists_and_the_rest_is_one_number(house, opened, replayed):
    ours = opened(at=later(-DAY))
    theirs = [opened(by=house.zhao, at=later(-DAY)) for _n in range(2)]
    opened(at=later(-DAY), kind="complaint", about=person_of(house.lin))
    replay = replayed({SOLVE: "otherwise: 2 hours"}, of=house.company)
    assert set(due(replay, house.lin, SOLVE)) == {ours.number}
    assert found(house.lin, replay)[SOLVE] == {"cases": 1, "people": 1, "NEW": 1, "LATE": 1}
    assert replays.others(house.lin, replay) == len(theirs), "a complaint about Lin is in no number of Lin's"
    assert replays.others(house.mo, replay) == 4
    assert found(house.mo, replay)[SOLVE]["cases"] == 0
    assert (replays.others(house.chen, replay), found(house.chen, replay)[SOLVE]["cases"]) == (0, 4)
    for reader in (house.lin, house.mo, house.chen):
        listed = {line.number for _case, line in replays.every_case(reader, replay, SOLVE, None)}
        openable = {one for one in tickets() if queries.ticket_seen_by(reader, one)}
        assert listed == openable == set(due(replay, reader, SOLVE))


def test_each_figure_is_as_many_as_its_list_and_its_file_have_rows(house, worked, opened, published, replayed):
    published({SOLVE: "otherwise: 4 hours"}, from_=LONG_AGO)
    for hours in (1, 3, 5, 30):
        solve_and_tell(house.li, worked(at=later(-(hours + 3) * HOUR)), later(-3 * HOUR))
    opened(by=house.zhao, at=later(-DAY))
    opened(at=later(-HOUR))
    replay = replayed({SOLVE: "otherwise: 2 hours"}, of=house.company)
    reader = house.lin
    (figures,) = replays.figures(reader, replay)
    assert figures.effects[Effect.LATE]
    for effect, number in [(None, figures.cases), *figures.effects.items()]:
        rows = list(replays.every_case(reader, replay, SOLVE, effect))
        assert len(rows) == number == len(replays.cases(reader, replay, SOLVE, effect).rows), effect


def test_the_file_says_the_end_of_a_day_as_the_page_does(house, opened, published, replayed, desk, writer):
    published({ANSWER: "3 days"}, from_=LONG_AGO)
    complaint(opened, at=later(-20 * DAY))
    replayed({ANSWER: "1 days"})
    author = desk(writer)
    file = author.get(f"{AT}/cases.csv?rule={ANSWER}").text
    assert f"{TODAY - timedelta(days=17)} 24:00,{TODAY - timedelta(days=19)} 24:00" in file
    assert author.get(f"{AT}/cases?rule={ANSWER}").main.count("24:00") == 2


def tickets():
    return db.session.scalars(db.select(Ticket.number)).all()


# ── Pages ──


@pytest.fixture
def desk(browser):
    """`desk(who)`: the browser of somebody who has chosen a password."""

    def sign_in(who):
        by_hand("UPDATE person SET must_change_password = :no", no=False)
        return browser.sign_in(person_of(who).sign_in_name)

    return sign_in


AT = "/manuals/TS-02/draft/replay"


def test_asked_for_on_the_page_with_progress_figures_cases_and_a_file(house, writer, opened, drafted, desk, statements):
    number = opened(at=later(-DAY), title="=1+1 路由器").number
    opened(by=house.zhao, at=later(-DAY))
    drafted({
        SOLVE: "otherwise: 2 hours", "tickets.satisfaction_rounds": "2", "manuals.acknowledge_within": "3",
    }, of=house.centre)  # fmt: skip
    author = desk(writer)
    assert author.get("/manuals/TS-02/draft").soup.select_one(f"a[href='{AT}']").text == "Replay past months"
    page = author.follow(author.post(AT, {"months": "1"}))
    assert "waits for its turn" in page.main
    assert page.soup.select_one("progress")
    assert page.soup.select_one("#replay-panel")["hx-get"] == AT
    jobs.go_on_with_replays(NOW)
    db.session.rollback()
    for address in ("/manuals/TS-02/draft", f"{AT}/cases?rule={SOLVE}", AT):
        statements.clear()
        page = author.get(address)
        asked = [one for one in statements if not one.startswith(("BEGIN", "PRAGMA", "SAVEPOINT"))]
        assert len(asked) <= 10, (address, asked)
    assert "1 case would have come out differently" in page.main
    left = page.soup.select_one(".not-replayed")
    assert [one.text for one in left.select("dt")] == ["Rounds of asking before the next level decides"]
    assert "what they would have decided, no fact tells" in left.text
    draft = db.session.scalars(db.select(ManualDraft)).one()
    drafts.rule_on(writer, draft, draft.clauses[0], SOLVE, "otherwise: 3 hours", seen=draft.version, at=NOW)
    db.session.rollback()
    statements.clear()
    stale = author.get(AT)
    assert "out of date" in stale.main
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA", "SAVEPOINT"))]) <= 10
    listed = author.get(f"{AT}/cases?rule={SOLVE}&effect=late")
    assert number in listed.main
    assert "no limit" in listed.main
    file = author.get(f"{AT}/cases.csv?rule={SOLVE}").text
    assert f"{number},'=1+1 路由器,Li,,2026-10-11 " in file
    assert author.get("/manuals/TS-02/draft").soup.select_one(f"a[href='{AT}']").text == "See what came of it"


def test_cancelled_on_the_page(house, writer, opened, drafted, desk):
    drafted({SOLVE: "otherwise: 2 hours"})
    author = desk(writer)
    page = author.follow(author.post(AT, {"months": "1"}))
    page = author.follow(author.post(f"{AT}/cancel", {}))
    assert "cancelled" in page.main
    author.get(f"{AT}/cases?rule={SOLVE}", expect=404)


@pytest.mark.attack(10)
@pytest.mark.attack(14)
@pytest.mark.attack(18)
def test_whoever_does_not_see_the_draft_finds_nothing_and_other_words_are_refused(
    house, writer, opened, replayed, desk
):  # fmt: skip
    opened(at=later(-DAY))
    replayed({SOLVE: "otherwise: 2 hours"})
    author = desk(writer)
    author.get(f"{AT}/cases?rule={SOLVE}&effect=1;--", expect=400)
    author.get(f"{AT}/cases?rule={SOLVE}&sort=person_id", expect=400)
    author.get(f"{AT}/cases?rule={SOLVE}&after=x", expect=400)
    author.get(f"{AT}/cases?rule=tickets.secret", expect=404)
    stranger = desk(house.lin)
    for address in (AT, f"{AT}/cases?rule={SOLVE}", f"{AT}/cases.csv?rule={SOLVE}"):
        stranger.get(address, expect=404)
