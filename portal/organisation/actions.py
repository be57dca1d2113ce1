"""What HR and administrators do to the records of people and departments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, true

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record, unchanged_since
from portal.kernel.numbers import next_number
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import company, queries, rules
from portal.organisation.events import (
    AbsenceNoted,
    AssessmentArranged,
    BasePayChanged,
    DepartmentAdded,
    DepartmentChanged,
    DepartmentClosed,
    DeputyAppointed,
    DeputyReleased,
    DetailsChanged,
    DutyGivenUp,
    DutyNamed,
    DutyTaken,
    ObjectivesAgreed,
    PersonAdded,
    PersonAppraised,
    PersonLeft,
    PersonPlaced,
    PersonRenamed,
    PlacementEnded,
    PostAdded,
    PostChanged,
    PostClosed,
    ProposalDecided,
    ProposalMade,
    ProposalWithdrawn,
    RoleGiven,
    RoleTaken,
    SuperiorRecorded,
    WorkCityChanged,
)
from portal.organisation.lines import chain, in_matrix
from portal.organisation.models import (
    Absence,
    Appraisal,
    Assessment,
    Basis,
    Department,
    DepartmentChange,
    Deputy,
    Duty,
    DutyOwner,
    Grant,
    Line,
    PayBase,
    Person,
    PersonName,
    Placement,
    Post,
    PostChange,
    PostValues,
    ProposalKind,
    Rank,
    Reporting,
    StaffProposal,
    Structure,
    Superior,
    UnitKind,
    UnitValues,
    WorkCity,
)
from portal.organisation.staff import Staff
from portal.organisation.states import PROPOSAL, ProposalState

Keeper = Staff | Portal
Values = dict[str, Any]
C = TypeVar("C", DepartmentChange, PostChange, PersonName)
D = TypeVar("D", Placement, Grant, Superior, Deputy, WorkCity, PayBase, DutyOwner, Assessment)
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
STAFF_NUMBER = re.compile(r"[A-Za-z0-9][\w.-]{0,29}")
SIGN_IN_NAME = re.compile(r"\w[\w.@+-]{0,59}")
TAKEN_WORDS = frozenset({"new", "import"})
"""Words that stand in an address where a staff number would."""
UNIT_VALUES = tuple(vars(UnitValues)["__annotations__"])
POST_VALUES = tuple(vars(PostValues)["__annotations__"])


# Units


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
    reporting: Reporting = Reporting.BY_RANK,
    goal: str = "",
    business_field: str = "",
    profit_centre: str = "",
    headcount: int | None = None,
    from_on: date,
    at: datetime,
) -> Department:
    """Put a unit into the tree (ORG-001, ORG-004, ORG-006). Raises NotAllowed without the right in the unit above.

    Raises Refused for a code that is taken or has other signs than capital letters, digits and hyphens, and for a
    division without its business field and profit centre (ORG-003).
    """
    _need(actor, P.UNITS_EDIT, parent.id if parent else None)
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise Refused(say("A code has capital letters, digits and hyphens, at most 20."), field="code")
    if db.session.scalar(select(Department.id).where(Department.code == code)):
        raise Refused(say("The code {code} is taken.", code=code), field="code")
    values: Values = {
        "names": names, "kind": kind, "structure": structure, "basis": basis, "reporting": reporting, "goal": goal,
        "business_field": business_field, "profit_centre": profit_centre, "headcount": headcount,
    }  # fmt: skip
    _check_unit(values)
    parent_id = parent.id if parent else None
    department = Department(code=code, parent_id=parent_id, path="", from_on=from_on, **values)
    db.session.add(department)
    db.session.flush()
    department.path = f"{parent.path if parent else '/'}{department.id}/"
    db.session.add(
        DepartmentChange(
            department_id=department.id, parent_id=parent_id, from_on=from_on, taken_over_at=at, **values
        )
    )  # fmt: skip
    queries.forget_departments()
    record(DepartmentAdded(department.id, names["zh-CN"]))
    return department


@action
def change_department(
    actor: Keeper,
    department: Department,
    values: Values,
    *,
    parent_id: int | None = None,
    from_on: date,
    seen: int | None = None,
    at: datetime,
) -> DepartmentChange:
    """A unit is different from a day on: `values` of UnitValues, its place (`parent_id`); what is not said stays.

    Old records go on showing the unit of their day. A day to come is taken over when it is there. Raises Refused for a
    day before a change that is already entered, and for a place below the unit itself; OutOfDate when another change
    than `seen` was entered last.
    """
    _need(actor, P.UNITS_EDIT, department.id)
    db.session.refresh(department, with_for_update=True)
    last = queries.unit_entered_last(department.id)
    _check_seen(last.id, seen)
    if from_on < last.from_on:
        raise _later_change(last.from_on)
    after = {name: values.get(name, getattr(last, name)) for name in UNIT_VALUES}
    _check_unit(after)
    parent_id = parent_id or last.parent_id
    if parent_id != last.parent_id:
        _need(actor, P.UNITS_EDIT, parent_id)
        if last.parent_id is None:
            raise Refused(say("The company itself cannot be put below a unit."), field="parent")
        above = company.tree_on(from_on).up_from(parent_id)
        if not above or department.id in {one.id for one in above}:
            raise Refused(say("A unit cannot stand below itself."), field="parent")
    fields = [name for name in UNIT_VALUES if after[name] != getattr(last, name)]
    fields += ["parent"] if parent_id != last.parent_id else []
    change = DepartmentChange(department_id=department.id, parent_id=parent_id, from_on=from_on, **after)
    db.session.add(change)
    record(DepartmentChanged(department.id, last.names["zh-CN"], tuple(fields), from_on))
    _take_over_unit(department, change, at)
    return change


@action
def close_department(actor: Keeper, department: Department, *, to_on: date, at: datetime) -> None:
    """A unit is no more from a day on. Raises Refused while units or people are in it on that day.

    Its posts end, and what it owned shows as a gap until another unit owns it.
    """
    _need(actor, P.UNITS_EDIT, department.id)
    if to_on < department.from_on or (department.to_on and department.to_on <= to_on):
        raise Refused(say("“{name}” is not there on that day.", name=department.names), field="to_on")
    if company.tree_on(to_on).children(department.id):
        raise Refused(say("There are units below “{name}”. Close or move them first.", name=department.names))
    posts = list(db.session.scalars(select(Post).where(Post.department_id == department.id)))
    _refuse_held(posts, to_on)
    for post in posts:
        post.to_on = post.to_on if post.to_on and post.to_on < to_on else max(to_on, post.from_on)
    for owner in _open_rows(DutyOwner, DutyOwner.department_id == department.id, to_on):
        owner.to_on = max(to_on, owner.from_on)
    either = or_(Assessment.department_id == department.id, Assessment.by_department_id == department.id)
    for assessment in _open_rows(Assessment, either, to_on):
        assessment.to_on = max(to_on, assessment.from_on)
    department.to_on = to_on
    queries.forget_departments()
    record(DepartmentClosed(department.id, department.names["zh-CN"], to_on))


@action
def arrange_assessment(
    actor: Keeper, department: Department, by: Department, *, from_on: date, at: datetime
) -> Assessment:
    """`by` assesses `department` from a day on (ORG-022). Raises Refused unless it stands outside of it."""
    _need(actor, P.UNITS_EDIT, department.id)
    if department.path.startswith(by.path) or by.path.startswith(department.path):
        raise Refused(say("“{by}” does not stand outside of “{name}”.", by=by.names, name=department.names), field="by")
    assessment = Assessment(department_id=department.id, by_department_id=by.id, from_on=from_on)
    db.session.add(assessment)
    record(AssessmentArranged(department.id, department.names["zh-CN"], by.names["zh-CN"], from_on, None))
    return assessment


@action
def end_assessment(actor: Keeper, assessment: Assessment, *, to_on: date, at: datetime) -> None:
    """The unit outside no longer assesses this one from a day on."""
    _need(actor, P.UNITS_EDIT, assessment.department_id)
    _end(assessment, to_on)
    department, by = _unit(assessment.department_id), _unit(assessment.by_department_id)
    record(AssessmentArranged(department.id, department.names["zh-CN"], by.names["zh-CN"], assessment.from_on, to_on))


def _check_unit(values: Values) -> None:
    if not values["names"].get("zh-CN", "").strip():
        raise Refused(say("Give the unit its name in Chinese."), field="name")
    if values["kind"] is UnitKind.DIVISION and not (values["business_field"] and values["profit_centre"]):
        raise Refused(say("A division has its own business field and is a profit centre: say both."), field="kind")
    if (values["headcount"] or 0) < 0:
        raise Refused(say("A headcount is not less than nothing."), field="headcount")


def _take_over_unit(department: Department, change: DepartmentChange, at: datetime) -> None:
    """What holds from today on becomes the unit as it is; with it the paths below it."""
    if change.from_on > office_day(at):
        return
    for name in UNIT_VALUES:
        setattr(department, name, getattr(change, name))
    if department.parent_id != change.parent_id:
        department.parent_id = change.parent_id
        above = _unit(change.parent_id).path if change.parent_id else "/"
        before, after = department.path, f"{above}{department.id}/"
        for one in db.session.scalars(select(Department).where(Department.path.startswith(before, autoescape=True))):
            one.path = after + one.path[len(before) :]
    change.taken_over_at = at
    queries.forget_departments()


# Duties and powers


@action
def state_duty(
    actor: Keeper, department: Department, words: str, *, is_power: bool = False, from_on: date, at: datetime
) -> Duty:
    """Write a duty or power into a unit's statement (ORG-005). Where another unit owns it already both own it, and the
    overlap is reported. Raises Refused for one that stands there already."""
    _need(actor, P.CHARTERS_EDIT, department.id)
    duty = queries.duty_called(words, is_power) or _new_duty(words, is_power, from_on)
    if any(one.department_id == department.id for one in _open_rows(DutyOwner, DutyOwner.duty_id == duty.id, from_on)):
        raise Refused(say("This stands in the statement already."), field="words")
    _own(duty, department, from_on)
    return duty


@action
def name_duty(actor: Keeper, words: str, *, is_power: bool = False, from_on: date, at: datetime) -> Duty:
    """Say that there is a duty which no unit owns yet; it shows as a gap (ORG-005)."""
    _need(actor, P.UNITS_EDIT)
    if queries.duty_called(words, is_power):
        raise Refused(say("This duty is known already."), field="words")
    duty = _new_duty(words, is_power, from_on)
    record(DutyNamed(duty.id, duty.words, dropped=False))
    return duty


@action
def give_up_duty(actor: Keeper, owner: DutyOwner, *, to_on: date, at: datetime) -> None:
    """Take a duty out of a unit's statement from a day on; without another owner it shows as a gap."""
    _need(actor, P.CHARTERS_EDIT, owner.department_id)
    _disown(owner, to_on)


