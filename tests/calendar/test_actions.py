"""The verbs of the calendar: each makes an edition, and nothing that was true is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from portal.calendar import actions, queries
from portal.calendar.jobs import keep_public_holidays
from portal.calendar.models import CalendarDay, CalendarEdition, CalendarYear
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.calendar import DayKind
from portal.kernel.deadlines import Allowance, due
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.kernel.tables import Row
from tests.calendar.conftest import hours
from tests.conftest import NOW, TODAY
from tests.kernel.test_calendar import local

TYPHOON = date(2026, 10, 15)
NAMES = {"zh-CN": "台风停工", "en": "Typhoon"}


def edition() -> int:
    return queries.company_calendar().edition


def refused(no) -> str:
    return no.value.sentence.template


def test_a_year_is_taken_from_the_public_package_once(department):
    assert actions.load_public_holidays(PORTAL, 2026, at=NOW) == 28
    assert queries.company_calendar().published == {2026}
    with pytest.raises(Refused) as no:
        actions.load_public_holidays(PORTAL, 2026, at=NOW)
    assert refused(no) == "The calendar of {year} says this already."
    assert journal.names("calendar year") == ["CalendarYearSet"]


def test_a_year_that_is_not_announced_has_its_days_and_stays_provisional(company):
    actions.load_public_holidays(PORTAL, 2027, at=NOW)
    office = queries.office_calendar(company.office)
    assert not office.is_working_day(date(2027, 1, 1))
    assert due(local("2026-12-31 17:00"), Allowance.parse("1 working hour"), office).provisional
    assert queries.company_calendar().published == {2025, 2026}


@pytest.mark.attack(32, 34)
def test_a_holiday_edited_afterwards_changes_no_past_result_and_recomputation_shows_why(company):
    """With the edition of then comes the deadline of then; with today's comes another, and the journal says why."""
    received, allowance = local("2026-10-14 17:00"), Allowance.parse("4 working hours")
    office = queries.office_calendar(company.office)
    then = due(received, allowance, office)
    actions.set_day(PORTAL, TYPHOON, DayKind.HOLIDAY, NAMES, edition=edition(), at=NOW)

    now = queries.office_calendar(company.office)
    assert due(received, allowance, now).at == then.at + timedelta(days=1)
    assert due(received, allowance, queries.office_calendar(company.office, edition=office.edition)) == then
    (told,) = [one.event() for one in journal.of("calendar year", 2026) if one.name == "CalendarDaySet"]
    assert (told.on, told.before, told.after, told.name) == (TYPHOON, "working", "holiday", "台风停工")
    assert office.edition < told.edition <= now.edition


def test_a_day_can_be_made_ordinary_again(company):
    actions.set_day(PORTAL, TYPHOON, DayKind.HOLIDAY, NAMES, edition=edition(), at=NOW)
    actions.set_day(PORTAL, TYPHOON, DayKind.WORKING, {}, edition=edition(), at=NOW)
    assert queries.company_calendar().of().is_working_day(TYPHOON)
    kept = db.session.scalars(db.select(CalendarDay).where(CalendarDay.falls_on == TYPHOON)).all()
    assert [one.until_edition is None for one in kept] == [False]  # what was said yesterday is still there


@pytest.mark.attack(27)
def test_who_edits_a_day_that_somebody_else_has_changed_meanwhile_is_told(company):
    seen = edition()
    actions.set_day(PORTAL, TYPHOON, DayKind.HOLIDAY, NAMES, edition=seen, at=NOW)
    with pytest.raises(OutOfDate):
        actions.set_day(PORTAL, TYPHOON, DayKind.REST, {}, edition=seen, at=NOW)
    actions.set_day(PORTAL, TYPHOON + timedelta(days=1), DayKind.REST, {}, edition=seen, at=NOW)  # another day is free


@pytest.mark.attack(27)
def test_of_many_who_edit_a_day_at_once_exactly_one_wins(app, company):
    seen = edition()
    db.session.remove()

    def edit(number: int) -> str:
        with app.app_context():
            try:
                actions.set_day(PORTAL, TYPHOON, DayKind.REST, {"zh-CN": f"第{number}人"}, edition=seen, at=NOW)
            except OutOfDate:
                return "told"
            finally:
                db.session.remove()
            return "won"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(edit, range(16)))
    assert sorted(results) == ["told"] * 15 + ["won"]
    assert edition() == seen + 1


