"""The left navigation: features register their places; a person sees those that their rights open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from portal.kernel.counts import Count, count_together
from portal.kernel.permissions import Open, P
from portal.web.filters import capped
from portal.web.signed_in import me


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: `endpoint` is its first page; `count` says how much waits there for the reader; a lower `rank` stands
    higher: daily work from 0, what is looked up from 50, what is kept in order from 80."""

    label: Any
    endpoint: str
    icon: str
    needs: P | Open = Open.STAFF
    count: Callable[[Any], Count] | None = None
    rank: int = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as it is drawn for one reader."""

    label: str
    href: str
    icon: str
    current: bool
    count: str | None


_places: list[Place] = []
_bells: list[Callable[[Any], Count]] = []
MOST = 9
"""Places that one person sees: nobody reads more (`tests/site/test_navigation.py` holds it for everybody)."""


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
    reader = me()
    shown = [place for place in _places if not isinstance(place.needs, P) or reader.may(place.needs)]
    here = _where([(place, url_for(place.endpoint)) for place in shown])
    counted = [*(one.count(reader) for one in shown if one.count), *(one(reader) for one in _bells)]
    numbers = iter(count_together(counted))
    drawn = []
    for place in shown:
        waiting = next(numbers) if place.count else 0
        drawn.append(
            Entry(
                label=str(place.label),
                href=url_for(place.endpoint),
                icon=place.icon,
                current=place is here,
                count=capped(waiting) if waiting else None,
            )
        )
    g.bell = sum(numbers)
    return drawn


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
