"""Charts: what is drawn says the values, at any width, without losing a label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as any_of

from portal.kernel.charts import LABELS, Series, bars, columns, lines, top_of

COUNTS = any_of.lists(any_of.tuples(any_of.integers(0, 10**6), any_of.integers(0, 10**6)), max_size=30)


def cent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (5, 5), (6, 10), (11, 20), (49, 50), (51, 100)])
def test_a_scale_ends_at_the_next_round_number(most, top):
    assert top_of(most) == top


@given(COUNTS)
def test_every_bar_lies_within_and_is_as_long_as_its_value(counts):
    series = [Series("a", [one for one, _other in counts]), Series("b", [other for _one, other in counts])]
    labels = [str(place) for place in range(len(counts))]
    across, upright = bars(labels, series), columns(labels, series)
    for drawn in (across, upright):
        assert len(drawn.boxes) == 2 * len(counts)
        assert all(0 <= cent(one.x) <= cent(one.x) + cent(one.width) <= 100.1 for one in drawn.boxes)
        assert all(0 <= one.y <= one.y + one.height <= drawn.height for one in drawn.boxes)
    values = [value for pair in counts for value in pair]
    assert [one.text for one in across.words if one.role == "value"] == [str(value) for value in values]
    longest = max(range(len(values)), key=values.__getitem__, default=None)
    if longest is not None:
        assert cent(across.boxes[longest].width) == max(cent(one.width) for one in across.boxes)


def test_a_line_breaks_where_there_is_no_value():
    drawn = lines(["1", "2", "3", "4", "5"], [Series("a", [100, 50, None, 0, 25])])
    assert [len(one.points.split()) for one in drawn.paths] == [2, 2]
    assert [one.points.split()[0].partition(",")[2] for one in drawn.paths] == ["0", "100"]
    assert len(drawn.dots) == 4
    assert [one.text for one in drawn.words if one.role == "scale"] == ["100 %", "50 %", "0 %"]


@pytest.mark.parametrize(("months", "written"), [(LABELS, LABELS), (LABELS + 1, 7), (24, 12)])
def test_of_many_columns_each_second_says_its_name(months, written):
    drawn = columns([f"{month}月" for month in range(months)], [Series("a", [1] * months)])
    assert len([one for one in drawn.words if one.role == "label"]) == written


def test_nothing_is_drawn_of_nothing():
    assert bars([], [Series("a", [])]).boxes == ()
    assert columns([], [Series("a", [])]).boxes == ()
    assert lines([], [Series("a", [])]).dots == ()
