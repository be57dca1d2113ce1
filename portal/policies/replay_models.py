"""The replay of a draft: how far it is, and the cases that would have come out differently."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant, Json, Sentence
from portal.kernel.text import Said
from portal.policies.replay_states import Progress


class DraftReplay(Base):
    """The last replay of a draft: the facts of `first_on` to `last_on`, both included, against its values.

    `rulings`: what the draft ruled when it was asked for, key → value, and `places`: whom it bound; with others it is
    out of date. `changes`: key → (value before, value of the draft, number of its clause), empty where nothing is said.
    `done` of `total` facts are judged. Whoever works on it has it until `claimed_until`; one who dies is followed by
    another, who begins anew.
    """

    __tablename__ = "draft_replay"
    __table_args__ = (Index("ix_draft_replay_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), unique=True)
    state: Mapped[Progress]
    first_on: Mapped[date]
    last_on: Mapped[date]
    rulings: Mapped[dict[str, str]] = mapped_column(Json)
    changes: Mapped[dict[str, list[str]]] = mapped_column(Json)
    places: Mapped[list[str]] = mapped_column(Json, default=list)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[Said | None] = mapped_column(Sentence)
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)

    @property
    def percent(self) -> int:
        """How much of it is done, in whole per cent."""
        return min(self.done * 100 // self.total, 100) if self.total else 0


class ReplayedCase(Base):
    """A case that would have come out differently. `kind` and `thing_id` name it, `key` the rule; None: no limit."""

    __tablename__ = "replayed_case"
    __table_args__ = (Index("ix_replayed_case_replay_id_key_id", "replay_id", "key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    replay_id: Mapped[int] = mapped_column(ForeignKey("draft_replay.id"))
    kind: Mapped[str]
    thing_id: Mapped[int]
    key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_before: Mapped[datetime | None] = mapped_column(Instant)
    due_after: Mapped[datetime | None] = mapped_column(Instant)
    late_before: Mapped[bool]
    late_after: Mapped[bool]
