"""The company as its pages show it: the chart of a day, and one unit with everything that is said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.kernel.clock import today
from portal.organisation import queries
from portal.organisation.company import (
    Occupant,
    PostOfDay,
    Staffing,
    Ties,
    Tree,
    UnitOfDay,
    lines_of,
    names_on,
    occupants_on,
    posts_on,
    staffing_of_posts,
    staffing_of_units,
    ties_on,
    tree_on,
)
from portal.organisation.lines import Lines, chain, management_levels, missing_lines
from portal.organisation.models import Line, UnitKind
from portal.organisation.queries import Assessed, DutyOfDay


@dataclass(frozen=True, slots=True)
class Branch:
    """One unit of the chart, with what stands below it.

    `levels`: of management, counted for the company and for each branch right below it (ORG-006); elsewhere None.
    """

    unit: UnitOfDay
    heads: list[Occupant]
    staffing: Staffing
    levels: int | None
    assessors: list[UnitOfDay]
    below: list[Branch]


@dataclass(frozen=True, slots=True)
class Seats:
    """A post, how many hold it against how many should, and who they are."""

    post: PostOfDay
    staffing: Staffing
    holders: list[Occupant]


@dataclass(frozen=True, slots=True)
class Away:
    """Who decides when the head is away: the deputies who are there, otherwise the level above."""

    head: Occupant
    deputies: list[str]
    next_level: str


@dataclass(frozen=True, slots=True)
class UnitSheet:
    """Everything that the page of a unit says, as it is on one day.

    `up`: the units above it, the company first. `above`: the levels above its head, nearest first. `others`: names of
    the units that own the same duties. `missing`: people of a matrix unit without one of their two lines (ORG-002).
    """

    branch: Branch
    up: list[UnitOfDay]
    posts: list[Seats]
    above: list[str]
    away: list[Away]
    duties: list[DutyOfDay]
    others: dict[int, UnitOfDay]
    assessors: list[tuple[Assessed, UnitOfDay]]
    assesses: list[UnitOfDay]
    missing: list[tuple[Occupant, list[Line]]]
    division: UnitOfDay | None

    @property
    def unit(self) -> UnitOfDay:
        """The unit itself."""
        return self.branch.unit


def tree(day: date) -> Tree:
    """The units of a day. For today they stand in what every request has read already."""
    if day != today():
        return tree_on(day)
    names = UnitOfDay.__dataclass_fields__
    return Tree.of(
        UnitOfDay(**{name: getattr(one, name) for name in names})
        for one in queries.departments().values()
        if one.from_on <= day and (one.to_on is None or one.to_on > day)
    )


class _Drawn:
    """What is read once for a chart or a sheet."""

    def __init__(self, day: date) -> None:
        self.tree, self.posts, self.ties = tree(day), posts_on(day), ties_on(day)
        self.occupants = occupants_on(day)
        self.assessments = queries.assessments_on(day)
        self.lines = _lines(day, self.tree, self.posts, self.occupants, self.ties)
        self.staffing = staffing_of_units(self.tree, self.posts, self.occupants)
        self.heads: dict[int, list[Occupant]] = {}
        for one in self.occupants:
            post = self.posts.get(one.post_id)
            if post and post.leads:
                self.heads.setdefault(post.department_id, []).append(one)

    def branches(self, below: int | None) -> list[Branch]:
        return [self.branch(one) for one in self.tree.children(below)]

    def branch(self, unit: UnitOfDay) -> Branch:
        return Branch(
            unit=unit,
            heads=self.heads.get(unit.id, []),
            staffing=self.staffing[unit.id],
            levels=self.levels(unit),
            assessors=[self.tree[one.by_id] for one in self.assessments if one.unit_id == unit.id],
            below=self.branches(unit.id),
        )

    def levels(self, unit: UnitOfDay) -> int | None:
        if unit.kind is UnitKind.COMMITTEE or len(self.tree.up_from(unit.id)) > 2:
            return None
        return management_levels(self.lines, self.tree.below(unit.id))


def _lines(
    day: date, units: Tree, posts: dict[int, PostOfDay], occupants: Iterable[Occupant], ties: Ties
) -> Lines:  # fmt: skip
    lines = lines_of(units, posts, occupants, ties)
    lines.names = {one.person_id: one.name for one in occupants}
    lines.away = {one.person_id: one.back_on for one in occupants if one.back_on}
    unnamed = (ties.superiors | ties.standing_in) - lines.names.keys()
    if unnamed:  # a superior who holds no post
        lines.names.update(names_on(day, unnamed))
    return lines


def chart_on(day: date) -> list[Branch]:
    """The company as a tree; the same few statements, however large it is."""
    return _Drawn(day).branches(None)


def sheet_of(code: str, day: date) -> UnitSheet | None:
    """The unit with this code as it is on a day, or None where it is not there."""
    unit = tree(day).coded(code)
    if unit is None:
        return None
    drawn = _Drawn(day)
    own = {post.id: post for post in drawn.posts.values() if post.department_id == unit.id}
    staffing = staffing_of_posts(own, drawn.occupants)
    duties = queries.duties_on(day, unit.id)
    groups = {one for one in drawn.tree.below(unit.id) if one == unit.id or drawn.tree[one].kind is UnitKind.GROUP}
    inside = [
        one
        for one in drawn.occupants
        if one.main and one.post_id in drawn.posts and drawn.posts[one.post_id].department_id in groups
    ]
    missing = [(one, missing_lines(drawn.lines, one.person_id)) for one in inside]
    heads = drawn.heads.get(unit.id, [])
    return UnitSheet(
        branch=drawn.branch(unit),
        up=drawn.tree.up_from(unit.id)[:0:-1],
        posts=[
            Seats(post, staffing[post.id], [one for one in drawn.occupants if one.post_id == post.id])
            for post in own.values()
        ],
        above=_above(drawn, unit, heads),
        away=[_away(drawn.lines, head) for head in heads],
        duties=duties,
        others={one: drawn.tree[one] for duty in duties for one in duty.owners if one != unit.id and one in drawn.tree},
        assessors=[(one, drawn.tree[one.by_id]) for one in drawn.assessments if one.unit_id == unit.id],
        assesses=[drawn.tree[one.unit_id] for one in drawn.assessments if one.by_id == unit.id],
        missing=[(one, lines) for one, lines in missing if lines],
        division=drawn.tree.division_of(unit.id),
    )


def _above(drawn: _Drawn, unit: UnitOfDay, heads: list[Occupant]) -> list[str]:
    """To whom the unit answers: the levels above its head; where it has none, the head of the unit around it first."""
    if heads:
        return [drawn.lines.names[up.person_id] for up in chain(drawn.lines, heads[0].person_id)]
    for one in drawn.tree.up_from(unit.id)[1:]:
        if around := drawn.heads.get(one.id):
            return [around[0].name, *_above(drawn, one, around)]
    return []


def _away(lines: Lines, head: Occupant) -> Away:
    deputies = [one for one in lines.deputies.get(head.person_id, ()) if one not in lines.away]
    next_level = next((up for up in chain(lines, head.person_id) if up.person_id not in lines.away), None)
    return Away(head, [lines.names[one] for one in deputies], lines.names[next_level.person_id] if next_level else "")
