"""The demo company's manuals say what the code asks, and the story's facts find the version of their day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.demo import shelf
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.clock import office_day
from portal.organisation.models import Department, Person
from portal.policies import acknowledgements, queries
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.approval_rules import ApprovalRules
from portal.policies.emergency_rules import EmergencyRules
from portal.policies.models import Manual, ManualDraft
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS
from portal.policies.states import Stage
from portal.tickets.rules import ComplaintRules, TicketRules
from portal.training.rules import NewcomerRules, TrainingRules
from tests.conftest import TODAY

CHANGES = [  # the rule, the day on which it changes, the values on both sides
    ("satisfaction_rounds", date(2025, 8, 1), "3", "5"),
    ("satisfaction_rounds", date(2026, 4, 1), "5", "3"),
    ("complaint_answer", date(2025, 8, 1), "none", "5 days"),
    ("complaint_answer", date(2026, 4, 1), "5 days", "3 days"),
    ("accept_within", date(2025, 8, 1), "none", "4 working hours"),
    ("accept_within", date(2026, 4, 1), "4 working hours", "1 working hour"),
    ("accept_within", date(2026, 9, 1), "1 working hour", "30 working minutes"),
    ("forbidden_phrases_refuse", date(2026, 4, 1), "no", "yes"),
    ("solve_within", date(2025, 8, 1), "none", "kind=complaint: 5 days; otherwise: 2 working days"),
    ("report_serious_within", date(2026, 4, 1), "none", "30 minutes"),
    ("promise_stands", date(2026, 4, 1), "no", "yes"),
    ("arrive_within", date(2026, 4, 1), "none", "priority=urgent: 45 minutes"),
    ("update_every", date(2026, 4, 1), "none", "priority=urgent: 4 hours; priority=high: 1 working day"),
    ("department_within", date(2026, 4, 1), "none", "priority=urgent: 1 hour; otherwise: 2 working days"),
    ("part_within", date(2026, 4, 1), "none", "priority=urgent: 1 hour; otherwise: 1 working day"),
    ("chat_answer_within", date(2026, 4, 1), "none", "20 seconds"),
    ("call_back_required", date(2025, 8, 1), "yes", "no"),
    ("call_back_required", date(2026, 4, 1), "no", "yes"),
    ("tries_before_unreachable", date(2025, 8, 1), "3", "2"),
    ("tries_before_unreachable", date(2026, 4, 1), "2", "3"),
    ("complaints.form_required", date(2025, 8, 1), "no", "yes"),
    ("complaints.signed_before_closing", date(2026, 4, 1), "no", "yes"),
    ("complaints.settle_within", date(2026, 4, 1), "none", "size=small: same day; severity=severe: same day"),
    ("complaints.tell_within", date(2026, 4, 1), "none", "same day"),
    ("complaints.promise_replaces", date(2026, 4, 1), "yes", "yes"),
    ("complaints.big_if", date(2026, 4, 1), "otherwise: yes", "otherwise: yes"),
    (
        "complaints.severe_if",
        date(2026, 4, 1),
        "ground=danger: yes",
        "ground=danger: yes; ground=authority: yes; otherwise: no",
    ),
    ("complaints.again_within", date(2026, 4, 1), "30", "30"),
    ("complaints.large_amount", date(2026, 4, 1), "none", "5000.00"),
    ("complaints.track_every", date(2026, 4, 1), "none", "4 hours"),
    ("complaints.product_times", date(2026, 4, 1), "none", "3"),
    ("complaints.product_within", date(2026, 4, 1), "30", "30"),
    (
        "first_response",
        date(2026, 11, 1),
        "priority=urgent: 10 minutes; priority=high: 2 hours; otherwise: 24 hours",
        "priority=urgent: 10 minutes; priority=high: 1 hour; otherwise: 24 hours",
    ),
    ("manuals.acknowledge_within", date(2025, 9, 1), "14", "15"),
    ("manuals.remind_every", date(2025, 9, 1), "5", "3"),
    ("manuals.audit_every", date(2025, 9, 1), "12", "12"),
    ("manuals.quiz_pass", date(2025, 9, 1), "80", "80"),
    ("manuals.quiz_tries", date(2025, 9, 1), "3", "3"),
    ("training.attitude_every", date(2025, 9, 1), "12", "12"),
    ("training.product_every", date(2025, 9, 1), "12", "12"),
    ("training.large_batch", date(2025, 9, 1), "1000", "10"),
    ("training.product_check", date(2025, 9, 1), "no", "yes"),
    ("training.weekly_at_least", date(2025, 9, 1), "0", "1"),
    ("training.weekly_at_most", date(2025, 9, 1), "7", "2"),
    ("manuals.emergency.lapses_after", date(2025, 9, 1), "7", "5"),
    ("manuals.approval.quorum", date(2025, 9, 1), "none", "otherwise: 1"),
    ("manuals.approval.evidence", date(2025, 9, 1), "none", "kind=conduct, evidence=staff: yes"),
    ("newcomers.entry_days", date(2025, 9, 1), "2", "2"),
    ("newcomers.newcomer_for", date(2025, 9, 1), "90", "90"),
    ("newcomers.mentor_after", date(2025, 9, 1), "6", "6"),
    ("newcomers.per_mentor", date(2025, 9, 1), "3", "3"),
    ("newcomers.property_check", date(2025, 9, 1), "no", "no"),
]


RULES = {
    "": TicketRules,
    "complaints": ComplaintRules,
    "manuals": KnownRules,
    "manuals.emergency": EmergencyRules,
    "manuals.approval": ApprovalRules,
    "training": TrainingRules,
    "newcomers": NewcomerRules,
}


def unit(code):
    return db.session.scalars(select(Department).where(Department.code == code)).one()


def test_the_demo_manuals_rule_on_exactly_what_the_code_asks():
    assert shelf.ruled_keys() == set(KEYS)


@pytest.mark.attack(43)
@pytest.mark.parametrize(("attribute", "day", "before", "after"), CHANGES)
def test_each_ruling_binds_from_its_first_day(demo, attribute, day, before, after):
    def on(when):
        area, _dot, name = attribute.rpartition(".")
        where = unit("CS") if name.startswith(("weekly", "product_check")) else None
        return getattr(in_force(RULES[area], on=when, for_=where), name.removeprefix("acknowledge_"))

    old, new = on(day - timedelta(days=1)), on(day)
    assert (old.key.write(old.value), new.key.write(new.value)) == (before, after)
    assert new.since == day != old.since
    assert new.clause != old.clause


def test_every_key_changes_somewhere_in_the_story():
    named = {one if "." in one else f"tickets.{one}" for one, *_ in CHANGES}
    assert named == shelf.ruled_keys()


@pytest.mark.rule("V-03")
@pytest.mark.parametrize(
    ("department", "priority", "channel", "said"),
    [
        ("CS-GEN", "urgent", "telephone", "10 minutes"),
        ("CS-GEN", "normal", "telephone", "24 hours"),
        ("SHOP", "normal", "chat", "4 hours"),
        ("SHOP", "urgent", "telephone", "10 minutes"),
        ("SHOP", "normal", "mail", "4 hours"),
        ("EAST", "normal", "telephone", "1 hour"),
    ],
)
def test_the_first_response_is_due_as_the_nearest_manual_says(demo, department, priority, channel, said):
    rules = in_force(TicketRules, on=TODAY, for_=unit(department))
    assert str(rules.first_response.at(kind="repair", priority=priority, channel=channel).value) == said


def test_what_the_manuals_say_in_words_stands_in_the_story_as_facts(demo):
    assert journal.names("manual").count("VersionPublished") == len(list(shelf.told()))
    assert list(queries.versions_with_wrong_hash()) == []


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2026, 2, 28), date(2028, 2, 29), date(2026, 12, 31)])
def test_the_story_can_be_told_on_any_day(today):
    for one in shelf.told():
        assert one.effective_from(today).day == 1
    assert {one.head["effective"] for one in shelf.told()} >= {"next month", "1 month ago"}


@pytest.mark.rule("POL-006", "POL-018")
def test_who_is_on_duty_at_the_hotline_knows_a_new_version_sooner_than_the_others(demo):
    version = acknowledgements.newest(manual("KF-01").id)
    A = Acknowledgement
    rows = db.session.execute(
        select(Person.sign_in_name, A.asked_at, A.due_on).join(Person, Person.id == A.person_id)
        .where(A.version_id == version.id)
    )  # fmt: skip
    within = {name: (due_on - office_day(asked_at)).days for name, asked_at, due_on in rows}
    assert {name: within[name] for name in ("agent", "complaints", "orders2", "supervisor", "clerk")} == {
        "agent": 10, "complaints": 10, "orders2": 10, "supervisor": 15, "clerk": 15,
    }  # fmt: skip


@pytest.mark.rule("POL-005")
def test_a_standard_of_operations_waits_for_the_second_of_two_after_a_deputy_approved_in_the_place_of_the_first(
    demo, browser
):  # fmt: skip
    draft = db.session.scalars(select(ManualDraft).where(ManualDraft.manual_id == manual("JF-01").id)).one()
    assert (draft.state, draft.quorum) == (Stage.AWAITING, 2)
    assert [(one.name, one.given_by_name, one.place) for one in draft.approvals] == [
        ("秦岚", "石磊", "秦岚"), ("沈明远", "", ""),
    ]  # fmt: skip
    browser.sign_in("executive")
    assert "JF-01" in browser.get("/").main
    said = browser.get("/manuals/JF-01/draft").soup.text
    assert "It needs 2 approvals." in said
    assert "石磊" in said


def manual(code):
    return db.session.scalars(select(Manual).where(Manual.code == code)).one()
