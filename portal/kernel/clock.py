"""Now, and which office day a moment belongs to: the only place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def office_zone() -> ZoneInfo:
    """The one office time zone (setting TIME_ZONE)."""
    return ZoneInfo(current_app.config["TIME_ZONE"])


def office_day(at: datetime) -> date:
    """The day on the office's wall calendar at the moment `at`."""
    return at.astimezone(office_zone()).date()


def start_of(day: date) -> datetime:
    """The first moment of an office day, on the office's wall clock."""
    return datetime.combine(day, time.min, office_zone())


def exact(at: datetime | None) -> str:
    """2026-10-12 14:05, on the office's wall clock: on paper a moment is never “yesterday”. "" for none."""
    return at.astimezone(office_zone()).strftime("%Y-%m-%d %H:%M") if at else ""


def day_ending_at(at: datetime) -> date | None:
    """The office day of which `at` is the very end, 24:00; None where it lies within a day. Clauses say limits so: a
    day that was promised is over at its 24:00, not at 00:00 of the next one."""
    on = office_day(at)
    return on - timedelta(days=1) if at == start_of(on) else None


def today() -> date:
    """The office day of this moment."""
    return office_day(now())
