"""The queue, one form for everything that comes in, and the ticket with its story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal.customers import dossier
from portal.customers import queries as customers
from portal.customers.dossier import Matter
from portal.customers.rules import field_of
from portal.kernel import files, journal, once
from portal.kernel.clock import now, office_zone, today
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import printable, say, text_of
from portal.lists import queries as lists
from portal.lists.rules import put_in
from portal.lists.states import Use
from portal.organisation import queries as organisation
from portal.organisation.accounts import confirm_secret
from portal.policies.queries import ruling_notes
from portal.tickets import actions, complaints, listing, queries, rules, story
from portal.tickets.forms import (
    ActForm,
    AnswerForm,
    AskForm,
    CallBackForm,
    Choices,
    ComplainForm,
    ComplaintAnswerForm,
    ComplaintForm,
    ConcludeForm,
    ConductForm,
    CustomerAnswerForm,
    DecideForm,
    DeputyForm,
    EscalateForm,
    GiveUpForm,
    Groups,
    LearnForm,
    NewTicketForm,
    OfferForm,
    PromiseForm,
    RankForm,
    RefuseForm,
    ReopenForm,
    ResolveForm,
    SeriousForm,
    SignForm,
    TellForm,
    TriageForm,
    VoidForm,
    WaitForm,
    WriteForm,
)
from portal.tickets.listing import Asked
from portal.tickets.models import InternalComplaint, Ticket
from portal.tickets.queries import Desk, Whole
from portal.tickets.records import MOST_RECORDS, Quarter, RecordLine
from portal.tickets.rules import Warned
from portal.tickets.similar import similar
from portal.tickets.states import TICKET, BreachKind, Channel, Ground, Impact, Kind, Satisfaction, Urgency
from portal.web.navigation import Place
from portal.web.respond import done, download, page
from portal.web.routes import Feature
from portal.web.signed_in import me

bp = Feature("tickets", __name__, "/tickets")
PLACES = (Place(_l("Tickets"), "tickets.queue", "ticket", needs=P.TICKETS_OPEN, count=queries.waiting_for, rank=10),)


# ── The queue ──


def asked_of_queue() -> Asked:
    """What the address asks of the queue; 400 for an address that the queue does not know."""
    try:
        return listing.read(request.args, lists.kind_names(), today().year)
    except ValueError:
        abort(400)


@bp.page("", needs=P.TICKETS_OPEN)
def queue() -> Response:
    reader, asked = me(), asked_of_queue()
    rows = queries.queue(reader, asked.wanted, after=asked.after)
    desks = queries.desks(today()) if reader.may(P.TICKETS_READ) else []
    return page(
        "tickets/queue.html",
        blocks={"ticket_list"},
        asked=asked,
        slice=rows,
        lines=listing.lines(rows.rows, now(), asked.kinds),
        tabs=listing.tabs(reader, asked),
        selects=listing.selects(reader, asked, desks),
        reads=reader.may(P.TICKETS_READ),
        imports=reader.may(P.TICKETS_IMPORT),
        exports=reader.may(P.TICKETS_EXPORT),
    )


# ── Coming in ──


def _new_form(**more: Any) -> NewTicketForm:
    """The form with what it can offer to whoever fills it in, whoever was found among them."""
    sent = more.get("formdata", request.form or None) or {}
    found = customers.find_caller(me(), printable(sent.get("search", "")))
    form = NewTicketForm(
        kinds=[(one.code, text_of(one.texts)) for one in lists.kinds()],
        types=_routing(),
        colleagues=_colleagues(),
        found=[(one.number, " · ".join(filter(None, (one.name, one.company, one.telephone)))) for one in found],
        **more,
    )
    if found and not sent.get("who"):
        form.who.data = found[0].number
    return form


@bp.page("/new", needs=P.TICKETS_OPEN)
def new_ticket(form: NewTicketForm | None = None) -> Response:
    if form is None:
        asked = {key: request.args[key] for key in ("search", "kind", "channel", "customer") if request.args.get(key)}
        asked["search"] = asked.pop("customer", asked.get("search", ""))
        asked |= _of_visit(_id(request.args.get("visit")))
        form = _new_form(formdata=MultiDict(asked) if any(asked.values()) else None)
    sought = form.search.data or ""
    return page(
        "tickets/new.html",
        blocks={"callers", "similar_tickets"},
        form=form,
        searches=me().may(P.CUSTOMERS_READ),
        place=field_of(sought) if sought and form.who.choices[0][0] == "new" else "",
        hits=similar(me(), form.title.data) if form.title.data else (),
    )


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


@bp.page("/new/similar", needs=P.TICKETS_OPEN, quiet=True)
def similar_tickets() -> Response:
    """What is known already that says much the same, while somebody types."""
    words = printable(request.args.get("title", ""))
    return page(
        "tickets/similar.html", blocks={"similar_tickets"}, words=words, hits=similar(me(), words) if words else ()
    )


@bp.act("/new", needs=P.TICKETS_OPEN, form=_new_form, again=new_ticket)
def open_ticket(form: NewTicketForm) -> Any:
    try:
        ticket = _opened(form)
    except OutOfDate:
        if made := once.made_by(form.once.data or "", me().id):
            return redirect(url_for("tickets.ticket_page", number=made), 303)
        raise
    return done(_("%(number)s is opened.", number=ticket.number), ticket_page, number=ticket.number)


def _opened(form: NewTicketForm) -> Ticket:
    who, received = form.who.data, form.received_at.data
    customer = customers.customer_with(me(), who) if who not in ("new", "colleague", "anonymous") else None
    opens: Any = actions.open_ticket
    if form.kind.data == Kind.COMPLAINT:
        opens = partial(complaints.take_down, cause=form.cause.data or "", wanted=form.wanted.data or "")
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
        requester=_colleague(form.colleague.data) if who == "colleague" else None,
        anonymous=who == "anonymous",
        contact=(form.contact.data or "") if who == "anonymous" else "",
        about=_colleague(form.about.data) if form.about.data else None,
        received_at=received.replace(tzinfo=office_zone()) if received else None,
        visit=customers.visit_with(me(), form.visit.data) if form.visit.data else None,
        with_files=form.files.ids,
        key=form.once.data or "",
        at=now(),
    )


def _caller(form: NewTicketForm) -> actions.Caller:
    if not (form.name.data or "").strip():
        raise Refused(say("Write down the name, or say that they do not want to give it."), field="name")
    return actions.Caller(
        form.name.data or "", form.telephone.data or "", form.mail.data or "", form.company.data or ""
    )


# ── One ticket ──


def _whole(number: str) -> Whole:
    return queries.whole_ticket(me(), number) or abort(404)


def _ticket(number: str) -> Ticket:
    return queries.ticket_seen_by(me(), number) or abort(404)


@bp.page("/<number>", needs=P.TICKETS_OPEN)
def ticket_page(number: str, form: ActForm | None = None) -> Response:
    """The story on the left; state, next step, clocks and people on the right.

    `?act=…` opens the form of one act. A form that came back with a mistake is shown instead of a fresh one.
    """
    whole = _whole(number)
    ticket, reader, at = whole.ticket, me(), now()
    facts = story.Facts.of(journal.of("ticket", ticket.id))
    inside, verbs = whole.inside, TICKET.open_to(reader, ticket)
    signs = _to_sign(ticket, facts)
    decides = facts.reported_to is not None and actions.decides(reader, facts.reported_to.to_id)
    turn = story.turn(ticket, verbs, reader, facts, complaint=whole.complaint, decides=decides, signs=bool(signs))
    act = _act_of(form) or request.args.get("act") or turn.main
    if act not in (turn.main, *turn.others):
        act = turn.main
    shown = _shown_form(act, form, whole) if act else None
    write = form if isinstance(form, WriteForm) else _write_form(ticket, verbs, reader.id in facts.asked)
    clocks = story.clocks(whole.clocks, at, inside=inside)
    clauses = facts.clauses | {one.because for one in clocks if one.because}
    notes = ruling_notes(clauses) if clauses else {}
    letters = queries.entries(ticket.id, inside=inside)
    attached = files.of("ticket", ticket.id) if facts.with_files else ()
    return page(
        "tickets/ticket.html",
        blocks={"ticket_story"},
        whole=whole,
        ticket=ticket,
        inside=inside,
        items=story.told(ticket, letters, facts, notes, attached, inside=inside),
        chain=story.chain(ticket, facts) if inside else [],
        clocks=clocks,
        promises=write is not None and "promise" in verbs and ticket.promised_on is None,
        notes=notes,
        turn=turn,
        act=act,
        labels=_LABELS,
        form=shown,
        write=write,
        stray=form if form not in (shown, write) else None,
        snippets=lists.snippets(today()) if write and "reply" in verbs and "act" not in request.args else {},
        complaint=whole.complaint if inside else None,
        grounds=[Ground(one).label for one in whole.complaint.grounds] if whole.complaint else [],
        follows=reader.id in facts.followed_by,
        tries=facts.tries,
        told=facts,
        card=customers.card(whole.customer, reader, works_for_them=inside) if whole.customer else None,
        department=text_of(organisation.departments()[ticket.department_id].names),
        complains=reader.id in (ticket.accountable_id, ticket.deputy_id),
    )


_LABELS: dict[str, Any] = {
    "accept": _l("Accept"),
    "refuse": _l("Do not accept"),
    "answer": _l("Answer the question"),
    "triage": _l("Sort"),
    "take": _l("Take it up"),
    "offer": _l("Hand over"),
    "resume": _l("Go on"),
    "resolve": _l("Solved"),
    "ask": _l("Ask a colleague"),
    "wait": _l("Wait for the customer"),
    "promise": _l("Promise a date"),
    "send": _l("Somebody has to come"),
    "arrive": _l("Arrived"),
    "tell": _l("Tell the customer"),
    "customer-answer": _l("Write down the answer"),
    "not-reached": _l("Not reached this time"),
    "call-back": _l("Record the call back"),
    "close": _l("Close"),
    "complaint-form": _l("Complaint form"),
    "conclude": _l("Conclude"),
    "sign": _l("Sign"),
    "learn": _l("Cause and lesson"),
    "escalate": _l("Report to the next level"),
    "decide": _l("Decide"),
    "reopen": _l("Reopen"),
    "give-up": _l("Close as not satisfiable"),
    "rank": _l("Change the rank"),
    "serious": _l("Mark as serious"),
    "report": _l("Report upward"),
    "deputy": _l("Name a deputy"),
    "conduct": _l("Note conduct"),
    "complain": _l("Complain inside"),
    "void": _l("Void"),
}
"""What stands on the button of each act."""


def _write_form(ticket: Ticket, verbs: frozenset[str], asked: bool) -> WriteForm | None:
    """The reply box of whoever may write something here, or None."""
    ways = _ways(ticket, verbs, asked)
    return WriteForm(formdata=None, ways=ways, channel=ticket.channel) if ways else None


def _ways(ticket: Ticket, verbs: frozenset[str], asked: bool) -> Choices:
    own = ticket.requester_id == me().id and "reply" not in verbs
    found = [
        ("reply", _("Reply")) if "reply" in verbs else None,
        ("note", _("Inside note")) if "note" in verbs or (asked and ticket.ended_at is None) else None,
        ("incoming", _("Add something") if own else _("What the customer said")) if "write down" in verbs else None,
    ]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class _Act:
    """How the form of an act is made, with what it offers."""

    form: type[ActForm]
    offers: Callable[[Whole], dict[str, Any]] = lambda _whole: {}
    starts: Callable[[Whole], dict[str, Any]] = lambda _whole: {}


def _made(act: str, whole: Whole, *, fresh: bool) -> ActForm:
    """The form of an act; `fresh`: empty, whatever was sent."""
    known = _ACTS[act]
    more: dict[str, Any] = {"formdata": None, **known.starts(whole)} if fresh else {}
    return known.form(**known.offers(whole), **more)


def _sent(act: str) -> Callable[..., ActForm]:
    """For a route: the form of an act as it was sent, with the choices it may have for this ticket."""

    def make(number: str, **_rest: Any) -> ActForm:
        return _made(act, _whole(number), fresh=False)

    return make


def _shown_form(act: str, form: ActForm | None, whole: Whole) -> ActForm | None:
    if form is not None and _act_of(form) == act:
        return form
    return _made(act, whole, fresh=True) if act in _ACTS else None


def _act_of(form: ActForm | None) -> str | None:
    return next((act for act, known in _ACTS.items() if type(form) is known.form), None)


def _routing() -> Groups:
    """Types of matters, each with the department in charge of it, grouped by the kind that they belong to."""
    names = {one.code: text_of(one.texts) for one in lists.kinds()}
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in lists.routing_types():
        where = f" → {text_of(one.department.names)}" if one.department else ""
        groups.setdefault(names.get(one.kind or "", _("any kind")), []).append((one.code, text_of(one.texts) + where))
    return dict(groups)


def _colleagues() -> Choices:
    departments = organisation.departments()
    return [
        (str(one.id), f"{one.name} · {text_of(departments[one.department_id].names)}")
        for one in queries.colleagues(today())
    ]


def _desks() -> Groups:
    """Departments that take tickets, each with its people: `7` is the department, `7:12` one person there."""
    return {text_of(desk.department.names): _of_desk(desk) for desk in queries.desks(today())}


def _of_desk(desk: Desk) -> Choices:
    name, own = text_of(desk.department.names), desk.department.id
    return [
        (str(own), _("%(department)s: whoever has time", department=name)),
        *((f"{own}:{person_id}", person) for person_id, person in desk.people),
    ]


def _rank_of(whole: Whole) -> dict[str, Any]:
    return {"impact": whole.ticket.impact, "urgency": whole.ticket.urgency}


def _units() -> Choices:
    return [(str(one.id), text_of(one.names)) for one in organisation.departments().values()]


def _form_of(whole: Whole) -> dict[str, Any]:
    """The complaint form as it stands."""
    known = whole.complaint
    if known is None:
        return {}
    amount = Decimal(known.amount) / 100 if known.amount is not None else None
    return {
        "cause": known.cause, "wanted": known.wanted, "grounds": known.grounds, "amount": amount,
        "product": known.product,
    }  # fmt: skip


def _to_sign(ticket: Ticket, facts: story.Facts) -> list[tuple[str, str]]:
    """The departments that have not signed and for which the reader may."""
    return [
        (str(one), name) for one, name in facts.concerned.items()
        if one not in facts.signed and complaints.may_sign(me(), ticket, one)
    ]  # fmt: skip


def _signs(whole: Whole) -> Choices:
    return _to_sign(whole.ticket, story.Facts.of(journal.of("ticket", whole.ticket.id)))


_ACTS: dict[str, _Act] = {
    "refuse": _Act(RefuseForm),
    "answer": _Act(AnswerForm),
    "triage": _Act(
        TriageForm,
        lambda _whole: {"kinds": [(one.code, text_of(one.texts)) for one in lists.kinds()], "types": _routing()},
        lambda whole: {"kind": whole.ticket.kind, "routing": whole.ticket.routing, **_rank_of(whole)},
    ),
    "offer": _Act(OfferForm, lambda _whole: {"desks": _desks()}, lambda whole: {"to": str(whole.responsible_id or "")}),
    "resolve": _Act(ResolveForm),
    "ask": _Act(AskForm, lambda _whole: {"colleagues": _colleagues()}, lambda whole: {"channel": whole.ticket.channel}),
    "wait": _Act(WaitForm),
    "promise": _Act(PromiseForm, starts=lambda whole: {"channel": whole.ticket.channel}),
    "tell": _Act(TellForm, starts=lambda whole: {"channel": whole.ticket.channel}),
    "customer-answer": _Act(
        CustomerAnswerForm,
        lambda whole: {"calls_back": me().id in (whole.ticket.accountable_id, whole.ticket.deputy_id)},
    ),
    "call-back": _Act(CallBackForm),
    "complaint-form": _Act(ComplaintForm, lambda _whole: {"units": _units()}, lambda whole: _form_of(whole)),
    "conclude": _Act(ConcludeForm),
    "sign": _Act(SignForm, lambda whole: {"units": _signs(whole)}),
    "learn": _Act(LearnForm),
    "escalate": _Act(EscalateForm),
    "decide": _Act(DecideForm),
    "reopen": _Act(ReopenForm),
    "give-up": _Act(GiveUpForm),
    "rank": _Act(RankForm, starts=_rank_of),
    "serious": _Act(SeriousForm),
    "deputy": _Act(DeputyForm, lambda _whole: {"colleagues": _colleagues()}, lambda _whole: {"from_on": today()}),
    "conduct": _Act(ConductForm),
    "complain": _Act(ComplainForm, lambda _whole: {"desks": _desks()}),
    "void": _Act(VoidForm),
}


def _act(rule: str, act: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A POST route of one ticket, with the form of `act`; a mistake in it draws the page with the form open."""
    path = f"/<number>/{rule}"
    if act is None:
        return bp.act(path, needs=P.TICKETS_OPEN)
    return bp.act(path, needs=P.TICKETS_OPEN, form=_sent(act), again=ticket_page)


