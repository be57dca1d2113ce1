"""Calendars that the tests reckon with: two announced years, one that is not, and four kinds of working hours."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from portal.kernel.calendar import Day, DayKind, OfficeCalendar, WorkingHours, parse_spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = date(2020, 1, 1)

# As announced by the State Council for 2025 and 2026: days off from … to …, and the days worked for them.
OFF = {
    "元旦": [("2025-01-01", 1), ("2026-01-01", 3)],
    "春节": [("2025-01-28", 8), ("2026-02-15", 9)],
    "清明节": [("2025-04-04", 3), ("2026-04-04", 3)],
    "劳动节": [("2025-05-01", 5), ("2026-05-01", 5)],
    "端午节": [("2025-05-31", 3), ("2026-06-19", 3)],
    "中秋节": [("2026-09-25", 3)],
    "国庆节": [("2025-10-01", 8), ("2026-10-01", 7)],
}
WORKED = [
    *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
]
STATUTORY_2027 = ["2027-01-01"]


def _days() -> dict[date, Day]:
    days = {}
    for name, runs in OFF.items():
        for first, length in runs:
            for n in range(length):
                on = date.fromisoformat(first) + timedelta(days=n)
                days[on] = Day(on, DayKind.HOLIDAY, {"zh-CN": name})
    for text in STATUTORY_2027:
        days[date.fromisoformat(text)] = Day(date.fromisoformat(text), DayKind.HOLIDAY, {"zh-CN": "元旦"})
    for text in WORKED:
        days[date.fromisoformat(text)] = Day(date.fromisoformat(text), DayKind.MAKE_UP)
    return days


DAYS = _days()

_office = parse_spans("8:30-12:00, 13:30-17:30")
_evening, _sunday = parse_spans("18:30-24:00"), parse_spans("9:30-24:00")
_night, _always = parse_spans("22:00-6:00"), parse_spans("0:00-24:00")

HOURS = {
    "office": WorkingHours(FIRST, week=(_office,) * 5 + ((), ()), make_up=_office),
    "shop": WorkingHours(FIRST, week=(_evening,) * 6 + (_sunday,), make_up=None, holiday=None),
    "night": WorkingHours(FIRST, week=(_night,) * 5 + ((), ()), make_up=_night),
    "always": WorkingHours(FIRST, week=(_always,) * 7, make_up=None, holiday=None),
}


def calendar(hours: str = "office", zone: ZoneInfo = SHANGHAI) -> OfficeCalendar:
    return OfficeCalendar(zone, DAYS, frozenset({2025, 2026}), (HOURS[hours],) if hours else ())
