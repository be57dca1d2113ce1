"""How the manuals stand: signs that one is not watched, not known or not kept up (POL-014, POL-031); which fields of
operations have none, and which phases of a system's life they cover (POL-021, POL-023); which departments have nothing
in writing (POL-048)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from portal.extensions import db
from portal.kernel.permissions import P
from portal.organisation.models import Department
from portal.organisation.queries import departments, top_department
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, change_requests, queries, watch
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_states import DONE, Known
from portal.policies.change_request_models import ChangeRequest
from portal.policies.change_request_states import Asked
from portal.policies.models import Manual, ManualVersion
from portal.policies.queries import Shelf
from portal.policies.states import Category, Phase, State

A = Acknowledgement
TAUGHT: list[Callable[[], Select[Any]]] = []
"""How the floor above is asked in which manuals people are trained: (manual, count) (POL-031)."""
FIELDS = tuple(one for one in Category if one not in (Category.CUSTOMERS, Category.OTHER))
"""The nine fields of operations that each want a regulation."""


@dataclass(slots=True)
class Tally:
    """Of those whom the reader may see and whom a manual asks: who has acknowledged it, who has not, who says why."""

    done: int = 0
    open: int = 0
    declined: int = 0

    @property
    def asked(self) -> int:
        """Everybody of whom an answer is wanted; whoever is exempt is not counted."""
        return self.done + self.open + self.declined

    @property
    def share(self) -> int | None:
        """Per cent of those asked who have acknowledged, rounded down; None where nobody is asked."""
        return self.done * 100 // self.asked if self.asked else None

    def add(self, state: Known, count: int) -> None:
        """Count people who stand in a state."""
        if state in DONE:
            self.done += count
        elif state is Known.OPEN:
            self.open += count
        else:
            self.declined += count


@dataclass(slots=True)
class Standing:
    """One manual with its figures. `known`: as its lists show it to the reader, None for whoever has no people to look
    after; `by_department`: their people; `comments`: None where the reader does not answer them; `taught`: whether a
    course trains in it; `audit_on`: until when it is audited next."""

    shelf: Shelf
    known: Tally | None
    comments: int | None
    changes: int
    taught: bool = False
    audit_on: date | None = None
    by_department: dict[int, Tally] = field(default_factory=dict)

    @property
    def manual(self) -> Manual:
        return self.shelf.manual

    @property
    def share(self) -> int | None:
        """How many in a hundred of the people whom the reader looks after have acknowledged it."""
        return _sum(self.by_department.values()).share


def oversees(reader: Staff, manual: Manual) -> bool:
    """Whether how a manual stands is any business of the reader's."""
    return (
        acknowledgements.looks_after(reader, manual)
        or change_requests.answers(reader, manual)
        or watch.plans(reader, manual)
    )


def standings(reader: Staff, *, since: date, on: date) -> list[Standing]:
    """The manuals that the reader looks after, with what they may see of each: three statements beside the shelf's.

    Whoever looks after people finds those by which some of them are bound. New versions are counted that came into
    force after the day `since`, up to `on`.
    """
    shelves = [one for one in queries.shelves(reader) if oversees(reader, one.manual)]
    by_manual = _known(reader)
    counts = _counts(
        comments=select(ChangeRequest.manual_id, func.count()).where(
            change_requests.answered_by(reader), ChangeRequest.state == Asked.OPEN
        ).group_by(ChangeRequest.manual_id),
        changes=select(ManualVersion.manual_id, func.count()).where(
            ManualVersion.state == State.PUBLISHED, ManualVersion.effective_from > since,
            ManualVersion.effective_from <= on,
        ).group_by(ManualVersion.manual_id),
        **{f"taught {place}": query() for place, query in enumerate(TAUGHT)},
    )  # fmt: skip
    own = reader.where(P.ACKNOWLEDGEMENTS_READ)
    comments, changes = counts.pop("comments"), counts.pop("changes")
    taught = {manual_id for found in counts.values() for manual_id in found}
    audits = watch.due_audits()
    found = []
    for one in shelves:
        parts, answers = by_manual.get(one.manual.id, {}), change_requests.answers(reader, one.manual)
        if not (parts or answers or reader.id in (one.manual.owner_id, one.manual.supervisor_id)):
            continue
        found.append(
            Standing(
                one,
                _sum(parts.values()) if own else None,
                comments.get(one.manual.id, 0) if answers else None,
                changes.get(one.manual.id, 0),
                one.manual.id in taught,
                audits.get(one.manual.id),
                {department_id: part for department_id, part in parts.items() if department_id in own},
            )
        )
    return found


