"""The PDF of a published version: made once, served byte for byte, known by its check code; it fetches nothing."""

import hashlib
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import zlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from portal.check import queries as check
from portal.extensions import db, on_postgresql
from portal.kernel import check_codes, files, journal, press
from portal.kernel.actions import PORTAL, action
from portal.kernel.clock import now, today
from portal.kernel.errors import OutOfDate
from portal.kernel.permissions import Role
from portal.kernel.press import Picture
from portal.kernel.text import in_language
from portal.organisation import queries as organisation
from portal.policies import actions, paper, papers, queries
from portal.policies.events import PaperMade
from portal.policies.paper_models import ManualPaper
from portal.policies.paper_states import PaperState
from portal.policies.quiz_rules import Choice, Question
from portal.policies.rules import ClauseText, VersionText
from tests.conftest import NOW
from tests.policies.conftest import noon

DAY = date(2026, 10, 1)
NEEDS = "import weasyprint, shutil, sys; sys.exit(0 if shutil.which('fc-list') else 1)"
prints = pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", NEEDS], capture_output=True, check=False).returncode != 0,
    reason="what makes PDFs is not here: tests/needs.sh",
)


@pytest.fixture
def version(published):
    return published({"tickets.satisfaction_rounds": "2"}, from_=DAY, summary="第一版")


@pytest.fixture
def reader(staff, department):
    return staff("Amal", department("XH"), Role.AGENT)


def made(version, reader):
    papers.ask(reader, version, at=now())
    for paper_id in papers.waiting(now()):
        papers.go_on(paper_id)
    return papers.paper_of(version)


def on_demo(sign_in_name):
    return organisation.staff(organisation.person_called(sign_in_name), today())


def version_called(code, label):
    manual = queries.manual_seen_by(on_demo("agent"), code)
    return queries.version_of(manual, label)


@prints
@pytest.mark.attack(39)
def test_the_pdf_is_made_once_and_everybody_gets_the_same_bytes(demo, browser):
    version = version_called("KF-01", "2.1")
    browser.sign_in("clerk").get("/manuals/KF-01/2.1/paper.pdf", expect={404})
    browser.post("/manuals/KF-01/2.1/paper")
    page = browser.get("/manuals/KF-01/2.1/paper")
    assert "waits for its turn" in page.main
    assert page.soup.progress
    made(version, on_demo("agent"))

    page = browser.get("/manuals/KF-01/2.1/paper")
    assert page.soup.select_one("#paper-panel a.main")["href"] == "/manuals/KF-01/2.1/paper.pdf"
    first = browser.get("/manuals/KF-01/2.1/paper.pdf").response
    found = papers.paper_of(version)
    assert first.mimetype == "application/pdf"
    assert first.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in first.headers["Content-Security-Policy"]
    assert first.data.startswith(b"%PDF-")
    assert hashlib.sha256(first.data).hexdigest() == found.digest
    assert b"Noto-Sans-CJK" in inflated(first.data), "the Chinese font is in the file"

    browser.sign_in("agent").post("/manuals/KF-01/2.1/paper")
    assert papers.waiting(now()) == []
    assert browser.get("/manuals/KF-01/2.1/paper.pdf").response.data == first.data
    (fact,) = [one for one in journal.of("manual", version.manual_id) if one.name == PaperMade.__name__]
    assert fact.facts["digest"] == found.digest
    assert [*files.verify()] == []


@prints
def test_bytes_that_were_changed_on_the_disk_are_found(version, reader):
    served = papers.bytes_of(made(version, reader))
    served.path.write_bytes(b"%PDF- something else")
    assert [str(one.sentence) for one in files.verify()] == [f"The bytes of the file {served.digest} were changed."]


@prints
def test_a_pdf_whose_bytes_are_gone_can_be_made_anew(version, reader):
    papers.bytes_of(made(version, reader)).path.unlink()
    assert papers.bytes_of(papers.paper_of(version)) is None
    assert papers.bytes_of(made(version, reader)) is not None


