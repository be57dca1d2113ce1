"""Texts to begin a manual with, in our own words: the code of conduct that a first installation has (POL-009), and
outlines whose sections say what belongs there (POL-022, POL-024, POL-025, POL-049).

Each is a file in `starters/`, as `manuscript` reads it. What is begun with one is a draft like any other: nothing binds
before it went its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.kernel.text import Said, say
from portal.policies import manuscript
from portal.policies.rules import ClauseText
from portal.policies.states import Category, ManualKind, Phase

_FOLDER = Path(__file__).parent / "starters"
CODE_OF_CONDUCT = "conduct"
LABELS: Mapping[str, Said] = {
    CODE_OF_CONDUCT: say("code of conduct: a whole text to begin with"),
    "operations": say("operations manual: methods, standards, patterns, tools, objects, process"),
    "process": say("regulation of a process: posts, split of duties, constraints"),
    "network": say("regulation of the network: access, users, configuration"),
    "team": say("regulation of a service team: who is covered, safety, inspection, liability"),
}
"""What there is to begin with, by name, in the order of the list."""
YEAR = 365


@dataclass(frozen=True, slots=True)
class Starter:
    """A text to begin with, and what it says of the manual. `review_after`: days until it is looked at again."""

    name: str
    titles: Mapping[str, str]
    kind: ManualKind
    category: Category
    purpose: str
    principles: str
    phases: tuple[Phase, ...]
    review_after: int | None
    clauses: tuple[ClauseText, ...]


@cache
def starter(name: str) -> Starter:
    """The text with this name. Raises KeyError for none."""
    LABELS[name]
    read = manuscript.read((_FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    head = read.head
    titles = {"zh-CN": head["title"], "en": head["title-en"], "zh-TW": head["title-zh-TW"]}
    return Starter(
        name, titles, ManualKind(head["kind"]), Category(head["category"]), head["purpose"], head["principles"],
        tuple(Phase(one) for one in head.get("phases", "").split()), YEAR if "review" in head else None, read.clauses,
    )  # fmt: skip
