"""The calendar keeps itself up to date with the public package that the portal is installed with."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.calendar import actions, public_holidays, queries
from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day
from portal.kernel.jobs import periodic


@periodic("public holidays", every=timedelta(hours=12))
def keep_public_holidays(at: datetime) -> list[int]:
    """Take over last year, this one and the next from a package that is newer than what the calendar has; which ones.

    A year that is published, or that people have a hand in, is left alone.
    """
    taken = []
    for year in range(office_day(at).year - 1, office_day(at).year + 2):
        now = queries.current_year(year)
        stale = now and not now.published and now.source.startswith(f"{public_holidays.PACKAGE} ")
        if now is None or (stale and now.source != public_holidays.source()):
            actions.load_public_holidays(PORTAL, year, at=at)
            taken.append(year)
    return taken
