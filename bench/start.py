"""`portal serve` as it is started by default on demo data: how soon, and how much memory."""

from __future__ import annotations

from bench.lists import QUEUE
from bench.servers import Client, portal
from bench.tables import Bench, verdict

MIB, SECONDS = 150, 3


def table(bench: Bench) -> list[str]:
    """PSS of all processes after start and some pages; seconds until the first page came, the best of three starts."""
    starts = []
    for _start in range(3):
        with portal(bench.folders[bench.small], workers=0) as server:
            starts.append((server.started, server.started_cpu))
            client = Client(server).sign_in("agent")
            for _time in range(40):
                client.get(QUEUE)
            memory = server.memory()
    wall, cpu = min(starts)
    return [
        f"All processes after start and 40 pages: {memory:.0f} MiB PSS (limit {MIB}): {verdict(memory <= MIB)}.",
        f"First page {wall:.1f} s after start, {cpu:.1f} s of CPU (limit {SECONDS}): {verdict(wall <= SECONDS)}.",
    ]
