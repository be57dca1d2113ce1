"""What waits for a person now: features register it here, Today shows it in the order of its deadlines.

waiting.register(my_tickets)      # in a feature's `agenda.py`, which `create_app` imports

def my_tickets(reader: Staff, at: datetime) -> Iterable[ToDo]:
    # what nobody but the reader can do, narrowed to what the reader may see: the first `MOST`; at most two statements
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.kernel.text import Said
from portal.organisation.staff import Staff

MOST = 201
"""What a source tells of: one more than Today shows in all of its groups, so that one of them says there is more."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do. `title`: text as it was typed, or a sentence; `who` waits for it; `verb` stands on its button.

    `due_at` None: no clock runs, and it has waited since `since`.
    """

    number: str
    title: str | Said
    href: str
    verb: Said
    since: datetime
    due_at: datetime | None = None
    who: str = ""
    state: Said | None = None
    tone: str = "open"


Source = Callable[[Staff, datetime], Iterable[ToDo]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let `source` be asked; also a decorator. Once for each."""
    if source not in _sources:
        _sources.append(source)
    return source


def waits_for(reader: Staff, at: datetime) -> list[ToDo]:
    """Everything that waits for `reader`, as the features tell it."""
    return [one for source in _sources for one in source(reader, at)]