@pytest.mark.rule("POL-018")
def test_the_page_that_is_printed_says_code_title_version_day_hash_and_check_code(version):
    document = papers.document(paper.whole(version.id), NOW)
    for said in ("Manual KF-01", "KF-01 · 1.0", "1 Oct 2026", version.digest, document.code, "第一版", "条款 1"):
        assert said in document.page, said
    assert "<script" not in document.page
    assert "style=" not in document.page


def test_the_page_is_in_the_language_of_the_house_whoever_asked(version):
    with in_language("zh-CN"):
        assert "In force from" in papers.document(paper.whole(version.id), NOW).page


# ── Who may see it ──


@pytest.mark.attack(5, 10)
def test_a_pdf_is_for_whoever_may_read_the_version_and_nobody_else(demo, browser):
    version = version_called("KF-01", "2.1")
    row, stranger = put(version, b"%PDF-1.7 made"), demo.test_client()
    attachment = db.session.scalar(select(files.Attachment.id).where(files.Attachment.about == papers.ABOUT))
    for url in ("/manuals/KF-01/2.1/paper", "/manuals/KF-01/2.1/paper.pdf", "/manuals/KF-01/2.1/sheet",
                f"/files/{attachment}", f"/check/{row.code}"):  # fmt: skip
        assert stranger.get(url, base_url="https://localhost").status_code == 303, url
        browser.sign_in("clerk").get(url, expect={200})


@pytest.mark.attack(10, 11)
def test_a_draft_has_no_pdf_no_sheet_and_no_code(demo, browser):
    with_draft = db.session.execute(
        text("SELECT m.code, d.major, d.minor FROM manual_draft d JOIN manual m ON m.id = d.manual_id "
             "WHERE d.ended_at IS NULL")
    ).all()  # fmt: skip
    assert with_draft
    browser.sign_in("executive")
    for code, major, minor in with_draft:
        for end in ("paper", "paper.pdf", "sheet"):
            browser.get(f"/manuals/{code}/{major}.{minor}/{end}", expect={404})
        browser.post(f"/manuals/{code}/{major}.{minor}/paper", expect={404})
    assert db.session.scalar(select(func.count()).select_from(ManualPaper)) == 0


@pytest.mark.attack(10)
def test_a_manual_of_which_nothing_is_published_has_no_paper_for_anybody(manual, reader, browser):
    manual("AB-01")
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    browser.sign_in(organisation.person_with_id(reader.id).sign_in_name)
    for end in ("paper", "paper.pdf", "sheet"):
        browser.get(f"/manuals/AB-01/1.0/{end}", expect={404})


# ── The check page ──


def test_the_check_page_knows_the_code_and_says_what_the_paper_should_say(demo, browser):
    code = paper.Sheet(paper.whole(version_called("KF-01", "2.0").id)).code(now())
    page = browser.sign_in("clerk").get(f"/check/{code}")
    assert "The paper is right, if it says this" in page.main
    assert "superseded" in page.main
    assert page.soup.select_one(".checked a.key")["href"] == "/manuals/KF-01/2.0"
    assert version_called("KF-01", "2.0").digest in page.main


@pytest.mark.attack(42)
def test_a_text_that_was_changed_behind_the_portals_back_is_not_the_one_on_the_paper(version, reader):
    code = paper.Sheet(paper.whole(version.id)).code(NOW)
    assert check.paper_with(reader, code, NOW).same
    db.session.execute(text("UPDATE clause SET text = 'something else'"))
    db.session.commit()
    db.session.expire_all()
    found = check.paper_with(reader, code, NOW)
    assert not found.same
    assert "another one in the portal" in str(found.moved_on[1])


@pytest.mark.parametrize("change", [lambda year, number: (year, number + 1), lambda year, number: (year + 1, number)])
def test_a_code_goes_with_no_other_version_and_no_other_year(version, reader, change):
    year, number = change(version.published_at.year, version.id)
    typed = check_codes.issue(f"M-{year}-{number:05d}", 0, paper.Sheet(version).content(), at=NOW)
    assert check.paper_with(reader, typed, NOW) is None


def test_a_code_of_letters_where_the_version_stands_is_no_code(version, reader):
    assert check.paper_with(reader, check_codes.issue("M-2026-ABCDE", 0, {}, at=NOW), NOW) is None


