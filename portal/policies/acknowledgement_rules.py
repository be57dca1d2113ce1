"""What a manual decides about how manuals are made known."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from portal.kernel.text import say
from portal.policies.rulebook import Rule, rule, ruleset


@ruleset(say("Manuals made known"))
class KnownRules:
    """Until when people acknowledge a new version, how often they are reminded, when a quiz about it is passed, and
    how often it is audited whether they are kept."""

    within: Rule[int] = rule(
        "manuals.acknowledge_within", say("Days to acknowledge a new version"),
        affects=say("The last day on which a new version is acknowledged in time, as it stands on everybody's list."),
        unit="days", default=14, at_least=1, at_most=90, of_people=True,
    )  # fmt: skip
    remind_every: Rule[int] = rule(
        "manuals.remind_every",
        say("Days between two reminders"),
        affects=say("How often somebody who has not acknowledged yet is reminded."),
        unit="days",
        default=5,
        at_least=1,
        at_most=30,
        of_people=True,
    )
    audit_every: Rule[int] = rule(
        "manuals.audit_every", say("Months between two audits of a manual"), unit="months", default=12, at_least=1,
        at_most=36, affects=say("By which day whoever watches over a manual says whether it is kept."),
    )  # fmt: skip
    quiz_pass: Rule[int] = rule(
        "manuals.quiz_pass", say("Share of the questions that are answered rightly"), unit="per cent", default=80,
        at_least=1, at_most=100, of_people=True,
        affects=say("Whether somebody has passed the quiz about a new version."),
    )  # fmt: skip
    quiz_tries: Rule[int] = rule(
        "manuals.quiz_tries", say("Tries at a quiz on one day"), unit="times", default=3, at_least=1, at_most=20,
        of_people=True,
        affects=say("How often somebody may try a quiz before they read the manual again until the next day."),
    )  # fmt: skip


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_on(asked_on: date, rules: KnownRules) -> date:
    """The last day on which it is in time."""
    return asked_on + timedelta(days=rules.within.value)


def next_reminder(told_on: date, rules: KnownRules) -> date:
    """The day of the reminder after one, or after the asking itself; missed ones are not made up for."""
    return told_on + timedelta(days=rules.remind_every.value)
