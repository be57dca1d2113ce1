"""The addresses of the demo company: each GET route, filled with things that are there."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app

from portal.extensions import db
from portal.kernel.clock import now, today
from portal.kernel.text import in_language
from portal.organisation import queries as organisation
from portal.organisation.models import Assessment, DutyOwner, Post
from portal.tickets import sheet
from portal.tickets.models import Ticket, TicketStep


def check_code() -> str:
    """The code of a sheet of the demo company, as it is printed without inside notes in the setting's language."""
    reader = organisation.staff(organisation.person_called("supervisor"), today())
    with in_language(current_app.config["LOCALE"]):
        return sheet.of(reader, "T-2026-00017", notes=False, at=now()).code(now())


def _of_service(kind: type, column: str = "department_id") -> list[str]:
    """Ids of rows of the customer service centre, which is the first example of a unit."""
    from portal.organisation.queries import unit_coded

    unit = unit_coded("CS")
    assert unit is not None
    rows = db.session.scalars(db.select(kind.id).where(getattr(kind, column) == unit.id).order_by(kind.id))  # type: ignore[attr-defined]
    return [str(one) for one in rows]


def _steps_of(numbers: list[str]) -> list[str]:
    """A step of the checklist of each of these tickets; of one without a step, one that is not its own."""
    rows = db.session.execute(
        db.select(Ticket.number, TicketStep.id).join(TicketStep, TicketStep.ticket_id == Ticket.id)
    )
    own = {number: str(step_id) for number, step_id in rows}
    return [own.get(number, "1") for number in numbers]


EXAMPLES: dict[str, Callable[[], list[str]]] = {
    "customer_number": lambda: ["C-2026-00001", "C-2026-00004"],
    "number": lambda: [f"T-2026-{number:05d}" for number in (1, 15, 17, 19, 22, 29, 33, 35, 40, 43, 57, 58)],
    "acknowledgement_id": lambda: ["1", "2", "90"],
    "attachment_id": lambda: ["1"],
    "change_request_id": lambda: ["1", "2", "3"],
    "complaint_id": lambda: ["1"],
    "import_id": lambda: ["1"],
    "digest": lambda: ["0" * 64],
    "day": lambda: ["2026-10-01", "2026-10-10", "2026-10-11"],
    "secret": lambda: ["this-link-is-over"],
    "staff_number": lambda: ["XH005", "XH026", "XH033", "XH101"],
    "kept": lambda: ["posts", "roles", "superiors", "deputies"],
    "entry_id": lambda: ["5", "26", "1", "1"],
    "kind_code": lambda: ["consultation", "repair"],
    "notice_id": lambda: ["1", "2"],
    "bulk_id": lambda: ["1"],
    "step_id": lambda: _steps_of(EXAMPLES["number"]()),
    "template_id": lambda: ["1", "2"],
    "view_id": lambda: ["1", "2"],
    "phrase_id": lambda: ["1", "20"],
    "role_name": lambda: ["agent", "sales-director", "everyone"],
    "routing_code": lambda: ["real-estate", "billing"],
    "unit_code": lambda: ["CS", "XH", "RD", "COMM", "CS-CMP"],
    "post_id": lambda: _of_service(Post)[:1],
    "owner_id": lambda: _of_service(DutyOwner)[:1],
    "assessment_id": lambda: _of_service(Assessment)[:1],
    "duty_id": lambda: ["1"],
    "proposal_number": lambda: ["P-2026-00001", "P-2026-00002"],
    "appraisal_id": lambda: ["1", "2"],
    "unit": lambda: ["company", "SHOP", "CS-ORD"],
    "year": lambda: ["2026", "2027", "2031"],
    "manual": lambda: ["KF-01", "WX-01", "WD-01"],
    "code": lambda: [check_code(), "T-2026-00017-00000-00000-00000-00000"],
    "label": lambda: ["2.1", "1.0"],
    "clause_number": lambda: ["4.1", "2.1"],
    "clause_id": lambda: ["1", "2", "3"],
    "act": lambda: ["comment", "finish", "comment"],
    "question_id": lambda: ["1", "2", "3"],
    "reviewer_id": lambda: ["1", "1", "2"],
    "comment_id": lambda: ["1", "1", "2"],
    "course_code": lambda: ["RZ-01", "WX-02"],
    "session_number": lambda: ["K-2026-00001", "K-2026-00002"],
    "participant_id": lambda: ["1", "2"],
    "goal_id": lambda: ["1"],
    "launch_id": lambda: ["1", "2"],
    "member_id": lambda: ["1", "2"],
    "team_id": lambda: ["1", "2"],
    "onboarding_id": lambda: ["1", "2"],
    "evidence_id": lambda: ["1", "2"],
    "key": lambda: ["tickets.satisfaction_rounds", "tickets.first_response", "tickets.chat_answer_within"],
}
"""Argument of a route → values that exist in the demo company; a feature's tests add theirs."""

SKIPPED = {"static"}
READERS = ("agent", "supervisor", "director", "hr", "admin", "auditor", "executive")
"""Between them they may open every page; where a page is looked at once, it is as the first of them who may."""


def addresses(app: Flask) -> list[str]:
    """One address per GET route and example. Raises AssertionError for an argument without an example."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in SKIPPED:
            continue
        arguments = sorted(rule.arguments)
        for argument in arguments:
            assert argument in EXAMPLES, f"{rule.rule}: tests/walk.py has no example of {argument}"
        if not arguments:
            found.append(rule.rule)
            continue
        columns = [EXAMPLES[argument]() for argument in arguments]
        for values in zip(*columns, strict=False):
            with app.test_request_context():
                found.append(app.url_for(rule.endpoint, **dict(zip(arguments, values, strict=True))))
    return found
