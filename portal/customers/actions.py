"""What is done with customers' records and the visitors' register.

A record's number is taken before its doubles are looked for: the counter's row makes two people who write down the
same caller queue, also on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert

from portal.customers import queries, rules
from portal.customers.events import (
    CustomerAdded,
    CustomerChanged,
    VisitBecameTicket,
    VisitorLeft,
    VisitorRegistered,
)
from portal.customers.models import Customer, CustomerWord, Visit
from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.numbers import next_number
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation.models import Person
from portal.organisation.rules import initials, sort_key
from portal.organisation.staff import Staff

Keeper = Staff | Portal


@action
def add_customer(
    actor: Keeper,
    name: str,
    *,
    telephones: Sequence[str] = (),
    mail: str = "",
    company: str = "",
    note: str = "",
    although: Collection[str] = (),
    key: str = "",
    at: datetime,
) -> Customer:
    """Make a record of a customer who has none. `key`: the one-time key of the form.

    Raises NotAllowed without the right to write customers (ORG-024); Refused when another record has the same
    telephone, mail, or name and company, unless its number is in `although`: seen, and it is somebody else.
    """
    _need_write(actor)
    number = next_number("C", office_day(at).year)
    name, company, mail, telephones = _tidied(name, company, mail, telephones)
    for other in queries.doubles(name, company, mail, telephones):
        if other.number not in although:
            raise Refused(
                say(
                    "This may be {name} ({number}), who is written down already.", name=other.name, number=other.number
                ),
                field="although",
            )
    once.used(key, actor.id, number, at)
    return _written(number, name, telephones, mail, company, note)


@action
def take_down(
    actor: Keeper, name: str, *, telephone: str = "", mail: str = "", company: str = "", at: datetime
) -> Customer:
    """Who rings, writes or comes by: the record that is there already, or a new one.

    Anybody on staff may be the first to hear of a matter (TKT-006), so no right is needed, and nothing of a record that
    is there is shown or changed. The same telephone or mail and the same name is the same customer.
    """
    number = next_number("C", office_day(at).year)
    name, company, mail, telephones = _tidied(name, company, mail, [telephone])
    for other in queries.doubles(name, company, mail, telephones):
        if rules.folded(other.name) == rules.folded(name):
            return other
    return _written(number, name, telephones, mail, company, "")


@action
def change_customer(
    actor: Keeper,
    customer: Customer,
    version: int,
    *,
    name: str,
    telephones: Sequence[str],
    mail: str,
    company: str,
    note: str,
    at: datetime,
) -> None:
    """Write into a record what is right now; each part that changes is a fact of its own.

    `version`: the one that was read. Raises OutOfDate when somebody changed the record since; NotAllowed without the
    right to write customers.
    """
    _need_write(actor)
    if customer.version != version:
        raise OutOfDate(say("Somebody changed this record while you had it open. Look at both, then save again."))
    name, company, mail, telephones = _tidied(name, company, mail, telephones)
    new: dict[str, str | list[str]] = {
        "name": name, "telephones": telephones, "mail": mail, "company": company, "note": note.strip()
    }  # fmt: skip
    changed = {part: value for part, value in new.items() if getattr(customer, part) != value}
    if not changed:
        return
    for part, value in changed.items():
        before, after = _for_the_journal(getattr(customer, part)), _for_the_journal(value)
        setattr(customer, part, value)
        record(CustomerChanged(customer.id, version + 1, part, before, after))
    customer.sort_key, customer.initials = sort_key(name), initials(name)
    db.session.flush()
    _find_by(customer)


@action
def register_visit(
    actor: Staff,
    visitor: str,
    *,
    company: str = "",
    customer: Customer | None = None,
    purpose: str,
    receiver: Person,
    came_at: datetime,
    key: str = "",
    at: datetime,
) -> Visit:
    """Write a visitor into the register (TKT-021). `key`: the one-time key of the form.

    `visitor` may be empty where the customer is known. Raises NotAllowed without the right to write customers,
    Refused for a visit that is still to come.
    """
    _need_write(actor)
    if came_at > at:
        raise Refused(say("Nobody is registered before they came."), field="came_at")
    visitor = visitor.strip() or (customer.name if customer else "")
    company = company.strip() or (customer.company if customer else "")
    if not visitor:
        raise Refused(say("Write down who came."), field="visitor")
    visit = Visit(
        visitor=visitor, company=company, customer_id=customer.id if customer else None,
        purpose=purpose.strip(), receiver_id=receiver.id, came_at=came_at,
    )  # fmt: skip
    db.session.add(visit)
    db.session.flush()
    once.used(key, actor.id, str(visit.id), at)
    record(VisitorRegistered(visit.id, visit.visitor, visit.purpose, receiver.id, receiver.name))
    return visit


@action
def note_leaving(actor: Keeper, visit: Visit, *, at: datetime) -> None:
    """The visitor goes. Raises OutOfDate when that was noted before."""
    _need_write(actor)
    if visit.left_at is not None:
        raise OutOfDate(say("It is noted already that {visitor} left.", visitor=visit.visitor))
    visit.left_at = max(at, visit.came_at)
    record(VisitorLeft(visit.id, visit.visitor))


@action
def join_to_ticket(actor: Keeper, visit: Visit, ticket_number: str, *, at: datetime) -> None:
    """What the visitor wanted goes on as a ticket: for the verb that opens it. Raises OutOfDate for a second one."""
    if visit.ticket_number:
        raise OutOfDate(say("{number} was opened for this visit already.", number=visit.ticket_number))
    visit.ticket_number = ticket_number
    record(VisitBecameTicket(visit.id, ticket_number))


def _need_write(actor: Keeper) -> None:
    if not actor.may(P.CUSTOMERS_WRITE):
        raise NotAllowed(say("Only who keeps customers' records may write them."))


def _tidied(name: str, company: str, mail: str, telephones: Sequence[str]) -> tuple[str, str, str, list[str]]:
    """Without the spaces around; each telephone once. Raises Refused for no name or a number without digits."""
    if not name.strip():
        raise Refused(say("Write down who it is."), field="name")
    kept: dict[str, str] = {}
    for telephone in filter(None, map(str.strip, telephones)):
        if len(rules.digits(telephone)) < rules.SHORTEST_PART:
            raise Refused(say("“{telephone}” is no telephone number.", telephone=telephone), field="telephones")
        kept.setdefault(rules.digits(telephone), telephone)
    return " ".join(name.split()), " ".join(company.split()), mail.strip(), list(kept.values())


def _written(number: str, name: str, telephones: list[str], mail: str, company: str, note: str) -> Customer:
    customer = Customer(
        number=number, name=name, sort_key=sort_key(name), initials=initials(name), telephones=telephones,
        mail=mail, company=company, note=note.strip(),
    )  # fmt: skip
    db.session.add(customer)
    db.session.flush()
    _find_by(customer)
    record(CustomerAdded(customer.id, number, name))
    return customer


def _find_by(customer: Customer) -> None:
    """Write the words that find the record anew."""
    db.session.execute(delete(CustomerWord).where(CustomerWord.customer_id == customer.id))
    db.session.execute(insert(CustomerWord), word_rows(customer))


def word_rows(customer: Customer) -> list[dict[str, object]]:
    """The rows of `customer_word` for one record; for bulk inserts too."""
    words = rules.words_of(
        customer.number, customer.name, customer.initials, customer.company, customer.mail, customer.telephones
    )
    return [{"word": word, "customer_id": customer.id, "kind": kind} for kind, word in sorted(words)]


def _for_the_journal(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(map(rules.masked, value))
