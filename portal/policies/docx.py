"""A DOCX as Markdown: headings, lists, tables, pictures, bold words and links; what else stands in it is said.

Macros are never looked at and nothing outside of the file is opened: pictures and templates that are only named stay
where they are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import nh3

from portal.kernel.errors import Refused
from portal.kernel.text import Said, say
from portal.policies.pictures import Aside

MB = 1 << 20
LARGEST_PART = 10 * MB
"""Bytes of one part of the document: its tree in memory is thirty times as large."""
PARTS = "word/document.xml"
_NAMED_OUTSIDE = re.compile(rb'TargetMode\s*=\s*["\']External["\']', re.IGNORECASE)
_A_LINK = re.compile(rb'Type\s*=\s*["\'][^"\']*/hyperlink["\']', re.IGNORECASE)
_RELATION = re.compile(rb"<Relationship\b[^>]{0,4000}>")
_STYLES: Final = "\n".join(f"p[style-name='标题 {level}'] => h{level}:fresh" for level in range(1, 7))
"""How programs that speak Chinese call the styles of headings."""
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~])")
_BLOCK_START: Final = re.compile(r"(?m)^(\s*)([#+-]|\d+[.)])(?=\s)")


def is_docx(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a Word document, told by what is in it."""
    return PARTS in archive.NameToInfo


def read(path: Path, aside: Aside) -> tuple[str, list[Said]]:
    """The document in `path` as Markdown, and what of it is not there; its pictures are laid `aside`. Raises Refused
    with what to do."""
    import mammoth  # it costs a tenth of a second: only whoever reads a document waits for it

    with zipfile.ZipFile(path) as archive:
        remarks = [*_judged(archive)]
    reasons: list[Said] = []

    def lay(picture: Any) -> dict[str, str]:
        """One that a browser can show; every other one is counted as not brought along."""
        try:
            with picture.open() as stream:
                place = f"media/{len(aside.there) + 1}"
                found = aside.lay(place, stream)
        except (ValueError, KeyError):  # it is only named: it lies outside of the file, or is gone
            return {"src": ""}
        if found.reason:
            reasons.append(found.reason)
        return {"src": place if found.shown else ""}

    try:
        with path.open("rb") as file:
            made = mammoth.convert_to_html(
                file, convert_image=mammoth.images.img_element(lay),
                style_map=_STYLES, include_embedded_style_map=False, external_file_access=False,
            )  # fmt: skip
    except Refused:
        raise
    except Exception as error:  # whatever a broken document makes its reader stumble over
        raise Refused(say("This document cannot be read. Save it anew as DOCX, or bring it as Markdown.")) from error
    writer = _Writer()
    writer.feed(nh3.clean(made.value, tags=_TAGS, attributes={"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan"},
                                                              "th": {"colspan"}}))  # fmt: skip
    writer.close()
    remarks += reasons
    if writer.pictures:
        remarks.append(say("Pictures are not brought along: {n}.", n=writer.pictures))
    if writer.merged:
        remarks.append(say("Joined cells of a table stand apart: {n}.", n=writer.merged))
    return writer.text(), remarks


def _judged(archive: zipfile.ZipFile) -> Iterator[Said]:
    """Raises Refused for a document that swells; says what is ignored."""
    relations = sum(entry.file_size for entry in archive.infolist() if entry.filename.endswith(".rels"))
    for entry in archive.infolist():
        if relations > LARGEST_PART or (entry.filename.endswith(".xml") and entry.file_size > LARGEST_PART):
            raise Refused(
                say("The text of this document is larger than {most} MB: divide it.", most=LARGEST_PART // MB)
            )
    if any(name.lower().endswith("vbaproject.bin") for name in archive.namelist()):
        yield say("There are macros in it: they are ignored.")
    outside = 0
    for name in archive.namelist():
        if name.endswith(".rels"):
            for relation in _RELATION.findall(archive.read(name)):
                outside += bool(_NAMED_OUTSIDE.search(relation) and not _A_LINK.search(relation))
    if outside:
        yield say("It names things outside of the file: they are ignored, nothing is fetched ({n}).", n=outside)
    if "word/comments.xml" in archive.NameToInfo:
        yield say("Comments in the margin are left out.")


_TAGS: Final = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "a", "br", "img"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "td", "th"),
}
_MARKS: Final = {"strong": "**", "em": "*", "s": "~~"}


