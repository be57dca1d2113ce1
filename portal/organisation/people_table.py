"""A table of people as it is taken over: read line by line, held against what is on record, then all of it or nothing.

`plan` says what a table would add and change, and what is wrong with it, without changing anything; `import_people`
does it within one act. A line is known again by its staff number, so the same table twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.tables import Limits, Problem, Table, csv_file, read_table
from portal.kernel.text import Said, say
from portal.organisation import actions, company, queries, rules
from portal.organisation.actions import Keeper
from portal.organisation.company import PostOfDay
from portal.organisation.directory import holds_for
from portal.organisation.events import PeopleImported
from portal.organisation.models import Department, Person, Placement, Post, WorkCity

COLUMNS: dict[str, tuple[str, ...]] = {
    "staff_number": ("工号", "员工编号", "员工号", "工號", "員工編號", "Staff number", "Staff no.", "Employee number",
                     "Employee ID"),
    "name": ("姓名", "名字", "Name", "Full name"),
    "sign_in_name": ("登录名", "用户名", "账号名", "登入名", "登錄名", "使用者名稱", "Sign-in name", "User name",
                     "Login"),
    "joined_on": ("入职日期", "入职时间", "入職日期", "到职日期", "Joined on", "With us since", "Start date",
                  "Hire date"),
    "department": ("部门", "部门名称", "部门编码", "所属部门", "部門", "Department", "Unit"),
    "post": ("岗位", "职位", "职务", "崗位", "職位", "Post", "Position", "Job title"),
    "city": ("工作城市", "工作地点", "城市", "City of work", "City"),
    "telephone": ("电话", "电话号码", "手机", "手机号", "分机", "電話", "手機", "Telephone", "Phone", "Mobile"),
    "mail": ("邮箱", "邮件", "电子邮箱", "电子邮件", "信箱", "電子郵件", "郵箱", "Mail", "E-mail", "Mail address"),
}  # fmt: skip
"""Columns that are read, each under any of these heads; the first is the one that the template of a table has."""
NEEDED = ("staff_number", "name")
MOST_ROWS, MOST_BY_PAGE = 20_000, 2_000
LONGEST = {"name": 80, "mail": 200, "telephone": 40, "city": 40}
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2199, 12, 31)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record about somebody today."""

    person: Person
    home: int | None
    post: int | None
    city: str


