"""Acknowledging a version, my manuals, and who has and who has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from portal.kernel import files, journal
from portal.kernel.clock import now, today
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.paging import After
from portal.kernel.permissions import P
from portal.kernel.tables import csv_file
from portal.kernel.text import say, text_of
from portal.organisation.accounts import confirm_secret
from portal.organisation.models import Department
from portal.organisation.queries import unit_coded
from portal.policies import acknowledgements, places, queries, quiz, teams
from portal.policies.acknowledgement_forms import (
    AcknowledgeForm,
    AskAgainForm,
    DeclineForm,
    ExemptForm,
    PaperForm,
    WayForm,
)
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.acknowledgement_rules import KnownRules
from portal.policies.acknowledgement_states import ACKNOWLEDGEMENT, Known, Way
from portal.policies.difference_views import changes_of
from portal.policies.models import Manual, ManualVersion
from portal.policies.rulebook import KEYS
from portal.policies.states import Standing
from portal.policies.views import bp, manual_here
from portal.web.respond import done, download, page
from portal.web.signed_in import me

ACTS: dict[type, str] = {AskAgainForm: "ask-again", ExemptForm: "exempt", PaperForm: "paper"}
"""Which form of the page of one acknowledgement comes back when something is wrong with it."""


# ── Mine ──


@bp.page("/mine", needs=P.MANUALS_READ)
def my_manuals() -> Any:
    """What I have still to acknowledge, what binds me and what comes, and what I acknowledged."""
    reader = me()
    mine = places.scopes_of(places.posts_that_rule(reader.id, today()), reader.department_id)
    named, shelves = teams.manuals_that_bind(reader.id, today()), queries.shelves(reader)
    binding = [one for one in shelves if places.binds(one.manual, one.now, mine, named)]
    return page(
        "policies/my_manuals.html",
        open=acknowledgements.open_of(reader),
        binding=binding,
        named=named,
        coming=[one for one in shelves if one not in binding and places.binds(one.manual, one.coming, mine, named)],
        decided=acknowledgements.decided_of(reader, after=_after()),
        started=bool(_after()),
        declined=Known.DECLINED,
        today=today(),
    )


def _after() -> After | None:
    try:
        return After.read(request.args.get("after"), int)
    except ValueError:
        abort(400)


# ── One version ──


@bp.page("/<manual>/<label>/acknowledge", needs=P.MANUALS_READ)
def acknowledge_page(manual: str, label: str, form: Any = None) -> Any:
    """The text with what is asked of the reader beside it; what was superseded shows what changed since instead."""
    mine = acknowledgements.mine_about_manual(me(), manual)
    found = mine[0].manual if mine else manual_here(manual)
    one = next((one for one in mine if one.edition.label == label), None)
    version: ManualVersion = one.edition if one else queries.version_of(found, label, clauses=False) or abort(404)
    editions = queries.editions(found)
    edition = next(edition for edition in editions if edition.id == version.id)
    newest = max(queries.counting(editions), key=lambda edition: edition.id, default=edition)
    superseded = newest.id != version.id and edition.standing is not Standing.WITHDRAWN
    if superseded and (one is None or one.state in (Known.OPEN, Known.SUPERSEDED)):
        return changes_of(found, newest.label, label, newer=newest)
    fields = {"digest": version.digest}
    tries = quiz.attempts_of(one) if one is not None and one.way.quizzes else []
    rules = queries.in_force_for(KnownRules, me().id, on=today(), for_=found.department_id) if tries else None
    return page(
        "policies/acknowledge.html",
        manual=found,
        version=version,
        opened=queries.opened(version, request.args.get("at", "")),
        edition=edition,
        keys=KEYS,
        one=one,
        verbs=ACKNOWLEDGEMENT.open_to(me(), one) if one else frozenset(),
        sign=one is not None and one.way.signs,
        quiz=one is not None and one.way.quizzes,
        passed=any(each.passed for each in tries),
        out_of_tries=rules is not None and quiz.tries_left(tries, rules, now()) <= 0,
        form=form if isinstance(form, AcknowledgeForm) else AcknowledgeForm(formdata=None, data=fields),
        decline=form if isinstance(form, DeclineForm) else DeclineForm(formdata=None, data=fields),
        declining=isinstance(form, DeclineForm) or (form is None and request.args.get("act") == "decline"),
        since=acknowledgements.signed_last(mine),
    )


@bp.act(
    "/<manual>/<label>/acknowledge", needs=P.MANUALS_READ, form=lambda manual, label: AcknowledgeForm(),
    again=acknowledge_page, writes=False,
)  # fmt: skip
def acknowledge(manual: str, label: str, form: AcknowledgeForm) -> Any:
    """The secret is proved before the act begins: a slow hash holds no transaction."""
    one, proved = _asked(manual, label), None
    if one.way.signs and (not one.way.quizzes or acknowledgements.has_passed(one)):
        if not form.secret.data:
            raise Refused(say("Enter your PIN or password."), field="secret")
        proved = confirm_secret(me(), form.secret.data, address=request.remote_addr or "", at=now())
        one = _asked(manual, label)
    acknowledgements.acknowledge(me(), one, proved, digest=form.digest.data or "", at=now())
    return done(_("Acknowledged. It stands under “My manuals”."), my_manuals)


@bp.act(
    "/<manual>/<label>/decline", needs=P.MANUALS_READ, form=lambda manual, label: DeclineForm(),
    again=acknowledge_page,
)  # fmt: skip
def decline(manual: str, label: str, form: DeclineForm) -> Any:
    acknowledgements.decline(
        me(), _asked(manual, label), form.reason.data or "", digest=form.digest.data or "", at=now()
    )
    return done(_("The owner of the manual reads your reason and answers you."), my_manuals)


def _asked(manual: str, label: str) -> Acknowledgement:
    """What is asked of the reader about this version; 409 where nothing is, because a newer one was published."""
    found = manual_here(manual)
    version: ManualVersion = queries.version_of(found, label, clauses=False) or abort(404)
    one = acknowledgements.mine_of(me(), version.id)
    if one is None:
        raise OutOfDate(say("Nobody asks you to acknowledge this version."))
    return one


# ── Who has, and who has not ──


@bp.page("/<manual>/acknowledgements", needs=P.MANUALS_READ)
def who_page(manual: str, form: WayForm | None = None) -> Any:
    found, version, list_ = _looked_after(manual)
    unit = _unit()
    way = acknowledgements.way_of(version)
    return page(
        "policies/acknowledgements.html",
        blocks={"who"},
        manual=found,
        version=version,
        list=list_,
        slice=acknowledgements.who(me(), version, list_, department_id=unit.id if unit else None, after=_after()),
        unit=unit,
        started=bool(_after()),
        way=way,
        teams=teams.named_for(found),
        form=(form or WayForm(formdata=None, way=way.value))
        if me().may(P.MANUALS_PUBLISH, found.department_id)
        else None,
        today=today(),
        open_state=Known.OPEN,
    )


@bp.page("/<manual>/acknowledgements.csv", needs=P.MANUALS_READ)
def who_csv(manual: str) -> Any:
    """Everybody whom the reader may see, of all lists."""
    found, version, _list = _looked_after(manual)
    head = [
        *(_("Name"), _("Department"), _("Version"), _("State"), _("Asked"), _("To be acknowledged by"), _("Decided")),
        _("Reason"),
    ]
    return download(f"{found.code}-{version.label}.csv", csv_file(head, _lines(version, _unit())))


def _lines(version: ManualVersion, unit: Department | None) -> Iterator[list[Any]]:
    for one in acknowledgements.everyone(me(), version, unit.id if unit else None):
        yield [
            one.person_name, text_of(one.department), f"{one.major}.{one.minor}", str(one.state.label), one.asked_at,
            one.due_on, one.ended_at or one.declined_at, one.reason,
        ]  # fmt: skip


@bp.act("/<manual>/acknowledgements/way", needs=P.MANUALS_PUBLISH, form=lambda manual: WayForm(), again=who_page)
def choose_way(manual: str, form: WayForm) -> Any:
    acknowledgements.choose_way(me(), manual_here(manual), Way(form.way.data), at=now())
    return done(_("From now on it is acknowledged that way."), who_page, manual=manual)


def _unit() -> Department | None:
    """The department to which the address keeps the lists; 400 for one that is none."""
    code = request.args.get("for", "")
    return unit_coded(code) or abort(400) if code else None


def _looked_after(manual: str) -> tuple[Manual, ManualVersion, str]:
    found = manual_here(manual)
    if not acknowledgements.looks_after(me(), found):
        abort(404)
    list_ = request.args.get("list", "open")
    if list_ not in acknowledgements.LISTS:
        abort(400)
    return found, acknowledgements.newest(found.id) or abort(404), list_


# ── One acknowledgement ──


@bp.page("/acknowledgements/<int:acknowledgement_id>", needs=P.MANUALS_READ)
def acknowledgement_page(acknowledgement_id: int, form: Any = None) -> Any:
    one = _one(acknowledgement_id)
    own = one.person_id == me().id
    verbs = frozenset() if own else ACKNOWLEDGEMENT.open_to(me(), one)
    act = ACTS.get(type(form), request.args.get("act", ""))
    why = acknowledgements.tells_why(me(), one)
    return page(
        "policies/acknowledgement.html",
        one=one,
        why=why,
        own=own,
        verbs=verbs,
        act=act,
        ask_again=form if isinstance(form, AskAgainForm) else AskAgainForm(formdata=None),
        exempt=form if isinstance(form, ExemptForm) else ExemptForm(formdata=None),
        paper=form if isinstance(form, PaperForm) else PaperForm(formdata=None),
        story=journal.of("acknowledgement", one.id) if why else (),
        signature=acknowledgements.signature_of(one),
        tries=quiz.tries_at(me(), one) if one.way.quizzes else [],
        scans=[(file.name, file.href, file.size) for file in files.of("acknowledgement", one.id)],
    )


def _one(acknowledgement_id: int) -> Acknowledgement:
    return acknowledgements.seen(me(), acknowledgement_id) or abort(404)


@bp.act(
    "/acknowledgements/<int:acknowledgement_id>/ask-again", needs=P.MANUALS_READ,
    form=lambda acknowledgement_id: AskAgainForm(), again=acknowledgement_page,
)  # fmt: skip
def ask_again(acknowledgement_id: int, form: AskAgainForm) -> Any:
    acknowledgements.ask_again(me(), _one(acknowledgement_id), form.answer.data or "", at=now())
    return done(_("Answered, and asked again."), acknowledgement_page, acknowledgement_id=acknowledgement_id)


@bp.act(
    "/acknowledgements/<int:acknowledgement_id>/exempt", needs=P.ACKNOWLEDGEMENTS_KEEP,
    form=lambda acknowledgement_id: ExemptForm(), again=acknowledgement_page,
)  # fmt: skip
def exempt(acknowledgement_id: int, form: ExemptForm) -> Any:
    acknowledgements.exempt(me(), _one(acknowledgement_id), form.reason.data or "", at=now())
    return done(_("They need not acknowledge it."), acknowledgement_page, acknowledgement_id=acknowledgement_id)


@bp.act(
    "/acknowledgements/<int:acknowledgement_id>/paper", needs=P.ACKNOWLEDGEMENTS_KEEP,
    form=lambda acknowledgement_id: PaperForm(), again=acknowledgement_page,
)  # fmt: skip
def enter_paper(acknowledgement_id: int, form: PaperForm) -> Any:
    acknowledgements.enter_paper(me(), _one(acknowledgement_id), form.files.ids, at=now())
    return done(_("The signature on paper is entered."), acknowledgement_page, acknowledgement_id=acknowledgement_id)
