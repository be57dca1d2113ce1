"""Each declared key, asked as the code asks it: what holds before a version's first day and from it on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.kernel.errors import Clause, Refused
from portal.policies import replay
from portal.policies.queries import in_force
from portal.policies.rulebook import KEYS, RULESETS, Key, keys

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)
DAY = timedelta(days=1)
EVERY = [pytest.param(of, key, id=key.name) for of in RULESETS for key in keys(of)]
WORDS = ("yes", "no", "1", "2", "3", "4", "3 days", "2 days", "10.00", "20.00", "1%", "2%", "otherwise: 3 days",
         "otherwise: 2 days", "otherwise: yes", "otherwise: no", "otherwise: 3", "otherwise: 2")  # fmt: skip
"""What a clause may say; of each kind of value there are two."""


def two_values(key: Key) -> tuple[str, str]:
    """Two that a clause may give the key, none of them its default."""
    found = []
    for text in WORDS:
        try:
            value = key.parse(text)
        except Refused:
            continue
        found += [key.write(value)] if value != key.default else []
    two = [one for one in found if one != key.write(key.default)][:2]
    return (two[0], two[1]) if len(two) > 1 else (two[0], key.write(key.default))


@pytest.mark.attack(43)
@pytest.mark.parametrize(("of", "key"), EVERY)
def test_a_value_holds_from_the_first_day_of_its_version_and_not_a_day_earlier(published, department, of, key):
    shop = department("SHOP", department("XH"))
    first, second = two_values(key)
    published({key.name: first}, from_=JANUARY)
    published({key.name: second}, from_=JULY)
    for scope in (None, shop):
        for on, value, clause in (
            (JANUARY - DAY, key.write(key.default), None), (JANUARY, first, "1.0"),
            (JULY - DAY, first, "1.0"), (JULY, second, "2.0"),
        ):  # fmt: skip
            held = getattr(in_force(of, on=on, for_=scope), key.attribute)
            assert key.write(held.value) == value, on
            assert held.clause == (Clause("KF-01", clause, "1.1") if clause else None), on
    assert first != second


@pytest.mark.attack(43)
@pytest.mark.parametrize(("of", "key"), EVERY)
def test_a_department_whose_manual_rules_is_judged_by_it_from_its_day_and_its_neighbours_are_not(
    published, manual, department, of, key
):
    company = department("XH")
    shop, repair = department("SHOP", company), department("REP", company)
    first, second = two_values(key)
    published({key.name: first}, from_=JANUARY)
    published({key.name: second}, from_=JULY, of=manual("WD-01", shop))
    for on, for_, value in (
        (JULY - DAY, shop, first),
        (JULY, shop, second),
        (JULY, repair, first),
        (JULY, None, first),
    ):
        held = getattr(in_force(of, on=on, for_=for_), key.attribute)
        assert key.write(held.value) == value, (on, for_)


def test_every_key_is_replayed_before_publishing_or_says_why_not():
    replayed, left = replay.replayed_keys(), replay.left_out()
    assert replayed | left.keys() == KEYS.keys()
    assert not replayed & left.keys()
    assert "complaints.again_within" in replayed
