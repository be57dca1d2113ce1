"""The list of people and the page of one colleague."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.permissions import P, Role
from portal.kernel.tables import csv_file, xlsx_file
from portal.kernel.text import text_of
from portal.organisation import actions, company, directory, people_table, queries, record
from portal.organisation.directory import Asked
from portal.organisation.events import DetailsChanged
from portal.organisation.models import Absence, Deputy, Grant, Line, Person, Placement, Post, Superior
from portal.organisation.people_forms import (
    AbsenceForm,
    BackForm,
    CityForm,
    DeputyForm,
    DetailsForm,
    EndForm,
    Groups,
    LeaveForm,
    NewPersonForm,
    PayForm,
    PeopleTableForm,
    PlaceForm,
    RenameForm,
    RoleForm,
    SuperiorForm,
)
from portal.organisation.record import ONE_DAY
from portal.organisation.views import bp, my_page
from portal.web.filters import day as day_said
from portal.web.forms import Form
from portal.web.meanwhile import last_of, missed, seen_sent
from portal.web.navigation import COMPANY, Place
from portal.web.respond import done, download, page
from portal.web.signed_in import me

bp.app_template_filter("last_day")(lambda to_on: day_said(to_on - ONE_DAY))
PLACES = (Place(_l("People"), "organisation.people_list", "users", needs=P.PEOPLE_READ, rank=64, group=COMPANY),)


# ── The list ──


@bp.page("/people", needs=P.PEOPLE_READ)
def people_list() -> Response:
    asked = _asked()
    rows = directory.people(me(), asked, today(), after=asked.after)
    return page(
        "organisation/people.html",
        blocks={"people_list"},
        asked=asked,
        slice=rows,
        selects=directory.selects(me(), asked),
        accounts=me().may(P.ACCOUNTS_INVITE),
        keeps=me().may(P.PEOPLE_EDIT),
    )


@bp.page("/people.csv", needs=P.PEOPLE_READ)
def people_csv() -> Response:
    return download("people.csv", csv_file(*_table()))


@bp.page("/people.xlsx", needs=P.PEOPLE_READ)
def people_xlsx() -> Response:
    return download("people.xlsx", xlsx_file(*_table()))


def _table() -> tuple[list[str], Any]:
    """Head and rows of exactly what the list shows, all of its pages."""
    asked, accounts = _asked(), me().may(P.ACCOUNTS_INVITE)
    return directory.head(asked, accounts=accounts), directory.table(me(), asked, today(), accounts=accounts)


def _asked() -> Asked:
    try:
        return directory.read(me(), request.args)
    except ValueError:
        abort(400)


@bp.page("/people/new", needs=P.PEOPLE_EDIT, keyed=True)
def new_person(form: NewPersonForm | None = None) -> Response:
    return page("organisation/new_person.html", form=form or _new_form(formdata=None, joined_on=today()))


def _new_form(**more: Any) -> NewPersonForm:
    return NewPersonForm(posts=_posts(), **more)


@bp.act(
    "/people/new", needs=P.PEOPLE_EDIT, form=_new_form, again=new_person,
    leads_to=lambda made: url_for(".person_page", staff_number=made),
)  # fmt: skip
def add_person(form: NewPersonForm) -> Any:
    person = actions.add_colleague(
        me(), form.staff_number.data or "", form.sign_in_name.data or "", form.name.data or "",
        joined_on=form.joined_on.data, mail=form.mail.data or "", telephone=form.telephone.data or "",
        external=bool(form.external.data), post=_post(form.post.data), city=form.city.data or "",
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("Written down. Now they can be invited."), person_page, staff_number=person.staff_number)


# ── A table of people ──

MOST_SHOWN = 50


@bp.page("/people/import", needs=P.PEOPLE_EDIT)
def import_page(form: PeopleTableForm | None = None) -> Response:
    form = form or PeopleTableForm(formdata=None)
    plan = None
    if form.table is not None:
        form.from_on.data = form.from_on.data or today()
        plan = people_table.plan(me(), form.table, today())
    return page(
        "organisation/import_people.html",
        form=form,
        plan=plan,
        lines=len({one.line for one in plan.problems}) if plan else 0,
        most=MOST_SHOWN,
        columns=[(people_table.COLUMNS[name][0], sentence) for name, sentence in _COLUMNS.items()],
    )


_COLUMNS = {
    "staff_number": _l("needed; whoever is on record is known again by it"),
    "name": _l("needed"),
    "joined_on": _l("needed for whoever is new, such as 2026-10-12"),
    "sign_in_name": _l("of whoever is new; the staff number where it is empty"),
    "department": _l("name or code, together with the post"),
    "post": _l("title of a post of that department"),
    "city": _l("of work"),
    "telephone": _l("as colleagues dial it"),
    "mail": _l("invitations go there"),
}


@bp.act("/people/import", needs=P.PEOPLE_EDIT, form=PeopleTableForm, again=import_page)
def import_people(form: PeopleTableForm) -> Any:
    if not form.take.data or form.table is None:
        return import_page(form)
    from_on = form.from_on.data or today()
    found = people_table.import_people(me(), form.table, form.source.data or "", from_on=from_on, at=now())
    words = {"added": len(found.added), "changed": len(found.changed)}
    return done(_("Taken over: %(added)s new, %(changed)s changed.", **words), people_list)


# ── One colleague ──


def _found(staff_number: str) -> tuple[Person, int | None]:
    return record.numbered(staff_number) or abort(404)


def _person(staff_number: str) -> Person:
    return _found(staff_number)[0]


@bp.page("/people/<staff_number>", needs=P.PEOPLE_READ)
def person_page(staff_number: str) -> Response:
    found = record.record_of(me(), *_found(staff_number), now())
    return page("organisation/person.html", record=found, labels=_LABELS)


_LABELS: dict[str, Any] = {
    "place": _l("Give a post"),
    "superior": _l("Record a superior"),
    "deputy": _l("Say who stands in"),
    "absence": _l("Note days away"),
    "role": _l("Give a role"),
    "city": _l("Change the city of work"),
    "pay": _l("Set base pay"),
    "rename": _l("Change the name"),
    "details": _l("Change mail and telephone"),
    "leave": _l("Say that they leave"),
}
"""What stands on the link, the page and the button of each act."""


def _nothing(_person: Person) -> dict[str, Any]:
    return {}


def _from_today(_person: Person) -> dict[str, Any]:
    return {"from_on": today()}


Values = Callable[[Person], dict[str, Any]]
Verb = TypeVar("Verb", bound=Callable[..., Any])


def _sheet(
    act: str,
    kind: Callable[..., Form],
    *,
    needs: P = P.PEOPLE_EDIT,
    offers: Values = _nothing,
    starts: Values = _from_today,
    beside: Values = _nothing,
    template: str = "organisation/person_form.html",
    overwrites: type | None = None,
) -> Callable[[Verb], Verb]:
    """One act on a colleague's record: a quiet page with one form, and the route that does it.

    `offers`: choices for the form; `starts`: what stands in a fresh one; `beside`: what else the page shows;
    `overwrites`: the fact of an act that changes what it finds, told to whoever comes second.
    """
    path = f"/people/<staff_number>/{act}"

    def make(staff_number: str) -> Form:
        return kind(**offers(_person(staff_number)))

    def register(verb: Verb) -> Verb:
        def show(staff_number: str, form: Form | None = None) -> Response:
            person, home = _found(staff_number)
            if act not in record.rights_of(me(), person, home, now()).acts:
                abort(403)
            fresh = kind(formdata=None, **offers(person), **starts(person))
            facts = journal.of("person", person.id) if overwrites else []
            known = [one for one in facts if overwrites and one.name == overwrites.__name__]
            return page(
                template, person=person, form=form or fresh, act=act, label=_LABELS[act],
                missed=missed(known, form, fresh), last=last_of(known), **beside(person),
            )  # fmt: skip

        show.__name__ = f"{verb.__name__}_form"
        bp.page(path, needs=needs)(show)
        bp.act(path, needs=needs, form=make, again=show)(verb)
        return verb

    return register


def _back(message: str, staff_number: str) -> Any:
    """To the page of the person; to one's own page after something about oneself."""
    if _person(staff_number).id == me().id:
        return done(message, my_page)
    return done(message, person_page, staff_number=staff_number)


