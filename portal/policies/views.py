"""Reading manuals, and what they decide today."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.organisation.models import Department
from portal.organisation.queries import departments
from portal.policies import acknowledgements, drafts, queries
from portal.policies.models import Manual, ManualDraft, ManualVersion
from portal.policies.rulebook import KEYS
from portal.web.filters import day
from portal.web.navigation import Place
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("policies", __name__, "/manuals")
PLACES = (Place(_l("Manuals"), "policies.shelf", "book-2", P.MANUALS_READ),)


@bp.page("", needs=P.MANUALS_READ)
def shelf() -> Any:
    return page(
        "policies/shelf.html", shelves=queries.shelves(me()), drafts=drafts.drafts_seen_by(me(), today()),
        may_begin=me().may(P.MANUALS_DRAFT),
    )  # fmt: skip


@bp.page("/rules", needs=P.MANUALS_READ)
def rules_today() -> Any:
    on, department = _day(request.args.get("on", "")), _department(request.args.get("for", ""))
    return page(
        "policies/rules.html",
        blocks={"rules_table"},
        rulesets=queries.every_rule(on=on, for_=department),
        on=on,
        department=department,
        selects=_selects(on),
    )


@bp.page("/<manual>", needs=P.MANUALS_READ)
def manual_page(manual: str) -> Any:
    """The version that holds today; before the first one is in force, the one that comes."""
    found, draft = _manual(manual)
    editions = queries.editions(found)
    shown = next((one for one in editions if one.since <= today()), editions[-1])
    return _version_page(found, draft, editions, shown.label)


@bp.page("/<manual>/<label>", needs=P.MANUALS_READ)
def version_page(manual: str, label: str) -> Any:
    found, draft = _manual(manual)
    return _version_page(found, draft, queries.editions(found), label)


def _version_page(manual: Manual, draft: ManualDraft | None, editions: list[queries.Edition], label: str) -> Any:
    version: ManualVersion = queries.version_of(manual, label) or abort(404)
    return page(
        "policies/version.html",
        manual=manual,
        version=version,
        editions=editions,
        edition=next(one for one in editions if one.id == version.id),
        in_force=next((one for one in editions if one.since <= today()), None),
        keys=KEYS,
        draft=draft,
        may_begin=drafts.may_begin(me(), manual),
        asked=acknowledgements.mine_of(me(), version.id),
        looks_after=acknowledgements.looks_after(me(), manual),
    )


def manual_here(code: str) -> Manual:
    """The manual with this code, or 404 where the reader has none."""
    return queries.manual_seen_by(me(), code) or abort(404)


def _manual(code: str) -> tuple[Manual, ManualDraft | None]:
    return drafts.manual_with_draft(me(), code, today()) or abort(404)


def _day(text: str) -> date:
    """The day that the address names, today without one; 400 for anything that is no day."""
    try:
        return date.fromisoformat(text) if text else today()
    except ValueError:
        abort(400)


def _department(code: str) -> Department | None:
    """The department that the address names, the reader's own without one; 400 for anything that is none."""
    tree = departments()
    if code:
        return next((one for one in tree.values() if one.code == code), None) or abort(400)
    return tree.get(me().department_id or 0)


def _selects(on: date) -> list[dict[str, Any]]:
    """Whose rules, and on which day: today, or a day on which something changes."""
    own = departments().get(me().department_id or 0)
    units = [(one.code, "　" * (one.path.count("/") - 2) + text_of(one.names)) for one in departments().values()]
    days = sorted({*queries.days_of_change(), on} - {today()}, reverse=True)
    return [
        {
            "name": "for",
            "label": _("Department"),
            "value": request.args.get("for"),
            "options": [("", _("mine (%(name)s)", name=text_of(own.names)) if own else _("the company")), *units],
        },
        {
            "name": "on",
            "label": _("Day"),
            "value": request.args.get("on") if on != today() else None,
            "options": [("", _("today")), *((one.isoformat(), day(one)) for one in days)],
        },
    ]
