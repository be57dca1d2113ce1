"""One form for everything that comes in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.customers import queries as customers
from portal.customers.rules import field_of
from portal.kernel import drafts
from portal.kernel.clock import now, office_zone
from portal.kernel.drafts import Kept
from portal.kernel.permissions import P
from portal.kernel.text import printable
from portal.lists import queries as lists
from portal.tickets import actions, checklist, complaints
from portal.tickets.choices import chosen_colleague, colleagues, id_in, templates, to_sort_by
from portal.tickets.forms import NewTicketForm
from portal.tickets.models import Ticket
from portal.tickets.similar import similar
from portal.tickets.states import Channel, Impact, Kind, Urgency
from portal.tickets.views import bp, ticket_page
from portal.web.drafts import typed_again
from portal.web.respond import done, page, wants_part
from portal.web.signed_in import me


def _new_form(**more: Any) -> NewTicketForm:
    """The form with what it can offer to whoever fills it in, whoever was found among them."""
    sent = more.get("formdata", request.form or None) or {}
    found = customers.find_caller(me(), printable(sent.get("search", "")))
    form = NewTicketForm(
        **to_sort_by(),
        templates=templates(),
        colleagues=colleagues(),
        found=[(one.number, " · ".join(filter(None, (one.name, one.company, one.telephone)))) for one in found],
        **more,
    )
    if found and not sent.get("who"):
        form.who.data = found[0].number
    return form


@bp.page("/new", needs=P.TICKETS_OPEN, keyed=True)
def new_ticket(form: NewTicketForm | None = None) -> Response:
    """The form; with what was typed into it before, where a draft of it is kept."""
    what, kept = _draft(), None
    if form is None:
        asked = {key: request.args[key] for key in ("search", "kind", "channel", "customer") if request.args.get(key)}
        asked["search"] = asked.pop("customer", asked.get("search", ""))
        asked |= _of_visit(id_in(request.args.get("visit")))
        asked = {name: value for name, value in asked.items() if value}
        kept = None if wants_part() else drafts.one(me().id, what)
        if kept and what == "ticket:new":  # a draft of a visit or a customer knows already what the address says
            kept = Kept({**kept.fields, **{name: [value] for name, value in asked.items()}}, kept.at)
        form = _new_form(formdata=typed_again(kept) or (MultiDict(asked) if asked else None))
        if not (kept or asked or me().may(P.TICKETS_WORK)):  # at no desk: mostly they ask for themselves
            form.channel.data, form.who.data, form.colleague.data = Channel.WEB, "colleague", str(me().id)
        if "template" in request.args:
            _fill_from(form, id_in(request.args["template"]))
    sought = form.search.data or ""
    return page(
        "tickets/new.html",
        blocks={"callers", "new_ticket", "similar_tickets"},
        form=form,
        draft=what,
        kept_at=kept.at if kept else None,
        searches=me().may(P.CUSTOMERS_READ),
        place=field_of(sought) if sought and form.who.choices[0][0] == "new" else "",
        hits=similar(me(), form.title.data) if form.title.data else (),
    )


def _draft() -> str:
    """Under which name a draft of the form is kept: a matter of a customer or a visitor is another one."""
    for about in (f"visit-{request.args.get('visit')}", request.args.get("customer", "")):
        if drafts.WHAT.fullmatch(named := f"ticket:new:{about}") and about != "visit-None":
            return named
    return request.form.get("draft") or "ticket:new"


def _of_visit(visit_id: int) -> dict[str, str]:
    """What the visitors' register knows already of whoever stands at the desk."""
    visit = customers.visit_with(me(), visit_id) if visit_id else None
    if visit is None:
        return {}
    known = {"visit": str(visit.id), "channel": Channel.VISIT.value, "body": visit.purpose}
    if visit.customer is not None:
        return known | {"search": visit.customer.number}
    return known | {"name": visit.visitor, "company": visit.company}


