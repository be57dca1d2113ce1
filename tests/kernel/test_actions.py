"""One act, one transaction, one commit; whoever is slower is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier
from typing import ClassVar

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.kernel import journal, numbers, once
from portal.kernel.actions import PORTAL, Portal, action, afterwards, begin_writing
from portal.kernel.errors import Clause, OutOfDate, Refused
from portal.kernel.journal import JournalEntry, event, record
from portal.kernel.numbers import next_number
from portal.kernel.text import Said, say
from portal.organisation.models import Person
from tests.conftest import NOW


@event
@dataclass(frozen=True, slots=True)
class KettleBoiled:
    """A fact for these tests."""

    about: ClassVar[str] = "kettle"
    kettle_id: int
    at: datetime
    because: Clause
    words: Said

    @property
    def subject_id(self) -> int:
        return self.kettle_id

    def sentence(self) -> Said:
        return say("{words} ({clause})", words=self.words, clause=self.because)


FACT = KettleBoiled(7, NOW, Clause("TEA-01", "2.0", "4.2"), say("{name} joined on {day}", name="Amal", day=NOW.date()))


@action
def boil(_actor: Portal, *, fail: bool = False, at: datetime) -> str:
    number = next_number("K", 2026)
    record(FACT)
    if fail:
        raise Refused(say("No water."))
    return number


@action
def boil_twice(actor: Portal, *, at: datetime) -> list[str]:
    return [boil(actor, at=at), boil(actor, at=at)]


def test_what_is_recorded_comes_back_as_it_was_said(app):
    boil(PORTAL, at=NOW)
    entry = db.session.scalars(select(JournalEntry)).one()
    assert entry.event() == FACT
    assert entry.happened_at == NOW
    assert "Amal" in entry.sentence()
    assert "TEA-01 4.2" in entry.sentence()


def test_a_refusal_is_no_fact_and_takes_no_number(app):
    with pytest.raises(Refused):
        boil(PORTAL, fail=True, at=NOW)
    assert journal.names() == []
    assert boil(PORTAL, at=NOW) == "K-2026-00001"


def test_a_verb_inside_a_verb_joins_its_transaction(app):
    assert boil_twice(PORTAL, at=NOW) == ["K-2026-00001", "K-2026-00002"]
    assert len(journal.names("kettle")) == 2


def test_nothing_is_recorded_outside_an_act(app):
    with pytest.raises(RuntimeError, match="outside"):
        record(FACT)


def test_what_comes_afterwards_waits_for_the_commit(app):
    seen = []

    @action
    def pour(actor: Portal, *, fail: bool, at: datetime) -> None:
        record(FACT)
        afterwards(lambda: seen.append(db.session.scalar(select(func.count()).select_from(JournalEntry))))
        if fail:
            raise Refused(say("Too hot."))

    with pytest.raises(Refused):
        pour(PORTAL, fail=True, at=NOW)
    assert seen == []
    pour(PORTAL, fail=False, at=NOW)
    assert seen == [1]


def test_changes_made_before_the_transaction_is_open_are_not_lost_silently(demo):
    person = db.session.scalars(select(Person)).first()
    assert person is not None
    person.name = "somebody else"
    with pytest.raises(RuntimeError, match="before"):
        begin_writing()
    db.session.rollback()


def test_the_slower_of_two_is_told_that_the_row_has_changed(demo):
    @action
    def rename(_actor: Portal, seen: int, *, at: datetime) -> None:
        person = db.session.get_one(Person, 1)
        if person.version != seen:
            raise OutOfDate
        person.name += "*"

    seen = db.session.get_one(Person, 1).version
    rename(PORTAL, seen, at=NOW)
    with pytest.raises(OutOfDate):
        rename(PORTAL, seen, at=NOW)


@pytest.mark.attack(27)
def test_of_two_who_wait_for_each_other_one_goes_on_and_the_other_is_told(demo):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    has_one = Barrier(2)

    @action
    def mark_both(_actor: Portal, one: int, other: int, *, at: datetime) -> None:
        db.session.get_one(Person, one).name += "*"
        db.session.flush()
        has_one.wait(10)
        db.session.get_one(Person, other).name += "*"

    def press(both: tuple[int, int]) -> str:
        with demo.app_context():
            try:
                mark_both(PORTAL, *both, at=NOW)
            except OutOfDate:
                return "told"
            finally:
                db.session.remove()
        return "won"

    one, other = db.session.scalars(select(Person.id).limit(2))
    db.session.remove()
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, [(one, other), (other, one)])) == ["told", "won"]


@pytest.mark.attack(27)
def test_a_hundred_acts_sixteen_at_a_time_take_a_hundred_numbers(app):
    def one(_count: int) -> str:
        with app.app_context():
            try:
                return boil(PORTAL, at=NOW)
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(one, range(100)))
    assert sorted(taken) == [f"K-2026-{number:05d}" for number in range(1, 101)]
    assert len(journal.names()) == 100


@pytest.mark.attack(29)
def test_a_form_sent_twice_is_known_by_its_key(app):
    @action
    def make(_actor: Portal, key: str, *, at: datetime) -> str:
        number = next_number("K", 2026)
        once.used(key, None, number, at)
        return number

    key = once.new_key()
    assert make(PORTAL, key, at=NOW) == once.made_by(key, None) == "K-2026-00001"
    with pytest.raises(OutOfDate):
        make(PORTAL, key, at=NOW)
    assert once.made_by(key, 7) is None  # somebody else's key makes nothing of theirs known
    assert make(PORTAL, once.new_key(), at=NOW) == "K-2026-00002"
    assert make(PORTAL, "", at=NOW) == "K-2026-00003"
    assert once.made_by("", None) is None


def test_numbers_begin_anew_each_office_year_and_do_not_end_at_five_digits():
    assert numbers.number("T", 2026, 42) == "T-2026-00042"
    assert numbers.number("T", 2027, 123_456) == "T-2027-123456"


def test_an_instant_without_its_zone_is_refused(app):
    with pytest.raises(Exception, match="time zone"):
        db.session.execute(select(JournalEntry).where(JournalEntry.happened_at > datetime(2026, 1, 1))).all()  # noqa: DTZ001
    db.session.rollback()
    assert NOW.tzinfo is UTC
