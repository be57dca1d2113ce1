"""Periodic work. The queue only wakes it: due work lives in rows, so a killed worker loses nothing.

A sweep takes due rows in slices, calls the same verb with the true moment and is safe to run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, db
from portal.kernel.actions import begin_writing
from portal.kernel.columns import Instant

Sweep = Callable[[datetime], object]


class PeriodicRun(Base):
    """One slot of one sweep was taken: among any number of workers exactly one runs it."""

    __tablename__ = "periodic_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(Instant, primary_key=True)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A sweep and how often it runs."""

    name: str
    every: timedelta
    sweep: Sweep


_periodic: dict[str, Periodic] = {}


def periodic(name: str, *, every: timedelta) -> Callable[[Sweep], Sweep]:
    """Register a sweep: `@periodic("seal the journal", every=timedelta(minutes=1))`."""

    def register(sweep: Sweep) -> Sweep:
        _periodic[name] = Periodic(name, every, sweep)
        return sweep

    return register


def all_periodic() -> tuple[Periodic, ...]:
    """Every sweep that the features registered."""
    return tuple(_periodic.values())


def slot(of: Periodic, at: datetime) -> datetime:
    """The beginning of the slot that `at` falls into."""
    width = of.every.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // width * width, tz=at.tzinfo)


def claim(of: Periodic, at: datetime) -> bool:
    """Whether this worker is the one that runs the sweep's slot at `at`. Looks before it writes: mostly it is taken."""
    taken = db.session.get(PeriodicRun, (of.name, slot(of, at))) is not None
    db.session.rollback()
    if taken:
        return False
    begin_writing()
    try:
        db.session.add(PeriodicRun(name=of.name, slot=slot(of, at)))
        db.session.flush()
        db.session.execute(
            delete(PeriodicRun).where(
                PeriodicRun.name == of.name, PeriodicRun.slot < at - max(of.every * 3, timedelta(days=1))
            )
        )
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def run_due(at: datetime, *, failed: Callable[[Periodic, Exception], None]) -> list[str]:
    """Run each sweep whose slot nobody has taken yet; one that breaks does not stop the others."""
    done = []
    for one in all_periodic():
        if not claim(one, at):
            continue
        try:
            one.sweep(at)
            done.append(one.name)
        except Exception as error:  # the next slot catches up, and the operator sees it in the log
            db.session.rollback()
            failed(one, error)
    return done
