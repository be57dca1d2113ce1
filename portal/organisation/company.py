"""The company as it is on a day: units, posts, names, seats and lines. Old records show the names of their day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, func, literal, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db
from portal.organisation.lines import Lines, Recorded, Seat, Unit
from portal.organisation.models import (
    Absence,
    Basis,
    Department,
    DepartmentChange,
    Deputy,
    Person,
    PersonName,
    Placement,
    Post,
    PostChange,
    Rank,
    Reporting,
    Structure,
    Superior,
    UnitKind,
)
from portal.organisation.rules import folded


def on_day(
    from_on: InstrumentedAttribute[date] | ColumnElement[Any],
    to_on: InstrumentedAttribute[date | None] | ColumnElement[Any],
    day: date | BindParameter[date],
) -> ColumnElement[bool]:
    """That a row with from/to days holds on `day`: the interval is half open."""
    return and_(from_on <= day, or_(to_on.is_(None), to_on > day))


def here_on(day: date) -> ColumnElement[bool]:
    """That a person has joined and not left on `day`."""
    return and_(Person.joined_on <= day, or_(Person.left_on.is_(None), Person.left_on > day))


def is_away(person_id: Any, day: date) -> ColumnElement[bool]:
    """That whoever a column names is away on `day`."""
    return exists().where(Absence.person_id == person_id, on_day(Absence.from_on, Absence.to_on, day))


@dataclass(frozen=True, slots=True)
class UnitOfDay:
    """A department as it is on one day."""

    id: int
    code: str
    parent_id: int | None
    names: dict[str, str]
    kind: UnitKind
    structure: Structure
    basis: Basis
    reporting: Reporting
    goal: str
    business_field: str
    profit_centre: str
    headcount: int | None
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class PostOfDay:
    """A post as it is on one day."""

    id: int
    department_id: int
    titles: dict[str, str]
    rank: Rank
    leads: bool
    headcount: int | None
    description: str
    to_on: date | None

    @property
    def stands_above(self) -> bool:
        """Whether others may answer to it."""
        return self.leads or self.rank is not Rank.STAFF


class Tree(dict[int, UnitOfDay]):
    """The units of a day by id, parents before children, siblings by code."""

    @classmethod
    def of(cls, units: Iterable[UnitOfDay]) -> Tree:
        known = {one.id: one for one in sorted(units, key=lambda one: one.code)}
        below: dict[int | None, list[UnitOfDay]] = {}
        for one in known.values():
            below.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
        tree, waiting = cls(), below.get(None, [])[::-1]
        while waiting:
            one = waiting.pop()
            tree[one.id] = one
            waiting.extend(below.get(one.id, [])[::-1])
        return tree

    def children(self, of: int | None) -> list[UnitOfDay]:
        """The units right below one; the tops for None."""
        return [one for one in self.values() if (one.parent_id if one.parent_id in self else None) == of]

    def up_from(self, unit_id: int | None) -> list[UnitOfDay]:
        """The unit and those above it, nearest first."""
        found: list[UnitOfDay] = []
        one = self.get(unit_id) if unit_id else None
        while one is not None:
            found.append(one)
            one = self.get(one.parent_id) if one.parent_id else None
        return found

    def below(self, *tops: int) -> frozenset[int]:
        """The units in `tops` and all below them."""
        found = {top for top in tops if top in self}
        found.update(one.id for one in self.values() if any(up.id in tops for up in self.up_from(one.id)))
        return frozenset(found)

    def division_of(self, unit_id: int) -> UnitOfDay | None:
        """The division to whose business field and profit centre a unit belongs (ORG-003)."""
        return next((one for one in self.up_from(unit_id) if one.kind is UnitKind.DIVISION), None)

    def coded(self, code: str) -> UnitOfDay | None:
        """The unit with this code, whatever its case."""
        return next((one for one in self.values() if one.code.casefold() == code.casefold()), None)


def tree_on(day: date) -> Tree:
    """Every unit that is there on `day`, with its name, place and structure of that day (attack 44)."""
    rows = db.session.execute(
        select(
            Department.id, Department.code, DepartmentChange.parent_id, DepartmentChange.names, DepartmentChange.kind,
            DepartmentChange.structure, DepartmentChange.basis, DepartmentChange.reporting, DepartmentChange.goal,
            DepartmentChange.business_field, DepartmentChange.profit_centre, DepartmentChange.headcount,
            Department.from_on, Department.to_on,
        )
        .join(DepartmentChange, DepartmentChange.department_id == Department.id)
        .where(on_day(Department.from_on, Department.to_on, day), DepartmentChange.from_on <= day)
        .order_by(DepartmentChange.from_on, DepartmentChange.id)
    )  # fmt: skip
    return Tree.of({row.id: UnitOfDay(**row._mapping) for row in rows}.values())


def posts_on(day: date, departments: Collection[int] | None = None) -> dict[int, PostOfDay]:
    """Posts that are there on `day`, those that lead first and then by rank, with their title and rank of that day."""
    query = (
        select(
            Post.id, Post.department_id, PostChange.titles, PostChange.rank, PostChange.leads, PostChange.headcount,
            PostChange.description, Post.to_on,
        )
        .join(PostChange, PostChange.post_id == Post.id)
        .where(on_day(Post.from_on, Post.to_on, day), PostChange.from_on <= day)
        .order_by(PostChange.from_on, PostChange.id)
    )  # fmt: skip
    if departments is not None:
        query = query.where(Post.department_id.in_(departments))
    found = {row.id: PostOfDay(*row) for row in db.session.execute(query)}
    return dict(sorted(found.items(), key=lambda item: (not item[1].leads, -item[1].rank.level, item[0])))


def names_on(day: date, people: Collection[int] | None = None) -> dict[int, str]:
    """Names by person as they were on `day`; somebody's first name also for days before it (attack 44)."""
    query = select(PersonName.person_id, PersonName.name, PersonName.from_on)
    if people is not None:
        query = query.where(PersonName.person_id.in_(people))
    found: dict[int, str] = {}
    for row in db.session.execute(query.order_by(PersonName.from_on, PersonName.id)):
        if row.from_on <= day or row.person_id not in found:
            found[row.person_id] = row.name
    return found


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a post on a day."""

    person_id: int
    post_id: int
    main: bool
    since: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class Occupant(Holder):
    """The same for a page: with the name of that day and, for whoever is away, the first day back."""

    staff_number: str
    name: str
    back_on: date | None


_HOLDER = (Placement.person_id, Placement.post_id, Placement.main, Placement.from_on, Placement.to_on)


def holders_on(day: date, posts: Collection[int] | None = None, people: Collection[int] = ()) -> list[Holder]:
    """Who holds which post on `day`, main posts first, longest first; with `posts`, these and all posts of `people`."""
    return [Holder(*row) for row in db.session.execute(_held(day, posts, people, *_HOLDER))]


def occupants_on(day: date, posts: Collection[int] | None = None, people: Collection[int] = ()) -> list[Occupant]:
    """`holders_on` with names: one statement, however many they are."""
    named = (PersonName.person_id == Person.id, PersonName.from_on <= day)
    name = select(PersonName.name).where(*named).order_by(PersonName.from_on.desc(), PersonName.id.desc()).limit(1)
    away = select(func.max(Absence.to_on)).where(
        Absence.person_id == Person.id, Absence.from_on <= day, Absence.to_on > day
    )
    more = (
        Person.staff_number,
        func.coalesce(name.correlate(Person).scalar_subquery(), Person.name),
        away.correlate(Person).scalar_subquery(),
    )
    return [Occupant(*row) for row in db.session.execute(_held(day, posts, people, *_HOLDER, *more))]


def _held(day: date, posts: Collection[int] | None, people: Collection[int], *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .join_from(Placement, Person, Person.id == Placement.person_id)
        .where(on_day(Placement.from_on, Placement.to_on, day), here_on(day), Person.disabled_at.is_(None))
        .order_by(Placement.main.desc(), Placement.from_on, Placement.id)
    )
    return query if posts is None else query.where(or_(Placement.post_id.in_(posts), Placement.person_id.in_(people)))


def away_on(day: date, people: Collection[int] | None = None) -> dict[int, date]:
    """Who is away on `day`, and the first day back."""
    query = select(Absence.person_id, Absence.to_on).where(Absence.from_on <= day, Absence.to_on > day)
    if people is not None:
        query = query.where(Absence.person_id.in_(people))
    return {row.person_id: row.to_on for row in db.session.execute(query.order_by(Absence.to_on))}


@dataclass(frozen=True, slots=True)
class Ties:
    """What is written down between people on a day: who answers to whom, and who stands in for whom."""

    recorded: dict[int, list[Recorded]]
    deputies: dict[int, list[int]]

    @property
    def superiors(self) -> set[int]:
        """Whoever is recorded as somebody's superior."""
        return {one.superior_id for several in self.recorded.values() for one in several}

    @property
    def standing_in(self) -> set[int]:
        """Whoever is somebody's deputy."""
        return {one for several in self.deputies.values() for one in several}


