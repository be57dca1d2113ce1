"""Files that people attach: kept once by the hash of their bytes, outside the web root, named only in the database.

A file is stored when it is chosen and belongs to nobody else; it waits for its form. Taken with the form it belongs to
a thing (`about`, `subject_id`), and whoever may see that thing may open it: each feature says so in `OWNERS`.

On the disk first the bytes appear under a working name, then their row is written, then they get their name, then the
row is committed: a process that dies leaves bytes without a row, never a thing's row without bytes. `sweep` takes those
away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Protocol

import structlog
from flask import current_app
from sqlalchemy import ForeignKey, Index, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, insert_or
from portal.kernel.actions import PORTAL, Actor, Portal, action, current_act
from portal.kernel.columns import Instant
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.jobs import periodic
from portal.kernel.seals import Finding
from portal.kernel.text import printable, say

log = structlog.get_logger()
MB = 1 << 20
LONGEST_NAME = 120
MOST_AT_ONCE = 20
"""Files that one form takes."""
MOST_OF_ONE = 50
"""Things that the same bytes belong to, among which the one is looked for that a reader may see."""

INLINE = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
"""What a browser may show in place, told by its first bytes. Everything else is handed out to be saved: what can carry
a script (SVG, HTML, PDF) never runs under our address, whatever it is called."""
ANY = "application/octet-stream"


class StoredFile(Base):
    """Bytes, once. `media_type` was decided by their content when they came, and does not change."""

    __tablename__ = "stored_file"

    digest: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str]
    stored_at: Mapped[datetime] = mapped_column(Instant)


class Attachment(Base):
    """A file under the name that somebody gave it. Without `about` it waits for its form and is its sender's alone.

    `part`: the letter of the thing that it came with. Names of people are those of the day.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_about_subject_id", "about", "subject_id", "id"),
        Index("ix_attachment_waiting", "person_id", "at",
              sqlite_where=text("about IS NULL"), postgresql_where=text("about IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("stored_file.digest"), index=True)
    name: Mapped[str]
    person_id: Mapped[int]
    person_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    about: Mapped[str | None]
    subject_id: Mapped[int | None]
    part: Mapped[int | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for its form, as the form shows it; `size` in bytes."""

    id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a thing, as pages show it; `size` in bytes."""

    id: int
    name: str
    size: int
    part: int | None

    @property
    def href(self) -> str:
        """Where it is opened."""
        return f"/files/{self.id}"


class Sent(Protocol):
    """A file as a browser sends it."""

    filename: str | None
    stream: IO[bytes]


OWNERS: dict[str, Callable[[Any, int, int | None], bool]] = {}
"""Kind of thing → whether a reader may see the thing with this id, and this part of it. Features register theirs."""


# ── Coming in ──


def keep(actor: Actor, sent: Sent, *, at: datetime) -> Waiting:
    """Store what a person chose; it waits for its form.

    Raises Refused for an empty file, one that is larger than the setting UPLOAD_MB allows, or when more than WAITING_MB
    of this person's wait already.
    """
    name, most = plain_name(sent.filename or ""), current_app.config["UPLOAD_MB"] * MB
    with written(sent.stream, folder() / "drafts", most) as draft:
        if draft.size == 0:
            raise Refused(say("“{name}” is empty.", name=name))
        if draft.size > most:
            raise Refused(say("“{name}” is larger than {most} MB. Send it in parts.", name=name, most=most // MB))
        return _keep(actor, name, draft, at=at)


@action
def _keep(actor: Actor, name: str, draft: Draft, *, at: datetime) -> Waiting:
    if actor.id is None:
        raise ValueError("a person attaches a file")
    most = current_app.config["WAITING_MB"] * MB
    mine = select(func.coalesce(func.sum(StoredFile.size), 0)).join(Attachment, Attachment.digest == StoredFile.digest)
    waiting = db.session.scalar(mine.where(Attachment.person_id == actor.id, Attachment.about.is_(None))) or 0
    if waiting + draft.size > most:
        raise Refused(
            say(
                "More than {most} MB of your files wait to be sent with their forms. Send those first, or come back "
                "tomorrow: what was not sent is forgotten after a day.",
                most=most // MB,
            )
        )
    made = Attachment(digest=draft.digest, name=name, person_id=actor.id, person_name=actor.name, at=at)
    _put_away(draft, made, at)
    return Waiting(made.id, name, draft.size)


@contextlib.contextmanager
def made(stream: IO[bytes], most: int = sys.maxsize - 1) -> Iterator[Draft]:
    """Bytes that the portal made or unpacked itself, for `store` within; what is not stored is gone afterwards. They
    are read no further than one byte past `most`."""
    with written(stream, folder() / "drafts", most) as draft:
        yield draft


def store(draft: Draft, name: str, about: str, subject_id: int, *, by: tuple[int, str], at: datetime) -> None:
    """Give bytes that the portal made to a thing, within the act under way; `by`: for whom it made them."""
    current_act()
    row = Attachment(digest=draft.digest, name=plain_name(name), person_id=by[0], person_name=by[1], at=at)
    row.about, row.subject_id = about, subject_id
    _put_away(draft, row, at)


def _put_away(draft: Draft, named: Attachment, at: datetime) -> None:
    row = {"digest": draft.digest, "size": draft.size, "media_type": draft.media_type, "stored_at": at}
    # the row is locked from here on: a sweep that would forget these bytes waits, and then sees that they are wanted
    db.session.execute(
        insert_or(StoredFile).values(row).on_conflict_do_update(index_elements=["digest"], set_={"stored_at": at})
    )
    db.session.add(named)
    db.session.flush()
    place = _place(draft.digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft.settle(place)


def waiting(person_id: int, ids: Collection[int]) -> list[Waiting]:
    """Those of `ids` that are this person's and still wait, in the order in which they came."""
    if not ids:
        return []
    mine = (Attachment.id.in_(ids), Attachment.person_id == person_id, Attachment.about.is_(None))
    query = select(Attachment.id, Attachment.name, StoredFile.size).join(StoredFile).where(*mine)
    return [Waiting(*row) for row in db.session.execute(query.order_by(Attachment.id))]


def attach(actor: Actor, ids: Collection[int], about: str, subject_id: int, *, part: int | None = None) -> list[str]:
    """Give waiting files to a thing, within the act under way; returns their names with their digests, for the fact.

    Raises NotAllowed when one of them is somebody else's or was given away already: then none is.
    """
    current_act()
    wanted = set(ids)
    if not wanted:
        return []
    mine = (Attachment.id.in_(wanted), Attachment.person_id == actor.id, Attachment.about.is_(None))
    taken = db.session.execute(update(Attachment).where(*mine).values(about=about, subject_id=subject_id, part=part))
    if taken.rowcount != len(wanted):  # type: ignore[attr-defined]
        raise NotAllowed(say("These files are not yours to attach, or no longer wait. Choose them again."))
    rows = select(Attachment.name, Attachment.digest).where(Attachment.id.in_(wanted)).order_by(Attachment.id)
    return [f"{name} sha256:{digest}" for name, digest in db.session.execute(rows)]


def share(about: str, subject_id: int, to: str, to_id: int, digests: Collection[str]) -> None:
    """Let files of one thing be another thing's too, within the act under way; what it has already stays one."""
    current_act()
    there = select(Attachment.digest).where(Attachment.about == to, Attachment.subject_id == to_id)
    mine = (Attachment.about == about, Attachment.subject_id == subject_id, Attachment.digest.in_(digests))
    rows = db.session.scalars(select(Attachment).where(*mine, Attachment.digest.not_in(there)).order_by(Attachment.id))
    for one in {row.digest: row for row in rows}.values():
        db.session.add(
            Attachment(digest=one.digest, name=one.name, person_id=one.person_id, person_name=one.person_name,
                       at=one.at, about=to, subject_id=to_id)
        )  # fmt: skip


def let_go(about: str, subject_id: int) -> None:
    """What belonged to a thing does so no more, within the act under way; bytes that nothing names are forgotten."""
    current_act()
    db.session.execute(delete(Attachment).where(Attachment.about == about, Attachment.subject_id == subject_id))


# ── Going out ──


def of(about: str, subject_id: int) -> Sequence[Attached]:
    """The files of a thing in the order in which they came. The caller has made sure that the reader sees the thing."""
    query = select(Attachment.id, Attachment.name, StoredFile.size, Attachment.part).join(StoredFile)
    query = query.where(Attachment.about == about, Attachment.subject_id == subject_id).order_by(Attachment.id)
    return [Attached(*row) for row in db.session.execute(query)]


def digests_of(about: str, subject_id: int) -> list[str]:
    """The hashes of a thing's files."""
    query = select(Attachment.digest).where(Attachment.about == about, Attachment.subject_id == subject_id)
    return list(db.session.scalars(query.order_by(Attachment.id)))


def of_each(about: str, subject_ids: Collection[int]) -> dict[int, list[Attached]]:
    """The same for several things in one statement; those without files are not among them."""
    query = select(Attachment.id, Attachment.name, StoredFile.size, Attachment.part, Attachment.subject_id)
    query = query.join(StoredFile).where(Attachment.about == about, Attachment.subject_id.in_(subject_ids))
    found: dict[int, list[Attached]] = {}
    for row in db.session.execute(query.order_by(Attachment.id)):
        found.setdefault(row.subject_id, []).append(Attached(*row[:4]))
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A file of a thing by the hash of its bytes; `shown`: a browser may show it in place."""

    id: int
    name: str
    digest: str
    shown: bool


def named(ids: Collection[int]) -> list[Named]:
    """These files in the order in which they came."""
    query = select(Attachment.id, Attachment.name, Attachment.digest, StoredFile.media_type).join(StoredFile)
    rows = db.session.execute(query.where(Attachment.id.in_(ids)).order_by(Attachment.id))
    return [Named(row.id, row.name, row.digest, row.media_type in INLINE) for row in rows]


def with_digest(reader: Any, digest: str, abouts: Collection[str]) -> Served | None:
    """The file with these bytes, where it belongs to a thing of these kinds that the reader may see."""
    query = select(Attachment.id).where(Attachment.digest == digest, Attachment.about.in_(abouts))
    found = (opened_by(reader, one) for one in db.session.scalars(query.order_by(Attachment.id).limit(MOST_OF_ONE)))
    return next(filter(None, found), None)


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is handed out."""

    path: Path
    name: str
    media_type: str
    digest: str

    @property
    def inline(self) -> bool:
        """Whether a browser may show it in place."""
        return self.media_type in INLINE

    @property
    def is_pdf(self) -> bool:
        """Whether its first bytes say so; such a file is handed out to be saved all the same."""
        with self.path.open("rb") as file:
            return file.read(5) == b"%PDF-"


def kept(about: str, subject_id: int, digests: Collection[str]) -> dict[str, Served]:
    """Those files of a thing whose bytes are in the store, by their hash. The caller has made sure that the reader sees
    the thing."""
    query = (
        select(Attachment.name, StoredFile.digest, StoredFile.media_type)
        .join(StoredFile)
        .where(Attachment.about == about, Attachment.subject_id == subject_id, Attachment.digest.in_(digests))
        .order_by(Attachment.id.desc())
    )
    found = (Served(_place(row.digest), row.name, row.media_type, row.digest) for row in db.session.execute(query))
    return {one.digest: one for one in found if one.path.exists()}


def opened_by(reader: Any, attachment_id: int) -> Served | None:
    """The file, or None: “not yours” and “not there” look the same.

    Raises Refused when its bytes are gone from the store.
    """
    query = select(Attachment, StoredFile).join(StoredFile).where(Attachment.id == attachment_id)
    row = db.session.execute(query).first()
    if row is None:
        return None
    attachment, stored = row
    if attachment.about is None:
        if attachment.person_id != reader.id:
            return None
    elif not OWNERS[attachment.about](reader, attachment.subject_id or 0, attachment.part):
        return None
    path = _place(stored.digest)
    if not path.exists():
        log.error("stored file missing", digest=stored.digest)
        raise Refused(
            say("The bytes of “{name}” are missing from the store. Tell the operator: {digest}",
                name=attachment.name, digest=stored.digest[:16])
        )  # fmt: skip
    return Served(path, attachment.name, stored.media_type, stored.digest)


_TRICKS = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")


def plain_name(name: str) -> str:
    """A name that shows what it is: no folder, no invisible or turning characters, no dots at its ends.

    >>> plain_name("C:\\\\报告\\\\invoice\\u202efdp.exe. ")
    'invoicefdp.exe'
    """
    name = _TRICKS.sub("", printable(name)).replace("\\", "/").rpartition("/")[2]
    name = " ".join(name.split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST_NAME:
        name = stem[: LONGEST_NAME - len(ending) - 1] + dot + ending if 0 < len(ending) < 12 else name[:LONGEST_NAME]
    return name or str(say("file"))


def type_of(head: bytes) -> str:
    """What the first bytes say: one of INLINE, or plain bytes."""
    return next((kind for kind, begins in INLINE.items() if begins.match(head)), ANY)


# ── On the disk ──


def folder() -> Path:
    """Where the bytes are."""
    return Path(current_app.config["DATA"]) / "files"


def _place(digest: str) -> Path:
    return folder() / digest[:2] / digest


@dataclass(frozen=True, slots=True)
class Draft:
    """Bytes under a working name, until `settle` gives them theirs."""

    path: Path
    size: int
    digest: str
    media_type: str

    def settle(self, place: Path) -> None:
        """Also over the same bytes: what lay there may be an old orphan, which the sweep is about to take away."""
        os.replace(self.path, place)
        _settled(place.parent)


@contextlib.contextmanager
def written(stream: IO[bytes], drafts: Path, most: int) -> Iterator[Draft]:
    """The stream on the disk, in the folder `drafts`, read no further than one byte past `most`; what is not settled
    within is gone afterwards."""
    drafts.mkdir(parents=True, exist_ok=True)
    path, digest, size, head = drafts / secrets.token_hex(16), hashlib.sha256(), 0, b""
    try:
        with path.open("xb") as out:
            while size <= most and (piece := stream.read(min(MB, most + 1 - size))):
                head = head or piece[:64]
                digest.update(piece)
                out.write(piece)
                size += len(piece)
            out.flush()
            os.fsync(out.fileno())
        yield Draft(path, size, digest.hexdigest(), type_of(head))
    finally:
        path.unlink(missing_ok=True)


def _settled(place: Path) -> None:
    """The new name in a folder survives a power cut."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ── Keeping house ──


@periodic("forget files that nobody sent", every=timedelta(hours=1))
def sweep(at: datetime) -> int:
    """Forget what waited longer than WAITING_HOURS, bytes that nothing names, and drafts of processes that died."""
    before = at - timedelta(hours=current_app.config["WAITING_HOURS"])
    forgotten = forget_waiting(PORTAL, before, at=at)
    _forget_orphans(before)
    return forgotten


@action
def forget_waiting(_actor: Portal, before: datetime, *, at: datetime) -> int:
    """What came before `before` and was never sent with a form; returns how many bytes' names went."""
    db.session.execute(delete(Attachment).where(Attachment.about.is_(None), Attachment.at < before))
    named = select(Attachment.id).where(Attachment.digest == StoredFile.digest).exists()
    gone = db.session.scalars(
        delete(StoredFile).where(StoredFile.stored_at < before, ~named).returning(StoredFile.digest)
    ).all()
    for digest in gone:  # before the commit: whoever sends the same bytes now waits for this row
        _place(digest).unlink(missing_ok=True)
    return len(gone)


def _forget_orphans(before: datetime) -> None:
    """Bytes on the disk without a row, left by a process that died; each goes into the log."""
    for path in folder().glob("*/*"):
        with contextlib.suppress(FileNotFoundError):  # a draft gets its name, or goes, at any moment
            found = path.stat()
            if found.st_mtime >= before.timestamp():
                continue
            if path.parent.name != "drafts" and db.session.get(StoredFile, path.name) is not None:
                continue
            path.unlink()
            log.warning("file without a row removed", name=path.name, size=found.st_size)
    db.session.rollback()


def verify() -> Iterator[Finding]:
    """Every file of a thing whose bytes are gone or are no longer those that were attached."""
    named = select(StoredFile.digest, StoredFile.size).where(
        select(Attachment.id).where(Attachment.digest == StoredFile.digest, Attachment.about.is_not(None)).exists()
    )
    for digest, size in db.session.execute(named.order_by(StoredFile.digest), execution_options={"yield_per": 500}):
        path = _place(digest)
        if not path.exists():
            yield Finding(say("The file {digest} is missing from the store.", digest=digest))
        elif path.stat().st_size != size or _digest(path) != digest:
            yield Finding(say("The bytes of the file {digest} were changed.", digest=digest))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
