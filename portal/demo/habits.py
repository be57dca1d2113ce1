"""What people of the demo company have made their own at the queue: views that they keep."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel.clock import office_day
from portal.organisation import queries
from portal.organisation.models import Department
from portal.tickets import saved_view


def settle(units: dict[str, Department], at: datetime) -> None:
    """The supervisor looks at complaints by their limits, and keeps what nobody has taken up for the whole centre."""
    person, kept = queries.person_called("supervisor"), at - timedelta(days=40)
    assert person is not None
    supervisor = queries.staff(person, office_day(at))
    saved_view.keep(supervisor, "投诉先到期在前", {"kind": "complaint", "sort": "clock"}, at=kept)
    saved_view.keep(
        supervisor, "还没人接手", {"view": "department", "assignee": "nobody"}, department=units["CS"], at=kept
    )
