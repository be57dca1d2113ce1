"""Files become the draft of a manual: read first, then all in one act or nothing; and a version goes out again."""

import io
import os
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from portal.extensions import db
from portal.kernel import claims, journal
from portal.kernel.actions import PORTAL
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.permissions import Role
from portal.policies import actions, drafts, importing, jobs, queries
from portal.policies.models import DraftClause, ImportClause, Manual, ManualDraft, ManualImport
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, Chapter, ImportState, ManualKind, Part
from tests.conftest import NOW

ANSWER = "tickets.complaint_answer"
BOOK = {
    "book/index.md": "---\ncode: CS-001\ntitle: 客服手册\npurpose: 让每个电话有回音\n---\n# 客服手册\n\n欢迎。",
    "book/calls.md": f"# 电话 {{#calls}}\n\n三声内接听。\n\nrules: {ANSWER} = 3 days",
    "book/<b>.md": "# <img src=x onerror=alert(1)>\n\n[点](javascript:alert(1)) <script>x</script>",
}


@pytest.fixture
def house(department, staff, person):
    company = department("XH")
    centre = department("CS", company)

    class House:
        top, cs, shop = company, centre, department("SHOP", company)
        zheng = staff("Zheng", centre, Role.HEAD)
        zhou = staff("Zhou", shop, Role.HEAD)
        li = person("Li", centre)

    return House


@pytest.fixture
def published(house):
    """A manual of customer service with two clauses, the second of which rules on a key."""
    manual = actions.add_manual(
        PORTAL, "KF-01", {"zh-CN": "客户服务手册"}, kind=ManualKind.CONDUCT, department=house.cs, at=NOW
    )
    clauses = (
        ClauseText("general", "1", "总则", "件件有回音。", {}, Part.INTRODUCTION, Chapter.VALUES),
        ClauseText("answer", "2", "答复", "三日内答复。", {ANSWER: "3 days"}),
    )
    return actions.publish_version(PORTAL, manual, VersionText(1, 0, date(2026, 10, 12), clauses), at=NOW)


def packed(files=BOOK):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    stream.seek(0)
    return stream


def bring(actor, files=BOOK, code=""):
    kept = importing.keep([("book.zip", packed(files))])
    work = importing.begin(actor, kept, code, at=NOW)
    importing.go_on(work.id)
    return db.session.get_one(ManualImport, work.id)


def take_new(house, work, actor=None, code="CS-001"):
    return importing.take_new(
        actor or house.zheng, work, code, {"zh-CN": "客服手册"}, kind=ManualKind.STANDARD, category=Category.CUSTOMERS,
        department=house.cs, supervisor=house.li, purpose="…", principles="…", at=NOW,
    )  # fmt: skip


def clauses(draft):
    return [(one.number, one.heading, one.stable) for one in draft.clauses]


# ── A new manual ──


@pytest.mark.attack(26)
def test_reading_writes_nothing_and_taking_over_writes_all_of_it(house):
    work = bring(house.zheng)
    assert (work.state, work.files, work.clauses, work.wrong) == (ImportState.READ, 3, 3, 0)
    assert db.session.scalar(select(func.count()).select_from(Manual)) == 0
    draft = take_new(house, work)
    assert [one.heading for one in draft.clauses] == ["客服手册", "<img src=x onerror=alert(1)>", "电话"]
    assert draft.clauses[2].rulings[0].value == "3 days"
    assert work.state is ImportState.TAKEN
    assert db.session.scalar(select(func.count()).select_from(ImportClause)) == 0
    assert journal.names("manual draft") == ["DraftBegun"]


@pytest.mark.attack(1, 2)
def test_what_was_brought_is_as_inert_as_what_is_typed(house):
    draft = take_new(house, bring(house.zheng))
    html = draft.clauses[1].html
    assert html == queries.shown(draft.clauses[1].text)
    assert "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.attack(26)
def test_a_problem_is_named_with_its_file_and_nothing_is_taken_over(house):
    work = bring(house.zheng, {"a.md": "# 甲\n\nrules: nobody.asks = 1\n\n# 乙"})
    assert work.wrong == 1
    assert importing.remarks_of(work.problems)[0].file == "a.md"
    with pytest.raises(Refused):
        take_new(house, work)
    assert db.session.scalar(select(func.count()).select_from(Manual)) == 0