# ── Nothing is fetched ──


@pytest.fixture
def listener():
    """A server that counts who calls."""
    calls = []
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            calls.append(1)
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    yield server.getsockname()[1], calls
    server.close()


@prints
@pytest.mark.attack(24)
def test_a_page_fetches_no_file_no_host_and_no_data(app, listener, tmp_path):
    port, calls = listener
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture(3, 3))
    page = (
        f"<html><head><link rel=stylesheet href='http://127.0.0.1:{port}/a.css'>"
        f"<style>@import url(http://127.0.0.1:{port}/b.css); p {{ background: url(file://{secret}) }}</style></head>"
        f"<body><img src='http://127.0.0.1:{port}/c.png'><img src='file://{secret}'><img src='{secret}'>"
        f"<object data='file:///etc/passwd'></object><iframe src='file:///etc/passwd'></iframe>"
        f"<embed src='http://127.0.0.1:{port}/d.svg'><p>字</p></body></html>"
    )
    to = tmp_path / "out.pdf"
    press.printed(page, "", f"http://127.0.0.1:{port}", {}, to)
    assert calls == []
    assert b"/Subtype /Image" not in to.read_bytes()


@prints
@pytest.mark.attack(7)
def test_pictures_of_the_text_are_in_it_and_one_that_swells_is_left_out(app, tmp_path):
    good, bomb = tmp_path / "good", tmp_path / "bomb"
    good.write_bytes(picture(3, 3))
    bomb.write_bytes(picture(12_000, 9_000))
    assert bomb.stat().st_size < 200_000, "a hundred megapixels in a few bytes"
    pictures = {f"/manuals/files/{one.name}": Picture(str(one), "image/png") for one in (good, bomb)}
    with_one, with_both = tmp_path / "one.pdf", tmp_path / "both.pdf"
    page = "<p>字</p><img src='/manuals/files/good'>"
    press.printed(page, "", "http://portal", pictures, with_one)
    press.printed(page + "<img src='/manuals/files/bomb'>", "", "http://portal", pictures, with_both)
    assert b"/Subtype /Image" in with_one.read_bytes()
    assert with_both.read_bytes().count(b"/Subtype /Image") == with_one.read_bytes().count(b"/Subtype /Image")


@pytest.mark.attack(1)
def test_only_pictures_of_this_manual_are_handed_to_the_press(manual, reader, department):
    one, other = manual("AB-01"), manual("AB-02")
    mine, theirs = store(one, picture(2, 2)), store(other, picture(4, 4))
    words = f"![a](/manuals/files/{mine})\n\n![b](/manuals/files/{theirs})\n\n![c](https://x.example/c.png)"
    text_ = VersionText(1, 0, DAY, (ClauseText("a", "1", "图 <img src=x onerror=alert(1)>", words),))
    version = actions.publish_version(PORTAL, one, text_, at=noon(2026, 10, 1))
    document = papers.document(paper.whole(version.id), NOW)
    assert list(document.pictures) == [f"/manuals/files/{mine}"]
    assert "<img src=x" not in document.page
    assert 'src="https://' not in document.page


# ── Where it cannot be made ──


def test_without_the_library_the_page_says_so_and_leads_to_the_browsers_print(demo, browser, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    page = browser.sign_in("clerk").get("/manuals/KF-01/2.1/paper")
    assert "no library that makes PDFs" in page.main
    assert page.soup.select_one("#paper-panel a")["href"] == "/manuals/KF-01/2.1/sheet"
    refused = browser.post("/manuals/KF-01/2.1/paper", expect={422})
    assert "no library that makes PDFs" in refused.main
    assert db.session.scalar(select(func.count()).select_from(ManualPaper)) == 0


@prints
def test_without_a_chinese_font_it_is_not_made_and_says_why(version, reader, tmp_path, monkeypatch):
    nothing = tmp_path / "fonts.conf"
    nothing.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(nothing))
    found = made(version, reader)
    assert found.state is PaperState.FAILED
    assert "no Chinese font" in str(found.reason)
    monkeypatch.delenv("FONTCONFIG_FILE")
    assert made(version, reader).state is PaperState.MADE, "once the fonts are there it is tried again"


