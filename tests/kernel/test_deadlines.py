"""When something is due. The table over the National Day weeks of two years is `golden/national_day.csv`."""

import csv
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.calendar import OfficeCalendar
from portal.kernel.deadlines import Allowance, Due, Pause, Runs, due, length, time_run
from portal.kernel.errors import Refused
from tests.kernel.calendars import SHANGHAI, calendar
from tests.kernel.test_calendar import amounts, calendars, local, moments

TABLE = (Path(__file__).parent / "golden" / "national_day.csv").read_text(encoding="utf-8").splitlines()
GOLDEN = list(csv.DictReader(line for line in TABLE if not line.startswith("#")))

some_days = st.integers(0, 20)
allowances = st.one_of(
    amounts.filter(bool).map(Allowance.clock),
    amounts.filter(bool).map(Allowance.working),
    some_days.map(Allowance.calendar_days),
    some_days.filter(bool).map(Allowance.working_days),
)
ended_pauses = st.lists(st.tuples(moments, moments).map(sorted).map(lambda both: Pause(*both)), max_size=4)


def _pauses(text: str) -> list[Pause]:
    ends = (pause.split("/") for pause in text.split(";") if pause)
    return [Pause(local(start), local(end) if end else None) for start, end in ends]


def _said(found: Due) -> str:
    """A deadline in the words of the table; midnight is 24:00 of the day that it ends."""
    if found.at is None:
        return f"{found.left} left"
    at = found.at.astimezone(SHANGHAI)
    day = at.date() - timedelta(days=1) if at.time() == time(0) else at.date()
    clock = "24:00" if at.time() == time(0) else at.strftime("%H:%M:%S").removesuffix(":00")
    return f"{day} {clock}" + " provisional" * found.provisional


@pytest.mark.rule("TKT-044", "ARC-001", "ARC-021", "ARC-024")
@pytest.mark.attack(34)
@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['received']} {row['allowance']}: {row['because']}")
def test_the_golden_table_of_the_national_day_weeks(row):
    found = due(
        local(row["received"]), Allowance.parse(row["allowance"]), calendar(row["hours"]), _pauses(row["pauses"])
    )
    assert _said(found) == row["due"], row["because"]


@given(calendars, allowances, moments, ended_pauses)
def test_nothing_is_due_before_it_is_received_nor_while_the_clock_stands(office, allowance, start, pauses):
    found = due(start, allowance, office, pauses)
    assert found.at > start
    assert not any(pause.start < found.at < pause.end for pause in pauses)


@given(calendars, allowances, moments, moments, ended_pauses)
def test_what_comes_later_is_due_no_earlier(office, allowance, one, other, pauses):
    one, other = sorted((one, other))
    assert due(one, allowance, office, pauses).at <= due(other, allowance, office, pauses).at


@given(calendars, allowances, moments, ended_pauses, st.tuples(moments, moments).map(sorted))
def test_a_pause_only_ever_postpones(office, allowance, start, pauses, another):
    assert due(start, allowance, office, [*pauses, Pause(*another)]).at >= due(start, allowance, office, pauses).at


@given(calendars, allowances, moments, ended_pauses)
def test_a_pause_told_twice_counts_once_in_any_order(office, allowance, start, pauses):
    assert due(start, allowance, office, [*reversed(pauses), *pauses]) == due(start, allowance, office, pauses)


@given(calendars, amounts.filter(bool), moments, ended_pauses)
def test_at_the_deadline_the_clock_has_run_exactly_the_allowance(office, amount, start, pauses):
    clock, working = Allowance.clock(amount), Allowance.working(amount)
    assert time_run(start, due(start, clock, office, pauses).at, None, pauses) == amount
    assert time_run(start, due(start, working, office, pauses).at, office, pauses) == amount


@given(calendars, allowances, moments, ended_pauses, moments)
def test_a_pause_without_end_leaves_what_runs_when_it_ends(office, allowance, start, pauses, stops):
    """The allowance is due or it stands; once it stands, the time left is what had not run."""
    found = due(start, allowance, office, [*pauses, Pause(stops, None)])
    before = due(start, allowance, office, pauses)
    if before.at <= stops:
        assert found == before
    else:
        assert found.at is None
        assert found.left.runs is allowance.runs
        if not allowance.in_days:
            run = time_run(start, max(start, stops), office if "working" in str(allowance) else None, pauses)
            assert found.left.time == allowance.time - run


@pytest.mark.attack(34)
def test_working_time_without_working_hours_is_a_sentence_and_not_a_search_for_ever():
    nobody = OfficeCalendar(SHANGHAI, {})
    for allowance in (Allowance.working(timedelta(hours=1)), Allowance.same_day()):
        with pytest.raises(Refused) as no:
            due(local("2026-10-08 12:00"), allowance, nobody)
        assert no.value.sentence.template == "No working hours are set for the days after {day}."
    assert due(local("2026-10-08 12:00"), Allowance.calendar_days(3), nobody).at == local("2026-10-12 00:00")


def test_a_year_of_working_time_is_reckoned_and_more_is_no_allowance():
    assert due(datetime(2026, 1, 1, tzinfo=UTC), Allowance.parse("8784 working hours"), calendar()).at is not None
    with pytest.raises(Refused) as no:
        Allowance.parse("8785 working hours")
    assert "up to a year" in no.value.sentence.template


def test_a_pause_that_ends_before_it_starts_is_a_mistake():
    with pytest.raises(ValueError, match="must not end before it starts"):
        due(
            local("2026-10-08 12:00"),
            Allowance.same_day(),
            calendar(),
            [Pause(local("2026-10-09"), local("2026-10-08"))],
        )


@pytest.mark.parametrize(
    "text", ["20 seconds", "45 minutes", "1 hour", "4 working hours", "same day", "3 days", "1 working day"]
)
def test_an_allowance_is_read_as_it_is_written(text):
    assert str(Allowance.parse(text)) == text


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("当天", "same day"), ("2天", "2 days"), ("45 分钟", "45 minutes"), ("24小时", "24 hours"),
        ("4 个工作小时", "4 working hours"), ("2个工作日", "2 working days"), ("20 秒", "20 seconds"),
    ],
)  # fmt: skip
def test_an_allowance_is_read_in_chinese_too(typed, written):
    assert Allowance.parse(typed) == Allowance.parse(written)


@pytest.mark.parametrize(
    "text", ["", "soon", "0 hours", "0 working days", "-1 days", "1.5 hours", "367 days", "9999999 hours"]
)
def test_what_is_no_length_of_time_is_refused_with_examples(text):
    with pytest.raises(Refused) as no:
        Allowance.parse(text)
    assert "Write for example" in no.value.sentence.template


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=20), "20 s"),
        (timedelta(seconds=61), "2 min"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=24), "24 h"),
    ],
)
def test_a_length_of_time_is_said_in_hours_and_minutes(time, said):
    shown = length(time)
    assert shown.template.format(**dict(shown.values)) == said


def test_the_table_covers_both_years_and_every_way_to_run():
    assert {row["received"][:4] for row in GOLDEN} >= {"2025", "2026"}
    assert {Allowance.parse(row["allowance"]).runs for row in GOLDEN} == set(Runs)
