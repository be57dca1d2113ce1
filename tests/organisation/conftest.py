"""What tests of people and departments build: units with posts, people in them, an HR officer who may keep records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

import pytest
from sqlalchemy import event

from portal.extensions import db
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import actions, queries
from portal.organisation.models import Department, Person, Rank
from portal.organisation.staff import Staff
from tests.conftest import NOW, TODAY

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def post_holder(app) -> Callable[..., Person]:
    """`post_holder("Amal", unit, Rank.MIDDLE, leads=True, title="店长")`: a colleague in a post of that rank."""
    count = iter(range(1, 10_000))

    def make(
        name: str, unit: Department, rank: Rank = Rank.STAFF, *, leads: bool = False, title: str = "员工",
        headcount: int | None = None, from_on: date = LONG_AGO,
    ) -> Person:  # fmt: skip
        number = next(count)
        made = actions.add_person(
            PORTAL, f"P{number:03d}", f"{name.lower().replace(' ', '.')}-{number}", name, joined_on=LONG_AGO, at=NOW
        )
        post = actions.add_post(
            PORTAL, unit, {"zh-CN": title, "en": title}, rank=rank, leads=leads, headcount=headcount, at=NOW
        )
        actions.place(PORTAL, made, post, from_on=from_on, at=NOW)
        return made

    return make


@pytest.fixture
def acting(app) -> Callable[..., Staff]:
    """`acting(person, Role.HEAD, unit)`: the person as one who reads and acts today."""

    def make(person: Person, role: Role | None = None, unit: Department | None = None) -> Staff:
        if role and unit:
            actions.give_role(PORTAL, person, role, unit, from_on=LONG_AGO, at=NOW)
        return queries.staff(person, TODAY)

    return make


@pytest.fixture
def hr(department, post_holder, acting) -> Callable[[Department], Staff]:
    """`hr(company)`: an HR officer for the whole company."""

    def make(company: Department) -> Staff:
        return acting(post_holder("Hanna", department("HR", company)), Role.HR, company)

    return make


@pytest.fixture
def statements(the_app) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as asked:` collects what is sent to the database."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        asked: list[str] = []

        def hear(_connection, _cursor, statement, *_more):
            if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "SET LOCAL")):  # settings ask nothing
                asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", hear)
        yield asked
        event.remove(db.engine, "before_cursor_execute", hear)

    return listen
