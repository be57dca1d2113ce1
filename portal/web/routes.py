"""A route says who may come in. One that says nothing is shut for everybody.

bp = Feature("tickets", __name__, "/tickets")

@bp.page("/<number>", needs=P.TICKETS_OPEN)
@bp.act("/<number>/accept", needs=P.TICKETS_OPEN, form=…, again=…)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, TypeVar

import structlog
from flask import Blueprint, Flask, Response, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import csrf, db
from portal.kernel import once, presence
from portal.kernel.actions import along_with, begin_writing
from portal.kernel.clock import now
from portal.kernel.drafts import WHAT
from portal.kernel.errors import Refused
from portal.kernel.paging import LARGEST_ID
from portal.kernel.permissions import Open, P
from portal.kernel.security_log import Kind
from portal.kernel.text import printable, say
from portal.web import security
from portal.web.forms import AttachmentsField, is_secret
from portal.web.respond import wants_part
from portal.web.signed_in import me, signed_in

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])
Need = P | Open


OF_THE_PAGE = {"csrf_token", "once", "version", "draft", "seen"}
"""Fields that a page puts into its forms: nobody typed them."""
MOST_NAMES, LONGEST_NAME = 20, 80
"""What is kept of fields that no form has: nobody fills the disk with their names."""
READING = ("GET", "HEAD", "OPTIONS")


class SignedOut(Refused):
    """The session has ended while a form was being filled in."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            say(
                "You are signed out. Sign in in another tab, come back and press the button again: "
                "your text is still here."
            )
        )


class TooOld(Refused):
    """The form's token belongs to another session: to one before, or to none."""

    def __init__(self) -> None:
        super().__init__(say("This page was open for too long. Nothing is lost: press the button again."))


