"""A PostgreSQL of one's own for a while: `python -m tests.postgres -- COMMAND…` runs COMMAND with TEST_DATABASE_URL.

The cluster lives in a temporary folder and answers on a Unix socket inside it alone, so nothing is reachable from
outside and no port can be taken. Nothing in it is made durable: it is thrown away with the folder, which is in memory
where there is enough of it. Each test gets a fresh database of nine hundred files, made fourteen times quicker there.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.memory import in_memory

PATIENCE_SECONDS = 30
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class NoPostgres(Exception):
    """PostgreSQL cannot be started here; the message says why and what to do."""


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: from PATH, otherwise Debian's newest; None where there is none."""
    on_path = [Path(folder) for folder in os.get_exec_path()]
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    for folder in on_path + debian:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty database in a cluster that lives as long as the context.

    Whoever connects is the superuser and may create more databases.
    Raises NoPostgres where PostgreSQL is missing or does not start.
    """
    programs, owner = binaries(), _owner()
    if not programs:
        raise NoPostgres("PostgreSQL is not installed here. On Debian or Ubuntu: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-", dir=in_memory()))
    try:
        if owner:
            shutil.chown(folder, owner, owner)
        with _server(programs, folder, owner):
            yield f"postgresql+psycopg://portal@/postgres?host={quote(str(folder), safe='')}"
    finally:
        shutil.rmtree(folder)


def _owner() -> str | None:
    """Whom the server runs as: root may not, so that the user `postgres` does it; others run it themselves."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def _server(programs: Path, folder: Path, owner: str | None) -> Iterator[None]:
    data, log = folder / "data", folder / "log"
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    groups: list[str] | None = [] if owner else None

    options = ["-U", "portal", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    made = subprocess.run(
        [programs / "initdb", "-D", data, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        user=owner,
        group=owner,
        extra_groups=groups,
    )
    if made.returncode:
        raise NoPostgres(f"PostgreSQL could not make its files:\n{made.stderr}")

    with log.open("w") as out:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *settings],
            cwd=folder,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C is for the tests; the server stays until they have ended
            user=owner,
            group=owner,
            extra_groups=groups,
        )
    try:
        _wait_until_ready(server, data, log)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)  # at once and without a last checkpoint
        server.wait(PATIENCE_SECONDS)


def _wait_until_ready(server: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    """Return when the server takes connections, which it says in the last line of its pid file."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        pid_file = data / "postmaster.pid"
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise NoPostgres(f"PostgreSQL did not start:\n{log.read_text()}")


def run(command: list[str]) -> int:
    """The exit code of `command`, run beside a cluster; told to stop, this process ends both, the command first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda told, _: sys.exit(128 + told))
    with cluster() as url:
        child = subprocess.Popen(command, env={**os.environ, "TEST_DATABASE_URL": url})
        try:
            return child.wait()
        except KeyboardInterrupt:
            return child.wait()  # the terminal has told the child as well
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


def main() -> int:
    """Take the command after `--`. Where PostgreSQL cannot be started: exit code 69, a service is missing.

    With `--if-installed` before the `--` a machine without PostgreSQL is no failure; one that does not start still is.
    """
    arguments = sys.argv[1:]
    optional = arguments[:1] == ["--if-installed"]
    dashes, *command = arguments[optional:] or [""]
    if dashes != "--" or not command:
        sys.stderr.write("Say what to run: python -m tests.postgres [--if-installed] -- COMMAND…\n")
        return os.EX_USAGE
    if optional and not binaries():
        return os.EX_OK
    try:
        return run(command)
    except NoPostgres as no:
        sys.stderr.write(f"{no}\n")
        return os.EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
