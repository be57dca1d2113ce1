"""Callers who come in great numbers, with an import: found again, never doubled, written down in one go.

They wait in rows of their own until then: `Arrivals` recognises them slice by slice, `write_down` makes them customers
inside the act that needs them. What is the same is decided as `actions.take_down` decides it: the same telephone or
mail and the same name, or the same name in the same company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from portal.customers import rules
from portal.customers.events import CustomerAdded
from portal.customers.models import Arrival, ArrivalWord, Customer, CustomerWord
from portal.customers.rules import WordKind
from portal.extensions import db
from portal.kernel import numbers
from portal.kernel.journal import record_each
from portal.organisation.rules import initials, sort_key

MOST_AT_ONCE = 1_000
"""Callers that are looked up in one question: each has some ten words."""
AT_ONCE = (WordKind.TELEPHONE, WordKind.MAIL, WordKind.NAME)
"""Words by which somebody is known again: they come with the record. Those that only help to look for somebody are most
of them, and follow in slices, so that nobody waits for them."""
_TELEPHONES = (WordKind.TELEPHONE, WordKind.TELEPHONE_PART)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody as another list has them."""

    name: str
    telephones: tuple[str, ...] = ()
    mail: str = ""
    company: str = ""

    @property
    def can_be_found(self) -> bool:
        """Whether a record of them could ever be found again: a name alone tells nobody apart."""
        return bool(self.name and (self.telephones or self.mail or self.company))


@dataclass(frozen=True, slots=True)
class Known:
    """Who a caller is: a record that is there, or the place of one who waits for it. Neither: nobody by name."""

    customer_id: int | None = None
    place: int | None = None
    name: str = ""


@dataclass(slots=True)
class _Keys:
    """By what one is the same as another."""

    name: str
    wholes: list[str]
    mail: str
    company: str

    @classmethod
    def of(cls, caller: Caller) -> _Keys:
        wholes = [one for one in map(rules.digits, caller.telephones) if len(one) >= rules.SHORTEST_PART]
        return cls(rules.folded(caller.name), wholes, rules.folded(caller.mail), rules.folded(caller.company))


@dataclass(slots=True)
class _Met:
    """Those who may be somebody, by telephone, mail, and name in a company."""

    telephones: dict[str, list[tuple[str, Known]]] = field(default_factory=dict)
    mails: dict[str, list[Known]] = field(default_factory=dict)
    homes: dict[tuple[str, str], Known] = field(default_factory=dict)

    def add(self, keys: _Keys, one: Known) -> None:
        for whole in keys.wholes:
            self.telephones.setdefault(whole[-rules.WHOLE :], []).append((whole, one))
        if keys.mail:
            self.mails.setdefault(keys.mail, []).append(one)
        if keys.name and keys.company:
            self.homes.setdefault((keys.name, keys.company), one)

    def find(self, keys: _Keys) -> Known | None:
        """The same telephone or mail and the same name; without a name, whoever alone has that telephone or mail."""
        same = [
            one
            for whole in keys.wholes
            for other, one in self.telephones.get(whole[-rules.WHOLE :], ())
            if _same_number(whole, other)
        ]
        same += self.mails.get(keys.mail, ()) if keys.mail else ()
        if not keys.name:
            return same[0] if len(set(same)) == 1 else None
        return next(
            (one for one in same if rules.folded(one.name) == keys.name), self.homes.get((keys.name, keys.company))
        )


def _same_number(one: str, other: str) -> bool:
    """Whether two numbers are one, with or without the area code."""
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return long == short or (len(short) >= rules.WHOLE and long.endswith(short))


