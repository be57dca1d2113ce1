"""What a question is, when it is answered rightly, and when a quiz is passed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.policies.acknowledgement_rules import KnownRules

MOST_QUESTIONS = 30
MOST_CHOICES = 6
LONGEST = 500
"""Characters of a question, and of what can be ticked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be ticked under a question."""

    words: str
    right: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is written. `stable`: the clause in which the answer stands, "" where none is named."""

    words: str
    choices: tuple[Choice, ...]
    stable: str = ""


def refuse_faulty(question: Question) -> None:
    """Raises Refused for a question that nobody could answer, or that everybody would."""
    if not question.words:
        raise Refused(say("Write the question."), field="words")
    if max(map(len, (question.words, *(one.words for one in question.choices)))) > LONGEST:
        raise Refused(say("At most {most} characters.", most=LONGEST), field="words")
    if len(question.choices) < 2:
        raise Refused(say("Give at least two answers to choose from."), field="choice_1")
    if len(question.choices) > MOST_CHOICES:
        raise Refused(say("Give at most {most} answers to choose from.", most=MOST_CHOICES), field="choice_1")
    if len({one.words for one in question.choices}) < len(question.choices):
        raise Refused(say("Two of the answers are the same."), field="choice_1")
    if not any(one.right for one in question.choices):
        raise Refused(say("Tick which of the answers are right."), field="choice_1")
    if all(one.right for one in question.choices):
        raise Refused(say("At least one of the answers has to be wrong."), field="choice_1")


def right_of(choices: Sequence[Choice]) -> frozenset[int]:
    """The places of the right answers."""
    return frozenset(place for place, one in enumerate(choices) if one.right)


def is_right(choices: Sequence[Choice], ticked: Collection[int]) -> bool:
    """Whether exactly the right answers are ticked: half of them is not known."""
    return frozenset(ticked) == right_of(choices)


def wanted_of(asked: int, rules: KnownRules) -> int:
    """How many of so many questions must be answered rightly: the share that the manual names, rounded up."""
    return -(-asked * rules.quiz_pass.value // 100)


def digest(questions: Iterable[Question]) -> str:
    """SHA-256 over a quiz: each question with its answers, which of them are right, and its clause; "" for none."""
    parts = [[one.words, [[choice.words, choice.right] for choice in one.choices], one.stable] for one in questions]
    if not parts:
        return ""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
