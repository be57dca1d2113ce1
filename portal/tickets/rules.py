"""What the manuals decide about tickets."""

from __future__ import annotations

from portal.kernel.deadlines import Allowance
from portal.kernel.text import say
from portal.policies.rulebook import Rule, Table, rule, ruleset
from portal.tickets.states import Channel, Priority


@ruleset(say("Tickets: limits and rounds"))
class TicketRules:
    """Limits and rounds of a ticket (V-02, V-03, I-07, I-21); asked for by `in_force(TicketRules, on=…, for_=…)`.

    `on` is the day of the fact (receipt, offer, answer), `for_` the department that owns the ticket. Without a ruling
    no clock runs: nobody can miss a limit that no manual sets.
    """

    first_response: Rule[Table[Allowance]] = rule(
        "tickets.first_response",
        say("First response to whoever asks"),
        by={"priority": Priority, "channel": Channel},
        default=Table(("priority", "channel")),
    )
    solve_within: Rule[Table[Allowance]] = rule(
        "tickets.solve_within",
        say("Solved within"),
        by={"kind": str, "priority": Priority},
        default=Table(("kind", "priority")),
    )
    complaint_answer: Rule[Allowance | None] = rule(
        "tickets.complaint_answer", say("Definite answer to a complaint"), default=None
    )
    satisfaction_rounds: Rule[int] = rule(
        "tickets.satisfaction_rounds",
        say("Rounds of asking before the next level decides"),
        unit="rounds",
        default=3,
        at_least=1,
        at_most=9,
    )
    accept_within: Rule[Allowance | None] = rule(
        "tickets.accept_within", say("An offer unanswered for this long is shown as unanswered"), default=None
    )
    forbidden_phrases_refuse: Rule[bool] = rule(
        "tickets.forbidden_phrases_refuse",
        say("A reply with a forbidden phrase is refused, not only warned of"),
        default=False,
    )
