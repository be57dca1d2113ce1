"""Attempts without the right. Their own transaction was rolled back; the attempt itself is kept here, for a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import PORTAL, Portal, action, request_id
from portal.kernel.columns import Instant, Json


class SecurityEvent(Base):
    """What was tried, by whom and from where; never what was typed as a secret."""

    __tablename__ = "security_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    kind: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    address: Mapped[str]
    request_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


@action
def keep(
    _actor: Portal, kind: str, *, person_id: int | None, address: str, detail: dict[str, Any], at: datetime
) -> None:
    """Keep one attempt, in a transaction of its own."""
    db.session.add(
        SecurityEvent(
            at=at, kind=kind, person_id=person_id, address=address, request_id=request_id.get(), detail=detail
        )
    )


def kept(kind: str, *, person_id: int | None, address: str, at: datetime, **detail: Any) -> None:
    """Keep an attempt after its own transaction was rolled back."""
    keep(PORTAL, kind, person_id=person_id, address=address, detail=detail, at=at)


def forget_before(at: datetime) -> None:
    """Entries have an age: called by the daily sweep, inside its act."""
    db.session.execute(delete(SecurityEvent).where(SecurityEvent.at < at))
