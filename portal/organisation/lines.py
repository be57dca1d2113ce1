"""Who answers to whom on a day, and who decides for whom. Pure: `queries.lines_on` reads what is needed beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from portal.kernel.text import Said, say
from portal.organisation.models import Line, Rank, Reporting, Structure, UnitKind


@dataclass(frozen=True, slots=True)
class Unit:
    """A department as far as its lines go."""

    id: int
    parent_id: int | None
    names: dict[str, str]
    kind: UnitKind
    structure: Structure
    reporting: Reporting


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a post. `main`: where the person belongs."""

    person_id: int
    department_id: int
    rank: Rank
    leads: bool
    main: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A superior that is written down for a person."""

    superior_id: int
    line: Line
    project: str


@dataclass
class Lines:
    """Everything that says who answers to whom on one day. Nobody in it has left or is disabled.

    `homes`: main seat by person; `leaders`: seats that lead or stand above staff, by unit, in a fixed order;
    `away`: first day back, by person; `deputies`: by the person they stand in for.
    """

    units: dict[int, Unit]
    names: dict[int, str]
    homes: dict[int, Seat]
    leaders: dict[int, list[Seat]] = field(default_factory=dict)
    recorded: dict[int, list[Recorded]] = field(default_factory=dict)
    away: dict[int, date] = field(default_factory=dict)
    deputies: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Up:
    """The next level above a person, and why it is theirs."""

    person_id: int
    why: Said


@dataclass(frozen=True, slots=True)
class Decides:
    """Who decides for somebody on a day, why it is they, and in whose place (None: in their own)."""

    person_id: int
    why: Said
    in_place_of: int | None


def next_up(lines: Lines, person: int, passed: Iterable[int] = ()) -> Up | None:
    """To whom `person` answers; nobody of `passed`, never the person.

    A recorded direct superior comes first, then a recorded functional head; where nothing is recorded, the unit says
    whether its people answer to the next rank (ORG-010) or to its head (ORG-018 to ORG-020), and the unit above it
    goes on. None at the top of the company.
    """
    shut = {person, *passed}
    for line in (Line.DIRECT, Line.FUNCTIONAL):
        for one in lines.recorded.get(person, ()):
            if one.line is line and one.superior_id not in shut:
                return Up(one.superior_id, _recorded(lines, one, person))
    home = lines.homes.get(person)
    unit = lines.units.get(home.department_id) if home else None
    while unit and home:
        if not (home.leads and unit.id == home.department_id):  # nobody in a unit stands above its head
            found = _above(lines, unit, home.rank, shut)
            if found:
                return found
        unit = lines.units.get(unit.parent_id) if unit.parent_id else None
    return None


def _above(lines: Lines, unit: Unit, rank: Rank, shut: set[int]) -> Up | None:
    seats = [seat for seat in lines.leaders.get(unit.id, ()) if seat.person_id not in shut]
    heads = [seat for seat in seats if seat.leads]
    if unit.reporting is Reporting.BY_RANK:
        higher = [seat for seat in seats if seat.rank.level > rank.level]
        heads = sorted(higher, key=lambda seat: seat.rank.level) or heads
    if not heads:
        return None
    words = {"name": lines.names[heads[0].person_id], "unit": unit.names}
    if heads[0].leads:
        return Up(heads[0].person_id, say("{name} is the head of {unit}.", **words))
    return Up(heads[0].person_id, say("{name} holds the next rank up in {unit}.", **words))


def _recorded(lines: Lines, one: Recorded, person: int) -> Said:
    names = {"name": lines.names[one.superior_id], "other": lines.names[person]}
    if one.line is Line.FUNCTIONAL:
        return say("{name} is the functional head of {other}.", **names)
    return say("{name} is the direct superior of {other}.", **names)


def chain(lines: Lines, person: int) -> Iterator[Up]:
    """The levels above `person`, nearest first; ends at the top, and where the lines run in a circle."""
    passed: list[int] = [person]
    while up := next_up(lines, passed[-1], passed):
        yield up
        passed.append(up.person_id)


def decides(lines: Lines, person: int) -> Decides | None:
    """Who decides for `person`: the next level; its deputy when it is away; else the level above that.

    Never the person themselves, not even as somebody's deputy. None where nobody is above or everybody is away.
    """
    for up in chain(lines, person):
        back_on = lines.away.get(up.person_id)
        if back_on is None:
            return Decides(up.person_id, up.why, None)
        for deputy in lines.deputies.get(up.person_id, ()):
            if deputy != person and deputy not in lines.away:
                names = {"name": lines.names[deputy], "other": lines.names[up.person_id]}
                return Decides(
                    deputy,
                    say("{name} stands in for {other}, who is back on {day}.", **names, day=back_on),
                    up.person_id,
                )
    return None


def superiors(lines: Lines, person: int) -> list[tuple[int, Line, str]]:
    """Everyone to whom `person` answers at once: (person, line, project). In a matrix unit that is a functional head
    and one lead per project (ORG-002); elsewhere one."""
    found = [(one.superior_id, one.line, one.project) for one in lines.recorded.get(person, ())]
    if not any(line in (Line.DIRECT, Line.FUNCTIONAL) for _one, line, _project in found):
        up = next_up(lines, person)
        if up:
            found.insert(0, (up.person_id, Line.FUNCTIONAL if in_matrix(lines, person) else Line.DIRECT, ""))
    return sorted(found, key=lambda one: list(Line).index(one[1]))


def in_matrix(lines: Lines, person: int) -> bool:
    """Whether the person's unit is a matrix; a group is what the department around it is (ORG-001, ORG-002)."""
    home = lines.homes.get(person)
    unit = lines.units.get(home.department_id) if home else None
    while unit and unit.kind is UnitKind.GROUP and unit.structure is not Structure.MATRIX and unit.parent_id:
        unit = lines.units.get(unit.parent_id)
    return bool(unit and unit.structure is Structure.MATRIX)


def missing_lines(lines: Lines, person: int) -> list[Line]:
    """Which of the two lines of a matrix unit nobody has recorded for `person` (ORG-002). Its head needs none."""
    home = lines.homes.get(person)
    if home is None or home.leads or not in_matrix(lines, person):
        return []
    have = {one.line for one in lines.recorded.get(person, ())}
    return [line for line in (Line.FUNCTIONAL, Line.PROJECT) if line not in have]


def management_levels(lines: Lines, units: frozenset[int]) -> int:
    """How many levels of superiors stand above staff within `units`: the longest chain that stays inside (ORG-006)."""
    deepest = 0
    known: dict[int, int] = {}

    def height(person: int, passed: tuple[int, ...]) -> int:
        """Superiors above `person` inside."""
        if person not in known:
            up = next_up(lines, person, passed)
            home = lines.homes.get(up.person_id) if up else None
            inside = up and home and home.department_id in units
            known[person] = 1 + height(up.person_id, (*passed, person)) if inside and up else 0
        return known[person]

    for person, seat in lines.homes.items():
        if seat.department_id in units:
            deepest = max(deepest, height(person, ()))
    return deepest
