"""What holds for the files as they lie in the repository; `make check` runs this file alone."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDORED = ROOT / "static" / "vendor"
TRACES = re.compile(
    "|".join(
        [
            r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b",  # unfinished work
            r"\bNotImplemented" r"Error\b",
            r"(?<![\w.])/(?:ro" r"ot|ho" r"me|wo" r"rk)/\w",  # somebody's machine
            r"^(?:<{7}|>{7}|={7})(?:\s|$)",  # a merge that nobody finished
        ]
    ),
    re.MULTILINE,
)


def tracked() -> list[Path]:
    """Every file of the repository; the ones that were vendored and the lock files are not ours to read."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and VENDORED not in path.parents and path.suffix != ".lock"]


def texts() -> list[tuple[str, str]]:
    """(name, text) of the tracked files that are text."""
    contents = {path: path.read_bytes() for path in tracked()}
    return [(str(path.relative_to(ROOT)), raw.decode()) for path, raw in contents.items() if b"\0" not in raw]


def test_nothing_unfinished_and_no_path_of_somebodys_machine_is_left() -> None:
    found = [f"{name}: {match[0]}" for name, text in texts() for match in TRACES.finditer(text)]
    assert found == []


def test_vendored_files_are_as_their_makers_published_them() -> None:
    lines = (VENDORED / "SHA256SUMS").read_text().splitlines()
    known = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    there = {
        path.relative_to(VENDORED).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDORED.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert there == known


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text, "whoever installs decides where packages come from"
    for package in re.split(r"\n(?=\S)", text.rstrip()):
        if not package.startswith("#"):
            assert re.match(r"[a-z0-9.-]+==\S+", package), package
            assert "--hash=sha256:" in package, package


@pytest.mark.parametrize("name", [".ci/run", "deploy/environment.sh", "tests/needs.sh"])
def test_commands_of_the_repository_can_be_executed(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