class Foreign(Refused):
    """A page of another site sent this form (attack 19)."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            say("Another site sent this, so nothing was done. Open the portal itself and press the button there.")
        )


class Feature(Blueprint):
    """A blueprint whose routes say who may come in."""

    def __init__(self, name: str, import_name: str, prefix: str = "") -> None:
        super().__init__(name, import_name, url_prefix=prefix)

    def page(self, rule: str, *, needs: Need, keyed: bool = False, **marks: Any) -> Callable[[View], View]:
        """A GET route: it reads and changes nothing.

        `keyed`: the page of one create form. Its one-time key stands in its address, so that whoever goes back to it
        and presses again comes to what the first press made (attack 29).
        """

        def register(view: View) -> View:
            _mark(view, needs, writes=False, **marks)
            self.add_url_rule(rule, view.__name__, _keyed(view) if keyed else view, methods=["GET"])
            return view

        return register

    def act(
        self,
        rule: str,
        *,
        needs: Need,
        form: Callable[..., FlaskForm] | None = None,
        again: Callable[..., Any] | None = None,
        leads_to: Callable[..., str] | None = None,
        writes: bool = True,
        **marks: Any,
    ) -> Callable[[View], View]:
        """A POST route. Its transaction is open for writing before the first query (unless `writes` is False).

        `form`: a class, or a function of the route's arguments that hands the form its choices; the view gets it as
        `form`. A mistake in it, an expired token or a `Refused` draws the GET view `again` with the same form: status
        422, a summary on top, everything that was typed; without a form it is drawn where somebody was faster.
        `leads_to`: for a create form, the address of what its key `made`, given beside the route's arguments: a form
        that comes twice leads there; with other words in it, it is drawn `again` with a new key. `largest` among the
        marks: bytes that may be sent to a route that does not write, where that is more than usual.
        """

        def register(view: View) -> View:
            @wraps(view)
            def run(**values: Any) -> Any:
                filled, digest = None, ""
                try:
                    filled = form(**(values if not isinstance(form, type) else {})) if form else None
                    _check_token()
                    if leads_to and filled is not None:
                        digest = _digest()
                        if answer := _made_before(leads_to, values, filled, digest, again):
                            return answer
                    if filled is not None:
                        _keep_extra_fields(filled)
                        _keep_files(filled)
                        if not filled.validate():
                            db.session.rollback()
                            return _again(again, values, filled, 422)
                        with _sending_the_draft(), once.sent_as(digest):
                            return view(form=filled, **values)
                    return view(**values)
                except Refused as no:
                    db.session.rollback()
                    overtaken = no.status == 409
                    if (
                        leads_to
                        and overtaken
                        and filled is not None
                        and (answer := _made_before(leads_to, values, filled, digest, again))
                    ):
                        return answer
                    if again is None or no.status == 403 or not (filled or overtaken):
                        raise
                    _put(no, filled)
                    try:
                        return _again(again, values, filled, no.status)
                    except NotFound:  # whoever was faster has taken it out of sight: what was typed is not lost with it
                        raise no from None
                except CSRFError as error:
                    db.session.rollback()
                    security.keep_attempt(Kind.TOKEN_REFUSED, route=str(request.url_rule))
                    if filled is None or again is None:
                        raise TooOld from error
                    _put(TooOld(), filled)
                    return _again(again, values, filled, 422)

            _mark(run, needs, writes=writes, **marks)
            self.add_url_rule(rule, view.__name__, run, methods=["POST"])
            run.form = form  # type: ignore[attr-defined]
            return run  # type: ignore[return-value]

        return register


def _mark(view: Callable[..., Any], needs: Need, *, writes: bool, **marks: Any) -> None:
    view.needs = needs  # type: ignore[attr-defined]
    view.writes = writes  # type: ignore[attr-defined]
    for name, value in marks.items():
        setattr(view, name, value)


def _keyed(view: Callable[..., Any]) -> Callable[..., Any]:
    """The page of a create form, with its key in its address once a browser asks for it."""

    @wraps(view)
    def run(**values: Any) -> Any:
        key = request.args.get("key", "")
        if not re.fullmatch(r"[\w-]{16,64}", key):
            if wants_part() or "text/html" not in request.headers.get("Accept", ""):
                return view(**values)
            there = request.full_path.rstrip("?")
            return redirect(f"{there}{'&' if '?' in there else '?'}key={once.new_key()}", 303)
        g.key = key
        if not wants_part() and (made := once.made_by(key, me().id)):
            further = say("For another matter, open a new sheet.")
            flash(f"{_said_already(made)} {further}", "done")
        return view(**values)

    return run


def _made_before(
    leads_to: Callable[..., str], values: dict[str, Any], form: FlaskForm, digest: str, again: Callable[..., Any] | None
) -> Any:
    """The way to what this form made when it was sent before, or None. Where something else stands in it now, nobody is
    led away from that: the form comes back with a new key, and says so."""
    key = form["once"].data or ""
    made = once.made_by(key, me().id)
    if made is None:
        return None
    url = leads_to(made=made, **values)
    if again is None or not once.says_otherwise(key, digest):
        flash(_said_already(made), "done")
        return _answer_with(url)
    _keep_files(form)
    form["once"].data = once.new_key()
    form.form_errors.append(_said_otherwise(made, url))
    db.session.rollback()
    return _again(again, values, form, 409)


def _digest() -> str:
    """Of everything that somebody put into the form that was sent, in whatever order; of secrets nothing is kept."""
    typed = [
        (name, printable(value).strip())
        for name, value in request.form.items(multi=True)
        if name not in OF_THE_PAGE and not is_secret(name)
    ]
    files = [
        (name, f"{one.filename} {hashlib.file_digest(one.stream, 'sha256').hexdigest()}")  # type: ignore[arg-type]
        for name, one in request.files.items(multi=True)
        if one.filename
    ]
    for _name, one in request.files.items(multi=True):
        one.stream.seek(0)
    return hashlib.sha256(json.dumps(sorted(typed + files)).encode()).hexdigest()


def _said_already(made: str) -> str:
    if made.isdecimal():
        return str(say("This was kept already; it was not made a second time."))
    return str(say("This was kept already as {number}; it was not made a second time.", number=made))


def _said_otherwise(made: str, url: str) -> Markup:
    """With a link to what was kept: whoever meant to put that right does it there."""
    first = Markup('<a href="{}">{}</a>').format(url, _("what was sent first") if made.isdecimal() else made)
    return Markup(  # noqa: S704 - the catalogue is ours, and the link is escaped
        _(
            "This sheet was sent before, and %(first)s is kept. What you have written since is not kept yet: if it is "
            "a matter of its own, press again; if it belongs to the first one, add it there.",
            first=first,
        )
    )


def _sending_the_draft() -> AbstractContextManager[None]:
    """What was kept of this form while it was filled in goes with the act that it does."""
    what = request.form.get("draft", "")
    return along_with(presence.sent(what, now())) if WHAT.fullmatch(what) else nullcontext()


def _check_token() -> None:
    csrf.protect()


def _put(no: Refused, form: FlaskForm | None) -> None:
    """Show a refusal at the field it is about, or above the form; without a form the page says it."""
    g.refused = no
    if form is None:
        return
    field = form._fields.get(no.field) if no.field else None
    if field is not None:
        field.errors = [*field.errors, str(no)]
    else:
        form.form_errors.append(str(no))


def _again(again: Callable[..., Any] | None, values: dict[str, Any], form: FlaskForm | None, status: int) -> Any:
    if again is None:
        raise Refused(say("{problem}", problem=_first_error(form)))
    answer = current_app.make_response(again(form=form, **values))
    if answer.status_code == 200:
        answer.status_code = status
    return answer  # or the redirect of a page that there is no use in drawing again


def _first_error(form: FlaskForm | None) -> str:
    for errors in form.errors.values() if form else ():
        for error in errors:
            return str(error)
    return ""


def _keep_extra_fields(form: FlaskForm) -> None:
    """Fields that no form of ours sends (role, amount, owner_id) are ignored, and the attempt is kept."""
    known = {field.name for field in form} | OF_THE_PAGE
    extra = sorted({name for name in request.form if name not in known and name.rpartition("-")[0] not in known})
    if extra:
        fields = [printable(name)[:LONGEST_NAME] for name in extra[:MOST_NAMES]]
        keep_later(Kind.EXTRA_FIELDS, fields=fields, route=str(request.url_rule))


def _keep_files(form: FlaskForm) -> None:
    """Files that came with the form itself, without script: stored before anything can be wrong with the form, so that
    it comes back with them. Those that cannot be kept are said at their field."""
    for field in form:
        if isinstance(field, AttachmentsField) and field.sent:
            field.keep(me(), at=now())


def keep_later(kind: Kind, **detail: Any) -> None:
    """Keep an attempt when the answer is ready, apart from what the request itself did or did not do."""
    g.setdefault("attempts", []).append((kind, detail))


def note_afterwards(step: Callable[[], None]) -> None:
    """Write what a page of reading leaves behind once it is drawn; it stands where nothing can be written."""
    g.setdefault("notes", []).append(step)


class Id(IntegerConverter):
    """`<int:…>` in an address: what no column can hold is the id of nothing (attack 14)."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"max": LARGEST_ID, **more})


