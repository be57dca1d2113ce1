"""What of customers' records can be found by its words; names, numbers and telephones have their own index."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, true

from portal.customers.models import Customer
from portal.extensions import db
from portal.kernel import search
from portal.kernel.lifecycle import Reader
from portal.kernel.permissions import P
from portal.kernel.search import Words


def seen_by(_reader: Reader) -> ColumnElement[bool]:
    """Every record, for whoever may read them."""
    return true()


def texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Name, company and note. Telephones are left out: who sees them masked would find out the rest digit by digit."""
    rows = db.session.execute(
        select(Customer.id, Customer.number, Customer.name, Customer.company, Customer.note).where(Customer.id.in_(ids))
    )
    return {one.id: [Words(one.number, one.name, "\n".join(filter(None, (one.company, one.note))))] for one in rows}


search.register(
    search.Kind(
        "customer",
        _l("Customers"),
        P.CUSTOMERS_READ,
        id=Customer.id,
        href="/customers/{}".format,
        seen_by=seen_by,
        texts=texts,
        watched={Customer: ("id", {"name", "company", "note"})},
    )
)
