"""What people do on the page of a ticket."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.tickets import actions, queries
from portal.tickets.choices import chosen_colleague, chosen_desk
from portal.tickets.forms import (
    AnswerForm,
    AskForm,
    CallBackForm,
    ConductForm,
    CustomerAnswerForm,
    DecideForm,
    DeputyForm,
    EscalateForm,
    GiveUpForm,
    OfferForm,
    PromiseForm,
    RankForm,
    RefuseForm,
    ReopenForm,
    ResolveForm,
    SeriousForm,
    TellForm,
    TriageForm,
    VoidForm,
    WaitForm,
)
from portal.tickets.states import BreachKind, Channel, Impact, Satisfaction, Urgency
from portal.tickets.views import act_on, back, seen_or_queue, ticket_here, version_sent, warning
from portal.web.meanwhile import seen_sent
from portal.web.signed_in import me


@act_on("triage", "triage")
def triage(number: str, form: TriageForm) -> Any:
    actions.triage(
        me(), ticket_here(number), kind=form.kind.data, routing=form.routing.data or "",
        impact=Impact(form.impact.data), urgency=Urgency(form.urgency.data), at=now(),
    )  # fmt: skip
    return back(_("Sorted."), number)


@act_on("rank", "rank")
def rank(number: str, form: RankForm) -> Any:
    actions.rank(
        me(), ticket_here(number), impact=Impact(form.impact.data), urgency=Urgency(form.urgency.data),
        reason=form.reason.data or "", version=version_sent(), at=now(),
    )  # fmt: skip
    return back(_("Ranked anew."), number)


@act_on("take")
def take(number: str) -> Any:
    actions.take(me(), ticket_here(number), at=now())
    return back(_("It is yours now."), number)


@act_on("offer", "offer")
def offer(number: str, form: OfferForm) -> Any:
    department, person = chosen_desk(form.to.data)
    actions.offer(
        me(), ticket_here(number), department, person, note=form.note.data or "", version=version_sent(), at=now()
    )
    return back(_("Offered. It counts when it is accepted."), number)


@act_on("accept")
def accept(number: str) -> Any:
    actions.accept(me(), ticket_here(number), at=now())
    return back(_("Accepted. It is yours now."), number)


@act_on("refuse", "refuse")
def refuse(number: str, form: RefuseForm) -> Any:
    ticket = ticket_here(number)
    actions.refuse_offer(me(), ticket, form.reason.data or "", at=now())
    return seen_or_queue(_("Not accepted; whoever offered it looks further."), number)


@act_on("resume")
def resume(number: str) -> Any:
    actions.resume(me(), ticket_here(number), at=now())
    return back(_("Work goes on."), number)


@act_on("ask", "ask")
def ask(number: str, form: AskForm) -> Any:
    actions.ask_inside(
        me(), ticket_here(number), chosen_colleague(form.person.data), form.question.data or "",
        told=form.told.data or "", channel=Channel(form.channel.data), at=now(),
    )  # fmt: skip
    return back(_("Asked."), number)


@act_on("answer", "answer")
def answer(number: str, form: AnswerForm) -> Any:
    ticket = ticket_here(number)
    question = queries.question_for(me(), ticket.id) or abort(404)
    actions.answer_inside(me(), ticket, question, form.answer.data or "", at=now())
    return back(_("Answered."), number)


@act_on("wait", "wait")
def wait(number: str, form: WaitForm) -> Any:
    actions.wait_for_customer(me(), ticket_here(number), form.reason.data or "", at=now())
    return back(_("The clock stands still."), number)


@act_on("promise", "promise")
def promise(number: str, form: PromiseForm) -> Any:
    with warning(form):
        actions.reply(
            me(), ticket_here(number), form.words.data or "", channel=Channel(form.channel.data),
            solved_by=form.solved_by.data, although=form.although.data or (), at=now(),
        )  # fmt: skip
    return back(_("Promised, and the customer is told."), number)


@act_on("send")
def send(number: str) -> Any:
    actions.send_somebody(me(), ticket_here(number), at=now())
    return back(_("Somebody has to come. The clock runs since the request."), number)


@act_on("arrive")
def arrive(number: str) -> Any:
    actions.arrive(me(), ticket_here(number), at=now())
    return back(_("Your arrival is written down."), number)


@act_on("resolve", "resolve")
def resolve(number: str, form: ResolveForm) -> Any:
    actions.resolve(me(), ticket_here(number), form.words.data or "", at=now())
    return back(_("Solved. Now tell the customer."), number)


@act_on("tell", "tell")
def tell(number: str, form: TellForm) -> Any:
    with warning(form):
        actions.tell_customer(
            me(), ticket_here(number), form.words.data or "", channel=Channel(form.channel.data),
            although=form.although.data or (), at=now(),
        )  # fmt: skip
    return back(_("The customer is told and asked."), number)


@act_on("not-reached")
def not_reached(number: str) -> Any:
    actions.not_reached(me(), ticket_here(number), at=now())
    return back(_("One more try is written down."), number)


@act_on("customer-answer", "customer-answer")
def customer_answer(number: str, form: CustomerAnswerForm) -> Any:
    opinion = form.opinion.data or "" if "opinion" in form else None
    actions.customer_answer(
        me(),
        ticket_here(number),
        Satisfaction(form.answer.data),
        wishes=form.wishes.data or "",
        opinion=opinion,
        at=now(),
    )
    return back(_("The customer’s answer is written down."), number)


@act_on("call-back", "call-back")
def call_back(number: str, form: CallBackForm) -> Any:
    actions.record_call_back(
        me(), ticket_here(number), reached=form.reached.data == "yes", opinion=form.opinion.data or "", at=now()
    )
    return back(_("The call back is written down."), number)


@act_on("close")
def close(number: str) -> Any:
    actions.close(me(), ticket_here(number), at=now())
    return back(_("Closed."), number)


@act_on("escalate", "escalate")
def escalate(number: str, form: EscalateForm) -> Any:
    made = actions.escalate(me(), ticket_here(number), form.reason.data or "", at=now())
    return back(_("Reported to %(name)s.", name=made.to_name), number)


@act_on("decide", "decide")
def decide(number: str, form: DecideForm) -> Any:
    actions.decide_above(me(), ticket_here(number), form.decision.data or "", at=now())
    return back(_("Your decision is written down."), number)


@act_on("reopen", "reopen")
def reopen(number: str, form: ReopenForm) -> Any:
    actions.reopen(me(), ticket_here(number), form.reason.data or "", at=now())
    return back(_("Reopened."), number)


@act_on("give-up", "give-up")
def give_up(number: str, form: GiveUpForm) -> Any:
    actions.close_as_not_satisfiable(me(), ticket_here(number), form.reasons.data or "", at=now())
    return back(_("Closed. It counts as dissatisfied."), number)


@act_on("void", "void")
def void(number: str, form: VoidForm) -> Any:
    actions.void(me(), ticket_here(number), form.reason.data or "", at=now())
    return seen_or_queue(_("%(number)s is voided.", number=number), number)


@act_on("serious", "serious")
def serious(number: str, form: SeriousForm) -> Any:
    actions.flag_serious(me(), ticket_here(number), form.words.data or "", at=now())
    return back(_("Marked as serious. Report it upward now."), number)


@act_on("report")
def report(number: str) -> Any:
    ticket = ticket_here(number)
    actions.report_serious(me(), ticket, at=now())
    return back(_("Reported to %(name)s.", name=ticket.reported_to_name), number)


@act_on("deputy", "deputy")
def deputy(number: str, form: DeputyForm) -> Any:
    actions.name_deputy(
        me(), ticket_here(number), chosen_colleague(form.person.data), form.reason.data or "",
        from_on=form.from_on.data or today(), seen=seen_sent(), at=now(),
    )  # fmt: skip
    return back(_("The deputy is named."), number)


@act_on("conduct", "conduct")
def conduct(number: str, form: ConductForm) -> Any:
    actions.note_conduct(me(), ticket_here(number), BreachKind(form.kind.data), form.words.data or "", at=now())
    return back(_("Noted."), number)


@act_on("follow")
def follow(number: str) -> Any:
    follows = request.form.get("follows") != "no"
    actions.follow(me(), ticket_here(number), follows=follows, at=now())
    return back(_("On your list.") if follows else _("No longer on your list."), number)
