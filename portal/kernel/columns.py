"""Column types that both databases keep in the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from portal.kernel.errors import Clause

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


class Because(TypeDecorator[Clause]):
    """The clause that a consequence cites, as `KF-01/2.0/4.2`: manual, version and number can be looked for as text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Clause | None, dialect: Dialect) -> str | None:
        return None if value is None else "/".join((value.manual, value.version, value.number))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Clause | None:
        return None if value is None else Clause(*value.split("/"))