@bp.act("/new/find", needs=P.TICKETS_OPEN, writes=False)
def find_caller() -> Response:
    """“Find” without JavaScript: the same form with whoever was found, and nothing that was typed is lost.

    Whoever is not found is written down with what was looked for: nothing is typed twice.
    """
    form, sought = _new_form(), printable(request.form.get("search", "")).strip()
    if form.who.data == "new" and not any(one.data for one in (form.name, form.telephone, form.mail, form.company)):
        form.who.data = form.who.choices[0][0]
        if sought and form.who.data == "new":
            form[field_of(sought)].data = sought
    return new_ticket(form=form)


@bp.act("/new/template", needs=P.TICKETS_OPEN, writes=False)
def fill_from_template() -> Response:
    """The same form with what the chosen template says in every field that nobody has filled in."""
    form = _new_form()
    _fill_from(form, id_in(form.template.data))
    return new_ticket(form=form)


def _fill_from(form: NewTicketForm, template_id: int) -> None:
    """What the template before said counts as filled in by nobody: choosing another one changes it."""
    chosen = lists.template_with(template_id) if template_id else None
    before = lists.template_with(form.filled_from.data) if form.filled_from.data else None
    template = chosen if chosen is not None and chosen.active else None
    form.template.data = str(template.id) if template else ""
    form.filled_from.raw_data, form.filled_from.data = None, template.id if template else None
    for name, empty in (("kind", ""), ("routing", ""), ("impact", Impact.ONE), ("urgency", Urgency.TODAY),
                        ("title", ""), ("body", "")):  # fmt: skip
        said, field = getattr(template, name, "") or empty, form[name]
        if (field.data or empty) in (empty, getattr(before, name, "") or empty) and _offers(field, said):
            field.data = said


def _offers(field: Any, value: str) -> bool:
    """Whether a field can have a value: a template may name what has gone out of use since."""
    return not hasattr(field, "iter_choices") or value in {one[0] for one in _choices(field)}


def _choices(field: Any) -> Iterator[Any]:
    if field.has_groups():
        for _label, choices in field.iter_groups():
            yield from choices
    else:
        yield from field.iter_choices()


@bp.page("/new/similar", needs=P.TICKETS_OPEN, quiet=True)
def similar_tickets() -> Response:
    """What is known already that says much the same, while somebody types."""
    words = printable(request.args.get("title", ""))
    return page(
        "tickets/similar.html", blocks={"similar_tickets"}, words=words, hits=similar(me(), words) if words else ()
    )


@bp.act(
    "/new", needs=P.TICKETS_OPEN, form=_new_form, again=new_ticket,
    leads_to=lambda made: url_for(".ticket_page", number=made),
)  # fmt: skip
def open_ticket(form: NewTicketForm) -> Any:
    ticket = _opened(form)
    return done(_("%(number)s is opened.", number=ticket.number), ticket_page, number=ticket.number)


def _opened(form: NewTicketForm) -> Ticket:
    who, received = form.who.data, form.received_at.data
    customer = customers.customer_with(me(), who) if who not in ("new", "colleague", "anonymous") else None
    opens: Any = actions.open_ticket
    if form.kind.data == Kind.COMPLAINT:
        opens = partial(complaints.take_down, cause=form.cause.data or "", wanted=form.wanted.data or "")
    if template := lists.template_with(id_in(form.template.data)):
        opens = partial(checklist.open_with, template=template, opens=opens)
    return opens(
        me(),
        kind=form.kind.data,
        channel=Channel(form.channel.data),
        title=form.title.data or "",
        body=form.body.data or "",
        routing=form.routing.data or "",
        impact=Impact(form.impact.data),
        urgency=Urgency(form.urgency.data),
        customer=customer,
        caller=_caller(form) if who == "new" else None,
        requester=chosen_colleague(form.colleague.data) if who == "colleague" else None,
        anonymous=who == "anonymous",
        contact=(form.contact.data or "") if who == "anonymous" else "",
        about=chosen_colleague(form.about.data) if form.about.data else None,
        received_at=received.replace(tzinfo=office_zone()) if received else None,
        visit=customers.visit_with(me(), form.visit.data) if form.visit.data else None,
        with_files=form.files.ids,
        key=form.once.data or "",
        at=now(),
    )


def _caller(form: NewTicketForm) -> actions.Caller:
    return actions.Caller(
        form.name.data or "", form.telephone.data or "", form.mail.data or "", form.company.data or ""
    )
