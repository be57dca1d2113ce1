"""Manuals in and out: a version as one Markdown file, and files on their way to be a draft."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.policies import drafts, exporting, import_head, importing, manuscript, queries, quiz
from portal.policies.bundle import LIMITS
from portal.policies.draft_forms import NewManualForm
from portal.policies.draft_views import chosen_person, chosen_unit, draft_page, new_manual_form, seen_version
from portal.policies.import_forms import BringForm
from portal.policies.models import ManualImport
from portal.policies.states import Category, ImportState, ManualKind
from portal.policies.views import bp, manual_here
from portal.web.respond import done, download, page
from portal.web.signed_in import me

SHOWN = 30
"""Clauses of which the page shows the headings."""

# ── Out ──


@bp.page("/<manual>/<label>/markdown", needs=P.MANUALS_READ)
def as_markdown(manual: str, label: str) -> Any:
    """A version as it can be read elsewhere and brought back: one file, or a ZIP with its pictures beside it; with the
    quiz about it for whoever may see what is right."""
    found = manual_here(manual)
    version = queries.version_of(found, label) or abort(404)
    name, there = f"{found.code}-{version.label}", queries.files_of(version)
    questions = [one.text() for one in quiz.questions_of(version.id)] if quiz.shows_answers(me(), found) else []
    if not there:
        text = manuscript.write(queries.head_of(found, version), queries.text_of_version(version), questions)
        return download(f"{name}.md", (piece.encode() for piece in text))
    return download(f"{name}.zip", exporting.packed(found, version, there, questions))


# ── In ──


def _bring_form(**more: Any) -> BringForm:
    form = BringForm(**more)
    form.offer([(one.code, f"{one.code} · {text_of(one.titles)}") for one in importing.open_to(me())])
    return form


@bp.page("/import", needs=P.MANUALS_DRAFT)
def import_list(form: BringForm | None = None) -> Any:
    return page(
        "policies/import.html", form=form or _bring_form(formdata=None), imports=importing.imports_of(me()),
        most=LIMITS.size >> 20,
    )  # fmt: skip


@bp.act(
    "/import", needs=P.MANUALS_DRAFT, form=_bring_form, again=import_list, writes=False, largest=LIMITS.size,
    leads_to=lambda made: url_for("policies.import_page", import_id=made),
)  # fmt: skip
def bring_files(form: BringForm) -> Any:
    """The files are looked at before anybody has to wait for this writer."""
    sent = [one for one in form.file.data or () if isinstance(one, FileStorage) and one.filename]
    try:
        kept = importing.keep([(one.filename or "", one.stream) for one in sent])
    except Refused as no:
        no.field = "file"
        raise
    work = importing.begin(me(), kept, form.code.data or "", key=form.once.data or "", at=now())
    return done(_("The files are here. Nothing of them is a draft yet."), import_page, import_id=work.id)


@bp.page("/import/<int:import_id>", needs=P.MANUALS_DRAFT)
def import_page(import_id: int, form: NewManualForm | None = None) -> Any:
    work = _work(import_id)
    read = work.state is ImportState.READ
    fresh = read and not work.code
    draft = importing.open_draft(me(), work.code) if read else None
    return page(
        "policies/import_page.html",
        blocks={"import_panel"},
        work=work,
        problems=importing.remarks_of(work.problems) if work.state is not ImportState.DROPPED else [],
        remarks=importing.remarks_of(work.remarks) if work.state is not ImportState.DROPPED else [],
        contents=importing.contents(work, SHOWN) if read else [],
        form=(form or _described(import_id, fresh=True)) if fresh and not work.wrong else None,
        draft=draft,
        binds=importing.bound_by(work) if read else [],
        writes=draft is None or drafts.open_to(me(), draft, today()) & {"write", "rewrite"},
        at_work=work.state is ImportState.READING,
        most=importing.MOST_SHOWN,
        shown=SHOWN,
    )


def _described(import_id: int, *, fresh: bool = False) -> NewManualForm:
    """The form of a new manual with what the files say of it; its clauses are theirs, too."""
    form = _filled_in(import_id) if fresh else new_manual_form()
    del form.starter
    return form


def _filled_in(import_id: int) -> NewManualForm:
    head = _work(import_id).head
    titles = import_head.titles_of(head)
    return new_manual_form(
        formdata=None, code=head.get("code", ""), chinese=titles.get("zh-CN", ""), english=titles.get("en", ""),
        traditional=titles.get("zh-TW", ""), kind=head.get("kind", ""), category=head.get("category", ""),
        purpose=head.get("purpose", ""), principles=head.get("principles", ""),
        department=str(import_head.preset_department(head) or ""),
    )  # fmt: skip


@bp.act("/import/<int:import_id>/new", needs=P.MANUALS_DRAFT, form=_described, again=import_page)
def take_new(import_id: int, form: NewManualForm) -> Any:
    code = (form.code.data or "").strip().upper()
    importing.take_new(
        me(), _work(import_id), code, form.titles(), kind=ManualKind(form.kind.data),
        category=Category(form.category.data), department=chosen_unit(form.department.data),
        supervisor=chosen_person(form.supervisor.data, "supervisor"), purpose=form.purpose.data or "",
        principles=form.principles.data or "", review_on=form.review_on.data, at=now(),
    )  # fmt: skip
    return done(_("The draft is there. Nobody but you and those whom you ask sees it."), draft_page, manual=code)


@bp.act("/import/<int:import_id>/take", needs=P.MANUALS_DRAFT)
def take_over(import_id: int) -> Any:
    work = _work(import_id)
    draft = importing.take_over(me(), work, seen=seen_version(), at=now())
    return done(_("The draft is there. Nobody but you and those whom you ask sees it."), draft_page,
                manual=draft.manual.code)  # fmt: skip


@bp.act("/import/<int:import_id>/drop", needs=P.MANUALS_DRAFT)
def drop_import(import_id: int) -> Any:
    importing.drop(me(), _work(import_id), at=now())
    return done(_("It is dropped. Nothing of it was a draft."), import_list)


def _work(import_id: int) -> ManualImport:
    return importing.import_seen_by(me(), import_id) or abort(404)
