"""Check codes: nobody but the portal makes one, and each goes with one thing, one moment and one text."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as any_of

from portal.kernel import check_codes
from portal.kernel.check_codes import FIRST, SIGNS
from tests.conftest import NOW

CONTENT = {"title": "路由器重启", "story": [["in", "每天晚上重启。"]]}
NUMBER = "T-2026-00042"


def test_a_code_says_of_which_thing_when_and_what(app):
    code = check_codes.read(check_codes.issue(NUMBER, 3, CONTENT, at=NOW + timedelta(seconds=59)))
    assert (code.number, code.variant, code.printed_at) == (NUMBER, 3, NOW)
    assert code.says(CONTENT)
    assert not code.says({**CONTENT, "title": "路由器重启。"})


@pytest.mark.parametrize("between", ["-", " ", "", "－", " - "])
def test_a_code_may_be_typed_as_people_read_it(app, between):
    code = check_codes.issue(NUMBER, 0, CONTENT, at=NOW)
    signs = code[len(NUMBER) :].replace("0", "o").replace("1", "l").lower()
    assert check_codes.read((NUMBER.lower() + signs).replace("-", between)).says(CONTENT)


@pytest.mark.attack(42)
def test_no_sign_of_a_code_can_be_changed(app):
    code = check_codes.issue(NUMBER, 0, CONTENT, at=NOW)
    for place, sign in enumerate(code):
        for other in {"0", "7", "Z"} - {sign}:
            if sign != "-":
                assert check_codes.read(code[:place] + other + code[place + 1 :]) is None, (place, other)


def test_a_code_of_one_thing_is_no_code_of_another(app):
    one = check_codes.issue(NUMBER, 0, CONTENT, at=NOW)
    assert check_codes.read(one.replace("00042", "00043")) is None
    assert check_codes.issue("T-2026-00043", 0, CONTENT, at=NOW)[-20:] != one[-20:]


def test_another_key_makes_other_codes(app):
    code, kept = check_codes.issue(NUMBER, 0, CONTENT, at=NOW), app.config["SEAL_KEY"]
    app.config["SEAL_KEY"] = "another key"
    try:
        assert check_codes.read(code) is None
    finally:
        app.config["SEAL_KEY"] = kept


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "typed", ["", "-", "T-2026-00042", "%", "x" * 5000, "\0", "T-2026-00042-" + "U" * 20, "印" * 30]
)
def test_anything_else_is_no_code(app, typed):
    assert check_codes.read(typed) is None


def test_any_minute_of_a_generation_can_stand_in_a_code(app):
    @given(any_of.integers(0, 32**5 - 1), any_of.integers(0, 31))
    def back_again(minutes, variant):
        at = FIRST + timedelta(minutes=minutes)
        code = check_codes.read(check_codes.issue(NUMBER, variant, CONTENT, at=at))
        assert (code.variant, code.printed_at) == (variant, at)

    back_again()
    assert len(set(SIGNS)) == 32
    with pytest.raises(ValueError, match="does not fit"):
        check_codes.issue(NUMBER, 32, CONTENT, at=NOW)
    with pytest.raises(ValueError, match="does not fit"):
        check_codes.issue(NUMBER, 0, CONTENT, at=FIRST - timedelta(minutes=1))
