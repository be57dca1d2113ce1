"""The life of a proposal for one of a department's people (ORG-025)."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class ProposalState(StrEnum):
    """A proposal waits for HR or higher until it is decided or taken back."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Said:
        """The state of affairs, as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """Which of the page's marks stands beside the words."""
        return {S.PROPOSED: "waiting", S.ACCEPTED: "done"}.get(self, "void")


S = ProposalState
PROPOSAL = Lifecycle(
    step("accept",   before={S.PROPOSED}, after=S.ACCEPTED,  by=P.PROPOSALS_DECIDE),
    step("decline",  before={S.PROPOSED}, after=S.DECLINED,  by=P.PROPOSALS_DECIDE),
    step("withdraw", before={S.PROPOSED}, after=S.WITHDRAWN, own=("proposed_by_id",)),
)  # fmt: skip

_STATES = {
    S.PROPOSED: say("waits for a decision"),
    S.ACCEPTED: say("accepted"),
    S.DECLINED: say("declined"),
    S.WITHDRAWN: say("taken back"),
}
