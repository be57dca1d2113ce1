"""For Today: accounts that nobody can open yet, and proposals that wait for a decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.kernel.clock import office_day, start_of
from portal.kernel.text import say
from portal.organisation import queries, waiting
from portal.organisation.models import ProposalKind
from portal.organisation.staff import Staff
from portal.organisation.waiting import Rows, ToDo


@waiting.register
def accounts_that_wait(reader: Staff, at: datetime) -> Iterable[ToDo]:
    """Colleagues who have no password and no link to one; due on the day on which they begin."""
    for person, home in queries.accounts_to_open(reader, at, waiting.MOST):
        begins = start_of(person.joined_on)
        yield ToDo(
            number=person.staff_number,
            title=say("{name} has no account yet", name=person.name),
            href=f"/people/{person.staff_number}/account",
            verb=say("Make the link"),
            since=min(begins, at),
            due_at=begins if person.joined_on >= office_day(at) else None,
            who=home,
        )


@waiting.register_rows
def proposals_that_wait(reader: Staff, _at: datetime) -> Rows | None:
    """What departments propose for their people and the reader may decide (ORG-025), never what they proposed."""
    statement = queries.proposals_to_decide(reader, waiting.MOST)
    return None if statement is None else Rows(statement, _proposal)


def _proposal(row: Any) -> ToDo:
    return ToDo(
        number=row.number,
        title=say("{what} for {name}", what=ProposalKind(row.kind).label, name=row.title),
        href=f"/proposals/{row.number}",
        verb=say("Decide"),
        since=row.since,
        who=row.who,
    )
