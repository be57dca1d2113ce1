"""Full, read-only, killed: a clear sentence, nothing written by half, and work goes on without a restart."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import event, select

from portal.extensions import WriterLock, db
from portal.organisation.models import SignInSession
from tests.databases import SERVER

pytestmark = pytest.mark.skipif(bool(SERVER), reason="faults of a file are SQLite's own")


def connected(app, statement):
    """Run `statement` on every connection from now on."""
    db.session.remove()
    db.engine.dispose()

    def say(connection, _record):
        connection.execute(statement)

    event.listen(db.engine, "connect", say)
    return say


def sound_again(said):
    event.remove(db.engine, "connect", said)
    db.session.remove()
    db.engine.dispose()


@pytest.mark.attack(31)
def test_a_full_disk_is_said_and_nothing_is_half_written(demo, browser):
    browser.sign_in("agent")
    token = browser.token()
    pages = db.session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    said = connected(demo, f"PRAGMA max_page_count = {pages}")
    try:
        answers = (
            browser.post(
                "/sign-in", {"csrf_token": token, "name": f"nobody{count}", "password": "wrong"}, expect={422, 503}
            )
            for count in range(600)  # as many as it takes: how much room the last page leaves depends on the story
        )
        full = next((one for one in answers if one.status == 503), None)
        assert full, "each wrong password is a row, and there is no room for six hundred"
        assert full.soup.h1 is not None
        browser.get("/")
    finally:
        sound_again(said)
    browser.post("/sign-out")
    ended = db.session.scalars(select(SignInSession).where(SignInSession.ended_at.is_not(None))).all()
    assert len(ended) == 1


@pytest.mark.attack(31)
def test_a_read_only_database_can_be_read_and_says_so_when_something_is_to_be_written(demo, browser):
    browser.sign_in("agent")
    token = browser.token()
    said = connected(demo, "PRAGMA query_only = ON")
    try:
        browser.get("/")
        answer = browser.post("/sign-out", {"csrf_token": token}, expect=503)
        assert answer.soup.h1 is not None
    finally:
        sound_again(said)
    browser.get("/")
    browser.post("/sign-out")


class Trickle(BytesIO):
    """A body that comes slowly; notes at each piece whether its request keeps a connection, and so others waiting."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.kept: list[int] = []

    def readinto(self, piece: bytearray) -> int:
        self.kept.append(db.engine.pool.checkedout())
        return super().readinto(memoryview(piece)[:4])


@pytest.mark.attack(31)
def test_a_body_that_comes_slowly_keeps_no_other_writer_waiting(demo, browser):
    browser.sign_in("agent")
    body = f"csrf_token={browser.token()}".encode()
    db.session.remove()
    slow = Trickle(body)
    answer = browser._asked(
        browser.client.post, "/me/sessions/end", input_stream=slow, content_length=len(body),
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 303
    assert slow.kept
    assert not any(slow.kept)


@pytest.mark.attack(27)
def test_a_forked_process_waits_for_the_one_that_writes(tmp_path):
    """The server loads the portal before it forks: both would hold a lock that was opened before."""
    lock = WriterLock(tmp_path / "lock")
    lock.acquire()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(1)  # ends a process that waits
        lock.acquire()
        os._exit(0)
    _pid, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended), "both wrote at once"
    lock.release()


@pytest.mark.attack(30)
def test_a_process_killed_in_the_middle_of_a_write_leaves_a_sound_database(demo, databases, tmp_path):
    writer = textwrap.dedent(
        """
        import sys
        from portal import create_app
        from portal.kernel import numbers
        from portal.kernel.actions import PORTAL, action
        from portal.kernel.clock import now
        from portal.kernel.journal import record
        from portal.organisation.events import PasswordChanged

        app = create_app(DATABASE_URL=sys.argv[1], DATA=sys.argv[2], PLAIN_HTTP=True)

        @action
        def write(actor, *, at):
            numbers.next_number("Z", 2026)
            record(PasswordChanged(1))

        with app.app_context():
            print("ready", flush=True)
            while True:
                write(PORTAL, at=now())
        """
    )
    db.session.remove()
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", writer, databases.url, str(tmp_path)], stdout=subprocess.PIPE, cwd=root,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    file = sqlite3.connect(databases.folder / "portal.db")
    assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    written = file.execute("SELECT count(*) FROM journal WHERE name = 'PasswordChanged'").fetchone()[0]
    counted = file.execute("SELECT last FROM counter WHERE kind = 'Z'").fetchone()[0]
    file.close()
    assert written == counted > 0, "the fact and its number are written together or not at all"
    from portal.kernel import numbers
    from portal.kernel.actions import PORTAL, action
    from tests.conftest import NOW

    @action
    def go_on(_actor, *, at):
        return numbers.reserve("Z", 2026)

    assert go_on(PORTAL, at=NOW) == counted + 1, "the dead process holds no lock"
