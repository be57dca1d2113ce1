"""What people type becomes HTML that can do nothing."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.kernel import markup

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "[tap](javascript:alert(1))",
    "[tap](JaVaScRiPt&colon;alert(1))",
    "[tap](&#x6a;avascript:alert(1))",
    "[tap](data:text/html;base64,PHNjcmlwdD4=)",
    "![tap](data:image/svg+xml;base64,PHN2Zz4=)",
    "<javascript:alert(1)>",
    '<form action="https://evil.example"><input name=password>',
    "<style>* { display: none }</style>",
    "<svg onload=alert(1)>",
    '[tap](https://a.example "x\\" onmouseover=\\"alert(1)")',
    "```\n</code></pre><script>alert(1)</script>\n```",
    "| <svg/onload=alert(1)> |\n|---|\n| <b onclick=x>y</b> |",
    "<a id=main name=csrf_token class=modal style=position:fixed>x</a>",
]


def assert_inert(html: str) -> None:
    for element in BeautifulSoup(html, "html.parser").find_all(True):
        assert element.name in markup.TAGS
        assert set(element.attrs) <= {"href", "title", "rel", "class", "start"}
        scheme, colon, _ = element.get("href", "").partition(":")
        assert not colon or "/" in scheme or scheme in markup.SCHEMES


@pytest.mark.attack(1)
@pytest.mark.parametrize("payload", HOSTILE)
def test_a_hostile_text_is_inert_wherever_it_stands(payload):
    for text in (
        payload,
        f"# {payload}",
        f"- {payload}",
        f"> {payload}",
        f"**{payload}**",
        f"| {payload} |\n|-|\n| {payload} |",
    ):
        assert_inert(markup.render(text))


@pytest.mark.attack(1)
@given(st.text(alphabet=st.sampled_from("<>[]()!\"'=*_`~|#-:/\\&;\n jJavscript:onerx中。https.//")))
def test_no_mixture_of_marks_makes_anything_but_the_listed_tags(text):
    assert_inert(markup.render(text))


@given(st.text())
def test_every_text_can_be_rendered_and_made_plain(text):
    assert isinstance(markup.render(text), Markup)
    assert "\n" not in markup.plain(text)


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        ("**注意：**本制度自发布之日起执行。", "注意："),
        ("请**“注意”**本制度", "“注意”"),
        ("本制度**（含附件）**有效", "（含附件）"),
        ("金额**100元。**由本人承担", "100元。"),
        ("**A**：说明", "A"),
        ("扣款**5%**以内", "5%"),
        ("**bold**text", "bold"),
        ("a **bold** word", "bold"),
    ],
)
def test_chinese_emphasis_needs_no_spaces(text, bold):
    assert f"<strong>{bold}</strong>" in markup.render(text)


@pytest.mark.parametrize("text", ["a * b * c", "snake_case_name", "2 ** 3 ** 4", "客户_张伟_来电"])
def test_stars_and_lines_that_mean_themselves_stay(text):
    assert markup.render(text) == f"<p>{text}</p>\n"


def test_a_new_line_stays_a_new_line():
    assert markup.render("第一行\n第二行") == "<p>第一行<br>\n第二行</p>\n"


@pytest.mark.parametrize("text", ["[1]: http://a.example", "    四个空格的段落", "客户来电\n---"])
def test_no_line_vanishes_or_turns_into_something_else(text):
    html = markup.render(text)
    assert "<pre>" not in html
    assert not any(f"<h{n}>" in html for n in range(1, 7))
    assert markup.plain(text).split()[0] in BeautifulSoup(html, "html.parser").text


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("见http://a.example/b谢谢。", "http://a.example/b", "谢谢。"),
        ("（https://a.example/b?c=1&d=2）完", "https://a.example/b?c=1&d=2", "）完"),
        ("look at https://a.example/b. Thanks", "https://a.example/b", ". Thanks"),
    ],
)
def test_a_bare_address_is_a_link_that_ends_where_the_address_ends(text, address, after):
    link = BeautifulSoup(markup.render(text), "html.parser").a
    assert (link["href"], link.text, link.next_sibling) == (address, address, after)
    assert "noopener" in link["rel"]


def test_a_picture_is_a_link_so_that_reading_asks_no_other_server():
    html = markup.render("![现场照片](https://a.example/p.png)")
    assert "<img" not in html
    assert BeautifulSoup(html, "html.parser").a.text == "现场照片"


def test_headings_of_a_text_stand_below_those_of_its_page():
    assert markup.render("# 一\n## 二") == "<h3>一</h3>\n<h4>二</h4>\n"
    assert markup.render("# 一\n###### 六", top_heading=4) == "<h4>一</h4>\n<h6>六</h6>\n"


def test_columns_are_aligned_without_a_style():
    html = markup.render("| 项目 | 金额 |\n|:-:|--:|\n| 餐费 | 30.00 |")
    assert '<th class="text-end">金额</th>' in html
    assert "style" not in html


@pytest.mark.attack(7, 15)
@pytest.mark.parametrize("bomb", ["[", "![", "*a ", "> ", "`", "<", "[a](", "|", "~~a", "_*", "[]: ", "http://,"])
def test_a_text_made_to_be_slow_is_read_in_bounded_time(bomb):
    assert_inert(markup.render((bomb * 20_000)[:20_000]))


def test_a_text_past_the_limit_is_shown_whole_as_plain_lines():
    text = "**行** <b>\n" * (markup.LONGEST // 9 + 1)
    html = markup.render(text)
    assert html.startswith("<p>**行** &lt;b&gt;<br>\n")
    assert html.count("行") == text.count("行")


def test_the_plain_form_has_the_words_only():
    assert markup.plain("## 时限\n\n- **当日**答复\n- 见[表](/forms)\n\n`T-1`") == "时限 当日答复 见表 T-1"
    assert markup.plain("第一句。第二句。", longest=5) == "第一句。…"


def test_a_rendered_column_takes_only_what_was_rendered():
    column = markup.Rendered()
    with pytest.raises(TypeError, match="Rendered column"):
        column.process_bind_param("<script>", None)
    assert column.process_bind_param(markup.render("好"), None) == "<p>好</p>\n"
    assert isinstance(column.process_result_value("<p>好</p>", None), Markup)
