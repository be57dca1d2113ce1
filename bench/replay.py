"""The replay of a draft that limits every ticket anew: each is judged twice, and every one comes out differently."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from tempfile import TemporaryDirectory

from bench.company import DATA
from bench.tables import Bench, verdict

SIZE, SECONDS = 100_000, 60
RULINGS = {
    "tickets.first_response": "otherwise: 25 working minutes",
    "tickets.solve_within": "otherwise: 3 working days",
    "tickets.update_every": "otherwise: 8 working hours",
    "tickets.complaint_answer": "2 days",
}


def table(bench: Bench) -> list[str]:
    """Seconds until a replay has judged 100 000 tickets by four rules, and until its page has counted them."""
    with TemporaryDirectory(dir=DATA) as folder:
        for file in bench.folders[SIZE].glob("portal.db*"):
            shutil.copy(file, folder)
        env = {**os.environ, "PORTAL_DATA": folder, "PORTAL_PLAIN_HTTP": "yes"}
        told = subprocess.run([sys.executable, "-m", "bench.replay"], env=env, check=True, stdout=subprocess.PIPE)
    judged, cases, wall, cpu, counted = json.loads(told.stdout.splitlines()[-1])
    good = judged >= SIZE and cases >= SIZE and wall <= SECONDS
    return [
        f"{judged:,} tickets against four new limits, {cases:,} due dates that would have moved: {wall:.1f} s, "
        f"{cpu:.1f} s of CPU (limit {SECONDS}): {verdict(good)}.",
        f"Its figures, counted for one reader: {counted * 1000:.0f} ms.",
    ]


def main() -> None:
    """In a process of its own, on a copy: draft a company manual with other limits, then replay every ticket."""
    from sqlalchemy import func, select, update

    from portal import create_app
    from portal.extensions import db
    from portal.kernel.clock import now, today
    from portal.organisation import queries as organisation
    from portal.policies import drafts, replays
    from portal.policies.models import Manual
    from portal.policies.replay_models import DraftReplay, ReplayedCase

    with create_app(DEMO=True).app_context():
        at = now()
        person = organisation.person_called("executive")
        assert person is not None
        executive = organisation.staff(person, today())
        manual = db.session.scalars(select(Manual).where(Manual.code == "KF-01")).one()
        draft = drafts.begin_version(executive, manual, at=at)
        for key, value in RULINGS.items():
            clause = next(
                (one for one in draft.clauses if any(said.key == key for said in one.rulings)), draft.clauses[0]
            )
            drafts.rule_on(executive, draft, clause, key, value, seen=draft.version, at=at)
        found = replays.ask(executive, draft, 12, at=at)
        first = at.date() - timedelta(days=4 * 366)
        db.session.rollback()
        db.session.connection(execution_options={"write": True})
        db.session.execute(update(DraftReplay).values(first_on=first))
        db.session.commit()
        begun, used = time.monotonic(), time.process_time()
        replays.go_on(found.id)
        wall, cpu = time.monotonic() - begun, time.process_time() - used
        db.session.expire_all()
        cases = db.session.scalar(select(func.count()).select_from(ReplayedCase)) or 0
        begun = time.monotonic()
        replays.figures(executive, found)
        sys.stdout.write(json.dumps([found.done, cases, wall, cpu, time.monotonic() - begun]) + "\n")


if __name__ == "__main__":
    main()
