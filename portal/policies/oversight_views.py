"""How the manuals stand, for whoever looks after them, and which fields of operations have none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.organisation.queries import departments
from portal.policies import oversight, queries
from portal.policies.states import Phase
from portal.policies.views import bp
from portal.web.respond import page
from portal.web.signed_in import me

PERIODS = (365, 90, 30)
"""Days over which new versions are counted; the first one is the usual."""


@bp.page("/standing", needs=P.MANUALS_READ)
def standing_page() -> Any:
    """Each manual that one looks after with its figures, and who knows one of them by department; each figure opens
    its list."""
    days, code = _days(), request.args.get("manual", "")
    rows = oversight.standings(me(), since=today() - timedelta(days=days), on=today())
    chosen = next((one for one in rows if one.manual.code == code), None)
    if code and chosen is None:
        abort(404)
    tree = departments()
    return page(
        "policies/standing.html",
        blocks={"standing_figures"},
        rows=rows,
        chosen=chosen,
        parts=[(tree[one], tally) for one, tally in chosen.by_department.items() if one in tree] if chosen else [],
        days=days,
        today=today(),
        selects=[
            {
                "name": "manual",
                "label": _("By department"),
                "value": code or None,
                "options": [
                    ("", _("choose a manual")),
                    *(
                        (one.manual.code, f"{one.manual.code} {text_of(one.manual.titles)}")
                        for one in rows
                        if one.known
                    ),
                ],
            },
            {
                "name": "days",
                "label": _("New versions of the last"),
                "value": str(days) if days != PERIODS[0] else None,
                "options": [("", _("12 months")), ("90", _("90 days")), ("30", _("30 days"))],
            },
        ],
    )


def _days() -> int:
    """Over how many days new versions are counted; 400 for a number that is not offered."""
    sent = request.args.get("days") or str(PERIODS[0])
    if sent not in map(str, PERIODS):
        abort(400)
    return int(sent)


@bp.page("/coverage", needs=P.MANUALS_READ)
def coverage_page() -> Any:
    shelves = queries.shelves(me())
    return page(
        "policies/coverage.html", fields=oversight.coverage(shelves), norms=oversight.norms(shelves), phases=Phase,
        may_begin=me().may(P.MANUALS_DRAFT),
    )  # fmt: skip
