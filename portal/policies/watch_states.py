"""In which ways a manual is made known, and what an audit finds."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class Means(StrEnum):
    """The four ways of making a manual known (POL-026)."""

    MEETING = "meeting"
    COURSE = "online course"
    WORKSHOP = "workshop"
    REMINDER = "newsletter and mail"

    @property
    def label(self) -> Said:
        """The way as people say it."""
        return _MEANS[self]


class Found(StrEnum):
    """What an audit found."""

    IN_ORDER = "in order"
    DEVIATIONS = "deviations"

    @property
    def label(self) -> Said:
        """The word as people say it."""
        return _FOUND[self]

    @property
    def tone(self) -> str:
        """How the word looks in a list."""
        return {Found.IN_ORDER: "done"}.get(self, "soon")


_MEANS = {
    Means.MEETING: say("company meeting"),
    Means.COURSE: say("online course"),
    Means.WORKSHOP: say("workshop"),
    Means.REMINDER: say("newsletter and mail"),
}
_FOUND = {Found.IN_ORDER: say("kept as it is written"), Found.DEVIATIONS: say("deviations")}
