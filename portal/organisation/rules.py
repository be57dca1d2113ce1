"""Pure rules about people's names and units."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

FIRST_CHINESE = "\u2e80"
SURNAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "盖": "ge", "区": "ou",
    "覃": "qin", "尹": "yin", "乐": "yue", "盛": "sheng", "缪": "miao", "员": "yun", "折": "she", "种": "chong",
}  # fmt: skip
"""Characters that are spoken differently as a surname; the rest of a name follows the common reading."""


def sort_key(name: str) -> str:
    """Names sort by their pronunciation: 安琪, 李娜, 王芳, 张伟. Plain ASCII letters, the same on both databases."""
    return " ".join(f"{spoken}{ord(sign):x}" if spoken != sign else spoken for sign, spoken in _spoken(name))


def initials(name: str) -> str:
    """The first letters of a name's characters or words, to be found by: 张伟 is zw, Li Na is ln."""
    return "".join(spoken[0] for _sign, spoken in _spoken(name) if spoken[0].isalnum() and spoken[0] < FIRST_CHINESE)


def _spoken(name: str) -> list[tuple[str, str]]:
    """(character, its reading) for Chinese, (word, word) for the rest; all in small letters."""
    found: list[tuple[str, str]] = []
    for position, word in enumerate(name.strip().casefold().split()):
        if all(sign < FIRST_CHINESE for sign in word):
            found.append((word, word))
            continue
        for place, sign in enumerate(word):
            surname = SURNAMES.get(sign) if position == place == 0 else None
            found.append((sign, surname or _reader()(sign)[0] or sign))
    return found


@cache
def _reader() -> Any:
    """The library's single characters alone are 14 MiB; with its phrases, which names do not need, they are 58."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    return lazy_pinyin
