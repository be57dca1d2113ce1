"""Questions about customers and visits. Telephone numbers leave here as the reader needs them: whole or masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from portal.customers import rules
from portal.customers.models import Customer, CustomerWord, Visit
from portal.customers.rules import Sought, WordKind
from portal.extensions import db
from portal.kernel import journal
from portal.kernel.clock import start_of
from portal.kernel.journal import JournalEntry
from portal.kernel.lifecycle import Reader
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P
from portal.organisation.models import Person, Placement, Post
from portal.organisation.queries import on_day
from portal.organisation.staff import Staff

HITS = 8
_LAST_SIGN = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Card:
    """A customer as one reader may see them: `telephones` whole or masked."""

    id: int
    number: str
    name: str
    company: str
    mail: str
    telephones: tuple[str, ...]

    @property
    def telephone(self) -> str:
        """The one to ring first."""
        return self.telephones[0] if self.telephones else ""


_CARD = (Customer.id, Customer.number, Customer.name, Customer.company, Customer.mail, Customer.telephones)


def needs_telephones(reader: Reader) -> bool:
    """Whoever writes the records rings the customers; everybody else sees 138****2026 (design §5)."""
    return reader.may(P.CUSTOMERS_WRITE)


def find_caller(reader: Reader, words: str, *, most: int = HITS) -> list[Card]:
    """Customers that meet every one of `words`: part of a telephone number or of a name, initials, mail, company.

    Each word is a range of an index, so that no sign widens it. Who sees numbers masked finds by a whole one only:
    asking digit by digit would tell them the rest. Without the right to read customers nothing is found.
    """
    asked = rules.sought(words)
    if not asked or not reader.may(P.CUSTOMERS_READ):
        return []
    whole = needs_telephones(reader)
    first = aliased(CustomerWord)
    hits = select(first.customer_id).where(_met(first, asked[0], whole))
    for one in asked[1:]:
        other = aliased(CustomerWord)
        hits = hits.where(exists().where(other.customer_id == first.customer_id, _met(other, one, whole)))
    query = select(*_CARD).where(Customer.id.in_(hits.limit(most * 4))).order_by(Customer.sort_key, Customer.id)
    return [_card(row, whole) for row in db.session.execute(query.limit(most))]


def customers(reader: Reader, after: After | None = None, size: int = PAGE) -> Slice[Card]:
    """Every customer in the order of their names; nothing for somebody without the right."""
    if not reader.may(P.CUSTOMERS_READ):
        return Slice([], None)
    query = select(*_CARD, Customer.sort_key).order_by(Customer.sort_key, Customer.id).limit(size + 1)
    if after:
        query = query.where(tuple_(Customer.sort_key, Customer.id) > tuple_(*map(literal, after.key)))
    rows = db.session.execute(query).all()
    whole = needs_telephones(reader)
    cut = Slice.of(rows, lambda row: (row.sort_key, row.id), size)
    return Slice([_card(row, whole) for row in cut.rows], cut.after)


def customer_with(reader: Reader, number: str) -> Customer | None:
    """The record itself, for its page and its form; None for nobody and for somebody without the right."""
    if not reader.may(P.CUSTOMERS_READ):
        return None
    return db.session.scalar(select(Customer).where(Customer.number == number.upper()))


def card(customer: Customer, reader: Reader, *, works_for_them: bool = False) -> Card:
    """The customer as `reader` may see them; who works on the customer's own matter needs the telephone as well."""
    return _card(customer, works_for_them or needs_telephones(reader))


def doubles(name: str, company: str, mail: str, telephones: Sequence[str], *, but: int | None = None) -> list[Customer]:
    """Records that may be the same customer: the same telephone (with or without its area code), the same mail
    address, or the same name in the same company."""
    same = []
    for whole in filter(None, map(rules.digits, telephones)):
        tails = [whole[start:] for start in range(len(whole) - rules.WHOLE + 1)] or [whole]
        same.append(and_(CustomerWord.kind == WordKind.TELEPHONE, CustomerWord.word.in_(tails)))
        if len(whole) >= rules.WHOLE:
            same.append(and_(CustomerWord.kind == WordKind.TELEPHONE_PART, CustomerWord.word == whole))
    if address := rules.folded(mail):
        same.append(and_(CustomerWord.kind == WordKind.MAIL, CustomerWord.word == address))
    found = set(db.session.scalars(select(CustomerWord.customer_id).where(or_(*same)))) if same else set()
    if name and company:
        key = rules.folded(name)[: rules.LONGEST_WORD].rstrip()
        named = select(Customer.id, Customer.name, Customer.company).where(
            Customer.id.in_(
                select(CustomerWord.customer_id).where(CustomerWord.kind == WordKind.NAME, CustomerWord.word == key)
            )
        )
        wanted = (rules.folded(name), rules.folded(company))
        found |= {
            row.id for row in db.session.execute(named) if (rules.folded(row.name), rules.folded(row.company)) == wanted
        }
    found.discard(but or 0)
    return list(db.session.scalars(select(Customer).where(Customer.id.in_(found)).order_by(Customer.id).limit(HITS)))