@_sheet("rename", RenameForm)
def rename(staff_number: str, form: RenameForm) -> Any:
    actions.rename(me(), _person(staff_number), form.name.data or "", from_on=form.begins(), at=now())
    return _back(_("The name is written down."), staff_number)


def _details_of(person: Person) -> dict[str, Any]:
    return {
        "telephone": person.telephone, "mail": person.mail, "external": person.external,
        "development_note": person.development_note,
    }  # fmt: skip


@_sheet("details", DetailsForm, starts=_details_of, overwrites=DetailsChanged)
def details(staff_number: str, form: DetailsForm) -> Any:
    actions.change_details(
        me(), _person(staff_number), mail=(form.mail.data or "").strip(), telephone=(form.telephone.data or "").strip(),
        external=bool(form.external.data), development_note=form.development_note.data or "",
        seen=seen_sent(), at=now(),
    )  # fmt: skip
    return _back(_("Saved."), staff_number)


def _posts() -> Groups:
    """The posts that the reader may give, grouped by department."""
    where = me().where(P.PEOPLE_EDIT) | me().where(P.POSTS_ASSIGN)
    groups: Groups = {}
    units = queries.departments()
    posts = company.posts_on(today(), where)
    for unit in units.values():
        mine = [(str(one.id), text_of(one.titles)) for one in posts.values() if one.department_id == unit.id]
        if mine:
            groups.setdefault(text_of(unit.names), []).extend(mine)
    return groups


