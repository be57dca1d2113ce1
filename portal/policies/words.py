"""What of manuals can be found: the books by their titles, every clause that holds or is to come, and, as far as that
is the reader's to see, who was asked to acknowledge what, how a manual is made known, and what its audits found."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, select

from portal.extensions import db
from portal.kernel import search
from portal.kernel.clock import today
from portal.kernel.permissions import P
from portal.kernel.search import SearchText, Words
from portal.organisation.staff import Staff
from portal.policies import acknowledgements, leaves, queries, watch
from portal.policies.acknowledgement_models import Acknowledgement
from portal.policies.models import ClauseRow, Manual, ManualVersion
from portal.policies.watch_models import ManualAudit, PublicityStep


def manuals_seen_by(reader: Staff) -> ColumnElement[bool]:
    """The manuals on the reader's shelf."""
    return queries.seen_by(reader).where(Manual.id == SearchText.thing_id).exists()


def clauses_seen_by(_reader: Staff) -> ColumnElement[bool]:
    """Clauses of versions that nothing has superseded yet: what was once the rule is read in its manual."""
    return exists().where(
        ClauseRow.id == SearchText.thing_id, ManualVersion.id == ClauseRow.version_id, queries.outlives(today())
    )


def manual_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """The titles, in every language."""
    found = {}
    for one in db.session.execute(select(Manual.id, Manual.code, Manual.titles).where(Manual.id.in_(ids))):
        title = one.titles["zh-CN"]
        others = dict.fromkeys(other for other in one.titles.values() if other != title)
        found[one.id] = [Words(one.code, title, " · ".join(others))]
    return found


def clause_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Heading and words of a clause, without marks: those that its page shows, which were made when it was written."""
    rows = db.session.execute(
        select(
            ClauseRow.id, ClauseRow.number, ClauseRow.heading, ClauseRow.html, ManualVersion.major, ManualVersion.minor,
            ManualVersion.published_at, Manual.code,
        )
        .join(ManualVersion, ManualVersion.id == ClauseRow.version_id)
        .join(Manual, Manual.id == ManualVersion.manual_id)
        .where(ClauseRow.id.in_(ids))
    )  # fmt: skip
    return {
        one.id: [
            Words(
                f"{one.code} {one.major}.{one.minor} § {one.number}",
                one.heading,
                one.html.striptags(),
                one.published_at,
            )
        ]
        for one in rows
    }


def acknowledgements_seen_by(reader: Staff) -> ColumnElement[bool]:
    """One's own, and those of the people whom the reader looks after."""
    return exists().where(Acknowledgement.id == SearchText.thing_id, acknowledgements.seen_by(reader))


def acknowledgement_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Whose it is and of which version. Its title is the code alone: whoever looks for a manual finds that first."""
    rows = db.session.execute(
        select(
            Acknowledgement.id, Acknowledgement.person_name, Acknowledgement.asked_at, ManualVersion.major,
            ManualVersion.minor, Manual.code, Manual.titles,
        )
        .join(ManualVersion, ManualVersion.id == Acknowledgement.version_id)
        .join(Manual, Manual.id == Acknowledgement.manual_id)
        .where(Acknowledgement.id.in_(ids))
    )  # fmt: skip
    found = {}
    for one in rows:
        version, titles = f"{one.code} {one.major}.{one.minor}", dict.fromkeys(one.titles.values())
        words = " · ".join([one.person_name, *titles])
        found[one.id] = [Words(str(one.id), version, words, one.asked_at)]
    return found


def steps_seen_by(reader: Staff) -> ColumnElement[bool]:
    """What a plan that the reader may see says; nothing that does not take place."""
    return exists().where(
        PublicityStep.id == SearchText.thing_id, PublicityStep.dropped_at.is_(None),
        Manual.id == PublicityStep.manual_id, watch.seen_by(reader),
    )  # fmt: skip


def step_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """What is done, by whom, what came of it."""
    rows = db.session.execute(
        select(PublicityStep.id, PublicityStep.words, PublicityStep.person_name, PublicityStep.outcome, Manual.code)
        .join(Manual, Manual.id == PublicityStep.manual_id)
        .where(PublicityStep.id.in_(ids))
    )
    return {one.id: [Words(one.code, one.words, f"{one.person_name} {one.outcome}")] for one in rows}


def audits_seen_by(reader: Staff) -> ColumnElement[bool]:
    """Audits that were held, for whoever reads what they found."""
    return exists().where(
        ManualAudit.id == SearchText.thing_id, ManualAudit.done_at.is_not(None), Manual.id == ManualAudit.manual_id,
        watch.planned_by(reader),
    )  # fmt: skip


def audit_texts(ids: Collection[int]) -> dict[int, list[Words]]:
    """Which version was audited, by whom, and what was found. Its title is the code alone, as for acknowledgements."""
    rows = db.session.execute(
        select(
            ManualAudit.id, ManualAudit.version, ManualAudit.done_by_name, ManualAudit.findings, ManualAudit.done_at,
            Manual.code, Manual.titles,
        )
        .join(Manual, Manual.id == ManualAudit.manual_id)
        .where(ManualAudit.id.in_(ids))
    )  # fmt: skip
    return {
        one.id: [
            Words(
                one.code, f"{one.code} {one.version}",
                " · ".join([one.done_by_name, *dict.fromkeys(one.titles.values()), one.findings]), one.done_at,
            )
        ]
        for one in rows
    }  # fmt: skip


def clause_href(number: str) -> str:
    """Where a clause is read: KF-01 2.1 § 4.2."""
    manual, version, _sign, clause = number.split(" ")
    return f"/manuals/{manual}/{version}{leaves.address(clause)}"


search.register(
    search.Kind(
        "manual",
        _l("Manuals"),
        P.MANUALS_READ,
        id=Manual.id,
        href="/manuals/{}".format,
        seen_by=manuals_seen_by,
        texts=manual_texts,
        watched={Manual: ("id", {"code", "titles"})},
    )
)
search.register(
    search.Kind(
        "clause",
        _l("Clauses"),
        P.MANUALS_READ,
        id=ClauseRow.id,
        href=clause_href,
        seen_by=clauses_seen_by,
        texts=clause_texts,
        watched={ClauseRow: ("id", {"heading", "text"})},
    )
)
search.register(
    search.Kind(
        "acknowledgement",
        _l("Acknowledgements"),
        P.MANUALS_READ,
        id=Acknowledgement.id,
        href="/manuals/acknowledgements/{}".format,
        seen_by=acknowledgements_seen_by,
        few=acknowledgements.some_ids,
        texts=acknowledgement_texts,
        watched={Acknowledgement: ("id", {"person_name"})},
    )
)
search.register(
    search.Kind(
        "publicity step",
        _l("How manuals are made known"),
        P.MANUALS_READ,
        id=PublicityStep.id,
        href="/manuals/{}/watch".format,
        seen_by=steps_seen_by,
        texts=step_texts,
        watched={PublicityStep: ("id", {"words", "person_name", "outcome"})},
    )
)
search.register(
    search.Kind(
        "manual audit",
        _l("Audits"),
        P.MANUALS_READ,
        id=ManualAudit.id,
        href="/manuals/{}/watch".format,
        seen_by=audits_seen_by,
        texts=audit_texts,
        watched={ManualAudit: ("id", {"version", "done_by_name", "findings"})},
    )
)
