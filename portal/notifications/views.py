"""The bell, the list behind it, and what somebody wants to hear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, current_app, redirect, request
from flask_babel import gettext as _

from portal.kernel.clock import now
from portal.kernel.paging import After
from portal.kernel.permissions import Open
from portal.notifications import actions, queries
from portal.notifications.forms import NewsForm, ReadAllForm
from portal.notifications.queries import Shown
from portal.notifications.states import Way
from portal.web.navigation import register_bell
from portal.web.respond import done, page, wants_part
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("notifications", __name__)
register_bell(queries.unread_count)


@bp.page("/notifications", needs=Open.STAFF)
def notice_list() -> Any:
    try:
        after = After.read(request.args.get("after"), int, datetime, int)
    except ValueError:
        abort(400)
    notices = queries.notices(me(), after=after)
    new = [one for one in notices.rows if one.notice.done_at is None]
    old = [one for one in notices.rows if one.notice.done_at is not None]
    return page(
        "notifications/notices.html",
        blocks={"notice_list"},
        notices=notices,
        groups=[group for group in ((True, new), (False, old)) if group[1]],
        newest=0 if after else queries.newest_unread(me()),
        started=after is not None,
        apart=wants_part(),
    )


@bp.page("/notifications/bell", needs=Open.STAFF, quiet=True)
def bell() -> Any:
    """How many are unread: what an open page asks for now and then. It keeps nobody's session alive."""
    return page("notifications/bell.html", blocks={"bell_count"})


@bp.act("/notifications/<int:notice_id>/open", needs=Open.STAFF)
def open_notice(notice_id: int) -> Any:
    one = _notice(notice_id)
    actions.read(me(), one.notice, at=now())
    return redirect(one.href, 303)


@bp.act("/notifications/<int:notice_id>/read", needs=Open.STAFF)
def read(notice_id: int) -> Any:
    actions.read(me(), _notice(notice_id).notice, at=now())
    return done(_("Taken note of."), notice_list)


@bp.act("/notifications/read", needs=Open.STAFF, form=ReadAllForm)
def read_all(form: ReadAllForm) -> Any:
    actions.read_all(me(), form.up_to.data or 0, at=now())
    return done(_("All taken note of."), notice_list)


@bp.page("/me/notifications", needs=Open.STAFF)
def my_news(form: NewsForm | None = None) -> Any:
    return page(
        "notifications/my_news.html",
        form=form or NewsForm.with_choices(queries.choices(me().id)),
        ways=list(Way),
        by_mail=bool(current_app.config["MAIL_URL"]),
        hour=current_app.config["DIGEST_HOUR"],
    )


@bp.act("/me/notifications", needs=Open.STAFF, form=NewsForm, again=my_news)
def choose_news(form: NewsForm) -> Any:
    actions.choose(me(), form.wanted(), at=now())
    return done(_("Kept: from now on you hear of that."), my_news)


def _notice(notice_id: int) -> Shown:
    return queries.notice_of(me(), notice_id) or abort(404)
