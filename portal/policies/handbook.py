"""Markdown files that somebody brings, as the clauses of a manual. Pure: files in, clauses and remarks out.

One file is a manual whose headings are its clauses, as `manuscript.write` makes it. A folder is a handbook: a folder is
a clause, a page is a clause below it, and so are the headings of a page, as far as there is room. Ids in the files are
kept (`## 4.2 Words {#complaint-answer}`); a clause without one gets an id that is the same the next time.

Nothing is fetched: links between the pages lead to their clauses, pictures and files that came with them belong to the
clause that names them, and what would lead nowhere becomes its words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote

from portal.kernel.errors import Refused
from portal.kernel.text import Said, printable, say
from portal.policies import rules
from portal.policies.manuscript import LIKE_OURS, choice_of, question_begun, unquoted
from portal.policies.pictures import NOTHING, Picture
from portal.policies.quiz_rules import MOST_QUESTIONS, Choice, Question, refuse_faulty
from portal.policies.rulebook import key_called
from portal.policies.rules import ClauseText
from portal.policies.states import Chapter, Part

MOST_CLAUSES = 2_000
LONGEST = 60_000
"""Characters of one clause."""
ROOMY = 20_000
"""A longer text is divided where it has headings or paragraphs."""
LONGEST_HEADING = 120
_LONGEST_MARKS = 400
DEEPEST = 4
MOST_HEADINGS = 50_000
MOST_NOTES = 10_000
"""Remarks, problems, and places that are remembered for them: whoever makes more of them wants no answer (attack 7)."""
MARKDOWN = (".md", ".markdown")

_MARKS = re.compile(r"\{#(?P<stable>[^\s{}]{1,200})(?P<places>(?:[ \t]+\.[\w-]+)*)[ \t]*\}")
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,3})(?:[、．]|\.?(?=[ \t\u3000]))[ \t\u3000]*(?P<words>\S.*)")
_RULING = re.compile(r"rules:[ \t]*(?P<key>\w+(?:\.\w+)+)[ \t]*(?:=[ \t]*(?P<value>.*))?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r'(!?)\[([^\[\]\n]{0,500})\]\([ \t]*<?([^\s()<>]{1,1000})>?(?:[ \t]+"[^"\n]{0,300}")?[ \t]*\)')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|/|#|\?", re.IGNORECASE)
_KEPT = re.compile(r"/manuals/files/[0-9a-f]{64}")
_TICKED = re.compile(r"`[^`\n]*`")
_HTML = re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>")
_HEAD_LINE = re.compile(r"(?P<name>[\w-]{1,40}):(?:[ \t]+(?P<value>.*))?")
_INDEX = ("index", "_index", "readme")
_ORDER = ("weight", "order", "sidebar_position", "nav_order")


@dataclass(frozen=True, slots=True)
class File:
    """A Markdown file: its place in the folder, with slashes, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a file that whoever brings it should know."""

    file: str
    line: int
    sentence: Said


@dataclass(frozen=True, slots=True)
class Handbook:
    """What the files say. `problems` forbid taking it over, `remarks` do not. `rules`: they name values
    themselves. `files`: hashes of the pictures and files that its clauses name; `said_at`: where a line of the head
    stands, by its name."""

    head: dict[str, str]
    clauses: tuple[ClauseText, ...]
    problems: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    placed: bool
    rules: bool
    files: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    said_at: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Asked:
    """A question as it is read; `stable` None: it names no clause and stands in the one above it."""

    file: str
    line: int
    words: str
    stable: str | None
    choices: list[Choice] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    """A clause to be. `exact`: it left a portal, and not a sign of its text is to be another one."""

    words: str
    file: str = ""
    line: int = 0
    stable: str = ""
    part: Part | None = None
    chapter: Chapter | None = None
    lines: list[str] = field(default_factory=list)
    rulings: dict[str, str] = field(default_factory=dict)
    ruled_at: dict[str, int] = field(default_factory=dict)
    asked: list[_Asked] = field(default_factory=list)
    below: list[_Section] = field(default_factory=list)
    page: bool = False
    order: float = 0
    folder: str = ""
    exact: bool = False

    @property
    def named(self) -> bool:
        """Whether it is a clause whatever room there is."""
        return bool(self.page or self.stable or self.rulings or self.asked)

    @property
    def text(self) -> str:
        text = "\n".join(self.lines)
        return text if self.exact else text.strip()

    def hands_down(self, to: _Section) -> None:
        """It is no clause: its questions go before those of `to`, and name none."""
        for one in self.asked:
            one.stable = one.stable or ""
        to.asked[:0] = self.asked

    def lets_go(self) -> None:
        """What comes now brought the empty line before it."""
        if self.exact and self.lines and not self.lines[-1]:
            self.lines.pop()


class _Notes:
    """Remarks and problems, in the order in which they were met; `lines`: where in a file a link stands first; `heads`:
    where something is said in a head;
    `pictures`: what came with the texts, by its place, and `used` the hashes of what they name."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self.pictures = pictures
        self.used: set[str] = set()
        self.problems: list[Remark] = []
        self.remarks: list[Remark] = []
        self.lines: dict[tuple[str, str], int] = {}
        self.heads: dict[tuple[str, str], tuple[str, int]] = {}
        self.headings = 0

    def problem(self, file: str, line: int, sentence: Said) -> None:
        if len(self.problems) < MOST_NOTES:
            self.problems.append(Remark(file, line, sentence))

    def remark(self, file: str, line: int, sentence: Said) -> None:
        if len(self.remarks) < MOST_NOTES:
            self.remarks.append(Remark(file, line, sentence))

    def heading(self) -> None:
        """One more. Raises Refused for more than anybody writes."""
        self.headings += 1
        if self.headings > MOST_HEADINGS:
            raise Refused(say("There are more than {most} headings in it: divide it.", most=MOST_HEADINGS))

    def link(self, file: str, to: str, line: int) -> None:
        """Where it stands first."""
        if len(self.lines) < MOST_NOTES:
            self.lines.setdefault((file, to), line)

    def said(self, name: str, value: str, file: str, line: int) -> None:
        """Where something is said in a head."""
        if len(self.heads) < MOST_NOTES:
            self.heads.setdefault((name, value), (file, line))


