"""A version on paper: what stands on it, and how its check code is held against the portal. A draft has no paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.extensions import db
from portal.kernel import check_codes
from portal.kernel.check_codes import CheckCode
from portal.kernel.clock import exact, office_day
from portal.kernel.text import Said, day, listed, on_paper, say, text_of
from portal.organisation.staff import Staff
from portal.policies import leaves, places, queries
from portal.policies.leaves import Line
from portal.policies.models import ClauseRow, Manual, ManualVersion
from portal.policies.rulebook import KEYS

FORM = "1"
"""Which edition of the printed form this is."""
LETTER = "M"
"""The first sign of the number of such a paper."""


PART = 300_000
"""Signs of a part of the sheet that a browser prints: a megabyte, some hundred and fifty pages."""


@dataclass(frozen=True, slots=True)
class Part:
    """Clauses of a long version that are printed together: `which` of `count`, from 1. `chapters`: those of the whole
    version, each with the part that it begins in."""

    which: int
    count: int
    clauses: Sequence[ClauseRow]
    chapters: Sequence[tuple[ClauseRow, int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper. The hash is over the text as it was published; on paper nothing of it changes."""

    version: ManualVersion

    @property
    def number(self) -> str:
        """In its check code: the year of publication, and which version of all it is."""
        return f"{LETTER}-{office_day(self.version.published_at).year}-{self.version.id:05d}"

    @property
    def href(self) -> str:
        """Where the version itself is read."""
        return f"/manuals/{self.version.manual.code}/{self.version.label}"

    @property
    def title(self) -> str:
        """The manual's, in the reader's language."""
        return text_of(self.version.manual.titles)

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """Below the title."""
        version = self.version
        with on_paper():
            pairs: list[tuple[Said, Any]] = [
                (say("Version"), version.label),
                (say("In force from"), day(version.effective_from)),
                (say("Binds"), self._bound()),
                (say("Published"), exact(version.published_at)),
                (say("Published in an emergency by"), version.emergency.by_name if version.emergency else ""),
                (say("Taken back before its day"), exact(version.withdrawal.at) if version.withdrawal else ""),
                (say("What changed"), version.summary),
                (say("Hash of the text"), version.digest),
                (say("Hash of the quiz"), version.quiz_digest),
            ]
            return [(str(label), str(value)) for label, value in pairs if value]

    def _bound(self) -> str:
        named = places.named({places.written(one) for one in self.version.places})
        department = self.version.manual.department
        return listed(named) or (text_of(department.names) if department else str(say("the whole company")))

    @property
    def context(self) -> Mapping[str, Any]:
        """For `policies/paper_body.html`, in one piece."""
        return self.printed(None)

    def printed(self, part: Part | None) -> Mapping[str, Any]:
        """For `policies/paper_body.html`: a part, or None for all of it. The quiz comes with the last one."""
        numbers = {one.stable: one.number for one in self.version.clauses}
        asked = [(one.words, [choice.words for choice in one.choices], numbers.get(one.stable, ""))
                 for one in self.version.questions if part is None or part.which == part.count]  # fmt: skip
        return {
            "paper": self, "manual": self.version.manual, "keys": KEYS, "asked": asked, "part": part,
            "clauses": part.clauses if part else self.version.clauses,
        }  # fmt: skip

    @property
    def parts(self) -> Sequence[Part]:
        """What is printed together, chapter by chapter; one part for what is not long."""
        clauses = self.version.clauses
        lines = [Line(one.number, one.stable, one.heading, len(one.html)) for one in clauses]
        bounds = leaves.divided(lines, long=PART, room=PART)
        chapters = [
            (one, which)
            for which, (first, end) in enumerate(bounds, start=1)
            for one in clauses[first:end]
            if one.depth == 1
        ]
        return [
            Part(which, len(bounds), clauses[first:end], chapters)
            for which, (first, end) in enumerate(bounds, start=1)
        ]  # fmt: skip

    @property
    def size(self) -> int:
        """Bytes of its text on one page, more or less."""
        return sum(len(one.html.encode()) for one in self.version.clauses)

    def content(self) -> dict[str, Any]:
        """For the hash in its check code: the text as it stands in the tables now."""
        return {
            "form": FORM, "manual": self.version.manual.code, "version": self.version.label,
            "hash": queries.digest_of(self.version),
        }  # fmt: skip

    def code(self, at: datetime) -> str:
        """The check code for this paper, made at the moment `at`."""
        return check_codes.issue(self.number, 0, self.content(), at=at)


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper held against the portal: the version that it should be, and whether it still says that."""

    sheet: Sheet
    same: bool
    printed: str
    binds: queries.Edition | None
    edition: queries.Edition
    since: Sequence[Any] = ()
    body: str = "policies/paper_checked.html"

    @property
    def context(self) -> Mapping[str, Any]:
        """For the template of its body."""
        return {**self.sheet.context, "edition": self.edition, "binds": self.binds}

    @property
    def moved_on(self) -> tuple[Said, Said]:
        """What is said where the portal has other words now, which nobody may change."""
        return say("This is not the text that was printed"), say(
            "The paper was made {moment}. The text of this version is another one in the portal: tell the operator, "
            "who can prove what was changed.", moment=self.printed,
        )  # fmt: skip


def checked(reader: Staff, code: CheckCode, _at: datetime) -> Checked | None:
    """The paper that carries this code; None where `reader` may not read its version."""
    number = code.number.rpartition("-")[2]
    version = version_seen_by(reader, int(number)) if number.isdecimal() and len(number) <= 9 else None
    if version is None:
        return None
    sheet = Sheet(version)
    if sheet.number != code.number:
        return None
    editions = queries.editions(version.manual)
    binds = next((one for one in editions if one.standing == "in force"), None)
    edition = next(one for one in editions if one.id == version.id)
    return Checked(sheet, code.says(sheet.content()), exact(code.printed_at), binds, edition)


def version_seen_by(reader: Staff, version_id: int) -> ManualVersion | None:
    """A published version whole, where the reader may read its manual."""
    found = whole(version_id)
    return found if found and queries.shows_file(reader, found.manual_id, None) else None


def whole(version_id: int) -> ManualVersion | None:
    """A published version with all that stands on its paper, whoever may read it."""
    return db.session.scalar(
        select(ManualVersion)
        .where(ManualVersion.id == version_id)
        .options(
            joinedload(ManualVersion.manual).joinedload(Manual.department),
            joinedload(ManualVersion.emergency),
            joinedload(ManualVersion.withdrawal),
            selectinload(ManualVersion.places),
            selectinload(ManualVersion.questions),
            selectinload(ManualVersion.clauses).joinedload(ClauseRow.rulings),
        )
    )
