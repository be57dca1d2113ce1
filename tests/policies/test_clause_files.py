"""Pictures and files of a clause: they belong to its text, and are opened by whoever may read that."""

import io
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.kernel import files
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.permissions import Role
from portal.policies import drafts, life, queries
from portal.policies.models import ManualDraft
from portal.policies.queries import shown
from portal.policies.states import Check, ManualKind, Part
from tests.conftest import NOW
from tests.policies import test_life as story

ABOUT = ("manual", "manual draft")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


class Sent:
    def __init__(self, name, data):
        self.filename, self.stream = name, io.BytesIO(data)


house = story.house


@pytest.fixture
def draft(house):
    return story.begin(house)


@pytest.fixture
def others(house, staff):
    """Who has nothing to do with the draft: an agent, a head elsewhere, and the executive before anything is asked."""
    return [staff("Li", house.cs, Role.AGENT), staff("Zhou", house.shop, Role.HEAD), house.shen]


def write(house, draft, *sent, text="字", actor=None):
    ids = [files.keep(actor or house.zheng, one, at=NOW).id for one in sent]
    return drafts.write_clause(
        house.zheng, draft, None, number=str(len(draft.clauses) + 1), heading="图", text=text, part=Part.BODY,
        chapter=None, with_files=ids, seen=draft.version, at=NOW,
    )  # fmt: skip


def address(clause):
    return clause.text.rpartition("(")[2].rstrip(")")


def test_a_picture_is_shown_behind_the_text_and_everything_else_is_a_link(house, draft):
    clause = write(house, draft, Sent("图[1].png", PNG), Sent("表.xlsx", b"PK"))
    picture, table = clause.text.split("\n\n")[1:]
    assert picture.startswith("![图 1 .png](/manuals/files/")
    assert table.startswith("[表.xlsx](/manuals/files/")
    assert '<img src="/manuals/files/' in clause.html
    assert clause.html.count("<img") == 1


@pytest.mark.attack(1, 24)
@pytest.mark.parametrize(
    "to", ["https://example.org/x.png", "file:///etc/passwd", "/files/1", "/manuals/files/0", "javascript:alert(1)"]
)
def test_nothing_else_is_ever_shown_as_a_picture(to):
    assert "<img" not in shown(f"![x]({to})")


@pytest.mark.attack(5)
def test_a_picture_of_a_draft_is_opened_by_whoever_sees_the_draft_and_nobody_else(house, draft, others):
    clause = write(house, draft, Sent("a.png", PNG))
    digest = address(clause).rpartition("/")[2]
    assert files.with_digest(house.zheng, digest, ABOUT).inline
    for other in others:
        assert files.with_digest(other, digest, ABOUT) is None


@pytest.mark.attack(5, 42)
def test_once_it_is_published_its_readers_open_it_and_it_is_part_of_the_hash(house, draft, others):
    story.write(house, draft)
    kept, dropped = (
        address(write(house, draft, Sent(f"{at}.png", PNG + bytes([at])))).rpartition("/")[2] for at in range(2)
    )
    drafts.remove_clause(house.zheng, draft, draft.clauses[-1], seen=draft.version, at=NOW)
    story.lead(house.zheng, draft, "draft", "review")
    life.finish(house.luo, draft, Check.of(ManualKind.CONDUCT), at=NOW)
    story.lead(house.zheng, draft, "submit", approvers=[house.shen_as_person])
    story.lead(house.shen, draft, "approve", "publish")
    assert all(files.with_digest(other, kept, ABOUT) for other in others)
    assert files.with_digest(others[0], dropped, ABOUT) is None
    version = queries.last_version(draft.manual)
    assert kept in version.clauses[-1].text
    assert version.clauses[-1].html == shown(version.clauses[-1].text)
    assert not list(queries.versions_with_wrong_hash())


@pytest.mark.attack(6)
def test_nobody_puts_the_waiting_file_of_somebody_else_into_a_clause(house, draft):
    with pytest.raises(NotAllowed):
        write(house, draft, Sent("a.png", PNG), actor=house.luo)
    db.session.expire_all()
    assert draft.clauses == []


@pytest.mark.attack(5)
def test_naming_the_hash_of_a_file_elsewhere_opens_it_to_nobody(house, draft):
    kept = files.keep(house.luo, Sent("a.png", PNG), at=NOW)
    digest = files.named([kept.id])[0].digest
    write(house, draft, text=f"![x](/manuals/files/{digest})")
    assert files.with_digest(house.zheng, digest, ABOUT) is None


# ── The pages ──


@pytest.mark.attack(5)
def test_a_picture_is_added_in_the_form_and_served_as_a_picture(demo, browser):
    browser.sign_in("executive")
    browser.post("/manuals/KF-01/draft/begin")
    form = browser.get("/manuals/KF-01/draft/clauses/new").form("/clauses/new")
    form |= {"number": "99", "heading": "图", "files": [(io.BytesIO(PNG), "柜台.png")]}
    browser.post("/manuals/KF-01/draft/clauses/new", form)
    draft = db.session.scalars(select(ManualDraft).order_by(ManualDraft.id.desc())).first()
    to = address(draft.clauses[-1])
    answer = browser.client.get(to, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    browser.sign_in("agent").get(to, expect=404)


@pytest.mark.attack(7)
@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_picture_is_only_so_large(house, draft, monkeypatch, app, more, fits):
    monkeypatch.setitem(app.config, "UPLOAD_MB", 1)
    sent = Sent("大.png", PNG + b"0" * ((1 << 20) - len(PNG) + more))
    with nullcontext() if fits else pytest.raises(Refused, match="1 MB"):
        write(house, draft, sent)


@pytest.mark.attack(7)
def test_a_picture_that_is_too_large_is_said_at_its_field_and_what_was_typed_stays(demo, browser, monkeypatch):
    monkeypatch.setitem(demo.config, "UPLOAD_MB", 0)
    browser.sign_in("executive")
    browser.post("/manuals/KF-01/draft/begin")
    form = browser.get("/manuals/KF-01/draft/clauses/new").form("/clauses/new")
    form |= {"number": "99", "heading": "图", "text": "要紧的话", "files": [(io.BytesIO(PNG), "大.png")]}
    page = browser.post("/manuals/KF-01/draft/clauses/new", form, expect=422)
    assert "is larger than 0 MB" in page.main
    assert "要紧的话" in page.main