def _back(message: str, number: str) -> Any:
    return done(message, ticket_page, number=number)


def _version() -> int | None:
    """Of which version of the ticket the page was that sent this."""
    sent = request.form.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else None


def _sent_write(number: str) -> WriteForm:
    ticket = _ticket(number)
    ways = _ways(ticket, TICKET.open_to(me(), ticket), queries.was_asked(me(), ticket.id))
    return WriteForm(ways=ways)


@bp.act("/<number>/insert", needs=P.TICKETS_OPEN, writes=False)
def insert(number: str) -> Any:
    """Put a snippet at the end of the reply, without JavaScript: nothing is sent, the page comes back with it."""
    form, asked = _sent_write(number), request.form.get("insert", "")
    snippet = next((one for one in lists.phrases(Use.SNIPPET, on=today()) if str(one.id) == asked), None)
    if snippet is not None:
        form.words.data = put_in(form.words.data or "", snippet.words)
    return ticket_page(number, form=form)


@bp.act("/<number>/write", needs=P.TICKETS_OPEN, form=_sent_write, again=ticket_page)
def write(number: str, form: WriteForm) -> Any:
    ticket, at, words, channel = _ticket(number), now(), form.words.data or "", Channel(form.channel.data)
    match form.what.data:
        case "note":
            actions.note(me(), ticket, words, with_files=form.files.ids, at=at)
            return _back(_("Noted for colleagues."), number)
        case "incoming":
            actions.write_down(me(), ticket, words, channel=channel, with_files=form.files.ids, at=at)
            return _back(_("Written down."), number)
    with _warning(form):
        actions.reply(
            me(), ticket, words, channel=channel, definite=bool(form.definite.data), solved_by=form.solved_by.data,
            although=form.although.data or (), with_files=form.files.ids, at=at,
        )  # fmt: skip
    return _back(_("Reply kept."), number)


