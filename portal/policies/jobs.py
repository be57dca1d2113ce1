"""What time brings: newcomers are asked, leavers no longer, whoever has not acknowledged is reminded; files that
somebody brought are read, drafts replayed, and versions made PDFs."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel.actions import PORTAL
from portal.kernel.clock import office_day
from portal.kernel.jobs import periodic
from portal.policies import acknowledgements, approvals, emergencies, importing, papers, replays, watch

SLICE = 500


@periodic("whom manuals bind", every=timedelta(minutes=10))
def keep_up(at: datetime) -> int:
    """Ask whoever joined or moved since a version was published, and nobody whom it no longer binds; returns how many
    rows changed."""
    if acknowledgements.moved(at):
        acknowledgements.follow_moves(PORTAL, at=at)
    behind = [one for one in acknowledgements.asking_manuals() if acknowledgements.is_behind(one, at)]
    return sum(acknowledgements.keep_up(PORTAL, one, at=at) for one in behind)


@periodic("remind of manuals to acknowledge", every=timedelta(minutes=30))
def remind(at: datetime) -> int:
    """Remind whoever has not decided; returns how many."""
    found = 0
    while done := acknowledgements.remind(PORTAL, most=SLICE, at=at):
        found += done
        if done < SLICE:
            break
    return found


@periodic("manuals published in an emergency", every=timedelta(minutes=1))
def let_lapse(at: datetime) -> int:
    """Say which versions lapsed without approval, and let the one before go on; returns how many."""
    return emergencies.lapse_due(at)


@periodic("approvals of whoever is away", every=timedelta(minutes=10))
def pass_up(at: datetime) -> int:
    """Ask the next level where an approver is away and nobody stands in; returns how many went up."""
    return approvals.pass_up_stranded(at)


@periodic("audits, and how manuals are made known", every=timedelta(minutes=30))
def tell_of_watch(at: datetime) -> int:
    """Say once of each audit that its day is near, and of each action of a plan that it has come; returns how many."""
    found = watch.due(office_day(at))
    for one in found:
        watch.say_due(PORTAL, one, at=at)
    return len(found)


@periodic("files that are to become a manual", every=timedelta(seconds=10))
def read_imports(at: datetime) -> int:
    """Read files that people brought; returns how many. Work that was interrupted begins again."""
    found = importing.waiting(at)
    for import_id in found:
        importing.go_on(import_id)
    return len(found)


@periodic("forget files that became no manual", every=timedelta(minutes=30))
def forget_imports(at: datetime) -> None:
    """Files and clauses that nobody came back to."""
    importing.tidy(at)
    papers.tidy(at)


@periodic("replays of drafts", every=timedelta(seconds=10))
def go_on_with_replays(at: datetime) -> int:
    """Replay what somebody asked for; returns how many. Work that was interrupted begins anew."""
    found = replays.waiting(at)
    for replay_id in found:
        replays.go_on(replay_id)
    return len(found)


@periodic("versions as PDF", every=timedelta(seconds=5))
def make_papers(at: datetime) -> int:
    """Begin to make the PDFs that somebody asked for, beside the other work; returns how many. What was interrupted
    begins anew."""
    return papers.begin(at)
