"""What of training can be found: courses and teams, and sessions as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, select

from portal.extensions import db
from portal.kernel import search
from portal.kernel.permissions import P
from portal.kernel.search import SearchText, Words
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies.team_models import Team
from portal.training import queries
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
