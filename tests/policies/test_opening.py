"""Purpose and principles open each version: written in its draft, frozen with it, and its hash is over them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import schema
from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import queries as people
from portal.policies import actions, difference, drafts, emergencies, life, paper, queries, rules
from portal.policies.models import ManualVersion
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Stage
from tests.conftest import NOW, TODAY
from tests.policies.test_life import approved, house, in_review, lead  # noqa: F401 - fixtures

CLAUSE = ClauseText("a", "1", "总则", "一。")
FIRST, SECOND = ("让客户放心。", "说到做到。"), ("让客户省心。", "说到做到。")


@pytest.fixture
def two(manual):
    """A manual whose second version, still to come, has another purpose than its first."""
    book = manual("KF-01")
    made = []
    for label, (purpose, principles), day in ((1, FIRST, TODAY), (2, SECOND, TODAY + timedelta(days=9))):
        text = VersionText(label, 0, day, (CLAUSE,), purpose=purpose, principles=principles)
        made.append(actions.publish_version(PORTAL, book, text, at=NOW))
    return made


@pytest.mark.rule("POL-020")
def test_each_version_keeps_the_words_that_opened_it(two, staff, department, browser):
    assert [(one.purpose, one.principles) for one in two] == [FIRST, SECOND]
    assert [queries.head_of(one.manual, one)["purpose"] for one in two] == ["让客户放心。", "让客户省心。"]
    who = people.person_with_id(staff("Li", department("XH"), Role.AGENT).id).sign_in_name
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    reader = browser.sign_in(who)
    for label, has, lacks in (("1.0", "放心", "省心"), ("2.0", "省心", "放心")):
        for where in ("", "/sheet"):
            main = reader.get(f"/manuals/KF-01/{label}{where}").main
            assert has in main
            assert lacks not in main


def test_a_version_that_names_none_opens_with_those_of_its_manual(manual):
    book = manual("KF-01")
    book.purpose, book.principles = FIRST
    db.session.commit()
    version = actions.publish_version(PORTAL, book, VersionText(1, 0, TODAY, (CLAUSE,)), at=NOW)
    assert (version.purpose, version.principles) == FIRST
    assert list(queries.versions_with_wrong_hash()) == []


@pytest.mark.attack(42)
def test_words_that_were_struck_out_of_a_draft_open_the_version_no_more(manual):
    """Exactly what was approved is published: an empty purpose is not the one of before."""
    book = manual("KF-01")
    book.purpose, book.principles = FIRST
    db.session.commit()
    text = VersionText(1, 0, TODAY, (CLAUSE,), purpose="", principles="")
    version = actions.publish_version(PORTAL, book, text, at=NOW)
    assert (version.purpose, version.principles) == ("", "")
    assert version.digest == rules.digest("KF-01", queries.scope_of(book), rules.as_kept(text))


# ── Its hash ──


@pytest.mark.attack(42)
@pytest.mark.parametrize("column", ["purpose", "principles"])
def test_another_word_in_them_is_found_out(two, column):
    assert list(queries.versions_with_wrong_hash()) == []
    db.session.execute(db.text(f"UPDATE manual_version SET {column} = 'x' WHERE major = 2"))
    db.session.expire_all()
    (found,) = queries.versions_with_wrong_hash()
    assert dict(found.sentence.values)["version"] == "2.0"


@pytest.mark.attack(42)
def test_to_call_it_one_of_the_older_form_does_not_help(two):
    db.session.execute(db.text("UPDATE manual_version SET purpose = 'x', digest_form = 1 WHERE major = 2"))
    db.session.expire_all()
    assert [dict(one.sentence.values)["version"] for one in queries.versions_with_wrong_hash()] == ["2.0"]


def test_the_hash_of_the_older_form_is_the_one_that_it_was():
    """What was published before the words were in it is proved as it was."""
    text = VersionText(2, 1, TODAY, (CLAUSE,), places=frozenset({"department 5"}))
    older = rules.digest("KF-01", "CS", text, 1)
    assert older == rules.digest("KF-01", "CS", replace(text, purpose="别的"), 1)
    assert (
        len({older, rules.digest("KF-01", "CS", text), rules.digest("KF-01", "CS", replace(text, purpose="别的"))}) == 3
    )


@pytest.mark.attack(36)
def test_versions_of_before_get_the_words_of_their_draft_or_manual_and_keep_their_hash(app, two):
    book, digests = two[0].manual_id, {}
    for one in two:
        text = VersionText(one.major, one.minor, one.effective_from, (CLAUSE,))
        digests[one.id] = rules.digest("KF-01", "", text, 1)
    db.session.execute(db.text("UPDATE manual SET purpose = '书的目的', principles = '书的原则'"))
    db.session.commit()
    db.session.remove()
    schema.downgrade("0053_narrowed")
    schema.upgrade()
    versions = db.session.scalars(db.select(ManualVersion).where(ManualVersion.manual_id == book)).all()
    assert {(one.purpose, one.principles, one.digest_form) for one in versions} == {("书的目的", "书的原则", 1)}
    assert {one.id: queries.digest_of(one) for one in versions} == digests


# ── In a draft ──


def test_a_draft_begins_with_them_and_its_approval_is_for_them(house, approved):  # noqa: F811
    assert drafts.version_text(approved).purpose == "更快答复"
    before = life.digest(approved)
    approved.purpose = "另一个目的"
    assert life.digest(approved) != before
    db.session.rollback()
    lead(house.shen, approved, "publish")
    version = db.session.get_one(ManualVersion, approved.version_id)
    assert (version.purpose, version.principles, version.digest_form) == ("更快答复", "说到做到", 2)
    following = drafts.begin_version(house.zheng, version.manual, at=NOW)
    assert (following.purpose, following.principles) == ("更快答复", "说到做到")


def test_what_was_approved_before_the_hash_was_over_them_is_published_all_the_same(house, approved):  # noqa: F811
    approved.approved_digest = approved.approvals[0].digest = life.digest(approved, 1)
    db.session.commit()
    lead(house.shen, approved, "publish")
    assert approved.state is Stage.PUBLISHED
    assert list(queries.versions_with_wrong_hash()) == []


# ── Where it is read ──


def test_the_difference_marks_what_changed_in_them(two):
    (change,) = difference.openings(FIRST, SECOND)
    assert str(change.label) == "Purpose"
    assert [(one.side.value, one.text) for one in change.pieces if one.side.value != "both"] == [
        ("old", "放"),
        ("new", "省"),
    ]
    assert difference.openings(FIRST, FIRST) == []


def test_its_page_shows_the_difference_though_every_clause_is_the_same(two, staff, department, browser):
    who = people.person_with_id(staff("Li", department("XH"), Role.AGENT).id).sign_in_name
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    page = browser.sign_in(who).get("/manuals/KF-01/2.0/changes")
    changed = page.soup.select_one("section.changed")
    assert changed.h3.text == "Purpose"
    assert [one.text for one in changed.select(".changed-inline del, .changed-inline ins")] == ["放", "省"]


def test_whoever_acknowledges_it_reads_them(demo, browser):
    reader = browser.sign_in("clerk")
    opening = reader.get("/manuals/KF-01/3.0").soup.select_one(".draft-opening").text
    assert reader.get("/manuals/KF-01/3.0/acknowledge").soup.select_one(".draft-opening").text == opening


def test_on_paper_and_in_its_check_code_they_are_the_versions_own(two):
    sheets = [paper.Sheet(one) for one in two]
    assert sheets[0].content()["hash"] == two[0].digest != sheets[1].content()["hash"]


def test_what_holds_again_after_an_emergency_opens_with_its_own(two):
    text = emergencies._again(two[1], two[0], NOW)
    assert (text.purpose, text.principles) == FIRST
