"""What came past the session, in great numbers, and was not put into the index by whoever brought it."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel import search
from portal.kernel.jobs import periodic


@periodic("things that cannot be found yet", every=timedelta(minutes=10))
def write_what_is_missing(at: datetime) -> int:
    """Go on where a worker that was putting an import into the index was killed; returns how many things it wrote."""
    return search.write_missing(at)
