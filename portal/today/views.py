"""The first page."""

from __future__ import annotations

from typing import Any

from portal.kernel.permissions import Open
from portal.web.respond import page
from portal.web.routes import Feature

bp = Feature("today", __name__)


@bp.page("/", needs=Open.STAFF)
def first_page() -> Any:
    return page("today/today.html")
