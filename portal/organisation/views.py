"""Sign-in, one's own account, people and departments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask import Response as AnyResponse
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from portal.extensions import db, limiter, login
from portal.kernel.actions import PORTAL
from portal.kernel.clock import now, office_day
from portal.kernel.permissions import Open, P
from portal.organisation import accounts, queries, record, rules
from portal.organisation.forms import (
    ChangePasswordForm,
    DisableForm,
    ForgotForm,
    NewPasswordForm,
    NothingForm,
    PinForm,
    PreferencesForm,
    SignInForm,
)
from portal.organisation.models import LinkPurpose, Person
from portal.organisation.secrets import digest
from portal.organisation.staff import Staff
from portal.web.respond import done, page
from portal.web.routes import Feature
from portal.web.signed_in import me, signed_in

log = structlog.get_logger()
bp = Feature("organisation", __name__)
LONGEST_PATH = 2000
bp.app_template_filter("browser")(rules.browser_words)


# Signing in and out


View = TypeVar("View", bound=Callable[..., Any])


def limited(view: View) -> View:
    """So many tries of a secret from one network address, wherever it is tried (attack 21)."""
    rate = limiter.shared_limit(lambda: str(current_app.config["ADDRESS_TRIES"]), scope="secrets")
    return cast("View", rate(view))


@bp.page("/sign-in", needs=Open.ANYONE)
def sign_in(form: SignInForm | None = None) -> Any:
    wanted = request.args.get("next", "")
    if signed_in() and form is None:
        return redirect(_inside(wanted) or url_for("today.first_page"), 303)
    form = form or SignInForm(formdata=None, next=wanted)
    demo: Any = current_app.jinja_env.globals.get("demo_cast")
    if demo:
        form.offer(demo["password"])
    return page("organisation/sign_in.html", form=form)


@bp.act("/sign-in", needs=Open.ANYONE, form=SignInForm, again=sign_in, writes=False)
@limited
def enter(form: SignInForm) -> Response:
    token = accounts.sign_in(
        form.name.data or "",
        form.password.data or "",
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        at=now(),
    )
    _fresh_session()  # nothing of the session before sign-in is carried over, its CSRF token neither (attack 22)
    session["_user_id"] = token
    session["_fresh"] = True
    session.permanent = False
    return redirect(_inside(form.next.data) or url_for("today.first_page"), 303)


@bp.page("/sign-out", needs=Open.ANYONE)
def leave(form: NothingForm | None = None) -> Any:
    """Asks once more where a page of an earlier session wanted to sign out; nobody signed in has nothing to say."""
    if not signed_in():
        return _at_the_door()
    return page("organisation/sign_out.html", form=form or NothingForm(formdata=None))


@bp.act("/sign-out", needs=Open.ANYONE, form=NothingForm, again=leave, writes=False)
def sign_out(form: NothingForm) -> Response:
    if signed_in():
        accounts.sign_out(me(), at=now())
    return _at_the_door()


def _at_the_door() -> Response:
    _fresh_session()
    flash(_("You are signed out."), "done")
    return redirect(url_for("organisation.sign_in"), 303)


def _fresh_session() -> None:
    """Forget everything but how this browser's page looks."""
    chosen = {key: session[key] for key in ("locale", "theme", "density") if key in session}
    session.clear()
    session.update(chosen)


@bp.act("/preferences", needs=Open.ANYONE, form=PreferencesForm, writes=False)
def prefer(form: PreferencesForm) -> Response:
    chosen = {name: form[name].data for name in ("locale", "theme", "density") if form[name].data}
    if signed_in():
        accounts.prefer(me(), at=now(), **chosen)
    session.update(chosen)
    return redirect(_inside(form.next.data) or url_for("today.first_page"), 303)


# Links that open an account


@bp.page("/forgot", needs=Open.ANYONE)
def forgot(form: ForgotForm | None = None) -> Any:
    by_mail = bool(current_app.config["MAIL_URL"])
    return page("organisation/forgot.html", form=form or ForgotForm(formdata=None), by_mail=by_mail)


@bp.act("/forgot", needs=Open.ANYONE, form=ForgotForm, again=forgot, writes=False)
@limited
def ask_for_reset(form: ForgotForm) -> Response:
    accounts.ask_for_reset(PORTAL, form.who.data or "", address=request.remote_addr or "", at=now())
    flash(_("If an account with a mail address belongs to it, a link is on its way."), "done")
    return redirect(url_for(".forgot"), 303)


@bp.page("/invitation/", needs=Open.ANYONE)
@bp.page("/invitation/<secret>", needs=Open.ANYONE)
@limited
def invitation(secret: str = "", form: NewPasswordForm | None = None) -> Any:
    return _link_page(LinkPurpose.INVITATION, secret, form)


