"""Newcomers: who they are, how far each is, who coaches them, and the list from which checklists are made."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.organisation import directory
from portal.organisation.models import Department
from portal.organisation.queries import departments
from portal.training import onboarding
from portal.training.onboarding_forms import EndForm, ItemForm, MentorForm, WaiveForm
from portal.training.onboarding_models import Onboarding, OnboardingLine
from portal.training.states import Part, Result
from portal.training.views import bp, tabs
from portal.web.respond import done, page
from portal.web.signed_in import me

ACTS: dict[str, type] = {"mentor": MentorForm, "end": EndForm, "waive": WaiveForm}
"""The forms on the page of a newcomer, by the word in its address."""


@bp.page("/newcomers", needs=P.TRAINING_READ)
def newcomer_list() -> Any:
    """Newcomers whom I look after, coach or am, with what each of them still lacks."""
    try:
        after = After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)
    found = onboarding.newcomers(me(), after=after)
    return page(
        "training/newcomers.html",
        tabs=tabs("newcomers"),
        slice=found,
        standings=onboarding.standings(found.rows, today()),
        units=departments(),
        started=after is not None,
        keeps=me().may(P.TRAINING_KEEP),
        today=today(),
    )


@bp.page("/newcomers/<int:onboarding_id>", needs=P.TRAINING_READ)
def newcomer_page(onboarding_id: int, form: Any = None) -> Any:
    one, reader = _one(onboarding_id), me()
    act = next((name for name, kind in ACTS.items() if isinstance(form, kind)), request.args.get("act", ""))
    own = one.person_id == reader.id
    keeps = not own and reader.may(P.TRAINING_KEEP, one.department_id)
    pairs = onboarding.pairs_of(one)
    open_pair = next((pair for pair in pairs if pair.to_on is None), None)
    return page(
        "training/newcomer.html",
        one=one,
        own=own,
        standing=onboarding.standings([one], today())[one.id],
        parts=list(Part),
        unit=departments()[one.department_id],
        pairs=pairs,
        open_pair=open_pair,
        ticks=keeps or (not own and onboarding.coaches(reader, open_pair, today())),
        keeps=keeps,
        waives=not own and one.waived_at is None and reader.may(P.TRAINING_WAIVE, one.department_id),
        act=act,
        forms={
            name: form if isinstance(form, kind) else kind(formdata=None, from_on=max(today(), one.from_on))
            for name, kind in ACTS.items()
        },
        story=journal.of("onboarding", one.id),
        none=Result.NONE,
    )


@bp.act("/newcomers/<int:onboarding_id>/tick/<int:line_id>", needs=P.TRAINING_READ)
def tick_line(onboarding_id: int, line_id: int) -> Any:
    one = _one(onboarding_id)
    line: OnboardingLine = onboarding.line_of(one, line_id) or abort(404)
    onboarding.tick(me(), one, line, at=now())
    return done(_("Done."), newcomer_page, onboarding_id=onboarding_id)


@bp.act(
    "/newcomers/<int:onboarding_id>/mentor", needs=P.TRAINING_KEEP, form=lambda onboarding_id: MentorForm(),
    again=newcomer_page,
)  # fmt: skip
def name_mentor(onboarding_id: int, form: MentorForm) -> Any:
    one = _one(onboarding_id)
    mentor = directory.meant(form.mentor.data or "", today(), field="mentor")
    onboarding.name_mentor(me(), one, mentor, form.from_on.data, at=now())
    return done(
        _("%(name)s coaches them; both are told.", name=mentor.name), newcomer_page, onboarding_id=onboarding_id
    )  # fmt: skip


@bp.act(
    "/newcomers/<int:onboarding_id>/end", needs=P.TRAINING_KEEP, form=lambda onboarding_id: EndForm(),
    again=newcomer_page,
)  # fmt: skip
def end_coaching(onboarding_id: int, form: EndForm) -> Any:
    onboarding.end_coaching(
        me(), _one(onboarding_id), Result(form.retest.data), form.outcome.data or "", at=now()
    )  # fmt: skip
    return done(_("The coaching is over."), newcomer_page, onboarding_id=onboarding_id)


@bp.act(
    "/newcomers/<int:onboarding_id>/waive", needs=P.TRAINING_WAIVE, form=lambda onboarding_id: WaiveForm(),
    again=newcomer_page,
)  # fmt: skip
def waive(onboarding_id: int, form: WaiveForm) -> Any:
    onboarding.waive(me(), _one(onboarding_id), form.reason.data or "", at=now())
    return done(_("They may be put on the roster."), newcomer_page, onboarding_id=onboarding_id)


def _one(onboarding_id: int) -> Onboarding:
    return onboarding.onboarding_seen_by(me(), onboarding_id) or abort(404)


# ── The list ──


@bp.page("/newcomers/list", needs=P.TRAINING_KEEP)
def item_list(form: ItemForm | None = None) -> Any:
    """What everybody who comes to a department goes through: its own lines, and those of the departments above."""
    unit = _unit()
    items = onboarding.items_of(unit.id)
    kept = [one for one in departments().values() if me().may(P.TRAINING_KEEP, one.id)]
    return page(
        "training/onboarding_list.html",
        unit=unit,
        units=departments(),
        items=items,
        parts=[part for part in Part if any(one.part is part for one in items)],
        missing=onboarding.missing_parts(items),
        form=form or ItemForm(formdata=None),
        selects=[
            {
                "name": "unit", "label": _("Department"), "value": "" if unit is kept[0] else unit.code,
                "options": [
                    ("" if one is kept[0] else one.code, "　" * (one.path.count("/") - 2) + text_of(one.names))
                    for one in kept
                ],
            }
        ],
    )  # fmt: skip


@bp.act(
    "/newcomers/list", needs=P.TRAINING_KEEP, form=ItemForm, again=item_list,
    leads_to=lambda made: url_for(".item_list", unit=_unit().code),
)  # fmt: skip
def add_item(form: ItemForm) -> Any:
    unit = _unit()
    onboarding.add_item(me(), unit, Part(form.part.data), form.words.data or "", key=form.once.data or "", at=now())
    return done(_("It stands on every new checklist."), item_list, unit=unit.code)


@bp.act("/newcomers/list/<int:item_id>/drop", needs=P.TRAINING_KEEP)
def drop_item(item_id: int) -> Any:
    unit = _unit()
    item = onboarding.item_of(unit.id, item_id) or abort(404)
    onboarding.drop_item(me(), item, at=now())
    return done(_("It stands on no new checklist."), item_list, unit=unit.code)


def _unit() -> Department:
    """The department that the address names, or the first one where the reader keeps training."""
    code = request.args.get("unit", "")
    kept = [one for one in departments().values() if me().may(P.TRAINING_KEEP, one.id)]
    return next((one for one in kept if one.code == code or not code), None) or abort(404)