@pytest.mark.parametrize(
    ("kind", "names", "sentence"),
    [
        (DayKind.MAKE_UP, {}, "{day} cannot be that kind of day."),
        (DayKind.HOLIDAY, {"zh-CN": " "}, "A public holiday has a name."),
        (DayKind.WORKING, {}, "The calendar says this about {day} already."),
    ],
)
def test_what_a_day_cannot_be_is_refused_and_makes_no_edition(company, kind, names, sentence):
    before = edition()
    with pytest.raises(Refused) as no:
        actions.set_day(PORTAL, TYPHOON, kind, names, edition=before, at=NOW)
    assert refused(no) == sentence
    assert edition() == before


def rows(*lines: str) -> list[Row]:
    return [Row(number, line.split(",")) for number, line in enumerate(lines, start=1)]


@pytest.mark.attack(26)
def test_a_year_is_imported_as_a_whole_and_is_published_by_it(company):
    actions.load_public_holidays(PORTAL, 2027, at=NOW)
    changed = actions.import_year(PORTAL, rows("2027-01-01,假,元旦", "2027-01-09,上班,补元旦"), "放假通知.csv", at=NOW)
    assert changed == 19  # eighteen days of the package are gone, one is new
    calendar = queries.company_calendar()
    assert calendar.days[date(2027, 1, 1)].names["en"] == "New Year's Day"  # its name is known from other years
    assert {on for on in calendar.days if on.year == 2027} == {date(2027, 1, 1), date(2027, 1, 9)}
    assert 2027 in calendar.published
    assert queries.current_year(2027).source == "放假通知.csv"


@pytest.mark.attack(26)
def test_a_table_with_one_mistake_changes_nothing(company):
    before = edition()
    with pytest.raises(Refused) as no:
        actions.import_year(PORTAL, rows("2027-01-01,假,元旦", "2027-02-30,假,x"), "x.csv", at=NOW)
    assert dict(no.value.sentence.values)["line"] == 2
    assert edition() == before


def test_a_year_is_said_to_be_complete_and_that_can_be_taken_back(company):
    actions.load_public_holidays(PORTAL, 2027, at=NOW)
    actions.announce_year(PORTAL, 2027, True, at=NOW)
    assert 2027 in queries.company_calendar().published
    with pytest.raises(Refused):
        actions.announce_year(PORTAL, 2027, True, at=NOW)
    actions.announce_year(PORTAL, 2027, False, at=NOW)
    assert 2027 not in queries.company_calendar().published


def test_new_hours_hold_from_their_day_and_the_days_before_keep_theirs(company):
    actions.set_hours(PORTAL, company.office, hours("night", date(2026, 11, 2)), at=NOW)
    office = queries.office_calendar(company.group)
    assert office.is_open(local("2026-10-30 09:00"))
    assert not office.is_open(local("2026-11-02 09:00"))
    assert office.is_open(local("2026-11-02 23:00"))
    assert queries.office_calendar(company.top).is_open(local("2026-11-02 09:00"))


@pytest.mark.parametrize(("since", "allowed"), [(TODAY - timedelta(days=1), False), (TODAY, True)])
def test_hours_of_days_that_are_over_stay_as_they_were(company, since, allowed):
    if allowed:
        actions.set_hours(PORTAL, None, hours("always", since), at=NOW)
    else:
        with pytest.raises(Refused) as no:
            actions.set_hours(PORTAL, None, hours("always", since), at=NOW)
        assert no.value.field == "from_on"


def test_a_later_change_that_was_planned_is_replaced(company):
    actions.set_hours(PORTAL, company.shop, hours("night", date(2026, 12, 1)), at=NOW)
    actions.set_hours(PORTAL, company.shop, hours("office", date(2026, 11, 1)), at=NOW)
    assert [one.from_on for one in queries.company_calendar().hours[company.shop.id]] == [
        date(2020, 1, 1),
        date(2026, 11, 1),
    ]


def test_the_same_hours_are_no_change(company):
    with pytest.raises(Refused) as no:
        actions.set_hours(PORTAL, company.shop, hours("shop", TODAY), at=NOW)
    assert refused(no) == "These are the hours already."


