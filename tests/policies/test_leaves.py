"""A long version is read leaf by leaf, and every clause is found on the leaf that has it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import Clause
from portal.organisation import queries as organisation
from portal.policies import actions, queries
from portal.policies.leaves import FRAME, LONG, MOST_CHAPTERS, ROOM, Line, leaf_at
from portal.policies.rules import ClauseText, VersionText
from tests.policies.conftest import noon

KB = 1_000
MOST = 300 * KB
SHAPES = st.lists(st.tuples(st.integers(1, 3), st.integers(0, ROOM + 5_000)), min_size=1, max_size=60)


def lines(shape):
    counts, found = [], []
    for depth, size in shape:
        depth = min(depth, len(counts) + 1)
        counts = [*counts[:depth], *([0] if len(counts) < depth else [])]
        counts[depth - 1] += 1
        found.append(Line(".".join(map(str, counts)), f"c-{len(found)}", "标题", size))
    return found


@given(SHAPES)
def test_every_clause_stands_on_exactly_one_leaf_and_its_address_opens_that_one(shape):
    all_lines = lines(shape)
    for at, one in enumerate(all_lines):
        for name in (one.number, f"s-{one.stable}"):
            leaf = leaf_at(all_lines, name)
            assert leaf.first <= at < leaf.end
            assert leaf.there == {other.stable for other in all_lines[leaf.first : leaf.end]}


@given(SHAPES)
def test_leaves_follow_each_other_without_a_gap_and_only_a_long_clause_exceeds_the_room(shape):
    all_lines = lines(shape)
    first, end, seen = leaf_at(all_lines, ""), 0, 0
    leaf = first
    while True:
        assert leaf.first == end
        weight = sum(one.size + len(one.heading) + FRAME for one in all_lines[leaf.first : leaf.end])
        assert (
            weight <= (LONG if leaf.end == len(all_lines) and leaf.first == 0 else ROOM) or leaf.end - leaf.first == 1
        )
        end, seen = leaf.end, seen + 1
        if leaf.after is None:
            break
        following = leaf_at(all_lines, leaf.after.line.number)
        assert following.before.line == all_lines[leaf.first]
        leaf = following
    assert end == len(all_lines)
    assert seen <= len(all_lines)


def test_what_fits_on_one_page_stays_on_one():
    fits = lines([(1, LONG - FRAME - len("标题"))])
    assert leaf_at(fits * 1, "").after is None
    chapters = lines([(1, ROOM - 1_000)] * 2 + [(1, 1_000)])
    assert leaf_at(chapters, "").after is None
    more = lines([(1, ROOM - 1_000)] * 3)
    assert leaf_at(more, "").after.line.number == "2"


def test_a_clause_that_is_nowhere_opens_the_first_leaf_and_an_empty_version_has_one_without_clauses():
    assert leaf_at(lines([(1, ROOM)] * 4), "9.9").first == 0
    empty = leaf_at([], "")
    assert (empty.first, empty.end, empty.after) == (0, 0, None)


@pytest.mark.parametrize(("chapters", "each"), [(MOST_CHAPTERS, True), (MOST_CHAPTERS + 1, False)])
def test_of_very_many_chapters_the_contents_tell_the_first_and_the_last_of_a_leaf(chapters, each):
    leaf = leaf_at(lines([(1, 2_000)] * chapters), "")
    others = [one for one in leaf.contents if one.href.startswith("?at=")]
    assert all(not one.last for one in others) == each
    assert (len(leaf.contents) == chapters) == each


# ── The pages ──


@pytest.fixture
def long(manual, staff, department, browser):
    """Two versions of forty chapters with twenty-five clauses each; every clause but one in ten is another one."""
    staff("Amal", department("XH"))
    of = manual("AB-01")
    for major, month in ((1, 1), (2, 2)):
        actions.publish_version(
            PORTAL, of, VersionText(major, 0, date(2026, month, 1), tuple(clauses(major))), at=noon(2026, month, 1)
        )
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    browser.sign_in(organisation.person_with_id(1).sign_in_name)
    return of


def clauses(major):
    for chapter in range(1, 41):
        yield ClauseText(f"k-{chapter}", str(chapter), f"第{chapter}章", "")
        for at in range(1, 26):
            number = f"{chapter}.{at}"
            words = f"{number} 规定：" + "每一件事都要有人负责，有据可查。" * 60
            if number == "1.2":
                words += "\n\n见[那一条](#s-c-30-7)和[这一条](#s-c-1-1)。"
            if at % 10:
                words += f"第{major}版。"
            yield ClauseText(f"c-{chapter}-{at}", number, f"条款{number}", words)


@pytest.mark.rule("POL-010")
def test_a_thousand_clauses_are_read_in_pages_and_each_address_lands_at_its_clause(long, browser, statements):
    first = browser.get("/manuals/AB-01/2.0")
    assert len(first.text.encode()) <= MOST
    assert first.soup.select_one("[id='c-1.1']")
    assert not first.soup.select_one("[id='c-30.7']")
    there = [one["href"] for one in first.soup.select(".toc a")]
    assert "?at=40#c-40" in there, "the contents lead to every chapter"
    assert first.soup.select_one(".leaf-turn [rel=next]")
    statements.clear()
    address = queries.address(Clause("AB-01", "2.0", "30.7"))
    page = browser.get(address.partition("#")[0])
    assert sum(one.startswith("SELECT") for one in statements) <= 10, statements
    assert page.soup.select_one(f"[id='{address.partition('#')[2]}']")
    assert len(page.text.encode()) <= MOST
    old = browser.get("/manuals/AB-01/2.0?at=nothing")
    assert old.soup.select_one("[id='c-1.1']")


def test_a_link_from_clause_to_clause_opens_the_leaf_that_has_it(long, browser):
    page = browser.get("/manuals/AB-01/2.0?at=1.2")
    links = [one["href"] for one in page.soup.select("[id='c-1.2'] p a")]
    assert links == ["?at=s-c-30-7#s-c-30-7", "#s-c-1-1"]
    assert browser.get("/manuals/AB-01/2.0?at=s-c-30-7").soup.select_one("#s-c-30-7")


def test_whoever_acknowledges_turns_the_leaves_beside_what_is_asked(long, browser):
    page = browser.get("/manuals/AB-01/2.0/acknowledge?at=30.7")
    assert page.soup.select_one("[id='c-30.7']")
    assert page.soup.select_one("#acknowledge")
    assert len(page.text.encode()) <= MOST


@pytest.mark.rule("POL-022")
def test_what_changed_in_a_thousand_clauses_is_read_in_pages_that_leave_none_out(long, browser, statements):
    url, seen, pages = "/manuals/AB-01/2.0/changes?from=1.0", [], 0
    while url:
        statements.clear()
        page = browser.get(url)
        assert sum(one.startswith("SELECT") for one in statements) <= 10, statements
        assert len(page.text.encode()) <= MOST
        seen += [one["id"] for one in page.soup.select(".changed")]
        following = page.soup.select_one(".leaf-turn [rel=next]")
        url = "/manuals/AB-01/2.0/changes" + following["href"].partition("#")[0] if following else ""
        assert not url or "from=1.0" in url
        pages += 1
    assert seen == [f"c-c-{chapter}-{at}" for chapter in range(1, 41) for at in range(1, 26) if at % 10]
    assert pages > 3
    page = browser.get("/manuals/AB-01/2.0/changes?from=1.0&at=c-30-7")
    assert page.soup.select_one("#c-c-30-7")
