"""Small words of the kernel: money, pages, lifecycles, sentences, names in the order of their pronunciation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import NotAllowed, OutOfDate
from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.money import fen, yuan
from portal.kernel.paging import After, Slice
from portal.kernel.permissions import P
from portal.kernel.text import in_language, plain, say
from portal.organisation.rules import initials, sort_key


@pytest.mark.attack(45)
@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.5", 1), ("0.4999", 0), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("4000.00", 4000)],
)
def test_money_is_rounded_half_up_to_the_fen(amount, rounded):
    assert fen(Decimal(amount)) == rounded


def test_money_is_written_as_people_write_it():
    assert [yuan(400_000), yuan(-5), yuan(0)] == ["4,000.00", "-0.05", "0.00"]


@given(
    st.integers(0, 2**31 - 1),
    st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    st.datetimes(timezones=st.just(UTC)),
)
def test_the_key_of_a_page_survives_the_address(number, words, at):
    after = After((number, words, at))
    assert After.read(str(after), int, str, datetime) == after


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    "text", ["x", "!!!", "W10", "WzEsMl0", "bnVsbA", "W3RydWVd", "eyJhIjoxfQ", "💥", "WyJhIl0", "W1tb" * 2_000]
)
def test_what_is_no_key_of_this_list_is_said_so(text):
    with pytest.raises(ValueError, match="not a page"):
        After.read(text, int)


@pytest.mark.attack(14)
@pytest.mark.parametrize(
    ("part", "kind"),
    [(2**31, int), (-(10**30), int), ("a\0", str), ("\ud800", str), ("2026-10-12T10:00:00", datetime),
     ("0001-01-01T00:00:00+08:00", datetime), ("2026-10-12", datetime), ("soon", date)],
)  # fmt: skip
def test_a_key_that_no_database_can_compare_with_is_no_page_either(part: object, kind: type):
    with pytest.raises(ValueError):
        After.read(str(After((part,))) if part != "\ud800" else "WyJcdWQ4MDAiXQ", kind)


def test_a_page_knows_whether_there_is_another():
    assert Slice.of([1, 2, 3], lambda row: (row,), size=2) == Slice([1, 2], After((2,)))
    assert Slice.of([1, 2], lambda row: (row,), size=2) == Slice([1, 2], None)


class S(StrEnum):
    OPEN = "open"
    DONE = "done"


LIFE = Lifecycle(step("finish", before={S.OPEN}, after=S.DONE, by=P.TICKETS_WORK, own=("owner_id",)))


@dataclass
class Reader:
    id: int
    where: frozenset[int] = frozenset()

    def may(self, right, department_id=None):
        return department_id in self.where


def test_a_right_counts_in_the_department_of_the_thing_alone():
    thing = SimpleNamespace(state=S.OPEN, department_id=1, owner_id=9)
    assert LIFE.open_to(Reader(1, frozenset({1})), thing) == {"finish"}
    assert LIFE.open_to(Reader(1, frozenset({2})), thing) == frozenset()
    assert LIFE.open_to(Reader(9), thing) == {"finish"}
    with pytest.raises(NotAllowed):
        LIFE.move(thing, "finish", Reader(1, frozenset({2})))
    LIFE.move(thing, "finish", Reader(9))
    with pytest.raises(OutOfDate):
        LIFE.move(thing, "finish", Reader(9))


def test_a_sentence_is_put_into_the_language_of_whoever_reads_it(app):
    sentence = say("{name} joined on {day}", name="张伟", day=date(2026, 10, 12))
    with app.test_request_context(), in_language("zh-CN"):
        assert str(sentence) == "张伟 于 10月12日 入职"
    with app.test_request_context(), in_language("en"):
        assert str(sentence) == "张伟 joined on 12 Oct"


def test_several_names_are_strung_as_the_reader_does_it(app):
    sentence = say("Told: {names}.", names=("张伟", "李娜"))
    with app.test_request_context(), in_language("zh-CN"):
        assert "张伟、李娜" in str(sentence)
    with app.test_request_context(), in_language("en"):
        assert str(sentence) == "Told: 张伟, 李娜."


def test_typed_words_are_no_template(app):
    with app.test_request_context():
        assert str(plain("{name} 50% %(x)s")) == "{name} 50% %(x)s"


def test_names_stand_in_the_order_in_which_they_are_spoken():
    assert sorted(["张伟", "李娜", "安琪", "赵敏", "王芳"], key=sort_key) == ["安琪", "李娜", "王芳", "张伟", "赵敏"]


@pytest.mark.parametrize(
    ("name", "letters"), [("张伟", "zw"), ("李娜", "ln"), ("Li Na", "ln"), ("安琪", "aq"), ("𠮷野", "y"), ("", "")]
)
def test_names_are_found_by_their_initials(name, letters):
    assert initials(name) == letters
