"""Saved views of the queue: a name for an address, for oneself or for the people of a department.

A view holds no rows. Whoever opens it sees what they may see, and nothing more (attack 10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.organisation.staff import Staff
from portal.tickets.events import ViewKept, ViewRemoved, ViewRenamed
from portal.tickets.listing import Asked, address_of
from portal.tickets.models import SavedView

MOST = 30
"""Views that one person, or one department, keeps."""
FEW = 3
"""Views that stand as tabs; the others are in a sheet beside them."""


# ── What somebody sees ──


def departments_of(reader: Staff) -> frozenset[int]:
    """The departments whose views stand in the reader's queue: their own, those above it, and those in which they hand
    out the work and keep the views."""
    own = {one.id for one in organisation.up_from(reader.department_id)} if reader.department_id else set()
    return frozenset(own | reader.where(P.TICKETS_ASSIGN))


def may_change(actor: Staff, view: SavedView) -> bool:
    """Whether it is one's own, or of a department in which one hands out the work."""
    if view.department_id is None:
        return view.person_id == actor.id
    return actor.may(P.TICKETS_ASSIGN, view.department_id)


_VIEW = SavedView.__table__.c
_SHOWN = (
    select(_VIEW.id, _VIEW.name, _VIEW.words, _VIEW.department_id)
    .where(
        or_(
            _VIEW.person_id == bindparam("reader_id"),
            _VIEW.department_id.in_(bindparam("departments", expanding=True)),
        )
    )
    .order_by(_VIEW.person_id.is_(None), _VIEW.department_id, _VIEW.position, _VIEW.id)
)


def shown_to(reader: Staff) -> Sequence[Any]:
    """The views in the reader's queue as plain rows: their own first, then those of departments, each in its order."""
    return db.session.execute(
        _SHOWN, {"reader_id": reader.id, "departments": sorted(departments_of(reader))}
    ).all()  # fmt: skip


def view_with(reader: Staff, view_id: int) -> SavedView | None:
    """One of the views that the reader has in their queue; None for any other."""
    view = db.session.get(SavedView, view_id)
    if view is None or not (view.person_id == reader.id or view.department_id in departments_of(reader)):
        return None
    return view


def asking(reader: Staff, words: Mapping[str, str]) -> int | None:
    """The view whose address this is, for one that the queue does not know any more."""
    return next((one.id for one in shown_to(reader) if one.words == words), None)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the views that everybody has: `tabs` as they are drawn, the others in a sheet.

    `current`: the name of the view that the page shows; `more` has its rows as (name, address).
    """

    tabs: tuple[tuple[str, str, bool, None], ...]
    more: tuple[tuple[str, str], ...]
    current: str


def beside(reader: Staff, asked: Asked) -> Beside:
    """The reader's views: the first few as tabs, and always the one that the page shows."""
    kept, here = list(shown_to(reader)), asked.kept
    place = next((at for at, one in enumerate(kept) if one.words == here), None)
    current = kept[place].name if place is not None else ""
    if place is not None and place >= FEW:
        kept.insert(FEW - 1, kept.pop(place))
    return Beside(
        tuple((one.name, address_of(one.words), one.words == here, None) for one in kept[:FEW]),
        tuple((one.name, address_of(one.words)) for one in kept[FEW:]),
        current,
    )


# ── What people do with them ──


@action
def keep(
    actor: Staff, name: str, words: Mapping[str, str], *, department: Department | None = None, key: str = "",
    at: datetime,
) -> SavedView:  # fmt: skip
    """Keep an address of the queue under a name, for oneself or for the people of `department`.

    `key`: the form's one-time key. Raises NotAllowed for a department in which one does not hand out the work; Refused
    for a name that is taken, or when there are too many.
    """
    view = SavedView(
        person_id=None if department else actor.id, department_id=department.id if department else None, name="",
        words=dict(words), position=0,
    )  # fmt: skip
    _check(actor, view)
    beside_it = _of_the_same(view)
    if len(beside_it) >= MOST:
        raise Refused(say("There are {most} views already. Remove one that nobody needs.", most=MOST))
    view.name = _free(name, view, beside_it)
    view.position = beside_it[-1].position + 10 if beside_it else 10
    db.session.add(view)
    db.session.flush()
    once.used(key, actor.id, str(view.id), at)
    if department is not None:
        record(ViewKept(view.id, view.name, department.names["zh-CN"]))
    return view


@action
def rename(actor: Staff, view: SavedView, name: str, version: int, *, at: datetime) -> None:
    """Call a view differently. Raises NotAllowed; OutOfDate for an older `version`; Refused for a taken name."""
    _check(actor, view)
    if view.version != version:
        raise OutOfDate
    before, view.name = view.name, _free(name, view, _of_the_same(view))
    if view.department_id is not None and before != view.name:
        record(ViewRenamed(view.id, view.name, _keeper(view), before))


@action
def move(actor: Staff, view: SavedView, *, up: bool, at: datetime) -> None:
    """One place up or down among those of the same owner; at the end nothing happens. Raises NotAllowed."""
    _check(actor, view)
    order = _of_the_same(view)
    place = order.index(view)
    if 0 <= (other := place - 1 if up else place + 1) < len(order):
        order[place], order[other] = order[other], order[place]
    for number, one in enumerate(order, start=1):
        one.position = number * 10


@action
def remove(actor: Staff, view: SavedView, *, at: datetime) -> None:
    """Keep it no longer: the name goes, no ticket does. Raises NotAllowed."""
    _check(actor, view)
    if view.department_id is not None:
        record(ViewRemoved(view.id, view.name, _keeper(view)))
    db.session.delete(view)


def _check(actor: Staff, view: SavedView) -> None:
    """Raises NotAllowed for another one's view, and for one of a department in which one does not hand out the work."""
    if may_change(actor, view):
        return
    if view.department_id is None:
        raise NotAllowed(say("This is not yours to do."))
    raise NotAllowed(say("Whoever hands out the work keeps the views of {department}.", department=_names(view)))


def _of_the_same(view: SavedView) -> list[SavedView]:
    """The views of the same person or department, in their order."""
    query = select(SavedView).order_by(SavedView.position, SavedView.id)
    if view.department_id is not None:
        return list(db.session.scalars(query.where(SavedView.department_id == view.department_id)))
    return list(db.session.scalars(query.where(SavedView.person_id == view.person_id)))


def _free(name: str, view: SavedView, beside_it: Sequence[SavedView]) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(say("Give the view a name."), field="name")
    if any(one is not view and one.name == name for one in beside_it):
        raise Refused(say("There is a view “{name}” already.", name=name), field="name")
    return name


def _names(view: SavedView) -> dict[str, str]:
    """What the department that keeps it is called."""
    return organisation.departments()[view.department_id or 0].names


def _keeper(view: SavedView) -> str:
    return _names(view)["zh-CN"]
