"""How telephones are compared and shown, and what finds a record."""

import pytest

from portal.customers.rules import WordKind, digits, folded, masked, sought, words_of


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("13812342026", "13812342026"),
        ("+86 138-1234-2026", "13812342026"),
        ("008613812342026", "13812342026"),
        ("8613812342026", "13812342026"),
        ("013812342026", "13812342026"),
        ("１３８１２３４２０２６", "13812342026"),
        ("0571-8881 2026", "57188812026"),
        ("+86 571 8881 2026", "57188812026"),
        ("(0571) 88812026 转 803", "57188812026"),
        ("400-800-2026", "4008002026"),
        ("8612 3456", "86123456"),  # a local number, not a country code
        ("+49 30 1234567", "49301234567"),
        ("", ""),
        ("无", ""),
    ],
)
def test_one_telephone_is_one_number_however_it_was_written(typed, compared):
    assert digits(typed) == compared


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812342026", "138****2026"),
        ("0571-88812026", "0571****2026"),
        ("88812026", "****2026"),
        ("8812026", "***2026"),
        ("2026", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_last_four_digits(number, shown):
    assert masked(number) == shown


def test_any_part_of_a_chinese_name_or_company_begins_a_word():
    words = words_of("C-2026-00001", "张三丰", "zsf", "武当山道具厂", "ZSF@Wudang.example", ["13812342026"])
    assert {(WordKind.NAME, "张三丰"), (WordKind.NAME, "三丰"), (WordKind.COMPANY, "道具厂")} <= words
    assert {(WordKind.MAIL, "zsf@wudang.example"), (WordKind.MAIL, "wudang.example")} <= words
    assert (WordKind.TELEPHONE, "13812342026") in words
    assert (WordKind.TELEPHONE_PART, "2026") in words
    assert (WordKind.TELEPHONE_PART, "26") not in words


def test_latin_words_are_found_from_their_beginning_only():
    words = {word for _kind, word in words_of("C-1", "Amal Haddad", "ah", "Blue Bay 物流", "", [])}
    assert {"amal haddad", "haddad", "blue bay 物流", "bay 物流", "物流"} <= words
    assert "addad" not in words


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("张三", [("张三",)]),
        ("138 1234", [("1381234",)]),
        ("0042", [("0042",)]),
        ("0571", [("571", "0571")]),
        ("ＺＷ", [("zw",)]),
        ("%", []),
        ("__", [("__",)]),
        ("a\x00b\ud800", [("ab",)]),
        ('NEAR( OR "', [("near(",), ("or",)]),
        ("12", []),
        ("", []),
    ],
)
def test_words_are_looked_for_as_they_are(text, spellings):
    assert [one.spellings for one in sought(text)] == spellings


@pytest.mark.attack(15)
def test_ten_thousand_characters_are_a_short_question():
    asked = sought("张 " * 5_000) + sought("x" * 10_000) + sought("９" * 10_000)
    assert [len(one.spellings[0]) for one in asked] == [1, 16, 20]


def test_folding_leaves_chinese_alone():
    assert folded("  会议室Ａ\u200b\t１ ") == "会议室a 1"
