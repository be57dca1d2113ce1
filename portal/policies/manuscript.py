"""A manual as one text file: a head of `name: value` lines, then clauses with their rulings. Pure.

    ---
    code: KF-01
    title: 客户服务手册
    title-en: Customer service manual
    version: 2.0
    ---
    # 4 投诉 {#complaints}

    ## 4.2 答复时限 {#complaint-answer}

    收到投诉的次日起三日内，给客户一个明确的答复。

    rules: tickets.complaint_answer = 3 days

    rules: tickets.first_response
      priority=urgent: 10 minutes
      otherwise: 24 hours

    quiz: 收到投诉后，几日内答复？ {#complaint-answer}
      [ ] 一日
      [x] 三日

A heading names the clause: its number, its words, its id in every version, and where it belongs: `.introduction`,
`.appendix`, `.ethics`. Lines set in below `rules:` carry on. Below `quiz:` stand the answers to choose from, the right
ones ticked; the id names the clause in which the answer stands: without one it is the clause above, `{#}` names none.
`write` makes such a file of a version that was published; `handbook` reads it back, whatever somebody did to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from portal.kernel.errors import Refused
from portal.kernel.text import printable, say
from portal.policies.quiz_rules import Choice, Question
from portal.policies.rules import ClauseText
from portal.policies.states import Chapter, Part

_HEADING = re.compile(
    r"#{1,4} +(?P<number>[\d.]+) +(?P<heading>.+?) +\{#(?P<stable>[^}\s]+)(?P<places>( +\.[\w-]+)*)\} *"
)
LIKE_OURS = re.compile(r" *(?=#|rules:|quiz:)")
"""A line of a clause that would be taken for a heading, a ruling or a question: it is set in by one space more."""
_CHOICE = re.compile(r"[ \t]{0,8}(?:[-*+] )?\[(?P<right>[ xX✓√]?)\][ \t]+(?P<words>\S.*)")
_RULING = re.compile(r"rules: *(?P<key>[\w.]+) *(= *(?P<value>.*))?")


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What stands in the file: the head as it was written, the clauses in their order."""

    head: dict[str, str]
    clauses: tuple[ClauseText, ...]


def read(text: str) -> Manuscript:
    """The manual in `text`. Raises Refused with the number of the line that cannot be read."""
    lines = [*enumerate(text.removeprefix("\ufeff").splitlines(), start=1)]
    end = next((at for at, line in lines[1:] if line.strip() == "---"), None)
    if not lines or lines[0][1].strip() != "---" or end is None:
        raise Refused(say("A manual begins with a head between two lines of ---."))
    head = {}
    for at, line in lines[1 : end - 1]:
        name, colon, value = line.partition(":")
        if not colon:
            raise Refused(say("Line {line}: write a name, a colon and a value.", line=at))
        head[name.strip()] = value.strip()
    return Manuscript(head, tuple(_clauses(lines[end:])))


def _clauses(lines: list[tuple[int, str]]) -> Iterator[ClauseText]:
    name: dict[str, str] | None = None
    words: list[str] = []
    rulings: dict[str, str] = {}
    ruling = ""
    for at, line in lines:
        if line.startswith("#"):
            if name:
                yield _clause(name, words, rulings)
            found = _HEADING.fullmatch(line)
            if not found:
                raise Refused(
                    say("Line {line}: a clause begins like this: ## 4.2 Heading {example}", line=at, example="{#id}")
                )
            name, words, rulings, ruling = found.groupdict(), [], {}, ""
        elif found := _RULING.fullmatch(line):
            ruling = found["key"]
            if ruling in rulings or not name:
                raise Refused(say("Line {line}: a clause rules on a key once.", line=at))
            rulings[ruling] = (found["value"] or "").strip()
        elif ruling and line.startswith("  ") and line.strip():
            rulings[ruling] = "; ".join(filter(None, [rulings[ruling], line.strip()]))
        elif line.strip() and not name:
            raise Refused(say("Line {line}: before the first clause there is only the head.", line=at))
        else:
            ruling = ""
            words.append(line)
    if name:
        yield _clause(name, words, rulings)


def _clause(name: dict[str, str], words: list[str], rulings: dict[str, str]) -> ClauseText:
    places = [one.removeprefix(".") for one in name["places"].split()]
    return ClauseText(
        name["stable"], name["number"], name["heading"], "\n".join(words).strip(), rulings,
        next((Part(one) for one in places if one in list(Part)), Part.BODY),
        next((Chapter(one) for one in places if one in list(Chapter)), None),
    )  # fmt: skip


def write(
    head: Mapping[str, str], clauses: Iterable[ClauseText], questions: Iterable[Question] = ()
) -> Iterator[str]:  # fmt: skip
    """A manual as its file, in pieces. What does not fit on one line of the head stands there in quotes. `questions`:
    the quiz about it, with what is right."""
    yield "---\n"
    for name, value in head.items():
        yield f"{name}: {_quoted(value)}\n"
    yield "---\n"
    for one in clauses:
        places = [one.part] if one.part is not Part.BODY else []
        marks = "".join(f" .{place}" for place in (*places, one.chapter) if place)
        yield f"\n{'#' * (one.number.count('.') + 1)} {one.number} {one.heading} {{#{one.stable}{marks}}}\n"
        if one.text:
            yield f"\n{_set_in(one.text)}\n"
        for key, value in one.rulings.items():
            lines = value.split("; ")
            yield f"\nrules: {key} = {value}\n" if len(lines) == 1 else f"\nrules: {key}\n"
            yield from (f"  {line}\n" for line in lines if len(lines) > 1)
    for asked in questions:
        yield f"\nquiz: {_quoted(asked.words)} {{#{asked.stable}}}\n"
        yield from (f"  [{'x' if choice.right else ' '}] {_quoted(choice.words)}\n" for choice in asked.choices)


def question_begun(line: str) -> tuple[str, str | None] | None:
    """The words of a question that begins with this line, and the clause that it names, None where it names none; None
    for another line."""
    if not line.startswith("quiz:") or line[5:6] not in ("", " ", "\t"):
        return None
    words, stable = line[5:].strip(), None
    at = words.rfind("{#")
    if at >= 0 and words.endswith("}") and words[at - 1 : at] in ("", " ", "\t"):
        words, stable = words[:at].rstrip(), words[at + 2 : -1].strip()
    return unquoted(words), stable


def choice_of(line: str) -> Choice | None:
    """An answer to choose from, below its question; None for another line."""
    found = _CHOICE.fullmatch(line.rstrip())
    return Choice(unquoted(found["words"]), bool(found["right"].strip())) if found else None


def unquoted(value: str) -> str:
    """What stands on one line, without its quotes where it has some."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return printable(str(json.loads(value)))
        except ValueError:
            return value[1:-1]
    return value[1:-1].replace("''", "'") if len(value) > 1 and value[0] == value[-1] == "'" else value


def _quoted(value: str) -> str:
    plain = value == value.strip() and "\n" not in value and "\r" not in value and value[:1] not in ("'", '"')
    return value if plain else json.dumps(value, ensure_ascii=False)


def _set_in(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(f" {line}" if LIKE_OURS.match(line) else line for line in lines)