@bp.act("/invitation/<secret>", needs=Open.ANYONE, form=NewPasswordForm, again=invitation, writes=False)
@limited
def accept_invitation(secret: str, form: NewPasswordForm) -> Response:
    return _use_link(LinkPurpose.INVITATION, secret, form)


@bp.page("/reset/", needs=Open.ANYONE)
@bp.page("/reset/<secret>", needs=Open.ANYONE)
@limited
def reset(secret: str = "", form: NewPasswordForm | None = None) -> Any:
    return _link_page(LinkPurpose.RESET, secret, form)


@bp.act("/reset/<secret>", needs=Open.ANYONE, form=NewPasswordForm, again=reset, writes=False)
@limited
def set_new_password(secret: str, form: NewPasswordForm) -> Response:
    return _use_link(LinkPurpose.RESET, secret, form)


def _link_page(purpose: LinkPurpose, secret: str, form: NewPasswordForm | None) -> Any:
    """The form for a password, or for any link that is not good the same page with the same words."""
    person = queries.person_with_link(secret, purpose, now())
    if person is None:
        return page("organisation/link_over.html", status=404)
    form = form or NewPasswordForm(formdata=None)
    return page("organisation/link.html", form=form, person=person, purpose=purpose.value)


def _use_link(purpose: LinkPurpose, secret: str, form: NewPasswordForm) -> Response:
    accounts.use_link(secret, purpose, form.password.data or "", address=request.remote_addr or "", at=now())
    _fresh_session()
    flash(_("Your password is set. Sign in with it."), "done")
    return redirect(url_for("organisation.sign_in"), 303)


# My page


@bp.page("/me", needs=Open.STAFF)
def my_page() -> Any:
    at = now()
    return page(
        "organisation/me.html",
        blocks={"my_sessions"},
        record=record.record_of(me(), queries.person_with_id(me().id), me().department_id, at, work=False),
        sessions=queries.sessions_of(me().id, at),
        here=digest(me().session_token),
    )


@bp.act("/me/sessions/<int:session_id>/end", needs=Open.STAFF)
def end_session(session_id: int) -> Any:
    accounts.end_session(me(), queries.session_of(me().id, session_id) or abort(404), at=now())
    return done(_("Signed out there."), my_page)


@bp.act("/me/sessions/end", needs=Open.STAFF)
def end_everywhere() -> Response:
    accounts.sign_out(me(), everywhere=True, at=now())
    _fresh_session()
    flash(_("You are signed out everywhere."), "done")
    return redirect(url_for("organisation.sign_in"), 303)


@bp.page("/me/first-password", needs=Open.STAFF, first_sign_in=True)
def first_password(form: NewPasswordForm | None = None) -> Any:
    if not me().must_change_password:
        return redirect(url_for(".my_password"), 303)
    return page("organisation/first_password.html", form=form or NewPasswordForm(formdata=None))


@bp.act(
    "/me/first-password", needs=Open.STAFF, first_sign_in=True, form=NewPasswordForm, again=first_password, writes=False
)
def set_first_password(form: NewPasswordForm) -> Response:
    accounts.set_first_password(me(), form.password.data or "", at=now())
    flash(_("Your password is set."), "done")
    return redirect(url_for("today.first_page"), 303)


@bp.page("/me/password", needs=Open.STAFF)
def my_password(form: ChangePasswordForm | None = None) -> Any:
    return page("organisation/my_password.html", form=form or ChangePasswordForm(formdata=None))


@bp.act("/me/password", needs=Open.STAFF, form=ChangePasswordForm, again=my_password, writes=False)
def change_password(form: ChangePasswordForm) -> Any:
    words = form.secret.data or "", form.password.data or ""
    accounts.change_password(me(), *words, address=request.remote_addr or "", at=now())
    return done(_("Your password is changed. Everywhere else you are signed out."), my_page)


@bp.page("/me/pin", needs=Open.STAFF)
def my_pin(form: PinForm | None = None) -> Any:
    return page("organisation/my_pin.html", form=form or PinForm(formdata=None))


@bp.act("/me/pin", needs=Open.STAFF, form=PinForm, again=my_pin, writes=False)
def set_pin(form: PinForm) -> Any:
    accounts.set_pin(me(), form.secret.data or "", form.pin.data or "", address=request.remote_addr or "", at=now())
    return done(_("Your PIN is set."), my_page)


# A colleague's account


