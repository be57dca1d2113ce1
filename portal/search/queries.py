"""What somebody may mean by a few words, as far as they may see it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from portal.customers import queries as customers
from portal.customers.queries import Card
from portal.extensions import db
from portal.kernel.permissions import P
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.tickets import queries as tickets

MOST = 8
NUMBER = re.compile(r"([A-Z])-?(\d{4})-?(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Found:
    """Hits by kind of thing, the best few of each."""

    people: Sequence[Person]
    customers: Sequence[Card]

    def __bool__(self) -> bool:
        return bool(self.people or self.customers)


def plain(words: str) -> str:
    """`words` with full-width signs made narrow and spaces folded: Ｔ－２０２６ is T-2026."""
    return " ".join(unicodedata.normalize("NFKC", words).split())


def number_of(words: str, year: int) -> str | None:
    """The number that was meant: as written, without its dashes, or only the last figures of a ticket of this year."""
    typed = plain(words).upper().replace(" ", "")
    if match := NUMBER.fullmatch(typed):
        return f"{match[1]}-{match[2]}-{int(match[3]):05d}"
    if typed.isascii() and typed.isdigit() and len(typed) <= 6:
        return f"T-{year}-{int(typed):05d}"
    return None


def place_of(reader: Staff, number: str) -> str | None:
    """The path of the thing with this number, for a reader who may see it; None looks the same as “not there”."""
    if number.startswith("T-") and tickets.ticket_seen_by(reader, number):
        return f"/tickets/{number}"
    if number.startswith("C-") and reader.may(P.CUSTOMERS_READ) and customers.customer_with(reader, number):
        return f"/customers/{number}"
    return None


def found(reader: Staff, words: str) -> Found:
    """People and customers that the words name: by name, initials, sign-in name or telephone."""
    asked = plain(words)
    return Found(_people(asked), customers.find_caller(reader, asked, most=MOST)) if asked else Found((), ())


def _people(words: str) -> Sequence[Person]:
    low = words.casefold()
    hits = or_(
        Person.name.contains(words, autoescape=True),
        Person.initials.startswith(low, autoescape=True),
        Person.sign_in_name.startswith(low, autoescape=True),
        Person.telephone == words,
    )
    query = select(Person).where(hits, Person.disabled_at.is_(None)).order_by(Person.sort_key, Person.id)
    return db.session.scalars(query.limit(MOST)).all()
