"""Saved views of the queue: keeping one, and putting them in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.lists import queries as lists
from portal.organisation import queries as organisation
from portal.tickets import listing, queries, saved_view
from portal.tickets.models import SavedView
from portal.tickets.saved_view_forms import KeepViewForm, ViewForm
from portal.tickets.views import bp
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/views", needs=P.TICKETS_OPEN)
def view_list() -> Response:
    """The views in one's queue by owner, each with what it asks."""
    reader, kinds = me(), lists.kind_names()
    shown = saved_view.shown_to(reader)
    people = _people(*(one.words for one in shown))
    groups: dict[int | None, list[Any]] = {}
    for one in shown:
        groups.setdefault(one.department_id, []).append(
            (one, listing.told(one.words, kinds, people).values(), not _over(one.words, kinds))
        )
    names = {key: text_of(organisation.departments()[key].names) for key in groups if key is not None}
    return page(
        "tickets/saved_views.html",
        blocks={"view_list"},
        groups=groups,
        names=names,
        changes={key for key in groups if key is None or reader.may(P.TICKETS_ASSIGN, key)},
        address_of=listing.address_of,
    )


def _keep_form(**more: Any) -> KeepViewForm:
    day, where = today(), me().where(P.TICKETS_ASSIGN)
    departments = [
        (str(one.id), _("for the people of %(department)s", department=text_of(one.names)))
        for one in organisation.departments().values()
        if one.id in where and (one.to_on is None or one.to_on > day)
    ]
    return KeepViewForm(departments=departments, **more)


@bp.page("/views/new", needs=P.TICKETS_OPEN, keyed=True)
def new_view(form: KeepViewForm | None = None) -> Response:
    """The address of the queue stands behind this one's; a form that came back carries it itself."""
    form = form or _keep_form(formdata=None, words=urlencode(_asked()))
    kinds, words = lists.kind_names(), _words(form)
    return page(
        "tickets/new_view.html", form=form, asks=listing.told(words, kinds, _people(words)).values(),
        back=listing.address_of(words),
    )  # fmt: skip


@bp.act(
    "/views/new", needs=P.TICKETS_OPEN, form=_keep_form, again=new_view,
    leads_to=lambda made: url_for(".view_page", view_id=int(made)),
)  # fmt: skip
def keep_view(form: KeepViewForm) -> Any:
    words = _words(form)
    department = organisation.departments().get(int(form.whose.data)) if form.whose.data != "me" else None
    saved_view.keep(me(), form.name.data or "", words, department=department, key=form.once.data or "", at=now())
    flash(_("The view is kept."), "done")
    return redirect(listing.address_of(words), 303)


def _asked() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "key"}


def _words(form: KeepViewForm) -> dict[str, str]:
    """What the address asks, as it is kept; 400 for one that the queue does not know."""
    try:
        return listing.read(listing.words_in(form.words.data or ""), lists.kind_names(), today().year).kept
    except ValueError:
        abort(400)


def _view(view_id: int) -> SavedView:
    return saved_view.view_with(me(), view_id) or abort(404)


@bp.page("/views/<int:view_id>", needs=P.TICKETS_OPEN)
def view_page(view_id: int, form: ViewForm | None = None) -> Response:
    """What it is called and what it asks; where the queue does not know a part of it any more, which."""
    view, kinds = _view(view_id), lists.kind_names()
    fresh, told = ViewForm(formdata=None, name=view.name, version=view.version), journal.of("saved view", view.id)
    form = form or fresh
    catch_up(form.version, view.version)
    asks, over = listing.told(view.words, kinds, _people(view.words)), _over(view.words, kinds)
    return page(
        "tickets/saved_view.html",
        view=view,
        form=form if _may(view) else None,
        missed=missed(told, form, fresh),
        last=last_of(told),
        asks=asks.values(),
        over=[asks.get(key, key) for key in over],
        opens=listing.address_of({key: value for key, value in view.words.items() if key not in over}),
        keeper=text_of(organisation.departments()[view.department_id].names) if view.department_id else "",
    )


@bp.act("/views/<int:view_id>", needs=P.TICKETS_OPEN, form=lambda view_id: ViewForm(), again=view_page)
def rename_view(view_id: int, form: ViewForm) -> Any:
    saved_view.rename(me(), _view(view_id), form.name.data or "", form.version.data or 0, at=now())
    return done(_("The view is saved."), view_list)


@bp.act("/views/<int:view_id>/move", needs=P.TICKETS_OPEN)
def move_view(view_id: int) -> Any:
    saved_view.move(me(), _view(view_id), up=request.form.get("up") == "yes", at=now())
    return done(_("Moved."), view_list)


@bp.act("/views/<int:view_id>/remove", needs=P.TICKETS_OPEN)
def remove_view(view_id: int) -> Any:
    saved_view.remove(me(), _view(view_id), at=now())
    return done(_("The view is removed; its tickets are where they were."), view_list)


def _may(view: SavedView) -> bool:
    return saved_view.may_change(me(), view)


def _over(words: Mapping[str, str], kinds: Mapping[str, str]) -> list[str]:
    return listing.unknown(words, kinds, today().year)


def _people(*asked: Mapping[str, str]) -> dict[int, tuple[str, bool]]:
    """Whom these addresses name."""
    named = {one.get(key, "") for one in asked for key in ("assignee", "accountable")}
    found = {int(one) for one in named if one.isdecimal() and len(one) < 10}
    return queries.who_and_what(found, None)[0] if found else {}
