"""One business act, one transaction, one commit; the journal is written inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from portal.extensions import Base, db, on_postgresql
from portal.kernel.clock import now
from portal.kernel.errors import OutOfDate

DOUBLED, DEADLOCK = "23505", "40P01"
"""What PostgreSQL calls them."""
P = ParamSpec("P")
R = TypeVar("R")


class Actor(Protocol):
    """Who acts: a person of staff, or the portal itself (`id` None)."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def department_name(self) -> str: ...


A = TypeVar("A", bound=Actor)


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal itself, where time and not a person makes something happen."""

    id: None = None
    name: str = "portal"
    department_name: str = ""

    def may(self, _right: object, _department_id: int | None = None) -> bool:
        """Whoever may start the portal's commands may do what they do; the journal says that the portal acted."""
        return True


PORTAL = Portal()


@dataclass(slots=True)
class Act:
    """The act that is under way: who, when, and what is to be done once it is committed."""

    actor: Actor
    at: datetime
    afterwards: list[Callable[[], None]] = field(default_factory=list)


_under_way: ContextVar[Act | None] = ContextVar("act", default=None)
_along: ContextVar[Callable[[Actor], None] | None] = ContextVar("along", default=None)
request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_act() -> Act:
    """The act under way. Raises RuntimeError outside of one: facts are recorded by acts alone."""
    act = _under_way.get()
    if act is None:
        raise RuntimeError("nothing is recorded outside an @action")
    return act


def is_under_way() -> bool:
    """Whether an act is under way: what is called now joins its transaction."""
    return _under_way.get() is not None


def begin_writing() -> None:
    """Open the transaction for writing, before its first query.

    An SQLite transaction that has read cannot be made a writer: one that only read is ended here and what it had
    loaded is loaded again inside the new one. Raises RuntimeError when there are changes that would be lost.
    """
    session = db.session()
    if session.in_transaction():
        if session.connection().get_execution_options().get("write"):
            return
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("changes were made before the transaction was opened for writing")
        session.rollback()
    session.connection(execution_options={"write": True})


def action(verb: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """One act by `actor`, the first argument, at the moment `at`, a keyword of every verb.

    A verb called inside another one joins its transaction. Of two who act on the same thing at the same moment the
    second waits for the first, and its guards judge the thing as it stands then. Raises OutOfDate when a row version or
    a unique index says that somebody was faster, and where two waited for each other; everything is rolled back on any
    error.
    """

    @wraps(verb)
    def run(actor: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if _under_way.get() is not None:
            return verb(actor, *args, **kwargs)
        at = kwargs.get("at")
        act = Act(actor, at if isinstance(at, datetime) else now())
        begin_writing()
        token = _under_way.set(act)
        try:
            hold(*args)
            result = verb(actor, *args, **kwargs)
            if actor.id is not None and (along := _along.get()) is not None:
                along(actor)
            db.session.commit()
        except StaleDataError as error:
            db.session.rollback()
            raise OutOfDate from error
        except (IntegrityError, OperationalError) as error:
            db.session.rollback()
            if not _faster(error):
                raise
            raise OutOfDate from error
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _under_way.reset(token)
        for step in act.afterwards:
            step()
        return result

    return run


@contextmanager
def along_with(step: Callable[[Actor], None]) -> Iterator[None]:
    """What a person does within is done together with `step`, in the same transaction: both or neither."""
    token = _along.set(step)
    try:
        yield
    finally:
        _along.reset(token)


def hold(*things: object) -> None:
    """Read what the act is about again, and hold it until the act is over. An act that finds its thing itself calls it.

    SQLite has one writer at a time and what it read is true; PostgreSQL would let both read the same version. The thing
    is the first argument; where there are two of its kind (a merge) they are held in the order of their ids, so that
    nobody waits for somebody who waits for them. Raises OutOfDate for a thing that has gone.
    """
    session = db.session()
    first = things[0] if things else None
    if not on_postgresql() or not isinstance(first, Base) or inspect(first).mapper.version_id_col is None:
        return
    held = {id(one): one for one in things if isinstance(one, type(first)) and one in session}
    session.flush()
    session.expire_all()  # what hangs on it was read before the turn came
    for one in sorted(held.values(), key=lambda one: inspect(one).identity or ()):
        try:
            session.refresh(one, with_for_update={"of": type(one), "key_share": True})
        except InvalidRequestError as error:
            raise OutOfDate from error


def afterwards(step: Callable[[], None]) -> None:
    """Do `step` once the act under way is committed: wake a worker, never change data."""
    current_act().afterwards.append(step)


def _faster(error: DBAPIError) -> bool:
    """Whether somebody was faster: a unique index said no, or this is the one of two who waited for each other
    that had to give way.

    Anything else is a mistake of ours, or the database is in trouble.
    """
    return "UNIQUE constraint failed" in str(error.orig) or getattr(error.orig, "sqlstate", "") in (DOUBLED, DEADLOCK)
