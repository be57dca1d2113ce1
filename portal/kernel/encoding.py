"""Values of facts and sentences as JSON keeps them, and back: days, instants, rates and clauses stay what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.kernel.errors import Clause
from portal.kernel.text import Said


@dataclass(frozen=True, slots=True)
class _Kind:
    mark: str
    type: type
    out: Any
    back: Any


_KINDS = (
    _Kind("$at", datetime, datetime.isoformat, datetime.fromisoformat),
    _Kind("$day", date, date.isoformat, date.fromisoformat),
    _Kind("$rate", Decimal, str, Decimal),
    _Kind("$clause", Clause, lambda c: [c.manual, c.version, c.number], lambda parts: Clause(*parts)),
)


def encoded(value: Any) -> Any:
    """As JSON keeps it. Raises TypeError for all but text, numbers, days, instants, clauses, sentences, and lists of
    these."""
    for kind in _KINDS:
        if isinstance(value, kind.type):
            return {kind.mark: kind.out(value)}
    if isinstance(value, Said):
        return {"$said": [value.template, {key: encoded(part) for key, part in value.values}]}
    if isinstance(value, dict):
        return {"$texts": value}
    if isinstance(value, (list, tuple)):
        return [encoded(part) for part in value]
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"a fact keeps text, numbers, days, instants and clauses, not {value!r}")


def decoded(value: Any) -> Any:
    """As it was before; several come back as a tuple. Raises ValueError for what `encoded` never wrote."""
    if isinstance(value, list):
        return tuple(decoded(part) for part in value)
    if not isinstance(value, dict):
        return value
    if "$said" in value:
        template, values = value["$said"]
        return Said(template, tuple((key, decoded(part)) for key, part in sorted(values.items())))
    if "$texts" in value:
        return value["$texts"]
    for kind in _KINDS:
        if kind.mark in value:
            return kind.back(value[kind.mark])
    raise ValueError(f"JSON holds a value that nobody wrote: {value!r}")
