"""Drafts: kept while somebody types, or with a button where there is no script; a page of one’s own for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.kernel import drafts, once, presence
from portal.kernel.clock import now
from portal.kernel.drafts import WHAT, Fields, Kept, Place
from portal.kernel.permissions import Open
from portal.kernel.text import printable
from portal.web.forms import is_secret
from portal.web.respond import page, wants_part
from portal.web.routes import OF_THE_PAGE, Feature
from portal.web.signed_in import me

bp = Feature("drafts", __name__, "/drafts")


def typed_again(kept: Kept | None) -> MultiDict[str, str] | None:
    """What a form is made of that shows a draft again: its `formdata`."""
    return MultiDict(kept.fields) if kept else None  # type: ignore[arg-type]


@bp.act("", needs=Open.STAFF, writes=False)
def keep() -> Any:
    """Keep what stands in a form. With script the answer is the line below it; without, its page with the draft."""
    what, at = _what(), now()
    where = drafts.place(me(), what) or abort(404)
    fields = {
        name: [printable(value) for value in request.form.getlist(name)]
        for name in request.form if name not in OF_THE_PAGE - {"once"} and not is_secret(name)
    }  # fmt: skip
    sent = once.made_by(request.form.get("once", ""), me().id) is not None  # what was typed last comes after the press
    kept = not sent and presence.typed(me(), what, fields, at=at)
    if wants_part():
        return make_response(render_template("components/kept.html", what=what, kept_at=at if kept else None))
    flash(_("Kept as a draft.") if kept else _("There is nothing to keep yet."), "done")
    return redirect(where.url, 303)


@bp.act("/discard", needs=Open.STAFF)
def discard() -> Any:
    """Forget a draft, and show its form as it was before, or the list where there is no such form any more."""
    what = _what()
    presence.discard(me(), what, at=now())
    flash(_("The draft is gone."), "done")
    where = drafts.place(me(), what)
    return redirect(where.url if where and "list" not in request.form else url_for(".my_drafts"), 303)


@dataclass(frozen=True, slots=True)
class Line:
    """A draft on the list: `place` None where its owner sees the thing no more; the words are still theirs."""

    what: str
    place: Place | None
    words: list[str]
    kept_at: datetime


@bp.page("", needs=Open.STAFF)
def my_drafts() -> Response:
    mine = drafts.of(me().id)
    places = drafts.places(me(), [one.what for one in mine])
    lines = [Line(one.what, places.get(one.what), _words(one.fields), one.kept_at) for one in mine]
    return page("drafts/drafts.html", drafts=lines)


def _words(fields: Fields) -> list[str]:
    """What was written. A single word of Latin letters may be the code of something that was chosen: it is left out."""
    values = (value.strip() for several in fields.values() for value in several)
    return [one for one in values if one and not re.fullmatch(r"[\w:.-]+", one, re.ASCII)]


def _what() -> str:
    what = request.form.get("draft", "")
    return what if WHAT.fullmatch(what) else abort(400)
