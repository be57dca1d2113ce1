"""The demo company's manuals: each file in `manuals/` is a version, told through the verbs that people use.

A file with `after:` is a later version: it holds the clauses that change or are new, the others stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.extensions import db
from portal.kernel.clock import office_day, office_zone
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.organisation.staff import Staff
from portal.policies import actions, manuscript
from portal.policies.models import Manual
from portal.policies.rules import ClauseText, VersionText
from portal.policies.states import ManualKind

MANUALS = Path(__file__).parent / "manuals"
MADE_KNOWN = timedelta(days=14)
"""Versions are published this long before they come into force, so that everybody can read them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A version of the demo as its file tells it; `head` has its own names and those of the version before it."""

    code: str
    head: dict[str, str]
    clauses: tuple[ClauseText, ...]

    def effective_from(self, today: date) -> date:
        """The first day of a month, counted from today's: `6 months ago`, `next month`."""
        words = self.head["effective"]
        found = re.fullmatch(r"(\d+) months? ago", words)
        months = 1 if words == "next month" else -int(found[1]) if found else 0
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        return date(year, month + 1, 1)


def told() -> Iterator[Told]:
    """Every version, each manual's in their order."""
    before: dict[str, Told] = {}
    for path in sorted(MANUALS.glob("*.md")):
        read = manuscript.read(path.read_text(encoding="utf-8"))
        code = path.stem.rpartition("-")[0]
        earlier = before.get(code, Told(code, {}, ()))
        clauses = {one.stable: one for one in (*earlier.clauses, *read.clauses)}
        ordered = sorted(clauses.values(), key=lambda one: [int(part) for part in one.number.split(".")])
        before[code] = Told(code, {**earlier.head, **read.head}, tuple(ordered))
        yield before[code]


def ruled_keys() -> set[str]:
    """The keys on which the demo's manuals rule."""
    return {key for one in told() for clause in one.clauses for key in clause.rulings}


def put_on_shelf(at: datetime) -> None:
    """Publish what was published until `at`, and what is announced for the days after it."""
    executive = _staff("executive", at)
    manuals: dict[str, Manual] = {}
    for one in sorted(told(), key=lambda one: one.effective_from(office_day(at))):
        from_on = one.effective_from(office_day(at))
        published_at = min(datetime.combine(from_on - MADE_KNOWN, time(10), office_zone()).astimezone(UTC), at)
        if one.code not in manuals:
            manuals[one.code] = _added(executive, one, published_at)
        major, minor = map(int, one.head["version"].split("."))
        version = VersionText(major, minor, from_on, one.clauses, one.head["summary"])
        actions.publish_version(executive, manuals[one.code], version, at=published_at)


def _added(executive: Staff, one: Told, at: datetime) -> Manual:
    locales = {"title": "zh-CN", "title-zh-TW": "zh-TW", "title-en": "en"}
    return actions.add_manual(
        executive,
        one.code,
        {locale: one.head[name] for name, locale in locales.items() if name in one.head},
        kind=ManualKind(one.head["kind"]),
        category=one.head.get("category", ""),
        owner=organisation.person_called(one.head["owner"]),
        department=db.session.scalar(select(Department).where(Department.code == one.head.get("department", ""))),
        at=at,
    )


def _staff(sign_in_name: str, at: datetime) -> Staff:
    person = organisation.person_called(sign_in_name)
    if person is None:
        raise LookupError(f"the demo company has no {sign_in_name}")
    return organisation.staff(person, office_day(at))
