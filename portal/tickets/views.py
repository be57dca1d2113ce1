"""The queue, one form for everything that comes in, and the ticket with its story."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, abort, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.customers import dossier
from portal.customers import queries as customers
from portal.customers.dossier import Matter
from portal.kernel import files, journal, once, presence
from portal.kernel.clock import now, today
from portal.kernel.drafts import Kept
from portal.kernel.errors import OutOfDate
from portal.kernel.journal import JournalEntry
from portal.kernel.permissions import P
from portal.kernel.text import text_of
from portal.lists import queries as lists
from portal.lists.rules import put_in
from portal.organisation import queries as organisation
from portal.policies.queries import ruling_notes
from portal.tickets import act_forms, actions, listing, parts, queries, saved_view, story, turns
from portal.tickets.forms import (
    ActForm,
    Choices,
    PromiseForm,
    TellForm,
    WriteForm,
)
from portal.tickets.listing import Asked
from portal.tickets.models import Ticket
from portal.tickets.queries import Whole
from portal.tickets.rules import Warned
from portal.tickets.states import TICKET, BulkAct, Channel, Ground
from portal.tickets.turns import ACTS
from portal.web.drafts import typed_again
from portal.web.meanwhile import last_of, missed
from portal.web.navigation import Place, counted_along
from portal.web.respond import done, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("tickets", __name__, "/tickets")
PLACES = (Place(_l("Tickets"), "tickets.queue", "ticket", needs=P.TICKETS_OPEN, count=queries.waiting_for, rank=10),)


def asked_of_queue() -> Asked:
    """What the address asks of the queue; 400 for an address that the queue does not know."""
    try:
        return listing.read(request.args, lists.kind_names(), today().year)
    except ValueError:
        abort(400)


@bp.page("", needs=P.TICKETS_OPEN)
def queue() -> Any:
    """A saved view is an address of this page; one that the queue does not know any more has a page that says so."""
    reader = me()
    try:
        asked = listing.read(request.args, lists.kind_names(), today().year)
    except ValueError:
        kept = saved_view.asking(reader, dict(request.args))
        return redirect(url_for("tickets.view_page", view_id=kept)) if kept else abort(400)
    rows = queries.queue(reader, asked.wanted, after=asked.after)
    desks = queries.desks(today()) if reader.may(P.TICKETS_READ) else []
    views, past = saved_view.beside(reader, asked), listing.past(asked, desks)
    counted = counted_along([queries.how_many(reader, one) for one in listing.COUNTED])
    counts = dict(zip(listing.COUNTED, counted, strict=True))
    return page(
        "tickets/queue.html",
        blocks={"ticket_list"},
        asked=asked,
        slice=rows,
        lines=listing.lines(rows.rows, now(), asked.kinds),
        tabs=[*listing.tabs(reader, asked, counts, other=bool(views.current)), *views.tabs],
        views=views,
        to_keep="" if views.current else asked.to_keep(),
        selects=listing.selects(reader, asked, desks, past),
        remarks=past.remarks,
        reads=reader.may(P.TICKETS_READ),
        once=once.new_key(),
        bulk_acts=_BULK_ACTS if reader.may(P.TICKETS_WORK) else _BULK_ACTS[:1],
        imports=reader.may(P.TICKETS_IMPORT),
        exports=reader.may(P.TICKETS_EXPORT),
    )


_BULK_ACTS = [(one, one in (BulkAct.FOLLOW, BulkAct.TAKE)) for one in BulkAct]
"""What can be done to several tickets, and whether nothing more has to be said for it."""


def whole_here(number: str, act: str = "") -> Whole:
    return queries.whole_ticket(me(), number, act) or abort(404)


def ticket_here(number: str) -> Ticket:
    return queries.ticket_seen_by(me(), number) or abort(404)


@bp.page("/<number>", needs=P.TICKETS_OPEN)
def ticket_page(number: str, form: ActForm | None = None) -> Response:
    """The story on the left; state, next step, clocks and people on the right.

    `?act=…` opens the form of one act. A form that came back with a mistake is shown instead of a fresh one.
    """
    whole = whole_here(number)
    ticket, reader, at = whole.ticket, me(), now()
    facts = story.Facts.of(journal.of("ticket", ticket.id))
    inside, verbs = whole.inside, TICKET.open_to(reader, ticket)
    steps = {one.id: parts.open_to(reader, ticket, one) for one in facts.parts.values()}
    signs = act_forms.to_sign(ticket, facts)
    decides = facts.reported_to is not None and actions.decides(reader, facts.reported_to.to_id)
    turn = turns.turn(
        ticket,
        verbs.union(*steps.values()),
        reader,
        facts,
        complaint=whole.complaint,
        decides=decides,
        signs=bool(signs),
        inside=inside,
    )
    act = act_forms.act_of(form) or request.args.get("act") or turn.main
    if act not in (turn.main, *turn.others) or (act and ACTS[act].apart):
        act = turn.main
    around = presence.around(reader.id, f"ticket:{ticket.id}", at, others=inside)
    kept = around.drafts
    shown = act_forms.shown(act, form, whole, facts, request.args.get("part"), kept.get(act)) if act else None
    write = _write_form(ticket, verbs, facts.asks(reader.id), kept.get("write"))
    if isinstance(form, WriteForm):
        write = form
    fresh = act_forms.overwritten(act_forms.act_of(form), whole) if isinstance(g.get("refused"), OutOfDate) else None
    helps = write is not None and "reply" in verbs and act != "triage" and "act" not in request.args
    clocks = story.clocks(whole.clocks, at, inside=inside)
    clauses = facts.clauses | {one.because for one in clocks if one.because}
    notes = ruling_notes(clauses) if clauses else {}
    letters = queries.entries(ticket.id, inside=inside)
    attached = files.of("ticket", ticket.id) if facts.with_files else ()
    return page(
        "tickets/ticket.html",
        blocks={"here", "ticket_story"},
        whole=whole,
        ticket=ticket,
        inside=inside,
        items=story.told(ticket, letters, facts, notes, attached, inside=inside),
        chain=story.chain(ticket, facts, at) if inside else [],
        clocks=[one for one in clocks if not one.part_id],
        parts=turns.part_lines(facts, clocks, steps) if inside else [],
        promises=write is not None and "promise" in verbs and ticket.promised_on is None,
        notes=notes,
        turn=turn,
        more=turn.grouped(act),
        act=act,
        acts=ACTS,
        form=shown,
        write=write,
        around=around,
        missed=missed(known_to(whole, facts.entries), form, fresh),
        last=last_of(facts.entries),
        stray=form if form not in (shown, write) else None,
        snippets=_snippets(facts) if helps else {},
        lists_steps="list steps" in verbs,
        complaint=whole.complaint if inside else None,
        grounds=[Ground(one).label for one in whole.complaint.grounds] if whole.complaint else [],
        follows=reader.id in facts.followed_by,
        tries=facts.tries,
        told=facts,
        card=customers.card(whole.customer, reader, works_for_them=inside) if whole.customer else None,
        department=text_of(organisation.departments()[ticket.department_id].names),
        complains=reader.id in (ticket.accountable_id, ticket.deputy_id),
        links="link" in verbs,
        also_tell=whole.also_tell,
    )


def known_to(whole: Whole, entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Of the facts about a ticket those that its reader may know."""
    return [one for one in entries if whole.inside or not getattr(one.event(), "inside", True)]


