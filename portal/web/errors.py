"""Nothing, no, not here, broken: four different answers, each as a page or as a fragment with the same sentence."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from flask import Flask, Response, current_app, g, make_response, request
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from portal.extensions import db
from portal.kernel.errors import Refused
from portal.kernel.security_log import Kind
from portal.kernel.text import say
from portal.web import security
from portal.web.forms import is_secret
from portal.web.respond import page, part, wants_part
from portal.web.routes import OF_THE_PAGE, READING, Foreign, SignedOut, TooOld

log = structlog.get_logger()
OUR_OWN = {*OF_THE_PAGE, "next"}
"""Fields that nobody typed."""
MOST_HEARD, LONGEST_HEARD = 1 << 29, 60.0
"""Bytes, and seconds, after which a connection is broken under whoever sends still more."""
BROKEN = Path(__file__).resolve().parents[2] / "templates" / "errors" / "broken.html"


def answer_errors(app: Flask) -> None:
    """Bind the answers. A 500 needs no user, no database and no translation."""

    @app.errorhandler(Refused)
    def refused(no: Refused) -> Response:
        """For htmx only the `refusal` block, into the layout's own place for it: what was typed stays where it is."""
        db.session.rollback()
        if no.status == 403:
            security.keep_attempt(Kind.VERB_REFUSED, path=security.spoken_path(), sentence=no.sentence.template)
        return _say_no(no)

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        db.session.rollback()
        code = error.code or 500
        if code >= 500:
            return _broken(code)
        if code == 404:
            return _page_or_part("errors/not_found.html", 404)
        if code == 429:
            return _page_or_part("errors/too_many.html", 429)
        if code == 413:
            largest = getattr(app.view_functions.get(request.endpoint or ""), "largest", None)
            most = largest >> 20 if largest else current_app.config["UPLOAD_MB"]
            no = Refused(say("That is too large. A file may have {most} MB; send less at once.", most=most))
        else:
            no = Refused(_SENTENCES.get(code, _SENTENCES[400]))
        no.status = code
        return _say_no(no)

    @app.errorhandler(OperationalError)
    @app.errorhandler(TimeoutError)
    def database(error: Exception) -> Response:
        """Full, read-only, restarting or too slow: nothing was written, and the sentence says what to do."""
        log.error("database", error=str(error), request_id=g.get("request_id"))
        try:
            db.session.rollback()
        except DBAPIError:
            db.session().invalidate()
        return _broken(503, _why(error))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.error("broken", request_id=g.get("request_id"), path=security.spoken_path(), exc_info=error)
        try:
            db.session.rollback()
        except DBAPIError:
            db.session().invalidate()
        return _broken(500)

    @app.after_request
    def hear_them_out(response: Response) -> Response:
        """Whoever still sends reads no answer, and the connection breaks under them: what was refused unread is taken
        in first, and forgotten."""
        if response.status_code >= 400 and request.method not in READING:
            _hear_out()
        return response


def _say_no(no: Refused) -> Response:
    g.refused = no
    may_resend = isinstance(no, (SignedOut, TooOld))
    if wants_part():
        return part(
            "errors/refused.html", "refusal", no=no, fresh_token=may_resend, status=no.status, retarget="#refusal"
        )
    form = _form()
    sent = [] if isinstance(no, Foreign) else _sent(form)
    return page(
        "errors/refused.html",
        no=no,
        typed=[(name, value) for name, value in sent if name not in OUR_OWN],
        resend=request.full_path.rstrip("?") if may_resend and form and not any(map(is_secret, form)) else None,
        sent=sent,
        back=_came_from(),
        status=no.status,
    )


def _came_from() -> str:
    """The page of ours on which the button was pressed, as an address within the portal; empty where none is known."""
    page = urlsplit(request.referrer or "")
    ours = page.scheme in ("http", "https") and page.netloc == request.host and page.path.startswith("/")
    return urlunsplit(("", "", page.path, page.query, "")) if ours and not page.path.startswith("//") else ""


def _form() -> MultiDict[str, str]:
    """What was sent. Where it is too large, which may be why this answer is given, the words without the files."""
    try:
        return request.form
    except RequestEntityTooLarge:
        if (request.content_length or 0) <= (request.max_content_length or 0):  # the words themselves are too much
            return MultiDict()
        most = current_app.config["MAX_FORM_MEMORY_SIZE"]
        words = FormDataParser(_Nowhere, max_form_memory_size=most, max_content_length=MOST_HEARD)
        with suppress(HTTPException):
            return words.parse_from_environ(request.environ)[1]
        return MultiDict()


class _Nowhere(BytesIO):
    """Where the bytes of a file go that nobody keeps."""

    def __init__(self, *_said: object, **_of_the_file: object) -> None:
        super().__init__()

    def write(self, piece: Any) -> int:
        return len(piece)


def _hear_out() -> None:
    """Take in the rest of what is sent, as far as that is no attack."""
    environ, began, heard = request.environ, time.monotonic(), 0
    if not environ.get("wsgi.input_terminated") or "HTTP_EXPECT" in environ:  # it has no end; or they wait for our word
        return
    with suppress(OSError):  # they have gone
        while heard < MOST_HEARD and time.monotonic() < began + LONGEST_HEARD:
            piece = environ["wsgi.input"].read(1 << 16)
            if not piece:
                return
            heard += len(piece)


def _sent(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What the form carried, without what is never shown again."""
    shown = [name for name in form if name != "csrf_token" and not is_secret(name)]
    return [(name, value) for name in shown for value in form.getlist(name) if value]


def _page_or_part(template: str, status: int) -> Response:
    if wants_part():
        return part(template, "refusal", status=status, retarget="#refusal")
    return page(template, status=status)


def _why(error: Exception) -> str:
    cause: Any = getattr(error, "orig", error)
    if isinstance(cause, sqlite3.OperationalError) and "full" in str(cause):
        return "full"
    if isinstance(cause, sqlite3.OperationalError) and "readonly" in str(cause):
        return "readonly"
    return "busy"


def _broken(status: int, why: str = "") -> Response:
    """The plain page of `errors/broken.html`, filled by hand: nothing that can fail stands between."""
    html = BROKEN.read_text(encoding="utf-8").replace("%NUMBER%", g.get("request_id", "")).replace("%WHY%", why)
    response = make_response(html, status)
    if wants_part():
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


_SENTENCES = {
    400: say("The portal does not understand this address. Check it, or start from the first page."),
    403: say("Your roles do not allow this page. “Who may do what” says whom to ask."),
    405: say("This address only answers to its own button. Go back to the page and press it there."),
}
