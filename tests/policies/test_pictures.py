"""Pictures and files that come with a text, go out with it, and come back the same."""

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from portal.extensions import db
from portal.kernel import files
from portal.kernel.actions import PORTAL
from portal.kernel.clock import today
from portal.organisation import queries as organisation
from portal.policies import actions, bundle, docx, drafts, exporting, handbook, importing, queries
from portal.policies.handbook import File
from portal.policies.pictures import Aside, Picture
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import ImportState
from tests.conftest import NOW
from tests.policies import test_docx as word
from tests.policies import test_importing as story
from tests.policies.conftest import aside
from tests.policies.test_clause_files import PNG

house, document = story.house, word.document
MB = 1 << 20
OTHER = b"\x89PNG\r\n\x1a\n" + b"1" * 40
PDF = b"%PDF-1.7 a form"


def digest(data):
    return hashlib.sha256(data).hexdigest()


def templates(remarks):
    return [one.sentence.template for one in importing.remarks_of(remarks)]


BOOK = {
    "book/index.md": "---\ncode: CS-001\ntitle: 客服手册\n---\n# 客服手册\n\n"
    '![地图](files/%E5%9C%B0%E5%9B%BE.png "在哪")',
    "book/a/one.md": "# 一\n\n见 [表](../files/form.pdf)。\n\n```\n![地图](../files/地图.png)\n```",
    "book/files/地图.png": PNG,
    "book/files/form.pdf": PDF,
    "book/files/nobody-names-it.png": OTHER,
}


@pytest.mark.attack(3)
def test_what_a_text_names_comes_along_and_nothing_else(house):
    work = story.bring(house.zheng, BOOK)
    assert templates(work.remarks) == ["Files that no text names are left out: {n}."]
    draft = story.take_new(house, work)
    texts = [one.text for one in draft.clauses]
    assert texts[0] == f'![地图](/manuals/files/{digest(PNG)} "在哪")'
    assert texts[-1] == f"见 [表](/manuals/files/{digest(PDF)})。\n\n```\n![地图](../files/地图.png)\n```"
    assert f'<img src="/manuals/files/{digest(PNG)}"' in draft.clauses[0].html
    there = {one.name: one.size for one in files.of("manual draft", draft.id)}
    assert there == {"地图.png": len(PNG), "form.pdf": len(PDF)}
    assert files.of(importing.ABOUT, work.id) == []
    assert [*files.verify()] == []


@pytest.mark.attack(5, 6)
def test_until_it_is_a_draft_a_picture_is_whoever_brought_it_alone(house):
    work = story.bring(house.zheng, BOOK)
    (one, _other) = files.of(importing.ABOUT, work.id)
    assert files.opened_by(house.zheng, one.id) is not None
    assert files.opened_by(house.zhou, one.id) is None
    assert files.with_digest(house.zheng, digest(PNG), ("manual", "manual draft")) is None
    story.take_new(house, work)
    assert files.with_digest(house.zheng, digest(PNG), ("manual", "manual draft")) is not None
    assert files.with_digest(house.zhou, digest(PNG), ("manual", "manual draft")) is None


def test_what_was_dropped_leaves_no_picture_behind(house):
    work = story.bring(house.zheng, BOOK)
    importing.drop(house.zheng, work, at=NOW)
    assert files.of(importing.ABOUT, work.id) == []
    files.sweep(NOW + timedelta(days=400))
    assert db.session.scalar(select(func.count()).select_from(files.StoredFile)) == 0
    assert not list(files.folder().glob("*/*"))


@pytest.mark.attack(30)
def test_a_reader_that_died_leaves_nothing_twice(house):
    kept = importing.keep([("book.zip", story.packed(BOOK))])
    work = importing.begin(house.zheng, kept, at=NOW)
    importing.go_on(work.id)
    db.session.execute(
        text("UPDATE manual_import SET state = :s, claimed_until = NULL"), {"s": ImportState.READING.value}
    )
    db.session.commit()
    db.session.expire_all()
    importing.go_on(work.id)
    assert len(files.of(importing.ABOUT, work.id)) == 2


@pytest.mark.attack(23, 24)
@pytest.mark.parametrize(
    "to", ["/etc/passwd", "../../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/a.png", "C:/a.png"]
)
def test_a_picture_elsewhere_is_not_fetched(house, to):
    work = story.bring(house.zheng, {"a.md": f"# 甲 {{#a}}\n\n![图]({to})\n\n# 乙\n\n乙"})
    draft = story.take_new(house, work)
    assert "<img" not in draft.clauses[0].html
    assert files.of("manual draft", draft.id) == []


