"""The portal's letters about accounts: (subject, text), in the language that holds when they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from portal.kernel.text import Said, say

Letter = Callable[[], tuple[str, str]]


def invitation(name: str, sign_in_name: str, address: str, until: datetime) -> Letter:
    """The first letter that somebody gets: their sign-in name, and the link to their first password."""
    return lambda: (
        _words(say("Your account in the portal of {company}", company=_company())),
        _text(
            say("Hello {name},", name=name),
            say("your account in the portal of {company} is ready. Your sign-in name: {sign_in_name}",
                company=_company(), sign_in_name=sign_in_name),
            say("Choose your password at this address. It works once, until {until}:", until=until),
            address,
            say("If this means nothing to you, please tell the administrator of the portal."),
        ),
    )  # fmt: skip


def reset(name: str, sign_in_name: str, address: str, until: datetime) -> Letter:
    """A link to a new password."""
    return lambda: (
        _words(say("A new password for the portal of {company}", company=_company())),
        _text(
            say("Hello {name},", name=name),
            say("a new password was asked for the account {sign_in_name}.", sign_in_name=sign_in_name),
            say("Choose your password at this address. It works once, until {until}:", until=until),
            address,
            say("If it was not you, do nothing: your password stays as it is."),
        ),
    )


def password_changed(name: str, at: datetime) -> Letter:
    """Told to the owner, in case it was somebody else."""
    return lambda: (
        _words(say("Your password for the portal of {company} was changed", company=_company())),
        _text(
            say("Hello {name},", name=name),
            say("your password was changed on {at}, and you were signed out everywhere else.", at=at),
            say("If it was not you, tell the administrator of the portal at once."),
        ),
    )


def _company() -> str:
    return str(current_app.config["COMPANY"])


def _words(said: Said) -> str:
    return str(said)


def _text(*paragraphs: Said | str) -> str:
    return "\n\n".join(str(one) for one in paragraphs) + "\n"
