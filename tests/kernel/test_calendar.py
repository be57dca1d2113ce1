"""Office days and working hours, National Day weeks and clocks that change included."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.calendar import DayKind, OfficeCalendar, Span, Stretch, WorkingHours, parse_spans
from portal.kernel.errors import Refused
from tests.kernel.calendars import DAYS, FIRST, HOURS, SHANGHAI, calendar

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "America/Havana"]

moments = st.datetimes(datetime(2024, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.integers(0, 3 * 7 * 24 * 3600).map(lambda n: timedelta(seconds=n))
calendars = st.builds(calendar, st.sampled_from(list(HOURS)), st.sampled_from([ZoneInfo(zone) for zone in ZONES]))


def local(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_the_national_day_weeks_are_those_of_the_public_package():
    package = holidays.country_holidays("CN", years=(2025, 2026))
    office = calendar()
    for n in range((date(2027, 1, 1) - date(2025, 1, 1)).days):
        day = date(2025, 1, 1) + timedelta(days=n)
        assert office.is_working_day(day) == package.is_working_day(day), day


def test_a_day_is_working_rest_holiday_or_make_up():
    office = calendar()
    assert office.day(date(2026, 9, 30)).kind is DayKind.WORKING
    assert office.day(date(2026, 9, 26)).kind is DayKind.HOLIDAY
    assert office.day(date(2026, 9, 19)).kind is DayKind.REST
    assert office.day(date(2026, 9, 20)).kind is DayKind.MAKE_UP
    assert office.day(date(2026, 10, 1)).names == {"zh-CN": "国庆节"}


def test_the_next_working_day_passes_the_holiday_and_knows_make_up_days():
    office = calendar()
    assert office.next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert office.next_working_day(date(2026, 10, 9)) == date(2026, 10, 10)
    assert office.next_working_day(date(2026, 10, 10)) == date(2026, 10, 12)


@pytest.mark.rule("ATT-001")
def test_office_hours_are_half_open():
    office = calendar()
    assert not office.is_open(local("2026-10-08 08:29:59"))
    assert office.is_open(local("2026-10-08 08:30"))
    assert not office.is_open(local("2026-10-08 12:00"))
    assert not office.is_open(local("2026-10-08 17:30"))


@pytest.mark.rule("DUTY-023", "DUTY-024")
def test_an_evening_shift_ends_at_midnight_and_belongs_to_the_day_it_starts():
    shop = calendar("shop")
    saturday, sunday = shop.stretches_of(date(2026, 10, 17)), shop.stretches_of(date(2026, 10, 18))
    assert saturday == (Stretch(local("2026-10-17 18:30"), local("2026-10-18 00:00")),)
    assert sunday == (Stretch(local("2026-10-18 09:30"), local("2026-10-19 00:00")),)


def test_hours_that_cross_midnight_are_open_on_the_morning_after():
    night = calendar("night")
    assert night.is_open(local("2026-10-17 05:59"))  # the shift of Friday
    assert not night.is_open(local("2026-10-17 06:00"))
    assert not night.is_open(local("2026-10-17 22:00"))


def test_a_weekday_off_for_a_make_up_day_keeps_the_hours_of_a_holiday():
    hours = HOURS["office"]
    assert hours.of(date(2026, 10, 7), DayKind.REST) == ()
    assert HOURS["shop"].of(date(2026, 10, 7), DayKind.REST) == (Span(18 * 60 + 30, 24 * 60),)
    assert HOURS["shop"].of(date(2026, 10, 10), DayKind.MAKE_UP) == (Span(18 * 60 + 30, 24 * 60),)


def test_hours_bind_from_their_first_day():
    later = WorkingHours(date(2026, 10, 12), week=(parse_spans("9:00-12:00"),) * 5 + ((), ()))
    office = OfficeCalendar(SHANGHAI, DAYS, frozenset({2026}), (HOURS["office"], later))
    assert office.working_time_between(local("2026-10-09 00:00"), local("2026-10-10 00:00")) == timedelta(hours=7.5)
    assert office.working_time_between(local("2026-10-12 00:00"), local("2026-10-13 00:00")) == timedelta(hours=3)
    assert not office.stretches_of(FIRST - timedelta(days=1))


def test_working_time_between_two_moments():
    office = calendar()
    assert office.working_time_between(local("2026-09-30 17:00"), local("2026-10-08 12:00")) == timedelta(hours=4)
    assert office.working_time_between(local("2026-10-02 10:00"), local("2026-10-05 10:00")) == timedelta(0)
    with pytest.raises(ValueError, match="end must not be before start"):
        office.working_time_between(local("2026-10-08 12:00"), local("2026-10-08 11:59"))


def test_nothing_added_is_the_same_moment_and_less_than_nothing_is_a_mistake():
    office = calendar()
    night = local("2026-10-08 23:00")
    assert office.add_working_time(night, timedelta(0)) == night
    with pytest.raises(ValueError, match="must not be negative"):
        office.add_working_time(night, timedelta(seconds=-1))


def test_an_instant_without_its_time_zone_is_a_mistake():
    with pytest.raises(ValueError, match="needs its time zone"):
        calendar().day_of(datetime(2026, 10, 8, 12))  # noqa: DTZ001


@pytest.mark.attack(34)
def test_a_department_without_hours_is_told_so_and_nothing_runs_for_ever():
    nobody = calendar(hours="")
    for ask in (
        lambda: nobody.add_working_time(local("2026-10-08 12:00"), timedelta(hours=1)),
        lambda: nobody.service_day(local("2026-10-08 12:00")),
    ):
        with pytest.raises(Refused) as no:
            ask()
        assert no.value.sentence.template == "No working hours are set for the days after {day}."
    assert not nobody.is_open(local("2026-10-08 12:00"))


@pytest.mark.attack(34)
def test_an_empty_calendar_is_an_ordinary_week_and_says_that_it_is_provisional():
    empty = OfficeCalendar(SHANGHAI, {}, hours=(HOURS["office"],))
    assert empty.is_working_day(date(2026, 10, 1))
    assert not empty.is_working_day(date(2026, 10, 3))
    assert empty.reaches_unpublished(local("2026-09-30 12:00"), local("2026-10-01 12:00"))


@pytest.mark.attack(34)
def test_a_year_of_nothing_but_holidays_ends_the_search():
    days = {day: DAYS[date(2026, 10, 1)] for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(500))}
    with pytest.raises(Refused) as no:
        OfficeCalendar(SHANGHAI, days).next_working_day(date(2026, 1, 1))
    assert no.value.sentence.template == "The calendar has no working day after {day}."


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-03-28 23:00", 3, "2026-03-29 03:00"),  # 2:00 to 3:00 is skipped
        ("2026-10-24 23:00", 4, "2026-10-25 02:00"),  # 2:00 to 3:00 comes twice
    ],
)
def test_an_hour_is_an_hour_where_the_clock_changes(start, amount, end):
    always = calendar("always", ZoneInfo("Europe/Berlin"))
    found = always.add_working_time(local(start, "Europe/Berlin"), timedelta(hours=amount))
    assert found.astimezone(always.zone).replace(tzinfo=None) == local(end).replace(tzinfo=None)


@pytest.mark.attack(32)
def test_a_day_may_have_twenty_three_or_twenty_five_hours():
    berlin = calendar("always", ZoneInfo("Europe/Berlin"))
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)):
        assert berlin.end_of(day) - berlin.start_of(day) == timedelta(hours=hours)
        assert sum((end - start for start, end in berlin.stretches_of(day)), timedelta(0)) == timedelta(hours=hours)


@pytest.mark.attack(32)
def test_a_day_whose_midnight_is_skipped_starts_at_the_change():
    beirut = calendar("always", ZoneInfo("Asia/Beirut"))  # 29 March 2026: from 0:00 straight to 1:00
    assert beirut.start_of(date(2026, 3, 29)) == local("2026-03-29 01:00", "Asia/Beirut")
    assert beirut.day_of(beirut.start_of(date(2026, 3, 29))) == date(2026, 3, 29)
    assert beirut.day_of(beirut.start_of(date(2026, 3, 29)) - timedelta(seconds=1)) == date(2026, 3, 28)


@pytest.mark.attack(32)
def test_leap_day_and_year_end_are_days_like_others():
    office = OfficeCalendar(SHANGHAI, {}, hours=(HOURS["office"],))
    assert office.next_working_day(date(2028, 2, 28)) == date(2028, 2, 29)
    assert office.end_of(date(2026, 12, 31)) == office.start_of(date(2027, 1, 1))


@given(calendars, moments, amounts)
def test_what_was_added_is_what_lies_between(office, start, amount):
    assert office.working_time_between(start, office.add_working_time(start, amount)) == amount


@given(calendars, moments, moments, amounts)
def test_who_starts_later_ends_no_earlier(office, one, other, amount):
    one, other = sorted((one, other))
    assert office.add_working_time(one, amount) <= office.add_working_time(other, amount)


@given(calendars, moments, moments, moments)
def test_working_time_adds_up(office, one, other, third):
    a, b, c = sorted((one, other, third))
    whole = office.working_time_between(a, c)
    assert whole == office.working_time_between(a, b) + office.working_time_between(b, c)
    assert timedelta(0) <= whole <= c - a


@given(calendars, moments)
def test_every_moment_belongs_to_exactly_one_day(office, at):
    day = office.day_of(at)
    assert office.start_of(day) <= at < office.end_of(day)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("8:30–12:00, 13:30–17:30", [(510, 720), (810, 1050)]),
        ("８：３０－１２：００，１３：３０－１７：３０", [(510, 720), (810, 1050)]),
        ("8:30 - 12:00 13:30 至 17:30", [(510, 720), (810, 1050)]),
        ("18:30-24:00", [(1110, 1440)]),
        ("22:00-6:00", [(1320, 1800)]),
        ("0:00-24:00", [(0, 1440)]),
        ("  ", []),
    ],
)
def test_hours_are_read_as_people_write_them(text, spans):
    assert parse_spans(text) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize("text", ["8:30-12:00,13:30-17:30", "22:00-6:00", "18:30-24:00"])
def test_hours_are_shown_as_they_are_read(text):
    assert parse_spans(",".join(map(str, parse_spans(text)))) == parse_spans(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("all day", "cannot be read"),
        ("8.30-12.00", "cannot be read"),
        ("8:60-12:00", "no part of a day"),
        ("24:00-6:00", "no part of a day"),
        ("8:00-24:01", "no part of a day"),
        ("8:00-8:00", "no part of a day"),
        ("8:00-12:00, 11:59-13:00", "overlap"),
        ("13:30-17:30, 8:30-12:00", "overlap or stand in the wrong order"),
        ("²:00-3:00", "cannot be read"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_the_reason(text, why):
    with pytest.raises(Refused) as no:
        parse_spans(text)
    assert why in no.value.sentence.template


def test_a_week_has_seven_days():
    with pytest.raises(ValueError, match="seven days"):
        WorkingHours(FIRST, week=((),) * 6)
