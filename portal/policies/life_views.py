"""Leading a draft from stage to stage, and what others say of it on the way."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, g, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.errors import OutOfDate
from portal.kernel.permissions import P
from portal.organisation import queries as organisation
from portal.policies import approvals, drafts, life, losses
from portal.policies.draft_turns import QUIET, label_of, mended_at
from portal.policies.draft_views import chosen_person, draft_here, draft_page, people
from portal.policies.life_forms import (
    AnswerForm,
    BackForm,
    CommentForm,
    DecideForm,
    EmergencyForm,
    FinishForm,
    OpinionForm,
    ReviewerForm,
    StepForm,
    SubmitForm,
)
from portal.policies.models import DraftComment, DraftReviewer, ManualDraft
from portal.policies.states import HEARING, LIFE, Check, Party
from portal.policies.views import bp
from portal.web.forms import Form
from portal.web.respond import done, page
from portal.web.signed_in import me

# ── Steps ──


def _step_form(manual: str, act: str, **more: Any) -> Form:
    draft, verb = draft_here(manual), _verb(manual, act)
    if verb in ("submit", "emergency"):
        asked = SubmitForm(**more) if verb == "submit" else EmergencyForm(**more)
        needed = approvals.rules_for(draft, today()).approvals_for(draft.manual.kind)
        people_there = life.approvers(draft, today())
        asked.offer(people_there, needed)
        if asked.approvers.data is None and len(people_there) == needed:
            asked.approvers.data = [number for number, _name in people_there]
        return asked if verb == "submit" else _deciding(asked, draft)
    if verb == "comment":
        said = CommentForm(**more)
        said.clause.choices = [
            ("", _("the whole")), *((one.stable, f"{one.number} {one.heading}") for one in draft.clauses)
        ]  # fmt: skip
        return said
    if verb == "finish":
        read = FinishForm(**more)
        read.offer(draft.manual.kind, draft.category)
        return read
    if verb in ("approve", "confirm", "publish"):
        decided = DecideForm(**more)
        if verb == "publish":
            del decided.accepts
            return decided
        return _deciding(decided, draft)
    return BackForm(**more) if life.needs_reason(verb) else StepForm(**more)


def _deciding(form: Any, draft: ManualDraft) -> Form:
    """The form of a step that answers for what some lose; where nobody loses anything, nothing is asked."""
    if not drafts.losses_of(draft):
        del form.accepts
    return cast(Form, form)


@bp.page("/<manual>/draft/step/<act>", needs=P.MANUALS_READ)
def step_page(manual: str, act: str, form: Form | None = None) -> Any:
    draft, verb = draft_here(manual), _verb(manual, act)
    if form is None and verb not in drafts.open_to(me(), draft, today()):
        abort(404)
    behind = isinstance(g.get("refused"), OutOfDate)
    if form is None or behind:  # after a change the words stay, and the next press means what is there now
        form = form or _step_form(manual, act, formdata=None)
        if "seen" in form:
            form["seen"].raw_data, form["seen"].data = None, life.shown(draft)
    lacks = life.what_is_missing(draft, verb, today())
    return page(
        "policies/step.html", draft=draft, form=form, behind=behind, label=label_of(draft.manual.kind, verb),
        action=f"step/{act}", kind="seal" if verb in ("publish", "emergency", "withdraw") else "main",
        lacks=lacks.sentence if lacks else None, mend=mended_at(me(), draft, lacks, today()),
        lost=losses.grouped(drafts.losses_of(draft)) if verb in (*life.DECIDES, "publish") else [],
    )  # fmt: skip


@bp.act(
    "/<manual>/draft/step/<act>", needs=P.MANUALS_READ, form=_step_form, again=step_page,
    leads_to=lambda made, manual, act: url_for(".draft_page", manual=manual), writes=False,
)  # fmt: skip
def take_step(manual: str, act: str, form: Any) -> Any:
    draft, verb = draft_here(manual), _verb(manual, act)
    words = form.words.data or "" if "words" in form else ""
    if verb == "comment":
        life.comment(me(), draft, words, stable=form.clause.data or "", key=form.once.data or "", at=now())
        return done(_("Said. The authors answer it."), draft_page, manual=manual)
    if verb == "finish":
        checks = [Check(one) for one in form.checks.data or []]
        life.finish(me(), draft, checks, seen=form.seen.data or "", at=now())
        return done(_("Thank you: you have had your say."), draft_page, manual=manual)
    numbers = form.approvers.data or [] if "approvers" in form else []
    chosen = [found for one in numbers if (found := organisation.person_numbered(one))]
    seen = form.seen.data or "" if "seen" in form else None
    accepts = bool(form.accepts.data) if "accepts" in form else False
    life.lead_on(me(), draft, verb, words, approvers=chosen, seen=seen, accepts=accepts, at=now())
    if verb in ("approve", "confirm") and not approvals.is_enough(draft):
        said = _("Approved: %(count)s of %(needed)s.", count=len(approvals.given(draft)), needed=draft.quorum)
        return done(said, draft_page, manual=manual)
    return done(_("Done: %(stage)s.", stage=draft.state.label), draft_page, manual=manual)


def _verb(manual: str, act: str) -> str:
    verb = act.replace("-", " ")
    steps = LIFE[draft_here(manual).manual.kind].steps
    return verb if verb in steps and verb not in QUIET else abort(404)


# ── Whose opinion is asked ──


def _reviewer_form(manual: str, **more: Any) -> ReviewerForm:
    form = ReviewerForm(**more)
    form.offer(people())
    return form


@bp.page("/<manual>/draft/opinions", needs=P.MANUALS_READ)
def opinion_list(manual: str, form: ReviewerForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    return page(
        "policies/opinions.html", draft=draft,
        form=form or _reviewer_form(manual, formdata=None, party=Party.DEPARTMENT.value), parties=_PARTIES,
    )  # fmt: skip


@bp.act(
    "/<manual>/draft/opinions", needs=P.MANUALS_READ, form=_reviewer_form, again=opinion_list,
    leads_to=lambda made, manual: url_for(".opinion_list", manual=manual),
)  # fmt: skip
def ask_opinion(manual: str, form: ReviewerForm) -> Any:
    person = chosen_person(form.person.data, "person") if form.person.data else None
    life.ask_opinion(
        me(), draft_here(manual), person, form.name.data or "", Party(form.party.data), key=form.once.data or "",
        at=now(),
    )  # fmt: skip
    return done(_("They are asked for their opinion."), opinion_list, manual=manual)


@bp.act("/<manual>/draft/opinions/<int:reviewer_id>/remove", needs=P.MANUALS_READ)
def ask_no_more(manual: str, reviewer_id: int) -> Any:
    draft = draft_here(manual)
    life.ask_no_more(me(), draft, _reviewer(draft, reviewer_id), at=now())
    return done(_("They are asked no more."), opinion_list, manual=manual)


@bp.page("/<manual>/draft/opinions/<int:reviewer_id>", needs=P.MANUALS_READ)
def outside_opinion(manual: str, reviewer_id: int, form: OpinionForm | None = None) -> Any:
    draft = draft_here(manual)
    reviewer = _reviewer(draft, reviewer_id)
    mine = "answer" in drafts.open_to(me(), draft, today())
    if reviewer.person_id is not None or draft.state not in HEARING or not mine:
        abort(404)
    return page(
        "policies/step.html", draft=draft, form=form or OpinionForm(formdata=None),
        label=_("What %(name)s says", name=reviewer.name), action=f"opinions/{reviewer_id}", kind="main",
    )  # fmt: skip


def _opinion_form(**_values: Any) -> OpinionForm:
    return OpinionForm()


@bp.act("/<manual>/draft/opinions/<int:reviewer_id>", needs=P.MANUALS_READ, form=_opinion_form, again=outside_opinion)
def note_opinion(manual: str, reviewer_id: int, form: OpinionForm) -> Any:
    draft = draft_here(manual)
    life.note_opinion(me(), draft, _reviewer(draft, reviewer_id), form.words.data or "", at=now())
    return done(_("Written down."), draft_page, manual=manual)


# ── Answers ──


@bp.page("/<manual>/draft/comments/<int:comment_id>", needs=P.MANUALS_READ)
def comment_page(manual: str, comment_id: int, form: AnswerForm | None = None) -> Any:
    draft = draft_here(manual)
    remark = _remark(draft, comment_id)
    if form is None and (remark.answered_at or "answer" not in drafts.open_to(me(), draft, today())):
        abort(404)
    return page(
        "policies/step.html", draft=draft, form=form or AnswerForm(formdata=None), label=_("Answer"),
        action=f"comments/{comment_id}", kind="main", remark=remark,
    )  # fmt: skip


def _answer_form(**_values: Any) -> AnswerForm:
    return AnswerForm()


@bp.act("/<manual>/draft/comments/<int:comment_id>", needs=P.MANUALS_READ, form=_answer_form, again=comment_page)
def answer_comment(manual: str, comment_id: int, form: AnswerForm) -> Any:
    draft = draft_here(manual)
    life.answer(me(), draft, _remark(draft, comment_id), form.words.data or "", at=now())
    return done(_("Answered."), draft_page, manual=manual)


def _remark(draft: ManualDraft, comment_id: int) -> DraftComment:
    return life.comment_of(draft, comment_id) or abort(404)


def _reviewer(draft: ManualDraft, reviewer_id: int) -> DraftReviewer:
    return life.reviewer_of(draft, reviewer_id) or abort(404)


_PARTIES = {one.value: one.label for one in Party}