def read(
    files: Sequence[File], known: Mapping[str, str] | None = None, pictures: Mapping[str, Picture] = NOTHING
) -> Handbook:
    """The manual in `files`. `known`: heading → id of the clauses that the manual has, for headings without an id.
    `pictures`: what came with them, by its place in the folder.

    Raises Refused where there is nothing to read.
    """
    notes = _Notes(pictures)
    if not files:
        raise Refused(say("There is no Markdown file in it: names end in .md."))
    head: dict[str, str] = {}
    if len(files) == 1:
        tops, head = _one_file(files[0], notes)
    else:
        tops, head = _folder(files, notes)
    if not tops:
        raise Refused(say("There is no heading in it: a clause begins with # and its words."))
    deepest = next((one for one in range(5, -1, -1) if _count(tops, one) <= MOST_CLAUSES), 0)
    flat = [*_flat(tops, deepest, notes)]
    if len(flat) > MOST_CLAUSES:
        notes.problem("", 0, say("These are {n} clauses; a manual has {most} at most.", n=len(flat), most=MOST_CLAUSES))
        del flat[MOST_CLAUSES:]
    stables = _ids(flat, known or {}, notes)
    clauses = _named(flat, stables, notes)
    questions = _questions(flat, stables, notes)
    placed = any(one.part or one.chapter for one, _depth, _text in flat)
    return Handbook(
        head, tuple(clauses), tuple(notes.problems), tuple(notes.remarks), placed,
        any(one.rulings for one in clauses), frozenset(notes.used), questions,
        {name: notes.heads[name, value] for name, value in head.items() if (name, value) in notes.heads},
    )  # fmt: skip


# ── Files to sections ──


def _one_file(file: File, notes: _Notes) -> tuple[list[_Section], dict[str, str]]:
    """Its headings are the clauses; a single first heading above all others, without number and id, is the title."""
    head, page = _page(file, notes)
    tops = page.below
    if len(tops) == 1 and tops[0].below and not tops[0].stable and not _NUMBERED.fullmatch(tops[0].words):
        head.setdefault("title", tops[0].words)
        if not tops[0].text:
            tops[0].hands_down(tops[0].below[0])
        tops = [*([tops[0]] if tops[0].text else []), *tops[0].below]
        if tops[0].below:
            tops[0].below = []
    if page.text:
        page.words = head.get("title") or page.words
        page.below = []
        tops = [page, *tops]
    elif tops:
        page.hands_down(tops[0])
    return tops, head