@action
def settle_duty(actor: Keeper, duty: Duty, department: Department, *, from_on: date, at: datetime) -> None:
    """From a day on exactly one unit owns the duty: `department` (ORG-005). The right counts in every unit that loses
    it as well."""
    _need(actor, P.UNITS_EDIT, department.id)
    owners = _open_rows(DutyOwner, DutyOwner.duty_id == duty.id, from_on)
    for owner in owners:
        if owner.department_id != department.id:
            _need(actor, P.UNITS_EDIT, owner.department_id)
            _disown(owner, from_on)
    if all(owner.department_id != department.id for owner in owners):
        _own(duty, department, from_on)


@action
def drop_duty(actor: Keeper, duty: Duty, *, on: date, at: datetime) -> None:
    """Nobody has to own this any more."""
    _need(actor, P.UNITS_EDIT)
    for owner in _open_rows(DutyOwner, DutyOwner.duty_id == duty.id, on):
        _need(actor, P.UNITS_EDIT, owner.department_id)
        _disown(owner, on)
    duty.dropped_on = on
    record(DutyNamed(duty.id, duty.words, dropped=True))


def _new_duty(words: str, is_power: bool, on: date) -> Duty:
    duty = Duty(words=" ".join(words.split()), is_power=is_power, since_on=on)
    db.session.add(duty)
    db.session.flush()
    return duty


