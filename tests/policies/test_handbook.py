"""Markdown files as the clauses of a manual: what becomes a clause, which id it gets, what is said about the rest."""

import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Refused
from portal.policies import bundle, handbook, manuscript
from portal.policies.bundle import Limits
from portal.policies.handbook import LONGEST, MOST_CLAUSES, MOST_HEADINGS, MOST_NOTES, ROOMY, File
from portal.policies.rules import ClauseText
from portal.policies.states import Chapter, Part
from tests.policies.conftest import aside

PAGE = """---
title: 值班手册
---
# 值班

先交接，后离岗。

## 夜班

两人一班。

### 电话

铃响三声内接听。
"""


def read(*texts, known=None, **named):
    files = [File(f"{at}.md", text) for at, text in enumerate(texts, start=1)]
    files += [File(path, text) for path, text in named.items()]
    return handbook.read(files, known)


def folder(files, known=None):
    return handbook.read([File(path, text) for path, text in files.items()], known)


def outline(found):
    return [(one.number, one.heading) for one in found.clauses]


def said(remarks):
    return [(one.file, one.line, one.sentence.template) for one in remarks]


# ── What was exported comes back ──


def test_what_was_written_is_read_back_word_for_word():
    clauses = (
        ClauseText("general", "1", "总则", "凡来电来访，**件件有回音。**\n\n# 不是条款\n\nrules: tickets.x = 1",
                   part=Part.INTRODUCTION, chapter=Chapter.VALUES),
        ClauseText("complaints", "4", "投诉", ""),
        ClauseText("complaint-answer", "4.2", "答复时限", "```\n# 也不是\n## 4.9 假的 {#fake}\n```",
                   {"tickets.complaint_answer": "3 days",
                    "tickets.first_response": "priority=urgent: 10 minutes; otherwise: 24 hours"}),
    )  # fmt: skip
    text = "".join(manuscript.write({"code": "KF-01", "title": "客户 服务", "purpose": "一\n二", "hash": "0"}, clauses))
    found = read(text)
    assert found.clauses == clauses
    assert found.head == {"code": "KF-01", "title": "客户 服务", "purpose": "一\n二", "hash": "0"}
    assert (found.problems, found.remarks) == ((), ())


def test_what_was_exported_is_read_by_the_strict_reader_too():
    text = "".join(manuscript.write({"code": "KF-01"}, [ClauseText("a", "1", "总则", "字", {"x.y": "1"})]))
    assert manuscript.read(text).clauses == (ClauseText("a", "1", "总则", "字", {"x.y": "1"}),)


# ── Headings and pages ──


def test_the_headings_of_one_file_are_its_clauses_below_its_title():
    found = read(PAGE.replace("title: 值班手册\n", "").replace("---\n---\n", ""))
    assert found.head["title"] == "值班"
    assert outline(found) == [("1", "值班"), ("2", "夜班"), ("2.1", "电话")]


def test_a_folder_is_a_clause_and_so_is_each_page_and_each_heading():
    found = folder(
        {
            "book/index.md": "# 手册\n\n欢迎。",
            "book/service/README.md": "# 客服\n\n我们答复。",
            "book/service/b.md": "---\ntitle: 乙\nweight: 1\n---\n二\n\n## 细则\n\n三",
            "book/service/a.md": "# 甲\n\n一",
            "book/ops/on-call_rota.md": "轮值。",
        }
    )
    assert outline(found) == [
        ("1", "手册"), ("2", "Ops"), ("2.1", "On call rota"), ("3", "客服"), ("3.1", "甲"), ("3.2", "乙"),
        ("3.2.1", "细则"),
    ]  # fmt: skip
    assert found.head["title"] == "手册"


def test_numbers_of_the_headings_are_kept_where_every_clause_has_one():
    assert outline(read("# 1 总则\n\n# 4、投诉\n\n## 4.2 时限")) == [("1", "总则"), ("4", "投诉"), ("4.2", "时限")]
    assert outline(read("# 1 总则\n\n# 投诉")) == [("1", "1 总则"), ("2", "投诉")]


def test_a_heading_in_a_block_of_code_is_no_clause():
    found = read("# 甲\n\n```\n# 不是\n```\n\n# 乙")
    assert outline(found) == [("1", "甲"), ("2", "乙")]
    assert "# 不是" in found.clauses[0].text


def test_headings_deeper_than_four_stay_in_the_text_of_their_clause():
    found = read("# 1\n# a\n## b\n### c\n#### d\n##### e\n\n深")
    assert [one.number.count(".") for one in found.clauses] == [0, 0, 1, 2, 3]
    assert found.clauses[-1].text == "# e\n\n深"