def test_nothing_is_made_twice_of_the_same_files(house):
    work = bring(house.zheng)
    take_new(house, work)
    with pytest.raises(OutOfDate):
        take_new(house, work, code="CS-002")
    assert db.session.scalars(select(Manual.code)).all() == ["CS-001"]


def test_files_without_anything_to_read_say_so(house):
    work = bring(house.zheng, {"a.txt": "x"})
    assert work.state is ImportState.FAILED
    assert work.reason.template == "There is no Markdown file in it: names end in .md."


@pytest.mark.attack(10)
def test_nobody_brings_a_manual_for_a_department_that_is_not_theirs(house, published, staff):
    with pytest.raises(NotAllowed):
        importing.begin(staff("Amal", house.cs), importing.keep([("a.zip", packed())]), at=NOW)
    with pytest.raises(NotAllowed):
        take_new(house, bring(house.zhou), actor=house.zhou)
    with pytest.raises(Refused):
        bring(house.zhou, code="KF-01")
    assert importing.import_seen_by(house.zhou, bring(house.zheng).id) is None


# ── A manual that is there ──


def exported(version):
    from portal.policies import manuscript

    return "".join(manuscript.write(queries.head_of(version.manual, version), queries.text_of_version(version)))


def test_what_was_exported_comes_back_as_the_same_clauses(house, published):
    work = bring(house.zheng, {"KF-01.md": exported(published)})
    assert work.code == "KF-01"
    draft = importing.take_over(house.zheng, work, at=NOW)
    assert drafts.text_of_draft(draft) == queries.text_of_version(published)
    assert (draft.label, draft.author_id) == ("2.0", house.zheng.id)
    assert journal.names("manual draft") == ["DraftBegun", "DraftChanged"]


def test_a_clause_that_was_changed_elsewhere_keeps_its_id_and_a_new_one_gets_one(house, published):
    text = exported(published).replace("三日内", "两日内").replace(f"{ANSWER} = 3 days", f"{ANSWER} = 2 days")
    draft = importing.take_over(house.zheng, bring(house.zheng, {"a.md": f"{text}\n# 3 附录\n\n略"}), at=NOW)
    assert clauses(draft)[:2] == [("1", "总则", "general"), ("2", "答复", "answer")]
    assert draft.clauses[1].text == "两日内答复。"
    assert draft.clauses[1].rulings[0].value == "2 days"
    assert len(draft.clauses) == 3


def test_values_and_parts_of_the_same_clauses_stay_where_the_files_name_none(house, published):
    draft = importing.take_over(
        house.zheng, bring(house.zheng, {"a.md": "# 1 总则\n\n新的话\n\n# 2 答复\n\n新的话"}, code="KF-01"), at=NOW
    )
    assert clauses(draft) == [("1", "总则", "general"), ("2", "答复", "answer")]
    assert [said.value for said in draft.clauses[1].rulings] == ["3 days"]
    assert (draft.clauses[0].part, draft.clauses[0].chapter) == (Part.INTRODUCTION, Chapter.VALUES)


@pytest.mark.attack(27)
def test_what_somebody_wrote_in_the_draft_meanwhile_is_not_lost_unseen(house, published):
    draft = drafts.begin_version(house.zheng, published.manual, at=NOW)
    work, seen = bring(house.zheng, {"a.md": exported(published)}), draft.version
    drafts.write_clause(
        house.zheng, draft, draft.clauses[0], number="1", heading="总则", text="要紧的话", part=Part.BODY,
        chapter=None, seen=draft.version, at=NOW,
    )  # fmt: skip
    with pytest.raises(OutOfDate):
        importing.take_over(house.zheng, work, seen=seen, at=NOW)
    assert draft.clauses[0].text == "要紧的话"
    assert work.state is ImportState.READ
    importing.take_over(house.zheng, work, seen=draft.version, at=NOW)
    assert draft.clauses[0].text == "件件有回音。"


def test_nobody_writes_over_the_draft_of_another_author(house, published, staff):
    drafts.begin_version(house.zheng, published.manual, at=NOW)
    other = staff("Luo", house.cs, Role.HEAD)
    work = bring(other, {"a.md": exported(published)})
    with pytest.raises(NotAllowed):
        importing.take_over(other, work, seen=1, at=NOW)


