"""Seals over the journal: one command proves that nothing was changed or removed, and names the first row that was.

A seal lists its entries one by one with their hashes, because PostgreSQL commits out of the order of ids, and holds
the hash of the seal before. It is keyed with a key outside the database (setting SEAL_KEY).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db, on_postgresql
from portal.kernel.actions import Portal, action, current_act
from portal.kernel.columns import Instant
from portal.kernel.journal import JournalEntry
from portal.kernel.text import Said, say

BATCH = 5_000
SEALING = 0x5EA1  # names the lock of whoever seals, and of acts that hold sealing back
LATE = 10_000  # entries that may have been given an id before the newest sealed one and be committed after it


class Seal(Base):
    """One batch: `mark` is HMAC-SHA256 over the mark before and the hashes of its entries in order of id."""

    __tablename__ = "journal_seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    before: Mapped[str]
    count: Mapped[int]
    mark: Mapped[str]


class SealedEntry(Base):
    """That an entry is under a seal, with the hash it had then."""

    __tablename__ = "journal_sealed"

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seal_id: Mapped[int] = mapped_column(ForeignKey("journal_seal.id"), index=True)
    digest: Mapped[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What `verify` found wrong, and at which row."""

    sentence: Said
    entry_id: int | None = None


_COLUMNS = (
    JournalEntry.id, JournalEntry.name, JournalEntry.about, JournalEntry.subject_id, JournalEntry.actor_id,
    JournalEntry.actor_name, JournalEntry.actor_department, JournalEntry.happened_at, JournalEntry.recorded_at,
    JournalEntry.request_id, JournalEntry.facts,
)  # fmt: skip


def digest(row: Any) -> str:
    """SHA-256 over every column of an entry, written in one way on both databases."""
    parts = [part.isoformat(timespec="microseconds") if isinstance(part, datetime) else part for part in row]
    words = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def _mark(before: str, digests: Iterable[str]) -> str:
    key = str(current_app.config["SEAL_KEY"]).encode()
    return hmac.new(key, "\n".join([before, *digests]).encode(), hashlib.sha256).hexdigest()


def hold_back() -> None:
    """No seal is made before the act under way is committed: for one that records more than LATE facts at once.

    On PostgreSQL others would be sealed meanwhile, and its own lie too far behind them to be found. On SQLite nobody
    else writes.
    """
    current_act()
    if on_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock_shared(SEALING)))


@action
def seal(_actor: Portal, *, at: datetime) -> int:
    """Seal what is not sealed yet, at most BATCH entries; returns how many. Safe to run twice, and by two at once."""
    if on_postgresql() and not db.session.scalar(select(func.pg_try_advisory_xact_lock(SEALING))):
        return 0
    newest = db.session.scalar(select(func.max(SealedEntry.entry_id))) or 0
    rows = db.session.execute(
        select(*_COLUMNS)
        .outerjoin(SealedEntry, SealedEntry.entry_id == JournalEntry.id)
        .where(JournalEntry.id > newest - LATE, SealedEntry.entry_id.is_(None))
        .order_by(JournalEntry.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return 0
    last = db.session.scalars(select(Seal).order_by(Seal.id.desc()).limit(1)).first()
    before = last.mark if last else ""
    digests = [(row.id, digest(row)) for row in rows]
    made = Seal(at=at, before=before, count=len(rows), mark=_mark(before, (one for _id, one in digests)))
    db.session.add(made)
    db.session.flush()
    db.session.execute(
        insert(SealedEntry), [{"entry_id": number, "seal_id": made.id, "digest": one} for number, one in digests]
    )
    return len(rows)


def last_mark() -> str:
    """The newest seal: printed on month sheets and kept in backups, so that a whole journal cannot be replaced."""
    return db.session.scalar(select(Seal.mark).order_by(Seal.id.desc()).limit(1)) or ""


def verify(known_mark: str = "") -> Iterator[Finding]:
    """Every row of the journal that is not as it was sealed, every seal that does not follow from the one before.

    `known_mark`: a seal that was printed or kept elsewhere; a finding says when it is no longer there.
    """
    before = ""
    met = not known_mark
    for one in db.session.scalars(select(Seal).order_by(Seal.id)):
        rows = {row.id: row for row in _entries_of(one.id)}
        kept = db.session.execute(
            select(SealedEntry.entry_id, SealedEntry.digest)
            .where(SealedEntry.seal_id == one.id)
            .order_by(SealedEntry.entry_id)
        ).all()
        for entry_id, kept_digest in kept:
            if entry_id not in rows:
                yield Finding(
                    say("Journal entry {id} is gone; it was sealed at {at}.", id=entry_id, at=one.at), entry_id
                )
            elif digest(rows[entry_id]) != kept_digest:
                yield Finding(
                    say("Journal entry {id} was changed after it was sealed at {at}.", id=entry_id, at=one.at), entry_id
                )
        if one.before != before or one.count != len(kept) or one.mark != _mark(before, (one for _id, one in kept)):
            yield Finding(say("Seal {id} does not follow from the one before it.", id=one.id))
        before = one.mark
        met = met or one.mark == known_mark
    if not met:
        yield Finding(say("The seal {mark} is not in this journal.", mark=known_mark[:16]))


def unsealed() -> int:
    """How many entries no seal covers yet."""
    query = (
        select(func.count()).select_from(JournalEntry).outerjoin(SealedEntry, SealedEntry.entry_id == JournalEntry.id)
    )
    return db.session.scalar(query.where(SealedEntry.entry_id.is_(None))) or 0


def _entries_of(seal_id: int) -> Iterable[Any]:
    query = select(*_COLUMNS).join(SealedEntry, SealedEntry.entry_id == JournalEntry.id)
    return db.session.execute(query.where(SealedEntry.seal_id == seal_id))
