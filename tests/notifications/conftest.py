"""The small company of the tests of tickets, and the worker's round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.notifications import jobs
from portal.notifications.models import Notice
from portal.notifications.queries import Shown, notices
from portal.organisation.staff import Staff
from tests.conftest import NOW
from tests.kernel.test_outbox import postbox  # noqa: F401 - a mail server on loopback
from tests.tickets.conftest import again, customer, house, manual, opened, published, worked  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def nothing_before(request: pytest.FixtureRequest) -> None:
    """What founded the small company has been told: a test begins with the first thing that happens in it."""
    if "house" in request.fixturenames:
        request.getfixturevalue("house")
        jobs.tell_the_news(NOW)
        clear()


def clear() -> None:
    """Nobody has any notice."""
    db.session.rollback()
    db.session.connection(execution_options={"write": True})
    db.session.execute(db.delete(Notice))
    db.session.commit()


def told(who: Staff) -> list[Shown]:
    """What stands on somebody's bell, with the rights they hold now."""
    return list(notices(again(who)).rows)


def names(who: Staff) -> list[str]:
    """Which facts those are, the oldest first."""
    return [one.entry.name for one in reversed(told(who))]


@pytest.fixture
def rounds() -> Callable[..., Any]:
    """`rounds()`: the worker tells the news."""
    return lambda at=NOW: jobs.tell_the_news(at)
