"""Pure rules about phrases: which of them stand in a text, and how one is put into it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class Worded(Protocol):
    """Anything that has words, text or a column of text."""

    @property
    def words(self) -> Any: ...


W = TypeVar("W", bound=Worded)


@dataclass(frozen=True, slots=True)
class Found(Generic[W]):
    """A phrase that stands in a text, from `start` up to `end` (characters of the text as it was typed)."""

    phrase: W
    start: int
    end: int


_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


def phrases_in(text: str, phrases: Iterable[W]) -> list[Found[W]]:
    """Which of `phrases` stand in `text`, in the order of the text; where two overlap, the longer one counts.

    Width, case, curly quotes, signs that cannot be seen and the amount of space make no difference; between Chinese
    characters space does not count at all. A phrase that begins or ends with a Latin letter is met as whole words
    ("but" is not in "button"). Simplified and traditional spellings are two phrases.

    Source: TKT-023, TKT-024.
    """
    line, places = _folded(text)
    met: list[tuple[int, int, W]] = []
    for phrase in phrases:
        wanted, _places = _folded(phrase.words)
        at = line.find(wanted) if wanted else -1
        while at >= 0:
            end = at + len(wanted)
            if _is_whole(line, at, end):
                met.append((at, end, phrase))
            at = line.find(wanted, at + 1)
    found: list[Found[W]] = []
    taken = bytearray(len(line))
    for start, end, phrase in sorted(met, key=lambda one: (one[0] - one[1], one[0])):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(Found(phrase, places[start], places[end - 1] + 1))
    return sorted(found, key=lambda one: one.start)


def put_in(text: str, words: str) -> str:
    """`text` with `words` after it, as a sentence of its own: without script a snippet goes to the end."""
    text = text.rstrip(" ")
    between = "" if not text or text.endswith("\n") or not text[-1].isascii() else " "
    return f"{text}{between}{words}"


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """`text` as it is compared, and for each of its characters the place in the text where it came from."""
    line: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for one in unicodedata.normalize("NFKC", sign).translate(_QUOTES).casefold():
            if unicodedata.category(one) in ("Cf", "Cs"):
                continue
            if one.isspace() or unicodedata.category(one) == "Cc":
                one = " "
                if not line or line[-1] == " " or not line[-1].isascii():
                    continue
            elif not one.isascii() and line and line[-1] == " ":
                line.pop()
                places.pop()
            line.append(one)
            places.append(place)
    if line and line[-1] == " ":
        line.pop()
        places.pop()
    return "".join(line), places


def _is_whole(line: str, start: int, end: int) -> bool:
    """Not in the middle of a Latin word."""
    before = line[start - 1 : start] if start else ""
    after = line[end : end + 1]
    return not (_latin(before) and _latin(line[start])) and not (_latin(line[end - 1]) and _latin(after))


def _latin(sign: str) -> bool:
    return bool(sign) and sign.isascii() and sign.isalnum()