@pytest.mark.parametrize(("pages", "headings"), [(390, 4), (MOST_CLAUSES, 1)])
def test_headings_are_clauses_as_far_as_there_is_room(pages, headings):
    book = {f"{at // 90:02}/{at:04}.md": "# 页\n\n" + "\n\n".join(["## 节\n\n字"] * 4) for at in range(pages)}
    found = folder(book)
    assert len(found.clauses) <= MOST_CLAUSES or found.problems
    assert any(one.heading == "节" for one in found.clauses) == (headings == 4)


def test_more_pages_than_a_manual_may_have_clauses_are_a_problem():
    found = folder({f"{at // 90:02}/{at:04}.md": "# 页\n\n字" for at in range(MOST_CLAUSES + 1)})
    assert [one.sentence.template for one in found.problems] == ["These are {n} clauses; a manual has {most} at most."]


def test_a_long_clause_is_divided_between_paragraphs():
    found = read("# 甲\n\n" + "\n\n".join(["字" * 900] * 30))
    assert [one.heading for one in found.clauses] == ["甲", "甲 (2)"]
    assert max(len(one.text) for one in found.clauses) <= ROOMY
    assert said(found.remarks) == [
        ("1.md", 1, "It is longer than {most} characters: {n} clauses are made of it.")
    ]  # fmt: skip


@pytest.mark.attack(7)
@pytest.mark.parametrize(("length", "problems"), [(LONGEST, 0), (LONGEST + 1, 1)])
def test_one_paragraph_may_be_as_long_as_a_clause(length, problems):
    assert len(read("# 甲\n\n" + "字" * length).problems) == problems


# ── Ids ──


def test_ids_of_the_file_are_kept_and_the_others_are_the_same_the_next_time():
    text = "# 甲 {#first .appendix}\n\n# On call\n\n# 丙"
    first, second, third = read(text).clauses
    assert (first.stable, first.heading, first.part) == ("first", "甲", Part.APPENDIX)
    assert second.stable.startswith("on-call-")
    assert [one.stable for one in read(text).clauses] == [first.stable, second.stable, third.stable]


def test_a_heading_without_an_id_is_known_by_its_words():
    found = read("# 1 总则\n\n# 2 投诉\n\n# 3 投诉", known={"总则": "general", "投诉": "complaints"})
    assert found.clauses[0].stable == "general"
    assert "complaints" not in {one.stable for one in found.clauses}  # which of the two is it?


def test_an_id_that_is_there_twice_or_is_none_is_said():
    found = read("# 甲 {#a}\n\n# 乙 {#a}\n\n# 丙 {#Ä}")
    assert len({one.stable for one in found.clauses}) == 3
    assert sorted(said(found.remarks)) == [
        ("1.md", 3, "Two clauses have the same id, {name}."),
        ("1.md", 5, "“{name}” is no id of a clause. Use small letters, digits and hyphens."),
    ]


# ── Values ──


def test_values_are_kept_in_their_one_spelling():
    found = read("# 甲 {#a}\n\n三日。\n\nrules: tickets.complaint_answer = 3 days")
    assert found.clauses[0].rulings == {"tickets.complaint_answer": "3 days"}
    assert found.rules


@pytest.mark.parametrize("value", ["nobody.asks = 1", "tickets.complaint_answer = soon"])
def test_a_value_that_cannot_be_is_a_problem_with_its_place(value):
    found = read(f"# 甲\n\n字\n\nrules: {value}")
    assert [(one.file, one.line) for one in found.problems] == [("1.md", 5)]


def test_two_clauses_never_rule_on_the_same_key():
    rule = "rules: tickets.complaint_answer = 3 days"
    found = read(f"# 甲\n\n{rule}\n\n# 乙\n\n{rule}")
    assert {one.sentence.template for one in found.problems} == {"Two clauses rule on {key}."}


# ── The head, HTML, links ──


def test_lines_of_the_head_that_are_no_plain_values_are_said():
    found = read("---\ntitle: '乙''s'\ntags:\n  - x\n---\n# 甲\n\n# 乙")
    assert found.head == {"title": "乙's"}
    assert said(found.remarks) == [("1.md", 3, "Of the head only lines of a name, a colon and a value are read.")]


def test_a_page_that_says_it_is_a_draft_is_left_out():
    found = folder({"a.md": "# 甲\n\n字", "b.md": "---\ndraft: true\n---\n# 乙"})
    assert [one.heading for one in found.clauses] == ["甲"]
    assert [one.file for one in found.remarks] == ["b.md"]


