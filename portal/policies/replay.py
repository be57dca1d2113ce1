"""What can be replayed: a feature registers one function that judges its past facts twice.

    register(Replay("ticket", keys=frozenset(…), count=…, judge=…, id=Ticket.id, seen_by=…, shown_to=…, lines=…, …))
    leave_out(say("It only reminds, and nothing is held against anybody by it."), "manuals.remind_every")

`judge` reads facts of a period in slices and asks `asked.rules` for the rules of their day, as they were and as if the
draft had been in force; what differs it hands over as a `Changed`. It writes nothing: no fact is touched by a replay.
Every declared key is either among the keys of a replay or left out with the reason that people read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement

from portal.kernel.clock import start_of
from portal.kernel.text import Said, say
from portal.organisation.staff import Staff
from portal.policies import queries
from portal.policies.places import Holdings, Scope, is_post
from portal.policies.queries import AsIf
from portal.policies.rulebook import KEYS, Key

R = TypeVar("R")


@dataclass(slots=True)
class Asked:
    """What a replay is asked: the facts of the office days `first` to `last`, both included, and the draft.

    `at` is the moment of the replay: what is open now is judged as it stands then.
    """

    first: date
    last: date
    as_if: AsIf
    at: datetime
    _kept: dict[tuple[Any, ...], tuple[Any, Any]] = field(default_factory=dict)
    _same: dict[tuple[Any, ...], tuple[Any, Any]] = field(default_factory=dict)
    _chains: dict[int | None, Sequence[Scope]] = field(default_factory=dict)
    _turns: Sequence[date] | None = None
    _holdings: Holdings | None = None

    @property
    def begins(self) -> datetime:
        """The first moment of its days on the office's wall clock."""
        return start_of(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment after them."""
        return start_of(self.last + timedelta(days=1))

    @property
    def keys(self) -> Collection[str]:
        """The keys on which the draft says something else than the version before it."""
        return self.as_if.rulings.keys()

    def rules(self, of: type[R], *, on: date, for_: int | None, person_id: int | None = None) -> tuple[R, R]:
        """What the manuals decided on the day of a fact, and what they would have decided with the draft.

        `person_id`: whom the fact is held against, where the feature asks for somebody (`queries.in_force_for`): what
        is said to a post that they held on that day decides first. Days on which the same clauses decide get the very
        same rulesets: what is made of one can be kept by it.
        """
        since, held = self._since(on), self._held(person_id, on)
        key = (of, since, for_, held)
        if key not in self._kept:
            if for_ not in self._chains:
                self._chains[for_] = queries.chain_of(for_)
            found = queries.held_against(of, self.as_if, on=since, chain=[*held, *self._chains[for_]])
            says = (of, *(tuple((rule.clause, rule.since) for rule in vars(one).values()) for one in found))
            self._kept[key] = self._same.setdefault(says, found)
        return cast(tuple[R, R], self._kept[key])

    def _held(self, person_id: int | None, on: date) -> tuple[Scope, ...]:
        if person_id is None:
            return ()
        if self._holdings is None:
            self._holdings = Holdings.of([one for one in self.as_if.scopes if is_post(one)])
        return self._holdings.on(person_id, on)

    def _since(self, on: date) -> date:
        """The first of the days up to `on` on which the same versions bind as on `on`."""
        if self._turns is None:
            self._turns = queries.turning_days()
        place = bisect_right(self._turns, on)
        return self._turns[place - 1] if place else date.min


@dataclass(frozen=True, slots=True)
class Changed:
    """A fact that would have come out differently: whose it is, the key that decides, what was and what would be.

    `due_before`, `due_after` None: nothing limits it. `late`: it was not, or is not, done by then.
    """

    thing_id: int
    key: str
    person_id: int | None
    due_before: datetime | None
    due_after: datetime | None
    late_before: bool
    late_after: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of the work: how many facts were judged in it, and those that came out differently."""

    judged: int
    changed: Sequence[Changed]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as a line of a list names it."""

    number: str
    title: str
    href: str
    who: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a feature can replay.

    `keys`: the rules for which it does. `count(asked)`: how many facts there are; `judge(asked)`: the work, in slices.
    `id`: the column of the ids of its cases; `seen_by(reader)`: those that a reader sees in the feature's lists;
    `shown_to(reader)`: those of which a reader may know that they exist, as a number. `lines(ids)`: how they are
    called. `whose`: what the people of its cases are called, `note`: what is left out and how it is reckoned.
    """

    name: str
    keys: frozenset[str]
    count: Callable[[Asked], int]
    judge: Callable[[Asked], Iterator[Part]]
    id: Any
    seen_by: Callable[[Staff], ColumnElement[bool]]
    shown_to: Callable[[Staff], ColumnElement[bool]]
    lines: Callable[[Collection[int]], Mapping[int, CaseLine]]
    whose: Said
    note: Said


_replays: dict[str, Replay] = {}
_left_out: dict[str, Said] = {}
BY_DEPARTMENT = say("It is asked for departments: what is said to posts alone decides nothing here.")
"""Why a draft for posts alone is not replayed for such a key: nothing would follow what it says."""


def register(one: Replay) -> None:
    """Let a kind of facts be replayed."""
    _replays[one.name] = one


def leave_out(because: Said, *keys: str) -> None:
    """Say why these keys are not replayed, as people read it beside the draft."""
    _left_out.update(dict.fromkeys(keys, because))


def replays_of(keys: Collection[str], scopes: Collection[Scope]) -> list[Replay]:
    """Those that have something to say about one of these keys, in a draft that rules there."""
    wanted = {name for name in keys if name in KEYS and asked_there(KEYS[name], scopes)}
    return [one for one in _replays.values() if one.keys & wanted]


def asked_there(key: Key[Any], scopes: Collection[Scope]) -> bool:
    """Whether the code asks for a key where a draft for these scopes rules: for departments alone no post is asked."""
    return key.of_people or not all(is_post(one) for one in scopes)


def replayed_keys() -> frozenset[str]:
    """Every key that some feature replays."""
    return frozenset().union(*(one.keys for one in _replays.values()))


def left_out() -> Mapping[str, Said]:
    """Every key that is not replayed, with the reason."""
    return _left_out