class _warning:
    """A warning comes back with the form: pressed again, what was warned of is meant (TKT-024)."""

    def __init__(self, form: WriteForm | TellForm | PromiseForm) -> None:
        self.form = form

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, no: object, _trace: object) -> None:
        if isinstance(no, Warned):
            self.form.although.data = list(no.phrases)


@_act("triage", "triage")
def triage(number: str, form: TriageForm) -> Any:
    actions.triage(
        me(), _ticket(number), kind=form.kind.data, routing=form.routing.data or "", impact=Impact(form.impact.data),
        urgency=Urgency(form.urgency.data), at=now(),
    )  # fmt: skip
    return _back(_("Sorted."), number)


@_act("rank", "rank")
def rank(number: str, form: RankForm) -> Any:
    actions.rank(
        me(), _ticket(number), impact=Impact(form.impact.data), urgency=Urgency(form.urgency.data),
        reason=form.reason.data or "", version=_version(), at=now(),
    )  # fmt: skip
    return _back(_("Ranked anew."), number)


@_act("take")
def take(number: str) -> Any:
    actions.take(me(), _ticket(number), at=now())
    return _back(_("It is yours now."), number)


@_act("offer", "offer")
def offer(number: str, form: OfferForm) -> Any:
    department_id, _colon, person_id = (form.to.data or "").partition(":")
    department = queries.department(_id(department_id)) or abort(404)
    person = _colleague(person_id) if person_id else None
    actions.offer(me(), _ticket(number), department, person, note=form.note.data or "", version=_version(), at=now())
    return _back(_("Offered. It counts when it is accepted."), number)


