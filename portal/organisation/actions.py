"""What HR and administrators do to the records of people and departments."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import update

from portal.extensions import db
from portal.kernel.actions import Portal, action
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import queries, rules
from portal.organisation.events import (
    DepartmentAdded,
    PersonAdded,
    PersonPlaced,
    RoleGiven,
)
from portal.organisation.models import (
    Basis,
    Department,
    Grant,
    Person,
    PersonName,
    Placement,
    Post,
    Rank,
    Structure,
    UnitKind,
)
from portal.organisation.staff import Staff

Keeper = Staff | Portal


@action
def add_department(
    actor: Keeper,
    code: str,
    names: dict[str, str],
    *,
    parent: Department | None = None,
    kind: UnitKind = UnitKind.DEPARTMENT,
    structure: Structure = Structure.LINE,
    basis: Basis,
    goal: str = "",
    headcount: int | None = None,
    from_on: date,
    at: datetime,
) -> Department:
    """Put a unit into the tree (ORG-001, ORG-004, ORG-006). Raises NotAllowed without the right in the unit above."""
    _need(actor, P.PEOPLE_EDIT, parent.id if parent else None)
    department = Department(
        code=code, names=names, parent_id=parent.id if parent else None, path="", kind=kind, structure=structure,
        basis=basis, goal=goal, headcount=headcount, from_on=from_on,
    )  # fmt: skip
    db.session.add(department)
    db.session.flush()
    department.path = f"{parent.path if parent else '/'}{department.id}/"
    queries.forget_departments()
    record(DepartmentAdded(department.id, names["zh-CN"]))
    return department


@action
def add_post(
    actor: Keeper,
    department: Department,
    titles: dict[str, str],
    *,
    rank: Rank = Rank.STAFF,
    leads: bool = False,
    headcount: int | None = None,
    at: datetime,
) -> Post:
    """Add a post to a department, with its rank and how many there should be (ORG-010, ORG-023)."""
    _need(actor, P.PEOPLE_EDIT, department.id)
    post = Post(department_id=department.id, titles=titles, rank=rank, leads=leads, headcount=headcount)
    db.session.add(post)
    db.session.flush()
    return post


@action
def add_person(
    actor: Keeper,
    staff_number: str,
    sign_in_name: str,
    name: str,
    *,
    joined_on: date,
    mail: str = "",
    telephone: str = "",
    external: bool = False,
    initials: str = "",
    at: datetime,
) -> Person:
    """A colleague joins; the account has no password until an invitation is used. Raises Refused for a taken name."""
    _need(actor, P.PEOPLE_EDIT)
    sign_in_name = rules.sign_in_key(sign_in_name)
    if queries.person_called(sign_in_name):
        raise Refused(say("The sign-in name “{name}” is taken.", name=sign_in_name), field="sign_in_name")
    person = Person(
        staff_number=staff_number.strip(), sign_in_name=sign_in_name, name=name.strip(),
        sort_key=rules.sort_key(name), initials=initials or rules.initials(name), mail=mail, telephone=telephone,
        joined_on=joined_on, external=external,
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    db.session.add(PersonName(person_id=person.id, name=person.name, from_on=joined_on))
    record(PersonAdded(person.id, person.name, joined_on))
    return person


@action
def place(actor: Keeper, person: Person, post: Post, *, main: bool = True, from_on: date, at: datetime) -> Placement:
    """Give a person a post from a day on; the main post before it ends on that day."""
    _need(actor, P.PEOPLE_EDIT, post.department_id)
    if main:
        db.session.execute(
            update(Placement)
            .where(Placement.person_id == person.id, Placement.main, Placement.to_on.is_(None))
            .values(to_on=from_on)
        )
    placement = Placement(person_id=person.id, post_id=post.id, main=main, from_on=from_on)
    db.session.add(placement)
    department = db.session.get_one(Department, post.department_id)
    record(PersonPlaced(person.id, person.name, post.titles["zh-CN"], department.names["zh-CN"], from_on))
    return placement


@action
def give_role(
    actor: Keeper,
    person: Person,
    role: Role,
    department: Department,
    *,
    from_on: date,
    to_on: date | None = None,
    at: datetime,
) -> Grant:
    """Give a role in a department and below it. Nobody gives roles to themselves; EVERYONE is held already."""
    _need(actor, P.ROLES_GRANT, department.id)
    if actor.id == person.id:
        raise NotAllowed(say("Nobody gives roles to themselves."))
    grant = Grant(person_id=person.id, department_id=department.id, role=role.value, from_on=from_on, to_on=to_on)
    db.session.add(grant)
    record(RoleGiven(person.id, person.name, role.value, department.names["zh-CN"], from_on))
    return grant


def _need(actor: Keeper, right: P, department_id: int | None = None) -> None:
    if not actor.may(right, department_id):
        raise NotAllowed(say("This is not yours to do."))