@pytest.mark.attack(3)
@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.png"])
def test_what_only_says_that_it_is_a_picture_is_a_link_that_is_saved(house, name):
    hostile = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    work = story.bring(house.zheng, {"a.md": f"# 甲\n\n![图]({name})\n\n# 乙\n\n乙", name: hostile})
    assert templates(work.remarks) == ["“{to}” is no picture that can be shown: it is a link."]
    draft = story.take_new(house, work)
    assert draft.clauses[0].text == f"[图](/manuals/files/{digest(hostile)})"
    served = files.with_digest(house.zheng, digest(hostile), ("manual draft",))
    assert (served.media_type, served.inline) == (files.ANY, False)


@pytest.mark.attack(7)
@pytest.mark.parametrize(("size", "there"), [(MB, True), (MB + 1, False)])
def test_a_picture_that_is_too_large_stays_behind_and_is_named(house, the_app, monkeypatch, size, there):
    monkeypatch.setitem(the_app.config, "UPLOAD_MB", 1)
    large = PNG + b"\0" * (size - len(PNG))
    work = story.bring(house.zheng, {"a.md": "# 甲\n\n![图](图.png)\n\n# 乙\n\n乙", "图.png": large})
    (remark,) = importing.remarks_of(work.remarks) if not there else (None,)
    if remark:
        assert str(remark.sentence) == "“图.png” is larger than 1 MB: it is not brought along."
        assert (remark.file, remark.line) == ("a.md", 3)
    draft = story.take_new(house, work)
    assert ("<img" in draft.clauses[0].html) == there
    assert "图" in draft.clauses[0].text
    assert [*(files.folder() / "drafts").glob("*")] == []


