"""Questions to the journal and to the security log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.journal import JournalEntry, event_classes
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.seals import Seal
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation.models import Person
from portal.organisation.staff import Staff


@dataclass(frozen=True, slots=True)
class LastSeal:
    """The newest seal: when it was made and the first signs of its mark."""

    at: datetime
    mark: str


def kinds_of_things() -> tuple[str, ...]:
    """What facts can be about: ticket, person, department, …"""
    return tuple(sorted({one.about for one in event_classes()}))


def journal(reader: Staff, *, about: str | None, actor: str | None, after: After | None = None) -> Slice[JournalEntry]:
    """The newest facts first, for whoever may read the journal; nobody else gets a row.

    Sorted by id, which `ix_journal_about_id` and `ix_journal_actor_id_id` serve for their filters.
    """
    query = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(PAGE + 1)
    if not reader.may(P.JOURNAL_READ):
        return Slice([], None)
    if about:
        query = query.where(JournalEntry.about == about)
    if actor:
        wanted = select(Person.id).where(Person.sign_in_name == actor.strip().casefold()).scalar_subquery()
        query = query.where(JournalEntry.actor_id == wanted)
    if after:
        query = query.where(JournalEntry.id < after.key[0])
    return Slice.of(db.session.scalars(query).all(), lambda row: (row.id,))


class Attempt(NamedTuple):
    """One entry of the security log, with whoever it was."""

    event: SecurityEvent
    name: str | None
    sign_in_name: str | None


def security_log(reader: Staff, *, kind: Kind | None, after: After | None = None) -> Slice[Attempt]:
    """The newest attempts first, for whoever may read them; nobody else gets a row. Sorted by id."""
    query = (
        select(SecurityEvent, Person.name, Person.sign_in_name)
        .outerjoin(Person, Person.id == SecurityEvent.person_id)
        .order_by(SecurityEvent.id.desc())
        .limit(PAGE + 1)
    )
    if not reader.may(P.SECURITY_READ):
        return Slice([], None)
    if kind:
        query = query.where(SecurityEvent.kind == kind)
    if after:
        query = query.where(SecurityEvent.id < after.key[0])
    rows = [Attempt(*row) for row in db.session.execute(query)]
    return Slice.of(rows, lambda row: (row.event.id,))


def last_seal() -> LastSeal | None:
    """The newest seal, or None before the first."""
    row = db.session.execute(select(Seal.at, Seal.mark).order_by(Seal.id.desc()).limit(1)).first()
    return LastSeal(row.at, row.mark) if row else None
