"""How far a replay is, and what a case of it can come to."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class Progress(StrEnum):
    """How far a replay is."""

    WAITING = "waiting"
    RUNNING = "being replayed"
    DONE = "replayed"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def label(self) -> Said:
        """How far it is, as people say it."""
        return _PROGRESS[self][0]

    @property
    def tone(self) -> str:
        """How it looks beside the title."""
        return _PROGRESS[self][1]

    @property
    def at_work(self) -> bool:
        """Whether the portal has still to do something for it."""
        return self in (Progress.WAITING, Progress.RUNNING)


class Effect(StrEnum):
    """What the draft would have made of a case; one that is late or no longer late is due at another time as well."""

    EARLIER = "earlier"
    LATER = "later"
    NEW = "new"
    GONE = "gone"
    LATE = "late"
    IN_TIME = "in-time"

    @property
    def label(self) -> Said:
        """As it stands over its column."""
        return _EFFECTS[self]


_PROGRESS = {
    Progress.WAITING: (say("waits for its turn"), "waiting"),
    Progress.RUNNING: (say("being replayed"), "waiting"),
    Progress.DONE: (say("replayed"), "done"),
    Progress.CANCELLED: (say("cancelled"), "void"),
    Progress.FAILED: (say("could not be replayed"), "late"),
}
_EFFECTS = {
    Effect.EARLIER: say("Due earlier"),
    Effect.LATER: say("Due later"),
    Effect.NEW: say("Limited for the first time"),
    Effect.GONE: say("No longer limited"),
    Effect.LATE: say("In time, and would be late"),
    Effect.IN_TIME: say("Late, and would be in time"),
}
