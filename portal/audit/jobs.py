"""Sealing the journal, each minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel import seals
from portal.kernel.actions import PORTAL
from portal.kernel.jobs import periodic

MOST_BATCHES = 200


@periodic("seal the journal", every=timedelta(minutes=1))
def seal_journal(at: datetime) -> int:
    """Seal what is not sealed yet, batch by batch, so that no writer waits long; returns how many entries."""
    count = 0
    for _batch in range(MOST_BATCHES):
        sealed = seals.seal(PORTAL, at=at)
        count += sealed
        if not sealed:
            break
    return count
