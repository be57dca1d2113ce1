"""A handbook of a thousand pages: brought, published, read, searched, compared, printed; and a word to 10 000 people.

Its texts are put together from our own sentences. What keeps other writers waiting is measured from the first statement
of the act to its end. Limits are held against the processor's seconds: what else the machine does is not the portal's.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.company import DATA, ROOT
from bench.servers import Client, portal
from bench.tables import Bench, verdict

PAGES, CHAPTERS, PEOPLE, PRINTED = 1_000, 30, 10_000, 100
IMPORT, HELD, PAGE, DIFFERENCE, ASKED = 120, 2, 300_000, 300, 5
"""Limits: seconds to read; seconds that others wait for the publication; bytes of a page; milliseconds for the
difference of two versions of 200 clauses; seconds until everybody is asked."""
ROUNDS = 15
CODE = "SC-99"
FOUND = "交接"


def table(bench: Bench) -> list[str]:
    """Each step with what it took and what it is held against."""
    with TemporaryDirectory(dir=DATA) as folder:
        for file in bench.folders[bench.small].glob("portal.db*"):
            shutil.copy(file, folder)
        env = {**os.environ, "PORTAL_DATA": folder, "PORTAL_PLAIN_HTTP": "yes"}
        told = subprocess.run([sys.executable, "-m", "bench.manuals"], env=env, check=True, stdout=subprocess.PIPE)
        did = json.loads(told.stdout.splitlines()[-1])
        lines = ["| What | time | CPU | limit | |", "|---|---|---|---|---|"]
        for what, wall, cpu, limit in did:
            good = verdict(cpu <= limit) if limit else ""
            lines.append(f"| {what} | {wall:.2f} s | {cpu:.2f} s | {f'≤ {limit:g} s' if limit else '–'} | {good} |")
        lines += ["", "| Page | bytes | CPU | time | limit | |", "|---|---|---|---|---|---|"]
        with portal(Path(folder)) as server:
            server.rest()
            client = Client(server).sign_in("executive")
            for name, path in _pages():
                size, cpu, wall = _cost(client, path)
                good = verdict(size <= PAGE)
                lines.append(f"| {name} | {size:,} | {cpu:.0f} ms | {wall:.0f} ms | ≤ {PAGE:,} bytes | {good} |")
    return lines


def _pages() -> Iterator[tuple[str, str]]:
    there = f"/manuals/{CODE}"
    yield "the manual, first page", there
    yield "a clause in the middle, by its address", f"{there}/2.0?at=15.10"
    yield "acknowledging it", f"{there}/2.0/acknowledge"
    yield "what changed, first page", f"{there}/2.0/changes"
    yield "what changed, a clause in the middle", f"{there}/2.0/changes?at=page-500"
    yield f"search for {FOUND}", "/search?q=%E4%BA%A4%E6%8E%A5"


def _cost(client: Client, path: str) -> tuple[int, float, float]:
    """Bytes of the page, medians of CPU and waiting time in milliseconds."""
    costs, size = [], 0
    for _round in range(ROUNDS):
        worked, begun = client.server.cpu(), time.perf_counter()
        status, body, _headers = client.get(path)
        costs.append((client.server.cpu() - worked, time.perf_counter() - begun))
        assert status == 200, f"{path}: {status}"
        size = len(body)
    cpu, wall = (statistics.median(one) * 1000 for one in zip(*costs, strict=True))
    return size, cpu, wall


# ── In a process of its own, on a copy ──


def main() -> None:
    """Do one step after the other; say what each took."""
    from portal import create_app

    done: list[tuple[str, float, float, float]] = []

    def step(what: str, act: Callable[[], Any], limit: float = 0) -> Any:
        begun, used = time.monotonic(), _cpu()
        found = act()
        done.append((what, time.monotonic() - begun, _cpu() - used, limit))
        return found

    with create_app(DEMO=True).app_context():
        _steps(step, done)
    sys.stdout.write(json.dumps(done) + "\n")


def _cpu() -> float:
    """Of this process and those that it started and that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _steps(step: Callable[..., Any], done: list[tuple[str, float, float, float]]) -> None:
    from sqlalchemy import select

    from portal.extensions import db
    from portal.kernel.actions import PORTAL
    from portal.kernel.clock import now, today
    from portal.organisation import queries as organisation
    from portal.policies import actions, drafts, importing, life, papers, queries
    from portal.policies.difference import difference
    from portal.policies.models import Manual, ManualImport
    from portal.policies.rules import VersionText
    from portal.policies.states import Category, ManualKind

    executive = organisation.staff(organisation.person_called("executive"), today())  # type: ignore[arg-type]
    supervisor = organisation.person_called("manager")
    assert supervisor is not None
    work = importing.begin(executive, importing.keep([("book.zip", _book())]), at=now())
    step(f"reading {PAGES:,} pages, 7 MB, as clauses that wait", lambda: importing.go_on(work.id), IMPORT)
    work = db.session.get_one(ManualImport, work.id, populate_existing=True)
    draft = step(
        "they become a draft, in one act",
        lambda: importing.take_new(
            executive, work, CODE, {"zh-CN": "大手册"}, kind=ManualKind.STANDARD, category=Category.CUSTOMERS,
            department=None, supervisor=supervisor, purpose="目的", principles="原则",
            at=now(),
        ),
        IMPORT,
    )  # fmt: skip
    _approved(draft.id)
    draft = drafts.draft_seen_by(executive, CODE, today())
    assert draft is not None
    clauses = len(draft.clauses)
    waits = _waits()
    step(f"publishing {clauses:,} clauses, all of it", lambda: life.lead_on(executive, draft, "publish", at=now()))
    done.append((f"of which other writers wait ({clauses:,} clauses, everybody asked)", *waits(), HELD))

    manual = db.session.scalars(select(Manual).where(Manual.code == CODE)).one()
    first = queries.last_version(manual)
    assert first is not None
    changed = tuple(
        replace(one, text=f"{one.text}\n\n另有规定的，从其规定。") if at % 10 else one
        for at, one in enumerate(queries.text_of_version(first))
    )
    next_one = VersionText(2, 0, first.effective_from + timedelta(days=1), changed, "另有规定")
    second = actions.publish_version(PORTAL, manual, next_one, at=now())
    old, new = (queries.text_of_version(one)[:200] for one in (first, second))
    step(
        "difference of two versions of 200 clauses, 180 changed, every word",
        lambda: [(one.heading, one.text) for one in difference(old, new)], DIFFERENCE / 1000,
    )  # fmt: skip
    _many_people()
    third = replace(next_one, major=3, effective_from=next_one.effective_from + timedelta(days=1))
    short = replace(third, clauses=changed[:PRINTED])
    last = step(
        f"publishing to {PEOPLE:,} people, one acknowledgement each",
        lambda: actions.publish_version(PORTAL, manual, short, at=now()), ASKED,
    )  # fmt: skip
    paper = papers.ask(executive, last, at=now())
    step(f"a PDF of {PRINTED} clauses, beside the pages", lambda: papers.go_on(paper.id))
    assert papers.bytes_of(papers.paper_of(last)), "no PDF was made"  # type: ignore[arg-type]


