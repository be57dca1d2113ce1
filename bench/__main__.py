"""Run every table and write bench/results.md."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from bench import bare_page, figures, lists, manuals, replay, search, start, sweep, weight
from bench.company import ROOT, made
from bench.tables import Bench

TABLES: dict[str, Callable[[Bench], list[str]]] = {
    "Lists": lists.table,
    "Figures": figures.table,
    "Search": search.table,
    "Against a bare page": bare_page.table,
    "Limits that passed while the worker was down": sweep.table,
    "Replay of a draft": replay.table,
    "Manuals": manuals.table,
    "Over the wire": weight.table,
    "At start": start.table,
}
"""The parts of the results in their order, one module each."""


def main() -> None:
    """Measure and print; `--quick` leaves the million out, `--only` the other tables."""
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", choices=list(TABLES), help="print one table; results.md stays as it is")
    chosen = options.parse_args()
    sizes = [1_000, 100_000] if chosen.quick else [1_000, 100_000, 1_000_000]
    bench = Bench({size: made(size) for size in sizes}, chosen.rounds)
    lines = [] if chosen.only else _head(bench)
    for name, table in TABLES.items():
        if chosen.only in (None, name):
            lines += [f"## {name}", "", *table(bench), ""]
    text = "\n".join(lines)
    if not chosen.only:
        (ROOT / "bench" / "results.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    sys.stdout.write(text)


def _head(bench: Bench) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "jinja2", "gunicorn"))
    folder = bench.folders[bench.biggest]
    mib = (folder / "portal.db").stat().st_size / 2**20
    seconds = (folder / "ready").read_text()
    busy = os.getloadavg()[1]
    return [
        "# Measured",
        "",
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d}. Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {packages}; {os.cpu_count()} cores, a load of {busy:.0f}.",
        "Two pages are asked in turn, A B A B …, each on one connection. CPU is what the server's processes used for",
        "one answer, time is what the client waited; both are medians. The figure to trust is the ratio: the median of",
        "the ratios of CPU times pair by pair. Whoever else uses the machine changes the time, and the ratio hardly.",
        "",
        f"A company with {bench.biggest:,} tickets ({mib:,.0f} MiB) is made in {seconds} s; a million: 300 at most.",
        "",
    ]


if __name__ == "__main__":
    main()
