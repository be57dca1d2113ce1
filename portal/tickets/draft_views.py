"""Who is at a ticket just now, and where the forms are whose drafts people keep."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _

from portal.kernel import drafts, presence
from portal.kernel.clock import now
from portal.kernel.drafts import Place
from portal.kernel.permissions import P
from portal.tickets import queries
from portal.tickets.choices import id_in
from portal.tickets.turns import ACTS
from portal.tickets.views import bp, whole_here
from portal.web.respond import page
from portal.web.routes import note_afterwards
from portal.web.signed_in import me


@bp.page("/<number>/here", needs=P.TICKETS_OPEN, quiet=True)
def who_is_here(number: str) -> Response:
    """The line of those who read or write here, asked by the open page itself; whoever asks is seen by the others."""
    whole, reader, at = whole_here(number), me(), now()
    if not whole.inside:
        abort(404)
    thing = f"ticket:{whole.ticket.id}"
    around = presence.around(reader.id, thing, at)
    if not presence.was_seen(reader.id, thing, at):
        note_afterwards(partial(presence.seen, reader, thing, at=at))
    return page("tickets/here.html", blocks={"here"}, around=around, ticket=whole.ticket)


def _of_drafts(reader: Any, rests: Collection[str]) -> dict[str, Place]:
    """Where the forms of tickets are: `42:write`, `42:offer`, `42:strike-7`, `42:unlink-T-2026-00007`, `new`,
    `new:C-2026-00001`, `new:visit-7`."""
    found = {rest: _of_new(rest) for rest in rests if rest.partition(":")[0] == "new"}
    seen = queries.titles(reader, {id_in(rest.partition(":")[0]) for rest in rests})
    for rest in rests:
        ticket, act = seen.get(id_in(rest.partition(":")[0])), rest.partition(":")[2]
        if ticket is not None and (form := _form(ticket[0], act)):
            found[rest] = Place(form.url, " · ".join((" ".join(ticket), form.label)))
    return found


def _form(number: str, act: str) -> Place | None:
    """A form of one ticket; None for what is none of ours."""
    name, _dash, which = act.partition("-")
    if act == "write":
        return Place(url_for("tickets.ticket_page", number=number), _("Letter or note"))
    if name == "unlink" and which:
        return Place(url_for("tickets.unlink_page", number=number, other=which), _("Take the link off"))
    if name == "strike" and (step_id := id_in(which)):
        return Place(url_for("tickets.strike_page", number=number, step_id=step_id), _("This step is not needed"))
    if act not in ACTS:
        return None
    if ACTS[act].apart:
        return Place(url_for(f"tickets.{act}_page", number=number), str(ACTS[act].label))
    return Place(url_for("tickets.ticket_page", number=number, act=act), str(ACTS[act].label))


def _of_new(rest: str) -> Place:
    about = rest.partition(":")[2]
    asked = {"visit": about.removeprefix("visit-")} if about.startswith("visit-") else {"customer": about or None}
    return Place(url_for("tickets.new_ticket", **asked), _("Take down"))


drafts.PLACES["ticket"] = _of_drafts
