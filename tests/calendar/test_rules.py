"""Years, hours by department and tables that people bring: pure."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from portal.calendar import public_holidays, rules
from portal.calendar.rules import HoursFrom, nearest, read_year
from portal.kernel.calendar import Day, DayKind, OfficeCalendar, days_from, parse_spans
from portal.kernel.errors import Refused
from portal.kernel.tables import Row, read_table
from tests.calendar.conftest import hours
from tests.kernel.calendars import DAYS, SHANGHAI, calendar

JULY, AUGUST, OCTOBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 10, 1)


def office(year: int) -> OfficeCalendar:
    return OfficeCalendar(SHANGHAI, public_holidays.of(year).days)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_public_package_says_what_the_government_announced(year):
    found, announced = office(year), calendar()
    assert public_holidays.of(year).announced
    for on in days_from(date(year, 1, 1), date(year, 12, 31)):
        assert found.is_working_day(on) == announced.is_working_day(on), on


def test_a_year_whose_make_up_days_are_not_announced_is_told_from_one_that_is():
    found = public_holidays.of(2027)
    assert not found.announced
    assert found.days[date(2027, 10, 1)].kind is DayKind.HOLIDAY
    assert not [day for day in found.days.values() if day.kind is DayKind.MAKE_UP]


def test_a_day_off_and_the_day_worked_for_it_name_each_other_in_every_language():
    days = public_holidays.of(2026).days
    assert days[date(2026, 10, 7)].kind is DayKind.REST
    assert days[date(2026, 10, 7)].names["zh-CN"] == "调休放假（10月10日上班）"
    assert days[date(2026, 10, 10)].names["zh-CN"] == "调休上班（10月7日放假）"
    assert days[date(2026, 10, 10)].names["en"] == "Worked for 7 October off"
    assert {frozenset(day.names) for day in days.values()} == {frozenset({"zh-CN", "zh-TW", "en"})}


@pytest.mark.parametrize(("year", "known"), [(1999, False), (2000, True), (2099, True), (2100, False)])
def test_public_holidays_are_known_for_a_century(year, known):
    if known:
        assert public_holidays.of(year).days
    else:
        with pytest.raises(Refused) as no:
            public_holidays.of(year)
        assert no.value.sentence.template == "Public holidays are known from {first} to {last} only."


def test_holidays_are_told_as_days_off_in_a_row_with_their_names():
    found = {one.names[0]["zh-CN"]: (one.first, one.last, one.length) for one in rules.holidays_of(office(2025), 2025)}
    assert found["国庆节"] == (date(2025, 10, 1), date(2025, 10, 8), 8)
    assert found["端午节"] == (date(2025, 5, 31), date(2025, 6, 2), 3)
    assert list(found) == ["元旦", "农历除夕", "清明节", "劳动节", "端午节", "国庆节"]
    national_day = rules.holidays_of(office(2025), 2025)[-1]
    assert [names["zh-CN"] for names in national_day.names] == ["国庆节", "中秋节"]


def test_a_holiday_belongs_to_the_year_in_which_it_begins():
    days = {date(2026, 12, 31): Day(date(2026, 12, 31), DayKind.HOLIDAY, {"zh-CN": "元旦"})}
    days[date(2027, 1, 1)] = Day(date(2027, 1, 1), DayKind.HOLIDAY, {"zh-CN": "元旦"})
    both = OfficeCalendar(SHANGHAI, days)
    assert [one.first for one in rules.holidays_of(both, 2026)] == [date(2026, 12, 31)]
    assert rules.holidays_of(both, 2027) == []


def test_months_have_weeks_from_monday_and_count_their_working_days():
    october = rules.months(calendar(), 2026)[9]
    assert [day and day.on.day for day in october.weeks[0]] == [None, None, None, 1, 2, 3, 4]
    assert october.working_days == 18
    assert sum(month.working_days for month in rules.months(calendar(), 2026)) == 248


def test_a_weekday_is_no_make_up_day_and_a_weekend_no_ordinary_working_day():
    thursday, sunday = date(2026, 10, 1), date(2026, 10, 4)
    assert rules.kinds_for(thursday) == (DayKind.WORKING, DayKind.HOLIDAY, DayKind.REST)
    assert rules.kinds_for(sunday) == (DayKind.REST, DayKind.HOLIDAY, DayKind.MAKE_UP)


def test_a_department_works_by_its_own_hours_else_by_those_above():
    own = [HoursFrom(AUGUST, hours("shop", AUGUST)), HoursFrom(OCTOBER, None)]
    company = [HoursFrom(JULY, hours("office", JULY))]
    assert nearest([own, company]) == (hours("office", JULY), hours("shop", AUGUST), hours("office", OCTOBER))
    assert nearest([[], company]) == (hours("office", JULY),)
    assert nearest([[], []]) == ()


def test_where_nobody_has_hours_any_more_nobody_works():
    found = nearest([[HoursFrom(JULY, hours("office", JULY)), HoursFrom(OCTOBER, None)]])
    assert found[-1].since == OCTOBER
    assert not any(found[-1].week)


def test_a_week_is_said_in_parts_with_equal_hours():
    parts = [(first, last, rules.spans_as_text(spans)) for first, last, spans in rules.week_parts(hours("shop", JULY))]
    assert parts == [(0, 5, "18:30–24:00"), (6, 6, "9:30–24:00")]
    assert [(one.first, one.last) for one in rules.week_parts(hours("office", JULY))] == [(0, 4)]


@pytest.mark.parametrize("name", ["office", "shop", "night", "always"])
def test_hours_are_stored_as_words_and_read_back(name):
    assert rules.hours_from_text(JULY, rules.hours_as_text(hours(name, JULY))) == hours(name, JULY)


def read(text: str) -> rules.YearRead:
    return read_year(read_table(text.encode()).all_rows())


@pytest.mark.attack(26)
def test_a_table_of_a_year_is_read_with_and_without_a_head():
    for head in ("日期,类型,名称\n", ""):
        found = read(head + "2027-10-01,节假日,国庆节\n2027/10/5,调休,\n2027年10月9日,上班,补 10 月 5 日\n")
        assert found.problems == []
        assert found.year == 2027
        assert found.days == {
            date(2027, 10, 1): Day(date(2027, 10, 1), DayKind.HOLIDAY, {"zh-CN": "国庆节"}),
            date(2027, 10, 5): Day(date(2027, 10, 5), DayKind.REST),
            date(2027, 10, 9): Day(date(2027, 10, 9), DayKind.MAKE_UP, {"zh-CN": "补 10 月 5 日"}),
        }


@pytest.mark.attack(26)
def test_every_line_with_a_mistake_is_named():
    good = "day,kind,name\n2027-10-01,holiday,National Day\n"
    bad = ["2027-02-29,off,", "2027-10-02,feast,x", "2027-10-04,make-up,", "2027-10-03,holiday,", "2028-01-01,off,"]
    bad += ["2027-10-01,off,", "1999-01-01,off,", "2027-10-06,off," + "x" * 61]
    found = read(good + "\n".join(bad))
    assert [dict(one.values)["line"] for one in found.problems] == [3, 4, 5, 6, 7, 8, 9, 10]


def test_a_table_without_a_day_says_so():
    assert read("day,kind,name\n").problems
    assert len(read("2027-13-01,off\n" * 30).problems) == rules.MOST_PROBLEMS


def test_a_year_goes_out_as_it_comes_in():
    days = {on: Day(on, day.kind, {k: v for k, v in day.names.items() if k == "zh-CN"}) for on, day in DAYS.items()}
    year = {on: day for on, day in days.items() if on.year == 2026}
    assert read_year(Row(n, list(row)) for n, row in enumerate(rules.year_as_rows(year))).days == year


def test_changes_name_every_day_that_differs_and_a_missing_one_is_ordinary():
    holiday = Day(OCTOBER, DayKind.HOLIDAY, {"zh-CN": "国庆节"})
    assert rules.changes({OCTOBER: holiday}, {OCTOBER: holiday}) == []
    (change,) = rules.changes({}, {OCTOBER: holiday})
    assert change == (Day(OCTOBER, DayKind.WORKING), holiday)
    assert rules.changes({OCTOBER: holiday}, {})[0].after == Day(OCTOBER, DayKind.WORKING)


def test_a_company_calendar_is_cut_for_a_chain_of_departments():
    shop, office_hours = HoursFrom(JULY, hours("shop", JULY)), HoursFrom(JULY, hours("office", JULY))
    company = rules.CompanyCalendar(ZoneInfo("UTC"), DAYS, frozenset({2026}), {0: [office_hours], 7: [shop]}, 3)
    assert company.of([9, 7, 1]).hours == (hours("shop", JULY),)
    assert company.of([9, 1]).hours == (hours("office", JULY),)
    assert company.of().edition == 3
    assert company.of([9, 1]) is company.of([])
    assert parse_spans("18:30-24:00") == company.of([7]).hours[0].week[0]
