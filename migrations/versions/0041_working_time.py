"""How long a first response and a solution took in working time, for the figures of a period.

New ones are reckoned when they happen. Those of before are reckoned here, by the calendar as it stands and by the rule
that reckons new ones: a copy of its arithmetic would be a second one to be wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.calendar.rules import COMPANY, CompanyCalendar, HoursFrom, hours_from_text
from portal.kernel.calendar import Day, DayKind
from portal.kernel.clock import office_zone
from portal.kernel.deadlines import Pause
from portal.tickets.rules import working_seconds

revision, down_revision = "0041_working_time", "0040_product_launches"
COLUMNS = ("response_working_seconds", "solution_working_seconds")
SLICE = 5_000


def _table(name: str, **columns: Any) -> sa.TableClause:
    return sa.table(name, *(sa.column(one, type_) for one, type_ in columns.items()))


AT, ON, NUMBER, TEXT = sa.DateTime(timezone=True), sa.Date(), sa.Integer(), sa.String()
TICKET = _table(
    "ticket", id=NUMBER, origin=TEXT, desk_id=NUMBER, received_at=AT, first_response_at=AT, resolved_at=AT,
    response_working_seconds=NUMBER, solution_working_seconds=NUMBER,
)  # fmt: skip
PAUSE = _table("ticket_pause", ticket_id=NUMBER, from_at=AT, to_at=AT)
UNIT = _table("department", id=NUMBER, path=TEXT)
DAY = _table("calendar_day", falls_on=ON, kind=TEXT, until_edition=NUMBER)
HOURS = _table("department_hours", department_id=NUMBER, from_on=ON, hours=sa.JSON(), until_edition=NUMBER)


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("ticket", sa.Column(name, sa.Integer(), nullable=True))
    calendar, chains = _calendar(), _chains()
    change = (
        TICKET.update().where(TICKET.c.id == sa.bindparam("ticket"))
        .values(response_working_seconds=sa.bindparam("response"), solution_working_seconds=sa.bindparam("solution"))
    )  # fmt: skip
    for rows, pauses in _slices():
        reckoned = []
        for row in rows:
            hours, received = calendar.of(chains[row.desk_id]), _utc(row.received_at)
            answered, resolved = row.first_response_at, row.resolved_at
            reckoned.append({
                "ticket": row.id,
                "response": answered and working_seconds(received, _utc(answered), hours),
                "solution": resolved and working_seconds(received, _utc(resolved), hours, pauses[row.id]),
            })  # fmt: skip
        op.get_bind().execute(change, reckoned)


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("ticket", name)


def _calendar() -> CompanyCalendar:
    ask = op.get_bind().execute
    days = {
        row.falls_on: Day(row.falls_on, DayKind(row.kind))
        for row in ask(sa.select(DAY.c.falls_on, DAY.c.kind).where(DAY.c.until_edition.is_(None)))
    }
    hours: dict[int, list[HoursFrom]] = defaultdict(list)
    for row in ask(sa.select(HOURS).where(HOURS.c.until_edition.is_(None)).order_by(HOURS.c.from_on)):
        one = hours_from_text(row.from_on, row.hours) if row.hours else None
        hours[row.department_id or COMPANY].append(HoursFrom(row.from_on, one))
    return CompanyCalendar(office_zone(), days, frozenset(), hours, 0)


def _chains() -> dict[int, list[int]]:
    """Each department with those above it, the nearest first."""
    rows = op.get_bind().execute(sa.select(UNIT.c.id, UNIT.c.path))
    return {row.id: [int(part) for part in row.path.strip("/").split("/")][::-1] for row in rows}


def _slices() -> Iterator[tuple[list[Any], dict[int, list[Pause]]]]:
    last = 0
    while True:
        wanted = (
            sa.select(TICKET)
            .where(TICKET.c.id > last, TICKET.c.origin == "")
            .where(TICKET.c.first_response_at.is_not(None) | TICKET.c.resolved_at.is_not(None))
            .order_by(TICKET.c.id)
            .limit(SLICE)
        )
        rows = list(op.get_bind().execute(wanted))
        if not rows:
            return
        among = PAUSE.c.ticket_id.between(rows[0].id, rows[-1].id)
        pauses: dict[int, list[Pause]] = defaultdict(list)
        for one in op.get_bind().execute(sa.select(PAUSE).where(among)):
            pauses[one.ticket_id].append(Pause(_utc(one.from_at), one.to_at and _utc(one.to_at)))
        yield rows, pauses
        last = rows[-1].id


def _utc(at: datetime) -> datetime:
    """SQLite keeps moments without their zone."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
