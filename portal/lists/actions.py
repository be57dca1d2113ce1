"""What supervisors and heads do with the lists. Every change is a fact; nothing is deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.extensions import db
from portal.kernel import once
from portal.kernel.actions import Portal, action
from portal.kernel.clock import office_day
from portal.kernel.errors import NotAllowed, OutOfDate, Refused
from portal.kernel.journal import record
from portal.kernel.permissions import P
from portal.kernel.text import say
from portal.lists import queries, rules
from portal.lists.events import ListValueAdded, ListValueChanged
from portal.lists.models import Phrase, RoutingType, TicketKind, TicketTemplate
from portal.lists.states import CONSULTATION, MOST_STEPS, REAL_ESTATE, REQUIRED_KINDS, Category, List, Use
from portal.organisation.models import Department
from portal.organisation.staff import Staff

Editor = Staff | Portal
KIND_STAYS = say("This kind belongs to the eight that every desk has; it stays in use.")
RECORD_STAYS = say("Every consultation has a record; that stays.")
TYPE_STAYS = say("Questions about real estate are answered here; this consultation stays in use.")
_CODE = re.compile(r"[a-z][a-z0-9-]{1,38}")


@action
def add_kind(
    actor: Editor, code: str, texts: dict[str, str], *, needs_record: bool = False, at: datetime
) -> TicketKind:
    """A further kind of ticket beside the eight (TKT-001). Raises NotAllowed; Refused for a code that is taken."""
    _need(actor)
    _check_code(code, queries.kind_called(code))
    kind = TicketKind(
        code=code, texts=_named(texts), needs_record=needs_record, position=queries.end_of(TicketKind.position)
    )
    db.session.add(kind)
    record(ListValueAdded(List.KINDS, texts["zh-CN"]))
    return kind


@action
def change_kind(
    actor: Editor, kind: TicketKind, version: int, *, texts: dict[str, str], needs_record: bool, active: bool,
    position: int, at: datetime,
) -> None:  # fmt: skip
    """Change a kind. Raises Refused for switching off one of the eight (TKT-001) or the record of a consultation
    (TKT-026); OutOfDate for an older `version`."""
    _need(actor)
    _check_version(kind, version)
    if not active and kind.code in REQUIRED_KINDS:
        raise Refused(KIND_STAYS, field="active")
    if not needs_record and kind.code == CONSULTATION:
        raise Refused(RECORD_STAYS, field="needs_record")
    _change(
        List.KINDS, kind, kind.texts["zh-CN"],
        texts=_named(texts), needs_record=needs_record, active=active, position=position,
    )  # fmt: skip


@action
def add_type(
    actor: Editor, code: str, texts: dict[str, str], *, kind: str | None = None, department: Department | None,
    at: datetime,
) -> RoutingType:  # fmt: skip
    """A further type of matter with the department that answers for it (TKT-016). Raises Refused without one."""
    _need(actor)
    _check_code(code, queries.routing_type_called(code))
    routing_type = RoutingType(
        code=code, texts=_named(texts), kind=kind, department_id=_responsible(department).id,
        position=queries.end_of(RoutingType.position),
    )  # fmt: skip
    db.session.add(routing_type)
    record(ListValueAdded(List.ROUTING, texts["zh-CN"]))
    return routing_type


@action
def change_type(
    actor: Editor, routing_type: RoutingType, version: int, *, texts: dict[str, str], kind: str | None,
    department: Department | None, active: bool, position: int, at: datetime,
) -> None:  # fmt: skip
    """Change a type or who answers for it; what is under way stays where it is.

    Raises Refused without a department (TKT-016) or for switching off real estate (TKT-027); OutOfDate for an older
    `version`.
    """
    _need(actor)
    _check_version(routing_type, version)
    if routing_type.code == REAL_ESTATE and not (active and kind == CONSULTATION):
        raise Refused(TYPE_STAYS, field="active")
    _change(
        List.ROUTING, routing_type, routing_type.texts["zh-CN"],
        texts=_named(texts), kind=kind, department_id=_responsible(department).id, active=active, position=position,
    )  # fmt: skip


@action
def add_phrase(
    actor: Editor, words: str, use: Use, *, category: Category | None = None, instead: str = "", from_on: date,
    to_on: date | None = None, at: datetime,
) -> Phrase:  # fmt: skip
    """A phrase that is not to be written, or one to put in (TKT-023 … TKT-025).

    Raises Refused for words that are on the list already, a snippet without a category, or one that says what is
    forbidden.
    """
    _need(actor)
    words, category = _fitting(words, use, category, from_on, to_on)
    phrase = Phrase(words=words, use=use, category=category, instead=instead.strip(), from_on=from_on, to_on=to_on)
    db.session.add(phrase)
    record(ListValueAdded(List.PHRASES, words))
    return phrase


@action
def change_phrase(
    actor: Editor, phrase: Phrase, version: int, *, words: str, use: Use, category: Category | None, instead: str,
    from_on: date, to_on: date | None, at: datetime,
) -> None:  # fmt: skip
    """Change a phrase or end it by `to_on`. Raises as `add_phrase` does, and OutOfDate for an older `version`."""
    _need(actor)
    _check_version(phrase, version)
    before = phrase.words
    words, category = _fitting(words, use, category, from_on, to_on, but=phrase)
    _change(
        List.PHRASES, phrase, before,
        words=words, use=use, category=category, instead=instead.strip(), from_on=from_on, to_on=to_on,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Procedure:
    """What a template says: empty where it leaves something open. `steps`: (words, must) in their order."""

    name: str
    kind: str = ""
    routing: str = ""
    impact: str = ""
    urgency: str = ""
    title: str = ""
    body: str = ""
    reply: str = ""
    steps: Sequence[tuple[str, bool]] = ()


@action
def add_template(actor: Editor, procedure: Procedure, *, key: str = "", at: datetime) -> TicketTemplate:
    """A standard procedure for a common problem (TKT-054). `key`: the form's one-time key.

    Raises Refused for a name that is taken, a type that the kind does not have, or a reply with a forbidden phrase.
    """
    _need(actor)
    parts = _proceeding(procedure, at)
    template = TicketTemplate(**parts, position=queries.end_of(TicketTemplate.position))
    db.session.add(template)
    db.session.flush()
    once.used(key, actor.id, str(template.id), at)
    record(ListValueAdded(List.TEMPLATES, template.name))
    return template


@action
def change_template(
    actor: Editor, template: TicketTemplate, version: int, procedure: Procedure, *, active: bool, position: int,
    at: datetime,
) -> None:  # fmt: skip
    """Change a template or take it out of use; no ticket changes with it. Raises as `add_template` does, and OutOfDate
    for an older `version`."""
    _need(actor)
    _check_version(template, version)
    before = template.name
    _change(List.TEMPLATES, template, before, **_proceeding(procedure, at, but=template), active=active,
            position=position)  # fmt: skip


def _proceeding(one: Procedure, at: datetime, but: TicketTemplate | None = None) -> dict[str, Any]:
    """The parts of a template as they are kept. Raises Refused."""
    name = " ".join(one.name.split())
    if not name:
        raise Refused(say("Give the template a name."), field="name")
    if any(other is not but and other.name == name for other in queries.templates(active_only=False)):
        raise Refused(say("There is a template “{name}” already.", name=name), field="name")
    kind = queries.kind_called(one.kind) if one.kind else None
    if one.kind and (kind is None or not (kind.active or (but is not None and but.kind == one.kind))):
        raise Refused(say("Choose what kind of matter it is."), field="kind")
    if one.routing and one.routing not in {known.code for known in queries.routing_types(one.kind or None)}:
        raise Refused(say("Choose what it is about from the list of this kind."), field="routing")
    for found in rules.phrases_in(one.reply, queries.phrases(Use.FORBIDDEN, on=office_day(at))):
        raise Refused(
            say("“{words}” is forbidden; it cannot stand in a reply.", words=found.phrase.words), field="reply"
        )
    steps = [[" ".join(words.split()), must] for words, must in one.steps if words.strip()]
    if len(steps) > MOST_STEPS:
        raise Refused(say("At most {most} steps; a longer procedure is two.", most=MOST_STEPS), field="steps")
    return {
        "name": name, "kind": one.kind, "routing": one.routing, "impact": one.impact, "urgency": one.urgency,
        "title": " ".join(one.title.split()), "body": one.body.strip(), "reply": one.reply.strip(), "steps": steps,
    }  # fmt: skip


Value = TicketKind | RoutingType | Phrase | TicketTemplate


def _need(actor: Editor) -> None:
    if not actor.may(P.LISTS_EDIT):
        raise NotAllowed(say("Supervisors and heads rule the lists."))


def _check_version(value: Value, version: int) -> None:
    if value.version != version:
        raise OutOfDate(say("Somebody changed this value while you had it open. Look at both, then save again."))


def _check_code(code: str, taken: object) -> None:
    if not _CODE.fullmatch(code):
        raise Refused(
            say("A code has small Latin letters, digits and hyphens, and begins with a letter."), field="code"
        )
    if taken is not None:
        raise Refused(say("The code “{code}” is taken.", code=code), field="code")


def _named(texts: dict[str, str]) -> dict[str, str]:
    """Texts by locale without empty ones. Raises Refused without a Chinese one."""
    kept = {locale: text.strip() for locale, text in texts.items() if text.strip()}
    if "zh-CN" not in kept:
        raise Refused(say("Give it a Chinese name."), field="chinese")
    return kept


def _responsible(department: Department | None) -> Department:
    if department is None:
        raise Refused(say("Every type has a department that answers for it."), field="department")
    return department


def _fitting(
    words: str, use: Use, category: Category | None, from_on: date, to_on: date | None, but: Phrase | None = None
) -> tuple[str, Category | None]:
    """Words and category as they are kept. Raises Refused."""
    words = words.strip()
    if to_on is not None and to_on <= from_on:
        raise Refused(say("The last day comes after the first one."), field="to_on")
    if use is Use.SNIPPET and category is None:
        raise Refused(say("Say on which shelf the snippet stands."), field="category")
    others = [one for one in queries.phrases() if one is not but and _overlap(one, from_on, to_on)]
    for same in rules.phrases_in(words, others):
        phrase = same.phrase
        if phrase.use is use and rules.phrases_in(phrase.words, [_Words(words)]):
            raise Refused(say("“{words}” is on the list already.", words=phrase.words), field="words")
        if use is Use.SNIPPET and phrase.use is Use.FORBIDDEN:
            raise Refused(
                say("“{words}” is forbidden; it cannot stand in a snippet.", words=phrase.words), field="words"
            )
    return words, category if use is Use.SNIPPET else None


class _Words:
    def __init__(self, words: str) -> None:
        self.words = words


def _overlap(one: Phrase, from_on: date, to_on: date | None) -> bool:
    return (one.to_on is None or one.to_on > from_on) and (to_on is None or one.from_on < to_on)


def _change(which: List, value: Value, name: str, /, **parts: Any) -> None:
    for part, after in parts.items():
        before = getattr(value, part)
        if before == after:
            continue
        setattr(value, part, after)
        record(ListValueChanged(which, name, part, _said(part, before), _said(part, after)))


def _said(part: str, value: Any) -> str:
    """A part's value as the journal keeps it: words that need no list to be read later."""
    if part == "department_id" and value:
        return str(db.session.get_one(Department, value).names["zh-CN"])
    if isinstance(value, dict):
        return " / ".join(value.values())
    if isinstance(value, list):
        return " / ".join(f"{words} !" if must else words for words, must in value)
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return "" if value is None else str(value)