def _post(word: str | None) -> Post | None:
    return queries.post_with_id(int(word)) if word else None


@_sheet("place", PlaceForm, needs=P.POSTS_ASSIGN, offers=lambda _person: {"posts": _posts()})
def place(staff_number: str, form: PlaceForm) -> Any:
    actions.place(
        me(), _person(staff_number), _post(form.post.data) or abort(404), main=form.main.data == "main",
        from_on=form.begins(), to_on=form.ends(), at=now(),
    )  # fmt: skip
    return _back(_("The post is given."), staff_number)


def _roles(_person: Person) -> dict[str, Any]:
    where = me().where(P.ROLES_GRANT)
    return {
        "roles": [(one.value, one.label) for one in Role if one is not Role.EVERYONE],
        "departments": [(str(one.id), text_of(one.names)) for one in queries.departments().values() if one.id in where],
    }


@_sheet("role", RoleForm, needs=P.ROLES_GRANT, offers=_roles)
def role(staff_number: str, form: RoleForm) -> Any:
    actions.give_role(
        me(), _person(staff_number), Role(form.role.data), queries.departments()[int(form.department.data)],
        from_on=form.begins(), to_on=form.ends(), at=now(),
    )  # fmt: skip
    return _back(_("The role is given."), staff_number)


def _lines(_person: Person) -> dict[str, Any]:
    return {"lines": [(one.value, str(one.label)) for one in Line]}


@_sheet("superior", SuperiorForm, needs=P.PEOPLE_READ, offers=_lines)
def superior(staff_number: str, form: SuperiorForm) -> Any:
    actions.record_superior(
        me(), _person(staff_number), _meant(form.superior), Line(form.line.data),
        project=(form.project.data or "").strip(), from_on=form.begins(), to_on=form.ends(), at=now(),
    )  # fmt: skip
    return _back(_("The superior is recorded."), staff_number)


@_sheet("deputy", DeputyForm, needs=P.PEOPLE_READ)
def deputy(staff_number: str, form: DeputyForm) -> Any:
    actions.name_deputy(
        me(), _person(staff_number), _meant(form.deputy), reason=(form.reason.data or "").strip(),
        from_on=form.begins(), to_on=form.ends(), at=now(),
    )  # fmt: skip
    return _back(_("The deputy is named."), staff_number)


