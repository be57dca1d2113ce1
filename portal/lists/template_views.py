"""Templates of tickets: the standard procedures for common problems."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.kernel.clock import now
from portal.kernel.permissions import Open, P
from portal.kernel.text import text_of
from portal.lists import actions, queries
from portal.lists.models import TicketTemplate
from portal.lists.states import List
from portal.lists.template_forms import NewTemplateForm, TemplateForm, filled
from portal.lists.views import as_it_is, bp, latest, may_edit
from portal.web.meanwhile import last_of, missed
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/templates", needs=Open.STAFF)
def template_list() -> Any:
    kinds, types = queries.to_sort_by()
    words = {one.code: text_of(one.texts) for one in (*kinds, *types)}
    return page(
        "lists/templates.html", templates=queries.templates(active_only=False), words=words,
        history=queries.history(List.TEMPLATES), may_edit=may_edit(),
    )  # fmt: skip


def _offering(form: NewTemplateForm) -> Any:
    kinds, types = queries.to_sort_by()
    return form.with_choices(
        [(one.code, text_of(one.texts)) for one in kinds], [(one.code, text_of(one.texts)) for one in types]
    )


def _new_form(**more: Any) -> Any:
    return _offering(NewTemplateForm(**more))


def _form(template_id: int, **more: Any) -> Any:
    return _offering(TemplateForm(**more))


@bp.page("/templates/new", needs=P.LISTS_EDIT, keyed=True)
def new_template(form: NewTemplateForm | None = None) -> Any:
    return page("lists/new_template.html", form=form or _new_form(formdata=None))


@bp.act(
    "/templates/new", needs=P.LISTS_EDIT, form=_new_form, again=new_template,
    leads_to=lambda made: url_for(".template_page", template_id=int(made)),
)  # fmt: skip
def add_template(form: NewTemplateForm) -> Response:
    actions.add_template(me(), form.procedure(), key=form.once.data or "", at=now())
    return done(_("The template is on the list."), template_list)


@bp.page("/templates/<int:template_id>", needs=Open.STAFF)
def template_page(template_id: int, form: TemplateForm | None = None) -> Any:
    """Everybody on staff reads how a common problem is dealt with; those who rule the lists change it."""
    template, history = _template(template_id), latest(List.TEMPLATES)
    kinds, types = queries.to_sort_by()
    words = {one.code: text_of(one.texts) for one in (*kinds, *types)}
    fresh = _form(template_id, formdata=None, **filled(template)) if may_edit() else None
    form = form or fresh
    return page(
        "lists/template.html", one=template, words=words, form=as_it_is(form, template) if form else None,
        history=history, missed=missed(history, form, fresh), last=last_of(history),
    )  # fmt: skip


@bp.act("/templates/<int:template_id>", needs=P.LISTS_EDIT, form=_form, again=template_page)
def change_template(template_id: int, form: TemplateForm) -> Response:
    actions.change_template(
        me(), _template(template_id), form.version.data or 0, form.procedure(), active=form.active.data,
        position=form.position.data or 0, at=now(),
    )  # fmt: skip
    return done(_("The template is saved. Tickets stay as they are."), template_list)


def _template(template_id: int) -> TicketTemplate:
    return queries.template_with(template_id) or abort(404)
