"""The life of what somebody thinks should be otherwise about a clause, as a table."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class Asked(StrEnum):
    """Where a change request stands. ACCEPTED: it goes into the next version; DONE: a published version has it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"

    @property
    def label(self) -> Said:
        """The state as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """How the state looks in a list."""
        return _TONES[self]


A = Asked
_ANSWERS = ("owner_id", "supervisor_id")

CHANGE_REQUEST = Lifecycle(
    step("accept", before={A.OPEN},               after=A.ACCEPTED, by=P.MANUALS_PUBLISH, own=_ANSWERS),
    step("refuse", before={A.OPEN, A.ACCEPTED},   after=A.REFUSED,  by=P.MANUALS_PUBLISH, own=_ANSWERS),
    step("settle", before={A.OPEN, A.ACCEPTED},   after=A.DONE,     by=P.MANUALS_PUBLISH, own=_ANSWERS),
)  # fmt: skip

_STATES = {
    A.OPEN: say("waits for an answer"),
    A.ACCEPTED: say("goes into the next version"),
    A.DONE: say("done"),
    A.REFUSED: say("stays as it is"),
}
_TONES = {A.OPEN: "waiting", A.ACCEPTED: "open", A.DONE: "done", A.REFUSED: "void"}
