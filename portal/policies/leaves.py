"""A long version is read leaf by leaf: its contents, and of the text one chapter or a few that fit together. Pure.

What fits on one page stays on one. A clause's address names it twice (`?at=4.2#c-4.2`): the portal opens the leaf that
has it, and the browser goes to it there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

LONG = 90_000
"""Signs of a version that is still one page: three hundred kilobytes in Chinese."""
ROOM = 40_000
"""Signs of a leaf. A clause that is longer has one for itself."""
FRAME = 400
"""Signs that a clause costs beside its text."""
MOST_CHAPTERS = 250
"""Of a version with more, the contents of another leaf are its first clause and its last."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A clause in the contents; `size`: signs of its text as it is shown."""

    number: str
    stable: str
    heading: str
    size: int

    @property
    def depth(self) -> int:
        """1 for clause 4, 2 for clause 4.2."""
        return self.number.count(".") + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents: where it leads, and up to which clause it stands for the others of its leaf."""

    line: Line
    href: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The clauses from `first` on, before `end`; what the contents say beside them; the first clause of its
    neighbours."""

    first: int
    end: int
    contents: Sequence[Entry]
    before: Entry | None
    after: Entry | None
    there: frozenset[str]

    def href(self, stable: str) -> str:
        """Where a link of the text to another clause leads."""
        return f"#s-{stable}" if stable in self.there else f"?at=s-{stable}#s-{stable}"


def address(number: str) -> str:
    """What stands behind the address of a version for one of its clauses."""
    return f"?at={number}#c-{number}"


def leaf_at(lines: Sequence[Line], at: str) -> Leaf:
    """The leaf with the clause `at`: its number, or `s-` and its id; the first one for a clause that is not there."""
    bounds = divided(lines)
    place = next((at_ for at_, one in enumerate(lines) if at in (one.number, f"s-{one.stable}")), 0)
    here = next((one for one in bounds if one[0] <= place < one[1]), (0, 0))
    which = bounds.index(here) if here in bounds else 0
    return Leaf(
        *here,
        [*_contents(lines, bounds, here)],
        _entry(lines[bounds[which - 1][0]]) if which else None,
        _entry(lines[bounds[which + 1][0]]) if which + 1 < len(bounds) else None,
        frozenset(one.stable for one in lines[here[0] : here[1]]),
    )


def _contents(lines: Sequence[Line], bounds: Sequence[tuple[int, int]], here: tuple[int, int]) -> Sequence[Entry]:
    """Every clause of this leaf, and of the others their chapters."""
    found = []
    few = sum(one.depth == 1 for one in lines) <= MOST_CHAPTERS
    for first, end in bounds:
        if (first, end) == here:
            found += [Entry(one, f"#c-{one.number}") for one in lines[first:end]]
            continue
        chapters = [one for one in lines[first:end] if one.depth == 1]
        if few and chapters:
            found += [_entry(one) for one in chapters]
        elif not few:
            found.append(Entry(lines[first], address(lines[first].number), lines[end - 1].number))
    return found


def _entry(line: Line) -> Entry:
    return Entry(line, address(line.number))


def divided(lines: Sequence[Line], *, long: int = LONG, room: int = ROOM) -> list[tuple[int, int]]:
    """Where leaves begin and end: chapters together as far as there is room, and a chapter apart where it has more.
    What is no longer than `long` is one."""
    if sum(map(_weight, lines)) <= long:
        return [(0, len(lines))]
    chapters: list[list[int]] = []
    for at, one in enumerate(lines):
        if one.depth == 1 or not chapters:
            chapters.append([])
        chapters[-1].append(at)
    pieces = [piece for chapter in chapters for piece in packed(chapter, lambda at: _weight(lines[at]), room)]
    leaves = packed(pieces, lambda piece: sum(_weight(lines[at]) for at in piece), room)
    return [(leaf[0][0], leaf[-1][-1] + 1) for leaf in leaves]


def _weight(one: Line) -> int:
    return one.size + len(one.heading) + FRAME


def packed(things: Sequence[T], weight: Callable[[T], int], room: int) -> list[list[T]]:
    """Neighbours together as long as they fit into `room`; what does not fit anywhere stands alone."""
    found: list[list[T]] = []
    free = 0
    for one in things:
        heavy = weight(one)
        if not found or heavy > free:
            found.append([])
            free = room
        found[-1].append(one)
        free -= heavy
    return found
