"""Writing a version of a manual: its draft, what it says of the manual, its clauses and what they rule on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from portal.kernel.clock import now, today
from portal.kernel.errors import OutOfDate, Refused
from portal.kernel.permissions import P
from portal.kernel.text import say, text_of
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.policies import (
    approvals,
    change_requests,
    draft_turns,
    drafts,
    evidence,
    losses,
    places,
    queries,
    replays,
    rules,
    starters,
)
from portal.policies.draft_forms import (
    AboutForm,
    ClauseForm,
    DraftForm,
    EditionForm,
    FindingsForm,
    NewManualForm,
    SchemeForm,
    ScopeForm,
    ruling_form,
)
from portal.policies.kinds import Lines
from portal.policies.models import DraftClause, ManualDraft
from portal.policies.rulebook import KEYS, RULESETS, Key, Rule, keys, title
from portal.policies.states import Category, ManualKind, Part, Party, Phase, Stage
from portal.policies.views import bp
from portal.web.respond import done, page
from portal.web.signed_in import me

# ── The draft ──


@bp.page("/<manual>/draft", needs=P.MANUALS_READ)
def draft_page(manual: str) -> Any:
    draft = draft_here(manual)
    entries, found = drafts.history_of(draft), draft.replay
    return page(
        "policies/draft.html", draft=draft, acts=drafts.open_to(me(), draft, today()), keys=KEYS,
        left_open=[KEYS[name] for name in draft.drops if name in KEYS], stages=drafts.stages_of(draft, entries),
        entries=entries, came_with=drafts.came_with(entries), findings=_findings(draft),
        turn=draft_turns.turn(me(), draft, today()),
        waiting_for=approvals.waiting_for(draft),
        phases=[one.label for one in Phase if one in draft.phases], kept=evidence.kept_with(draft),
        may_keep=evidence.may_keep(me(), draft),
        only_for=places.named(draft.places), lost=losses.grouped(drafts.losses_of(draft)),
        emergency=draft.emergency if draft.state is Stage.EMERGENCY else None,
        parties={one.value: one.label for one in Party}, replay=found, values=replays.rulings_of(draft),
        stale=found is not None and replays.is_stale(found, draft),
        asked_for=change_requests.accepted_for(draft.manual_id) if me().id in drafts.authors(draft) else [],
    )  # fmt: skip


@bp.act("/<manual>/draft/begin", needs=P.MANUALS_DRAFT)
def begin_version(manual: str) -> Any:
    found = queries.manual_seen_by(me(), manual) or abort(404)
    drafts.begin_version(me(), found, at=now())
    return done(_("Begun. Nobody but you and those whom you ask sees it."), draft_page, manual=manual)


# ── A new manual ──


def new_manual_form(**more: Any) -> NewManualForm:
    """The form of a manual that is not there yet, with who and what can be chosen."""
    form = NewManualForm(**more)
    form.offer(people())
    form.offer_units(_units())
    return form


@bp.page("/new", needs=P.MANUALS_DRAFT, keyed=True)
def new_manual(form: NewManualForm | None = None) -> Any:
    """An empty form, or with what the text says of its manual that the address names (`from=conduct`)."""
    return page("policies/new_manual.html", form=form or new_manual_form(**_begun_with(request.args.get("from", ""))))


def _begun_with(name: str) -> dict[str, Any]:
    if not name:
        return {}
    text = starters.starter(name) if name in starters.LABELS else abort(404)
    review_on = today() + timedelta(days=text.review_after) if text.review_after else None
    return {
        "formdata": None, "starter": name, "kind": text.kind.value, "category": text.category.value,
        "chinese": text.titles["zh-CN"], "english": text.titles["en"], "traditional": text.titles["zh-TW"],
        "purpose": text.purpose, "principles": text.principles, "phases": text.phases, "review_on": review_on,
    }  # fmt: skip


@bp.act(
    "/new", needs=P.MANUALS_DRAFT, form=new_manual_form, again=new_manual,
    leads_to=lambda made: url_for("policies.draft_page", manual=made),
)  # fmt: skip
def begin_manual(form: NewManualForm) -> Any:
    code = rules.half_width(form.code.data or "").upper()
    drafts.begin_manual(
        me(), code, form.titles(), kind=ManualKind(form.kind.data), category=Category(form.category.data),
        department=chosen_unit(form.department.data), supervisor=chosen_person(form.supervisor.data, "supervisor"),
        purpose=form.purpose.data or "", principles=form.principles.data or "", review_on=form.review_on.data,
        phases=[Phase(one) for one in form.phases.data or []], starter=form.starter.data or "",
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("Begun. Nobody but you and those whom you ask sees it."), draft_page, manual=code)


# ── What it says of the manual, which version it becomes, what was found out ──


def _about_form(manual: str, **more: Any) -> AboutForm:
    form = AboutForm(**more)
    form.offer(people())
    return form


@bp.page("/<manual>/draft/about", needs=P.MANUALS_READ)
def edit_about(manual: str, form: AboutForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    form = form or _about_form(
        manual, formdata=None, chinese=draft.titles.get("zh-CN", ""), english=draft.titles.get("en", ""),
        traditional=draft.titles.get("zh-TW", ""), category=draft.category, purpose=draft.purpose,
        principles=draft.principles, supervisor=str(draft.supervisor_id or ""), legal=str(draft.legal_id or ""),
        review_on=draft.review_on, phases=draft.phases, version=draft.version,
    )  # fmt: skip
    return _form_page(draft, form, _("About the manual"), "about")


@bp.act("/<manual>/draft/about", needs=P.MANUALS_READ, form=_about_form, again=edit_about)
def describe(manual: str, form: AboutForm) -> Any:
    drafts.describe(
        me(), draft_here(manual), titles=form.titles(), category=Category(form.category.data),
        supervisor=chosen_person(form.supervisor.data, "supervisor"),
        legal=chosen_person(form.legal.data, "legal") if form.legal.data else None, purpose=form.purpose.data or "",
        principles=form.principles.data or "", review_on=form.review_on.data,
        phases=[Phase(one) for one in form.phases.data or []], seen=form.version.data or 0, at=now(),
    )  # fmt: skip
    return done(_("Saved."), draft_page, manual=manual)


def _edition_form(manual: str, **more: Any) -> EditionForm:
    form, draft = EditionForm(**more), draft_here(manual)
    names = sorted({*drafts.ruled_before(draft), *draft.drops} & set(drafts.keys_to_rule(draft)))
    form.drops.choices = [(name, KEYS[name].label) for name in names]
    return form


@bp.page("/<manual>/draft/version", needs=P.MANUALS_READ)
def edit_edition(manual: str, form: EditionForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    form = form or _edition_form(
        manual, formdata=None, major=draft.major, minor=draft.minor, effective_from=draft.effective_from,
        summary=draft.summary, drops=draft.drops, version=draft.version,
    )  # fmt: skip
    if not form.drops.choices:
        del form.drops
    return _form_page(draft, form, _("This version"), "version")


@bp.act("/<manual>/draft/version", needs=P.MANUALS_READ, form=_edition_form, again=edit_edition)
def plan(manual: str, form: EditionForm) -> Any:
    drafts.plan(
        me(), draft_here(manual), major=form.major.data or 0, minor=form.minor.data or 0,
        effective_from=form.effective_from.data, summary=form.summary.data or "",
        drops=[name for name in form.drops.data or [] if name in KEYS], seen=form.version.data or 0, at=now(),
    )  # fmt: skip
    return done(_("Saved."), draft_page, manual=manual)


def _scope_form(manual: str, **more: Any) -> ScopeForm:
    form, draft = ScopeForm(**more), draft_here(manual)
    form.places.choices = places.choices(draft.manual, today())
    return form


@bp.page("/<manual>/draft/scope", needs=P.MANUALS_READ)
def edit_scope(manual: str, form: ScopeForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    lost = drafts.losses_of(draft)
    form = form or _scope_form(
        manual, formdata=None, places=draft.places, version=draft.version, lets_go=draft.lets_go == losses.digest(lost)
    )
    form.lost.raw_data, form.lost.data = None, losses.digest(lost)
    if not lost:
        del form.lets_go
    return _form_page(draft, form, _("Whom it binds"), "scope", lost=losses.grouped(lost))


@bp.act("/<manual>/draft/scope", needs=P.MANUALS_READ, form=_scope_form, again=edit_scope)
def bind(manual: str, form: ScopeForm) -> Any:
    draft = draft_here(manual)
    drafts.bind(
        me(), draft, form.places.data or [], lets_go=(form.lost.data or "") if form.lets_go.data else "",
        seen=form.version.data or 0, at=now(),
    )  # fmt: skip
    if drafts.losses_of(draft) and not drafts.version_text(draft).narrows:
        return done(_("Saved. Look at who loses what by it."), edit_scope, manual=manual)
    return done(_("Saved."), draft_page, manual=manual)


def _findings_form(manual: str, **more: Any) -> DraftForm:
    kind = draft_here(manual).manual.kind
    return FindingsForm(**more) if kind is ManualKind.CONDUCT else SchemeForm(**more)


@bp.page("/<manual>/draft/findings", needs=P.MANUALS_READ)
def edit_findings(manual: str, form: DraftForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    form = form or _findings_form(manual, formdata=None, version=draft.version, **draft.notes)
    return _form_page(draft, form, _("Findings"), "findings")


@bp.act("/<manual>/draft/findings", needs=P.MANUALS_READ, form=_findings_form, again=edit_findings)
def note_findings(manual: str, form: DraftForm) -> Any:
    notes = {name: words or "" for name, words in form.values().items() if name != "version"}
    drafts.note(me(), draft_here(manual), notes, seen=form.version.data or 0, at=now())
    return done(_("Saved."), draft_page, manual=manual)


# ── Clauses ──


@bp.page("/<manual>/draft/clauses/new", needs=P.MANUALS_READ)
def new_clause(manual: str, form: ClauseForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    number = rules.next_number(one.number for one in draft.clauses)
    last = draft.clauses[-1].part if draft.clauses else Part.INTRODUCTION
    form = form or _clause_fields(draft, formdata=None, number=number, part=last.value, version=draft.version)
    return _clause_page(draft, None, form)


def _clause_form(manual: str, clause_id: int | None = None) -> ClauseForm:
    return _clause_fields(draft_here(manual))


def _clause_fields(draft: ManualDraft, **more: Any) -> ClauseForm:
    """With the four fields of a code of conduct; a technical standard has none of them."""
    form = ClauseForm(**more)
    if draft.manual.kind is not ManualKind.CONDUCT:
        del form.chapter
    return form


@bp.act("/<manual>/draft/clauses/new", needs=P.MANUALS_READ, form=_clause_form, again=new_clause)
def add_clause(manual: str, form: ClauseForm) -> Any:
    drafts.write_clause(me(), draft_here(manual), None, **form.parts(), seen=form.version.data or 0, at=now())
    return done(_("The clause is there."), draft_page, manual=manual)


@bp.page("/<manual>/draft/clauses/<int:clause_id>", needs=P.MANUALS_READ)
def edit_clause(manual: str, clause_id: int, form: ClauseForm | None = None) -> Any:
    draft = draft_here(manual, writes=True)
    clause = _clause(draft, clause_id)
    form = form or _clause_fields(
        draft, formdata=None, number=clause.number, heading=clause.heading, text=clause.text, part=clause.part.value,
        chapter=clause.chapter.value if clause.chapter else "", version=draft.version,
    )  # fmt: skip
    return _clause_page(draft, clause, form)


@bp.act("/<manual>/draft/clauses/<int:clause_id>", needs=P.MANUALS_READ, form=_clause_form, again=edit_clause)
def write_clause(manual: str, clause_id: int, form: ClauseForm) -> Any:
    draft = draft_here(manual)
    drafts.write_clause(me(), draft, _clause(draft, clause_id), **form.parts(), seen=form.version.data or 0, at=now())
    return done(_("Saved."), draft_page, manual=manual)


@bp.act("/<manual>/draft/clauses/<int:clause_id>/remove", needs=P.MANUALS_READ)
def remove_clause(manual: str, clause_id: int) -> Any:
    draft = draft_here(manual)
    drafts.remove_clause(me(), draft, _clause(draft, clause_id), seen=seen_version(), at=now())
    return done(_("The clause is out of the draft."), draft_page, manual=manual)


@bp.act("/<manual>/draft/clauses/<int:clause_id>/move", needs=P.MANUALS_READ)
def move_clause(manual: str, clause_id: int) -> Any:
    draft = draft_here(manual)
    up = request.form.get("to") == "up"
    drafts.move_clause(me(), draft, _clause(draft, clause_id), up=up, seen=seen_version(), at=now())
    return done(_("Moved."), draft_page, manual=manual)


@bp.act("/<manual>/draft/renumber", needs=P.MANUALS_READ)
def renumber(manual: str) -> Any:
    drafts.renumber(me(), draft_here(manual), seen=seen_version(), at=now())
    return done(_("Counted anew."), draft_page, manual=manual)


# ── What a clause rules on ──


def _ruling_form(manual: str, clause_id: int, key: str, **more: Any) -> DraftForm:
    return ruling_form(KEYS.get(key) or abort(404))(**more)


@bp.page("/<manual>/draft/clauses/<int:clause_id>/ruling", needs=P.MANUALS_READ)
def choose_key(manual: str, clause_id: int) -> Any:
    """Which key: the declared ones that no clause of the draft rules on, under the titles of their rulesets."""
    draft = draft_here(manual, writes=True)
    open_keys = set(drafts.keys_to_rule(draft))
    groups = [(title(of), [key for key in keys(of) if key.name in open_keys]) for of in RULESETS]
    return page("policies/choose_key.html", draft=draft, clause=_clause(draft, clause_id), groups=groups)


@bp.page("/<manual>/draft/clauses/<int:clause_id>/ruling/<key>", needs=P.MANUALS_READ)
def edit_ruling(manual: str, clause_id: int, key: str, form: DraftForm | None = None) -> Any:
    draft, of = draft_here(manual, writes=True), KEYS.get(key) or abort(404)
    clause = _clause(draft, clause_id)
    said, holds = next((one.value for one in clause.rulings if one.key == key), None), _holds(of, draft)
    if form is None:
        begun = of.write(holds.value) if said is None and isinstance(of.kind, Lines) else said
        form = ruling_form(of)(formdata=None, value=begun or "", version=draft.version)
    renew(form, draft)
    return page(
        "policies/ruling.html", draft=draft, clause=clause, form=form, key=of, said=said,
        holds=holds, about=next(title(one) for one in RULESETS if of in keys(one)),
        asked=replays.is_asked(of, draft.places),
    )  # fmt: skip


@bp.act(
    "/<manual>/draft/clauses/<int:clause_id>/ruling/<key>", needs=P.MANUALS_READ, form=_ruling_form, again=edit_ruling
)
def rule_on(manual: str, clause_id: int, key: str, form: Any) -> Any:
    draft = draft_here(manual)
    drafts.rule_on(
        me(), draft, _clause(draft, clause_id), key, form.value.data or "", seen=form.version.data or 0, at=now()
    )
    return done(_("The clause rules on it."), draft_page, manual=manual)


@bp.act("/<manual>/draft/clauses/<int:clause_id>/ruling/<key>/drop", needs=P.MANUALS_READ)
def leave_open(manual: str, clause_id: int, key: str) -> Any:
    draft = draft_here(manual)
    drafts.leave_open(me(), draft, _clause(draft, clause_id), key, seen=seen_version(), at=now())
    return done(_("The clause says nothing more about it."), draft_page, manual=manual)


# ── What the pages share ──


def _findings(draft: ManualDraft) -> list[tuple[Any, str]]:
    """What the first stages found out, under the questions of their form."""
    form = FindingsForm(formdata=None) if draft.manual.kind is ManualKind.CONDUCT else SchemeForm(formdata=None)
    return [(one.label.text, draft.notes[one.name]) for one in form if draft.notes.get(one.name)]


def draft_here(manual: str, *, writes: bool = False) -> ManualDraft:
    """The draft of this manual, or 404 where the reader has none; with `writes` only where they may write it now."""
    draft = drafts.draft_seen_by(me(), manual, today()) or abort(404)
    if writes and not drafts.open_to(me(), draft, today()) & {"write", "rewrite"}:
        abort(404)
    return draft


def _clause(draft: ManualDraft, clause_id: int) -> DraftClause:
    return drafts.clause_of(draft, clause_id) or abort(404)


def seen_version() -> int:
    """Of which version of the draft the page was that sent this."""
    return _id(request.form.get("version"))


def _id(sent: str | None) -> int:
    return int(sent) if sent and sent.isdecimal() and len(sent) < 10 else 0


def renew(form: DraftForm, draft: ManualDraft) -> None:
    """After somebody else was faster the form stands as it was typed, and the next press means what is there now."""
    if isinstance(g.get("refused"), OutOfDate):
        form.version.raw_data, form.version.data = None, draft.version


def _form_page(draft: ManualDraft, form: DraftForm, head: str, what: str, **more: Any) -> Any:
    renew(form, draft)
    return page("policies/draft_form.html", draft=draft, form=form, head=head, what=what, **more)


def _clause_page(draft: ManualDraft, clause: DraftClause | None, form: ClauseForm) -> Any:
    renew(form, draft)
    behind = isinstance(g.get("refused"), OutOfDate)
    return page("policies/clause_form.html", draft=draft, clause=clause, form=form, behind=behind, keys=KEYS)


def _holds(key: Key[Any], draft: ManualDraft) -> Rule[Any]:
    """What holds for the key today where the manual binds."""
    return queries.rule_in_force(key, on=today(), for_=draft.manual.department_id)


def people() -> list[tuple[str, str]]:
    """Everybody who is there today, with their department."""
    units = organisation.departments()
    return [
        (str(one.id), f"{one.name} · {text_of(units[one.department_id].names)}")
        for one in organisation.colleagues(today())
    ]


def chosen_person(sent: str | None, field: str) -> Person:
    """The colleague who was chosen. Raises Refused, at the field, for nobody."""
    found = organisation.colleague(_id(sent))
    if found is None:
        raise Refused(say("Choose a colleague from the list."), field=field)
    return found


def _units() -> list[tuple[str, str]]:
    """The departments for which the reader may write manuals, the company among them as what it is."""
    mine = me().where(P.MANUALS_DRAFT)
    return [
        (str(one.id), text_of(one.names) if one.parent_id else _("the whole company"))
        for one in organisation.departments().values()
        if one.id in mine
    ]


def chosen_unit(sent: str | None) -> Department:
    """The department that was chosen. Raises Refused, at the field, for none."""
    found = organisation.departments().get(_id(sent))
    if found is None:
        raise Refused(say("Choose whom it binds."), field="department")
    return found
