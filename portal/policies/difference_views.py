"""What is different between two versions of a manual, as a marked-up page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.policies import acknowledgements, drafts, queries, quiz, quiz_changes
from portal.policies.difference import ClauseChange, OpeningChange, What, difference, openings, values_of
from portal.policies.leaves import FRAME, packed
from portal.policies.models import Manual
from portal.policies.queries import Edition
from portal.policies.quiz_rules import Question
from portal.policies.views import bp, manual_here
from portal.web.respond import page
from portal.web.signed_in import me

ROOM = 24_000
"""Signs of both sides on one page: each of them stands there twice."""
SIGNED = "signed"
"""Instead of a version: the one that the reader acknowledged last."""


@bp.page("/<manual>/<label>/changes", needs=P.MANUALS_READ)
def changes_page(manual: str, label: str) -> Any:
    """From the version that the address names, the one that the reader acknowledged last (`from=signed`), or the one
    before; the first version has none to be held against."""
    found = manual_here(manual)
    since = request.args.get("from", "")
    if since == SIGNED:
        since = acknowledgements.signed_last(acknowledgements.mine_about(me(), found.id)) or ""
    return changes_of(found, label, since)


def changes_of(manual: Manual, label: str, since: str, *, newer: Edition | None = None) -> Any:
    """The page from the version `since` to the version `label`; 404 for a version that is none.

    `newer`: the version that is to be acknowledged instead of the one that the reader meant to.
    """
    editions = queries.editions(manual)
    new = _edition(editions, label)
    there = queries.counting(editions)
    before = _before(there, new)
    old = _edition(editions, since) if since else before
    ids = [one.id for one in (old, new) if one]
    texts = queries.written(ids)
    changes = difference(texts[old.id].clauses, texts[new.id].clauses) if old else []
    opening = openings(texts[old.id].opening, texts[new.id].opening) if old else []
    asked = quiz.asked_about(old.id, new.id) if old else [[], []]
    return _marked_up(
        changes, opening, *asked, manual=manual, old=old, new=new, since=since, newer=newer,
        selects=_selects(there, before, new, since),
    )  # fmt: skip


@bp.page("/<manual>/draft/changes", needs=P.MANUALS_READ)
def draft_changes_page(manual: str) -> Any:
    """From the newest version to the draft as it is written now, for whoever sees the draft; where all were taken back,
    from the last of them, and 404 where none was published. Once it is a version itself, its own page says so."""
    draft = drafts.draft_seen_by(me(), manual, today(), comments=False) or abort(404)
    if draft.version_id is not None:
        return redirect(url_for(".changes_page", manual=manual, label=draft.label))
    editions = queries.editions(draft.manual)
    old = next(iter(queries.counting(editions) or editions), None) or abort(404)
    written = queries.written([old.id])[old.id]
    changes = difference(written.clauses, drafts.text_of_draft(draft))
    opening = openings(written.opening, (draft.purpose, draft.principles))
    asked = quiz.asked_about(old.id, draft_id=draft.id)
    return _marked_up(
        changes, opening, *asked, manual=draft.manual, old=old, new=draft, draft=draft, since="", newer=None,
        selects=[],
    )  # fmt: skip


def _marked_up(
    changes: list[ClauseChange], opening: list[OpeningChange], before: Sequence[Question], after: Sequence[Question], *,
    manual: Manual, **more: Any,
) -> Any:  # fmt: skip
    """The page. `before`, `after`: the quiz about the older and the newer text; which answers are right stands there
    for whoever may see that."""
    if not quiz.shows_answers(me(), manual):
        before, after = quiz_changes.without_answers(before), quiz_changes.without_answers(after)
    sheets = _sheets(changes)
    at = request.args.get("at", "")
    here = next((place for place, one in enumerate(sheets) if any(change.stable == at for change in one)), 0)
    return page(
        "policies/changes.html",
        blocks={"changes"},
        runs=list(_runs(sheets[here])) if sheets else [],
        same=not opening and all(one.what is What.SAME for one in changes),
        opening=opening if here == 0 else [],
        values=values_of(changes) if here == 0 else [],
        questions=quiz_changes.changes(before, after) if here == 0 else [],
        numbers={one.stable: one.number for one in changes},
        manual=manual,
        here=frozenset(one.stable for one in sheets[here]) if sheets else frozenset(),
        turn=(_first(sheets, here - 1), _first(sheets, here + 1)),
        what=What,
        **more,
    )


def _edition(editions: list[Edition], label: str) -> Edition:
    return next((one for one in editions if one.label == label), None) or abort(404)


def _before(editions: list[Edition], new: Edition) -> Edition | None:
    return next((one for one in editions if one.since < new.since), None)


def _sheets(changes: list[ClauseChange]) -> list[list[ClauseChange]]:
    """The clauses as they stand on one page and the next: what did not change costs a line, whatever its length."""
    return packed(changes, lambda one: 0 if one.what is What.SAME else one.size + FRAME, ROOM)


def _first(sheets: list[list[ClauseChange]], which: int) -> ClauseChange | None:
    """The first clause of a page among them that changed; None where there is no such page."""
    if not 0 <= which < len(sheets):
        return None
    return next((one for one in sheets[which] if one.what is not What.SAME), sheets[which][0])


def _runs(changes: list[ClauseChange]) -> Iterator[tuple[bool, list[ClauseChange]]]:
    """Clauses that changed, and rows of those that did not, which are told in a line."""
    for same, run in groupby(changes, lambda one: one.what is What.SAME):
        yield same, list(run)


def _selects(editions: list[Edition], before: Edition | None, new: Edition, since: str) -> list[dict[str, Any]]:
    """With which version: the one before, unless another one is chosen."""
    usual = [("", _("the version before: %(version)s", version=before.label))] if before else []
    others = [(one.label, f"{one.label} · {one.summary}".rstrip(" ·")) for one in editions if one not in (new, before)]
    return [{"name": "from", "label": _("Compared with"), "value": since or None, "options": [*usual, *others]}]
