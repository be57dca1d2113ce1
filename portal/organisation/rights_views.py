"""Who may do what: the table of roles and rights, who holds each role today, and what one colleague may do where."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from werkzeug.wrappers import Response

from portal.kernel.clock import today
from portal.kernel.paging import After
from portal.kernel.permissions import ROLES, P, Role
from portal.kernel.text import printable
from portal.organisation import queries
from portal.organisation.models import Department, Person
from portal.organisation.views import bp
from portal.web.respond import page

FEW = 12
"""Holders of one role that the first page shows."""
LONGEST_WORDS = 100


@bp.page("/rights", needs=P.PEOPLE_READ)
def rights_page() -> Any:
    words = printable(request.args.get("person", "")).strip()[:LONGEST_WORDS]
    if words:
        return _of_person(words)
    return page(
        "organisation/rights.html",
        groups=_groups(list(P)),
        roles=ROLES,
        holders=queries.some_holders_of_roles(today(), FEW),
        most=FEW,
        units=queries.departments(),
    )


@bp.page("/rights/<role_name>", needs=P.PEOPLE_READ)
def role_page(role_name: str) -> Any:
    try:
        role = Role(role_name.replace("-", " "))
        after = After.read(request.args.get("after"), str, int)
    except ValueError:
        abort(404 if role_name.replace("-", " ") not in set(Role) else 400)
    return page(
        "organisation/role.html",
        role=role,
        groups=_groups([right for right in P if right in ROLES[role]]),
        holders=queries.holders_of_role(role, today(), after=after),
        started=bool(after),
        units=queries.departments(),
    )


def _of_person(words: str) -> Response:
    """The rights of the one colleague whom the words mean; otherwise those whom they may mean, to choose from."""
    found = queries.people_found(words, today())
    person = found[0] if len(found) == 1 else None
    return page(
        "organisation/rights_of.html",
        words=words,
        found=found,
        person=person,
        groups=_groups(list(P)) if person else [],
        where=_where(person) if person else {},
        everyone=ROLES[Role.EVERYONE],
    )


def _groups(rights: list[P]) -> list[tuple[str, list[P]]]:
    """Rights below their headings, in the order of the table."""
    found: dict[str, list[P]] = {}
    for right in rights:
        found.setdefault(right.subject, []).append(right)
    return list(found.items())


def _where(person: Person) -> dict[P, list[tuple[Role, Department]]]:
    """For each right of somebody the roles that carry it, each with the department where it counts."""
    held = queries.roles_of(person.id, today())
    return {right: given for right in P if (given := [(role, unit) for role, unit in held if right in ROLES[role]])}
