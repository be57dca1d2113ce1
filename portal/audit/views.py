"""The journal for auditors, the security log for them and for administrators."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import lazy_gettext as _l

from portal.audit import queries
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.security_log import Kind
from portal.kernel.text import printable
from portal.web.navigation import UPKEEP, Place
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("audit", __name__)
PLACES = (
    Place(_l("Journal"), "audit.journal", "history", needs=P.JOURNAL_READ, rank=90, group=UPKEEP),
    Place(_l("Security log"), "audit.security_log", "shield-check", needs=P.SECURITY_READ, rank=91, group=UPKEEP),
)
THINGS = {
    "ticket": _l("tickets"),
    "ticket import": _l("imports of tickets"),
    "saved view": _l("saved views"),
    "person": _l("people"),
    "department": _l("departments"),
    "duty": _l("duties"),
    "proposal": _l("proposals"),
    "customer": _l("customers"),
    "visit": _l("visits"),
    "manual": _l("manuals"),
    "list": _l("lists"),
    "calendar year": _l("calendar"),
    "working hours": _l("working hours"),
    "import": _l("imports of people"),
    "internal complaint": _l("complaints by colleagues"),
    "manual draft": _l("drafts of manuals"),
    "acknowledgement": _l("acknowledgements"),
    "course": _l("courses"),
    "training session": _l("training sessions"),
    "team": _l("teams"),
    "training goal": _l("goals of training"),
    "change request": _l("comments on manuals"),
    "product launch": _l("new products"),
    "onboarding": _l("newcomers"),
    "onboarding list": _l("list for newcomers"),
    "signature": _l("signatures"),
}


@bp.page("/journal", needs=P.JOURNAL_READ)
def journal() -> Any:
    about, actor = request.args.get("about", ""), printable(request.args.get("actor", ""))[:200]
    if about and about not in queries.kinds_of_things():
        abort(400)
    try:
        after = After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)
    entries = queries.journal(me(), about=about or None, actor=actor or None, after=after)
    things = [(one, str(THINGS.get(one, one))) for one in queries.kinds_of_things()]
    return page(
        "audit/journal.html",
        blocks={"journal_list"},
        entries=entries,
        subjects=queries.subjects(entries.rows),
        about=about,
        actor=actor,
        things=things,
        started=after is not None,
        here=url_for("audit.journal", about=about or None, actor=actor or None),
        seal=queries.last_seal(),
    )


@bp.page("/security-log", needs=P.SECURITY_READ)
def security_log() -> Any:
    wanted = request.args.get("kind", "")
    try:
        kind = Kind(wanted) if wanted else None
        after = After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)
    return page(
        "audit/security_log.html",
        blocks={"attempts"},
        attempts=queries.security_log(me(), kind=kind, after=after),
        kind=kind,
        labels={one.value: one.label for one in Kind},
        rights={right.value: right.label for right in P},
        started=after is not None,
        here=url_for("audit.security_log", kind=kind),
    )
