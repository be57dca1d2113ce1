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

A heading names the clause: its number, its words, its id in every version. Lines set in below `rules:` carry on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.policies.rules import ClauseText

_HEADING = re.compile(r"#{1,4} +(?P<number>[\d.]+) +(?P<heading>.+?) +\{#(?P<stable>[^}]+)\} *")
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
    return ClauseText(name["stable"], name["number"], name["heading"], "\n".join(words).strip(), rulings)
