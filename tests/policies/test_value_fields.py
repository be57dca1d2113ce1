"""A clause's value is filled in with what its kind asks for: a number and its unit, a choice for each case."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from werkzeug.datastructures import MultiDict

from portal.kernel.errors import Refused
from portal.kernel.text import in_language
from portal.policies.draft_forms import ruling_form
from portal.policies.rulebook import KEYS
from portal.policies.states import Evidence
from portal.policies.value_fields import UNITS, field_for

ANSWER, FIRST = "tickets.complaint_answer", "tickets.first_response"


def filled(app, name, *cells):
    with app.test_request_context(method="POST"):
        return ruling_form(KEYS[name])(formdata=MultiDict([("value", cell) for cell in cells]), meta={"csrf": False})


@pytest.mark.rule("TKT-044")
@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (("2", "days"), "2 days"), (("２", "working days"), "2 working days"), (("", "same day"), "same day"),
        (("7", "same day"), "same day"), (("", "none"), "none"), (("", "days"), ""), (("3 days",), "3 days"),
        (("两", "days"), "两 days"),
    ],
)  # fmt: skip
def test_a_time_is_a_number_and_its_unit(app, cells, text):
    assert filled(app, ANSWER, *cells).value.data == text


@pytest.mark.rule("TKT-028", "TKT-031")
def test_each_case_of_a_table_is_a_line_and_the_one_for_all_others_comes_last(app):
    cells = ("", "", "", "24", "hours", "complaint", "urgent", "", "", "same day", "", "high", "chat", "20", "seconds")
    form = filled(app, FIRST, *cells, *("", "", "", "", "hours"))
    assert form.value.data.splitlines() == [
        "kind=complaint, priority=urgent: same day", "priority=high, channel=chat: 20 seconds", "otherwise: 24 hours"
    ]  # fmt: skip
    KEYS[FIRST].parse(form.value.data)
    assert len([one for one in form.value.cases if any(one.entries) or one.value[0]]) == 3


@pytest.mark.parametrize("line", ["complaint", "urgent", ""])
def test_a_line_with_a_condition_and_no_value_is_said_not_lost(app, line):
    form = filled(app, FIRST, line if line == "complaint" else "", line if line == "urgent" else "", "", "", "hours")
    if line:
        with pytest.raises(Refused):
            KEYS[FIRST].parse(form.value.data)
    else:
        assert form.value.data == "none"


def test_a_table_that_is_kept_stands_line_by_line_with_room_for_more(app):
    with app.test_request_context():
        kept = "priority=urgent: 10 minutes; otherwise: 24 hours"
        field = ruling_form(KEYS[FIRST])(formdata=None, value=kept, meta={"csrf": False}).value
        assert [(one.entries, one.value) for one in field.cases] == [
            (("", "urgent", ""), ("10", "minutes")), (("", "", ""), ("24", "hours")),
            *[(("", "", ""), ("", "hours"))] * 3,
        ]  # fmt: skip


def test_every_table_and_every_time_can_be_filled_in_as_it_stands(app):
    for key in (one for one in KEYS.values() if field_for(one.kind)):
        with app.test_request_context():
            text = key.write(key.default)
            form = ruling_form(key)(formdata=None, value=text, meta={"csrf": False})
            field = form.value
            if hasattr(field, "cases"):
                cells = [cell for one in field.cases for cell in (*one.entries, *one.value)]
            else:
                cells = [*field.parts]
            assert key.parse(filled(app, key.name, *cells).value.data) == key.default, key.name


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("manuals.acknowledge_within", "５", "5"), ("manuals.acknowledge_within", " 7 ", "7"),
        ("complaints.large_amount", "5,000.00", "5000.00"), ("complaints.large_amount", "５，０００", "5000.00"),
        ("complaints.large_amount", "30 元", "30.00"), ("complaints.product_times", "无", "none"),
        (ANSWER, "２ 天", "2 days"), (FIRST, "priority=urgent：１０ 分钟；其他情况：当天",
                                    "priority=urgent: 10 minutes; otherwise: same day"),
    ],
)  # fmt: skip
def test_a_value_is_understood_as_it_is_typed_with_a_chinese_keyboard_and_as_pages_write_it(key, typed, kept):
    assert KEYS[key].write(KEYS[key].parse(typed)) == kept


@pytest.mark.attack(7)
@pytest.mark.attack(15)
@pytest.mark.parametrize("typed", ["", "1e9", "-5", "7.555", "1,00", "0x10", "١٢", "inf", "1" + "0" * 20, "9" * 20_000])
@pytest.mark.parametrize("key", ["manuals.acknowledge_within", "complaints.large_amount", ANSWER, FIRST])
def test_what_is_no_such_value_is_refused_with_a_short_sentence_that_says_what_to_write(app, key, typed):
    if key == FIRST and not typed:
        return  # a table without a line is one
    with app.test_request_context(), pytest.raises(Refused) as no:
        KEYS[key].parse(typed)
    said = str(no.value.sentence)
    assert len(said) < 300
    assert typed[:60] in said or "at least" in said


@pytest.mark.parametrize(("typed", "fits"), [("999999999", True), ("1000000000", False), ("9,999,999.99", True)])
def test_an_amount_has_nine_digits_at_most(typed, fits):
    with nullcontext() if fits else pytest.raises(Refused, match="too large"):
        KEYS["complaints.large_amount"].parse(typed)


def test_the_units_of_a_time_are_those_of_time_in_chinese(app):
    """A word of English can mean two things: minutes are also what is kept of a meeting."""
    with app.test_request_context(), in_language("zh-CN"):
        assert [str(one) for one in UNITS.values()] == [
            "秒", "分钟", "小时", "工作小时", "当天 24:00 前", "天，到最后一天 24:00", "个工作日，到最后一天 24:00",
        ]  # fmt: skip
        assert str(Evidence.MINUTES.label) == "会议纪要"
