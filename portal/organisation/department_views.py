"""The company as a tree, each of its units, and the report of duties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.organisation import actions, chart, queries
from portal.organisation.company import UnitOfDay
from portal.organisation.department_forms import (
    AssessmentForm,
    DutyForm,
    EndForm,
    NewUnitForm,
    PostForm,
    SettleForm,
    UnitForm,
)
from portal.organisation.models import Department, Duty, Post, UnitKind
from portal.organisation.views import bp
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/departments", needs=P.PEOPLE_READ)
def department_list() -> Any:
    day = _asked_day()
    return page("organisation/departments.html", branches=chart.chart_on(day), on=day)


@bp.page("/departments/<unit_code>", needs=P.PEOPLE_READ)
def department_page(unit_code: str) -> Any:
    day = _asked_day()
    sheet = chart.sheet_of(unit_code, day) or abort(404)
    now_there = day == today()  # what was, or is planned, is looked at and not changed
    return page(
        "organisation/department.html",
        sheet=sheet,
        on=day,
        there=_there(sheet.unit.code),
        may_edit=now_there and me().may(P.UNITS_EDIT, sheet.unit.id),
        may_state=now_there and me().may(P.CHARTERS_EDIT, sheet.unit.id),
    )


@bp.page("/departments/<unit_code>/history", needs=P.PEOPLE_READ)
def department_history(unit_code: str) -> Any:
    unit, asked = _unit(unit_code), request.args.get("after")
    try:
        after = After.read(asked, int)
    except ValueError:
        abort(400)
    return page(
        "organisation/department_history.html", unit=unit, entries=queries.history_of_unit(unit.id, after=after),
        started=bool(after),
    )  # fmt: skip


# Units


def _new_unit_form(unit_code: str, **more: Any) -> NewUnitForm:
    form: NewUnitForm = NewUnitForm(**more).with_units([(one.id, text_of(one.names)) for one in [_unit(unit_code)]])
    return form


@bp.page("/departments/<unit_code>/units/new", needs=P.UNITS_EDIT)
def new_unit(unit_code: str, form: NewUnitForm | None = None) -> Any:
    above = _mine(unit_code, P.UNITS_EDIT)
    form = form or _new_unit_form(
        unit_code, formdata=None, kind=UnitKind.DEPARTMENT, structure=above.structure, reporting=above.reporting,
        parent=above.id, from_on=today(),
    )  # fmt: skip
    return page("organisation/unit_form.html", form=form, unit=above, is_new=True)


@bp.act("/departments/<unit_code>/units/new", needs=P.UNITS_EDIT, form=_new_unit_form, again=new_unit)
def add_unit(unit_code: str, form: NewUnitForm) -> Response:
    unit = actions.add_department(
        me(), form.code.data or "", parent=_unit(unit_code), from_on=form.from_on.data, at=now(), **form.parts()
    )
    later = {"on": unit.from_on.isoformat()} if unit.from_on > today() else {}
    return done(_("The unit is in the tree."), department_page, unit_code=unit.code, **later)


def _unit_form(unit_code: str, **more: Any) -> UnitForm:
    unit, units = _unit(unit_code), chart.tree(today())
    here = units.below(unit.id)
    places = [one for one in units.values() if one.id not in here and me().may(P.UNITS_EDIT, one.id)]
    above = units.get(unit.parent_id or 0)
    if above is not None and above not in places:  # where it stands now, even if that is not the reader's to keep
        places.append(above)
    return UnitForm(**more).with_units(_choices(places) if unit.parent_id else [(0, _("nothing: it is the company"))])


@bp.page("/departments/<unit_code>/change", needs=P.UNITS_EDIT)
def edit_unit(unit_code: str, form: UnitForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    last = queries.unit_entered_last(unit.id)
    fresh = _unit_form(
        unit_code, formdata=None, **_named(last.names), kind=last.kind, parent=last.parent_id or 0,
        structure=last.structure, basis=last.basis, reporting=last.reporting, goal=last.goal, headcount=last.headcount,
        business_field=last.business_field, profit_centre=last.profit_centre, from_on=max(today(), last.from_on),
        version=last.id,
    )  # fmt: skip
    form, facts = form or fresh, journal.of("department", unit.id)
    return page(
        "organisation/unit_form.html", form=_fresh(form, last.id), unit=unit, is_new=False,
        missed=missed(facts, form, fresh), last=last_of(facts),
    )  # fmt: skip


@bp.act("/departments/<unit_code>/change", needs=P.UNITS_EDIT, form=_unit_form, again=edit_unit)
def change_unit(unit_code: str, form: UnitForm) -> Response:
    actions.change_department(
        me(), _unit(unit_code), form.parts(), parent_id=form.parent.data or None, from_on=form.from_on.data,
        seen=form.version.data or 0, at=now(),
    )  # fmt: skip
    return done(_("The change is entered."), department_page, unit_code=unit_code)


@bp.page("/departments/<unit_code>/close", needs=P.UNITS_EDIT)
def closing_unit(unit_code: str, form: EndForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    return _ending(
        unit, form, "/close", _("Close %(name)s", name=text_of(unit.names)), _("Close the unit"),
        words=_("Its posts end with that day; what it owned is reported until another unit owns it."), irrevocable=True,
    )  # fmt: skip


@bp.act("/departments/<unit_code>/close", needs=P.UNITS_EDIT, form=EndForm, again=closing_unit)
def close_unit(unit_code: str, form: EndForm) -> Response:
    unit = _unit(unit_code)
    actions.close_department(me(), unit, to_on=form.to_on.data, at=now())
    if unit.to_on and unit.to_on <= today():
        return done(_("The unit is closed."), department_list)
    return done(_("The unit will be closed."), department_page, unit_code=unit_code)


# Posts


@bp.page("/departments/<unit_code>/posts/new", needs=P.UNITS_EDIT, keyed=True)
def new_post(unit_code: str, form: PostForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    form = form or PostForm(formdata=None, from_on=today())
    return page("organisation/post_form.html", form=form, unit=unit, there=_there(unit_code), post=None)


@bp.act(
    "/departments/<unit_code>/posts/new", needs=P.UNITS_EDIT, form=PostForm, again=new_post,
    leads_to=lambda made, unit_code: _there(unit_code),
)  # fmt: skip
def add_post(unit_code: str, form: PostForm) -> Response:
    parts = {"from_on": form.from_on.data, **form.parts()}
    actions.add_post(me(), _unit(unit_code), key=form.once.data or "", at=now(), **parts)
    return done(_("The post is there."), department_page, unit_code=unit_code)


@bp.page("/departments/<unit_code>/posts/<int:post_id>", needs=P.UNITS_EDIT)
def edit_post(unit_code: str, post_id: int, form: PostForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    post = _post(unit, post_id)
    last = queries.post_entered_last(post.id)
    fresh = PostForm(
        formdata=None, **_named(last.titles), rank=last.rank, leads=last.leads, headcount=last.headcount,
        description=last.description, from_on=max(today(), last.from_on), version=last.id,
    )  # fmt: skip
    form, facts = form or fresh, journal.of("department", unit.id)
    return page(
        "organisation/post_form.html", form=_fresh(form, last.id), unit=unit, there=_there(unit_code), post=post,
        missed=missed(facts, form, fresh), last=last_of(facts),
    )  # fmt: skip


@bp.act("/departments/<unit_code>/posts/<int:post_id>", needs=P.UNITS_EDIT, form=PostForm, again=edit_post)
def change_post(unit_code: str, post_id: int, form: PostForm) -> Response:
    actions.change_post(
        me(), _post(_unit(unit_code), post_id), form.parts(), from_on=form.from_on.data,
        seen=form.version.data or 0, at=now(),
    )  # fmt: skip
    return done(_("The change is entered."), department_page, unit_code=unit_code)


@bp.page("/departments/<unit_code>/posts/<int:post_id>/close", needs=P.UNITS_EDIT)
def closing_post(unit_code: str, post_id: int, form: EndForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    post = _post(unit, post_id)
    return _ending(
        unit, form, f"/posts/{post_id}/close", _("Close the post %(name)s", name=text_of(post.titles)),
        _("Close the post"), words=_("Old records go on showing it. Nobody may hold it on that day."), irrevocable=True,
    )  # fmt: skip


@bp.act("/departments/<unit_code>/posts/<int:post_id>/close", needs=P.UNITS_EDIT, form=EndForm, again=closing_post)
def close_post(unit_code: str, post_id: int, form: EndForm) -> Response:
    actions.close_post(me(), _post(_unit(unit_code), post_id), to_on=form.to_on.data, at=now())
    return done(_("The post is closed."), department_page, unit_code=unit_code)


# Duties and powers of a unit


@bp.page("/departments/<unit_code>/duties/new", needs=P.CHARTERS_EDIT)
def new_duty(unit_code: str, form: DutyForm | None = None) -> Any:
    unit = _mine(unit_code, P.CHARTERS_EDIT)
    form = form or DutyForm(formdata=None, from_on=today())
    return page("organisation/duty_form.html", form=form, unit=unit, action=f"{_there(unit_code)}/duties/new")


@bp.act("/departments/<unit_code>/duties/new", needs=P.CHARTERS_EDIT, form=DutyForm, again=new_duty)
def state_duty(unit_code: str, form: DutyForm) -> Response:
    actions.state_duty(
        me(), _unit(unit_code), form.words.data or "", is_power=form.is_power.data, from_on=form.from_on.data,
        at=now(),
    )  # fmt: skip
    return done(_("It stands in the statement."), department_page, unit_code=unit_code)


@bp.page("/departments/<unit_code>/duties/<int:owner_id>/end", needs=P.CHARTERS_EDIT)
def ending_duty(unit_code: str, owner_id: int, form: EndForm | None = None) -> Any:
    unit = _mine(unit_code, P.CHARTERS_EDIT)
    row = queries.owner_row(unit.id, owner_id) or abort(404)
    duty = queries.duty_with(row.duty_id) or abort(404)
    return _ending(
        unit, form, f"/duties/{owner_id}/end", _("Take a line out of the statement"), _("Take it out"),
        quoted=duty.words, words=_("Until another unit owns it, HR sees it as a duty without an owner."),
    )  # fmt: skip


@bp.act("/departments/<unit_code>/duties/<int:owner_id>/end", needs=P.CHARTERS_EDIT, form=EndForm, again=ending_duty)
def end_duty(unit_code: str, owner_id: int, form: EndForm) -> Response:
    row = queries.owner_row(_unit(unit_code).id, owner_id) or abort(404)
    actions.give_up_duty(me(), row, to_on=form.to_on.data, at=now())
    return done(_("It is taken out."), department_page, unit_code=unit_code)


# Assessments


def _assessment_form(unit_code: str, **more: Any) -> AssessmentForm:
    unit, units = _unit(unit_code), chart.tree(today())
    related = units.below(unit.id) | {one.id for one in units.up_from(unit.id)}
    return AssessmentForm(**more).with_units(_choices([one for one in units.values() if one.id not in related]))


@bp.page("/departments/<unit_code>/assessments/new", needs=P.UNITS_EDIT)
def new_assessment(unit_code: str, form: AssessmentForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    form = form or _assessment_form(unit_code, formdata=None, from_on=today())
    return page("organisation/assessment_form.html", form=form, unit=unit, there=_there(unit_code))


@bp.act("/departments/<unit_code>/assessments/new", needs=P.UNITS_EDIT, form=_assessment_form, again=new_assessment)
def arrange_assessment(unit_code: str, form: AssessmentForm) -> Response:
    by = queries.departments().get(form.by.data)
    if by is None:
        raise Refused(say("Choose the unit that assesses."), field="by")
    actions.arrange_assessment(me(), _unit(unit_code), by, from_on=form.from_on.data, at=now())
    return done(_("The assessment is arranged."), department_page, unit_code=unit_code)


@bp.page("/departments/<unit_code>/assessments/<int:assessment_id>/end", needs=P.UNITS_EDIT)
def ending_assessment(unit_code: str, assessment_id: int, form: EndForm | None = None) -> Any:
    unit = _mine(unit_code, P.UNITS_EDIT)
    row = queries.assessment_of(unit.id, assessment_id) or abort(404)
    by = queries.departments()[row.by_department_id]
    return _ending(
        unit, form, f"/assessments/{assessment_id}/end", _("End the assessment by %(name)s", name=text_of(by.names)),
        _("End the assessment"),
    )  # fmt: skip


@bp.act(
    "/departments/<unit_code>/assessments/<int:assessment_id>/end", needs=P.UNITS_EDIT, form=EndForm,
    again=ending_assessment,
)  # fmt: skip
def end_assessment(unit_code: str, assessment_id: int, form: EndForm) -> Response:
    row = queries.assessment_of(_unit(unit_code).id, assessment_id) or abort(404)
    actions.end_assessment(me(), row, to_on=form.to_on.data, at=now())
    return done(_("The assessment ends."), department_page, unit_code=unit_code)


# Duties that two units own, or none


@bp.page("/duties", needs=P.UNITS_EDIT)
def duty_report() -> Any:
    overlaps, gaps, alike = queries.duty_report(today())
    return page(
        "organisation/duties.html", overlaps=overlaps, gaps=gaps, alike=alike, units=chart.tree(today()),
        from_on=today().isoformat(),
    )  # fmt: skip


@bp.page("/duties/new", needs=P.UNITS_EDIT)
def new_unowned(form: DutyForm | None = None) -> Any:
    form = form or DutyForm(formdata=None, from_on=today())
    return page("organisation/duty_form.html", form=form, unit=None, action="/duties/new")


@bp.act("/duties/new", needs=P.UNITS_EDIT, form=DutyForm, again=new_unowned)
def name_duty(form: DutyForm) -> Response:
    actions.name_duty(me(), form.words.data or "", is_power=form.is_power.data, from_on=form.from_on.data, at=now())
    return done(_("It is on the report until a unit owns it."), duty_report)


def _settle_form(duty_id: int, **more: Any) -> SettleForm:
    return SettleForm(**more).with_units(
        _choices([one for one in chart.tree(today()).values() if me().may(P.UNITS_EDIT, one.id)])
    )


@bp.page("/duties/<int:duty_id>", needs=P.UNITS_EDIT)
def duty_page(duty_id: int, form: SettleForm | None = None) -> Any:
    form = form or _settle_form(duty_id, formdata=None, from_on=today())
    return page("organisation/duty.html", form=form, duty=_duty(duty_id), on=today().isoformat())


@bp.act("/duties/<int:duty_id>", needs=P.UNITS_EDIT, form=_settle_form, again=duty_page)
def settle_duty(duty_id: int, form: SettleForm) -> Response:
    owner = queries.departments().get(form.department.data)
    if owner is None:
        raise Refused(say("Choose the unit that owns it."), field="department")
    actions.settle_duty(me(), _duty(duty_id), owner, from_on=form.from_on.data, at=now())
    return done(_("%(name)s owns it.", name=text_of(owner.names)), duty_report)


@bp.act("/duties/<int:duty_id>/drop", needs=P.UNITS_EDIT)
def drop_duty(duty_id: int) -> Response:
    actions.drop_duty(me(), _duty(duty_id), on=today(), at=now())
    return done(_("Nobody has to own it any more."), duty_report)


# What the pages above share


def _unit(unit_code: str) -> Department:
    return queries.unit_coded(unit_code) or abort(404)


def _mine(unit_code: str, right: P) -> Department:
    """The unit, for a form that only whoever holds `right` there has any use for."""
    unit = _unit(unit_code)
    return unit if me().may(right, unit.id) else abort(403)


def _ending(
    unit: Department, form: EndForm | None, action: str, title: str, verb: str, *, words: str = "", quoted: str = "",
    irrevocable: bool = False,
) -> Response:  # fmt: skip
    """The one question that closing and ending have: from which day."""
    there = _there(unit.code)
    return page(
        "organisation/unit_end.html", form=form or EndForm(formdata=None, to_on=today()), unit=unit, there=there,
        action=f"{there}{action}", title=title, verb=verb, words=words, quoted=quoted, irrevocable=irrevocable,
    )  # fmt: skip


def _choices(units: Iterable[UnitOfDay]) -> list[tuple[int, str]]:
    """Units to choose from, each as deep as it stands in the tree."""
    tree = chart.tree(today())
    return [(one.id, "　" * (len(tree.up_from(one.id)) - 1) + text_of(one.names)) for one in units]


def _named(names: dict[str, str]) -> dict[str, str]:
    return {"chinese": names.get("zh-CN", ""), "english": names.get("en", ""), "traditional": names.get("zh-TW", "")}


def _fresh(form: Any, last: int) -> Any:
    """Once “somebody changed this” was said, saving again is a decision."""
    catch_up(form.version, last)
    return form


def _post(unit: Department, post_id: int) -> Post:
    return queries.post_of(unit.id, post_id) or abort(404)


def _duty(duty_id: int) -> Duty:
    return queries.duty_with(duty_id) or abort(404)


def _there(unit_code: str) -> str:
    return url_for(".department_page", unit_code=unit_code)


def _asked_day() -> date:
    """The day that the address asks for: the company as it was, or as it is planned to be."""
    asked = request.args.get("on", "")
    try:
        return date.fromisoformat(asked) if asked else today()
    except ValueError:
        abort(400)
