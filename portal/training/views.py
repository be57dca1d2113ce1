"""My training, courses, sessions with their results, and who lacks what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel import journal
from portal.kernel.clock import now, office_zone, today
from portal.kernel.errors import Refused
from portal.kernel.paging import After, every
from portal.kernel.permissions import P, Role
from portal.kernel.tables import csv_file
from portal.kernel.text import say, text_of
from portal.organisation import directory
from portal.organisation.models import Department
from portal.organisation.queries import colleague, departments
from portal.policies.queries import ruling_notes
from portal.training import actions, onboarding, queries, quizzes, sheet
from portal.training.actions import CourseText, SessionText
from portal.training.forms import (
    CancelForm,
    CourseForm,
    GuestForm,
    InviteForm,
    SessionForm,
    results_form,
)
from portal.training.models import Course, Participant, TrainingSession
from portal.training.states import SESSION, CourseKind, Presence, Result, Topic
from portal.web.meanwhile import catch_up, last_of, missed
from portal.web.navigation import BOOKS, Place
from portal.web.papers import foot
from portal.web.respond import done, download, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("training", __name__, "/training")
PLACES = (Place(_l("Training"), "training.my_training", "flag", P.TRAINING_READ, rank=55, group=BOOKS),)
LARGEST_SHEET = 4_000_000
"""Bytes of a results form: two thousand people with a note each."""


def tabs(here: str) -> list[tuple[str, str, bool, None]]:
    """The pages of training for whoever reads: who lacks what only for whoever keeps training."""
    found = [
        ("mine", _("My training"), "/training"),
        ("plan", _("Plan"), "/training/plan"),
        ("courses", _("Courses"), "/training/courses"),
        *([("products", _("New products"), "/training/products")] if _sells() else []),
        *([("missing", _("Who lacks what"), "/training/missing")] if me().may(P.TRAINING_KEEP) else []),
        *([("newcomers", _("Newcomers"), "/training/newcomers")] if me().may(P.TRAINING_KEEP) else []),
        *([("knowledge", _("Product knowledge"), "/training/knowledge")] if me().may(P.TRAINING_KEEP) else []),
        ("teams", _("Service teams"), "/training/teams"),
    ]
    return [(label, href, name == here, None) for name, label, href in found]


def _sells() -> bool:
    """Whether new products are any business of the reader's: they sell them, or keep training."""
    return Role.AGENT in me().roles or me().may(P.TRAINING_KEEP)


# ── Mine ──


@bp.page("", needs=P.TRAINING_READ)
def my_training() -> Any:
    """What comes for me, what I have to take, and what I took part in."""
    reader, day = me(), today()
    taught = queries.courses(with_manuals=False)
    return page(
        "training/my_training.html",
        tabs=tabs("mine"),
        coming=queries.coming_to_me(reader, day),
        to_take=queries.mine_to_take(reader, taught, day),
        results=queries.results_of(reader, after=_after()),
        new_here=onboarding.new_here(reader),
        started=bool(request.args.get("after")),
        passed=Result.PASSED,
        at=now(),
    )


def _after() -> After | None:
    try:
        return After.read(request.args.get("after"), datetime, int)
    except ValueError:
        abort(400)


# ── Courses ──


@bp.page("/courses", needs=P.TRAINING_READ)
def course_list() -> Any:
    return page(
        "training/courses.html", tabs=tabs("courses"), courses=queries.courses(), units=departments(), roles=_roles(),
        keeps=me().may(P.TRAINING_KEEP),
    )  # fmt: skip


@bp.page("/courses/new", needs=P.TRAINING_KEEP, keyed=True)
def new_course(form: CourseForm | None = None) -> Any:
    return page(
        "training/course_form.html", form=form or _course_form(formdata=None), course=None, missed=None, last=None
    )


def _course_form(**more: Any) -> CourseForm:
    form = CourseForm(**more)
    units = [(str(one.id), _unit_name(one)) for one in departments().values() if me().may(P.TRAINING_KEEP, one.id)]
    form.offer(units, [(str(one.id), f"{one.code} {text_of(one.titles)}") for one in queries.manuals(me())])
    return form


