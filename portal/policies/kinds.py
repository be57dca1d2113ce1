"""Kinds of values that a manual can say: how each is read, written, held against bounds and told to people. Pure."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Generic, NewType, Protocol, TypeVar, Union, get_args, get_origin

from portal.kernel.deadlines import Allowance
from portal.kernel.errors import Refused
from portal.kernel.money import yuan
from portal.kernel.text import Said, plain, say

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound=Enum)
Columns = Mapping[str, type[Enum] | type[str]]
"""The columns of a table by name: a closed list, or `str` for the codes of a list that staff keep."""

Fen = NewType("Fen", int)
"""An amount of money that a manual names, in fen; written in yuan: `30.00`."""
Shares = tuple[Decimal, ...]
"""Steps of a rate, such as 1 %, 1 %, 5 %: what the first, the second, the third time means."""

UNITS: Final[dict[str, tuple[Said, Said]]] = {
    "minutes": (say("{value} minute"), say("{value} minutes")),
    "hours": (say("{value} hour"), say("{value} hours")),
    "days": (say("{value} day"), say("{value} days")),
    "working days": (say("{value} working day"), say("{value} working days")),
    "months": (say("{value} month"), say("{value} months")),
    "times": (say("{value} time"), say("{value} times")),
    "rounds": (say("{value} round"), say("{value} rounds")),
    "per cent": (say("{value}%"), say("{value}%")),
    "persons": (say("{value} person"), say("{value} persons")),
    "share of base pay": (say("{value} of base pay"), say("{value} of base pay")),
}
"""Units of numbers and rates, as they are said of one and of more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a value as people read it; `when` is what must hold for it, None for a value without conditions."""

    value: Said
    when: Said | None = None


@dataclass(frozen=True, slots=True)
class Table(Generic[V]):
    """Values by conditions, read from the top: the first line that fits counts, as in the manual itself.

    `by` names the columns; a line holds one entry per column, None where it asks nothing of it.
    """

    by: tuple[str, ...]
    rows: tuple[tuple[tuple[str | None, ...], V], ...] = ()

    def at(self, **where: str | Enum) -> V | None:
        """The value of the first line that fits, or None. Raises TypeError unless every column is named."""
        if set(where) != set(self.by):
            raise TypeError(f"a line is looked up by {', '.join(self.by)}, got {', '.join(where)}")
        asked = [code_of(where[column]) for column in self.by]
        return next((value for entries, value in self.rows if _covers(entries, asked)), None)


def code_of(entry: str | Enum) -> str:
    """How a list's entry stands in a manual: its `code` where it has one, else its value."""
    return str(getattr(entry, "code", entry.value)) if isinstance(entry, Enum) else entry


WORDS: dict[str, Callable[[], Mapping[str, str]]] = {}
"""How pages call the codes of a list that staff keep, by column: code → words. Put in where the features are bound."""


def _covers(wide: Iterable[str | None], narrow: Iterable[str | None]) -> bool:
    return all(one is None or one == other for one, other in zip(wide, narrow, strict=True))


class Kind(Protocol[T]):
    """How values of one type are read, written, held against bounds and said."""

    bounded: bool

    def parse(self, text: str) -> T: ...
    def write(self, value: T) -> str: ...
    def parts(self, value: T) -> Iterable[Any]: ...
    def one(self, part: Any, unit: str) -> Said: ...
    def lines(self, value: T, unit: str) -> Iterator[Line]: ...
    def costs(self, value: T) -> bool: ...


class _Plain(Generic[T]):
    """What most kinds share: a value is one part, on one line, and takes nobody's money."""

    bounded = False

    def parts(self, value: T) -> Iterable[Any]:
        return (value,) if self.bounded else ()

    @abstractmethod
    def one(self, part: Any, unit: str) -> Said: ...

    def lines(self, value: T, unit: str) -> Iterator[Line]:
        yield Line(self.one(value, unit))

    def costs(self, value: T) -> bool:
        return False