@pytest.mark.attack(1, 2)
def test_html_is_told_and_its_comments_are_nobodys_to_read():
    found = read("# 甲\n\n<script>alert(1)</script> <!-- 密 --> 字\n\n# 乙")
    assert "密" not in found.clauses[0].text
    assert said(found.remarks) == [("1.md", 3, "HTML is shown as it is typed, not carried out ({n} times).")]


def test_links_lead_to_the_clauses_of_their_pages_and_dead_ones_become_words():
    found = folder(
        {
            "a/one.md": "# 甲\n\n见[乙](../b/two.md#x)、[网](https://example.org/)、[没有](gone.md)、![图](p.png)。",
            "b/two.md": "---\nid: second\n---\n# 乙\n\n字",
        }
    )
    assert found.clauses[1].text == "见[乙](#s-second)、[网](https://example.org/)、没有、图。"
    assert said(found.remarks) == [
        ("a/one.md", 3, "“{to}” is not among these files: the link becomes its words."),
        ("a/one.md", 3, "The picture “{to}” is not brought along."),
    ]


@pytest.mark.parametrize("files", [{}, {"a.md": "   "}])
def test_nothing_to_read_is_said(files):
    with pytest.raises(Refused):
        folder(files)


# ── What comes packed ──


def packed(tmp_path, files, **more):
    path = tmp_path / "book.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_markdown_is_read_and_the_rest_is_counted(tmp_path):
    path = packed(tmp_path, {"手册/甲.md": "# 甲", "手册/p.png": b"\x89PNG", ".git/x.md": "#", "__MACOSX/甲.md": "#"})
    files, remarks = bundle.read(path, "book.zip", aside())
    assert files == [File("手册/甲.md", "# 甲")]
    assert said(remarks) == [("", 0, "Files that no text names are left out: {n}.")]


@pytest.mark.attack(26)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_is_read_in_whatever_it_was_written(tmp_path, encoding):
    (tmp_path / "a.md").write_bytes("# 值班手册".encode(encoding))
    files, remarks = bundle.read(tmp_path / "a.md", "a.md", aside())
    assert files == [File("a.md", "# 值班手册")]
    assert len(remarks) == (encoding == "gb18030")


@pytest.mark.attack(3)
@pytest.mark.parametrize("name", ["../etc/a.md", "/etc/a.md", "a/../../b.md", "C:/a.md", "..\\a.md"])
def test_a_name_that_leads_out_of_its_folder_is_refused(tmp_path, name):
    path = tmp_path / "book.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.md", "# 甲")
        archive.writestr(zipfile.ZipInfo(name), "# 乙")
    with pytest.raises(Refused, match=r"文件夹之外|out of its folder"):
        bundle.read(path, "book.zip", aside())


@pytest.mark.attack(3)
def test_a_link_to_another_file_is_refused(tmp_path):
    path = tmp_path / "book.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.md")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Refused):
        bundle.look(path, "book.zip")


@pytest.mark.attack(7)
def test_an_archive_that_swells_is_refused_before_it_is_read(tmp_path):
    bomb = packed(tmp_path, {f"{at}.md": b"0" * (1 << 20) for at in range(6)})
    small = Limits(one=2 << 20, text=5 << 20)
    with pytest.raises(Refused) as no:
        bundle.read(bomb, "book.zip", aside(), small)
    assert no.value.sentence.template == "The texts are more than {most} MB when unpacked."
    assert bundle.read(bomb, "book.zip", aside(), replace(small, text=6 << 20))
    with pytest.raises(Refused) as no:
        bundle.read(bomb, "book.zip", aside(), replace(small, one=(1 << 20) - 1))
    assert no.value.sentence.template == "“{name}” is larger than {most} MB: divide it."


@pytest.mark.attack(7)
@pytest.mark.parametrize(("count", "passes"), [(3, True), (4, False)])
def test_an_archive_holds_only_so_many_files(tmp_path, count, passes):
    path = packed(tmp_path, {f"{at}.md": "# x" for at in range(count)})
    if passes:
        bundle.look(path, "book.zip", Limits(files=3))
    else:
        with pytest.raises(Refused):
            bundle.look(path, "book.zip", Limits(files=3))


@pytest.mark.attack(7)
def test_a_list_of_files_that_is_itself_too_long_is_not_read(tmp_path):
    path = packed(tmp_path, {"a.md": "# x"})
    data = bytearray(path.read_bytes())
    data[-10:-6] = struct.pack("<I", 1 << 30)
    path.write_bytes(data)
    with pytest.raises(Refused) as no:
        bundle.look(path, "book.zip")
    assert no.value.sentence.template == "There are more than {most} files in it."


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing of the kind", b"\x00\x01\x02"])
def test_what_is_no_handbook_is_refused_with_what_to_do(tmp_path, data):
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(Refused):
        bundle.look(tmp_path / "a.bin", "a.bin")


