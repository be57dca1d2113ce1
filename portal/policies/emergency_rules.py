"""How long a manual may hold that was published in an emergency."""

from __future__ import annotations

from portal.kernel.text import say
from portal.policies.rulebook import Rule, rule, ruleset


@ruleset(say("Emergency publication"))
class EmergencyRules:
    """When a version lapses that nobody approved; asked for by `in_force(EmergencyRules, on=…, for_=…)` on the day of
    its publication."""

    lapses_after: Rule[int] = rule(
        "manuals.emergency.lapses_after",
        say("Days until a version published in an emergency lapses without approval"),
        affects=say("The day from which the version before holds again, unless somebody has approved it by then."),
        unit="days",
        default=7,
        at_least=1,
        at_most=30,
    )