_GROUPED = r"(\d+|\d{1,3}(,\d{3})+)"
"""Digits, as they are typed or as pages write them: 5000 and 5,000."""


class Whole(_Plain[int]):
    """A whole number with its unit: `5`."""

    bounded = True

    def parse(self, text: str) -> int:
        if not re.fullmatch(rf"-?{_GROUPED}", text, re.ASCII):
            raise Refused(say("“{text}” is no whole number. Write digits alone: 5.", text=_short(text)))
        _refuse_endless(text)
        return int(text.replace(",", ""))

    def write(self, value: int) -> str:
        return str(value)

    def one(self, part: Any, unit: str) -> Said:
        return _with_unit(str(part), unit, one=part == 1)


class Share(_Plain[Decimal]):
    """A share in per cent: `0.5%`."""

    bounded = True

    def parse(self, text: str) -> Decimal:
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})? ?%", text, re.ASCII):
            raise Refused(say("“{text}” is no share. Write it in per cent: 1%, 0.5%.", text=_short(text)))
        return Decimal(text.rstrip("% ")) / 100

    def write(self, value: Decimal) -> str:
        return f"{(value * 100).normalize():f}%"

    def one(self, part: Any, unit: str) -> Said:
        return _with_unit(self.write(part), unit, one=False)

    def costs(self, value: Decimal) -> bool:
        return value != 0


class Steps(_Plain[Shares]):
    """Shares one after the other: `1%, 1%, 5%`; `none` for no share at all."""

    bounded = True

    def parse(self, text: str) -> Shares:
        if text == "none":
            return ()
        return tuple(Share().parse(part.strip()) for part in re.split("[,·、]", text))

    def write(self, value: Shares) -> str:
        return ", ".join(map(Share().write, value)) or "none"

    def parts(self, value: Shares) -> Iterable[Any]:
        return value

    def one(self, part: Any, unit: str) -> Said:
        return Share().one(part, unit)

    def lines(self, value: Shares, unit: str) -> Iterator[Line]:
        written = " · ".join(map(Share().write, value))
        yield Line(_with_unit(written, unit, one=False) if value else say("none"))

    def costs(self, value: Shares) -> bool:
        return any(value)


class Money(_Plain[Fen]):
    """An amount in yuan: `30.00`; kept in fen."""

    bounded = True

    def parse(self, text: str) -> Fen:
        if not re.fullmatch(rf"{_GROUPED}(\.\d{{1,2}})?( ?(yuan|元))?", text, re.ASCII):
            raise Refused(say("“{text}” is no amount. Write it in yuan: 30.00.", text=_short(text)))
        _refuse_endless(text)
        return Fen(int(Decimal(re.sub("[^0-9.]", "", text)) * 100))

    def write(self, value: Fen) -> str:
        return f"{value // 100}.{value % 100:02d}"

    def one(self, part: Any, unit: str) -> Said:
        return say("{amount} yuan", amount=yuan(part))

    def costs(self, value: Fen) -> bool:
        return value != 0


class YesNo(_Plain[bool]):
    """`yes` or `no`."""

    def parse(self, text: str) -> bool:
        if text not in ("yes", "no", "是", "否"):
            raise Refused(say("“{text}” is neither yes nor no.", text=_short(text)))
        return text in ("yes", "是")

    def write(self, value: bool) -> str:
        return "yes" if value else "no"

    def one(self, part: Any, unit: str) -> Said:
        return say("yes") if part else say("no")


class Choice(_Plain[StrEnum]):
    """One of a closed list of words."""

    def __init__(self, options: type[StrEnum]) -> None:
        self.options = options

    def parse(self, text: str) -> StrEnum:
        return _among(text, self.options)

    def write(self, value: StrEnum) -> str:
        return value.value

    def one(self, part: Any, unit: str) -> Said:
        return _word(part)


