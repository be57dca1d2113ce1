"""Customers and the visitors' register."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.customers import actions, dossier, queries, rules
from portal.customers.forms import CustomerForm, VisitForm
from portal.customers.models import Customer, Visit
from portal.kernel import journal
from portal.kernel.clock import now, today
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import printable
from portal.web.filters import words_for
from portal.web.meanwhile import missed
from portal.web.navigation import Place
from portal.web.respond import done, download, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("customers", __name__)
PLACES = (Place(_l("Customers"), "customers.customer_list", "phone", needs=P.CUSTOMERS_READ, rank=20),)
MOST_FOUND = 50
MOST_ON_A_DAY = 500
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


@bp.page("/customers", needs=P.CUSTOMERS_READ)
def customer_list() -> Any:
    words = _words()
    after = _after(str, int)
    found = queries.find_caller(me(), words, most=MOST_FOUND) if words.strip() else None
    rows = None if found is not None else queries.customers(me(), after)
    return page(
        "customers/customers.html", blocks={"customer_list"}, words=words, found=found, rows=rows,
        started=after is not None, may_write=me().may(P.CUSTOMERS_WRITE), most=MOST_FOUND,
    )  # fmt: skip


@bp.page("/customers/find", needs=P.CUSTOMERS_READ)
def find_customer() -> Any:
    words = _words()
    return page(
        "customers/find.html", blocks={"callers"}, words=words, callers=queries.find_caller(me(), words),
        asked=bool(rules.sought(words)), may_write=me().may(P.CUSTOMERS_WRITE),
    )  # fmt: skip


@bp.page("/customers/new", needs=P.CUSTOMERS_WRITE, keyed=True)
def new_customer(form: CustomerForm | None = None) -> Any:
    form = form or CustomerForm(formdata=None, **_guessed(_words()))
    doubles = []
    if form.although.errors:
        found = queries.doubles(form.name.data or "", form.company.data or "", form.mail.data or "", form.numbers())
        doubles = [queries.card(one, me()) for one in found]
    return page("customers/new.html", form=form, doubles=doubles)


@bp.act(
    "/customers/new", needs=P.CUSTOMERS_WRITE, form=CustomerForm, again=new_customer,
    leads_to=lambda made: url_for(".customer_page", customer_number=made),
)  # fmt: skip
def add_customer(form: CustomerForm) -> Response:
    customer = actions.add_customer(me(), **form.values(), although=form.seen(), key=form.once.data or "", at=now())
    return done(_("The customer is written down."), customer_page, customer_number=customer.number)


@bp.page("/customers/<customer_number>", needs=P.CUSTOMERS_READ)
def customer_page(customer_number: str) -> Any:
    customer = _customer(customer_number)
    return page(
        "customers/customer.html", customer=customer, card=queries.card(customer, me()),
        shelves=dossier.shelves_of(me(), customer.id), visits=queries.visits_of(customer),
        history=journal.of("customer", customer.id), may_write=me().may(P.CUSTOMERS_WRITE),
        whole=queries.needs_telephones(me()), digits=rules.digits,
    )  # fmt: skip


@bp.page("/customers/<customer_number>/edit", needs=P.CUSTOMERS_WRITE)
def edit_customer(customer_number: str, form: CustomerForm | None = None) -> Any:
    customer = _customer(customer_number)
    fresh, told = CustomerForm(formdata=None, **_filled(customer)), None
    if form is not None and (changes := queries.changes_since(customer, form.version.data or 0)):
        told = missed(changes, form, fresh, seen=0)
        form.version.raw_data, form.version.data = None, customer.version  # who has read the changes may save over them
    return page("customers/edit.html", customer=customer, form=form or fresh, missed=told)


@bp.act("/customers/<customer_number>/edit", needs=P.CUSTOMERS_WRITE, form=CustomerForm, again=edit_customer)
def change_customer(customer_number: str, form: CustomerForm) -> Response:
    customer = _customer(customer_number)
    actions.change_customer(me(), customer, form.version.data or 0, **form.values(), at=now())
    return done(_("The record is saved."), customer_page, customer_number=customer_number)


def _visit_form(**more: Any) -> VisitForm:
    form = VisitForm(**more)
    form.receiver.choices = [(one.id, one.name) for one in queries.receivers(me(), today())]
    return form


@bp.page("/visits", needs=P.CUSTOMERS_READ)
def visit_list(form: VisitForm | None = None) -> Any:
    day, words = _day(), _words()
    form = form or _blank_visit()
    chosen = queries.customer_with(me(), form.customer.data) if form.customer.data else None
    callers = [queries.card(chosen, me())] if chosen else queries.find_caller(me(), words)
    return page(
        "customers/visits.html", blocks={"visit_list", "callers"}, form=form, day=day, words=words, callers=callers,
        chosen=chosen.number if chosen else "", visits=queries.visits(me(), day, size=MOST_ON_A_DAY).rows,
        before=day - timedelta(days=1), following=day + timedelta(days=1) if day < today() else None,
        may_write=me().may(P.CUSTOMERS_WRITE),
    )  # fmt: skip


@bp.page("/visits/sheet", needs=P.CUSTOMERS_READ)
def visit_sheet() -> Any:
    """The register of a day as it is printed and signed."""
    day = _day()
    return page(
        "customers/visit_sheet.html", day=day, visits=_oldest_first(day), printed_at=words_for(now()),
        back_href=url_for(".visit_list", day=day.isoformat()),
    )  # fmt: skip


@bp.page("/visits/table.csv", needs=P.CUSTOMERS_READ)
def visit_table() -> Response:
    """The register of a day for a spreadsheet: what the page shows, in the order of the day."""
    day = _day()
    head = (_("Visitor"), _("Company"), _("What for"), _("Received by"), _("Came at"), _("Left at"), _("Ticket"))
    rows = (
        (one.visitor, one.company, one.purpose, one.receiver.name, one.came_at, one.left_at, one.ticket_number)
        for one in _oldest_first(day)
    )
    return download(f"visits-{day.isoformat()}.csv", csv_file(head, rows))


@bp.act(
    "/visits", needs=P.CUSTOMERS_WRITE, form=_visit_form, again=visit_list, leads_to=lambda made: url_for(".visit_list")
)
def register_visit(form: VisitForm) -> Response:
    receivers = {one.id: one for one in queries.receivers(me(), today())}
    actions.register_visit(
        me(), form.visitor.data or "", company=form.company.data or "", purpose=form.purpose.data or "",
        customer=queries.customer_with(me(), form.customer.data) if form.customer.data else None,
        receiver=receivers[form.receiver.data], came_at=form.moment(), key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("The visitor is registered."), visit_list)


@bp.act("/visits/<int:visit_id>/left", needs=P.CUSTOMERS_WRITE)
def visitor_left(visit_id: int) -> Response:
    visit = _visit(visit_id)
    actions.note_leaving(me(), visit, at=now())
    return done(_("%(visitor)s has left.", visitor=visit.visitor), visit_list)


def _oldest_first(day: date) -> list[Visit]:
    return list(reversed(queries.visits(me(), day, size=MOST_ON_A_DAY).rows))


def _blank_visit() -> VisitForm:
    customer = queries.customer_with(me(), printable(request.args.get("customer", "")))
    known = {"visitor": customer.name, "company": customer.company, "customer": customer.number} if customer else {}
    return _visit_form(formdata=None, receiver=me().id, **known)


def _customer(number: str) -> Customer:
    return queries.customer_with(me(), printable(number)) or abort(404)


def _visit(visit_id: int) -> Visit:
    return queries.visit_with(me(), visit_id) or abort(404)


def _words() -> str:
    return printable(request.args.get("words", ""))[:200]


def _after(*kinds: type) -> After | None:
    try:
        return After.read(request.args.get("after"), *kinds)
    except ValueError:
        abort(400)


def _day() -> date:
    try:
        day = date.fromisoformat(request.args["day"]) if request.args.get("day") else today()
    except ValueError:
        abort(400)
    return day if FIRST_DAY <= day <= LAST_DAY else abort(400)


def _guessed(words: str) -> dict[str, str]:
    """What was looked for in vain is most likely the name or the number to write down."""
    return {"telephones" if rules.is_telephone(words) else "mail" if "@" in words else "name": words.strip()}


def _filled(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name, "telephones": "\n".join(customer.telephones), "mail": customer.mail,
        "company": customer.company, "note": customer.note, "version": customer.version,
    }  # fmt: skip
