"""The libraries that need the application, made here and bound to it in `create_app`."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, Enum, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, registry

PATIENCE = "30s"
"""How long PostgreSQL works on one statement before it gives up."""


class Base(DeclarativeBase):
    """What every table derives from: constraints have names, so that a migration can take them away again."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            # kept as the word itself: a new state is no change of type on PostgreSQL
            StrEnum: Enum(
                StrEnum, native_enum=False, length=40, values_callable=lambda kind: [one.value for one in kind]
            )
        },
    )


db = SQLAlchemy(model_class=Base)
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(get_remote_address)
compress = Compress()


def on_postgresql() -> bool:
    """Which of the two databases this is, where each has its own word for the same thing."""
    return db.engine.dialect.name == "postgresql"


def insert_or(kind: type[Base]) -> Any:
    """INSERT … ON CONFLICT, which both databases write alike and each builds in its own way."""
    return postgresql.insert(kind) if on_postgresql() else sqlite.insert(kind)


class WriterLock:
    """One writer at a time on an SQLite file, among the threads of a process and among processes.

    SQLite's own busy handler sleeps and tries again, and starves whoever is unlucky; this one queues.
    A process that dies lets go of the file lock by dying.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()
        os.register_at_fork(after_in_child=self._open)  # a file that was opened before a fork is locked for both

    def _open(self) -> None:
        self._threads = threading.Lock()
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self, seconds: float = 30) -> None:
        """Waits for other processes as long as they live, and for threads of this one `seconds`: then TimeoutError."""
        if not self._threads.acquire(timeout=seconds):
            raise TimeoutError("another change took too long")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def _lowered(words: str | None) -> str | None:
    """For `kernel.columns.lowered`."""
    return None if words is None else words.lower()


def bind_sqlite(engine: Engine) -> None:
    """Transactional reads, writers one after the other, no "database is locked".

    A connection with the execution option `write` begins with BEGIN IMMEDIATE behind the writer lock.
    """
    path = engine.url.database
    lock = WriterLock(Path(f"{path}.lock")) if path and path != ":memory:" else None

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("lowered", 1, _lowered, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("write"):
            connection.exec_driver_sql("BEGIN")
            return
        if lock:
            lock.acquire()
            connection.info["writer"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def let_go(_connection: sqlite3.Connection | None, record: Any) -> None:
        if lock and record.info.pop("writer", False):
            lock.release()
