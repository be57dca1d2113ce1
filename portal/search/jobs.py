"""What came in great numbers, with an import, is found a little later."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel import search
from portal.kernel.actions import PORTAL
from portal.kernel.jobs import periodic


@periodic("things that cannot be found yet", every=timedelta(minutes=10))
def write_what_is_missing(at: datetime) -> int:
    """Write into the index what it does not know, slice by slice; returns how many things. Safe to run twice."""
    count = 0
    for kind in search.kinds():
        while done := search.catch_up(PORTAL, kind, at=at):
            count += done
            if done < search.SLICE:
                break
    return count