@pytest.mark.attack(27, 29)
def test_two_who_ask_get_one_and_of_two_workers_one_has_it(version, reader):
    first = papers.ask(reader, version, at=NOW)
    assert papers.ask(reader, version, at=NOW).id == first.id
    assert papers.claim(PORTAL, first.id, at=NOW) == 1
    assert papers.claim(PORTAL, first.id, at=NOW) is None


@pytest.mark.attack(30)
def test_a_worker_that_died_is_followed_by_another_and_three_times_is_enough(version, reader, tmp_path):
    row = papers.ask(reader, version, at=NOW)
    at = NOW
    for turn in (1, 2, 3):
        assert papers.claim(PORTAL, row.id, at=at) == turn
        at += timedelta(minutes=3)
    with pytest.raises(OutOfDate), files.made(io.BytesIO(b"%PDF-")) as draft:
        papers.keep(PORTAL, row.id, 1, "", draft, at=at)
    assert papers.claim(PORTAL, row.id, at=at) is None
    db.session.expire_all()
    assert papers.paper_of(version).state is PaperState.FAILED
    assert not list((Path(current_app.config["DATA"]) / "files" / "drafts").glob("*")), "nothing is left lying about"


@prints
def test_the_work_goes_on_beside_the_other_sweeps_one_after_the_other(app, version, reader):
    if on_postgresql():
        pytest.skip("a thread of its own does not see what this test has not committed there")
    papers.ask(reader, version, at=now())
    db.session.rollback()
    assert papers.begin(now()) == 1
    assert papers.begin(now()) == 0, "somebody is at it"
    next(one for one in threading.enumerate() if one.name == "versions as PDF").join(120)
    db.session.expire_all()
    assert papers.paper_of(version).state is PaperState.MADE
    assert papers.begin(now()) == 0, "there is nothing to do"


@pytest.mark.attack(30)
@pytest.mark.parametrize(("hours", "there"), [(1, True), (3, False)])
def test_what_a_process_that_died_left_is_removed_once_it_is_old(app, hours, there):
    left = Path(current_app.config["DATA"]) / f"{papers.FOLDER}x"
    left.mkdir()
    (left / "paper.asked").write_text("{}")
    os.utime(left, (now().timestamp(), now().timestamp()))
    papers.tidy(now() + timedelta(hours=hours))
    assert left.exists() == there
    shutil.rmtree(left, ignore_errors=True)


def test_the_child_knows_none_of_the_portals_secrets(monkeypatch):
    monkeypatch.setenv("PORTAL_SEAL_KEY", "secret")
    assert not [name for name in press._plain() if name.startswith("PORTAL_")]


def test_a_hundred_clauses_cost_the_sheet_no_more_statements(manual, browser, reader, statements):
    many = tuple(ClauseText(f"c-{n}", str(n), f"第{n}条", "字") for n in range(1, 101))
    actions.publish_version(PORTAL, manual("AB-01"), VersionText(1, 0, DAY, many), at=noon(2026, 10, 1))
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    browser.sign_in(organisation.person_with_id(reader.id).sign_in_name)
    for end in ("paper", "sheet"):
        statements.clear()
        browser.get(f"/manuals/AB-01/1.0/{end}")
        assert sum(one.startswith("SELECT") for one in statements) <= 10, statements


# ── The sheet of a long version ──


@pytest.fixture
def long(manual, reader):
    """Three chapters of which two fit on one part, with a quiz."""
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    many = tuple(
        ClauseText(f"c-{chapter}-{n}", f"{chapter}.{n}" if n else str(chapter), f"第{chapter}章 {n}", "字" * 12_000)
        for chapter in (1, 2, 3)
        for n in range(12)
    )
    asked = (Question("问？", (Choice("是", True), Choice("否", False))),)
    text_ = VersionText(1, 0, DAY, many, questions=asked)
    return actions.publish_version(PORTAL, manual("AB-01"), text_, at=noon(2026, 10, 1))