@pytest.mark.attack(27)
def test_hours_that_somebody_else_has_changed_meanwhile_are_not_overwritten_unseen(company):
    seen = edition()
    actions.set_hours(PORTAL, company.shop, hours("night", TODAY), edition=seen, at=NOW)
    with pytest.raises(OutOfDate):
        actions.set_hours(PORTAL, company.shop, hours("office", TODAY), edition=seen, at=NOW)
    with pytest.raises(OutOfDate):
        actions.follow_above(PORTAL, company.shop, TODAY, edition=seen, at=NOW)
    actions.set_hours(PORTAL, company.office, hours("night", TODAY), edition=seen, at=NOW)  # others are free


def test_a_department_follows_the_one_above_from_a_day_on(company):
    actions.follow_above(PORTAL, company.shop, date(2026, 11, 2), at=NOW)
    shop = queries.office_calendar(company.shop)
    assert not shop.is_open(local("2026-10-30 09:00"))
    assert shop.is_open(local("2026-11-02 09:00"))
    with pytest.raises(Refused) as no:
        actions.follow_above(PORTAL, company.shop, date(2026, 12, 1), at=NOW)
    assert refused(no) == "This department follows the one above already."


@pytest.mark.attack(34)
def test_a_department_whose_hours_were_taken_away_is_told_so_and_old_deadlines_stand(company):
    before = queries.office_calendar(company.office)
    nothing = hours("office", TODAY).__class__(TODAY, week=((),) * 7)
    actions.set_hours(PORTAL, None, nothing, at=NOW)
    received, allowance = local("2026-10-12 10:00"), Allowance.parse("1 working hour")
    with pytest.raises(Refused) as no:
        due(received, allowance, queries.office_calendar(company.office))
    assert refused(no).startswith("No working hours are set")
    again = due(received, allowance, queries.office_calendar(company.office, edition=before.edition))
    assert again.at == local("2026-10-12 11:00")


@pytest.mark.parametrize(
    ("role", "at_top", "allowed"),
    [(Role.HR, True, True), (Role.ADMIN, True, True), (Role.HR, False, False), (Role.HEAD, True, False)],
)
def test_the_company_calendar_is_kept_by_hr_and_administrators_of_the_whole(company, staff, role, at_top, allowed):
    colleague = staff("Amal", company.top if at_top else company.shop, role)
    if allowed:
        actions.set_day(colleague, TYPHOON, DayKind.HOLIDAY, NAMES, edition=edition(), at=NOW)
    else:
        with pytest.raises(NotAllowed):
            actions.set_day(colleague, TYPHOON, DayKind.HOLIDAY, NAMES, edition=edition(), at=NOW)


def test_hours_of_a_department_are_kept_where_the_right_is_held(company, staff):
    local_hr = staff("Amal", company.shop, Role.HR)
    actions.set_hours(local_hr, company.shop, hours("night", TODAY), at=NOW)
    with pytest.raises(NotAllowed):
        actions.set_hours(local_hr, company.office, hours("night", TODAY), at=NOW)
    with pytest.raises(NotAllowed):
        actions.set_hours(local_hr, None, hours("night", TODAY), at=NOW)


def test_the_calendar_keeps_itself_up_to_date_until_a_person_takes_it_in_hand(department):
    assert keep_public_holidays(NOW) == [2025, 2026, 2027]
    assert keep_public_holidays(NOW + timedelta(hours=12)) == []
    db.session.execute(db.update(CalendarYear).values(source="holidays 0.1"))
    db.session.commit()
    assert keep_public_holidays(NOW + timedelta(days=1)) == [2027]  # a newer package; the others are published
    actions.set_day(PORTAL, date(2027, 3, 1), DayKind.REST, {}, edition=edition(), at=NOW)
    assert queries.current_year(2027).source == ""
    assert queries.company_calendar().published == {2025, 2026}
    later = datetime(2027, 12, 1, tzinfo=NOW.tzinfo)
    actions.import_year(PORTAL, rows("2028-01-03,假,元旦"), "x.csv", at=later)
    assert keep_public_holidays(later) == []  # 2027 is still not announced, 2028 belongs to a person


def test_each_change_is_one_edition_with_its_moment(company):
    made = db.session.scalars(db.select(CalendarEdition).order_by(CalendarEdition.id)).all()
    assert [one.id for one in made] == [1, 2, 3, 4]
    assert {one.made_at for one in made} == {NOW}
