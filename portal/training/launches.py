"""New products: explained before they go on sale, known by every agent of the department, and a large batch trained on
site (POL-039, POL-040)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.paging import PAGE, After, Slice
from portal.kernel.permissions import P, Role
from portal.kernel.text import say
from portal.organisation import waiting
from portal.organisation.company import here_on, on_day
from portal.organisation.models import Department, Grant, Person, Placement, Post
from portal.organisation.queries import below, departments, up_from
from portal.organisation.staff import Staff
from portal.policies.queries import in_force
from portal.training.launch_events import (
    ProductsExplained,
    ProductsKnown,
    ProductsListed,
    ProductsToKnow,
    ProductsWithdrawn,
)
from portal.training.launch_models import LaunchConfirmation, ProductLaunch
from portal.training.launch_states import LAUNCH, Launch
from portal.training.models import Course, TrainingSession
from portal.training.queries import belongs_to
from portal.training.rules import TrainingRules, wants_training_on_site
from portal.training.states import CourseKind, SessionState

MOST_PRODUCTS = 200
MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class LaunchText:
    """New products as they are announced: each with what whoever sells it has to know."""

    title: str
    department: Department
    products: tuple[tuple[str, str], ...]
    explained_at: datetime
    place: str


# ── What people do ──


@action
def announce(actor: Staff, text: LaunchText, *, key: str = "", at: datetime) -> ProductLaunch:
    """New products are explained in a meeting; every agent of the department is asked to say that they know them.

    Raises Refused for a product of which nothing is said, NotAllowed where one keeps no training.
    """
    if not actor.may(P.TRAINING_KEEP, text.department.id):
        raise NotAllowed(say("You keep no training there."))
    if not text.products:
        raise Refused(say("Name at least one product."), field="products")
    if len(text.products) > MOST_PRODUCTS:
        raise Refused(say("At most {most} products go on sale at once.", most=MOST_PRODUCTS), field="products")
    for name, words in text.products:
        if not words:
            raise Refused(say("Say of “{name}” what one has to know of it.", name=name[:80]), field="products")
    launch = ProductLaunch(
        title=text.title.strip()[:80], department_id=text.department.id, explained_at=text.explained_at,
        place=text.place.strip()[:200], products=[[name[:80], words[:MOST_WORDS]] for name, words in text.products],
        state=Launch.EXPLAINED, asked_at=at if text.explained_at <= at else None, by_id=actor.id, by_name=actor.name,
        made_at=at,
    )  # fmt: skip
    db.session.add(launch)
    db.session.flush()
    once.used(key, actor.id, str(launch.id), at)
    record(ProductsExplained(launch.id, launch.title, len(launch.products), launch.explained_at))
    return launch


@action
def ask(actor: Portal, launch: ProductLaunch, *, at: datetime) -> None:
    """They were explained: whoever sells them and has not said that they know them hears of it, once."""
    if launch.state is not Launch.EXPLAINED or launch.asked_at is not None:
        return
    launch.asked_at = at
    record(ProductsToKnow(launch.id, launch.title))


@action
def confirm(actor: Staff, launch: ProductLaunch, *, at: datetime) -> None:
    """An agent of the department knows the products; from the moment on at which they are explained."""
    if launch.state is not Launch.EXPLAINED:
        raise OutOfDate
    if actor.id not in {one.id for one in agents(launch.department_id, office_day(at))}:
        raise NotAllowed(say("Only whoever sells them says that they know them."))
    if at < launch.explained_at:
        raise Refused(say("They have not been explained yet: that is {at}.", at=launch.explained_at))
    if has_confirmed(actor.id, launch):
        return
    db.session.add(LaunchConfirmation(launch_id=launch.id, person_id=actor.id, name=actor.name, at=at))
    record(ProductsKnown(launch.id, launch.title, actor.name))


@action
def name_session(actor: Staff, launch: ProductLaunch, session: TrainingSession, *, at: datetime) -> None:
    """Which training on site is the special one for a large batch."""
    LAUNCH.check(launch, "change", actor)
    if session.id not in {one.id for one in sessions_for(launch)}:
        raise Refused(say("Choose a training about products of this department."), field="session")
    launch.session_id = session.id


@action
def put_on_sale(actor: Staff, launch: ProductLaunch, *, at: datetime) -> None:
    """The products go on sale. Raises Refused, with names, while an agent of the department has not said that they know
    them; for a large batch also before its training on site was held."""
    LAUNCH.check(launch, "list", actor)
    lacking = [one.name for one in who_lacks(launch, office_day(at))]
    if lacking:
        raise Refused(say("Not everybody who sells them knows them yet: {names}.", names=tuple(lacking[:10])))
    rules = in_force(TrainingRules, on=office_day(at), for_=launch.department_id)
    if wants_training_on_site(len(launch.products), rules) and not was_trained(launch):
        raise Refused(
            say("So many products at once want a special training on site first: name it when it was held."),
            clause=rules.large_batch.clause,
        )
    LAUNCH.move(launch, "list", actor)
    launch.ended_at, launch.ended_by_name = at, actor.name
    record(ProductsListed(launch.id, launch.title, len(confirmations(launch))))


@action
def withdraw(actor: Staff, launch: ProductLaunch, reason: str, *, at: datetime) -> None:
    """They do not go on sale after all."""
    LAUNCH.check(launch, "withdraw", actor)
    if not reason.strip():
        raise Refused(say("Say why."), field="reason")
    LAUNCH.move(launch, "withdraw", actor)
    launch.ended_at, launch.ended_by_name, launch.reason = at, actor.name, reason.strip()[:MOST_WORDS]
    record(ProductsWithdrawn(launch.id, launch.title, launch.reason))


# ── Reading ──


def agents(department_id: int, day: date) -> Sequence[Any]:
    """(id, name) of whoever sells for a department or below it that day: its agents."""
    units = below([department_id], departments())
    return db.session.execute(
        _agents(day).where(Post.department_id.in_(units)).order_by(Person.sort_key, Person.id)
    ).all()


def _agents(day: date) -> Any:
    sells = exists().where(
        Grant.person_id == Person.id, Grant.role == Role.AGENT.value, on_day(Grant.from_on, Grant.to_on, day)
    )
    return (
        select(Person.id, Person.name)
        .join(Placement, and_(Placement.person_id == Person.id, Placement.main))
        .join(Post, Post.id == Placement.post_id)
        .where(on_day(Placement.from_on, Placement.to_on, day), here_on(day), Person.disabled_at.is_(None), sells)
    )


def confirmations(launch: ProductLaunch) -> Sequence[LaunchConfirmation]:
    """Who has said that they know the products, in the order in which they did."""
    query = select(LaunchConfirmation).where(LaunchConfirmation.launch_id == launch.id)
    return db.session.scalars(query.order_by(LaunchConfirmation.id)).all()


def has_confirmed(person_id: int, launch: ProductLaunch) -> bool:
    """Whether somebody has said that they know the products."""
    return person_id in {one.person_id for one in confirmations(launch)}


def who_lacks(launch: ProductLaunch, day: date) -> list[Any]:
    """(id, name) of the agents of the department that day who have not said that they know the products."""
    known = {one.person_id for one in confirmations(launch)}
    return [one for one in agents(launch.department_id, day) if one.id not in known]


def asked_of(launch_id: int, day: date) -> list[int]:
    """Of whom it is asked that they know the products and who has not said so: nobody once they are on sale."""
    launch = db.session.get(ProductLaunch, launch_id)
    return [one.id for one in who_lacks(launch, day)] if launch and launch.state is Launch.EXPLAINED else []


def to_ask(at: datetime) -> Sequence[ProductLaunch]:
    """New products that were explained since nobody was asked yet."""
    query = select(ProductLaunch).where(
        ProductLaunch.state == Launch.EXPLAINED, ProductLaunch.asked_at.is_(None), ProductLaunch.explained_at <= at
    )
    return db.session.scalars(query.order_by(ProductLaunch.id).limit(PAGE)).all()


def told_of(reader_id: Any, launch_id: Any, day: Any) -> ColumnElement[bool]:
    """Whose bell may ring about new products: who belongs to the department that sells them, or below it."""
    return exists().where(ProductLaunch.id == launch_id, belongs_to(reader_id, ProductLaunch.department_id, day))


def sessions_for(launch: ProductLaunch) -> Sequence[TrainingSession]:
    """Trainings about products for the department, planned or held: one of them can be that of a large batch."""
    units = [one.id for one in up_from(launch.department_id)]
    query = (
        select(TrainingSession)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(
            Course.kind == CourseKind.PRODUCT, TrainingSession.department_id.in_(units),
            TrainingSession.state != SessionState.CANCELLED,
        )
    )  # fmt: skip
    return db.session.scalars(query.order_by(TrainingSession.starts_at.desc()).limit(PAGE)).all()


def was_trained(launch: ProductLaunch) -> bool:
    """Whether the special training on site was held."""
    return launch.session is not None and launch.session.state is SessionState.HELD


def seen_by(reader: Staff) -> ColumnElement[bool]:
    """Launches of departments to which the reader belongs, and of those where they keep training."""
    own = {one.id for one in up_from(reader.department_id)} if reader.department_id else set()
    return ProductLaunch.department_id.in_(own | reader.where(P.TRAINING_KEEP))


def launch_seen_by(reader: Staff, launch_id: int) -> ProductLaunch | None:
    """One launch, or None for one that is not there or not the reader's to see."""
    query = select(ProductLaunch).where(ProductLaunch.id == launch_id, seen_by(reader))
    return db.session.scalar(query.options(joinedload(ProductLaunch.department), joinedload(ProductLaunch.session)))


