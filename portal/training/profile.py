"""What of training stands on the page of a colleague: what they know of products and services, for themselves and for
who keeps training where they belong."""

from __future__ import annotations

from datetime import date

from portal.kernel.text import say
from portal.organisation import profile
from portal.organisation.models import Person
from portal.organisation.profile import Note, Section
from portal.organisation.staff import Staff
from portal.training import knowledge
from portal.training.states import Result

FEW = 3


@profile.register
def product_knowledge(reader: Staff, person: Person, home: int | None, _day: date) -> Section | None:
    """The last checks (POL-047); whether one is due says the page with all of them."""
    checks = knowledge.checks_of(person.id, FEW) if knowledge.shows(reader, person.id, home) else ()
    if not checks:
        return None
    return Section(
        title=say("Product knowledge"),
        notes=[
            Note(one.on, say("checked by {name}", name=one.by_name), one.products, one.result.label, tone(one.result))
            for one in checks
        ],
        href=f"/training/knowledge/{person.staff_number}",
        verb=say("All checks"),
    )


def tone(result: Result) -> str:
    """How a result looks."""
    return "done" if result is Result.PASSED else "late"
