"""Setting a goal of a department's training, and writing down what one learnt."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.organisation.models import Department
from portal.training import goals, queries
from portal.training.goal_forms import GoalEndForm, GoalForm, LearningForm
from portal.training.views import bp, tabs
from portal.web.forms import FIRST_YEAR, LAST_YEAR
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/goals/<unit>", needs=P.TRAINING_READ, keyed=True)
def goal_page(unit: str, form: Any = None, goal_id: int = 0) -> Any:
    """A year's goals of a department, this one's unless the address says another, and its courses outside."""
    found, year = _unit(unit), request.args.get("year", today().year, type=int)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(400)
    keeps = me().may(P.TRAINING_KEEP, found.id)
    ending = goal_id or request.args.get("goal", 0, type=int)
    return page(
        "training/goals.html", tabs=tabs("plan"), unit=found, year=year, goals=goals.goals_of(found, year),
        outside=goals.courses_outside(me(), found, year),
        form=_either(form, GoalForm) if keeps and year == today().year and not ending else None,
        end_form=_either(form, GoalEndForm) if keeps else None, ending=ending, keeps=keeps, today=today(),
    )  # fmt: skip


def _either(form: Any, kind: type) -> Any:
    """The form that came back where it is of this kind, else a fresh one: there are two on the page."""
    return form if isinstance(form, kind) else kind(formdata=None)


@bp.act(
    "/goals/<unit>", needs=P.TRAINING_KEEP, form=lambda unit: GoalForm(), again=goal_page,
    leads_to=lambda made, unit: url_for(".goal_page", unit=unit),
)  # fmt: skip
def set_goal(unit: str, form: GoalForm) -> Any:
    goals.set_goal(
        me(), _unit(unit), form.words.data or "", form.due_on.data, key=form.once.data or "", at=now()
    )  # fmt: skip
    return done(_("The goal stands in the plan."), goal_page, unit=unit)


@bp.act(
    "/goals/<unit>/<int:goal_id>/end", needs=P.TRAINING_KEEP, form=lambda unit, goal_id: GoalEndForm(),
    again=goal_page,
)  # fmt: skip
def end_goal(unit: str, goal_id: int, form: GoalEndForm) -> Any:
    goal = goals.goal_of(_unit(unit), goal_id) or abort(404)
    goals.end_goal(me(), goal, form.outcome.data or "", at=now())
    return done(_("Written down."), goal_page, unit=unit, year=goal.year)


def _unit(code: str) -> Department:
    return next((one for one in queries.plans_seen_by(me()) if one.code == code), None) or abort(404)


@bp.page("/log", needs=P.TRAINING_READ, keyed=True)
def learning_log(form: LearningForm | None = None) -> Any:
    """What I learnt by myself: nobody else reads it."""
    return page(
        "training/log.html", tabs=tabs("mine"), entries=goals.learning_of(me()),
        form=form or LearningForm(formdata=None),
    )  # fmt: skip


@bp.act("/log", needs=P.TRAINING_READ, form=LearningForm, again=learning_log, leads_to=lambda made: "/training/log")
def note_learning(form: LearningForm) -> Any:
    goals.note_learning(me(), form.on.data, form.words.data or "", key=form.once.data or "", at=now())
    return done(_("Written down."), learning_log)
