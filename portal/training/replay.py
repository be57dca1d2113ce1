"""Why nothing that the manuals say of training is replayed before it is published."""

from __future__ import annotations

from portal.kernel.text import say
from portal.policies import replay

replay.leave_out(
    say("The list says who has to be trained on the day on which it is read, and keeps no day before it."),
    "training.attitude_every", "training.product_every", "training.product_check", "newcomers.newcomer_for",
)  # fmt: skip
replay.leave_out(
    say("It marks weeks of a plan, and nothing is held against anybody by it."),
    "training.weekly_at_least", "training.weekly_at_most",
)  # fmt: skip
replay.leave_out(
    say("It refuses a step or lets it pass: what people would have done instead, no fact tells."),
    "training.large_batch", "newcomers.entry_days", "newcomers.mentor_after", "newcomers.per_mentor",
    "newcomers.property_check",
)  # fmt: skip