class Arrivals:
    """Those of one `batch`. Made anew after an interruption it knows again whoever waits already."""

    def __init__(self, batch: str) -> None:
        self.batch = batch
        self.waiting = _Met()
        self.count = 0
        rows = select(Arrival.place, Arrival.name, Arrival.telephones, Arrival.mail, Arrival.company)
        for row in db.session.execute(rows.where(Arrival.batch == batch)):
            caller = Caller(row.name, tuple(row.telephones), row.mail, row.company)
            self.waiting.add(_Keys.of(caller), Known(place=row.place, name=row.name))
            self.count = max(self.count, row.place + 1)

    def recognise(self, callers: Sequence[Caller]) -> tuple[list[Known], list[Caller]]:
        """Who each of `callers` is, and those among them who are new: they have the next places in their order."""
        found, new = _on_file([_Keys.of(one) for one in callers]), []
        known = []
        for caller in callers:
            keys = _Keys.of(caller)
            one = found.find(keys) or self.waiting.find(keys)
            if one is None and caller.can_be_found:
                one = Known(place=self.count, name=caller.name)
                self.waiting.add(keys, one)
                self.count += 1
                new.append(caller)
            known.append(one or Known())
        return known, new

    def wait(self, first: int, callers: Iterable[Caller]) -> None:
        """Keep new ones until they are written down; the first of them has the place `first`. Within an act."""
        people, words = [], []
        for place, one in enumerate(callers, start=first):
            telephones, spoken = list(one.telephones), initials(one.name)
            people.append(
                {"batch": self.batch, "place": place, "name": one.name, "sort_key": sort_key(one.name),
                 "initials": spoken, "telephones": telephones, "mail": one.mail, "company": one.company}
            )  # fmt: skip
            words += [
                {"batch": self.batch, "place": place, "kind": kind, "word": word}
                for kind, word in rules.words_of("", one.name, spoken, one.company, one.mail, telephones)
            ]
        if people:
            connection = db.session.connection()
            connection.execute(insert(Arrival.__table__), people)  # type: ignore[arg-type]
            connection.execute(insert(ArrivalWord.__table__), words)  # type: ignore[arg-type]


def _on_file(wanted: Sequence[_Keys]) -> _Met:
    """Customers who may be one of those."""
    met = _Met()
    for start in range(0, len(wanted), MOST_AT_ONCE):
        part = wanted[start : start + MOST_AT_ONCE]
        wholes = {whole for keys in part for whole in keys.wholes}
        tails = {whole[cut:] for whole in wholes for cut in range(len(whole) - rules.WHOLE + 1)} | wholes
        mails = {keys.mail for keys in part if keys.mail}
        homes = {keys.name[: rules.LONGEST_WORD].rstrip() for keys in part if keys.name and keys.company}
        same = [
            and_(CustomerWord.kind == WordKind.TELEPHONE, CustomerWord.word.in_(tails)) if tails else None,
            and_(CustomerWord.kind == WordKind.TELEPHONE_PART, CustomerWord.word.in_(wholes)) if wholes else None,
            and_(CustomerWord.kind == WordKind.MAIL, CustomerWord.word.in_(mails)) if mails else None,
            and_(CustomerWord.kind == WordKind.NAME, CustomerWord.word.in_(homes)) if homes else None,
        ]
        asked = [one for one in same if one is not None]
        if not asked:
            continue
        rows = select(Customer.id, Customer.name, Customer.telephones, Customer.mail, Customer.company).where(
            Customer.id.in_(select(CustomerWord.customer_id).where(or_(*asked)))
        )
        for row in db.session.execute(rows.order_by(Customer.id)):
            caller = Caller(row.name, tuple(row.telephones), row.mail, row.company)
            met.add(_Keys.of(caller), Known(customer_id=row.id, name=row.name))
    return met


def newest() -> int:
    """The id of the customer written down last: what is younger, nobody of a batch was compared with."""
    return db.session.scalar(select(func.max(Customer.id))) or 0


def met_since(batch: str, seen: int) -> dict[int, int]:
    """Place → customer, for those who wait and were written down by somebody else after the customer `seen`."""
    theirs, ours = aliased(CustomerWord), aliased(ArrivalWord)
    whole = and_(
        theirs.kind.in_(_TELEPHONES), ours.kind.in_(_TELEPHONES),
        or_(theirs.kind == WordKind.TELEPHONE, ours.kind == WordKind.TELEPHONE),
    )  # fmt: skip
    rows = (
        select(ours.place, theirs.customer_id, theirs.kind, ours.kind, theirs.word, Arrival.name, Customer.name)
        .join(theirs, theirs.word == ours.word)
        .join(Customer, Customer.id == theirs.customer_id)
        .join(Arrival, and_(Arrival.batch == ours.batch, Arrival.place == ours.place))
        .where(
            ours.batch == batch, theirs.customer_id > seen,
            or_(whole, and_(theirs.kind == WordKind.MAIL, ours.kind == WordKind.MAIL)),
        )
    )  # fmt: skip
    found = {}
    for place, customer_id, kind, other, word, name, theirs_name in db.session.execute(rows):
        part = kind != other and len(word) < rules.WHOLE
        domain = kind is WordKind.MAIL and "@" not in word
        if not part and not domain and rules.folded(name) == rules.folded(theirs_name):
            found[place] = customer_id
    return found