def test_a_long_version_is_printed_part_by_part_and_each_says_which_it_is(long, reader, browser):
    digest, all_numbers = long.digest, [one.number for one in long.clauses]
    browser.sign_in(organisation.person_with_id(reader.id).sign_in_name)
    sheet = "/manuals/AB-01/1.0/sheet"
    numbers, codes, size = [], set(), 0
    for which in (1, 2):
        page = browser.get(f"{sheet}?part={which}")
        assert f"Part {which} of 2" in page.main
        assert digest in page.main
        assert f"AB-01 · 1.0 · {which}/2" in page.main
        assert bool(page.soup.select("#quiz")) == (which == 2), "the quiz comes with the last part"
        numbers += [one.text for one in page.soup.select(".paper-clause .paper-number")]
        codes.add(page.soup.select_one(".sheet-code").text)
        size = max(size, len(page.text))
        assert [one["href"] for one in page.soup.select(".sheet-parts a")] == ["?part=1", "?part=2", "?part=all"]
    assert numbers == all_numbers
    assert {check.paper_with(reader, one, NOW).same for one in codes} == {True}
    whole = browser.get(f"{sheet}?part=all")
    assert len(whole.soup.select(".paper-clause")) == len(all_numbers)
    assert size < 2 * len(whole.text) / 2.5
    assert browser.get(sheet).text.count("paper-clause") == browser.get(f"{sheet}?part=1").text.count("paper-clause")


def test_the_first_part_has_the_chapters_of_all(long, reader, browser):
    page = browser.sign_in(organisation.person_with_id(reader.id).sign_in_name).get("/manuals/AB-01/1.0/sheet")
    assert [one["href"] for one in page.soup.select(".paper-toc a")] == ["#c-1", "#c-2", "?part=2#c-3"]


@pytest.mark.attack(14)
@pytest.mark.parametrize("part", ["0", "3", "-1", "x", "01", "", "1e9", "٢"])
def test_a_part_that_is_none_is_not_found(long, reader, browser, part):
    browser.sign_in(organisation.person_with_id(reader.id).sign_in_name)
    browser.get(f"/manuals/AB-01/1.0/sheet?part={part}", expect=404)


@pytest.mark.parametrize(("many", "told"), [(papers.LONG, True), (papers.LONG - 1, False)])
def test_whoever_asks_for_a_long_pdf_is_told_beforehand_that_it_takes_a_while(manual, reader, browser, many, told):
    db.session.execute(text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    clauses = tuple(ClauseText(f"c-{n}", str(n), f"第{n}条", "字") for n in range(1, many + 1))
    actions.publish_version(PORTAL, manual("AB-01"), VersionText(1, 0, DAY, clauses), at=noon(2026, 10, 1))
    page = browser.sign_in(organisation.person_with_id(reader.id).sign_in_name).get("/manuals/AB-01/1.0/paper")
    assert (f"This version is long: {many} clauses." in page.main) == told


def test_a_short_version_has_no_parts(demo, browser):
    page = browser.sign_in("clerk").get("/manuals/KF-01/2.1/sheet")
    assert not page.soup.select(".sheet-parts, .paper-part")


# ── Making ──


def put(version, data):
    """A PDF as if it had been printed."""
    row = papers.ask(on_demo("agent"), version, at=now())
    turn = papers.claim(PORTAL, row.id, at=now())
    code = paper.Sheet(version).code(now())
    with files.made(io.BytesIO(data)) as draft:
        papers.keep(PORTAL, row.id, turn, code, draft, at=now())
    db.session.expire_all()
    return papers.paper_of(version)


def inflated(data):
    """What stands in the compressed parts of a PDF."""
    parts = re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)
    return b"".join(zlib.decompress(one) for one in parts if one[:1] == b"x")


def store(manual, data):
    @action
    def keep(_actor, manual, *, at):
        with files.made(io.BytesIO(data)) as draft:
            files.store(draft, "图.png", "manual", manual.id, by=(1, "Amal"), at=at)
            return draft.digest

    return keep(PORTAL, manual, at=NOW)


def picture(width, height):
    """A PNG of one colour."""

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    squeeze, line = zlib.compressobj(9), b"\0" + b"\xff" * width
    pixels = b"".join(squeeze.compress(line) for _ in range(height)) + squeeze.flush()
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
