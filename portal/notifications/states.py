"""Kinds of news, the ways on which they reach a person, and what somebody gets who has chosen nothing."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.text import Said, say


class Way(StrEnum):
    """How news reaches a person."""

    BELL = "bell"
    MAIL = "mail"
    DIGEST = "digest"

    @property
    def label(self) -> Said:
        """As people say it."""
        return _WAYS[self]


class News(StrEnum):
    """Kinds of news, what matters most first: of several facts of one act a person hears the first kind alone."""

    ALARM = "alarm"
    FOR_ME = "for me"
    ANSWERS = "answers"
    CUSTOMER = "customer"
    DESK = "desk"
    REQUESTS = "requests"
    PROGRESS = "progress"
    MYSELF = "myself"

    @property
    def label(self) -> Said:
        """What it is about, as people say it."""
        return _NEWS[self][0]

    @property
    def hint(self) -> Said:
        """What belongs to it."""
        return _NEWS[self][1]

    @property
    def weight(self) -> int:
        """0 for what matters most."""
        return list(News).index(self)


USUAL: dict[News, frozenset[Way]] = {
    News.ALARM: frozenset({Way.BELL, Way.MAIL}),
    News.FOR_ME: frozenset({Way.BELL, Way.MAIL}),
    News.ANSWERS: frozenset({Way.BELL}),
    News.CUSTOMER: frozenset({Way.BELL}),
    News.DESK: frozenset({Way.BELL}),
    News.REQUESTS: frozenset({Way.BELL, Way.MAIL}),
    News.PROGRESS: frozenset({Way.BELL}),
    News.MYSELF: frozenset({Way.BELL, Way.DIGEST}),
}
"""What somebody gets who has chosen nothing."""

_WAYS = {Way.BELL: say("Bell"), Way.MAIL: say("Mail at once"), Way.DIGEST: say("Daily letter")}
_NEWS = {
    News.ALARM: (say("Alarms"), say("serious, urgent, escalated, a limit missed")),
    News.FOR_ME: (say("What waits for me"), say("offered to me, asked of me, to be told to the customer")),
    News.ANSWERS: (say("Answers to me"), say("what became of what I handed on or asked")),
    News.CUSTOMER: (say("The customer spoke"), say("in touch again, satisfied or not")),
    News.DESK: (say("My department’s desk"), say("what came in, was offered to all of us, or ran late there")),
    News.REQUESTS: (say("My own requests"), say("what colleagues did about what I asked for")),
    News.PROGRESS: (say("What I look after or follow"), say("notes, replies, handed on, solved, closed")),
    News.MYSELF: (
        say("About me"),
        say("my account, posts, roles, deputies, pay, appraisals; a manual that binds me is taken back or repealed"),
    ),
}