# ── The work beside the page ──


@pytest.mark.attack(30)
def test_a_reader_that_died_is_followed_by_one_that_begins_again(house, monkeypatch):
    work = importing.begin(house.zheng, importing.keep([("book.zip", packed())]), at=NOW)
    assert importing.claim(PORTAL, work.id, at=NOW - timedelta(minutes=3))
    db.session.execute(
        ImportClause.__table__.insert(),
        [{"import_id": work.id, "position": 1, "stable": "x", "number": "1", "heading": "x", "text": "", "html":
          queries.shown(""), "part": Part.BODY, "rulings": {}}],
    )  # fmt: skip
    db.session.commit()
    assert jobs.read_imports(NOW) == 1
    assert db.session.scalar(select(func.count()).select_from(ImportClause)) == 3
    assert jobs.read_imports(NOW) == 0


def test_what_cannot_be_read_three_times_is_given_up(house):
    work = importing.begin(house.zheng, importing.keep([("book.zip", packed())]), at=NOW)
    at = NOW - timedelta(hours=1)
    for _ in range(claims.MOST_TRIES):
        assert importing.claim(PORTAL, work.id, at=at)
        at += claims.CLAIMED_FOR + timedelta(seconds=1)
    assert not importing.claim(PORTAL, work.id, at=at)
    db.session.expire_all()
    assert work.state is ImportState.FAILED


@pytest.mark.parametrize(("days", "there"), [(6, True), (8, False)])
def test_files_that_nobody_goes_on_with_are_forgotten_after_a_week(house, days, there):
    work = bring(house.zheng)
    os.utime(importing.folder() / work.file, (0, 0))
    importing.tidy(work.touched_at + timedelta(days=days))
    db.session.expire_all()
    assert (work.state is ImportState.READ) == there
    assert (importing.folder() / work.file).exists() == there


@pytest.mark.attack(7)
def test_a_text_that_is_made_to_keep_a_machine_busy_is_given_up(house, monkeypatch):
    monkeypatch.setattr(importing, "PATIENCE", -1)
    assert bring(house.zheng).reason.template == "These texts take too long to be read. Bring them in parts."


# ── The pages ──


def chosen(*files):
    return [(io.BytesIO(data if isinstance(data, bytes) else data.encode()), name) for name, data in files]


def test_a_version_leaves_as_one_file(demo, browser):
    answer = browser.sign_in("agent").client.get("/manuals/KF-01/2.1/markdown")
    assert answer.headers["Content-Disposition"] == "attachment; filename=KF-01-2.1.md"
    text = answer.text
    assert text.startswith("---\ncode: KF-01\ntitle: 客户服务手册\n")
    assert "\n## 3.2 转交与应答 {#handover}\n" in text
    assert "\nrules: tickets.accept_within = 30 working minutes\n" in text
    browser.get("/manuals/KF-01/9.9/markdown", expect=404)


def test_files_are_brought_looked_at_and_become_a_draft(demo, browser):
    browser.sign_in("shopkeeper")
    page = browser.get("/manuals/import")
    sent = {**page.form("/manuals/import"), "file": chosen(("a.md", "# 网店"), ("b.md", "# 发货\n\n当日"))}
    page = browser.post("/manuals/import", sent)
    assert "being read" in browser.follow(page).main
    importing.go_on(1)
    page = browser.get("/manuals/import/1")
    assert "Make a draft of 2 clauses" in page.main
    form = page.form("/new") | {
        "code": "WD-09", "chinese": "发货手册", "kind": "standard", "category": "customers", "purpose": "…",
        "principles": "…",
    }  # fmt: skip
    form["supervisor"] = page.soup.select("#supervisor option")[1]["value"]
    browser.post("/manuals/import/1/new", form | {"code": "wd"}, expect=422)
    browser.post("/manuals/import/1/new", form)
    page = browser.get("/manuals/WD-09/draft")
    assert [one["id"][:2] for one in page.soup.select(".clause")] == ["c-", "c-"]
    assert "To the draft" in browser.get("/manuals/import/1").main


