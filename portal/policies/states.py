"""What kinds of manuals there are, and in which state a version stands."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class ManualKind(StrEnum):
    """Which flow a manual passes before it is published (V-09)."""

    CONDUCT = "conduct"
    STANDARD = "standard"

    @property
    def label(self) -> Said:
        """The kind as people say it."""
        return _LABELS[self]


class State(StrEnum):
    """The state of a version. That it is in force or superseded follows from the day and is not kept."""

    PUBLISHED = "published"


class Standing(StrEnum):
    """What a published version is on a day: still to come, in force, or behind us."""

    COMING = "coming"
    IN_FORCE = "in force"
    SUPERSEDED = "superseded"


_LABELS = {
    ManualKind.CONDUCT: say("code of conduct"),
    ManualKind.STANDARD: say("technical standard"),
}