@pytest.mark.attack(7)
def test_pictures_that_swell_are_unpacked_no_further_than_all_may_be_large(app, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", "# 甲\n\n" + "".join(f"![图]({at}.png)" for at in range(8)))
        for at in range(8):
            archive.writestr(f"{at}.png", PNG + b"\0" * MB)
    assert path.stat().st_size < 20_000
    few = Aside(2 * MB, 3 * MB)
    with few.stack:
        found, _remarks = bundle.read(path, "bomb.zip", few, bundle.LIMITS)
        there = [one for one in few.there.values() if one.digest]
        assert len(there) == 2
        book = handbook.read(found, pictures=few.there)
    left = [one.sentence.template for one in book.remarks]
    assert left == ["There is more in it than may be brought at once: “{name}” is left out."] * 6


@pytest.mark.attack(7)
def test_markdown_that_is_made_to_keep_a_machine_busy_is_read_all_the_same(house):
    bombs = [
        "[" * 20_000,
        "![" * 20_000,
        "> " * 5_000 + "x",
        "*" * 20_000,
        "x" + "`" * 20_001,
        "- " * 5_000,
        "[a](" * 10_000,
    ]
    work = story.bring(house.zheng, {"a.md": "".join(f"# 第{at}\n\n{one}\n\n" for at, one in enumerate(bombs))})
    assert (work.state, work.clauses) == (ImportState.READ, len(bombs))


# ── Out, and back ──


TEXTS = (
    '![图](/manuals/files/{png})\n\n[表 (一)](/manuals/files/{pdf} "说明")',
    "```\n![图](/manuals/files/{png})\n```\n\n`字` 与 ![又](/manuals/files/{png})。",
    "没有图。",
)


@pytest.fixture
def version(house):
    manual = actions.add_manual(
        PORTAL, "KF-01", {"zh-CN": "手册"}, kind=story.ManualKind.CONDUCT, department=house.cs, at=NOW
    )
    for data, name in ((PNG, "图 (1).png"), (PDF, "登记表.pdf")):
        put(manual, data, name)
    clauses = tuple(
        ClauseText(f"c-{at}", str(at), f"条{at}", one.replace("{png}", digest(PNG)).replace("{pdf}", digest(PDF)))
        for at, one in enumerate(TEXTS, start=1)
    )
    return actions.publish_version(PORTAL, manual, VersionText(1, 0, today(), clauses), at=NOW)


def put(manual, data, name):
    from portal.kernel.actions import action

    @action
    def keep(_actor, manual, *, at):
        with files.made(io.BytesIO(data)) as draft:
            files.store(draft, name, "manual", manual.id, by=(1, "Amal"), at=at)

    keep(PORTAL, manual, at=NOW)


def exported(version):
    return b"".join(exporting.packed(version.manual, version, queries.files_of(version)))


@pytest.mark.rule("POL-010")
def test_what_went_out_with_its_pictures_comes_back_as_the_same_text_and_the_same_bytes(house, version):
    data = exported(version)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert names[0] == "KF-01-1.0/KF-01-1.0.md"
        assert {archive.read(one) for one in names[1:]} == {PNG, PDF}
        inside = archive.read(names[0]).decode()
    assert "(files/" in inside
    kept = importing.keep([("a.zip", io.BytesIO(data))])
    work = importing.begin(house.zheng, kept, at=NOW)
    importing.go_on(work.id)
    work = db.session.get_one(story.ManualImport, work.id, populate_existing=True)
    assert work.wrong == 0
    assert templates(work.remarks) == [
        "Version {version} is published already: number and day of the next one are chosen in the draft."
    ]
    draft = importing.take_over(house.zheng, work, at=NOW)
    assert drafts.text_of_draft(draft) == queries.text_of_version(version)
    assert {one.name for one in files.of("manual draft", draft.id)} == {"图_1_.png", "登记表.pdf"}
    whole = VersionText(1, 0, version.effective_from, drafts.text_of_draft(draft))
    from portal.policies import rules

    assert rules.digest("KF-01", queries.scope_of(version.manual), whole) == version.digest


def test_an_export_is_the_same_each_time(version):
    assert exported(version) == exported(version)


def test_a_version_with_pictures_leaves_as_a_zip(house, version, browser):
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    whole = exported(version)
    browser.sign_in(organisation.person_with_id(house.zheng.id).sign_in_name)
    answer = browser.client.get("/manuals/KF-01/1.0/markdown")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == "attachment; filename=KF-01-1.0.zip"
    assert answer.data == whole


# ── DOCX ──


def inside(kind="png", way="embed", alt=""):
    return (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        f'<wp:docPr id="1" name="p" descr="{alt}"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        f'<a:blip r:{way}="{kind}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def relation(name, target, outside=False):
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="{name}" Type="{word.KIND}/image" Target="{target}"{mode}/>'


@pytest.mark.attack(1)
def test_pictures_of_a_document_come_along(app, document):
    path = document(
        word.p("甲", inside("one", alt="流程]图 &lt;b&gt;")), word.p(inside("one")),
        rels=relation("one", "media/1.png"),
        **{"word/media/1.png": PNG},
    )  # fmt: skip
    place = aside()
    with place.stack:
        (file,), remarks = bundle.read(path, "a.docx", place)
        assert remarks == []
        assert file.text == "甲![流程 图 b](media/1)\n\n![](media/2)\n"
        book = handbook.read([replace(file, text="# 甲\n\n" + file.text)], pictures=place.there)
        assert book.clauses[0].text.count(f"(/manuals/files/{digest(PNG)})") == 2
        assert book.files == {digest(PNG)}
        assert [name for _draft, name in place.named(book.files)] == ["1"]


@pytest.mark.attack(7, 24)
def test_pictures_outside_of_a_document_and_those_that_nobody_can_show_are_counted(app, document):
    path = document(
        word.p(inside("out", way="link"), inside("emf"), inside("gone"), inside("big")),
        rels=relation("out", "http://127.0.0.1:9/x.png", outside=True) + relation("emf", "media/1.emf")
        + relation("gone", "media/9.png") + relation("big", "media/2.png"),
        **{"word/media/1.emf": b"\1\0\0\0", "word/media/2.png": PNG + b"\0" * MB},
    )  # fmt: skip
    place = aside()
    with place.stack:
        written, remarks = docx.read(path, place)
    assert "![" not in written
    assert {one.template: dict(one.values) for one in remarks} == {
        "It names things outside of the file: they are ignored, nothing is fetched ({n}).": {"n": 1},
        "“{name}” is larger than {most} MB: it is not brought along.": {"name": "media/2", "most": 1},
        "Pictures are not brought along: {n}.": {"n": 4},
    }


def test_what_goes_out_names_files_by_their_place_only_where_reading_finds_them_again():
    place = {"a" * 64: "files/a.png"}
    line = f"![x](/manuals/files/{'a' * 64}) [y](/manuals/files/{'b' * 64})"
    assert handbook.carried(line, place) == f"![x](files/a.png) [y](/manuals/files/{'b' * 64})"
    fenced = f"```\n{line}\n```"
    assert handbook.carried(fenced, place) == fenced
    there = {"files/a.png": Picture("a" * 64, True)}
    book = handbook.read([File("a.md", f"# 甲\n\n{handbook.carried(line, place)}\n\n# 乙\n\n乙")], pictures=there)
    assert book.clauses[0].text == line
