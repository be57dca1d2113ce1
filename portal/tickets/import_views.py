"""Another desk's tickets on their way in: the file, its columns, what would come of it, and how far it has got."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.kernel.clock import now
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.tickets import importing, other_desk
from portal.tickets.import_forms import ColumnsForm, FileForm, WordsForm
from portal.tickets.models import TicketImport
from portal.tickets.other_desk import Field
from portal.tickets.states import ImportState
from portal.tickets.views import bp
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/import", needs=P.TICKETS_IMPORT)
def import_list(form: FileForm | None = None) -> Any:
    return page(
        "tickets/import.html", form=form or FileForm(formdata=None), imports=importing.imports_of(me()),
        most=current_app.config["UPLOAD_MB"],
    )  # fmt: skip


@bp.act(
    "/import", needs=P.TICKETS_IMPORT, form=FileForm, again=import_list, writes=False, largest=importing.LIMITS.size,
    leads_to=lambda made: url_for(".import_page", import_id=made),
)  # fmt: skip
def bring_table(form: FileForm) -> Any:
    """The file is read before anybody has to wait for this writer."""
    try:
        kept = importing.keep(form.file.data.stream, form.file.data.filename or "")
    except Refused as no:
        no.field = "file"
        raise
    work = importing.begin(me(), kept, form.source.data or "", key=form.once.data or "", at=now())
    return done(_("The file is here. Nothing of it is a ticket yet."), import_page, import_id=work.id)


@bp.page("/import/<int:import_id>", needs=P.TICKETS_IMPORT)
def import_page(import_id: int, form: WordsForm | None = None) -> Any:
    work = _work(import_id)
    if work.state is ImportState.CHOOSING:
        return import_columns(import_id)
    checked = work.state is ImportState.CHECKED
    return page(
        "tickets/import_page.html",
        blocks={"import_panel"},
        work=work,
        problems=importing.problems(work) if checked else [],
        changed=importing.changed(work),
        remarks=[other_desk.remark(words, count) for words, count in work.remarks],
        reason=work.reason,
        words=_words(work),
        form=(form or _words_form(import_id, fresh=True)) if checked and work.words else None,
        stray=form,
        ready=checked and work.added and not work.problems,
        most=importing.MOST_SHOWN,
    )


@bp.page("/import/<int:import_id>/columns", needs=P.TICKETS_IMPORT)
def import_columns(import_id: int, form: ColumnsForm | None = None) -> Any:
    work = _work(import_id)
    if work.state not in (ImportState.CHOOSING, ImportState.CHECKED):
        abort(404)
    return page("tickets/import_columns.html", work=work, form=form or _columns_form(import_id, fresh=True))


def _columns_form(import_id: int, *, fresh: bool = False) -> ColumnsForm:
    work, reader = _work(import_id), me()
    departments = importing.choices(Field.DEPARTMENT, reader)
    start = {
        "department": str(reader.department_id or ""), "kind": "consultation", "channel": "telephone",
        **work.otherwise, "columns": work.columns,
    }  # fmt: skip
    return ColumnsForm(
        head=work.head, departments=departments, kinds=importing.choices(Field.KIND, reader),
        channels=importing.choices(Field.CHANNEL, reader), **({"formdata": None, **start} if fresh else {}),
    )  # fmt: skip


@bp.act("/import/<int:import_id>/columns", needs=P.TICKETS_IMPORT, form=_columns_form, again=import_columns)
def choose_columns(import_id: int, form: ColumnsForm) -> Any:
    importing.choose(
        me(), _work(import_id), form.columns.data, department=form.department.data, kind=form.kind.data,
        channel=form.channel.data, at=now(),
    )  # fmt: skip
    return done(_("It is being checked."), import_page, import_id=import_id)


def _words(work: TicketImport) -> list[dict[str, Any]]:
    """The words of the file with what they mean here."""
    return [
        {"field": Field(field).label, "word": word, "times": times, "line": line, "unknown": not value}
        for field, word, times, line, value in work.words
    ]


def _words_form(import_id: int, *, fresh: bool = False) -> WordsForm:
    work, reader = _work(import_id), me()
    offered = {one: importing.choices(one, reader) for one in other_desk.LISTED}
    start = {"formdata": None, "words": [value for *_rest, value in work.words]} if fresh else {}
    return WordsForm(offered=[offered[Field(field)] for field, *_rest in work.words], **start)


@bp.act("/import/<int:import_id>/words", needs=P.TICKETS_IMPORT, form=_words_form, again=import_page)
def say_words(import_id: int, form: WordsForm) -> Any:
    work = _work(import_id)
    meanings: dict[str, dict[str, str]] = {}
    for (field, word, *_rest), value in zip(work.words, form.words.data, strict=True):
        if value:
            meanings.setdefault(field, {})[word] = value
    importing.mean(me(), work, meanings, at=now())
    return done(_("It is being checked."), import_page, import_id=import_id)


@bp.act("/import/<int:import_id>/start", needs=P.TICKETS_IMPORT)
def start_import(import_id: int) -> Any:
    work = _work(import_id)
    importing.start(me(), work, at=now())
    message = ngettext("%(num)d ticket is being imported.", "%(num)d tickets are being imported.", work.added)
    return done(message, import_page, import_id=import_id)


@bp.act("/import/<int:import_id>/drop", needs=P.TICKETS_IMPORT)
def drop_import(import_id: int) -> Any:
    importing.drop(me(), _work(import_id), at=now())
    return done(_("It is dropped. Nothing of it was a ticket."), import_list)


def _work(import_id: int) -> TicketImport:
    return importing.import_seen_by(me(), import_id) or abort(404)
