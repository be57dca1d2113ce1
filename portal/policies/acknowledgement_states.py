"""How somebody makes known that they know a version of a manual, and the life of what was asked of them as a table."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.lifecycle import Lifecycle, step
from portal.kernel.permissions import P
from portal.kernel.text import Said, say


class Way(StrEnum):
    """How a manual wants to be acknowledged."""

    READ = "read"
    SIGN = "sign"
    QUIZ = "quiz"
    QUIZ_SIGN = "quiz and sign"

    @property
    def label(self) -> Said:
        """The way as people say it."""
        return _WAYS[self]

    @property
    def verb(self) -> Said:
        """What is to be done that way, as it stands on a button."""
        return _VERBS[self]

    @property
    def signs(self) -> bool:
        """Whether it ends with a signature."""
        return self in (Way.SIGN, Way.QUIZ_SIGN)

    @property
    def quizzes(self) -> bool:
        """Whether a quiz is passed first."""
        return self in (Way.QUIZ, Way.QUIZ_SIGN)

    @property
    def without_quiz(self) -> Way:
        """The same for a version about which nothing is asked."""
        return Way.SIGN if self.signs else Way.READ


class Known(StrEnum):
    """Where an acknowledgement stands. SUPERSEDED: a newer version asks; VOID: it binds that person no more."""

    OPEN = "open"
    READ = "read"
    PASSED = "passed"
    SIGNED = "signed"
    PAPER = "signed on paper"
    DECLINED = "declined"
    EXEMPT = "exempt"
    SUPERSEDED = "superseded"
    VOID = "void"

    @property
    def label(self) -> Said:
        """The state as people say it."""
        return _STATES[self]

    @property
    def tone(self) -> str:
        """How the state looks in a list."""
        return _TONES.get(self, "void")


K = Known
DONE = frozenset({K.READ, K.PASSED, K.SIGNED, K.PAPER})
"""Whoever stands here has acknowledged."""
UNDECIDED = frozenset({K.OPEN, K.DECLINED})
HELD = DONE | {K.DECLINED, K.EXEMPT}
"""What a minor version keeps: nobody here is asked again by it."""

ACKNOWLEDGEMENT = Lifecycle(
    step("acknowledge", before=UNDECIDED,    after=None,       own=("person_id",)),
    step("decline",     before={K.OPEN},     after=K.DECLINED, own=("person_id",)),
    step("ask again",   before={K.DECLINED}, after=K.OPEN,     own=("owner_id",)),
    step("exempt",      before=UNDECIDED,    after=K.EXEMPT,   by=P.ACKNOWLEDGEMENTS_KEEP),
    step("paper",       before=UNDECIDED,    after=K.PAPER,    by=P.ACKNOWLEDGEMENTS_KEEP),
)  # fmt: skip

_WAYS = {
    Way.READ: say("by saying that one has read it"),
    Way.SIGN: say("with a signature"),
    Way.QUIZ: say("by passing its quiz"),
    Way.QUIZ_SIGN: say("by passing its quiz, then with a signature"),
}
_VERBS = {
    Way.READ: say("Read and acknowledge"),
    Way.SIGN: say("Read and sign"),
    Way.QUIZ: say("Read and take the quiz"),
    Way.QUIZ_SIGN: say("Read, take the quiz, sign"),
}
_STATES = {
    K.OPEN: say("not yet acknowledged"),
    K.READ: say("read"),
    K.PASSED: say("quiz passed"),
    K.SIGNED: say("signed for"),
    K.PAPER: say("signed on paper"),
    K.DECLINED: say("not acknowledged, with a reason"),
    K.EXEMPT: say("need not acknowledge"),
    K.SUPERSEDED: say("a newer version asks"),
    K.VOID: say("no longer bound by it"),
}
_TONES = {K.OPEN: "waiting", K.READ: "done", K.PASSED: "done", K.SIGNED: "done", K.PAPER: "done", K.DECLINED: "late"}
