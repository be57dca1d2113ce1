"""What every table of the results is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.servers import Pair


@dataclass(frozen=True, slots=True)
class Bench:
    """One run: data folders by the number of tickets in them, and how often each page is asked."""

    folders: dict[int, Path]
    rounds: int

    @property
    def small(self) -> int:
        """The size that the others are held against."""
        return min(self.folders)

    @property
    def biggest(self) -> int:
        """The largest company."""
        return max(self.folders)


HEAD = (
    "| Page | CPU | time | against | CPU | time | ratio | target | |",
    "|---|---|---|---|---|---|---|---|---|",
)
"""A table of pairs: the ratio is of the CPU times."""


def row(what: str, against: str, pair: Pair, target: str, good: bool | None) -> str:
    """One line of a table with `HEAD`; `good` is None where no target is set."""
    ours, theirs = pair.ours, pair.theirs
    costs = f"{ours.cpu:.1f} ms | {ours.wall:.1f} ms | {against} | {theirs.cpu:.1f} ms | {theirs.wall:.1f} ms"
    return f"| {what} | {costs} | {pair.ratio:.2f} | {target} | {'' if good is None else verdict(good)} |"


def verdict(good: bool | None) -> str:
    """A target that is missed is said in bold; None where none is set."""
    return "" if good is None else "met" if good else "**missed**"
