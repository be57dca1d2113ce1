"""The words that the code itself acts on: which list, what a phrase is for, what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum

from portal.kernel.text import Said, say


class List(IntEnum):
    """The lists, by the number under which the journal keeps their history."""

    KINDS = 1
    ROUTING = 2
    PHRASES = 3
    TEMPLATES = 4


class Use(StrEnum):
    """What a phrase is for: not to be written (TKT-023), better not (TKT-024), or to be put into a reply (TKT-025)."""

    FORBIDDEN = "forbidden"
    DISCOURAGED = "discouraged"
    SNIPPET = "snippet"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _USES[self]


class Category(StrEnum):
    """The shelves of the phrase library (TKT-025). Two are lost in its source: what fits nowhere stands under OTHER."""

    GREETING = "greeting"
    FAREWELL = "farewell"
    APOLOGY = "apology"
    THANKS = "thanks"
    ANSWERING = "answering"
    EXPLAINING = "explaining"
    CONSULTING = "consulting"
    COURTESY = "courtesy"
    OTHER = "other"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _CATEGORIES[self]


CONSULTATION = "consultation"
REQUIRED_KINDS = frozenset(
    {CONSULTATION, "complaint", "repair", "suggestion", "dispute", "installation", "order", "incident"}
)
"""Kinds that are never switched off (TKT-001)."""
REAL_ESTATE = "real-estate"
"""The type of consultation that is never switched off (TKT-027)."""

RANKS: dict[str, Callable[[], Sequence[tuple[str, str]]]] = {}
"""How many are hit (`impact`) and how soon it hurts (`urgency`), as a template may say it: tickets give the words."""
MOST_STEPS = 20

_USES = {
    Use.FORBIDDEN: say("forbidden"),
    Use.DISCOURAGED: say("better not"),
    Use.SNIPPET: say("snippet"),
}
_CATEGORIES = {
    Category.GREETING: say("greeting"),
    Category.FAREWELL: say("farewell"),
    Category.APOLOGY: say("apology"),
    Category.THANKS: say("thanks"),
    Category.ANSWERING: say("answering"),
    Category.EXPLAINING: say("explaining"),
    Category.CONSULTING: say("asking the customer"),
    Category.COURTESY: say("courtesy in ten characters"),
    Category.OTHER: say("other"),
}
