"""Whom a note can call, while somebody types an @ into it."""

from __future__ import annotations

from flask import Response, abort, request

from portal.kernel.clock import now
from portal.kernel.permissions import P
from portal.kernel.text import printable
from portal.tickets import mentions
from portal.tickets.views import bp, whole_here
from portal.web.respond import page
from portal.web.signed_in import me


@bp.page("/<number>/colleagues", needs=P.TICKETS_OPEN, quiet=True)
def colleagues_to_call(number: str) -> Response:
    """Colleagues who can read a note on this ticket, by the beginning of what is typed after the @."""
    whole = whole_here(number)
    if not whole.inside:
        abort(404)
    words = printable(request.args.get("words", "")).strip()[: mentions.LONGEST]
    people = mentions.suggested(me(), whole.ticket, words, now())
    return page("tickets/called.html", blocks={"called"}, ticket=whole.ticket, people=people, words=words)
