"""What time brings: limits that are near, and limits that pass; each becomes a fact once, with its true moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from portal.kernel.actions import PORTAL
from portal.kernel.jobs import periodic
from portal.tickets import actions, bulk, importing

SLICE = 500


@periodic("limits of tickets", every=timedelta(minutes=1))
def keep_limits(at: datetime) -> int:
    """Keep every limit that passed, then say which ones are near; returns how many passed. Safe to run twice.

    A worker that was down catches up: the fact's moment is the limit, not the time at which it was found, and nobody
    is warned of what has passed meanwhile.
    """
    passed = _in_slices(actions.miss_limits, at)
    _in_slices(actions.warn_of_limits, at)
    return passed


def _in_slices(verb: Callable[..., int], at: datetime) -> int:
    found = 0
    while done := verb(PORTAL, most=SLICE, at=at):
        found += done
        if done < SLICE:
            break
    return found


@periodic("tables of other desks", every=timedelta(seconds=10))
def go_on_with_imports(at: datetime) -> int:
    """Check tables that people brought, or take them in; returns how many. Work that was interrupted goes on."""
    found = importing.waiting(at)
    for import_id in found:
        importing.go_on(import_id)
    return len(found)


@periodic("forget tables of other desks", every=timedelta(minutes=30))
def forget_imports(at: datetime) -> None:
    """Rows and files that no import needs any more."""
    importing.tidy(at)


@periodic("forget what was done to several tickets at once", every=timedelta(days=1))
def forget_bulk(at: datetime) -> None:
    """The tickets' own stories keep what happened to each."""
    bulk.forget(PORTAL, at=at)
