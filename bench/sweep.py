"""A worker that was down: as many limits have passed as there are tickets, and one sweep keeps them all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from tempfile import TemporaryDirectory

from sqlalchemy import func, insert, literal, select

from bench.company import DATA
from bench.tables import Bench, verdict

SIZE, SECONDS = 100_000, 30


def table(bench: Bench) -> list[str]:
    """Seconds until each of 100 000 limits that passed is a fact with its true moment."""
    with TemporaryDirectory(dir=DATA) as folder:
        for file in bench.folders[SIZE].glob("portal.db*"):
            shutil.copy(file, folder)
        env = {**os.environ, "PORTAL_DATA": folder, "PORTAL_PLAIN_HTTP": "yes"}
        told = subprocess.run([sys.executable, "-m", "bench.sweep"], env=env, check=True, stdout=subprocess.PIPE)
    found, wall, cpu = json.loads(told.stdout.splitlines()[-1])
    return [
        f"{found:,} limits that passed, kept one by one with their true moment: {wall:.1f} s, {cpu:.1f} s of CPU "
        f"(limit {SECONDS}): {verdict(found >= SIZE and wall <= SECONDS)}."
    ]


def main() -> None:
    """In a process of its own, on a copy: let a limit of each ticket pass, then sweep."""
    from portal import create_app
    from portal.extensions import db
    from portal.kernel.clock import now
    from portal.tickets import jobs
    from portal.tickets.models import Ticket, TicketBreach, TicketClock
    from portal.tickets.states import ClockKind

    with create_app().app_context():
        at = now()
        passed = select(
            Ticket.id, literal(ClockKind.UPDATE, TicketClock.kind.type), Ticket.desk_id,
            literal("客服组"), Ticket.received_at, literal(at - timedelta(hours=8), TicketClock.due_at.type),
            literal(""), literal(1),
        ).order_by(Ticket.id.desc()).limit(SIZE)  # fmt: skip
        columns = ["ticket_id", "kind", "department_id", "department", "started_at", "due_at", "met_by", "version"]
        db.session.execute(insert(TicketClock).from_select(columns, passed, include_defaults=False))
        db.session.commit()
        before = db.session.scalar(select(func.count()).select_from(TicketBreach)) or 0
        db.session.rollback()
        begun, used = time.monotonic(), time.process_time()
        jobs.keep_limits(at)
        wall, cpu = time.monotonic() - begun, time.process_time() - used
        kept = (db.session.scalar(select(func.count()).select_from(TicketBreach)) or 0) - before
        sys.stdout.write(json.dumps([kept, wall, cpu]) + "\n")


if __name__ == "__main__":
    main()
