"""The box understands numbers and names, and tells nobody of what they may not see."""

from __future__ import annotations

import pytest

from portal.search.queries import number_of


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("T-2026-00042", "T-2026-00042"),
        ("t2026-42", "T-2026-00042"),
        ("Ｔ－２０２６－０００４２", "T-2026-00042"),
        ("42", "T-2026-00042"),
        ("C-2026-7", "C-2026-00007"),
        ("张伟", None),
        ("1234567", None),
        ("", None),
    ],
)
@pytest.mark.attack(37)
def test_a_number_is_understood_however_it_is_typed(words, number):
    assert number_of(words, 2026) == number


@pytest.mark.parametrize("words", ["zm", "赵敏", "engineer"])
def test_a_colleague_is_found_by_name_initials_and_sign_in_name(demo, browser, words):
    browser.sign_in("agent")
    assert "赵敏" in browser.get(f"/search?q={words}").main


@pytest.mark.attack(15)
@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "NEAR(", "*", "AND OR", "%00", "%ED%A0%80", "x" * 10_000])
def test_hostile_words_widen_nothing_and_break_nothing(demo, browser, words):
    page = browser.sign_in("agent").get(
        "/search?q=" + words.replace("%", "%25").replace("%250", "%0").replace("%25ED%25A0%2580", "%ED%A0%80")
    )
    assert not page.soup.select("table")
