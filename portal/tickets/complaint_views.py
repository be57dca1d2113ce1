"""Complaints of customers, and those that colleagues make inside."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from portal.kernel.clock import now
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.organisation.accounts import confirm_secret
from portal.tickets import actions, complaints, queries
from portal.tickets.choices import chosen_desk, id_in
from portal.tickets.forms import ComplainForm, ComplaintAnswerForm, ComplaintForm, ConcludeForm, LearnForm, SignForm
from portal.tickets.models import InternalComplaint
from portal.tickets.states import Ground
from portal.tickets.views import act_on, back, bp, sent, ticket_here, ticket_page
from portal.web.meanwhile import seen_sent
from portal.web.respond import done, page
from portal.web.signed_in import me


@act_on("complaint-form", "complaint-form")
def complaint_form(number: str, form: ComplaintForm) -> Any:
    chosen = [queries.department(id_in(one)) or abort(404) for one in form.departments.data or ()]
    complaints.fill_form(
        me(), ticket_here(number), cause=form.cause.data or "", wanted=form.wanted.data or "",
        grounds=[Ground(one) for one in form.grounds.data or ()],
        amount=int(form.amount.data * 100) if form.amount.data is not None else None,
        product=form.product.data or "", departments=chosen, seen=seen_sent(), at=now(),
    )  # fmt: skip
    return back(_("The complaint form is filled in."), number)


@act_on("conclude", "conclude")
def conclude(number: str, form: ConcludeForm) -> Any:
    complaints.conclude(
        me(), ticket_here(number), upheld=form.upheld.data == "yes", evidence=form.evidence.data or "",
        conclusion=form.conclusion.data or "", seen=seen_sent(), at=now(),
    )  # fmt: skip
    return back(_("Concluded. Each department concerned signs now."), number)


@bp.act("/<number>/sign", needs=P.TICKETS_OPEN, form=sent("sign"), again=ticket_page, writes=False)
def sign(number: str, form: SignForm) -> Any:
    """The secret is proved before the act begins: a slow hash holds no transaction."""
    department = queries.department(id_in(form.department.data)) or abort(404)
    ticket_here(number)
    proved = confirm_secret(me(), form.secret.data or "", address=request.remote_addr or "", at=now())
    complaints.sign_part(me(), ticket_here(number), department, proved, at=now())
    return back(_("Signed."), number)


@act_on("learn", "learn")
def learn(number: str, form: LearnForm) -> Any:
    complaints.learn(
        me(), ticket_here(number), cause=form.cause.data or "", lesson=form.lesson.data or "", seen=seen_sent(),
        at=now(),
    )  # fmt: skip
    return back(_("Cause and lesson are written down."), number)


@act_on("complain", "complain")
def complain(number: str, form: ComplainForm) -> Any:
    department, person = chosen_desk(form.about.data)
    complaint = actions.complain_inside(me(), ticket_here(number), department, person, form.words.data or "", at=now())
    return back(_("%(name)s will read it. Nobody else sees it.", name=complaint.manager_name), number)


@bp.page("/complaints", needs=P.TICKETS_OPEN)
def inside_complaints() -> Response:
    return page("tickets/complaints.html", complaints=queries.complaints_seen_by(me()))


def _complaint(complaint_id: int) -> InternalComplaint:
    return queries.complaint_seen_by(me(), complaint_id) or abort(404)


@bp.page("/complaints/<int:complaint_id>", needs=P.TICKETS_OPEN)
def complaint_page(complaint_id: int, form: ComplaintAnswerForm | None = None) -> Response:
    complaint = _complaint(complaint_id)
    decides = complaint.manager_id == me().id and complaint.answered_at is None
    return page(
        "tickets/complaint.html",
        complaint=complaint,
        form=(form or ComplaintAnswerForm(formdata=None)) if decides else None,
        seen=queries.ticket_seen_by(me(), complaint.ticket.number) is not None,
        department=text_of(complaint.about_department.names),
    )


@bp.act(
    "/complaints/<int:complaint_id>/answer", needs=P.TICKETS_OPEN, form=lambda complaint_id: ComplaintAnswerForm(),
    again=complaint_page,
)  # fmt: skip
def answer_complaint(complaint_id: int, form: ComplaintAnswerForm) -> Any:
    actions.answer_complaint(me(), _complaint(complaint_id), form.words.data or "", at=now())
    return done(_("Answered."), complaint_page, complaint_id=complaint_id)
