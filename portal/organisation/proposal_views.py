"""What departments propose for their own people, and how people are appraised by the objectives agreed with them."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.paging import After
from portal.kernel.permissions import Open, P
from portal.kernel.text import printable, say
from portal.organisation import actions, queries, rules
from portal.organisation.models import Appraisal, Person, StaffProposal
from portal.organisation.proposal_forms import AppraiseForm, DecideForm, ObjectivesForm, ProposalForm
from portal.organisation.states import PROPOSAL, ProposalState
from portal.organisation.views import bp
from portal.web.respond import done, page
from portal.web.signed_in import me

# Proposals


@bp.page("/proposals", needs=Open.STAFF)
def proposal_list() -> Any:
    if not queries.sees_proposals(me()):
        abort(404)
    state = request.args.get("state", "")
    if state and state not in set(ProposalState):
        abort(400)
    after = _after(int)
    return page(
        "organisation/proposals.html",
        blocks={"proposal_list"},
        proposals=queries.proposals_seen_by(me(), state=ProposalState(state) if state else None, after=after),
        units=queries.departments(),
        state=state,
        states=ProposalState,
        started=bool(after),
        may_propose=me().may(P.PROPOSALS_MAKE),
    )


@bp.page("/proposals/new", needs=P.PROPOSALS_MAKE, keyed=True)
def new_proposal(form: ProposalForm | None = None) -> Any:
    form = form or ProposalForm(formdata=None, person=_asked_person())
    return page(
        "organisation/proposal_form.html", form=form, people=queries.own_people(me(), P.PROPOSALS_MAKE, today())
    )


@bp.act(
    "/proposals/new", needs=P.PROPOSALS_MAKE, form=ProposalForm, again=new_proposal,
    leads_to=lambda made: url_for(".proposal_page", proposal_number=made),
)  # fmt: skip
def propose(form: ProposalForm) -> Response:
    person = _own_person(form.person.data or "", P.PROPOSALS_MAKE)
    proposal = actions.propose(
        me(), person, form.kind.data, (form.words.data or "").strip(), key=form.once.data or "", at=now()
    )
    return done(_("HR decides."), proposal_page, proposal_number=proposal.number)


@bp.page("/proposals/<proposal_number>", needs=Open.STAFF)
def proposal_page(proposal_number: str, form: DecideForm | None = None) -> Any:
    proposal = _proposal(proposal_number)
    return page(
        "organisation/proposal.html",
        proposal=proposal,
        unit=queries.departments()[proposal.department_id],
        form=form or DecideForm(formdata=None),
        verbs=PROPOSAL.open_to(me(), proposal),
        may_decide="accept" in PROPOSAL.open_to(me(), proposal) and me().id != proposal.proposed_by_id,
    )


@bp.act("/proposals/<proposal_number>/decide", needs=P.PROPOSALS_DECIDE, form=DecideForm, again=proposal_page)
def decide(proposal_number: str, form: DecideForm) -> Response:
    actions.decide_proposal(
        me(), _proposal(proposal_number), accept=form.verdict.data == "accept", words=form.words.data or "", at=now()
    )
    return done(_("It is decided."), proposal_page, proposal_number=proposal_number)


@bp.act("/proposals/<proposal_number>/withdraw", needs=Open.STAFF)
def withdraw_proposal(proposal_number: str) -> Response:
    actions.withdraw_proposal(me(), _proposal(proposal_number), at=now())
    return done(_("It is taken back."), proposal_page, proposal_number=proposal_number)


# Appraisals


@bp.page("/appraisals", needs=Open.STAFF)
def appraisal_list() -> Any:
    after = _after(int)
    return page(
        "organisation/appraisals.html",
        appraisals=queries.appraisals_open_to(me(), today(), after=after),
        started=bool(after),
        may_write=me().may(P.APPRAISALS_WRITE),
    )


@bp.page("/appraisals/new", needs=P.APPRAISALS_WRITE)
def new_objectives(form: ObjectivesForm | None = None) -> Any:
    form = form or ObjectivesForm(formdata=None, person=_asked_person(), period=rules.quarter_of(today()))
    return page(
        "organisation/objectives_form.html", form=form, people=queries.own_people(me(), P.APPRAISALS_WRITE, today())
    )


@bp.act("/appraisals/new", needs=P.APPRAISALS_WRITE, form=ObjectivesForm, again=new_objectives)
def agree_objectives(form: ObjectivesForm) -> Response:
    person = _own_person(form.person.data or "", P.APPRAISALS_WRITE)
    made = actions.agree_objectives(
        me(), person, form.period.data or "", (form.objectives.data or "").strip(), at=now()
    )  # fmt: skip
    return done(_("The objectives are agreed."), appraisal_page, appraisal_id=made.id)


@bp.page("/appraisals/<int:appraisal_id>", needs=Open.STAFF)
def appraisal_page(appraisal_id: int, form: AppraiseForm | None = None) -> Any:
    appraisal = _appraisal(appraisal_id)
    return page(
        "organisation/appraisal.html",
        appraisal=appraisal,
        person=queries.person_with_id(appraisal.person_id),
        unit=queries.departments()[appraisal.department_id],
        form=form or AppraiseForm(formdata=None),
        may_appraise=appraisal.appraised_at is None
        and appraisal.person_id != me().id
        and me().may(P.APPRAISALS_WRITE, appraisal.department_id),
    )


@bp.act("/appraisals/<int:appraisal_id>", needs=P.APPRAISALS_WRITE, form=AppraiseForm, again=appraisal_page)
def appraise(appraisal_id: int, form: AppraiseForm) -> Response:
    actions.appraise(
        me(), _appraisal(appraisal_id), result=(form.result.data or "").strip(),
        attendance=(form.attendance.data or "").strip(), at=now(),
    )  # fmt: skip
    return done(_("The appraisal is written down."), appraisal_page, appraisal_id=appraisal_id)


# What both share


def _proposal(number: str) -> StaffProposal:
    return queries.proposal_seen_by(me(), number) or abort(404)


def _appraisal(appraisal_id: int) -> Appraisal:
    return queries.appraisal_seen_by(me(), appraisal_id, today()) or abort(404)


def _asked_person() -> str:
    return printable(request.args.get("person", ""))[:100]


def _own_person(words: str, right: P) -> Person:
    """The one of the reader's own people whom the words mean. Raises Refused for nobody or several."""
    found = [one for one in queries.people_found(words.strip(), today()) if queries.is_own(me(), right, one, today())]
    if len(found) != 1:
        raise Refused(
            say("Several of your people are called that: write the staff number.")
            if found
            else say("None of your people is called that."),
            field="person",
        )
    return found[0]


def _after(*kinds: type) -> After | None:
    try:
        return After.read(request.args.get("after"), *kinds)
    except ValueError:
        abort(400)
