"""Attempts without the right. Their own transaction was rolled back; the attempt itself is kept here, for a time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import PORTAL, Portal, action, request_id
from portal.kernel.columns import Instant, Json


class Kind(StrEnum):
    """What was tried."""

    SIGN_IN_REFUSED = "sign-in refused"
    SECRET_REFUSED = "secret refused"  # noqa: S105 (a kind of attempt)
    LINK_REFUSED = "link refused"
    RESET_ASKED = "new password asked for"
    RIGHT_REFUSED = "right refused"
    VERB_REFUSED = "verb refused"
    TOKEN_REFUSED = "token refused"  # noqa: S105 (a kind of attempt)
    FOREIGN_FORM = "form from elsewhere"
    EXTRA_FIELDS = "fields that the form does not have"

    @property
    def label(self) -> str:
        """What was tried, in the reader's language."""
        return str(_LABELS[self])


_LABELS = {
    Kind.SIGN_IN_REFUSED: _l("Sign-in refused"),
    Kind.SECRET_REFUSED: _l("Password or PIN refused"),
    Kind.LINK_REFUSED: _l("One-time link refused"),
    Kind.RESET_ASKED: _l("New password asked for"),
    Kind.RIGHT_REFUSED: _l("Page without the right"),
    Kind.VERB_REFUSED: _l("Act without the right"),
    Kind.TOKEN_REFUSED: _l("Form without a good token"),
    Kind.FOREIGN_FORM: _l("Form from another site"),
    Kind.EXTRA_FIELDS: _l("Fields that the form does not have"),
}


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
    put_down(kind, person_id=person_id, address=address, at=at, **detail)


def put_down(kind: str, *, person_id: int | None, address: str, at: datetime, **detail: Any) -> None:
    """Keep one attempt within the act under way."""
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
