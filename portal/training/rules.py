"""What manuals decide about training, and the arithmetic of it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.policies.rulebook import Rule, rule, ruleset
from portal.training.states import CourseKind

MOST_DAYS = 10
LONGEST = timedelta(days=31)


@ruleset(say("Training"))
class TrainingRules:
    """How often it is trained again, and how many trainings a week has."""

    attitude_every: Rule[int] = rule(
        "training.attitude_every", say("Months until attitude is trained again"), unit="months", default=12,
        at_least=1, at_most=36,
    )  # fmt: skip
    product_every: Rule[int] = rule(
        "training.product_every", say("Months until product knowledge is checked again"), unit="months", default=12,
        at_least=1, at_most=36,
    )  # fmt: skip


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def counts_since(kind: CourseKind, day: date, rules: TrainingRules) -> date | None:
    """From which day a course that somebody passed still counts on `day`; None: it counts for ever.

    Source: POL-041, POL-047 with their intervals.
    """
    every = {CourseKind.ATTITUDE: rules.attitude_every, CourseKind.PRODUCT: rules.product_every}.get(kind)
    return months_before(day, every.value) if every else None


def refuse_impossible(starts_at: datetime, ends_at: datetime, days: int, spanned: int) -> None:
    """Raises Refused for a session that ends before it begins, lasts for more than a month, or counts for more days of
    training than it has. `spanned`: the days of the office's calendar on which it takes place."""
    if ends_at <= starts_at:
        raise Refused(say("It ends before it begins."), field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise Refused(say("A session lasts a month at most. Plan several."), field="ends_at")
    if not 0 <= days <= min(MOST_DAYS, spanned):
        raise Refused(
            say("It takes place on {days} days: it cannot count for more.", days=min(MOST_DAYS, spanned)),
            field="days",
        )  # fmt: skip


def missing_topics(wanted: Iterable[str], taught: Iterable[str]) -> list[str]:
    """What is wanted and not taught, in the order in which it is wanted."""
    found = set(taught)
    return [one for one in wanted if one not in found]
