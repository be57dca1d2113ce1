"""A life is a table: who may do what, from which state, to which state. The page offers what the table allows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from portal.kernel.errors import NotAllowed, OutOfDate
from portal.kernel.permissions import P
from portal.kernel.text import say


class Reader(Protocol):
    """Whoever looks or acts: knows who they are and which rights they hold where."""

    @property
    def id(self) -> int | None: ...
    def may(self, right: P, department_id: int | None = None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One verb. `after` None leaves the state as it is. `own` names the columns whose person may do it as well."""

    verb: str
    before: frozenset[Any]
    after: Any
    by: P | None
    own: tuple[str, ...] = ()
    where: tuple[str, ...] = ("department_id",)


def step(
    verb: str,
    *,
    before: Collection[Any],
    after: Any,
    by: P | None = None,
    own: Collection[str] = (),
    where: Collection[str] = ("department_id",),
) -> Step:
    """A row of a lifecycle table: `by` is the right that is needed, in one of the thing's departments that `where`
    names; `own` the columns of the thing (accountable_id, assignee_id, …) whose person needs no further right."""
    return Step(verb, frozenset(before), after, by, tuple(own), tuple(where))


class Lifecycle:
    """A table of steps over things that have `state`, and `department_id` or what their steps name instead."""

    def __init__(self, *steps: Step) -> None:
        self.steps = {row.verb: row for row in steps}
        if len(self.steps) != len(steps):
            raise ValueError("a verb stands twice in a lifecycle")

    def allows(self, reader: Reader, thing: Any, verb: str) -> bool:
        """Whether `reader` may do `verb` to `thing` as it is now."""
        row = self.steps[verb]
        return thing.state in row.before and self._right(reader, thing, row)

    def open_to(self, reader: Reader, thing: Any) -> frozenset[str]:
        """The verbs that the page may offer to `reader`: rights count in the thing's own departments only."""
        return frozenset(verb for verb in self.steps if self.allows(reader, thing, verb))

    def steps_from(self, state: StrEnum) -> list[Step]:
        """The rows that lead away from `state`, or act in it."""
        return [row for row in self.steps.values() if state in row.before]

    def check(self, thing: Any, verb: str, actor: Reader) -> Step:
        """Raises NotAllowed without the right, OutOfDate when the state does not allow the verb (any more)."""
        row = self.steps[verb]
        if not self._right(actor, thing, row):
            raise NotAllowed(say("This is not yours to do."))
        if thing.state not in row.before:
            raise OutOfDate(say("That is not possible any more: somebody has moved this on. Look at it again."))
        return row

    def move(self, thing: Any, verb: str, actor: Reader) -> None:
        """Check and change the state; the row's version guards two at once."""
        row = self.check(thing, verb, actor)
        if row.after is not None:
            thing.state = row.after

    @staticmethod
    def _right(reader: Reader, thing: Any, row: Step) -> bool:
        if reader.id is not None and any(getattr(thing, column) == reader.id for column in row.own):
            return True
        if row.by is None:
            return False
        departments = [getattr(thing, column) for column in row.where]
        return any(one is not None and reader.may(row.by, one) for one in departments)
