"""The first page."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.kernel.clock import now
from portal.kernel.permissions import Open
from portal.today import queries
from portal.today.queries import When
from portal.web.navigation import Place
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("today", __name__)
PLACES = (Place(_l("Today"), "today.first_page", "checklist", rank=0),)
HEADS = {
    When.LATE: _l("Late"),
    When.TODAY: _l("Today"),
    When.WAITING: _l("Somebody waits, without a limit"),
    When.THIS_WEEK: _l("This week"),
    When.LATER: _l("Later"),
}


@bp.page("/", needs=Open.STAFF)
def first_page() -> Any:
    groups = queries.agenda(me(), now())
    others = 0 if groups else queries.others_wait(me())
    return page("today/today.html", blocks={"agenda"}, groups=groups, heads=HEADS, late=When.LATE, others=others)
