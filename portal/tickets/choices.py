"""What the selects of the forms about tickets offer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import abort
from flask_babel import gettext as _

from portal.kernel.clock import today
from portal.kernel.errors import Refused
from portal.kernel.text import say, text_of
from portal.lists import queries as lists
from portal.organisation import queries as organisation
from portal.organisation.models import Department, Person
from portal.tickets import queries
from portal.tickets.forms import Choices, Groups
from portal.tickets.queries import Desk


def to_sort_by() -> dict[str, Any]:
    """Kinds, and types of matters with the department in charge of each, grouped by the kind that they belong to."""
    kinds, types = lists.to_sort_by()
    names = {one.code: text_of(one.texts) for one in kinds}
    departments = organisation.departments()
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in types:
        where = f" → {text_of(departments[one.department_id].names)}" if one.department_id in departments else ""
        groups.setdefault(names.get(one.kind, _("any kind")), []).append((one.code, text_of(one.texts) + where))
    return {"kinds": list(names.items()), "types": groups}


def templates() -> Choices:
    """The standard procedures that are in use (TKT-054)."""
    return [(str(one.id), one.name) for one in lists.templates()]


def colleagues(without: Collection[int] = ()) -> Choices:
    """Everybody who is there today but those `without`, with their department."""
    departments = organisation.departments()
    return [
        (str(one.id), f"{one.name} · {text_of(departments[one.department_id].names)}")
        for one in organisation.colleagues(today())
        if one.id not in without
    ]


def desks(but: int = 0, without: Collection[int] = (), beside: Mapping[int, str] | None = None) -> Groups:
    """Departments that take tickets, each with its people but those `without`: `7` is the department, `7:12` one person
    there. `beside`: what is said beside a name, by the person's id."""
    found = [desk for desk in queries.desks(today()) if desk.department.id != but]
    return {text_of(desk.department.names): _of_desk(desk, without, beside or {}) for desk in found}


def _of_desk(desk: Desk, without: Collection[int], beside: Mapping[int, str]) -> Choices:
    name, own = text_of(desk.department.names), desk.department.id
    return [
        (str(own), _("%(department)s: whoever has time", department=name)),
        *((f"{own}:{one}", person + beside.get(one, "")) for one, person in desk.people if one not in without),
    ]


def chosen_desk(value: str | None) -> tuple[Department, Person | None]:
    """The department that was chosen from `desks`, and the one person there, if one was. 404 for no department; raises
    Refused for a person who is not there."""
    department_id, _colon, person_id = (value or "").partition(":")
    department = queries.department(id_in(department_id)) or abort(404)
    return department, chosen_colleague(person_id) if person_id else None


def units() -> Choices:
    """Every department of today."""
    return [(str(one.id), text_of(one.names)) for one in organisation.departments().values()]


def id_in(text: str | None) -> int:
    """The id that was sent, 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def chosen_colleague(person_id: str | None) -> Person:
    """The colleague who was chosen. Raises Refused for nobody."""
    found = organisation.colleague(id_in(person_id))
    if found is None:
        raise Refused(say("Choose a colleague from the list."))
    return found
