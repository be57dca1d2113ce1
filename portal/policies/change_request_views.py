"""Commenting on a clause where it is read, and answering what others think should be otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel import journal
from portal.kernel.clock import now
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import text_of
from portal.policies import change_requests, queries
from portal.policies.change_request_forms import AnswerForm, CommentForm
from portal.policies.change_request_models import ChangeRequest
from portal.policies.change_request_states import CHANGE_REQUEST
from portal.policies.models import ClauseRow, Manual, ManualVersion
from portal.policies.views import bp, manual_here
from portal.web.respond import done, download, page
from portal.web.signed_in import me

# ── Commenting ──


@bp.page("/<manual>/<label>/comment/<clause_number>", needs=P.MANUALS_READ, keyed=True)
def clause_comment_page(manual: str, label: str, clause_number: str, form: CommentForm | None = None) -> Any:
    found, version, clause = _clause(manual, label, clause_number)
    return page(
        "policies/comment.html", manual=found, version=version, clause=clause,
        superseded=change_requests.is_superseded(version, now()), form=form or CommentForm(formdata=None),
    )  # fmt: skip


@bp.act(
    "/<manual>/<label>/comment/<clause_number>", needs=P.MANUALS_READ,
    form=lambda manual, label, clause_number: CommentForm(), again=clause_comment_page,
    leads_to=lambda made, manual, label, clause_number: url_for("policies.request_page", change_request_id=made),
)  # fmt: skip
def comment_on_clause(manual: str, label: str, clause_number: str, form: CommentForm) -> Any:
    made = change_requests.ask_for_change(
        me(), *_clause(manual, label, clause_number), form.words.data or "", key=form.once.data or "", at=now()
    )
    return done(_("Sent. You hear of the answer."), request_page, change_request_id=made.id)


def _clause(manual: str, label: str, clause_number: str) -> tuple[Manual, ManualVersion, ClauseRow]:
    found = manual_here(manual)
    version: ManualVersion = queries.version_of(found, label, clauses=False) or abort(404)
    return found, version, change_requests.clause_of(version, clause_number) or abort(404)


# ── Lists ──


@bp.page("/comments", needs=P.MANUALS_READ)
def requests_page() -> Any:
    """One's own, or those of manuals that one answers for; everything that is chosen stands in the address."""
    list_, code, after = _list(), request.args.get("manual", ""), _after()
    manuals = change_requests.manuals_answered_for(me())
    if code and code not in {one.code for one in manuals}:
        abort(404)
    mine = list_ == "mine"
    return page(
        "policies/change_requests.html",
        blocks={"request_list"},
        list=list_,
        manual=code,
        manuals=manuals,
        slice=change_requests.requests_of(me(), after=after)
        if mine
        else change_requests.requests_to(me(), list_, code, after=after),
        started=bool(after),
        selects=_selects(list_, code, manuals) if manuals else [],
    )


def _selects(list_: str, code: str, manuals: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": "list",
            "label": _("Which"),
            "value": list_ if list_ != "mine" else None,
            "options": [
                ("", _("mine")), ("open", _("to be answered")), ("accepted", _("for the next version")),
                ("answered", _("answered")),
            ],
        },
        {
            "name": "manual",
            "label": _("Manual"),
            "value": code or None,
            "options": [("", _("all")), *((one.code, f"{one.code} {text_of(one.titles)}") for one in manuals)],
        },
    ]  # fmt: skip


@bp.page("/comments.csv", needs=P.MANUALS_READ)
def requests_csv() -> Any:
    """The list of what others said, as it is shown."""
    list_, code = _list(), request.args.get("manual", "")
    if list_ == "mine":
        abort(404)
    head = [_("Manual"), _("Version"), _("Which clause"), _("Comment"), _("Name"), _("When"), _("State"), _("Answer"),
            _("Answered by"), _("Answered on")]  # fmt: skip
    return download("comments.csv", csv_file(head, _lines(list_, code)))


def _lines(list_: str, code: str) -> Iterator[list[Any]]:
    for one in change_requests.every_request_to(me(), list_, code):
        yield [
            one.code, f"{one.major}.{one.minor}", f"{one.number} {one.heading}", one.words, one.person_name, one.at,
            str(one.state.label), one.answer, one.answered_by_name, one.answered_at,
        ]  # fmt: skip


def _list() -> str:
    list_ = request.args.get("list") or "mine"
    if list_ != "mine" and list_ not in change_requests.LISTS:
        abort(400)
    return list_


def _after() -> After | None:
    try:
        return After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)


# ── One of them ──


def _answer_form(change_request_id: int, **more: Any) -> AnswerForm:
    one, form = _one(change_request_id), AnswerForm(**more)
    verbs = CHANGE_REQUEST.open_to(me(), one) if one.person_id != me().id else frozenset()
    form.offer(verbs, [(edition.label, edition.label) for edition in change_requests.later_versions(one)])
    return form


@bp.page("/comments/<int:change_request_id>", needs=P.MANUALS_READ)
def request_page(change_request_id: int, form: AnswerForm | None = None) -> Any:
    one = _one(change_request_id)
    form = form or _answer_form(change_request_id, formdata=None)
    return page(
        "policies/change_request.html", one=one, own=one.person_id == me().id,
        clause=change_requests.clause_meant(one), form=form if form.verdict.choices else None,
        story=journal.of("change request", one.id),
    )  # fmt: skip


@bp.act("/comments/<int:change_request_id>", needs=P.MANUALS_READ, form=_answer_form, again=request_page)
def answer_request(change_request_id: int, form: AnswerForm) -> Any:
    one, words = _one(change_request_id), form.answer.data or ""
    match form.verdict.data:
        case "accept":
            change_requests.accept(me(), one, words, at=now())
        case "settle":
            version = queries.version_of(one.manual, form.done_in.data or "")
            change_requests.settle(me(), one, version, words, at=now())
        case _:
            change_requests.refuse(me(), one, words, at=now())
    return done(_("Answered. Whoever wrote it hears of it."), request_page, change_request_id=change_request_id)


def _one(change_request_id: int) -> ChangeRequest:
    return change_requests.request_seen(me(), change_request_id) or abort(404)