@_act("accept")
def accept(number: str) -> Any:
    actions.accept(me(), _ticket(number), at=now())
    return _back(_("Accepted. It is yours now."), number)


@_act("refuse", "refuse")
def refuse(number: str, form: RefuseForm) -> Any:
    ticket = _ticket(number)
    actions.refuse_offer(me(), ticket, form.reason.data or "", at=now())
    return _seen_or_queue(_("Not accepted; whoever offered it looks further."), number)


@_act("resume")
def resume(number: str) -> Any:
    actions.resume(me(), _ticket(number), at=now())
    return _back(_("Work goes on."), number)


@_act("ask", "ask")
def ask(number: str, form: AskForm) -> Any:
    actions.ask_inside(
        me(), _ticket(number), _colleague(form.person.data), form.question.data or "", told=form.told.data or "",
        channel=Channel(form.channel.data), at=now(),
    )  # fmt: skip
    return _back(_("Asked."), number)


@_act("answer", "answer")
def answer(number: str, form: AnswerForm) -> Any:
    ticket = _ticket(number)
    question = queries.question_for(me(), ticket.id) or abort(404)
    actions.answer_inside(me(), ticket, question, form.answer.data or "", at=now())
    return _back(_("Answered."), number)


@_act("wait", "wait")
def wait(number: str, form: WaitForm) -> Any:
    actions.wait_for_customer(me(), _ticket(number), form.reason.data or "", at=now())
    return _back(_("The clock stands still."), number)