def _own(duty: Duty, department: Department, from_on: date) -> None:
    db.session.add(DutyOwner(duty_id=duty.id, department_id=department.id, from_on=from_on))
    record(DutyTaken(department.id, department.names["zh-CN"], duty.id, duty.words, from_on))


def _disown(owner: DutyOwner, to_on: date) -> None:
    _end(owner, to_on)
    duty, department = db.session.get_one(Duty, owner.duty_id), _unit(owner.department_id)
    record(DutyGivenUp(department.id, department.names["zh-CN"], duty.id, duty.words, to_on))


# Posts


@action
def add_post(
    actor: Keeper,
    department: Department,
    titles: dict[str, str],
    *,
    rank: Rank = Rank.STAFF,
    leads: bool = False,
    headcount: int | None = None,
    description: str = "",
    from_on: date | None = None,
    key: str = "",
    at: datetime,
) -> Post:
    """Add a post to a department, with its rank and how many there should be (ORG-010, ORG-023).

    `from_on` None: since the department is there. `key`: the one-time key of the form.
    """
    _need(actor, P.UNITS_EDIT, department.id)
    from_on = from_on or department.from_on
    values: Values = {
        "titles": titles, "rank": rank, "leads": leads, "headcount": headcount, "description": description,
    }  # fmt: skip
    _check_post(values)
    post = Post(department_id=department.id, from_on=from_on, **values)
    db.session.add(post)
    db.session.flush()
    db.session.add(PostChange(post_id=post.id, from_on=from_on, taken_over_at=at, **values))
    once.used(key, actor.id, str(post.id), at)
    record(PostAdded(department.id, department.names["zh-CN"], titles["zh-CN"], from_on))
    return post


@action
def change_post(
    actor: Keeper, post: Post, values: Values, *, from_on: date, seen: int | None = None, at: datetime
) -> PostChange:
    """A post is different from a day on: `values` of PostValues; what is not said stays. See `change_department`."""
    _need(actor, P.UNITS_EDIT, post.department_id)
    db.session.refresh(post, with_for_update=True)
    last = queries.post_entered_last(post.id)
    _check_seen(last.id, seen)
    if from_on < last.from_on:
        raise _later_change(last.from_on)
    after = {name: values.get(name, getattr(last, name)) for name in POST_VALUES}
    _check_post(after)
    change = PostChange(post_id=post.id, from_on=from_on, **after)
    db.session.add(change)
    fields = tuple(name for name in POST_VALUES if after[name] != getattr(last, name))
    department = _unit(post.department_id)
    record(PostChanged(department.id, department.names["zh-CN"], last.titles["zh-CN"], fields, from_on))
    _take_over_post(post, change, at)
    return change


