"""What time brings: whoever joins, or comes to a post that is checked for, gets their checklist."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day
from portal.kernel.jobs import periodic
from portal.training import onboarding


@periodic("checklists of newcomers", every=timedelta(minutes=10))
def welcome(at: datetime) -> int:
    """Make the checklists that are missing; returns how many. Safe to run twice."""
    found = onboarding.newcomers_without(office_day(at))
    for one in found:
        onboarding.welcome(PORTAL, one, at=at)
    return len(found)
