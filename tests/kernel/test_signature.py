"""Who signed exactly what: proved at that moment, kept as it was hashed, found out when it is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portal.extensions import db
from portal.kernel import journal, signature
from portal.kernel.actions import action
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.signature import GOOD_FOR, Confirmation, Method, Signature, canonical, content_hash
from portal.kernel.text import say
from tests.conftest import NOW

CONSENT = say("I have read this and agree.")
CONTENT = {"items": ["档案 7", "钥匙"], "due_on": date(2026, 10, 19), "rate": Decimal("0.010"), "fen": 4000}


@action
def hand_over(actor: Any, confirmation: Confirmation, content: dict[str, Any], *, at: datetime) -> Signature:
    return signature.sign(actor, confirmation, "handover", 7, "outgoing", content, consent=CONSENT)


@pytest.fixture
def amal(department, staff):
    return staff("Amal", department("CS"))


def proof(person: Any, at: datetime = NOW) -> Confirmation:
    return Confirmation(person.id, Method.PIN, at)


def test_a_signature_keeps_person_department_method_consent_and_content(amal):
    made = hand_over(amal, proof(amal), CONTENT, at=NOW)
    assert (made.person_name, made.person_department, made.method) == ("Amal", "CS", Method.PIN)
    assert made.consent == "I have read this and agree."
    assert made.content == '{"due_on":"2026-10-19","fen":4000,"items":["档案 7","钥匙"],"rate":"0.010"}'
    assert made.content_hash == content_hash(made.content)
    assert signature.of("handover", 7) == [made]
    assert signature.of("handover", 8) == []
    assert journal.names("signature") == ["Signed"]


@pytest.mark.parametrize(
    ("age", "good"),
    [(timedelta(0), True), (GOOD_FOR, True), (GOOD_FOR + timedelta(seconds=1), False), (-timedelta(1), False)],
)
def test_a_secret_that_was_given_too_long_ago_signs_nothing(amal, age, good):
    if good:
        hand_over(amal, proof(amal, NOW - age), CONTENT, at=NOW)
    else:
        with pytest.raises(Refused, match="once more"):
            hand_over(amal, proof(amal, NOW - age), CONTENT, at=NOW)
    assert len(signature.of("handover", 7)) == good


def test_nobody_signs_with_anothers_secret(amal, department, staff):
    with pytest.raises(ValueError, match="the one who signs"):
        hand_over(amal, proof(staff("Ben", department("X"))), CONTENT, at=NOW)


@pytest.mark.attack(29)
def test_the_same_content_is_signed_once_by_each(amal):
    hand_over(amal, proof(amal), CONTENT, at=NOW)
    with pytest.raises(OutOfDate):
        hand_over(amal, proof(amal), CONTENT, at=NOW)
    hand_over(amal, proof(amal), {**CONTENT, "fen": 4001}, at=NOW)
    assert len(signature.of("handover", 7)) == 2


@pytest.mark.attack(42)
@pytest.mark.parametrize("statement", ["UPDATE signature SET content = '{}'", "DELETE FROM signature"])
def test_a_signature_can_be_neither_changed_nor_removed(amal, statement):
    hand_over(amal, proof(amal), CONTENT, at=NOW)
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("SELECT 1", []),
        ("UPDATE signature SET content = '{}'", ["Signature 1 was changed after it was made."]),
        ("UPDATE signature SET content = '{}', content_hash = '" + content_hash("{}") + "'",
         ["Signature 1 was changed after it was made."]),
        ("UPDATE signature SET purpose = 'incoming'", ["Signature 1 was changed after it was made."]),
        ("UPDATE signature SET subject_id = 8", ["Signature 1 was changed after it was made."]),
        ("UPDATE signature SET person_id = 99", ["Signature 1 was changed after it was made."]),
        ("DELETE FROM signature", ["Signature 1 is gone."]),
        ("INSERT INTO signature SELECT 2, about, 9, purpose, person_id, person_name, person_department, method, "
         "consent, content, content_hash, at FROM signature", ["Signature 2 stands in no journal: nobody made it."]),
    ],
)  # fmt: skip
def test_whoever_changes_a_signature_behind_its_trigger_is_found_out(amal, statement, finding):
    made = hand_over(amal, proof(amal), CONTENT, at=NOW)
    assert made.id == 1
    on = " ON signature" if db.engine.dialect.name == "postgresql" else ""
    names = ("change", "truncate") if on else ("UPDATE", "DELETE")
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    for name in names:
        db.session.execute(text(f"DROP TRIGGER signature_refuses_{name}{on}"))
    db.session.execute(text(statement))
    db.session.commit()
    assert [str(one.sentence) for one in signature.verify()] == finding


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_the_order_in_which_content_is_given_makes_no_difference(content):
    backwards = dict(reversed(list(content.items())))
    assert canonical(content) == canonical(backwards)


def test_a_moment_is_written_in_one_way_whatever_its_zone():
    noon = datetime(2026, 10, 12, 12, tzinfo=UTC)
    assert canonical({"at": noon}) == canonical({"at": noon.astimezone(timezone(timedelta(hours=8)))})


@pytest.mark.parametrize("value", [1.5, datetime(2026, 10, 12), object(), {1, 2}, b"x"])  # noqa: DTZ001
def test_what_is_written_differently_in_different_places_is_not_signed(value):
    with pytest.raises(TypeError):
        canonical({"value": value})