def test_names_that_were_packed_in_chinese_on_windows_are_read(tmp_path):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("xxxx.md", "# 甲")
    path = tmp_path / "book.zip"
    path.write_bytes(raw.getvalue().replace(b"xxxx", "手册".encode("gb18030")))
    assert bundle.read(path, "book.zip", aside())[0][0].path == "手册.md"


def test_a_password_is_said(tmp_path):
    path = packed(tmp_path, {"a.md": "# x"})
    data = path.read_bytes()
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data = data[:place] + bytes([data[place] | 1]) + data[place + 1 :]
    path.write_bytes(data)
    with pytest.raises(Refused) as no:
        bundle.read(path, "book.zip", aside())
    assert no.value.sentence.template == "The archive has a password. Pack it without one."


# ── Not a sign of what left is another one ──

NASTY = [
    "# 不是条款", " # 也不是", "     # 代码", "#标签", "####### 七", "rules: a.b = 1", " rules: a.b", "rules: 字",
    "quiz: 问", "[x] 勾", "```", "~~~", "<!-- 注 -->", "[词](nowhere.md)", "![图](nowhere.png)", "", "", " ", "  接着",
    "字", "**粗**", "- 一", "---", "\t制表",
]  # fmt: skip
HEADINGS = ["总则", "**粗** `码`", "a  b", "问 {#x}"]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(NASTY), max_size=6), st.sampled_from(HEADINGS)), min_size=1, max_size=4
    ),
    st.booleans(),
)
def test_what_left_comes_back_sign_for_sign(clauses, rules):
    value = {"tickets.complaint_answer": "3 days"}
    left = tuple(
        ClauseText(f"c-{at}", str(at), heading, "\n".join(lines), value if rules and at == 1 else {})
        for at, (lines, heading) in enumerate(clauses, start=1)
    )
    found = read("".join(manuscript.write({"code": "KF-01", "hash": "0"}, left)))
    assert found.clauses == left
    assert found.problems == ()


def test_a_long_clause_that_left_stays_one():
    left = (ClauseText("a", "1", "长", "字\n\n" * (LONGEST // 3)),)
    assert read("".join(manuscript.write({"hash": "0"}, left))).clauses == left


# ── What is made to keep a machine busy ──

M = 2 << 20
LONG_LINE = f"# a{' ' * (M // 2)}#{' ' * (M // 2)}x\n"


@pytest.mark.attack(7)
@pytest.mark.parametrize(
    "text",
    [
        LONG_LINE,
        "# " + "a {#" * (M // 4),
        "# a\n" + "<!--" * (M // 4),
        "# a\n" + "[" * M,
        "# a\n" + "[a](" * (M // 4),
        "# a\nrules: a.b\n" + "  a: b\n" * (M // 7),
        "# a\nquiz: x\n" + "[x] a\n" * (M // 6),
        "# a\n" + "\n" * M,
    ],
    ids=["spaces", "marks", "comments", "brackets", "links", "values", "answers", "lines"],
)
def test_a_text_that_is_all_one_mark_is_read_in_the_time_of_its_length(text):
    assert len(read(text).clauses) == 1


@pytest.mark.attack(7)
def test_more_headings_than_anybody_writes_are_refused():
    with pytest.raises(Refused, match="50000 headings"):
        read("# a\n" * (MOST_HEADINGS + 1))


def test_two_thousand_headings_of_the_same_words_get_ids_of_their_own():
    assert len({one.stable for one in read("# 甲\n" * MOST_CLAUSES).clauses}) == MOST_CLAUSES


@pytest.mark.attack(7)
def test_remarks_are_counted_no_further_than_anybody_reads():
    assert len(read("# a\n" + "rules: a.b =\n" * (MOST_NOTES + 5)).problems) == MOST_NOTES


def test_comments_of_html_are_left_out_unless_they_are_never_closed():
    assert [one.text for one in read("# 甲\n\n一<!-- 注\n释 -->二<!-- 开").clauses] == ["一\n二<!-- 开"]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (("KF-01", "KF-01"), "“a.md” says as well that it is KF-01: bring one of the two."),
        (("KF-01", "KF-02"), "It says that it is KF-02, “a.md” that it is KF-01: bring one manual at a time."),
    ],
)
def test_two_files_that_claim_to_be_a_manual_are_a_problem(codes, said):
    head = "---\ntitle: x\ncode: {}\n---\n# 甲\n\n字"
    found = folder({f"{name}.md": head.format(code) for name, code in zip("ab", codes, strict=True)})
    assert [(one.file, one.line, str(one.sentence)) for one in found.problems] == [("b.md", 1, said)]
