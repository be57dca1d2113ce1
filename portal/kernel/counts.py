"""Numbers that stand in the frame of every page: counted in one statement, and no further than they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select

from portal.extensions import db


@dataclass(frozen=True, slots=True)
class Count:
    """A `statement` that gives one number, put together once and kept, and the values of its parameters.

    Statements that are counted together mean the same by the same name of a parameter.
    """

    statement: Select[Any]
    values: dict[str, Any]


def count_together(counts: Sequence[Count]) -> list[int]:
    """The numbers, in one statement; what is asked twice is counted once."""
    if not counts:
        return []
    values = {name: value for one in counts for name, value in one.values.items()}
    statements = tuple(dict.fromkeys(one.statement for one in counts))
    found = dict(zip(statements, db.session.execute(_together(statements), values).one(), strict=True))
    return [int(found[one.statement]) for one in counts]


@lru_cache(256)
def _together(statements: tuple[Select[Any], ...]) -> Select[Any]:
    return select(*(one.scalar_subquery() for one in statements))
