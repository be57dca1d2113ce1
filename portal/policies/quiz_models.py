"""The questions about a version, while it is written and as they were published, and what people answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base
from portal.kernel.columns import Instant, Json
from portal.policies.quiz_rules import Choice, Question


class _Question:
    """`kept`: what can be ticked, each as [words, whether it is right]; `stable`: the clause with the answer."""

    position: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    kept: Mapped[list[Any]] = mapped_column("choices", Json)
    stable: Mapped[str] = mapped_column(default="")

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be ticked, in its order."""
        return tuple(Choice(words, right) for words, right in self.kept)

    def text(self) -> Question:
        """The question as it was written."""
        return Question(self.words, self.choices, self.stable)


class DraftQuestion(_Question, Base):
    """A question of a draft."""

    __tablename__ = "draft_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("manual_draft.id"), index=True)


class QuizQuestion(_Question, Base):
    """A question about a version, never changed since that was published."""

    __tablename__ = "quiz_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("manual_version.id"), index=True)


class QuizAttempt(Base):
    """One try of somebody at the quiz of a version, kept as evidence.

    `answers`: what was ticked, question by question in their order, as places of the choices; `wanted`: how many had to
    be right, `because`: by which clause ("" where none rules on it).
    """

    __tablename__ = "quiz_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    acknowledgement_id: Mapped[int] = mapped_column(ForeignKey("acknowledgement.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    answers: Mapped[list[Any]] = mapped_column(Json)
    asked: Mapped[int]
    right: Mapped[int]
    wanted: Mapped[int]
    passed: Mapped[bool]
    because: Mapped[str] = mapped_column(default="")
