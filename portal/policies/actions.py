"""Putting a manual on the shelf and publishing a version of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from markupsafe import Markup
from sqlalchemy import select

from portal.extensions import db
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import Clause, NotAllowed, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import listed, say
from portal.organisation.models import Department, Person
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, losses, places, queries, quiz_rules, rules, watch
from portal.policies.events import VersionPublished
from portal.policies.models import ClauseRow, Manual, ManualVersion, RulingRow
from portal.policies.quiz_models import QuizQuestion
from portal.policies.rulebook import KEYS
from portal.policies.rules import VersionText
from portal.policies.states import ManualKind, Phase, State
from portal.policies.vetoes import refuse_vetoed

Publisher = Staff | Portal


@action
def add_manual(
    actor: Publisher,
    code: str,
    titles: dict[str, str],
    *,
    kind: ManualKind,
    category: str = "",
    owner: Person | None = None,
    department: Department | None = None,
    supervisor: Person | None = None,
    purpose: str = "",
    principles: str = "",
    review_on: date | None = None,
    phases: Collection[Phase] = (),
    at: datetime,
) -> Manual:
    """Put an empty manual on the shelf; nobody sees it before a version of it is published (POL-018, POL-020, POL-028).

    A manual of the topmost department is the company's. Raises NotAllowed, Refused for a code that is none or taken.
    """
    _may_publish(actor, department.id if department and department.parent_id else None)
    manual = put_on_shelf(code, titles, kind=kind, category=category, owner=owner, department=department)
    manual.supervisor, manual.purpose, manual.principles = supervisor, purpose, principles
    manual.review_on, manual.phases = review_on, [one.value for one in Phase if one in phases]
    return manual


def put_on_shelf(
    code: str,
    titles: dict[str, str],
    *,
    kind: ManualKind,
    category: str,
    owner: Person | None,
    department: Department | None,
) -> Manual:
    """Within a verb that has looked who acts: an empty manual."""
    scope = department.id if department and department.parent_id else None
    if not rules.CODE.fullmatch(code):
        raise Refused(
            say("“{code}” is no code of a manual. Write two letters or more and a number: KF-01.", code=code),
            field="code",
        )
    if db.session.scalar(select(Manual.id).where(Manual.code == code)):
        raise Refused(say("There is a manual {code} already.", code=code), field="code")
    manual = Manual(
        code=code,
        titles=titles,
        kind=kind,
        category=category,
        owner_id=owner.id if owner else None,
        department_id=scope,
    )
    db.session.add(manual)
    db.session.flush()
    return manual


@action
def publish_version(
    actor: Publisher,
    manual: Manual,
    version: VersionText,
    *,
    right: P = P.MANUALS_PUBLISH,
    rendered: Mapping[str, Markup] = MappingProxyType({}),
    restores: ManualVersion | None = None,
    at: datetime,
) -> ManualVersion:
    """Publish a version: from its day on its clauses bind, and nothing of it is ever changed (attacks 42, 43). Whom it
    binds is asked to acknowledge it (POL-006). `right`: the one that it takes. `rendered`: texts that were rendered
    when they were written, so that nobody waits for a thousand of them here. `restores`: the version whose words these
    are again; whoever acknowledged that one is not asked. Where it names none, it opens with the purpose and the
    principles of its manual.

    Raises NotAllowed without the right in the manual's scope. Raises Refused for a day that is past or not after the
    version before; a number that is not higher; clauses that cannot be cited; a key that is not declared or ruled on
    twice; a value out of bounds; a key that another manual of the same scope rules on; a ruling of the version before
    that is left out without being named among `drops`; people whom it no longer binds and who lose what was ruled for
    them, unless it `narrows`; and where a higher floor has something against it.
    """
    _may_publish(actor, manual.department_id, right)
    one_publisher_at_a_time()
    before = queries.last_version(manual)
    _refuse_wrong_order(manual, version, before, at)
    _refuse_repealed(manual, version)
    version = refuse_unfit(manual, version, before, restored=restores is not None)
    purpose = manual.purpose if version.purpose is None else version.purpose
    principles = manual.principles if version.principles is None else version.principles
    version = replace(version, purpose=purpose, principles=principles)

    row = ManualVersion(
        manual=manual,
        seq=queries.last_seq(manual) + 1,
        major=version.major,
        minor=version.minor,
        state=State.PUBLISHED,
        effective_from=version.effective_from,
        published_at=at,
        published_by_id=actor.id,
        summary=version.summary,
        purpose=purpose,
        principles=principles,
        digest=rules.digest(manual.code, queries.scope_of(manual), version),
        restores_id=restores.id if restores else None,
        places=places.rows(version.places),
        quiz_digest=quiz_rules.digest(version.questions),
        questions=[
            QuizQuestion(position=place, words=one.words, stable=one.stable,
                         kept=[[choice.words, choice.right] for choice in one.choices])
            for place, one in enumerate(version.questions, start=1)
        ],
    )  # fmt: skip
    for position, one in enumerate(version.clauses, start=1):
        clause = ClauseRow(
            stable=one.stable,
            position=position,
            number=one.number,
            heading=one.heading,
            text=one.text,
            html=rendered.get(one.text) or queries.shown(one.text),
            part=one.part,
            chapter=one.chapter,
        )
        clause.rulings = [RulingRow(version=row, key=key, value=value) for key, value in one.rulings.items()]
        row.clauses.append(clause)
    db.session.add(row)
    db.session.flush()
    record(VersionPublished(manual.id, row.id, manual.code, row.label, row.effective_from, row.digest, row.quiz_digest))
    queries.forget_book()
    acknowledgements.ask_everybody(row, at)
    watch.plan_first(row)
    return row


def refuse_unfit(
    manual: Manual, version: VersionText, before: ManualVersion | None, *, restored: bool = False
) -> VersionText:
    """What is asked of the words and values of a version, whatever its day: also before it is approved. Returns it with
    each value in the one spelling that is kept; raises Refused as `publish_version` does. `restored`: its words were
    published before, for places some of which may be closed by now."""
    rules.refuse_faulty_text(version)
    version = rules.as_kept(version)
    if not restored:
        places.refuse_strange(manual, version.places, version.effective_from)
    _refuse_rivals(manual, version)
    if before:
        _refuse_dropped(manual, version, before)
    if not restored:
        refuse_narrowed(manual, version)
    refuse_vetoed(manual, version)
    return version


def _may_publish(actor: Publisher, department_id: int | None, right: P = P.MANUALS_PUBLISH) -> None:
    if not actor.may(right, queries.home_of(department_id)):
        raise NotAllowed(say("Publishing this manual is not yours to do."))


def one_publisher_at_a_time() -> None:
    """Within a verb: two manuals published at once must see each other. Whether they rule on the same key is asked of
    all of them."""
    db.session.execute(select(Manual.id).order_by(Manual.id).with_for_update()).all()


def _refuse_repealed(manual: Manual, version: VersionText) -> None:
    if manual.repeal is not None and version.effective_from >= manual.repeal.from_on:
        raise Refused(
            say("{manual} is repealed from {day} on: no version can come into force then.",
                manual=manual.code, day=manual.repeal.from_on)
        )  # fmt: skip


def _refuse_wrong_order(manual: Manual, version: VersionText, before: ManualVersion | None, at: datetime) -> None:
    """The number is higher than any before it, one that was taken back among them: it has its address for good."""
    if version.effective_from < office_day(at):
        raise Refused(say("A version never binds backwards: it comes into force on the day of publication or later."))
    highest = queries.highest_number(manual)
    if highest and (version.major, version.minor) <= highest:
        raise Refused(
            say("Version {before} is published already; the next one has a higher number.",
                before=f"{highest[0]}.{highest[1]}")
        )  # fmt: skip
    if before and version.effective_from <= before.effective_from:
        raise Refused(
            say(
                "Version {before} comes into force on {day}; the next one can do so only later.",
                before=before.label,
                day=before.effective_from,
            )
        )


def _refuse_rivals(manual: Manual, version: VersionText) -> None:
    where = places.scopes(version.places, manual.department_id)
    for key, clause in queries.rival_rulings(manual, version.rulings(), where, from_on=version.effective_from).items():
        raise Refused(
            say("{clause} rules on “{rule}” already. Two manuals must not.", clause=clause, rule=KEYS[key].label),
            clause=clause,
        )


def _refuse_dropped(manual: Manual, version: VersionText, before: ManualVersion) -> None:
    for clause in before.clauses:
        for ruling in clause.rulings:
            if ruling.key not in version.rulings() and ruling.key not in version.drops:
                raise Refused(
                    say(
                        "Clause {number} of version {before} rules on “{rule}”; this version says nothing about it. "
                        "Let a clause rule on it, or name it among what is left open.",
                        number=clause.number,
                        before=before.label,
                        rule=KEYS[ruling.key].label if ruling.key in KEYS else ruling.key,
                    ),
                    clause=Clause(manual.code, before.label, clause.number),
                )


def refuse_narrowed(manual: Manual, version: VersionText) -> None:
    """Raises Refused, naming the first, where somebody loses what was ruled for them and nobody has said that this is
    meant."""
    lost = [] if version.narrows else losses.of_version(manual, version, version.effective_from)
    if lost:
        raise Refused(
            say("This version binds {losers} no more: for them “{rule}” would no longer hold as this manual says it. "
                "Bind them as well, or say that it is meant.", losers=listed(lost[0].losers), rule=lost[0].key.label),
            field="scope",
        )  # fmt: skip
