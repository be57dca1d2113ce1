"""The quiz about a version: writing its questions with the draft, and taking it."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.policies import drafts, queries, quiz
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.acknowledgement_states import UNDECIDED
from portal.policies.acknowledgement_views import acknowledge_page
from portal.policies.difference_views import changes_of
from portal.policies.draft_views import draft_here, renew, seen_version
from portal.policies.models import ManualDraft
from portal.policies.quiz_forms import QuestionForm, quiz_form
from portal.policies.quiz_models import DraftQuestion
from portal.policies.quiz_rules import MOST_QUESTIONS, wanted_of
from portal.policies.views import bp
from portal.web.respond import done, page
from portal.web.signed_in import me

# ── Writing it ──


@bp.page("/<manual>/draft/quiz", needs=P.MANUALS_READ)
def draft_quiz(manual: str) -> Any:
    """The questions of a draft, for whoever sees it."""
    draft = draft_here(manual)
    return page(
        "policies/draft_quiz.html",
        draft=draft,
        clauses={one.stable: one for one in draft.clauses},
        writes=bool(drafts.open_to(me(), draft, today()) & {"write", "rewrite"}),
        full=len(draft.questions) >= MOST_QUESTIONS,
    )


def _question_form(manual: str, **more: Any) -> QuestionForm:
    more.pop("question_id", None)
    form = QuestionForm(**more)
    form.offer([(one.stable, f"{one.number} {one.heading}") for one in draft_here(manual).clauses])
    return form


@bp.page("/<manual>/draft/quiz/new", needs=P.MANUALS_READ)
def new_question(manual: str, form: QuestionForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    return _question_page(draft, None, form or _question_form(manual, formdata=None, version=draft.version))


@bp.act("/<manual>/draft/quiz/new", needs=P.MANUALS_READ, form=_question_form, again=new_question)
def add_question(manual: str, form: QuestionForm) -> Any:
    quiz.write_question(
        me(), draft_here(manual), None, form.question(), seen=form.version.data or 0, at=now()
    )  # fmt: skip
    return done(_("The question is there."), draft_quiz, manual=manual)


@bp.page("/<manual>/draft/quiz/<int:question_id>", needs=P.MANUALS_READ)
def edit_question(manual: str, question_id: int, form: QuestionForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    question = _question(draft, question_id)
    form = form or _question_form(
        manual, formdata=None, version=draft.version, **QuestionForm.filled(question.text())
    )  # fmt: skip
    return _question_page(draft, question, form)


@bp.act("/<manual>/draft/quiz/<int:question_id>", needs=P.MANUALS_READ, form=_question_form, again=edit_question)
def write_question(manual: str, question_id: int, form: QuestionForm) -> Any:
    draft = draft_here(manual)
    quiz.write_question(
        me(), draft, _question(draft, question_id), form.question(), seen=form.version.data or 0, at=now()
    )
    return done(_("Saved."), draft_quiz, manual=manual)


@bp.act("/<manual>/draft/quiz/<int:question_id>/remove", needs=P.MANUALS_READ)
def remove_question(manual: str, question_id: int) -> Any:
    draft = draft_here(manual)
    quiz.remove_question(me(), draft, _question(draft, question_id), seen=seen_version(), at=now())
    return done(_("The question is out of the draft."), draft_quiz, manual=manual)


def _question_page(draft: ManualDraft, question: DraftQuestion | None, form: QuestionForm) -> Any:
    renew(form, draft)
    return page("policies/question.html", draft=draft, question=question, form=form)


def _question(draft: ManualDraft, question_id: int) -> DraftQuestion:
    return quiz.question_of(draft, question_id) or abort(404)


# ── Taking it ──


@bp.page("/<manual>/<label>/quiz", needs=P.MANUALS_READ)
def quiz_page(manual: str, label: str, form: Any = None) -> Any:
    """The questions about a version; what was superseded shows what changed since instead."""
    one, newer = _asked(manual, label)
    if newer:
        latest = queries.counting(queries.editions(one.manual))[0]
        return changes_of(one.manual, latest.label, label, newer=latest)
    questions, clauses = quiz.with_places(one.version_id)
    tries = quiz.tries_at(me(), one, questions)
    if one.state not in UNDECIDED or any(each.attempt.passed for each in tries):
        return redirect(url_for(".acknowledge_page", manual=manual, label=label))
    rules = queries.in_force_for(KnownRules, one.person_id, on=today(), for_=one.manual.department_id)
    clause = rules.quiz_pass.clause
    note = queries.ruling_notes([clause]).get(clause) if clause else None
    return page(
        "policies/quiz.html",
        manual=one.manual,
        version=one.edition,
        form=form or quiz_form(questions)(formdata=None, digest=one.digest),
        questions=questions,
        clauses=clauses,
        last=tries[0] if tries else None,
        left=quiz.tries_left((each.attempt for each in tries), rules, now()),
        wanted=wanted_of(len(questions), rules),
        signs=one.way.signs,
        note=note.told(rules.quiz_pass.explain(), rules.quiz_tries.explain()) if note else None,
    )


@bp.act(
    "/<manual>/<label>/quiz", needs=P.MANUALS_READ, again=quiz_page,
    form=lambda manual, label: quiz_form(quiz.questions_of(_asked(manual, label)[0].version_id))(),
    leads_to=lambda made, manual, label: url_for(".acknowledge_page", manual=manual, label=label),
)  # fmt: skip
def take_quiz(manual: str, label: str, form: Any) -> Any:
    one, _newer = _asked(manual, label)
    made = quiz.take(me(), one, form.answers(), digest=form.digest.data or "", key=form.once.data or "", at=now())
    if not made.passed:
        return done(_("Handed in."), quiz_page, manual=manual, label=label)
    if one.way.signs:
        return done(_("Passed. Sign now, and it counts."), acknowledge_page, manual=manual, label=label)
    return done(_("Passed. It stands under “My manuals”."), acknowledge_page, manual=manual, label=label)


def _asked(manual: str, label: str) -> tuple[Acknowledgement, bool]:
    return quiz.asked_of(me(), manual, label) or abort(404)