class _Writer(HTMLParser):
    """Writes what mammoth makes, and the sanitiser left of it, as Markdown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self.pictures = self.merged = 0
        self._line: list[str] = []
        self._lists: list[tuple[str, int]] = []
        self._rows: list[list[str]] = []
        self._depth = 0
        self._links: list[str] = []
        self._tight = False

    def text(self) -> str:
        """The whole document."""
        return "\n\n".join(self.blocks) + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("ul", "ol"):
            self._flush()
            self._lists.append((tag, 0))
        elif tag == "li":
            self._flush()
            kind, count = self._lists.pop() if self._lists else ("ul", 0)
            self._lists.append((kind, count + 1))
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._flush()
                self._rows = []
        elif tag == "tr" and self._depth == 1:
            self._rows.append([])
        elif tag in ("td", "th") and self._depth == 1:
            self._line = []
            if given.get("colspan", "1") not in ("1", None):
                self.merged += 1
        elif tag in _MARKS:
            self._line.append(_MARKS[tag])
        elif tag == "a":
            self._links.append(given.get("href") or "")
            self._line.append("[")
        elif tag == "br":
            self._line.append(" " if self._depth else "\n")
        elif tag == "img" and given.get("src"):
            words = " ".join(re.sub(r"[\[\]\\`*_<>|~]", " ", given.get("alt") or "").split())
            self._line.append(f"![{words}]({given['src']})")
        elif tag == "img":
            self.pictures += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            to = self._links.pop()
            self._line.append(f"]({to})" if re.fullmatch(r"(https?|mailto):[^\s()<>]+", to) else "]")
        elif tag in _MARKS:
            self._close(_MARKS[tag])
        elif tag in ("td", "th") and self._depth == 1 and self._rows:
            self._rows[-1].append(self._taken().replace("\n", " "))
        elif tag == "table":
            self._depth -= 1
            if not self._depth:
                self._table()
        elif self._depth:
            self._line.append(" " if tag in ("p", "li") else "")
        elif tag == "li":
            self._flush()
        elif tag in ("ul", "ol"):
            self._flush()
            self._lists = self._lists[:-1]
            self._tight = bool(self._lists)
        elif tag == "p":
            self._flush()
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            words = " ".join(self._taken().split())
            if words:
                self._add(f"{'#' * int(tag[1])} {words}")

    def handle_data(self, data: str) -> None:
        self._line.append(_SPECIAL.sub(r"\\\1", data))

    def _close(self, mark: str) -> None:
        """Marks stand close around their words; around nothing there are none."""
        at = len(self._line) - 1 - self._line[::-1].index(mark) if mark in self._line else None
        if at is None:
            return
        words = "".join(self._line[at + 1 :])
        bare = words.strip()
        before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
        self._line[at:] = [before, f"{mark}{bare}{mark}", after] if bare else [words]

    def _taken(self) -> str:
        words, self._line = "".join(self._line).strip(), []
        return words

    def _flush(self) -> None:
        if self._depth:
            return
        words = _BLOCK_START.sub(_shielded, self._taken())
        if not words:
            return
        if not self._lists:
            self._tight = False
            self._add(words)
            return
        kind, count = self._lists[-1]
        mark = f"{count or 1}." if kind == "ol" else "-"
        room = "   " * (len(self._lists) - 1)
        line = f"{room}{mark} " + words.replace("\n", f"\n{room}   ")
        if self._tight and self.blocks:
            self.blocks[-1] += f"\n{line}"
        else:
            self._add(line)
        self._tight = True

    def _add(self, block: str) -> None:
        self.blocks.append(block)

    def _table(self) -> None:
        rows = [row for row in self._rows if any(row)]
        if not rows:
            return
        width = max(map(len, rows))
        lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
        self._add("\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]))


def _shielded(start: re.Match[str]) -> str:
    """A line that would begin a heading or a list does not: `1. 总则` as people type it stays what it is."""
    space, mark = start.groups()
    return f"{space}\\{mark}" if len(mark) == 1 else f"{space}{mark[:-1]}\\{mark[-1]}"