def changes_since(customer: Customer, version: int) -> list[JournalEntry]:
    """What others changed in a record after its `version` was read."""
    return [
        one for one in journal.of("customer", customer.id)
        if one.name == "CustomerChanged" and one.facts["version"] > version
    ]  # fmt: skip


def visits(
    reader: Reader, day: date | None = None, *, here: bool = False, after: After | None = None, size: int = PAGE
) -> Slice[Visit]:
    """The register, the newest visit first; of one office day, or only who has not left yet."""
    if not reader.may(P.CUSTOMERS_READ):
        return Slice([], None)
    query = _visits().order_by(Visit.came_at.desc(), Visit.id.desc()).limit(size + 1)
    if day:
        query = query.where(_on(day))
    if here:
        query = query.where(Visit.left_at.is_(None))
    if after:
        query = query.where(tuple_(Visit.came_at, Visit.id) < tuple_(*map(literal, after.key)))
    return Slice.of(db.session.scalars(query).all(), lambda row: (row.came_at, row.id), size)


def visit_with(reader: Reader, visit_id: int) -> Visit | None:
    """One visit; None for no such one and for somebody without the right."""
    if not reader.may(P.CUSTOMERS_READ):
        return None
    return db.session.scalar(_visits().where(Visit.id == visit_id))


def visits_of(customer: Customer, most: int = 20) -> Sequence[Visit]:
    """The customer's visits, the newest first."""
    query = _visits().where(Visit.customer_id == customer.id).order_by(Visit.came_at.desc(), Visit.id.desc())
    return db.session.scalars(query.limit(most)).all()


def visit_without_ticket(customer: Customer, day: date) -> Visit | None:
    """The customer's visit of that day from which no ticket has come yet, the latest one; no right is asked."""
    query = _visits().where(Visit.customer_id == customer.id, Visit.ticket_number == "", _on(day))
    return db.session.scalars(query.order_by(Visit.came_at.desc(), Visit.id.desc()).limit(1)).first()


def receivers(reader: Staff, day: date) -> Sequence[Person]:
    """Who may have received a visitor: whoever works on that day where `reader` keeps customers, and the reader."""
    there = (
        select(Placement.person_id)
        .join(Post, Post.id == Placement.post_id)
        .where(on_day(Placement.from_on, Placement.to_on, day), Post.department_id.in_(reader.where(P.CUSTOMERS_WRITE)))
    )
    query = select(Person).where(Person.disabled_at.is_(None), or_(Person.id == reader.id, Person.id.in_(there)))
    return db.session.scalars(query.order_by(Person.sort_key, Person.id)).all()


def _visits() -> Select[Visit]:
    return select(Visit).options(joinedload(Visit.receiver), joinedload(Visit.customer))


def _on(day: date) -> ColumnElement[bool]:
    start = start_of(day)
    return and_(Visit.came_at >= start, Visit.came_at < start + timedelta(days=1))


def _met(word: type[CustomerWord], asked: Sought, whole: bool) -> ColumnElement[bool]:
    """That a word of a record begins as asked; whole telephone numbers only for who sees them masked."""
    if asked.telephone and not whole:
        numbers = [one for one in asked.spellings if len(one) >= rules.WHOLE]
        return and_(word.kind == WordKind.TELEPHONE, word.word.in_(numbers))
    ranges = or_(*(and_(word.word >= one, word.word < one + _LAST_SIGN) for one in asked.spellings))
    return ranges if whole else and_(ranges, word.kind.not_in((WordKind.TELEPHONE, WordKind.TELEPHONE_PART)))


def _card(row: Any, whole: bool) -> Card:
    telephones = tuple(row.telephones if whole else map(rules.masked, row.telephones))
    return Card(row.id, row.number, row.name, row.company, row.mail, telephones)


def count() -> int:
    """How many records there are."""
    return db.session.scalar(select(func.count()).select_from(Customer)) or 0