class Time(_Plain[Allowance]):
    """How much time is given: `10 minutes`, `4 working hours`, `3 days`, `same day`."""

    def parse(self, text: str) -> Allowance:
        return Allowance.parse(_short(text))

    def write(self, value: Allowance) -> str:
        return str(value)

    def one(self, part: Any, unit: str) -> Said:
        return part.said()


class Maybe(Generic[T]):
    """A value that a manual may leave open: `none`."""

    def __init__(self, of: Kind[T]) -> None:
        self.of = of
        self.bounded = of.bounded

    def parse(self, text: str) -> T | None:
        return None if text in ("none", "无") else self.of.parse(text)

    def write(self, value: T | None) -> str:
        return "none" if value is None else self.of.write(value)

    def parts(self, value: T | None) -> Iterable[Any]:
        return () if value is None else self.of.parts(value)

    def one(self, part: Any, unit: str) -> Said:
        return self.of.one(part, unit)

    def lines(self, value: T | None, unit: str) -> Iterator[Line]:
        if value is None:
            yield Line(say("not set"))
        else:
            yield from self.of.lines(value, unit)

    def costs(self, value: T | None) -> bool:
        return value is not None and self.of.costs(value)


class Lines(Generic[V]):
    """A table: `priority=urgent, channel=chat: 20 seconds; priority=urgent: 10 minutes; otherwise: 24 hours`."""

    def __init__(self, of: Kind[V], by: Columns) -> None:
        self.of = of
        self.by = dict(by)
        self.bounded = of.bounded

    def parse(self, text: str) -> Table[V]:
        rows: list[tuple[tuple[str | None, ...], V]] = []
        for line in filter(None, (part.strip() for part in re.split("[;\n]", "" if text == "none" else text))):
            conditions, colon, value = line.partition(":")
            if not colon:
                raise Refused(
                    say("“{text}” has no value: write the condition, a colon and the value.", text=_short(line))
                )
            entries = self._entries(conditions.strip())
            if any(_covers(earlier, entries) for earlier, _ in rows):
                raise Refused(say("“{text}” is never reached: a line above it already covers it.", text=_short(line)))
            rows.append((entries, self.of.parse(value.strip())))
        return Table(tuple(self.by), tuple(rows))

    def _entries(self, conditions: str) -> tuple[str | None, ...]:
        entries: dict[str, str] = {}
        for condition in [] if conditions in ("otherwise", "其他情况") else conditions.split(","):
            column, equals, entry = (part.strip() for part in condition.partition("="))
            if not equals or column not in self.by or column in entries:
                raise Refused(
                    say(
                        "“{text}” is no condition. Use each of these once at most: {columns}; or “otherwise”.",
                        text=_short(condition.strip()),
                        columns=", ".join(self.by),
                    )
                )
            options = self.by[column]
            if issubclass(options, Enum):
                entry = code_of(_among(entry, options))
            elif not re.fullmatch(r"[\w-]{1,60}", entry):
                raise Refused(say("“{text}” is no code of a list.", text=_short(entry)))
            entries[column] = entry
        return tuple(entries.get(column) for column in self.by)

    def write(self, value: Table[V]) -> str:
        return "; ".join(f"{self._conditions(row)}: {self.of.write(one)}" for row, one in value.rows) or "none"

    def _conditions(self, row: tuple[str | None, ...]) -> str:
        named = [f"{column}={entry}" for column, entry in zip(self.by, row, strict=True) if entry is not None]
        return ", ".join(named) or "otherwise"

    def parts(self, value: Table[V]) -> Iterable[Any]:
        return [part for _, one in value.rows for part in self.of.parts(one)]

    def one(self, part: Any, unit: str) -> Said:
        return self.of.one(part, unit)

    def lines(self, value: Table[V], unit: str) -> Iterator[Line]:
        if not value.rows:
            yield Line(say("not set"))
        words = self._words(value)
        for row, one in value.rows:
            for line in self.of.lines(one, unit):
                yield Line(line.value, self._when(row, words))

    def _when(self, row: tuple[str | None, ...], words: Mapping[str, Mapping[str, str]]) -> Said:
        named = [
            words[column].get(entry, entry) for column, entry in zip(self.by, row, strict=True) if entry is not None
        ]
        return plain(" · ".join(named)) if named else say("otherwise")

    def _words(self, value: Table[V]) -> dict[str, Mapping[str, str]]:
        """How the entries of the columns that the table uses are called: code → words."""
        used = [column for at, column in enumerate(self.by) if any(row[at] is not None for row, _ in value.rows)]
        return {column: _called(column, self.by[column]) for column in used}

    def costs(self, value: Table[V]) -> bool:
        return any(self.of.costs(one) for _, one in value.rows)


