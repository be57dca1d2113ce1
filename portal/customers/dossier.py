"""What higher floors keep about a customer: each registers a shelf, and the customer's page shows what is on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing on a shelf, such as a ticket. `tone` is one of the page's marks for a state of affairs."""

    number: str
    title: str
    href: str
    label: str
    tone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """`matters(reader, customer_id)`: the newest first, no more than a page can show, and only what the reader sees."""

    label: Any
    matters: Callable[[Any, int], Sequence[Matter]]


_shelves: dict[str, Shelf] = {}


def register(name: str, shelf: Shelf) -> None:
    """Called once by each feature that keeps something about customers, in its `views`."""
    _shelves[name] = shelf


def shelves_of(reader: Any, customer_id: int) -> list[tuple[str, Sequence[Matter]]]:
    """Every shelf's label with what the reader may see on it, empty ones included."""
    return [(str(shelf.label), shelf.matters(reader, customer_id)) for shelf in _shelves.values()]