@bp.page("/people/<staff_number>/account", needs=P.ACCOUNTS_INVITE)
def account(staff_number: str) -> Any:
    at, person = now(), _account(staff_number)
    manages = queries.may_over(me(), P.ACCOUNTS_MANAGE, person.id, office_day(at))
    return page(
        "organisation/account.html",
        blocks={"sessions"},
        person=person,
        there=url_for(".account", staff_number=staff_number),
        posts=queries.posts_of(person.id, office_day(at)),
        link=queries.open_link_of(person.id, at),
        locked_until=queries.locked_until(person, at),
        manages=manages,
        is_open=queries.is_open(person, office_day(at)),
        sessions=queries.sessions_of(person.id, at) if manages else None,
    )


@bp.act("/people/<staff_number>/account/link", needs=P.ACCOUNTS_INVITE)
def make_link(staff_number: str) -> Any:
    person = _account(staff_number)
    address = accounts.make_link(me(), person, at=now())
    if address is None:
        return done(_("The link is on its way to %(mail)s.", mail=person.mail), account, staff_number=staff_number)
    return page("organisation/link_made.html", person=person, address=address)


@bp.act("/people/<staff_number>/account/sessions/<int:session_id>/end", needs=P.ACCOUNTS_MANAGE)
def end_session_of(staff_number: str, session_id: int) -> Any:
    person = _account(staff_number)
    accounts.end_session(me(), queries.session_of(person.id, session_id) or abort(404), at=now())
    return done(_("Signed out there."), account, staff_number=staff_number)


@bp.act("/people/<staff_number>/account/sessions/end", needs=P.ACCOUNTS_MANAGE)
def end_sessions_of(staff_number: str) -> Any:
    accounts.end_sessions(me(), _account(staff_number), at=now())
    return done(_("Signed out everywhere."), account, staff_number=staff_number)


@bp.act("/people/<staff_number>/account/unlock", needs=P.ACCOUNTS_MANAGE)
def unlock(staff_number: str) -> Any:
    accounts.unlock(me(), _account(staff_number), at=now())
    return done(_("The account is unlocked."), account, staff_number=staff_number)


@bp.act("/people/<staff_number>/account/new-password", needs=P.ACCOUNTS_MANAGE)
def demand_new_password(staff_number: str) -> Any:
    accounts.demand_new_password(me(), _account(staff_number), at=now())
    return done(_("A new password will be asked for."), account, staff_number=staff_number)


@bp.page("/people/<staff_number>/account/disable", needs=P.ACCOUNTS_MANAGE)
def closing(staff_number: str, form: DisableForm | None = None) -> Any:
    person = _account(staff_number)
    return page(
        "organisation/disable.html",
        person=person,
        there=url_for(".account", staff_number=staff_number),
        form=form or DisableForm(formdata=None),
        waiting=queries.leaver_list(person.id, office_day(now())),
    )


@bp.act("/people/<staff_number>/account/disable", needs=P.ACCOUNTS_MANAGE, form=DisableForm, again=closing)
def disable(staff_number: str, form: DisableForm) -> Any:
    accounts.disable(me(), _account(staff_number), reason=form.reason.data or "", at=now())
    return done(_("The account is disabled."), account, staff_number=staff_number)


@bp.act("/people/<staff_number>/account/enable", needs=P.ACCOUNTS_MANAGE)
def enable(staff_number: str) -> Any:
    accounts.enable(me(), _account(staff_number), at=now())
    return done(_("The account is enabled."), account, staff_number=staff_number)


def _account(staff_number: str) -> Person:
    return queries.account_seen_by(me(), staff_number, office_day(now())) or abort(404)


def _inside(target: str | None) -> str | None:
    """`target` when it is a path of this portal; anything with a host, a scheme or a backslash is not (attack 22)."""
    if not target or len(target) > LONGEST_PATH or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(sign) < 33 for sign in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def bind_sign_in(app: Flask) -> None:
    """Load whoever is behind the cookie, once per request, and note now and then that the session is in use."""
    login.init_app(app)
    login.session_protection = None
    often = min(timedelta(minutes=5), timedelta(minutes=app.config["IDLE_MINUTES"]) / 10)

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Staff | None:
        at = now()
        found = queries.signed_in_with(token, at)
        if found is None:
            return None
        reader, seen_at = found
        g.in_use = at - seen_at > often
        return reader

    @app.after_request
    def note_use(response: AnyResponse) -> AnyResponse:
        """Once the page is drawn: its own transaction is not cut in two, and it stands where nothing can be written.
        Of a file that is still being made the rows are still being read: the next page says that somebody was here."""
        if g.pop("in_use", False) and signed_in() and not response.is_streamed and not _asked_by_itself():
            try:
                accounts.seen(me(), at=now())
            except (DBAPIError, TimeoutError) as error:
                db.session.rollback()
                log.warning("session not noted", error=str(error))
        return response

    def _asked_by_itself() -> bool:
        """Whether an open page asked and not a person: that keeps no session alive."""
        return getattr(app.view_functions.get(request.endpoint or ""), "quiet", False)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        db.session.remove()
