"""What of colleagues can be found by its words."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, select

from portal.extensions import db
from portal.kernel import search
from portal.kernel.permissions import P
from portal.kernel.search import SearchText, Words
from portal.organisation.models import Person
from portal.organisation.staff import Staff


def seen_by(_reader: Staff) -> ColumnElement[bool]:
    """Whoever has not left, for everybody on staff."""
    return exists().where(Person.id == SearchText.thing_id, Person.disabled_at.is_(None))


def texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """The name and how to reach them inside the house."""
    rows = db.session.execute(
        select(Person.id, Person.staff_number, Person.name, Person.sign_in_name, Person.telephone)
        .where(Person.id.in_(ids))
    )  # fmt: skip
    found = {}
    for one in rows:
        reached = " ".join(filter(None, (one.staff_number, one.sign_in_name, one.telephone)))
        found[one.id] = [Words(one.staff_number, one.name, reached)]
    return found


search.register(
    search.Kind(
        "person",
        _l("Colleagues"),
        P.PEOPLE_READ,
        id=Person.id,
        href="/people/{}".format,
        seen_by=seen_by,
        texts=texts,
        watched={Person: ("id", {"staff_number", "name", "sign_in_name", "telephone"})},
    )
)
