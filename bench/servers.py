"""Real servers on loopback, and a client that counts what an answer costs."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

from portal.demo.cast import PASSWORD

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server in processes of its own; `started`: seconds until the first page came."""

    command: Sequence[str]
    env: dict[str, str]
    first: str = "/sign-in"
    port: int = field(default_factory=free_port)
    started: float = 0.0

    def __enter__(self) -> Server:
        begun = time.monotonic()
        command = [part.replace("{port}", str(self.port)) for part in self.command]
        self.process = subprocess.Popen(
            command, env={**os.environ, **self.env}, stdout=subprocess.DEVNULL, start_new_session=True
        )
        while time.monotonic() - begun < 60:
            try:
                self.get(self.first)
            except OSError:
                time.sleep(0.02)
            else:
                self.started = time.monotonic() - begun
                return self
        raise TimeoutError(f"no answer from {command}")

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def processes(self) -> list[int]:
        """Every process of this server."""
        group = subprocess.run(["pgrep", "-g", str(self.process.pid)], capture_output=True, text=True, check=True)
        return [int(line) for line in group.stdout.split()]

    def memory(self) -> float:
        """Proportional set size of all processes, in MiB."""
        total = 0
        for process in self.processes():
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+) kB", rollup, re.M))
        return total / 1024

    def cpu(self) -> float:
        """Processor seconds that all processes have used."""
        used = 0
        for process in self.processes():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / TICKS


@dataclass
class Client:
    """One connection that stays open, perhaps signed in."""

    server: Server
    cookie: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)

    def get(self, path: str, *, packed: bool = False) -> tuple[int, bytes, dict[str, str]]:
        """Status, body as it came over the wire, headers."""
        headers = {"Cookie": self.cookie, "Accept-Language": "zh-CN"}
        if packed:
            headers["Accept-Encoding"] = "gzip, br, zstd"
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())

    def sign_in(self, name: str) -> Client:
        """As a person does: the form, the password, the slow hash."""
        _status, page, headers = self.get("/sign-in")
        self._keep(headers)
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        body = urlencode({"csrf_token": token[1].decode(), "name": name, "password": PASSWORD})
        self.connection.request(
            "POST", "/sign-in", body, {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        )
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 303, f"{name} could not sign in: {answer.status}"
        self._keep(dict(answer.getheaders()))
        return self

    def _keep(self, headers: dict[str, str]) -> None:
        if cookie := headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]


@dataclass(frozen=True, slots=True)
class Pair:
    """Milliseconds of two pages asked in turn: medians, and the median of the ratios pair by pair."""

    ours: float
    theirs: float
    ratio: float


def in_turn(ours: tuple[Client, str], theirs: tuple[Client, str], rounds: int) -> Pair:
    """A B A B …: whatever else the machine does hits both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for place in range(rounds + 10):
        for side, (client, path) in enumerate((ours, theirs)):
            begun = time.perf_counter()
            status, _body, _headers = client.get(path)
            spent = (time.perf_counter() - begun) * 1000
            assert status == 200, f"{path}: {status}"
            if place >= 10:  # the first ones warm up
                times[side].append(spent)
    ratios = [a / b for a, b in zip(*times, strict=True)]
    return Pair(statistics.median(times[0]), statistics.median(times[1]), statistics.median(ratios))


def portal(data: Path, *, workers: int = 1, more: dict[str, str] | None = None) -> Server:
    """The portal itself on the database in `data`."""
    return Server(
        [sys.executable, "-m", "portal", "serve", "--port", "{port}", "--workers", str(workers)],
        {"PORTAL_DATA": str(data), "PORTAL_PLAIN_HTTP": "yes", "PORTAL_ADDRESS_TRIES": "1000/minute", **(more or {})},
    )


def bare(data: Path, size: int) -> Server:
    """The bare page on the same server with the same settings."""
    return Server(
        [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4", "-b", "127.0.0.1:{port}",
         "--log-level", "warning", "--keep-alive", "75", "--no-control-socket", "bench.bare:app"],
        {"BENCH_DATABASE": str(data / "portal.db"), "BENCH_BYTES": str(size)},
        first="/",
    )  # fmt: skip
