"""What a paper should say, as far as whoever holds it may see that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.kernel import check_codes
from portal.kernel.check_codes import CheckCode
from portal.organisation.staff import Staff
from portal.policies import paper
from portal.tickets import figures_paper, sheet
from portal.training import sheet as training

Checked = sheet.Checked | figures_paper.Checked | paper.Checked | training.Checked
KINDS: dict[str, Callable[[Staff, CheckCode, datetime], Checked | None]] = {
    "T": sheet.checked,
    "F": figures_paper.checked,
    paper.LETTER: paper.checked,
    training.LETTER: training.checked,
}
"""The first sign of a number → how a sheet of that kind is held against the portal."""


def paper_with(reader: Staff, typed: str, at: datetime) -> Checked | None:
    """The paper with this check code; None for a code that no sheet has, and for a sheet that is not for `reader`."""
    code = check_codes.read(typed)
    look = KINDS.get(code.number[0]) if code else None
    return look(reader, code, at) if look and code else None
