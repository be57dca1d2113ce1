"""The demo company's calendar: public holidays office hours, a shop of evenings, a watch day and night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.calendar import actions
from portal.kernel.actions import Portal
from portal.kernel.calendar import WorkingHours, parse_spans
from portal.kernel.clock import office_day
from portal.organisation.models import Department

OFFICE = parse_spans("8:30-12:00, 13:30-17:30")
ALWAYS = parse_spans("0:00-24:00")


def keep_calendar(actor: Portal, units: dict[str, Department], since: date, *, at: datetime) -> None:
    """Last year, this one and the next (of which no make-up days may be announced yet), and who works when."""
    for year in range(office_day(at).year - 1, office_day(at).year + 2):
        actions.load_public_holidays(actor, year, at=at)
    office = WorkingHours(since, week=(OFFICE,) * 5 + ((), ()), make_up=OFFICE)
    actions.set_hours(actor, None, office, at=at)
    actions.set_hours(actor, units["OPS"], WorkingHours(since, week=(ALWAYS,) * 7, holiday=None), at=at)
    actions.set_hours(actor, units["SHOP"], _shop(since, "19:00-24:00", "10:00-24:00"), at=at)
    earlier = (office_day(at) - timedelta(days=100)).replace(day=1)
    then = at - timedelta(days=120)  # decided three weeks before it began
    actions.set_hours(actor, units["SHOP"], _shop(earlier, "18:30-24:00", "9:30-24:00"), at=then)


def _shop(since: date, evening: str, sunday: str) -> WorkingHours:
    """Evenings from Monday to Saturday and the whole Sunday, holidays included (DUTY-023, DUTY-024)."""
    return WorkingHours(since, week=(parse_spans(evening),) * 6 + (parse_spans(sunday),), holiday=None)
