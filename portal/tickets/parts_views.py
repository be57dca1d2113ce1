"""Asking other departments for their part of a ticket, and doing it."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, office_zone
from portal.kernel.permissions import P
from portal.tickets import parts
from portal.tickets.choices import chosen_desk, id_in
from portal.tickets.models import Ticket, TicketPart
from portal.tickets.parts_forms import (
    AskPartForm,
    FinishPartForm,
    GiveBackPartForm,
    PartForm,
    RefusePartForm,
    SendBackPartForm,
    TakePartForm,
    WithdrawPartForm,
)
from portal.tickets.views import act_on, back, bp, seen_or_queue, sent, ticket_here, ticket_page
from portal.web.signed_in import me


def _chosen(number: str, form: PartForm) -> tuple[Ticket, TicketPart]:
    """The ticket that the reader sees, and the part of it that was chosen."""
    ticket = ticket_here(number)
    return ticket, parts.part_of(ticket, id_in(form.part.data)) or abort(404)


@bp.act(
    "/<number>/part", needs=P.TICKETS_OPEN, form=sent("part"), again=ticket_page,
    leads_to=lambda made, number: url_for(".ticket_page", number=number),
)  # fmt: skip
def ask_part(number: str, form: AskPartForm) -> Any:
    department, person = chosen_desk(form.to.data)
    wish = form.wish.data.replace(tzinfo=office_zone()) if form.wish.data else None
    parts.ask(
        me(), ticket_here(number), department, form.wanted.data or "", person=person, wish=wish,
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return back(_("Asked. It counts when somebody there takes it."), number)


@act_on("part-take", "part-take")
def take_part(number: str, form: TakePartForm) -> Any:
    parts.take(me(), *_chosen(number, form), at=now())
    return back(_("The part is yours now."), number)


@act_on("part-refuse", "part-refuse")
def refuse_part(number: str, form: RefusePartForm) -> Any:
    parts.refuse(me(), *_chosen(number, form), form.reason.data or "", at=now())
    return seen_or_queue(_("Refused; whoever asked looks for another way."), number)


@act_on("part-give-back", "part-give-back")
def give_part_back(number: str, form: GiveBackPartForm) -> Any:
    parts.give_back(me(), *_chosen(number, form), form.reason.data or "", at=now())
    return seen_or_queue(_("Given back to your department."), number)


@act_on("part-finish", "part-finish")
def finish_part(number: str, form: FinishPartForm) -> Any:
    parts.finish(me(), *_chosen(number, form), form.reply.data or "", form.minutes.data or 0, at=now())
    return back(_("The part is done."), number)


@act_on("part-send-back", "part-send-back")
def send_part_back(number: str, form: SendBackPartForm) -> Any:
    parts.send_back(me(), *_chosen(number, form), form.reason.data or "", at=now())
    return back(_("Sent back, and asked for again."), number)


@act_on("part-withdraw", "part-withdraw")
def withdraw_part(number: str, form: WithdrawPartForm) -> Any:
    parts.withdraw(me(), *_chosen(number, form), form.reason.data or "", at=now())
    return back(_("Withdrawn."), number)
