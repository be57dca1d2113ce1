"""What holds on a day, for a department, and by which clause."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Clause
from portal.policies import actions, queries, values
from portal.policies.queries import in_force
from portal.policies.rulebook import RULESETS
from portal.policies.rules import ClauseText, VersionText
from portal.tickets.rules import TicketRules
from tests.policies.conftest import noon

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)
ROUNDS = "tickets.satisfaction_rounds"


@pytest.fixture
def statements(app):
    """What was asked of the database since the fixture was."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def rounds(on, for_=None):
    return in_force(TicketRules, on=on, for_=for_).satisfaction_rounds


def test_without_a_manual_the_declared_default_holds_and_cites_nothing(app):
    assert (rounds(JULY).value, rounds(JULY).clause, rounds(JULY).since) == (3, None, None)


@pytest.mark.attack(43)
@pytest.mark.parametrize(
    ("on", "value", "version"),
    [
        (JANUARY - timedelta(days=1), 3, None),
        (JANUARY, 5, "1.0"),
        (JULY - timedelta(days=1), 5, "1.0"),
        (JULY, 2, "2.0"),
        (date(2030, 1, 1), 2, "2.0"),
    ],
)
def test_a_new_version_binds_from_its_first_day_and_facts_before_keep_the_old_one(published, on, value, version):
    published({ROUNDS: "5"}, from_=JANUARY)
    published({ROUNDS: "2"}, from_=JULY)
    held = rounds(on)
    assert held.value == value
    assert held.clause == (Clause("KF-01", version, "1.1") if version else None)
    assert held.since == ({"1.0": JANUARY, "2.0": JULY}[version] if version else None)


def test_what_was_published_for_later_changes_nothing_before(published):
    published({ROUNDS: "5"}, from_=JANUARY)
    before = rounds(date(2026, 6, 1))
    published({ROUNDS: "2"}, from_=JULY)
    assert rounds(date(2026, 6, 1)) == before


def test_the_nearest_department_up_the_tree_that_has_a_ruling_decides_then_the_company(department, manual, published):
    company = department("XH")
    centre, shop = department("CS", company), department("SHOP", company)
    group = department("CS-GEN", centre)
    published({ROUNDS: "5"}, from_=JANUARY)
    published({ROUNDS: "2"}, from_=JANUARY, of=manual("CS-01", centre))
    assert [rounds(JULY, one).value for one in (group, centre, shop, company, None)] == [2, 2, 5, 5, 5]
    assert rounds(JULY, group).clause == Clause("CS-01", "1.0", "1.1")
    assert rounds(JULY, group.id) == rounds(JULY, group)

    published({ROUNDS: "1"}, from_=JULY, of=manual("GEN-01", group))
    assert [rounds(JULY, one).value for one in (group, centre, shop)] == [1, 2, 5]


def test_a_department_whose_manual_drops_a_ruling_falls_back_to_the_company(department, manual, published):
    centre = department("CS", department("XH"))
    own = manual("CS-01", centre)
    published({ROUNDS: "5"}, from_=JANUARY)
    published({ROUNDS: "2"}, from_=JANUARY, of=own)
    published({}, from_=JULY, of=own, drops=frozenset({ROUNDS}))
    assert (rounds(JULY - timedelta(days=1), centre).value, rounds(JULY, centre).value) == (2, 5)


def test_all_rulings_of_a_day_take_one_statement(published, department, statements):
    centre = department("CS", department("XH"))
    published({ROUNDS: "5", "tickets.complaint_answer": "3 days"}, from_=JANUARY)
    queries.up_from(centre.id)
    statements.clear()
    for _ in range(3):
        in_force(TicketRules, on=JULY, for_=None)
    assert len([one for one in statements if "ruling" in one]) == 1


def test_a_version_published_in_this_transaction_is_seen_at_once(published):
    assert rounds(JULY).value == 3
    published({ROUNDS: "5"}, from_=JANUARY)
    assert rounds(JULY).value == 5


def test_a_ruling_on_a_key_that_no_code_declares_any_more_is_passed_over(published):
    version = published({ROUNDS: "5"}, from_=JANUARY)
    version.clauses[0].rulings[0].key = "tickets.of_the_past"
    db.session.flush()
    queries.forget_book()
    assert rounds(JULY).value == 3


def test_every_rule_is_listed_with_its_clause_or_its_default(published):
    published({ROUNDS: "5"}, from_=JANUARY)
    lines = {line.key.name: line for _title, lines in values.every_rule(on=JULY, chain=[None]) for line in lines}
    assert lines[ROUNDS].note.href == "/manuals/KF-01/1.0?at=1.1#c-1.1"
    assert (lines[ROUNDS].rule.value, lines[ROUNDS].key.default) == (5, 3)
    assert lines["tickets.complaint_answer"].note is None


def test_the_notes_of_a_page_take_one_statement_and_make_nothing_up(published, statements):
    published({ROUNDS: "5", "tickets.complaint_answer": "3 days"}, from_=JANUARY)
    published({ROUNDS: "2", "tickets.complaint_answer": "same day"}, from_=JULY)
    old, new = Clause("KF-01", "1.0", "2.1"), Clause("KF-01", "2.0", "2.1")
    unknown = [Clause("KF-01", "9.0", "2.1"), Clause("KF-09", "1.0", "2.1"), Clause("KF-01", "old", "1")]
    statements.clear()
    notes = queries.ruling_notes([old, new, old, *unknown])
    assert len(statements) == 1
    assert set(notes) == {old, new}
    assert (notes[old].since, notes[new].since) == (JANUARY, JULY)
    assert notes[old].sentence == "关于 tickets.complaint_answer 的规定。"
    assert notes[new].href == "/manuals/KF-01/2.0?at=2.1#c-2.1"
    assert queries.ruling_notes([]) == {}


def test_several_rulesets_for_several_departments_take_one_statement(published, department, statements):
    company = department("XH")
    units = [department(code, company) for code in ("CS", "SHOP", "REP")]
    published({ROUNDS: "5", "complaints.again_within": "60"}, from_=JANUARY)
    statements.clear()
    for unit in units:
        for of in RULESETS:
            in_force(of, on=JULY, for_=unit)
    assert len([one for one in statements if "FROM ruling" in one]) == 1


def test_fifty_consequences_with_their_clauses_take_one_statement(manual, statements):
    many = tuple(ClauseText(f"c-{n}", str(n), f"条 {n}", f"第 {n} 条。") for n in range(1, 51))
    actions.publish_version(PORTAL, manual("KF-01"), VersionText(1, 0, JANUARY, many), at=noon(2026, 1, 1))
    statements.clear()
    notes = queries.ruling_notes(Clause("KF-01", "1.0", str(n)) for n in range(1, 51))
    assert (len(notes), len(statements)) == (50, 1)


def test_a_note_tells_the_values_that_were_used(published):
    published(
        {ROUNDS: "5", "tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours"}, from_=JANUARY
    )
    rules = in_force(TicketRules, on=JULY, for_=None)
    note = queries.ruling_notes([rules.first_response.clause])[rules.first_response.clause]
    used = rules.first_response.at(kind="repair", priority="urgent", channel="chat")
    told = note.told(used.explain(), steps=["09:00 + 10"], evidence=[("T-2026-00001", "/tickets/T-2026-00001")])
    ((label, value),) = told.values
    assert label == rules.first_response.key.label
    assert value == used.value.said()
    assert (told.steps, told.evidence) == (("09:00 + 10",), (("T-2026-00001", "/tickets/T-2026-00001"),))
