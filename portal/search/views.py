"""The search box of every page."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.kernel.clock import today
from portal.kernel.permissions import Open
from portal.kernel.text import printable
from portal.search import queries
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("search", __name__)
LONGEST = 200


@bp.page("/search", needs=Open.STAFF)
def search() -> Any:
    words = printable(request.args.get("q", ""))[:LONGEST].strip()
    number = queries.number_of(words, today().year)
    if number and (place := queries.place_of(me(), number)):
        return redirect(place, 303)
    return page("search/search.html", words=words, search_words=words, number=number, found=queries.found(me(), words))
