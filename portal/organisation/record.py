"""What the records say about one colleague: posts, lines, roles, days away, and what was before.

The page of a person is read often, so it is read from what holds now: three statements, whatever the company's size.
`company` answers the same questions for any other day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    String,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.columns import Json, lowered
from portal.kernel.permissions import P, Role
from portal.kernel.text import text_of
from portal.organisation import held, profile, queries
from portal.organisation.company import here_on, on_day
from portal.organisation.held import Held
from portal.organisation.lines import Decides, Lines, Recorded, Seat, Unit, decides, in_matrix, missing_lines, superiors
from portal.organisation.models import (
    Absence,
    DepartmentChange,
    Deputy,
    Grant,
    Line,
    PayBase,
    Person,
    PersonName,
    Placement,
    Post,
    PostChange,
    Rank,
    Superior,
    WorkCity,
)
from portal.organisation.profile import Section
from portal.organisation.staff import Staff

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with its days. `name` and `staff_number` are those of the other person, `title` and `department` the
    texts of the days in which it held."""

    kind: str
    id: int
    from_on: date
    to_on: date | None
    name: str = ""
    staff_number: str = ""
    word: str = ""
    detail: str = ""
    title: dict[str, str] | None = None
    department: dict[str, str] | None = None
    department_id: int | None = None
    fen: int | None = None
    main: bool = False

    def holds(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.from_on <= day and (self.to_on is None or self.to_on > day)

    def is_open(self, day: date) -> bool:
        """Whether it holds on `day` or later: it can still be ended."""
        return self.to_on is None or self.to_on > day

    @property
    def line(self) -> Line:
        """Through which line, for a superior."""
        return Line(self.word)

    @property
    def role(self) -> Role:
        """Which role, for a role."""
        return Role(self.word)


@dataclass(frozen=True, slots=True)
class Above:
    """A superior of today: who, through which line, for which project; `entry`: the row that says so, if one does."""

    person_id: int
    name: str
    staff_number: str
    line: Line
    project: str
    entry: Entry | None
    back_on: date | None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a reader may know and do about one person; `acts` are those that the page offers, `ends` the kinds of rows
    that may be ended."""

    own: bool
    pay: bool
    reasons: bool
    work: bool
    account: bool
    acts: frozenset[str]
    ends: frozenset[str]


@dataclass
class Record:
    """A colleague as one reader may see them today."""

    person: Person
    day: date
    rights: Rights
    above: list[Above]
    missing: list[Line]
    decides: Decides | None
    away_until: date | None
    stands_in: str
    entries: list[Entry]
    work: list[Held] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def of(self, kind: str) -> list[Entry]:
        """The rows of one kind, the latest first."""
        return [one for one in self.entries if one.kind == kind]

    def now(self, kind: str) -> list[Entry]:
        """The rows of one kind that hold today."""
        return [one for one in self.of(kind) if one.holds(self.day)]

    def open(self, kind: str) -> list[Entry]:
        """The rows of one kind that hold today or will."""
        return [one for one in self.of(kind) if one.is_open(self.day)]

    def earlier(self) -> list[Entry]:
        """The rows of every kind that are over, the latest first: as things were called in their days (attack 44)."""
        over = [one for one in self.entries if not one.is_open(self.day)]
        return sorted(over, key=lambda one: (one.to_on or date.max, one.from_on, one.id), reverse=True)

    @property
    def decides_otherwise(self) -> Decides | None:
        """Who decides today where that is not simply the superior."""
        one = self.decides
        usual = one is None or (one.in_place_of is None and one.person_id in {up.person_id for up in self.above})
        return None if usual else one

    @property
    def is_here(self) -> bool:
        """Whether the person is with us today."""
        return self.person.joined_on <= self.day and not self.has_left

    @property
    def has_left(self) -> bool:
        """Whether the person has left."""
        return self.person.left_on is not None and self.person.left_on <= self.day


def numbered(staff_number: str) -> tuple[Person, int | None] | None:
    """The person with this staff number, whatever its case, and where they belong, belonged last or will first."""
    home = (
        select(Post.department_id)
        .join(Placement, Placement.post_id == Post.id)
        .where(Placement.person_id == Person.id, Placement.main)
        .order_by(Placement.from_on.desc(), Placement.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    query = select(Person, home).where(lowered(Person.staff_number) == staff_number.strip().lower())
    row = db.session.execute(query).first()
    return (row[0], row[1]) if row else None


def record_of(reader: Staff, person: Person, home: int | None, at: datetime, *, work: bool = True) -> Record:
    """The record of `person` as `reader` may see it at `at`; without `work` nobody asks what waits for them."""
    day = office_day(at)
    lines, numbers = lines_now(day, {person.id})
    up = superiors(lines, person.id)
    who_decides = decides(lines, person.id)
    rights = _rights(reader, person, home, lines)
    entries = _entries(person.id, day, rights)
    said = {
        (one.detail, one.word, one.staff_number): one for one in entries if one.kind == "superior" and one.holds(day)
    }
    above = [
        Above(
            one, lines.names[one], numbers[one], line, project, said.get((project, line.value, numbers[one])),
            lines.away.get(one),
        )
        for one, line, project in up
    ]  # fmt: skip
    stands_in = next((lines.names[one] for one in lines.deputies.get(person.id, ()) if one not in lines.away), "")
    return Record(
        person=person, day=day, rights=rights, above=above, missing=missing_lines(lines, person.id),
        decides=who_decides, away_until=lines.away.get(person.id), stands_in=stands_in, entries=entries,
        work=held.held_by({person.id}, reader=reader) if work and rights.work else [],
        sections=profile.sections_of(reader, person, home, day),
    )  # fmt: skip


# Who may know and do what


def over(reader: Staff, right: P, home: int | None) -> bool:
    """Whether `reader` holds the right where a person belongs; over somebody without a place, in the top unit."""
    if home is not None:
        return reader.may(right, home)
    return any(one.id in reader.where(right) for one in queries.departments().values() if one.parent_id is None)


def rights_of(reader: Staff, person: Person, home: int | None, at: datetime) -> Rights:
    """What `reader` may know and do about `person`: the verbs ask again, this is what pages offer."""
    return _rights(reader, person, home, lines_now(office_day(at), {person.id})[0])


def _rights(reader: Staff, person: Person, home: int | None, lines: Lines) -> Rights:
    own, keeps = reader.id == person.id, over(reader, P.PEOPLE_EDIT, home) and reader.id != person.id
    leads = reader.id in {one for one, _line, _project in superiors(lines, person.id)}
    decider = decides(lines, person.id)
    decides_here = decider is not None and decider.person_id == reader.id
    acts = set[str]()
    if keeps:
        acts |= {"details", "rename", "place", "superior", "deputy", "absence", "city", "leave"}
        acts |= {"pay"} if over(reader, P.PAY_READ, home) else set()
    if own:
        acts |= {"deputy", "absence"}
    elif decides_here:
        acts |= {"absence"}
    if not own and in_matrix(lines, person.id) and _leads_a_project(lines, reader.id):
        acts |= {"superior"}
    if not own and over(reader, P.POSTS_ASSIGN, home):
        acts |= {"place"}
    if not own and reader.where(P.ROLES_GRANT):
        acts |= {"role"}
    ends = {kind for kind, act in (("posts", "place"), ("roles", "role")) if act in acts}
    ends |= {"superiors"} if keeps else set()
    ends |= {"deputies", "absences"} if keeps or own else set()
    return Rights(
        own=own,
        pay=own or over(reader, P.PAY_READ, home),
        reasons=own or keeps or decides_here,
        work=own or keeps or leads or decides_here,
        account=own or over(reader, P.ACCOUNTS_INVITE, home),
        acts=frozenset(acts),
        ends=frozenset(ends),
    )


def _leads_a_project(lines: Lines, person_id: int) -> bool:
    recorded = [one for several in lines.recorded.values() for one in several]
    return any(one.superior_id == person_id and one.line is Line.PROJECT for one in recorded)


def told(row: Placement | Grant | Superior | Deputy | Absence) -> str:
    """What a row says, for the page on which it is ended."""
    units = queries.departments()
    match row:
        case Placement():
            return f"{text_of(row.post.titles)} · {text_of(units[row.post.department_id].names)}"
        case Grant():
            return f"{Role(row.role).label} · {text_of(units[row.department_id].names)}"
        case Superior():
            words = [queries.person_with_id(row.superior_id).name, str(row.line.label), row.project]
            return " · ".join(filter(None, words))
        case Deputy():
            return queries.person_with_id(row.deputy_id).name
        case Absence():
            return row.reason


# Reading


def title_then(until: ColumnElement[date]) -> ScalarSelect[Any]:
    """The title that a placement's post had on the last day before `until`."""
    change = select(PostChange.titles).where(PostChange.post_id == Post.id, PostChange.from_on < until)
    latest = change.order_by(PostChange.from_on.desc(), PostChange.id.desc()).limit(1)
    return latest.correlate(Post, Placement).scalar_subquery()


def department_then(until: ColumnElement[date], of: type[Post | Grant]) -> ScalarSelect[Any]:
    """The names that the department of a post or role had on the last day before `until`."""
    change = select(DepartmentChange.names).where(
        DepartmentChange.department_id == of.department_id, DepartmentChange.from_on < until
    )
    latest = change.order_by(DepartmentChange.from_on.desc(), DepartmentChange.id.desc()).limit(1)
    return latest.correlate(Post, Placement, Grant).scalar_subquery()


def last_day(to_on: Any, day: date) -> ColumnElement[date]:
    """The end of a row for names of its days: the day after `day` while it holds."""
    tomorrow = literal(day + ONE_DAY, Date)
    return case((to_on < tomorrow, to_on), else_=tomorrow)


def lines_now(day: date, people: Collection[int] | None = None) -> tuple[Lines, dict[int, str]]:
    """`company.lines_on` for today, from what holds now, and the staff numbers of whoever is in it: two statements
    beside the departments, which every request has read already."""
    ties = _ties(day)
    lines = Lines(
        units={
            one.id: Unit(one.id, one.parent_id, one.names, one.kind, one.structure, one.reporting)
            for one in queries.departments().values()
            if one.from_on <= day and (one.to_on is None or one.to_on > day)
        },
        names={},
        homes={},
    )
    wanted = set(people or ())
    for row in ties:
        if row.kind == "superior":
            lines.recorded.setdefault(row.person_id, []).append(Recorded(row.other_id, Line(row.line), row.project))
        else:
            lines.deputies.setdefault(row.person_id, []).append(row.other_id)
        wanted.add(row.other_id)
    numbers: dict[int, str] = {}
    for row in _seats(day, None if people is None else wanted):
        lines.names[row.id], numbers[row.id] = row.name, row.staff_number
        if row.back_on is not None:
            lines.away[row.id] = row.back_on
        if row.department_id is None or row.department_id not in lines.units:
            continue
        seat = Seat(row.id, row.department_id, row.rank, row.leads, row.main)
        if row.main:
            lines.homes[row.id] = seat
        if row.leads or row.rank is not Rank.STAFF:
            lines.leaders.setdefault(row.department_id, []).append(seat)
    return lines, numbers


def _ties(day: date) -> list[Any]:
    """Superiors and deputies of `day`: superiors as they were recorded, of deputies the latest first."""
    here = (here_on(day), Person.disabled_at.is_(None))
    superior = (
        select(
            literal("superior").label("kind"), Superior.id, Superior.from_on, Superior.person_id,
            Superior.superior_id.label("other_id"), cast(Superior.line, String).label("line"), Superior.project,
        )
        .join(Person, Person.id == Superior.superior_id)
        .where(on_day(Superior.from_on, Superior.to_on, day), *here)
    )  # fmt: skip
    deputy = (
        select(
            literal("deputy"), Deputy.id, Deputy.from_on, Deputy.person_id, Deputy.deputy_id, literal(""), literal("")
        )
        .join(Person, Person.id == Deputy.deputy_id)
        .where(on_day(Deputy.from_on, Deputy.to_on, day), *here)
    )
    rows = list(db.session.execute(union_all(superior, deputy)))
    return [
        *sorted((one for one in rows if one.kind == "superior"), key=lambda one: one.id),
        *sorted((one for one in rows if one.kind == "deputy"), key=lambda one: (one.from_on, one.id), reverse=True),
    ]


def _seats(day: date, people: Collection[int] | None) -> list[Any]:
    """Whoever stands above others, and `people`, each with their posts of `day`; main posts first, longest first."""
    back_on = (
        select(func.max(Absence.to_on))
        .where(Absence.person_id == Person.id, Absence.from_on <= day, Absence.to_on > day)
        .correlate(Person)
        .scalar_subquery()
    )
    there = on_day(Placement.from_on, Placement.to_on, day), on_day(Post.from_on, Post.to_on, day)
    query = (
        select(
            Person.id, Person.name, Person.staff_number, back_on.label("back_on"), Post.department_id, Post.rank,
            Post.leads, Placement.main,
        )
        .outerjoin(Placement, (Placement.person_id == Person.id) & there[0])
        .outerjoin(Post, (Post.id == Placement.post_id) & there[1])
        .order_by(Placement.main.desc(), Placement.from_on, Placement.id)
    )  # fmt: skip
    here = here_on(day) & Person.disabled_at.is_(None)
    if people is None:
        return list(db.session.execute(query.where(here)))
    above = (Post.leads | (Post.rank != Rank.STAFF)) & here
    return list(db.session.execute(query.where(or_(Person.id.in_(people), above))))


def _entries(person_id: int, day: date, rights: Rights) -> list[Entry]:
    """Every row with days about a person that the reader may know of, in one statement; the latest first."""
    until = last_day(Placement.to_on, day)
    placements = _rows(
        "post", Placement, title=title_then(until), department=department_then(until, Post),
        department_id=Post.department_id, main=Placement.main,
    ).join(Post, Post.id == Placement.post_id)  # fmt: skip
    names = department_then(last_day(Grant.to_on, day), Grant)
    roles = _rows("role", Grant, word=Grant.role, department=names, department_id=Grant.department_id)
    above = _rows(
        "superior", Superior, name=Person.name, staff_number=Person.staff_number, word=cast(Superior.line, String),
        detail=Superior.project,
    ).join(Person, Person.id == Superior.superior_id)  # fmt: skip
    deputies = _rows(
        "deputy", Deputy, name=Person.name, staff_number=Person.staff_number,
        detail=Deputy.reason if rights.reasons else None,
    ).join(Person, Person.id == Deputy.deputy_id)  # fmt: skip
    called = _rows("name", PersonName, word=PersonName.name, to_on=cast(null(), Date))
    found = [
        placements.where(Placement.person_id == person_id),
        roles.where(Grant.person_id == person_id),
        above.where(Superior.person_id == person_id),
        deputies.where(Deputy.person_id == person_id),
        _rows("absence", Absence, detail=Absence.reason if rights.reasons else None).where(
            Absence.person_id == person_id, *(() if rights.reasons else (Absence.to_on > day,))
        ),
        _rows("city", WorkCity, word=WorkCity.city).where(WorkCity.person_id == person_id),
        called.where(PersonName.person_id == person_id),
    ]
    if rights.pay:
        found.append(_rows("pay", PayBase, fen=PayBase.fen).where(PayBase.person_id == person_id))
    rows = [Entry(**row._mapping) for row in db.session.execute(union_all(*found))]
    rows = [one for one in rows if one.kind != "name"] + _one_after_another([one for one in rows if one.kind == "name"])
    rows = [one for one in rows if one.to_on is None or one.to_on > one.from_on]  # what was put right held on no day
    return sorted(rows, key=lambda one: (one.main, one.from_on, one.id), reverse=True)


def _one_after_another(names: list[Entry]) -> list[Entry]:
    """Names with the day on which the next one began."""
    names = sorted(names, key=lambda one: (one.from_on, one.id))
    return [replace(one, to_on=other.from_on) for one, other in pairwise(names)] + names[-1:]


def _rows(kind: str, table: Any, **values: Any) -> Any:
    """Rows of one table in the form that all of them share."""
    columns: dict[str, tuple[Any, Any]] = {
        "name": (String, ""), "staff_number": (String, ""), "word": (String, ""), "detail": (String, ""),
        "title": (Json, None), "department": (Json, None), "department_id": (Integer, None), "fen": (Integer, None),
        "main": (Boolean, False),
    }  # fmt: skip
    said = {name: value for name, value in values.items() if value is not None}
    ends: Any = said.get("to_on", getattr(table, "to_on", None))
    return select(
        literal(kind).label("kind"),
        table.id.label("id"),
        table.from_on.label("from_on"),
        ends.label("to_on"),
        *(
            said[name].label(name)
            if name in said
            else (cast(null(), kind_of) if empty is None else literal(empty, kind_of)).label(name)
            for name, (kind_of, empty) in columns.items()
        ),
    )
