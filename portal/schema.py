"""Brings the database to the schema of this version, and says where it is.

The migration library is loaded only when there is something to migrate: it is a tenth of every process.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy import inspect, text

from portal.config import ROOT
from portal.extensions import db

FOLDER = ROOT / "migrations"


def newest() -> str:
    """The revision that this version of the code needs: migrations are numbered."""
    return max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py"))


def here() -> str:
    """The revision of the database, or "" for an empty one."""
    if not inspect(db.engine).has_table("alembic_version"):
        return ""
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def upgrade() -> bool:
    """Migrate to `newest()`; returns whether there was anything to do."""
    if here() == newest():
        return False
    _bind()
    from flask_migrate import upgrade

    upgrade()
    return True


def downgrade(revision: str) -> None:
    """Migrate down to `revision`, or to nothing for "base"."""
    _bind()
    from flask_migrate import downgrade

    downgrade(revision=revision)


def _bind() -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "migrate" not in app.extensions:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(FOLDER), render_as_batch=True)
