"""Work beside a page: one worker has it for a while, and whoever dies is followed by another.

The row of such work has two columns of its own, `claimed_until` and `tries`; both databases let one worker win.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, update

from portal.extensions import db

CLAIMED_FOR = timedelta(minutes=2)
"""How long whoever has it is waited for; each slice of the work begins it anew."""
MOST_TRIES = 3
"""Work that was taken in hand more often without getting on is given up."""


def is_free(work: Any, at: datetime) -> ColumnElement[bool]:
    """That nobody has a row of the class `work` in hand."""
    return or_(work.claimed_until.is_(None), work.claimed_until < at)


def claimed(work: Any, work_id: int, *at_work: ColumnElement[bool], at: datetime, **values: Any) -> bool:
    """Take one in hand within a verb, where nobody has it and it is `at_work`; False where that is not so."""
    taken = db.session.execute(
        update(work)
        .where(work.id == work_id, is_free(work, at), *at_work)
        .values(claimed_until=at + CLAIMED_FOR, tries=work.tries + 1, **values),
        execution_options={"synchronize_session": False},
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]
