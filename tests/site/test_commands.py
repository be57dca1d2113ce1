"""`portal run` as a newcomer meets it: as a process of its own, on an empty folder."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from portal.config import ROOT
from portal.demo import cast
from tests.databases import SERVER

pytestmark = pytest.mark.skipif(bool(SERVER), reason="a newcomer begins with SQLite")
PATIENCE_SECONDS = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`portal run` with its own data folder; told to stop at the end."""
    command = [sys.executable, "-m", "portal", "run"]
    environment = {**os.environ, "PORTAL_DATA": str(data), "PORT": str(port)}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **output) as child:
        try:
            yield child
        finally:
            child.terminate()


def first_page(child: subprocess.Popen[str], port: int) -> str:
    """The sign-in page, as soon as it is answered."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/sign-in") as answer:
                return str(answer.read().decode())
        except URLError:
            time.sleep(0.05)
    raise AssertionError("no page was answered")


def test_run_starts_with_the_demo_company_says_who_may_sign_in_and_keeps_its_data(tmp_path: Path):
    told = []
    for _start in ("first", "second"):
        port = free_port()
        with running(tmp_path, port) as child:
            assert 'name="password"' in first_page(child, port)
            child.terminate()
            told.append(child.communicate(timeout=PATIENCE_SECONDS)[0])
            assert child.returncode == 0, told
        assert f"http://127.0.0.1:{port}" in told[-1]
        assert set(cast.sign_in_names()) <= set(re.findall(r"[\w-]+", told[-1]))
        assert cast.PASSWORD in told[-1]
    assert "moves in" in told[0]
    assert "moves in" not in told[1]


def test_a_company_whose_moving_in_was_cut_short_moves_in_again(tmp_path: Path):
    with running(tmp_path, free_port()) as child:
        assert "moves in" in child.stdout.readline()
        while child.poll() is None and not (tmp_path / "moving-in").exists():
            time.sleep(0.001)
        child.kill()
    port = free_port()
    with running(tmp_path, port) as child:
        first_page(child, port)
        child.terminate()
        assert "moves in" in child.communicate(timeout=PATIENCE_SECONDS)[0]
    assert not (tmp_path / "moving-in").exists()


@pytest.mark.attack(42)
def test_verify_finds_a_row_that_was_changed_behind_the_portals_back(tmp_path: Path):
    """As an operator would: the demo company moves in, its journal is sealed, somebody takes the file and edits it."""

    def portal(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PORTAL_DATA": str(tmp_path), "PORTAL_LOCALE": "en"}
        run = [sys.executable, "-m", "portal", *command]
        return subprocess.run(run, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)

    port = free_port()
    with running(tmp_path, port) as child:
        first_page(child, port)
    assert portal("seal").returncode == 0
    good = portal("verify")
    assert (good.returncode, good.stdout[:27]) == (0, "0 entries are not sealed yet"[:27]), good
    with closing(sqlite3.connect(tmp_path / "portal.db")) as file:
        with pytest.raises(sqlite3.IntegrityError):
            file.execute("UPDATE journal SET actor_name = '别人' WHERE id = 42")
        file.execute("DROP TRIGGER journal_refuses_UPDATE")
        file.execute("UPDATE journal SET actor_name = '别人' WHERE id = 42")
        file.commit()
    bad = portal("verify")
    assert bad.returncode == 1, bad
    assert bad.stdout.startswith("Journal entry 42 was changed after it was sealed"), bad


def test_a_port_that_is_taken_is_named_at_once(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running(tmp_path, port) as child:
            said = child.communicate(timeout=PATIENCE_SECONDS)[0]
    assert child.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in said
