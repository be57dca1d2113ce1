"""Text is compared as people mean it, and every part of it can be looked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.tokens import LONGEST_QUESTION, asked, folded, marked, snippet, tokens
from tests.kernel import characters


def says(text: str, question: str) -> bool:
    """Whether an index of the text's tokens would answer the question, as the databases do."""
    row = tokens(text)

    def met(phrase) -> bool:
        *first, last = phrase.tokens
        for start in range(len(row) - len(first)):
            end = row[start + len(first)]
            same = end.startswith(last) if phrase.beginning else end == last
            if row[start : start + len(first)] == first and same:
                return True
        return False

    meant = asked(question)
    return bool(meant) and all(met(one) for one in meant.phrases)


@pytest.mark.attack(37)
@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("打印机卡纸", "印"), ("打印机卡纸", "打印"), ("打印机卡纸", "打印机"), ("打印机卡纸", "机卡纸"),
        ("借用會議室Ａ三天", "会议室A"), ("借用会议室a3三天", "會議室A3"), ("借用会议室A3三天", "会议室a"),
        ("档案借阅", "檔案借閱"), ("檔案借閱", "档案"), ("臺灣的線路", "台湾的线"),
        ("电话１２３４５", "12345"), ("电话12345", "１２３"), ("ＶＰＮ账号", "vpn"), ("VPN账号", "vpn账号"),
        ("用户𠮷野家", "𠮷"), ("用户𠮷野家", "𠮷野"), ("价格再加", "加"), ("价格再加", "再加"),
        ("Café Müller", "cafe muller"),
        ("第3号楼", "3号楼"), ("a", "A"), ("看著看著", "看着"), ("路由器每天晚上重启", "重启 路由器"),
    ],
)  # fmt: skip
def test_what_a_text_says_is_found(text, question):
    assert says(text, question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("打印，机器", "打印机"),  # not one word
        ("会议室B", "会议室A"), ("13号楼", "3号楼"), ("印刷", "打印"), ("about", "a"), ("重启电脑", "重启 路由器"),
        ("anything", "%"), ("anything", "_"), ("anything", ""), ("anything", '" * ('),
    ],
)  # fmt: skip
@pytest.mark.attack(15)
def test_what_a_text_does_not_say_is_not_found(text, question):
    assert not says(text, question)


@given(st.text(alphabet="打印机会议室甲乙ab1 ，。", min_size=1, max_size=40), st.data())
def test_every_part_of_a_chinese_text_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    part = text[start:end]
    whole_latin = not re.match(r"[ab1]", part) or start == 0 or not re.match(r"[ab1]", text[start - 1])
    letters = [one for one in re.findall(r"[ab1]+", part) if len(one) == 1]
    if asked(part) and whole_latin and not letters:
        assert says(text, part)


@given(st.text(max_size=300))
@pytest.mark.attack(15)
def test_no_sign_of_a_question_has_a_meaning_of_its_own(text):
    for phrase in asked(text).phrases:
        for token in phrase.tokens:
            assert token.isalnum()
            assert folded(token) == token


@pytest.mark.attack(15)
def test_a_question_has_an_end():
    assert len(asked("很长" * 5_000).words[0]) == LONGEST_QUESTION
    assert len(asked(" ".join(f"w{n}" for n in range(500))).words) <= 12
    assert max(map(len, tokens("x" * 10_000))) <= 64


@given(st.text(max_size=200), st.text(max_size=20))
@pytest.mark.attack(1)
def test_what_was_met_is_marked_and_nothing_else_changes(text, question):
    words = asked(question).words
    html = str(marked(text, words))
    assert html.replace("<mark>", "").replace("</mark>", "") == str(marked(text, ()))
    assert "<" not in html.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.attack(1, 37)
def test_a_snippet_shows_the_place_as_it_was_typed():
    text = "前" * 60 + "请看<b>會議室Ａ</b>的投影" + "后" * 200
    shown = str(snippet(text, asked("会议室a").words))
    assert "&lt;b&gt;<mark>會議室Ａ</mark>&lt;/b&gt;" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 220
    assert str(snippet("只有标题说到", asked("别的").words)) == "只有标题说到"
    assert str(snippet("about a plan", asked("a").words)) == "about <mark>a</mark> plan"


def test_the_table_of_characters_is_what_opencc_says():
    assert characters.FILE.read_text(encoding="utf-8") == characters.written()