def _folder(files: Sequence[File], notes: _Notes) -> tuple[list[_Section], dict[str, str]]:
    """A tree of folders and pages; the folder that holds them all is the manual itself."""
    shared = _shared(files)
    folders: dict[str, _Section] = {}
    root = _Section("", folder="")
    folders[""] = root
    book: dict[str, str] = {}
    claims: dict[str, str] = {}

    def folder(path: str) -> _Section:
        if path not in folders:
            above, _slash, name = path.rpartition("/")
            folders[path] = _Section(_words_of(name), file=path, page=True, folder=path)
            folder(above).below.append(folders[path])
        return folders[path]

    for one in sorted(files, key=lambda one: one.path):
        path = one.path.removeprefix(shared)
        above, _slash, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        head, page = _page(one, notes)
        if head.get("draft") == "true":
            notes.remark(one.path, 1, say("It says of itself that it is a draft: it is left out."))
            continue
        if code := head.get("code"):
            _judge_claim(one.path, code[:LONGEST_HEADING], claims, notes)
        tops = page.below
        own = not any(top.stable for top in tops) and (len(tops) == 1 or "title" in head or bool(page.text))
        if own and len(tops) == 1 and (not page.text or tops[0].words == head.get("title")):
            head.setdefault("title", tops[0].words)
            page.lines += tops[0].lines
            page.rulings.update(tops[0].rulings)
            page.ruled_at.update(tops[0].ruled_at)
            page.asked += tops[0].asked
            page.line, page.below = tops[0].line, tops[0].below
        page.words = " ".join(head.get("title", "").split()) or _words_of(stem)
        page.page, page.order = own, _order(head)
        if rules.STABLE.fullmatch(head.get("id", "")):
            page.stable = head["id"]
        place = folder(above)
        if stem.lower() in _INDEX:
            if not above:
                book = {**head, **book}
            if own and above:
                place.words, place.lines, place.order = page.words, page.lines, page.order
                place.file, place.line, place.stable = one.path, page.line, page.stable
                place.rulings, place.ruled_at, place.asked = page.rulings, page.ruled_at, page.asked
                place.below[:0] = page.below
                continue
            page.order = float("-inf")
        elif "code" in head:
            book = {**book, **head}
        if not own and tops:
            page.hands_down(tops[0])
        place.below += [page] if own else tops
    _sort(root)
    return root.below, book


def _judge_claim(file: str, code: str, claims: dict[str, str], notes: _Notes) -> None:
    """One file of a folder says which manual it is; a second one that does is a problem. `claims`: code → file."""
    first = next(iter(claims), "")
    if code in claims:
        notes.problem(file, 1, say("“{other}” says as well that it is {code}: bring one of the two.",
                                   other=claims[code], code=code))  # fmt: skip
    elif first:
        said = say("It says that it is {code}, “{other}” that it is {first}: bring one manual at a time.",
                   code=code, other=claims[first], first=first)  # fmt: skip
        notes.problem(file, 1, said)
    claims.setdefault(code, file)


def _shared(files: Sequence[File]) -> str:
    """The folders that all files lie in, with the slash behind them."""
    parents = [PurePosixPath(one.path).parent.parts for one in files]
    first, last = min(parents), max(parents)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return "".join(f"{part}/" for part in first[:same])


def _sort(of: _Section) -> None:
    """By the order that pages name for themselves; without one they stay in the order of their names."""
    of.below.sort(key=lambda one: one.order)
    for one in of.below:
        if one.folder:
            _sort(one)


