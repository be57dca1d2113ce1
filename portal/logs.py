"""What an operator should hear of: one line of JSON for each thing, on standard error."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from portal.kernel.actions import request_id


def configure(level: str) -> None:
    """Write what is at least `level`. Who did what is no matter of the log: it stands in the journal."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _number_of_the_request,
            structlog.processors.ExceptionRenderer(),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # looked up now: tests put another one there
    )


def _number_of_the_request(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The number that the answer carries too, so that a person can quote it."""
    if number := request_id.get():
        line.setdefault("request_id", number)
    return line
