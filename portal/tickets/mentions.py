"""Colleagues whom an inside note calls by name: `@李娜` or `@agent`.

Whoever is called and sees what is said inside is told on the bell. A name lets nobody see what they may not: the author
hears at once whom the note does not reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from portal.extensions import db
from portal.kernel.clock import office_day
from portal.kernel.columns import lowered
from portal.kernel.errors import Refused
from portal.kernel.text import Said, say, text_of
from portal.organisation import queries as organisation
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.tickets import queries
from portal.tickets.models import Ticket

MARK = re.compile(r"(?<![A-Za-z0-9_.@＠-])[@＠](?=\w)")
"""An @ that calls somebody; one in an address does not."""
LONGEST, MOST = 40, 20
"""Characters of a name, and names in one note, that are looked at: a wall of signs costs nobody time."""
MOST_LOOKED_AT, MOST_SUGGESTED = 30, 6
"""Colleagues whose names fit that are asked whether they see a ticket, and those that are shown."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a note was to reach: `told` sees it, `missed` does not, `kept_out` are those from whom it is hidden.
    `typed`: how those told were called."""

    told: tuple[Person, ...] = ()
    missed: tuple[Person, ...] = ()
    kept_out: tuple[Person, ...] = ()
    typed: frozenset[str] = frozenset()

    def sentences(self) -> Iterator[Said]:
        """What the author is told of it."""
        if self.told:
            yield say("Told: {names}.", names=tuple(one.name for one in self.told))
        for one in self.missed:
            yield say("{name} cannot read this note; ask them inside instead.", name=one.name)
        for one in self.kept_out:
            yield kept_from(one)


def reach(actor: Staff, ticket: Ticket, words: str, at: datetime) -> Reach:
    """Whom these words call, and who of them sees what is said inside of the ticket; nobody calls themselves.

    Raises Refused where a name can mean several colleagues.
    """
    called = {typed: person for typed, person in called_in(words, at).items() if person.id != actor.id}
    sees = {person.id: _sees(person, ticket, at) for person in called.values()}
    people = {person.id: person for person in called.values()}
    hidden = queries.hidden_from(ticket.id) if ticket.about_id is not None else set()
    return Reach(
        tuple(one for one in people.values() if sees[one.id]),
        tuple(one for one in people.values() if not sees[one.id] and one.id not in hidden),
        tuple(one for one in people.values() if one.id in hidden),
        frozenset(typed for typed, person in called.items() if sees[person.id]),
    )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A colleague whom a note can call: `call` is what stands after the @, a name that means nobody else."""

    id: int
    name: str
    department: str
    call: str


def suggested(actor: Staff, ticket: Ticket, words: str, at: datetime) -> list[Suggestion]:
    """Whom `words` after an @ can become, of those who see what is said inside; before anything is typed, whoever has
    to do with the ticket. Nobody is named from whom it is hidden (attack 16)."""
    day, tree = office_day(at), organisation.departments()
    among = None if words else queries.people_on(ticket.id)
    rows = organisation.colleagues_like(words, day, among=among, most=MOST_LOOKED_AT)
    sees = queries.see_inside(organisation.staff_of(rows, day), ticket.id)
    people = [one for one in rows if one.id in sees and one.id != actor.id][:MOST_SUGGESTED]
    known = _people({one.name.casefold() for one in people}) if people else {}
    return [
        Suggestion(
            one.id, one.name, text_of(tree[one.department_id].names),
            one.name if _means_one(one.name, known) else one.sign_in_name,
        )
        for one in people
    ]  # fmt: skip


def _means_one(name: str, known: Mapping[str, Sequence[Person]]) -> bool:
    return len(known.get(name.casefold(), ())) == 1 and len(name) < LONGEST and MARK.match(f"@{name}") is not None


def kept_from(person: Person) -> Said:
    """Why nobody hands a ticket to this colleague, nor tells them of it."""
    return say("{name} is not to see this ticket: it is about them or their people.", name=person.name)


def called_in(words: str, at: datetime) -> dict[str, Person]:
    """Who is called in `words`, by what was typed. The longest name counts: of 李娜 and 李娜娜 whoever is meant by
    `@李娜娜请看` is the second. A name that nobody has is no call.

    Raises Refused where a name can mean several colleagues.
    """
    calls = [words[mark.start() : mark.end() + LONGEST] for mark in list(MARK.finditer(words))[:MOST]]
    if not calls:
        return {}
    known = _people({name for call in calls for name in _names(call)})
    found: dict[str, Person] = {}
    for call in calls:
        name = next((name for name in _names(call) if name in known), None)
        if name is None:
            continue
        if len(known[name]) > 1:
            raise Refused(_which(name, known[name], at), field="words")
        found[call[: len(name) + 1]] = known[name][0]
    return found


def _names(call: str) -> Iterator[str]:
    """What can be the name after an @, the longest first; a name in Latin letters ends with its word."""
    tail = call[1:].splitlines()[0]
    for end in range(len(tail), 0, -1):
        name, after = tail[:end], tail[end : end + 1]
        if name == name.strip() and not (_latin(name[-1]) and (_latin(after) or _goes_on(tail, end))):
            yield name.lower()


def _latin(sign: str) -> bool:
    return sign == "_" or (sign.isalnum() and sign < "\u0250")  # with every accent


def _goes_on(tail: str, end: int) -> bool:
    """Whether a sign-in name with a dot or a dash in it is not over yet."""
    return tail[end : end + 1] in (".", "-") and _latin(tail[end + 1 : end + 2])


def _people(names: set[str]) -> Mapping[str, Sequence[Person]]:
    """Colleagues whose account is open, by their full name and by their sign-in name."""
    called = or_(lowered(Person.name).in_(names), Person.sign_in_name.in_(names))
    known: dict[str, list[Person]] = {}
    for person in db.session.scalars(select(Person).where(called, Person.disabled_at.is_(None)).order_by(Person.id)):
        for name in {person.name.lower(), person.sign_in_name} & names:
            known.setdefault(name, []).append(person)
    return known


def _which(name: str, people: Sequence[Person], at: datetime) -> Said:
    tree, day = organisation.departments(), office_day(at)

    def one_of(person: Person) -> str:
        home: Any = tree.get(organisation.home_of(person.id, day) or 0)
        return f"{person.name}({text_of(home.names)} @{person.sign_in_name})" if home else f"@{person.sign_in_name}"

    return say(
        "“@{name}” can mean {people}. Write the sign-in name of the one you mean.",
        name=name, people=tuple(map(one_of, people)),
    )  # fmt: skip


def _sees(person: Person, ticket: Ticket, at: datetime) -> bool:
    reader = organisation.staff_with_id(person.id, at)
    return reader is not None and queries.sees_inside(reader, ticket.id)
