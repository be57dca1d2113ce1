"""What is different between two versions of a manual: clause by clause, word by word, value by value. Pure.

A clause is known by its id, whatever its number. Within one, a Chinese character is a word, a row of letters is one,
and a number is one with all of its digits: 五十元 → 八十元 loses 五十 and gains 八十, not 五 and 八.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property

from portal.kernel.text import Said, say
from portal.kernel.tokens import FIRST_SIGN
from portal.policies.rulebook import KEYS
from portal.policies.rules import ClauseText

MOST_WORDS = 1_000
"""Words on each side that are held against each other; of longer stretches whole sentences are."""
NEVER_ALONE = 2
"""A row of words between two changes that is no longer than this and than what changed is read as changed with them."""

EMPHASIS = "**"

_WORD = re.compile(
    r"\d+(?:[.,:]\d+)*"
    r"|[〇零一二两三四五六七八九十百千万亿半]+"
    rf"|[^\W{FIRST_SIGN}-\U0010ffff]+"
    r"|\n+|[^\S\n]+|.",
    re.DOTALL,
)
_SENTENCE = re.compile(r"[^。！？；\n]*(?:[。！？；]+|\n+|$)")


class Side(StrEnum):
    """Where words stand: in both versions, or in the older or the newer one alone."""

    BOTH = "both"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that follow each other and stand on the same side."""

    side: Side
    text: str


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """What a key is given by the older and by the newer version, line by line where it is a table: only lines that
    differ. None: no such line."""

    key: str
    label: Said
    lines: tuple[tuple[Said | None, Said | None, Said | None], ...]


@dataclass(frozen=True, slots=True)
class OpeningChange:
    """Words that open a manual, its purpose or its principles, where they are others: word by word."""

    label: Said
    pieces: Pieces


class What(StrEnum):
    """What happened to a clause."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class ClauseChange:
    """One clause in both versions; `old_at`, `new_at`: its place in each, None where it is not. `moved`: it stands
    elsewhere among the clauses that both have. Its number may be another one with or without that.

    Words are held against each other when they are first asked for: of a long manual only a part is on the page.
    """

    stable: str
    old: ClauseText | None
    new: ClauseText | None
    old_at: int | None
    new_at: int | None
    moved: bool
    values: tuple[ValueChange, ...]

    @cached_property
    def heading(self) -> Pieces:
        """Its heading, word by word."""
        return words(self.old.heading if self.old else "", self.new.heading if self.new else "")

    @cached_property
    def text(self) -> Pieces:
        """Its text, word by word."""
        return words(self.old.text if self.old else "", self.new.text if self.new else "")

    @property
    def size(self) -> int:
        """Signs of both sides."""
        return sum(len(one.heading) + len(one.text) for one in (self.old, self.new) if one)

    @property
    def what(self) -> What:
        """The gravest thing that happened to it: new words or values before a new place or number."""
        if self.old is None:
            return What.ADDED
        if self.new is None:
            return What.REMOVED
        if self.values or (self.old.heading, self.old.text) != (self.new.heading, self.new.text):
            return What.CHANGED
        return What.MOVED if self.moved or self.renumbered else What.SAME

    @property
    def renumbered(self) -> bool:
        """Whether both versions have it, under different numbers."""
        return self.old is not None and self.new is not None and self.old.number != self.new.number

    @property
    def number(self) -> str:
        """As the newer version calls it, or the older one where it is gone."""
        return self._shown.number

    @property
    def depth(self) -> int:
        """1 for clause 4, 2 for clause 4.2."""
        return self.number.count(".") + 1

    @property
    def read(self) -> Pieces:
        """The text as a reader sees it: see `without_marks`."""
        return without_marks(self.text)

    @property
    def _shown(self) -> ClauseText:
        shown = self.new or self.old
        assert shown is not None
        return shown


def difference(old: Sequence[ClauseText], new: Sequence[ClauseText]) -> list[ClauseChange]:
    """Every clause of both versions in the order of the newer one; what is gone stands where it stood.

    `side` of the parts of each gives back both versions word for word.
    """
    old_at = {one.stable: at for at, one in enumerate(old)}
    new_at = {one.stable: at for at, one in enumerate(new)}
    stays = _in_order([old_at[one.stable] for one in new if one.stable in old_at])
    found = []
    gone = [one for one in old if one.stable not in new_at]
    after: dict[int, list[ClauseText]] = {}
    for one in gone:
        before = next(
            (old[at].stable for at in range(old_at[one.stable] - 1, -1, -1) if old[at].stable in new_at), None
        )
        after.setdefault(new_at[before] if before else -1, []).append(one)
    for at in range(-1, len(new)):
        if at >= 0:
            one = new[at]
            was = old[old_at[one.stable]] if one.stable in old_at else None
            moved = was is not None and old_at[one.stable] not in stays
            found.append(_change(was, one, old_at.get(one.stable), at, moved))
        found += [_change(lost, None, old_at[lost.stable], None, False) for lost in after.get(at, ())]
    return found


def values_of(changes: Sequence[ClauseChange]) -> list[tuple[ValueChange, ClauseChange]]:
    """Every value that differs between the versions, once, with the clause that says so: what only moved from one
    clause to another is none."""
    old = {key: value for one in changes if one.old for key, value in one.old.rulings.items()}
    new = {key: value for one in changes if one.new for key, value in one.new.rulings.items()}
    by_key: dict[str, ClauseChange] = {}
    for one in changes:
        for key in one.old.rulings if one.old else ():
            by_key.setdefault(key, one)
        for key in one.new.rulings if one.new else ():
            by_key[key] = one
    said = [(value_change(key, old.get(key), new.get(key)), one) for key, one in by_key.items()]
    return [(value, one) for value, one in said if value]


def side(pieces: Pieces, which: Side) -> str:
    """The text as that version has it."""
    return "".join(one.text for one in pieces if one.side in (Side.BOTH, which))


def openings(old: tuple[str, str], new: tuple[str, str]) -> list[OpeningChange]:
    """Purpose and principles, each where it is another one: these two of both versions in their order."""
    labels = (say("Purpose"), say("Principles"))
    return [
        OpeningChange(label, words(before, after))
        for label, before, after in zip(labels, old, new, strict=True)
        if before != after
    ]


def words(old: str, new: str) -> Pieces:
    """How `new` differs from `old`, in whole words."""
    if old == new:
        return (Piece(Side.BOTH, old),) if old else ()
    return tuple(_joined(_readable(list(_compared(_WORD.findall(old), _WORD.findall(new))))))


def without_marks(pieces: Pieces) -> Pieces:
    """The pieces without marks of emphasis, which are no words, unless nothing but them came or went."""
    old, new = (side(pieces, which).replace(EMPHASIS, "") for which in (Side.OLD, Side.NEW))
    if old == new:
        return pieces
    bare = (Piece(one.side, one.text.replace(EMPHASIS, "")) for one in pieces)
    return tuple(one for one in bare if one.text)


# ── Clauses ──


def _change(
    old: ClauseText | None, new: ClauseText | None, old_at: int | None, new_at: int | None, moved: bool
) -> ClauseChange:  # fmt: skip
    shown = new or old
    assert shown is not None
    return ClauseChange(
        shown.stable, old, new, old_at, new_at,
        moved,
        tuple(_values(old, new)),
    )  # fmt: skip


def _values(old: ClauseText | None, new: ClauseText | None) -> Iterator[ValueChange]:
    before, after = (old.rulings if old else {}), (new.rulings if new else {})
    for key in dict.fromkeys([*before, *after]):
        if change := value_change(key, before.get(key), after.get(key)):
            yield change


def value_change(name: str, old: str | None, new: str | None) -> ValueChange | None:
    """What a key is given by one and the other; None: it is not ruled on. None for the same value, and for a key that
    no code asks for any more: it rules nothing."""
    if old == new or name not in KEYS:
        return None
    key = KEYS[name]
    before = {one.when: one.value for one in key.lines(key.read(old))} if old is not None else {}
    after = {one.when: one.value for one in key.lines(key.read(new))} if new is not None else {}
    lines = [
        (when, before.get(when), after.get(when))
        for when in dict.fromkeys([*after, *before])
        if before.get(when) != after.get(when)
    ]
    return ValueChange(name, key.label, tuple(lines))


def _in_order(places: Sequence[int]) -> set[int]:
    """The longest part of `places` that grows: the clauses around which the others were moved."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            last.append(at)
        else:
            ends[length], last[length] = place, at
    found, at = set(), last[-1] if last else -1
    while at >= 0:
        found.add(places[at])
        at = before[at]
    return found