def _page(file: File, notes: _Notes) -> tuple[dict[str, str], _Section]:
    """A file's head, and its text as sections one below the other."""
    lines = printable(file.text.removeprefix("\ufeff")).split("\n")
    head, first = _head(file.path, lines, notes)
    page = _Section(_words_of(PurePosixPath(file.path).stem), file.path, first + 1)
    ours = "hash" in head
    open_ones: list[tuple[int, _Section]] = [(0, page)]
    fence, ruling = "", ""
    asked: _Asked | None = None
    html: list[int] = []
    for at, line in enumerate(lines[first:] if ours else _without_comments(lines[first:]), start=first + 1):
        here = open_ones[-1][1]
        found = _heading_in(line) if line.startswith("#") else None
        level, words, marked = found or (0, "", None)
        if found and (not fence or (ours and marked)):
            fence, ruling, asked = "", "", None
            here.lets_go()
            notes.heading()
            section = _heading(file.path, at, words, marked, notes)
            if ours and marked:
                section.exact, section.words = True, words
            while open_ones[-1][0] >= level:
                open_ones.pop()
            open_ones[-1][1].below.append(section)
            open_ones.append((level, section))
        elif (ours or not fence) and (said := _RULING.fullmatch(line)):
            ruling, asked = said["key"], None
            here.lets_go()
            _rule(file.path, at, here, ruling, (said["value"] or "").strip(), notes)
        elif ruling and line.startswith("  ") and line.strip() and len(here.rulings[ruling]) > LONGEST:
            notes.problem(file.path, at, say("A value has {most} characters at most.", most=LONGEST))
            ruling = ""
        elif ruling and line.startswith("  ") and line.strip():
            here.rulings[ruling] = "; ".join(filter(None, [here.rulings.get(ruling, ""), line.strip()]))
        elif (ours or not fence) and (begun := question_begun(line)):
            ruling, asked = "", _Asked(file.path, at, *begun)
            here.lets_go()
            here.asked.append(asked)
            html += [at] * len(_HTML.findall(line))
        elif asked and (choice := choice_of(line)):
            asked.choices.append(choice)
            html += [at] * len(_HTML.findall(line))
        elif asked and not line.strip():
            continue
        else:
            ruling, asked = "", None
            fence = _fence(line, fence)
            if not fence:
                html += [at] * len(_HTML.findall(_TICKED.sub("", line)))
                for link in _LINK.finditer(line) if "](" in line else ():
                    notes.link(file.path, link[3], at)
            here.lines.append(line[1:] if ours and line.startswith(" ") and LIKE_OURS.match(line) else line)
    open_ones[-1][1].lets_go()
    for section in (page, *_below(page)):
        if section.exact and section.lines and not section.lines[0]:
            del section.lines[0]
        section.lines = (
            ["\n".join(section.lines)] if section.lines else []
        )  # a million lines weigh more than their text
    _judge(page, notes)
    if html:
        notes.remark(
            file.path, html[0], say("HTML is shown as it is typed, not carried out ({n} times).", n=len(html))
        )  # fmt: skip
    return head, page


def _heading_in(line: str) -> tuple[int, str, re.Match[str] | None] | None:
    """How deep a heading is, its words, and the marks behind them; None for another line. Without patterns that try a
    long line over and over (attack 7)."""
    level = len(line) - len(line.lstrip("#"))
    if level > 6 or line[level : level + 1] not in ("", " ", "\t"):
        return None
    words = line[level:].strip(" \t")
    bare = words.rstrip("#")
    if bare != words and (not bare or bare[-1] in " \t"):
        words = bare.rstrip(" \t")
    at = words.rfind("{#")
    marked = _MARKS.fullmatch(words, at) if at >= 0 and len(words) - at < _LONGEST_MARKS else None
    return level, words[:at].rstrip(" \t") if marked else words, marked


def _heading(file: str, line: int, words: str, marked: re.Match[str] | None, notes: _Notes) -> _Section:
    section = _Section(_bare(words), file, line)
    if not section.words:
        section.words = "…"
        notes.remark(file, line, say("A heading without words."))
    if len(section.words) > LONGEST_HEADING:
        section.words = section.words[: LONGEST_HEADING - 1] + "…"
        notes.remark(file, line, say("The heading is longer than {most} characters: it is cut.", most=LONGEST_HEADING))
    if marked:
        if rules.STABLE.fullmatch(marked["stable"]):
            section.stable = marked["stable"]
        else:
            notes.remark(
                file, line,
                say("“{name}” is no id of a clause. Use small letters, digits and hyphens.", name=marked["stable"]),
            )  # fmt: skip
        for place in re.findall(r"\.([\w-]+)", marked["places"]):
            section.part = Part(place) if place in list(Part) else section.part
            section.chapter = Chapter(place) if place in list(Chapter) else section.chapter
    return section


def _bare(words: str) -> str:
    """A heading's words without links, stars and ticks: a heading is no Markdown here."""
    words = _LINK.sub(lambda link: link[2], words)
    words = re.sub(r"(?<!\\)(\*\*|__|`|(?<!\w)[*_]|[*_](?!\w))", "", words)
    return " ".join(re.sub(r"\\([\\`*_\[\]<>|~#])", r"\1", words).split())


