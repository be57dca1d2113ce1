"""The letters that bring news: plain text, in the language that holds when they are written."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from portal.kernel.text import say
from portal.notifications.queries import Shown
from portal.notifications.states import Way

MOST = 40
"""Pieces of news in one letter; the rest stands behind the bell."""
LONGEST_SUBJECT = 120


def letter(name: str, news: Sequence[Shown], way: Way) -> tuple[str, str]:
    """Subject and text of one letter. Nothing in it but the sentences that the reader sees in the portal."""
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    parts = [str(say("Hello {name},", name=name)), *(_piece(one, base) for one in news[:MOST])]
    if len(news) > MOST:
        parts.append(str(say("and {n} more: {address}", n=len(news) - MOST, address=f"{base}/notifications")))
    parts.append(str(say("What you get by mail is yours to choose: {address}", address=f"{base}/me/notifications")))
    return _subject(news, way), "\n\n".join(parts) + "\n"


def _subject(news: Sequence[Shown], way: Way) -> str:
    company = current_app.config["COMPANY"]
    if way is Way.DIGEST:
        return str(say("Your day at {company}: {n} pieces of news", company=company, n=len(news)))
    if len(news) > 1:
        return str(say("{n} pieces of news from {company}", n=len(news), company=company))
    (one,) = news
    named = one.number is None or one.number in one.sentence
    words = one.sentence if named else f"{one.number}: {one.sentence}"
    return words if len(words) <= LONGEST_SUBJECT else f"{words[: LONGEST_SUBJECT - 1]}…"


def _piece(one: Shown, base: str) -> str:
    lines = [f"{one.sentence} · {one.who}" if one.who else one.sentence]
    if one.number:
        lines.append(f"{one.number} {one.title}")
    lines += [str(say("{when}", when=one.entry.happened_at)), f"{base}{one.href}"]
    return "\n".join(" ".join(line.split()) for line in lines)