def launches(reader: Staff, *, after: After | None = None, size: int = PAGE) -> Slice[ProductLaunch]:
    """Launches that the reader may see, the newest first."""
    query = select(ProductLaunch).where(seen_by(reader)).order_by(ProductLaunch.id.desc()).limit(size + 1)
    if after:
        query = query.where(ProductLaunch.id < after.key[0])
    rows = db.session.scalars(query.options(joinedload(ProductLaunch.department))).all()
    return Slice.of(rows, lambda one: (one.id,), size)


def to_do(reader: Staff, at: datetime, most: int) -> Select[Any]:
    """Products that were explained and that the reader, who sells them, has not said to know yet; as `waiting.row`
    columns, `number` the id."""
    own = {one.id for one in up_from(reader.department_id)} if reader.department_id else set()
    said = exists().where(
        LaunchConfirmation.launch_id == ProductLaunch.id, LaunchConfirmation.person_id == reader.id
    )  # fmt: skip
    columns = waiting.row(
        number=cast(ProductLaunch.id, String), title=ProductLaunch.title, who=ProductLaunch.by_name,
        since=ProductLaunch.explained_at,
    )  # fmt: skip
    query = select(*columns).where(
        ProductLaunch.state == Launch.EXPLAINED, ProductLaunch.explained_at <= at, ~said,
        ProductLaunch.department_id.in_(own),
    )  # fmt: skip
    return query.order_by(ProductLaunch.explained_at, ProductLaunch.id).limit(most)
