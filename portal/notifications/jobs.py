"""What the worker does: tells the news, writes the letters, forgets what has its age."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import current_app

from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day, office_zone
from portal.kernel.errors import OutOfDate
from portal.kernel.jobs import periodic
from portal.notifications import actions, queries
from portal.notifications.states import Way

MOST_SLICES = 500


@periodic("tell the news", every=timedelta(seconds=30))
def tell_the_news(at: datetime) -> int:
    """Tell what the journal holds since the last round, then write to those who want a letter at once.

    A worker that was down for hours catches up: one notice for each fact, and one letter for all of them. Returns how
    many entries were read.
    """
    count = 0
    try:
        for _slice in range(MOST_SLICES):
            read = actions.tell(PORTAL, at=at)
            count += read
            if not read:
                break
    except OutOfDate:
        return count  # another worker is at it
    _write(Way.MAIL, at, at)
    return count


@periodic("daily letters", every=timedelta(minutes=10))
def write_daily_letters(at: datetime) -> int:
    """Once a day, from the hour of the setting on: what was told until then in one letter; returns how many left."""
    hour = datetime.combine(office_day(at), time(current_app.config["DIGEST_HOUR"]), office_zone())
    return _write(Way.DIGEST, hour, at) if at >= hour else 0


def _write(way: Way, before: datetime, at: datetime) -> int:
    return sum(
        actions.write_letter(PORTAL, person_id, way, before, at=at)
        for person_id in queries.waiting_for_letters(way, before)
    )


@periodic("forget old notices", every=timedelta(days=1))
def forget(at: datetime) -> None:
    """Notices have an age."""
    actions.forget(PORTAL, at=at)