@bp.act(
    "/courses/new", needs=P.TRAINING_KEEP, form=lambda: _course_form(), again=new_course,
    leads_to=lambda made: url_for(".course_page", course_code=made),
)  # fmt: skip
def add_course(form: CourseForm) -> Any:
    course = actions.add_course(me(), form.code.data or "", _course_text(form), key=form.once.data or "", at=now())
    return done(_("The course is there. Plan its first session."), course_page, course_code=course.code)


def _course_text(form: CourseForm) -> CourseText:
    return CourseText(
        title=form.title.data or "",
        kind=CourseKind(form.kind.data),
        department=_unit(form.department.data),
        role=form.role.data or "",
        topics=tuple(Topic(one) for one in form.topics.data or ()),
        goal=form.goal.data or "",
        manual_ids=tuple(int(one) for one in form.manuals.data or ()),
    )


@bp.page("/courses/<course_code>", needs=P.TRAINING_READ)
def course_page(course_code: str) -> Any:
    course, reader = _course(course_code), me()
    missing = queries.Lacks(reader, course, today()) if reader.may(P.TRAINING_KEEP) else None
    return page(
        "training/course.html",
        course=course,
        roles=_roles(),
        topics=[Topic(one).label for one in course.topics],
        sessions=queries.of_course(reader, course, after=_after()),
        started=bool(request.args.get("after")),
        missing=missing.rows(size=FEW) if missing and course.closed_on is None else None,
        keeps=queries.keeps(reader, course) and course.closed_on is None,
        plans=course.closed_on is None and bool(queries.may_plan_for(reader, course)),
        story=journal.of("course", course.id),
    )


@bp.page("/courses/<course_code>/change", needs=P.TRAINING_KEEP)
def edit_course(course_code: str, form: CourseForm | None = None) -> Any:
    """One that came too late shows what others did since: saving again is a decision."""
    course = _kept(course_code)
    facts = journal.of("course", course.id)
    fresh = _course_form(
        formdata=None, code=course.code, title=course.title, kind=course.kind.value, role=course.role,
        department=str(course.department_id), topics=course.topics, goal=course.goal, version=course.version,
        manuals=[str(one.id) for one in course.manuals],
    )  # fmt: skip
    form = form or fresh
    catch_up(form.version, course.version)
    return page(
        "training/course_form.html", form=form, course=course, missed=missed(facts, form, fresh), last=last_of(facts)
    )


@bp.act(
    "/courses/<course_code>/change", needs=P.TRAINING_KEEP, form=lambda course_code: _course_form(), again=edit_course
)
def change_course(course_code: str, form: CourseForm) -> Any:
    actions.change_course(me(), _kept(course_code), _course_text(form), seen=form.version.data or 0, at=now())
    return done(_("The course is changed."), course_page, course_code=course_code)


@bp.act("/courses/<course_code>/close", needs=P.TRAINING_KEEP)
def close_course(course_code: str) -> Any:
    actions.close_course(me(), _kept(course_code), at=now())
    return done(_("The course is taught no more."), course_list)


def _course(course_code: str) -> Course:
    return queries.course_coded(course_code) or abort(404)


def _kept(course_code: str) -> Course:
    course = _course(course_code)
    return course if queries.keeps(me(), course) and course.closed_on is None else abort(404)


# ── Sessions ──


@bp.page("/courses/<course_code>/sessions/new", needs=P.TRAINING_KEEP, keyed=True)
def new_session(course_code: str, form: SessionForm | None = None) -> Any:
    course = _course(course_code)
    if course.closed_on is not None:
        abort(404)
    form = form or _session_form(course_code, formdata=None, title=course.title, target=course.goal)
    return page("training/session_form.html", form=form, course=course, session=None)


def _session_form(course_code: str, **more: Any) -> SessionForm:
    form, course = SessionForm(**more), _course(course_code)
    units = queries.may_plan_for(me(), course) or abort(404)
    form.department.choices = [(str(one.id), _unit_name(one)) for one in units]
    return form


