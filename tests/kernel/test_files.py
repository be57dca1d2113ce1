"""Files are stored by the hash of their bytes, wait for their form, and leave nothing half behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.kernel import files
from portal.kernel.actions import action
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.files import Attachment, StoredFile
from tests.conftest import NOW

ME, OTHER = (SimpleNamespace(id=one, name=f"P{one}", department_name="") for one in (1, 2))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def sent(name: str, content: bytes = b"words"):
    return SimpleNamespace(filename=name, stream=io.BytesIO(content))


@action
def give(actor, ids, *, at, thing=7):
    return files.attach(actor, ids, "ticket", thing)


@pytest.fixture(autouse=True)
def own_store(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "DATA", str(tmp_path))


def on_disk() -> list[str]:
    return sorted(path.name for path in files.folder().rglob("*") if path.is_file())


def test_the_same_bytes_are_kept_once_under_as_many_names_as_they_were_given():
    one, two = files.keep(ME, sent("a.txt"), at=NOW), files.keep(OTHER, sent("b.txt"), at=NOW)
    assert one.id != two.id
    assert len(on_disk()) == 1
    assert on_disk() == db.session.scalars(db.select(StoredFile.digest)).all()


@pytest.mark.attack(6)
def test_nobody_attaches_a_file_that_waits_for_somebody_else():
    mine, theirs = files.keep(ME, sent("a.txt"), at=NOW), files.keep(OTHER, sent("b.txt", b"secret"), at=NOW)
    with pytest.raises(NotAllowed, match="not yours"):
        give(ME, [mine.id, theirs.id], at=NOW)
    assert files.of("ticket", 7) == []
    assert [one.name for one in files.waiting(1, [mine.id, theirs.id])] == ["a.txt"]


def test_a_file_is_given_away_once():
    mine = files.keep(ME, sent("a.txt"), at=NOW)
    assert give(ME, [mine.id], at=NOW)[0].startswith("a.txt sha256:")
    with pytest.raises(NotAllowed):
        give(ME, [mine.id], at=NOW, thing=8)
    assert [one.name for one in files.of("ticket", 7)] == ["a.txt"]


@pytest.mark.parametrize(("size", "kept"), [(1 << 20, True), ((1 << 20) + 1, False)])
@pytest.mark.attack(7)
def test_a_file_is_at_most_as_large_as_the_setting_says(app, monkeypatch, size, kept):
    monkeypatch.setitem(app.config, "UPLOAD_MB", 1)
    if kept:
        assert files.keep(ME, sent("a.bin", b"x" * size), at=NOW).size == size
    else:
        with pytest.raises(Refused, match="larger than 1 MB"):
            files.keep(ME, sent("a.bin", b"x" * size), at=NOW)
        assert on_disk() == []


@pytest.mark.attack(7)
def test_what_waits_for_one_person_has_a_limit_and_others_go_on(app, monkeypatch):
    monkeypatch.setitem(app.config, "WAITING_MB", 1)
    files.keep(ME, sent("a.bin", b"a" * (1 << 20)), at=NOW)
    with pytest.raises(Refused, match="More than 1 MB"):
        files.keep(ME, sent("b.bin", b"b"), at=NOW)
    files.keep(OTHER, sent("b.bin", b"b"), at=NOW)


def test_an_empty_file_is_said_to_be_empty():
    with pytest.raises(Refused, match="empty"):
        files.keep(ME, sent("a.txt", b""), at=NOW)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("报告.pdf", "报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\a.docx", "a.docx"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200b.p\ufeffng", "a.png"),
        ("shell.php. . ", "shell.php"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie: b.txt"),
        ("...", "file"),
    ],
)
@pytest.mark.attack(3)
def test_a_name_shows_what_it_is(name, shown):
    assert files.plain_name(name) == shown


@given(st.text())
def test_no_name_is_longer_or_stranger_than_a_line(name):
    shown = files.plain_name(name + "x.txt")
    assert shown
    assert len(shown) <= files.LONGEST_NAME
    assert "/" not in shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"<svg onload=alert(1)>", files.ANY),
        (b"<html><script>", files.ANY),
        (b"%PDF-1.7 <script>", files.ANY),
        (b"PK\x03\x04", files.ANY),
    ],
)
@pytest.mark.attack(3)
def test_the_type_is_told_by_the_content_and_only_pictures_are_shown_in_place(content, kind):
    files.keep(ME, sent("whatever.png", content), at=NOW)
    assert db.session.scalars(db.select(StoredFile.media_type)).one() == kind


def test_what_was_not_sent_is_forgotten_after_its_time_and_what_was_is_kept():
    left = files.keep(ME, sent("left.txt", b"left"), at=NOW)
    taken = files.keep(ME, sent("taken.txt", b"taken"), at=NOW)
    give(ME, [taken.id], at=NOW)
    files.sweep(NOW + timedelta(hours=24))
    assert files.waiting(1, [left.id])
    files.sweep(NOW + timedelta(hours=24, seconds=1))
    assert not files.waiting(1, [left.id])
    assert len(on_disk()) == 1
    assert [one.name for one in files.of("ticket", 7)] == ["taken.txt"]


def test_bytes_that_are_wanted_again_are_not_forgotten():
    files.keep(ME, sent("a.txt"), at=NOW)
    again = files.keep(OTHER, sent("b.txt"), at=NOW + timedelta(hours=20))
    files.sweep(NOW + timedelta(hours=25))
    assert files.waiting(2, [again.id])
    assert len(on_disk()) == 1


def test_bytes_that_a_dead_process_left_are_as_young_as_whoever_sends_them_again():
    """Else a sweep that began before the new row is committed would take them away from under it."""
    files.keep(ME, sent("a.txt"), at=NOW)
    place = files._place(on_disk()[0])
    os.utime(place, (0, 0))
    files.keep(OTHER, sent("b.txt"), at=NOW)
    assert place.stat().st_mtime > 0


@pytest.mark.attack(30)
def test_a_process_killed_while_a_file_is_kept_leaves_no_row_without_bytes(app, tmp_path):
    """Killed at its worst moment: the bytes have their name, the row is not committed."""
    if db.session.get_bind().dialect.name != "sqlite":
        pytest.skip("the child opens the database by its file")
    script = (
        "import io, os, signal, types\n"
        "from datetime import UTC, datetime\n"
        "from portal import create_app, schema\n"
        "from portal.kernel import files\n"
        "app = create_app()\n"
        "with app.app_context():\n"
        "    schema.upgrade()\n"
        "    files._settled = lambda place: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    actor = types.SimpleNamespace(id=1, name='P', department_name='')\n"
        "    files.keep(actor, types.SimpleNamespace(filename='a', stream=io.BytesIO(b'x')), at=datetime.now(UTC))\n"
    )
    env = {**os.environ, "PORTAL_DATA": str(tmp_path / "child"), "PORTAL_DATABASE_URL": ""}
    child = subprocess.run([sys.executable, "-c", script], env=env, cwd=Path(__file__).parents[2], check=False)
    assert child.returncode == -signal.SIGKILL
    look = (
        "from datetime import UTC, datetime, timedelta\n"
        "from portal import create_app\n"
        "from portal.extensions import db\n"
        "from portal.kernel import files\n"
        "with create_app().app_context():\n"
        "    assert db.session.scalar(db.select(db.func.count()).select_from(files.StoredFile)) == 0\n"
        "    assert [one for one in files.folder().rglob('*') if one.is_file()]\n"
        "    files.sweep(datetime.now(UTC) + timedelta(days=2))\n"
        "    assert not [one for one in files.folder().rglob('*') if one.is_file()]\n"
    )
    subprocess.run([sys.executable, "-c", look], env=env, cwd=Path(__file__).parents[2], check=True)


@pytest.mark.attack(42)
def test_verify_names_a_file_whose_bytes_were_changed_or_are_gone():
    for name in ("a.txt", "b.txt"):
        one = files.keep(ME, sent(name, name.encode()), at=NOW)
        give(ME, [one.id], at=NOW)
    assert list(files.verify()) == []
    first, second = (files._place(digest) for digest in on_disk())
    first.write_bytes(b"other")
    second.unlink()
    found = sorted(str(one.sentence) for one in files.verify())
    assert any("were changed" in one and first.name in one for one in found)
    assert any("missing" in one and second.name in one for one in found)


def test_somebody_elses_waiting_file_is_not_there():
    mine = files.keep(ME, sent("a.txt"), at=NOW)
    assert files.opened_by(ME, mine.id) is not None
    assert files.opened_by(OTHER, mine.id) is None
    assert db.session.scalars(db.select(Attachment.id)).all() == [mine.id]