@pytest.mark.attack(29)
def test_the_same_form_makes_one_import(demo, browser):
    browser.sign_in("shopkeeper")
    form = browser.get("/manuals/import").form("/manuals/import")
    for _ in range(2):
        browser.post("/manuals/import", form | {"file": chosen(("a.md", "# 网店"))})
    assert db.session.scalar(select(func.count()).select_from(ManualImport)) == 1


@pytest.mark.attack(3, 7)
@pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ\0\0"), ("a.zip", b"PK\x03\x04"), ("a.md", b"")])
def test_what_cannot_be_read_is_said_at_the_field(demo, browser, name, data):
    form = browser.sign_in("shopkeeper").get("/manuals/import").form("/manuals/import")
    page = browser.post("/manuals/import", form | {"file": chosen((name, data))}, expect=422)
    assert page.soup.select_one("#file-error")


@pytest.mark.attack(5, 10)
def test_an_import_is_seen_by_nobody_but_whoever_brought_it(demo, browser):
    browser.sign_in("shopkeeper")
    form = browser.get("/manuals/import").form("/manuals/import")
    browser.post("/manuals/import", form | {"file": chosen(("a.md", "# 网店"))})
    browser.sign_in("director").get("/manuals/import/1", expect=404)
    for verb in ("take", "drop"):
        browser.post(f"/manuals/import/1/{verb}", expect=404)
    browser.sign_in("agent").get("/manuals/import", expect=403)


def test_a_draft_that_is_not_written_now_is_not_replaced(demo, browser):
    """The shop's draft is in review."""
    browser.sign_in("shopkeeper")
    form = browser.get("/manuals/import").form("/manuals/import") | {"code": "WD-01"}
    browser.post("/manuals/import", form | {"file": chosen(("a.md", "# 网店"))})
    importing.go_on(1)
    page = browser.get("/manuals/import/1")
    assert "The draft of version 2.0 stands here: in review." in page.main
    assert not page.soup.select("form[action$='/take']")


@pytest.mark.parametrize("pages", [3, 300])
def test_pages_about_an_import_and_its_draft_ask_the_same_however_long_it_is(demo, browser, pages):
    browser.sign_in("executive")
    book = {f"{at:03}.md": f"# 页 {at}\n\n[坏](x.md)" for at in range(pages)}
    form = browser.get("/manuals/import").form("/manuals/import") | {"code": "KF-01"}
    browser.post("/manuals/import", form | {"file": [(packed(book), "b.zip")]})
    importing.go_on(1)
    counts = []
    for url in ("/manuals/import/1", "/manuals/import"):
        counts.append(statements_of(browser, url))
    page = browser.get("/manuals/import/1")
    browser.post("/manuals/import/1/take", page.form("/take"))
    counts.append(statements_of(browser, "/manuals/KF-01/draft"))
    assert max(counts) <= 10
    assert db.session.scalar(
        select(func.count()).select_from(DraftClause).join(ManualDraft).where(ManualDraft.ended_at.is_(None))
    )


def statements_of(browser, url):
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "PRAGMA", "BEGIN")):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        browser.get(url)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


# ── The command ──


def test_the_command_tries_first_and_then_makes_the_draft(demo, tmp_path):
    for name, text in {"a.md": "# 甲\n\n字", "b/c.md": "# 丙\n\n字"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = demo.test_cli_runner().invoke
    told = run(args=["manuals", "import", str(tmp_path), "--as", "shopkeeper", "--code", "WD-08", "--title", "册",
                     "--department", "SHOP", "--dry-run"])  # fmt: skip
    assert (told.exit_code, "2 files, 3 clauses, 0 problems" in told.output) == (0, True)
    assert db.session.scalar(select(Manual.id).where(Manual.code == "WD-08")) is None
    told = run(args=["manuals", "import", str(tmp_path), "--as", "shopkeeper", "--code", "WD-08", "--title", "册",
                     "--department", "SHOP"])  # fmt: skip
    assert (told.exit_code, "A draft of 3 clauses of 2 files" in told.output) == (0, True)
    assert db.session.scalar(select(Manual.id).where(Manual.code == "WD-08")) is not None
    assert run(args=["manuals", "import", str(tmp_path), "--as", "nobody"]).exit_code == 2
