"""What a version must be before it may be published, and the hash of what was. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.policies.quiz_rules import Question
from portal.policies.rulebook import key_called
from portal.policies.states import Chapter, ManualKind, Part

CODE = re.compile(r"[A-Z]{2,5}-[0-9]{2,3}")
NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
STABLE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

FORMS = (1, 2)
"""The forms that the hash of a version has had: 1 was not over the words that open it. What was published keeps its
own."""
FORM = FORMS[-1]
"""The form that a version gets now."""


def half_width(typed: str) -> str:
    """A number or a code as it is kept, however wide its characters were typed: ４．２ is 4.2."""
    return unicodedata.normalize("NFKC", typed).strip()


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as it is written. `stable` names it in every version; `rulings`: key → value as text.

    `part` and `chapter` say where it belongs in the manual (POL-007, POL-008); they are no words of it.
    """

    stable: str
    number: str
    heading: str
    text: str
    rulings: Mapping[str, str] = field(default_factory=dict)
    part: Part = Part.BODY
    chapter: Chapter | None = None


@dataclass(frozen=True, slots=True)
class VersionText:
    """A version as it is handed in. `drops`: keys that the version before ruled on and this one means to leave open;
    `places`: whom it binds, as `places` writes them, none for everybody; `narrows`: whom it binds no more loses what
    was ruled for them, and that is meant; `questions`: the quiz about it. `purpose` and `principles` open it: None for
    those that its manual has, "" for none."""

    major: int
    minor: int
    effective_from: date
    clauses: tuple[ClauseText, ...]
    summary: str = ""
    drops: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    narrows: bool = False
    purpose: str | None = None
    principles: str | None = None

    @property
    def label(self) -> str:
        """As people say it: 2.1."""
        return f"{self.major}.{self.minor}"

    def rulings(self) -> dict[str, str]:
        """Every ruling of the version: key → value as text."""
        return {key: value for clause in self.clauses for key, value in clause.rulings.items()}


def refuse_faulty_text(version: VersionText) -> None:
    """Raises Refused, naming the clause, for a version whose clauses cannot be cited or rule on what nobody asks."""
    if not version.clauses:
        raise Refused(say("A version without a clause rules nothing."))
    if doubled := _doubled(clause.number for clause in version.clauses):
        raise Refused(say("Two clauses have the same number, {number}.", number=doubled))
    if doubled := _doubled(clause.stable for clause in version.clauses):
        raise Refused(say("Two clauses have the same id, {name}.", name=doubled))
    for clause in version.clauses:
        if not NUMBER.fullmatch(clause.number):
            raise Refused(say("“{number}” is no number of a clause. Write 4 or 4.2.", number=clause.number))
        if not STABLE.fullmatch(clause.stable):
            raise Refused(
                say("“{name}” is no id of a clause. Use small letters, digits and hyphens.", name=clause.stable)
            )
        if not clause.heading.strip():
            raise Refused(say("Clause {number} has no heading.", number=clause.number))
    if doubled := _doubled(key for clause in version.clauses for key in clause.rulings):
        raise Refused(say("Two clauses rule on {key}.", key=doubled))


def as_kept(version: VersionText) -> VersionText:
    """The version with each value in the one spelling that is kept.

    Raises Refused, naming the clause, for a key that is not declared and for a value that is none or out of bounds.
    """
    return replace(version, clauses=tuple(replace(one, rulings=_written(one)) for one in version.clauses))


def _written(clause: ClauseText) -> dict[str, str]:
    found = {}
    for name, value in clause.rulings.items():
        try:
            key = key_called(name)
            found[name] = key.write(key.parse(value))
        except Refused as no:
            raise Refused(say("Clause {number}: {problem}", number=clause.number, problem=no.sentence)) from no
    return found


def digest(manual: str, scope: str, version: VersionText, form: int = FORM) -> str:
    """SHA-256 over what was published: whose manual, which version, from which day, each clause with its rulings, whom
    it binds where that is not everybody, and from `form` 2 on the words that open it.

    `scope` is the code of the department, empty for the whole company. Written in one way on every database.
    """
    parts: list[object] = [
        manual,
        scope,
        version.label,
        version.effective_from.isoformat(),
        [[one.stable, one.number, one.heading, one.text, sorted(one.rulings.items())] for one in version.clauses],
    ]
    if version.places:
        parts.append(sorted(version.places))
    if form >= 2:
        parts.append({"purpose": version.purpose or "", "principles": version.principles or ""})
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def refuse_missing_parts(kind: ManualKind, clauses: Iterable[ClauseText]) -> None:
    """Raises Refused, naming what is missing, unless the text has its three parts and a code of conduct its four
    chapters (POL-007, POL-008)."""
    there = list(clauses)
    parts = [one.label for one in Part if one not in {clause.part for clause in there}]
    if parts:
        raise Refused(say("The text still lacks this part: {part}.", part=parts[0]))
    if kind is ManualKind.CONDUCT:
        chapters = [one.label for one in Chapter if one not in {clause.chapter for clause in there}]
        if chapters:
            raise Refused(say("A code of conduct also has a chapter about {chapter}.", chapter=chapters[0]))


def renumbered(numbers: Iterable[str]) -> list[str]:
    """The numbers of clauses in their order, counted anew; how deep each stands stays: 1, 1.1, 3, 3.5 → 1, 1.1, 2, 2.1.

    What stands deeper than its place allows moves up to it.
    """
    counts: list[int] = []
    found = []
    for number in numbers:
        depth = min(number.count(".") + 1, len(counts) + 1, 4)
        counts = [*counts[:depth], *([0] if len(counts) < depth else [])]
        counts[depth - 1] += 1
        found.append(".".join(map(str, counts)))
    return found


def next_number(numbers: Iterable[str]) -> str:
    """The number that a clause gets which is added at the end: one more than the last one."""
    last = [*numbers][-1:]
    if not last or not NUMBER.fullmatch(last[0]):
        return "1"
    before, dot, end = last[0].rpartition(".")
    return f"{before}{dot}{int(end) + 1}"


def _doubled(names: Iterable[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)
