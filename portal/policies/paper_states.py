"""How far the PDF of a version is."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class PaperState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    MAKING = "being made"
    MADE = "made"
    FAILED = "failed"

    @property
    def label(self) -> Said:
        """How far it is, as people say it."""
        return _LABELS[self][0]

    @property
    def tone(self) -> str:
        """How it looks beside its words."""
        return _LABELS[self][1]

    @property
    def at_work(self) -> bool:
        """Whether the portal has still to do something for it."""
        return self in (PaperState.WAITING, PaperState.MAKING)


_LABELS = {
    PaperState.WAITING: (say("waits for its turn"), "waiting"),
    PaperState.MAKING: (say("is being made"), "waiting"),
    PaperState.MADE: (say("is there"), "done"),
    PaperState.FAILED: (say("could not be made"), "late"),
}
