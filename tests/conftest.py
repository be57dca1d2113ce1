"""Fixtures: the portal on a fresh database, the demo company, people, and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import event

from portal import create_app
from portal.demo import story
from portal.extensions import db, limiter
from portal.kernel import files
from portal.kernel.actions import PORTAL
from portal.kernel.permissions import Role
from portal.organisation import actions as organisation
from portal.organisation import queries
from portal.organisation.models import Basis, Department, Person
from portal.organisation.staff import Staff
from portal.translations import update
from tests.browser import Browser
from tests.databases import SERVER, Databases
from tests.live import CHROMIUM, Live, why_no_browser
from tests.memory import in_memory

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""A busy machine is no fault of the code: properties are held without a stop-watch."""

TODAY = date(2026, 10, 12)
NOW = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
"""Monday morning, ten o'clock in the office: the moment of tests, screenshots and benchmarks."""


def pytest_configure(config: pytest.Config) -> None:
    """The tests read the catalogues as they are now, also where nobody ran `make` before."""
    if not hasattr(config, "workerinput"):
        update.compile_what_changed()
        if memory := in_memory():
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))  # the workers inherit it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SERVER and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="browser tests run on SQLite alone"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("databases")
    made = Databases(folder, folder.parent.name)  # the parent is named after the worker
    made.drop()
    yield made
    made.drop()


@pytest.fixture(scope="session")
def the_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for the whole run; each test gets its own database beneath it."""
    app = create_app(
        DATABASE_URL=databases.url,
        DATA=str(tmp_path_factory.mktemp("data")),
        SECRET_KEY="a key for tests",
        SEAL_KEY="a seal for tests",
        PLAIN_HTTP=True,
        DEMO=True,
        TESTING=True,
        ADDRESS_TRIES="10000/minute",
        LOCALE="en",
    )
    databases.migrate(app)
    yield app
    databases.let_go(app)


@pytest.fixture(scope="session")
def demo_files(the_app: Flask, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company as it stands on 12 October 2026, told once; returns where its files are kept. What a test of a
    later day sweeps away is in the store again for the next."""
    databases.copy(the_app, "empty")
    kept = tmp_path_factory.mktemp("demo") / "files"
    with time_machine.travel(NOW, tick=True), the_app.app_context():
        story.tell(NOW)
        db.session.remove()
        shutil.copytree(files.folder(), kept)
    databases.keep(the_app, "demo")
    return kept


@pytest.fixture
def app(the_app: Flask, databases: Databases) -> Iterator[Flask]:
    """The portal on an empty migrated database, at NOW."""
    databases.copy(the_app, "empty")
    limiter.reset()
    with time_machine.travel(NOW, tick=True), the_app.app_context():
        yield the_app
        db.session.remove()


@pytest.fixture
def demo(the_app: Flask, databases: Databases, demo_files: Path) -> Iterator[Flask]:
    """The portal with the demo company in it, at NOW."""
    databases.copy(the_app, "demo")
    limiter.reset()
    with time_machine.travel(NOW, tick=True), the_app.app_context():
        for kept in demo_files.glob("*/*"):
            place = files.folder() / kept.relative_to(demo_files)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(kept, place)
        yield the_app
        db.session.remove()


@pytest.fixture
def browser(the_app: Flask) -> Browser:
    """A browser without JavaScript."""
    return Browser(the_app)


@pytest.fixture
def statements(the_app: Flask) -> Iterator[list[str]]:
    """What the database is asked while the test runs."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with the_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def department(app: Flask) -> Callable[..., Department]:
    """`department("CS", parent=…)`: a unit that is there since long ago."""

    def make(code: str, parent: Department | None = None, **more: object) -> Department:
        return organisation.add_department(
            PORTAL,
            code,
            {"zh-CN": code, "en": code},
            parent=parent,
            basis=Basis.PROCESS,
            from_on=date(2020, 1, 1),
            at=NOW,
            **more,
        )

    return make


@pytest.fixture
def person(app: Flask) -> Callable[..., Person]:
    """`person("Amal", department, Role.AGENT)`: a colleague with a post and perhaps a role there."""
    count = iter(range(1, 10_000))

    def make(name: str, at_home: Department, *roles: Role) -> Person:
        number = next(count)
        made = organisation.add_person(
            PORTAL, f"S{number}", f"{name.lower()}{number}", name, joined_on=date(2020, 1, 1), at=NOW
        )
        post = organisation.add_post(PORTAL, at_home, {"zh-CN": "员工", "en": "Staff"}, at=NOW)
        organisation.place(PORTAL, made, post, from_on=date(2020, 1, 1), at=NOW)
        for role in roles:
            organisation.give_role(PORTAL, made, role, at_home, from_on=date(2020, 1, 1), at=NOW)
        return made

    return make


@pytest.fixture
def staff(person: Callable[..., Person]) -> Callable[..., Staff]:
    """`staff("Amal", department, Role.AGENT)`: a colleague as one who reads and acts."""

    def make(name: str, at_home: Department, *roles: Role) -> Staff:
        return queries.staff(person(name, at_home, *roles), TODAY)

    return make


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A headless Chromium that calls nobody but us."""
    if reason := why_no_browser():
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def live(demo: Flask, chromium: Chromium) -> Iterator[Live]:
    """The demo company on a loopback port, with Chromium in front of it."""
    with Live(demo, chromium) as portal:
        yield portal
