"""Files that people attach: taken in before their form is sent, opened by whoever may see what they belong to."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, render_template, request, send_file

from portal.kernel import files
from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.kernel.permissions import Open
from portal.kernel.text import say
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("files", __name__, "/files")
SEALED_OFF = "default-src 'none'; sandbox"
"""Whatever a file holds, it can run nothing, load nothing and is no page of the portal."""


@bp.act("", needs=Open.STAFF, writes=False)
def keep() -> Response:
    """What was chosen, one file at a time; answers with the line that the form shows for it."""
    sent = request.files.get("files")
    if sent is None or not sent.filename:
        raise Refused(say("Choose a file first."))
    return make_response(render_template("components/attached.html", one=files.keep(me(), sent, at=now())))


@bp.page("/<int:attachment_id>", needs=Open.STAFF)
def open_file(attachment_id: int) -> Any:
    """The file, in place where that is harmless, otherwise to be saved."""
    return handed_out(files.opened_by(me(), attachment_id) or abort(404))


def handed_out(found: files.Served) -> Response:
    """The answer that carries a file: nobody else keeps it, and it can do nothing."""
    answer = send_file(
        found.path, mimetype=found.media_type, as_attachment=not found.inline, download_name=found.name,
        etag=found.digest, conditional=True, max_age=0,
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = SEALED_OFF
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