def ties_on(day: date) -> Ties:
    """Superiors and deputies of `day` who are with us, in one statement."""
    superior = (
        select(Superior.person_id, Superior.superior_id.label("other_id"), Superior.line, Superior.project,
               Superior.from_on, Superior.id)
        .join(Person, Person.id == Superior.superior_id)
        .where(on_day(Superior.from_on, Superior.to_on, day), here_on(day), Person.disabled_at.is_(None))
    )  # fmt: skip
    deputy = (
        select(Deputy.person_id, Deputy.deputy_id, null(), literal(""), Deputy.from_on, Deputy.id)
        .join(Person, Person.id == Deputy.deputy_id)
        .where(on_day(Deputy.from_on, Deputy.to_on, day), here_on(day), Person.disabled_at.is_(None))
    )
    rows = db.session.execute(superior.union_all(deputy)).all()
    ties = Ties({}, {})
    for row in sorted((one for one in rows if one.line), key=lambda one: one.id):
        ties.recorded.setdefault(row.person_id, []).append(Recorded(row.other_id, row.line, row.project))
    for row in sorted((one for one in rows if not one.line), key=lambda one: (one.from_on, one.id), reverse=True):
        ties.deputies.setdefault(row.person_id, []).append(row.other_id)
    return ties


def lines_on(day: date, people: Collection[int] | None = None) -> Lines:
    """What says who answers to whom on `day`; with `people`, no more than is needed to ask about these.

    Always the same six statements, however large the company is.
    """
    tree, posts, ties = tree_on(day), posts_on(day), ties_on(day)
    only = None if people is None else [one.id for one in posts.values() if one.stands_above]
    lines = lines_of(tree, posts, holders_on(day, only, {*(people or ()), *ties.superiors}), ties)
    wanted = {*(people or ()), *ties.superiors, *ties.standing_in, *lines.homes, *_persons(lines.leaders)}
    lines.names = names_on(day, None if people is None else wanted)
    lines.away = away_on(day)
    return lines


