"""The life of a draft: from stage to stage, what others say of it, approval, publication (V-09, POL-001, POL-011)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from portal.extensions import db
from portal.kernel import once, search
from portal.kernel.actions import action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import ROLES, P
from portal.kernel.text import say
from portal.organisation import queries as organisation
from portal.organisation.models import Person
from portal.organisation.staff import Staff
from portal.policies import actions, approvals, drafts, emergencies, evidence, losses, queries, quiz_rules, rules
from portal.policies.drafts import Standing, authors
from portal.policies.events import DraftAnswered, DraftCommented, DraftMoved, DraftReviewed
from portal.policies.models import DraftComment, DraftReviewer, ManualDraft
from portal.policies.states import ENDED, HEARING, LIFE, WRITING, Check, ManualKind, Party, Stage

LONGEST = 4000
"""Characters of what somebody says about a draft."""
DECIDES = ("approve", "confirm", "emergency")
"""Steps of whoever answers for what a version takes from whom it no longer binds."""

# ── From stage to stage ──


def lead_on(
    actor: Staff,
    draft: ManualDraft,
    verb: str,
    words: str = "",
    *,
    approvers: Sequence[Person] = (),
    seen: str | None = None,
    accepts: bool = False,
    at: datetime,
) -> None:
    """One step of the table: `words` is the comment, for a step back and for the end the reason; `seen` what the page
    showed that was decided on, see `shown`; `accepts`: whoever decides has seen who loses what by it.

    What a publication puts into the search is made ready before the act begins: a thousand clauses would keep every
    writer waiting. Raises NotAllowed for whoever has not the right and for authors who would approve what they wrote;
    OutOfDate when somebody has moved it on; Refused, naming it, for what is missing.
    """
    published = draft.clauses if verb in ("publish", "emergency") else ()
    with search.cut_beforehand("clause", [(one.heading, one.html.striptags()) for one in published]):
        _lead_on(actor, draft, verb, words, approvers=approvers, seen=seen, accepts=accepts, at=at)


@action
def _lead_on(
    actor: Staff,
    draft: ManualDraft,
    verb: str,
    words: str,
    *,
    approvers: Sequence[Person],
    seen: str | None,
    accepts: bool,
    at: datetime,
) -> None:
    on = office_day(at)
    if verb in ("approve", "confirm") and actor.id in authors(draft):
        raise NotAllowed(say("Nobody approves what they wrote themselves."))
    step = LIFE[draft.manual.kind].check(Standing.of(draft, actor, on), verb, actor)
    if step.after is None:
        raise OutOfDate
    _refuse_unseen(draft, seen)
    if needs_reason(verb) and not words.strip():
        raise Refused(say("Say why."), field="words")
    for refuse in _GUARDS.get((draft.manual.kind, verb), ()):
        refuse(draft)
    if verb == "submit":
        evidence.refuse_missing(draft, on)
    if verb in DECIDES and not accepts and drafts.losses_of(draft):
        raise Refused(say("Look at who loses what, and confirm that you have seen it."), field="accepts")
    if draft.state is Stage.APPROVED and step.after is not Stage.PUBLISHED:
        approvals.fall(draft)
    if verb in ("review", "ask opinions"):
        _begin_round(draft)
    if verb in ("submit", "emergency"):
        approvals.ask(draft, approvers, at)
    place = ""
    if verb in ("approve", "confirm"):
        if verb == "confirm":
            emergencies.refuse_to_keep(actor, draft, at)
        place = approvals.give(actor, draft, digest(draft), at)
        if not approvals.is_enough(draft):
            return
    if verb == "approve":
        draft.approved_digest = digest(draft)
    if verb in ("publish", "emergency"):
        drafts.read_whole(draft)
    if verb == "publish":
        _publish(actor, draft, at)
    if verb == "emergency":
        emergencies.publish(actor, draft, words.strip(), at)
    if verb == "confirm":
        emergencies.keep(actor, draft, at)
        _hold_what_it_says(draft)
    draft.state, draft.changed_at = step.after, at
    if draft.state in ENDED:
        draft.ended_at = at
    db.session.flush()
    told = _whose_turn(draft, on)
    record(DraftMoved(draft.id, draft.manual.code, draft.label, verb, draft.state, words.strip(), place, told))


def needs_reason(verb: str) -> bool:
    """Whether a step is one back, the end, or goes past the others: it says why."""
    return verb.startswith("back to") or verb in ("withdraw", "emergency")


def what_is_missing(draft: ManualDraft, verb: str, on: date) -> Refused | None:
    """Why a step would be refused on a day, with the page of the draft where that is mended as its field; or None."""
    try:
        for refuse in _GUARDS.get((draft.manual.kind, verb), ()):
            refuse(draft)
        if verb == "submit":
            evidence.refuse_missing(draft, on)
    except Refused as no:
        return no
    return None


def digest(draft: ManualDraft, form: int = rules.FORM) -> str:
    """The hash of exactly what would be published, the questions about it with it, and who loses what by it."""
    text = rules.as_kept(drafts.version_text(draft))
    found = rules.digest(draft.manual.code, queries.scope_of(draft.manual), text, form)
    hashes = (found, quiz_rules.digest(text.questions), losses.digest(drafts.losses_of(draft)))
    return " ".join(filter(None, hashes))


def shown(draft: ManualDraft) -> str:
    """What a page shows of a draft on which somebody decides, in few characters: its hash; without a day, its row's
    version. Whoever decides means the words that stood before them, not those that were written since."""
    return digest(draft) if draft.effective_from else str(draft.version)


def _refuse_unseen(draft: ManualDraft, seen: str | None) -> None:
    if seen is not None and seen != shown(draft):
        raise OutOfDate(say("The text has changed since you opened this page. Read it again, then decide."))


def approvers(draft: ManualDraft, on: date) -> list[tuple[str, str]]:
    """Who may approve the draft, none of its authors: staff number and name."""
    tree = organisation.departments()
    found = {
        one.staff_number: one.name
        for role, rights in ROLES.items()
        if P.MANUALS_APPROVE in rights
        for one in organisation.holders_of_role(role, on).rows
        if draft.department_id in organisation.below([one.department_id], tree)
    }
    wrote = {one.staff_number for one in (draft.author, draft.legal) if one}
    return [(number, name) for number, name in found.items() if number not in wrote]


def _publish(actor: Staff, draft: ManualDraft, at: datetime) -> None:
    """The door for what was approved, be it in the form that the hash had then. What the draft says of its manual holds
    from now on."""
    found = next((one for form in rules.FORMS if (one := digest(draft, form)) == draft.approved_digest), digest(draft))
    if found != draft.approved_digest:
        if found.partition(" ")[0] == draft.approved_digest.partition(" ")[0]:
            raise Refused(
                say("Since it was approved other values hold for those whom it binds no more, or other questions are "
                    "asked. Send it back to approval.")
            )  # fmt: skip
        raise Refused(say("The text is not the one that was approved."))
    if not approvals.is_sound(draft, found):
        raise Refused(say("Somebody who did not write it has to approve it first."))
    drafts.make_version(actor, draft, at=at)
    _hold_what_it_says(draft)


def _hold_what_it_says(draft: ManualDraft) -> None:
    draft.replaced = drafts.said_of(draft.manual)
    for name in drafts.SAID:
        setattr(draft.manual, name, getattr(draft, name))


def _begin_round(draft: ManualDraft) -> None:
    draft.round += 1
    for one in draft.reviewers:
        one.finished_at, one.checks = None, []


def _whose_turn(draft: ManualDraft, on: date) -> tuple[int, ...]:
    """Who is next; when it has ended, everybody who took part."""
    reviewers = [one.person_id for one in draft.reviewers if one.person_id and one.person_id not in authors(draft)]
    if draft.state in WRITING:
        return tuple(sorted(authors(draft)))
    if draft.state in HEARING:
        return tuple(sorted(reviewers))
    if draft.state in ENDED:
        return tuple(sorted(drafts.everybody_in(draft)))
    asked = {one.person_id for one in draft.approvals}
    return tuple(sorted(asked if draft.state is Stage.APPROVED else drafts.deciders_of(draft, on)))


# ── What must be there ──


def _refuse_without_notes(*names: str) -> Callable[[ManualDraft], None]:
    def refuse(draft: ManualDraft) -> None:
        if not all(draft.notes.get(name) for name in names):
            raise Refused(
                say("Write down the findings of this stage first: each of its questions has an answer."),
                field="findings",
            )

    return refuse


def _refuse_unopened(draft: ManualDraft) -> None:
    """Raises Refused without what opens a manual and who watches over it (POL-020, POL-028)."""
    if not (draft.purpose and draft.principles):
        raise Refused(say("Purpose and principles are not written yet."), field="about")
    if draft.supervisor_id is None:
        raise Refused(say("Nobody is named yet who watches that it is kept."), field="about")


def _refuse_without_law(draft: ManualDraft) -> None:
    if draft.legal_id is None:
        raise Refused(
            say("A code of conduct is written by two: name who looks after the law side of it."), field="about"
        )


def _refuse_unsound(draft: ManualDraft) -> None:
    text = drafts.text_of_draft(draft)
    rules.refuse_missing_parts(draft.manual.kind, text)
    rules.refuse_faulty_text(rules.VersionText(draft.major, draft.minor, office_day(draft.begun_at), text))


def _refuse_unheard(draft: ManualDraft) -> None:
    """Raises Refused while somebody who was asked has not had their say."""
    waiting = next((one.name for one in _asked(draft) if one.finished_at is None), None)
    if waiting:
        raise Refused(say("{name} has not had their say yet.", name=waiting))


def _refuse_nobody_asked(draft: ManualDraft) -> None:
    if not _asked(draft):
        raise Refused(say("Nobody is asked for an opinion yet: name at least one colleague."), field="opinions")


def _refuse_one_party(draft: ManualDraft) -> None:
    """Raises Refused unless opinions come from more than one kind of party (POL-012)."""
    if len({one.party for one in _asked(draft)}) < 2:
        raise Refused(
            say("Ask more than one kind of party, so that interests balance: users and suppliers, too."),
            field="opinions",
        )


def _refuse_unanswered(draft: ManualDraft) -> None:
    """Raises Refused while a comment is not answered (POL-004)."""
    count = sum(one.answered_at is None for one in draft.comments)
    if count:
        raise Refused(say("Comments without an answer: {count}. Answer each of them first.", count=count))


def _refuse_unchecked(draft: ManualDraft) -> None:
    """Raises Refused unless a reviewer found all of the list in order (POL-013, POL-017)."""
    wanted = {one.value for one in Check.of(draft.manual.kind, draft.category)}
    if not any(wanted <= set(one.checks) for one in _asked(draft)):
        raise Refused(say("No reviewer has found every line of the checklist in order yet."))


def _refuse_unplanned(draft: ManualDraft) -> None:
    """Raises Refused without the day from which it is to bind and what it changes (POL-018): said before others read
    it, for the text stands still from then on."""
    if not draft.summary:
        raise Refused(say("Say what this version changes."), field="version")
    if draft.effective_from is None:
        raise Refused(say("Say from which day the version is to be in force."), field="version")


def _refuse_narrowed(draft: ManualDraft) -> None:
    """Raises Refused where somebody would lose what was ruled for them and the authors have not said that they mean
    it."""
    actions.refuse_narrowed(draft.manual, drafts.version_text(draft))


def _refuse_unfit(draft: ManualDraft) -> None:
    """Raises Refused for what could not be published: nobody approves that in vain."""
    _refuse_unplanned(draft)
    actions.refuse_unfit(draft.manual, drafts.version_text(draft), queries.last_version(draft.manual))


def _refuse_without_quiz(draft: ManualDraft) -> None:
    """Raises Refused where the manual is acknowledged with a quiz and this version has none."""
    asking = draft.manual.asking
    if asking is not None and asking.way.quizzes and not draft.question_count:
        raise Refused(
            say("The manual is acknowledged with a quiz, and this version has no questions yet."), field="quiz"
        )


def _asked(draft: ManualDraft) -> list[DraftReviewer]:
    return [one for one in draft.reviewers if one.person_id not in authors(draft)]


_CONDUCT, _STANDARD = ManualKind.CONDUCT, ManualKind.STANDARD
_GUARDS: dict[tuple[ManualKind, str], Sequence[Callable[[ManualDraft], None]]] = {
    (_CONDUCT, "emergency"): (_refuse_unopened, _refuse_unsound),
    (_STANDARD, "emergency"): (_refuse_unopened, _refuse_unsound),
    (_CONDUCT, "draft"): (_refuse_without_notes("needs", "industry", "law"),),
    (_CONDUCT, "review"): (
        _refuse_unopened,
        _refuse_without_law,
        _refuse_unsound,
        _refuse_nobody_asked,
        _refuse_unplanned,
        _refuse_narrowed,
        _refuse_without_quiz,
    ),
    (_CONDUCT, "submit"): (
        _refuse_unheard,
        _refuse_unanswered,
        _refuse_unchecked,
        _refuse_unfit,
        _refuse_without_quiz,
    ),
    (_STANDARD, "scheme"): (_refuse_without_notes("goal", "scope"),),
    (_STANDARD, "draft"): (_refuse_without_notes("parameters", "indicators"),),
    (_STANDARD, "ask opinions"): (_refuse_unopened, _refuse_unsound, _refuse_one_party),
    (_STANDARD, "revise"): (_refuse_unheard,),
    (_STANDARD, "submit"): (
        _refuse_unsound,
        _refuse_unanswered,
        _refuse_unchecked,
        _refuse_unfit,
        _refuse_without_quiz,
    ),
}


# ── What others say of it ──


@action
def ask_opinion(
    actor: Staff, draft: ManualDraft, person: Person | None, name: str, party: Party, *, key: str = "", at: datetime
) -> DraftReviewer:
    """Put a colleague, or somebody from outside by name, on the list of those whose opinion is asked (POL-004,
    POL-012)."""
    _check_writes(actor, draft, at)
    if person is None and not name.strip():
        raise Refused(say("Choose a colleague, or name somebody from outside."), field="person")
    if person is not None and person.id in authors(draft):
        raise Refused(say("{name} writes it: ask somebody else.", name=person.name), field="person")
    if person is not None and any(one.person_id == person.id for one in draft.reviewers):
        raise Refused(say("{name} is asked already.", name=person.name), field="person")
    asked = DraftReviewer(
        person_id=person.id if person else None, name=person.name if person else name.strip(), party=party, checks=[]
    )
    draft.reviewers.append(asked)
    draft.changed_at = at
    db.session.flush()
    once.used(key, actor.id, str(asked.id), at)
    return asked


@action
def ask_no_more(actor: Staff, draft: ManualDraft, reviewer: DraftReviewer, *, at: datetime) -> None:
    """Take somebody off the list, while the authors write; what they said stays, and wants its answer."""
    _check_writes(actor, draft, at)
    draft.reviewers.remove(reviewer)
    draft.changed_at = at


@action
def comment(
    actor: Staff, draft: ManualDraft, words: str, *, stable: str = "", key: str = "", at: datetime
) -> DraftComment:
    """Say something about the draft, or about one clause of it; its authors answer. `key`: the form’s one-time key."""
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "comment", actor)
    made = _comment(draft, actor.id, actor.name, words, stable, at)
    once.used(key, actor.id, str(made.id), at)
    return made


@action
def note_opinion(actor: Staff, draft: ManualDraft, reviewer: DraftReviewer, words: str, *, at: datetime) -> None:
    """Write down what somebody from outside said: an author does it for them, and they have had their say."""
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "answer", actor)
    if reviewer.person_id is not None or draft.state not in HEARING:
        raise OutOfDate
    _comment(draft, None, reviewer.name, words, "", at)
    reviewer.finished_at = at


@action
def finish(actor: Staff, draft: ManualDraft, checks: Sequence[Check], *, seen: str | None = None, at: datetime) -> None:
    """A reviewer has had their say. Whoever finds a line of the checklist not in order has said why in a comment.
    `seen`: as in `lead_on`."""
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "finish", actor)
    _refuse_unseen(draft, seen)
    reviewer = next(one for one in draft.reviewers if one.person_id == actor.id)
    lacks = set(Check.of(draft.manual.kind, draft.category)) - set(checks)
    said = any(one.by_id == actor.id and one.round == draft.round for one in draft.comments)
    if lacks and not said:
        raise Refused(say("Say in a comment what is not in order, then finish."), field="checks")
    found = [one.value for one in checks]
    if reviewer.finished_at is not None and reviewer.checks == found:
        return  # pressed twice: the authors hear of it once
    reviewer.finished_at, reviewer.checks = at, found
    record(DraftReviewed(draft.id, draft.manual.code, not lacks, tuple(sorted(authors(draft)))))


@action
def answer(actor: Staff, draft: ManualDraft, remark: DraftComment, words: str, *, at: datetime) -> None:
    """Answer what somebody said: taken up, or why not. Raises OutOfDate when it is answered already."""
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "answer", actor)
    if remark.answered_at is not None:
        raise OutOfDate(say("{name} has answered this already.", name=remark.answered_by_name))
    remark.answer, remark.answered_by_name, remark.answered_at = _said(words), actor.name, at
    record(DraftAnswered(draft.id, draft.manual.code, remark.by_name, remark.by_id))


def comment_of(draft: ManualDraft, comment_id: int) -> DraftComment | None:
    """One comment on this draft; None for one on another (attack 11)."""
    return next((one for one in draft.comments if one.id == comment_id), None)


def reviewer_of(draft: ManualDraft, reviewer_id: int) -> DraftReviewer | None:
    """One of those who are asked about this draft."""
    return next((one for one in draft.reviewers if one.id == reviewer_id), None)


def _comment(
    draft: ManualDraft, by_id: int | None, by_name: str, words: str, stable: str, at: datetime
) -> DraftComment:
    clause = next((one for one in draft.clauses if one.stable == stable), None)
    made = DraftComment(
        draft_id=draft.id, round=draft.round, stable=clause.stable if clause else "", by_id=by_id, by_name=by_name,
        at=at, text=_said(words),
    )  # fmt: skip
    draft.comments.append(made)
    db.session.flush()
    record(
        DraftCommented(
            draft.id, draft.manual.code, clause.number if clause else "", by_name, tuple(sorted(authors(draft)))
        )
    )
    return made


def _check_writes(actor: Staff, draft: ManualDraft, at: datetime) -> None:
    LIFE[draft.manual.kind].check(Standing.of(draft, actor, office_day(at)), "write", actor)


def _said(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused(say("Write something first."), field="words")
    if len(words) > LONGEST:
        raise Refused(say("At most {most} characters.", most=LONGEST), field="words")
    return words
