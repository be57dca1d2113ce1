"""What rules today: every key on one page, and each key on its own with its history."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.text import printable, text_of
from portal.organisation.models import Department
from portal.organisation.queries import departments
from portal.policies import queries, values
from portal.policies.kinds import Choice, Lines, Maybe, Money, Share, Steps, Time, Whole, YesNo
from portal.policies.rulebook import KEYS, RULESETS, Key, keys, title
from portal.policies.views import bp
from portal.web.filters import day
from portal.web.respond import page
from portal.web.signed_in import me

LONGEST = 60
"""Characters of what is looked for."""
KINDS: dict[type, Any] = {
    Whole: _l("a whole number"),
    Share: _l("a share in per cent"),
    Steps: _l("shares, one after the other"),
    Money: _l("an amount in yuan"),
    YesNo: _l("yes or no"),
    Choice: _l("one of a list"),
    Time: _l("a length of time"),
}


@bp.page("/rules", needs=P.MANUALS_READ)
def rules_today() -> Any:
    on, department, words = _day(), _department(), printable(request.args.get("words", ""))[:LONGEST]
    return page(
        "policies/rules.html",
        blocks={"rules_table"},
        rulesets=values.every_rule(on=on, for_=department, words=words),
        on=on,
        today=today(),
        department=department,
        words=words,
        selects=[
            {"name": "words", "label": _("Find"), "type": "search", "value": words, "live": True},
            _whose(),
            _which_day(on),
        ],
        kept=_kept(),
    )


@bp.page("/rules/<key>", needs=P.MANUALS_READ)
def key_page(key: str) -> Any:
    """One key: what holds for whom on which day, by which clause, what follows from it, and every version of it."""
    on, department, of = _day(), _department(), KEYS.get(key) or abort(404)
    return page(
        "policies/key.html",
        blocks={"key_value"},
        key=of,
        line=values.rule_line(of, on=on, for_=department),
        history=values.history(of, on=on, first=queries.chain_of(department)),
        about=next(title(one) for one in RULESETS if of in keys(one)),
        on=on,
        today=today(),
        department=department,
        selects=[_whose(), {"name": "on", "label": _("Day"), "type": "date", "value": request.args.get("on")}],
        kept=_kept(),
        kind=_kind(of),
    )


def _day() -> date:
    """The day that the address names, today without one; 400 for anything that is no day."""
    text = request.args.get("on", "")
    try:
        return date.fromisoformat(text) if text else today()
    except ValueError:
        abort(400)


def _department() -> Department | None:
    """The department that the address names, the reader's own without one; 400 for anything that is none."""
    tree, code = departments(), request.args.get("for", "")
    if code:
        return next((one for one in tree.values() if one.code == code), None) or abort(400)
    return tree.get(me().department_id or 0)


def _kind(key: Key[Any]) -> Any:
    """What kind of value a clause gives it, in words."""
    kind: Any = key.kind
    by_lines = isinstance(kind, Lines)
    inner = kind.of if isinstance(kind, (Lines, Maybe)) else kind
    words = next((words for of, words in KINDS.items() if isinstance(inner, of)), _("a value"))
    return _("%(value)s for each case", value=words) if by_lines else words


def _kept() -> str:
    """Whose rules and which day, as they go along in an address from page to page."""
    chosen = {name: request.args[name] for name in ("for", "on") if request.args.get(name)}
    return f"?{urlencode(chosen)}" if chosen else ""


def _whose() -> dict[str, Any]:
    tree = departments()
    own = tree.get(me().department_id or 0)
    units = [(one.code, "　" * (one.path.count("/") - 2) + text_of(one.names)) for one in tree.values()]
    return {
        "name": "for",
        "label": _("Department"),
        "value": request.args.get("for"),
        "options": [("", _("mine (%(name)s)", name=text_of(own.names)) if own else _("the company")), *units],
    }


def _which_day(on: date) -> dict[str, Any]:
    """Today, or a day on which something changes."""
    days = sorted({*queries.days_of_change(), on} - {today()}, reverse=True)
    return {
        "name": "on",
        "label": _("Day"),
        "value": request.args.get("on") if on != today() else None,
        "options": [("", _("today")), *((one.isoformat(), day(one)) for one in days)],
    }
