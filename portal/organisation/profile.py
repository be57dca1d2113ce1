"""What higher floors say on the page of a colleague and on one's own: features register it here.

profile.register(what_was_checked)      # in a feature's `profile.py`, which `create_app` imports

def what_was_checked(reader: Staff, person: Person, home: int | None, day: date) -> Section | None:
    # None where it is no business of the reader's, or where there is nothing to say; one statement for all of them
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.kernel.text import Said
from portal.organisation.models import Person
from portal.organisation.staff import Staff


@dataclass(frozen=True, slots=True)
class Note:
    """One line: what happened on a day, in words, and how it came out."""

    on: date
    what: Said
    words: str
    state: Said
    tone: str


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines below a heading, and where the rest of them stands."""

    title: Said
    notes: Sequence[Note]
    href: str
    verb: Said


Source = Callable[[Staff, Person, int | None, date], Section | None]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Let `source` be asked; also a decorator. Once for each."""
    if source not in _sources:
        _sources.append(source)
    return source


def sections_of(reader: Staff, person: Person, home: int | None, day: date) -> list[Section]:
    """What the features say of somebody to this reader."""
    return [found for source in _sources if (found := source(reader, person, home, day))]
