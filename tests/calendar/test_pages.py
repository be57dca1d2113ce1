"""The pages of the calendar as people use them, without JavaScript."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import event

from portal.calendar import queries
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.calendar import DayKind
from portal.kernel.clock import today
from tests.calendar.test_rules import date

ANNOUNCED = "日期,类型,名称\n2027-01-01,节假日,元旦\n2027-01-04,休息,\n2027-01-09,上班,补 1 月 4 日\n"


def day_cell(page, on: str):
    return page.soup.select_one(f"a[href$='/days/{on}']").parent


def test_a_year_marks_holidays_and_make_up_days_by_sign_and_word(demo, browser):
    page = browser.sign_in("hr").get("/calendar/2026")
    assert day_cell(page, "2026-10-01").get_text() == "1off"
    assert day_cell(page, "2026-10-01")["title"] == "National Day"
    assert day_cell(page, "2026-10-04").get_text() == "4off"  # a Sunday within the holiday
    assert day_cell(page, "2026-10-10").get_text() == "10work"
    assert day_cell(page, "2026-10-11").get_text() == "11"
    assert "National Day Oct 1 – Oct 7 7 days" in page.main
    assert "248 working days" in page.main
    assert not page.soup.select(".banner")


def test_a_year_that_is_not_announced_is_said_aloud(demo, browser):
    page = browser.sign_in("agent").get("/calendar/2027")
    assert "not announced yet" in page.soup.select_one(".banner").get_text()
    assert "Nothing is entered for 2031" in browser.get("/calendar/2031").soup.select_one(".banner").get_text()
    browser.language = "zh-CN"
    assert "2027 年放假安排尚未公布" in browser.get("/calendar/2027").main


@pytest.mark.parametrize(("year", "status"), [(1999, 404), (2000, 200), (2099, 200), (2100, 404)])
def test_a_year_outside_of_what_can_be_known_is_not_there(demo, browser, year, status):
    browser.sign_in("agent").get(f"/calendar/{year}", expect=status)


def test_who_does_not_keep_the_calendar_sees_it_without_ways_to_change_it(demo, browser):
    page = browser.sign_in("agent").get("/calendar/2026")
    assert not page.soup.select("main form, main a[href*='/days/'], main a[href*='/load'], main a[href*='/import']")
    assert not browser.get("/calendar/hours/SHOP").soup.select("main form")
    for url in ("/calendar/days/2026-10-01", "/calendar/import", "/calendar/2026/load"):
        browser.get(url, expect=403)
    browser.post("/calendar/2027/load", expect=403)
    browser.post("/calendar/days/2026-10-15", {"kind": "rest"}, expect=403)


def test_a_day_is_entered_and_shown(demo, browser):
    browser.sign_in("hr")
    page = browser.get("/calendar/days/2026-10-15")
    assert [one["value"] for one in page.soup.select("input[name=kind]")] == ["working", "holiday", "rest"]
    answer = browser.post(
        "/calendar/days/2026-10-15", page.form("/days/2026-10-15") | {"kind": "rest", "name": "台风停工"}
    )
    page = browser.follow(answer)
    assert day_cell(page, "2026-10-15")["title"] == "台风停工"
    assert "was an ordinary working day and is a day off: 台风停工" in page.main
    assert "247 working days" in page.main


@pytest.mark.attack(27)
def test_who_looked_at_an_older_calendar_is_told_and_nothing_typed_is_lost(demo, browser):
    browser.sign_in("hr")
    typed = browser.get("/calendar/days/2026-10-15").form("/days/2026-10-15") | {"kind": "rest", "name": "台风"}
    browser.post("/calendar/days/2026-10-15", typed | {"kind": "holiday", "name": "校庆"})
    page = browser.post("/calendar/days/2026-10-15", typed, expect=409)
    assert "Somebody else changed this a moment ago." in page.main
    assert page.soup.select_one("input[name=name]")["value"] == "台风"
    assert queries.company_calendar().of().day(date(2026, 10, 15)).kind is DayKind.HOLIDAY


def test_a_holiday_without_a_name_comes_back_as_it_was_typed(demo, browser):
    browser.sign_in("hr")
    typed = browser.get("/calendar/days/2026-10-15").form("/days/2026-10-15") | {"kind": "holiday", "name_en": "Storm"}
    page = browser.post("/calendar/days/2026-10-15", typed, expect=422)
    assert "A public holiday has a name." in page.soup.select_one(".field--error").get_text()
    assert page.soup.select_one("input[name=name_en]")["value"] == "Storm"
    page = browser.post("/calendar/days/2026-10-15", typed | {"kind": "make-up"}, expect=422)
    assert page.soup.select_one(".field--error")


@pytest.mark.attack(26)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_table_is_looked_at_before_it_is_taken(demo, browser, encoding):
    browser.sign_in("hr")
    form = browser.get("/calendar/import").form("/import")
    before = queries.company_calendar().edition
    looked = browser.post(
        "/calendar/import", form | {"file": (io.BytesIO(ANNOUNCED.encode(encoding)), "放假通知.csv")}, expect=200
    )
    assert "2027: 20 days would change" in looked.main
    assert "补 1 月 4 日" in looked.main
    assert queries.company_calendar().edition == before

    page = browser.follow(browser.post("/calendar/import", looked.form("/import") | {"take": "1"}))
    assert "announced and complete" in page.main
    assert "2027 taken over from 放假通知.csv, 20 days changed" in page.main
    assert day_cell(page, "2027-01-09").get_text() == "9work"


@pytest.mark.attack(26)
def test_a_table_with_mistakes_names_every_line_and_can_be_mended_on_the_page(demo, browser):
    browser.sign_in("hr")
    form = browser.get("/calendar/import?year=2027").form("/import")
    assert form["rows"].strip().startswith("2027-01-01,节假日,元旦")
    wrong = "2027-01-01,节假日,元旦\n2027-01-32,休息\n2027-01-05,上班"
    page = browser.post("/calendar/import", form | {"rows": wrong, "take": "1"}, expect=422)
    errors = [one.get_text() for one in page.soup.select(".error-summary li")]
    assert [error.partition(":")[0] for error in errors] == ["Line 2", "Line 3"]
    assert page.soup.select_one("textarea").get_text().count("\n") >= 2
    assert journal.names("calendar year").count("CalendarYearSet") == 3  # those of the demo


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"rows": ""}, "There is nothing in this file."),
        ({"file": (io.BytesIO(b"PK\x03\x04 and no more"), "x.xlsx")}, "This file cannot be read as a table."),
        ({"rows": "2027-01-01,休息\n" * 400}, "A year has no more than 366 days."),
    ],
)
def test_what_is_no_table_of_a_year_is_refused_at_its_field(demo, browser, sent, sentence):
    browser.sign_in("hr")
    page = browser.post("/calendar/import", browser.get("/calendar/import").form("/import") | sent, expect=422)
    assert sentence in page.soup.select_one(".field--error").get_text()


@pytest.mark.attack(1)
def test_a_name_is_shown_as_it_was_typed_and_does_nothing(demo, browser):
    browser.sign_in("hr")
    payload = "<img src=x onerror=alert(1)>"
    form = browser.get("/calendar/days/2026-10-15").form("/days/2026-10-15")
    browser.post("/calendar/days/2026-10-15", form | {"kind": "holiday", "name": payload})
    for url in ("/calendar/2026", "/calendar/days/2026-10-15", "/calendar/import?year=2026", "/calendar/2026/load"):
        page = browser.get(url)
        assert not page.soup.select("img[onerror]")
        shown = [page.soup.get_text(), *(one.get("title") or one.get("value") for one in page.soup.select("td, input"))]
        assert any(payload in words for words in shown if words)


@pytest.mark.attack(25)
def test_a_year_goes_out_as_a_table_that_runs_nothing(demo, browser):
    browser.sign_in("hr")
    form = browser.get("/calendar/days/2026-10-15").form("/days/2026-10-15")
    browser.post("/calendar/days/2026-10-15", form | {"kind": "rest", "name": "=1+1"})
    table = browser.get("/calendar/2026.csv").response.get_data()
    assert table.startswith(b"\xef\xbb\xbf")
    assert "2026-10-01,节假日,国庆节" in table.decode()
    assert "2026-10-15,休息,'=1+1" in table.decode()
    browser.get("/calendar/1999.csv", expect=404)


def test_public_holidays_are_compared_before_they_are_taken_over(demo, browser):
    browser.sign_in("hr")
    assert "says the same" in browser.get("/calendar/2026/load").main
    form = browser.get("/calendar/days/2026-10-01").form("/days/2026-10-01")
    browser.post("/calendar/days/2026-10-01", form | {"kind": "working", "name": "", "name_en": ""})
    page = browser.get("/calendar/2026/load")
    assert "Thu, Oct 1, 2026 ordinary working day public holiday National Day" in page.main
    page = browser.follow(browser.post("/calendar/2026/load", page.form("/2026/load")))
    assert day_cell(page, "2026-10-01").get_text() == "1off"


def test_a_year_is_said_to_be_complete_by_hand(demo, browser):
    browser.sign_in("hr")
    page = browser.follow(browser.post("/calendar/2027/announce"))
    assert "announced and complete" in page.main
    browser.post("/calendar/2027/announce", expect=422)
    assert "not announced yet" in browser.follow(browser.post("/calendar/2027/withdraw")).main


def test_departments_are_listed_with_the_hours_they_work(demo, browser):
    page = browser.sign_in("agent").get("/calendar/hours")
    rows = {row.td.get_text(strip=True): " ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")}
    assert rows["The whole company"] == "The whole company Mon to Fri 8:30–12:00 13:30–17:30 closed"
    assert rows["Online shop"] == "Online shop Mon to Sat 18:30–24:00 Sun 9:30–24:00 worked like any day"
    assert rows["Operations"] == "Operations Every day 0:00–24:00 worked like any day"
    assert rows["Orders"].endswith("Mon to Fri 8:30–12:00 13:30–17:30 closed")


def test_new_hours_are_set_from_a_day_on(demo, browser):
    browser.sign_in("hr")
    form = browser.get("/calendar/hours/SHOP").form("/hours/SHOP")
    assert form["sunday"] == "9:30–24:00"
    later = today() + timedelta(days=7)
    typed = form | {"from_on": later.isoformat(), "sunday": "9:30-18:00，19:00至24:00"}
    page = browser.follow(browser.post("/calendar/hours/SHOP", typed))
    assert "9:30–18:00 19:00–24:00" in page.main
    assert "planned" in page.main
    assert "苏晴" in page.main  # who changed it
    shop = queries.office_calendar(queries.unit_called("SHOP"))
    assert len(shop.hours[-1].week[6]) == 2
    assert shop.hours[-1].since == later


@pytest.mark.attack(27)
def test_who_sets_hours_that_somebody_else_has_changed_meanwhile_sees_what_and_decides(demo, browser):
    browser.sign_in("hr")
    mine = browser.get("/calendar/hours/SHOP").form("/hours/SHOP")
    browser.follow(browser.post("/calendar/hours/SHOP", mine | {"monday": "8:00-12:00"}))
    page = browser.post("/calendar/hours/SHOP", mine | {"sunday": "13:00-18:00"}, expect=409)
    assert "苏晴" in page.main
    assert page.form("/hours/SHOP")["sunday"] == "13:00-18:00"
    kept = queries.office_calendar(queries.unit_called("SHOP")).hours[-1].week
    assert [str(one) for one in kept[0]] == ["8:00–12:00"]
    browser.follow(browser.post("/calendar/hours/SHOP", page.form("/hours/SHOP")))
    assert [str(one) for one in queries.office_calendar(queries.unit_called("SHOP")).hours[-1].week[6]] == [
        "13:00–18:00"
    ]


def test_hours_that_cannot_be_read_come_back_at_their_day(demo, browser):
    browser.sign_in("hr")
    form = browser.get("/calendar/hours/SHOP").form("/hours/SHOP")
    page = browser.post(
        "/calendar/hours/SHOP", form | {"monday": "evenings", "tuesday": "8:00-9:00 8:30-10:00"}, expect=422
    )
    errors = [one.get_text() for one in page.soup.select(".field--error .error")]
    assert "“evenings” cannot be read" in errors[0]
    assert "overlap" in errors[1]
    past = {"from_on": (today() - timedelta(days=1)).isoformat(), "monday": "8:00-9:00"}
    page = browser.post("/calendar/hours/SHOP", form | past, expect=422)
    assert "stay as they were" in page.soup.select_one(".field--error").get_text()


def test_a_department_follows_the_one_above_again(demo, browser):
    browser.sign_in("hr")
    form = browser.get("/calendar/hours/SHOP").form("/hours/SHOP") | {"follows": "y", "monday": "evenings"}
    page = browser.follow(browser.post("/calendar/hours/SHOP", form))
    assert "Mon to Fri 8:30–12:00 13:30–17:30" in page.main
    again = browser.get("/calendar/hours/SHOP").form("/hours/SHOP") | {"follows": "y"}
    page = browser.post("/calendar/hours/SHOP", again, expect=422)
    assert "follows the one above already" in page.main
    assert not browser.get("/calendar/hours/company").soup.select("input[name=follows]")
    browser.get("/calendar/hours/NOBODY", expect=404)


@pytest.mark.parametrize(
    "url", ["/calendar/2026", "/calendar/hours", "/calendar/hours/SHOP", "/calendar/import?year=2026"]
)
def test_a_page_asks_the_database_at_most_ten_times(demo, browser, url):
    browser.sign_in("hr").get(url)
    said = []
    event.listen(
        db.engine, "before_cursor_execute", listener := lambda _c, _cursor, statement, *_rest: said.append(statement)
    )
    browser.get(url)
    event.remove(db.engine, "before_cursor_execute", listener)
    assert len([one for one in said if one.lstrip().startswith("SELECT")]) <= 10, said