@dataclass(slots=True)
class Row:
    """What one line would do. `known` None: somebody new; `changes`: what would be different, in words."""

    line: int
    staff_number: str
    name: str
    known: Known | None
    values: dict[str, str]
    joined_on: date | None = None
    post: PostOfDay | None = None
    changes: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What a whole table would do."""

    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def does_something(self) -> bool:
        """Whether there is anything to take over."""
        return bool(self.added or self.changed)


def read(data: bytes, most: int = MOST_ROWS) -> Table:
    """The table in a file. Raises Refused for what is no table or has too many rows."""
    return read_table(data, Limits(size=16 << 20, unpacked=128 << 20, rows=most, columns=60, cell=1_000))


def as_text(table: Table) -> str:
    """The columns that are read, as text that `read` reads again: so that nobody chooses the file twice."""
    columns = _columns(table)
    heads = [COLUMNS[name][0] for name in columns]
    rows = ([cells[name] for name in columns] for _line, cells in table.records(columns))
    return b"".join(csv_file(heads, rows)).decode("utf-8-sig")


def plan(actor: Keeper, table: Table, day: date) -> Plan:
    """What `actor` would do by taking the table over on `day`; nothing is changed.

    Raises Refused when a column is missing that every table needs.
    """
    columns = _columns(table)
    book = _Book.of(day)
    found = Plan()
    seen: dict[str, int] = {}
    names: dict[str, int] = {}
    for line, cells in table.records(columns):
        wrong: list[Said] = []
        number = cells["staff_number"]
        if number.casefold() in seen:
            first = seen[number.casefold()]
            found.problems.append(
                Problem(line, say("The staff number “{name}” stands in line {line} as well.", name=number, line=first))
            )
            continue
        seen[number.casefold()] = line
        row = _row(actor, book, line, cells, wrong)
        if row.known is None:
            called = rules.sign_in_key(row.values["sign_in_name"])
            if called in names:
                wrong.append(
                    say("The sign-in name “{name}” stands in line {line} as well.", name=called, line=names[called])
                )
            names[called] = line
        if wrong:
            found.problems += [Problem(line, one) for one in wrong]
        elif row.known is None:
            found.added.append(row)
        elif row.changes:
            found.changed.append(row)
        else:
            found.same += 1
    return found


@action
def import_people(actor: Keeper, table: Table, file: str, *, from_on: date, at: datetime) -> Plan:
    """Take the table over: every line or none, with the facts about each person in the journal.

    Raises Refused with the first problem where anything is wrong; NotAllowed without the right where somebody is.
    """
    found = plan(actor, table, office_day(at))
    if found.problems:
        first = found.problems[0]
        raise Refused(say("Line {line}: {problem}", line=first.line, problem=first.sentence))
    for row in found.added:
        _add(actor, row, at)
    for row in found.changed:
        _change(actor, row, from_on, at)
    if found.does_something:
        record(PeopleImported(len(found.added), len(found.changed), file))
    return found


def _add(actor: Keeper, row: Row, at: datetime) -> None:
    values, joined = row.values, row.joined_on or office_day(at)
    actions.add_colleague(
        actor, row.staff_number, values["sign_in_name"], row.name, joined_on=joined, mail=values.get("mail", ""),
        telephone=values.get("telephone", ""), post=db.session.get_one(Post, row.post.id) if row.post else None,
        city=values.get("city", ""), at=at,
    )  # fmt: skip


def _change(actor: Keeper, row: Row, from_on: date, at: datetime) -> None:
    known, values = row.known, row.values
    assert known is not None
    person, from_on = known.person, max(from_on, known.person.joined_on)
    if row.name != person.name:
        actions.rename(actor, person, row.name, from_on=from_on, at=at)
    mail, telephone = values.get("mail") or person.mail, values.get("telephone") or person.telephone
    if (mail, telephone) != (person.mail, person.telephone):
        actions.change_details(
            actor, person, mail=mail, telephone=telephone, external=person.external,
            development_note=person.development_note, at=at,
        )  # fmt: skip
    if row.post and row.post.id != known.post:
        actions.place(actor, person, db.session.get_one(Post, row.post.id), from_on=from_on, at=at)
    if values.get("city") and values["city"] != known.city:
        actions.move_to_city(actor, person, values["city"], from_on=from_on, at=at)


# Reading


def _columns(table: Table) -> dict[str, int]:
    columns = table.columns(COLUMNS)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        head = say("{one} or {other}", one=COLUMNS[missing[0]][0], other=_english(missing[0]))
        raise Refused(say("The first line names the columns; “{head}” is not among them.", head=head))
    return columns


def _english(name: str) -> str:
    return next(one for one in COLUMNS[name] if one.isascii())


@dataclass
class _Book:
    """What is on record today, read once for a whole table: people by staff number, units and posts by their names."""

    people: dict[str, Known]
    sign_in_names: set[str]
    units: dict[str, list[Department]]
    posts: dict[int, list[PostOfDay]]

    @classmethod
    def of(cls, day: date) -> _Book:
        homes = {
            row.person_id: row
            for row in db.session.execute(
                select(Placement.person_id, Placement.post_id, Post.department_id)
                .join(Post, Post.id == Placement.post_id)
                .join(Person, Person.id == Placement.person_id)
                .where(Placement.main, holds_for(Placement, day))
            )
        }
        cities = {
            row.person_id: row.city
            for row in db.session.execute(
                select(WorkCity.person_id, WorkCity.city)
                .join(Person, Person.id == WorkCity.person_id)
                .where(holds_for(WorkCity, day))
            )
        }
        people = {
            one.staff_number.casefold(): Known(
                one,
                homes[one.id].department_id if one.id in homes else None,
                homes[one.id].post_id if one.id in homes else None,
                cities.get(one.id, ""),
            )
            for one in db.session.scalars(select(Person))
        }
        units: dict[str, list[Department]] = {}
        for unit in queries.departments().values():
            for name in {unit.code.casefold(), *(one.casefold() for one in unit.names.values())}:
                units.setdefault(name, []).append(unit)
        posts: dict[int, list[PostOfDay]] = {}
        for post in company.posts_on(day).values():
            posts.setdefault(post.department_id, []).append(post)
        return cls(people, {one.person.sign_in_name for one in people.values()}, units, posts)


def _row(actor: Keeper, book: _Book, line: int, cells: dict[str, str], wrong: list[Said]) -> Row:
    number, name = cells["staff_number"], " ".join(cells["name"].split())
    known = book.people.get(number.casefold())
    row = Row(line, number, name, known, {one: value for one, value in cells.items() if value})
    if not number:
        wrong.append(say("There is no staff number."))
    elif not actions.is_staff_number(number):
        wrong.append(say("A staff number has letters, digits, dots and hyphens, at most 30."))
    if not name:
        wrong.append(say("There is no name."))
    for what, most in LONGEST.items():
        if len(row.values.get(what, "")) > most:
            wrong.append(say("“{head}” has more than {most} characters.", head=COLUMNS[what][0], most=most))
    if "mail" in row.values and not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+", row.values["mail"]):
        wrong.append(say("“{value}” is no mail address.", value=row.values["mail"]))
    row.joined_on = _day(row.values.get("joined_on"), wrong)
    row.post = _post(book, row, wrong)
    if known is None:
        _check_new(actor, book, row, wrong)
    else:
        _compare(actor, row, known, wrong)
    return row


def _day(word: str | None, wrong: list[Said]) -> date | None:
    if not word:
        return None
    if match := _DAY.fullmatch(word):
        try:
            day = date(*(int(part) for part in match.groups()))
        except ValueError:
            day = date.min
        if FIRST_DAY <= day <= LAST_DAY:
            return day
    wrong.append(say("“{value}” is no day such as 2026-10-12.", value=word))
    return None


def _post(book: _Book, row: Row, wrong: list[Said]) -> PostOfDay | None:
    department, title = row.values.get("department"), row.values.get("post")
    if not department and not title:
        return None
    if not department or not title:
        wrong.append(say("Department and post belong together: give both, or neither."))
        return None
    units = book.units.get(department.casefold(), [])
    if len(units) != 1:
        wrong.append(
            say("There are several departments called “{name}”: give its code.", name=department)
            if units
            else say("There is no department “{name}”.", name=department)
        )
        return None
    posts = [one for one in book.posts.get(units[0].id, ()) if title.casefold() in _said(one)]
    if not posts:
        wrong.append(say("“{department}” has no post “{post}”.", department=units[0].names, post=title))
    return posts[0] if posts else None


def _said(post: PostOfDay) -> set[str]:
    return {one.casefold() for one in post.titles.values()}


def _check_new(actor: Keeper, book: _Book, row: Row, wrong: list[Said]) -> None:
    row.values.setdefault("sign_in_name", row.staff_number)
    called = rules.sign_in_key(row.values["sign_in_name"])
    if not actions.is_sign_in_name(called):
        wrong.append(say("A sign-in name has no spaces and at most 60 characters."))
    if called in book.sign_in_names:
        wrong.append(say("The sign-in name “{name}” is taken.", name=called))
    if row.joined_on is None and "joined_on" not in row.values:
        wrong.append(say("Somebody new needs the day on which they join."))
    if not _keeps(actor, row.post.department_id if row.post else None):
        wrong.append(say("The records of this department are not yours to keep."))


def _compare(actor: Keeper, row: Row, known: Known, wrong: list[Said]) -> None:
    person = known.person
    if row.joined_on and row.joined_on != person.joined_on:
        wrong.append(
            say("{name} joined on {day}; a table does not change that.", name=person.name, day=person.joined_on)
        )
    if "sign_in_name" in row.values and rules.sign_in_key(row.values["sign_in_name"]) != person.sign_in_name:
        wrong.append(
            say(
                "{name} signs in as {other}; a table does not change that.", name=person.name, other=person.sign_in_name
            )
        )
    row.changes = list(_changes(row, known))
    if not row.changes:
        return
    if person.left_on is not None:
        wrong.append(say("{name} has left.", name=person.name))
    if actor.id == person.id:
        wrong.append(say("Nobody keeps their own record."))
    elif not _keeps(actor, known.home) or (row.post and not _keeps(actor, row.post.department_id)):
        wrong.append(say("The records of this department are not yours to keep."))


def _changes(row: Row, known: Known) -> Iterator[Said]:
    person, values = known.person, row.values
    if row.name and row.name != person.name:
        yield say("is called {name}", name=row.name)
    if row.post and row.post.id != known.post:
        unit = queries.departments()[row.post.department_id]
        yield say("is {post} in {department}", post=row.post.titles, department=unit.names)
    if values.get("city", known.city) != known.city:
        yield say("works in {city}", city=values["city"])
    if values.get("telephone", person.telephone) != person.telephone:
        yield say("has the telephone {number}", number=values["telephone"])
    if values.get("mail", person.mail) != person.mail:
        yield say("has the mail address {mail}", mail=values["mail"])


def _keeps(actor: Keeper, department_id: int | None) -> bool:
    return actor.may(P.PEOPLE_EDIT, department_id)
