"""What higher floors keep about a customer: each registers a shelf, and the customer's page shows what is on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Matter(Protocol):
    """One thing on a shelf, such as a ticket: columns of a row are enough. `tone` is one of the page's marks."""

    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def href(self) -> str: ...
    @property
    def label(self) -> object: ...
    @property
    def tone(self) -> str: ...
    @property
    def at(self) -> datetime: ...


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
