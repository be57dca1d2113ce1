"""Years of history for benchmarks: bulk inserts, indexes built afterwards, the same rows for the same number."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.schema import CreateIndex, DropIndex

from portal.extensions import db
from portal.kernel import markup, numbers, search
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import office_day
from portal.kernel.search import Words
from portal.organisation.models import Department, Person, Placement, Post
from portal.tickets.models import NEVER, Ticket, TicketEntry
from portal.tickets.states import Channel, EntryKind, Impact, Kind, State, Urgency
from portal.tickets.words import KIND

YEARS = 3
CHUNK = 20_000
OPEN_SHARE = 0.2
FEW = ("MKT", 60)
"""A department that hardly sees a ticket, and how many it has, whatever the number of all."""
BUSY = ("CS-GEN", "CS-CMP", "CS-ORD", "SHOP", "REP", "EAST", "RD-SUP", "SALES", "OPS")
SUBJECTS = (
    "宽带时断时续", "发票抬头开错", "预约安装时间", "充值未到账", "路由器指示灯不亮", "询问套餐变更", "合同复印件",
    "上门技师迟到", "密码重置", "账单金额疑问", "设备返修进度", "物业房产证办理", "退换货申请", "网页打不开",
    "建议增加夜间服务",
)  # fmt: skip
OPEN_STATES = (
    State.NEW, State.TRIAGED, State.ASSIGNED, State.IN_PROGRESS, State.IN_PROGRESS, State.IN_PROGRESS,
    State.AWAITING_ANSWER, State.AWAITING_CUSTOMER, State.RESOLVED, State.AWAITING_CONFIRMATION, State.REOPENED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Desk:
    """A department with the colleagues who receive there."""

    id: int
    name: str
    people: tuple[tuple[int, str], ...]


@action
def tickets(_actor: Portal, count: int, *, at: datetime) -> int:
    """Add `count` tickets of the last three years, a fifth of them open, each with one letter; returns how many.

    Nothing of this is told through verbs: no journal, no mail. Indexes are taken away and built again, because
    a million rows into forty indexes one by one take an hour.
    """
    connection = db.session.connection()
    table: Table = Ticket.__table__  # type: ignore[assignment]
    letters: Table = TicketEntry.__table__  # type: ignore[assignment]
    indexes = [*table.indexes, *letters.indexes]
    for index in indexes:
        connection.execute(DropIndex(index, if_exists=True))
    first = (connection.scalar(select(table.c.id).order_by(table.c.id.desc()).limit(1)) or 0) + 1
    desks = _desks()
    with search.in_bulk():
        for rows in _chunks(_rows(desks, count, first, at), CHUNK):
            connection.execute(insert(table), rows)
            connection.execute(insert(letters), [_entry(row) for row in rows])
            search.keep_all(KIND, [(row["id"], _words(row)) for row in rows])
    for index in indexes:
        connection.execute(CreateIndex(index))
    _catch_up_ids(connection, table)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ANALYZE")
    return count


def _rows(desks: dict[str, _Desk], count: int, first: int, at: datetime) -> Iterator[dict[str, Any]]:
    chance = random.Random(20261012)  # the same history each time
    step = timedelta(days=365 * YEARS) / (count + 1)
    received = [at - step * (count - position) for position in range(count)]
    years = Tally(office_day(moment).year for moment in received)
    position = {year: numbers.reserve("T", year, amount) for year, amount in sorted(years.items())}
    few_every = max(1, count // FEW[1])
    kinds, channels = list(Kind), list(Channel)
    for place, moment in enumerate(received):
        year = office_day(moment).year
        few = place % few_every == 0 and place // few_every < FEW[1]
        desk = desks[FEW[0]] if few else desks[BUSY[chance.randrange(len(BUSY))]]
        is_open = chance.random() < OPEN_SHARE
        state = OPEN_STATES[chance.randrange(len(OPEN_STATES))] if is_open else State.CLOSED
        receiver = desk.people[chance.randrange(len(desk.people))]
        worked = state not in (State.NEW, State.TRIAGED, State.ASSIGNED)
        subject = SUBJECTS[chance.randrange(len(SUBJECTS))]
        # What is open is not late this day: the worker would keep breaches of it while pages are measured.
        due = at + timedelta(days=1) if is_open else moment
        due += timedelta(minutes=chance.randrange(10, 6000))
        yield {
            "id": first + place,
            "number": numbers.number("T", year, position[year]),
            "state": state,
            "kind": kinds[chance.randrange(len(kinds))].value,
            "channel": channels[chance.randrange(len(channels))],
            "title": subject,
            "body": _letter(subject),
            "html": _HTML[subject],
            "impact": Impact.ONE,
            "urgency": Urgency.TODAY,
            "priority": chance.choices((1, 2, 3, 4), (2, 10, 70, 18))[0],
            "caller_name": f"客户{chance.randrange(100_000):05d}",
            "department_id": desk.id,
            "desk_id": desk.id,
            "opened_by_id": receiver[0],
            "opened_by_name": receiver[1],
            "accountable_id": receiver[0],
            "accountable_name": receiver[1],
            "accountable_department": desk.name,
            "assignee_id": receiver[0] if worked else None,
            "assignee_name": receiver[1] if worked else "",
            "offered_to_id": receiver[0] if state is State.ASSIGNED else None,
            "offered_department_id": desk.id if state is State.ASSIGNED else None,
            "offered_at": moment if state is State.ASSIGNED else None,
            "received_at": moment,
            "opened_at": moment,
            "round_began_at": moment,
            "due_at": due if is_open else NEVER,
            "first_response_at": moment + timedelta(minutes=5) if worked else None,
            "first_response_by": receiver[1] if worked else "",
            "resolved_at": due if state is State.CLOSED else None,
            "told_at": due if state is State.CLOSED else None,
            "ended_at": None if is_open else due,
        }
        position[year] += 1


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "ticket_id": row["id"],
        "kind": EntryKind.INCOMING,
        "channel": row["channel"],
        "author_name": row["caller_name"],
        "at": row["received_at"],
        "body": row["body"],
        "html": row["html"],
    }


def _words(row: dict[str, Any]) -> Words:
    """What can be found of such a ticket: the same that `tickets.words` reads of it."""
    return Words(row["number"], row["title"], f"{row['caller_name']}\n{row['body']}", row["received_at"])


def _letter(subject: str) -> str:
    return f"{subject}，请尽快回复。方便的时间是工作日下午，谢谢。"


_HTML = {subject: markup.render(_letter(subject)) for subject in SUBJECTS}


def _desks() -> dict[str, _Desk]:
    people = db.session.execute(
        select(Department.code, Department.id, Department.names, Person.id, Person.name)
        .join(Post, Post.department_id == Department.id)
        .join(Placement, Placement.post_id == Post.id)
        .join(Person, Person.id == Placement.person_id)
        .where(Placement.main, Placement.to_on.is_(None))
        .order_by(Person.id)
    ).all()
    found: dict[str, _Desk] = {}
    for code, department_id, names, person_id, name in people:
        known = found.get(code)
        found[code] = _Desk(department_id, names["zh-CN"], (*(known.people if known else ()), (person_id, name)))
    return found


def _chunks(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _catch_up_ids(connection: Connection, table: Table) -> None:
    """PostgreSQL gives ids from a sequence of its own, which has not seen ours."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"  # noqa: S608
        )


KINDS = {"tickets": tickets}
"""What `portal demo --scale` can add: name → verb."""


def add(kind: str, count: int, at: datetime) -> int:
    """Add `count` things of `kind`. Raises KeyError for a kind that nothing is known of."""
    return KINDS[kind](PORTAL, count, at=at)