def lines_of(tree: Tree, posts: dict[int, PostOfDay], holders: Iterable[Holder], ties: Ties) -> Lines:
    """The lines between `holders`, from what was read beforehand; who is away, and names, are for the caller to add."""
    homes: dict[int, Seat] = {}
    leaders: dict[int, list[Seat]] = {}
    for holder in holders:
        post = posts.get(holder.post_id)
        if post is None or post.department_id not in tree:
            continue
        seat = Seat(holder.person_id, post.department_id, post.rank, post.leads, holder.main)
        if holder.main:
            homes[holder.person_id] = seat
        if post.stands_above:
            leaders.setdefault(post.department_id, []).append(seat)
    units = {
        one.id: Unit(one.id, one.parent_id, one.names, one.kind, one.structure, one.reporting) for one in tree.values()
    }
    return Lines(units, {}, homes, leaders, ties.recorded, {}, ties.deputies)


def _persons(leaders: dict[int, list[Seat]]) -> set[int]:
    return {seat.person_id for seats in leaders.values() for seat in seats}


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many hold a post (or belong to a unit and below it), and how many should; None: nobody has said."""

    filled: int
    wanted: int | None

    @property
    def short(self) -> int:
        """How many are missing."""
        return max((self.wanted or 0) - self.filled, 0)

    @property
    def over(self) -> int:
        """How many there are too many."""
        return max(self.filled - self.wanted, 0) if self.wanted is not None else 0


def staffing_of_posts(posts: dict[int, PostOfDay], holders: Iterable[Holder]) -> dict[int, Staffing]:
    """Over- and understaffing, post by post (ORG-023). A post held besides the main one is held as well."""
    filled = dict.fromkeys(posts, 0)
    for holder in holders:
        if holder.post_id in filled:
            filled[holder.post_id] += 1
    return {post.id: Staffing(filled[post.id], post.headcount) for post in posts.values()}


def staffing_of_units(tree: Tree, posts: dict[int, PostOfDay], holders: Iterable[Holder]) -> dict[int, Staffing]:
    """People who belong to a unit and below it, against its headcount or, where none is set, what its posts want.

    A post of which nobody has said how many there should be wants those who hold it. A committee counts whoever sits
    in it, and for itself alone: they belong elsewhere.
    """
    filled, wanted, said = dict.fromkeys(tree, 0), dict.fromkeys(tree, 0), dict.fromkeys(tree, False)
    for holder in holders:
        post = posts.get(holder.post_id)
        if post is None or post.department_id not in tree:
            continue
        sits = tree[post.department_id].kind is UnitKind.COMMITTEE
        if not holder.main and not sits:
            continue
        wanted[post.department_id] += post.headcount is None
        for unit in tree.up_from(post.department_id)[: None if holder.main else 1]:
            filled[unit.id] += 1
    for post in posts.values():
        if post.headcount is not None and post.department_id in tree:
            said[post.department_id] = True
            wanted[post.department_id] += post.headcount
    for unit in reversed(tree.values()):  # children before their parents
        if unit.headcount is not None:
            wanted[unit.id], said[unit.id] = unit.headcount, True
        if unit.parent_id is not None and unit.parent_id in tree and unit.kind is not UnitKind.COMMITTEE:
            wanted[unit.parent_id] += wanted[unit.id] if said[unit.id] else filled[unit.id]
            said[unit.parent_id] = said[unit.parent_id] or said[unit.id]
    return {unit.id: Staffing(filled[unit.id], wanted[unit.id] if said[unit.id] else None) for unit in tree.values()}


@dataclass(frozen=True, slots=True)
class WhoWas:
    """Somebody as they were on a day: `department` is the name it had then."""

    person_id: int
    name: str
    department: str


class Roll:
    """Who was called what and belonged where on any day: for many old records at once, in four statements."""

    def __init__(self) -> None:
        self._called: dict[str, set[int]] = {}
        self._names: dict[int, list[tuple[date, str]]] = {}
        self._homes: dict[int, list[tuple[date, date | None, int]]] = {}
        self._units: dict[int, list[tuple[date, str]]] = {}
        for one in db.session.execute(select(Person.id, Person.name, Person.staff_number, Person.sign_in_name)):
            for word in (one.name, one.staff_number, one.sign_in_name):
                self._called.setdefault(folded(word), set()).add(one.id)
        names = select(PersonName.person_id, PersonName.from_on, PersonName.name)
        for person_id, from_on, name in db.session.execute(names.order_by(PersonName.from_on, PersonName.id)):
            self._names.setdefault(person_id, []).append((from_on, name))
            self._called.setdefault(folded(name), set()).add(person_id)
        homes = select(Placement.person_id, Placement.from_on, Placement.to_on, Post.department_id)
        homes = homes.join(Post, Post.id == Placement.post_id).where(Placement.main)
        for person_id, from_on, to_on, department_id in db.session.execute(homes.order_by(Placement.from_on)):
            self._homes.setdefault(person_id, []).append((from_on, to_on, department_id))
        units = select(DepartmentChange.department_id, DepartmentChange.from_on, DepartmentChange.names)
        for unit, from_on, words in db.session.execute(units.order_by(DepartmentChange.from_on, DepartmentChange.id)):
            self._units.setdefault(unit, []).append((from_on, words["zh-CN"]))

    def who(self, words: str, day: date) -> WhoWas | None:
        """The one colleague of this name, staff number or sign-in name; None for nobody, and for two of one name."""
        found = self._called.get(folded(words), set())
        if len(found) != 1:
            return None
        (person_id,) = found
        home = next(
            (unit for from_on, to_on, unit in self._homes.get(person_id, ())
             if from_on <= day and (to_on is None or to_on > day)),
            None,
        )  # fmt: skip
        department = _of_day(self._units[home], day) if home in self._units else ""
        return WhoWas(
            person_id, _of_day(self._names[person_id], day) if person_id in self._names else words, department
        )


def _of_day(names: list[tuple[date, str]], day: date) -> str:
    """The name that held on `day`; the first one also for days before it."""
    return next((name for from_on, name in reversed(names) if from_on <= day), names[0][1])
