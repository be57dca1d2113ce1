"""Which phrases stand in a reply, and how a snippet comes into it."""

from dataclasses import dataclass

import pytest

from portal.lists.rules import phrases_in, put_in


@dataclass(frozen=True)
class Phrase:
    words: str


def met(text, *words):
    """The pieces of `text` in which the phrases stand, as they were typed."""
    return [text[one.start : one.end] for one in phrases_in(text, map(Phrase, words))]


@pytest.mark.rule("TKT-023")
@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("这个我不知道。", "我不知道"),
        ("这个我 不\n知道", "我 不\n知道"),
        ("这个我\u200b不知道", "我\u200b不知道"),
        ("I Don’t  KNOW that", "Don’t  KNOW"),
        ("ｄｏｎ'ｔ　ｋｎｏｗ", "ｄｏｎ'ｔ　ｋｎｏｗ"),
        ("I don't\nknow", "don't\nknow"),
    ],
)
def test_a_phrase_is_met_whatever_its_width_case_and_spaces(text, piece):
    assert met(text, "我不知道", "don't know") == [piece]


@pytest.mark.rule("TKT-024")
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Press the button", []),
        ("Sorry, but no", ["but"]),
        ("butter, but", ["but"]),
        ("but我们", ["but"]),
        ("rebut", []),
        ("1but", []),
    ],
)
def test_a_latin_phrase_is_met_as_whole_words(text, pieces):
    assert met(text, "but") == pieces


def test_of_two_that_overlap_the_longer_one_counts():
    assert met("这事情不归我管", "不归我管", "这事情不归我管") == ["这事情不归我管"]
    assert met("甲乙丙丁", "甲乙", "乙丙丁") == ["乙丙丁"]
    assert met("甲乙丙丁戊己庚", "甲乙", "乙丙丁", "丁戊己庚") == ["甲乙", "丁戊己庚"]


def test_each_place_is_told_in_the_order_of_the_text():
    text = "可是不能，不能"
    assert [(one.start, one.end) for one in phrases_in(text, [Phrase("不能"), Phrase("可是")])] == [
        (0, 2),
        (2, 4),
        (5, 7),
    ]


@pytest.mark.attack(15)
@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800不能"[:1], "%", "ﷺ"])
def test_no_text_is_too_odd(text):
    assert met(text, "不能", "", "  ") == []


def test_a_long_reply_is_looked_through_at_once():
    assert len(met("不能" * 10_000, "不能", "不能不能不能", "不")) == 3_334


@pytest.mark.rule("TKT-025")
@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "再见。"),
        ("多谢您。", "多谢您。再见。"),
        ("Thanks.", "Thanks. 再见。"),
        ("多谢您。\n", "多谢您。\n再见。"),
        ("Hi  ", "Hi 再见。"),
    ],
)
def test_a_snippet_stands_after_what_was_typed(text, after):
    assert put_in(text, "再见。") == after
