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


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server in processes of its own; `started`: seconds until the first page came, `started_cpu`: those it used."""

    command: Sequence[str]
    env: dict[str, str]
    first: str = "/sign-in"
    port: int = field(default_factory=free_port)
    started: float = 0.0
    started_cpu: float = 0.0

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
                self.known = self.processes()
                self.started_cpu = self.cpu()
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

    def rest(self) -> Server:
        """Wait until the work of the start is done: what was due, seals, holidays."""
        for _second in range(60):
            before = self.cpu()
            time.sleep(1)
            if self.cpu() - before < 0.02:
                break
        return self

    def cpu(self) -> float:
        """Processor seconds that the processes which stood at the start have used, to the nanosecond."""
        return sum(time.clock_gettime(~process << 3 | 2) for process in self.known)  # the kernel's clock of a process


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
class Cost:
    """Milliseconds of one answer: what the server's processors worked, and what the client waited."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pages asked in turn: medians of each, and the median of the ratios of CPU time pair by pair."""

    ours: Cost
    theirs: Cost
    ratio: float


def in_turn(ours: tuple[Client, str], theirs: tuple[Client, str], rounds: int) -> Pair:
    """A B A B …: whatever else the machine does hits both alike."""
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for place in range(rounds + 10):
        for side, (client, path) in enumerate((ours, theirs)):
            worked, begun = client.server.cpu(), time.perf_counter()
            status, _body, _headers = client.get(path)
            waited, worked = time.perf_counter() - begun, client.server.cpu() - worked
            assert status == 200, f"{path}: {status}"
            if place >= 10:  # the first ones warm up
                costs[side].append(Cost(worked * 1000, waited * 1000))
    ratios = [a.cpu / b.cpu for a, b in zip(*costs, strict=True)]
    return Pair(_median(costs[0]), _median(costs[1]), statistics.median(ratios))


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(one.cpu for one in costs), statistics.median(one.wall for one in costs))


def portal(data: Path, *, workers: int = 1, more: dict[str, str] | None = None) -> Server:
    """The portal itself on the database in `data`."""
    return Server(
        [sys.executable, "-m", "portal", "serve", "--port", "{port}", "--workers", str(workers)],
        {"PORTAL_DATA": str(data), "PORTAL_PLAIN_HTTP": "yes", "PORTAL_ADDRESS_TRIES": "1000/minute", **(more or {})},
    )


def bare(data: Path, page: Path) -> Server:
    """The bare page on the same server with the same settings."""
    return Server(
        [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4", "-b", "127.0.0.1:{port}",
         "--log-level", "warning", "--keep-alive", "75", "--no-control-socket", "bench.bare:app"],
        {"BENCH_DATABASE": str(data / "portal.db"), "BENCH_PAGE": str(page)},
        first="/",
    )  # fmt: skip
