"""A manual as a text file, and what must be right before it can be published."""

from dataclasses import replace
from datetime import date

import pytest

from portal.kernel.errors import Refused
from portal.policies import manuscript, rules
from portal.policies.rules import ClauseText, VersionText

TEXT = """---
code: KF-01
title: 客户服务手册
title-en: Customer service manual
---

# 1 总则 {#general}

凡来电来访，**件件有回音：**先登记，后办理。

# 4 投诉 {#complaints}

## 4.2 答复时限 {#complaint-answer}

三日内答复。

- 当日能办的当日办

rules: tickets.complaint_answer = 3 days
rules: tickets.first_response
  priority=urgent: 10 minutes
  otherwise: 24 hours

以上时限自登记之时起算。
"""


def test_a_manual_is_read_from_its_file():
    found = manuscript.read(TEXT)
    assert found.head["title-en"] == "Customer service manual"
    assert [(one.number, one.heading, one.stable) for one in found.clauses] == [
        ("1", "总则", "general"),
        ("4", "投诉", "complaints"),
        ("4.2", "答复时限", "complaint-answer"),
    ]
    answer = found.clauses[2]
    assert answer.text == "三日内答复。\n\n- 当日能办的当日办\n\n\n以上时限自登记之时起算。"
    assert answer.rulings == {
        "tickets.complaint_answer": "3 days",
        "tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours",
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# 1 总则 {#general}", None),
        ("---\ncode KF-01\n---\n", 2),
        ("---\ncode: KF-01\n---\n# 总则\n", 4),
        ("---\ncode: KF-01\n---\n words\n", 4),
        ("---\ncode: KF-01\n---\n# 1 总则 {#a}\nrules: x.y = 1\nrules: x.y = 2\n", 6),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(text, line):
    with pytest.raises(Refused) as no:
        manuscript.read(text)
    assert dict(no.value.sentence.values).get("line") == line


def version(*clauses, **more):
    return VersionText(1, 0, date(2026, 7, 1), clauses or (ClauseText("general", "1", "总则", "件件有回音。"),), **more)


def test_a_sound_version_passes():
    rules.refuse_faulty_text(version())


@pytest.mark.parametrize(
    ("clauses", "why"),
    [
        ([], "without a clause"),
        ([("a", "1", "总则"), ("b", "1", "投诉")], "same number"),
        ([("a", "1", "总则"), ("a", "2", "投诉")], "same id"),
        ([("a", "4.", "总则")], "no number"),
        ([("a", "1.1.1.1.1", "总则")], "no number"),
        ([("a b", "1", "总则")], "no id"),
        ([("a", "1", " ")], "no heading"),
    ],
)
def test_clauses_that_could_not_be_cited_are_refused(clauses, why):
    faulty = replace(version(), clauses=tuple(ClauseText(*one, text="…") for one in clauses))
    with pytest.raises(Refused) as no:
        rules.refuse_faulty_text(faulty)
    assert why in no.value.sentence.template


def test_one_version_rules_on_a_key_once():
    twice = [ClauseText(name, name[1:], "时限", "…", {"x.y": "1"}) for name in ("c1", "c2")]
    with pytest.raises(Refused) as no:
        rules.refuse_faulty_text(version(*twice))
    assert dict(no.value.sentence.values) == {"key": "x.y"}


def test_a_key_that_is_not_declared_is_refused_with_its_clause():
    with pytest.raises(Refused) as no:
        rules.as_kept(version(ClauseText("a", "3.1", "时限", "…", {"nobody.asks": "1"})))
    assert dict(no.value.sentence.values)["number"] == "3.1"


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    "changed",
    [
        {"number": "1.1"},
        {"heading": "总则（修订）"},
        {"text": "件件有回音！"},
        {"stable": "general-2"},
        {"rulings": {"x.y": "2"}},
    ],
)
def test_the_hash_is_over_everything_that_was_published(changed):
    clause = ClauseText("general", "1", "总则", "件件有回音。", {"x.y": "1"})
    before, after = version(clause), version(replace(clause, **changed))
    assert rules.digest("KF-01", "", before) == rules.digest("KF-01", "", version(replace(clause)))
    assert rules.digest("KF-01", "", before) != rules.digest("KF-01", "", after)
    assert rules.digest("KF-01", "", before) != rules.digest("KF-01", "CS", before)
    assert rules.digest("KF-01", "", before) != rules.digest(
        "KF-01", "", replace(before, effective_from=date(2026, 7, 2))
    )