def _snippets(facts: story.Facts) -> dict[Any, Any]:
    """What may be put into the reply, shelf by shelf; what the template of the ticket answers stands on top."""
    own = story.Procedure(facts.procedure_reply)
    return {**({own: [own]} if own.words else {}), **lists.snippets(today())}


def _write_form(ticket: Ticket, verbs: frozenset[str], asked: bool, kept: Kept | None) -> WriteForm | None:
    """The reply box of whoever may write something here, with what they have typed before; or None."""
    ways = _ways(ticket, verbs, asked)
    return WriteForm(formdata=typed_again(kept), ways=ways, channel=ticket.channel) if ways else None


def _ways(ticket: Ticket, verbs: frozenset[str], asked: bool) -> Choices:
    own = ticket.requester_id == me().id and "reply" not in verbs
    found = [
        ("reply", _("Reply")) if "reply" in verbs else None,
        ("note", _("Inside note")) if "note" in verbs or (asked and ticket.ended_at is None) else None,
        ("incoming", _("Add something") if own else _("What the customer said")) if "write down" in verbs else None,
    ]
    return [one for one in found if one is not None]


def apart_page(
    whole: Whole, form: ActForm, heading: str, says: str, act: str, button: str, *, draft: str = ""
) -> Response:
    """The page of one act apart from the ticket's own. `draft`: the name of what is typed there, where that is another
    one than the act's."""
    late = isinstance(g.get("refused"), OutOfDate)
    return page(
        "tickets/together.html", ticket=whole.ticket, form=form, heading=heading, says=says, act=act, button=button,
        draft=f"ticket:{whole.ticket.id}:{draft or act}", kept_at=whole.kept.at if whole.kept else None,
        missed=missed(known_to(whole, journal.of("ticket", whole.ticket.id))) if late else None, last=whole.last,
    )  # fmt: skip