def _rule(file: str, line: int, here: _Section, key: str, value: str, notes: _Notes) -> None:
    if key in here.rulings:
        notes.problem(file, line, say("Line {line}: a clause rules on a key once.", line=line))
    here.rulings[key], here.ruled_at[key] = value, line


def _judge(page: _Section, notes: _Notes) -> None:
    """Values in their one spelling; what no rulebook knows and what is out of bounds is a problem."""
    for one in (page, *_below(page)):
        for name, value in one.rulings.items():
            try:
                key = key_called(name)
                one.rulings[name] = key.write(key.parse(value))
            except Refused as no:
                notes.problem(one.file, one.ruled_at[name], no.sentence)


def _below(of: _Section) -> Iterator[_Section]:
    for one in of.below:
        yield one
        yield from _below(one)


def _fence(line: str, fence: str) -> str:
    """The marks that close the block of code that is open behind this line; empty where none is."""
    found = _FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found[1]
    closes = found[1][0] == fence[0] and len(found[1]) >= len(fence) and not line.strip(" `~")
    return "" if closes else fence


def _head(file: str, lines: Sequence[str], notes: _Notes) -> tuple[dict[str, str], int]:
    """The lines `name: value` between two lines of ---, and where the text begins."""
    if lines[0].strip() != "---":
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:500], start=1) if line.strip() in ("---", "...")), None)
    if end is None:
        notes.remark(file, 1, say("The head is not closed by a line of ---: it is read as text."))
        return {}, 0
    head: dict[str, str] = {}
    strange = 0
    for at, line in enumerate(lines[1:end], start=2):
        found = _HEAD_LINE.fullmatch(line.rstrip())
        if found and found["value"]:
            name, value = found["name"].lower(), unquoted(found["value"].strip())
            head[name] = value
            notes.said(name, value, file, at)
        elif line.strip() and not line.lstrip().startswith("#"):
            strange = strange or at
    if strange:
        notes.remark(file, strange, say("Of the head only lines of a name, a colon and a value are read."))
    return head, end + 1


def _without_comments(lines: list[str]) -> list[str]:
    """Comments in HTML are nobody's to read; as many lines as before."""
    text = "\n".join(lines)
    shown, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        shown += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*shown, text[at:]]).split("\n") if shown else lines


def _words_of(name: str) -> str:
    """A file's or folder's name as words: `on-call_rota` → On call rota."""
    words = " ".join(re.split(r"[\s_-]+", name)).strip()
    return (words[:1].upper() + words[1:])[:LONGEST_HEADING] or "…"


def _order(head: Mapping[str, str]) -> float:
    for name in _ORDER:
        if re.fullmatch(r"-?\d{1,9}(\.\d{1,3})?", head.get(name, "")):
            return float(head[name])
    return 0


# ── Sections to clauses ──

_Flat = tuple[_Section, int, str]


def _count(tops: Iterable[_Section], deepest: int, inside: int = 0) -> int:
    """How many clauses there are when the headings of a page are clauses to this depth."""
    count = 0
    for one in tops:
        within = 0 if one.page else inside + 1
        if one.named or within <= deepest or inside == 0:
            count += 1
        count += _count(one.below, deepest, within)
    return count


