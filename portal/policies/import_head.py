"""What the head of files says of a manual, held against this portal: what is taken over, and what is said instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime

from portal.kernel.clock import office_day
from portal.kernel.errors import Refused
from portal.kernel.text import Said, say
from portal.organisation import queries as organisation
from portal.organisation.models import Department
from portal.policies import drafts, places, queries, rules
from portal.policies.handbook import Handbook, Remark
from portal.policies.models import Manual, ManualDraft
from portal.policies.rules import VersionText
from portal.policies.states import Category

ONLY_FOR = "only-for"
"""The line that names whom a version binds, where that is not everybody."""
_NUMBER = re.compile(r"(\d{1,3})\.(\d{1,3})")
_LONGEST_NAME = 80
Head = Mapping[str, str]


# ── What it says ──


def titles_of(head: Head) -> dict[str, str]:
    """The titles that a head names, by locale."""
    names = {"title": "zh-CN", "title-zh-tw": "zh-TW", "title-en": "en"}
    return {locale: head[name][:80] for name, locale in names.items() if head.get(name)}


def number_of(head: Head) -> tuple[int, int] | None:
    """Which version it says it is."""
    found = _NUMBER.fullmatch(head.get("version", ""))
    return (int(found[1]), int(found[2])) if found else None


def day_of(head: Head) -> date | None:
    """From which day it is to bind."""
    with suppress(ValueError):
        return date.fromisoformat(head.get("effective", ""))
    return None


def left_here(head: Head) -> bool:
    """Whether the files left a portal as they are: what their head does not say is not so."""
    return "hash" in head


# ── What is said of it before anything is written ──


def remarks(book: Handbook, manual: Manual | None, on: date) -> Iterator[Remark]:
    """What of the head will not be so, or not as it stands there. `manual`: the one that the files are for, None for a
    new one."""

    def remark(name: str, sentence: Said) -> Remark:
        file, line = book.said_at.get(name, ("", 0))
        return Remark(file, line, sentence)

    head = book.head
    for said in _about_scope(head, manual, on):
        yield remark(ONLY_FOR, said)
    if manual:
        code = queries.scope_of(manual)
        if head.get("department", "" if left_here(head) else code) != code:
            where = manual.department.names if manual.department else say("the whole company")
            yield remark(
                "department",
                say("The files are for another department. This manual binds {where}, as before.", where=where),
            )
        if head.get("kind", manual.kind.value) != manual.kind.value:
            yield remark("kind", say("The files are of another kind. This manual stays what it is: {kind}.",
                                     kind=manual.kind.label))  # fmt: skip
    elif head.get("department") and _unit(head) is None:
        name = head["department"][:_LONGEST_NAME]
        yield remark("department", say("There is no department {code} here: choose whom it binds.", code=name))
    number, highest = number_of(head), queries.highest_number(manual) if manual else None
    if number and highest and number <= highest:
        yield remark(
            "version",
            say("Version {version} is published already: number and day of the next one are chosen in the draft.",
                version=head["version"]),
        )  # fmt: skip
    elif (since := day_of(head)) and since < on:
        yield remark("effective", say("The day {day} has passed: choose in the draft from when it binds.", day=since))
    if left_here(head) and number and not _is_word_for_word(book, number, manual, on):
        yield remark(
            "hash",
            say("It is not word for word what left as version {version}: the hash of the text is another one.",
                version=head["version"]),
        )  # fmt: skip


def _about_scope(head: Head, manual: Manual | None, on: date) -> Iterator[Said]:
    said = head.get(ONLY_FOR, "")
    if not said:
        if left_here(head) and manual and _bound_until_now(manual):
            yield say("The files bind everybody in the department of the manual, until now only some were bound.")
        return
    found = places.called(said, manual.department_id if manual else None, on)
    for name in found.unknown:
        yield say("“{name}” in only-for is no department and no post here: it is left out.", name=_short(name))
    for name in found.several:
        yield say("“{name}” in only-for is the name of several: it is left out. Write the department behind a post, as "
                  "in {example}.", name=_short(name), example="客服专员（CS）")  # fmt: skip
    for name in found.elsewhere:
        yield say("“{name}” in only-for is not below the department of this manual: it is left out.", name=_short(name))
    if not (found.places or found.whole):
        yield (
            say("Nobody of only-for is left: the draft goes on binding whom it binds now.")
            if manual
            else say("Nobody of only-for is left: the draft binds everybody until its authors choose whom.")
        )


def _bound_until_now(manual: Manual) -> bool:
    draft, before = drafts.open_draft_of(manual), queries.last_version(manual)
    return bool(draft.places if draft else before and before.places)


def _is_word_for_word(book: Handbook, number: tuple[int, int], manual: Manual | None, on: date) -> bool:
    """Whether its text has the hash that its head names."""
    head, since = book.head, day_of(book.head)
    if since is None:
        return False
    bound = bound_by(head, manual.department_id if manual else _home(head), on)
    text = VersionText(
        *number, since, book.clauses, places=frozenset(bound or ()), purpose=head.get("purpose", ""),
        principles=head.get("principles", ""),
    )  # fmt: skip
    where = head.get("code", ""), head.get("department", "")
    return head["hash"] in {rules.digest(*where, text, form) for form in rules.FORMS}


# ── What is taken over ──


def bound_by(head: Head, department_id: int | None, on: date) -> tuple[str, ...] | None:
    """Whom a version for a department binds as its head says it, nobody in particular for everybody; None where the
    head does not say it, or names nobody who is here."""
    said = head.get(ONLY_FOR, "")
    if said:
        found = places.called(said, department_id, on)
        return found.places if found.places or found.whole else None
    return () if left_here(head) else None


def preset_department(head: Head) -> int | None:
    """The department that a new manual is for, as the head names it; the company where files that left a portal name
    none."""
    unit = _unit(head) or (organisation.top_department() if left_here(head) and "department" not in head else None)
    return unit.id if unit else None


def refuse_elsewhere(head: Head, department: Department | None, on: date) -> None:
    """Raises Refused for a department that does not hold everybody whom the files name: nobody is left out unseen."""
    scope = department.id if department and department.parent_id else None
    if said := head.get(ONLY_FOR, ""):
        inside, anywhere = places.called(said, scope, on), places.called(said, None, on)
        if lost := [one for one in inside.elsewhere if one not in anywhere.elsewhere]:
            raise Refused(
                say("The files bind “{name}” alone, which is not below this department. Choose the one above it, or "
                    "change only-for in the files.", name=_short(lost[0])), field="department",
            )  # fmt: skip


def describe(draft: ManualDraft, head: Head) -> None:
    """What the files say of the manual; what they do not say stays."""
    draft.titles = {**draft.titles, **titles_of(head)}
    draft.purpose, draft.principles = head.get("purpose", draft.purpose), head.get("principles", draft.principles)
    if head.get("category") in list(Category):
        draft.category = head["category"]


def plan(draft: ManualDraft, head: Head, at: datetime) -> None:
    """Which version it becomes, from when, what it changes and whom it binds, as far as that can still be so."""
    on, number, since = office_day(at), number_of(head), day_of(head)
    highest = queries.highest_number(draft.manual)
    if number and (highest is None or number > highest):
        draft.major, draft.minor = number
    draft.summary = head.get("summary", draft.summary)
    draft.effective_from = since if since and since >= on else draft.effective_from
    bound = bound_by(head, draft.manual.department_id, on)
    draft.places = draft.places if bound is None else list(bound)


def _unit(head: Head) -> Department | None:
    return organisation.unit_coded(head["department"]) if head.get("department") else None


def _home(head: Head) -> int | None:
    unit = _unit(head)
    return unit.id if unit and unit.parent_id else None


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
