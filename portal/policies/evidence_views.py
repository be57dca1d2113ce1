"""What shows how a version came about: kept with its draft, read with the version."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _

from portal.kernel import files
from portal.kernel.clock import now, today
from portal.kernel.permissions import P
from portal.policies import evidence, queries
from portal.policies.draft_views import draft_here
from portal.policies.life_forms import BackForm, EvidenceForm
from portal.policies.models import DraftEvidence, ManualDraft, ManualVersion
from portal.policies.states import Evidence
from portal.policies.views import bp, manual_here
from portal.web.respond import done, page
from portal.web.signed_in import me


@bp.page("/<manual>/draft/evidence", needs=P.MANUALS_READ)
def evidence_of_draft(manual: str, form: EvidenceForm | None = None) -> Any:
    draft = draft_here(manual)
    return page(
        "policies/evidence.html", manual=draft.manual, name=draft.titles, label=draft.label,
        back=url_for(".draft_page", manual=manual), kept=_with_files(evidence.kept_with(draft)),
        form=(form or EvidenceForm(formdata=None, on=today())) if evidence.may_keep(me(), draft) else None,
    )  # fmt: skip


@bp.act(
    "/<manual>/draft/evidence", needs=P.MANUALS_READ, form=lambda manual: EvidenceForm(), again=evidence_of_draft,
    leads_to=lambda made, manual: url_for(".evidence_of_draft", manual=manual),
)  # fmt: skip
def keep_evidence(manual: str, form: EvidenceForm) -> Any:
    evidence.keep(
        me(), draft_here(manual), Evidence(form.kind.data), form.on.data, form.words.data or "", form.files.ids,
        key=form.once.data or "", at=now(),
    )  # fmt: skip
    return done(_("Kept."), evidence_of_draft, manual=manual)


@bp.page("/<manual>/draft/evidence/<int:evidence_id>/off", needs=P.MANUALS_READ)
def evidence_off_page(manual: str, evidence_id: int, form: BackForm | None = None) -> Any:
    draft = draft_here(manual)
    one = _one(draft, evidence_id)
    if one.off_at is not None or not evidence.may_keep(me(), draft):
        abort(404)
    return page(
        "policies/step.html", draft=draft, form=form or BackForm(formdata=None), label=_("Take it off"),
        action=f"evidence/{evidence_id}/off", kind="seal",
    )  # fmt: skip


@bp.act(
    "/<manual>/draft/evidence/<int:evidence_id>/off", needs=P.MANUALS_READ,
    form=lambda manual, evidence_id: BackForm(), again=evidence_off_page,
)  # fmt: skip
def take_evidence_off(manual: str, evidence_id: int, form: BackForm) -> Any:
    draft = draft_here(manual)
    evidence.take_off(me(), draft, _one(draft, evidence_id), form.words.data or "", at=now())
    return done(_("It counts no more."), evidence_of_draft, manual=manual)


@bp.page("/<manual>/<label>/evidence", needs=P.MANUALS_READ)
def evidence_of_version(manual: str, label: str) -> Any:
    found = manual_here(manual)
    version: ManualVersion = queries.version_of(found, label) or abort(404)
    return page(
        "policies/evidence.html", manual=found, name=found.titles, label=label,
        back=url_for(".version_page", manual=manual, label=label), form=None,
        kept=_with_files(version.evidence),
    )  # fmt: skip


def _with_files(kept: list[DraftEvidence]) -> list[tuple[DraftEvidence, list[tuple[str, str, int]]]]:
    """Each piece with its files as the page shows them; one statement for all."""
    found = files.of_each(evidence.ABOUT, [one.id for one in kept]) if kept else {}
    return [(one, [(file.name, file.href, file.size) for file in found.get(one.id, ())]) for one in kept]


def _one(draft: ManualDraft, evidence_id: int) -> DraftEvidence:
    return evidence.of(draft, evidence_id) or abort(404)
