"""What is a person's next step about a draft, what it still lacks, and what else they may do."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.kernel.errors import Refused
from portal.organisation.staff import Staff
from portal.policies import drafts, life
from portal.policies.models import ManualDraft
from portal.policies.states import LIFE, ManualKind, Stage

LABELS = {
    "draft": _l("On to the draft"),
    "review": _l("Give it to review"),
    "scheme": _l("On to the scheme"),
    "ask opinions": _l("Ask for opinions"),
    "revise": _l("On to the revision"),
    "submit": _l("Ask for approval"),
    "approve": _l("Approve"),
    "publish": _l("Publish"),
    "emergency": _l("Publish in an emergency"),
    "confirm": _l("Approve it afterwards"),
    "comment": _l("Comment"),
    "finish": _l("I have read it"),
    "withdraw": _l("Withdraw the draft"),
}
"""How the steps are called on their buttons; one back is called by the stage to which it leads."""
MAIN = ("confirm", "approve", "publish", "finish", "submit", "revise", "ask opinions", "review", "draft", "scheme")
"""Which step is the main button, where several are open."""
MENDED = ("findings", "about", "opinions", "version", "quiz", "scope")
"""The pages of a draft on which something that lacks is put right."""
QUIET = ("write", "rewrite", "answer", "replay", "lapse", "take back")
"""What has no button of its own: it stands beside the text and the comments, has a page, or comes with time."""


def label_of(kind: ManualKind, verb: str) -> str:
    """What stands on the button of a step."""
    if verb in LABELS:
        return str(LABELS[verb])
    stage: Stage = LIFE[kind].steps[verb].after
    return _("Send back: %(stage)s", stage=stage.label)


def turn(reader: Staff, draft: ManualDraft, on: date) -> dict[str, Any]:
    """The one next step of the reader, what it still lacks, and the others."""
    kind = draft.manual.kind
    may = drafts.open_to(reader, draft, on) - set(QUIET)
    there = [one for one in LIFE[kind].steps if one in may]
    main = next((one for one in MAIN if one in there), None)
    if main == "finish" and any(one.person_id == reader.id and one.finished_at for one in draft.reviewers):
        main = None
    lacks = life.what_is_missing(draft, main, on) if main else None
    return {
        "main": _step(kind, main) if main else None,
        "lacks": lacks.sentence if lacks else None,
        "mend": mended_at(reader, draft, lacks, on),
        "others": [_step(kind, one) for one in there if one != main],
    }


def mended_at(reader: Staff, draft: ManualDraft, lacks: Refused | None, on: date) -> str | None:
    """The page of the draft on which the reader puts right what it lacks; None where nothing lacks, or not theirs."""
    if lacks is None or lacks.field == "evidence":
        return lacks.field if lacks else None
    writes = drafts.open_to(reader, draft, on) & {"write", "rewrite"}
    return lacks.field if writes and lacks.field in MENDED else None


def _step(kind: ManualKind, verb: str) -> tuple[str, str]:
    return (verb.replace(" ", "-"), label_of(kind, verb))
