"""Questions about people and departments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import current_app, g, has_request_context
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    inspect,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.columns import lowered
from portal.kernel.journal import JournalEntry
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import held, rules, waiting
from portal.organisation.company import UnitOfDay, here_on, lines_on, tree_on
from portal.organisation.company import on_day as on_day
from portal.organisation.held import Held
from portal.organisation.lines import Decides, decides, next_up, superiors
from portal.organisation.models import (
    Absence,
    Appraisal,
    Assessment,
    Department,
    DepartmentChange,
    Deputy,
    Duty,
    DutyOwner,
    Grant,
    Line,
    LinkPurpose,
    OneTimeLink,
    PayBase,
    Person,
    Placement,
    Post,
    PostChange,
    ResetRequest,
    SecretTries,
    SignInSession,
    StaffProposal,
    Superior,
    UnitKind,
    WorkCity,
)
from portal.organisation.rules import SIGN_IN, SIGNING, sign_in_key
from portal.organisation.secrets import digest
from portal.organisation.staff import Staff
from portal.organisation.states import ProposalState

R = TypeVar("R", Placement, Grant, Superior, Deputy, Absence)
_DEPARTMENTS = select(Department)


def departments() -> dict[int, Department]:
    """Every department by id, each behind the one above it, of one level in the order in which they were made; one
    statement per request, and one more after an act or a page that was asked afresh."""
    if has_request_context() and "departments" in g:
        kept: dict[int, Department]
        kept, first = g.departments  # a commit lets all of them go, and so does a page that is asked afresh
        if not (first.expired or first.detached):
            return kept
    found = {row.id: row for row in sorted(db.session.scalars(_DEPARTMENTS), key=_place_in_tree)}
    if found and has_request_context():
        g.departments = found, inspect(next(iter(found.values())))
    return found


def _place_in_tree(one: Department) -> list[int]:
    return [int(step) for step in one.path.strip("/").split("/")]  # as text, /1/11/ would come before /1/2/


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


_PERSON, _OPENED = Person.__table__.c, SignInSession.__table__.c
_GRANT, _PLACED, _POST = Grant.__table__.c, Placement.__table__.c, Post.__table__
_PLACES = (
    select(literal("").label("role"), _POST.c.department_id)
    .join(Placement.__table__, _PLACED.post_id == _POST.c.id)
    .where(
        _PLACED.person_id == bindparam("person_id"),
        _PLACED.main,
        on_day(_PLACED.from_on, _PLACED.to_on, bindparam("day")),
    )
    .union_all(
        select(_GRANT.role, _GRANT.department_id).where(
            _GRANT.person_id == bindparam("person_id"), on_day(_GRANT.from_on, _GRANT.to_on, bindparam("day"))
        )
    )
)
"""Where somebody belongs and what they hold, on a day: asked at every request, so put together once, of tables
alone: entities in a statement make each run half as dear again."""


def staff(person: Person | Row[*tuple[Any, ...]], day: date, session_token: str = "") -> Staff:
    """`person` as a reader on `day`: the main post's department, and roles with the departments where they count."""
    tree = departments()
    rows = db.session.execute(_PLACES, {"person_id": person.id, "day": day}).all()
    home = next((department_id for role, department_id in rows if not role), None)
    tops: dict[Role, set[int]] = {}
    for role, department_id in rows:
        if role:
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


def staff_of(people: Sequence[Row[Any]], day: date) -> list[Staff]:
    """Several as `staff` has one, asked in one statement, as far as it decides what they may see."""
    tree = departments()
    held: dict[int, dict[Role, set[int]]] = {one.id: {} for one in people}
    query = select(Grant.person_id, Grant.role, Grant.department_id)
    for row in db.session.execute(query.where(Grant.person_id.in_(held), on_day(Grant.from_on, Grant.to_on, day))):
        held[row.person_id].setdefault(Role(row.role), set()).add(row.department_id)
    return [
        Staff(
            id=one.id, name=one.name, sign_in_name=one.sign_in_name, department_id=one.department_id,
            department_name=tree[one.department_id].names["zh-CN"],
            grants={role: below(tops, tree) for role, tops in held[one.id].items()},
        )
        for one in people
    ]  # fmt: skip


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


