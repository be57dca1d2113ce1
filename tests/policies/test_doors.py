"""Back doors into manuals: fields that no form has, colleagues of elsewhere, rights that ended meanwhile."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed
from portal.kernel.permissions import Role
from portal.kernel.security_log import Kind, SecurityEvent
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.organisation.models import Grant
from portal.policies import life
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import Known
from portal.policies.models import Manual, ManualDraft
from portal.policies.states import Check, ManualKind, Stage
from tests.browser import Browser
from tests.conftest import NOW, TODAY
from tests.policies import test_life as story

house, in_review = story.house, story.in_review
DRAFT = "/manuals/WD-01/draft"
"""The next rules of the shop, in review: the shopkeeper writes, the director and one of the shop were asked."""
SMUGGLED = {"id": "1", "state": "published", "author_id": "1", "quorum": "0", "approved_at": "2026-01-01", "hash": "0"}


def draft():
    return db.session.scalars(select(ManualDraft).join(Manual).where(Manual.code == "WD-01")).one()


def kept(kind):
    """The fields of every attempt of this kind."""
    return [one.detail["fields"] for one in db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == kind))]


@pytest.mark.attack(13)
def test_a_form_of_a_draft_takes_its_own_fields_and_no_other(demo, browser):
    before = draft()
    held = (before.state, before.author_id, before.quorum, before.manual_id)
    page = f"{DRAFT}/step/back-to-drafting"
    form = browser.sign_in("shopkeeper").get(page).form("/step/back-to-drafting")
    browser.post(page, {**form, "words": "再改一遍。", **SMUGGLED})
    now = draft()
    assert (now.state, now.author_id, now.quorum, now.manual_id) == (Stage.DRAFTING, *held[1:])
    assert sorted(SMUGGLED) in kept(Kind.EXTRA_FIELDS)


@pytest.mark.attack(13)
def test_nobody_signs_for_somebody_else_by_a_field_more(demo, browser):
    clerk = people.person_called("clerk").id
    waiting = db.session.scalars(select(Acknowledgement).where(Acknowledgement.state == Known.OPEN)).all()
    mine = next(one for one in waiting if one.person_id == clerk)
    theirs = next(one for one in waiting if one.person_id != clerk)
    page = f"/manuals/{mine.manual.code}/{mine.edition.label}/acknowledge"
    form = browser.sign_in("clerk").get(page).form("/acknowledge")
    more = {"person_id": theirs.person_id, "state": "exempt", "signed_at": "2026-01-01"}
    browser.post(page, {**form, "secret": "wrong", **more}, expect=422)
    db.session.expire_all()
    assert (mine.state, theirs.state) == (Known.OPEN, Known.OPEN)
    assert sorted(more) in kept(Kind.EXTRA_FIELDS)


@pytest.mark.attack(12)
def test_nobody_begins_a_manual_for_a_department_that_is_not_theirs(demo, browser):
    shopkeeper = browser.sign_in("shopkeeper")
    form = shopkeeper.get("/manuals/new").form("/manuals/new")
    typed = {"code": "KF-77", "chinese": "客服中心的新规矩", "department": "CS", "supervisor": "XH004", "purpose": "…"}
    page = shopkeeper.post("/manuals/new", {**form, **typed, "principles": "…"}, expect=(403, 422))
    assert "客服中心的新规矩" in page.text, "what was typed is still there"
    assert db.session.scalar(select(Manual).where(Manual.code == "KF-77")) is None


@pytest.mark.attack(12)
def test_nobody_asks_somebody_to_approve_who_may_not(demo, browser):
    page = f"{DRAFT}/step/submit"
    shopkeeper = browser.sign_in("shopkeeper")
    form = shopkeeper.get(page).form("/step/submit")
    for stranger in ("XH005", "XH032", "NOBODY", ""):
        shopkeeper.post(page, {**form, "approvers": [stranger]}, expect=422)
    assert draft().state is Stage.REVIEW
    assert not draft().approvals


@pytest.mark.rule("POL-005")
@pytest.mark.attack(17)
def test_whoever_lost_the_right_while_the_page_was_open_approves_no_more(house, in_review, staff):
    other = people.person_with_id(staff("Gu", house.top, Role.EXECUTIVE).id)
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    story.lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    grant = db.session.scalars(select(Grant).where(Grant.person_id == house.shen.id)).one()
    organisation.take_role(PORTAL, grant, to_on=TODAY, at=NOW)
    with pytest.raises(NotAllowed, match="any more"):
        story.lead(house.shen, in_review, "approve")
    assert in_review.state is Stage.AWAITING
    story.lead(house.zheng, in_review, "back to review", words="请顾批准")
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    story.lead(house.zheng, in_review, "submit", approvers=[other])
    story.lead(people.staff(other, TODAY), in_review, "approve")
    assert in_review.state is Stage.APPROVED


@pytest.mark.attack(17)
def test_a_role_elsewhere_opens_no_draft_and_no_acknowledgement_here(demo, browser):
    agent = people.person_called("agent")
    mine = browser.sign_in("agent")
    elsewhere = db.session.scalars(
        select(Acknowledgement).where(Acknowledgement.person_id == people.person_called("shop1").id)
    ).first()
    paths = (DRAFT, f"{DRAFT}/evidence", f"{DRAFT}/replay", f"/manuals/acknowledgements/{elsewhere.id}")
    for path in paths:
        mine.get(path, expect=404)
    organisation.give_role(
        PORTAL, agent, Role.HEAD, people.unit_coded("MKT"), from_on=TODAY - timedelta(days=1), at=NOW
    )
    for path in paths:
        mine.get(path, expect=404)


@pytest.mark.attack(3, 4)
def test_a_file_of_a_clause_is_served_alike_in_every_language(demo, browser):
    keeper = browser.sign_in("shopkeeper")
    back = f"{DRAFT}/step/back-to-drafting"
    keeper.post(back, {**keeper.get(back).form("/step/back-to-drafting"), "words": "补附件。"})
    keeper.language = "zh-CN"
    page = f"{DRAFT}/clauses/new"
    sent = [(io.BytesIO(b"<svg onload=alert(1)>"), "流程图\u202e.svg")]
    keeper.post(page, {**keeper.get(page).form("/clauses/new"), "number": "99", "heading": "图", "files": sent})
    address = draft().clauses[-1].text.rpartition("(")[2].rstrip(")")
    seen = set()
    for language in ("zh-CN", "zh-TW", "en"):
        keeper.language = language
        headers = keeper.client.get(address, headers={"Accept-Language": language}, buffered=True).headers
        seen.add((headers["Content-Type"], headers["Content-Disposition"]))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert len(seen) == 1
    assert seen.pop()[1].startswith("attachment")
    Browser(demo).sign_in("agent").get(address, expect=404)
