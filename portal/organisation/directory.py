"""The list of people as its address asks for it: who is with us, who will be, who was; found by what one remembers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, exists, literal, or_, select, tuple_

from portal.extensions import db
from portal.kernel.columns import lowered
from portal.kernel.errors import Refused
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.kernel.tables import Cell
from portal.kernel.text import Said, printable, say, text_of
from portal.organisation import queries
from portal.organisation.company import here_on, on_day
from portal.organisation.lines import missing_lines
from portal.organisation.models import Grant, Person, Placement, Post, WorkCity
from portal.organisation.record import department_then, last_day, lines_now, title_then
from portal.organisation.staff import Staff

ADDRESS = "/people"
WORDS = frozenset({"words", "department", "who", "after"})
"""Everything that may stand in the address of the list; anything else is refused (attack 14)."""
LONGEST_WORDS = 200
MOST_WORDS = 8
MOST_MEANT = 5
"""People of one name that are offered to choose from."""
AT_ONCE = 500
"""Rows of an export that are read at once."""


class Who(StrEnum):
    """Whom the list shows. INCOMPLETE: without a post, or without a line that a matrix unit needs (ORG-002)."""

    HERE = "here"
    JOINING = "joining"
    LEFT = "left"
    INCOMPLETE = "incomplete"

    @property
    def label(self) -> Said:
        """As it stands in the filter."""
        return _WHO[self]


_WHO = {
    Who.HERE: say("with us"),
    Who.JOINING: say("will join"),
    Who.LEFT: say("have left"),
    Who.INCOMPLETE: say("records incomplete"),
}


class Args(Protocol):
    """The words of an address: each may stand in it several times."""

    def keys(self) -> Iterable[str]: ...
    def getlist(self, key: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of the list. `said`: the address again, without empty words."""

    words: tuple[str, ...]
    department: int | None
    who: Who
    after: After | None
    said: Mapping[str, str]

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.said)

    def address(self, ending: str = "") -> str:
        """The address of this list from its top, or of its table with that ending."""
        place = f"{ADDRESS}{ending}"
        return f"{place}?{urlencode(self.said)}" if self.said else place


def read(reader: Staff, args: Args) -> Asked:
    """What an address asks. Raises ValueError for a word that the list does not know, that stands there twice, or whose
    value it cannot have for this reader."""
    said: dict[str, str] = {}
    for key in args.keys():  # noqa: SIM118 - a MultiDict
        values = args.getlist(key)
        if key not in WORDS or len(values) != 1:
            raise ValueError(f"the list knows no {key!r}")
        if values[0].strip():
            said[key] = values[0]
    after = After.read(said.pop("after", None), str, int)
    who = Who(said.get("who", Who.HERE))
    if who not in shown_to(reader):
        raise ValueError(f"this reader has no list {who}")
    if "words" in said:
        said["words"] = printable(said["words"])[:LONGEST_WORDS].strip()
    said = {key: value for key, value in said.items() if value}
    return Asked(_plain(said.get("words", "")), _department(said.get("department")), who, after, said)


def shown_to(reader: Staff) -> list[Who]:
    """The lists that a reader may ask for: what is missing in records concerns those who keep them."""
    return [one for one in Who if one is not Who.INCOMPLETE or reader.may(P.PEOPLE_EDIT)]


def _plain(words: str) -> tuple[str, ...]:
    """`words` with full-width signs made narrow, in small letters."""
    return tuple(unicodedata.normalize("NFKC", words).lower().split()[:MOST_WORDS])


