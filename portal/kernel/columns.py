"""Column types that both databases keep in the same way, and what both can reckon with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, DateTime, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from portal.kernel.encoding import decoded, encoded
from portal.kernel.errors import Clause
from portal.kernel.text import Said, say

Json = JSON().with_variant(JSONB(), "postgresql")


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps it without its zone, so that text order is the order of time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its time zone, got {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """In one step on SQLite: a list reads two hundred moments."""
        return _from_sqlite if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _from_sqlite(kept: str | None) -> datetime | None:
    if kept is None:
        return None
    moment = datetime.fromisoformat(kept)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)  # a zone: written by hand


class Because(TypeDecorator[Clause]):
    """The clause that a consequence cites, as `KF-01/2.0/4.2`: manual, version and number can be looked for as text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Clause | None, dialect: Dialect) -> str | None:
        return None if value is None else "/".join((value.manual, value.version, value.number))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Clause | None:
        return None if value is None else Clause(*value.split("/"))


class Sentence(TypeDecorator[Said]):
    """What was said, to be put into the language of whoever reads it: the template and its values."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: Said | None, dialect: Dialect) -> list[Any] | None:
        return None if value is None else [value.template, {name: encoded(one) for name, one in value.values}]

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> Said | None:
        return None if value is None else say(value[0], **{name: decoded(one) for name, one in value[1].items()})


_Of = ColumnElement[Any] | InstrumentedAttribute[Any]


class _Seconds(FunctionElement[int]):
    name = "seconds_between"
    inherit_cache = True
    type = Integer()


def seconds_between(start: _Of, end: _Of) -> ColumnElement[int]:
    """Whole seconds from one `Instant` column to another, each cut to its second: the same on both databases."""
    return _Seconds(start, end)


@compiles(_Seconds, "sqlite")
def _seconds_sqlite(element: _Seconds, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(one, **more) for one in element.clauses)
    return f"(unixepoch({end}) - unixepoch({start}))"


@compiles(_Seconds, "postgresql")
def _seconds_postgresql(element: _Seconds, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(floor(extract(epoch FROM {end})) - floor(extract(epoch FROM {start})) AS integer)"


class _Lowered(FunctionElement[str]):
    name = "lowered"
    inherit_cache = True
    type = String()


def lowered(words: _Of) -> ColumnElement[str]:
    """Words in small letters, to hold against `str.lower()`: of its own, SQLite makes only A to Z small."""
    return _Lowered(words)


@compiles(_Lowered, "sqlite")
def _lowered_sqlite(element: _Lowered, compiler: Any, **more: Any) -> str:
    return f"lowered({compiler.process(element.clauses, **more)})"  # `extensions.bind_sqlite` knows it


@compiles(_Lowered, "postgresql")
def _lowered_postgresql(element: _Lowered, compiler: Any, **more: Any) -> str:
    return f"lower({compiler.process(element.clauses, **more)})"
