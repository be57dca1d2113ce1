"""What shows how a version came about is kept with it, and read by whoever may read it, its files too."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest

from portal.demo.cast import NAMED
from portal.extensions import db
from portal.kernel import files, journal
from portal.kernel.errors import OutOfDate, Refused
from portal.organisation import queries as people
from portal.policies import drafts, evidence, life
from portal.policies.models import DraftEvidence, Manual, ManualDraft
from portal.policies.states import Check, Evidence, ManualKind, Stage
from tests.conftest import NOW, TODAY
from tests.policies import test_life as story

house, in_review, approved = story.house, story.in_review, story.approved
lead, refused = story.lead, story.refused
WANTED = "manuals.approval.evidence"


class Upload:
    """A file as a form sends it."""

    def __init__(self, name, content):
        self.filename, self.stream = name, BytesIO(content)


def scan(actor):
    return files.keep(actor, Upload("会议签到.txt", "六人到会".encode()), at=NOW).id


def keep(actor, draft, kind=Evidence.STAFF, words="六人都赞成。", with_files=(), on=TODAY):
    return evidence.keep(actor, draft, kind, on, words, with_files, at=NOW)


@pytest.mark.rule("POL-004", "V-09")
@pytest.mark.parametrize(("ruling", "kept", "lacks"), [
    ("kind=conduct, evidence=staff: yes", (), "opinions of staff"),
    ("kind=conduct, evidence=staff: yes", (Evidence.MINUTES,), "opinions of staff"),
    ("kind=conduct, evidence=staff: yes", (Evidence.STAFF,), None),
    ("kind=conduct: yes", (Evidence.MEETING, Evidence.MINUTES, Evidence.UNION, Evidence.STAFF), "legal team"),
    ("kind=standard: yes", (), None),
    (None, (), None),
])  # fmt: skip
def test_what_the_manuals_want_to_see_is_there_before_approval_is_asked_for(
    house, in_review, published, ruling, kept, lacks
):
    if ruling:
        published({WANTED: ruling}, from_=TODAY)
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    for kind in kept:
        keep(house.zheng, in_review, kind)
    ask = {"approvers": [house.shen_as_person]}
    if lacks:
        said = refused(house.zheng, in_review, "submit", **ask)
        assert lacks in said
        assert str(life.what_is_missing(in_review, "submit", TODAY)) == said
    else:
        lead(house.zheng, in_review, "submit", **ask)
        assert in_review.state is Stage.AWAITING


def test_it_is_kept_by_its_authors_with_words_or_a_file_and_stands_still_once_approval_is_asked_for(house, in_review):
    with pytest.raises(Refused, match="Say what happened"):
        keep(house.zheng, in_review, words=" ")
    with pytest.raises(Refused, match="not come yet"):
        keep(house.zheng, in_review, on=TODAY + timedelta(days=1))
    for stranger in (house.luo, house.shen):
        with pytest.raises(OutOfDate):
            keep(stranger, in_review)
    one = keep(house.zheng, in_review, words="", with_files=[scan(house.zheng)])
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    for late in (lambda: keep(house.zheng, in_review),
                 lambda: evidence.take_off(house.zheng, in_review, one, "放错了", at=NOW)):  # fmt: skip
        with pytest.raises(OutOfDate):
            late()


def test_what_was_kept_by_mistake_is_taken_off_with_a_reason_and_the_journal_knows(house, in_review, published):
    published({WANTED: "kind=conduct, evidence=staff: yes"}, from_=TODAY)
    one = keep(house.zheng, in_review)
    with pytest.raises(Refused, match="Say why"):
        evidence.take_off(house.zheng, in_review, one, " ", at=NOW)
    evidence.take_off(house.zheng, in_review, one, "是另一部制度的", at=NOW)
    assert evidence.kept_with(in_review) == []
    said = [str(entry.event().sentence()) for entry in journal.of("manual draft", in_review.id)][-2:]
    assert ("Kept with TS-02: opinions of staff" in said[0], "是另一部制度的" in said[1]) == (True, True)
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    assert "opinions of staff" in refused(house.zheng, in_review, "submit", approvers=[house.shen_as_person])


@pytest.mark.attack(5)
def test_its_files_are_opened_by_whoever_sees_the_draft_and_after_publication_by_every_reader(house, in_review, staff):
    one = keep(house.zheng, in_review, with_files=[scan(house.zheng)])
    (file,) = files.of(evidence.ABOUT, one.id)
    stranger = staff("Mo", house.shop)
    opened = [who.name for who in (house.zheng, house.luo, house.shen, stranger) if files.opened_by(who, file.id)]
    assert opened == ["Zheng", "Luo"]
    life.finish(house.luo, in_review, Check.of(ManualKind.CONDUCT), at=NOW)
    lead(house.zheng, in_review, "submit", approvers=[house.shen_as_person])
    assert files.opened_by(house.shen, file.id)
    assert not files.opened_by(stranger, file.id)
    lead(house.shen, in_review, "approve", "publish")
    assert files.opened_by(stranger, file.id)


@pytest.mark.attack(5)
def test_of_a_draft_that_was_withdrawn_and_of_what_was_taken_off_nobody_else_opens_anything(house, in_review, staff):
    off = keep(house.zheng, in_review, with_files=[scan(house.zheng)])
    evidence.take_off(house.zheng, in_review, off, "放错了", at=NOW)
    kept = keep(house.zheng, in_review, with_files=[scan(house.zheng)])
    life.lead_on(house.zheng, in_review, "withdraw", "不写了", at=NOW)
    stranger = staff("Mo", house.shop)
    for one in (off, kept):
        (file,) = files.of(evidence.ABOUT, one.id)
        assert not files.opened_by(stranger, file.id)


@pytest.mark.attack(5, 10, 11, 18)
@pytest.mark.parametrize("name", NAMED)
def test_a_drafts_evidence_is_shown_to_whoever_sees_the_draft_and_to_nobody_else(demo, browser, name):
    who = people.staff(people.person_called(name), TODAY)
    sees = drafts.draft_seen_by(who, "WD-01", TODAY) is not None
    reader = browser.sign_in(name)
    page = reader.get("/manuals/WD-01/draft/evidence", expect=200 if sees else 404)
    assert ("夜班有人补位" in page.text) == sees
    one = db.session.scalar(db.select(DraftEvidence.id))
    reader.get(f"/manuals/WD-01/draft/evidence/{one}/off", expect=200 if name == "shopkeeper" else 404)
    reader.get(f"/manuals/KF-01/draft/evidence/{one}/off", expect=404)


def test_it_is_kept_on_a_plain_page_and_read_with_the_version(demo, browser):
    author = browser.sign_in("shopkeeper")
    assert "opinions of staff" in author.get("/manuals/WD-01/draft").main
    form = author.get("/manuals/WD-01/draft/evidence").form("/draft/evidence")
    assert author.post("/manuals/WD-01/draft/evidence", {**form, "kind": "", "words": "开过会"}, expect=422)
    form = author.get("/manuals/WD-01/draft/evidence").form("/draft/evidence")
    sent = {**form, "kind": "meeting", "words": "<b>开过会</b>", "files": (BytesIO("名单".encode()), "名单.txt")}
    page = author.follow(author.post("/manuals/WD-01/draft/evidence", sent))
    assert "<b>开过会</b>" in page.main
    assert "名单.txt" in page.main
    draft = db.session.scalars(db.select(ManualDraft).join(Manual).where(Manual.code == "WD-01")).one()
    assert [one.kind for one in evidence.kept_with(draft)] == [Evidence.STAFF, Evidence.MEETING]
    link = page.soup.select_one("a[href*='/files/']")["href"]
    browser.sign_in("clerk").get(link, expect={403, 404})


def test_the_pages_ask_the_database_seldom(demo, browser, statements):
    browser.sign_in("shopkeeper")
    for url in ("/manuals/WD-01/draft", "/manuals/WD-01/draft/evidence", "/manuals/XW-01", "/"):
        statements.clear()
        browser.get(url)
        asked = [one for one in statements if one.startswith("SELECT")]
        assert len(asked) <= 10, (url, "\n".join(asked))
