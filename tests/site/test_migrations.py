"""Each migration goes up, down and up again, on a database that has rows, and leaves what the models say."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from portal import schema
from portal.config import ROOT
from portal.extensions import db

SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))


def revisions() -> list[str]:
    return [one.revision for one in reversed(list(SCRIPTS.walk_revisions()))]


def test_there_is_one_head_and_the_numbers_follow_each_other():
    assert len(SCRIPTS.get_heads()) == 1
    assert [name[:4] for name in revisions()] == [f"{number:04d}" for number in range(1, len(revisions()) + 1)]


def test_the_migrations_make_what_the_models_say(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": False,
                "include_name": lambda n, k, p: not (k == "table" and (n or "").startswith("search_fts")),
            },
        )
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.parametrize("revision", revisions())
def test_each_migration_goes_down_and_up_again_with_data_in_it(demo, revision):
    before = SCRIPTS.get_revision(revision).down_revision or "base"
    tables = set(inspect(db.engine).get_table_names())
    people = db.session.scalar(text("SELECT count(*) FROM person"))
    assert people
    db.session.remove()
    schema.downgrade(before)
    schema.upgrade()
    db.session.remove()
    assert set(inspect(db.engine).get_table_names()) == tables
    if before != "base" and before >= "0002":
        assert db.session.scalar(text("SELECT count(*) FROM person")) == people


def test_the_journal_refuses_change_and_removal(demo):
    for statement in ("UPDATE journal SET name = 'x'", "DELETE FROM journal", "UPDATE journal_seal SET mark = 'x'"):
        if "seal" in statement:
            from portal.kernel import seals
            from portal.kernel.actions import PORTAL
            from tests.conftest import NOW

            db.session.rollback()
            seals.seal(PORTAL, at=NOW)
        with pytest.raises(Exception, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_the_journal_still_refuses_change_after_a_migration_went_down_and_up(demo):
    db.session.remove()
    schema.downgrade(revisions()[1])
    schema.upgrade()
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text("DELETE FROM journal"))
    db.session.rollback()
