"""Text that people type, made into HTML once, when it is written.

What was typed is kept beside it, unchanged: hashes and searches are over that. People write Markdown; nobody can write
HTML. Two walls stand between a hostile text and a reader: the parser never passes HTML through, and what it makes is
cut down to the tags and attributes listed here. A column of type `Rendered` takes nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

LONGEST: Final = 100_000
"""Characters that are read as Markdown; a longer text is shown as plain lines, whole and in bounded time."""

ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
CLASSES: Final = {"th": {"text-center", "text-end"}, "td": {"text-center", "text-end"}}
SCHEMES: Final = {"http", "https", "mailto", "tel"}
TAGS: Final = {
    *("p", "br", "hr", "strong", "em", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}

_CJK: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
_ADDRESS: Final = re.compile(r"(https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9\-_~/#@$&*+=%])")


def render(
    text: str, *, top_heading: int = 3, emphasised: Collection[str] = (), pictures: re.Pattern[str] | None = None
) -> Markup:
    """`text` as inert HTML: Markdown with tables, strike-through and bare links; a new line is a new line.

    `top_heading`: the level that `#` becomes, 2 to 6; a page has one `h1` and it is never in a text. `emphasised`:
    words that stand out wherever running text has them: the names of those who are called. Pictures become
    links to where they are, so that reading a text never asks another server for anything; those whose whole address
    is one of `pictures`, our own, are shown.
    """
    text = _printable(text)
    if len(text) > LONGEST:
        return Markup("<p>{}</p>").format(Markup("<br>\n").join(escape(line) for line in text.split("\n")))
    html = _MARKDOWN.render(text, {"top_heading": top_heading, "emphasised": emphasised, "pictures": pictures})
    return Markup(  # noqa: S704 - this is the one place where HTML is declared harmless, and the sanitiser ran last
        nh3.clean(
            html,
            tags=TAGS | {"img"} if pictures else TAGS,
            attributes={**ATTRIBUTES, "img": {"src", "alt", "loading"}} if pictures else ATTRIBUTES,
            allowed_classes=CLASSES,
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer nofollow",
        )
    )


def plain(text: str, *, longest: int | None = None) -> str:
    """The words of `text` on one line without their marks: for lists, notes, notifications and the search index.

    `longest`: characters to keep; what is cut ends in an ellipsis, which counts.
    """
    text = _printable(text)
    words = text if len(text) > LONGEST else "".join(_words(_MARKDOWN.parse(text)))
    line = " ".join(words.split())
    if longest is not None and len(line) > longest:
        return line[: longest - 1].rstrip() + "…"
    return line


class Rendered(TypeDecorator[Markup]):
    """A column for what `render` made: refuses every other string, and comes back ready for a template."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is not None and not isinstance(value, Markup):
            raise TypeError(f"only markup.render() makes text for a Rendered column, got {type(value).__name__}")
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Markup | None:
        return None if value is None else Markup(value)  # noqa: S704 - only `render` wrote it


def _printable(text: str) -> str:
    """`text` without what neither parser nor database can hold: half surrogate pairs become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from _words(token.children)
        elif token.type in {"text", "code_inline", "code_block", "fence"}:
            yield token.content
        if token.block or token.type in {"softbreak", "hardbreak"}:
            yield " "


class _Inline(StateInline):
    """Emphasis as Chinese is written: `**注意：**本制度` is bold, though no space stands around the stars.

    CommonMark lets a star close only before a space or a mark when a mark precedes it, which Chinese text never offers.
    Here Chinese characters and marks on either side count as such a border; text in Latin letters keeps the old rule.
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        end = start
        while end < self.posMax and self.src[end] == self.src[start]:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "

        left = not after.isspace() and (not _latin_mark(after) or before.isspace() or _border(before))
        right = not before.isspace() and (not _latin_mark(before) or after.isspace() or _border(after))
        return Scanned(
            left and (canSplitWord or not right or _mark(before)),
            right and (canSplitWord or not left or _mark(after)),
            end - start,
        )


class _InlineParser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _Inline(src, md, env, tokens)
        self.tokenize(state)
        for tidy in self.ruler2.getRules(""):
            tidy(state)
        return state.tokens


def _mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _cjk(char: str) -> bool:
    return _CJK.match(char) is not None


def _latin_mark(char: str) -> bool:
    return _mark(char) and not _cjk(char)


def _border(char: str) -> bool:
    return _mark(char) or _cjk(char)


def _lower_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + state.env.get('top_heading', 3) - 1)}"


def _align_by_class(state: Any) -> None:
    """Columns are aligned by a class: the pages allow no style in the text."""
    for token in state.tokens:
        align = str(token.attrs.pop("style", "")).removeprefix("text-align:")
        if align in {"center", "right"}:
            token.attrSet("class", "text-center" if align == "center" else "text-end")


def _picture_as_link(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    picture = tokens[at]
    address = str(picture.attrs.get("src", ""))
    words = self.renderInlineAsText(picture.children, options, env) or address
    if env.get("pictures") and env["pictures"].fullmatch(address):
        return str(Markup('<img src="{}" alt="{}" loading="lazy">').format(address, words))
    return str(Markup('<a href="{}">{}</a>').format(address, words))


def _bare_links(state: Any) -> None:
    """Addresses in running text become links. They end at the first Chinese character: `见http://a.cn/b谢谢`."""
    for block in state.tokens:
        if block.children:
            block.children = list(_linked(block.children, state.md))


def _linked(tokens: Iterable[Token], md: MarkdownIt) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "text" or inside:
            yield token
            continue
        for at, words in enumerate(_ADDRESS.split(token.content)):
            if at % 2 == 0:
                yield Token("text", "", 0, content=words, level=token.level)
                continue
            yield Token("link_open", "a", 1, attrs={"href": md.normalizeLink(words)}, level=token.level)
            yield Token("text", "", 0, content=words, level=token.level + 1)
            yield Token("link_close", "a", -1, level=token.level)


def _emphasise(state: Any) -> None:
    """Words that are to stand out do, in running text alone: not in code, not in an address."""
    words = sorted(state.env.get("emphasised", ()), key=len, reverse=True)
    if not words:
        return
    wanted = re.compile("(" + "|".join(map(re.escape, words)) + ")")
    for block in state.tokens:
        if block.children:
            block.children = list(_strong(block.children, wanted))


def _strong(tokens: Iterable[Token], wanted: re.Pattern[str]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "text" or inside:
            yield token
            continue
        for at, words in enumerate(wanted.split(token.content)):
            if at % 2:
                yield Token("strong_open", "strong", 1, level=token.level)
            yield Token("text", "", 0, content=words, level=token.level + at % 2)
            if at % 2:
                yield Token("strong_close", "strong", -1, level=token.level)


def _reader() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser = _InlineParser()
    parser.ruler, parser.ruler2 = markdown.inline.ruler, markdown.inline.ruler2
    markdown.inline = parser
    markdown.enable(["table", "strikethrough"])
    # what surprises people who do not know Markdown: lines that vanish, indented lines as code, a rule as a heading
    markdown.disable(["reference", "code", "lheading"])
    for rule in (_bare_links, _emphasise, _lower_headings, _align_by_class):
        markdown.core.ruler.push(rule.__name__, rule)
    markdown.add_render_rule("image", _picture_as_link)
    return markdown


_MARKDOWN: Final = _reader()
