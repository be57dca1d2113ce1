"""The search box of every page."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask_babel import gettext as _

from portal.kernel import search as index
from portal.kernel.clock import today
from portal.kernel.permissions import Open
from portal.kernel.text import printable
from portal.kernel.tokens import LONGEST_QUESTION
from portal.search import queries
from portal.web.filters import capped
from portal.web.respond import page, wants_part
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("search", __name__)


@bp.page("/search", needs=Open.STAFF)
def search() -> Any:
    """Whoever presses Enter behind a number goes there; while one types, it stands on top."""
    words = printable(request.args.get("q", ""))[:LONGEST_QUESTION].strip()
    labels = {one.name: str(one.label) for one in index.kinds() if me().may(one.needs)}
    kind = request.args.get("kind", "")
    if kind and kind not in labels:
        abort(400)
    number = queries.number_of(words, today().year)
    exact = queries.thing_numbered(me(), number) if number else None
    if exact and not kind and not wants_part():
        return redirect(exact[1].href, 303)
    found = queries.found(me(), words, kind=kind, exact=exact)
    tabs = [(_("All"), "", sum(found.counts.values()))]
    tabs += [(label, name, found.counts.get(name, 0)) for name, label in labels.items()]
    return page(
        "search/search.html",
        blocks={"search_hits"},
        words=words,
        search_words=words,
        found=found,
        kind=kind,
        labels=labels,
        tabs=[(label, name, name == kind, capped(count) if count else None) for label, name, count in tabs],
        most=queries.MOST_SHOWN,
    )
