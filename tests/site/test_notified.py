"""Somebody decided for every fact who hears of it."""

from __future__ import annotations

from portal.kernel import journal
from portal.notifications.routing import TELL


def test_somebody_decided_who_hears_of_every_fact(the_app):
    undecided = {one for one in journal.event_classes() if one.__module__.startswith("portal.")} - set(TELL)
    assert not undecided, f"portal/notifications/routing.py says nothing of {undecided}; `nobody` is a decision, too"
    assert set(TELL) <= set(journal.event_classes())
