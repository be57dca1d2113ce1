"""A company for training: the top, a desk with a group below it, a shop; heads, HR, a trainer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.extensions import db
from portal.kernel.permissions import Role
from portal.organisation.models import Person
from portal.training import actions, queries
from portal.training.actions import CourseText, SessionText
from portal.training.models import Course, Participant, TrainingSession
from portal.training.states import CourseKind, Presence, Result
from tests.conftest import NOW
from tests.policies.conftest import manual as manual
from tests.policies.conftest import published as published

HOUR = timedelta(hours=1)
PASSED = (Presence.CAME, Result.PASSED, "")
FAILED = (Presence.CAME, Result.FAILED, "")
MISSED = (Presence.MISSED, Result.NONE, "")


@pytest.fixture
def house(department, staff):
    class House:
        top = department("XH")
        desk = department("CS", top)
        group = department("CS-GEN", desk)
        shop = department("SHOP", top)
        han = staff("Han", desk, Role.HEAD)
        li = staff("Li", group, Role.AGENT)
        yu = staff("Yu", group)
        mo = staff("Mo", shop, Role.AGENT)
        shopkeeper = staff("Zhou", shop, Role.HEAD)
        hr = staff("Wen", top, Role.HR)
        tan = staff("Tan", shop)

    return House


@pytest.fixture
def course(house):
    """`course("KF-02", department, role="agent")`: a course that HR has set up."""

    def make(code="KF-02", unit=None, *, kind=CourseKind.CASES, role="", topics=(), manuals=(), at=NOW) -> Course:
        text = CourseText(
            f"Course {code}", kind, unit or house.desk, role, topics, "", tuple(one.id for one in manuals)
        )
        return actions.add_course(house.hr, code, text, at=at)

    return make


@pytest.fixture
def session(house):
    """`session(course, unit, begins, trainer=…)`: a planned one of two hours; Han teaches where nobody is named."""

    def make(of: Course, unit=None, begins: datetime = NOW + 24 * HOUR, *, trainer=None, invites=True, by=None, **more):
        text = session_text(begins=begins, trainer=trainer or house.han, **more)
        return actions.plan_session(by or house.hr, of, unit or house.desk, text, invites=invites, at=min(begins, NOW))

    return make


def session_text(*, begins=NOW + 24 * HOUR, hours=2, trainer=None, days=0, **more) -> SessionText:
    words = {"title": "Cases of the month", "place": "Room 2", "target": "Knows what to say first."}
    return SessionText(
        starts_at=begins, ends_at=begins + hours * HOUR, trainer=person_of(trainer) if trainer else None, days=days,
        **{**words, **more},
    )  # fmt: skip


def person_of(who) -> Person:
    return db.session.get_one(Person, who.id)


def names(of: TrainingSession) -> list[str]:
    return sorted(one.name for one in queries.invited_to(of))


def row_of(of: TrainingSession, name: str) -> Participant:
    return next(one for one in queries.invited_to(of) if one.name == name)


def held(of: TrainingSession, who, otherwise=None, *, at=None) -> None:
    """Everybody passed, but for those of whom something else is said."""
    results = {one.id: (otherwise or {}).get(one.name, PASSED) for one in queries.invited_to(of)}
    actions.enter_results(who, of, results, "", seen=of.version, at=at or of.ends_at)
