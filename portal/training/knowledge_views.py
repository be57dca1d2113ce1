"""Who of my people is due for a check of product knowledge, and the checks of one colleague."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.paging import After, every
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import text_of
from portal.organisation.models import Person
from portal.organisation.record import numbered
from portal.policies.queries import in_force, ruling_notes
from portal.training import knowledge
from portal.training.knowledge import Checks, CheckText
from portal.training.knowledge_forms import KnowledgeForm
from portal.training.profile import tone
from portal.training.rules import TrainingRules
from portal.training.states import Result
from portal.training.views import bp, tabs
from portal.web.respond import done, download, page
from portal.web.signed_in import me


@bp.page("/knowledge", needs=P.TRAINING_KEEP)
def knowledge_list() -> Any:
    """Of the people in whose departments I keep training: who is due for a check, or all who are checked."""
    checks = _checks()
    try:
        after = After.read(request.args.get("after"), str, int)
    except ValueError:
        abort(400)
    return page(
        "training/knowledge.html",
        blocks={"knowledge"},
        tabs=tabs("knowledge"),
        slice=checks.rows(after=after),
        started=after is not None,
        due=checks.due,
        tone=tone,
        selects=[
            {"name": "list", "label": _("Show"), "value": "" if checks.due else "all",
             "options": [("", _("due to be checked")), ("all", _("everybody who is checked"))]}
        ],
    )  # fmt: skip


@bp.page("/knowledge.csv", needs=P.TRAINING_KEEP)
def knowledge_table() -> Any:
    """The same people, all of them."""
    checks = _checks()
    head = [
        _("Staff number"), _("Name"), _("Department"), _("State"), _("Last checked"), _("Result"), _("Checked by"),
        _("Products and services"), _("In a few words"),
    ]  # fmt: skip
    return download(f"product-knowledge-{today()}.csv", csv_file(head, _lines(checks)))


def _lines(checks: Checks) -> Iterator[list[Any]]:
    for one in every(checks.rows):
        yield [
            one.staff_number, one.name, text_of(one.department),
            _("due to be checked") if one.due else _("still counts"), one.on,
            str(one.result.label) if one.result else "", one.by_name, one.products, one.words,
        ]  # fmt: skip


def _checks() -> Checks:
    asked = request.args.get("list", "")
    return Checks(me(), not asked, today()) if asked in ("", "all") else abort(400)


@bp.page("/knowledge/<staff_number>", needs=P.TRAINING_READ, keyed=True)
def knowledge_page(staff_number: str, form: KnowledgeForm | None = None) -> Any:
    """The checks of one colleague: for themselves, and for who keeps training where they belong."""
    person, home = _person(staff_number)
    rules = in_force(TrainingRules, on=today(), for_=home)
    clause = rules.product_every.clause
    note = ruling_notes([clause]).get(clause) if clause else None
    keeps = person.id != me().id and home is not None and me().may(P.TRAINING_KEEP, home)
    return page(
        "training/knowledge_of.html",
        person=person,
        checks=knowledge.checks_of(person.id),
        due=knowledge.is_due(person.id, home, today()),
        note=note.told(rules.product_every.explain()) if note else None,
        form=(form or KnowledgeForm(formdata=None)) if keeps else None,
        tone=tone,
    )


@bp.act(
    "/knowledge/<staff_number>", needs=P.TRAINING_KEEP, form=lambda staff_number: KnowledgeForm(), again=knowledge_page,
    leads_to=lambda made, staff_number: url_for(".knowledge_page", staff_number=staff_number),
)  # fmt: skip
def check_knowledge(staff_number: str, form: KnowledgeForm) -> Any:
    person, _home = _person(staff_number)
    text = CheckText(form.on.data, form.products.data or "", Result(form.result.data), form.words.data or "")
    knowledge.check(me(), person, text, key=form.once.data or "", at=now())
    return done(_("Written down; %(name)s is told.", name=person.name), knowledge_page, staff_number=staff_number)


def _person(staff_number: str) -> tuple[Person, int | None]:
    person, home = numbered(staff_number) or abort(404)
    return (person, home) if knowledge.shows(me(), person.id, home) else abort(404)
