"""The consultation service record (TKT-026): question, answer, customer, who, when and about what; one list a quarter.

Every consultation that is solved has one: it is the record of the ticket, without which it is not closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

MOST_RECORDS = 100_000
_WRITTEN = re.compile(r"(2\d{3})-([1-4])")


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three office months; written 2026-4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> Quarter:
        """From the address. Raises ValueError for anything else."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError("not a quarter")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"

    def before(self) -> Quarter:
        """The one that ended when this began."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    def back(self, count: int) -> list[Quarter]:
        """This one and those before it, the newest first."""
        found = [self]
        while len(found) < count:
            found.append(found[-1].before())
        return found

    def between(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From its first moment up to the first one after it, on the wall clock of `zone`."""
        year, month = (self.year, 3 * self.number + 1) if self.number < 4 else (self.year + 1, 1)
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=zone), datetime(year, month, 1, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record, in words."""

    at: datetime
    number: str
    who: str
    about: str
    question: str
    answer: str
    by: str