def _department(code: str | None) -> int | None:
    if code is None:
        return None
    for one in queries.departments().values():
        if one.code == code:
            return one.id
    raise ValueError(f"no department {code!r}")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list. `post` and `department` are those of today; for whoever has left, of the last day.

    `account`: how things stand with the account, in words and with a tone, where the reader looks after it.
    """

    staff_number: str
    name: str
    post: dict[str, str] | None
    department: dict[str, str] | None
    telephone: str
    mail: str
    joined_on: date
    left_on: date | None
    external: bool
    account: tuple[Said, str] | None


def people(reader: Staff, asked: Asked, day: date, *, after: After | None, size: int = PAGE) -> Slice[Line]:
    """People in the order in which their names are spoken. Everybody on staff may look up everybody."""
    query = (
        select(
            Person.id, Person.staff_number, Person.name, Person.sort_key, Person.mail, Person.telephone,
            Person.joined_on, Person.left_on, Person.external, Person.disabled_at, Person.must_change_password,
            (Person.password_hash != "").label("has_password"),
        )
        .where(*_filters(reader, asked, day))
        .order_by(Person.sort_key, Person.id)
        .limit(size + 1)
    )  # fmt: skip
    if after:
        query = query.where(tuple_(Person.sort_key, Person.id) > tuple_(*map(literal, after.key)))
    rows = Slice.of(db.session.execute(query).all(), lambda row: (row.sort_key, row.id), size)
    places = _places({row.id for row in rows.rows}, day)
    known = _accounts_known(reader, {row.id: places.get(row.id) for row in rows.rows}, day)
    return Slice([_line(row, places.get(row.id), row.id in known, day) for row in rows.rows], rows.after)


def _line(row: Any, place: Any, account: bool, day: date) -> Line:
    left = row.left_on is not None and row.left_on <= day
    return Line(
        staff_number=row.staff_number,
        name=row.name,
        post=place.title if place else None,
        department=place.department if place else None,
        telephone="" if left else row.telephone,
        mail="" if left else row.mail,
        joined_on=row.joined_on,
        left_on=row.left_on,
        external=row.external,
        account=_account(row, left) if account else None,
    )


def _account(row: Any, left: bool) -> tuple[Said, str]:
    if row.disabled_at:
        return say("disabled"), "void"
    if left:
        return say("closed, has left"), "void"
    if not row.has_password:
        return say("waits for the first sign-in"), "waiting"
    if row.must_change_password:
        return say("has to choose a new password"), "waiting"
    return say("in use"), "done"


def _filters(reader: Staff, asked: Asked, day: date) -> Iterator[ColumnElement[bool]]:
    match asked.who:
        case Who.HERE:
            yield here_on(day)
        case Who.JOINING:
            yield Person.joined_on > day
        case Who.LEFT:
            yield Person.left_on <= day
        case Who.INCOMPLETE:
            yield here_on(day)
            yield Person.id.in_(incomplete(reader, day))
    for word in asked.words:
        yield or_(
            lowered(Person.name).contains(word, autoescape=True),
            Person.initials.startswith(word, autoescape=True),
            lowered(Person.staff_number).startswith(word, autoescape=True),
            Person.telephone.startswith(word, autoescape=True),
            lowered(Person.mail).startswith(word, autoescape=True),
        )
    if asked.department is not None:
        units = queries.below({asked.department}, queries.departments())
        yield exists().where(
            Placement.person_id == Person.id,
            Placement.post_id == Post.id,
            Post.department_id.in_(units),
            holds_for(Placement, day),
        )


def holds_for(table: type[Placement | WorkCity], day: date) -> ColumnElement[bool]:
    """That a row about a person holds today; of whoever has left, on the last day; of whoever will join, on the first
    one."""
    begins, ends = table.from_on, table.to_on
    return or_(
        here_on(day) & on_day(begins, ends, day),
        (Person.left_on <= day) & (begins < Person.left_on) & or_(ends.is_(None), ends >= Person.left_on),
        (Person.joined_on > day) & (begins <= Person.joined_on) & or_(ends.is_(None), ends > Person.joined_on),
    )


def incomplete(reader: Staff, day: date) -> list[int]:
    """Whose records say too little, where the reader keeps them: no main post, or a line of a matrix unit is missing.

    What the reader does not keep is not counted: people without any post are for whoever keeps the whole company.
    """
    where, tops = reader.where(P.PEOPLE_EDIT), {one.id for one in queries.departments().values() if not one.parent_id}
    lines, _numbers = lines_now(day)
    homes = lines.homes
    return [
        one
        for one in lines.names
        if (homes[one].department_id in where and missing_lines(lines, one) if one in homes else tops <= where)
    ]


def _places(people: set[int], day: date) -> dict[int, Any]:
    """The main post of each of these people that counts: today's, the last one, or the first one to come."""
    until = last_day(Placement.to_on, day)
    query = (
        select(
            Placement.person_id, Post.department_id, title_then(until).label("title"),
            department_then(until, Post).label("department"),
        )
        .join(Post, Post.id == Placement.post_id)
        .join(Person, Person.id == Placement.person_id)
        .where(Placement.person_id.in_(people), Placement.main, holds_for(Placement, day))
    )  # fmt: skip
    return {row.person_id: row for row in db.session.execute(query)} if people else {}


