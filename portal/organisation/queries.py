"""Questions about people and departments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import current_app, g, has_request_context
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.permissions import P, Role
from portal.organisation.models import (
    Department,
    Grant,
    LinkPurpose,
    OneTimeLink,
    Person,
    Placement,
    Post,
    ResetRequest,
    SecretTries,
    SignInSession,
)
from portal.organisation.rules import SIGN_IN, SIGNING, sign_in_key
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
    home = home_of(person.id, day)
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


def home_of(person_id: int, day: date) -> int | None:
    """The department of the person's main post on `day`."""
    return db.session.scalar(
        select(Post.department_id)
        .join(Placement, Placement.post_id == Post.id)
        .where(Placement.person_id == person_id, Placement.main, on_day(Placement.from_on, Placement.to_on, day))
    )


def posts_of(person_id: int, day: date) -> list[Placement]:
    """The posts that somebody holds on `day`, the main one first, each with its department."""
    held = (Placement.person_id == person_id, on_day(Placement.from_on, Placement.to_on, day))
    query = select(Placement).where(*held).options(joinedload(Placement.post).joinedload(Post.department))
    return list(db.session.scalars(query.order_by(Placement.main.desc(), Placement.id)))


def roles_of(person_id: int, day: date) -> list[tuple[Role, Department]]:
    """The roles that somebody holds on `day`, each with the department in which and below which it counts."""
    held = (Grant.person_id == person_id, on_day(Grant.from_on, Grant.to_on, day))
    query = select(Grant).where(*held).options(joinedload(Grant.department)).order_by(Grant.id)
    return [(Role(grant.role), grant.department) for grant in db.session.scalars(query)]


def person_with_id(person_id: int) -> Person:
    """The record of somebody who is known to be there."""
    return db.session.get_one(Person, person_id)


def person_called(sign_in_name: str) -> Person | None:
    """The person with this sign-in name, whatever its case."""
    return db.session.scalar(select(Person).where(Person.sign_in_name == sign_in_key(sign_in_name)))


def _good(at: datetime) -> ColumnElement[bool]:
    """That a session is good at `at`: not ended, not idle for too long, not too old."""
    idle = timedelta(minutes=current_app.config["IDLE_MINUTES"])
    longest = timedelta(hours=current_app.config["SESSION_HOURS"])
    return and_(
        SignInSession.ended_at.is_(None), SignInSession.seen_at > at - idle, SignInSession.started_at > at - longest
    )


def session_with(token: str, at: datetime) -> tuple[SignInSession, Person] | None:
    """The session behind a cookie while it is good, and its person while not disabled."""
    row = db.session.execute(
        select(SignInSession, Person)
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.token_hash == digest(token), _good(at), Person.disabled_at.is_(None))
    ).first()
    return (row[0], row[1]) if row else None


def sessions_of(person_id: int, at: datetime) -> list[SignInSession]:
    """Where the person is signed in at `at`, the browser used last first."""
    query = select(SignInSession).where(SignInSession.person_id == person_id, _good(at))
    return list(db.session.scalars(query.order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())))


def session_of(person_id: int, session_id: int) -> SignInSession | None:
    """One session of this person, good or not."""
    return db.session.scalar(
        select(SignInSession).where(SignInSession.id == session_id, SignInSession.person_id == person_id)
    )


def may_over(reader: Staff, right: P, person_id: int, day: date) -> bool:
    """Whether `reader` holds `right` over somebody's account: in the person's department and wherever the person holds
    a role, because whoever opens an account can act with its rights. Over somebody without a place, in every top unit.
    """
    held = select(Grant.department_id).where(Grant.person_id == person_id, on_day(Grant.from_on, Grant.to_on, day))
    places = {*db.session.scalars(held), home_of(person_id, day)} - {None}
    tops = {one.id for one in departments().values() if one.parent_id is None}
    return (places or tops) <= reader.where(right)


def account_seen_by(reader: Staff, staff_number: str, day: date) -> Person | None:
    """The person whose account `reader` may look after, or None."""
    person = db.session.scalar(select(Person).where(Person.staff_number == staff_number))
    return person if person and may_over(reader, P.ACCOUNTS_INVITE, person.id, day) else None


def locked_until(person: Person, at: datetime) -> datetime | None:
    """Until when the account is locked after wrong passwords or PINs, or None."""
    keys = ((SIGN_IN, digest(person.sign_in_name)), (SIGNING, digest(str(person.id))))
    return db.session.scalar(
        select(func.max(SecretTries.locked_until)).where(
            tuple_(SecretTries.kind, SecretTries.key_hash).in_(keys), SecretTries.locked_until > at
        )
    )


def person_with_link(secret: str, purpose: LinkPurpose, at: datetime) -> Person | None:
    """Whose account the link opens while it is good: not used, not too old, its person not disabled."""
    return db.session.scalar(
        select(Person)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.secret_hash == digest(secret),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.good_until > at,
            Person.disabled_at.is_(None),
        )
    )


def open_link_of(person_id: int, at: datetime) -> OneTimeLink | None:
    """The link that would open the account now."""
    good = (OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None), OneTimeLink.good_until > at)
    return db.session.scalar(select(OneTimeLink).where(*good).order_by(OneTimeLink.id.desc()).limit(1))


def link_made_since(person_id: int, since: datetime) -> bool:
    """Whether a link was made for this person after `since`."""
    query = select(OneTimeLink.id).where(OneTimeLink.person_id == person_id, OneTimeLink.made_at > since)
    return db.session.scalar(query.limit(1)) is not None


def reset_requests(most: int = 100) -> list[ResetRequest]:
    """Who asked for a new password, first come first served."""
    return list(db.session.scalars(select(ResetRequest).order_by(ResetRequest.id).limit(most)))


def person_to_reset(words: str) -> Person | None:
    """The one person with a mail address who has `words` as sign-in name or as address; None for a shared address."""
    who = or_(Person.sign_in_name == words, func.lower(Person.mail) == words)
    found = db.session.scalars(
        select(Person).where(who, Person.mail != "", Person.disabled_at.is_(None)).limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def staff_with_id(person_id: int, at: datetime) -> Staff | None:
    """A colleague as one who acts at `at`; None for nobody or a disabled account."""
    person = db.session.get(Person, person_id)
    return staff(person, office_day(at)) if person and person.disabled_at is None else None
