"""A quiz about a version: its questions are written with the draft, published with it, and tried by whoever is asked
to acknowledge it; every try is kept, and only passing counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, cast, exists, literal, select, union_all
from sqlalchemy.orm import aliased, contains_eager
from sqlalchemy.orm.attributes import flag_modified

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.seals import Finding
from portal.kernel.signature import canonical, content_hash
from portal.kernel.text import say
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, queries
from portal.policies.acknowledgement_events import QuizTaken
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.acknowledgement_states import ACKNOWLEDGEMENT, Known
from portal.policies.drafts import change
from portal.policies.models import ClauseRow, Manual, ManualDraft, ManualVersion
from portal.policies.quiz_models import DraftQuestion, QuizAttempt, QuizQuestion
from portal.policies.quiz_rules import MOST_QUESTIONS, Choice, Question, is_right, refuse_faulty, wanted_of
from portal.policies.states import State

# ── Writing it ──


@action
def write_question(
    actor: Staff, draft: ManualDraft, question: DraftQuestion | None, text: Question, *, seen: int, at: datetime
) -> None:
    """Write a question of a draft, or a new one at the end. An approval falls with it, as with a word of a clause."""
    refuse_faulty(text)
    if text.stable and text.stable not in {one.stable for one in draft.clauses}:
        raise Refused(say("Choose a clause from the list."), field="stable")
    change(actor, draft, seen, say("Question “{words}” written", words=text.words), at)
    if question is None:
        if len(draft.questions) >= MOST_QUESTIONS:
            raise Refused(say("A quiz has {most} questions at most.", most=MOST_QUESTIONS))
        question = DraftQuestion(position=len(draft.questions) + 1)
        draft.questions.append(question)
    question.words, question.stable = text.words, text.stable
    question.kept = [[one.words, one.right] for one in text.choices]


@action
def remove_question(actor: Staff, draft: ManualDraft, question: DraftQuestion, *, seen: int, at: datetime) -> None:
    """Take a question out of a draft."""
    change(actor, draft, seen, say("Question “{words}” taken out", words=question.words), at)
    draft.questions.remove(question)
    for place, one in enumerate(draft.questions, start=1):
        one.position = place


def question_of(draft: ManualDraft, question_id: int) -> DraftQuestion | None:
    """One question of this draft; None for one of another (attack 11)."""
    return next((one for one in draft.questions if one.id == question_id), None)


# ── Taking it ──


@action
def take(
    actor: Staff, one: Acknowledgement, answers: Mapping[int, Sequence[int]], *, digest: str, key: str = "",
    at: datetime,
) -> QuizAttempt:  # fmt: skip
    """Try the quiz about a version. `answers`: the places of the choices that were ticked, by question.

    Whoever passes has acknowledged it, unless it is to be signed as well. Raises OutOfDate for a version that was
    superseded, Refused after as many tries on one day as the manual allows.
    """
    acknowledgements.refuse_superseded(one, digest)
    ACKNOWLEDGEMENT.check(one, "acknowledge", actor)
    if not one.way.quizzes or acknowledgements.has_passed(one):
        raise OutOfDate
    rules = queries.in_force_for(KnownRules, one.person_id, on=office_day(at), for_=one.manual.department_id)
    if tries_left(attempts_of(one), rules, at) <= 0:
        raise Refused(
            say("That was the last try for today. Read the clauses again and try tomorrow."),
            clause=rules.quiz_tries.clause,
        )
    questions = questions_of(one.version_id)
    ticked = [sorted(set(answers.get(each.id, ()))) for each in questions]
    right = sum(is_right(each.choices, marks) for each, marks in zip(questions, ticked, strict=True))
    wanted = wanted_of(len(questions), rules)
    clause = rules.quiz_pass.clause
    made = QuizAttempt(
        acknowledgement_id=one.id, at=at, answers=ticked, asked=len(questions), right=right, wanted=wanted,
        passed=right >= wanted, because=f"{clause.manual} {clause.version} {clause.number}" if clause else "",
    )  # fmt: skip
    db.session.add(made)
    flag_modified(one, "state")  # two tries at once are two: the second learns of the first
    db.session.flush()
    once.used(key, actor.id, str(made.id), at)
    record(QuizTaken(one.id, one.manual.code, one.edition.label, made.passed, digest_of(made)))
    if made.passed and not one.way.signs:
        acknowledgements.acknowledge(actor, one, None, digest=digest, at=at)
    return made


def tries_left(attempts: Iterable[QuizAttempt], rules: KnownRules, at: datetime) -> int:
    """How often somebody who tried so may still try today."""
    day = office_day(at)
    return rules.quiz_tries.value - sum(office_day(one.at) == day for one in attempts)


def digest_of(attempt: QuizAttempt) -> str:
    """The hash of a try as it is kept."""
    kept = {
        "acknowledgement": attempt.acknowledgement_id, "answers": attempt.answers, "asked": attempt.asked,
        "right": attempt.right, "wanted": attempt.wanted, "passed": attempt.passed, "because": attempt.because,
        "at": attempt.at,
    }  # fmt: skip
    return content_hash(canonical(kept))


# ── Reading ──


def shows_answers(reader: Staff, manual: Manual) -> bool:
    """Whether the reader may see which answers are right: whoever writes or publishes there, and whoever answers for
    the manual or watches over it. Everybody else finds out by taking the quiz."""
    home = queries.home_of(manual.department_id)
    rights = (P.MANUALS_DRAFT, P.MANUALS_PUBLISH)
    return reader.id in (manual.owner_id, manual.supervisor_id) or any(reader.may(right, home) for right in rights)


def asked_of(reader: Staff, code: str, label: str) -> tuple[Acknowledgement, bool] | None:
    """What is asked of the reader about this version with a quiz, and whether a newer one was published since; None
    where nothing is asked. One statement."""
    later = aliased(ManualVersion)
    newer = exists().where(
        later.manual_id == ManualVersion.manual_id, later.state == State.PUBLISHED, later.seq > ManualVersion.seq
    )
    query = (
        select(Acknowledgement, newer)
        .join(Acknowledgement.edition)
        .join(Acknowledgement.manual)
        .where(
            Acknowledgement.person_id == reader.id, Acknowledgement.state != Known.VOID, Manual.code == code.upper(),
            cast(ManualVersion.major, String).concat(".").concat(cast(ManualVersion.minor, String)) == label,
        )
        .options(contains_eager(Acknowledgement.edition), contains_eager(Acknowledgement.manual))
    )  # fmt: skip
    found = db.session.execute(query).one_or_none()
    return (found[0], found[1]) if found and found[0].way.quizzes else None


def with_places(version_id: int) -> tuple[list[QuizQuestion], dict[str, Any]]:
    """The questions about a version, and by `stable` the clauses in which the answers stand; one statement."""
    rows = db.session.execute(
        select(QuizQuestion, ClauseRow.stable, ClauseRow.number, ClauseRow.heading)
        .outerjoin(
            ClauseRow, and_(ClauseRow.version_id == QuizQuestion.version_id, ClauseRow.stable == QuizQuestion.stable)
        )
        .where(QuizQuestion.version_id == version_id)
        .order_by(QuizQuestion.position)
    ).all()
    return [row[0] for row in rows], {row.stable: row for row in rows if row.stable}


def attempts_of(one: Acknowledgement) -> Sequence[QuizAttempt]:
    """Every try at the quiz that an acknowledgement asks, the last one first."""
    query = select(QuizAttempt).where(QuizAttempt.acknowledgement_id == one.id)
    return db.session.scalars(query.order_by(QuizAttempt.id.desc())).all()


def asked_about(*version_ids: int, draft_id: int | None = None) -> list[list[Question]]:
    """The questions about these versions and, last, those of a draft, as they were written; one statement."""
    every = [*version_ids, *([0] if draft_id else [])]
    columns = ("position", "words", "kept", "stable")
    published = select(QuizQuestion.version_id, *(getattr(QuizQuestion, one) for one in columns))
    written = select(literal(0), *(getattr(DraftQuestion, one) for one in columns))
    query = union_all(
        published.where(QuizQuestion.version_id.in_(version_ids)), written.where(DraftQuestion.draft_id == draft_id)
    )
    found: dict[int, list[Question]] = {one: [] for one in every}
    for version_id, _position, words, kept, stable in db.session.execute(query.order_by("position")):
        found[version_id].append(Question(words, tuple(Choice(*one) for one in kept), stable))
    return [found[one] for one in every]


def questions_of(version_id: int) -> Sequence[QuizQuestion]:
    """The questions about a version, in their order."""
    query = select(QuizQuestion).where(QuizQuestion.version_id == version_id)
    return db.session.scalars(query.order_by(QuizQuestion.position)).all()


@dataclass(frozen=True, slots=True)
class Try:
    """A try as a reader may see it: `answers` only for whoever gave them, each with its question, what was ticked and
    whether that was right."""

    attempt: QuizAttempt
    answers: Sequence[tuple[QuizQuestion, Sequence[str], bool]] = ()

    @property
    def wrong(self) -> list[QuizQuestion]:
        """The questions that were not answered rightly."""
        return [question for question, _ticked, right in self.answers if not right]


def tries_at(reader: Staff, one: Acknowledgement, questions: Sequence[QuizQuestion] | None = None) -> list[Try]:
    """The tries at a quiz, the last one first: one's own with what one ticked; whoever looks after the department sees
    that there were some and what came of them; nobody else sees any here (whoever gives a training sees what came of
    the quiz about it beside the results). `questions`: where they were read already."""
    own = one.person_id == reader.id
    if not own and not reader.may(P.ACKNOWLEDGEMENTS_READ, one.department_id):
        return []
    found = attempts_of(one)
    if not own or not found:
        return [Try(each) for each in found]
    asked = questions_of(one.version_id) if questions is None else questions
    return [Try(each, _answered(asked, each)) for each in found]


def _answered(questions: Sequence[QuizQuestion], attempt: QuizAttempt) -> list[tuple[QuizQuestion, list[str], bool]]:
    return [
        (each, [each.choices[place].words for place in ticked if place < len(each.choices)],
         is_right(each.choices, ticked))
        for each, ticked in zip(questions, attempt.answers, strict=True)
    ]  # fmt: skip


# ── Proving ──


def wrong_ones() -> Iterator[Finding]:
    """Every try that does not come to what its answers come to, and every acknowledgement by a quiz that nobody
    passed."""
    rows = db.session.execute(
        select(QuizAttempt, Acknowledgement.person_name, Acknowledgement.version_id, Manual.code)
        .join(Acknowledgement, Acknowledgement.id == QuizAttempt.acknowledgement_id)
        .join(ManualVersion, ManualVersion.id == Acknowledgement.version_id)
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .order_by(QuizAttempt.id)
    )
    known: dict[int, Sequence[QuizQuestion]] = {}
    for attempt, name, version_id, code in rows:
        questions = known.setdefault(version_id, questions_of(version_id))
        right = sum(
            is_right(each.choices, marks) for each, marks in zip(questions, attempt.answers, strict=False)
        )  # fmt: skip
        if (len(questions), right, right >= attempt.wanted) != (attempt.asked, attempt.right, attempt.passed):
            yield _finding(name, code)
    passed = select(QuizAttempt.id).where(QuizAttempt.acknowledgement_id == Acknowledgement.id, QuizAttempt.passed)
    query = (
        select(Acknowledgement.person_name, Manual.code)
        .join(Manual, Manual.id == Acknowledgement.manual_id)
        .where(Acknowledgement.state == Known.PASSED, ~passed.exists())
    )
    for row in db.session.execute(query):
        yield _finding(row.person_name, row.code)


def _finding(name: str, code: str) -> Finding:
    return Finding(say("The quiz of {name} about {manual} is not what was answered.", name=name, manual=code))