@bp.act(
    "/courses/<course_code>/sessions/new", needs=P.TRAINING_KEEP, form=_session_form, again=new_session,
    leads_to=lambda made, course_code: url_for(".session_page", session_number=made),
)  # fmt: skip
def plan_session(course_code: str, form: SessionForm) -> Any:
    session = actions.plan_session(
        me(), _course(course_code), _unit(form.department.data), _session_text(form), invites=form.invites.data,
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("The session is planned."), session_page, session_number=session.number)


def _session_text(form: SessionForm) -> SessionText:
    starts_at, ends_at = form.moments()
    trainer = directory.meant(form.trainer.data, today(), field="trainer") if form.trainer.data else None
    return SessionText(
        title=form.title.data or "", starts_at=starts_at, ends_at=ends_at, place=form.place.data or "",
        target=form.target.data or "", trainer=trainer, trainer_name=form.trainer_name.data or "",
        body=form.body.data or "", days=form.days.data or 0,
    )  # fmt: skip


@bp.page("/sessions/<session_number>", needs=P.TRAINING_READ)
def session_page(session_number: str, form: Any = None) -> Any:
    session, reader = _session(session_number), me()
    act = next((name for name, kind in ACTS.items() if isinstance(form, kind)), request.args.get("act", ""))
    everybody, people = queries.sees_everybody(reader, session), queries.participants(reader, session)
    return page(
        "training/session.html",
        session=session,
        units=departments(),
        people=people,
        quizzes=quizzes.of_session(session, people),
        everybody=everybody,
        verbs=SESSION.open_to(reader, session),
        began=now() >= session.starts_at,
        act=act,
        forms={name: form if isinstance(form, kind) else kind(formdata=None) for name, kind in ACTS.items()},
        story=journal.of("training session", session.id) if everybody else (),
        none=Result.NONE,
    )


ACTS: dict[str, type] = {"invite": InviteForm, "guest": GuestForm, "cancel": CancelForm}
"""The forms on the page of a session, by the word in its address."""


@bp.page("/sessions/<session_number>/change", needs=P.TRAINING_READ)
def edit_session(session_number: str, form: SessionForm | None = None) -> Any:
    session = _to_do(session_number, "change")
    zone = office_zone()
    form = form or _change_form(
        session_number, formdata=None, title=session.title, place=session.place, target=session.target,
        starts_at=session.starts_at.astimezone(zone), ends_at=session.ends_at.astimezone(zone), days=session.days,
        trainer=_number_of(session.trainer_id), trainer_name="" if session.trainer_id else session.trainer_name,
        body=session.body, version=session.version,
    )  # fmt: skip
    return page("training/session_form.html", form=form, course=session.course, session=session)


def _number_of(person_id: int | None) -> str:
    found = colleague(person_id) if person_id else None
    return found.staff_number if found else ""


def _change_form(session_number: str, **more: Any) -> SessionForm:
    """Its department stays what it is."""
    form = SessionForm(**more)
    del form.department, form.invites
    return form


@bp.act("/sessions/<session_number>/change", needs=P.TRAINING_READ, form=_change_form, again=edit_session)
def change_session(session_number: str, form: SessionForm) -> Any:
    session = _session(session_number)
    actions.change_session(me(), session, _session_text(form), seen=form.version.data or 0, at=now())
    return done(_("The session is changed; who takes part is told."), session_page, session_number=session_number)


@bp.act(
    "/sessions/<session_number>/invite", needs=P.TRAINING_READ, form=lambda session_number: InviteForm(),
    again=session_page,
)  # fmt: skip
def invite(session_number: str, form: InviteForm) -> Any:
    people = [directory.meant(name, today(), field="people").id for name in form.names()]
    new = actions.invite(me(), _session(session_number), people, at=now())
    return done(_("Invited: %(count)s.", count=new), session_page, session_number=session_number)


@bp.act("/sessions/<session_number>/invite-all", needs=P.TRAINING_READ)
def invite_everybody(session_number: str) -> Any:
    new = actions.invite_scope(me(), _session(session_number), at=now())
    return done(_("Invited: %(count)s.", count=new), session_page, session_number=session_number)