def post_with_id(post_id: int) -> Post | None:
    """A post, whoever holds it."""
    return db.session.get(Post, post_id)


def entry_of(kind: type[R], person_id: int, entry_id: int) -> R | None:
    """One row of a person's record; None for a row of somebody else (attack 11)."""
    row: R | None = db.session.get(kind, entry_id)
    return row if row is not None and row.person_id == person_id else None


def home_of(person_id: int, day: date | None = None) -> int | None:
    """The department where a person belongs on `day`; without one, where they belong, belonged last or will first."""
    query = select(Post.department_id).join(Placement, Placement.post_id == Post.id)
    query = query.where(Placement.person_id == person_id, Placement.main)
    if day is not None:
        query = query.where(on_day(Placement.from_on, Placement.to_on, day))
    return db.session.scalar(query.order_by(Placement.from_on.desc(), Placement.id.desc()).limit(1))


def person_numbered(staff_number: str) -> Person | None:
    """The person with this staff number, whatever its case."""
    return db.session.scalar(select(Person).where(lowered(Person.staff_number) == staff_number.strip().lower()))


def holder_of(role: Role, day: date) -> Person | None:
    """Somebody who holds the role anywhere on `day`."""
    held = (Grant.role == role.value, on_day(Grant.from_on, Grant.to_on, day), Person.disabled_at.is_(None))
    return db.session.scalar(select(Person).join(Grant, Grant.person_id == Person.id).where(*held).limit(1))


def top_department() -> Department | None:
    """The company itself, once it has been founded."""
    return next((one for one in departments().values() if one.parent_id is None), None)


def person_called(sign_in_name: str) -> Person | None:
    """The person with this sign-in name, whatever its case."""
    return db.session.scalar(select(Person).where(Person.sign_in_name == sign_in_key(sign_in_name)))


def _good(idle_since: Any, oldest: Any) -> ColumnElement[bool]:
    """That a session is good: not ended, not idle for too long, not too old."""
    return and_(_OPENED.ended_at.is_(None), _OPENED.seen_at > idle_since, _OPENED.started_at > oldest)


def _limits(at: datetime) -> dict[str, datetime]:
    """What `_good` asks at `at`."""
    idle, longest = current_app.config["IDLE_MINUTES"], current_app.config["SESSION_HOURS"]
    return {"idle_since": at - timedelta(minutes=idle), "oldest": at - timedelta(hours=longest)}


