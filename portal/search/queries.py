"""What somebody may mean by a few words, as far as they may see it: a number, then names, then what was written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from portal.customers import queries as customers
from portal.extensions import db
from portal.kernel import search
from portal.kernel.columns import lowered
from portal.kernel.permissions import P
from portal.kernel.search import Hit, Met, TooSlow
from portal.kernel.text import text_of
from portal.kernel.tokens import Asked, asked, marked
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import queries as policies
from portal.tickets import queries as tickets

MOST_NAMES = 8
MOST_SHOWN = 40
NUMBER = re.compile(r"([A-Z])-?(\d{4})-?(\d{1,12})")
MANUAL = re.compile(r"[A-Z]{2,}-\d+")
NOTHING = Asked(())


@dataclass(frozen=True, slots=True)
class Found:
    """What is shown, and how many of each kind there are for the reader; `slow`: what was written could not be read."""

    lines: Sequence[Hit]
    counts: dict[str, int]
    slow: bool = False

    def __bool__(self) -> bool:
        return bool(self.counts)


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
    return typed if MANUAL.fullmatch(typed) else None


def thing_numbered(reader: Staff, number: str) -> tuple[int, Hit] | None:
    """The thing with this number and its id, for a reader who may see it; None looks the same as “not there”."""
    if number.startswith("T-") and (ticket := tickets.ticket_seen_by(reader, number)):
        return ticket.id, _line("ticket", number, ticket.title, f"/tickets/{number}")
    if number.startswith("C-") and (customer := customers.customer_with(reader, number)):
        return customer.id, _line("customer", number, customer.name, f"/customers/{number}")
    if reader.may(P.MANUALS_READ) and MANUAL.fullmatch(number) and (manual := policies.manual_seen_by(reader, number)):
        return manual.id, _line("manual", number, text_of(manual.titles), f"/manuals/{number}")
    return None


def found(reader: Staff, words: str, *, kind: str = "", exact: tuple[int, Hit] | None = None) -> Found:
    """Everything that the words may mean: the thing with the number, then who is called so, then what says it best.

    `kind`: only these are shown; the others are counted all the same.
    """
    meant, slow, met = asked(words), False, list[Met]()
    first = {
        (line.kind, thing_id): line for thing_id, line in (*([exact] if exact else []), *_names(reader, words, meant))
    }
    try:
        met = [one for one in search.find(reader, meant) if (one.kind, one.thing_id) not in first]
    except TooSlow:
        slow = True
    counts = Counter([kind for kind, _id in first] + [one.kind for one in met])
    lines = [one for one in first.values() if kind in ("", one.kind)]
    shown = [one for one in met if kind in ("", one.kind)][: MOST_SHOWN - len(lines)]
    return Found([*lines, *(search.read(shown, meant) if shown else ())], dict(counts), slow)


def _line(kind: str, number: str, title: str, href: str, about: str = "", meant: Asked = NOTHING) -> Hit:
    return Hit(kind, number, marked(title, meant.words), href, marked(about, meant.words), None)


def _names(reader: Staff, words: str, meant: Asked) -> Iterator[tuple[int, Hit]]:
    """Colleagues and customers by name, initials, sign-in name or telephone, each with its id."""
    if not plain(words):
        return
    for person in _people(plain(words)):
        href = f"/people/{person.staff_number}"
        yield person.id, _line("person", person.staff_number, person.name, href, person.telephone, meant)
    for card in customers.find_caller(reader, words, most=MOST_NAMES):
        about = " · ".join(filter(None, (card.company, *card.telephones)))
        yield card.id, _line("customer", card.number, card.name, f"/customers/{card.number}", about, meant)


def _people(words: str) -> Sequence[Person]:
    low = words.lower()
    hits = or_(
        lowered(Person.name).contains(low, autoescape=True),
        Person.initials.startswith(low, autoescape=True),
        Person.sign_in_name.startswith(low, autoescape=True),
        Person.telephone == words,
    )
    query = select(Person).where(hits, Person.disabled_at.is_(None)).order_by(Person.sort_key, Person.id)
    return db.session.scalars(query.limit(MOST_NAMES)).all()
