"""Questions about people and departments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import current_app, g, has_request_context
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.permissions import Role
from portal.organisation.models import (
    Department,
    Grant,
    Person,
    Placement,
    Post,
    SignInFailure,
    SignInSession,
)
from portal.organisation.secrets import digest
from portal.organisation.staff import Staff


def on_day(
    from_on: InstrumentedAttribute[date], to_on: InstrumentedAttribute[date | None], day: date
) -> ColumnElement[bool]:
    """That a row with from/to days holds on `day`: the interval is half open."""
    return and_(from_on <= day, or_(to_on.is_(None), to_on > day))


def departments() -> dict[int, Department]:
    """Every department by id; one statement per request."""
    if has_request_context() and "departments" in g:
        found: dict[int, Department] = g.departments
        return found
    found = {row.id: row for row in db.session.scalars(select(Department).order_by(Department.path))}
    if has_request_context():
        g.departments = found
    return found


def forget_departments() -> None:
    """The tree has changed within this request."""
    if has_request_context():
        g.pop("departments", None)


def below(tops: Iterable[int], tree: dict[int, Department]) -> frozenset[int]:
    """The departments in `tops` and all below them."""
    paths = tuple(tree[top].path for top in tops if top in tree)
    return frozenset(one.id for one in tree.values() if paths and one.path.startswith(paths))


def up_from(department_id: int) -> list[Department]:
    """The department and those above it, nearest first."""
    tree = departments()
    chain = []
    one = tree.get(department_id)
    while one is not None:
        chain.append(one)
        one = tree.get(one.parent_id) if one.parent_id else None
    return chain


def staff(person: Person, day: date, session_token: str = "") -> Staff:
    """`person` as a reader on `day`: the main post's department, and roles with the departments where they count."""
    tree = departments()
    home = db.session.scalar(
        select(Post.department_id)
        .join(Placement, Placement.post_id == Post.id)
        .where(Placement.person_id == person.id, Placement.main, on_day(Placement.from_on, Placement.to_on, day))
    )
    rows = db.session.execute(
        select(Grant.role, Grant.department_id).where(
            Grant.person_id == person.id, on_day(Grant.from_on, Grant.to_on, day)
        )
    ).all()
    tops: dict[Role, set[int]] = {}
    for role, department_id in rows:
        tops.setdefault(Role(role), set()).add(department_id)
    return Staff(
        id=person.id,
        name=person.name,
        sign_in_name=person.sign_in_name,
        department_id=home,
        department_name=tree[home].names["zh-CN"] if home else "",
        grants={role: below(departments, tree) for role, departments in tops.items()},
        session_token=session_token,
        locale=person.locale,
        theme=person.theme,
        density=person.density,
        must_change_password=person.must_change_password,
        has_pin=bool(person.pin_hash),
    )


def person_called(sign_in_name: str) -> Person | None:
    """The person with this sign-in name, whatever its case."""
    return db.session.scalar(select(Person).where(Person.sign_in_name == sign_in_name.strip().casefold()))


def session_with(token: str, at: datetime) -> tuple[SignInSession, Person] | None:
    """The session behind a cookie while it is good: not ended, not idle, not too old, its person not disabled."""
    idle = timedelta(minutes=current_app.config["IDLE_MINUTES"])
    longest = timedelta(hours=current_app.config["SESSION_HOURS"])
    row = db.session.execute(
        select(SignInSession, Person)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == digest(token),
            SignInSession.ended_at.is_(None),
            SignInSession.seen_at > at - idle,
            SignInSession.started_at > at - longest,
            Person.disabled_at.is_(None),
        )
    ).first()
    return (row[0], row[1]) if row else None


def failures_of(name: str, since: datetime) -> int:
    """Wrong passwords for a name since then, counted alike whether or not somebody has it."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(SignInFailure)
            .where(SignInFailure.name_hash == digest(name), SignInFailure.at > since)
        )
        or 0
    )


def staff_with_id(person_id: int, at: datetime) -> Staff | None:
    """A colleague as one who acts at `at`; None for nobody or a disabled account."""
    person = db.session.get(Person, person_id)
    return staff(person, office_day(at)) if person and person.disabled_at is None else None