@action
def close_post(actor: Keeper, post: Post, *, to_on: date, at: datetime) -> None:
    """A post is no more from a day on. Raises Refused while somebody holds it on that day."""
    _need(actor, P.UNITS_EDIT, post.department_id)
    if to_on < post.from_on or (post.to_on and post.to_on <= to_on):
        raise Refused(say("“{name}” is not there on that day.", name=post.titles), field="to_on")
    _refuse_held([post], to_on)
    post.to_on = to_on
    department = _unit(post.department_id)
    record(PostClosed(department.id, department.names["zh-CN"], post.titles["zh-CN"], to_on))


def _check_post(values: Values) -> None:
    if not values["titles"].get("zh-CN", "").strip():
        raise Refused(say("Give the post its title in Chinese."), field="title")
    if (values["headcount"] or 0) < 0:
        raise Refused(say("A headcount is not less than nothing."), field="headcount")


def _take_over_post(post: Post, change: PostChange, at: datetime) -> None:
    if change.from_on <= office_day(at):
        for name in POST_VALUES:
            setattr(post, name, getattr(change, name))
        change.taken_over_at = at


def _refuse_held(posts: Iterable[Post], on: date) -> None:
    """Raises Refused where somebody holds one of these posts on that day or later."""
    held = select(Person.name).join(Placement, Placement.person_id == Person.id)
    still = or_(Placement.to_on.is_(None), Placement.to_on > on) & (Placement.to_on.is_distinct_from(Placement.from_on))
    names = list(db.session.scalars(held.where(Placement.post_id.in_([post.id for post in posts]), still).limit(4)))
    if names:
        raise Refused(say("{names} would lose their post. Give them another one first.", names=tuple(names[:3])))


