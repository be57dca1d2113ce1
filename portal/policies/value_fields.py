"""The fields in which a clause's value is filled in, made for its kind: a time with its unit, a line for each case."""

from __future__ import annotations

import unicodedata
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from wtforms import StringField

from portal.kernel.deadlines import Allowance
from portal.kernel.errors import Refused
from portal.kernel.text import Said, say
from portal.policies.kinds import Lines, Maybe, Time, YesNo, column_called

SAME_DAY: Final = "same day"
NONE: Final = "none"
SPARE: Final = 3
"""Empty lines behind those of a table."""
UNITS: Final[dict[str, Said]] = {
    "seconds": say("seconds"),
    "minutes": say("minutes"),
    "hours": say("hours"),
    "working hours": say("hours of working time"),
    SAME_DAY: say("until the end of the same day"),
    "days": say("days, to the end of the last"),
    "working days": say("working days, to the end of the last"),
}
Choices = Sequence[tuple[str, Any]]


class ValueField(StringField):
    """A value that is filled in with several inputs of one name; `data` is the text that the manual keeps.

    What arrives as one text is taken as it is.
    """

    def __init__(self, *args: Any, kind: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def process_formdata(self, valuelist: list[str]) -> None:
        if len(valuelist) > 1:
            self.data = self.written([*map(_narrow, valuelist)])
        elif valuelist:
            self.data = valuelist[0].strip()

    @abstractmethod
    def written(self, cells: Sequence[str]) -> str:
        """The text that these inputs make."""


class TimeField(ValueField):
    """How much time is given: a number and its unit."""

    def written(self, cells: Sequence[str]) -> str:
        return _time(*cells[:2])

    @property
    def units(self) -> Choices:
        """The units; where the value may be left open, that, too."""
        return [*UNITS.items(), *([(NONE, _("not set"))] if isinstance(self.kind, Maybe) else [])]

    @property
    def parts(self) -> tuple[str, str]:
        """The number and the unit that stand in it."""
        return ("", NONE) if self.data == NONE else _split(self.data or "")


@dataclass(frozen=True, slots=True)
class Case:
    """A line of a table as it is filled in: an entry for each column, "" for any; then its value."""

    entries: tuple[str, ...]
    value: tuple[str, ...]


class CasesField(ValueField):
    """A table, line by line. A line that asks nothing of the case comes last: nothing behind it would be reached."""

    def written(self, cells: Sequence[str]) -> str:
        lines, last = [], []
        for case in self._cut(cells):
            value = _time(*case.value) if self.timed else case.value[0]
            said = ", ".join(
                f"{column}={entry}" for column, entry in zip(self.kind.by, case.entries, strict=True) if entry
            )
            if said:
                lines.append(f"{said}: {value}")
            elif value:
                last.append(f"otherwise: {value}")
        return "\n".join([*lines, *last]) or NONE

    @property
    def timed(self) -> bool:
        """Whether its values are times, with a unit each."""
        return isinstance(self.kind.of, Time)

    @property
    def units(self) -> Choices:
        """The units of its times."""
        return [*UNITS.items()]

    @property
    def answers(self) -> Choices:
        """What can be chosen as a value; nothing where it is typed."""
        return [("yes", _("yes")), ("no", _("no"))] if isinstance(self.kind.of, YesNo) else []

    @property
    def columns(self) -> list[tuple[Any, dict[str, str]]]:
        """How each column is called, with what may stand in it: code → words."""
        return [column_called(column, options) for column, options in self.kind.by.items()]

    @property
    def cases(self) -> list[Case]:
        """The lines as they stand, and some empty ones."""
        sent = list(self.raw_data or [])
        found = self._kept() if len(sent) < 2 else (one for one in self._cut(sent) if any(one.entries) or one.value[0])
        empty = Case(("",) * len(self.kind.by), ("", "hours") if self.timed else ("",))
        return [*found, *[empty] * SPARE]

    def _cut(self, cells: Sequence[str]) -> Iterator[Case]:
        columns = len(self.kind.by)
        wide = columns + (2 if self.timed else 1)
        for at in range(0, len(cells) - wide + 1, wide):
            yield Case(tuple(cells[at : at + columns]), tuple(cells[at + columns : at + wide]))

    def _kept(self) -> Iterator[Case]:
        try:
            rows = self.kind.parse(self.data or NONE).rows
        except Refused:  # the declaration has changed since, or the text was never one: it is written anew
            return
        for entries, value in rows:
            text = self.kind.of.write(value)
            yield Case(tuple(entry or "" for entry in entries), _split(text) if self.timed else (text,))


def field_for(kind: Any) -> type[ValueField] | None:
    """The field with which values of a kind are filled in; None where one line of text is enough."""
    if isinstance(kind, Lines):
        return CasesField
    return TimeField if isinstance(getattr(kind, "of", kind), Time) else None


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _time(number: str, unit: str) -> str:
    if unit in (SAME_DAY, NONE):
        return unit
    return f"{number} {unit}" if number else ""


def _split(text: str) -> tuple[str, str]:
    try:
        text = str(Allowance.parse(text))
    except Refused:
        number, _space, unit = text.partition(" ")
        return number, unit if unit in UNITS else "days"
    if text == SAME_DAY:
        return "", SAME_DAY
    number, _space, unit = text.partition(" ")
    return number, unit if unit in UNITS else f"{unit}s"
