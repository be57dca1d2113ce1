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

    @property
    def label(self) -> Said:
        """The way as people say it."""
        return _WAYS[self]


class Known(StrEnum):
    """Where an acknowledgement stands. SUPERSEDED: a newer version asks; VOID: it binds that person no more."""

    OPEN = "open"
    READ = "read"
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
DONE = frozenset({K.READ, K.SIGNED, K.PAPER})
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

_WAYS = {Way.READ: say("by saying that one has read it"), Way.SIGN: say("with a signature")}
_STATES = {
    K.OPEN: say("not yet acknowledged"),
    K.READ: say("read"),
    K.SIGNED: say("signed for"),
    K.PAPER: say("signed on paper"),
    K.DECLINED: say("not acknowledged, with a reason"),
    K.EXEMPT: say("need not acknowledge"),
    K.SUPERSEDED: say("a newer version asks"),
    K.VOID: say("no longer bound by it"),
}
_TONES = {K.OPEN: "waiting", K.READ: "done", K.SIGNED: "done", K.PAPER: "done", K.DECLINED: "late"}