def sent(act: str) -> Callable[..., ActForm]:
    """For a route: the form of an act as it was sent, with the choices it may have for this ticket."""

    def make(number: str, **_rest: Any) -> ActForm:
        return act_forms.made(act, whole_here(number), fresh=False)

    return make


def act_on(rule: str, act: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A POST route of one ticket, with the form of `act`; a mistake in it draws the page with the form open."""
    path = f"/<number>/{rule}"
    if act is None:
        return bp.act(path, needs=P.TICKETS_OPEN, again=ticket_page)
    return bp.act(path, needs=P.TICKETS_OPEN, form=sent(act), again=ticket_page)


def back(message: str, number: str) -> Any:
    return done(message, ticket_page, number=number)


def seen_or_queue(message: str, number: str) -> Any:
    """Back to the ticket for whoever still sees it; else to the queue."""
    if queries.ticket_seen_by(me(), number):
        return back(message, number)
    return done(message, queue)


class warning:
    """A warning comes back with the form: pressed again, what was warned of is meant (TKT-024)."""

    def __init__(self, form: WriteForm | TellForm | PromiseForm) -> None:
        self.form = form

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, no: object, _trace: object) -> None:
        if isinstance(no, Warned):
            self.form.although.data = list(no.phrases)


def version_sent() -> int | None:
    """Of which version of the ticket the page was that sent this."""
    sent = request.form.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else None


def _sent_write(number: str) -> WriteForm:
    ticket = ticket_here(number)
    ways = _ways(ticket, TICKET.open_to(me(), ticket), queries.was_asked(me(), ticket.id))
    return WriteForm(ways=ways)


@bp.act("/<number>/insert", needs=P.TICKETS_OPEN, writes=False)
def insert(number: str) -> Any:
    """Put a snippet at the end of the reply, without JavaScript: nothing is sent, the page comes back with it."""
    form, asked = _sent_write(number), request.form.get("insert", "")
    if "reply" in dict(form.what.choices):  # what colleagues answer is no business of whoever only asks
        facts = story.Facts.of(journal.of("ticket", ticket_here(number).id))
        offered = (one for shelf in _snippets(facts).values() for one in shelf)
        snippet = next((one for one in offered if str(one.id) == asked), None)
        if snippet is not None:
            form.words.data = put_in(form.words.data or "", snippet.words)
    return ticket_page(number, form=form)


@bp.act(
    "/<number>/write", needs=P.TICKETS_OPEN, form=_sent_write, again=ticket_page,
    leads_to=lambda made, number: url_for(".ticket_page", number=number),
)  # fmt: skip
def write(number: str, form: WriteForm) -> Any:
    ticket, at, words, key = ticket_here(number), now(), form.words.data or "", form.once.data or ""
    channel = Channel(form.channel.data)
    match form.what.data:
        case "note":
            reach = actions.note(me(), ticket, words, with_files=form.files.ids, key=key, at=at)
            return back(" ".join((_("Noted for colleagues."), *map(str, reach.sentences()))), number)
        case "incoming":
            actions.write_down(me(), ticket, words, channel=channel, with_files=form.files.ids, key=key, at=at)
            return back(_("Written down."), number)
    with warning(form):
        actions.reply(
            me(), ticket, words, channel=channel, definite=bool(form.definite.data), solved_by=form.solved_by.data,
            although=form.although.data or (), with_files=form.files.ids, key=key, at=at,
        )  # fmt: skip
    return back(_("Reply kept."), number)


def _on_shelf(reader: Any, customer_id: int) -> list[Matter]:
    """A customer's tickets for their page."""
    return [
        Matter(one.number, one.title, f"/tickets/{one.number}", str(one.state.label), one.state.tone, one.received_at)
        for one in queries.tickets_of_customer(reader, customer_id)
    ]


dossier.register("tickets", dossier.Shelf(_l("Tickets"), _on_shelf))
