"""The journal is append-only and sealed; `portal verify` names the first row that was changed or removed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.cli import main
from portal.extensions import db
from portal.kernel import seals
from portal.kernel.actions import PORTAL
from portal.kernel.journal import JournalEntry
from portal.kernel.seals import Seal
from tests.conftest import NOW


def drop_the_guards() -> None:
    if db.engine.dialect.name == "postgresql":
        statements = [
            f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("journal", "journal_seal", "journal_sealed")
        ]
    else:
        statements = [
            f"DROP TRIGGER {table}_refuses_{verb}"
            for table in ("journal", "journal_seal", "journal_sealed")
            for verb in ("UPDATE", "DELETE")
        ]
    tamper(*statements)


def tamper(*statements: str) -> None:
    with db.engine.connect().execution_options(write=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))
    db.session.remove()


@pytest.fixture
def sealed(demo):
    while seals.seal(PORTAL, at=NOW):
        pass
    return demo


def test_a_journal_that_nobody_touched_is_proven(sealed):
    assert list(seals.verify()) == []
    assert seals.unsealed() == 0


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET actor_name = '张三' WHERE id = 5",
        "UPDATE journal SET happened_at = '2020-01-01 00:00:00' WHERE id = 5",
        "UPDATE journal SET facts = '{}' WHERE id = 5",
        "DELETE FROM journal WHERE id = 5",
    ],
)
def test_a_row_changed_by_raw_sql_is_found_and_named(sealed, change):
    drop_the_guards()
    tamper(change)
    found = list(seals.verify())
    assert [one.entry_id for one in found] == [5]
    assert "5" in str(found[0].sentence)


@pytest.mark.attack(42)
def test_a_row_and_its_hash_changed_together_break_the_seal(sealed):
    drop_the_guards()
    tamper("UPDATE journal SET actor_name = 'x' WHERE id = 5")
    row = db.session.execute(select(*seals._COLUMNS).where(JournalEntry.id == 5)).one()
    tamper(f"UPDATE journal_sealed SET digest = '{seals.digest(row)}' WHERE entry_id = 5")
    assert any("Seal" in one.sentence.template for one in seals.verify())


@pytest.mark.attack(42)
def test_a_journal_cut_off_at_the_end_is_missed_by_its_own_seals_but_not_by_one_kept_elsewhere(sealed):
    mark = seals.last_mark()
    drop_the_guards()
    last = db.session.scalars(select(Seal.id).order_by(Seal.id.desc())).first()
    tamper(
        "DELETE FROM notice",
        f"DELETE FROM journal WHERE id IN (SELECT entry_id FROM journal_sealed WHERE seal_id = {last})",
        f"DELETE FROM journal_sealed WHERE seal_id = {last}",
        f"DELETE FROM journal_seal WHERE id = {last}",
    )
    assert list(seals.verify()) == []
    assert [str(mark)[:16] in str(one.sentence) for one in seals.verify(mark)] == [True]


def test_another_key_makes_other_seals(sealed):
    kept = sealed.config["SEAL_KEY"]
    sealed.config["SEAL_KEY"] = "another key"
    try:
        assert list(seals.verify()) != []
    finally:
        sealed.config["SEAL_KEY"] = kept


def test_what_comes_later_is_sealed_later_and_the_seals_hang_together(sealed):
    from portal.organisation.queries import person_called, staff
    from tests.conftest import TODAY

    person = person_called("agent")
    assert person is not None
    reader = staff(person, TODAY)
    from portal.organisation.accounts import sign_out

    sign_out(reader, at=NOW)
    assert seals.unsealed() == 1
    assert seals.seal(PORTAL, at=NOW) == 1
    assert seals.seal(PORTAL, at=NOW) == 0
    assert list(seals.verify()) == []


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE journal SET actor_name = 'x' WHERE id = 3", "Journal entry 3 was changed"),
        ("DELETE FROM journal WHERE id = 4", "Journal entry 4 is gone"),
    ],
)
def test_the_command_names_the_row_and_ends_with_an_honest_code(sealed, monkeypatch, change, said):
    monkeypatch.setattr("portal.cli.create_app", lambda: sealed)
    db.session.remove()
    with pytest.raises(DBAPIError, match="journal"):  # the guards first
        tamper(change)
    good = CliRunner().invoke(main, ["verify"])
    assert good.exit_code == 0, good.output
    drop_the_guards()
    tamper(change)
    bad = CliRunner().invoke(main, ["verify"])
    assert bad.exit_code == 1
    assert bad.output.startswith(said), bad.output