def _sum(parts: Iterable[Tally]) -> Tally:
    total = Tally()
    for one in parts:
        total.done, total.open, total.declined = (
            total.done + one.done, total.open + one.open, total.declined + one.declined
        )  # fmt: skip
    return total


def _known(reader: Staff) -> dict[int, dict[int, Tally]]:
    """Of each manual's newest version, and what a minor one kept of those before it: by department, as the lists of who
    has and who has not show it to the reader."""
    counting = [one for line in acknowledgements.counting_for_newest().values() for one in line]
    rows = db.session.execute(
        select(A.manual_id, A.department_id, A.state, func.count())
        .where(
            A.version_id.in_(counting),
            A.state.in_(DONE | {Known.OPEN, Known.DECLINED}),
            acknowledgements.seen_by(reader),
        )
        .group_by(A.manual_id, A.department_id, A.state)
    )
    found: dict[int, dict[int, Tally]] = {}
    for manual_id, department_id, state, count in rows:
        found.setdefault(manual_id, {}).setdefault(department_id, Tally()).add(state, count)
    return found


def _counts(**queries: Any) -> dict[str, dict[int, int]]:
    """What each of these finds, (manual, count): all of them in one statement."""
    parts = [select(literal(name).label("name"), *query.subquery().c) for name, query in queries.items()]
    found: dict[str, dict[int, int]] = {name: {} for name in queries}
    for name, manual_id, count in db.session.execute(union_all(*parts)):
        found[name][manual_id] = count
    return found


# ── What is written, and what is not ──


@dataclass(frozen=True, slots=True)
class Coverage:
    """One field of operations with the manuals that are about it, and which phases of a system's life those cover that
    are in force."""

    field: Category
    shelves: Sequence[Shelf]

    @property
    def covered(self) -> bool:
        """Whether one of them is in force."""
        return any(one.now for one in self.shelves)

    @property
    def phases(self) -> list[tuple[Phase, list[Shelf]]]:
        """Each phase with the manuals in force that cover it (POL-023)."""
        return [(one, [shelf for shelf in self.shelves if shelf.now and one in shelf.manual.phases]) for one in Phase]


def coverage(shelves: Iterable[Shelf]) -> list[Coverage]:
    """Each of the nine fields, those without a manual in force as well, in their order. What was repealed or taken back
    covers nothing."""
    every = [one for one in shelves if one.now or one.coming]
    return [Coverage(one, [shelf for shelf in every if shelf.manual.category == one.value]) for one in FIELDS]


@dataclass(frozen=True, slots=True)
class Norms:
    """A department with the manuals of its own that are in force: for it, for one below it, or for posts there."""

    department: Department
    shelves: Sequence[Shelf]


def norms(shelves: Iterable[Shelf]) -> list[Norms]:
    """The departments right below the company with what they have in writing (POL-048), those without anything too."""
    tree, company = departments(), top_department()
    in_force = [(one, _units(one, tree)) for one in shelves if one.now]
    return [
        Norms(unit, [shelf for shelf, paths in in_force if any(path.startswith(unit.path) for path in paths)])
        for unit in tree.values()
        if company is not None and unit.parent_id == company.id
    ]


def _units(shelf: Shelf, tree: Mapping[int, Department]) -> list[str]:
    """The paths of the departments for which a manual is in force; none for the whole company."""
    places = [one.department_id for one in shelf.now.places] if shelf.now else []
    own = [shelf.manual.department_id] if shelf.manual.department_id else []
    return [tree[one].path for one in places or own if one in tree]