def _flat(
    tops: Iterable[_Section], deepest: int, notes: _Notes, depth: int = 1, inside: int = 0
) -> Iterator[_Flat]:  # fmt: skip
    """Each clause with its depth and its text; what is no clause of its own is part of the one above it."""
    for one in tops:
        within = 0 if one.page else inside + 1
        apart: list[_Section] = []
        joined: list[_Section] = []
        for below in one.below:
            under = 0 if below.page else within + 1
            fits = depth < DEEPEST and under <= deepest
            (apart if fits or _names(below) or len(_merged(below)) > ROOMY // 2 else joined).append(below)
        text = "\n\n".join(filter(None, [one.text, *(_merged(below) for below in joined)])) if joined else one.text
        if len(text) > ROOMY and joined:
            apart, text = one.below, one.text
        pieces = [text] if one.exact else [*_pieces(text)]
        if any(len(piece) > LONGEST for piece in pieces):
            notes.problem(
                one.file, one.line,
                say("A clause has {most} characters at most: make two of it.", most=LONGEST),
            )  # fmt: skip
        elif len(pieces) > 1:
            notes.remark(
                one.file, one.line,
                say("It is longer than {most} characters: {n} clauses are made of it.", most=ROOMY, n=len(pieces)),
            )  # fmt: skip
        yield one, min(depth, DEEPEST), pieces[0]
        for at, piece in enumerate(pieces[1:], start=2):
            more = _Section(f"{one.words[: LONGEST_HEADING - 6]} ({at})", one.file, one.line)
            yield more, min(depth, DEEPEST), piece
        yield from _flat(apart, deepest, notes, depth + 1, within)


def _names(one: _Section) -> bool:
    return one.named or any(_names(below) for below in one.below)


def _merged(one: _Section, level: int = 1) -> str:
    """A section as text within the clause above it."""
    head = f"{'#' * min(level, 6)} {one.words}"
    return "\n\n".join(filter(None, [head, one.text, *(_merged(below, level + 1) for below in one.below)]))


def _pieces(text: str) -> Iterator[str]:
    """The text, divided between paragraphs where it is longer than a clause may be; never inside a block of code."""
    if len(text) <= ROOMY:
        yield text
        return
    piece: list[str] = []
    size, fence, paragraph = 0, "", list[str]()
    for line in [*text.split("\n"), ""]:
        fence = _fence(line, fence)
        paragraph.append(line)
        if line.strip() or fence:
            continue
        length = sum(len(one) + 1 for one in paragraph)
        if piece and size + length > ROOMY:
            yield "\n".join(piece).strip()
            piece, size = [], 0
        piece, size, paragraph = piece + paragraph, size + length, []
    yield "\n".join([*piece, *paragraph]).strip()


def _named(flat: Sequence[_Flat], stables: Sequence[str], notes: _Notes) -> list[ClauseText]:
    """The clauses with their numbers and ids, and the links between them."""
    numbered = [_NUMBERED.fullmatch(one.words) for one, _depth, _text in flat]
    numbers = [rules.half_width(found["number"]) for found in numbered if found]
    kept = len(numbers) == len(flat) == len(set(numbers))
    if not kept:
        numbers = rules.renumbered(".".join(["1"] * depth) for _one, depth, _text in flat)
        for (one, _depth, _text), number in zip(flat, numbers, strict=True):
            if not rules.NUMBER.fullmatch(number):
                notes.problem(one.file, one.line, say("More than {most} clauses stand side by side.", most=999))
                break
    pages = {one.file: stable for (one, _d, _t), stable in zip(reversed(flat), reversed(stables), strict=True)}
    clauses = []
    for (one, _depth, text), number, stable, found in zip(flat, numbers, stables, numbered, strict=True):
        clauses.append(
            ClauseText(
                stable, number, found["words"] if kept and found else one.words, _linked(one, text, pages, notes),
                one.rulings, one.part or Part.BODY, one.chapter,
            )
        )  # fmt: skip
    doubled = Counter(key for one in clauses for key in one.rulings)
    for one, _depth, _text in flat:
        for key in one.rulings:
            if doubled[key] > 1:
                notes.problem(one.file, one.ruled_at[key], say("Two clauses rule on {key}.", key=key))
    return clauses


def _questions(flat: Sequence[_Flat], stables: Sequence[str], notes: _Notes) -> tuple[Question, ...]:
    """The quiz in the files, in its order; what nobody could answer is left out and said."""
    found: list[Question] = []
    for (section, _depth, _text), stable in zip(flat, stables, strict=True):
        for one in section.asked:
            named = stable if one.stable is None else one.stable
            if named not in ("", *stables):
                notes.remark(one.file, one.line, say("“{name}” is no clause of these files: the question names none.",
                                                     name=named[:LONGEST_HEADING]))  # fmt: skip
                named = ""
            question = Question(one.words, tuple(one.choices), named)
            try:
                refuse_faulty(question)
                if len(found) == MOST_QUESTIONS:
                    raise Refused(say("A quiz has {most} questions at most.", most=MOST_QUESTIONS))
            except Refused as no:
                words = one.words if len(one.words) <= LONGEST_HEADING else f"{one.words[:LONGEST_HEADING]}…"
                notes.remark(one.file, one.line, say("The question “{words}” is left out: {why}", words=words,
                                                     why=no.sentence))  # fmt: skip
            else:
                found.append(question)
    return tuple(found)


def _ids(flat: Sequence[_Flat], known: Mapping[str, str], notes: _Notes) -> list[str]:
    """Ids of the files first, then those that the manual has for the same heading, then new ones."""
    words = Counter(_heading_of(one.words) for one, _depth, _text in flat)
    taken: set[str] = set()
    found: list[str] = []
    for one, _depth, _text in flat:
        stable = one.stable
        if stable and stable in taken:
            notes.remark(one.file, one.line, say("Two clauses have the same id, {name}.", name=stable))
            stable = ""
        taken.add(stable)
        found.append(stable)
    for at, (one, _depth, _text) in enumerate(flat):
        heading = _heading_of(one.words)
        there = known.get(heading, "") if words[heading] == 1 else ""
        if not found[at] and there and there not in taken:
            found[at] = there
            taken.add(there)
    times = Counter[str]()
    for at, (one, _depth, _text) in enumerate(flat):
        trail = f"{one.file}\n{one.words}"
        while not found[at]:
            digest = hashlib.sha256(f"{trail}\n{times[trail]}".encode()).hexdigest()
            made = f"{_slug(one.words)}-{digest[:8]}"
            times[trail] += 1
            found[at] = "" if made in taken else made
        taken.add(found[at])
    return found


def _heading_of(words: str) -> str:
    """A heading without its number."""
    found = _NUMBERED.fullmatch(words)
    return found["words"] if found else words


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:40].strip("-") or "c"


