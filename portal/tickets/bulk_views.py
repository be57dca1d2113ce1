"""Several tickets at once: what is said about all of them, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.kernel.clock import now, today
from portal.kernel.errors import Refused
from portal.kernel.permissions import P
from portal.kernel.security_log import Kind
from portal.lists import queries as lists
from portal.tickets import bulk, listing
from portal.tickets.bulk_forms import BulkForm, BulkNoteForm, BulkOfferForm, BulkRankForm, asks
from portal.tickets.choices import chosen_desk, desks
from portal.tickets.forms import Groups
from portal.tickets.states import BulkAct, BulkResult, Impact, Urgency
from portal.tickets.views import bp
from portal.web import security
from portal.web.respond import done, page
from portal.web.signed_in import me


def _form(act: str, **more: Any) -> BulkForm:
    """The form of an act; to whom they can be handed is said where it is drawn, beside the tickets that it is about."""
    match _act(act):
        case BulkAct.OFFER:
            return BulkOfferForm(desks={}, **more)
        case BulkAct.RANK:
            return BulkRankForm(**more)
        case BulkAct.NOTE:
            return BulkNoteForm(**more)
    return BulkForm(**more)


def _act(act: str) -> BulkAct:
    try:
        return BulkAct(act)
    except ValueError:
        abort(404)


def _ask(act: str, form: BulkForm) -> Response:
    """What is to be said about them; they stand above it."""
    picks = bulk.picks_in(form.pick.data or ())
    titles = bulk.titles_of(me(), [one.number for one in picks])
    if isinstance(form, BulkOfferForm):
        form.to.choices = _takers(list(titles))
    return page(
        "tickets/bulk_form.html",
        act=_act(act),
        form=form,
        fields=asks(form),
        tickets=[(one.number, titles[one.number]) for one in picks if one.number in titles],
        back=listing.address_of(_words(form)),
    )


def _takers(numbers: Sequence[str]) -> Groups:
    """Whoever may see none of these is not offered; beside a name stands how many of them are kept from it."""
    kept, every = bulk.kept_from(me(), numbers), len(numbers)
    beside = {one: " · " + _("%(n)s of these %(all)s are kept from them", n=n, all=every) for one, n in kept.items()}
    nobody = {one for one, n in kept.items() if n == every}
    return {"": [("", "–")], **desks(without=nobody, beside=beside)}  # several go nowhere that nobody has chosen


@bp.act("/bulk/<act>/ask", needs=P.TICKETS_OPEN, writes=False)
def ask_for_bulk(act: str) -> Response:
    """The chosen tickets with the fields of the act, empty: nothing is done yet."""
    sent = MultiDict([(name, one) for name in ("pick", "queue", "once") for one in request.form.getlist(name)])
    kept = _form(act, formdata=sent)
    return _ask(act, _form(act, formdata=None, pick=kept.pick.data, queue=kept.queue.data, once=kept.once.data))


@bp.act(
    "/bulk/<act>", needs=P.TICKETS_OPEN, form=_form, again=_ask, writes=False,
    leads_to=lambda made, act: url_for(".bulk_page", bulk_id=int(made)),
)  # fmt: skip
def do_in_bulk(act: str, form: BulkForm) -> Any:
    """Each ticket is a transaction of its own: nobody else waits for all of them."""
    picks, words = bulk.picks_in(form.pick.data or ()), _words(form)
    made = bulk.work(
        me(), _act(act), picks, _does(form, _act(act)), words=words, key=form.once.data or "", refused=_keep_attempt,
        at=now(),
    )  # fmt: skip
    return done(_("What became of each ticket stands below."), bulk_page, bulk_id=made)


def _does(form: Any, act: BulkAct) -> bulk.Does:
    match act:
        case BulkAct.OFFER:
            return bulk.offer(*chosen_desk(form.to.data), form.note.data or "")
        case BulkAct.RANK:
            return bulk.rank(Impact(form.impact.data), Urgency(form.urgency.data), form.reason.data or "")
        case BulkAct.NOTE:
            return bulk.note(form.text.data or "")
        case BulkAct.TAKE:
            return bulk.take
        case BulkAct.CLOSE:
            return bulk.close
        case BulkAct.FOLLOW:
            return bulk.follow


def _keep_attempt(no: Refused) -> None:
    if no.status == 403:
        security.keep_attempt(Kind.VERB_REFUSED, path=security.spoken_path(), sentence=no.sentence.template)


def _words(form: BulkForm) -> dict[str, str]:
    """The address of the queue in which they were chosen; of one that it does not know, the queue itself."""
    try:
        return listing.read(listing.words_in(form.queue.data or ""), lists.kind_names(), today().year).kept
    except ValueError:
        return {}


@bp.page("/bulk/<int:bulk_id>", needs=P.TICKETS_OPEN)
def bulk_page(bulk_id: int) -> Response:
    """What became of each: seen by whoever did it, and by nobody else."""
    work = bulk.work_of(me(), bulk_id) or abort(404)
    became = bulk.results(me(), work)
    return page(
        "tickets/bulk.html",
        work=work,
        became=became,
        good=sum(one.result is BulkResult.DONE for one in became),
        back=listing.address_of(work.words),
    )
