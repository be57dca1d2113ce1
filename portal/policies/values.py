"""What the manuals say of each key: on a day, for a department, and as the line of all versions that ruled on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select

from portal.extensions import db
from portal.kernel.errors import Clause
from portal.kernel.text import Said, text_of
from portal.organisation.models import Department
from portal.policies import places, queries
from portal.policies.kinds import Line
from portal.policies.models import ClauseRow, Manual, ManualVersion, RulingRow, VersionPlace
from portal.policies.places import Named, Scope
from portal.policies.queries import Book, Note
from portal.policies.rulebook import RULESETS, Key, Rule, keys, title
from portal.policies.states import Standing, State


@dataclass(frozen=True, slots=True)
class Coming:
    """What will hold next, and from which day."""

    on: date
    rule: Rule[Any]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The value for people."""
        return self.rule.key.lines(self.rule.value)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What holds for a key, the note of its clause (None: the declared default holds), and what comes after it."""

    rule: Rule[Any]
    note: Note | None
    coming: Coming | None = None

    @property
    def key(self) -> Key[Any]:
        return self.rule.key

    @property
    def lines(self) -> tuple[Line, ...]:
        """The value for people."""
        return self.key.lines(self.rule.value)


def every_rule(*, on: date, chain: list[Scope], words: str = "") -> list[tuple[Said, list[RuleLine]]]:
    """Every declared key with what holds for it where `chain` says, under the titles of their rulesets; with `words`
    those that have each of these in their name, their title or the clause that rules."""
    wanted = words.casefold().split()
    book, later = queries.book_of(on), _books_to_come(on)
    found = []
    for of in RULESETS:
        held = [_held(key, book, chain) for key in keys(of)]
        found.append((title(of), [one for one in held if _has(one, title(of), wanted)]))
    notes = queries.ruling_notes(rule.clause for _title, rules in found for rule in rules if rule.clause)
    return [(head, [_line(rule, notes, later, chain) for rule in rules]) for head, rules in found if rules]


def rule_line(key: Key[Any], *, on: date, chain: list[Scope]) -> RuleLine:
    """The same for one key."""
    rule = _held(key, queries.book_of(on), chain)
    return _line(rule, queries.ruling_notes([rule.clause] if rule.clause else []), _books_to_come(on), chain)


def _held(key: Key[Any], book: Book, chain: list[Scope]) -> Rule[Any]:
    return book.rule(key, chain) or Rule(key, key.default)


def _has(rule: Rule[Any], head: Said, wanted: list[str]) -> bool:
    said = f"{rule.key.label} {rule.key.name} {head} {rule.clause or ''}".casefold()
    return all(word in said for word in wanted)


def _line(rule: Rule[Any], notes: dict[Clause, Note], later: list[tuple[date, Book]], chain: list[Scope]) -> RuleLine:
    coming = None
    for day, book in later:
        then = _held(rule.key, book, chain)
        if then.value != rule.value:
            coming = Coming(day, then)
            break
    return RuleLine(rule, notes.get(rule.clause) if rule.clause else None, coming)


def _books_to_come(on: date) -> list[tuple[date, Book]]:
    """What will rule from each later day on which a version comes into force, or lapses unless somebody approves it by
    then; one statement."""
    rows = db.session.execute(
        select(
            *(ManualVersion.manual_id, ManualVersion.major, ManualVersion.minor, ManualVersion.effective_from),
            *(Manual.code, *queries.PLACE, RulingRow.key, RulingRow.value, ClauseRow.number),
            *(queries.unapproved(), queries.lapse_day(), queries.repeal_day()),
        )
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .outerjoin(RulingRow, RulingRow.version_id == ManualVersion.id)
        .outerjoin(ClauseRow, ClauseRow.id == RulingRow.clause_id)
        .outerjoin(VersionPlace, VersionPlace.version_id == ManualVersion.id)
        .where(queries.outlives(on) | queries.goes_on_after(on))
        .order_by(ManualVersion.manual_id, ManualVersion.effective_from)
    ).all()
    days = {row.effective_from for row in rows} | {end for row in rows if (end := queries.ends(row))}
    by_manual = [list(of_manual) for _id, of_manual in groupby(rows, lambda row: row.manual_id)]
    found = []
    for day in sorted(one for one in days if one > on):
        held = [row for of_manual in by_manual for row in _held_on(of_manual, day) if row.key is not None]
        found.append((day, Book.of(held)))
    return found


def _held_on(of_manual: list[Any], day: date) -> list[Any]:
    """The rows of the version of a manual that holds on a day."""
    begun = [row for row in of_manual if row.effective_from <= day and not ((end := queries.ends(row)) and end <= day)]
    return [row for row in begun if row.effective_from == begun[-1].effective_from]


# ── The line of versions ──


@dataclass(frozen=True, slots=True)
class Entry:
    """What one version says of a key. `clause` None: from that day on the manual leaves it open again; `only_for`:
    whom it binds, none for everybody; `lapses_on`: the day on which it ends unless somebody approves it by then."""

    code: str
    label: str
    since: date
    until: date | None
    standing: Standing
    heading: str
    clause: Clause | None
    lines: tuple[Line, ...]
    as_before: bool
    only_for: tuple[Named, ...]
    lapses_on: date | None

    @property
    def href(self) -> str:
        """Where it can be read: the clause, or the version that says nothing of it any more."""
        return queries.address(self.clause) if self.clause else f"/manuals/{self.code}/{self.label}"


@dataclass(frozen=True, slots=True)
class History:
    """The versions of the manuals of one scope that rule on a key, the newest first."""

    department: Department | None
    manual: str
    entries: list[Entry]


def history(key: Key[Any], *, on: date, first: list[Scope]) -> list[History]:
    """Every version that ruled, rules or is going to rule on a key, manual by manual; one statement.

    `on`: the day on which they are looked at. The manuals of the scopes `first` stand before the others.
    """
    manuals = (
        select(ManualVersion.manual_id)
        .join(RulingRow, RulingRow.version_id == ManualVersion.id)
        .where(RulingRow.key == key.name)
    )
    rows = db.session.execute(
        places.with_places(
            select(
                *(ManualVersion.manual_id, ManualVersion.major, ManualVersion.minor, ManualVersion.effective_from),
                *(Manual.code, Manual.titles, Department, RulingRow.value, ClauseRow.number, ClauseRow.heading),
                *(ManualVersion.id, queries.lapse_day(), queries.repeal_day()),
            )
            .join(Manual, Manual.id == ManualVersion.manual_id)
            .outerjoin(Department, Department.id == Manual.department_id)
            .outerjoin(RulingRow, and_(RulingRow.version_id == ManualVersion.id, RulingRow.key == key.name))
            .outerjoin(ClauseRow, ClauseRow.id == RulingRow.clause_id)
        )
        .where(ManualVersion.state == State.PUBLISHED, ManualVersion.manual_id.in_(manuals))
        .order_by(Department.path.is_not(None), Department.path, Manual.code, ManualVersion.effective_from)
    )
    every = places.gathered(rows)
    bound = {row.id: named for row, named in every}
    found = []
    for _manual_id, of_manual in groupby((row for row, _named in every), lambda row: row.manual_id):
        versions = list(of_manual)
        entries = list(_entries(key, versions, on, bound))[::-1]
        found.append(History(versions[0].Department, text_of(versions[0].titles), entries))
    nearest: dict[Scope, int] = {scope: at for at, scope in enumerate(first)}
    return sorted(found, key=lambda one: nearest.get(one.department.id if one.department else None, len(nearest)))


def _entries(key: Key[Any], versions: list[Any], on: date, bound: dict[int, tuple[Named, ...]]) -> Iterator[Entry]:
    before: str | None = None
    for row, until, standing in queries.standings(versions, on):
        if row.value is not None or before is not None:
            label = f"{row.major}.{row.minor}"
            yield Entry(
                row.code, label, row.effective_from, until, standing,
                row.heading or "", Clause(row.code, label, row.number) if row.number else None,
                key.lines(key.read(row.value)) if row.value is not None else (), row.value == before,
                bound[row.id], row.lapses_on if standing in (Standing.IN_FORCE, Standing.COMING) else None,
            )  # fmt: skip
        before = row.value
