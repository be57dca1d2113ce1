"""What is different between the questions about two versions of a manual. Pure.

A question has no id: it is known by its words, or by words much like them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from portal.policies.difference import Pieces, What, words
from portal.policies.quiz_rules import Choice, Question

ALIKE = 0.4
"""The share of pairs of signs that two questions have in common from which on one is the other reworded."""


@dataclass(frozen=True, slots=True)
class ChoiceChange:
    """An answer in both versions; None where it is not."""

    old: Choice | None
    new: Choice | None

    @property
    def words(self) -> Pieces:
        """Its words, word by word."""
        return words(self.old.words if self.old else "", self.new.words if self.new else "")

    @property
    def right(self) -> tuple[bool, bool]:
        """Whether it was right and is right now."""
        return bool(self.old and self.old.right), bool(self.new and self.new.right)


@dataclass(frozen=True)
class QuestionChange:
    """One question in both versions; None where it is not."""

    old: Question | None
    new: Question | None

    @property
    def what(self) -> What:
        """What happened to it."""
        return What.ADDED if self.old is None else What.REMOVED if self.new is None else What.CHANGED

    @property
    def stable(self) -> str:
        """The clause in which the answer stands, as the newer version names it."""
        return (self.new or self.old or _NONE).stable

    @cached_property
    def words(self) -> Pieces:
        """Its words, word by word."""
        return words(self.old.words if self.old else "", self.new.words if self.new else "")

    @cached_property
    def choices(self) -> list[ChoiceChange]:
        """Its answers in the order of the newer version; what is gone comes last."""
        old = list(self.old.choices if self.old else ())
        new = list(self.new.choices if self.new else ())
        was = {one.words: one for one in old}
        left = [one for one in old if one.words not in {each.words for each in new}]
        found = []
        for one in new:
            before = was.get(one.words) or (left.pop(0) if left and self.old and self.new else None)
            found.append(ChoiceChange(before, one))
        return [*found, *(ChoiceChange(one, None) for one in left)]


_NONE = Question("", ())


def without_answers(questions: Sequence[Question]) -> list[Question]:
    """The questions as whoever may not see what is right sees them."""
    return [replace(one, choices=tuple(replace(each, right=False) for each in one.choices)) for one in questions]


def changes(old: Sequence[Question], new: Sequence[Question]) -> list[QuestionChange]:
    """Every question that is new, gone, or has other words, answers or another clause; in the order of the newer
    version, what is gone last."""
    pairs = dict(_pairs(old, new))
    gone = [one for at, one in enumerate(old) if at not in pairs.values()]
    found = [QuestionChange(old[pairs[at]] if at in pairs else None, one) for at, one in enumerate(new)]
    return [*(one for one in found if one.old != one.new), *(QuestionChange(one, None) for one in gone)]


def _pairs(old: Sequence[Question], new: Sequence[Question]) -> Iterator[tuple[int, int]]:
    """Places in the newer and the older version of what is the same question: by its words first, then the likest."""
    free = {at: _signs(one.words) for at, one in enumerate(old)}
    left = {}
    for at, one in enumerate(new):
        same = next((place for place in free if old[place].words == one.words), None)
        if same is None:
            left[at] = _signs(one.words)
        else:
            del free[same]
            yield at, same
    alike = sorted(
        ((_alike(mine, theirs), at, place) for at, mine in left.items() for place, theirs in free.items()),
        key=lambda one: (-one[0], one[1:]),
    )
    for share, at, place in alike:
        if share >= ALIKE and at in left and place in free:
            del left[at], free[place]
            yield at, place


def _signs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(max(len(text) - 1, 1)))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
