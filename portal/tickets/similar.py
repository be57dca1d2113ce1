"""Tickets that say much the same as one that is being taken down: so that nobody opens a second one for it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.kernel import search
from portal.kernel.search import Hit, TooSlow
from portal.kernel.tokens import asked
from portal.organisation.staff import Staff
from portal.tickets.words import KIND


def similar(reader: Staff, title: str) -> Sequence[Hit]:
    """The newest tickets that `reader` may see and that share most with `title`; none where that takes too long."""
    meant = asked(title)
    try:
        return search.read(search.alike(reader, KIND, meant), meant)
    except TooSlow:
        return ()