def _linked(one: _Section, text: str, pages: Mapping[str, str], notes: _Notes) -> str:
    """Links to other pages lead to their clauses; what leads nowhere in the portal becomes its words."""
    here = PurePosixPath(one.file).parent

    def lead(link: re.Match[str]) -> str:
        picture, words, to = link.groups()
        if _KEPT.fullmatch(to) or (_ELSEWHERE.match(to) and not (picture and to.startswith("/"))):
            return link[0]
        path = _resolved(here, unquote(to.partition("#")[0].partition("?")[0]))
        for candidate in (path, f"{path}.md", f"{path}/index.md", f"{path}/README.md", f"{path}/_index.md"):
            if not picture and candidate in pages:
                return f"[{words}](#s-{pages[candidate]})"
        line = notes.lines.get((one.file, to), one.line)
        there = notes.pictures.get(path)
        if there is None and one.exact and not to.startswith("files/"):
            return link[0]
        if there and there.digest:
            notes.used.add(there.digest)
            if picture and not there.shown:
                notes.remark(one.file, line, say("“{to}” is no picture that can be shown: it is a link.", to=to))
            start, end = (place - link.start() for place in link.span(3))
            begins = link[0][:start] if there.shown else link[0][:start].removeprefix("!")
            return f"{begins}/manuals/files/{there.digest}{link[0][end:]}"
        notes.remark(
            one.file, line,
            there.reason if there and there.reason
            else say("The picture “{to}” is not brought along.", to=to) if picture
            else say("“{to}” is not among these files: the link becomes its words.", to=to),
        )  # fmt: skip
        return words

    fence, lines = "", []
    for line in text.split("\n"):
        was, fence = fence, _fence(line, fence)
        lines.append(line if was or fence or "](" not in line else _LINK.sub(lead, line))
    return "\n".join(lines)


def named_in(files: Iterable[File]) -> set[str]:
    """The last part of every address that a text names."""
    targets = (link[3] for file in files for link in _LINK.finditer(file.text))
    return {unquote(to.partition("#")[0].partition("?")[0]).rpartition("/")[2] for to in targets}


def carried(text: str, names: Mapping[str, str]) -> str:
    """A clause's text as it leaves the portal: what it shows by the hash of its bytes it names by its place beside the
    text, so that `read` makes the same of it. `names`: hash → place."""
    fence, lines = "", []
    for line in text.split("\n"):
        was, fence = fence, _fence(line, fence)
        lines.append(line if was or fence or "](" not in line else _LINK.sub(lambda link: _placed(link, names), line))
    return "\n".join(lines)


def _placed(link: re.Match[str], names: Mapping[str, str]) -> str:
    place = names.get(link[3].removeprefix("/manuals/files/")) if _KEPT.fullmatch(link[3]) else None
    start, end = (at - link.start() for at in link.span(3))
    return f"{link[0][:start]}{place}{link[0][end:]}" if place else link[0]


def _resolved(here: PurePosixPath, to: str) -> str:
    parts: list[str] = []
    for part in (here / to).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
