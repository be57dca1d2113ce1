"""The story of the demo company, relative to the day on which it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from portal.demo import (
    approving,
    bells,
    charters,
    comments,
    customers,
    doors,
    habits,
    lists,
    records,
    shelf,
    tickets,
    training,
    watching,
)
from portal.demo.cast import COLLEAGUES, PASSWORD, PIN, UNITS
from portal.demo.days import keep_calendar
from portal.extensions import db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import office_day
from portal.organisation import actions as organisation
from portal.organisation import queries, secrets
from portal.organisation.models import Department, Person, Post
from portal.search.jobs import write_what_is_missing

STAFF_SINCE = timedelta(days=500)


def is_empty() -> bool:
    """Whether nobody lives in this database yet."""
    return db.session.scalar(select(Person.id).limit(1)) is None


def tell(at: datetime) -> None:
    """Fill an empty database: the company, its people, and what happened to them until `at`."""
    move_in(PORTAL, at=at)
    shelf.put_on_shelf(at)
    charters.speak_of_people(at)
    units = {one.code: one for one in queries.departments().values()}
    director = queries.person_called("director")
    assert director is not None
    lists.rule(queries.staff(director, office_day(at)), units, at)
    customers.write_down(at)
    customers.receive(at)
    tickets.tell(at)
    habits.settle(units, at)
    doors.come_in(at)
    doors.try_doors(at)
    shelf.write_on(at)
    approving.revise(at)
    training.hold(at)
    comments.people_comment(at)
    watching.watch_over(at)
    bells.ring(at)
    write_what_is_missing(at)


@action
def move_in(actor: Portal, *, at: datetime) -> None:
    """Departments, posts, people and roles, all in one transaction: half a company is no company."""
    since = office_day(at) - STAFF_SINCE
    units: dict[str, Department] = {}
    for unit in UNITS:
        units[unit.code] = organisation.add_department(
            actor, unit.code, {"zh-CN": unit.name, "en": unit.english}, parent=units.get(unit.parent or ""),
            kind=unit.kind, structure=unit.structure, basis=unit.basis, reporting=unit.reporting, goal=unit.goal,
            from_on=since, at=at,
        )  # fmt: skip
    keep_calendar(actor, units, since, at=at)
    posts: dict[tuple[str, str], Post] = {}
    people: dict[str, Person] = {}
    for number, one in enumerate(COLLEAGUES, start=1):
        department = units[one.department]
        headcount, description = charters.POSTS.get(one.post, (None, ""))
        post = posts.get((one.department, one.post)) or organisation.add_post(
            actor, department, {"zh-CN": one.post, "en": one.post_english}, rank=one.rank, leads=one.leads,
            headcount=headcount, description=description, at=at,
        )  # fmt: skip
        posts[one.department, one.post] = post
        person = people[one.sign_in_name] = organisation.add_person(
            actor, f"XH{number:03d}", one.sign_in_name, one.name, joined_on=since,
            mail=f"{one.sign_in_name}@xinghe.example", telephone=f"8{number:03d}", at=at,
        )  # fmt: skip
        organisation.place(actor, person, post, from_on=since, at=at)
        for role, where in one.roles:
            organisation.give_role(actor, person, role, units[where], from_on=since, at=at)
    charters.write(actor, units, people, since, at=at)
    records.write_down(actor, people, posts, units, since, at=at)
    # One hash for all: the same password, and a demo that starts in a second.
    db.session.execute(
        update(Person)
        .where(Person.joined_on <= office_day(at))
        .values(
            password_hash=secrets.hashed(PASSWORD),
            pin_hash=secrets.hashed(PIN),
            must_change_password=False,
            password_changed_at=at,
        )
    )