_KINDS: Final[dict[Any, Kind[Any]]] = {
    int: Whole(),
    Decimal: Share(),
    Shares: Steps(),
    Fen: Money(),
    bool: YesNo(),
    Allowance: Time(),
}


def kind_of(hint: Any, by: Columns | None = None) -> Kind[Any]:
    """How values annotated `hint` are read and written. Raises ValueError for a type that no manual can say."""
    if hint in _KINDS:
        return _KINDS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return Choice(hint)
    if get_origin(hint) is Table:
        if not by:
            raise ValueError("a table needs the columns that it goes by")
        return Lines(kind_of(get_args(hint)[0]), by)
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not NoneType]
        if len(inner) == 1:
            return Maybe(kind_of(inner[0], by))
    raise ValueError(f"no manual can say a value of type {hint}")


_FULL_WIDTH: Final = str.maketrans({"　": " ", **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}})


def folded(text: str) -> str:
    """`text` with full-width digits and marks made narrow: people type a manual's values with a Chinese keyboard."""
    return text.translate(_FULL_WIDTH).strip()


QUOTED: Final = 60
"""Characters of what somebody typed that a sentence repeats."""
MOST_DIGITS: Final = 9
"""Digits of a number before its point: what is longer nobody means, and no database keeps."""


def _refuse_endless(text: str) -> None:
    if sum(one.isdigit() for one in text.partition(".")[0]) > MOST_DIGITS:
        raise Refused(say("“{text}” is too large a number.", text=_short(text)))


def _short(text: str) -> str:
    """What somebody typed, as a sentence quotes it."""
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def _with_unit(value: str, unit: str, *, one: bool) -> Said:
    if not unit:
        return plain(value)
    single, many = UNITS[unit]
    return Said((single if one else many).template, (("value", value),))


def _among(text: str, options: type[E]) -> E:
    by_code = {code_of(option): option for option in options}
    if text not in by_code:
        raise Refused(say("“{text}” is not among these: {known}.", text=_short(text), known=", ".join(by_code)))
    return by_code[text]


def _word(entry: Enum) -> Said:
    """An entry of a closed list as people say it: its label where the list has labels."""
    label = getattr(entry, "label", None)
    return label if isinstance(label, Said) else plain(code_of(entry))


_COLUMNS: Final[dict[str, Said]] = {
    "kind": say("kind of ticket"),
    "priority": say("priority"),
    "channel": say("channel"),
    "size": say("size"),
    "severity": say("severity"),
    "ground": say("circumstance"),
}


def column_called(column: str, options: type[Enum | str]) -> tuple[Said, dict[str, str]]:
    """How a column of a table is called, and what may stand in it: code → words."""
    return _COLUMNS.get(column, plain(column)), dict(_called(column, options))


def _called(column: str, options: type[Enum | str]) -> Mapping[str, str]:
    if issubclass(options, Enum):
        return {code_of(option): str(_word(option)) for option in options}
    return WORDS[column]() if column in WORDS else {}