def write_down(batch: str, year: int, but: Iterable[int] = ()) -> int:
    """Make those who wait customers, each with a record, a number and a fact, except the places in `but`.

    Within the act under way; returns how many. From then on their rows hold the number of the record.
    """
    waiting = (Arrival.batch == batch, Arrival.place.not_in(list(but)))
    count = db.session.scalar(select(func.count()).select_from(Arrival).where(*waiting)) or 0
    if not count:
        return 0
    first = numbers.reserve("C", year, count)
    place: Any = func.row_number().over(order_by=Arrival.place)
    numbered = select(Arrival.place, place.label("position")).where(*waiting).subquery()
    number = numbers.number_of_row("C", year, numbered.c.position + (first - 1))
    one_of_them = (Arrival.batch == batch, Arrival.place == numbered.c.place)
    db.session.execute(update(Arrival).where(*one_of_them).values(number=number), execution_options=_BLIND)
    columns = ("number", "name", "sort_key", "initials", "telephones", "mail", "company")
    people = select(*(getattr(Arrival, one) for one in columns)).where(*waiting).order_by(Arrival.place)
    db.session.execute(
        insert(Customer).from_select([*columns, "note", "version"], people.add_columns(literal(""), literal(1)))
    )
    mine = select(Customer.id, Customer.number, Customer.name, Arrival.place).join(
        Arrival, Arrival.number == Customer.number
    )
    new = mine.where(*waiting).subquery()
    words = select(ArrivalWord.word, new.c.id, ArrivalWord.kind).join(new, new.c.place == ArrivalWord.place)
    db.session.execute(
        insert(CustomerWord).from_select(
            ["word", "customer_id", "kind"],
            words.where(ArrivalWord.batch == batch, ArrivalWord.kind.in_(AT_ONCE)).order_by(ArrivalWord.word, new.c.id),
        )
    )
    by_number = select(func.lower(new.c.number), new.c.id, literal(WordKind.NUMBER, CustomerWord.kind.type))
    db.session.execute(insert(CustomerWord).from_select(["word", "customer_id", "kind"], by_number))
    record_each(CustomerAdded, "customer_id", select(new.c.id.label("customer_id"), new.c.number, new.c.name))
    return count


def forget(batch: str, most: int) -> int:
    """Take away some of those who wait no longer; returns how many rows went. Within an act; call it until none did.

    Whoever was written down gets the rest of the words to be found by.
    """
    places = select(Arrival.place).where(Arrival.batch == batch).order_by(Arrival.place).limit(most)
    last = db.session.scalar(select(func.max(places.subquery().c.place)))
    if last is None:
        return 0
    rest = (
        select(ArrivalWord.word, Customer.id, ArrivalWord.kind)
        .join(Arrival, and_(Arrival.batch == ArrivalWord.batch, Arrival.place == ArrivalWord.place))
        .join(Customer, Customer.number == Arrival.number)
        .where(ArrivalWord.batch == batch, ArrivalWord.place <= last, ArrivalWord.kind.not_in(AT_ONCE))
    )
    db.session.execute(insert(CustomerWord).from_select(["word", "customer_id", "kind"], rest))
    gone = [
        db.session.execute(delete(table).where(table.batch == batch, table.place <= last), execution_options=_BLIND)
        for table in (ArrivalWord, Arrival)
    ]
    return sum(one.rowcount for one in gone)  # type: ignore[attr-defined]


_BLIND = {"synchronize_session": False}