@_sheet("absence", AbsenceForm, needs=P.PEOPLE_READ)
def absence(staff_number: str, form: AbsenceForm) -> Any:
    actions.note_absence(
        me(), _person(staff_number), reason=(form.reason.data or "").strip(), from_on=form.begins(),
        to_on=form.ends() or form.begins(), at=now(),
    )  # fmt: skip
    return _back(_("The days are noted."), staff_number)


@_sheet("city", CityForm)
def city(staff_number: str, form: CityForm) -> Any:
    actions.move_to_city(me(), _person(staff_number), form.city.data or "", from_on=form.begins(), at=now())
    return _back(_("The city is written down."), staff_number)


@_sheet("pay", PayForm, needs=P.PAY_READ)
def pay(staff_number: str, form: PayForm) -> Any:
    actions.set_base_pay(me(), _person(staff_number), form.fen(), from_on=form.begins(), at=now())
    return _back(_("Base pay is set."), staff_number)


def _waiting(person: Person) -> dict[str, Any]:
    return {"waiting": queries.leaver_list(person.id, today(), me())}


@_sheet(
    "leave", LeaveForm, starts=lambda _person: {"left_on": today()}, beside=_waiting,
    template="organisation/leave.html",
)  # fmt: skip
def say_leaving(staff_number: str, form: LeaveForm) -> Any:
    actions.leave(
        me(), _person(staff_number), left_on=form.first_day_without(), reason=form.reason.data or "", at=now()
    )
    return _back(_("It is written down."), staff_number)


def _meant(field: Any) -> Person:
    return directory.meant(field.data or "", today(), field=field.short_name)


# ── The end of something ──


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows of one kind that can be ended: their table, the verb, and how it is said."""

    table: type[Any]
    verb: Callable[..., None]
    title: Any
    button: Any
    form: type[EndForm | BackForm] = EndForm


_KEPT: dict[str, _Kept] = {
    "posts": _Kept(Placement, actions.end_placement, _l("End a post"), _l("End the post")),
    "roles": _Kept(Grant, actions.take_role, _l("Take a role back"), _l("Take it back")),
    "superiors": _Kept(Superior, actions.end_superior, _l("End a line"), _l("End the line")),
    "deputies": _Kept(Deputy, actions.end_deputy, _l("End standing in"), _l("End it")),
    "absences": _Kept(
        Absence, actions.shorten_absence, _l("Back earlier"), _l("Shorten it"), BackForm
    ),
}  # fmt: skip
_END = "/people/<staff_number>/<any(posts,roles,superiors,deputies,absences):kept>/<int:entry_id>/end"


def _row(staff_number: str, kept: str, entry_id: int) -> Any:
    return queries.entry_of(_KEPT[kept].table, _person(staff_number).id, entry_id) or abort(404)


@bp.page(_END, needs=P.PEOPLE_READ)
def end_form(staff_number: str, kept: str, entry_id: int, form: Form | None = None) -> Response:
    (person, home), kind = _found(staff_number), _KEPT[kept]
    row = _row(staff_number, kept, entry_id)
    if kept not in record.rights_of(me(), person, home, now()).ends and not _ones_own(row):
        abort(403)
    day = today() if kind.form is BackForm else max(today(), row.from_on)
    return page(
        "organisation/end_form.html", person=person, form=form or kind.form(formdata=None, to_on=day), kept=kept,
        row=row, said=record.told(row), title=kind.title, button=kind.button,
    )  # fmt: skip


def _ones_own(row: Any) -> bool:
    """Whether the reader is the deputy, or the project lead, of whom the row tells."""
    mine = getattr(row, "deputy_id", None) == me().id
    return mine or (getattr(row, "superior_id", None) == me().id and row.line is Line.PROJECT)


@bp.act(
    _END, needs=P.PEOPLE_READ, form=lambda staff_number, kept, entry_id: _KEPT[kept].form(), again=end_form,
)  # fmt: skip
def end(staff_number: str, kept: str, entry_id: int, form: EndForm | BackForm) -> Any:
    _KEPT[kept].verb(me(), _row(staff_number, kept, entry_id), to_on=form.ends(), at=now())
    return _back(_("It is written down."), staff_number)
