"""Nothing, no, not here, broken: four different answers, each as a page or as a fragment with the same sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, g, make_response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.extensions import db
from portal.kernel.errors import Refused
from portal.kernel.text import say
from portal.web import security
from portal.web.forms import no_secret_fields
from portal.web.respond import page, part, wants_part

log = structlog.get_logger()
BROKEN = Path(__file__).resolve().parents[2] / "templates" / "errors" / "broken.html"


def answer_errors(app: Flask) -> None:
    """Bind the answers. A 500 needs no user, no database and no translation."""

    @app.errorhandler(Refused)
    def refused(no: Refused) -> Response:
        """For htmx only the `refusal` block, into the layout's own place for it: what was typed stays where it is."""
        db.session.rollback()
        if no.status == 403:
            security.keep_attempt("verb refused", path=request.path, sentence=no.sentence.template)
        return _say_no(no)

    @app.errorhandler(CSRFError)
    def token(_error: CSRFError) -> Response:
        return _say_no(
            Refused(say("This page was open for too long. Go back, load it again and press the button again."))
        )

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
        no = Refused(
            _SENTENCES.get(
                code, say("The portal does not understand this address. Check it, or start from the first page.")
            )
        )
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
        log.error("broken", request_id=g.get("request_id"), path=request.path, exc_info=error)
        try:
            db.session.rollback()
        except DBAPIError:
            db.session().invalidate()
        return _broken(500)


def _say_no(no: Refused) -> Response:
    g.refused = no
    if wants_part():
        return part("errors/refused.html", "refusal", no=no, status=no.status, retarget="#refusal")
    typed = [(name, value) for name in no_secret_fields(list(request.form)) for value in request.form.getlist(name)]
    return page("errors/refused.html", no=no, typed=[(n, v) for n, v in typed if v and n != "once"], status=no.status)


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
    413: say("That is too large. Send less at once."),
}