# ── Words ──


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """The differing middle of two rows of words; bounded, whatever somebody published."""
    head = _same(zip(old, new, strict=False))
    rest = min(len(old), len(new)) - head
    tail = _same(zip(reversed(old[len(old) - rest :]), reversed(new[len(new) - rest :]), strict=True)) if rest else 0
    yield Piece(Side.BOTH, "".join(old[:head]))
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(a), len(b)) > MOST_WORDS:
        a, b = _SENTENCE.findall("".join(a)), _SENTENCE.findall("".join(b))
    if max(len(a), len(b)) > MOST_WORDS:
        yield from (Piece(Side.OLD, "".join(a)), Piece(Side.NEW, "".join(b)))
    else:
        for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            if kind == "equal":
                yield Piece(Side.BOTH, "".join(a[a1:a2]))
            else:
                yield from (Piece(Side.OLD, "".join(a[a1:a2])), Piece(Side.NEW, "".join(b[b1:b2])))
    yield Piece(Side.BOTH, "".join(old[len(old) - tail :]))


def _same(pairs: Iterator[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _readable(pieces: list[Piece]) -> Iterator[Piece]:
    """Without islands: a word or two that two changes happen to share is no help to whoever reads them."""
    pieces = [one for one in pieces if one.text]
    for at, one in enumerate(pieces):
        island = (
            one.side is Side.BOTH
            and 0 < at < len(pieces) - 1
            and "\n" not in one.text
            and len(_WORD.findall(one.text)) <= NEVER_ALONE
            and len(one.text) <= _longest(pieces[max(at - 2, 0) : at])
            and len(one.text) <= _longest(pieces[at + 1 : at + 3])
        )
        if island:
            yield from (Piece(Side.OLD, one.text), Piece(Side.NEW, one.text))
        else:
            yield one


def _longest(near: Sequence[Piece]) -> int:
    return max((len(one.text) for one in near if one.side is not Side.BOTH), default=0)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece: between two stretches of common words first all that went, then all that
    came."""
    old: list[str] = []
    new: list[str] = []
    both: list[str] = []

    def changed() -> Iterator[Piece]:
        if old:
            yield Piece(Side.OLD, "".join(old))
        if new:
            yield Piece(Side.NEW, "".join(new))
        old.clear()
        new.clear()

    for one in pieces:
        if one.side is Side.BOTH:
            yield from changed()
            both.append(one.text)
        else:
            if both:
                yield Piece(Side.BOTH, "".join(both))
                both.clear()
            (old if one.side is Side.OLD else new).append(one.text)
    yield from changed()
    if both:
        yield Piece(Side.BOTH, "".join(both))
