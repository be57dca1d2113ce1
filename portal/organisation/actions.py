"""Signing in and out; what HR and administrators do to the records of people and departments."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import update

from portal.extensions import db
from portal.kernel.actions import PORTAL, Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import queries, rules, secrets
from portal.organisation.events import (
    DepartmentAdded,
    PasswordChanged,
    PersonAdded,
    PersonPlaced,
    RoleGiven,
    SignedIn,
    SignedOut,
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
    SignInFailure,
    SignInSession,
    Structure,
    UnitKind,
)
from portal.organisation.staff import Staff

WRONG = say(
    "Name and password do not go together, or the account is locked for a while. Check both, or ask for a new link."
)


def sign_in(name: str, password: str, *, address: str, browser: str, at: datetime) -> str:
    """A new session's token for whoever knows the password.

    The answer is the same for an unknown name, a wrong password, a locked and a disabled account, and takes the same
    time. The slow hash runs outside the transaction, so that a rush of sign-ins does not stop other writers.
    Raises Refused.
    """
    name = name.strip().casefold()
    lock = timedelta(minutes=current_app.config["SIGN_IN_LOCK_MINUTES"])
    locked = queries.failures_of(name, at - lock) >= current_app.config["SIGN_IN_TRIES"]
    person = queries.person_called(name)
    kept = person.password_hash if person and person.disabled_at is None else ""
    person_id = person.id if person else None
    db.session.rollback()
    right = secrets.matches(kept, password)
    if locked or not right or person_id is None:
        if not locked:
            _note_failure(PORTAL, name, address, at=at)
        raise Refused(WRONG)
    person = db.session.get_one(Person, person_id)
    return _start_session(queries.staff(person, office_day(at)), kept, address, browser, at=at)


@action
def _note_failure(_actor: Portal, name: str, address: str, *, at: datetime) -> None:
    db.session.add(SignInFailure(name_hash=secrets.digest(name), address=address, at=at))


@action
def _start_session(actor: Staff, checked_hash: str, address: str, browser: str, *, at: datetime) -> str:
    person = db.session.get_one(Person, actor.id)
    if person.password_hash != checked_hash or person.disabled_at is not None:
        raise Refused(WRONG)
    token = secrets.token()
    db.session.add(
        SignInSession(
            token_hash=secrets.digest(token),
            person_id=person.id,
            started_at=at,
            seen_at=at,
            address=address,
            browser=browser[:200],
        )
    )
    record(SignedIn(person.id))
    return token


@action
def seen(actor: Staff, *, at: datetime) -> None:
    """The session is in use: written now and then, not with each request."""
    db.session.execute(
        update(SignInSession).where(SignInSession.token_hash == secrets.digest(actor.session_token)).values(seen_at=at)
    )


@action
def sign_out(actor: Staff, *, everywhere: bool = False, at: datetime) -> None:
    """End this session, or every session of the person."""
    mine = SignInSession.token_hash == secrets.digest(actor.session_token)
    which = (SignInSession.person_id == actor.id) if everywhere else mine
    db.session.execute(update(SignInSession).where(which, SignInSession.ended_at.is_(None)).values(ended_at=at))
    record(SignedOut(actor.id, everywhere))


@action
def prefer(actor: Staff, *, locale: str = "", theme: str = "", density: str = "", at: datetime) -> None:
    """Remember how the person likes the portal to look; an empty value leaves what was chosen before."""
    chosen = {"locale": locale, "theme": theme, "density": density}
    for name, value in chosen.items():
        if value:
            setattr(db.session.get_one(Person, actor.id), name, value)


@action
def change_password(actor: Staff, password: str, *, at: datetime) -> None:
    """Set a new password; every other session of the person ends. Raises Refused for one that is easy to guess."""
    person = db.session.get_one(Person, actor.id)
    secrets.check_password(password, person.name, person.sign_in_name)
    if secrets.matches(person.password_hash, password):
        raise Refused(say("That is the password you have now. Choose another one."), field="password")
    person.password_hash = secrets.hashed(password)
    person.password_changed_at = at
    person.must_change_password = False
    others = SignInSession.token_hash != secrets.digest(actor.session_token)
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.person_id == actor.id, others, SignInSession.ended_at.is_(None))
        .values(ended_at=at)
    )
    record(PasswordChanged(person.id))


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
    sign_in_name = sign_in_name.strip().casefold()
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
