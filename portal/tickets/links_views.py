"""Tickets that belong together: each act on a page of its own, and the letters of one where another one shows them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from portal.kernel import files, markup
from portal.kernel.clock import now, office_zone, today
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.kernel.security_log import Kind
from portal.kernel.text import say
from portal.tickets import links, queries, rules, story
from portal.tickets.choices import to_sort_by
from portal.tickets.forms import Choices
from portal.tickets.links_forms import ApartForm, LinkForm, MergeForm, OtherForm, SplitForm, UnlinkForm
from portal.tickets.models import Ticket
from portal.tickets.queries import Whole
from portal.tickets.similar import similar
from portal.tickets.states import TICKET, Impact, Tie, Urgency
from portal.tickets.views import act_on, apart_page, back, bp, ticket_here, ticket_page, version_sent, whole_here
from portal.web.drafts import typed_again
from portal.web.respond import done, page
from portal.web.routes import keep_later
from portal.web.signed_in import me

MOST = 8
"""Other tickets that are offered."""


def _may(number: str, verb: str, form: Any, *, draft: str = "") -> Whole:
    """The ticket, for whoever may do this with it now; a form that came back says itself that somebody was faster."""
    whole = whole_here(number, draft or verb)
    if form is None and not TICKET.allows(me(), whole.ticket, verb):
        abort(403)
    return whole


def _likely(ticket: Ticket, *, open_only: bool) -> Choices:
    """What is likely meant: further tickets of the same customer, then those that say much the same."""
    found: dict[str, str] = {}
    if ticket.customer_id is not None:
        for one in queries.tickets_of_customer(me(), ticket.customer_id, most=MOST):
            if not open_only or one.state in TICKET.steps["take in"].before:
                found[one.number] = f"{one.number} · {one.title} · {one.state.label}"
    for hit in similar(me(), ticket.title):
        found.setdefault(hit.number, f"{hit.number} · {hit.title.striptags()}")
    found.pop(ticket.number, None)
    return list(found.items())[:MOST]


def _other(form: OtherForm, verb: str) -> Ticket:
    """The ticket that was typed or chosen.

    Raises Refused, in the same words, for one that is not there and for one that the reader may not see; of the second
    the security log keeps the attempt.
    """
    if not form.meant:
        raise Refused(say("Write the number of the other ticket, or choose one."), field="other")
    numbers = rules.numbers_meant(form.meant, today().year)
    seen = [one for number in numbers if (one := queries.ticket_seen_by(me(), number))]
    if not seen:
        if there := queries.numbers_that_exist(numbers):
            keep_later(Kind.VERB_REFUSED, verb=verb, tickets=there, route=str(request.url_rule))
        raise Refused(say("There is no ticket {number} that you may see.", number=form.meant), field="other")
    return seen[0]


# ── Links ──


def _link_form(ticket: Ticket, **more: Any) -> LinkForm:
    return LinkForm(found=_likely(ticket, open_only=False), **more)


@bp.page("/<number>/link", needs=P.TICKETS_OPEN)
def link_page(number: str, form: LinkForm | None = None) -> Response:
    whole = _may(number, "link", form)
    form = form or _link_form(whole.ticket, formdata=typed_again(whole.kept))
    return apart_page(
        whole, form, _("Link with another ticket"),
        _("Both tickets show it. Whoever may not see the other one learns no more than that there is one."),
        "link", _("Link"),
    )  # fmt: skip


@bp.act("/<number>/link", needs=P.TICKETS_OPEN, form=lambda number: _link_form(ticket_here(number)), again=link_page)
def link(number: str, form: LinkForm) -> Any:
    ticket = ticket_here(number)
    links.link(me(), ticket, _other(form, "link"), Tie(form.tie.data), form.reason.data or "", at=now())
    return done(_("Linked."), ticket_page, number=number)


@bp.page("/<number>/unlink", needs=P.TICKETS_OPEN)
def unlink_page(number: str, form: UnlinkForm | None = None) -> Response:
    other = (form.other.data if form else request.args.get("other")) or ""
    draft = f"unlink-{other}"
    whole = _may(number, "link", form, draft=draft)
    tied = next((one for one in whole.ties if other and one.number == other and one.tie.by_hand), None)
    if tied is None and form is None:
        abort(404)
    says = f"{tied.tie.label} {tied.number} {tied.title}" if tied else ""
    form = form or UnlinkForm(formdata=typed_again(whole.kept), other=other)
    return apart_page(whole, form, _("Take the link off"), says, "unlink", _("Take off"), draft=draft)


@bp.act("/<number>/unlink", needs=P.TICKETS_OPEN, form=lambda number: UnlinkForm(), again=unlink_page)
def unlink(number: str, form: UnlinkForm) -> Any:
    links.unlink(me(), ticket_here(number), ticket_here(form.other.data or ""), form.reason.data or "", at=now())
    return done(_("The link is taken off."), ticket_page, number=number)


# ── Merging ──


def _merge_form(ticket: Ticket, **more: Any) -> MergeForm:
    return MergeForm(found=_likely(ticket, open_only=True), **more)


@bp.page("/<number>/merge", needs=P.TICKETS_OPEN)
def merge_page(number: str, form: MergeForm | None = None) -> Response:
    whole = _may(number, "merge", form)
    form = form or _merge_form(whole.ticket, formdata=typed_again(whole.kept))
    return apart_page(
        whole, form, _("Merge into another ticket"),
        _("It goes on in the other one: its clocks stand, what it missed stays missed, its letters stay here. Whoever "
          "has the other one tells both customers. It can be taken apart again while that one is open."),
        "merge", _("Merge"),
    )  # fmt: skip


@bp.act("/<number>/merge", needs=P.TICKETS_OPEN, form=lambda number: _merge_form(ticket_here(number)), again=merge_page)
def merge(number: str, form: MergeForm) -> Any:
    ticket, into = ticket_here(number), _other(form, "merge")
    links.merge(me(), ticket, into, form.reason.data or "", version=version_sent(), at=now())
    return done(_("%(number)s goes on in this one now.", number=number), ticket_page, number=into.number)


@act_on("apart", "apart")
def apart(number: str, form: ApartForm) -> Any:
    ticket = ticket_here(number)
    into = links.where_it_goes_on(ticket)
    links.take_apart(me(), ticket, into, form.reason.data or "", version=version_sent(), at=now())
    return back(_("It goes on by itself again, as it stood."), number)


# ── Second matters ──


def _split_form(whole: Whole, **more: Any) -> SplitForm:
    """Of the letters it offers those that the reader sees: a form with a mistake is drawn before anybody asks whether
    they may split the ticket."""
    ticket = whole.ticket
    choices = [(str(links.FIRST_WORDS), _line(ticket.caller_name, ticket.received_at, ticket.body))]
    choices += [
        (str(one.id), _line(one.author_name, one.at, one.body, inside=one.kind.is_inside))
        for one in queries.entries(ticket.id, inside=whole.inside)
    ]
    return SplitForm(**to_sort_by(), letters=choices, **more)


def _line(who: str, at: Any, words: str, *, inside: bool = False) -> str:
    when = at.astimezone(office_zone()).strftime("%m-%d %H:%M")
    kind = _("Inside note") if inside else ""
    return " · ".join(filter(None, (kind, who or _("Gave no name"), when, markup.plain(words, longest=60))))


@bp.page("/<number>/split", needs=P.TICKETS_OPEN, keyed=True)
def split_page(number: str, form: SplitForm | None = None) -> Response:
    whole = _may(number, "split", form)
    ticket = whole.ticket
    fresh = {"kind": ticket.kind, "impact": ticket.impact, "urgency": ticket.urgency}
    return apart_page(
        whole, form or _split_form(whole, formdata=typed_again(whole.kept), **fresh), _("Split off a second matter"),
        _("It becomes a ticket of its own, for the same customer and with the same first receiver, %(name)s.",
          name=ticket.accountable_name or me().name),
        "split", _("Split it off"),
    )  # fmt: skip


@bp.act(
    "/<number>/split", needs=P.TICKETS_OPEN, form=lambda number: _split_form(whole_here(number)), again=split_page,
    leads_to=lambda made, number: url_for(".ticket_page", number=made),
)  # fmt: skip
def split(number: str, form: SplitForm) -> Any:
    made = links.split(
        me(), ticket_here(number), kind=form.kind.data, routing=form.routing.data or "", title=form.title.data or "",
        body=form.body.data or "", impact=Impact(form.impact.data), urgency=Urgency(form.urgency.data),
        letters=[int(one) for one in form.letters.data or ()], key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("%(number)s is opened.", number=made.number), ticket_page, number=made.number)


# ── Letters of one where another one shows them ──


@bp.page("/<number>/letters", needs=P.TICKETS_OPEN)
def letters_page(number: str) -> Response:
    """What was written in a ticket, as far as the reader sees it there. `?only=3,5`: these letters alone."""
    whole = whole_here(number)
    only = {int(one) for one in request.args.get("only", "").split(",") if one.isdecimal() and len(one) < 10}
    letters = story.letters(
        whole.ticket, queries.entries(whole.ticket.id, inside=whole.inside), files.of("ticket", whole.ticket.id),
        only=only,
    )  # fmt: skip
    return page("tickets/letters.html", ticket=whole.ticket, letters=letters)