@bp.act(
    "/sessions/<session_number>/guest", needs=P.TRAINING_READ, form=lambda session_number: GuestForm(),
    again=session_page,
    leads_to=lambda made, session_number: url_for(".session_page", session_number=session_number),
)  # fmt: skip
def invite_guest(session_number: str, form: GuestForm) -> Any:
    actions.invite_guest(
        me(), _session(session_number), form.name.data or "", form.organisation.data or "",
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("The guest stands on the sheet."), session_page, session_number=session_number)


@bp.act("/sessions/<session_number>/withdraw/<int:participant_id>", needs=P.TRAINING_READ)
def withdraw_invitation(session_number: str, participant_id: int) -> Any:
    session = _session(session_number)
    one: Participant = queries.participant(session, participant_id) or abort(404)
    actions.withdraw_invitation(me(), session, one, at=now())
    return done(_("Not invited any more."), session_page, session_number=session_number)


@bp.act(
    "/sessions/<session_number>/cancel", needs=P.TRAINING_READ, form=lambda session_number: CancelForm(),
    again=session_page,
)  # fmt: skip
def cancel_session(session_number: str, form: CancelForm) -> Any:
    actions.cancel_session(me(), _session(session_number), form.reason.data or "", at=now())
    return done(_("The session is cancelled; who was invited is told."), session_page, session_number=session_number)


@bp.page("/sessions/<session_number>/results", needs=P.TRAINING_READ)
def results_page(session_number: str, form: Any = None) -> Any:
    session = _to_do(session_number, "enter")
    people = queries.participants(me(), session)
    if form is None:
        usual = "passed" if request.args.get("all") == "passed" else None
        known = {f"result_{one.id}": _outcome(one) or usual for one in people}
        notes = {f"note_{one.id}": one.note for one in people}
        form = results_form(people)(
            formdata=None, outcome=session.outcome, version=session.version, **known, **notes
        )  # fmt: skip
    return page(
        "training/results.html",
        form=form,
        session=session,
        people=people,
        quizzes=quizzes.of_session(session, people),
        began=now() >= session.starts_at,
    )


def _outcome(one: Participant) -> str | None:
    return {
        (Presence.CAME, Result.PASSED): "passed", (Presence.CAME, Result.FAILED): "failed",
        (Presence.EXCUSED, Result.NONE): "excused", (Presence.MISSED, Result.NONE): "missed",
    }.get((one.presence, one.result))  # fmt: skip


@bp.act(
    "/sessions/<session_number>/results", needs=P.TRAINING_READ, again=results_page, largest=LARGEST_SHEET,
    form=lambda session_number: results_form(queries.participants(me(), _to_do(session_number, "enter")))(),
)  # fmt: skip
def enter_results(session_number: str, form: Any) -> Any:
    actions.enter_results(
        me(), _session(session_number), form.results(), form.outcome.data or "", seen=form.version.data or 0, at=now()
    )
    return done(_("The results are entered."), session_page, session_number=session_number)


@bp.page("/sessions/<session_number>/sheet", needs=P.TRAINING_READ)
def session_sheet(session_number: str) -> Any:
    """Who was there, on A4 with a line to sign for each; only of people whom the reader may see."""
    paper, at = sheet.of(me(), _session(session_number)), now()
    return page(
        "training/sheet.html", paper=paper, version=_("Form %(edition)s", edition=sheet.FORM), back_href=paper.href,
        **foot(paper.code(at), at),
    )  # fmt: skip


@bp.page("/sessions/<session_number>/sheet.csv", needs=P.TRAINING_READ)
def session_table(session_number: str) -> Any:
    """The same as a table."""
    session = _session(session_number)
    head = [
        _("Number"), _("Training"), _("Begins"), _("Place"), _("Trainer"), _("Name"), _("Department"),
        _("Organisation"), _("Was there"), _("Result"), _("Note"), _("Quiz"),
    ]  # fmt: skip
    return download(f"{session.number}.csv", csv_file(head, _sheet_lines(session)))


