"""Now, and which office day a moment belongs to: the only place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
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


def today() -> date:
    """The office day of this moment."""
    return office_day(now())