def may_enter(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """That a person's account opens on `day`: it is not disabled, and they have not left."""
    return and_(_PERSON.disabled_at.is_(None), or_(_PERSON.left_on.is_(None), _PERSON.left_on > day))


def is_open(person: Person, day: date) -> bool:
    """The same of one person."""
    return person.disabled_at is None and (person.left_on is None or person.left_on > day)


_SESSION = (
    select(
        _OPENED.seen_at, _PERSON.id, _PERSON.name, _PERSON.sign_in_name, _PERSON.locale, _PERSON.theme,
        _PERSON.density, _PERSON.must_change_password, _PERSON.pin_hash,
    )
    .join(Person.__table__, _PERSON.id == _OPENED.person_id)
    .where(
        _OPENED.token_hash == bindparam("token_hash"),
        _good(bindparam("idle_since"), bindparam("oldest")),
        may_enter(bindparam("day")),
    )
)  # fmt: skip


def signed_in_with(token: str, at: datetime) -> tuple[Staff, datetime] | None:
    """Who is behind a cookie while its session is good and their account opens, and when it was noted last."""
    day = office_day(at)
    found = db.session.execute(_SESSION, {"token_hash": digest(token), "day": day, **_limits(at)}).first()
    return (staff(found, day, session_token=token), found.seen_at) if found else None


def sessions_of(person_id: int, at: datetime) -> list[SignInSession]:
    """Where the person is signed in at `at`, the browser used last first."""
    query = select(SignInSession).where(SignInSession.person_id == person_id, _good(**_limits(at)))
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


def accounts_to_open(reader: Staff, at: datetime, most: int) -> list[tuple[Person, str]]:
    """Up to `most` colleagues with no password and no link to one, where the reader looks after accounts, each with the
    Chinese name of their department; whoever begins first stands first."""
    where, day = reader.where(P.ACCOUNTS_MANAGE), office_day(at)
    if not where:
        return []
    link = select(OneTimeLink.id).where(
        OneTimeLink.person_id == Person.id, OneTimeLink.used_at.is_(None), OneTimeLink.good_until > at
    )
    home = (
        select(Post.department_id)
        .join(Placement, Placement.post_id == Post.id)
        .where(Placement.person_id == Person.id, Placement.main, on_day(Placement.from_on, Placement.to_on, day))
        .limit(1)
        .scalar_subquery()
    )
    tree = departments()
    mine: ColumnElement[bool] = home.in_(where)
    if {one.id for one in tree.values() if one.parent_id is None} <= where:
        mine = or_(mine, home.is_(None))
    rows = db.session.execute(
        select(Person, home.label("home"))
        .where(Person.password_hash == "", may_enter(day), ~link.exists(), mine)
        .order_by(Person.joined_on, Person.id)
        .limit(most)
    )
    return [(person, tree[at_home].names["zh-CN"] if at_home else "") for person, at_home in rows]


def locked_until(person: Person, at: datetime) -> datetime | None:
    """Until when the account is locked after wrong passwords or PINs, or None."""
    keys = ((SIGN_IN, digest(person.sign_in_name)), (SIGNING, digest(str(person.id))))
    return db.session.scalar(
        select(func.max(SecretTries.locked_until)).where(
            tuple_(SecretTries.kind, SecretTries.key_hash).in_(keys), SecretTries.locked_until > at
        )
    )


def person_with_link(secret: str, purpose: LinkPurpose, at: datetime) -> Person | None:
    """Whose account the link opens while it is good: not used, not too old, the account not closed."""
    return db.session.scalar(
        select(Person)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.secret_hash == digest(secret),
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.good_until > at,
            may_enter(office_day(at)),
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


def person_to_reset(words: str, day: date) -> Person | None:
    """The one person with a mail address who has `words` as sign-in name or as address; None for a shared address."""
    who = or_(Person.sign_in_name == words, lowered(Person.mail) == words)
    found = db.session.scalars(select(Person).where(who, Person.mail != "", may_enter(day)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def staff_with_id(person_id: int, at: datetime) -> Staff | None:
    """A colleague as one who acts at `at`; None for nobody or a disabled account."""
    person = db.session.get(Person, person_id)
    return staff(person, office_day(at)) if person and person.disabled_at is None else None


def department_on(person_id: int, on: date) -> int | None:
    """The department to which somebody belongs on a day: that of their main post; None before their first one."""
    held = on_day(Placement.from_on, Placement.to_on, on)
    query = select(Post.department_id).join(Placement, Placement.post_id == Post.id)
    return db.session.scalar(query.where(Placement.person_id == person_id, Placement.main, held))


# Who decides, and who answers to whom


def decides_for(person_id: int, on: date) -> Decides | None:
    """Who decides for this person on that day, and why: the one answer for every approval.

    The next level up; its deputy when it is away; else the level above. Never the person themselves. None where nobody
    stands above them, or everybody who does is away.
    """
    return decides(lines_on(on, {person_id}), person_id)


def level_above(person_id: int, on: date, passed: Collection[int] = ()) -> int | None:
    """The next level above a person that day, leaving out everybody in `passed`; None at the top."""
    found = next_up(lines_on(on, {person_id}), person_id, passed)
    return found.person_id if found else None


def superiors_of(person_id: int, on: date) -> list[tuple[int, Line, str]]:
    """To whom the person answers that day: (person, line, project); in a matrix unit two at once (ORG-002)."""
    return superiors(lines_on(on, {person_id}), person_id)


def led_by(person_id: int, on: date) -> frozenset[int]:
    """Everyone who answers to this person that day, through whichever line: both lines see the person's work (ORG-002).

    Right below only, not those further down.
    """
    lines = lines_on(on)
    return frozenset(
        one for one in lines.homes if any(superior == person_id for superior, _line, _project in superiors(lines, one))
    )


def overdue_of(reader: Staff, at: datetime) -> list[Held]:
    """Tasks of the reader's own people that were due before `at` (ORG-035), as far as the reader may know of them."""
    return held.held_by(led_by(reader.id, office_day(at)), at, reader)


def leaver_list(person_id: int, on: date, reader: Staff | None = None) -> list[Held]:
    """What still waits for this person and must be handed on before they leave or the account is disabled; with
    `reader`, as far as that reader may know of it."""
    return [*held.held_by({person_id}, reader=reader), *lines_held(person_id, on)]


def leads_project(person_id: int, project: str, on: date) -> bool:
    """Whether somebody answers to this person for the project on that day."""
    mine = (Superior.superior_id == person_id) & (Superior.project == project) & (Superior.line == Line.PROJECT)
    return bool(
        db.session.scalar(select(Superior.id).where(mine, on_day(Superior.from_on, Superior.to_on, on)).limit(1))
    )


# Who may do what


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Who holds a role on a day, and in which department and below it."""

    id: int
    role: Role
    name: str
    staff_number: str
    department_id: int
    sort_key: str


def _granted_on(day: date) -> Select[Any]:
    """Roles of everybody who is with us, in the order of names."""
    held = (on_day(Grant.from_on, Grant.to_on, day), here_on(day), Person.disabled_at.is_(None))
    columns: tuple[Any, ...] = (
        Grant.id, Grant.role, Person.name, Person.staff_number, Grant.department_id, Person.sort_key,
    )  # fmt: skip
    return select(*columns).join(Person, Person.id == Grant.person_id).where(*held)


def _role_holder(row: Row[Any]) -> RoleHolder:
    return RoleHolder(row.id, Role(row.role), row.name, row.staff_number, row.department_id, row.sort_key)


def some_holders_of_roles(day: date, most: int) -> dict[Role, list[RoleHolder]]:
    """Of each role the first `most` and one more, which says that there are others; one statement."""
    ranked = _granted_on(day).add_columns(
        func.row_number().over(partition_by=Grant.role, order_by=(Person.sort_key, Grant.id)).label("place")
    )
    first = ranked.subquery()
    found: dict[Role, list[RoleHolder]] = {}
    for row in db.session.execute(select(first).where(first.c.place <= most + 1).order_by(first.c.place)):
        found.setdefault(Role(row.role), []).append(_role_holder(row))
    return found


def holders_of_role(role: Role, day: date, *, after: After | None = None, size: int = PAGE) -> Slice[RoleHolder]:
    """Everybody who holds the role anywhere on `day`, sorted by (name's pronunciation, id)."""
    query = _granted_on(day).where(Grant.role == role.value).order_by(Person.sort_key, Grant.id).limit(size + 1)
    if after:
        query = query.where(tuple_(Person.sort_key, Grant.id) > tuple_(*map(literal, after.key)))
    return Slice.of([_role_holder(row) for row in db.session.execute(query)], lambda one: (one.sort_key, one.id), size)


MOST_FOUND = 20


def people_found(words: str, day: date) -> list[Person]:
    """Colleagues with this staff number or sign-in name, otherwise those whose name or initials fit; a few."""
    here = (here_on(day), Person.disabled_at.is_(None))
    exact = or_(lowered(Person.staff_number) == words.lower(), Person.sign_in_name == sign_in_key(words))
    found = list(db.session.scalars(select(Person).where(*here, exact)))
    if found or not words:
        return found
    low = words.lower()
    fits = or_(lowered(Person.name).contains(low, autoescape=True), Person.initials == low)
    return list(db.session.scalars(select(Person).where(*here, fits).order_by(Person.sort_key).limit(MOST_FOUND)))


# Duties, proposals, appraisals


def colleague(person_id: int) -> Person | None:
    """A colleague whose account is not disabled."""
    found = db.session.get(Person, person_id)
    return found if found is not None and found.disabled_at is None else None


def colleagues(day: date) -> Sequence[Any]:
    """Everybody who can be asked inside: id, name and department of their main post, in the order of names."""
    return db.session.execute(
        select(Person.id, Person.name, Post.department_id)
        .join(Placement, Placement.person_id == Person.id)
        .join(Post, Post.id == Placement.post_id)
        .where(
            Person.disabled_at.is_(None),
            Placement.main,
            on_day(Placement.from_on, Placement.to_on, day),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(500)
    ).all()


def colleagues_like(words: str, day: date, *, among: Any = None, most: int) -> Sequence[Any]:
    """Whoever is there and whose name, initials or sign-in name `words` can be the beginning of: id, name, sign-in name
    and department of their main post, those who hold a role first. `among`: only these, by id."""
    word = words.lower()
    holds = exists().where(Grant.person_id == Person.id, on_day(Grant.from_on, Grant.to_on, day))
    query = (
        select(Person.id, Person.name, Person.sign_in_name, Post.department_id)
        .join(Placement, Placement.person_id == Person.id)
        .join(Post, Post.id == Placement.post_id)
        .where(
            Person.disabled_at.is_(None), here_on(day), Placement.main, on_day(Placement.from_on, Placement.to_on, day),
            or_(
                lowered(Person.name).contains(word, autoescape=True),
                Person.initials.startswith(word, autoescape=True),
                Person.sign_in_name.startswith(word, autoescape=True),
            ),
        )
    )  # fmt: skip
    if among is not None:
        query = query.where(Person.id.in_(among))
    return db.session.execute(query.order_by(holds.desc(), Person.sort_key, Person.id).limit(most)).all()


def duty_called(words: str, is_power: bool) -> Duty | None:
    """The duty, or power, that these words say; spaces and punctuation make no other one."""
    wanted = rules.folded(words)
    for duty in db.session.scalars(select(Duty).where(Duty.is_power == is_power, Duty.dropped_on.is_(None))):
        if rules.folded(duty.words) == wanted:
            return duty
    return None


def appraisal_of(person_id: int, period: str) -> Appraisal | None:
    """The one appraisal of a person for a period."""
    return db.session.scalar(select(Appraisal).where(Appraisal.person_id == person_id, Appraisal.period == period))


@dataclass(frozen=True, slots=True)
class DutyOfDay:
    """A duty or power, and which units own it on a day: (unit, the row that says so)."""

    id: int
    words: str
    is_power: bool
    owners: dict[int, int]


def duties_on(day: date, department_id: int | None = None) -> list[DutyOfDay]:
    """Every duty and power that some unit has to own on `day`, in the order in which they were named; with
    `department_id` those that this one owns, each with all of its owners."""
    found: dict[int, DutyOfDay] = {}
    holds = on_day(DutyOwner.from_on, DutyOwner.to_on, day)
    query = (
        select(Duty.id, Duty.words, Duty.is_power, DutyOwner.department_id, DutyOwner.id.label("row_id"))
        .outerjoin(DutyOwner, and_(DutyOwner.duty_id == Duty.id, holds))
        .where(on_day(Duty.since_on, Duty.dropped_on, day))
        .order_by(Duty.is_power, Duty.id, DutyOwner.id)
    )
    if department_id is not None:
        own = select(DutyOwner.duty_id).where(DutyOwner.department_id == department_id, holds)
        query = query.where(Duty.id.in_(own))
    rows = db.session.execute(query)
    for row in rows:
        duty = found.setdefault(row.id, DutyOfDay(row.id, row.words, row.is_power, {}))
        if row.department_id:
            duty.owners[row.department_id] = row.row_id
    return list(found.values())


def duty_report(day: date) -> tuple[list[DutyOfDay], list[DutyOfDay], list[tuple[DutyOfDay, DutyOfDay]]]:
    """Overlaps, gaps, and pairs of different units that read so much alike that they may be an overlap (ORG-005)."""
    duties = duties_on(day)
    owned = [one for one in duties if one.owners]
    pairs = [
        (owned[first], owned[second])
        for first, second in rules.alike([one.words for one in owned])
        if owned[first].is_power == owned[second].is_power
        and not owned[first].owners.keys() & owned[second].owners.keys()
    ]
    return [one for one in duties if len(one.owners) > 1], [one for one in duties if not one.owners], pairs


@dataclass(frozen=True, slots=True)
class Assessed:
    """On a day the unit `by_id` assesses the unit `unit_id` from outside; `id`: the row that says so (ORG-022)."""

    id: int
    unit_id: int
    by_id: int


def assessments_on(day: date) -> list[Assessed]:
    """Who assesses whom on a day, in the order in which it was arranged."""
    query = select(Assessment.id, Assessment.department_id, Assessment.by_department_id)
    query = query.where(on_day(Assessment.from_on, Assessment.to_on, day)).order_by(Assessment.id)
    return [Assessed(*row) for row in db.session.execute(query)]


def assessors_of(department_id: int, on: date) -> list[int]:
    """The units outside that assess this one on a day (ORG-022)."""
    query = select(Assessment.by_department_id).where(Assessment.department_id == department_id)
    return list(
        db.session.scalars(query.where(on_day(Assessment.from_on, Assessment.to_on, on)).order_by(Assessment.id))
    )


def assessed_by(department_id: int, on: date) -> list[int]:
    """The units that this one assesses on a day (ORG-022)."""
    query = select(Assessment.department_id).where(Assessment.by_department_id == department_id)
    return list(
        db.session.scalars(query.where(on_day(Assessment.from_on, Assessment.to_on, on)).order_by(Assessment.id))
    )


def unit_coded(code: str) -> Department | None:
    """The unit with this code, whatever its case, also one that has been closed or is still to come."""
    return next((one for one in departments().values() if one.code.casefold() == code.casefold()), None)


def unit_entered_last(department_id: int) -> DepartmentChange:
    """How a unit will be in the end: the latest of what was entered for it, also for a day to come."""
    mine = select(DepartmentChange).where(DepartmentChange.department_id == department_id)
    return db.session.scalars(mine.order_by(DepartmentChange.from_on.desc(), DepartmentChange.id.desc()).limit(1)).one()


def post_of(department_id: int, post_id: int) -> Post | None:
    """A post of this unit; None for one of another unit (attack 11)."""
    return db.session.scalar(select(Post).where(Post.id == post_id, Post.department_id == department_id))


def post_entered_last(post_id: int) -> PostChange:
    """How a post will be in the end; see `unit_entered_last`."""
    mine = select(PostChange).where(PostChange.post_id == post_id)
    return db.session.scalars(mine.order_by(PostChange.from_on.desc(), PostChange.id.desc()).limit(1)).one()


def owner_row(department_id: int, row_id: int) -> DutyOwner | None:
    """The line of this unit's statement with that id."""
    return db.session.scalar(select(DutyOwner).where(DutyOwner.id == row_id, DutyOwner.department_id == department_id))


def duty_with(duty_id: int) -> Duty | None:
    """A duty that some unit still has to own."""
    return db.session.scalar(select(Duty).where(Duty.id == duty_id, Duty.dropped_on.is_(None)))


def assessment_of(department_id: int, row_id: int) -> Assessment | None:
    """The assessment of this unit with that id."""
    mine = (Assessment.id == row_id, Assessment.department_id == department_id)
    return db.session.scalar(select(Assessment).where(*mine))


def history_of_unit(department_id: int, *, after: After | None = None, size: int = PAGE) -> Slice[JournalEntry]:
    """The facts about a unit, its posts and its statement, the newest first (`ix_journal_about_subject_id`)."""
    about = (JournalEntry.about == "department", JournalEntry.subject_id == department_id)
    query = select(JournalEntry).where(*about).order_by(JournalEntry.id.desc()).limit(size + 1)
    if after:
        query = query.where(JournalEntry.id < after.key[0])
    return Slice.of(db.session.scalars(query).all(), lambda one: (one.id,), size)


def units_of_kind(kind: UnitKind, on: date) -> list[UnitOfDay]:
    """The units of one kind: the committee that takes escalations (ORG-009), the regional centres (ORG-038)."""
    return [one for one in tree_on(on).values() if one.kind is kind]


# What a person has on a day


def base_pay_of(person_id: int, on: date) -> int | None:
    """Full monthly base pay in fen on a day. Whoever asks for somebody else holds PAY_READ in their department."""
    query = select(PayBase.fen).where(PayBase.person_id == person_id, on_day(PayBase.from_on, PayBase.to_on, on))
    return db.session.scalar(query)


def city_of(person_id: int, on: date) -> str:
    """In which city the person works that day; empty where nobody has said."""
    query = select(WorkCity.city).where(WorkCity.person_id == person_id, on_day(WorkCity.from_on, WorkCity.to_on, on))
    return db.session.scalar(query) or ""


def lines_held(person_id: int, day: date) -> Iterator[Held]:
    """For a leaver: whose superior or deputy they are on `day`."""
    leads = (
        select(literal("superior").label("kind"), Superior.id, cast(Superior.line, String).label("line"), Person.name,
               Person.staff_number)
        .join(Person, Person.id == Superior.person_id)
        .where(Superior.superior_id == person_id, on_day(Superior.from_on, Superior.to_on, day))
    )  # fmt: skip
    stands_in = (
        select(literal("deputy"), Deputy.id, literal(""), Person.name, Person.staff_number)
        .join(Person, Person.id == Deputy.person_id)
        .where(Deputy.deputy_id == person_id, on_day(Deputy.from_on, Deputy.to_on, day))
    )
    rows = db.session.execute(leads.union_all(stands_in)).all()
    for row in sorted(rows, key=lambda one: (one.kind != "superior", one.id)):
        what = Line(row.line).label if row.line else say("deputy")
        yield Held(person_id, what, row.staff_number, row.name, f"/people/{row.staff_number}")


# Proposals and appraisals


def _proposals_of(reader: Staff) -> ColumnElement[bool]:
    """Proposals of the departments for which the reader proposes or decides, never one about the reader."""
    where = reader.where(P.PROPOSALS_MAKE) | reader.where(P.PROPOSALS_DECIDE)
    return and_(StaffProposal.department_id.in_(where), StaffProposal.person_id != reader.id)


def sees_proposals(reader: Staff) -> bool:
    """Whether proposals are any of the reader's business: they make them for a department, or decide on them."""
    return reader.may(P.PROPOSALS_MAKE) or reader.may(P.PROPOSALS_DECIDE)


def proposals_seen_by(
    reader: Staff, *, state: ProposalState | None = None, after: After | None = None, size: int = PAGE
) -> Slice[StaffProposal]:
    """Proposals that the reader may see, the newest first."""
    query = select(StaffProposal).where(_proposals_of(reader)).order_by(StaffProposal.id.desc()).limit(size + 1)
    if state:
        query = query.where(StaffProposal.state == state)
    if after:
        query = query.where(StaffProposal.id < after.key[0])
    query = query.options(joinedload(StaffProposal.person), joinedload(StaffProposal.proposed_by))
    return Slice.of(db.session.scalars(query).all(), lambda one: (one.id,), size)


def proposals_to_decide(reader: Staff, most: int) -> Select[Any] | None:
    """Proposals that wait for a decision of the reader, the oldest first, as `waiting.row` columns: for Today."""
    departments = reader.where(P.PROPOSALS_DECIDE)
    if not departments:
        return None
    about, by = aliased(Person), aliased(Person)
    columns = waiting.row(
        number=StaffProposal.number, title=about.name, kind=cast(StaffProposal.kind, String), who=by.name,
        since=StaffProposal.proposed_at,
    )  # fmt: skip
    return (
        select(*columns)
        .join_from(StaffProposal, about, about.id == StaffProposal.person_id)
        .join(by, by.id == StaffProposal.proposed_by_id)
        .where(
            StaffProposal.department_id.in_(departments), StaffProposal.person_id != reader.id,
            StaffProposal.proposed_by_id != reader.id, StaffProposal.state == ProposalState.PROPOSED,
        )
        .order_by(StaffProposal.id)
        .limit(most)
    )  # fmt: skip


def proposal_seen_by(reader: Staff, number: str) -> StaffProposal | None:
    """One proposal, or None for one that is not there or not the reader's to see."""
    return db.session.scalar(select(StaffProposal).where(StaffProposal.number == number.upper(), _proposals_of(reader)))


def _appraisals_of(reader: Staff, on: date) -> ColumnElement[bool]:
    """One's own, those of whoever is recorded as answering to the reader that day (both lines of a matrix unit see the
    person's work, ORG-002), and those of the departments where the reader appraises or keeps records."""
    where = reader.where(P.APPRAISALS_WRITE) | reader.where(P.PEOPLE_EDIT)
    led = select(Superior.person_id).where(
        Superior.superior_id == reader.id, on_day(Superior.from_on, Superior.to_on, on)
    )
    return or_(Appraisal.person_id == reader.id, Appraisal.department_id.in_(where), Appraisal.person_id.in_(led))


def appraisals_seen_by(reader: Staff, person: Person, on: date) -> list[Appraisal]:
    """A person's appraisals, the newest period first, as far as the reader may see them."""
    query = select(Appraisal).where(Appraisal.person_id == person.id, _appraisals_of(reader, on))
    query = query.options(joinedload(Appraisal.set_by), joinedload(Appraisal.appraised_by))
    return list(db.session.scalars(query.order_by(Appraisal.period.desc())))


def appraisals_open_to(
    reader: Staff, on: date, *, after: After | None = None, size: int = PAGE
) -> Slice[tuple[Appraisal, str]]:  # fmt: skip
    """Every appraisal that the reader may see, each with the person's name, the newest first."""
    query = select(Appraisal, Person.name).join(Person, Person.id == Appraisal.person_id)
    query = query.where(_appraisals_of(reader, on)).order_by(Appraisal.id.desc()).limit(size + 1)
    if after:
        query = query.where(Appraisal.id < after.key[0])
    rows = [(row[0], row[1]) for row in db.session.execute(query)]
    return Slice.of(rows, lambda one: (one[0].id,), size)


def appraisal_seen_by(reader: Staff, appraisal_id: int, on: date) -> Appraisal | None:
    """One appraisal, or None for one that is not there or not the reader's to see."""
    return db.session.scalar(select(Appraisal).where(Appraisal.id == appraisal_id, _appraisals_of(reader, on)))


MOST_OFFERED = 100


def is_own(reader: Staff, right: P, person: Person, on: date) -> bool:
    """Whether somebody else belongs on that day where the reader holds `right`."""
    return person.id != reader.id and home_of(person.id, on) in reader.where(right)


def own_people(reader: Staff, right: P, on: date) -> list[tuple[str, str]]:
    """(staff number, name) of people who belong where the reader holds `right`, the first ones: what a form offers."""
    query = (
        select(Person.staff_number, Person.name)
        .join(Placement, Placement.person_id == Person.id)
        .join(Post, Post.id == Placement.post_id)
        .where(
            Placement.main, on_day(Placement.from_on, Placement.to_on, on), here_on(on), Person.disabled_at.is_(None),
            Post.department_id.in_(reader.where(right)), Person.id != reader.id,
        )
    )  # fmt: skip
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(Person.sort_key).limit(MOST_OFFERED))]