@_act("promise", "promise")
def promise(number: str, form: PromiseForm) -> Any:
    with _warning(form):
        actions.reply(
            me(), _ticket(number), form.words.data or "", channel=Channel(form.channel.data),
            solved_by=form.solved_by.data, although=form.although.data or (), at=now(),
        )  # fmt: skip
    return _back(_("Promised, and the customer is told."), number)


@_act("send")
def send(number: str) -> Any:
    actions.send_somebody(me(), _ticket(number), at=now())
    return _back(_("Somebody has to come. The clock runs since the request."), number)


@_act("arrive")
def arrive(number: str) -> Any:
    actions.arrive(me(), _ticket(number), at=now())
    return _back(_("Your arrival is written down."), number)


@_act("resolve", "resolve")
def resolve(number: str, form: ResolveForm) -> Any:
    actions.resolve(me(), _ticket(number), form.words.data or "", at=now())
    return _back(_("Solved. Now tell the customer."), number)


@_act("tell", "tell")
def tell(number: str, form: TellForm) -> Any:
    with _warning(form):
        actions.tell_customer(
            me(), _ticket(number), form.words.data or "", channel=Channel(form.channel.data),
            although=form.although.data or (), at=now(),
        )  # fmt: skip
    return _back(_("The customer is told and asked."), number)


