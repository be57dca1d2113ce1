"""The checklist on the page of a ticket."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel.clock import now
from portal.kernel.permissions import P
from portal.lists import queries as lists
from portal.tickets import checklist
from portal.tickets.choices import id_in
from portal.tickets.forms import StepsForm
from portal.tickets.views import act_on, back, bp, ticket_here, ticket_page
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
    ticket = ticket_here(number)
    done = request.form.get("done") != "no"
    checklist.tick(me(), ticket, checklist.step_of(ticket, step_id) or abort(404), done=done, at=now())
    return back(_("Ticked.") if done else _("To be done again."), number)
