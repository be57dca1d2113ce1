"""Looking up the check code of a sheet: typed from the paper, or opened by its QR code."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from portal.check import queries
from portal.kernel.clock import now
from portal.kernel.permissions import Open
from portal.kernel.text import printable
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("check", __name__, "/check")
LONGEST = 80


@bp.page("", needs=Open.STAFF)
def ask() -> Any:
    """The form; what was typed into it becomes an address."""
    typed = "".join(printable(request.args.get("code", "")).split())[:LONGEST].replace("/", "")
    return redirect(url_for(".answer", code=typed), 303) if typed else page("check/check.html", code="", found=None)


@bp.page("/<code>", needs=Open.STAFF)
def answer(code: str) -> Any:
    """What the paper should say. A code that nobody issued and a paper that is not for the reader look the same."""
    typed = printable(code)[:LONGEST]
    found = queries.paper_with(me(), typed, now())
    return page(
        "check/check.html", code=typed, found=found, status=200 if found else 404, **(found.context if found else {})
    )