@_act("not-reached")
def not_reached(number: str) -> Any:
    actions.not_reached(me(), _ticket(number), at=now())
    return _back(_("One more try is written down."), number)


@_act("customer-answer", "customer-answer")
def customer_answer(number: str, form: CustomerAnswerForm) -> Any:
    opinion = form.opinion.data or "" if "opinion" in form else None
    actions.customer_answer(
        me(), _ticket(number), Satisfaction(form.answer.data), wishes=form.wishes.data or "", opinion=opinion, at=now()
    )
    return _back(_("The customer’s answer is written down."), number)


@_act("call-back", "call-back")
def call_back(number: str, form: CallBackForm) -> Any:
    actions.record_call_back(
        me(), _ticket(number), reached=form.reached.data == "yes", opinion=form.opinion.data or "", at=now()
    )
    return _back(_("The call back is written down."), number)


@_act("close")
def close(number: str) -> Any:
    actions.close(me(), _ticket(number), at=now())
    return _back(_("Closed."), number)


@_act("complaint-form", "complaint-form")
def complaint_form(number: str, form: ComplaintForm) -> Any:
    chosen = [queries.department(_id(one)) or abort(404) for one in form.departments.data or ()]
    complaints.fill_form(
        me(), _ticket(number), cause=form.cause.data or "", wanted=form.wanted.data or "",
        grounds=[Ground(one) for one in form.grounds.data or ()],
        amount=int(form.amount.data * 100) if form.amount.data is not None else None,
        product=form.product.data or "", departments=chosen, at=now(),
    )  # fmt: skip
    return _back(_("The complaint form is filled in."), number)


@_act("conclude", "conclude")
def conclude(number: str, form: ConcludeForm) -> Any:
    complaints.conclude(
        me(), _ticket(number), upheld=form.upheld.data == "yes", evidence=form.evidence.data or "",
        conclusion=form.conclusion.data or "", at=now(),
    )  # fmt: skip
    return _back(_("Concluded. Each department concerned signs now."), number)


