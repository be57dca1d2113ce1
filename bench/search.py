"""What a search costs the processor, against an exact-number look-up: `python -m bench.search FOLDER` prints the table.

Measured inside one process, page by page in turn, as processor time: other work on the machine does not count. As in
the server, what was made at the start is never collected.
"""

from __future__ import annotations

import gc
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from flask.testing import FlaskClient

from bench.tables import Bench, verdict

QUESTIONS = ("发票", "宽带", "网", "抬头开错", "发票 回复", "不在其中")
READERS = ("supervisor", "agent", "hr")
ROUNDS = 60
LIMIT = 3.0


def table(bench: Bench) -> list[str]:
    """The table for the largest company, made by a process of its own."""
    command = [sys.executable, "-m", "bench.search", str(bench.folders[bench.biggest])]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _lines(folder: Path) -> list[str]:
    from portal import create_app

    app = create_app(DATA=str(folder), PLAIN_HTTP=True, ADDRESS_TRIES="1000/minute")
    lines = [
        "| Search | of | p50 | p95 | exact number, p50 | p95 | p95 ratio | target | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for reader in READERS:
        client = _signed_in(app.test_client(), reader)
        number = "T-2026-00017" if reader != "hr" else "T-2026-00044"
        for words in QUESTIONS:
            ours, theirs = _in_turn(client, f"/search?q={quote(words)}", f"/search?q={number}")
            ratio = _p95(ours) / _p95(theirs)
            two = len(words) == 2
            lines.append(
                f"| {words} | `{reader}` | {statistics.median(ours):.0f} ms | {_p95(ours):.0f} ms | "
                f"{statistics.median(theirs):.0f} ms | {_p95(theirs):.0f} ms | {ratio:.2f} | "
                f"{f'≤ {LIMIT:.0f}' if two else '–'} | {verdict(ratio <= LIMIT) if two else ''} |"
            )
    return lines


def _signed_in(client: FlaskClient, name: str) -> FlaskClient:
    from portal.demo.cast import PASSWORD

    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    answer = client.post("/sign-in", data={"csrf_token": token[1], "name": name, "password": PASSWORD})
    assert answer.status_code == 303
    return client


def _in_turn(client: FlaskClient, ours: str, theirs: str) -> tuple[list[float], list[float]]:
    """Milliseconds of processor time of both, whatever they redirect to included."""
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    for place in range(ROUNDS + 5):
        for side, path in enumerate((ours, theirs)):
            begun = time.process_time()
            answer = client.get(path, follow_redirects=True)
            spent = (time.process_time() - begun) * 1000
            assert answer.status_code == 200, path
            if place >= 5:  # the first ones warm up
                times[side].append(spent)
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    print("\n".join(_lines(Path(sys.argv[1]))))
