"""What came of the quiz about a manual for those who were trained in it: it stands beside their result, and no trainer
types it by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from portal.extensions import db
from portal.kernel.text import Said, say
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.models import Manual, ManualVersion
from portal.policies.quiz_models import QuizAttempt
from portal.training.models import Participant, TrainingSession


@dataclass(frozen=True, slots=True)
class Quizzed:
    """How somebody did in the quiz about one manual of a course: their best try, and how many there were."""

    manual: str
    right: int
    asked: int
    tries: int
    passed: bool

    @property
    def sentence(self) -> Said:
        """The same in words."""
        if not self.tries:
            return say("quiz {manual}: not taken yet", manual=self.manual)
        return say("quiz {manual}: {right} of {asked} right, tries: {tries}", manual=self.manual, right=self.right,
                   asked=self.asked, tries=self.tries)  # fmt: skip

    @property
    def tone(self) -> str:
        """How it looks beside the result."""
        return "done" if self.passed else "late" if self.tries else "waiting"


def of_session(session: TrainingSession, people: Collection[Participant]) -> dict[int, list[Quizzed]]:
    """By colleague among `people`, whom the reader sees: the quizzes about the versions in force on the day of the
    session, with the tries at every version of the same major number, of which a minor one keeps what was passed.

    Nothing where none of the versions asks anything. One statement, and none for a course without manuals.
    """
    wanted = dict(one.rsplit(" ", 1) for one in session.texts)
    colleagues = [one.person_id for one in people if one.person_id is not None]
    if not wanted or not colleagues:
        return {}
    rows = db.session.execute(
        select(
            Manual.code, ManualVersion.major, ManualVersion.minor, Acknowledgement.person_id, QuizAttempt.right,
            QuizAttempt.asked, QuizAttempt.passed,
        )
        .join(ManualVersion, ManualVersion.manual_id == Manual.id)
        .outerjoin(
            Acknowledgement,
            and_(Acknowledgement.version_id == ManualVersion.id, Acknowledgement.person_id.in_(colleagues)),
        )
        .outerjoin(QuizAttempt, QuizAttempt.acknowledgement_id == Acknowledgement.id)
        .where(Manual.code.in_(wanted), ManualVersion.quiz_digest != "")
        .order_by(Manual.code, QuizAttempt.id)
    ).all()  # fmt: skip
    asks = {row.code for row in rows if wanted[row.code] == f"{row.major}.{row.minor}"}
    tries: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        if row.asked is not None and row.major == int(wanted[row.code].split(".")[0]):
            tries.setdefault((row.person_id, row.code), []).append(row)
    return {one: [_best(code, tries.get((one, code), ())) for code in sorted(asks)] for one in colleagues if asks}


def _best(code: str, tries: Sequence[Any]) -> Quizzed:
    if not tries:
        return Quizzed(code, 0, 0, 0, False)
    best = max(tries, key=lambda row: (row.passed, row.right / row.asked))
    return Quizzed(code, best.right, best.asked, len(tries), best.passed)
