"""Runs the migrations on the database of the application's settings; the same ones on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from portal.extensions import db
from portal.kernel.columns import Instant

engine = db.engine


def _leave_alone(name: str | None, kind: str, _parents: object) -> bool:
    """The search index keeps tables of its own, which are no models."""
    return not (kind == "table" and (name or "").startswith("search_fts"))


def _plain_types(kind: str, item: object, _context: object) -> str | bool:
    """A migration says what the database keeps, not which class of today's code reads it."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return "sa.String(40)"
    if kind == "type" and isinstance(item, sa.JSON):
        return "sa.JSON().with_variant(JSONB(), 'postgresql')"
    return False


def run() -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table that is made anew would take with it the rows that cascade from it.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            _migrate(connection)
        finally:
            if engine.dialect.name == "sqlite":
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def _migrate(connection: sa.Connection) -> None:
    with connection.execution_options(write=True).begin():
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            include_name=_leave_alone,
            render_item=_plain_types,
            compare_type=True,
            transaction_per_migration=False,
        )
        context.run_migrations()
        if engine.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"a migration left rows that point nowhere: {broken[:5]}")


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database, not as a script of SQL.")
run()
