"""What the demo company's bells say: the last hours are news, what came before was read, no letter leaves for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update

from portal.extensions import db
from portal.kernel.actions import PORTAL, Portal, action
from portal.notifications import actions
from portal.notifications.models import Notice
from portal.notifications.states import Way

NEW = timedelta(hours=6)


def ring(at: datetime) -> None:
    """Tell what happened, as the worker would have done bit by bit."""
    while actions.tell(PORTAL, at=at):
        pass
    read_what_is_old(PORTAL, at=at)


@action
def read_what_is_old(_actor: Portal, *, at: datetime) -> None:
    """Everybody has looked at their bell this morning; that the company was founded today is no news."""
    db.session.execute(delete(Notice).where(Notice.about == "person"))
    old = or_(Notice.happened_at < at - NEW, Notice.way != Way.BELL)
    db.session.execute(update(Notice).where(old).values(done_at=at - NEW))
