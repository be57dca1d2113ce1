"""A Word document as Markdown: what comes through, and what is only told of."""

import zipfile

import pytest

from portal.kernel.errors import Refused
from portal.policies import bundle, docx, handbook
from tests.policies.conftest import aside

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
MAIN = RELS.format(f'<Relationship Id="r1" Type="{KIND}/officeDocument" Target="word/document.xml"/>')
STYLES = f"""<w:styles {W}>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="标题 2"/></w:style></w:styles>"""
NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl>
</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""


def run(text, bold=False):
    return f"<w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}<w:t xml:space='preserve'>{text}</w:t></w:r>"


def p(*runs, style="", level=None):
    how = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        how += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{how}</w:pPr>{''.join(one if one.startswith('<') else run(one) for one in runs)}</w:p>"


def table(*rows):
    cells = ("".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


@pytest.fixture
def document(tmp_path):
    """`document(p("…"), …)`: the path of a document; more parts of it by name."""

    def make(*blocks, rels="", **parts):
        path = tmp_path / "a.docx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", TYPES)
            archive.writestr("_rels/.rels", MAIN)
            archive.writestr(
                "word/document.xml", f"<w:document {W} {R}><w:body>{''.join(blocks)}</w:body></w:document>"
            )
            archive.writestr("word/_rels/document.xml.rels", RELS.format(
                f'<Relationship Id="s" Type="{KIND}/styles" Target="styles.xml"/>'
                f'<Relationship Id="n" Type="{KIND}/numbering" Target="numbering.xml"/>{rels}'
            ))  # fmt: skip
            archive.writestr("word/styles.xml", STYLES)
            archive.writestr("word/numbering.xml", NUMBERING)
            for name, text in parts.items():
                archive.writestr(name, text)
        return path

    return make


def said(remarks):
    return [one.template for one in remarks]


def test_headings_lists_tables_and_bold_words_come_through(document):
    path = document(
        p("总则", style="H1"), p("凡来电", run("件件有回音", bold=True), "。"), p("答复", style="2"),
        p("先登记", level=0), p("姓名", level=1), p("电话", level=1), p("后办理", level=0),
        table(("时段", "人数"), ("夜|晚", "2")),
    )  # fmt: skip
    text, remarks = docx.read(path, aside())
    assert text == (
        "# 总则\n\n凡来电**件件有回音**。\n\n## 答复\n\n- 先登记\n   1. 姓名\n   2. 电话\n- 后办理\n\n"
        "| 时段 | 人数 |\n| --- | --- |\n| 夜\\|晚 | 2 |\n"
    )
    assert remarks == []
    files, _remarks = bundle.read(path, "客服.docx", aside())
    assert [(one.number, one.heading) for one in handbook.read(files).clauses] == [("1", "总则"), ("2", "答复")]


@pytest.mark.attack(1, 2)
def test_words_are_words_and_never_marks_or_html(document):
    text, _remarks = docx.read(document(p("# 不是标题 &lt;script&gt;x&lt;/script&gt; *星*"), p("1. 也不是")), aside())
    assert text == "\\# 不是标题 \\<script\\>x\\</script\\> \\*星\\*\n\n1\\. 也不是\n"


@pytest.mark.attack(23, 24)
def test_what_is_named_outside_of_the_file_is_not_fetched_and_said(document):
    rels = (
        f'<Relationship Id="i" Type="{KIND}/image" Target="http://127.0.0.1:9/x.png" TargetMode="External"/>'
        f'<Relationship Id="t" Type="{KIND}/attachedTemplate" Target="file:///etc/passwd" TargetMode="External"/>'
        f'<Relationship Id="h" Type="{KIND}/hyperlink" Target="https://example.org/" TargetMode="External"/>'
    )
    picture = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:link="i"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
    link = f'<w:hyperlink r:id="h">{run("网")}</w:hyperlink>'
    text, remarks = docx.read(document(p("甲", picture, link), rels=rels), aside())
    assert "[网](https://example.org/)" in text
    assert "127.0.0.1" not in text
    assert "passwd" not in text
    assert said(remarks)[0] == "It names things outside of the file: they are ignored, nothing is fetched ({n})."
    assert dict(remarks[0].values) == {"n": 2}


def test_macros_and_comments_are_ignored_and_said(document):
    _text, remarks = docx.read(
        document(p("甲"), **{"word/vbaProject.bin": "x", "word/comments.xml": f"<w:comments {W}/>"}), aside()
    )
    assert said(remarks) == ["There are macros in it: they are ignored.", "Comments in the margin are left out."]


@pytest.mark.attack(7)
def test_a_document_that_swells_is_refused_before_it_is_read(document):
    path = document(p("字"), **{"word/footnotes.xml": b" " * (docx.LARGEST_PART + 1)})
    with pytest.raises(Refused) as no:
        docx.read(path, aside())
    assert no.value.sentence.template == "The text of this document is larger than {most} MB: divide it."


@pytest.mark.attack(7)
def test_entities_that_multiply_or_lead_outside_do_nothing(tmp_path, document):
    path = document(p("字"))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">' + "".join(
        f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
    ) + "]>"  # fmt: skip
    other = tmp_path / "b.docx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == "word/document.xml":
                data = bomb + data.replace("字", "&f;&j;")
            new.writestr(name, data)
    try:
        text, _remarks = docx.read(other, aside())
    except Refused:
        return
    assert "root:" not in text
    assert len(text) < docx.LARGEST_PART


@pytest.mark.parametrize("data", ["", "<w:document", "<x/>"])
def test_a_broken_document_is_refused_with_what_to_do(document, tmp_path, data):
    path = tmp_path / "broken.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", MAIN)
        archive.writestr("word/document.xml", data)
    with pytest.raises(Refused):
        handbook.read(bundle.read(path, "a.docx", aside())[0])
