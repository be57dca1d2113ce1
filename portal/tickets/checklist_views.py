"""The checklist on the page of a ticket."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from portal.kernel.clock import now
from portal.kernel.permissions import P
from portal.lists import queries as lists
from portal.tickets import checklist
from portal.tickets.choices import id_in
from portal.tickets.forms import StepsForm, StrikeForm
from portal.tickets.models import TicketStep
from portal.tickets.queries import Whole
from portal.tickets.states import TICKET
from portal.tickets.views import act_on, apart_page, back, bp, ticket_here, ticket_page, whole_here
from portal.web.drafts import typed_again
from portal.web.respond import done
from portal.web.signed_in import me


@act_on("steps", "steps")
def add_steps(number: str, form: StepsForm) -> Any:
    """From a template, by hand, or both."""
    chosen = id_in(form.template.data) if "template" in form else 0
    template = (lists.template_with(chosen) or abort(404)) if chosen else None
    steps = [(line, bool(form.must.data)) for line in (form.words.data or "").splitlines()]
    checklist.add_steps(me(), ticket_here(number), steps, template=template, at=now())
    return back(_("The steps are on the ticket."), number)


@bp.act(
    "/<number>/steps/<int:step_id>", needs=P.TICKETS_OPEN, again=lambda form, number, step_id: ticket_page(number, form)
)  # fmt: skip
def tick_step(number: str, step_id: int) -> Any:
    whole, step = _step(number, step_id)
    ticked = request.form.get("done") != "no"
    checklist.tick(me(), whole.ticket, step, done=ticked, at=now())
    return back(_("Ticked.") if ticked else _("To be done again."), number)


@bp.page("/<number>/steps/<int:step_id>/strike", needs=P.TICKETS_OPEN)
def strike_page(number: str, step_id: int, form: StrikeForm | None = None) -> Response:
    """Asks why; the words of the step stand above."""
    draft = f"strike-{step_id}"
    whole, step = _step(number, step_id, draft)
    if form is None and not TICKET.allows(me(), whole.ticket, "list steps"):
        abort(403)
    must = _("As a rule this ticket is not solved before it is done. Everybody who works on it sees the reason.")
    return apart_page(
        whole, form or StrikeForm(formdata=typed_again(whole.kept)), _("This step is not needed"),
        " ".join((f"“{step.words}”", must)) if step.must else f"“{step.words}”", f"steps/{step_id}/strike",
        _("Strike it out"), draft=draft,
    )  # fmt: skip


@bp.act(
    "/<number>/steps/<int:step_id>/strike", needs=P.TICKETS_OPEN, form=lambda number, step_id: StrikeForm(),
    again=strike_page,
)  # fmt: skip
def strike_step(number: str, step_id: int, form: StrikeForm) -> Any:
    whole, step = _step(number, step_id)
    checklist.strike(me(), whole.ticket, step, form.reason.data or "", at=now())
    return done(_("Struck out. It can be taken back."), ticket_page, number=number)


@bp.act(
    "/<number>/steps/<int:step_id>/restore", needs=P.TICKETS_OPEN,
    again=lambda form, number, step_id: ticket_page(number, form),
)  # fmt: skip
def restore_step(number: str, step_id: int) -> Any:
    whole, step = _step(number, step_id)
    checklist.restore(me(), whole.ticket, step, at=now())
    return back(_("To be done again."), number)


def _step(number: str, step_id: int, draft: str = "") -> tuple[Whole, TicketStep]:
    """The ticket that the reader works on, and a step of it; whoever does not see what is said inside sees no step."""
    whole = whole_here(number, draft)
    if not whole.inside:
        abort(404)
    return whole, checklist.step_of(whole.ticket, step_id) or abort(404)
