"""Manuals for tests: `published("tickets.satisfaction_rounds", 2, from_=day)` and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from portal.kernel.actions import PORTAL
from portal.organisation.models import Department
from portal.policies import actions
from portal.policies.models import Manual, ManualVersion
from portal.policies.pictures import MB, Aside
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import ManualKind


@pytest.fixture
def manual(app) -> Callable[..., Manual]:
    """`manual("KF-01", department)`: an empty manual of a department, or of the company."""

    def make(code: str, department: Department | None = None) -> Manual:
        titles = {"zh-CN": f"手册 {code}", "en": f"Manual {code}"}
        return actions.add_manual(
            PORTAL, code, titles, kind=ManualKind.CONDUCT, department=department, at=noon(2020, 1, 1)
        )

    return make


@pytest.fixture
def published(manual) -> Callable[..., ManualVersion]:
    """`published({"tickets.satisfaction_rounds": "2"}, from_=day, of=manual)`: its next version, a clause per key."""
    first: list[Manual] = []

    def make(rulings: dict[str, str], *, from_: date, of: Manual | None = None, actor=PORTAL, **more) -> ManualVersion:
        if of is None:
            first.extend([] if first else [manual("KF-01")])
        of = of or first[0]
        clauses = tuple(
            ClauseText(
                key.replace(".", "-").replace("_", "-"),
                f"{at}.1",
                f"条款 {at}",
                f"关于 **{key}** 的规定。",
                {key: value},
            )
            for at, (key, value) in enumerate(rulings.items(), start=1)
        ) or (ClauseText("empty", "1", "总则", "无。"),)
        version = VersionText(next_major(of), 0, from_, clauses, **more)
        return actions.publish_version(actor, of, version, at=noon(from_.year, from_.month, from_.day))

    return make


def next_major(manual: Manual) -> int:
    from portal.policies.queries import last_version

    before = last_version(manual)
    return before.major + 1 if before else 1


def noon(year: int, month: int, day: int) -> datetime:
    """Twelve o'clock in the office."""
    return datetime(year, month, day, 4, tzinfo=UTC)


def aside() -> Aside:
    """A place for a few small pictures."""
    return Aside(MB, 4 * MB)