# Records of people


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
    staff_number, sign_in_name = staff_number.strip(), rules.sign_in_key(sign_in_name)
    if not is_staff_number(staff_number):
        raise Refused(say("A staff number has letters, digits, dots and hyphens, at most 30."), field="staff_number")
    if not is_sign_in_name(sign_in_name):
        raise Refused(say("A sign-in name has no spaces and at most 60 characters."), field="sign_in_name")
    if queries.person_numbered(staff_number):
        raise Refused(say("The staff number “{name}” is taken.", name=staff_number), field="staff_number")
    if queries.person_called(sign_in_name):
        raise Refused(say("The sign-in name “{name}” is taken.", name=sign_in_name), field="sign_in_name")
    person = Person(
        staff_number=staff_number, sign_in_name=sign_in_name, name=name.strip(), sort_key=rules.sort_key(name),
        initials=initials or rules.initials(name), mail=mail, telephone=telephone, joined_on=joined_on,
        external=external,
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    db.session.add(PersonName(person_id=person.id, name=person.name, from_on=joined_on, taken_over_at=at))
    record(PersonAdded(person.id, person.name, joined_on))
    return person


def is_staff_number(word: str) -> bool:
    """Whether somebody can be numbered so: it stands in the address of their page."""
    return STAFF_NUMBER.fullmatch(word) is not None and word.casefold() not in TAKEN_WORDS


def is_sign_in_name(word: str) -> bool:
    """Whether somebody can sign in by this name."""
    return SIGN_IN_NAME.fullmatch(word) is not None


@action
def add_colleague(
    actor: Keeper,
    staff_number: str,
    sign_in_name: str,
    name: str,
    *,
    joined_on: date,
    mail: str = "",
    telephone: str = "",
    external: bool = False,
    post: Post | None = None,
    city: str = "",
    key: str = "",
    at: datetime,
) -> Person:
    """A colleague joins with the first post and the city of work, all at once. `key`: the form's, which makes one only
    (attack 29)."""
    person = add_person(
        actor, staff_number, sign_in_name, name, joined_on=joined_on, mail=mail.strip(), telephone=telephone.strip(),
        external=external, at=at,
    )  # fmt: skip
    if post is not None:
        place(actor, person, post, from_on=joined_on, at=at)
    if city.strip():
        move_to_city(actor, person, city, from_on=joined_on, at=at)
    once.used(key, actor.id, person.staff_number, at)
    return person


@action
def rename(actor: Keeper, person: Person, name: str, *, from_on: date, at: datetime) -> None:
    """Somebody has another name from a day on; records of days before go on showing the old one (attack 44)."""
    _keep(actor, person)
    name = " ".join(name.split())
    last = _last_change(PersonName, PersonName.person_id == person.id)
    if name == last.name:
        raise Refused(say("That is the name already."), field="name")
    if from_on < last.from_on:
        raise _later_change(last.from_on)
    entry = PersonName(person_id=person.id, name=name, from_on=from_on)
    db.session.add(entry)
    record(PersonRenamed(person.id, last.name, name, from_on))
    _take_over_name(person, entry, at)


@action
def change_details(
    actor: Keeper, person: Person, *, mail: str, telephone: str, external: bool, development_note: str,
    seen: int | None = None, at: datetime,
) -> None:  # fmt: skip
    """Mail, telephone and the like: what holds now is enough, the journal says that it changed.

    `seen`: the last change on the page that was read; raises OutOfDate where there is a later one.
    """
    _keep(actor, person)
    unchanged_since("person", person.id, seen, DetailsChanged)
    after = {"mail": mail, "telephone": telephone, "external": external, "development_note": development_note}
    changed = [name for name, value in after.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, after[name])
    if changed:
        record(DetailsChanged(person.id, person.name, tuple(changed)))


@action
def place(
    actor: Keeper,
    person: Person,
    post: Post,
    *,
    main: bool = True,
    from_on: date,
    to_on: date | None = None,
    at: datetime,
) -> Placement:
    """Give a person a post from a day on; of main posts the one before ends with that day.

    HR may; a head may for the department's own people (ORG-013). Nobody for themselves.
    """
    _may_place(actor, person, post, from_on)
    if from_on < person.joined_on or (person.left_on and person.left_on <= from_on):
        raise Refused(say("{name} is not with us on that day.", name=person.name), field="from_on")
    if from_on < post.from_on or (post.to_on and post.to_on <= from_on):
        raise Refused(say("“{name}” is not there on that day.", name=post.titles), field="from_on")
    kept = list(db.session.scalars(select(Placement).where(Placement.person_id == person.id)))
    if any(
        one.post_id == post.id and one.from_on <= from_on and (not one.to_on or from_on < one.to_on) for one in kept
    ):
        raise Refused(say("{name} holds that post already.", name=person.name), field="post")
    placement = Placement(person_id=person.id, post_id=post.id, main=main, from_on=from_on, to_on=to_on)
    _succeed([one for one in kept if one.main] if main else [], placement)
    department = _unit(post.department_id)
    record(PersonPlaced(person.id, person.name, post.titles["zh-CN"], department.names["zh-CN"], from_on))
    return placement


@action
def end_placement(actor: Keeper, placement: Placement, *, to_on: date, at: datetime) -> None:
    """Somebody no longer holds a post from a day on."""
    person, post = placement.person, placement.post
    _may_place(actor, person, post, to_on)
    _end(placement, to_on)
    department = _unit(post.department_id)
    record(PlacementEnded(person.id, person.name, post.titles["zh-CN"], department.names["zh-CN"], to_on))


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
    if role is Role.EVERYONE:
        raise Refused(say("Everyone holds this role already."), field="role")
    _check_days(from_on, to_on)
    same = (Grant.person_id == person.id) & (Grant.department_id == department.id) & (Grant.role == role.value)
    if any(one.from_on < (to_on or date.max) for one in _open_rows(Grant, same, from_on)):
        raise Refused(say("{name} holds that role there already.", name=person.name), field="role")
    grant = Grant(person_id=person.id, department_id=department.id, role=role.value, from_on=from_on, to_on=to_on)
    db.session.add(grant)
    record(RoleGiven(person.id, person.name, role.value, department.names["zh-CN"], from_on))
    return grant


@action
def take_role(actor: Keeper, grant: Grant, *, to_on: date, at: datetime) -> None:
    """Somebody no longer holds a role from a day on."""
    _need(actor, P.ROLES_GRANT, grant.department_id)
    _end(grant, to_on)
    person = db.session.get_one(Person, grant.person_id)
    record(RoleTaken(person.id, person.name, grant.role, grant.department.names["zh-CN"], to_on))


@action
def record_superior(
    actor: Keeper,
    person: Person,
    superior: Person,
    line: Line,
    *,
    project: str = "",
    from_on: date,
    to_on: date | None = None,
    at: datetime,
) -> Superior:
    """Write down to whom a person answers from a day on. In a matrix unit that is a functional head and a project lead
    at once, elsewhere one direct superior (ORG-001, ORG-002).

    HR may; a project lead may for the own project. Raises Refused where the lines would run in a circle.
    """
    lines = company.lines_on(from_on, {person.id, superior.id})
    if not (line is Line.PROJECT and actor.id == superior.id and queries.leads_project(superior.id, project, from_on)):
        _keep(actor, person)
    if superior.id == person.id:
        raise Refused(say("Nobody is their own superior."), field="superior")
    if in_matrix(lines, person.id) is (line is Line.DIRECT):
        raise Refused(
            say("In a matrix unit people answer to a functional head and a project lead.")
            if line is Line.DIRECT
            else say("{name} does not belong to a matrix unit: there is one direct superior.", name=person.name),
            field="line",
        )
    if (line is Line.PROJECT) is not bool(project):
        raise Refused(say("Say which project, and only for a project lead."), field="project")
    if line is not Line.PROJECT and person.id in {up.person_id for up in chain(lines, superior.id)}:
        raise Refused(say("{other} answers to {name}.", other=superior.name, name=person.name), field="superior")
    same = select(Superior).where(Superior.person_id == person.id, Superior.line == line, Superior.project == project)
    entry = Superior(
        person_id=person.id, superior_id=superior.id, line=line, project=project, from_on=from_on, to_on=to_on
    )
    _succeed(list(db.session.scalars(same)), entry)
    record(SuperiorRecorded(person.id, person.name, superior.id, superior.name, line.value, project, from_on, None))
    return entry


@action
def end_superior(actor: Keeper, entry: Superior, *, to_on: date, at: datetime) -> None:
    """Somebody no longer answers to this superior from a day on."""
    person, superior = db.session.get_one(Person, entry.person_id), db.session.get_one(Person, entry.superior_id)
    if not (entry.line is Line.PROJECT and actor.id == superior.id):
        _keep(actor, person)
    _end(entry, to_on)
    record(
        SuperiorRecorded(
            person.id, person.name, superior.id, superior.name, entry.line.value, entry.project, entry.from_on, to_on
        )
    )


@action
def name_deputy(
    actor: Keeper, person: Person, deputy: Person, *, reason: str, from_on: date, to_on: date | None, at: datetime
) -> Deputy:
    """Who decides in this person's place while they are away. The person may say so, or HR."""
    if actor.id != person.id:
        _keep(actor, person)
    if deputy.id == person.id:
        raise Refused(say("Nobody stands in for themselves."), field="deputy")
    if deputy.disabled_at or (deputy.left_on and deputy.left_on <= from_on):
        raise Refused(say("{name} is not with us on that day.", name=deputy.name), field="deputy")
    _check_days(from_on, to_on)
    lasts = or_(Deputy.to_on.is_(None), (Deputy.to_on > from_on) & (Deputy.to_on > Deputy.from_on))
    begins = Deputy.from_on < to_on if to_on else true()
    same = (Deputy.person_id == person.id) & (Deputy.deputy_id == deputy.id)
    if db.session.scalar(select(Deputy.id).where(same, lasts, begins).limit(1)):
        raise Refused(say("{name} stands in on one of these days already.", name=deputy.name), field="from_on")
    entry = Deputy(person_id=person.id, deputy_id=deputy.id, reason=reason, from_on=from_on, to_on=to_on)
    db.session.add(entry)
    record(DeputyAppointed(person.id, person.name, deputy.id, deputy.name, from_on, to_on))
    return entry


@action
def end_deputy(actor: Keeper, entry: Deputy, *, to_on: date, at: datetime) -> None:
    """Somebody no longer stands in from a day on. The person may say so, the deputy, or HR."""
    person, deputy = db.session.get_one(Person, entry.person_id), db.session.get_one(Person, entry.deputy_id)
    if actor.id not in (person.id, deputy.id):
        _keep(actor, person)
    _end(entry, to_on)
    record(DeputyReleased(person.id, person.name, deputy.id, deputy.name, to_on))


@action
def note_absence(actor: Keeper, person: Person, *, reason: str, from_on: date, to_on: date, at: datetime) -> Absence:
    """A person is away until the day before `to_on`. The person may say so, whoever decides for them, or HR."""
    if actor.id != person.id:
        decides = queries.decides_for(person.id, office_day(at))
        if decides is None or actor.id != decides.person_id:
            _keep(actor, person)
    if to_on <= from_on:
        raise Refused(say("The last day is before the first one."), field="to_on")
    overlapping = (Absence.from_on < to_on) & (Absence.to_on > from_on) & (Absence.to_on > Absence.from_on)
    if db.session.scalar(select(Absence.id).where(Absence.person_id == person.id, overlapping).limit(1)):
        raise Refused(say("{name} is noted as away on one of these days already.", name=person.name), field="from_on")
    absence = Absence(person_id=person.id, reason=reason, from_on=from_on, to_on=to_on)
    db.session.add(absence)
    record(AbsenceNoted(person.id, person.name, from_on, to_on))
    return absence


@action
def shorten_absence(actor: Keeper, absence: Absence, *, to_on: date, at: datetime) -> None:
    """Back earlier than noted; back on the first day means that there was no absence."""
    person = db.session.get_one(Person, absence.person_id)
    if actor.id != person.id:
        _keep(actor, person)
    if not absence.from_on <= to_on < absence.to_on:
        raise Refused(say("That is not one of the days of this absence."), field="to_on")
    absence.to_on = to_on
    record(AbsenceNoted(person.id, person.name, absence.from_on, to_on))


@action
def move_to_city(actor: Keeper, person: Person, city: str, *, from_on: date, at: datetime) -> WorkCity:
    """Somebody works in another city from a day on: the local minimum wage depends on it."""
    _keep(actor, person)
    entry = WorkCity(person_id=person.id, city=city.strip(), from_on=from_on)
    _succeed(list(db.session.scalars(select(WorkCity).where(WorkCity.person_id == person.id))), entry)
    record(WorkCityChanged(person.id, person.name, entry.city, from_on))
    return entry


@action
def set_base_pay(actor: Keeper, person: Person, fen: int, *, from_on: date, at: datetime) -> PayBase:
    """Full monthly base pay in fen from a day on. Nobody for themselves. The amount is not in the journal."""
    _keep(actor, person, P.PAY_READ)
    if fen < 0:
        raise Refused(say("Base pay is not less than nothing."), field="amount")
    entry = PayBase(person_id=person.id, fen=fen, from_on=from_on)
    _succeed(list(db.session.scalars(select(PayBase).where(PayBase.person_id == person.id))), entry)
    db.session.flush()
    record(BasePayChanged(person.id, person.name, entry.id, from_on))
    return entry


@action
def leave(actor: Keeper, person: Person, *, left_on: date, reason: str = "", at: datetime) -> None:
    """A colleague leaves: `left_on` is the first day without them. Posts, roles and lines end with it.

    What still waits for the person is handed on first; otherwise `reason` says why not. Raises Refused.
    """
    _keep(actor, person)
    if left_on < person.joined_on:
        raise Refused(say("{name} has not joined by then.", name=person.name), field="left_on")
    waiting = queries.leaver_list(person.id, office_day(at))
    if waiting and not reason.strip():
        raise Refused(
            say("{count} things still wait for {name}. Hand them on, or say why not.",
                count=len(waiting), name=person.name),
            field="reason",
        )  # fmt: skip
    person.left_on = left_on
    kinds: tuple[type[Any], ...] = (Placement, Grant, Superior, WorkCity, PayBase, Deputy)
    rows = [row for kind in kinds for row in _open_rows(kind, kind.person_id == person.id, left_on)]
    rows += _open_rows(Superior, Superior.superior_id == person.id, left_on)
    rows += _open_rows(Deputy, Deputy.deputy_id == person.id, left_on)
    for row in rows:
        row.to_on = max(left_on, row.from_on)
    record(PersonLeft(person.id, person.name, left_on, reason.strip()))


@action
def take_over_due(_actor: Portal, *, at: datetime) -> int:
    """What was entered for a day that has come becomes what holds now: units, posts, names. Safe to run twice."""
    day, count = office_day(at), 0
    for unit in _due(DepartmentChange, day):
        _take_over_unit(_unit(unit.department_id), unit, at)
        count += 1
    for post in _due(PostChange, day):
        _take_over_post(db.session.get_one(Post, post.post_id), post, at)
        count += 1
    for name in _due(PersonName, day):
        _take_over_name(db.session.get_one(Person, name.person_id), name, at)
        count += 1
    return count


def _take_over_name(person: Person, entry: PersonName, at: datetime) -> None:
    if entry.from_on <= office_day(at):
        person.name = entry.name
        person.sort_key, person.initials = rules.sort_key(entry.name), rules.initials(entry.name)
        entry.taken_over_at = at


# Proposals and appraisals


@action
def propose(
    actor: Staff, person: Person, kind: ProposalKind, words: str, *, key: str = "", at: datetime
) -> StaffProposal:
    """A department proposes something for one of its own people; nothing follows from it by itself (ORG-025).

    `key`: the one-time key of the form. Raises NotAllowed without the right in the person's department, and for
    oneself.
    """
    home = _own_person(actor, person, P.PROPOSALS_MAKE, at)
    proposal = StaffProposal(
        number=next_number("P", office_day(at).year), department_id=home, person_id=person.id, kind=kind, words=words,
        proposed_by_id=actor.id, proposed_at=at, state=ProposalState.PROPOSED,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    once.used(key, actor.id, proposal.number, at)
    record(ProposalMade(proposal.id, proposal.number, person.id))
    return proposal


@action
def decide_proposal(actor: Staff, proposal: StaffProposal, *, accept: bool, words: str, at: datetime) -> None:
    """HR or higher decides, with a reason; never who proposed it, never the person it is about (ORG-025)."""
    if actor.id in (proposal.proposed_by_id, proposal.person_id):
        raise NotAllowed(say("Nobody decides on their own proposal, or on one about themselves."))
    PROPOSAL.move(proposal, "accept" if accept else "decline", actor)
    if not words.strip():
        raise Refused(say("Say why."), field="words")
    proposal.decided_by_id, proposal.decided_at, proposal.decision = actor.id, at, words.strip()
    record(ProposalDecided(proposal.id, proposal.number, accept))


@action
def withdraw_proposal(actor: Staff, proposal: StaffProposal, *, at: datetime) -> None:
    """Whoever made a proposal takes it back while nobody has decided."""
    PROPOSAL.move(proposal, "withdraw", actor)
    record(ProposalWithdrawn(proposal.id, proposal.number))


@action
def agree_objectives(actor: Staff, person: Person, period: str, objectives: str, *, at: datetime) -> Appraisal:
    """Agree the objectives of a period with one of the department's people, or agree them anew (ORG-026)."""
    home = _own_person(actor, person, P.APPRAISALS_WRITE, at)
    appraisal = queries.appraisal_of(person.id, period)
    if appraisal and appraisal.appraised_at:
        raise Refused(say("{name} is appraised for {period} already.", name=person.name, period=period), field="period")
    if appraisal is None:
        appraisal = Appraisal(person_id=person.id, period=period)
        db.session.add(appraisal)
    appraisal.department_id, appraisal.objectives = home, objectives
    appraisal.set_by_id, appraisal.set_at = actor.id, at
    db.session.flush()
    record(ObjectivesAgreed(person.id, person.name, period))
    return appraisal


@action
def appraise(actor: Staff, appraisal: Appraisal, *, result: str, attendance: str, at: datetime) -> None:
    """Say how the objectives of a period were met, and how attendance was (ORG-026). It is not changed afterwards."""
    person = db.session.get_one(Person, appraisal.person_id)
    _own_person(actor, person, P.APPRAISALS_WRITE, at)
    if appraisal.appraised_at:
        raise OutOfDate(say("{name} is appraised for {period} already.", name=person.name, period=appraisal.period))
    appraisal.result, appraisal.attendance = result, attendance
    appraisal.appraised_by_id, appraisal.appraised_at = actor.id, at
    record(PersonAppraised(person.id, person.name, appraisal.period))


# What the verbs above share


def _need(actor: Keeper, right: P, department_id: int | None = None) -> None:
    if not actor.may(right, department_id):
        raise NotAllowed(say("This is not yours to do."))


def _keep(actor: Keeper, person: Person, *rights: P) -> None:
    """HR keeps the records of others: the right counts in the person's department. Two who change the same person wait
    for each other."""
    db.session.refresh(person, with_for_update=True)
    home = queries.home_of(person.id)
    for right in (P.PEOPLE_EDIT, *rights):
        _need(actor, right, home)
    if actor.id == person.id:
        raise NotAllowed(say("Nobody keeps their own record."))


def _may_place(actor: Keeper, person: Person, post: Post, day: date) -> None:
    db.session.refresh(person, with_for_update=True)
    home = queries.home_of(person.id)
    if not actor.may(P.PEOPLE_EDIT, post.department_id):
        _need(actor, P.POSTS_ASSIGN, post.department_id)
        _need(actor, P.POSTS_ASSIGN, home)
    if actor.id == person.id:
        raise NotAllowed(say("Nobody keeps their own record."))


def _own_person(actor: Staff, person: Person, right: P, at: datetime) -> int:
    """The department of one of the actor's own people, where `right` must count."""
    home = queries.home_of(person.id, office_day(at))
    if home is None or not actor.may(right, home):
        raise NotAllowed(say("This is not yours to do."))
    if actor.id == person.id:
        raise NotAllowed(say("Nobody does this for themselves."))
    return home


def _unit(department_id: int) -> Department:
    return db.session.get_one(Department, department_id)


def _last_change(kind: type[C], mine: ColumnElement[bool]) -> C:
    """The latest of what was entered, which is the one that holds in the end."""
    return db.session.scalars(select(kind).where(mine).order_by(kind.from_on.desc(), kind.id.desc()).limit(1)).one()


def _check_seen(last: int, seen: int | None) -> None:
    if seen is not None and seen != last:
        raise OutOfDate


def _later_change(day: date) -> Refused:
    return Refused(
        say("From {day} on something else is entered already. Take that day or a later one.", day=day), field="from_on"
    )


def _due(kind: type[C], day: date) -> list[C]:
    mine = select(kind).where(kind.taken_over_at.is_(None), kind.from_on <= day)
    return list(db.session.scalars(mine.order_by(kind.from_on, kind.id)))


def _open_rows(kind: type[D], mine: ColumnElement[bool], on: date) -> list[D]:
    """Rows that hold on that day or later."""
    still = or_(kind.to_on.is_(None), kind.to_on > on)
    return [row for row in db.session.scalars(select(kind).where(mine, still)) if row.to_on != row.from_on]


def _succeed(rows: list[D], new: D) -> None:
    """Put `new` among rows of which one holds at a time (see `rules.succeed`)."""
    _check_days(new.from_on, new.to_on)
    rows.sort(key=lambda row: (row.from_on, row.id))
    shortened, ends = rules.succeed([(row.from_on, row.to_on) for row in rows], new.from_on)
    if shortened is not None:
        rows[shortened].to_on = new.from_on
        db.session.flush()  # there is never more than one without an end
    new.to_on = min(new.to_on, ends) if new.to_on and ends else new.to_on or ends
    db.session.add(new)


def _end(row: D, to_on: date) -> None:
    """The row holds until the day before `to_on`. Raises Refused for a day before it begins or after it has ended."""
    if to_on < row.from_on or (row.to_on is not None and row.to_on <= to_on):
        raise Refused(say("That is not one of its days."), field="to_on")
    row.to_on = to_on


def _check_days(from_on: date, to_on: date | None) -> None:
    if to_on is not None and to_on <= from_on:
        raise Refused(say("The last day is before the first one."), field="to_on")
