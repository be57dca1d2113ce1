"""What manuals decide about training, and the arithmetic of it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.policies.rulebook import Rule, rule, ruleset
from portal.training.states import CourseKind, Week

MOST_DAYS = 10
LONGEST = timedelta(days=31)


@ruleset(say("Training"))
class TrainingRules:
    """How often it is trained again, and how many trainings a week has."""

    attitude_every: Rule[int] = rule(
        "training.attitude_every", say("Months until attitude is trained again"), unit="months", default=12,
        at_least=1, at_most=36,
        affects=say("Who stands on the list of those who have to be trained in attitude again."),
    )  # fmt: skip
    product_every: Rule[int] = rule(
        "training.product_every", say("Months until product knowledge is checked again"), unit="months", default=12,
        at_least=1, at_most=36,
        affects=say("Who stands on the list of those whose product knowledge is checked again."),
    )  # fmt: skip
    product_check: Rule[bool] = rule(
        "training.product_check", say("Product knowledge is checked on the page of a colleague"), default=False,
        affects=say("Whether the agents of a department are checked by their head at their post and again later."),
    )  # fmt: skip
    weekly_at_least: Rule[int] = rule(
        "training.weekly_at_least", say("Trainings of a week, at least"), unit="times", default=0, at_least=0,
        at_most=7, affects=say("Which weeks of the training plan are flagged as empty."),
    )  # fmt: skip
    weekly_at_most: Rule[int] = rule(
        "training.weekly_at_most", say("Trainings of a week, at most"), unit="times", default=7, at_least=1,
        at_most=14, affects=say("Which weeks of the training plan are flagged as too full."),
    )  # fmt: skip
    large_batch: Rule[int] = rule(
        "training.large_batch", say("New products at once that want a training on site"), unit="", default=1000,
        at_least=1, at_most=1000,
        affects=say("Whether new products go on sale only after a special training on site was held."),
    )  # fmt: skip


@ruleset(say("Newcomers"))
class NewcomerRules:
    """What a newcomer goes through before they are put on a roster, and who may coach them (V-11)."""

    entry_days: Rule[int] = rule(
        "newcomers.entry_days", say("Days of entry training"), unit="days", default=2, at_least=1, at_most=10,
        affects=say("How much entry training a newcomer needs before they may be put on a roster."),
    )  # fmt: skip
    newcomer_for: Rule[int] = rule(
        "newcomers.newcomer_for", say("Days for which somebody counts as new"), unit="days", default=90, at_least=1,
        at_most=365, affects=say("For how long somebody stands among the newcomers, with a checklist and a mentor."),
    )  # fmt: skip
    mentor_after: Rule[int] = rule(
        "newcomers.mentor_after", say("Months with the company before somebody coaches"), unit="months", default=6,
        at_least=0, at_most=60, affects=say("Who can be named as a mentor."),
    )  # fmt: skip
    per_mentor: Rule[int] = rule(
        "newcomers.per_mentor", say("Newcomers whom one colleague coaches at once"), unit="persons", default=3,
        at_least=1, at_most=10, affects=say("Whether somebody who coaches already can be named for one more newcomer."),
    )  # fmt: skip
    property_check: Rule[bool] = rule(
        "newcomers.property_check", say("Five fields of knowledge are checked before the post"), default=False,
        affects=say("Whether a newcomer needs that check, too, before they may be put on a roster."),
    )  # fmt: skip


def refuse_mentor(joined_on: date, from_on: date, coached: int, rules: NewcomerRules) -> None:
    """Raises Refused for somebody who is not with us long enough to coach, or coaches as many as one may already.

    `coached`: whom they coach on that day besides. Source: POL-033.
    """
    if joined_on > months_before(from_on, rules.mentor_after.value):
        raise Refused(
            say("Who coaches has been with us for {months} months.", months=rules.mentor_after.value),
            field="mentor", clause=rules.mentor_after.clause,
        )  # fmt: skip
    if coached >= rules.per_mentor.value:
        raise Refused(
            say("One colleague coaches {most} newcomers at once.", most=rules.per_mentor.value),
            field="mentor", clause=rules.per_mentor.clause,
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


def week_of(count: int, rules: TrainingRules) -> Week:
    """Whether a week has as many trainings as the manual wants: one to two at the service centre (POL-037)."""
    if count < rules.weekly_at_least.value:
        return Week.FEW if count else Week.EMPTY
    return Week.MANY if count > rules.weekly_at_most.value else Week.FINE


def wants_training_on_site(products: int, rules: TrainingRules) -> bool:
    """Whether so many new products at once are a large batch. Source: POL-040."""
    return products >= rules.large_batch.value


def missing_topics(wanted: Iterable[str], taught: Iterable[str]) -> list[str]:
    """What is wanted and not taught, in the order in which it is wanted."""
    found = set(taught)
    return [one for one in wanted if one not in found]
