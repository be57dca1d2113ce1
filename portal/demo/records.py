"""What the records of the demo company say beside posts, lines and roles: cities, pay, days away, a colleague who was
renamed, one who has left, one who will join and one who joined a week ago."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.demo.cast import COLLEAGUES
from portal.kernel.actions import Portal
from portal.kernel.clock import office_day
from portal.kernel.permissions import Role
from portal.organisation import actions
from portal.organisation.models import Department, Person, Post, Rank

PAY = {Rank.STAFF: 480_000, Rank.SUPERVISOR: 700_000, Rank.MIDDLE: 1_100_000, Rank.SENIOR: 1_900_000}
"""Monthly base pay in fen by rank; `agent` has 4 000.00, which the examples of the manuals reckon with."""


def write_down(
    actor: Portal,
    people: dict[str, Person],
    posts: dict[tuple[str, str], Post],
    units: dict[str, Department],
    since: date,
    *,
    at: datetime,
) -> None:
    """Everything that has days: most of it since the company is there, a little for each way in which it changes."""
    day = office_day(at)
    for one in COLLEAGUES:
        person = people[one.sign_in_name]
        actions.move_to_city(actor, person, "上海" if one.department == "EAST" else "杭州", from_on=since, at=at)
        pay = 400_000 if one.sign_in_name == "agent" else PAY[one.rank]
        actions.set_base_pay(actor, person, pay, from_on=since, at=at)
    raised = (day - timedelta(days=90)).replace(day=1)
    actions.set_base_pay(actor, people["agent2"], 520_000, from_on=raised, at=at)

    actions.name_deputy(
        actor, people["admin-head"], people["hr-head"], reason="年休假", from_on=day - timedelta(days=2),
        to_on=day + timedelta(days=4), at=at,
    )  # fmt: skip
    actions.note_absence(
        actor, people["admin-head"], reason="年休假", from_on=day - timedelta(days=2), to_on=day + timedelta(days=4),
        at=at,
    )  # fmt: skip
    actions.rename(actor, people["brand"], "余欢颜", from_on=raised, at=at)
    _left_and_joining(actor, posts, units, since, day, at=at)


def _left_and_joining(
    actor: Portal, posts: dict[tuple[str, str], Post], units: dict[str, Department], since: date, day: date,
    *, at: datetime,
) -> None:  # fmt: skip
    former = actions.add_person(actor, "XH101", "former", "秦朗", joined_on=since, at=at)
    actions.place(actor, former, posts["MKT", "市场专员"], from_on=since, at=at)
    actions.give_role(actor, former, Role.AGENT, units["MKT"], from_on=since, at=at)
    actions.leave(actor, former, left_on=(day - timedelta(days=60)).replace(day=1), at=at)
    first = (day + timedelta(days=32)).replace(day=1)
    new = actions.add_person(actor, "XH102", "anqi", "安琪", joined_on=first, mail="anqi@xinghe.example", at=at)
    actions.place(actor, new, posts["CS-GEN", "客服专员"], from_on=first, at=at)
    week = day - timedelta(days=6)
    newest = actions.add_person(actor, "XH103", "tongxin", "童心", joined_on=week, mail="tongxin@xinghe.example", at=at)
    actions.place(actor, newest, posts["SHOP", "网店客服"], from_on=week, at=at)
    actions.move_to_city(actor, newest, "杭州", from_on=week, at=at)
    actions.set_base_pay(actor, newest, PAY[Rank.STAFF], from_on=week, at=at)
