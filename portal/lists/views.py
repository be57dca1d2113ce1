"""The lists that staff rule: everybody on staff may read them, supervisors and heads change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.kernel.clock import now, today
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import Open, P
from portal.kernel.text import text_of
from portal.lists import actions, queries
from portal.lists.forms import KindForm, NewKindForm, NewTypeForm, PhraseForm, TypeForm
from portal.lists.models import Phrase, RoutingType, TicketKind
from portal.lists.states import CONSULTATION, REAL_ESTATE, REQUIRED_KINDS, List, Use
from portal.organisation.models import Department
from portal.organisation.queries import departments
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.navigation import UPKEEP, Place
from portal.web.respond import done, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("lists", __name__, "/lists")
PLACES = (Place(_l("Lists"), "lists.kind_list", "list-check", needs=P.LISTS_EDIT, rank=85, group=UPKEEP),)
FEW = 8


@bp.page("", needs=Open.STAFF)
def kind_list() -> Any:
    return page(
        "lists/kinds.html", kinds=queries.kinds(active_only=False), history=queries.history(List.KINDS),
        may_edit=may_edit(),
    )  # fmt: skip


@bp.page("/kinds/new", needs=P.LISTS_EDIT)
def new_kind(form: NewKindForm | None = None) -> Any:
    return page("lists/new_kind.html", form=form or NewKindForm(formdata=None))


@bp.act("/kinds/new", needs=P.LISTS_EDIT, form=NewKindForm, again=new_kind)
def add_kind(form: NewKindForm) -> Response:
    actions.add_kind(me(), form.code.data or "", form.texts(), needs_record=form.needs_record.data, at=now())
    return done(_("The kind is on the list."), kind_list)


@bp.page("/kinds/<kind_code>", needs=P.LISTS_EDIT)
def edit_kind(kind_code: str, form: KindForm | None = None) -> Any:
    kind = _kind(kind_code)
    fresh, history = KindForm(formdata=None, needs_record=kind.needs_record, **_filled(kind)), latest(List.KINDS)
    form = form or fresh
    if kind.code in REQUIRED_KINDS:
        form.active.description = actions.KIND_STAYS
    if kind.code == CONSULTATION:
        form.needs_record.description = actions.RECORD_STAYS
    return page(
        "lists/edit_kind.html", kind=kind, form=as_it_is(form, kind), history=history,
        missed=missed(history, form, fresh), last=last_of(history),
    )  # fmt: skip


@bp.act("/kinds/<kind_code>", needs=P.LISTS_EDIT, form=KindForm, again=edit_kind)
def change_kind(kind_code: str, form: KindForm) -> Response:
    actions.change_kind(
        me(), _kind(kind_code), form.version.data or 0, texts=form.texts(), needs_record=form.needs_record.data,
        active=form.active.data, position=form.position.data or 0, at=now(),
    )  # fmt: skip
    return done(_("The kind is saved."), kind_list)


@bp.page("/routing", needs=Open.STAFF)
def routing_list() -> Any:
    names = {one.code: text_of(one.texts) for one in queries.kinds(active_only=False)}
    return page(
        "lists/routing.html", types=queries.routing_types(active_only=False), kinds=names,
        without=queries.types_without_department(), history=queries.history(List.ROUTING), may_edit=may_edit(),
    )  # fmt: skip


def _new_type_form(**more: Any) -> NewTypeForm:
    form: NewTypeForm = NewTypeForm(**more).with_choices(_kinds(), _departments())
    return form


@bp.page("/routing/new", needs=P.LISTS_EDIT)
def new_type(form: NewTypeForm | None = None) -> Any:
    return page("lists/new_type.html", form=form or _new_type_form(formdata=None))


@bp.act("/routing/new", needs=P.LISTS_EDIT, form=_new_type_form, again=new_type)
def add_type(form: NewTypeForm) -> Response:
    actions.add_type(
        me(), form.code.data or "", form.texts(), kind=form.kind.data or None,
        department=_department(form.department.data), at=now(),
    )  # fmt: skip
    return done(_("The type is on the list."), routing_list)


def _type_form(routing_code: str = "", **more: Any) -> TypeForm:
    one = queries.routing_type_called(routing_code)
    form: TypeForm = TypeForm(**more).with_choices(_kinds(), _departments(one.department if one else None))
    return form


@bp.page("/routing/<routing_code>", needs=P.LISTS_EDIT)
def edit_type(routing_code: str, form: TypeForm | None = None) -> Any:
    one = _type(routing_code)
    fresh = _type_form(
        routing_code, formdata=None, kind=one.kind or "", department=one.department_id or 0, **_filled(one)
    )
    form, history = form or fresh, latest(List.ROUTING)
    if one.code == REAL_ESTATE:
        form.active.description = actions.TYPE_STAYS
    return page(
        "lists/edit_type.html", one=one, form=as_it_is(form, one), history=history,
        missed=missed(history, form, fresh), last=last_of(history),
    )  # fmt: skip


@bp.act("/routing/<routing_code>", needs=P.LISTS_EDIT, form=_type_form, again=edit_type)
def change_type(routing_code: str, form: TypeForm) -> Response:
    actions.change_type(
        me(), _type(routing_code), form.version.data or 0, texts=form.texts(), kind=form.kind.data or None,
        department=_department(form.department.data), active=form.active.data, position=form.position.data or 0,
        at=now(),
    )  # fmt: skip
    return done(_("The type is saved."), routing_list)


@bp.page("/phrases", needs=Open.STAFF)
def phrase_list() -> Any:
    day, asked = today(), request.args.get("use", "")
    if asked and asked not in set(Use):
        abort(400)
    every = queries.phrases(*([Use(asked)] if asked else []))
    ended = [one for one in every if one.to_on and one.to_on <= day]
    groups = [(use, [one for one in every if one.use is use and one not in ended]) for use in Use]
    return page(
        "lists/phrases.html", blocks={"phrase_list"}, groups=[one for one in groups if one[1]], ended=ended,
        shelved=queries.shelved,
        use=asked, uses=Use, day=day, history=queries.history(List.PHRASES), may_edit=may_edit(),
    )  # fmt: skip


@bp.page("/phrases/new", needs=P.LISTS_EDIT)
def new_phrase(form: PhraseForm | None = None) -> Any:
    asked = request.args.get("use", "")
    use = Use(asked) if asked in set(Use) else Use.SNIPPET
    return page("lists/new_phrase.html", form=form or PhraseForm(formdata=None, use=use, from_on=today()))


@bp.act("/phrases/new", needs=P.LISTS_EDIT, form=PhraseForm, again=new_phrase)
def add_phrase(form: PhraseForm) -> Response:
    actions.add_phrase(me(), **form.parts(), at=now())
    return done(_("The phrase is on the list."), phrase_list)


@bp.page("/phrases/<int:phrase_id>", needs=P.LISTS_EDIT)
def edit_phrase(phrase_id: int, form: PhraseForm | None = None) -> Any:
    phrase = _phrase(phrase_id)
    fresh = PhraseForm(
        formdata=None, words=phrase.words, use=phrase.use, category=phrase.category or "", instead=phrase.instead,
        from_on=phrase.from_on, to_on=phrase.to_on, version=phrase.version,
    )  # fmt: skip
    form, history = form or fresh, latest(List.PHRASES)
    return page(
        "lists/edit_phrase.html", phrase=phrase, form=as_it_is(form, phrase), history=history,
        missed=missed(history, form, fresh), last=last_of(history),
    )  # fmt: skip


@bp.act("/phrases/<int:phrase_id>", needs=P.LISTS_EDIT, form=PhraseForm, again=edit_phrase)
def change_phrase(phrase_id: int, form: PhraseForm) -> Response:
    actions.change_phrase(me(), _phrase(phrase_id), form.version.data or 0, **form.parts(), at=now())
    return done(_("The phrase is saved."), phrase_list)


def may_edit() -> bool:
    return me().may(P.LISTS_EDIT)


def latest(which: List) -> Sequence[JournalEntry]:
    return queries.history(which, FEW)


def _kind(code: str) -> TicketKind:
    return queries.kind_called(code) or abort(404)


def _type(code: str) -> RoutingType:
    return queries.routing_type_called(code) or abort(404)


def _phrase(phrase_id: int) -> Phrase:
    return queries.phrase_with(phrase_id) or abort(404)


def _kinds() -> list[tuple[str, str]]:
    return [(one.code, text_of(one.texts)) for one in queries.kinds()]


def _departments(kept: Department | None = None) -> list[tuple[int, str]]:
    """Departments that are there today, and the one that the value has already."""
    day = today()
    return [
        (one.id, text_of(one.names))
        for one in departments().values()
        if one.to_on is None or one.to_on > day or (kept and one.id == kept.id)
    ]


def _department(department_id: int) -> Department | None:
    return departments().get(department_id)


def _filled(value: TicketKind | RoutingType) -> dict[str, Any]:
    return {
        "chinese": value.texts.get("zh-CN", ""), "english": value.texts.get("en", ""),
        "traditional": value.texts.get("zh-TW", ""), "position": value.position, "active": value.active,
        "version": value.version,
    }  # fmt: skip


def as_it_is(form: Any, value: Any) -> Any:
    """Once “somebody changed this” was said, the history beside the form shows what: saving again is a decision."""
    catch_up(form.version, value.version)
    return form
