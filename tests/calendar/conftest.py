"""A company whose calendar is set up: two announced years, office hours, a shop with evening shifts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from portal.calendar import actions
from portal.kernel.actions import PORTAL
from tests.conftest import NOW
from tests.kernel.calendars import HOURS

SINCE = date(2020, 1, 1)


@pytest.fixture
def company(department) -> SimpleNamespace:
    """`company.top`, `.office` with a group below it, `.shop`; hours for the whole company and for the shop."""
    top = department("XH")
    office, shop = department("CS", top), department("SHOP", top)
    group = department("CS-GEN", office)
    for year in (2025, 2026):
        actions.load_public_holidays(PORTAL, year, at=NOW)
    actions.set_hours(PORTAL, None, HOURS["office"], at=NOW)
    actions.set_hours(PORTAL, shop, HOURS["shop"], at=NOW)
    return SimpleNamespace(top=top, office=office, shop=shop, group=group)


def hours(name: str, since: date):
    """Hours of the test calendars, from a day of one's own."""
    return replace(HOURS[name], since=since)
