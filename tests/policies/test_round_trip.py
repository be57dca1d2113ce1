"""A version leaves one portal and comes into another: all that its file says is read, and the hash is the same."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from portal.extensions import db
from portal.kernel import files
from portal.kernel.actions import PORTAL, action
from portal.kernel.encoding import decoded
from portal.kernel.errors import Refused
from portal.kernel.permissions import Role
from portal.kernel.text import in_language
from portal.organisation import actions as organisation
from portal.organisation import queries as people
from portal.policies import actions, drafts, exporting, importing, places, queries, rules
from portal.policies.models import Manual, ManualImport
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import Category, Chapter, ManualKind, Part
from tests.conftest import NOW, TODAY

PNG = b"\x89PNG\r\n\x1a\nA"
PDF = b"%PDF-1.7 a form"
ANSWER, FIRST = "tickets.complaint_answer", "tickets.first_response"
TITLES = {"zh-CN": "客户服务手册", "en": "Customer service manual", "zh-TW": "客戶服務手冊"}


@pytest.fixture
def found(department, staff):
    """`found()`: the same company, in whatever database there is now."""

    def make():
        company = department("XH")
        centre = department("CS", company)

        class House:
            top, cs, group, shop = company, centre, department("CS-CMP", centre), department("SHOP", company)
            zheng, executive = staff("Zheng", centre, Role.HEAD), staff("Shen", company, Role.EXECUTIVE)
            clerk = organisation.add_post(PORTAL, centre, {"zh-CN": "客服、订单专员", "en": "Clerk"}, at=NOW)
            seller = organisation.add_post(PORTAL, shop, {"zh-CN": "店员", "en": "Seller"}, at=NOW)

        return House

    return make


@pytest.fixture
def house(found):
    return found()


@pytest.fixture
def bound(house):
    """`bound([place, …])`: a version of KF-01 of customer service that binds these."""
    made = []

    def publish(chosen=(), label="1.0", from_on=TODAY):
        if not made:
            made.append(
                actions.add_manual(PORTAL, "KF-01", TITLES, kind=ManualKind.STANDARD, department=house.cs, at=NOW)
            )
        text = (ClauseText("answer", "1", "答复", "三日内答复。"),)
        major, minor = map(int, label.split("."))
        return actions.publish_version(
            PORTAL, made[0], VersionText(major, minor, from_on, text, places=frozenset(chosen)), at=NOW
        )

    return publish


def unit(of):
    return f"department {of.id}"


def post(of):
    return places.post_scope(of.id)


def leave(version):
    """The ZIP of a version."""
    return b"".join(exporting.packed(version.manual, version, queries.files_of(version)))


def bring(actor, data, name="KF-01-1.0.zip", code=""):
    kept = importing.keep([(name, io.BytesIO(data))])
    work = importing.begin(actor, kept, code, at=NOW)
    importing.go_on(work.id)
    return db.session.get_one(ManualImport, work.id, populate_existing=True)


def remarks(work):
    return [str(decoded(sentence)) for _file, _line, sentence in work.remarks]


def with_scope(words, **more):
    head = {"title": "客户服务手册", "only-for": words, **more}
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    return f"---\n{lines}---\n# 1 答复\n\n三日内。\n".encode()


# ── From one portal to another ──

READ = {
    "code": lambda _draft, manual: manual.code,
    "title": lambda draft, _manual: draft.titles["zh-CN"],
    "title-en": lambda draft, _manual: draft.titles["en"],
    "title-zh-TW": lambda draft, _manual: draft.titles["zh-TW"],
    "kind": lambda _draft, manual: manual.kind.value,
    "category": lambda draft, _manual: draft.category,
    "department": lambda _draft, manual: queries.scope_of(manual),
    "only-for": lambda draft, _manual: places.spelled(draft.places),
    "purpose": lambda draft, _manual: draft.purpose,
    "principles": lambda draft, _manual: draft.principles,
    "version": lambda draft, _manual: draft.label,
    "effective": lambda draft, _manual: draft.effective_from.isoformat(),
    "summary": lambda draft, _manual: draft.summary,
    "hash": lambda draft, manual: rules.digest(manual.code, queries.scope_of(manual), drafts.version_text(draft)),
}
"""Each line of the head that a version leaves with, and where the draft has it that is made of it."""


def test_whatever_a_version_leaves_with_is_read_in_another_portal_and_published_it_has_the_same_hash(
    house, found, the_app, databases, browser
):
    head, version = _whole(house)
    data, was, text = leave(version), version.digest, queries.text_of_version(version)
    assert set(head) == set(READ), "what the export writes, the import reads"

    db.session.remove()
    databases.copy(the_app, "empty")
    house = found()
    work = bring(house.zheng, data)
    assert (work.state, work.wrong, remarks(work)) == ("read", 0, [])
    draft = _as_the_form_says(house, work, browser)
    assert {name: read(draft, draft.manual) for name, read in READ.items()} == head
    assert drafts.text_of_draft(draft) == text
    assert {one.name for one in files.of("manual draft", draft.id)} == {"流程.png", "登记表.pdf"}
    published = actions.publish_version(PORTAL, draft.manual, drafts.version_text(draft), at=NOW)
    assert published.digest == was


def leave_head(version):
    return queries.head_of(version.manual, version)


def _whole(house):
    """A version with everything that one can have, and the head with which it leaves."""
    manual = actions.add_manual(
        PORTAL, "KF-01", TITLES, kind=ManualKind.STANDARD, category=Category.CUSTOMERS.value, department=house.cs,
        purpose="件件有回音，\n事事有着落。", principles="“先登记，后办理”", at=NOW,
    )  # fmt: skip
    png, pdf = (_put(manual, *one) for one in ((PNG, "流程.png"), (PDF, "登记表.pdf")))
    clauses = (
        ClauseText("general", "1", "总则", f"件件有回音。\n\n![流程]({png})", {}, Part.INTRODUCTION, Chapter.VALUES),
        ClauseText("answer", "2", "答复", "三日内答复。\n\n# 不是条款\n\nrules: a.b = 1", {ANSWER: "3 days"}),
        ClauseText("first", "2.1", "应答", "", {FIRST: "priority=urgent: 10 minutes; otherwise: 24 hours"}),
        ClauseText("forms", "3", "附录", f"[登记表]({pdf})，见[答复](#s-answer)", {}, Part.APPENDIX),
    )
    text = VersionText(
        2,
        1,
        TODAY + timedelta(days=3),
        clauses,
        "第一次\n发布",
        places=frozenset([unit(house.group), post(house.clerk)]),
    )
    version = actions.publish_version(PORTAL, manual, text, at=NOW)
    return leave_head(version), version


def _put(manual, data, name):
    @action
    def keep(_actor, *, at):
        with files.made(io.BytesIO(data)) as draft:
            files.store(draft, name, "manual", manual.id, by=(1, "Amal"), at=at)
            return f"/manuals/files/{draft.digest}"

    return keep(PORTAL, at=NOW)


def _as_the_form_says(house, work, browser):
    """Make the draft with what the page has filled in; only a supervisor is chosen."""
    db.session.execute(db.text("UPDATE person SET must_change_password = :no"), {"no": False})
    db.session.commit()
    url = f"/manuals/import/{work.id}"
    browser.sign_in(people.person_with_id(house.zheng.id).sign_in_name)
    page = browser.get(url)
    assert "CS-CMP" in page.main
    browser.post(f"{url}/new", page.form("/new") | {"supervisor": str(house.executive.id)})
    manual = db.session.scalars(db.select(Manual)).one()
    return drafts.open_draft_of(manual)


# ── Whom it binds ──


def test_whom_it_binds_is_written_the_same_whoever_reads(house, bound):
    version = bound([unit(house.group), post(house.clerk)])
    for language in ("zh-CN", "en"):
        with in_language(language):
            assert leave_head(version)["only-for"] == "客服、订单专员（CS）、CS-CMP CS-CMP"


def test_two_posts_of_one_title_in_one_department_are_told_apart(house, bound):
    second = organisation.add_post(PORTAL, house.cs, {"zh-CN": "客服、订单专员"}, at=NOW)
    version = bound([post(second)])
    assert leave_head(version)["only-for"] == "客服、订单专员（CS 2）"
    work = bring(house.zheng, leave(version))
    assert importing.take_over(house.zheng, work, at=NOW).places == [post(second)]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("客服、订单专员（CS）", ["clerk"]),
        ("Clerk (CS)", ["clerk"]),
        ("clerk", ["clerk"]),
        ("CS-CMP", ["group"]),
        ("cs-cmp, 客服、订单专员", ["clerk", "group"]),
        ("CS", []),
    ],
)
def test_it_is_read_as_people_write_it(house, words, meant):
    wanted = {"clerk": post(house.clerk), "group": unit(house.group)}
    found = places.called(words, house.cs.id, TODAY)
    assert set(found.places) == {wanted[one] for one in meant}
    assert found.whole == (not meant), "the department itself is everybody in it"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("火星组", "“火星组” in only-for is no department and no post here: it is left out."),
        ("员工", "“员工” in only-for is the name of several: it is left out."),
        ("店员（SHOP）", "“店员（SHOP）” in only-for is not below the department of this manual: it is left out."),
        ("<b>x</b>", "“<b>x</b>” in only-for is no department and no post here: it is left out."),
    ],
)
def test_a_name_that_means_nobody_is_said_with_its_line_and_never_widens_whom_it_binds(
    house, bound, staff, words, said
):
    staff("Li", house.cs)
    before = bound([post(house.clerk)])
    work = bring(house.zheng, with_scope(words), "a.md", code="KF-01")
    file, line, _sentence = work.remarks[0]
    assert (file, line) == ("a.md", 3)
    assert remarks(work)[0].startswith(said)
    assert remarks(work)[1] == "Nobody of only-for is left: the draft goes on binding whom it binds now."
    assert importing.take_over(house.zheng, work, at=NOW).places == [*map(places.written, before.places)]


def test_of_several_names_those_are_bound_who_are_here(house, bound):
    bound()
    work = bring(house.zheng, with_scope("火星组、CS-CMP"), "a.md", code="KF-01")
    assert len(remarks(work)) == 1
    assert importing.take_over(house.zheng, work, at=NOW).places == [unit(house.group)]


@pytest.mark.parametrize(("ours", "stays"), [(False, True), (True, False)])
def test_files_that_name_nobody_leave_the_scope_alone_unless_they_left_a_portal_so(house, bound, ours, stays):
    first = bound()
    left = leave(first)
    bound([unit(house.group)], "1.1", TODAY + timedelta(days=1))
    data, name = (left, "a.zip") if ours else (b"# 1 \xe7\xad\x94\xe5\xa4\x8d\n\nx", "a.md")
    work = bring(house.zheng, data, name, code="KF-01")
    said = "The files bind everybody in the department of the manual, until now only some were bound."
    assert (said in remarks(work)) == ours
    assert bool(importing.take_over(house.zheng, work, at=NOW).places) == stays


def test_a_new_manual_is_refused_for_a_department_without_those_whom_the_files_bind(house):
    work = bring(house.executive, with_scope("客服、订单专员（CS）", code="KF-09"), "a.md")

    def take(department):
        return importing.take_new(
            house.executive, work, "KF-09", {"zh-CN": "x"}, kind=ManualKind.STANDARD, category=Category.CUSTOMERS,
            department=department, supervisor=people.person_with_id(house.zheng.id), purpose="…", principles="…",
            at=NOW,
        )  # fmt: skip

    with pytest.raises(Refused, match="not below this department") as no:
        take(house.shop)
    assert no.value.field == "department"
    assert take(house.cs).places == [post(house.clerk)]


@pytest.mark.attack(7)
def test_a_line_of_a_million_names_is_read_in_bounded_time(house):
    found = places.called("、" * 500_000 + "甲、" * 500_000, house.cs.id, TODAY)
    assert found.unknown == ("甲",)


# ── The other lines of the head ──


def test_what_left_and_was_changed_is_told_from_what_left(house, bound):
    data = leave(bound())
    said = "It is not word for word what left as version 1.0: the hash of the text is another one."
    assert said not in remarks(bring(house.zheng, data))
    text = "---\ncode: KF-01\ndepartment: CS\nversion: 1.0\neffective: 2026-10-12\nhash: 0\n---\n# 1 答复\n\n二日内。\n"
    assert said in remarks(bring(house.zheng, text.encode(), "a.md"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("department: SHOP", "The files are for another department. This manual binds CS, as before."),
        ("kind: conduct", "The files are of another kind. This manual stays what it is: technical standard."),
        ("version: 1.0", "Version 1.0 is published already: number and day of the next one are chosen in the draft."),
        ("effective: 2020-01-01", "The day 1 Jan 2020 has passed: choose in the draft from when it binds."),
    ],
)
def test_what_of_the_head_cannot_be_so_is_said(house, bound, line, said):
    bound()
    work = bring(house.zheng, f"---\n{line}\n---\n# 1 答复\n\n三日内。".encode(), "a.md", code="KF-01")
    assert remarks(work) == [said]
    assert work.remarks[0][1] == 2


def test_a_department_that_is_not_here_is_said_of_a_new_manual(house):
    work = bring(house.zheng, b"---\ntitle: x\ndepartment: MARS\n---\n# 1 x\n", "a.md")
    assert remarks(work) == ["There is no department MARS here: choose whom it binds."]


@pytest.mark.parametrize(("version", "label"), [("1.0", "2.0"), ("1.1", "1.1"), ("7.3", "7.3"), ("x", "2.0")])
def test_the_number_that_the_files_name_is_taken_where_it_is_a_higher_one(house, bound, version, label):
    bound()
    text = f"---\nversion: {version}\neffective: 2026-11-01\nsummary: 改\n---\n# 1 答复\n\n三日内。"
    draft = importing.take_over(house.zheng, bring(house.zheng, text.encode(), "a.md", code="KF-01"), at=NOW)
    assert (draft.label, draft.effective_from, draft.summary) == (label, date(2026, 11, 1), "改")


def test_the_command_takes_kind_department_and_scope_from_the_files(demo, tmp_path):
    (tmp_path / "a.md").write_text(
        "---\ncode: WD-08\ntitle: 册\nkind: conduct\ncategory: customers\ndepartment: SHOP\nonly-for: SHOP, 火星组\n"
        "---\n# 发货\n\n当日", encoding="utf-8",
    )  # fmt: skip
    told = demo.test_cli_runner().invoke(args=["manuals", "import", str(tmp_path / "a.md"), "--as", "shopkeeper"])
    assert told.exit_code == 0, told.output
    assert "火星组" in told.output
    manual = db.session.scalars(db.select(Manual).where(Manual.code == "WD-08")).one()
    assert (manual.kind, manual.category, manual.department.code) == (ManualKind.CONDUCT, "customers", "SHOP")
