"""The way of new products to the shelf, as a table."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class Launch(StrEnum):
    """Where new products stand."""

    EXPLAINED = "explained"
    LISTED = "listed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Said:
        """The state as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """How the state looks in a list."""
        return {Launch.EXPLAINED: "waiting", Launch.LISTED: "done"}.get(self, "void")


L = Launch
LAUNCH = Lifecycle(
    step("change",   before={L.EXPLAINED}, after=None,        by=P.TRAINING_KEEP),
    step("list",     before={L.EXPLAINED}, after=L.LISTED,    by=P.TRAINING_KEEP),
    step("withdraw", before={L.EXPLAINED}, after=L.WITHDRAWN, by=P.TRAINING_KEEP),
)  # fmt: skip
"""Whoever sells them says on their own that they know them: that is no step of the products."""
_STATES = {L.EXPLAINED: say("being explained"), L.LISTED: say("on sale"), L.WITHDRAWN: say("withdrawn")}
