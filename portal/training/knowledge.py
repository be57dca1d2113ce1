"""What colleagues know of the company's products and services: checked by their head when they take up their post, and
again after the months that a clause names (POL-047).

Checked is whoever serves customers, as an agent, in a department whose manual wants it. What came of it is for the
colleague, for who keeps training where they belong, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day, start_of
from portal.kernel.columns import Instant
from portal.kernel.errors import NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.company import here_on, on_day
from portal.organisation.models import Department, Grant, Person, Placement, Post
from portal.organisation.queries import departments, home_of
from portal.organisation.record import over
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.training.knowledge_events import KnowledgeChecked
from portal.training.knowledge_models import KnowledgeCheck
from portal.training.rules import TrainingRules, counts_since
from portal.training.states import CourseKind, Result

MOST_WORDS = 2_000
Check = KnowledgeCheck


@dataclass(frozen=True, slots=True)
class CheckText:
    """What was checked on a day, and what came of it."""

    on: date
    products: str
    result: Result
    words: str = ""


@action
def check(actor: Staff, person: Person, text: CheckText, *, key: str = "", at: datetime) -> KnowledgeCheck:
    """Somebody else writes down what a colleague knows of the products, by whom and when it was checked.

    Raises NotAllowed for oneself and where one keeps no training; Refused for a day on which they were not with us.
    """
    day = office_day(at)
    home = home_of(person.id, day)
    if home is None or not actor.may(P.TRAINING_KEEP, home):
        raise NotAllowed(say("You keep no training there."))
    if person.id == actor.id:
        raise NotAllowed(say("Nobody checks themselves."))
    if text.on > day:
        raise Refused(say("That day is still to come."), field="on")
    if text.on < person.joined_on:
        raise Refused(say("{name} was not with us on that day.", name=person.name), field="on")
    products, words = text.products.strip(), text.words.strip()
    if not products:
        raise Refused(say("Say which products and services were checked."), field="products")
    if text.result is Result.FAILED and not words:
        raise Refused(say("Say what is still missing."), field="words")
    made = KnowledgeCheck(
        person_id=person.id, person_name=person.name, on=text.on, products=products[:MOST_WORDS], result=text.result,
        words=words[:MOST_WORDS], by_id=actor.id, by_name=actor.name, at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    once.used(key, actor.id, str(made.id), at)
    record(KnowledgeChecked(person.id, person.name, text.on, made.id))
    return made


# ── Of one colleague ──


def shows(reader: Staff, person_id: int, home: int | None) -> bool:
    """Whether a colleague's checks are any business of the reader's; `home`: where the colleague belongs."""
    return reader.id == person_id or over(reader, P.TRAINING_KEEP, home)


def checks_of(person_id: int, most: int = PAGE) -> Sequence[KnowledgeCheck]:
    """A colleague's checks, the newest first."""
    query = select(Check).where(Check.person_id == person_id).order_by(Check.on.desc(), Check.id.desc())
    return db.session.scalars(query.limit(most)).all()


def is_due(person_id: int, home: int | None, day: date) -> bool | None:
    """Whether a colleague is to be checked on a day; None where nobody asks it of them."""
    since = _since(home, day) if home else None
    if since is None:
        return None
    row = db.session.execute(select(_is_agent(literal(person_id), day), _counts(literal(person_id), since))).one()
    return not row[1] if row[0] else None


def _since(unit_id: int, day: date) -> date | None:
    """Since when a check counts in a department; None where its manual wants none."""
    rules = in_force(TrainingRules, on=day, for_=unit_id)
    return counts_since(CourseKind.PRODUCT, day, rules) if rules.product_check.value else None


def _is_agent(person_id: Any, day: date) -> ColumnElement[bool]:
    return exists().where(
        Grant.person_id == person_id, Grant.role == Role.AGENT.value, on_day(Grant.from_on, Grant.to_on, day)
    )


def _counts(person_id: Any, since: date) -> ColumnElement[bool]:
    passed = aliased(Check)  # beside the last one, which a list shows
    return exists().where(passed.person_id == person_id, passed.result == Result.PASSED, passed.on >= since)


# ── Of everybody whom one looks after ──


@dataclass(frozen=True, slots=True)
class Checks:
    """Who is checked in the departments where the reader keeps training, or only who is due, with their last check."""

    reader: Staff
    due: bool
    day: date

    def rows(self, *, after: After | None = None, size: int = PAGE) -> Slice[Any]:
        """By name."""
        query = self._query()
        if after:
            query = query.where(tuple_(Person.sort_key, Person.id) > tuple_(*map(literal, after.key)))
        rows = db.session.execute(query.limit(size + 1)).all()
        return Slice.of(rows, lambda one: (one.sort_key, one.person_id), size)

    def _query(self) -> Select[Any]:
        units = _units((one for one in departments() if self.reader.may(P.TRAINING_KEEP, one)), self.day)
        latest = aliased(Check)
        last = (
            select(latest.id)
            .where(latest.person_id == Person.id)
            .order_by(latest.on.desc(), latest.id.desc())
            .limit(1)
            .correlate(Person)
            .scalar_subquery()
        )
        due = _due(units)
        columns = (
            Person.id.label("person_id"), Person.sort_key, Person.staff_number, Person.name,
            Department.names.label("department"), Check.on, Check.result, Check.by_name, Check.products, Check.words,
            due.label("due"),
        )  # fmt: skip
        query = _whom(units, self.day, *columns).join(Department, Department.id == Post.department_id)
        query = query.outerjoin(Check, Check.id == last).order_by(Person.sort_key, Person.id)
        return query.where(due) if self.due else query


def _units(among: Iterable[int], day: date) -> dict[int, date]:
    """The departments among these whose agents are checked, each with the day since when a check counts."""
    return {one: since for one in among if (since := _since(one, day))}


def _whom(units: dict[int, date], day: date, *columns: Any) -> Select[Any]:
    """Every agent of these departments on a day."""
    return (
        select(*columns)
        .select_from(Person)
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(
            on_day(Placement.from_on, Placement.to_on, day), here_on(day), Person.disabled_at.is_(None),
            Post.department_id.in_(units), _is_agent(Person.id, day),
        )
    )  # fmt: skip


def _due(units: dict[int, date]) -> ColumnElement[bool]:
    """That nobody passed a check that still counts: department by department, as their rules have it."""
    by_day: dict[date, list[int]] = {}
    for unit_id, since in units.items():
        by_day.setdefault(since, []).append(unit_id)
    return or_(
        false(),
        *(and_(Post.department_id.in_(ids), ~_counts(Person.id, since)) for since, ids in by_day.items()),
    )


def to_do(reader: Staff, at: datetime) -> Select[Any] | None:
    """How many of their own people a head has to check, as one `waiting.row`: its title is the number. None for who
    heads no department whose people are checked."""
    day = office_day(at)
    units = _units(reader.grants.get(Role.HEAD, frozenset()), day)
    if not units:
        return None
    due = _whom(units, day, Person.id).where(_due(units), Person.id != reader.id).subquery()
    found = select(func.count().label("people")).select_from(due).subquery()
    columns = waiting.row(title=cast(found.c.people, String), since=literal(start_of(day), Instant))
    return select(*columns).where(found.c.people > 0)
