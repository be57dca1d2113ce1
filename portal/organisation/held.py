"""What people hold: higher floors register here what may be overdue (ORG-035) and what a leaver must hand on.

held.register(my_open_tickets)      # in the feature's own module; `create_app` imports it

def my_open_tickets(people: Collection[int], before: datetime | None, reader: Staff | None) -> Iterable[Held]:
    # open ones of these people; with `before`, only those that were due by then; with `reader`, as that reader may know
    # of them: nothing that is about the reader, and neither number nor title of what the reader may not open
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.kernel.text import Said
from portal.organisation.staff import Staff


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that waits for a person. `what`: its kind ("ticket"), `title`: text as it was typed, or a sentence;
    `hand_on`: the address where it gets another holder, where that is not its own page; `href`: empty where the reader
    may not open it."""

    person_id: int
    what: Said
    number: str
    title: str | Said
    href: str
    due_at: datetime | None = None
    hand_on: str = ""

    def is_late(self, at: datetime) -> bool:
        """Whether it was due before `at`."""
        return self.due_at is not None and self.due_at < at


Source = Callable[[Collection[int], datetime | None, Staff | None], Iterable[Held]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let `source` be asked; also a decorator. Once for each."""
    if source not in _sources:
        _sources.append(source)
    return source


def held_by(people: Collection[int], before: datetime | None = None, reader: Staff | None = None) -> list[Held]:
    """What waits for these people, the next one due first; with `before`, only what was due by then; with `reader`,
    as far as that reader may know of it."""
    found: list[Held] = [one for source in _sources for one in source(people, before, reader)] if people else []
    return sorted(found, key=_by_due)


def _by_due(one: Held) -> tuple[bool, Any, str]:
    return (one.due_at is None, one.due_at, one.number)
