"""Who loses what where a manual binds fewer than before, or nobody any more: by department and by post, the value that
its clause said until then and the one that holds instead.

Whoever writes such a version says that this is meant, and whoever approves it, or repeals the manual, confirms that
they have seen it. What counts is exactly what they saw: once another value would hold, it is looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.kernel.errors import Clause
from portal.kernel.text import say, text_of
from portal.organisation.queries import below, departments
from portal.policies import places, queries
from portal.policies.kinds import Line
from portal.policies.models import Manual
from portal.policies.places import Named, Scope
from portal.policies.queries import AsIf, Book
from portal.policies.rulebook import KEYS, Key, Rule
from portal.policies.rules import VersionText


@dataclass(frozen=True, slots=True)
class Loser:
    """A department with those below it, the department `alone`, or whoever holds a post."""

    named: Named
    alone: bool = False

    def __str__(self) -> str:
        if self.alone:
            return str(say("{department} itself", department=text_of(self.named.department)))
        return str(self.named)


@dataclass(frozen=True, slots=True)
class Loss:
    """That for some what the manual says of a key holds no more. `after` has no clause where the declared default
    holds."""

    losers: tuple[Loser, ...]
    before: Rule[Any]
    after: Rule[Any]

    @property
    def key(self) -> Key[Any]:
        return self.before.key

    @property
    def lines(self) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Both values for people."""
        return self.key.lines(self.before.value), self.key.lines(self.after.value)

    @property
    def href(self) -> str:
        """Where the clause is read that says it instead, "" for none."""
        return queries.address(self.after.clause) if self.after.clause else ""


def of_version(manual: Manual, version: VersionText, on: date) -> list[Loss]:
    """What those lose whom a version no longer binds; a key that it leaves open is named there. `on`: a day on which
    the version before it holds."""
    if not version.places:
        return []  # everybody there: nobody was bound besides
    ruled = {
        name: Rule(KEYS[name], KEYS[name].read(value), Clause(manual.code, version.label, one.number))
        for one in version.clauses
        for name, value in one.rulings.items()
        if name in KEYS
    }
    return _losses(AsIf(manual.code, places.scopes(version.places, manual.department_id), ruled), ruled, on)


def of_repeal(manual: Manual, on: date) -> list[Loss]:
    """What everybody loses whom a manual binds, once it ends on a day."""
    names = {name for (name, _scope), row in queries.book_of(on).rulings.items() if row.code == manual.code}
    return _losses(AsIf(manual.code, (), dict.fromkeys(names)), names, on)


def grouped(losses: Iterable[Loss]) -> list[tuple[tuple[Loser, ...], list[Loss]]]:
    """What the same people lose, together: as it stands on a page."""
    found: dict[tuple[tuple[str, bool], ...], list[Loss]] = {}
    for one in losses:
        found.setdefault(tuple((loser.named.place, loser.alone) for loser in one.losers), []).append(one)
    return [(of_some[0].losers, of_some) for of_some in found.values()]


def digest(losses: Iterable[Loss]) -> str:
    """The hash of who loses what; "" where nobody does."""
    parts = [
        [
            one.key.name, [(loser.named.place, loser.alone) for loser in one.losers],
            *(one.key.write(rule.value) for rule in (one.before, one.after)), str(one.after.clause or ""),
        ]
        for one in losses
    ]  # fmt: skip
    if not parts:
        return ""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _losses(as_if: AsIf, names: Collection[str], on: date) -> list[Loss]:
    book = queries.book_of(on)
    there = list(_places(book, as_if.manual))
    found = []
    for name in (name for name in KEYS if name in names):
        by_value: dict[tuple[str, str, str], tuple[Rule[Any], Rule[Any], list[Named]]] = {}
        for named, chain in there:
            key = KEYS[name]
            before, after = book.rule(key, chain), book.rule(key, chain, as_if) or Rule(key, key.default)
            if before is None or not _of(before, as_if.manual) or _of(after, as_if.manual):
                continue
            value = (key.write(before.value), key.write(after.value), str(after.clause or ""))
            by_value.setdefault(value, (before, after, []))[2].append(named)
        found += [Loss(_gathered(lost), before, after) for before, after, lost in by_value.values()]
    return found


def _of(rule: Rule[Any], manual: str) -> bool:
    return rule.clause is not None and rule.clause.manual == manual


def _places(book: Book, manual: str) -> Iterator[tuple[Named, list[Scope]]]:
    """Every department in the order of the tree, then the posts for which the manual rules, with what decides there."""
    for one in departments().values():
        yield Named(f"department {one.id}", one.code, one.id, one.names, None), queries.chain_of(one.id)
    posts = {scope for (_name, scope), row in book.rulings.items() if row.code == manual and isinstance(scope, str)}
    for named in places.named(posts) if posts else ():
        yield named, [named.scope, *queries.chain_of(named.department_id)]


def _gathered(lost: list[Named]) -> tuple[Loser, ...]:
    """Departments of which all below lose the same stand for them."""
    tree, units = departments(), {one.department_id for one in lost if one.post is None}
    whole = {one for one in units if below([one], tree) <= units}
    found = []
    for one in lost:
        above = tree[one.department_id].parent_id
        if one.post is not None:
            found.append(Loser(one))
        elif one.department_id not in whole:
            found.append(Loser(one, alone=True))
        elif above not in whole:
            found.append(Loser(one))
    return tuple(found)
