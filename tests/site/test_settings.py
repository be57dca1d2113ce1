"""A setting that cannot be meant stops the start with a sentence; the keys that the portal makes are made once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli import main
from portal.config import ROOT, SettingError, complete, load

KEYS = "from portal.config import complete, load; v = complete(load()); print(v['SECRET_KEY'], v['SEAL_KEY'])"


@pytest.mark.parametrize(
    ("name", "text"),
    [("LOCALE", "fr"), ("TIME_ZONE", "Mars/Olympus"), ("TIME_ZONE", "Asia"), ("ADDRESS_TRIES", "lots"),
     ("ADDRESS_TRIES", ""), ("UPLOAD_MB", "many"), ("PLAIN_HTTP", "perhaps")],
)  # fmt: skip
def test_a_setting_that_cannot_be_read_is_named(name: str, text: str):
    with pytest.raises(SettingError, match=f"PORTAL_{name}"):
        load({f"PORTAL_{name}": text})


def test_a_setting_that_can_be_read_is_taken():
    environ = {"PORTAL_LOCALE": "zh-TW", "PORTAL_TIME_ZONE": "Asia/Taipei", "PORTAL_ADDRESS_TRIES": "5/minute;50/day"}
    assert {name: load(environ)[name.removeprefix("PORTAL_")] for name in environ} == environ


def test_a_newcomers_command_says_which_setting_it_cannot_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from click.testing import CliRunner

    monkeypatch.setenv("PORTAL_LOCALE", "fr")
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    answer = CliRunner().invoke(main, ["run", "--port", "0"])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: PORTAL_LOCALE='fr' cannot be read")


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path):
    environment = {**os.environ, "PORTAL_DATA": str(tmp_path)}
    command = [sys.executable, "-c", KEYS]
    starting = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = {child.communicate()[0] for child in starting}
    assert len(said) == 1
    assert all(len(key) > 60 for key in said.pop().split())
    kept = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert kept == {"secret-key": 0o600, "seal-key": 0o600}


def test_an_empty_key_is_no_key(tmp_path: Path):
    (tmp_path / "seal-key").touch()
    with pytest.raises(SettingError, match="seal-key is empty"):
        complete(load({"PORTAL_DATA": str(tmp_path)}))
