"""What may be published, by whom, and that nothing of it can be changed unseen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from portal import cli
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Clause, NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.kernel.text import say
from portal.policies import actions, queries, vetoes
from portal.policies.models import Manual, ManualVersion
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import ManualKind, State
from tests.policies.conftest import noon

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)
ROUNDS, ANSWER = "tickets.satisfaction_rounds", "tickets.complaint_answer"


def refused(verb, *args, **kwargs):
    with pytest.raises(Refused) as no:
        verb(*args, **kwargs)
    return no.value


def test_a_published_version_is_a_fact_with_its_hash(published):
    version = published({ROUNDS: "5"}, from_=JANUARY)
    (entry,) = journal.of("manual", version.manual_id)
    assert entry.event().digest == version.digest == queries.digest_of(version)
    assert entry.event().effective_from == JANUARY


def test_a_value_is_kept_in_one_spelling_whatever_was_typed(published):
    typed = "priority＝urgent：10 minutes；otherwise:1440 minutes"
    version = published({"tickets.first_response": typed}, from_=JANUARY)
    (clause,) = version.clauses
    assert clause.rulings[0].value == "priority=urgent: 10 minutes; otherwise: 24 hours"


@pytest.mark.rule("POL-018")
@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (30, True)])
def test_a_version_never_binds_backwards(manual, days, fits):
    version = VersionText(1, 0, JULY + timedelta(days=days), (ClauseText("a", "1", "总则", "…"),))
    of = manual("KF-01")
    at = noon(2026, 7, 1)
    if fits:
        assert actions.publish_version(PORTAL, of, version, at=at).effective_from == version.effective_from
    else:
        assert "backwards" in refused(actions.publish_version, PORTAL, of, version, at=at).sentence.template


@pytest.mark.parametrize(
    ("label", "from_on", "fits"),
    [
        ((1, 0), JULY, False),
        ((0, 9), JULY, False),
        ((1, 1), JANUARY, False),
        ((1, 1), JANUARY + timedelta(days=1), True),
        ((2, 0), JULY, True),
    ],
)
def test_the_next_version_has_a_higher_number_and_a_later_day(published, label, from_on, fits):
    first = published({}, from_=JANUARY)
    following = VersionText(*label, from_on, (ClauseText("a", "1", "总则", "…"),))
    if fits:
        assert actions.publish_version(PORTAL, first.manual, following, at=noon(2026, 1, 1)).seq == 2
    else:
        refused(actions.publish_version, PORTAL, first.manual, following, at=noon(2026, 1, 1))


@pytest.mark.parametrize(("value", "fits"), [("0", False), ("1", True), ("9", True), ("10", False), ("drei", False)])
def test_a_value_out_of_bounds_is_refused_with_its_clause(published, value, fits):
    if fits:
        published({ROUNDS: value}, from_=JANUARY)
    else:
        no = refused(published, {ROUNDS: value}, from_=JANUARY)
        assert dict(no.sentence.values)["number"] == "1.1"
        assert journal.names("manual") == []  # a refusal is no fact


def test_a_key_that_no_code_asks_for_is_refused(published):
    refused(published, {"tickets.of_the_past": "1"}, from_=JANUARY)


@pytest.mark.parametrize(("other_scope", "fits"), [(False, False), (True, True)])
def test_two_manuals_never_rule_on_one_key_for_the_same_people(department, manual, published, other_scope, fits):
    centre = department("CS", department("XH"))
    published({ROUNDS: "5"}, from_=JANUARY, of=manual("KF-01"))
    second = manual("TS-01", centre if other_scope else None)
    if fits:
        published({ROUNDS: "2"}, from_=JULY, of=second)
    else:
        assert refused(published, {ROUNDS: "2"}, from_=JULY, of=second).clause == Clause("KF-01", "1.0", "1.1")


def test_a_manual_that_will_rule_later_is_a_rival_too(manual, published):
    first, second = manual("KF-01"), manual("TS-01")
    published({ROUNDS: "5"}, from_=JULY, of=first)
    refused(published, {ROUNDS: "2"}, from_=JANUARY, of=second)


def test_a_ruling_moves_to_another_manual_when_the_first_lets_go_of_it(manual, published):
    first, second = manual("KF-01"), manual("TS-01")
    published({ROUNDS: "5"}, from_=JANUARY, of=first)
    published({}, from_=JULY, of=first, drops=frozenset({ROUNDS}))
    refused(published, {ROUNDS: "2"}, from_=JULY - timedelta(days=1), of=second)
    published({ROUNDS: "2"}, from_=JULY, of=second)


def test_a_ruling_is_not_lost_by_oversight(published):
    published({ROUNDS: "5", ANSWER: "3 days"}, from_=JANUARY)
    assert refused(published, {ROUNDS: "5"}, from_=JULY).clause == Clause("KF-01", "1.0", "2.1")
    published({ROUNDS: "5"}, from_=JULY, drops=frozenset({ANSWER}))


def test_a_higher_floor_vetoes_a_version_with_its_own_sentence(published, monkeypatch):
    monkeypatch.setattr(vetoes, "_vetoes", [])
    vetoes.register(lambda manual, version: None)
    vetoes.register(lambda manual, version: say("July is closed.") if version.effective_from == JULY else None)
    published({ROUNDS: "5"}, from_=JANUARY)
    assert str(refused(published, {ROUNDS: "2"}, from_=JULY).sentence) == "July is closed."
    assert journal.names("manual").count("VersionPublished") == 1
    published({ROUNDS: "2"}, from_=JULY + timedelta(days=1))


def test_a_feature_is_asked_once_however_often_it_registers(monkeypatch):
    monkeypatch.setattr(vetoes, "_vetoes", [])
    assert vetoes.register(str) is vetoes.register(str)
    assert vetoes._vetoes == [str]


@pytest.mark.attack(10)
@pytest.mark.parametrize(
    ("role", "home", "where", "may"),
    [
        (Role.EXECUTIVE, "XH", None, True),
        (Role.EXECUTIVE, "XH", "CS", True),
        (Role.EXECUTIVE, "CS", "CS", True),
        (Role.EXECUTIVE, "CS", None, False),
        (Role.EXECUTIVE, "CS", "SHOP", False),
        (Role.DIRECTOR, "XH", "CS", False),
        (Role.ADMIN, "XH", None, False),
    ],
)
def test_only_who_holds_the_right_in_its_scope_publishes_a_manual(department, staff, role, home, where, may):
    units = {"XH": department("XH")}
    units |= {code: department(code, units["XH"]) for code in ("CS", "SHOP")}
    actor = staff("Amal", units[home], role)
    how = {"kind": ManualKind.CONDUCT, "department": units[where] if where else None, "at": noon(2026, 1, 1)}
    if may:
        made = actions.add_manual(actor, "KF-01", {"zh-CN": "手册"}, **how)
        version = VersionText(1, 0, JANUARY, (ClauseText("a", "1", "总则", "…"),))
        assert actions.publish_version(actor, made, version, at=noon(2026, 1, 1)).published_by_id == actor.id
    else:
        with pytest.raises(NotAllowed):
            actions.add_manual(actor, "KF-01", {"zh-CN": "手册"}, **how)


@pytest.mark.parametrize(("code", "fits"), [("KF-01", True), ("rules", False), ("K-1", False), ("KF-01/../x", False)])
def test_a_manual_has_a_code_that_people_can_say(manual, code, fits):
    if fits:
        manual(code)
        assert "already" in refused(manual, code).sentence.template
    else:
        refused(manual, code)


def test_a_manual_of_the_topmost_department_is_the_companys(department, manual):
    assert manual("KF-01", department("XH")).department_id is None


def findings():
    db.session.expire_all()
    return [(one.sentence.template, dict(one.sentence.values)) for one in queries.versions_with_wrong_hash()]


def test_an_untouched_shelf_has_nothing_to_report(published, manual, department):
    published({ROUNDS: "5"}, from_=JANUARY)
    published({ROUNDS: "2"}, from_=JULY)
    published({ANSWER: "3 days"}, from_=JULY, of=manual("CS-01", department("CS", department("XH"))))
    assert findings() == []


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE clause SET text = 'anything'",
        "UPDATE clause SET heading = 'anything'",
        "UPDATE clause SET number = '9'",
        "UPDATE ruling SET value = '9'",
        "UPDATE ruling SET key = 'tickets.accept_within'",
        "DELETE FROM ruling",
        "UPDATE manual_version SET effective_from = '2026-02-01'",
        "UPDATE manual_version SET digest = 'anything'",
        "UPDATE manual_version SET major = 7",
        "UPDATE manual SET code = 'XX-01'",
        "UPDATE manual SET department_id = 1",
    ],
)
def test_a_version_that_was_changed_by_hand_is_found_and_named(department, published, change):
    department("XH")
    published({ROUNDS: "5"}, from_=JANUARY)
    db.session.execute(text(change))
    assert findings()[0][0].startswith("Version {version} of {manual} was changed")


@pytest.mark.attack(42)
def test_whoever_writes_a_new_hash_as_well_is_found_by_the_journal(published):
    version = published({ROUNDS: "5"}, from_=JANUARY)
    db.session.execute(text("UPDATE ruling SET value = '9'"))
    db.session.expire_all()
    version.digest = queries.digest_of(version)
    db.session.flush()
    assert findings() == [
        ("Version {version} of {manual} was changed after it was published.", {"manual": "KF-01", "version": "1.0"})
    ]


@pytest.mark.attack(42)
def test_a_page_that_shows_other_words_than_its_text_is_found(published):
    published({ROUNDS: "5"}, from_=JANUARY)
    db.session.execute(text("UPDATE clause SET html = '<p>anything</p>'"))
    assert findings()[0][1] == {"number": "1.1", "manual": "KF-01", "version": "1.0"}


@pytest.mark.attack(42)
def test_a_version_that_is_gone_is_found_by_the_journal(published):
    published({ROUNDS: "5"}, from_=JANUARY)
    for table in ("ruling", "clause", "manual_version"):
        db.session.execute(text(f"DELETE FROM {table}"))
    assert findings() == [
        ("Version {version} of {manual} was published and is gone.", {"manual": "KF-01", "version": "1.0"})
    ]


@pytest.mark.attack(42)
def test_a_version_that_nobody_published_is_found(manual):
    row = ManualVersion(
        manual=manual("KF-01"), seq=1, major=3, minor=0, state=State.PUBLISHED, effective_from=JULY,
        published_at=noon(2026, 7, 1), digest="",
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    assert findings()[0][0] == "Version {version} of {manual} was never published by anyone."


@pytest.mark.attack(1)
def test_a_hostile_clause_is_inert_and_kept_as_typed(manual):
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) <style>*{display:none}</style>"
    version = VersionText(1, 0, JULY, (ClauseText("a", "1", "<b>总则</b>", hostile),))
    row = actions.publish_version(PORTAL, manual("KF-01"), version, at=noon(2026, 7, 1))
    assert row.clauses[0].text == hostile
    assert "<img" not in row.clauses[0].html
    assert "<style" not in row.clauses[0].html


def at_once(app, versions):
    """Each (code, version) is published by a person of its own at the same moment; what became of each."""

    def publish(one):
        code, version = one
        with app.app_context():
            manual = db.session.scalars(select(Manual).where(Manual.code == code)).one()
            try:
                actions.publish_version(PORTAL, manual, version, at=noon(2026, 6, 1))
                return "published"
            except Refused:
                return "refused"
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(len(versions)) as people:
        return sorted(people.map(publish, versions))


@pytest.mark.attack(27)
def test_of_four_who_publish_the_next_version_at_once_exactly_one_wins(app, published):
    published({ROUNDS: "5"}, from_=JANUARY)
    following = VersionText(2, 0, JULY, (ClauseText("rounds", "1", "轮次", "…", {ROUNDS: "2"}),))
    assert at_once(app, [("KF-01", following)] * 4) == ["published", "refused", "refused", "refused"]
    assert journal.names("manual") == ["VersionPublished", "VersionPublished"]


@pytest.mark.attack(27)
def test_of_two_manuals_that_claim_one_key_at_once_exactly_one_wins(app, manual):
    codes = [manual(code).code for code in ("KF-01", "TS-01")]
    first = VersionText(1, 0, JULY, (ClauseText("rounds", "1", "轮次", "…", {ROUNDS: "2"}),))
    assert at_once(app, [(code, first) for code in codes]) == ["published", "refused"]


@pytest.mark.attack(42)
def test_the_command_that_proves_the_portal_whole_names_the_version_that_was_changed(published):
    published({ROUNDS: "5"}, from_=JANUARY)
    assert CliRunner().invoke(cli.verify).exit_code == 0
    db.session.execute(text("UPDATE ruling SET value = '9'"))
    said = CliRunner().invoke(cli.verify)
    assert said.exit_code == 1
    assert "KF-01" in said.output
