"""Sign-in, one's own account, people and departments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.extensions import db, limiter, login
from portal.kernel.clock import now, office_day
from portal.kernel.permissions import Open
from portal.organisation import actions, queries
from portal.organisation.forms import NewPasswordForm, PreferencesForm, SignInForm
from portal.organisation.staff import Staff
from portal.web.respond import page
from portal.web.routes import Feature
from portal.web.signed_in import me, signed_in

bp = Feature("organisation", __name__)
SEEN_EVERY = timedelta(minutes=5)


@bp.page("/sign-in", needs=Open.ANYONE)
def sign_in(form: SignInForm | None = None) -> Any:
    if signed_in() and form is None:
        return redirect(url_for("today.first_page"), 303)
    form = form or SignInForm(formdata=None, next=request.args.get("next", ""))
    return page("organisation/sign_in.html", form=form)


@bp.act("/sign-in", needs=Open.ANYONE, form=SignInForm, again=sign_in, writes=False)
@limiter.limit(lambda: _address_tries(), methods=["POST"])
def enter(form: SignInForm) -> Response:
    token = actions.sign_in(
        form.name.data or "",
        form.password.data or "",
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        at=now(),
    )
    _fresh_session()  # nothing of the session before sign-in is carried over, its CSRF token neither
    session["_user_id"] = token
    session["_fresh"] = True
    session.permanent = False
    return redirect(_inside(form.next.data) or url_for("today.first_page"), 303)


@bp.act("/sign-out", needs=Open.STAFF, first_sign_in=True)
def sign_out() -> Response:
    actions.sign_out(me(), at=now())
    _fresh_session()
    return redirect(url_for("organisation.sign_in"), 303)


def _fresh_session() -> None:
    """Forget everything but how this browser's page looks."""
    chosen = {key: session[key] for key in ("locale", "theme") if key in session}
    session.clear()
    session.update(chosen)


@bp.act("/preferences", needs=Open.ANYONE, form=PreferencesForm, first_sign_in=True)
def prefer(form: PreferencesForm) -> Response:
    chosen = {name: form[name].data for name in ("locale", "theme", "density") if form[name].data}
    if signed_in():
        actions.prefer(me(), at=now(), **chosen)
    session.update(chosen)
    return redirect(_inside(form.next.data) or url_for("today.first_page"), 303)


@bp.page("/me/first-password", needs=Open.STAFF, first_sign_in=True)
def first_password(form: NewPasswordForm | None = None) -> Any:
    return page("organisation/first_password.html", form=form or NewPasswordForm(formdata=None))


@bp.act("/me/first-password", needs=Open.STAFF, first_sign_in=True, form=NewPasswordForm, again=first_password)
def set_first_password(form: NewPasswordForm) -> Response:
    actions.change_password(me(), form.password.data or "", at=now())
    flash(_("Your password is set."), "done")
    return redirect(url_for("today.first_page"), 303)


def _address_tries() -> str:
    return str(current_app.config["ADDRESS_TRIES"])


def _inside(target: str | None) -> str | None:
    """`target` when it is a path of this portal; anything with a host, a scheme or a backslash is not (attack 22)."""
    if not target or "\\" in target or not target.startswith("/") or target.startswith("//"):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in target) else target


def bind_sign_in(app: Flask) -> None:
    """Load whoever is behind the cookie, once per request, and note now and then that the session is in use."""
    login.init_app(app)
    login.session_protection = None

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Staff | None:
        at = now()
        found = queries.session_with(token, at)
        if found is None:
            return None
        kept, person = found
        staff = queries.staff(person, office_day(at), session_token=token)
        if at - kept.seen_at > SEEN_EVERY:
            actions.seen(staff, at=at)
        return staff

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        db.session.remove()
