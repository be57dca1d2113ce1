"""Pure rules about people's names and units, and about the guarding of accounts."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from unicodedata import normalize

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


SIGN_IN, SIGNING = "sign-in", "signing"
"""What tries of a secret are counted for: getting in, and proving again who one is."""


def sign_in_key(name: str) -> str:
    """A sign-in name as it is kept and compared: an input method's wide letters and capitals make no difference."""
    return normalize("NFKC", name).strip().casefold()


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a secret was tried in a row. `locked_until`: set by the last try that was allowed."""

    count: int
    last_at: datetime
    locked_until: datetime | None


def one_more(before: Tries | None, at: datetime, most: int, lock: timedelta) -> Tries | None:
    """The count with one more try at `at`, or None: the try is not to be judged at all.

    The try that reaches `most` is still judged and locks for `lock`; while locked nothing is counted, so that nobody
    keeps somebody else's account locked for ever. Tries further back than `lock` are forgotten.
    """
    if before and before.locked_until and at < before.locked_until:
        return None
    in_a_row = before and before.locked_until is None and at - before.last_at < lock
    count = before.count + 1 if before and in_a_row else 1
    return Tries(count, at, at + lock if count >= most else None)


_BROWSERS = (
    ("wxwork/", "WeCom"), ("MicroMessenger/", "WeChat"), ("DingTalk/", "DingTalk"), ("Lark/", "Feishu"),
    ("QQBrowser/", "QQ Browser"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(user_agent: str) -> str:
    """Edge · Windows: by what a person knows their browser again. Empty for one that does not say."""
    found = [next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found))


Days = tuple[date, date | None]
"""From a day until the day before another one; None: without end."""


def succeed(periods: Sequence[Days], from_on: date) -> tuple[int | None, date | None]:
    """Where a new entry that holds from `from_on` belongs among `periods`, of which one holds at a time.

    Returns which of them it shortens to `from_on` (its place, or None) and the day on which the new one ends: it takes
    over the rest of the period in which it begins, or reaches to the next one. One that began on the same day is left
    with no day at all: it was put right.
    """
    for place, (begins, ends) in enumerate(periods):
        if begins <= from_on and (ends is None or from_on < ends):
            return place, ends
    later = [begins for begins, ends in periods if begins > from_on and begins != ends]
    return None, min(later, default=None)


def quarter_of(day: date) -> str:
    """The quarter in which a day lies, as periods of appraisals are written: 2026-Q4."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def folded(words: str) -> str:
    """`words` without what makes no other meaning: spaces, punctuation, case, full-width forms."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", words).casefold())


ALIKE = 0.6
"""From this share of common pairs of signs on, two sentences are pointed out as perhaps saying the same."""


def alike(sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Places of sentences that may say the same: compared by the pairs of signs that both have (ORG-005).

    Sentences that are the same but for spaces and punctuation are left out: those are one and the same.
    """
    words = [folded(one) for one in sentences]
    pairs = [set(pairwise(one)) for one in words]
    where: dict[tuple[str, str], list[int]] = {}
    common: Counter[tuple[int, int]] = Counter()
    for place, found in enumerate(pairs):
        for pair in found:
            before = where.setdefault(pair, [])
            common.update((other, place) for other in before)
            before.append(place)
    return sorted(
        (one, other)
        for (one, other), count in common.items()
        if words[one] != words[other] and count >= ALIKE * (len(pairs[one]) + len(pairs[other]) - count)
    )
