"""What of training can be found: courses and teams; sessions, new products and goals as far as the reader may see
them."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, select

from portal.extensions import db
from portal.kernel import search
from portal.kernel.permissions import P
from portal.kernel.search import SearchText, Words
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.policies.team_models import Team
from portal.training import goals, launches, queries
from portal.training.goal_models import TrainingGoal
from portal.training.launch_models import ProductLaunch
from portal.training.models import Course, TrainingSession


def courses_seen_by(_reader: Staff) -> ColumnElement[bool]:
    """Courses that are taught: the catalogue is open to everybody."""
    return exists().where(Course.id == SearchText.thing_id, Course.closed_on.is_(None))


def sessions_seen_by(reader: Staff) -> ColumnElement[bool]:
    """Sessions that the reader may open."""
    return exists().where(TrainingSession.id == SearchText.thing_id, queries.seen_by(reader))


def course_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Title and goal."""
    rows = db.session.execute(select(Course.id, Course.code, Course.title, Course.goal).where(Course.id.in_(ids)))
    return {one.id: [Words(one.code, one.title, one.goal)] for one in rows}


def session_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Title and purpose, place and trainer."""
    columns = (
        TrainingSession.id, TrainingSession.number, TrainingSession.title, TrainingSession.target,
        TrainingSession.place, TrainingSession.trainer_name, TrainingSession.starts_at,
    )  # fmt: skip
    rows = db.session.execute(select(*columns).where(TrainingSession.id.in_(ids)))
    return {
        one.id: [Words(one.number, one.title, f"{one.target} {one.place} {one.trainer_name}", one.starts_at)]
        for one in rows
    }


def teams_seen_by(_reader: Staff) -> ColumnElement[bool]:
    """Teams: they are open to everybody, like the list of colleagues."""
    return exists().where(Team.id == SearchText.thing_id)


def team_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Name, what it does, and who leads it."""
    rows = db.session.execute(
        select(Team.id, Team.name, Team.purpose, Person.name.label("leader"))
        .join(Person, Person.id == Team.leader_id)
        .where(Team.id.in_(ids))
    )
    return {one.id: [Words(str(one.id), one.name, f"{one.leader} {one.purpose}")] for one in rows}


def launches_seen_by(reader: Staff) -> ColumnElement[bool]:
    """New products of the departments whose they are to sell, or where the reader keeps training."""
    return exists().where(ProductLaunch.id == SearchText.thing_id, launches.seen_by(reader))


def launch_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Title, the products and what one has to know of them."""
    columns = (ProductLaunch.id, ProductLaunch.title, ProductLaunch.products, ProductLaunch.explained_at)
    rows = db.session.execute(select(*columns).where(ProductLaunch.id.in_(ids)))
    return {
        one.id: [
            Words(str(one.id), one.title, " ".join(f"{name} {words}" for name, words in one.products), one.explained_at)
        ]
        for one in rows
    }


def goals_seen_by(reader: Staff) -> ColumnElement[bool]:
    """Goals of the departments whose plan the reader may see."""
    return exists().where(TrainingGoal.id == SearchText.thing_id, goals.seen_by(reader))


def goal_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """The goal, and what came of it."""
    columns = (TrainingGoal.id, TrainingGoal.year, TrainingGoal.words, TrainingGoal.outcome, TrainingGoal.at)
    rows = db.session.execute(
        select(*columns, Department.code)
        .join(Department, Department.id == TrainingGoal.department_id)
        .where(TrainingGoal.id.in_(ids))
    )
    return {one.id: [Words(f"{one.code} {one.year}", one.words, one.outcome, one.at)] for one in rows}


def goal_href(number: str) -> str:
    """Where the goals of a department for a year are read: `CS 2026`."""
    unit, year = number.split(" ")
    return f"/training/goals/{unit}?year={year}"


search.register(
    search.Kind(
        "course",
        _l("Courses"),
        P.TRAINING_READ,
        id=Course.id,
        href="/training/courses/{}".format,
        seen_by=courses_seen_by,
        texts=course_texts,
        watched={Course: ("id", {"title", "goal"})},
    )
)
search.register(
    search.Kind(
        "training session",
        _l("Training"),
        P.TRAINING_READ,
        id=TrainingSession.id,
        href="/training/sessions/{}".format,
        seen_by=sessions_seen_by,
        texts=session_texts,
        watched={TrainingSession: ("id", {"title", "target", "place", "trainer_name"})},
    )
)
search.register(
    search.Kind(
        "team",
        _l("Service teams"),
        P.TRAINING_READ,
        id=Team.id,
        href="/training/teams/{}".format,
        seen_by=teams_seen_by,
        texts=team_texts,
        watched={Team: ("id", {"name", "purpose", "leader_id"})},
    )
)
search.register(
    search.Kind(
        "product launch",
        _l("New products"),
        P.TRAINING_READ,
        id=ProductLaunch.id,
        href="/training/products/{}".format,
        seen_by=launches_seen_by,
        texts=launch_texts,
        watched={ProductLaunch: ("id", {"title", "products"})},
    )
)
search.register(
    search.Kind(
        "training goal",
        _l("Goals of training"),
        P.TRAINING_READ,
        id=TrainingGoal.id,
        href=goal_href,
        seen_by=goals_seen_by,
        texts=goal_texts,
        watched={TrainingGoal: ("id", {"words", "outcome"})},
    )
)
