"""Which form each act on a ticket has, and what it offers for this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.kernel import journal
from portal.kernel.clock import today
from portal.kernel.drafts import Kept
from portal.tickets import complaints, parts, story
from portal.tickets.choices import colleagues, desks, templates, to_sort_by, units
from portal.tickets.forms import (
    ActForm,
    AnswerForm,
    AskForm,
    CallBackForm,
    Choices,
    ComplainForm,
    ComplaintForm,
    ConcludeForm,
    ConductForm,
    CustomerAnswerForm,
    DecideForm,
    DeputyForm,
    EscalateForm,
    GiveUpForm,
    LearnForm,
    OfferForm,
    PromiseForm,
    RankForm,
    RefuseForm,
    ReopenForm,
    ResolveForm,
    SeriousForm,
    SignForm,
    StepsForm,
    TellForm,
    TriageForm,
    VoidForm,
    WaitForm,
)
from portal.tickets.links_forms import ApartForm
from portal.tickets.models import Ticket
from portal.tickets.parts_forms import (
    AskPartForm,
    FinishPartForm,
    GiveBackPartForm,
    PartForm,
    RefusePartForm,
    SendBackPartForm,
    TakePartForm,
    WithdrawPartForm,
)
from portal.tickets.queries import Whole
from portal.tickets.turns import ACTS
from portal.web.drafts import typed_again
from portal.web.signed_in import me


@dataclass(frozen=True, slots=True)
class ActOffer:
    """How the form of an act is made, with what it offers, and whether it begins with what it then overwrites."""

    form: type[ActForm]
    offers: Callable[[Whole], dict[str, Any]] = lambda _whole: {}
    starts: Callable[[Whole], dict[str, Any]] = lambda _whole: {}
    overwrites: bool = False


def made(act: str, whole: Whole, *, fresh: bool, kept: Kept | None = None) -> ActForm:
    """The form of an act; `fresh`: empty, whatever was sent, or with what is `kept` of it as a draft."""
    known = FORMS[act]
    more: dict[str, Any] = {"formdata": typed_again(kept), **known.starts(whole)} if fresh else {}
    return known.form(**known.offers(whole), **more)


def shown(
    act: str, form: ActForm | None, whole: Whole, facts: story.Facts, part: str | None = None,
    kept: Kept | None = None,
) -> ActForm | None:  # fmt: skip
    """The form of an act: the one that came back, or a fresh one, with the draft that is `kept` of it. `part`: which
    part of the ticket it is to be about, of those that the reader may do this to."""
    about = parts_for(act, whole.ticket, facts)
    found = form if form is not None and act_of(form) == act else None
    if isinstance(found, PartForm) and found.part.data and found.part.data not in dict(about):
        found = None  # what was typed about this part is not for the next one: it is shown beside its form
    if kept and _of_another_part(kept, part, about):
        kept = None
    if found is None and act in FORMS:
        found = made(act, whole, fresh=True, kept=kept)
    if isinstance(found, PartForm):
        found.offer(about, part)
    return found


def _of_another_part(kept: Kept, part: str | None, about: Choices) -> bool:
    """Whether it was typed about another part than the one asked for, or about one that is over."""
    typed = kept.fields.get("part", [""])[0]
    return bool(typed) and (typed not in dict(about) or (bool(part) and typed != part))


def parts_for(act: str, ticket: Ticket, facts: story.Facts) -> list[tuple[str, str]]:
    """The parts of a ticket that the reader may do this to."""
    return [
        (str(one.id), one.name) for one in facts.parts.values()
        if ACTS[act].steps & parts.open_to(me(), ticket, one)
    ]  # fmt: skip


def overwritten(act: str | None, whole: Whole) -> ActForm | None:
    """The form as it would begin now, for an act that overwrites what stands in it."""
    return made(act, whole, fresh=True) if act in FORMS and FORMS[act].overwrites else None


def act_of(form: ActForm | None) -> str | None:
    return next((act for act, known in FORMS.items() if type(form) is known.form), None)


def _rank_of(whole: Whole) -> dict[str, Any]:
    return {"impact": whole.ticket.impact, "urgency": whole.ticket.urgency}


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


def to_sign(ticket: Ticket, facts: story.Facts) -> list[tuple[str, str]]:
    """The departments that have not signed and for which the reader may."""
    return [
        (str(one), name) for one, name in facts.concerned.items()
        if one not in facts.signed and complaints.may_sign(me(), ticket, one)
    ]  # fmt: skip


def _signs(whole: Whole) -> Choices:
    return to_sign(whole.ticket, story.Facts.of(journal.of("ticket", whole.ticket.id)))


FORMS: dict[str, ActOffer] = {
    "refuse": ActOffer(RefuseForm),
    "answer": ActOffer(AnswerForm),
    "triage": ActOffer(
        TriageForm,
        lambda _whole: to_sort_by(),
        lambda whole: {"kind": whole.ticket.kind, "routing": whole.ticket.routing, **_rank_of(whole)},
        overwrites=True,
    ),
    "offer": ActOffer(
        OfferForm,
        lambda whole: {"desks": desks(without=whole.hidden)},
        lambda whole: {"to": str(whole.responsible_id or "")},
    ),
    "resolve": ActOffer(ResolveForm),
    "ask": ActOffer(
        AskForm, lambda whole: {"colleagues": colleagues(whole.hidden)}, lambda whole: {"channel": whole.ticket.channel}
    ),
    "part": ActOffer(AskPartForm, lambda whole: {"desks": desks(whole.ticket.department_id, whole.hidden)}),
    "part-take": ActOffer(TakePartForm),
    "part-refuse": ActOffer(RefusePartForm),
    "part-give-back": ActOffer(GiveBackPartForm),
    "part-finish": ActOffer(FinishPartForm),
    "part-send-back": ActOffer(SendBackPartForm),
    "part-withdraw": ActOffer(WithdrawPartForm),
    "wait": ActOffer(WaitForm),
    "promise": ActOffer(PromiseForm, starts=lambda whole: {"channel": whole.ticket.channel}),
    "tell": ActOffer(TellForm, starts=lambda whole: {"channel": whole.ticket.channel}),
    "customer-answer": ActOffer(
        CustomerAnswerForm,
        lambda whole: {
            "calls_back": me().id in (whole.ticket.accountable_id, whole.ticket.deputy_id),
            "own": me().id == whole.ticket.requester_id,
        },
    ),
    "call-back": ActOffer(CallBackForm),
    "complaint-form": ActOffer(
        ComplaintForm, lambda _whole: {"units": units()}, lambda whole: _form_of(whole), overwrites=True
    ),
    "conclude": ActOffer(ConcludeForm),
    "sign": ActOffer(SignForm, lambda whole: {"units": _signs(whole)}),
    "learn": ActOffer(LearnForm),
    "escalate": ActOffer(EscalateForm),
    "decide": ActOffer(DecideForm),
    "reopen": ActOffer(ReopenForm),
    "give-up": ActOffer(GiveUpForm),
    "rank": ActOffer(RankForm, starts=_rank_of, overwrites=True),
    "steps": ActOffer(StepsForm, lambda _whole: {"templates": templates()}),
    "serious": ActOffer(SeriousForm),
    "deputy": ActOffer(
        DeputyForm, lambda whole: {"colleagues": colleagues(whole.hidden)}, lambda _whole: {"from_on": today()}
    ),
    "conduct": ActOffer(ConductForm),
    "complain": ActOffer(ComplainForm, lambda _whole: {"desks": desks()}),
    "apart": ActOffer(ApartForm),
    "void": ActOffer(VoidForm),
}
