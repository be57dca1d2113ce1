"""Figures: what a month costs the processor in a company of each size, and a year of it.

The history of the benchmark has no clocks, pauses or answers of customers: with two clocks, an answer and a tenth of
pauses for each of a million tickets a month costs a fifth more.
"""

from __future__ import annotations

import statistics
import time

from bench.servers import Client, portal
from bench.tables import Bench, verdict

READERS = {"executive": "every department", "supervisor": "several departments", "agent": "their own"}
PERIODS = {"last month, by department": "by=department", "last month, by person": "by=person", "this year": "by=month"}
LIMIT = 1000
"""Milliseconds of CPU for a month, whatever the company's age."""
ROUNDS = 7


def table(bench: Bench) -> list[str]:
    """The page of figures for each reader at each size."""
    lines = ["| Figures | of | tickets | CPU | time | target | |", "|---|---|---|---|---|---|---|"]
    today = time.localtime()
    month = f"{today.tm_year}-{today.tm_mon - 1:02}" if today.tm_mon > 1 else f"{today.tm_year - 1}-12"
    for size, folder in bench.folders.items():
        with portal(folder) as server:
            server.rest()
            for reader, who in READERS.items():
                client = Client(server).sign_in(reader)
                for name, by in PERIODS.items():
                    by_month = by == "by=month"
                    path = f"/tickets/figures?{by}&period={today.tm_year if by_month else month}"
                    cpu, wall = _cost(client, path)
                    target = "–" if by_month else f"≤ {LIMIT} ms"
                    good = "" if by_month else verdict(cpu <= LIMIT)
                    said = f"`{reader}` ({who}) | {size:,} | {cpu:,.0f} ms | {wall:,.0f} ms"
                    lines.append(f"| {name} | {said} | {target} | {good} |")
    return lines


def _cost(client: Client, path: str) -> tuple[float, float]:
    """Medians of CPU and waiting time, in milliseconds."""
    costs = []
    for _round in range(ROUNDS):
        worked, begun = client.server.cpu(), time.perf_counter()
        status, _body, _headers = client.get(path)
        costs.append((client.server.cpu() - worked, time.perf_counter() - begun))
        assert status == 200, f"{path}: {status}"
    cpu, wall = (statistics.median(one) * 1000 for one in zip(*costs, strict=True))
    return cpu, wall
