"""Reading manuals."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import lazy_gettext as _l

from portal.kernel import files
from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.policies import acknowledgements, change_requests, drafts, oversight, queries, repeals, watch, withdrawals
from portal.policies.models import Manual, ManualDraft, ManualVersion
from portal.policies.rulebook import KEYS
from portal.policies.states import Standing
from portal.web.attachments import handed_out
from portal.web.navigation import BOOKS, Place
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("policies", __name__, "/manuals")
PLACES = (Place(_l("Manuals"), "policies.shelf", "book-2", P.MANUALS_READ, group=BOOKS),)


@bp.page("", needs=P.MANUALS_READ)
def shelf() -> Any:
    shelves = queries.shelves(me())
    return page(
        "policies/shelf.html", shelves=shelves, stands=any(oversight.oversees(me(), one.manual) for one in shelves),
        drafts=drafts.drafts_seen_by(me(), today()),
        may_begin=me().may(P.MANUALS_DRAFT),
    )  # fmt: skip


@bp.page("/<manual>", needs=P.MANUALS_READ)
def manual_page(manual: str) -> Any:
    """The version that holds today; before the first one is in force, the one that comes; where all were taken back,
    the last of them."""
    found, draft = _manual(manual)
    editions = queries.editions(found)
    there = queries.counting(editions)
    shown = _held(editions) or (there or editions)[0 if found.repeal or not there else -1]
    return _version_page(found, draft, editions, shown.label)


@bp.page("/<manual>/<label>", needs=P.MANUALS_READ)
def version_page(manual: str, label: str) -> Any:
    found, draft = _manual(manual)
    return _version_page(found, draft, queries.editions(found), label)


@bp.page("/files/<digest>", needs=P.MANUALS_READ)
def clause_file(digest: str) -> Any:
    """A picture or a file of a clause: for whoever may read a version, or sees a draft, that it belongs to."""
    return handed_out(files.with_digest(me(), digest, ("manual", "manual draft")) or abort(404))


def _version_page(manual: Manual, draft: ManualDraft | None, editions: list[queries.Edition], label: str) -> Any:
    version: ManualVersion = queries.version_of(manual, label, clauses=False) or abort(404)
    edition = next(one for one in editions if one.id == version.id)
    there = bool(queries.counting(editions))
    return page(
        "policies/version.html",
        manual=manual,
        version=version,
        opened=queries.opened(version, request.args.get("at", "")),
        editions=editions,
        edition=edition,
        in_force=_held(editions),
        keys=KEYS,
        draft=draft,
        may_begin=drafts.may_begin(me(), manual),
        asked=acknowledgements.mine_of(me(), version.id),
        looks_after=there and acknowledgements.looks_after(me(), manual),
        watches=watch.plans(me(), manual),
        answers=change_requests.answers(me(), manual),
        may_take_back=edition.standing is Standing.COMING and withdrawals.may_take_back(me(), version),
        may_repeal=there and manual.repeal is None and repeals.may_repeal(me(), manual),
    )


def _held(editions: list[queries.Edition]) -> queries.Edition | None:
    """The one that is in force today."""
    return next((one for one in editions if one.standing is Standing.IN_FORCE), None)


def manual_here(code: str) -> Manual:
    """The manual with this code, or 404 where the reader has none."""
    return queries.manual_seen_by(me(), code) or abort(404)


def _manual(code: str) -> tuple[Manual, ManualDraft | None]:
    return drafts.manual_with_draft(me(), code, today()) or abort(404)
