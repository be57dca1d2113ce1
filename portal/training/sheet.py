"""A training on paper: what its reader may see of it, who was there, and the check code at its foot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.kernel import check_codes
from portal.kernel.check_codes import CheckCode
from portal.kernel.clock import exact
from portal.kernel.text import CATALOGUES, Said, in_language, language, say, text_of
from portal.organisation.queries import departments
from portal.organisation.staff import Staff
from portal.training import queries
from portal.training.models import Participant, TrainingSession
from portal.training.states import SessionState

FORM = "1"
"""Which edition of the printed form this is."""
LETTER = "K"
"""The first sign of the number of a session."""
LANGUAGES = tuple(CATALOGUES)
"""Their order stands in check codes: a new language is added at the end."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper. `whole`: with everybody who takes part, not only those whom its reader may see."""

    number: str
    facts: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str, str]]
    whole: bool

    @property
    def href(self) -> str:
        """Where the session itself is."""
        return f"/training/sessions/{self.number}"

    @property
    def content(self) -> dict[str, Any]:
        """Exactly what is printed, for the hash in its check code."""
        return {"form": FORM, "facts": self.facts, "people": self.people}

    def code(self, at: datetime) -> str:
        """The check code for this sheet, printed at the moment `at`."""
        variant = 2 * LANGUAGES.index(language()) + self.whole
        return check_codes.issue(self.number, variant, self.content, at=at)


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper held against the portal: what it should say, and whether that is what was printed."""

    sheet: Sheet
    same: bool
    printed: str
    since: Sequence[Any] = ()
    body: str = "training/sheet_body.html"

    @property
    def context(self) -> Mapping[str, Any]:
        """For the template of its body."""
        return {"paper": self.sheet}

    @property
    def moved_on(self) -> tuple[Said, Said]:
        """What is said where it is another now, and what stands below it."""
        return say("The training has moved on"), say(
            "The sheet was printed {moment}. Since then something on it has changed, or whoever printed it may see "
            "other people than you do. This is what it would say for you now.", moment=self.printed,
        )  # fmt: skip


def of(reader: Staff, session: TrainingSession) -> Sheet:
    """The sheet of a session, with the people whom `reader` may see."""
    pairs: list[tuple[Said, Any]] = [
        (say("Training"), session.title),
        (say("Department"), text_of(departments()[session.department_id].names)),
        (say("Begins"), exact(session.starts_at)),
        (say("Ends"), exact(session.ends_at)),
        (say("Place"), session.place),
        (say("Trainer"), session.trainer_name),
        (say("Institute"), session.body),
        (say("Texts"), " · ".join(session.texts)),
        (say("Target"), session.target),
        (say("What came of it"), session.outcome),
    ]
    people = [
        (one.name, text_of(one.department.names) if one.department else one.organisation, _result(session, one))
        for one in queries.participants(reader, session)
    ]
    facts = [(str(label), str(value)) for label, value in pairs if value]
    return Sheet(session.number, facts, people, queries.sees_everybody(reader, session))


def checked(reader: Staff, code: CheckCode, _at: datetime) -> Checked | None:
    """The paper that carries this code; None where `reader` may not see the session, nor all whom a whole one names."""
    place, whole = divmod(code.variant, 2)
    session = queries.session_seen_by(reader, code.number) if place < len(LANGUAGES) else None
    if session is None or (whole and not queries.sees_everybody(reader, session)):
        return None
    with in_language(LANGUAGES[place]):
        sheet = of(reader, session)
        return Checked(sheet, code.says(sheet.content), exact(code.printed_at))


def _result(session: TrainingSession, one: Participant) -> str:
    if one.result:
        return str(one.result.label)
    return str(one.presence.label) if session.state is SessionState.HELD else ""
