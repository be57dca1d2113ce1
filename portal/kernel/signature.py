"""Who signed exactly what, when and how. One table for handovers, manuals, deductions, loans.

Signing is proving again, at that moment, who one is (`organisation.accounts` checks the secret and answers with a
Confirmation), under a sentence of consent, over the exact content. What was signed is kept as it was hashed and prints
so; the row can be neither changed nor removed, and its hash stands in the sealed journal as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import Actor, current_act
from portal.kernel.columns import Instant
from portal.kernel.errors import Refused
from portal.kernel.journal import JournalEntry, event, record
from portal.kernel.seals import Finding
from portal.kernel.text import Said, say

GOOD_FOR = timedelta(minutes=5)
"""How long after the secret was given the signature must be made: the time of one press of a button."""


SLOWLY = {"yield_per": 500}


class Method(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 (the word, not one)
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That a person proved at a moment who they are."""

    person_id: int
    method: Method
    at: datetime


class Signature(Base):
    """One signature. `content` is the canonical text that was hashed; name and department are those of the day."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("about", "subject_id", "purpose", "person_id", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str]
    subject_id: Mapped[int]
    purpose: Mapped[str]
    person_id: Mapped[int] = mapped_column(index=True)
    person_name: Mapped[str]
    person_department: Mapped[str]
    method: Mapped[Method]
    consent: Mapped[str]
    content: Mapped[str]
    content_hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


@event
@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody signed. `digest` covers the whole row, so that the seals over the journal protect it too."""

    about: ClassVar[str] = "signature"
    signature_id: int
    thing: str
    thing_id: int
    purpose: str
    digest: str

    @property
    def subject_id(self) -> int:
        return self.signature_id

    def sentence(self) -> Said:
        return say("Signed")


def sign(
    actor: Actor, confirmation: Confirmation, about: str, subject_id: int, purpose: str, content: Mapping[str, Any],
    *, consent: Said,
) -> Signature:  # fmt: skip
    """Sign `content` about the thing (`about`, `subject_id`) for `purpose`, within the act under way.

    `consent`: the sentence that stood above the field for the secret; kept in the language in which it was read.
    Raises Refused when the secret was given too long ago; ValueError when somebody else gave it.
    """
    at = current_act().at
    if confirmation.person_id != actor.id:
        raise ValueError("a signature needs the secret of the one who signs")
    if not timedelta(0) <= at - confirmation.at <= GOOD_FOR:
        raise Refused(say("Enter your PIN or password once more: it was given too long ago."), field="secret")
    text = canonical(content)
    made = Signature(
        about=about, subject_id=subject_id, purpose=purpose, person_id=confirmation.person_id, person_name=actor.name,
        person_department=actor.department_name, method=confirmation.method, consent=str(consent), content=text,
        content_hash=content_hash(text), at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record(Signed(made.id, about, subject_id, purpose, digest(made)))
    return made


def of(about: str, subject_id: int) -> list[Signature]:
    """The signatures under one thing, in the order in which they were made."""
    query = select(Signature).where(Signature.about == about, Signature.subject_id == subject_id)
    return list(db.session.scalars(query.order_by(Signature.id)))


def verify() -> Iterator[Finding]:
    """Every signature whose content is not what was signed, and every one that is gone.

    Its digest stands in the journal, which seals protect: whoever changes the row and its hash is found out.
    """
    made = (JournalEntry.about == Signed.about) & (JournalEntry.name == Signed.__name__)
    one = JournalEntry.subject_id == Signature.id
    facts = select(JournalEntry.subject_id, JournalEntry.facts, Signature).outerjoin(Signature, one).where(made)
    for signature_id, recorded, row in db.session.execute(facts.order_by(JournalEntry.id), execution_options=SLOWLY):
        if row is None:
            yield Finding(say("Signature {id} is gone.", id=signature_id))
        elif recorded["digest"] != digest(row) or row.content_hash != content_hash(row.content):
            yield Finding(say("Signature {id} was changed after it was made.", id=signature_id))
    for signature_id in db.session.scalars(
        select(Signature.id).outerjoin(JournalEntry, one & made).where(JournalEntry.id.is_(None)).order_by(Signature.id)
    ):
        yield Finding(say("Signature {id} stands in no journal: nobody made it.", id=signature_id))


def canonical(content: Mapping[str, Any]) -> str:
    """The one way to write `content` down: JSON, keys sorted, nothing escaped that need not be.

    Text, whole numbers, yes/no, days, instants (in UTC), rates and lists and maps of these. Raises TypeError for
    anything else; a float among them, because it is written differently in different places.
    """
    return json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(text: str) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def digest(row: Signature) -> str:
    """SHA-256 over every column but the id."""
    columns = (column.key for column in Signature.__table__.columns if column.key != "id")
    return content_hash(canonical({name: getattr(row, name) for name in columns}))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"an instant needs its time zone, got {value!r}")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    raise TypeError(f"what is signed is text, numbers, days and lists of them, not {value!r}")