@bp.act("/<number>/sign", needs=P.TICKETS_OPEN, form=_sent("sign"), again=ticket_page, writes=False)
def sign(number: str, form: SignForm) -> Any:
    """The secret is proved before the act begins: a slow hash holds no transaction."""
    department = queries.department(_id(form.department.data)) or abort(404)
    _ticket(number)
    proved = confirm_secret(me(), form.secret.data or "", address=request.remote_addr or "", at=now())
    complaints.sign_part(me(), _ticket(number), department, proved, at=now())
    return _back(_("Signed."), number)


@_act("learn", "learn")
def learn(number: str, form: LearnForm) -> Any:
    complaints.learn(me(), _ticket(number), cause=form.cause.data or "", lesson=form.lesson.data or "", at=now())
    return _back(_("Cause and lesson are written down."), number)


@_act("escalate", "escalate")
def escalate(number: str, form: EscalateForm) -> Any:
    made = actions.escalate(me(), _ticket(number), form.reason.data or "", at=now())
    return _back(_("Reported to %(name)s.", name=made.to_name), number)


@_act("decide", "decide")
def decide(number: str, form: DecideForm) -> Any:
    actions.decide_above(me(), _ticket(number), form.decision.data or "", at=now())
    return _back(_("Your decision is written down."), number)


@_act("reopen", "reopen")
def reopen(number: str, form: ReopenForm) -> Any:
    actions.reopen(me(), _ticket(number), form.reason.data or "", at=now())
    return _back(_("Reopened."), number)


@_act("give-up", "give-up")
def give_up(number: str, form: GiveUpForm) -> Any:
    actions.close_as_not_satisfiable(me(), _ticket(number), form.reasons.data or "", at=now())
    return _back(_("Closed. It counts as dissatisfied."), number)


@_act("void", "void")
def void(number: str, form: VoidForm) -> Any:
    actions.void(me(), _ticket(number), form.reason.data or "", at=now())
    return _seen_or_queue(_("%(number)s is voided.", number=number), number)


@_act("serious", "serious")
def serious(number: str, form: SeriousForm) -> Any:
    actions.flag_serious(me(), _ticket(number), form.words.data or "", at=now())
    return _back(_("Marked as serious. Report it upward now."), number)


@_act("report")
def report(number: str) -> Any:
    ticket = _ticket(number)
    actions.report_serious(me(), ticket, at=now())
    return _back(_("Reported to %(name)s.", name=ticket.reported_to_name), number)


@_act("deputy", "deputy")
def deputy(number: str, form: DeputyForm) -> Any:
    actions.name_deputy(
        me(), _ticket(number), _colleague(form.person.data), form.reason.data or "",
        from_on=form.from_on.data or today(), at=now(),
    )  # fmt: skip
    return _back(_("The deputy is named."), number)


@_act("conduct", "conduct")
def conduct(number: str, form: ConductForm) -> Any:
    actions.note_conduct(me(), _ticket(number), BreachKind(form.kind.data), form.words.data or "", at=now())
    return _back(_("Noted."), number)


@_act("complain", "complain")
def complain(number: str, form: ComplainForm) -> Any:
    department_id, _colon, person_id = (form.about.data or "").partition(":")
    department = queries.department(_id(department_id)) or abort(404)
    complaint = actions.complain_inside(
        me(), _ticket(number), department, _colleague(person_id) if person_id else None, form.words.data or "", at=now()
    )
    return _back(_("%(name)s will read it. Nobody else sees it.", name=complaint.manager_name), number)


@_act("follow")
def follow(number: str) -> Any:
    actions.follow(me(), _ticket(number), follows=request.form.get("follows") != "no", at=now())
    return _back(_("On your list."), number)


# ── Consultation records ──


@bp.page("/records", needs=P.TICKETS_READ)
def record_list() -> Response:
    quarter, after = _quarter(), _after_record()
    rows = queries.consultation_records(me(), *quarter.between(office_zone()), after=after)
    return page(
        "tickets/records.html",
        blocks={"record_list"},
        slice=rows,
        lines=_record_lines(rows.rows),
        quarter=quarter,
        quarters=Quarter.of(today()).back(8),
        started=after is not None,
    )


