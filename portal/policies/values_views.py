"""What rules today: every key on one page, and each key on its own with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.text import listed, printable, text_of
from portal.organisation.queries import department_on, departments
from portal.policies import places, queries, values
from portal.policies.kinds import Choice, Lines, Maybe, Money, Share, Steps, Time, Whole, YesNo
from portal.policies.places import Scope
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
    on, words = _day(), printable(request.args.get("words", ""))[:LONGEST]
    whose = _whose(on)
    return page(
        "policies/rules.html",
        blocks={"rules_table"},
        rulesets=values.every_rule(on=on, chain=whose.chain, words=words),
        on=on,
        today=today(),
        whose=whose.name,
        words=words,
        selects=[
            {"name": "words", "label": _("Find"), "type": "search", "value": words, "live": True},
            whose.select,
            _which_day(on),
        ],
        kept=_kept(),
    )


@bp.page("/rules/<key>", needs=P.MANUALS_READ)
def key_page(key: str) -> Any:
    """One key: what holds for whom on which day, by which clause, what follows from it, and every version of it."""
    on, of = _day(), KEYS.get(key) or abort(404)
    whose = _whose(on)
    return page(
        "policies/key.html",
        blocks={"key_value"},
        key=of,
        line=values.rule_line(of, on=on, chain=whose.chain),
        history=values.history(of, on=on, first=whose.chain),
        about=next(title(one) for one in RULESETS if of in keys(one)),
        on=on,
        today=today(),
        whose=whose.name,
        selects=[whose.select, {"name": "on", "label": _("Day"), "type": "date", "value": request.args.get("on")}],
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


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose rules the address asks for: in words, where they are looked for, and the list to choose from."""

    name: str
    chain: list[Scope]
    select: dict[str, Any]


def _whose(on: date) -> _Whose:
    """A department by its code, a post as `post-12`, without either the posts and the department that the reader has on
    that day, named by the posts where something is said to one of them; 400 for anything that is none."""
    tree, code, posts = departments(), request.args.get("for", ""), places.posts_that_rule(me().id, on)
    home = me().department_id if on == today() else department_on(me().id, on)
    own = tree.get(home or 0)
    held = [str(one.named) for one in posts if one.held is not None]
    mine = listed(held) if held else text_of(own.names) if own else _("the company")
    as_ = _("as %(post)s", post=mine) if held else _("mine (%(name)s)", name=mine) if own else mine
    units = [(one.code, "　" * (one.path.count("/") - 2) + text_of(one.names)) for one in tree.values()]
    chosen = {
        "name": "for",
        "label": _("Department"),
        "value": code or None,
        "options": [
            ("", as_),
            *units,
            *((one.named.code, str(one.named)) for one in posts),
        ],
    }
    if not code:
        return _Whose(mine, places.scopes_of(posts, home), chosen)
    if unit := next((one for one in tree.values() if one.code == code), None):
        return _Whose(text_of(unit.names), queries.chain_of(unit), chosen)
    post = next((one.named for one in posts if one.named.code == code), None) or abort(400)
    return _Whose(str(post), [post.scope, *queries.chain_of(post.department_id)], chosen)


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


def _which_day(on: date) -> dict[str, Any]:
    """Today, or a day on which something changes."""
    days = sorted({*queries.days_of_change(), on} - {today()}, reverse=True)
    return {
        "name": "on",
        "label": _("Day"),
        "value": request.args.get("on") if on != today() else None,
        "options": [("", _("today")), *((one.isoformat(), day(one)) for one in days)],
    }
