"""How many approve a manual, and what must be kept with it before anybody is asked to."""

from __future__ import annotations

from portal.kernel.text import say
from portal.policies.kinds import Table
from portal.policies.rulebook import Rule, rule, ruleset
from portal.policies.states import Evidence, ManualKind


@ruleset(say("Approval of manuals"))
class ApprovalRules:
    """What a draft needs to be approved (V-09); asked for by `in_force(ApprovalRules, on=…, for_=…)` on the day on
    which approval is asked for. Without a ruling one approval is enough, and nothing has to be shown."""

    quorum: Rule[Table[int]] = rule(
        "manuals.approval.quorum",
        say("Approvals that a manual needs"),
        affects=say("How many people have to approve a version before it can be published, by kind of manual."),
        by={"kind": ManualKind},
        unit="persons",
        default=Table(("kind",)),
        at_least=1,
        at_most=9,
    )
    evidence: Rule[Table[bool]] = rule(
        "manuals.approval.evidence",
        say("Evidence that is kept before approval is asked for"),
        affects=say("What has to be kept with a draft before its authors can ask for approval, by kind of manual."),
        by={"kind": ManualKind, "evidence": Evidence},
        default=Table(("kind", "evidence")),
    )

    def approvals_for(self, kind: ManualKind) -> int:
        """How many approvals a manual of this kind needs."""
        return self.quorum.value.at(kind=kind) or 1

    def wanted_for(self, kind: ManualKind) -> tuple[Evidence, ...]:
        """What has to be kept with a manual of this kind."""
        return tuple(one for one in Evidence if self.evidence.value.at(kind=kind, evidence=one))
