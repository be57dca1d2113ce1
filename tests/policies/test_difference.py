"""What is different between two versions: nothing is lost, and what is marked is what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policies.difference import MOST_WORDS, Side, What, difference, side, values_of, without_marks, words
from portal.policies.rules import ClauseText

PLAIN = st.text(st.sampled_from("的一条在三日内答复客户。，；\n 12.0ab"), max_size=60)
CLAUSES = st.lists(
    st.builds(ClauseText, st.sampled_from("abcdefgh"), st.sampled_from(["1", "1.1", "2", "3.4"]), PLAIN, PLAIN),
    max_size=8, unique_by=lambda one: one.stable,
)  # fmt: skip


def marked(old: str, new: str) -> str:
    """As people would write it with a pen: [what went] {what came}."""
    brackets = {Side.BOTH: "{}", Side.OLD: "[{}]", Side.NEW: "<{}>"}
    return "".join(brackets[one.side].format(one.text) for one in words(old, new))


@given(PLAIN, PLAIN)
def test_the_marked_words_give_back_both_texts(old, new):
    pieces = words(old, new)
    assert (side(pieces, Side.OLD), side(pieces, Side.NEW)) == (old, new)
    assert all(one.text for one in pieces)


@given(PLAIN)
def test_a_text_is_not_different_from_itself(text):
    assert all(one.side is Side.BOTH for one in words(text, text))


@given(CLAUSES, CLAUSES)
def test_the_clauses_of_a_difference_give_back_both_versions(old, new):
    changes = difference(old, new)
    for which, place, version in ((Side.OLD, "old_at", old), (Side.NEW, "new_at", new)):
        there = sorted((one for one in changes if getattr(one, place) is not None), key=lambda one: getattr(one, place))
        assert [(one.stable, side(one.heading, which), side(one.text, which)) for one in there] == [
            (one.stable, one.heading, one.text) for one in version
        ]
    assert [one.stable for one in changes if one.new] == [one.stable for one in new]


@given(CLAUSES, CLAUSES)
def test_what_went_one_way_came_the_other_way(old, new):
    kinds = {one.stable: one.what for one in difference(old, new)}
    back = {one.stable: one.what for one in difference(new, old)}
    turned = {What.ADDED: What.REMOVED, What.REMOVED: What.ADDED}
    for stable, what in kinds.items():
        if what in turned or what is What.CHANGED:
            assert back[stable] is turned.get(what, what)


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("扣款五十元。", "扣款八十元。", "扣款[五十]<八十>元。"),
        ("九点上班", "八点半上班", "[九点]<八点半>上班"),
        ("within 30.00 yuan", "within 45.00 yuan", "within [30.00]<45.00> yuan"),
        ("三日内答复", "三日内书面答复", "三日内<书面>答复"),
        ("先登记，再答复，最后回访。", "先登记，再答复。", "先登记，再答复[，最后回访]。"),
        ("", "新的", "<新的>"),
        ("客服主管批准", "客服经理批准", "客服[主管]<经理>批准"),
    ],
)
def test_words_and_numbers_are_marked_whole(old, new, read):
    assert marked(old, new) == read


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("**一**日答复", "**三**日答复", "[一]<三>日答复"),
        ("三日答复", "**三日**答复", "[三日]<**三日**>答复"),
        ("", "**沉默**不算", "<沉默不算>"),
        ("**沉默**不算", "**沉默**不算", "**沉默**不算"),
    ],
)
def test_marks_of_emphasis_are_shown_only_where_they_are_what_changed(old, new, read):
    brackets = {Side.BOTH: "{}", Side.OLD: "[{}]", Side.NEW: "<{}>"}
    assert "".join(brackets[one.side].format(one.text) for one in without_marks(words(old, new))) == read


def test_words_that_two_changes_share_by_chance_are_no_island():
    assert marked("由客服人员当场登记", "由值班主管当日报告") == "由[客服人员当场登记]<值班主管当日报告>"


@pytest.mark.attack(7)
@pytest.mark.parametrize("length", [MOST_WORDS - 1, MOST_WORDS + 1, 200_000])
def test_a_clause_of_any_length_is_compared_in_bounded_work(length):
    old, new = "的" * length + "甲", "乙" + "的。" * length
    assert side(words(old, new), Side.NEW) == new


def clause(stable: str, number: str, text: str = "文字", **rulings: str) -> ClauseText:
    return ClauseText(
        stable, number, f"标题 {stable}", text, {f"tickets.{key}": value for key, value in rulings.items()}
    )


def test_a_clause_is_known_by_its_id_whatever_its_number():
    old = [clause("a", "1"), clause("b", "2"), clause("c", "3")]
    new = [clause("a", "1"), clause("new", "2"), clause("b", "3"), clause("c", "4")]
    changes = {one.stable: one for one in difference(old, new)}
    assert [one.what for one in changes.values()] == [What.SAME, What.ADDED, What.MOVED, What.MOVED]
    assert changes["b"].renumbered
    assert not changes["b"].moved


def test_one_clause_that_is_put_elsewhere_is_moved_and_the_others_are_not():
    old = [clause(name, str(at)) for at, name in enumerate("abcde", start=1)]
    new = [clause(name, str(at)) for at, name in enumerate("acdeb", start=1)]
    assert {one.stable for one in difference(old, new) if one.moved} == {"b"}


def test_a_clause_that_is_gone_stands_where_it_stood():
    old = [clause(name, str(at)) for at, name in enumerate("abcd", start=1)]
    assert [one.stable for one in difference(old, [old[1], old[3]])] == ["a", "b", "c", "d"]


def test_a_value_is_told_with_its_unit_before_and_after(app):
    old = [clause("a", "1", satisfaction_rounds="3")]
    (change,) = difference(old, [clause("a", "1", satisfaction_rounds="5")])
    assert change.what is What.CHANGED
    ((when, before, after),) = change.values[0].lines
    assert (when, str(before), str(after)) == (None, "3 rounds", "5 rounds")


def test_of_a_table_only_the_lines_that_differ_are_told(app):
    first, second = (
        "priority=urgent: 10 minutes; otherwise: 24 hours",
        "priority=urgent: 10 minutes; otherwise: 4 hours",
    )
    (change,) = difference([clause("a", "1", first_response=first)], [clause("a", "1", first_response=second)])
    assert [tuple(map(str, line)) for line in change.values[0].lines] == [("otherwise", "24 h", "4 h")]


def test_a_value_that_only_moved_to_another_clause_is_no_other_value(app):
    old = [clause("a", "1", satisfaction_rounds="3"), clause("b", "2")]
    new = [clause("a", "1"), clause("b", "2", satisfaction_rounds="3")]
    assert values_of(difference(old, new)) == []
    assert [one.what for one in difference(old, new)] == [What.CHANGED, What.CHANGED]


# ── The page ──


@pytest.fixture
def reader(demo, browser):
    return browser.sign_in("agent")


def test_the_page_marks_what_changed_since_the_version_before(reader):
    page = reader.get("/manuals/KF-01/2.1/changes")
    assert "From version 2.0 to version 2.1" in page.main
    inline = page.soup.select_one(".changed .changed-inline")
    assert inline.ins
    assert inline.find("del")
    assert "are unchanged" in page.main


def test_any_two_versions_can_be_held_against_each_other(reader):
    assert "From version 1.0 to version 3.0" in reader.get("/manuals/KF-01/3.0/changes?from=1.0").main
    assert "From version 3.0 to version 1.0" in reader.get("/manuals/KF-01/1.0/changes?from=3.0").main
    assert "word for word" in reader.get("/manuals/KF-01/2.1/changes?from=2.1").main


def test_the_values_are_told_before_the_clauses(reader):
    table = reader.get("/manuals/KF-01/2.0/changes").soup.select_one(".changed-values")
    row = next(row for row in table.select("tbody tr") if "tickets.satisfaction_rounds" in row.text)
    assert (row.find("del").text, row.ins.text) == ("5 rounds", "3 rounds")


def test_a_first_version_has_nothing_before_it(reader):
    assert "the first version" in reader.get("/manuals/KF-01/1.0/changes").main


def test_a_later_version_leads_to_what_changed_and_a_first_one_does_not(reader):
    assert reader.get("/manuals/KF-01/2.1").soup.select_one("a[href='/manuals/KF-01/2.1/changes']")
    assert not reader.get("/manuals/KF-01/1.0").soup.select_one("a[href$='/changes']")


@pytest.mark.attack(14)
@pytest.mark.parametrize("path", ["KF-01/9.9/changes", "KF-01/2.1/changes?from=9.9", "KF-01/2.1/changes?from=1;--"])
def test_a_version_that_is_none_is_not_found(reader, path):
    reader.get(f"/manuals/{path}", expect=404)


@pytest.mark.attack(1)
def test_a_hostile_clause_is_inert_in_the_difference(demo, browser):
    from sqlalchemy import text

    from portal.extensions import db

    db.session.execute(
        text("UPDATE clause SET heading = heading || '<img src=x onerror=a>', text = '<svg onload=x>' || id")
    )
    db.session.commit()
    page = browser.sign_in("agent").get("/manuals/KF-01/2.1/changes")
    assert not page.soup.select("main img, main .changed svg")


@pytest.mark.attack(18)
def test_the_marked_text_is_sent_alone_when_another_version_is_chosen(reader):
    part = reader.get("/manuals/KF-01/2.1/changes?from=1.0", part="changes")
    assert part.soup.select_one("#changes")
    assert not part.soup.select_one("h1")


def test_the_page_of_changes_asks_the_database_seldom(reader, statements):
    reader.get("/manuals/KF-01/3.0/changes?from=1.0")
    assert len([one for one in statements if one.startswith("SELECT")]) <= 10


@pytest.mark.attack(11)
def test_whoever_sees_a_draft_sees_it_marked_up_against_the_version_before_and_nobody_else(demo, browser, statements):
    here = "/manuals/WD-01/draft/changes"
    for name in ("shopkeeper", "director", "shop1"):
        browser.sign_in(name)
        statements.clear()
        page = browser.get(here)
        assert len([one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 10
        assert "From version 1.0 to the draft of version 2.0" in page.main
        assert "十五" in page.soup.select_one(".changed ins").text
        assert browser.get("/manuals/WD-01/draft").soup.select_one(f"a[href='{here}']")
    for name in ("agent", "shop2", "auditor", "admin"):
        browser.sign_in(name).get(here, expect=404)
