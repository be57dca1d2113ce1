"""Periodic work: letters leave, what has its age is forgotten, what holds from today on is taken over."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from portal.kernel import outbox, smtp
from portal.kernel.actions import PORTAL
from portal.kernel.jobs import periodic
from portal.organisation import accounts, actions, queries


@periodic("send mail", every=timedelta(seconds=15))
def send_mail(at: datetime) -> None:
    """Answer those who asked for a new password, then let every letter leave that is due."""
    if queries.reset_requests(most=1):
        accounts.answer_reset_requests(PORTAL, at=at)
    if current_app.config["MAIL_URL"]:
        with smtp.Carrier() as carry:
            outbox.sweep(carry, at)


@periodic("forget what has its age", every=timedelta(days=1))
def forget(at: datetime) -> None:
    """Retention: once keys, tries, sessions, links, mails that left, the security log."""
    accounts.forget_old(PORTAL, at=at)


@periodic("take over what holds from today on", every=timedelta(minutes=10))
def take_over(at: datetime) -> None:
    """Names, units and posts that are different from today on."""
    actions.take_over_due(PORTAL, at=at)