def _sheet_lines(session: TrainingSession) -> Iterator[list[Any]]:
    people = queries.participants(me(), session)
    taken = quizzes.of_session(session, people)
    for one in people:
        yield [
            session.number, session.title, session.starts_at, session.place, session.trainer_name, one.name,
            text_of(one.department.names) if one.department else "", one.organisation, str(one.presence.label),
            str(one.result.label) if one.result else "", one.note,
            "; ".join(str(each.sentence) for each in taken.get(one.person_id or 0, ())),
        ]  # fmt: skip


def _session(session_number: str) -> TrainingSession:
    return queries.session_seen_by(me(), session_number) or abort(404)


def _to_do(session_number: str, verb: str) -> TrainingSession:
    session = _session(session_number)
    return session if SESSION.allows(me(), session, verb) else abort(404)


# ── Who lacks what ──


@bp.page("/missing", needs=P.TRAINING_KEEP)
def missing_list() -> Any:
    """Of the people in whose departments I keep training, who has not passed what they must."""
    lacks = _lacks()
    taught = [(one.code, f"{one.code} {one.title}") for one in queries.courses()]
    return page(
        "training/missing.html",
        blocks={"missing"},
        tabs=tabs("missing"),
        slice=lacks.rows(after=_after_name()),
        started=bool(request.args.get("after")),
        course=lacks.course,
        selects=[
            {"name": "course", "label": _("Course"), "value": lacks.course.code if lacks.course else "",
             "options": [("", _("all")), *taught]}
        ],
    )  # fmt: skip


@bp.page("/missing.csv", needs=P.TRAINING_KEEP)
def missing_table() -> Any:
    """The same people, all of them."""
    lacks = _lacks()
    head = [_("Staff number"), _("Name"), _("Department"), _("Course"), _("Title"), _("Next session")]
    lines = (
        [one.staff_number, one.name, text_of(one.department), one.code, one.title, one.next_at]
        for one in every(lacks.rows)
    )
    return download(f"training-missing-{today()}.csv", csv_file(head, lines))


def _lacks() -> queries.Lacks:
    code = request.args.get("course", "")
    course = queries.course_coded(code) if code else None
    if code and (course is None or course.closed_on is not None):
        abort(400)
    return queries.Lacks(me(), course, today())


def _after_name() -> After | None:
    try:
        return After.read(request.args.get("after"), str, int, int)
    except ValueError:
        abort(400)


# ── The plan ──


@bp.page("/plan", needs=P.TRAINING_READ)
def plan() -> Any:
    """A department's weeks with their trainings; those without are flagged where a manual wants some."""
    units = queries.plans_seen_by(me())
    code = request.args.get("unit", "")
    own = next((one for one in units if one.id == me().department_id), None)
    usual = own or next(iter(units), None)
    unit = next((one for one in units if one.code == code), None) if code else usual
    if unit is None or usual is None:
        abort(404)
    weeks, rules = queries.plan_of(me(), unit, today())
    clause = rules.weekly_at_least.clause
    notes = ruling_notes([clause]) if clause else {}
    return page(
        "training/plan.html",
        tabs=tabs("plan"),
        unit=unit,
        weeks=weeks,
        wanted=rules.weekly_at_least.value,
        note=notes[clause].told(rules.weekly_at_least.explain(), rules.weekly_at_most.explain())
        if clause in notes
        else None,
        keeps=me().may(P.TRAINING_KEEP, unit.id),
        selects=[
            {
                "name": "unit", "label": _("Department"), "value": "" if unit is usual else unit.code,
                "options": [
                    ("" if one is usual else one.code, "　" * (one.path.count("/") - 2) + text_of(one.names))
                    for one in units
                ],
            }
        ],
    )  # fmt: skip


# ── Words ──


FEW = 20
"""People who lack a course, on its own page: the list of all is one click away."""


def _roles() -> dict[str, str]:
    return {one.value: one.label for one in Role}


def _unit_name(one: Department) -> str:
    return text_of(one.names) if one.parent_id else _("the whole company")


def _unit(sent: str | None) -> Department:
    found = departments().get(int(sent)) if sent and sent.isdecimal() else None
    if found is None:
        raise Refused(say("Choose a department from the list."), field="department")
    return found
