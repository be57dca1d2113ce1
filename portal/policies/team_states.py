"""What a team is that serves for the company."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class TeamKind(StrEnum):
    """What a team does for customers or the neighbourhood."""

    EXPERT = "expert"
    SERVICE = "service"
    VOLUNTEER = "volunteer"

    @property
    def label(self) -> Said:
        """The kind as people say it."""
        return _KINDS[self]


_KINDS = {
    TeamKind.EXPERT: say("expert team"),
    TeamKind.SERVICE: say("service team"),
    TeamKind.VOLUNTEER: say("volunteer team"),
}
