"""What a paper should say, as far as whoever holds it may see that."""

from __future__ import annotations

from datetime import datetime

from portal.kernel import check_codes
from portal.organisation.staff import Staff
from portal.tickets import sheet
from portal.tickets.sheet import Checked

KINDS = {"T": sheet.checked}
"""The first sign of a number → how a sheet of that kind is held against the portal."""


def paper_with(reader: Staff, typed: str, at: datetime) -> Checked | None:
    """The paper with this check code; None for a code that no sheet has, and for a sheet that is not for `reader`."""
    code = check_codes.read(typed)
    look = KINDS.get(code.number[0]) if code else None
    return look(reader, code, at) if look and code else None