def guard(app: Flask) -> None:
    """Default deny: before any view runs, its need is looked up and held against whoever asks."""
    app.url_map.converters["int"] = Id

    @app.before_request
    def stands_for_something() -> None:
        if "\0" in request.path:  # PostgreSQL stores no such text
            raise NotFound

    @app.before_request
    def may_come_in() -> AnyResponse | None:
        view: Any = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static":
            return None
        needs = getattr(view, "needs", None)
        if needs is None:
            raise Forbidden
        if request.method not in READING and security.from_elsewhere():
            security.keep_attempt(Kind.FOREIGN_FORM, route=str(request.url_rule))
            raise Foreign
        if needs is Open.ANYONE and not getattr(view, "writes", False):
            return None
        if getattr(view, "writes", False):
            _ = request.form  # the whole body is here before anybody has to wait for this writer
            begin_writing()
        if needs is Open.ANYONE:
            return None
        if not signed_in():
            return Response("", 204) if getattr(view, "quiet", False) and wants_part() else _to_sign_in()
        if me().must_change_password and not getattr(view, "first_sign_in", False):
            return _answer_with(url_for("organisation.first_password"))
        if needs is not Open.STAFF and not me().may(needs):
            db.session.rollback()
            security.keep_attempt(Kind.RIGHT_REFUSED, right=str(needs), path=request.path)
            raise Forbidden
        if largest := getattr(view, "largest", None):  # for whoever may: the body has not been read yet
            request.max_content_length = largest
        return None

    @app.after_request
    def write_notes(response: Response) -> Response:
        for step in g.pop("notes", []):
            try:
                step()
            except (DBAPIError, TimeoutError) as error:
                db.session.rollback()
                log.warning("not noted", error=str(error))
        return response

    @app.after_request
    def keep_attempts(response: Response) -> Response:
        for kind, detail in g.pop("attempts", []):
            db.session.rollback()
            security.keep_attempt(kind, **detail)
        return response


def _to_sign_in() -> AnyResponse:
    db.session.rollback()
    if request.method not in READING:
        raise SignedOut
    return _answer_with(url_for("organisation.sign_in", next=request.full_path.rstrip("?")))


def _answer_with(url: str) -> AnyResponse:
    """Go there: a redirect for a page, a header for a fragment (a fragment of the sign-in page helps nobody)."""
    db.session.rollback()
    if wants_part():
        response = Response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)
