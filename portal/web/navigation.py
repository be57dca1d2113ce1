"""The left navigation: features register their places; a person sees those that their rights open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l

from portal.kernel.counts import Count, count_together
from portal.kernel.permissions import Open, P
from portal.kernel.text import labels
from portal.web.filters import capped
from portal.web.signed_in import me


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Places that stand behind one entry: it says what is in it, and opens where the reader is. Whoever may open only
    one of them sees that one, without a group around it."""

    label: Any
    icon: str
    rank: int


BOOKS = Group(_l("Manuals and training"), "book-2", 50)
COMPANY = Group(_l("People and calendar"), "users", 60)
UPKEEP = Group(_l("Upkeep"), "list-check", 85)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One place: `endpoint` is its first page; `count` says how much waits there for the reader; a lower `rank` stands
    higher, in its group where it has one: daily work from 0, what is looked up from 50, what is kept in order from
    80."""

    label: Any
    endpoint: str
    icon: str
    needs: P | Open = Open.STAFF
    count: Callable[[Any], Count] | None = None
    rank: int = 50
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A place, or a group of them, as it is drawn for one reader; `inside`: the places of a group in which they are."""

    label: str
    href: str
    icon: str
    current: bool
    count: str | None
    inside: tuple[Entry, ...] = ()


_places: list[Place] = []
_bells: list[Callable[[Any], Count]] = []
MOST = 9
"""Entries that one person sees: nobody reads more (`tests/site/test_navigation.py` holds it for everybody)."""


def register(*places: Place) -> None:
    """Add places; they stand in the order of their ranks."""
    known = {place.endpoint for place in _places}
    _places.extend(place for place in places if place.endpoint not in known)
    _places.sort(key=lambda place: place.rank)


def register_bell(count: Callable[[Any], Count]) -> None:
    """What the number on the bell of the top bar counts."""
    _bells[:] = [count]


def entries() -> list[Entry]:
    """The places of the person who asks. What waits there and what the bell says is counted in one statement."""
    shown = _shown()
    here = _where([(place, _href(place.endpoint)) for place in shown])
    numbers = iter(g.pop("counted_already", None) or count_together(_counts(shown)))
    waiting = {place: next(numbers) if place.count else 0 for place in shown}
    g.bell = sum(numbers)
    behind: dict[Group | Place, list[Place]] = {}
    for place in shown:
        behind.setdefault(place.group or place, []).append(place)
    return [
        _place(places[0], places[0] is here, waiting[places[0]])
        if isinstance(of, Place) or len(places) == 1
        else _group(of, places, here, waiting)
        for of, places in sorted(behind.items(), key=lambda one: one[0].rank)
    ]


def counted_along(counts: Sequence[Count]) -> list[int]:
    """Numbers of the page itself, counted in the statement that counts what waits at the places around it."""
    numbers = count_together([*counts, *_counts(_shown())])
    g.counted_already = numbers[len(counts) :]
    return numbers[: len(counts)]


def _shown() -> list[Place]:
    reader = me()
    return [place for place in _places if not isinstance(place.needs, P) or reader.may(place.needs)]


def _counts(shown: list[Place]) -> list[Count]:
    reader = me()
    return [*(one.count(reader) for one in shown if one.count), *(one(reader) for one in _bells)]


def _label(one: Place | Group) -> str:
    """What it is called in the reader's language: asked for the first time of each language, and kept."""
    return labels((one,))[one]


@cache
def _href(endpoint: str) -> str:
    return url_for(endpoint)


def _place(place: Place, current: bool, waiting: int) -> Entry:
    return Entry(
        _label(place), _href(place.endpoint), place.icon, current, capped(waiting) if waiting else None
    )  # fmt: skip


def _group(of: Group, places: list[Place], here: Place | None, waiting: dict[Place, int]) -> Entry:
    """Closed it counts what waits in all of its places; open each of them says its own."""
    total = sum(waiting[one] for one in places)
    inside = tuple(_place(one, one is here, waiting[one]) for one in places) if here in places else ()
    count = capped(total) if total and not inside else None
    return Entry(_label(of), _href(places[0].endpoint), of.icon, False, count, inside)


def _where(shown: list[tuple[Place, str]]) -> Place | None:
    """The place in which this page stands: the one with which its address begins, else the first one of its feature."""
    path = f"{request.path.rstrip('/')}/"
    begins = [(len(href), place) for place, href in shown if path.startswith(f"{href.rstrip('/')}/") and href != "/"]
    if begins:
        return max(begins, key=lambda one: one[0])[1]
    of_feature = [place for place, _href in shown if _feature(place.endpoint) == _feature(request.endpoint or "")]
    return of_feature[0] if of_feature else None


def _feature(endpoint: str) -> str:
    return endpoint.partition(".")[0]
