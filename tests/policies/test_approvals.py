"""As many approve a draft as the manuals say, each for themselves or for somebody who is away; nobody their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kernel import journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Line
from portal.policies import approvals, drafts, jobs, life
from portal.policies.states import Check, ManualKind, Stage
from tests.conftest import NOW, TODAY
from tests.policies import test_life as story

QUORUM = "manuals.approval.quorum"
house, in_review = story.house, story.in_review
lead, refused = story.lead, story.refused


@pytest.fixture
def board(house, staff):
    """Three of the board: Shen, Fang and Gu."""
    return [house.shen, *(staff(name, house.top, Role.EXECUTIVE) for name in ("Fang", "Gu"))]


def persons(board):
    return [people.person_with_id(one.id) for one in board]


@pytest.fixture
def heard(house, in_review):
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    return in_review


def asked(house, draft, board, published, needed="kind=conduct: 2"):
    if needed:
        published({QUORUM: needed}, from_=TODAY)
    lead(house.zheng, draft, "submit", approvers=persons(board))
    return draft


@pytest.mark.rule("POL-005", "V-09")
@pytest.mark.parametrize(("needed", "enough"), [("kind=conduct: 2", 2), ("kind=conduct: 3; otherwise: 1", 3),
                                                ("kind=standard: 3", 1), (None, 1)])  # fmt: skip
def test_it_is_approved_when_as_many_have_as_the_manuals_say_for_its_kind(
    house, heard, board, published, needed, enough
):  # fmt: skip
    draft = asked(house, heard, board, published, needed)
    for count, one in enumerate(board[:enough], start=1):
        assert draft.state is Stage.AWAITING
        lead(one, draft, "approve")
        assert len(approvals.given(draft)) == count
    assert draft.state is Stage.APPROVED
    lead(house.shen, draft, "publish")
    assert draft.state is Stage.PUBLISHED


def test_fewer_are_never_asked_than_it_needs(house, heard, board, published):
    published({QUORUM: "otherwise: 2"}, from_=TODAY)
    assert "needs 2 approvals" in refused(house.zheng, heard, "submit", approvers=persons(board[:1]))
    assert "needs 2 approvals" in refused(house.zheng, heard, "submit", approvers=persons(board[:1] * 2))
    assert "Choose who" in refused(house.zheng, heard, "submit")
    lead(house.zheng, heard, "submit", approvers=persons(board[:2]))


@pytest.mark.attack(10, 27)
def test_nobody_approves_twice_nor_what_they_were_not_asked_about(house, heard, board, published):
    draft = asked(house, heard, board[:2], published)
    lead(board[0], draft, "approve")
    with pytest.raises((NotAllowed, OutOfDate)):
        lead(board[0], draft, "approve")
    for stranger in (board[2], house.zheng, house.luo):
        with pytest.raises((NotAllowed, OutOfDate)):
            lead(stranger, draft, "approve")
    assert len(approvals.given(draft)) == 1


@pytest.mark.parametrize("away", ["deputy", "author"])
def test_a_deputy_gives_one_for_whom_it_is_said_and_an_author_none(
    house, heard, board, published, staff, away
):  # fmt: skip
    draft = asked(house, heard, board[:2], published)
    fang = people.person_with_id(board[1].id)
    who = house.zheng if away == "author" else staff("Qin", house.top)
    stands_in = people.person_with_id(who.id)
    organisation.name_deputy(PORTAL, fang, stands_in, reason="出差", from_on=TODAY, to_on=None, at=NOW)
    organisation.note_absence(PORTAL, fang, reason="出差", from_on=TODAY, to_on=TODAY + timedelta(days=3), at=NOW)
    lead(board[0], draft, "approve")
    if away == "author":
        with pytest.raises(NotAllowed, match="themselves"):
            lead(who, draft, "approve")
        return
    lead(who, draft, "approve")
    assert draft.state is Stage.APPROVED
    assert [(one.given_by_name, one.place) for one in draft.approvals] == [("Shen", ""), ("Qin", "Fang")]
    assert "in the place of Fang" in str(journal.of("manual draft", draft.id)[-1].event().sentence())


def test_whoever_stands_in_for_another_does_not_count_twice(house, heard, board, published):
    draft = asked(house, heard, board[:2], published)
    shen, fang = persons(board[:2])
    organisation.name_deputy(PORTAL, fang, shen, reason="出差", from_on=TODAY, to_on=None, at=NOW)
    organisation.note_absence(PORTAL, fang, reason="出差", from_on=TODAY, to_on=TODAY + timedelta(days=3), at=NOW)
    lead(board[0], draft, "approve")
    with pytest.raises((NotAllowed, OutOfDate)):
        lead(board[0], draft, "approve")
    assert draft.state is Stage.AWAITING


@pytest.fixture
def above(house, board):
    """Gu stands above Fang, and above Gu stands Shen."""
    shen, fang, gu = persons(board)
    organisation.record_superior(PORTAL, fang, gu, Line.DIRECT, from_on=TODAY, at=NOW)
    organisation.record_superior(PORTAL, gu, shen, Line.DIRECT, from_on=TODAY, at=NOW)
    return gu


@pytest.mark.parametrize(("deputy", "passed"), [(False, 1), (True, 0)])
def test_without_a_deputy_it_goes_up_to_the_next_level_and_the_record_says_so(
    house, heard, board, published, above, person, deputy, passed
):  # fmt: skip
    draft = asked(house, heard, board[:2], published)
    fang = people.person_with_id(board[1].id)
    organisation.note_absence(PORTAL, fang, reason="病假", from_on=TODAY, to_on=TODAY + timedelta(days=9), at=NOW)
    if deputy:
        organisation.name_deputy(
            PORTAL, fang, person("Qin", house.top), reason="病假", from_on=TODAY, to_on=None, at=NOW
        )
    assert jobs.pass_up(NOW) == passed
    assert jobs.pass_up(NOW) == 0
    if not passed:
        return
    db.session.expire_all()
    assert [(one.name, one.in_place_of) for one in draft.approvals] == [("Shen", ""), ("Gu", "Fang")]
    assert "Fang is away: Gu is asked" in str(journal.of("manual draft", draft.id)[-1].event().sentence())
    lead(board[2], draft, "approve")
    assert [one.place for one in draft.approvals] == ["", "Fang"]
    lead(board[0], draft, "approve")
    assert draft.state is Stage.APPROVED


def test_it_never_goes_up_to_whoever_is_asked_already_or_wrote_it(house, heard, board, published, above):
    draft = asked(house, heard, board, published)
    fang = people.person_with_id(board[1].id)
    organisation.note_absence(PORTAL, fang, reason="病假", from_on=TODAY, to_on=TODAY + timedelta(days=9), at=NOW)
    assert jobs.pass_up(NOW) == 0
    assert [one.name for one in draft.approvals] == ["Shen", "Fang", "Gu"]


@pytest.mark.rule("POL-005")
def test_every_approval_falls_when_it_is_sent_back_or_the_text_changes(house, heard, board, published):
    draft = asked(house, heard, board[:2], published)
    lead(board[0], draft, "approve")
    lead(board[1], draft, "back to review", words="第二条不清楚")
    lead(house.zheng, draft, "submit", approvers=persons(board[:2]))
    assert approvals.given(draft) == []
    for one in board[:2]:
        lead(one, draft, "approve")
    lead(house.shen, draft, "back to approval", words="再看一遍")
    assert (approvals.given(draft), draft.approved_digest) == ([], "")
    with pytest.raises(OutOfDate):
        lead(house.shen, draft, "publish")
    for one in board[:2]:
        lead(one, draft, "approve")
    first = draft.clauses[0]
    drafts.write_clause(
        house.zheng, draft, first, number="1", heading="别的", text="…", part=first.part, chapter=None,
        seen=draft.version, at=NOW,
    )  # fmt: skip
    assert (draft.state, draft.approvals) == (Stage.DRAFTING, [])


@pytest.mark.attack(42)
def test_an_approval_that_was_made_up_behind_the_table_publishes_nothing(house, heard, board, published):
    draft = asked(house, heard, board[:2], published)
    lead(board[0], draft, "approve")
    draft.state, draft.approved_digest = Stage.APPROVED, life.digest(draft)
    db.session.commit()
    assert "has to approve it first" in refused(house.shen, draft, "publish")


def test_its_pages_say_how_many_have_and_whose_is_wanted(house, heard, board, published, browser, statements):
    published({QUORUM: "otherwise: 2"}, from_=TODAY)
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    names = {one.name: person.sign_in_name for one, person in zip(board, persons(board), strict=True)}
    numbers = [one.staff_number for one in persons(board[:2])]
    author = browser.sign_in(people.person_with_id(house.zheng.id).sign_in_name)
    url = "/manuals/TS-02/draft/step/submit"
    form = author.get(url).form("submit")
    assert "It needs 2 approvals." in author.get(url).main
    assert author.post(url, {**form, "approvers": numbers[:1]}, expect=422)
    author.post(url, {**author.get(url).form("submit"), "approvers": numbers})
    statements.clear()
    assert "Shen, Fang is next." in author.get("/manuals/TS-02/draft").main
    assert len([one for one in statements if one.startswith("SELECT")]) <= 10
    first, step = browser.sign_in(names["Shen"]), "/manuals/TS-02/draft/step/approve"
    assert "Decide" in first.get("/").main
    said = first.follow(first.post(step, first.get(step).form(step)))
    assert "Approved: 1 of 2." in said.text
    assert "Decide" not in first.get("/").main
    first.get("/manuals/TS-02/draft/step/approve", expect=404)
    browser.sign_in(names["Gu"]).get("/manuals/TS-02/draft/step/approve", expect=404)
    second = browser.sign_in(names["Fang"])
    assert "approved" in second.follow(second.post(step, second.get(step).form(step))).text