@bp.page("/records.csv", needs=P.TICKETS_READ)
def record_table() -> Response:
    """The records of a quarter for its summary: every one that the page would show."""
    quarter = _quarter()
    rows = queries.consultation_records(me(), *quarter.between(office_zone()), size=MOST_RECORDS).rows
    head = (_("When"), _("Ticket"), _("Customer"), _("About"), _("Question"), _("Answer"), _("By"))
    lines = ((one.at, one.number, one.who, one.about, one.question, one.answer, one.by) for one in _record_lines(rows))
    return download(f"consultations-{quarter}.csv", csv_file(head, lines))


def _record_lines(rows: Sequence[Any]) -> list[RecordLine]:
    types = {one.code: text_of(one.texts) for one in lists.routing_types(active_only=False)}
    return [
        RecordLine(
            one.at, one.number, one.caller_name or _("Gave no name"), types.get(one.routing, ""), one.title, one.body,
            one.author_name,
        )
        for one in rows
    ]  # fmt: skip


def _quarter() -> Quarter:
    asked = request.args.get("quarter")
    try:
        return Quarter.read(asked) if asked else Quarter.of(today())
    except ValueError:
        abort(400)


def _after_record() -> After | None:
    try:
        return After.read(request.args.get("after"), datetime, int)
    except ValueError:
        abort(400)


# ── Chats ──


@bp.page("/chats", needs=P.TICKETS_READ)
def chat_list() -> Response:
    """Of the answers in chats of a quarter: the share that came in time, and each that did not (TKT-034)."""
    quarter = _quarter()
    found = queries.chat_answers(me(), *quarter.between(office_zone()))
    clauses = {one.because for one in found.late if one.because}
    return page(
        "tickets/chats.html",
        blocks={"chat_list"},
        found=found,
        share=rules.share_within(found.in_time, found.due),
        notes=ruling_notes(clauses) if clauses else {},
        quarter=quarter,
        quarters=Quarter.of(today()).back(8),
    )


# ── Internal complaints ──


@bp.page("/complaints", needs=P.TICKETS_OPEN)
def inside_complaints() -> Response:
    return page("tickets/complaints.html", complaints=queries.complaints_seen_by(me()))


def _complaint(complaint_id: int) -> InternalComplaint:
    return queries.complaint_seen_by(me(), complaint_id) or abort(404)


@bp.page("/complaints/<int:complaint_id>", needs=P.TICKETS_OPEN)
def complaint_page(complaint_id: int, form: ComplaintAnswerForm | None = None) -> Response:
    complaint = _complaint(complaint_id)
    decides = complaint.manager_id == me().id and complaint.answered_at is None
    return page(
        "tickets/complaint.html",
        complaint=complaint,
        form=(form or ComplaintAnswerForm(formdata=None)) if decides else None,
        seen=queries.ticket_seen_by(me(), complaint.ticket.number) is not None,
        department=text_of(complaint.about_department.names),
    )


@bp.act(
    "/complaints/<int:complaint_id>/answer", needs=P.TICKETS_OPEN, form=lambda complaint_id: ComplaintAnswerForm(),
    again=complaint_page,
)  # fmt: skip
def answer_complaint(complaint_id: int, form: ComplaintAnswerForm) -> Any:
    actions.answer_complaint(me(), _complaint(complaint_id), form.words.data or "", at=now())
    return done(_("Answered."), complaint_page, complaint_id=complaint_id)


# ── Within ──


def _seen_or_queue(message: str, number: str) -> Any:
    """Back to the ticket for whoever still sees it; else to the queue."""
    if queries.ticket_seen_by(me(), number):
        return _back(message, number)
    return done(message, queue)


def _id(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _colleague(person_id: str | None) -> Any:
    found = queries.colleague(_id(person_id))
    if found is None:
        raise Refused(say("Choose a colleague from the list."))
    return found


def _on_shelf(reader: Any, customer_id: int) -> list[Matter]:
    """A customer's tickets for their page."""
    return [
        Matter(one.number, one.title, f"/tickets/{one.number}", str(one.state.label), one.state.tone, one.received_at)
        for one in queries.tickets_of_customer(reader, customer_id)
    ]


dossier.register("tickets", dossier.Shelf(_l("Tickets"), _on_shelf))
