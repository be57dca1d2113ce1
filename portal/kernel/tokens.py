"""How text is compared when somebody looks for it: folded, cut into tokens, marked where it was met. Pure.

A Chinese character is a unit, a run of Latin letters and digits is one. Units that touch have a pair between them, so
that every substring is an unbroken row of tokens: 会议室A is 会 会议 议 议室 室 室a a. Both databases keep the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

FIRST_SIGN = "\u2e80"
"""From here on a character stands for itself: Chinese, kana, Hangul. Before it, letters make words."""
LONGEST_QUESTION = 200
MOST_WORDS = 12
LONGEST_UNIT = 64
"""Of a row of letters that is longer, what is compared: PostgreSQL keeps no token of any length."""
AROUND = 30
"""Characters that a snippet shows before what was met."""
SNIPPET = 110
_CACHED = 30_000


def _simplified() -> dict[str, str]:
    """Traditional characters and what they are written as in simplified text."""
    lines = (Path(__file__).parent / "simplified.txt").read_text(encoding="utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


class _Folding(dict[int, str]):
    """Character → as it is compared; worked out once for each that is met."""

    def __init__(self) -> None:
        self.simplified = _simplified()

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(code))
        bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
        whole = unicodedata.normalize("NFKC", bare).casefold()
        found = "".join(
            self.simplified.get(sign, sign) for sign in whole if unicodedata.category(sign) not in ("Cf", "Cs")
        )
        if len(self) < _CACHED:
            self[code] = found
        return found


_FOLDING = _Folding()


def folded(text: str) -> str:
    """`text` as it is compared: half width, small letters without accents, simplified characters, nothing unseen."""
    return text.translate(_FOLDING)


def _words(text: str) -> Iterator[str]:
    """Unbroken rows of letters, digits and Chinese characters in folded text."""
    word: list[str] = []
    for sign in text:
        if sign.isalnum():
            word.append(sign)
        elif word:
            yield "".join(word)
            word.clear()
    if word:
        yield "".join(word)


_UNIT = re.compile(f"[^{FIRST_SIGN}-\U0010ffff]+|[{FIRST_SIGN}-\U0010ffff]")


def _row(word: str) -> list[str]:
    """The tokens of one word: its units with a pair between each two."""
    units = [unit[:LONGEST_UNIT] for unit in _UNIT.findall(word)]
    row = units[:1]
    for before, unit in pairwise(units):
        row += (before[-1] + unit[0], unit)
    return row


def tokens(text: str) -> list[str]:
    """What an index keeps of `text`, in its order."""
    return [token for word in _words(folded(text)) for token in _row(word)]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that must follow each other; `beginning`: the last one may go on."""

    tokens: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for: `words` as they are compared, every one of which must occur."""

    words: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def phrases(self) -> list[Phrase]:
        """Each word as the index is asked for it."""
        return [_phrase(word) for word in self.words]

    @property
    def pairs(self) -> tuple[str, ...]:
        """Pairs of characters and whole Latin words of two letters or more: what two texts about one thing share."""
        row = (token for word in self.words for token in _row(word))
        return tuple(dict.fromkeys(one for one in row if len(one) > 1))


def asked(text: str) -> Asked:
    """What `text`, typed by somebody, looks for. No sign in it has a meaning of its own."""
    words = dict.fromkeys(_words(folded(text[:LONGEST_QUESTION])))
    return Asked(tuple(sorted(words, key=len, reverse=True)[:MOST_WORDS]))


def _phrase(word: str) -> Phrase:
    row = _row(word)
    last_is_word = row[-1] < FIRST_SIGN
    if len(row) == 1:
        return Phrase(tuple(row), beginning=last_is_word and len(word) > 1)
    inner = row[1:-1]  # a character is in its pair already
    if row[0] < FIRST_SIGN:
        inner = [row[0], *inner]
    if last_is_word and len(row[-1]) > 1:
        return Phrase((*inner, row[-1]), beginning=True)
    return Phrase(tuple(inner))


# ── Where it was met ──


def places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where `text` says one of the words of a question, in its order and without overlaps."""
    low, origin = _with_origin(text)
    met: list[tuple[int, int]] = []
    for hit in _pattern(tuple(words)).finditer(low):
        start, end = origin[hit.start()], origin[hit.end() - 1] + 1
        if met and start < met[-1][1]:
            continue
        met.append((start, end))
    return met


def _with_origin(text: str) -> tuple[str, Sequence[int]]:
    """Folded text and for each of its characters the place in `text` that it comes from."""
    parts = [_FOLDING[ord(sign)] for sign in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _sign in part]


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """The words, the longest first; a Latin one begins where a word begins, and one letter is a whole word."""
    latin = r"[^\W_\u2e80-\U0010ffff]"
    parts = []
    for word in sorted(words, key=len, reverse=True):
        begins = rf"(?<!{latin})" if word[0] < FIRST_SIGN else ""
        ends = rf"(?!{latin})" if len(word) == 1 and word < FIRST_SIGN else ""
        parts.append(begins + re.escape(word) + ends)
    return re.compile("|".join(parts) or r"(?!)")


def marked(text: str, words: Sequence[str]) -> Markup:
    """`text`, escaped, with what was met between `mark` tags."""
    return _mark(text, places(text, words))


def snippet(text: str, words: Sequence[str]) -> Markup:
    """The lines around the first place that was met, on one line, marked and escaped; the beginning without any."""
    met = places(text, words)
    start = max(0, met[0][0] - AROUND) if met else 0
    if start <= 6:  # a beginning that is nearly there is shown
        start = 0
    end = min(len(text), start + SNIPPET)
    inside = [(begin - start, min(stop, end) - start) for begin, stop in met if start <= begin < end]
    shown = _mark(text[start:end].replace("\n", " "), inside)
    return Markup("{}{}{}").format("…" if start else "", shown, "…" if end < len(text) else "")


def _mark(text: str, met: Sequence[tuple[int, int]]) -> Markup:
    parts, after = [], 0
    for start, end in met:
        parts += [Markup.escape(text[after:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        after = end
    return Markup("").join([*parts, Markup.escape(text[after:])])
