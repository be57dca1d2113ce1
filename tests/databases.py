"""A fresh copy of a migrated database for each test: verbs commit, and the journal refuses DELETE.

SQLite: the file is copied. PostgreSQL (TEST_DATABASE_URL): the database is made from a template.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal import schema
from portal.extensions import db

SERVER = os.environ.get("TEST_DATABASE_URL", "")


class Databases:
    """Keeps templates by name for one worker of the suite, and puts a fresh copy of one where the portal looks."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.name = f"portal_{worker}"
        self.url = f"sqlite:///{folder / 'portal.db'}"
        if SERVER:
            self.url = str(sa.make_url(SERVER).set(database=self.name).render_as_string(hide_password=False))
            self.server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def migrate(self, app: Flask) -> None:
        """An empty migrated database, kept as the template "empty"."""
        if SERVER:
            self._again(None)
        with app.app_context():
            schema.upgrade()
        self.keep(app, "empty")

    def keep(self, app: Flask, name: str) -> None:
        """Keep the database as it is now under `name`."""
        self.let_go(app)
        if SERVER:
            with self.server.connect() as server:
                server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{self.name}_{name}"')
                server.exec_driver_sql(
                    f'CREATE DATABASE "{self.name}_{name}" TEMPLATE "{self.name}" STRATEGY FILE_COPY'
                )
        else:
            shutil.copyfile(self.folder / "portal.db", self.folder / f"{name}.db")

    def copy(self, app: Flask, name: str) -> None:
        """A fresh copy of the template `name`."""
        self.let_go(app)
        if SERVER:
            self._again(name)
        else:
            for rest in ("-wal", "-shm"):
                (self.folder / f"portal.db{rest}").unlink(missing_ok=True)
            shutil.copyfile(self.folder / f"{name}.db", self.folder / "portal.db")

    def let_go(self, app: Flask) -> None:
        """Close every connection; on SQLite that also folds the write-ahead log into the file."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def drop(self) -> None:
        """Remove what this worker made on the server."""
        if SERVER:
            with self.server.connect() as server:
                for (name,) in server.exec_driver_sql(
                    f"SELECT datname FROM pg_database WHERE datname LIKE '{self.name}%%'"
                ).all():
                    server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self.server.dispose()

    def _again(self, template: str | None) -> None:
        with self.server.connect() as server:
            server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            source = (
                f'TEMPLATE "{self.name}_{template}" STRATEGY FILE_COPY'
                if template
                else "TEMPLATE template0 ENCODING 'UTF8'"
            )
            server.exec_driver_sql(f'CREATE DATABASE "{self.name}" {source}')
