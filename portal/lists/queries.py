"""Questions about the lists. They hold nothing that anybody on staff may not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, literal, null, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal.extensions import db
from portal.kernel.clock import today
from portal.kernel.journal import JournalEntry
from portal.kernel.text import text_of
from portal.lists.models import Phrase, RoutingType, TicketKind, TicketTemplate
from portal.lists.states import Category, List, Use
from portal.organisation.models import Department
from portal.organisation.queries import on_day


def kinds(*, active_only: bool = True) -> Sequence[TicketKind]:
    """The kinds of tickets (TKT-001) in the order of the list."""
    query = select(TicketKind).order_by(TicketKind.position, TicketKind.id)
    return db.session.scalars(query.where(TicketKind.active) if active_only else query).all()


_K, _T = TicketKind.__table__.c, RoutingType.__table__.c
_KIND_NAMES = select(_K.code, _K.texts).order_by(_K.position, _K.id)


def kind_names() -> dict[str, str]:
    """What the kinds are called in the reader's language, in their order, those no longer in use too: code → words.

    Read once per transaction: a page of manuals calls them for each table that goes by kind.
    """
    session = db.session()
    transaction, rows = session.info.get("kind names", (None, ()))
    if transaction is None or transaction is not session.get_transaction():
        rows = session.execute(_KIND_NAMES).all()
        session.info["kind names"] = session.get_transaction(), rows
    return {code: text_of(texts) for code, texts in rows}


_TO_SORT_BY = union_all(
    select(
        literal("kind").label("list"), _K.position, _K.id, _K.code, _K.texts, null().label("kind"),
        null().label("department_id"),
    ).where(_K.active),
    select(literal("type"), _T.position, _T.id, _T.code, _T.texts, _T.kind, _T.department_id).where(_T.active),
).order_by("list", "position", "id")  # fmt: skip


def to_sort_by() -> tuple[list[Any], list[Any]]:
    """What a ticket is sorted by, both lists in one statement: kinds (code, texts), and types (those, kind,
    department_id)."""
    rows = db.session.execute(_TO_SORT_BY).all()
    return [one for one in rows if one.list == "kind"], [one for one in rows if one.list == "type"]


def kind_called(code: str) -> TicketKind | None:
    """The kind with that code, in use or not."""
    return db.session.scalar(select(TicketKind).where(TicketKind.code == code))


def routing_types(kind: str | None = None, *, active_only: bool = True) -> Sequence[RoutingType]:
    """What matters are about, each with its department (TKT-016); with `kind`, those that such a ticket may have."""
    query = (
        select(RoutingType).options(joinedload(RoutingType.department)).order_by(RoutingType.position, RoutingType.id)
    )
    if active_only:
        query = query.where(RoutingType.active)
    if kind:
        query = query.where(or_(RoutingType.kind.is_(None), RoutingType.kind == kind))
    return db.session.scalars(query).all()


def routing_type_called(code: str) -> RoutingType | None:
    """The type with that code, in use or not."""
    return db.session.scalar(
        select(RoutingType).options(joinedload(RoutingType.department)).where(RoutingType.code == code)
    )


def types_without_department(day: date | None = None) -> Sequence[RoutingType]:
    """Types in use for which nobody answers on `day`: no department, or one that has ended (TKT-016)."""
    day = day or today()
    ended = select(Department.id).where(Department.to_on <= day)
    query = select(RoutingType).where(
        RoutingType.active, or_(RoutingType.department_id.is_(None), RoutingType.department_id.in_(ended))
    )
    return db.session.scalars(query.order_by(RoutingType.position, RoutingType.id)).all()


def phrases(*uses: Use, on: date | None = None) -> Sequence[Phrase]:
    """Phrases for these uses that count on a day; without a day also those to come and those of the past."""
    query = select(Phrase).order_by(Phrase.use, Phrase.category, Phrase.id)
    if uses:
        query = query.where(Phrase.use.in_(uses))
    if on:
        query = query.where(on_day(Phrase.from_on, Phrase.to_on, on))
    return db.session.scalars(query).all()


def phrase_with(phrase_id: int) -> Phrase | None:
    """One phrase."""
    return db.session.get(Phrase, phrase_id)


def snippets(on: date) -> dict[Category, list[Phrase]]:
    """What may be put into a reply on a day, shelf by shelf in the order of `Category` (TKT-025)."""
    return shelved(phrases(Use.SNIPPET, on=on))


def shelved(snippets: Iterable[Phrase]) -> dict[Category, list[Phrase]]:
    """Snippets by shelf, in the order of `Category`; empty shelves are left out."""
    shelves: dict[Category, list[Phrase]] = {}
    for one in snippets:
        if one.category:
            shelves.setdefault(one.category, []).append(one)
    return {category: shelves[category] for category in Category if category in shelves}


def templates(*, active_only: bool = True) -> Sequence[TicketTemplate]:
    """The standard procedures (TKT-054) in the order of the list."""
    query = select(TicketTemplate).order_by(TicketTemplate.position, TicketTemplate.id)
    return db.session.scalars(query.where(TicketTemplate.active) if active_only else query).all()


def template_with(template_id: int) -> TicketTemplate | None:
    """One template, in use or not."""
    return db.session.get(TicketTemplate, template_id)


def history(which: List, most: int = 50) -> Sequence[JournalEntry]:
    """The latest facts about one list, the newest first."""
    query = select(JournalEntry).where(JournalEntry.about == "list", JournalEntry.subject_id == int(which))
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(most)).all()


def end_of(position: InstrumentedAttribute[int]) -> int:
    """The place after the last one of a list."""
    return (db.session.scalar(select(func.max(position))) or 0) + 10
