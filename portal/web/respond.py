"""The whole page or one block of it; a file; and how an act answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any

from flask import (
    Response,
    flash,
    g,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import db


def wants_part() -> bool:
    """Whether htmx asks for a fragment; a boosted link and a step back in history say "full"."""
    return request.headers.get("HX-Request-Type") == "partial"


def page(template: str, *, blocks: Collection[str] = (), status: int = 200, **context: Any) -> Response:
    """The whole page, or only the block that htmx asks for by the id of its target.

    A block may be asked for alone, so it guards nothing: what the reader may not see is not in `context`.
    """
    block = _asked_for(blocks)
    html = render_block(template, block, **context) + _notices() if block else render_template(template, **context)
    response = make_response(html, status)
    response.vary.update({"HX-Request-Type", "HX-Target"})
    g.block = block
    return response


def part(template: str, block: str, *, status: int, retarget: str, **context: Any) -> Response:
    """One block, sent to another place of the page than the one that asked."""
    response = make_response(render_block(template, block, **context), status)
    response.headers["HX-Retarget"] = retarget
    response.headers["HX-Reswap"] = "outerHTML"
    response.vary.update({"HX-Request-Type", "HX-Target"})
    return response


def done(message: str, view: Callable[..., Any], **values: Any) -> AnyResponse:
    """An act has succeeded: for htmx run the GET view again and send the block that was asked for, with the message
    beside it; otherwise redirect (303) with the message. Nobody patches the screen by hand."""
    flash(message, "done")
    url = url_for(_endpoint(view), **values)
    if wants_part():
        db.session.expunge_all()  # the page is asked afresh
        if _block_was_sent(answer := make_response(view(**values))):
            return answer
        flash(message, "done")  # the whole page was not used, but it had taken the message with it
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = url
        return answer
    return redirect(url, 303)


def _block_was_sent(_answer: Response) -> bool:
    return g.get("block") is not None


def download(name: str, pieces: Iterable[bytes]) -> Response:
    """A file that is sent while it is made, under the plain name `name`; its ending says its type.

    The request lives until the last piece: rows are still being read, times and words still being put. The first one is
    made before the answer begins: what cannot become such a file is refused as a page.
    """
    kind, pieces = _KINDS[name.rpartition(".")[2]], iter(pieces)
    begun = next(pieces, b"")
    response = Response(stream_with_context(chain((begun,), pieces)), mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


_KINDS = {
    "csv": "text/csv",
    "md": "text/markdown",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def _endpoint(view: Callable[..., Any]) -> str:
    return f".{view.__name__}"


def _asked_for(blocks: Collection[str]) -> str | None:
    if not wants_part():
        return None
    block = request.headers.get("HX-Target", "").partition("#")[2].replace("-", "_")  # "section#ticket-panel"
    return block if block in blocks else None


def _notices() -> str:
    messages = get_flashed_messages(with_categories=True)
    return render_template("components/notices.html", messages=messages, apart=True) if messages else ""
