"""Run the table of limits and write bench/results.md."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.servers import Client, Pair, bare, in_turn, portal

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "var" / "bench"
MIGRATIONS = ROOT / "migrations" / "versions"
READERS = {"supervisor": "several departments", "clerk": "sees almost nothing", "agent": "one department"}
QUEUE = "/tickets?view=open"


def made(tickets: int) -> Path:
    """A data folder with the demo company and so many tickets; made once for each state of the schema, and kept."""
    schema = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MIGRATIONS.glob("*.py")))).hexdigest()[:8]
    folder = DATA / f"tickets-{tickets}-{schema}"
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "PORTAL_DATA": str(folder), "PORTAL_PLAIN_HTTP": "yes"}
        command = [sys.executable, "-m", "portal"]
        subprocess.run([*command, "db", "upgrade"], env=env, check=True)
        begun = time.monotonic()
        subprocess.run([*command, "demo", "--day", "2026-10-12", "--scale", f"tickets={tickets}"], env=env, check=True)
        (folder / "ready").write_text(f"{time.monotonic() - begun:.0f}")
    return folder


def main() -> None:
    """Measure and print; `--quick` leaves the million out."""
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    sizes = [1_000, 100_000] if chosen.quick else [1_000, 100_000, 1_000_000]
    folders = {size: made(size) for size in sizes}
    lines = [*_head(folders), *_pages(folders, chosen.rounds), *_start(folders[1_000])]
    text = "\n".join(lines) + "\n"
    (ROOT / "bench" / "results.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _head(folders: dict[int, Path]) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "jinja2", "gunicorn"))
    biggest = max(folders)
    mib = (folders[biggest] / "portal.db").stat().st_size / 2**20
    seconds = (folders[biggest] / "ready").read_text()
    return [
        "# Measured",
        "",
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d}. Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {packages}; {os.cpu_count()} cores.",
        "Pages are asked in turn, A B A B …, on one connection; the figure to trust is the ratio: the median of the",
        "ratios pair by pair.",
        "",
        f"A demo company with {biggest:,} tickets ({mib:,.0f} MiB) is made in {seconds} s (a million: at most 300 s).",
        "",
    ]


def _verdict(good: bool) -> str:
    return "met" if good else "**missed**"


def _row(what: str, against: str, pair: Pair, target: str, good: bool) -> str:
    times = f"{pair.ours:.1f} ms | {against} | {pair.theirs:.1f} ms | {pair.ratio:.2f}"
    return f"| {what} | {times} | {target} | {_verdict(good)} |"


def _pages(folders: dict[int, Path], rounds: int) -> list[str]:
    lines = [
        "| Page | takes | against | takes | ratio | target | |",
        "|---|---|---|---|---|---|---|",
    ]
    with ExitStack() as stack:
        servers = {size: stack.enter_context(portal(folder)) for size, folder in folders.items()}
        for reader, who in READERS.items():
            clients = {size: Client(server).sign_in(reader) for size, server in servers.items()}
            for size in [one for one in folders if one > 1_000]:
                pair = in_turn((clients[size], QUEUE), (clients[1_000], QUEUE), rounds)
                lines.append(
                    _row(
                        f"queue of `{reader}` ({who}), {size:,} tickets", "at 1,000", pair, "≤ 1.20", pair.ratio <= 1.2
                    )
                )
        biggest = max(folders)
        client = Client(servers[biggest]).sign_in("supervisor")
        for name, path in _further_pages(client):
            small = Client(servers[1_000]).sign_in("supervisor")
            pair = in_turn((client, path), (small, path), rounds)
            lines.append(_row(f"{name}, {biggest:,} tickets", "at 1,000", pair, "≤ 1.20", pair.ratio <= 1.2))
        _status, page, _headers = client.get(QUEUE)
        with bare(folders[biggest], len(page)) as other:
            pair = in_turn((Client(other), "/"), (client, QUEUE), rounds)
            what = f"bare Flask + Jinja page of the same {len(page):,} bytes, one raw query"
            target = "aim ≥ 0.50, at least 0.30"
            lines.append(_row(what, "queue of `supervisor`", pair, target, pair.ratio >= 0.3))
        lines += ["", *_weight(client)]
    return lines


def _further_pages(client: Client) -> list[tuple[str, str]]:
    """Page 40 of the queue by its key, a filter, and one ticket."""
    path = QUEUE
    for _page in range(10):
        _status, html, _headers = client.get(path)
        following = re.search(rb'href="(/tickets\?[^"]*after=[^"]+)"', html)
        if not following:
            break
        path = following[1].decode().replace("&amp;", "&")
    return [("queue, ten pages on", path)] if path != QUEUE else []


def _weight(client: Client) -> list[str]:
    """What travels: the first page cold with everything it needs, then its HTML alone."""
    _status, html, _headers = client.get(QUEUE)
    _status, packed, _headers = client.get(QUEUE, packed=True)
    needed = sorted(set(re.findall(rb'(?:href|src)="(/static/[^"#]+)', html)))
    files = sum(len(client.get(path.decode().replace("&amp;", "&"), packed=True)[1]) for path in needed)
    cold = (len(packed) + files) / 1024
    return [
        f"First page cold, compressed: {cold:.0f} KiB, {len(needed) + 1} answers (limit 150): {_verdict(cold <= 150)}.",
        f"Then HTML alone: {len(packed) / 1024:.1f} KiB (limit 12): {_verdict(len(packed) <= 12 * 1024)}.",
        "",
    ]


def _start(folder: Path) -> list[str]:
    """Memory and time of `portal serve` as it is started by default, demo data."""
    with portal(folder, workers=0) as server:
        client = Client(server).sign_in("agent")
        for _time in range(40):
            client.get(QUEUE)
        memory = server.memory()
        return [
            f"All processes after start and 40 pages: {memory:.0f} MiB PSS (limit 150): {_verdict(memory <= 150)}.",
            f"First page {server.started:.1f} s after start (limit 3): {_verdict(server.started <= 3)}.",
        ]


main()
