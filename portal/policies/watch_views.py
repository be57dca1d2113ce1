"""How one manual is made known, and the audits of whether it is kept."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.organisation import directory
from portal.policies import watch
from portal.policies.models import Manual
from portal.policies.views import bp, manual_here
from portal.policies.watch_forms import AuditDayForm, AuditForm, DoneForm, StepForm
from portal.policies.watch_models import PublicityStep
from portal.policies.watch_states import Found, Means
from portal.web.respond import done, page
from portal.web.signed_in import me

ACTS: dict[str, type] = {"plan": StepForm, "done": DoneForm, "day": AuditDayForm, "audit": AuditForm}
"""The forms of the page, by the word in its address."""


@bp.page("/<manual>/watch", needs=P.MANUALS_READ)
def watch_page(manual: str, step_id: int | None = None, form: Any = None) -> Any:
    found, reader = _watched(manual), me()
    act = next((name for name, kind in ACTS.items() if isinstance(form, kind)), request.args.get("act", ""))
    sent = request.args.get("step", "")
    plans, audits = watch.plans(reader, found), watch.audits(reader, found)
    history = watch.audits_of(found)
    coming = next((one for one in history if one.done_at is None), None)
    steps = watch.steps_of(found)
    return page(
        "policies/watch.html",
        manual=found,
        means=[(one, [step for step in steps if step.means is one]) for one in Means],
        coming=coming,
        history=[one for one in history if one.done_at is not None] if plans else [],
        plans=plans,
        audits=audits and coming is not None,
        step=step_id or (int(sent) if sent.isdecimal() and len(sent) < 10 else 0),
        act=act,
        form=form or (ACTS[act](formdata=None) if act in ACTS else None),
        today=today(),
    )


@bp.act(
    "/<manual>/watch/plan", needs=P.MANUALS_READ, form=lambda manual: StepForm(), again=watch_page,
    leads_to=lambda made, manual: url_for(".watch_page", manual=manual),
)  # fmt: skip
def plan_step(manual: str, form: StepForm) -> Any:
    who = directory.meant(form.person.data or "", today(), field="person")
    watch.plan_step(
        me(), _watched(manual), Means(form.means.data), form.words.data or "", form.on.data, who,
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("It stands in the plan, and on their Today two weeks before."), watch_page, manual=manual)


@bp.act(
    "/<manual>/watch/<int:step_id>/done", needs=P.MANUALS_READ, form=lambda manual, step_id: DoneForm(),
    again=watch_page,
)  # fmt: skip
def do_step(manual: str, step_id: int, form: DoneForm) -> Any:
    watch.do_step(me(), _step(_watched(manual), step_id), form.outcome.data or "", at=now())
    return done(_("Written down."), watch_page, manual=manual)


@bp.act("/<manual>/watch/<int:step_id>/drop", needs=P.MANUALS_READ)
def drop_step(manual: str, step_id: int) -> Any:
    watch.drop_step(me(), _step(_watched(manual), step_id), at=now())
    return done(_("Out of the plan."), watch_page, manual=manual)


@bp.act("/<manual>/watch/day", needs=P.MANUALS_READ, form=lambda manual: AuditDayForm(), again=watch_page)
def plan_audit(manual: str, form: AuditDayForm) -> Any:
    watch.plan_audit(me(), _watched(manual), form.due_on.data, at=now())
    return done(_("Saved."), watch_page, manual=manual)


@bp.act(
    "/<manual>/watch/audit", needs=P.MANUALS_READ, form=lambda manual: AuditForm(), again=watch_page,
    leads_to=lambda made, manual: url_for(".watch_page", manual=manual),
)  # fmt: skip
def enter_audit(manual: str, form: AuditForm) -> Any:
    found = _watched(manual)
    audit = watch.open_audit(found.id) or abort(404)
    watch.enter_audit(me(), audit, Found(form.found.data), form.findings.data or "", key=form.once.data or "", at=now())
    return done(_("Kept. The next audit has its day."), watch_page, manual=manual)


def _watched(manual: str) -> Manual:
    found = manual_here(manual)
    return found if watch.sees(me(), found) else abort(404)


def _step(manual: Manual, step_id: int) -> PublicityStep:
    return watch.step_of(manual, step_id) or abort(404)
