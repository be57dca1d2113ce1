"""China's public holidays from the `holidays` package, which is brought up to date every month."""

from __future__ import annotations

import re
from datetime import date
from importlib.metadata import version
from typing import NamedTuple

from portal.calendar.rules import FIRST_YEAR, LAST_YEAR
from portal.kernel.calendar import Day, DayKind
from portal.kernel.errors import Refused
from portal.kernel.text import say

PACKAGE = "holidays"
_LANGUAGES = {"zh-CN": "zh_CN", "zh-TW": "zh_TW", "en": "en_US"}
_WORKED = {"zh-CN": "调休上班", "zh-TW": "補班", "en": "Worked for a day off"}
_WORKED_FOR = {
    "zh-CN": "调休上班（{0.month}月{0.day}日放假）",
    "zh-TW": "補班（{0.month}月{0.day}日放假）",
    "en": "Worked for {0.day} {0:%B} off",
}
_OFF_FOR = {
    "zh-CN": "调休放假（{0.month}月{0.day}日上班）",
    "zh-TW": "調整放假（{0.month}月{0.day}日補班）",
    "en": "Day off, {0.day} {0:%B} is worked",
}


def source() -> str:
    """The package with its version, as it stands beside a year that was taken from it: holidays 0.109."""
    return f"{PACKAGE} {version(PACKAGE)}"


class PublicYear(NamedTuple):
    """The days of a year that differ from an ordinary week. Before the government has announced its make-up days,
    `announced` is False and the statutory days alone are known: the package says nothing about it."""

    year: int
    days: dict[date, Day]
    announced: bool


def of(year: int) -> PublicYear:
    """What the package knows about a year. Raises Refused outside 2000–2099."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(say("Public holidays are known from {first} to {last} only.", first=FIRST_YEAR, last=LAST_YEAR))
    import holidays  # a second and 10 MiB, for an act of once a year

    around = (year - 1, year, year + 1)  # a day off in January may be worked for in December
    named = {tag: holidays.country_holidays("CN", years=around, language=code) for tag, code in _LANGUAGES.items()}
    china = named["zh-CN"]
    worked_for = {on: _worked_day(china[on]) for on in china}
    days_off = {worked: on for on, worked in worked_for.items() if worked}
    days: dict[date, Day] = {}
    for on in sorted(one for one in china if one.year == year):
        worked = worked_for[on]
        names = {tag: names[on] for tag, names in named.items()}
        days[on] = Day(on, DayKind.REST, _told(_OFF_FOR, worked)) if worked else Day(on, DayKind.HOLIDAY, names)
    make_up = sorted(one for one in china.weekend_workdays if one.year == year)
    for on in make_up:
        day_off = days_off.get(on)
        days[on] = Day(on, DayKind.MAKE_UP, _told(_WORKED_FOR, day_off) if day_off else dict(_WORKED))
    return PublicYear(year, days, announced=bool(make_up))


def _worked_day(name: str) -> date | None:
    """The package names a day off by the make-up day that pays for it: 休息日（由 2026-09-20 调休）."""
    found = re.search(r"\d{4}-\d\d-\d\d", name)
    return date.fromisoformat(found[0]) if found else None


def _told(words: dict[str, str], on: date) -> dict[str, str]:
    return {tag: text.format(on) for tag, text in words.items()}