def _accounts_known(reader: Staff, homes: Mapping[int, Any], day: date) -> set[int]:
    """Over whose accounts the reader may see how things stand: the same answer as `queries.may_over`, for a page."""
    where = reader.where(P.ACCOUNTS_INVITE)
    if not where or not homes:
        return set()
    places = {one: {place.department_id} if place else set() for one, place in homes.items()}
    held = select(Grant.person_id, Grant.department_id).where(
        Grant.person_id.in_(places), on_day(Grant.from_on, Grant.to_on, day)
    )
    for person_id, department_id in db.session.execute(held):
        places[person_id].add(department_id)
    tops = {one.id for one in queries.departments().values() if one.parent_id is None}
    return {one for one, found in places.items() if (found or tops) <= where}


def meant(words: str, day: date, *, field: str) -> Person:
    """The one colleague that somebody means by a staff number, a sign-in name or a name. Raises Refused for nobody and,
    naming them, for several of one name."""
    said = unicodedata.normalize("NFKC", words).lower().strip()
    same = or_(lowered(Person.staff_number) == said, Person.sign_in_name == said, lowered(Person.name) == said)
    still = or_(Person.left_on.is_(None), Person.left_on > day)
    found = db.session.scalars(select(Person).where(same, still).order_by(Person.id).limit(MOST_MEANT)).all()
    exact = [one for one in found if said in (one.staff_number.lower(), one.sign_in_name)]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise Refused(say("Nobody with us is called “{words}”.", words=words), field=field)
    several = tuple(f"{one.name} {one.staff_number}" for one in found)
    raise Refused(say("Several are called so: {names}. Take the staff number.", names=several), field=field)


def selects(reader: Staff, asked: Asked) -> list[dict[str, Any]]:
    """The filters in one row."""
    units = queries.departments().values()
    depth = "\u2003"  # a wide space: the tree is seen in the list of departments
    departments = [(one.code, depth * (one.path.count("/") - 2) + text_of(one.names)) for one in units]
    whom = [("" if one is Who.HERE else one.value, str(one.label)) for one in shown_to(reader)]
    return [
        {"name": "words", "label": str(say("Name, initials or number")), "value": asked.said.get("words", "")},
        {
            "name": "department", "label": str(say("Department")), "value": asked.said.get("department", ""),
            "options": [("", str(say("all"))), *departments],
        },
        {"name": "who", "label": str(say("People")), "value": "" if asked.who is Who.HERE else asked.who.value,
         "options": whom},
    ]  # fmt: skip


# The table of what is shown


def head(asked: Asked, *, accounts: bool) -> list[str]:
    """The heads of the table, in the reader's language."""
    names = [
        say("Staff number"), say("Name"), say("Post"), say("Department"), say("Telephone"), say("Mail"),
        say("With us since"),
    ]  # fmt: skip
    names += [say("Left on")] if asked.who is Who.LEFT else []
    names += [say("Account")] if accounts else []
    return [str(one) for one in names]


def table(reader: Staff, asked: Asked, day: date, *, accounts: bool) -> Iterator[list[Cell]]:
    """Every row that the list shows, page after page."""
    after = None
    while True:
        slice = people(reader, asked, day, after=after, size=AT_ONCE)
        for one in slice.rows:
            row: list[Cell] = [
                one.staff_number, one.name, text_of(one.post), text_of(one.department), one.telephone, one.mail,
                one.joined_on,
            ]  # fmt: skip
            row += [one.left_on] if asked.who is Who.LEFT else []
            row += [str(one.account[0]) if one.account else ""] if accounts else []
            yield row
        if slice.after is None:
            return
        after = slice.after
