"""What somebody brings to be a manual: Markdown files, a folder of them as ZIP, or a DOCX, with their pictures.

It is read in bounded time and memory, and nothing gets onto the disk under a name of its own. A name that leads out of
its folder, a link, a file with a password and an archive that swells are refused as a whole: whoever packs such a thing
means no handbook.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISLNK

from portal.kernel.errors import Refused
from portal.kernel.text import printable, say
from portal.policies import docx
from portal.policies.handbook import MARKDOWN, File, Remark, named_in
from portal.policies.pictures import Aside

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes as sent, of one text, of all texts, of one picture or file, of all of those; files, and how deep a folder
    lies."""

    size: int = 100 * MB
    one: int = 2 * MB
    text: int = 32 * MB
    picture: int = 25 * MB
    pictures: int = 200 * MB
    files: int = 20_000
    depth: int = 20


LIMITS = Limits()
_LISTED = 4 * MB
"""Bytes of an archive's own list of its files: it is read whole before anything else."""
_DRIVE = re.compile(r"[A-Za-z]:")
NOT_READABLE = say("This file cannot be read. Bring Markdown files, a folder of them packed as ZIP, or a DOCX.")


def is_packed(path: Path) -> bool:
    """Whether the file is an archive, told by its bytes."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def look(path: Path, name: str, limits: Limits = LIMITS) -> None:
    """Raises Refused where it is clear without reading the texts that `read` would."""
    if is_packed(path):
        with _opened(path, limits) as archive:
            list(_sound(archive.infolist(), limits))
    elif path.stat().st_size <= limits.one and not name.lower().endswith(MARKDOWN):
        raise Refused(NOT_READABLE)


def read(path: Path, name: str, aside: Aside, limits: Limits = LIMITS) -> tuple[list[File], list[Remark]]:
    """The Markdown files in `path`, which was called `name`; pictures and files that they name are laid `aside`. Raises
    Refused with what to do."""
    if not is_packed(path):
        if path.stat().st_size > limits.one:
            raise Refused(say("“{name}” is larger than {most} MB: divide it.", name=name, most=limits.one // MB))
        text, remark = _decoded(path.read_bytes(), name)
        return [File(name, text)], remark
    with _opened(path, limits) as archive:
        if not docx.is_docx(archive):
            return _unpacked(archive, aside, limits)
        list(_sound(archive.infolist(), limits))
        text, said = docx.read(path, aside)
        if len(text) > limits.one:
            raise Refused(say("“{name}” is larger than {most} MB: divide it.", name=name, most=limits.one // MB))
        return [File(name, text)], [Remark(name, 0, one) for one in said]


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    try:
        if _listed(path) > _LISTED:
            raise Refused(say("There are more than {most} files in it.", most=limits.files))
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise Refused(NOT_READABLE) from error


def _listed(path: Path) -> int:
    """How long the archive's list of its files is, as its end says."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - 22))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    return int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0


def _unpacked(archive: zipfile.ZipFile, aside: Aside, limits: Limits) -> tuple[list[File], list[Remark]]:
    files: list[File] = []
    remarks: list[Remark] = []
    others: list[tuple[str, zipfile.ZipInfo]] = []
    room = limits.text
    for path, entry in _sound(archive.infolist(), limits):
        if entry.is_dir() or _hidden(path):
            continue
        if not path.lower().endswith(MARKDOWN):
            others.append((path, entry))
            continue
        with archive.open(entry) as inside:
            data = inside.read(limits.one + 1)
        if len(data) > limits.one:
            raise Refused(say("“{name}” is larger than {most} MB: divide it.", name=path, most=limits.one // MB))
        room -= len(data)
        if room < 0:
            raise Refused(say("The texts are more than {most} MB when unpacked.", most=limits.text // MB))
        text, odd = _decoded(data, path)
        files.append(File(path, text))
        remarks += odd
    wanted = named_in(files)
    for path, entry in others:
        if PurePosixPath(path).name in wanted:
            with archive.open(entry) as inside:
                aside.lay(path, inside)
    if left_out := len(others) - len(aside.there):
        remarks.append(Remark("", 0, say("Files that no text names are left out: {n}.", n=left_out)))
    return files, remarks


def _sound(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Each entry under its name, once nothing is wrong with any (attacks 3, 7)."""
    if len(entries) > limits.files:
        raise Refused(say("There are more than {most} files in it.", most=limits.files))
    seen: set[str] = set()
    found = []
    for entry in entries:
        path = _name_of(entry)
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or _DRIVE.match(path) or "\0" in path:
            raise Refused(say("“{name}” leads out of its folder: nothing of this file is read.", name=printable(path)))
        if S_ISLNK(entry.external_attr >> 16):
            raise Refused(say("“{name}” is a link to another file. Pack the files themselves.", name=printable(path)))
        if entry.flag_bits & 0x1:
            raise Refused(say("The archive has a password. Pack it without one."))
        if len(parts) > limits.depth or len(path) > 1000:
            raise Refused(say("“{name}” lies too deep.", name=printable(path)[:100]))
        path = "/".join(parts)
        if path in seen and not entry.is_dir():
            raise Refused(say("“{name}” is in it twice.", name=printable(path)))
        seen.add(path)
        found.append((printable(path), entry))
    yield from found


def _name_of(entry: zipfile.ZipInfo) -> str:
    """As it was packed: programs on Windows write Chinese names in GB18030, and some write back slashes."""
    name = entry.orig_filename
    if not entry.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _hidden(path: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def _decoded(data: bytes, name: str) -> tuple[str, list[Remark]]:
    """Its text: UTF-8, UTF-16 with its mark, or GB18030, which is said."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        if b"\0" in data[:1000]:
            raise Refused(NOT_READABLE) from None
        return data.decode("gb18030", "replace"), [Remark(name, 1, say("It is not UTF-8: it was read as GB18030."))]