def _waits() -> Callable[[], tuple[float, float]]:
    """Seconds, and those of the processor, from the first statement that writes to the end of its transaction."""
    from sqlalchemy import event

    from portal.extensions import db

    times: dict[str, tuple[float, float]] = {}

    def writes(connection: Any) -> None:
        if connection.get_execution_options().get("write"):
            times.setdefault("begun", (time.monotonic(), _cpu()))

    def ended(_connection: Any) -> None:
        times["ended"] = (time.monotonic(), _cpu())

    event.listen(db.engine, "begin", writes)
    event.listen(db.engine, "commit", ended)
    return lambda: (times["ended"][0] - times["begun"][0], times["ended"][1] - times["begun"][1])


def _approved(draft_id: int) -> None:
    """The draft as if it had gone its way: it waits for its publication."""
    from portal.extensions import db
    from portal.kernel.clock import now, today
    from portal.organisation import queries as organisation
    from portal.policies import life
    from portal.policies.models import DraftApproval, ManualDraft
    from portal.policies.states import Stage

    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    draft = db.session.get_one(ManualDraft, draft_id)
    draft.effective_from, draft.summary, draft.state = today() + timedelta(days=1), "第一版", Stage.APPROVED
    draft.approved_digest, draft.quorum = life.digest(draft), 1
    manager = organisation.person_called("manager")
    assert manager is not None
    draft.approvals.append(
        DraftApproval(
            person_id=manager.id,
            name=manager.name,
            given_by_id=manager.id,
            given_by_name=manager.name,
            given_at=now(),
            digest=draft.approved_digest,
        )
    )
    db.session.commit()


def _many_people() -> None:
    """Colleagues of a colleague, with the same main post."""
    from sqlalchemy import func, insert, select

    from portal.extensions import db
    from portal.organisation.models import Person, Placement

    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    last = db.session.scalar(select(func.max(Person.id))) or 0
    post = db.session.scalar(select(Placement.post_id).where(Placement.main, Placement.to_on.is_(None)).limit(1))
    day = date(2020, 1, 1)
    people = [
        {"id": last + at, "staff_number": f"N{at:06}", "sign_in_name": f"n{at}", "name": "王某", "sort_key": "wang",
         "initials": "wm", "joined_on": day}
        for at in range(1, PEOPLE + 1)
    ]  # fmt: skip
    db.session.execute(insert(Person), people)
    places = [{"person_id": one["id"], "post_id": post, "main": True, "from_on": day} for one in people]
    db.session.execute(insert(Placement), places)
    db.session.commit()


def _book() -> io.BytesIO:
    """A folder of Markdown: chapters with pages of seven kilobytes."""
    from babel.messages.pofile import read_po

    catalogue = ROOT / "portal" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    with catalogue.open("rb") as file:
        said = [str(one.string) for one in read_po(file) if isinstance(one.string, str) and len(one.string) > 15]
    words = [one.replace("%", "").replace("{", "").replace("}", "") for one in said]
    chance, packed = random.Random(1), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(PAGES):
            chapter = at * CHAPTERS // PAGES + 1
            text = "\n\n".join("".join(chance.choices(words, k=6)) for _paragraph in range(14))
            head = f"---\nid: page-{at}\ntitle: 第{at + 1}页 {chance.choice(words)[:16]}\nweight: {at + 1}\n---\n\n"
            archive.writestr(f"book/{chapter:02}-第{chapter}章/{at:04}.md", f"{head}{text}\n\n- 先登记\n- 后办理\n")
    packed.seek(0)
    return packed


if __name__ == "__main__":
    main()
