"""A published version on paper: its PDF, and the sheet that a browser prints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel import press
from portal.kernel.clock import now
from portal.kernel.permissions import P
from portal.policies import paper, papers, queries
from portal.policies.models import ManualVersion
from portal.policies.states import State
from portal.policies.views import bp, manual_here
from portal.web.attachments import handed_out
from portal.web.papers import foot
from portal.web.respond import done, page
from portal.web.signed_in import me

PDF = "application/pdf"
WHOLE = "all"
"""Instead of a part: all of them on one page, however large."""


@bp.page("/<manual>/<label>/paper", needs=P.MANUALS_READ)
def paper_page(manual: str, label: str) -> Any:
    """The PDF where it is there, otherwise how far it is or why there is none."""
    version = _version(manual, label)
    gone = version.state is State.WITHDRAWN
    found = papers.paper_of(version) if not gone else None
    return page(
        "policies/paper_page.html", blocks={"paper_panel"}, manual=version.manual, version=version, paper=found,
        made=papers.bytes_of(found) if found else None, why_not=papers.TAKEN_BACK if gone else press.why_not(),
        clauses=papers.clauses_of(version), long=papers.LONG,
    )  # fmt: skip


@bp.act("/<manual>/<label>/paper", needs=P.MANUALS_READ, again=paper_page)
def ask_for_paper(manual: str, label: str) -> Any:
    papers.ask(me(), _version(manual, label), at=now())
    return done(_("The PDF is being made."), paper_page, manual=manual, label=label)


@bp.page("/<manual>/<label>/paper.pdf", needs=P.MANUALS_READ)
def paper_file(manual: str, label: str) -> Any:
    """The bytes that were made once; 404 before that, and for a version that was taken back."""
    version = _version(manual, label)
    found = papers.paper_of(version) if version.state is State.PUBLISHED else None
    served = papers.bytes_of(found) if found else None
    return handed_out(replace(served or abort(404), media_type=PDF))


@bp.page("/<manual>/<label>/sheet", needs=P.MANUALS_READ)
def paper_sheet(manual: str, label: str) -> Any:
    """The same to be printed from the browser, with a check code of this minute; a long one part by part (`part=2`), or
    in one piece on demand (`part=all`)."""
    sheet = paper.Sheet(paper.whole(_version(manual, label).id) or abort(404))
    at, parts, asked = now(), sheet.parts, request.args.get("part", "1")
    if asked not in (WHOLE, *(str(one.which) for one in parts)):
        abort(404)
    part = None if asked == WHOLE or len(parts) == 1 else parts[int(asked) - 1]
    return page(
        "policies/paper_sheet.html", back_href=sheet.href, version=_("Form %(edition)s", edition=paper.FORM),
        parts=parts, **foot(sheet.code(at), at), **sheet.printed(part),
    )  # fmt: skip


def _version(manual: str, label: str) -> ManualVersion:
    found: ManualVersion = queries.version_of(manual_here(manual), label, clauses=False) or abort(404)
    return found
