"""What time brings: whoever joins, or comes to a post that is checked for, gets their checklist; whoever sells new
products is asked once they were explained; whoever answers for a goal hears that its day has come."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day
from portal.kernel.jobs import periodic
from portal.training import goals, launches, onboarding


@periodic("checklists of newcomers", every=timedelta(minutes=10))
def welcome(at: datetime) -> int:
    """Make the checklists that are missing; returns how many. Safe to run twice."""
    found = onboarding.newcomers_without(office_day(at))
    for one in found:
        onboarding.welcome(PORTAL, one, at=at)
    return len(found)


@periodic("new products that were explained", every=timedelta(minutes=1))
def ask(at: datetime) -> int:
    """Ask whoever sells them to say that they know them, with the moment at which they were explained; returns of how
    many products. Safe to run twice."""
    found = launches.to_ask(at)
    for one in found:
        launches.ask(PORTAL, one, at=one.explained_at)
    return len(found)


@periodic("goals of training", every=timedelta(minutes=30))
def tell_of_goals(at: datetime) -> int:
    """Say once of each goal that its day has come; returns of how many."""
    found = goals.to_tell(office_day(at))
    for one in found:
        goals.tell_due(PORTAL, one, at=at)
    return len(found)
