"""What time brings: limits that pass become facts, once each, with the limit as their moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.jobs import periodic
from portal.tickets import actions, queries
from portal.tickets.models import Ticket

SLICE = 200


@periodic("limits of tickets that passed", every=timedelta(minutes=1))
def keep_missed_limits(at: datetime) -> int:
    """Keep every limit that passed and is not kept yet (TKT-012, TKT-014); returns how many. Safe to run twice.

    A worker that was down catches up: the fact's moment is the limit, not the time at which it was found.
    """
    kept = 0
    for kind in queries.CLOCKS:
        while found := queries.missed(kind, at, SLICE):
            done = sum(
                actions.miss_limit(PORTAL, db.session.get_one(Ticket, ticket_id), kind, at=at) for ticket_id in found
            )
            kept += done
            if len(found) < SLICE or not done:
                break
    return kept
